"""Tokens, DAP and receipts (GlobalPlatform Card Specification, Annex C)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simtool.codec.install import ForInstall, ForLoad, InstallFor, join_lv
from simtool.crypto import scp02, scp03
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, DecodeError, EncodeError
from simtool.gp.delegated import (
    Receipt,
    dap_block,
    delete_token,
    load_file_digest,
    sign,
    signed_by_token,
    verify,
    with_token,
)

SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what cards of that time hold
LONG = rsa.generate_private_key(65537, 2048)
PACKAGE, ISD = bytes(6), bytes.fromhex("a000000151000000")
AIDS = (PACKAGE, ISD)
MAC_KEY = Secret(bytes(range(16)))


@pytest.mark.parametrize("key", [SHORT, LONG], ids=["1024", "2048"])
def test_load_token_signs_p1_p2_length_and_fields(key: rsa.RSAPrivateKey) -> None:
    request = with_token(ForLoad(PACKAGE, ISD, bytes(20)), InstallFor.LOAD, key)
    fields = request.signed_part()
    signed = bytes((0x02, 0x00, len(fields))) + fields
    assert len(request.token) == key.key_size // 8
    assert verify(key.public_key(), request.token, signed)
    assert not verify(key.public_key(), request.token, signed[:-1] + b"\x01")
    assert ForLoad.decode(request.encode()) == request


def test_schemes_of_the_two_lengths() -> None:
    """§B.3: up to 1024 bits PKCS #1 v1.5 with SHA-1; above PSS with SHA-256, also in MGF1, and a salt of 32 bytes."""
    data = b"what is signed"
    SHORT.public_key().verify(sign(SHORT, data), data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    LONG.public_key().verify(sign(LONG, data), data, pss, hashes.SHA256())
    assert not verify(LONG.public_key(), LONG.sign(data, padding.PKCS1v15(), hashes.SHA256()), data)


def test_the_length_that_a_token_signs_has_one_byte() -> None:
    assert signed_by_token(2, 0, bytes(127))[:3].hex() == "02007f"
    assert signed_by_token(2, 0, bytes(255))[:3].hex() == "0200ff"
    with pytest.raises(EncodeError, match="255"):
        signed_by_token(2, 0, bytes(256))


def test_a_token_fits_one_command_only() -> None:
    request = with_token(ForInstall(PACKAGE, PACKAGE, PACKAGE), InstallFor.INSTALL, SHORT)
    assert verify(SHORT.public_key(), request.token, signed_by_token(0x04, 0, request.signed_part()))
    assert not verify(SHORT.public_key(), request.token, signed_by_token(0x0C, 0, request.signed_part()))
    assert verify(SHORT.public_key(), delete_token(PACKAGE, SHORT), bytes.fromhex("0000084f06") + PACKAGE)


def test_dap_over_the_digest() -> None:
    digest = load_file_digest(b"load file")
    assert len(digest) == 32 and len(load_file_digest(b"load file", long=False)) == 20
    assert verify(SHORT.public_key(), dap_block(ISD, digest, SHORT).signature, digest)
    assert dap_block(ISD, digest, MAC_KEY).signature == scp02.retail_mac(MAC_KEY, digest)
    assert dap_block(ISD, digest, MAC_KEY, KeyCipher.AES).signature == scp03.cmac(MAC_KEY, digest)


def confirmation(signature: bytes, counter: int, card_data: bytes) -> bytes:
    return join_lv(join_lv(signature, counter.to_bytes(2), card_data))


def made(cipher: str) -> bytes:
    signed = bytes.fromhex("020007" + "03aabbcc") + b"\x06" + PACKAGE + b"\x08" + ISD
    if cipher == "rsa":
        return sign(SHORT, signed)
    return scp03.cmac(MAC_KEY, signed) if cipher == "aes" else scp02.retail_mac(MAC_KEY, signed)


@pytest.mark.parametrize("cipher", ["aes", "des", "rsa"])
def test_receipts(cipher: str) -> None:
    receipt = Receipt.decode(confirmation(made(cipher), 7, bytes.fromhex("aabbcc")))
    assert receipt is not None
    key = SHORT.public_key() if cipher == "rsa" else MAC_KEY
    kind = KeyCipher.DES if cipher == "des" else KeyCipher.AES
    receipt.verify(AIDS, key, kind)
    with pytest.raises(AuthenticationError, match="receipt 7"):
        receipt.verify((ISD, PACKAGE), key, kind)


def test_no_receipt() -> None:
    assert Receipt.decode(b"\x00") is None
    assert Receipt.decode(b"") is None


@pytest.mark.parametrize("raw", ["0501", "0401aa020007ff", "0401aa0200"])
def test_confirmations_that_are_cut(raw: str) -> None:
    with pytest.raises(DecodeError):
        Receipt.decode(bytes.fromhex(raw))
