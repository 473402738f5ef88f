"""Encrypted columns of pySim's CSV (its --csv-column-key; the transport keys of GSMA FS.28).

A cell holds hex digits of AES in CBC mode, without padding, under a fixed initial vector of sixteen bytes 23; the key
belongs to the column. A wrong key cannot be told from the right one here: the card's proof will tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError
from simtool.perso.private_file import require_private
from simtool.perso.pysim.columns import ABSENT, Row, normal
from simtool.perso.pysim.text_files import read_text, refuse

INITIAL_VECTOR = b"\x23" * 16
KEY_LENGTHS = (16, 24, 32)


def read_column_keys(path: Path) -> dict[str, Secret]:
    """Keys by column from lines `COLUMN:HEX`, # for remarks. The file must be the owner's alone.

    Raises `InputError` with every wrong line, without its key.
    """
    text = read_text(path)
    require_private(path)
    keys: dict[str, Secret] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        column, colon, digits = line.partition("#")[0].strip().partition(":")
        if not column:
            continue
        try:
            key = Secret.from_hex(digits.strip(), kind="column key")
        except EncodeError:
            key = None
        if not colon or key is None or key.length not in KEY_LENGTHS:
            problems.append(
                InputError("COLUMN:KEY is needed, a key of 32, 48 or 64 hex digits", place=f"{path}:{number}")
            )
            continue
        keys[normal(column)] = key
    refuse(problems)
    return keys


def decrypted(row: Row, keys: Mapping[str, Secret], problems: list[InputError]) -> Row:
    """The row with the cells of these columns in plain hex. What is no cipher text is added to `problems`."""
    cells = dict(row.cells)
    for column, key in keys.items():
        if cells.get(column, "") in ABSENT:
            continue
        try:
            cipher_text = bytes.fromhex(cells[column])
        except ValueError:
            cipher_text = b""
        if not cipher_text or len(cipher_text) % len(INITIAL_VECTOR):
            problems.append(row.problem(column, "is not encrypted: whole blocks of 32 hex digits are needed"))
            continue
        decryptor = Cipher(algorithms.AES(key.reveal()), modes.CBC(INITIAL_VECTOR)).decryptor()
        cells[column] = (decryptor.update(cipher_text) + decryptor.finalize()).hex()
    return replace(row, cells=cells)
