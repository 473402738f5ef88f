"""javacardx.framework.string (Java Card API 3.0.5)."""

from __future__ import annotations

from array import array as numbers
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaArray, Kind
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, content, throws

STRING, EXCEPTION = "javacardx/framework/string/StringUtil", "javacardx/framework/string/StringException"
UNSUPPORTED_ENCODING, ILLEGAL_NUMBER_FORMAT, INVALID_BYTE_SEQUENCE = 1, 2, 3
UTF_8, UTF_16, UTF_16_LE, UTF_16_BE, UCS_2, GSM_7, ISO_8859_1 = range(1, 8)
WORD = "aß€😀"  # one, two, three, four bytes


def text(vm: Vm, value: str | bytes) -> tuple[JavaArray, int, int]:
    """The three words of a string: array, offset, length."""
    data = value if isinstance(value, bytes) else value.encode()
    return byte_array(vm, b"?" + data + b"?"), 1, len(data)


def given_text(vm: Vm, signature: str, *words: Any) -> bytes:
    """What a method writes into a destination."""
    target = byte_array(vm, 64)
    before, after = words if len(words) == 2 and isinstance(words[0], tuple) else (words, ())
    length = call(vm, STRING, signature, *before, target, 1, *after)
    return bytes.fromhex(content(target))[1 : 1 + length]


@pytest.mark.parametrize(("value", "count"), [
    ("", 0), (WORD, 4), (b"a\x80b", 3), (b"\xe2\x82", 1), (b"\xe2\x82a", 2), (b"\xf0\x9f\x98", 1), (b"\xc0\x80", 2),
    (b"\xed\xa0\x80", 3), (b"\xff", 1),
])  # fmt: skip
def test_count(running: Vm, value: str | bytes, count: int) -> None:
    assert call(running, STRING, "codePointCount([BSS)S", *text(running, value)) == count


@pytest.mark.parametrize(("value", "wanted"), [("", True), (WORD, True), (b"\xe2\x82", False), (b"\xc0\x80", False)])
def test_check(running: Vm, value: str | bytes, wanted: bool) -> None:
    assert bool(call(running, STRING, "check([BSS)Z", *text(running, value))) == wanted


def test_characters(running: Vm) -> None:
    at, before = "codePointAt([BSSS[BS)S", "codePointBefore([BSSS[BS)S"
    assert [given_text(running, at, *text(running, WORD), one).decode() for one in (0, 1, 3, 6)] == list(WORD)
    assert [given_text(running, before, *text(running, WORD), one).decode() for one in (1, 3, 6, 10)] == list(WORD)
    assert given_text(running, at, *text(running, WORD), 4) == b"\x82"
    assert given_text(running, before, *text(running, b"a\xe2\x82"), 3) == b"\xe2\x82"
    for signature, index in ((at, -1), (at, 10), (before, 0), (before, 11)):
        with throws("IndexOutOfBoundsException"):
            given_text(running, signature, *text(running, WORD), index)
        with throws("NullPointerException"):
            call(running, STRING, signature, *text(running, WORD), 1, None, 0)


@pytest.mark.parametrize(
    ("index", "count", "result"), [(0, 0, 0), (0, 2, 3), (1, 3, 10), (10, -1, 6), (6, -3, 0), (10, 0, 10)]
)
def test_offset(running: Vm, index: int, count: int, result: int) -> None:
    assert call(running, STRING, "offsetByCodePoints([BSSSS)S", *text(running, WORD), index, count) == result


@pytest.mark.parametrize(("index", "count"), [(-1, 0), (11, 0), (0, 5), (1, -2), (6, 2)])
def test_offset_outside(running: Vm, index: int, count: int) -> None:
    with throws("IndexOutOfBoundsException"):
        call(running, STRING, "offsetByCodePoints([BSSSS)S", *text(running, WORD), index, count)


@pytest.mark.parametrize(("one", "other", "folded", "result"), [
    ("abc", "abc", 0, 0), ("abc", "abd", 0, -1), ("abc", "ab", 0, 1), ("", "abc", 0, -3), ("ABC", "abc", 1, 0),
    ("ABC", "abc", 0, -32), ("ß", "z", 0, 0xC3 - 0x7A), ("É", "é", 1, 0x89 - 0xA9),
])  # fmt: skip
def test_compare(running: Vm, one: str, other: str, folded: int, result: int) -> None:
    assert call(running, STRING, "compare(Z[BSS[BSS)S", folded, *text(running, one), *text(running, other)) == result


