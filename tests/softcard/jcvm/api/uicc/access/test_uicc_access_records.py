"""uicc.access.FileView: files of records (TS 102 241 annex A, TS 102 221 §11.1.5 to §11.1.8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm.objects import Kind
from tests.softcard.jcvm.api.uicc.access.conftest import View

Make = Callable[..., View]
TEST = 0x7F4A
TARU, LARU, CARU, LSEA, CSEA, CINA, CNR = 0x6F03, 0x6F0C, 0x6F09, 0x6F1A, 0x6F1B, 0x6F0D, 0x6F04
NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4
FORWARD, BACKWARD, ENHANCED = 4, 5, 6


def content(card: SoftCard, name: str) -> str:
    return card.files.by_path[f"MF/DF.TEST/EF.{name}"].content.data.hex()


@pytest.mark.parametrize(
    ("fid", "steps"),
    [
        (LARU, [(1, ABSOLUTE, "55"), (2, ABSOLUTE, "aa"), (0, ABSOLUTE, "RECORD_NOT_FOUND")]),  # no pointer yet
        (LARU, [(0, NEXT, "55"), (0, NEXT, "aa"), (0, NEXT, "RECORD_NOT_FOUND"), (0, ABSOLUTE, "aa")]),
        (LARU, [(0, PREVIOUS, "aa"), (0, PREVIOUS, "55"), (0, PREVIOUS, "RECORD_NOT_FOUND"), (0, ABSOLUTE, "55")]),
        (LARU, [(0, NEXT, "55"), (2, ABSOLUTE, "aa"), (0, ABSOLUTE, "55")]),  # absolute leaves the pointer
        (LARU, [(7, NEXT, "55")]),  # a number means nothing to "next"
        (LARU, [(3, ABSOLUTE, "RECORD_NOT_FOUND"), (-1, ABSOLUTE, "RECORD_NOT_FOUND")]),
        (CARU, [(0, ABSOLUTE, "55"), (0, NEXT, "aa"), (0, NEXT, "55"), (0, PREVIOUS, "aa")]),  # goes round
        (LARU, [(1, 0, "INVALID_MODE"), (1, 1, "INVALID_MODE"), (1, 5, "INVALID_MODE"), (9, -1, "INVALID_MODE")]),
    ],
)
def test_modes_and_the_pointer(view: Make, fid: int, steps: list[tuple[int, int, str]]) -> None:
    one = view()
    one.select(TEST, fid)
    for number, mode, wanted in steps:
        assert one.read_record(number, mode, 0, 1) == wanted, (number, mode)


@pytest.mark.parametrize(
    ("number", "mode", "offset", "length", "wanted"),
    [
        (2, ABSOLUTE, 0, 4, "aaaaaaaa"),
        (2, ABSOLUTE, 3, 1, "aa"),
        (2, ABSOLUTE, 4, 0, ""),
        (2, ABSOLUTE, 0, 5, "OUT_OF_RECORD_BOUNDARIES"),
        (2, ABSOLUTE, 4, 1, "OUT_OF_RECORD_BOUNDARIES"),
        (2, ABSOLUTE, -1, 1, "OUT_OF_RECORD_BOUNDARIES"),
        (3, ABSOLUTE, -1, 1, "RECORD_NOT_FOUND"),  # the record first
        (3, 9, -1, 1, "INVALID_MODE"),  # and the mode before that
    ],
)
def test_part_of_a_record(view: Make, number: int, mode: int, offset: int, length: int, wanted: str) -> None:
    one = view()
    one.select(TEST, LARU)
    assert one.read_record(number, mode, offset, length) == wanted


def test_a_refused_read_does_not_move_the_pointer(view: Make) -> None:
    one = view()
    one.select(TEST, LARU)
    assert one.read_record(0, NEXT, 0, 9) == "OUT_OF_RECORD_BOUNDARIES"
    assert one.read_record(0, NEXT, 0, 1) == "55"


@pytest.mark.parametrize(
    ("number", "mode", "offset", "data", "wanted", "content_after"),
    [
        (1, ABSOLUTE, 0, "01020304", None, "01020304aaaaaaaa"),
        (2, ABSOLUTE, 1, "01", None, "55555555aa01aaaa"),
        (0, NEXT, 0, "01", None, "01555555aaaaaaaa"),
        (0, PREVIOUS, 0, "01", None, "5555555501aaaaaa"),
        (2, NEXT, 0, "01", None, "5555555501aaaaaa"),  # a number makes the mode absolute
        (3, ABSOLUTE, 0, "01", "RECORD_NOT_FOUND", "55555555aaaaaaaa"),
        (0, ABSOLUTE, 0, "01", "RECORD_NOT_FOUND", "55555555aaaaaaaa"),
        (1, 7, 0, "01", "INVALID_MODE", "55555555aaaaaaaa"),
        (1, ABSOLUTE, 4, "01", "OUT_OF_RECORD_BOUNDARIES", "55555555aaaaaaaa"),
        (1, ABSOLUTE, -1, "01", "OUT_OF_RECORD_BOUNDARIES", "55555555aaaaaaaa"),
        (1, ABSOLUTE, 0, "0102030405", "OUT_OF_RECORD_BOUNDARIES", "55555555aaaaaaaa"),
    ],
)
def test_update_record(
    view: Make, card: SoftCard, number: int, mode: int, offset: int, data: str, wanted: str | None, content_after: str
) -> None:
    one = view()
    one.select(TEST, LARU)
    assert one.update_record(number, mode, offset, data) == wanted
    assert content(card, "LARU") == content_after


@pytest.mark.parametrize(
    ("mode", "offset", "data", "wanted", "content_after"),
    [
        (PREVIOUS, 0, "010203", None, "010203555555"),
        (PREVIOUS, 1, "02", None, "aa02aa555555"),  # the rest stays what the oldest record had
        (NEXT, 0, "010203", "INVALID_MODE", "555555aaaaaa"),
        (ABSOLUTE, 0, "010203", "INVALID_MODE", "555555aaaaaa"),
        (PREVIOUS, 0, "01020304", "OUT_OF_RECORD_BOUNDARIES", "555555aaaaaa"),
    ],
)
def test_update_record_of_a_cyclic_file(
    view: Make, card: SoftCard, mode: int, offset: int, data: str, wanted: str | None, content_after: str
) -> None:
    """Only "previous": the oldest record becomes record 1 (TS 102 221 §11.1.6)."""
    one = view()
    one.select(TEST, CARU)
    one.read_record(0, NEXT, 0, 1)
    assert one.update_record(0, mode, offset, data) == wanted
    assert content(card, "CARU") == content_after
    assert one.context.record == (1 if wanted is None else 2)  # type: ignore[union-attr]


SEARCHED = {1: "00000000000000000000", 2: "01020304050607080900", 3: "00010200010200010200", 4: "09080706050403020100",
            5: "01020304050607080900"}  # fmt: skip


@pytest.fixture
def searched(view: Make, card: SoftCard) -> View:
    """EF LSEA with five records, no record current."""
    for name in ("LSEA", "CSEA"):
        node = card.files.by_path[f"MF/DF.TEST/EF.{name}"]
        card.write(node, bytes.fromhex("".join(SEARCHED.values())))
    one = view()
    one.select(TEST, LSEA)
    return one


@pytest.mark.parametrize(
    ("mode", "number", "indication", "pattern", "wanted"),
    [
        (FORWARD, 1, 0, "0102", [2, 3, 5]),
        (FORWARD, 3, 0, "0102", [3, 5]),
        (BACKWARD, 5, 0, "0102", [5, 3, 2]),
        (BACKWARD, 3, 0, "0102", [3, 2]),
        (FORWARD, 1, 0, "ee", []),
        (FORWARD, 0, 0, "0102", "RECORD_NOT_FOUND"),  # no current record
        (FORWARD, 6, 0, "0102", "RECORD_NOT_FOUND"),
        (FORWARD, -1, 0, "0102", "RECORD_NOT_FOUND"),
        (ENHANCED, 1, 0x0400, "0102", [2, 3, 5]),
        (ENHANCED, 1, 0x0401, "0102", [3]),  # from the second byte on
        (ENHANCED, 5, 0x0500, "0102", [5, 3, 2]),
        (ENHANCED, 0, 0x0600, "0102", [2, 3, 5]),  # from the next: the first, where none is current
        (ENHANCED, 2, 0x0600, "0102", [3, 5]),
        (ENHANCED, 0, 0x0700, "0102", [5, 3, 2]),
        (ENHANCED, 3, 0x0700, "0102", [2]),
        (ENHANCED, 1, 0x0C08, "09", [2, 5]),  # behind the first byte 08
        (ENHANCED, 1, 0x0CEE, "09", []),
        (ENHANCED, 1, 0x0408, "0102", []),
        (ENHANCED, 1, 0x0409, "0102", "OUT_OF_RECORD_BOUNDARIES"),
        (FORWARD, 1, 0, "00" * 11, "OUT_OF_RECORD_BOUNDARIES"),
        (FORWARD, 1, 0, "", "OUT_OF_RECORD_BOUNDARIES"),
        (0, 1, 0, "01", "INVALID_MODE"),
        (7, 1, 0, "01", "INVALID_MODE"),
        (ENHANCED, 1, 0, "01", "INVALID_MODE"),
        (ENHANCED, 1, 0x0300, "01", "INVALID_MODE"),
        (ENHANCED, 1, 0x1400, "01", "INVALID_MODE"),
        (ENHANCED, 1, -1, "01", "INVALID_MODE"),
    ],
)
@pytest.mark.parametrize("fid", [LSEA, CSEA])
def test_search_record(
    searched: View, fid: int, mode: int, number: int, indication: int, pattern: str, wanted: object
) -> None:
    searched.select(fid if number else LSEA)  # in a cyclic file record 1 is current from the start
    assert searched.search(mode, number, indication, pattern) == wanted


def test_search_moves_the_pointer_to_what_it_found_first(searched: View) -> None:
    assert searched.search(FORWARD, 1, 0, "0102", room=1) == [2]
    assert searched.context.record == 2  # type: ignore[union-attr]
    assert searched.search(FORWARD, 0, 0, "ee") == []
    assert searched.context.record == 2  # type: ignore[union-attr]
    assert searched.search(FORWARD, 0, 0, "0102", room=0) == []
    assert searched.search(ENHANCED, 0, 0x0600, "0102") == [3, 5]


def test_arguments_of_search_record(searched: View) -> None:
    short = searched.vm.allocate_array(Kind.SHORT, 5)
    signature, pattern = "searchRecord(BSS[BSS[SSS)S", searched.array("0102")
    for words in ((None, 0, 1, short, 0, 5), (pattern, 0, 1, None, 0, 5)):
        assert searched.call(signature, FORWARD, 1, 0, *words) == "NullPointerException"
    for words in ((pattern, 0, 3, short, 0, 5), (pattern, -1, 1, short, 0, 5), (pattern, 0, -1, short, 0, 5),
                  (pattern, 0, 1, short, 1, 5), (pattern, 0, 1, short, -1, 5),
                  (pattern, 0, 1, short, 0, -1)):  # fmt: skip
        assert searched.call(signature, FORWARD, 1, 0, *words) == "ArrayIndexOutOfBoundsException"
    assert searched.call(signature, FORWARD, 1, 0, pattern, 0, 2, short, 3, 2) == 2
    assert list(short.data) == [0, 0, 0, 2, 3]


# INCREASE


@pytest.mark.parametrize(
    ("value", "wanted", "content_after"),
    [
        ("01", "555556", "555556555555"),
        ("000001", "555556", "555556555555"),
        ("0000000001", "555556", "555556555555"),
        ("aaaaaa", "ffffff", "ffffff555555"),
        ("aaaaab", "MAX_VALUE_REACHED", "555555aaaaaa"),
        ("", "555555", "555555555555"),  # nothing is added, but the record is written
        ("00" * 127, "555555", "555555555555"),
        ("00" * 128, "INTERNAL_ERROR", "555555aaaaaa"),
    ],
)
def test_increase(view: Make, card: SoftCard, value: str, wanted: str, content_after: str) -> None:
    one = view()
    one.select(TEST, CARU)
    one.read_record(0, NEXT, 0, 1)
    assert one.increase(value) == wanted
    assert content(card, "CARU") == content_after
    assert one.context.record == (1 if len(wanted) == 6 else 2)  # type: ignore[union-attr]


def test_the_new_record_has_to_have_room(view: Make, card: SoftCard) -> None:
    one = view()
    one.select(TEST, CARU)
    assert one.increase("01", room=2) == "ArrayIndexOutOfBoundsException"
    assert content(card, "CARU") == "555555aaaaaa"
    assert one.increase("01", room=3) == "555556"
    target, value = one.array(5), one.array("0001")
    for words in ((None, 0, 1, target, 0), (value, 0, 1, None, 0)):
        assert one.call("increase([BSS[BS)S", *words) == "NullPointerException"
    for words in ((value, 0, 3, target, 0), (value, -1, 1, target, 0), (value, 0, -1, target, 0),
                  (value, 0, 1, target, 6), (value, 0, 1, target, -1), (value, 0, 1, target, 3)):  # fmt: skip
        assert one.call("increase([BSS[BS)S", *words) == "ArrayIndexOutOfBoundsException"
    assert content(card, "CARU") == "555556555555"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [([TEST], "NO_EF_SELECTED"), ([TEST, LARU], "COMMAND_INCOMPATIBLE"), ([TEST, TARU], "COMMAND_INCOMPATIBLE"),
     ([TEST, CINA], "SECURITY_STATUS_NOT_SATISFIED"), ([TEST, 0x6FC8], "COMMAND_NOT_ALLOWED")],
)  # fmt: skip
def test_what_cannot_be_increased(view: Make, path: list[int], wanted: str) -> None:
    one = view()
    one.select(*path)
    assert one.increase("01") == wanted


RECORDS: dict[str, Callable[[View], object]] = {
    "read": lambda one: one.read_record(1, ABSOLUTE, 0, 1),
    "update": lambda one: one.update_record(1, PREVIOUS, 0, "01"),
    "search": lambda one: one.search(FORWARD, 1, 0, "01"),
}


@pytest.mark.parametrize("how", RECORDS)
def test_files_without_usable_records(view: Make, how: str) -> None:
    one = view()
    one.select(TEST)
    assert RECORDS[how](one) == "NO_EF_SELECTED"
    one.select(TARU)
    assert RECORDS[how](one) == "COMMAND_INCOMPATIBLE"
    one.select(0x6FC7)
    assert RECORDS[how](one) == "COMMAND_NOT_ALLOWED"
    one.select(LARU)
    one.deactivate()
    assert RECORDS[how](one) == "REF_DATA_INVALIDATED"
    one.activate()
    one.select(0x6FA5)
    assert RECORDS[how](one) == "SECURITY_STATUS_NOT_SATISFIED"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([NEXT, PREVIOUS, ABSOLUTE]), st.integers(-2, 8))))
def test_reading_by_mode_is_a_walk(searched: View, steps: list[tuple[int, int]]) -> None:
    """A model of the pointer: every read is of the record that the walk stands at."""
    searched.select(TEST if searched.context.df == "MF" else LSEA, LSEA)  # type: ignore[union-attr]
    pointer = 0
    for mode, number in steps:
        if mode == ABSOLUTE:
            wanted = number or pointer
        elif pointer == 0:
            wanted = 1 if mode == NEXT else 5
        else:
            wanted = pointer + (1 if mode == NEXT else -1)
        if not 1 <= wanted <= 5:
            assert searched.read_record(number, mode, 0, 10) == "RECORD_NOT_FOUND"
            continue
        assert searched.read_record(number, mode, 0, 10) == SEARCHED[wanted]
        pointer = pointer if mode == ABSOLUTE else wanted
