"""The OneShot classes (Java Card API 3.0.5): open, one operation, close."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.api.javacard.security.one_shot import INSTANCES
from simtool.softcard.jcvm.objects import TEMPORARY, JavaObject
from simtool.softcard.jcvm.services import NO_RESOURCE, SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import AES, DES, EXCEPTION, ILLEGAL_USE, NO_SUCH_ALGORITHM, init, scratch, secret_key
from tests.harness.jcvm import call, content, send, throws

DIGEST, INITIALIZED, RANDOM, SIGNATURE = (
    f"javacard/security/{one}$OneShot"
    for one in ("MessageDigest", "InitializedMessageDigest", "RandomData", "Signature")
)
CIPHER = "javacardx/crypto/Cipher$OneShot"
# class, its codes, codes that are not there, a method that it has and what that gives
CASES = (
    (DIGEST, "B", (1,), (3,), "getLength()B", 20),
    (INITIALIZED, "B", (4,), (9,), "getLength()B", 32),
    (RANDOM, "B", (2,), (0,), "getAlgorithm()B", 2),
    (SIGNATURE, "BBB", (0, 2, 3), (0, 3, 3), "getAlgorithm()B", 6),
    (CIPHER, "BB", (2, 1), (2, 7), "getPaddingAlgorithm()B", 1),
)


def open_one(vm: Vm, name: str, kinds: str, codes: tuple[int, ...]) -> JavaObject:
    made = call(vm, name, f"open({kinds})L{name};", *codes)
    assert isinstance(made, JavaObject)
    return made


@pytest.mark.parametrize("name,kinds,codes,wrong,method,gives", CASES)
def test_open_and_close(
    running: Vm, other: JavaObject, name: str, kinds: str, codes: tuple[int, ...], wrong: tuple[int, ...], method: str,
    gives: int,
) -> None:  # fmt: skip
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        open_one(running, name, kinds, wrong)
    it = open_one(running, name, kinds, codes)
    assert it.context is TEMPORARY
    assert send(running, it, name, method) == gives
    with running.running_as(other.owner):
        for signature in (method, "close()V"):
            with throws("SecurityException"):
                send(running, it, name, signature)
    send(running, it, name, "close()V")
    send(running, it, name, "close()V")
    with throws(EXCEPTION, ILLEGAL_USE):
        send(running, it, name, method)


@pytest.mark.parametrize("name,kinds,codes", [case[:3] for case in CASES])
def test_all_in_use_until_the_applet_returns(running: Vm, name: str, kinds: str, codes: tuple[int, ...]) -> None:
    opened = [open_one(running, name, kinds, codes) for _ in range(INSTANCES)]
    with throws(SYSTEM_EXCEPTION, NO_RESOURCE):
        open_one(running, name, kinds, codes)
    running.activation += 1
    again = open_one(running, name, kinds, codes)
    assert again in opened
    others = [one for one in opened if one is not again]
    for one in others:
        with throws(EXCEPTION, ILLEGAL_USE):
            send(running, one, name, "getAlgorithm()B")


def test_a_hash(running: Vm) -> None:
    it = open_one(running, DIGEST, "B", (1,))
    array = scratch(running, b"abc" + bytes(20))
    with throws(EXCEPTION, ILLEGAL_USE):
        send(running, it, DIGEST, "update([BSS)V", array, 0, 3)
    assert send(running, it, DIGEST, "doFinal([BSS[BS)S", array, 0, 3, array, 3) == 20
    assert content(array).endswith("a9993e364706816aba3e25717850c26c9cd0d89d")


def test_a_block(running: Vm) -> None:
    """FIPS 197 C.1; nothing of it is in a transaction."""
    it = open_one(running, CIPHER, "BB", (2, 1))
    running.heap.begin()
    init(running, it, CIPHER, secret_key(running, AES, "000102030405060708090a0b0c0d0e0f"), 2)
    array = scratch(running, "00112233445566778899aabbccddeeff")
    with throws(EXCEPTION, ILLEGAL_USE):
        send(running, it, CIPHER, "update([BSS[BS)S", array, 0, 16, array, 0)
    send(running, it, CIPHER, "doFinal([BSS[BS)S", array, 0, 16, array, 0)
    running.heap.commit()
    assert content(array) == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_a_mac(running: Vm) -> None:
    it = open_one(running, SIGNATURE, "BBB", (0, 2, 2))
    init(running, it, SIGNATURE, secret_key(running, DES, "0123456789abcdef"), 1)
    array = scratch(running, b"Now is the time for all ")
    with throws(EXCEPTION, ILLEGAL_USE):
        send(running, it, SIGNATURE, "update([BSS)V", array, 0, 24)
    assert send(running, it, SIGNATURE, "sign([BSS[BS)S", array, 0, 24, array, 0) == 8
    assert content(array).startswith("70a30640cc76dd8b")