@pytest.mark.parametrize(("part", "index"), [("", 0), ("ß", 1), ("😀", 6), ("€😀!", -1), ("a", 0)])
def test_index(running: Vm, part: str, index: int) -> None:
    assert call(running, STRING, "indexOf([BSS[BSS)S", *text(running, WORD), *text(running, part)) == index


@pytest.mark.parametrize(
    ("old", "new", "result"), [("a", "bb", "bbxbbxbb"), ("x", "", "aaa"), ("z", "y", "axaxa"), ("", "y", "axaxa")]
)
def test_replace(running: Vm, old: str, new: str, result: str) -> None:
    words = (*text(running, "axaxa"), *text(running, old), *text(running, new))
    assert given_text(running, "replace([BSS[BSS[BSS[BS)S", *words).decode() == result


def test_case_and_space(running: Vm) -> None:
    assert given_text(running, "toLowerCase([BSS[BS)S", *text(running, "aÄB\u20ac")).decode() == "aÄb\u20ac"
    assert given_text(running, "toUpperCase([BSS[BS)S", *text(running, b"a\xe2\x82b")) == b"AB"
    assert given_text(running, "trim([BSS[BS)S", *text(running, " \t\x00a b\u00a0 ")) == "a b\u00a0".encode()
    assert given_text(running, "trim([BSS[BS)S", *text(running, "  ")) == b""


@pytest.mark.parametrize(("part", "count", "starts", "ends"), [
    ("aß", -1, True, False), ("aß", 1, True, False), ("€😀", -1, False, True), ("😀!", 1, False, True),
    ("", -1, True, True), ("x", 0, True, True),
])  # fmt: skip
def test_beginnings_and_ends(running: Vm, part: str, count: int, starts: bool, ends: bool) -> None:
    words = (*text(running, WORD), *text(running, part), count)
    assert bool(call(running, STRING, "startsWith([BSS[BSSS)Z", *words)) == starts
    assert bool(call(running, STRING, "endsWith([BSS[BSSS)Z", *words)) == ends
    with throws("IndexOutOfBoundsException"):
        call(running, STRING, "endsWith([BSS[BSSS)Z", *words[:-1], 5)


@pytest.mark.parametrize(
    ("begin", "end", "result"), [(0, 4, WORD), (1, 3, "ß€"), (2, -1, "€😀"), (4, 4, ""), (4, -1, "")]
)
def test_substring(running: Vm, begin: int, end: int, result: str) -> None:
    assert given_text(running, "substring([BSSSS[BS)S", *text(running, WORD), begin, end).decode() == result


@pytest.mark.parametrize(("begin", "end"), [(-1, 2), (3, 2), (0, 5), (5, -1)])
def test_substring_outside(running: Vm, begin: int, end: int) -> None:
    with throws("IndexOutOfBoundsException"):
        given_text(running, "substring([BSSSS[BS)S", *text(running, WORD), begin, end)


def test_booleans(running: Vm) -> None:
    assert given_text(running, "valueOf(Z[BS)S", 1) == b"true"
    assert given_text(running, "valueOf(Z[BS)S", 0) == b"false"
    parse = "parseBoolean([BSS)Z"
    assert [bool(call(running, STRING, parse, *text(running, one))) for one in ("TrUe", "true ", "")] == [
        True,
        False,
        False,
    ]
    with throws("NullPointerException"):
        call(running, STRING, parse, None, 0, 0)


@pytest.mark.parametrize(("value", "number"), [
    ("0", 0), ("32767", 32767), ("-32768", -32768), ("0x7fFF", 32767), ("-0X1", -1), ("#10", 16), ("-0", 0),
])  # fmt: skip
def test_shorts(running: Vm, value: str, number: int) -> None:
    assert call(running, STRING, "parseShortInteger([BSS)S", *text(running, value)) == number
    assert given_text(running, "valueOf(S[BS)S", number).decode() == str(number)


