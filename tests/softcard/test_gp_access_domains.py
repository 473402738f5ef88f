"""Access domains from install parameters (TS 102 226 §8.2.1.3.2.3, TS 43.019 annex A)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.access import ALWAYS, NEVER, AllOf, AnyOf, ConditionByte, Key, Not, Unsupported
from simtool.codec.tlv import Tlv
from simtool.softcard.globalplatform import access_domains
from simtool.softcard.globalplatform.access_domains import NOTHING, AccessDomain, kept, of_sim, of_uicc

ADF = bytes.fromhex("a0000000871002")
FULL = AccessDomain(full=True)
PIN1, ADM1 = Key(0x01), Key(0x0A)


@pytest.mark.parametrize(
    ("tag", "parameters", "wanted"),
    [
        (0xEA, "", ""),
        (0xEA, "8000 8104 00 0100 00", "8104 00 0100 00"),
        (0xEA, "8204 00 01ff 00 8104 00 0100 00", "8204 00 01ff 00 8104 00 0100 00"),
        (0xCA, "0100 01 00 15 00 00 00 00", "ca01 00"),
        (0xCA, "03 010203 01 00 15 00 00 00 00", "ca03 010203"),
        (0xCA, "00 01 00 15 00 00 00 00", "ca00"),
    ],
)
def test_what_is_kept_of_the_parameters(tag: int, parameters: str, wanted: str) -> None:
    value = tlv.encode(tag, bytes.fromhex(parameters))
    given = [Tlv(0xC9, b""), *tlv.parse(value if tag == 0xEA else tlv.encode(0xEF, value))]
    assert kept(given) == bytes.fromhex(wanted)


GROUPS = "8118 00 0100 00 07 a0000000871002 04 02 010304 00 05 a000000099 01ff 00"


@pytest.mark.parametrize(
    ("adf", "admin", "wanted"),
    [
        (b"", False, FULL),
        (ADF, False, AccessDomain(always=True, keys=frozenset((0x01, 0x0A, 0x0B)))),
        (bytes.fromhex("a000000099"), False, NOTHING),
        (ADF[:6], False, NOTHING),
        (b"", True, NOTHING),
        (ADF, True, NOTHING),
    ],
)
def test_groups(adf: bytes, admin: bool, wanted: AccessDomain) -> None:
    value = bytes.fromhex(GROUPS)[2:]
    assert of_uicc(tlv.encode(0x81, value), adf, admin=admin) == wanted


@pytest.mark.parametrize(
    ("domain", "keys", "always"),
    [
        ("02 000000", set(), False),
        ("02 ff0000", set(range(1, 9)), False),
        ("02 00ff00", {0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x8A, 0x8B, 0x8C}, False),
        ("02 000003", {0x8D, 0x8E}, False),
        ("02 000004", set(), True),
        ("02 000008", set(range(0x81, 0x89)), False),
        ("02 01", {0x01}, False),  # bits that are not there are not set
        ("02", set(), False),
        ("01 ff", set(), False),
        ("ff", set(), False),
        ("", set(), False),
    ],
)
def test_bits_of_the_uicc_mechanism(domain: str, keys: set[int], always: bool) -> None:
    raw = bytes.fromhex(domain)
    access = tlv.encode(0x81, b"\0" + bytes((len(raw),)) + raw + b"\0")
    assert of_uicc(access, b"", admin=False) == AccessDomain(always=always, keys=frozenset(keys))


@pytest.mark.parametrize("raw", ["81", "8103 00 05 00", "8102 00 01", "8101 10"])
def test_malformed_ones_grant_nothing(raw: str) -> None:
    assert of_uicc(bytes.fromhex(raw), b"", admin=False) == NOTHING
    assert of_sim(bytes.fromhex(raw)) == NOTHING


@pytest.mark.parametrize(
    ("condition", "full", "pin1", "always"),
    [
        (ALWAYS, True, False, True),
        (NEVER, False, False, False),
        (PIN1, True, True, False),
        (ADM1, True, False, False),
        (AnyOf((ADM1, PIN1)), True, True, False),
        (AllOf((ADM1, PIN1)), True, False, False),
        (AllOf((PIN1, NEVER)), False, False, False),
        (AllOf(()), False, False, False),
        (Not(PIN1), True, False, True),
        (ConditionByte(0x11), True, True, False),
        (ConditionByte(0x55), True, False, False),
        (Unsupported(Tlv(0xB4, b"")), False, False, False),
    ],
)
def test_conditions(condition: access_domains.AccessCondition, full: bool, pin1: bool, always: bool) -> None:
    def key_of(leaf: ConditionByte) -> int | None:
        return 0x01 if leaf.value == 0x11 else None

    domains = (FULL, AccessDomain(keys=frozenset((0x01,))), AccessDomain(always=True))
    assert tuple(one.grants(condition, key_of) for one in domains) == (full, pin1, always)


def test_levels_of_the_older_sim() -> None:
    assert of_sim(tlv.encode(0xCA, b"\x00")) == FULL
    assert of_sim(tlv.encode(0xCA, b"\xff")) == of_sim(tlv.encode(0xCA, b"")) == of_sim(b"") == NOTHING
    assert of_sim(tlv.encode(0xCA, bytes.fromhex("010100"))) == AccessDomain(always=True)
    assert of_sim(tlv.encode(0xCA, bytes.fromhex("010600"))).keys == {0x01, 0x02, 0x81}
    assert of_sim(tlv.encode(0xCA, bytes.fromhex("011000"))).keys >= {0x04}
