"""Hashes of random texts that are kept in place of them: tokens, pairing codes, secrets of tickets."""

import hashlib


def of_secret(text: str) -> str:
    """64 hexadecimal digits. Of a random text a plain hash does: there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()
