"""Answer to SELECT in class A0 (TS 51.011 §9.2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.fcp2g import (
    Access2g,
    DfInfo2g,
    EfInfo2g,
    Fcp2g,
    SecretStatus,
    Structure2g,
    condition_name,
    decode_fcp2g,
)
from simtool.errors import DecodeError, EncodeError

TRANSPARENT, LINEAR, CYCLIC = Structure2g.TRANSPARENT, Structure2g.LINEAR_FIXED, Structure2g.CYCLIC
THREE, TEN = SecretStatus(3), SecretStatus(10)
CHVS = {"chv1": THREE, "unblock_chv1": TEN, "chv2": THREE, "unblock_chv2": TEN}

FILES = [
    # file of a real card, answer, meaning
    (
        "fakemagicsim MF",
        "000000003f000100000000000981020c0400838a838a",
        DfInfo2g(0x3F00, True, 0, 0x81, 2, 12, 4, **CHVS),
    ),
    (
        "fakemagicsim DF.GSM",
        "000000007f20020000000000099100170400838a838a",
        DfInfo2g(0x7F20, False, 0, 0x91, 0, 23, 4, **CHVS),
    ),
    (
        "sysmosim-gr1 MF",
        "0000125c3f000100000000000a9303020c00838a838a00",
        DfInfo2g(0x3F00, True, 4700, 0x93, 3, 2, 12, **CHVS, trailing=b"\x00"),
    ),
    (
        "fakemagicsim EF.ICCID",
        "0000000a2fe204000cffff01020000",
        EfInfo2g(0x2FE2, TRANSPARENT, 10, access=Access2g(0x0, 0xC)),
    ),
    (
        "sysmosim-gr1 EF.ICCID",
        "0000000a2fe2040005ff5501020000",
        EfInfo2g(0x2FE2, TRANSPARENT, 10, access=Access2g(0x0, 0x5, 0xF, 0x5, 0x5)),
    ),
    (
        "fakemagicsim EF.ADN",
        "000019646f3a040011ff220102011a",
        EfInfo2g(0x6F3A, LINEAR, 6500, 26, Access2g(1, 1, 0xF, 2, 2)),
    ),
    (
        "fakemagicsim EF.IMSI",
        "000000096f0704001bff1f01020000",
        EfInfo2g(0x6F07, TRANSPARENT, 9, access=Access2g(1, 0xB, 0xF, 1, 0xF)),
    ),
    (
        "fakemagicsim EF.ACM",
        "0000001e6f390440121fff01020303",
        EfInfo2g(0x6F39, CYCLIC, 30, 3, Access2g(1, 2, 1, 0xF, 0xF), increase_allowed=True),
    ),
    (
        "fakemagicsim EF.LND",
        "000000826f44040011ffff0102031a",
        EfInfo2g(0x6F44, CYCLIC, 130, 26, Access2g(1, 1)),
    ),
    (
        "sysmosim-gr1 EF.ACM",
        "0000000f6f39040012105501020303",
        EfInfo2g(0x6F39, CYCLIC, 15, 3, Access2g(1, 2, 1, 5, 5, reserved=0)),
    ),
]


@pytest.mark.parametrize(("raw", "meaning"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_what_real_cards_answer(raw: str, meaning: Fcp2g) -> None:
    assert decode_fcp2g(bytes.fromhex(raw)) == meaning
    assert meaning.encode().hex() == raw


def test_records_and_flags() -> None:
    assert EfInfo2g(0x6F3A, LINEAR, 6500, 26).record_count == 250
    assert EfInfo2g(0x6F3A, LINEAR, 6500, 0).record_count is None
    assert EfInfo2g(0x2FE2, TRANSPARENT, 10).record_count is None
    assert DfInfo2g(0x3F00, True, characteristics=0x81).chv1_disabled
    invalidated = decode_fcp2g(bytes.fromhex("000000096f0704001bff1f04020000"))
    assert isinstance(invalidated, EfInfo2g)
    assert invalidated.invalidated and invalidated.readable_when_invalidated


def test_an_answer_that_ends_with_the_structure() -> None:
    raw = bytes.fromhex("0000000a2fe204000cffff010100")
    info = decode_fcp2g(raw)
    assert isinstance(info, EfInfo2g) and not info.has_record_length
    assert info.encode() == raw


def test_names_of_conditions() -> None:
    names = [condition_name(nibble) for nibble in (0, 1, 2, 3, 4, 0xC, 0xF)]
    assert names == ["ALW", "CHV1", "CHV2", "RFU", "ADM_4", "ADM_C", "NEV"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "too short"),
        ("000000003f0001000000000001", "too short"),
        ("0000000a2fe204000cffff01030000", "says 3 bytes"),
        ("0000000a2fe203000cffff01020000", "type of file 03"),
        ("0000000a2fe204000cffff01020200", "structure 02"),
        ("000000003f0001000000000001ff", "too short for the answer of a DF"),
    ],
)
def test_malformed(raw: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_fcp2g(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "info",
    [
        EfInfo2g(0x10000, TRANSPARENT, 1),
        EfInfo2g(0x2FE2, TRANSPARENT, 0x10000),
        EfInfo2g(0x2FE2, LINEAR, 256, 256),
        EfInfo2g(0x2FE2, TRANSPARENT, 1, access=Access2g(0x10)),
        EfInfo2g(0x2FE2, TRANSPARENT, 1, reserved=b""),
        EfInfo2g(0x2FE2, TRANSPARENT, 1, reserved=b"\x00\x00\x40"),
        EfInfo2g(0x2FE2, TRANSPARENT, 1, other_status=1),
        EfInfo2g(0x2FE2, LINEAR, 1, 1, has_record_length=False),
        DfInfo2g(0x3F00, True, child_efs=256),
        DfInfo2g(0x3F00, True, chv1=SecretStatus(16)),
        DfInfo2g(0x3F00, True, reserved=b""),
    ],
)
def test_values_that_do_not_fit(info: Fcp2g) -> None:
    with pytest.raises(EncodeError):
        info.encode()


BYTE, WORD, NIBBLE = st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(0, 15)
SECRET = st.builds(SecretStatus, NIBBLE, st.booleans())
DFS = st.builds(
    DfInfo2g, WORD, st.booleans(), WORD, BYTE, BYTE, BYTE, BYTE, SECRET, SECRET, SECRET, SECRET, st.binary(max_size=12)
)
EFS = st.builds(
    EfInfo2g,
    WORD,
    st.sampled_from(Structure2g),
    WORD,
    BYTE,
    st.builds(Access2g, NIBBLE, NIBBLE, NIBBLE, NIBBLE, NIBBLE, NIBBLE),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.binary(max_size=12),
)


@given(DFS | EFS)
def test_round_trip(info: Fcp2g) -> None:
    assert decode_fcp2g(info.encode()) == info


HEADS = st.tuples(st.binary(min_size=6, max_size=6), st.sampled_from((b"\1", b"\2", b"\4")), st.just(bytes(5)))
ANSWERS = st.builds(lambda head, body: b"".join(head) + bytes((len(body),)) + body, HEADS, st.binary(max_size=12))


@given(st.binary(max_size=40) | ANSWERS)
def test_any_bytes_give_a_value_or_a_decode_error(raw: bytes) -> None:
    try:
        info = decode_fcp2g(raw)
    except DecodeError:
        return
    assert decode_fcp2g(info.encode()) == info
