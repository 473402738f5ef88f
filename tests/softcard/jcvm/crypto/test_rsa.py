"""RSA: the library `cryptography` is the judge of keys and encodings (RFC 8017)."""

from __future__ import annotations

import hashlib
import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers, RSAPublicNumbers

from simtool.softcard.jcvm.crypto import rsa
from simtool.softcard.jcvm.crypto.hashes import Hash

SOURCE = random.Random(8017)  # noqa: S311  # tests want the same numbers again
NUMBERS = rsa.generate(1024, 65537, SOURCE.randbytes)
SIZE = 128
PUBLIC = rsa.RsaKey(SIZE, True, NUMBERS.modulus, NUMBERS.public)
PRIVATE = rsa.RsaKey(SIZE, False, NUMBERS.modulus, NUMBERS.private)
CRT = rsa.RsaKey(SIZE, False, NUMBERS.modulus, primes=NUMBERS.primes)
SHA_1 = hashes.SHA1()  # noqa: S303  # it is one of those that the API has
HASHES = ((Hash.SHA_1, SHA_1), (Hash.SHA_224, hashes.SHA224()), (Hash.SHA_256, hashes.SHA256()),
          (Hash.SHA_384, hashes.SHA384()), (Hash.SHA_512, hashes.SHA512()))  # fmt: skip


def theirs() -> RSAPrivateKey:
    p, q, dp, dq, inverse = NUMBERS.primes
    return RSAPrivateNumbers(p, q, NUMBERS.private, dp, dq, inverse,
                             RSAPublicNumbers(NUMBERS.public, NUMBERS.modulus)).private_key()  # fmt: skip


def hashed(code: Hash, data: bytes) -> bytes:
    return hashlib.new(code.name.lower().replace("_", ""), data).digest()


@pytest.mark.parametrize("bits", (512, 736, 1024))
@pytest.mark.parametrize("exponent", (3, 17, 65537, 0x1000000F))
def test_generated_keys(bits: int, exponent: int) -> None:
    found = rsa.generate(bits, exponent, SOURCE.randbytes)
    p, q, dp, dq, inverse = found.primes
    assert found.modulus.bit_length() == bits and p * q == found.modulus and p > q
    assert rsa.is_prime(p, SOURCE.randbytes) and rsa.is_prime(q, SOURCE.randbytes)
    assert exponent * dp % (p - 1) == 1 == exponent * dq % (q - 1) and inverse * q % p == 1
    message = bytes(bits // 8 - 2) + b"\1\2"
    one, two = (
        rsa.RsaKey(bits // 8, False, found.modulus, found.private),
        rsa.RsaKey(bits // 8, False, found.modulus, primes=found.primes),
    )
    sealed = rsa.RsaKey(bits // 8, True, found.modulus, exponent).apply(message)
    assert one.apply(sealed) == two.apply(sealed) == message


def test_keys_do_not_show_their_numbers() -> None:
    for one in (PRIVATE, CRT, NUMBERS):
        assert str(NUMBERS.private) not in repr(one) and str(NUMBERS.primes[0]) not in repr(one)


@pytest.mark.parametrize("code,judge", HASHES)
def test_signatures_with_pkcs1(code: Hash, judge: hashes.HashAlgorithm) -> None:
    ours = CRT.apply(rsa.pkcs1_encode(code, SIZE, hashed(code, b"message")))
    assert ours == theirs().sign(b"message", padding.PKCS1v15(), judge)


@pytest.mark.parametrize("code,judge", HASHES[:-1])
@pytest.mark.parametrize("salt", (0, 8, 20))
def test_signatures_with_pss(code: Hash, judge: hashes.HashAlgorithm, salt: int) -> None:
    scheme = padding.PSS(padding.MGF1(judge), salt)
    encoded = rsa.pss_encode(code, 1024, hashed(code, b"message"), SOURCE.randbytes(salt))
    theirs().public_key().verify(CRT.apply(encoded), b"message", scheme, judge)
    back = PUBLIC.apply(theirs().sign(b"message", scheme, judge))
    assert rsa.pss_verify(code, 1024, hashed(code, b"message"), back, salt)
    assert not rsa.pss_verify(code, 1024, hashed(code, b"messagf"), back, salt)
    assert not rsa.pss_verify(code, 1024, hashed(code, b"message"), back, salt + 1)
    with pytest.raises(InvalidSignature):
        theirs().public_key().verify(CRT.apply(encoded), b"messagf", scheme, judge)


def test_enciphering() -> None:
    ours = PUBLIC.apply(rsa.encipher_padding(SIZE, b"secret", False, SOURCE.randbytes))
    assert theirs().decrypt(ours, padding.PKCS1v15()) == b"secret"
    back = CRT.apply(theirs().public_key().encrypt(b"secret", padding.PKCS1v15()))
    assert rsa.decipher_padding(back, True) == b"secret"


@pytest.mark.parametrize("code,judge", HASHES[:-1])
def test_enciphering_with_oaep(code: Hash, judge: hashes.HashAlgorithm) -> None:
    scheme = padding.OAEP(padding.MGF1(judge), judge, None)
    ours = PUBLIC.apply(rsa.oaep_encode(code, SIZE, b"secret", SOURCE.randbytes))
    assert theirs().decrypt(ours, scheme) == b"secret"
    back = CRT.apply(theirs().public_key().encrypt(b"secret", scheme))
    assert rsa.oaep_decode(code, back) == b"secret"
    with pytest.raises(rsa.BadEncoding):
        rsa.oaep_decode(code, back[:-1] + bytes([back[-1] ^ 1]))


@pytest.mark.parametrize("block,private", (
    ("0002" + "ff" * 7 + "00" + "01" * 10, True),  # fewer than eight bytes of filling
    ("0001" + "ff" * 8 + "00" + "01" * 10, True),  # the type for private keys
    ("0002" + "ff" * 18, True),  # no end of it
    ("0001" + "ff" * 7 + "fe00" + "01" * 10, False),  # filling of type 1 is FF
    ("0102" + "ff" * 8 + "00" + "01" * 10, True),
))  # fmt: skip
def test_wrong_padding(block: str, private: bool) -> None:
    with pytest.raises(rsa.BadEncoding):
        rsa.decipher_padding(bytes.fromhex(block), private)


def test_numbers_from_the_modulus_on_are_refused() -> None:
    for wrong in (NUMBERS.modulus.to_bytes(SIZE, "big"), bytes(SIZE - 1), bytes(SIZE + 1)):
        with pytest.raises(rsa.BadEncoding):
            PUBLIC.apply(wrong)
    assert PUBLIC.apply((NUMBERS.modulus - 1).to_bytes(SIZE, "big"))
