"""AEADCipher (Java Card API 3.0.5): vectors of SP 800-38D and RFC 3610, messages in parts, what is refused."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import (
    AES,
    CIPHER,
    DES,
    EXCEPTION,
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    KEY,
    NO_SUCH_ALGORITHM,
    cipher,
    crypt,
    init,
    scratch,
    secret_key,
)
from tests.harness.jcvm import call, content, send, throws

AEAD = "javacardx/crypto/AEADCipher"
GCM, CCM = 0xF3 - 0x100, 0xF4 - 0x100
DECRYPT, ENCRYPT = 1, 2
# McGrew & Viega, "The Galois/Counter Mode of Operation", test cases 1 to 6 (the vectors that go with SP 800-38D)
KEY_3 = "feffe9928665731c6d6a8f9467308308"
PLAIN_4 = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
EXTRA_4 = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
GCM_VECTORS = (
    ("00" * 16, "00" * 12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    ("00" * 16, "00" * 12, "", "00" * 16, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"),
    (KEY_3, "cafebabefacedbaddecaf888", EXTRA_4, PLAIN_4,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47"),
    (KEY_3, "cafebabefacedbad", EXTRA_4, PLAIN_4,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
     "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb"),
)  # fmt: skip
# RFC 3610 §8, packet vectors 1 and 2: the first 8 bytes of a packet go along
CCM_KEY = "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
CCM_VECTORS = (
    ("00000003020100a0a1a2a3a4a5", "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
     "588c979a61c663d2f066d0c2c0f989806d5f6b61dac384", "17e8d12cfdf926e0"),
    ("00000004030201a0a1a2a3a4a5", "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3b", "a091d56e10400916"),
)  # fmt: skip


def add(vm: Vm, it: JavaObject, data: str) -> None:
    send(vm, it, AEAD, "updateAAD([BSS)V", scratch(vm, data), 0, len(data) // 2)


def retrieve(vm: Vm, it: JavaObject, size: int) -> str:
    array = scratch(vm, size)
    assert send(vm, it, AEAD, "retrieveTag([BSS)S", array, 0, size) == size
    return content(array)


def right(vm: Vm, it: JavaObject, tag: str, required: int) -> bool:
    return bool(send(vm, it, AEAD, "verifyTag([BSSS)Z", scratch(vm, tag), 0, len(tag) // 2, required))


def ccm(vm: Vm, mode: int, nonce: str, extra: int, message: int, tag: int, key: str = CCM_KEY) -> JavaObject:
    it = cipher(vm, CCM)
    words = secret_key(vm, AES, key), mode, scratch(vm, nonce), 0, len(nonce) // 2, extra, message, tag
    send(vm, it, AEAD, f"init({KEY}B[BSSSSS)V", *words)
    return it


def gcm(vm: Vm, mode: int, key: str, nonce: str) -> JavaObject:
    it = cipher(vm, GCM)
    init(vm, it, CIPHER, secret_key(vm, AES, key), mode, nonce)
    return it


@pytest.mark.parametrize("key,nonce,extra,plain,sealed,tag", GCM_VECTORS)
def test_gcm(running: Vm, key: str, nonce: str, extra: str, plain: str, sealed: str, tag: str) -> None:
    one, other = gcm(running, ENCRYPT, key, nonce), gcm(running, DECRYPT, key, nonce)
    for it in (one, other):
        add(running, it, extra[:10])
        add(running, it, extra[10:])
    assert crypt(running, one, plain).hex() == sealed
    assert retrieve(running, one, 16) == tag and retrieve(running, one, 12) == tag[:24]
    half = len(sealed) // 4 * 2
    assert (crypt(running, other, sealed[:half], final=False) + crypt(running, other, sealed[half:])).hex() == plain
    assert right(running, other, tag, 16) and right(running, other, tag[:24], 12)
    assert not right(running, other, tag[:24], 16)
    assert not right(running, other, "00" + tag[2:], 16)


@pytest.mark.parametrize("nonce,extra,plain,sealed,tag", CCM_VECTORS)
def test_ccm(running: Vm, nonce: str, extra: str, plain: str, sealed: str, tag: str) -> None:
    one, other = (ccm(running, mode, nonce, 8, len(plain) // 2, 8) for mode in (ENCRYPT, DECRYPT))
    for it in (one, other):
        add(running, it, extra)
    assert (crypt(running, one, plain[:34], final=False) + crypt(running, one, plain[34:])).hex() == sealed
    assert retrieve(running, one, 8) == tag
    assert crypt(running, other, sealed).hex() == plain
    assert right(running, other, tag, 8) and not right(running, other, "00" + tag[2:], 8)


def test_ccm_keeps_to_what_was_said(running: Vm) -> None:
    it = ccm(running, ENCRYPT, "00" * 13, 2, 4, 8)
    with throws(EXCEPTION, ILLEGAL_USE):
        crypt(running, it, "01", final=False)  # the extra data is not there yet
    with throws(EXCEPTION, ILLEGAL_VALUE):
        add(running, it, "010203")
    add(running, it, "0102")
    with throws(EXCEPTION, ILLEGAL_USE):
        crypt(running, it, "0102030405", final=False)
    with throws(EXCEPTION, ILLEGAL_USE):
        crypt(running, it, "010203")
    crypt(running, it, "01020304")
    with throws(EXCEPTION, ILLEGAL_VALUE):
        retrieve(running, it, 6)
    with throws(EXCEPTION, INVALID_INIT):
        crypt(running, it, "01020304")


@pytest.mark.parametrize("nonce,extra,message,tag", (
    ("00" * 6, 0, 0, 8), ("00" * 14, 0, 0, 8), ("00" * 13, -1, 0, 8), ("00" * 13, 0, -1, 8), ("00" * 13, 0, 0, 5),
    ("00" * 13, 0, 0, 18), ("00" * 13, 0, 0, 2),
))  # fmt: skip
def test_ccm_values_out_of_range(running: Vm, nonce: str, extra: int, message: int, tag: int) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        ccm(running, ENCRYPT, nonce, extra, message, tag)


def test_each_kind_has_its_own_init(running: Vm) -> None:
    key = secret_key(running, AES, CCM_KEY)
    with throws(EXCEPTION, INVALID_INIT):
        init(running, cipher(running, CCM), CIPHER, key, ENCRYPT)
    with throws(EXCEPTION, INVALID_INIT):
        init(running, cipher(running, CCM), CIPHER, key, ENCRYPT, "00" * 13)
    with throws(EXCEPTION, INVALID_INIT):
        words = key, ENCRYPT, scratch(running, "00" * 13), 0, 13, 0, 0, 8
        send(running, cipher(running, GCM), AEAD, f"init({KEY}B[BSSSSS)V", *words)
    for wrong, mode in ((secret_key(running, DES, "00" * 8), ENCRYPT), (key, 3)):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            init(running, cipher(running, GCM), CIPHER, wrong, mode)
    with throws(EXCEPTION, INVALID_INIT):
        crypt(running, cipher(running, GCM), "00")


def test_tags_come_after_the_message_and_in_their_mode(running: Vm) -> None:
    it = gcm(running, ENCRYPT, KEY_3, "00" * 12)
    with throws(EXCEPTION, ILLEGAL_USE):
        retrieve(running, it, 16)
    crypt(running, it, "01", final=False)
    with throws(EXCEPTION, ILLEGAL_USE):
        add(running, it, "01")
    crypt(running, it, "02")
    with throws(EXCEPTION, ILLEGAL_USE):
        right(running, it, "00" * 16, 16)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        retrieve(running, it, 3)


def test_gcm_without_a_vector_and_after_do_final_begins_with_0(running: Vm) -> None:
    it = cipher(running, GCM)
    init(running, it, CIPHER, secret_key(running, AES, "00" * 16), ENCRYPT)
    for _ in range(2):
        assert crypt(running, it, "00" * 16).hex() == "0388dace60b6a392f328c2b971b2fe78"
    running.heap.reset()
    assert crypt(running, it, "00" * 16).hex() == "0388dace60b6a392f328c2b971b2fe78"


@pytest.mark.parametrize("kind,algorithm", ((0xF1 - 0x100, GCM), (0xF2 - 0x100, CCM)))
def test_factories(running: Vm, kind: int, algorithm: int) -> None:
    it = call(running, CIPHER, f"getInstance(BBZ)L{CIPHER};", kind, 0, 0)
    codes = [
        send(running, it, CIPHER, f"get{name}()B") for name in ("Algorithm", "CipherAlgorithm", "PaddingAlgorithm")
    ]
    assert codes == [algorithm, kind, 0]
    assert running.api.named(AEAD) in it.cls.supers
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        call(running, CIPHER, f"getInstance(BBZ)L{CIPHER};", kind, 1, 0)
