"""Triple DES with two or three keys, as a cipher of the `cryptography` package."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

BLOCK = 8


def triple_des(key: bytes) -> TripleDES:
    """The cipher for a key of 16 bytes (the first 8 serve again as the third key) or 24. Raises `ValueError` else."""
    return TripleDES(key + key[:8] if len(key) == 16 else key)
