"""Password hashes."""

import time

import pytest

from app.services import passwords

pytestmark = pytest.mark.usefixtures("true_hashes")


def test_a_hash_is_argon2_with_its_own_salt():
    first, second = passwords.hashed("correct horse"), passwords.hashed("correct horse")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "the tests' quick ones are not meant"
    assert passwords.matches("correct horse", first)
    assert passwords.matches("correct horse", second)


def test_what_does_not_match():
    known = passwords.hashed("correct horse")
    for password in ("Correct horse", "correct horse ", "", "correct hors"):
        assert not passwords.matches(password, known)
    assert passwords.matches("пароль 🐎", passwords.hashed("пароль 🐎"))


def test_nobody_and_broken_hashes_match_nothing():
    assert not passwords.matches("correct horse", None)
    assert not passwords.matches("nobody's password", None)
    assert not passwords.matches("correct horse", "")
    assert not passwords.matches("correct horse", "correct horse")


def test_an_unknown_account_costs_as_much_time_as_a_wrong_password():
    known = passwords.hashed("correct horse")
    passwords.matches("anything", None)  # the hash to compare with is made once

    def fastest(password_hash: str | None) -> float:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            passwords.matches("wrong horse", password_hash)
            times.append(time.perf_counter() - began)
        return min(times)

    assert fastest(None) > fastest(known) / 4
