"""Made-up cards for these tests: as hypothesis strategies, and any number of them one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hypothesis import strategies as st

from simtool.batch.formats.model import ANY_ALGORITHM
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.perso.record import (
    KEY_LENGTHS,
    OP_LENGTHS,
    SQN_MAX,
    WITHOUT_OPC,
    CardRecord,
    Credential,
    Subscription,
    parse_credential,
)

CODES = ("PIN1", "PUK1", "PIN2", "PUK2", "ADM1")


def secret(seed: str, length: int = 16, kind: str = "key") -> Secret:
    return Secret(hashlib.shake_128(seed.encode()).digest(length), kind)


def record(number: int, *, sqn: int = 0, algorithm: str = "milenage") -> CardRecord:
    """The card of that number; every number has its own keys."""
    opc = None if algorithm in WITHOUT_OPC else secret(f"opc {number}", OP_LENGTHS.get(algorithm, 16), "opc")
    subscription = Subscription(
        Imsi(f"00101{number:010d}"), secret(f"ki {number}", kind="ki"), opc, algorithm, f"+88228{number:06d}", sqn
    )
    codes = tuple(Credential(name, parse_credential(name, f"{number % 10_000:08d}")) for name in CODES)
    keys = KeySet(1, KeyCipher.AES, *(secret(f"{name} {number}") for name in ("enc", "mac", "dek")))
    return CardRecord(Iccid.from_body(f"894944{number:012d}"), (subscription,), codes, (), (keys,))


def records(count: int, *, sqn: int = 0) -> Iterator[CardRecord]:
    return (record(number, sqn=sqn) for number in range(1, count + 1))


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


def _secrets(length: int, kind: str) -> st.SearchStrategy[Secret]:
    return st.binary(min_size=length, max_size=length).map(lambda value: Secret(value, kind))


@st.composite
def subscriptions(draw: st.DrawFn, algorithms: tuple[str, ...] = ANY_ALGORITHM) -> Subscription:
    algorithm = draw(st.sampled_from(algorithms))
    k = draw(st.sampled_from(KEY_LENGTHS.get(algorithm, (16,))).flatmap(lambda length: _secrets(length, "ki")))
    opc = None if algorithm in WITHOUT_OPC else draw(_secrets(OP_LENGTHS.get(algorithm, 16), "opc"))
    msisdn = draw(st.none() | _digits(4, 15).map(lambda digits: "+" + digits) | _digits(4, 15))
    sqn = 0 if algorithm.startswith("comp128") else draw(st.integers(0, SQN_MAX - 64))  # 2G counts nothing
    return Subscription(Imsi("00101" + draw(_digits(10, 10))), k, opc, algorithm, msisdn, sqn)


@st.composite
def cards(draw: st.DrawFn, algorithms: tuple[str, ...] = ANY_ALGORITHM) -> CardRecord:
    """Any card with one subscription and the same kinds of codes and key sets as its neighbours."""
    iccid = Iccid.from_body("8949" + draw(_digits(14, 15)))
    values = _digits(4, 8) | st.binary(min_size=8, max_size=8).map(bytes.hex)
    codes = tuple(Credential(name, parse_credential(name, draw(values))) for name in CODES)
    cipher = draw(st.sampled_from(KeyCipher))
    keys = KeySet(1, cipher, *(draw(_secrets(16, "key")) for _ in range(3)))
    return CardRecord(iccid, (draw(subscriptions(algorithms)),), codes, (), (keys,))
