"""Hashes of random texts."""

from app.services import hashes


def test_hashes_that_are_stored_go_on_to_fit():
    assert hashes.of_secret("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert len({hashes.of_secret(text) for text in ("abc", "ABC", "abc ", "", "é")}) == 5
