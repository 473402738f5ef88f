"""Install parameters of toolkit applets (TS 102 226 §8.2.1.3, TS 43.019)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.install_parameters import (
    AccessCondition,
    AccessDomain,
    AccessParameters,
    InstallParameters,
    MenuEntry,
    SimParameters,
    ToolkitParameters,
    decode_access,
)
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

USIM = bytes.fromhex("a0000000871002ffffffff8907090000")
MENU = (MenuEntry(1, 1), MenuEntry(2, 2))
ROWS = [
    # value, coded; the strings of a conformance suite and of a tutorial
    (
        InstallParameters(toolkit=ToolkitParameters(1, 0, 15, MENU)),
        "c900" + "ea0e" + "800c01000f02010102020000" + "0000",
    ),
    (
        InstallParameters(
            toolkit=ToolkitParameters(1, 0, 15, MENU), access=(AccessParameters(), AccessParameters(USIM))
        ),
        "c900" + "ea28" + "800c01000f020101020200000000" + "8118" + "00010000" + "10" + USIM.hex() + "010000",
    ),
    (
        InstallParameters(
            volatile_quota=0xFF,
            non_volatile_quota=0xFF,
            sim=SimParameters(AccessDomain.full(), 1, 0, 21, (MenuEntry(),) * 5, 0, b""),
        ),
        "c900ef1cc80200ffc70200ffca120100010015050000" + "0000" * 4 + "0000",
    ),
    (InstallParameters(b"\x01\x02"), "c9020102"),
    (
        InstallParameters(toolkit=ToolkitParameters(3, 1, 8, (), 2, bytes.fromhex("0a0b"), (b"\xb0\x00\x10",), None)),
        "c900" + "ea0e" + "800c" + "03010800" + "02" + "020a0b" + "03b00010",
    ),
]


@pytest.mark.parametrize(("value", "coded"), ROWS)
def test_coding(value: InstallParameters, coded: str) -> None:
    assert value.encode().hex() == coded
    assert InstallParameters.decode(bytes.fromhex(coded)) == value


BYTES = st.integers(0, 255)
MENUS = st.lists(st.builds(MenuEntry, BYTES, BYTES), max_size=4).map(tuple)
TARS = st.lists(st.binary(min_size=3, max_size=3), max_size=3).map(tuple)
DOMAINS = st.one_of(
    st.just(AccessDomain.full()),
    st.just(AccessDomain.none()),
    st.integers(0, 0xFFFFFF).map(lambda bits: AccessDomain.of(AccessCondition(bits))),
)
ACCESS = st.lists(st.builds(AccessParameters, st.sampled_from([b"", USIM]), DOMAINS), max_size=3).map(tuple)
TOOLKITS = st.builds(
    ToolkitParameters, BYTES, BYTES, BYTES, MENUS, BYTES, st.binary(max_size=8), TARS, st.none() | BYTES
)
QUOTAS = st.none() | st.integers(0, 0xFFFFFFFF)
ALL = st.builds(
    InstallParameters, st.binary(max_size=20), QUOTAS, QUOTAS, toolkit=st.none() | TOOLKITS, access=ACCESS,
    administrative_access=ACCESS, sim=st.none() | st.builds(SimParameters, DOMAINS, BYTES, BYTES, BYTES, MENUS),
)  # fmt: skip


@given(ALL)
def test_they_come_back(value: InstallParameters) -> None:
    assert InstallParameters.decode(value.encode()) == value


def test_what_is_not_known_is_kept() -> None:
    raw = bytes.fromhex("c900" + "ef04" + "d7020100" + "ea03" + "8301aa" + "b600")
    value = InstallParameters.decode(raw)
    assert value.system_more == (Tlv(0xD7, b"\x01\x00"),)
    assert value.uicc_more == (Tlv(0x83, b"\xaa"),)
    assert value.more == (Tlv(0xB6, b""),)
    assert value.encode() == raw


DOMAIN_WORDS = [
    (AccessDomain.full(), "full", "00"),
    (AccessDomain.none(), "none", "ff"),
    (AccessDomain.of(AccessCondition.PIN1 | AccessCondition.ADM1), "PIN1 ADM1", "02010100"),
    (AccessDomain.of(AccessCondition.ALWAYS), "ALWAYS", "02000004"),
    (AccessDomain(0x01, b"\x05"), "mechanism 01 05", "0105"),
]


@pytest.mark.parametrize(("domain", "words", "coded"), DOMAIN_WORDS)
def test_access_domains(domain: AccessDomain, words: str, coded: str) -> None:
    assert (domain.words, domain.encode().hex()) == (words, coded)
    assert AccessDomain.decode(bytes.fromhex(coded)) == domain


CUT = [
    # bytes, words of the error
    ("c900ea04800201", "bytes"),
    ("c900ea0480020100", "end before the menu text length"),
    ("c900ea0880060100000301", "bytes"),
    ("c900ea0880060100000301ff", "end before"),
    ("c900ea0a" + "8008" + "0100000000" + "00" + "02b0", "TARs"),
    ("c900ea0b" + "8009" + "0100000000" + "00" + "02b000", "multiple of 3"),
    ("c900ef05ca03000100", "access domain"),
]


@pytest.mark.parametrize(("raw", "words"), CUT)
def test_strings_that_are_cut(raw: str, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        InstallParameters.decode(bytes.fromhex(raw))


def test_values_without_a_coding() -> None:
    with pytest.raises(EncodeError, match="TAR"):
        ToolkitParameters(tars=(b"\x01",)).encode()
    with pytest.raises(EncodeError, match="priority"):
        ToolkitParameters(priority=256).encode()
    with pytest.raises(EncodeError, match="quota"):
        InstallParameters(volatile_quota=1 << 32).encode()
    with pytest.raises(EncodeError, match="left out"):
        SimParameters(max_channels=None).encode()
    with pytest.raises(DecodeError):
        decode_access(b"\x00\x00\x00")
