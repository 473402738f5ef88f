"""ViewHandler and BERTLVViewHandler (TS 102 241 annex A)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import comprehension
from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, content, throws
from tests.harness.jcvm_toolkit import Call

TOOLKIT = "uicc/toolkit/ToolkitException"
UNAVAILABLE, OUT, BAD = 3, 8, 14
LIST = "810301250002028182" + "0D0304FFFE" + "8D020841" + "1000"
"""Command details with flag, device identities without, two text strings, an empty item identifier."""
FIND, SHORT, LONG = "findTLV(BB)B", "findAndCopyValue(B[BS)S", "findAndCopyValue(BBS[BSS)S"
COMPARE, COMPARE_SHORT, COMPARE_LONG = (
    "compareValue(S[BSS)B", "findAndCompareValue(B[BS)B", "findAndCompareValue(BBS[BSS)B",
)  # fmt: skip
Make = Callable[..., Call]


@pytest.mark.parametrize(
    ("tag", "occurrence", "result", "value"),
    [
        (0x01, 1, 1, "012500"),
        (0x81 - 256, 1, 1, "012500"),  # the flag asked for does not count
        (0x82 - 256, 1, 2, "8182"),
        (0x0D, 1, 2, "04fffe"),
        (0x0D, 2, 1, "0841"),  # one with the flag is an occurrence as well
        (0x0D, 3, 0, None),
        (0x10, 1, 2, ""),
        (0x11, 1, 0, None),
    ],
)
def test_find(running: Vm, built: Make, tag: int, occurrence: int, result: int, value: str | None) -> None:
    do = built(LIST)
    assert do(FIND, tag, occurrence) == result
    if value is None:
        with throws(TOOLKIT, UNAVAILABLE):
            do("getValueLength()S")
    else:
        target = byte_array(running, 5)
        length = len(value) // 2
        assert do("getValueLength()S") == length
        assert do("copyValue(S[BSS)S", 0, target, 1, length) == 1 + length
        assert content(target)[2 : 2 + len(value)] == value


@pytest.mark.parametrize("occurrence", [0, -1])
def test_find_refuses_an_occurrence_and_selects_nothing(built: Make, occurrence: int) -> None:
    do = built(LIST)
    do(FIND, 1, 1)
    with throws(TOOLKIT, BAD):
        do(FIND, 1, occurrence)
    with throws(TOOLKIT, UNAVAILABLE):
        do("getValueByte(S)B", 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("getValueLength()S", ()),
        ("getValueByte(S)B", (0,)),
        ("getValueShort(S)S", (0,)),
        ("copyValue(S[BSS)S", (0, "5", 0, 1)),
        (COMPARE, (0, "5", 0, 1)),
    ],
)
def test_nothing_is_selected_at_first(running: Vm, built: Make, call: str, words: tuple[object, ...]) -> None:
    do = built(LIST)
    with throws(TOOLKIT, UNAVAILABLE):
        do(call, *(byte_array(running, int(one)) if isinstance(one, str) else one for one in words))


@pytest.mark.parametrize(("offset", "value"), [(0, 0x04), (1, -1), (2, -2), (3, None), (-1, None)])
def test_value_byte(built: Make, offset: int, value: int | None) -> None:
    do = built(LIST)
    do(FIND, 0x0D, 1)
    if value is None:
        with throws(TOOLKIT, OUT):
            do("getValueByte(S)B", offset)
    else:
        assert do("getValueByte(S)B", offset) == value


@pytest.mark.parametrize(("offset", "value"), [(0, 0x04FF), (1, -2), (2, None), (-1, None), (0x7FFF, None)])
def test_value_short(built: Make, offset: int, value: int | None) -> None:
    do = built(LIST)
    do(FIND, 0x0D, 1)
    if value is None:
        with throws(TOOLKIT, OUT):
            do("getValueShort(S)S", offset)
    else:
        assert do("getValueShort(S)S", offset) == value


BOUNDS = [  # offset in the value, in the array of 4 bytes, length; what is thrown
    (0, 0, 3, None),
    (1, 2, 2, None),
    (3, 4, 0, None),
    (0, -1, 1, "ArrayIndexOutOfBoundsException"),
    (0, 0, -1, "ArrayIndexOutOfBoundsException"),
    (0, 2, 3, "ArrayIndexOutOfBoundsException"),
    (9, 2, 3, "ArrayIndexOutOfBoundsException"),  # the array is looked at first
    (1, 0, 3, OUT),
    (0, 0, 4, OUT),
    (4, 0, 0, OUT),
    (-1, 0, 1, OUT),
]


@pytest.mark.parametrize(("at", "offset", "length", "wrong"), BOUNDS)
@pytest.mark.parametrize("finding", [False, True])
@pytest.mark.parametrize("comparing", [False, True])
def test_bounds(
    running: Vm, built: Make, at: int, offset: int, length: int, wrong: str | int | None, finding: bool, comparing: bool
) -> None:
    do = built(LIST)
    array = byte_array(running, 4)
    do(FIND, 0x0D, 1)
    plain, found = (COMPARE, COMPARE_LONG) if comparing else ("copyValue(S[BSS)S", LONG)
    words = (found, 0x0D, 1, at, array, offset, length) if finding else (plain, at, array, offset, length)
    if wrong is None:
        result = do(*words)
        assert result == (1 if length else 0) if comparing else result == offset + length
        return
    with throws(TOOLKIT, wrong) if isinstance(wrong, int) else throws(wrong):
        do(*words)
    assert content(array) == "00000000"
    if finding:
        with throws(TOOLKIT, UNAVAILABLE):
            do("getValueLength()S")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("copy([BSS)S", (None, 0, 1)),
        ("copyValue(S[BSS)S", (0, None, 0, 1)),
        (COMPARE, (0, None, 0, 1)),
        (SHORT, (0x0D, None, 0)),
        (LONG, (0x0D, 1, 0, None, 0, 1)),
        (COMPARE_SHORT, (0x0D, None, 0)),
        (COMPARE_LONG, (0x0D, 1, 0, None, 0, 1)),
    ],
)
def test_no_array(built: Make, call: str, words: tuple[object, ...]) -> None:
    do = built(LIST)
    do(FIND, 0x0D, 1)
    with throws("NullPointerException"):
        do(call, *words)


@pytest.mark.parametrize(
    ("theirs", "result"), [("04fffe", 0), ("04ffff", -1), ("047fff", 1), ("05fffe", -1), ("040000", 1)]
)
def test_bytes_compare_without_sign(running: Vm, built: Make, theirs: str, result: int) -> None:
    do = built(LIST)
    array = byte_array(running, "00" + theirs)
    assert do(COMPARE_SHORT, 0x8D - 256, array, 1) == result
    assert do("getValueLength()S") == 3
    assert do(COMPARE, 0, array, 1, 3) == result
    assert do(COMPARE_LONG, 0x0D, 1, 0, array, 1, 3) == result


@pytest.mark.parametrize("call", [SHORT, COMPARE_SHORT])
def test_all_of_the_value_needs_room(running: Vm, built: Make, call: str) -> None:
    do = built(LIST)
    array = byte_array(running, 4)
    for offset in (-1, 2, 5):
        with throws("ArrayIndexOutOfBoundsException"):
            do(call, 0x0D, array, offset)
        with throws(TOOLKIT, UNAVAILABLE):
            do("getValueLength()S")
    do(FIND, 0x0D, 1)
    with throws(TOOLKIT, UNAVAILABLE):
        do(call, 0x11, array, 0)
    with throws(TOOLKIT, UNAVAILABLE):
        do("getValueLength()S")


def test_copy_all_of_the_first(running: Vm, built: Make) -> None:
    do = built(LIST)
    array = byte_array(running, 4)
    assert do(SHORT, 0x0D, array, 1) == 4
    assert content(array) == "0004fffe"
    assert do("getValueLength()S") == 3
    assert do(SHORT, 0x10, array, 4) == 4  # nothing fits where nothing is left


@pytest.mark.parametrize("call", [LONG, COMPARE_LONG])
@pytest.mark.parametrize(
    ("tag", "occurrence", "reason"), [(0x0D, 0, BAD), (0x0D, 3, UNAVAILABLE), (0x11, 1, UNAVAILABLE)]
)
def test_find_with_occurrence(running: Vm, built: Make, call: str, tag: int, occurrence: int, reason: int) -> None:
    do = built(LIST)
    with throws(TOOLKIT, reason):
        do(call, tag, occurrence, 0, byte_array(running, 4), 0, 1)


@pytest.mark.parametrize(("length", "wrong"), [(20, None), (0, None), (21, OUT), (-1, "array"), (41, "array")])
def test_copy_of_the_list(running: Vm, built: Make, length: int, wrong: object) -> None:
    do = built(LIST)
    array = byte_array(running, 42)
    if wrong is None:
        assert do("copy([BSS)S", array, 2, length) == 2 + length
        assert content(array)[4 : 4 + 2 * length] == LIST.lower()[: 2 * length]
    else:
        with throws(TOOLKIT, OUT) if wrong == OUT else throws("ArrayIndexOutOfBoundsException"):
            do("copy([BSS)S", array, 2, length)


@pytest.mark.parametrize(
    ("count", "size"), [(0, 2), (0x7F, 0x7F + 2), (0x80, 0x80 + 3), (0xFF, 0xFF + 3), (0x100, 0x100 + 4)]
)
def test_size_is_with_tag_and_length(built: Make, count: int, size: int) -> None:
    do = built("00" * count, 300, ber=True)
    assert (do("getLength()S"), do("getSize()S"), do("getCapacity()S")) == (count, size, 300)
    assert do("getTag()B") == 0
    do("setTag(B)V", 0xD1 - 256)
    assert do("getTag()B") == 0xD1 - 256


@pytest.mark.parametrize(
    ("tlvs", "found"),
    [
        ("8B8103AABBCC", True),  # lengths in more bytes than needed
        ("0B820003AABBCC", True),
        ("7F010B0299990B03AABBCC", True),  # an object with a tag of three bytes stands before
        ("0B04AABBCC", False),  # cut short
        ("0B", False),
        ("0B80AABBCC", False),
        ("0180" + "0B03AABBCC", False),  # no way past what is no object
    ],
)
def test_lists_of_all_kinds(tlvs: str, found: bool) -> None:
    data = bytes.fromhex(tlvs)
    one = tlv_list.find(data, 0x0B)
    assert (one is not None and data[one.start : one.start + one.length].hex() == "aabbcc") is found


TLVS = st.lists(st.tuples(st.integers(1, 0x7E), st.binary(max_size=300), st.booleans()), max_size=6)


@given(TLVS, st.integers(1, 0x7E), st.integers(1, 4))
def test_the_same_is_found_as_by_the_codec(rows: list[tuple[int, bytes, bool]], tag: int, occurrence: int) -> None:
    data = comprehension.join(comprehension.ComprehensionTlv(*row) for row in rows)
    wanted = [row for row in rows if row[0] == tag][occurrence - 1 : occurrence]
    one = tlv_list.find(data, tag, occurrence)
    found = [(one.tag, data[one.start : one.start + one.length], one.required)] if one is not None else []
    assert found == wanted
