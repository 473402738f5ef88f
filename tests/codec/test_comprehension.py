"""COMPREHENSION-TLV (TS 101 220 §7.1.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import comprehension
from simtool.codec.comprehension import ComprehensionTlv
from simtool.errors import DecodeError, EncodeError

VECTORS = [
    # what, object, hex
    ("device identities, required", ComprehensionTlv(0x02, b"\x83\x81", True), "82028381"),
    ("device identities, optional", ComprehensionTlv(0x02, b"\x83\x81", False), "02028381"),
    ("highest one byte tag", ComprehensionTlv(0x7E, b"", True), "fe00"),
    ("three byte tag, optional", ComprehensionTlv(0x7F0123, b"\x01", False), "7f01230101"),
    ("three byte tag, required", ComprehensionTlv(0x7F0123, b"\x01", True), "7f81230101"),
    ("length 81", ComprehensionTlv(0x0D, bytes(128), True), "8d8180" + "00" * 128),
    ("length 82", ComprehensionTlv(0x0D, bytes(256), True), "8d820100" + "00" * 256),
]


@pytest.mark.parametrize(("tlv", "coded"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_vectors(tlv: ComprehensionTlv, coded: str) -> None:
    assert tlv.encode().hex() == coded
    assert comprehension.encode(tlv.tag, tlv.value, comprehension=tlv.comprehension).hex() == coded
    assert comprehension.parse(bytes.fromhex(coded)) == [tlv]


def test_a_proactive_command() -> None:
    """Content of the D0 object of a DISPLAY TEXT (TS 102 223 §6.6.1): the flag does not change the tag."""
    tlvs = comprehension.parse(bytes.fromhex("8103012180 82028102 8d0a04546f6f6c6b69742031"))
    assert [tlv.tag for tlv in tlvs] == [0x01, 0x02, 0x0D]
    assert all(tlv.comprehension for tlv in tlvs)
    assert comprehension.first(tlvs, 0x02) == b"\x81\x02"
    assert comprehension.first(tlvs, 0x05) is None
    assert str(tlvs[1]) == "02!:8102"


def test_padding_is_skipped_only_when_named() -> None:
    assert comprehension.parse(b"\x02\x00\xff\x00", padding=b"\xff\x00") == [ComprehensionTlv(2, b"", False)]
    with pytest.raises(DecodeError):
        comprehension.parse(b"\x02\x00\xff\x00")


@pytest.mark.parametrize("raw", "0000 8000 ff00 02 020283 0281 0280 7f01 7f000000 7f800000".split())
def test_malformed(raw: str) -> None:
    with pytest.raises(DecodeError):
        comprehension.parse(bytes.fromhex(raw))


def test_nothing_is_no_object() -> None:
    assert comprehension.parse(b"") == []
    with pytest.raises(DecodeError):
        comprehension.split_first(b"")


@pytest.mark.parametrize("tag", [-1, 0, 0x7F, 0x80, 0x81, 0xFF, 0x7F0000, 0x7F8000])
def test_numbers_that_are_no_tag(tag: int) -> None:
    with pytest.raises(EncodeError):
        comprehension.encode(tag, b"")


TAGS = st.integers(1, 0x7E) | st.integers(0x7F0001, 0x7F7FFF)


@given(st.lists(st.builds(ComprehensionTlv, TAGS, st.binary(max_size=200), st.booleans()), max_size=5))
def test_round_trip(tlvs: list[ComprehensionTlv]) -> None:
    assert comprehension.parse(comprehension.join(tlvs)) == tlvs


@given(st.binary(max_size=40))
def test_any_bytes_give_objects_or_a_decode_error(raw: bytes) -> None:
    try:
        tlvs = comprehension.parse(raw)
    except DecodeError:
        return
    assert comprehension.parse(comprehension.join(tlvs)) == tlvs
