"""KeyAgreement (Java Card API 3.0.5): RFC 5903 numbers, the variants of one secret, what is refused."""

from __future__ import annotations

import hashlib

import pytest

from simtool.softcard.jcvm.crypto.curves import Curve
from simtool.softcard.jcvm.crypto.named_curves import default_curve
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import (
    EC_PRIVATE,
    EC_PUBLIC,
    EXCEPTION,
    ILLEGAL_VALUE,
    INVALID_INIT,
    NO_SUCH_ALGORITHM,
    RSA_PRIVATE,
    SECURITY,
    UNINITIALIZED_KEY,
    build_key,
    get_part,
    key_pair,
    scratch,
    set_part,
)
from tests.harness.jcvm import call, content, send, throws

AGREEMENT = f"{SECURITY}/KeyAgreement"
DH_KDF, DHC_KDF, DH_PLAIN, DHC_PLAIN, PACE_GM, DH_PLAIN_XY, FINITE = range(1, 8)
# RFC 5903 §8.1
SECRET = bytes.fromhex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")
THEIRS = bytes.fromhex("04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                       "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab")  # fmt: skip
X = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"
HASHED = hashlib.sha1(bytes.fromhex(X), usedforsecurity=False).hexdigest()
Y = "522bde0af0d8585b8def9c183b5ae38f50235206a8674ecb5d98edb20eb153a2"


def agreement(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, AGREEMENT, f"getInstance(BZ)L{AGREEMENT};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def init(vm: Vm, it: JavaObject, key: JavaObject) -> None:
    send(vm, it, AGREEMENT, f"init(L{SECURITY}/PrivateKey;)V", key)


def generate(vm: Vm, it: JavaObject, public: bytes) -> str:
    source, target = scratch(vm, public), scratch(vm, 300)
    count = send(vm, it, AGREEMENT, "generateSecret([BSS[BS)S", source, 0, len(public), target, 0)
    return content(target)[: 2 * count]


@pytest.fixture
def private(running: Vm) -> JavaObject:
    """The initiator's key of RFC 5903."""
    _, key = key_pair(running, 5, 256)
    set_part(running, key, EC_PRIVATE, "S", SECRET)
    return key


@pytest.mark.parametrize("algorithm,wanted", (
    (DH_PLAIN, X), (DHC_PLAIN, X), (DH_PLAIN_XY, "04" + X + Y),
    (DH_KDF, HASHED), (DHC_KDF, HASHED),
))  # fmt: skip
def test_the_secret_of_rfc_5903(running: Vm, private: JavaObject, algorithm: int, wanted: str) -> None:
    it = agreement(running, algorithm)
    assert send(running, it, AGREEMENT, "getAlgorithm()B") == algorithm
    init(running, it, private)
    assert generate(running, it, THEIRS) == wanted
    running.heap.reset()
    assert generate(running, it, THEIRS) == wanted


def test_generic_mapping_adds_the_point(running: Vm, private: JavaObject) -> None:
    """s·G + H (TR-03110 A.3.4.1)."""
    on = default_curve(256)
    assert isinstance(on, Curve)
    it = agreement(running, PACE_GM)
    init(running, it, private)
    size = on.size
    theirs = int.from_bytes(THEIRS[1 : 1 + size], "big"), int.from_bytes(THEIRS[1 + size :], "big")
    wanted = on.add(on.multiply(int.from_bytes(SECRET, "big"), on.g), theirs)
    assert wanted is not None and generate(running, it, THEIRS) == on.encode(wanted).hex()


def test_both_sides_agree(running: Vm) -> None:
    pairs = [key_pair(running, 5, 160) for _ in range(2)]
    secrets = []
    for (_, private), (public, _) in (pairs, pairs[::-1]):
        it = agreement(running, DHC_PLAIN)
        init(running, it, private)
        secrets.append(generate(running, it, get_part(running, public, EC_PUBLIC, "W")))
    assert secrets[0] == secrets[1] and len(secrets[0]) == 40


@pytest.mark.parametrize("public", (
    b"", THEIRS[:-1], THEIRS + b"\0", b"\2" + THEIRS[1:], b"\2" + THEIRS[1:33], THEIRS[:-1] + b"\0",
    b"\4" + b"\xff" * 64,
))  # fmt: skip
def test_public_data_that_does_not_fit(running: Vm, private: JavaObject, public: bytes) -> None:
    it = agreement(running, DH_PLAIN)
    init(running, it, private)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        generate(running, it, public)


def test_keys_that_do_not_fit(running: Vm, private: JavaObject) -> None:
    it = agreement(running, DH_PLAIN)
    with throws(EXCEPTION, INVALID_INIT):
        generate(running, it, THEIRS)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        init(running, it, build_key(running, RSA_PRIVATE, 512))
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        init(running, it, build_key(running, EC_PRIVATE, 256))
    init(running, it, private)
    set_part(running, private, EC_PRIVATE, "B", bytes(32))  # no longer the curve that G is on
    with throws(EXCEPTION, ILLEGAL_VALUE):
        init(running, it, private)
    send(running, private, f"{SECURITY}/Key", "clearKey()V")
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        generate(running, it, THEIRS)


def test_only_the_cofactor_methods_need_the_cofactor(running: Vm, private: JavaObject) -> None:
    key = build_key(running, EC_PRIVATE, 256)
    for name in ("Field", "A", "B", "G", "R", "S"):
        set_part(
            running, key, EC_PRIVATE, name.replace("Field", "FieldFP"), get_part(running, private, EC_PRIVATE, name)
        )
    init(running, agreement(running, DH_PLAIN), key)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        init(running, agreement(running, DHC_PLAIN), key)


def test_finite_fields(running: Vm) -> None:
    """g = 2 modulo the 1024-bit prime of RFC 2409 §6.2: both sides agree."""
    p = bytes.fromhex(
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
        "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
        "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff"
    )
    values, agreements = [], []
    for _ in range(2):
        public, private = build_key(running, 0x20, 1024), build_key(running, 0x23, 1024)
        for name, value in (("P", p), ("G", b"\2")):
            array = scratch(running, value)
            send(running, public, f"{SECURITY}/DHPublicKey", f"set{name}([BSS)V", array, 0, len(value))
        pair = running.new(f"{SECURITY}/KeyPair")
        signature = f"<init>(L{SECURITY}/PublicKey;L{SECURITY}/PrivateKey;)V"
        running.api.static_named(f"{SECURITY}/KeyPair", signature).call(running, pair, public, private)
        send(running, pair, f"{SECURITY}/KeyPair", "genKeyPair()V")
        target = scratch(running, 128)
        send(running, public, f"{SECURITY}/DHPublicKey", "getY([BS)S", target, 0)
        values.append(target.data.tobytes())
        it = agreement(running, FINITE)
        init(running, it, private)
        agreements.append(it)
    assert generate(running, agreements[0], values[1]) == generate(running, agreements[1], values[0])
    for wrong in (b"\0", b"\1", p):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            generate(running, agreements[0], wrong)


@pytest.mark.parametrize("algorithm", (0, 8, 9, 10, -1))
def test_algorithms_that_are_not_there(running: Vm, algorithm: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        agreement(running, algorithm)
