"""MessageDigest, Checksum and RandomData (Java Card API 3.0.5)."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import EXCEPTION, ILLEGAL_VALUE, NO_SUCH_ALGORITHM, SECURITY, scratch, update
from tests.harness.jcvm import byte_array, call, content, send, throws

DIGEST, INITIALIZED = f"{SECURITY}/MessageDigest", f"{SECURITY}/InitializedMessageDigest"
CHECKSUM, RANDOM = f"{SECURITY}/Checksum", f"{SECURITY}/RandomData"
# FIPS 180-4, FIPS 202, RFC 1321: the hash of "abc" (examples published with the standards)
ABC = (
    (1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (2, "900150983cd24fb0d6963f7d28e17f72"),
    (4, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (5, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
    (6, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    (7, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    (8, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
    (9, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    (10, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"),
    (11, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
         "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"),
)  # fmt: skip


def digest(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, DIGEST, f"getInstance(BZ)L{DIGEST};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def initialized(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, DIGEST, f"getInitializedMessageDigestInstance(BZ)L{INITIALIZED};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def finish(vm: Vm, it: JavaObject, cls: str, data: bytes) -> str:
    source, target = scratch(vm, data), scratch(vm, 100)
    count = send(vm, it, cls, "doFinal([BSS[BS)S", source, 0, len(data), target, 0)
    return content(target)[: 2 * count]


@pytest.mark.parametrize("algorithm,wanted", ABC)
def test_abc(running: Vm, algorithm: int, wanted: str) -> None:
    it = digest(running, algorithm)
    assert finish(running, it, DIGEST, b"abc") == wanted == finish(running, it, DIGEST, b"abc")
    assert send(running, it, DIGEST, "getAlgorithm()B") == algorithm
    assert send(running, it, DIGEST, "getLength()B") == len(wanted) // 2


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(max_size=100), min_size=1, max_size=6))
def test_a_message_in_parts(running: Vm, parts: list[bytes]) -> None:
    it = digest(running, 4)
    for part in parts[:-1]:
        update(running, it, DIGEST, part)
    assert finish(running, it, DIGEST, parts[-1]) == hashlib.sha256(b"".join(parts)).hexdigest()


def test_reset_and_a_reset_of_the_card_forget_the_message(running: Vm) -> None:
    it = digest(running, 1)
    update(running, it, DIGEST, b"forgotten")
    send(running, it, DIGEST, "reset()V")
    assert finish(running, it, DIGEST, b"abc") == ABC[0][1]
    update(running, it, DIGEST, b"forgotten")
    running.heap.reset()
    assert finish(running, it, DIGEST, b"abc") == ABC[0][1]


def test_a_transaction_does_not_concern_the_message(running: Vm) -> None:
    it = digest(running, 1)
    running.heap.begin()
    update(running, it, DIGEST, b"ab")
    running.heap.abort()
    assert finish(running, it, DIGEST, b"c") == ABC[0][1]


def test_too_little_room_keeps_the_message(running: Vm) -> None:
    it = digest(running, 1)
    update(running, it, DIGEST, b"abc")
    array = byte_array(running, 19)
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, it, DIGEST, "doFinal([BSS[BS)S", array, 0, 0, array, 0)
    assert finish(running, it, DIGEST, b"") == ABC[0][1]


@pytest.mark.parametrize("algorithm", (0, 3, 12, 13, -1))
def test_algorithms_that_are_not_there(running: Vm, algorithm: int) -> None:
    for make in (digest, initialized):
        with throws(EXCEPTION, NO_SUCH_ALGORITHM):
            make(running, algorithm)


# The intermediate value after 64 times "a", and the message that goes on with "rest"
AFTER_A = {1: "da4968eb2e377c1f884e8f5283524bebe74ebdbd"}


def set_initial(vm: Vm, it: JavaObject, value: str, count: str) -> None:
    first, second = scratch(vm, value), scratch(vm, count)
    signature = "setInitialDigest([BSS[BSS)V"
    send(vm, it, INITIALIZED, signature, first, 0, len(value) // 2, second, 0, len(count) // 2)


def test_going_on_from_an_intermediate_value(running: Vm) -> None:
    it = initialized(running, 1)
    set_initial(running, it, AFTER_A[1], "00000040")
    wanted = hashlib.new("sha1", b"a" * 64 + b"rest").hexdigest()  # noqa: S324
    assert finish(running, it, DIGEST, b"rest") == wanted
    assert finish(running, it, DIGEST, b"abc") == ABC[0][1]


@pytest.mark.parametrize(
    "algorithm,size,block", ((1, 20, 64), (2, 16, 64), (4, 32, 64), (5, 64, 128), (6, 64, 128), (7, 32, 64))
)
def test_intermediate_values_that_do_not_fit(running: Vm, algorithm: int, size: int, block: int) -> None:
    it = initialized(running, algorithm)
    set_initial(running, it, "11" * size, f"{block:02x}")
    good = f"{block:04x}"
    wrong = (
        ("11" * (size - 1), good), ("11" * (size + 1), good), ("11" * size, "0000"), ("11" * size, f"{block - 1:04x}"),
        ("11" * size, "80" * 16 + "00"), ("11" * size, ""),
    )  # fmt: skip
    for value, count in wrong:
        with throws(EXCEPTION, ILLEGAL_VALUE):
            set_initial(running, it, value, count)


# Checksum


def checksum(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, CHECKSUM, f"getInstance(BZ)L{CHECKSUM};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def start(vm: Vm, it: JavaObject, value: str) -> None:
    send(vm, it, CHECKSUM, "init([BSS)V", scratch(vm, value), 0, len(value) // 2)


# CRC catalogue (reveng): XMODEM complemented, GENIBUS; JAMCRC-like with 0, and CRC-32/ISO-HDLC
@pytest.mark.parametrize("algorithm,initial,wanted", (
    (1, None, "ce3c"), (1, "0000", "ce3c"), (1, "ffff", "d64e"), (2, None, "d202d277"), (2, "ffffffff", "cbf43926"),
))  # fmt: skip
def test_check_values(running: Vm, algorithm: int, initial: str | None, wanted: str) -> None:
    it = checksum(running, algorithm)
    if initial is not None:
        start(running, it, initial)
    update(running, it, CHECKSUM, b"1234")
    assert finish(running, it, CHECKSUM, b"56789") == wanted
    assert send(running, it, CHECKSUM, "getAlgorithm()B") == algorithm


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(max_size=50), min_size=1, max_size=4))
def test_a_checksum_in_parts(running: Vm, parts: list[bytes]) -> None:
    it = checksum(running, 2)
    start(running, it, "ffffffff")
    for part in parts[:-1]:
        update(running, it, CHECKSUM, part)
    assert finish(running, it, CHECKSUM, parts[-1]) == f"{zlib.crc32(b''.join(parts)):08x}"


def test_the_register_begins_with_0_again(running: Vm) -> None:
    it = checksum(running, 1)
    start(running, it, "ffff")
    finish(running, it, CHECKSUM, b"123456789")
    assert finish(running, it, CHECKSUM, b"123456789") == "ce3c"
    start(running, it, "ffff")
    running.heap.reset()
    assert finish(running, it, CHECKSUM, b"123456789") == "ce3c"


def test_checksums_that_are_refused(running: Vm) -> None:
    for algorithm in (0, 3):
        with throws(EXCEPTION, NO_SUCH_ALGORITHM):
            checksum(running, algorithm)
    for algorithm, value in ((1, "00"), (1, "00000000"), (2, "0000"), (2, "")):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            start(running, checksum(running, algorithm), value)


# RandomData


def generator(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, RANDOM, f"getInstance(B)L{RANDOM};", algorithm)
    assert isinstance(made, JavaObject)
    return made


def bytes_of(vm: Vm, it: JavaObject, count: int) -> str:
    array = scratch(vm, count)
    send(vm, it, RANDOM, "generateData([BSS)V", array, 0, count)
    return content(array)


@pytest.mark.parametrize("algorithm", range(1, 7))
def test_random_bytes(running: Vm, algorithm: int) -> None:
    it = generator(running, algorithm)
    assert send(running, it, RANDOM, "getAlgorithm()B") == algorithm
    assert bytes_of(running, it, 32) != bytes_of(running, it, 32)
    array = byte_array(running, 10)
    assert send(running, it, RANDOM, "nextBytes([BSS)S", array, 2, 5) == 7
    assert content(array).startswith("0000") and content(array).endswith("000000") and content(array)[4:14] != "0" * 10


def test_a_seed_repeats_the_pseudo_random_one_only(running: Vm) -> None:
    one, other = generator(running, 1), generator(running, 1)
    for it in (one, other):
        send(running, it, RANDOM, "setSeed([BSS)V", scratch(running, "0102"), 0, 2)
    assert bytes_of(running, one, 50) == bytes_of(running, other, 50) != bytes_of(running, one, 50)
    secure = [generator(running, 2) for _ in range(2)]
    for it in secure:
        send(running, it, RANDOM, "setSeed([BSS)V", scratch(running, "0102"), 0, 2)
    assert bytes_of(running, secure[0], 50) != bytes_of(running, secure[1], 50)


def test_random_numbers_that_are_refused(running: Vm) -> None:
    for algorithm in (0, 7):
        with throws(EXCEPTION, NO_SUCH_ALGORITHM):
            generator(running, algorithm)
    it, array = generator(running, 2), byte_array(running, 8)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        send(running, it, RANDOM, "generateData([BSS)V", array, 0, 0)
    for offset, length in ((1, 8), (-1, 2), (0, -1)):
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, it, RANDOM, "generateData([BSS)V", array, offset, length)
    assert content(array) == "00" * 8
