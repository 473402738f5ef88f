"""Elliptic curves: RFC 6979 and RFC 5903 vectors, and the library `cryptography` as judge of the curves it has."""

from __future__ import annotations

import hashlib
import random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from simtool.softcard.jcvm.crypto.curves import Curve, decode_der, encode_der, is_valid
from simtool.softcard.jcvm.crypto.named_curves import default_curve

THEIRS: dict[int, ec.EllipticCurve] = {
    192: ec.SECP192R1(), 224: ec.SECP224R1(), 256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1(),
}  # fmt: skip
# RFC 6979 A.2.5: private key, its point, then by hash and message: nonce, r, s
KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
POINT = (
    0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
    0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
)
SIGNATURES = (
    ("sha256", b"sample", 0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60,
     0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
     0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8),
    ("sha256", b"test", 0xD16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0,
     0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
     0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083),
)  # fmt: skip


def curve(bits: int) -> Curve:
    found = default_curve(bits)
    assert found is not None
    return found


@pytest.mark.parametrize("bits", (112, 128, 160, 192, 224, 256, 384, 521))
def test_the_default_curves_are_curves(bits: int) -> None:
    found = curve(bits)
    assert found.p.bit_length() == bits
    assert is_valid(found)


@pytest.mark.parametrize("change", (
    {"b": 0x1234}, {"g": (1, 2)}, {"p": 2**256}, {"r": 7}, {"p": 15, "a": 1, "b": 1, "g": (0, 1)},
))  # fmt: skip
def test_other_numbers_are_not(change: dict[str, int]) -> None:
    good = curve(256)
    numbers = {"p": good.p, "a": good.a, "b": good.b, "g": good.g, "r": good.r} | change
    assert not is_valid(Curve(**numbers))  # type: ignore[arg-type]


@pytest.mark.parametrize("name,message,nonce,r,s", SIGNATURES)
def test_signatures_of_rfc_6979(name: str, message: bytes, nonce: int, r: int, s: int) -> None:
    on, hashed = curve(256), hashlib.new(name, message).digest()
    assert on.multiply(KEY, on.g) == POINT
    assert on.sign(KEY, hashed, nonce) == (r, s)
    assert on.verify(POINT, hashed, (r, s))
    for wrong in ((r + 1, s), (r, s ^ 1), (0, s), (r, 0), (r + on.r, s)):
        assert not on.verify(POINT, hashed, wrong)
    assert not on.verify(POINT, hashlib.new(name, message + b"!").digest(), (r, s))


@pytest.mark.parametrize("bits", (224, 256, 384, 521))
@pytest.mark.parametrize("name,theirs", (("sha224", hashes.SHA224()), ("sha512", hashes.SHA512())))
def test_the_library_agrees(bits: int, name: str, theirs: hashes.HashAlgorithm) -> None:
    """Their verification of our signature, and ours of theirs; hashes shorter and longer than the order."""
    on, source = curve(bits), random.Random(bits)  # noqa: S311  # tests want the same numbers again
    secret, nonce = source.randrange(1, on.r), source.randrange(1, on.r)
    key = ec.derive_private_key(secret, THEIRS[bits])
    numbers = key.public_key().public_numbers()
    assert on.multiply(secret, on.g) == (numbers.x, numbers.y)
    hashed = hashlib.new(name, b"message").digest()
    made = on.sign(secret, hashed, nonce)
    assert made is not None
    key.public_key().verify(encode_der(made), b"message", ec.ECDSA(theirs))
    other = decode_der(key.sign(b"message", ec.ECDSA(theirs)))
    assert other is not None and on.verify((numbers.x, numbers.y), hashed, other)


@given(st.integers(0, 2**521 - 1), st.integers(0, 2**521 - 1))
def test_numbers_in_der(r: int, s: int) -> None:
    assert decode_der(encode_der((r, s))) == (r, s)


@pytest.mark.parametrize("data", (
    "", "30", "3006020101020101ff", "30060201010202", "3006020181020101", "30070202000102" "0101",
    "3106020101020101", "3006030101020101", "308106020101020101",
))  # fmt: skip
def test_what_is_not_der(data: str) -> None:
    assert decode_der(bytes.fromhex(data)) is None
