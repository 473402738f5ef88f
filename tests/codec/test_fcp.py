"""File control parameters (TS 102 221 §11.1.1.3, §11.1.1.4)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.fcp import Fcp, FileType, LifeCycle, PinStatus, Structure
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

ROWS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "fcp.yaml").read_text())["rows"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['card']} {row['file']}")
def test_what_real_cards_answer(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["raw"])
    fcp = Fcp.decode(raw)
    assert fcp.file_type == row["type"]
    assert fcp.structure == row.get("structure")
    assert fcp.shareable == row["shareable"]
    assert fcp.fid == (int(row["fid"], 16) if "fid" in row else None)
    assert (fcp.size, fcp.record_length, fcp.record_count) == tuple(
        row.get(key) for key in ("size", "record_length", "record_count")
    )
    assert fcp.sfi == (None if row.get("sfi", "none") == "none" else row["sfi"])
    assert fcp.life_cycle == LifeCycle[row["life_cycle"].upper()]
    assert fcp.activated
    assert fcp.security is not None
    assert f"{fcp.security.tag:02x} {fcp.security.value.hex()}" == row["security"]
    assert {f"{part.tag:02x}": part.value.hex() for part in fcp.proprietary} == row.get("proprietary", {})
    assert " ".join(f"{pin.ref:02x}{'+' if pin.enabled else '-'}" for pin in fcp.pin_status) == row.get("pins", "")
    assert fcp.extra == ()
    assert fcp.encode() == raw


def test_an_adf_has_its_name() -> None:
    fcp = Fcp.decode(bytes.fromhex("621182027821 83023f01 8407a0000000871002"))
    assert (fcp.file_type, fcp.df_name) == (FileType.ADF, bytes.fromhex("a0000000871002"))
    mf = Fcp.decode(bytes.fromhex("62118202782183023f008407a0000000871002"))
    assert mf.file_type is FileType.DF  # the MF may carry a name and stays the MF


@pytest.mark.parametrize(
    ("fid", "sfi_object", "sfi"),
    [  # TS 102 221 §11.1.1.4.8
        ("6f07", "", 7),
        ("6f07", "8800", None),
        ("6f07", "880138", 7),
        ("6f07", "8801f0", 30),
        ("6f20", "", None),  # five low bits 0 cannot be addressed
        ("6f3f", "", None),  # nor can 31
    ],
)
def test_short_file_identifier(fid: str, sfi_object: str, sfi: int | None) -> None:
    body = bytes.fromhex("82024121" + "8302" + fid + sfi_object)
    fcp = Fcp.decode(bytes((0x62, len(body))) + body)
    assert fcp.sfi == sfi
    assert fcp.sfi_from_fid == (sfi_object == "")
    assert fcp.encode() == bytes((0x62, len(body))) + body


@pytest.mark.parametrize(
    ("value", "known", "activated", "terminated"),
    [  # TS 102 221 §11.1.1.4.9
        (0x00, LifeCycle.NO_INFORMATION, True, False),
        (0x01, LifeCycle.CREATION, False, False),
        (0x03, LifeCycle.INITIALISATION, False, False),
        (0x04, LifeCycle.DEACTIVATED, False, False),
        (0x05, LifeCycle.ACTIVATED, True, False),
        (0x06, 6, False, False),
        (0x07, 7, True, False),
        (0x0C, LifeCycle.TERMINATED, False, True),
        (0x0F, 15, False, True),
        (0x80, 0x80, False, False),
    ],
)
def test_life_cycle(value: int, known: int, activated: bool, terminated: bool) -> None:
    fcp = Fcp.decode(bytes((0x62, 7, 0x82, 2, 0x41, 0x21, 0x8A, 1, value)))
    assert fcp.life_cycle == known
    assert type(fcp.life_cycle) is type(known)
    assert (fcp.activated, fcp.terminated) == (activated, terminated)


def test_pin_status_with_the_universal_pin() -> None:
    """TS 102 221 §9.5.2: the usage qualifier stands before the key reference it belongs to."""
    pins = (PinStatus(0x01, True), PinStatus(0x81, False), PinStatus(0x11, True, 0x08))
    fcp = Fcp(FileType.DF, fid=0x3F00, pin_status=pins)
    assert "c60f 9001a0 830101 830181 950108 830111".replace(" ", "") in fcp.encode().hex()
    assert Fcp.decode(fcp.encode()) == fcp


def test_a_descriptor_without_data_coding_byte() -> None:
    fcp = Fcp.decode(bytes.fromhex("62 05 820141 8800"))
    assert (fcp.structure, fcp.data_coding) == (Structure.TRANSPARENT, None)
    assert fcp.encode().hex() == "62058201418800"


def test_what_the_card_says_beyond_the_standard_is_kept() -> None:
    raw = bytes.fromhex("6210 82024121 8a0105 ab00 8c0100 8800 8600")
    fcp = Fcp.decode(raw)
    assert fcp.security == Tlv(0xAB, b"")
    assert fcp.extra == (Tlv(0x8C, b"\x00"), Tlv(0x86, b""))
    assert Fcp.decode(fcp.encode()) == fcp


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "nothing"),
        ("6f108408a000000003000000a5049f6501ff", "6F"),
        ("62048202412190", "more bytes"),
        ("620483026f07", "descriptor"),
        ("6204820278", "bytes"),
        ("62048202c121", "descriptor"),
        ("620482025021", "neither"),
        ("620482024321", "neither"),
        ("620482024221", "length"),
        ("62078205412100010a", "length"),
        ("62078205782100010a", "none"),
        ("6207820241218301ff", "83"),
        ("6206820241218000", "80"),
        ("620782024121880139", "identifier"),
        ("6207820241218801f8", "identifier"),
        ("620982027821c603830101", "PIN status"),
    ],
)
def test_malformed(raw: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        Fcp.decode(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "fcp",
    [
        Fcp(FileType.DF, structure=Structure.TRANSPARENT),
        Fcp(FileType.DF, sfi=3),
        Fcp(FileType.WORKING_EF, Structure.LINEAR_FIXED),
        Fcp(FileType.WORKING_EF, Structure.TRANSPARENT, record_length=3, record_count=1),
        Fcp(FileType.WORKING_EF, Structure.TRANSPARENT, sfi=31),
        Fcp(FileType.WORKING_EF, Structure.TRANSPARENT, fid=0x6F07, sfi=8, sfi_from_fid=True),
        Fcp(FileType.WORKING_EF, Structure.TRANSPARENT, fid=0x10000),
        Fcp(FileType.WORKING_EF, Structure.TRANSPARENT, size=-1),
    ],
)
def test_contradictions_are_refused(fcp: Fcp) -> None:
    with pytest.raises(EncodeError):
        fcp.encode()


BYTE = st.integers(0, 255)
PINS = st.lists(st.builds(PinStatus, BYTE, st.booleans(), st.none() | BYTE), max_size=20).map(tuple)
COMMON: dict[str, Any] = {
    "shareable": st.booleans(),
    "data_coding": BYTE,
    "fid": st.none() | st.integers(0, 0xFFFF),
    "proprietary": st.lists(st.builds(Tlv, st.sampled_from((0x80, 0x83, 0xC0)), st.binary(max_size=9))).map(tuple),
    "life_cycle": st.none() | BYTE,
    "security": st.none() | st.builds(Tlv, st.sampled_from((0x8B, 0x8C, 0xAB)), st.binary(max_size=150)),
    "total_size": st.none() | st.integers(0, 0xFFFFFF),
    "extra": st.lists(st.builds(Tlv, st.sampled_from((0x86, 0xA1)), st.binary(max_size=9))).map(tuple),
}
DFS = st.builds(Fcp, st.just(FileType.DF), pin_status=PINS, **COMMON)
EF: dict[str, Any] = COMMON | {"size": st.none() | st.integers(0, 0xFFFFFF), "sfi": st.none() | st.integers(1, 30)}
PLAIN = st.builds(
    Fcp,
    st.sampled_from((FileType.WORKING_EF, FileType.INTERNAL_EF)),
    st.sampled_from((None, Structure.TRANSPARENT)),
    **EF,
)
RECORDS = st.builds(
    Fcp,
    st.just(FileType.WORKING_EF),
    st.sampled_from((Structure.LINEAR_FIXED, Structure.CYCLIC)),
    record_length=st.integers(0, 0xFFFF),
    record_count=st.integers(0, 0xFFFF),
    **EF,
)
BER_TLV = st.builds(Fcp, st.just(FileType.WORKING_EF), st.just(Structure.BER_TLV), **EF)


@given(DFS | PLAIN | RECORDS | BER_TLV)
def test_round_trip(fcp: Fcp) -> None:
    assert Fcp.decode(fcp.encode()) == fcp


PIECES = st.lists(
    st.tuples(st.sampled_from((0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x8A, 0xA5, 0xC6)), st.binary(max_size=7)),
    max_size=6,
).map(lambda parts: b"".join(bytes((tag, len(value))) + value for tag, value in parts))


@given(st.binary(max_size=40) | PIECES.map(lambda body: bytes((0x62, len(body))) + body))
def test_any_bytes_give_a_value_or_a_decode_error(raw: bytes) -> None:
    try:
        fcp = Fcp.decode(raw)
    except DecodeError:
        return
    assert Fcp.decode(fcp.encode()) == fcp
