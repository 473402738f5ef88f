"""BER-TLV (ISO/IEC 7816-4 §5.2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

VECTORS = [
    # what, tag, value, hex
    ("one byte tag, empty", 0x88, b"", "8800"),
    ("one byte tag", 0x83, b"\x3f\x00", "83023f00"),
    ("two byte tag", 0x7F49, b"\x01", "7f490101"),
    ("three byte tag", 0x5F8101, b"\x01", "5f81010101"),
    ("longest short length", 0x80, bytes(127), "807f" + "00" * 127),
    ("81", 0x80, bytes(128), "808180" + "00" * 128),
    ("81, longest", 0x80, bytes(255), "8081ff" + "00" * 255),
    ("82", 0x80, bytes(256), "80820100" + "00" * 256),
    ("83", 0x80, bytes(65536), "8083010000" + "00" * 65536),
]


@pytest.mark.parametrize(("tag", "value", "encoded"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_vectors(tag: int, value: bytes, encoded: str) -> None:
    assert tlv.encode(tag, value).hex() == encoded
    assert tlv.parse(bytes.fromhex(encoded)) == [Tlv(tag, value)]


def test_longer_lengths_than_needed_are_read() -> None:
    assert tlv.parse(bytes.fromhex("8081010780820001078083000001 07")) == [Tlv(0x80, b"\x07")] * 3


@pytest.mark.parametrize(
    "raw",
    "80 8002_01 8081 808201 8080_0000 8084_00000001_07 9f 9f81 9f818101_00 00 0000 ff".split(),
)
def test_malformed(raw: str) -> None:
    with pytest.raises(DecodeError):
        tlv.parse(bytes.fromhex(raw.replace("_", "")))


@pytest.mark.parametrize("tag", [0, -1, 0x1F, 0x6201, 0x9F81, 0x9F7001, 0x5F818101])
def test_numbers_that_are_no_tag(tag: int) -> None:
    with pytest.raises(EncodeError):
        tlv.encode(tag, b"")


def test_padding_is_skipped_only_when_named() -> None:
    record = bytes.fromhex("800101 9000 ffff")
    assert tlv.parse(record, padding=b"\xff") == [Tlv(0x80, b"\x01"), Tlv(0x90, b"")]
    assert tlv.parse(b"\x00\x80\x00\xff\x00", padding=b"\x00\xff") == [Tlv(0x80, b"")]
    with pytest.raises(DecodeError):
        tlv.parse(record)


def test_nesting_and_looking_up() -> None:
    template = Tlv(0x62, tlv.join((Tlv(0x82, b"\x78\x21"), Tlv(0x83, b"\x3f\x00"), Tlv(0x83, b"\x7f\x10"))))
    assert template.constructed
    assert not Tlv(0x82, b"").constructed
    assert tlv.is_constructed(0x7F49)
    assert tlv.first(template.children(), 0x83) == b"\x3f\x00"
    assert tlv.first(template.children(), 0x84) is None
    head, rest = tlv.split_first(template.encode() + b"\x90\x00")
    assert (head, rest) == (template, b"\x90\x00")
    assert str(Tlv(0x83, b"\x3f\x00")) == "83:3f00"


ONE_BYTE = st.integers(1, 0xFE).filter(lambda tag: tag & 0x1F != 0x1F)
FIRST = st.integers(0, 7).map(lambda kind: kind << 5 | 0x1F)
TWO_BYTE = st.tuples(FIRST, st.integers(0, 0x7F)).map(lambda pair: pair[0] << 8 | pair[1])
THREE_BYTE = st.tuples(FIRST, st.integers(0x80, 0xFF), st.integers(0, 0x7F)).map(lambda t: int.from_bytes(bytes(t)))


@given(st.lists(st.builds(Tlv, ONE_BYTE | TWO_BYTE | THREE_BYTE, st.binary(max_size=300)), max_size=5))
def test_round_trip(tlvs: list[Tlv]) -> None:
    assert tlv.parse(tlv.join(tlvs)) == tlvs


@given(st.binary(max_size=40))
def test_any_bytes_give_objects_or_a_decode_error(raw: bytes) -> None:
    try:
        tlvs = tlv.parse(raw)
    except DecodeError:
        return
    assert tlv.parse(tlv.join(tlvs)) == tlvs