@pytest.mark.parametrize(
    "value", ["", "-", "32768", "-32769", "0x8000", "01", " 1", "1 ", "+1", "--1", "0x", "#", "1a", "0x" + "0" * 50]
)
def test_no_shorts(running: Vm, value: str) -> None:
    with throws(EXCEPTION, ILLEGAL_NUMBER_FORMAT):
        call(running, STRING, "parseShortInteger([BSS)S", *text(running, value))


@given(st.integers(-(2**63), 2**63 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_longs(running: Vm, value: int) -> None:
    running.heap.collect([])
    halves = running.allocate_array(Kind.SHORT, 4)
    halves.data = numbers("h", [(value >> shift & 0xFFFF ^ 0x8000) - 0x8000 for shift in (48, 32, 16, 0)])
    coded = given_text(running, "valueOf([S[BS)S", halves)
    assert int(coded) == value
    target = running.allocate_array(Kind.SHORT, 5)
    count = call(running, STRING, "parseLongInteger([BSS[SS)S", *text(running, coded), target, 1)
    raw = b"".join(one.to_bytes(2, signed=True) for one in target.data[1 : 1 + count])
    assert int.from_bytes(raw.rjust(8, b"\x00"), signed=True) == value
    assert count == max(1, (max(value.bit_length(), 0) + 15) // 16) or value < 0


def test_no_longs(running: Vm) -> None:
    target = running.allocate_array(Kind.SHORT, 2)
    parse = "parseLongInteger([BSS[SS)S"
    with throws(EXCEPTION, ILLEGAL_NUMBER_FORMAT):
        call(running, STRING, parse, *text(running, str(2**63)), target, 0)
    for value, at in (("70000", 1), ("-1", 0), ("1", -1)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, STRING, parse, *text(running, value), target, at)
    assert list(target.data) == [0, 0]


CONVERSIONS = [
    ("aß", UTF_8, "61c39f"), ("a€", UTF_16, "feff006120ac"), ("a€", UTF_16_LE, "6100ac20"),
    ("😀", UTF_16_BE, "d83dde00"), ("a€", UCS_2, "006120ac"), ("aß", ISO_8859_1, "61df"), ("", UCS_2, ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "encoding", "coded"), CONVERSIONS)
def test_encodings(running: Vm, value: str, encoding: int, coded: str) -> None:
    assert given_text(running, "convertTo([BSS[BSB)S", text(running, value), (encoding,)).hex() == coded
    back = given_text(running, "convertFrom([BSS[BSB)S", text(running, bytes.fromhex(coded)), (encoding,))
    assert back.decode() == value


@pytest.mark.parametrize(("coded", "result"), [("fffe6100", "a"), ("0061", "a"), ("feff0061", "a")])
def test_utf_16_by_its_mark(running: Vm, coded: str, result: str) -> None:
    back = given_text(running, "convertFrom([BSS[BSB)S", text(running, bytes.fromhex(coded)), (UTF_16,))
    assert back.decode() == result


def test_what_an_encoding_cannot_say(running: Vm) -> None:
    for value, encoding in (("😀", UCS_2), ("€", ISO_8859_1), (b"\xe2\x82", UTF_8), (b"\xff", UTF_16)):
        with throws(EXCEPTION, INVALID_BYTE_SEQUENCE):
            given_text(running, "convertTo([BSS[BSB)S", text(running, value), (encoding,))
    for coded, encoding in (("d83dde00", UCS_2), ("d83d", UTF_16_BE), ("61", UTF_16_LE), ("ff", UTF_8)):
        with throws(EXCEPTION, INVALID_BYTE_SEQUENCE):
            given_text(running, "convertFrom([BSS[BSB)S", text(running, bytes.fromhex(coded)), (encoding,))
    for encoding in (0, GSM_7, 8, 0x40):
        for signature in ("convertTo([BSS[BSB)S", "convertFrom([BSS[BSB)S"):
            with throws(EXCEPTION, UNSUPPORTED_ENCODING):
                given_text(running, signature, text(running, "a"), (encoding,))


def test_arrays_come_first(running: Vm) -> None:
    array = byte_array(running, 4)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, STRING, "codePointCount([BSS)S", array, 1, 4)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, STRING, "trim([BSS[BS)S", *text(running, "abc"), array, 2)
    assert content(array) == "00000000"
    with throws("NullPointerException"):
        call(running, STRING, "codePointCount([BSS)S", None, 0, 0)
