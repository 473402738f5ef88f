"""RSA on numbers: the operation, key generation, and the encodings of PKCS #1 (RFC 8017).

On numbers, because the API also enciphers with private keys, allows keys from 512 bits and any public exponent. It
takes no care of timing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from simtool.softcard.jcvm.crypto.hashes import HASHES, Hash, digest

Random = Callable[[int], bytes]
_ROUNDS = 40
_SMALL_PRIMES = tuple(n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
_DIGEST_INFO = {
    Hash.SHA_1: "3021300906052b0e03021a05000414",
    Hash.MD5: "3020300c06082a864886f70d020505000410",
    Hash.SHA_224: "302d300d06096086480165030402040500041c",
    Hash.SHA_256: "3031300d060960864801650304020105000420",
    Hash.SHA_384: "3041300d060960864801650304020205000430",
    Hash.SHA_512: "3051300d060960864801650304020305000440",
    Hash.SHA3_224: "302d300d06096086480165030402070500041c",
    Hash.SHA3_256: "3031300d060960864801650304020805000420",
    Hash.SHA3_384: "3041300d060960864801650304020905000430",
    Hash.SHA3_512: "3051300d060960864801650304020a05000440",
}


class BadEncoding(Exception):  # noqa: N818  # becomes CryptoException.ILLEGAL_USE
    """A message that is too long or a number too large for the key, or that does not have the form it should."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A key of one exponent, or of five numbers (`primes`: p, q, dp, dq, the inverse of q modulo p).

    `public`: the exponent is the public one. `size` is that of the modulus in bytes.
    """

    size: int
    public: bool
    modulus: int
    exponent: int = field(repr=False, default=0)
    primes: tuple[int, int, int, int, int] | None = field(repr=False, default=None)

    def apply(self, data: bytes) -> bytes:
        """The operation on a number of `size` bytes. Raises `BadEncoding` where it is not below the modulus."""
        number = int.from_bytes(data, "big")
        if len(data) != self.size or number >= self.modulus:
            raise BadEncoding
        return self._power(number).to_bytes(self.size, "big")

    def _power(self, number: int) -> int:
        if self.primes is None:
            return pow(number, self.exponent, self.modulus)
        p, q, dp, dq, inverse = self.primes
        one, two = pow(number, dp, p), pow(number, dq, q)
        return (two + (one - two) * inverse % p * q) % self.modulus


@dataclass(frozen=True, slots=True)
class RsaNumbers:
    """A new key pair; all numbers of it."""

    modulus: int
    public: int
    private: int = field(repr=False)
    primes: tuple[int, int, int, int, int] = field(repr=False)


def encipher_padding(size: int, data: bytes, private: bool, random: Random) -> bytes:
    """RSAES-PKCS1-v1_5: block type 2, with a private key type 1. Raises `BadEncoding`."""
    count = size - 3 - len(data)
    if count < 8:
        raise BadEncoding
    filling = b"\xff" * count if private else _without_zeros(count, random)
    return (b"\0\1" if private else b"\0\2") + filling + b"\0" + data


def _without_zeros(count: int, random: Random) -> bytes:
    found = b""
    while len(found) < count:
        found += random(count - len(found)).replace(b"\0", b"")
    return found


def decipher_padding(block: bytes, private: bool) -> bytes:
    """What `encipher_padding` has padded; `private`: deciphered with a private key. Raises `BadEncoding`."""
    kind = 2 if private else 1
    end = block.find(b"\0", 2)
    if block[:2] != bytes([0, kind]) or end < 10 or (kind == 1 and block[2:end].strip(b"\xff")):
        raise BadEncoding
    return block[end + 1 :]


def mgf1(code: Hash, seed: bytes, length: int) -> bytes:
    """The mask generation function (RFC 8017 B.2.1)."""
    rounds = -(-length // HASHES[code].length)
    return b"".join(digest(code, seed + one.to_bytes(4, "big")) for one in range(rounds))[:length]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(one, other, strict=True))


def oaep_encode(code: Hash, size: int, data: bytes, random: Random) -> bytes:
    """EME-OAEP without label (RFC 8017 §7.1.1). Raises `BadEncoding`."""
    length = HASHES[code].length
    if len(data) > size - 2 * length - 2:
        raise BadEncoding
    block = digest(code, b"") + bytes(size - len(data) - 2 * length - 2) + b"\1" + data
    seed = random(length)
    masked = _xor(block, mgf1(code, seed, len(block)))
    return b"\0" + _xor(seed, mgf1(code, masked, length)) + masked


def oaep_decode(code: Hash, encoded: bytes) -> bytes:
    """EME-OAEP the other way (RFC 8017 §7.1.2). Raises `BadEncoding`."""
    length = HASHES[code].length
    if len(encoded) < 2 * length + 2:
        raise BadEncoding
    masked = encoded[1 + length :]
    seed = _xor(encoded[1 : 1 + length], mgf1(code, masked, length))
    block = _xor(masked, mgf1(code, seed, len(masked)))
    rest = block[length:].lstrip(b"\0")
    if encoded[0] or block[:length] != digest(code, b"") or rest[:1] != b"\1":
        raise BadEncoding
    return rest[1:]


def pkcs1_encode(code: Hash, size: int, hashed: bytes) -> bytes:
    """EMSA-PKCS1-v1_5 (RFC 8017 §9.2). Raises `BadEncoding` where the key is too short."""
    info = bytes.fromhex(_DIGEST_INFO[code]) + hashed
    if size < len(info) + 11:
        raise BadEncoding
    return b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info


def pss_encode(code: Hash, bits: int, hashed: bytes, salt: bytes) -> bytes:
    """EMSA-PSS for a modulus of `bits` (RFC 8017 §9.1.1). Raises `BadEncoding` where it is too short."""
    length, encoded_bits = len(hashed), bits - 1
    size = (encoded_bits + 7) // 8
    if size < length + len(salt) + 2:
        raise BadEncoding
    value = digest(code, bytes(8) + hashed + salt)
    block = bytes(size - len(salt) - length - 2) + b"\1" + salt
    masked = bytearray(_xor(block, mgf1(code, value, len(block))))
    masked[0] &= 0xFF >> 8 * size - encoded_bits
    return bytes((bits + 7) // 8 - size) + bytes(masked) + value + b"\xbc"


def pss_verify(code: Hash, bits: int, hashed: bytes, encoded: bytes, salt_length: int) -> bool:
    """Whether this is an encoding of the hash (RFC 8017 §9.1.2)."""
    length, encoded_bits = len(hashed), bits - 1
    size = (encoded_bits + 7) // 8
    leading, encoded = encoded[: len(encoded) - size], encoded[len(encoded) - size :]
    masked, value = encoded[: size - length - 1], encoded[size - length - 1 : -1]
    unused = 8 * size - encoded_bits
    if size < length + salt_length + 2 or any(leading) or encoded[-1] != 0xBC or masked[0] >> 8 - unused:
        return False
    block = bytearray(_xor(masked, mgf1(code, value, len(masked))))
    block[0] &= 0xFF >> unused
    zeros = size - length - salt_length - 2
    if any(block[:zeros]) or block[zeros] != 1:
        return False
    return value == digest(code, bytes(8) + hashed + bytes(block[zeros + 1 :]))


def generate(bits: int, exponent: int, random: Random) -> RsaNumbers:
    """A new key pair with this public exponent (odd, above 1) and a modulus of exactly `bits`."""
    while True:
        p, q = (_prime(bits // 2, exponent, random) for _ in range(2))
        if p != q and (p * q).bit_length() == bits:
            break
    p, q = max(p, q), min(p, q)
    private = pow(exponent, -1, math.lcm(p - 1, q - 1))
    return RsaNumbers(p * q, exponent, private, (p, q, private % (p - 1), private % (q - 1), pow(q, -1, p)))


def _prime(bits: int, exponent: int, random: Random) -> int:
    """A random prime with its two highest bits set, so that the product of two is long enough."""
    while True:
        number = int.from_bytes(random(bits // 8), "big") | 3 << bits - 2 | 1
        for candidate in range(number, min(number + 2000, 1 << bits), 2):
            if math.gcd(candidate - 1, exponent) == 1 and is_prime(candidate, random):
                return candidate


def is_prime(number: int, random: Random) -> bool:
    """Division by small primes, then Miller-Rabin (FIPS 186-4 C.3.1)."""
    if any(number % one == 0 for one in _SMALL_PRIMES):
        return number in _SMALL_PRIMES
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(_ROUNDS if number.bit_length() < 768 else 5):
        base = 2 + int.from_bytes(random(number.bit_length() // 8), "big") % (number - 3)
        value = pow(base, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True
