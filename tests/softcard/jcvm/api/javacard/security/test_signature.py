"""Signature (Java Card API 3.0.5): published vectors, other programs as judges, and what is refused in which order."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import (
    AES,
    DES,
    EC_PRIVATE,
    EC_PUBLIC,
    EXCEPTION,
    HMAC,
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    NO_SUCH_ALGORITHM,
    RSA_PUBLIC,
    SIGNATURE,
    UNINITIALIZED_KEY,
    build_key,
    get_part,
    init,
    key_pair,
    secret_key,
    set_part,
    sign,
    signature,
    signature_of,
    update,
    verify,
)
from tests.harness.jcvm import byte_array, send, throws

SIGN, VERIFY = 1, 2
MAC8_NOPAD, MAC8_M1, MAC8_M2, MAC8_PKCS5, MAC8_RETAIL, MAC8_RETAIL_M1 = 2, 4, 6, 8, 0x14, 0x30
AES_MAC, AES_CMAC = 0x12, 0x31
HMAC_SHA1, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, HMAC_MD5 = range(0x18, 0x1D)
ECDSA_SHA, ECDSA_SHA256 = 0x11, 0x21
RSA_SHA, RSA_SHA256, RSA_PSS, RSA_SHA256_PSS = 0x0A, 0x28, 0x15, 0x2C
SHA_256, PLAIN_ECDSA = 4, 9
ONE_KEY, TWO_KEYS = "0123456789abcdef", "0123456789abcdeffedcba9876543210"
ALL, IT = b"Now is the time for all ".hex(), b"Now is the time for it".hex()
NIST_KEY = "2b7e151628aed2a6abf7158809cf4f3c"
NIST_TEXT = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef"
    "f69f2445df4f9b17ad2b417be66c3710"
)
WANT = b"what do ya want for nothing?".hex()
JEFE = b"Jefe".hex()

# source, algorithm, kind of key, key, message, MAC
MACS = (
    ("FIPS 113", MAC8_M1, DES, ONE_KEY, b"7654321 Now is the time for ".hex(), "f1d30f6849312ca4"),
    ("ISO 9797-1 B.2, padding 1", MAC8_M1, DES, ONE_KEY, ALL, "70a30640cc76dd8b"),
    ("ISO 9797-1 B.2, no padding", MAC8_NOPAD, DES, ONE_KEY, ALL, "70a30640cc76dd8b"),
    ("ISO 9797-1 B.2, padding 2", MAC8_M2, DES, ONE_KEY, ALL, "10e1f0f108341b6d"),
    ("ISO 9797-1 B.2, the other text", MAC8_M1, DES, ONE_KEY, IT, "e45b3ad2b7cc0856"),
    ("ISO 9797-1 B.4, algorithm 3, padding 1", MAC8_RETAIL_M1, DES, TWO_KEYS, ALL, "a1c72e74ea3fa9b6"),
    ("ISO 9797-1 B.4, algorithm 3, padding 2", MAC8_RETAIL, DES, TWO_KEYS, ALL, "e9086230ca3be796"),
    ("ISO 9797-1 B.4, the other text", MAC8_RETAIL_M1, DES, TWO_KEYS, IT, "2e2b1428cc78254f"),
    ("ICAO 9303-11 D.3", MAC8_RETAIL, DES, "7962d9ece03d1acd4c76089dce131543",
     "72c29c2371cc9bdb65b779b8e8d37b29ecc154aa56a8799fae2f498f76ed92f2", "5f1448eea8ad90a7"),
    ("SP 800-38B D.1, empty", AES_CMAC, AES, NIST_KEY, "", "bb1d6929e95937287fa37d129b756746"),
    ("SP 800-38B D.1, 16 bytes", AES_CMAC, AES, NIST_KEY, NIST_TEXT[:32], "070a16b46b4d4144f79bdd9dd04a287c"),
    ("SP 800-38B D.1, 40 bytes", AES_CMAC, AES, NIST_KEY, NIST_TEXT[:80], "dfa66747de9ae63030ca32611497c827"),
    ("SP 800-38B D.1, 64 bytes", AES_CMAC, AES, NIST_KEY, NIST_TEXT, "51f0bebf7e3b9d92fc49741779363cfe"),
    ("RFC 2202 §3, case 2", HMAC_SHA1, HMAC, JEFE, WANT, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    ("RFC 2202 §2, case 2", HMAC_MD5, HMAC, JEFE, WANT, "750c783e6ab0b503eaa86e310a5db738"),
    ("RFC 4231 §4.3, SHA-256", HMAC_SHA256, HMAC, JEFE, WANT,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ("RFC 4231 §4.3, SHA-384", HMAC_SHA384, HMAC, JEFE, WANT,
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"),
    ("RFC 4231 §4.3, SHA-512", HMAC_SHA512, HMAC, JEFE, WANT,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
     "caeab1a34d4a6b4b636e070a38bce737"),
    ("RFC 4231 §4.7, a key of 131 bytes", HMAC_SHA256, HMAC, "aa" * 131,
     b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
)  # fmt: skip


def ready(vm: Vm, algorithm: int, key: JavaObject, mode: int, parameter: str | None = None) -> JavaObject:
    made = signature(vm, algorithm)
    init(vm, made, SIGNATURE, key, mode, parameter)
    return made


@pytest.mark.parametrize("source,algorithm,kind,key,message,mac", MACS, ids=[one[0] for one in MACS])
def test_published_macs(running: Vm, source: str, algorithm: int, kind: int, key: str, message: str, mac: str) -> None:
    value = secret_key(running, kind, key)
    one, other = ready(running, algorithm, value, SIGN), ready(running, algorithm, value, VERIFY)
    assert sign(running, one, message).hex() == mac
    assert send(running, one, SIGNATURE, "getLength()S") == len(mac) // 2
    assert verify(running, other, message, bytes.fromhex(mac))
    wrong = bytes.fromhex(mac)[:-1] + b"\xee"
    for given_ in (wrong, bytes.fromhex(mac)[:-1], bytes.fromhex(mac) + b"\0", b""):
        assert not verify(running, other, message, given_)


@pytest.mark.parametrize("four,eight", ((1, 2), (3, 4), (5, 6), (7, 8), (0x13, 0x14), (0x2F, 0x30)))
def test_four_bytes_are_the_first_of_eight(running: Vm, four: int, eight: int) -> None:
    key = secret_key(running, DES, TWO_KEYS)
    short, long = (sign(running, ready(running, one, key, SIGN), ALL) for one in (four, eight))
    assert len(short) == 4 and len(long) == 8 and long.startswith(short)


def test_an_initial_vector_serves_once(running: Vm) -> None:
    """The first block with a vector is the block xored with it, with none; then the vector is 0 again."""
    key = secret_key(running, DES, TWO_KEYS)
    it = ready(running, MAC8_NOPAD, key, SIGN, "ffffffffffffffff")
    assert sign(running, it, "0000000000000000") == sign(running, it, "ffffffffffffffff")
    assert sign(running, it, "00" * 8) != sign(running, it, "ff" * 8)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("algorithm,kind,key", (
    (MAC8_M1, DES, ONE_KEY), (MAC8_M2, DES, TWO_KEYS), (MAC8_PKCS5, DES, TWO_KEYS), (MAC8_RETAIL, DES, TWO_KEYS),
    (AES_CMAC, AES, NIST_KEY), (HMAC_SHA256, HMAC, JEFE),
))  # fmt: skip
@given(parts=st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_a_message_in_parts(running: Vm, algorithm: int, kind: int, key: str, parts: list[bytes]) -> None:
    it = ready(running, algorithm, secret_key(running, kind, key), SIGN)
    whole = sign(running, it, b"".join(parts))
    for part in parts[:-1]:
        update(running, it, SIGNATURE, part)
    assert sign(running, it, parts[-1]) == whole


@pytest.mark.parametrize("algorithm,kind,key", ((MAC8_NOPAD, DES, ONE_KEY), (AES_MAC, AES, NIST_KEY)))
@pytest.mark.parametrize("message", ("", "01" * 7, "01" * 17))
def test_without_padding_blocks_have_to_be_whole(
    running: Vm, algorithm: int, kind: int, key: str, message: str
) -> None:
    value = secret_key(running, kind, key)
    with throws(EXCEPTION, ILLEGAL_USE):
        sign(running, ready(running, algorithm, value, SIGN), message)
    with throws(EXCEPTION, ILLEGAL_USE):
        verify(running, ready(running, algorithm, value, VERIFY), message, bytes(8))


# RSA and elliptic curves: openssl is the judge

HASH_NAMES = {0x0A: "sha1", 0x27: "sha224", 0x28: "sha256", 0x29: "sha384", 0x2A: "sha512",
              0x15: "sha1", 0x2B: "sha224", 0x2C: "sha256", 0x2D: "sha384", 0x2E: "sha512",
              0x11: "sha1", 0x21: "sha256", 0x22: "sha384", 0x25: "sha224", 0x26: "sha512"}  # fmt: skip
PSS = frozenset((0x15, 0x2B, 0x2C, 0x2D, 0x2E))
ELLIPTIC = frozenset((0x11, 0x21, 0x22, 0x25, 0x26))


def pem(vm: Vm, public: JavaObject, algorithm: int) -> bytes:
    if algorithm in ELLIPTIC:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), get_part(vm, public, EC_PUBLIC, "W"))
        return theirs.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    modulus, exponent = (
        int.from_bytes(get_part(vm, public, RSA_PUBLIC, name), "big") for name in ("Modulus", "Exponent")
    )
    numbers = RSAPublicNumbers(exponent, modulus).public_key()
    return numbers.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("algorithm", HASH_NAMES)
def test_openssl_verifies_our_signatures(running: Vm, tmp_path: Path, algorithm: int) -> None:
    form, bits = (5, 256) if algorithm in ELLIPTIC else (2, 1280)
    public, private = key_pair(running, form, bits)
    message = bytes(range(200))
    made = sign(running, ready(running, algorithm, private, SIGN), message)
    for name, data in (("key", pem(running, public, algorithm)), ("message", message), ("signature", made)):
        (tmp_path / name).write_bytes(data)
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if algorithm in PSS else []
    judged = subprocess.run(
        ["openssl", "dgst", f"-{HASH_NAMES[algorithm]}", "-verify", tmp_path / "key", *options,
         "-signature", tmp_path / "signature", tmp_path / "message"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.stdout.strip() == "Verified OK", judged.stderr
    other = ready(running, algorithm, public, VERIFY)
    assert verify(running, other, message, made)
    assert not verify(running, other, message + b"!", made)
    assert not verify(running, other, message, made[:-1])
    assert len(made) <= send(running, other, SIGNATURE, "getLength()S")


@pytest.mark.parametrize("algorithm", (RSA_SHA256, RSA_SHA256_PSS, ECDSA_SHA256))
def test_precomputed_hash(running: Vm, algorithm: int) -> None:
    form, bits = (5, 256) if algorithm == ECDSA_SHA256 else (2, 1024)
    public, private = key_pair(running, form, bits)
    one, other = ready(running, algorithm, private, SIGN), ready(running, algorithm, public, VERIFY)
    hashed = hashlib.sha256(b"message").digest()
    update(running, one, SIGNATURE, b"forgotten")
    made = sign(running, one, hashed, hashed=True)
    assert verify(running, other, b"message", made)
    assert verify(running, other, hashed, made, hashed=True)
    assert verify(running, other, b"message", sign(running, one, b"message"))  # nothing is left over
    for length in (31, 33):
        with throws(EXCEPTION, ILLEGAL_USE):
            sign(running, one, bytes(length), hashed=True)
        with throws(EXCEPTION, ILLEGAL_USE):
            verify(running, other, bytes(length), made, hashed=True)


def test_macs_take_no_precomputed_hash(running: Vm) -> None:
    it = ready(running, HMAC_SHA256, secret_key(running, HMAC, JEFE), SIGN)
    with throws(EXCEPTION, ILLEGAL_USE):
        sign(running, it, bytes(32), hashed=True)
    value, count = byte_array(running, 32), byte_array(running, "40")
    with throws(EXCEPTION, ILLEGAL_USE):
        send(running, it, SIGNATURE, "setInitialDigest([BSS[BSS)V", value, 0, 32, count, 0, 1)


def test_plain_ecdsa_is_both_numbers(running: Vm) -> None:
    public, private = key_pair(running, 5, 521)
    one, other = (signature_of(running, SHA_256, PLAIN_ECDSA, 0) for _ in range(2))
    init(running, one, SIGNATURE, private, SIGN)
    init(running, other, SIGNATURE, public, VERIFY)
    made = sign(running, one, b"message")
    assert len(made) == 132 == send(running, one, SIGNATURE, "getLength()S")
    assert verify(running, other, b"message", made)
    assert not verify(running, other, b"message", made[66:] + made[:66])


def test_the_length_of_the_salt(running: Vm) -> None:
    public, private = key_pair(running, 1, 1024)
    made = sign(running, ready(running, RSA_SHA256_PSS, private, SIGN, "0008"), b"message")
    assert verify(running, ready(running, RSA_SHA256_PSS, public, VERIFY, "0008"), b"message", made)
    assert not verify(running, ready(running, RSA_SHA256_PSS, public, VERIFY), b"message", made)
    for wrong in ("08", "000008", "ffff", "0100"):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            ready(running, RSA_SHA256_PSS, private, SIGN, wrong)


def test_dsa(running: Vm) -> None:
    """Small numbers: p = 7879, q = 101, g = 170 (a group of order 101)."""
    pair = [build_key(running, kind, 512) for kind in (7, 8)]
    for key, interface in zip(pair, ("DSAPublicKey", "DSAPrivateKey"), strict=True):
        for name, value in (("P", "1ec7"), ("Q", "65"), ("G", "aa")):
            array = byte_array(running, value)
            send(running, key, f"javacard/security/{interface}", f"set{name}([BSS)V", array, 0, len(value) // 2)
    both = running.new("javacard/security/KeyPair")
    signature_ = "<init>(Ljavacard/security/PublicKey;Ljavacard/security/PrivateKey;)V"
    running.api.static_named("javacard/security/KeyPair", signature_).call(running, both, *pair)
    send(running, both, "javacard/security/KeyPair", "genKeyPair()V")
    made = sign(running, ready(running, 0x0E, pair[1], SIGN), b"message")
    other = ready(running, 0x0E, pair[0], VERIFY)
    assert verify(running, other, b"message", made)
    assert not verify(running, other, b"message", made[:-1] + bytes([made[-1] ^ 1]))


def test_going_on_from_an_intermediate_hash(running: Vm) -> None:
    """As if the first block had been hashed elsewhere."""
    public, private = key_pair(running, 1, 512)
    whole = sign(running, ready(running, RSA_SHA, private, SIGN), b"a" * 64 + b"rest")
    it = ready(running, RSA_SHA, private, SIGN)
    # the intermediate value of SHA-1 after 64 times 'a' (FIPS 180-4 §6.1.2); the whole message is the proof
    value = byte_array(running, "da4968eb2e377c1f884e8f5283524bebe74ebdbd")
    count = byte_array(running, "0040")
    send(running, it, SIGNATURE, "setInitialDigest([BSS[BSS)V", value, 0, 20, count, 0, 2)
    assert sign(running, it, b"rest") == whole
    assert sign(running, it, b"a" * 64 + b"rest") == whole


# init and modes


def test_the_key_goes_with_the_mode(running: Vm) -> None:
    for algorithm, form, bits in ((RSA_SHA, 1, 512), (ECDSA_SHA, 5, 192)):
        public, private = key_pair(running, form, bits)
        for key, mode in ((public, SIGN), (private, VERIFY), (private, 0), (secret_key(running, DES, ONE_KEY), SIGN)):
            with throws(EXCEPTION, ILLEGAL_VALUE):
                ready(running, algorithm, key, mode)


def test_an_operation_of_the_other_mode_is_invalid_init(running: Vm) -> None:
    key = secret_key(running, DES, ONE_KEY)
    with throws(EXCEPTION, INVALID_INIT):
        sign(running, ready(running, MAC8_M1, key, VERIFY), ALL)
    with throws(EXCEPTION, INVALID_INIT):
        verify(running, ready(running, MAC8_M1, key, SIGN), ALL, bytes(8))


def test_before_init(running: Vm) -> None:
    it = signature(running, MAC8_M1)
    with throws(EXCEPTION, INVALID_INIT):
        update(running, it, SIGNATURE, ALL)
    with throws(EXCEPTION, INVALID_INIT):
        sign(running, it, ALL)
    with throws(EXCEPTION, INVALID_INIT):
        verify(running, it, ALL, bytes(8))
    with throws(EXCEPTION, INVALID_INIT):
        send(running, it, SIGNATURE, "getLength()S")


def test_uninitialised_keys(running: Vm) -> None:
    key = build_key(running, DES, 64)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        ready(running, MAC8_M1, key, SIGN)
    key = secret_key(running, DES, ONE_KEY)
    it = ready(running, MAC8_M1, key, SIGN)
    send(running, key, "javacard/security/DESKey", "clearKey()V")
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        send(running, it, SIGNATURE, "getLength()S")
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        sign(running, it, ALL)


@pytest.mark.parametrize("algorithm,kind,key,parameter", (
    (MAC8_M1, DES, ONE_KEY, "00" * 7), (AES_MAC, AES, NIST_KEY, "00" * 8), (AES_CMAC, AES, NIST_KEY, "00" * 16),
    (HMAC_SHA256, HMAC, JEFE, "00" * 8), (MAC8_RETAIL, DES, ONE_KEY, None),
    (MAC8_RETAIL, DES, TWO_KEYS + ONE_KEY, None),
))  # fmt: skip
def test_parameters_and_keys_that_do_not_fit(
    running: Vm, algorithm: int, kind: int, key: str, parameter: str | None
) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ready(running, algorithm, secret_key(running, kind, key), SIGN, parameter)


def test_a_modulus_that_is_too_short(running: Vm) -> None:
    _, private = key_pair(running, 1, 512)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ready(running, 0x2A, private, SIGN)  # SHA-512 with PKCS #1 takes 83 + 11 bytes


def test_a_point_that_is_not_on_the_curve(running: Vm) -> None:
    public, private = key_pair(running, 5, 256)
    point = bytearray(get_part(running, public, EC_PUBLIC, "W"))
    point[-1] ^= 1
    set_part(running, public, EC_PUBLIC, "W", bytes(point))
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ready(running, ECDSA_SHA, public, VERIFY)
    set_part(running, private, EC_PRIVATE, "S", bytes(32))
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ready(running, ECDSA_SHA, private, SIGN)


def test_a_reset_takes_back_the_message_but_not_init(running: Vm) -> None:
    it = ready(running, MAC8_M1, secret_key(running, DES, ONE_KEY), SIGN, "1234567890abcdef")
    update(running, it, SIGNATURE, "010203")
    running.heap.reset()
    assert sign(running, it, ALL).hex() == "70a30640cc76dd8b"


def test_input_and_output_may_overlap(running: Vm) -> None:
    array = byte_array(running, ALL)
    it = ready(running, MAC8_M1, secret_key(running, DES, ONE_KEY), SIGN)
    assert send(running, it, SIGNATURE, "sign([BSS[BS)S", array, 0, 24, array, 3) == 8
    assert array.data.tobytes()[3:11].hex() == "70a30640cc76dd8b"


def test_too_little_room_keeps_the_message(running: Vm) -> None:
    it = ready(running, MAC8_M1, secret_key(running, DES, ONE_KEY), SIGN)
    update(running, it, SIGNATURE, ALL)
    empty, short = byte_array(running, 0), byte_array(running, 7)
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, it, SIGNATURE, "sign([BSS[BS)S", empty, 0, 0, short, 0)
    assert sign(running, it, "").hex() == "70a30640cc76dd8b"


# factories


@pytest.mark.parametrize(
    "algorithm", (0, 9, 0x0C, 0x0D, 0x0F, 0x10, 0x17, 0x1D, 0x1E, 0x1F, 0x20, 0x23, 0x24, 0x32, -1)
)
def test_algorithms_that_are_not_there(running: Vm, algorithm: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        signature(running, algorithm)


@pytest.mark.parametrize("hashing,cipher,padding,algorithm", (
    (0, 1, 1, 1), (0, 2, 3, MAC8_M2), (0, 2, 5, MAC8_RETAIL), (0, 6, 1, AES_MAC), (0, 10, 3, AES_CMAC), (0, 10, 0, 0),
    (1, 3, 7, RSA_SHA), (4, 3, 8, RSA_SHA256_PSS), (4, 5, 0, ECDSA_SHA256), (4, 7, 0, HMAC_SHA256), (7, 7, 0, 0),
    (0, 6, 3, 0), (8, 9, 0, 0),
))  # fmt: skip
def test_hash_cipher_and_padding(running: Vm, hashing: int, cipher: int, padding: int, algorithm: int) -> None:
    it = signature_of(running, hashing, cipher, padding)
    assert send(running, it, SIGNATURE, "getAlgorithm()B") == algorithm
    assert send(running, it, SIGNATURE, "getMessageDigestAlgorithm()B") == hashing
    assert send(running, it, SIGNATURE, "getCipherAlgorithm()B") == cipher
    assert send(running, it, SIGNATURE, "getPaddingAlgorithm()B") == padding


@pytest.mark.parametrize("hashing,cipher,padding", (
    (0, 3, 7), (3, 3, 7), (1, 1, 1), (0, 5, 0), (1, 5, 1), (1, 3, 0), (1, 3, 10), (0, 8, 1), (0, 11, 0), (0, 6, 4),
    (0, 7, 0),
))  # fmt: skip
def test_combinations_that_are_not_there(running: Vm, hashing: int, cipher: int, padding: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        signature_of(running, hashing, cipher, padding)
