"""Cipher (Java Card API 3.0.5): published vectors, padding, messages in parts, and what is refused in which order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import (
    AES,
    CIPHER,
    DES,
    EXCEPTION,
    HMAC,
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    KEY,
    NO_SUCH_ALGORITHM,
    UNINITIALIZED_KEY,
    build_key,
    cipher,
    crypt,
    init,
    key_pair,
    secret_key,
)
from tests.harness.jcvm import byte_array, call, content, send, throws

DECRYPT, ENCRYPT = 1, 2
DES_CBC, DES_CBC_M1, DES_CBC_M2, DES_CBC_PKCS5 = 1, 2, 3, 4
DES_ECB, DES_ECB_M1, DES_ECB_M2, DES_ECB_PKCS5 = 5, 6, 7, 8
AES_CBC, AES_ECB, AES_CBC_M1, AES_CBC_M2, AES_CBC_PKCS5, AES_CTR = 0x0D, 0x0E, 0x16, 0x17, 0x18, -16
RSA_PKCS1, RSA_NOPAD, RSA_OAEP = 0x0A, 0x0C, 0x0F
NOW = b"Now is the time for all ".hex()
NIST_KEY = "2b7e151628aed2a6abf7158809cf4f3c"
NIST_TEXT = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"

# source, algorithm, kind of key, key, initial vector, plain, cipher text
VECTORS = (
    ("FIPS 197 C.1", AES_ECB, AES, "000102030405060708090a0b0c0d0e0f", None, "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a"),
    ("FIPS 197 C.2", AES_ECB, AES, "000102030405060708090a0b0c0d0e0f1011121314151617", None,
     "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191"),
    ("FIPS 197 C.3", AES_ECB, AES, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", None,
     "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"),
    ("SP 800-38A F.2.1", AES_CBC, AES, NIST_KEY, "000102030405060708090a0b0c0d0e0f", NIST_TEXT,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
    ("SP 800-38A F.5.1", AES_CTR, AES, NIST_KEY, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", NIST_TEXT,
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
    ("FIPS 81 B.1", DES_ECB, DES, "0123456789abcdef", None, NOW, "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"),
    ("FIPS 81 C.1", DES_CBC, DES, "0123456789abcdef", "1234567890abcdef", NOW,
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"),
    ("SP 800-67 B.1", DES_ECB, DES, "0123456789abcdef23456789abcdef01456789abcdef0123", None,
     "5468652071756663" "6b2062726f776e20" "666f78206a756d70", "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"),
    ("the same without parity", DES_ECB, DES, "0022446688aaccee22446688aaccee00446688aaccee0022", None,
     "5468652071756663" "6b2062726f776e20" "666f78206a756d70", "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"),
)  # fmt: skip


def ready(vm: Vm, algorithm: int, kind: int, key: str, mode: int, iv: str | None = None) -> JavaObject:
    made = cipher(vm, algorithm)
    init(vm, made, CIPHER, secret_key(vm, kind, key), mode, iv)
    return made


@pytest.mark.parametrize("source,algorithm,kind,key,iv,plain,sealed", VECTORS, ids=[one[0] for one in VECTORS])
def test_published_vectors(
    running: Vm, source: str, algorithm: int, kind: int, key: str, iv: str | None, plain: str, sealed: str
) -> None:
    assert crypt(running, ready(running, algorithm, kind, key, ENCRYPT, iv), plain).hex() == sealed
    assert crypt(running, ready(running, algorithm, kind, key, DECRYPT, iv), sealed).hex() == plain


def test_two_key_triple_des_is_three_keys_with_the_first_again(running: Vm) -> None:
    two, three = "0123456789abcdeffedcba9876543210", "0123456789abcdeffedcba98765432100123456789abcdef"
    one, other = (crypt(running, ready(running, DES_CBC, DES, key, ENCRYPT), NOW) for key in (two, three))
    assert one == other


# algorithm, plain, the same with padding (ISO/IEC 9797-1 §6.1, PKCS #5)
PADDED = (
    (DES_ECB_M1, "", "0000000000000000"),
    (DES_ECB_M1, "010203", "0102030000000000"),
    (DES_ECB_M1, "0102030405060708", "0102030405060708"),
    (DES_ECB_M2, "", "8000000000000000"),
    (DES_ECB_M2, "010203", "0102038000000000"),
    (DES_ECB_M2, "0102030405060708", "01020304050607088000000000000000"),
    (DES_ECB_PKCS5, "", "0808080808080808"),
    (DES_ECB_PKCS5, "010203", "0102030505050505"),
    (DES_ECB_PKCS5, "0102030405060708", "01020304050607080808080808080808"),
)


@pytest.mark.parametrize("algorithm,plain,padded", PADDED)
def test_padding(running: Vm, algorithm: int, plain: str, padded: str) -> None:
    key = "0123456789abcdef"
    sealed = crypt(running, ready(running, DES_ECB, DES, key, ENCRYPT), padded)
    assert crypt(running, ready(running, algorithm, DES, key, ENCRYPT), plain) == sealed
    back = crypt(running, ready(running, algorithm, DES, key, DECRYPT), sealed).hex()
    assert back == (padded if algorithm == DES_ECB_M1 else plain)  # method 1 cannot be told from data


@pytest.mark.parametrize("algorithm,block", (
    (DES_ECB_M2, "0102030405060708"), (DES_ECB_M2, "0000000000000000"), (DES_ECB_PKCS5, "0102030405060709"),
    (DES_ECB_PKCS5, "0102030405060700"), (DES_ECB_PKCS5, "0102030405060302"),
))  # fmt: skip
def test_wrong_padding_is_illegal_use(running: Vm, algorithm: int, block: str) -> None:
    key = "0123456789abcdef"
    sealed = crypt(running, ready(running, DES_ECB, DES, key, ENCRYPT), block)
    with throws(EXCEPTION, ILLEGAL_USE):
        crypt(running, ready(running, algorithm, DES, key, DECRYPT), sealed)


@pytest.mark.parametrize("algorithm,kind,key", (
    (DES_ECB, DES, "0123456789abcdef"), (DES_CBC, DES, "0123456789abcdef"), (AES_ECB, AES, NIST_KEY),
    (AES_CBC, AES, NIST_KEY),
))  # fmt: skip
@pytest.mark.parametrize("data", ("", "01", "01" * 15, "01" * 17))
def test_without_padding_blocks_have_to_be_whole(running: Vm, algorithm: int, kind: int, key: str, data: str) -> None:
    for mode in (ENCRYPT, DECRYPT):
        with throws(EXCEPTION, ILLEGAL_USE):
            crypt(running, ready(running, algorithm, kind, key, mode), data)


BLOCK_ALGORITHMS = [
    *((one, DES, "0123456789abcdeffedcba9876543210", 8) for one in range(1, 9)),
    *((one, AES, NIST_KEY, 16) for one in (AES_CBC, AES_ECB, *range(0x16, 0x1C), AES_CTR)),
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("algorithm,kind,key,size", BLOCK_ALGORITHMS)
@given(parts=st.lists(st.binary(max_size=40), min_size=1, max_size=5), data=st.data())
def test_a_message_in_parts(
    running: Vm, algorithm: int, kind: int, key: str, size: int, parts: list[bytes], data: st.DataObject
) -> None:
    """Any parts give what the whole gives, in both directions, and no block comes out before it is complete."""
    message = b"".join(parts)
    if algorithm in (DES_CBC, DES_ECB, AES_CBC, AES_ECB):
        parts.append(bytes(-len(message) % size or size))
        message += parts[-1]
    whole = crypt(running, ready(running, algorithm, kind, key, ENCRYPT), message)
    one = ready(running, algorithm, kind, key, ENCRYPT)
    sealed = b""
    for part in parts[:-1]:
        sealed += crypt(running, one, part, final=False)
        assert algorithm == AES_CTR or len(sealed) % size == 0
    assert sealed + crypt(running, one, parts[-1]) == whole
    cut = data.draw(st.integers(0, len(whole)))
    other = ready(running, algorithm, kind, key, DECRYPT)
    plain = crypt(running, other, whole[:cut], final=False) + crypt(running, other, whole[cut:])
    assert plain[: len(message)] == message and not any(plain[len(message) :])


def test_do_final_takes_the_initial_vector_back_to_zero(running: Vm) -> None:
    it = ready(running, AES_CBC, AES, NIST_KEY, ENCRYPT, "000102030405060708090a0b0c0d0e0f")
    first, second = (crypt(running, it, NIST_TEXT) for _ in range(2))
    assert first.hex().startswith("7649abac8119b246")
    assert second == crypt(running, ready(running, AES_CBC, AES, NIST_KEY, ENCRYPT), NIST_TEXT) != first


def test_a_reset_takes_back_the_message_but_not_init(running: Vm) -> None:
    it = ready(running, DES_CBC_M2, DES, "0123456789abcdef", ENCRYPT, "1234567890abcdef")
    crypt(running, it, "0102030405060708090a", final=False)
    running.heap.reset()
    fresh = ready(running, DES_CBC_M2, DES, "0123456789abcdef", ENCRYPT)
    assert crypt(running, it, NOW) == crypt(running, fresh, NOW)


def test_a_transaction_takes_back_init_but_not_the_message(running: Vm) -> None:
    it = ready(running, DES_ECB_M2, DES, "0123456789abcdef", ENCRYPT)
    running.heap.begin()
    crypt(running, it, "0102", final=False)
    running.heap.abort()
    assert crypt(running, it, "03") == crypt(
        running, ready(running, DES_ECB_M2, DES, "0123456789abcdef", ENCRYPT), "010203"
    )
    running.heap.begin()
    init(running, it, CIPHER, secret_key(running, DES, "ffffffffffffffff"), DECRYPT)
    running.heap.abort()
    assert crypt(running, it, "03") == crypt(
        running, ready(running, DES_ECB_M2, DES, "0123456789abcdef", ENCRYPT), "03"
    )


@pytest.mark.parametrize("distance", (-8, -3, 0, 3, 8))
def test_input_and_output_may_overlap(running: Vm, distance: int) -> None:
    wanted = "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"
    array = byte_array(running, "00" * 8 + NOW + "00" * 8)
    it = ready(running, DES_ECB, DES, "0123456789abcdef", ENCRYPT)
    assert send(running, it, CIPHER, "doFinal([BSS[BS)S", array, 8, 24, array, 8 + distance) == 24
    assert bytes.fromhex(content(array))[8 + distance :][:24].hex() == wanted


def test_too_little_room_changes_nothing(running: Vm) -> None:
    it = ready(running, DES_ECB_M2, DES, "0123456789abcdef", ENCRYPT)
    source, short = byte_array(running, "0102030405060708"), byte_array(running, 15)
    for signature in ("update([BSS[BS)S", "doFinal([BSS[BS)S"):
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, it, CIPHER, signature, source, 0, 8, short, 8)
    assert content(short) == "00" * 15
    fresh = ready(running, DES_ECB_M2, DES, "0123456789abcdef", ENCRYPT)
    assert crypt(running, it, "01") == crypt(running, fresh, "01")


def test_update_of_nothing_does_nothing(running: Vm) -> None:
    it = ready(running, DES_ECB, DES, "0123456789abcdef", ENCRYPT)
    assert crypt(running, it, "", final=False) == b""


# init


def test_before_init(running: Vm) -> None:
    for algorithm in (DES_CBC, AES_CTR, RSA_PKCS1):
        for final in (False, True):
            with throws(EXCEPTION, INVALID_INIT):
                crypt(running, cipher(running, algorithm), "00" * 16, final=final)


@pytest.mark.parametrize("algorithm,kind,key,parameter", (
    (DES_CBC, DES, "0123456789abcdef", "00" * 7),
    (DES_CBC, DES, "0123456789abcdef", "00" * 16),
    (AES_CBC, AES, NIST_KEY, "00" * 8),
    (AES_CTR, AES, NIST_KEY, "00" * 15),
    (DES_ECB, DES, "0123456789abcdef", "00" * 8),
    (AES_ECB, AES, NIST_KEY, "00" * 16),
))  # fmt: skip
def test_parameters_that_do_not_fit(running: Vm, algorithm: int, kind: int, key: str, parameter: str) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ready(running, algorithm, kind, key, ENCRYPT, parameter)


def test_init_checks_mode_and_kind_before_the_value_of_the_key(running: Vm) -> None:
    des, aes = build_key(running, DES, 64), build_key(running, AES, 128)
    it = cipher(running, DES_CBC)
    for key, mode in ((des, 0), (des, 3), (aes, ENCRYPT), (secret_key(running, HMAC, "00"), ENCRYPT)):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            init(running, it, CIPHER, key, mode)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        init(running, it, CIPHER, des, ENCRYPT)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        init(running, it, CIPHER, des, ENCRYPT, "00" * 7)
    with throws("NullPointerException"):
        send(running, it, CIPHER, f"init({KEY}B)V", None, ENCRYPT)


def test_a_key_of_another_applet(vm: Vm, applet: JavaObject, other: JavaObject) -> None:
    with vm.running_as(other.owner):
        foreign = secret_key(vm, DES, "0123456789abcdef")
    with vm.running_as(applet.owner), throws("SecurityException"):
        init(vm, cipher(vm, DES_CBC), CIPHER, foreign, ENCRYPT)


def test_a_key_that_is_cleared_after_init(running: Vm) -> None:
    key = secret_key(running, AES, NIST_KEY)
    it = cipher(running, AES_CBC)
    init(running, it, CIPHER, key, ENCRYPT)
    send(running, key, "javacard/security/AESKey", "clearKey()V")
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        crypt(running, it, NIST_TEXT)


# factories


@pytest.mark.parametrize("algorithm", (0, 9, 0x0B, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x1C, 0x1D, 99, -11))
def test_algorithms_that_are_not_there(running: Vm, algorithm: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        cipher(running, algorithm)


@pytest.mark.parametrize("kind,padding,algorithm", (
    (1, 1, AES_CBC), (1, 2, AES_CBC_M1), (1, 3, AES_CBC_M2), (1, 6, AES_CBC_PKCS5), (2, 1, AES_ECB), (3, 1, DES_CBC),
    (3, 6, DES_CBC_PKCS5), (4, 2, DES_ECB_M1), (7, 1, RSA_NOPAD), (7, 7, RSA_PKCS1), (7, 9, RSA_OAEP), (7, 14, 0),
    (8, 1, AES_CTR),
))  # fmt: skip
def test_cipher_and_padding(running: Vm, kind: int, padding: int, algorithm: int) -> None:
    it = call(running, CIPHER, f"getInstance(BBZ)L{CIPHER};", kind, padding, 1)
    assert send(running, it, CIPHER, "getAlgorithm()B") == algorithm
    assert send(running, it, CIPHER, "getCipherAlgorithm()B") == kind
    assert send(running, it, CIPHER, "getPaddingAlgorithm()B") == padding


@pytest.mark.parametrize(
    "kind,padding", ((0, 1), (5, 1), (6, 1), (1, 0), (1, 4), (1, 7), (3, 9), (7, 6), (7, 10), (9, 1))
)
def test_combinations_that_are_not_there(running: Vm, kind: int, padding: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        call(running, CIPHER, f"getInstance(BBZ)L{CIPHER};", kind, padding, 0)


# RSA

RSA, RSA_WITH_CRT = 1, 2


@pytest.mark.parametrize("form", (RSA, RSA_WITH_CRT))
@pytest.mark.parametrize("algorithm,longest", ((RSA_PKCS1, 64 - 11), (RSA_OAEP, 64 - 42), (RSA_NOPAD, 64)))
def test_rsa_both_ways(running: Vm, form: int, algorithm: int, longest: int) -> None:
    """Public key to private key, and the other way where the padding has one; one byte more is illegal use."""
    public, private = key_pair(running, form, 512)
    message = bytes(1) + b"\x5a" * (longest - 1)
    for first, second in ((public, private), (private, public)):
        one, other = cipher(running, algorithm), cipher(running, algorithm)
        init(running, one, CIPHER, first, ENCRYPT)
        init(running, other, CIPHER, second, DECRYPT)
        sealed = crypt(running, one, message)
        assert len(sealed) == 64 and crypt(running, other, sealed) == message
        assert crypt(running, one, message[:10], final=False) == b""
        assert crypt(running, other, crypt(running, one, message[10:])) == message
        with throws(EXCEPTION, ILLEGAL_USE):
            crypt(running, one, message + b"!")
        with throws(EXCEPTION, ILLEGAL_USE):
            crypt(running, other, sealed[:-1])
        with throws(EXCEPTION, ILLEGAL_USE):
            crypt(running, other, b"\xff" * 64)  # not below the modulus


def test_rsa_without_padding_wants_the_length_of_the_modulus(running: Vm) -> None:
    public, _ = key_pair(running, RSA, 512)
    it = cipher(running, RSA_NOPAD)
    init(running, it, CIPHER, public, ENCRYPT)
    with throws(EXCEPTION, ILLEGAL_USE):
        crypt(running, it, "01" * 63)


def test_rsa_takes_no_parameters(running: Vm) -> None:
    public, _ = key_pair(running, RSA, 512)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        init(running, cipher(running, RSA_PKCS1), CIPHER, public, ENCRYPT, "00" * 8)
