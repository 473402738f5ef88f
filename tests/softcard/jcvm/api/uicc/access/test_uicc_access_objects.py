"""uicc.access.bertlvfile: data objects in BER-TLV files (TS 102 241 annex A, TS 102 221 §11.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm.objects import Kind
from tests.harness import jcvm
from tests.softcard.jcvm.api.uicc.access.conftest import ADF1, View, again

Make = Callable[..., View]
TEST, TLV_FILE, TARU = 0x7F4A, 0x6F31, 0x6F03
FIRST, NEXT = -0x80, 0x00
UNUSED = None  # the second word of an int


class TlvView:
    """The object methods of a view by short names; the int arguments are two words each."""

    def __init__(self, one: View) -> None:
        self.one = one

    def set(self, tag: int, mode: int, size: int, data: str) -> Any:
        array = self.one.array(data)
        return self.one.call("setData(IBI[BSS)I", tag, UNUSED, mode, size, UNUSED, array, 0, len(data) // 2)

    def get(self, tag: int, offset: int, length: int) -> Any:
        target = self.one.array(length)
        got = self.one.call("retrieveData(II[BSS)I", tag, UNUSED, offset, UNUSED, target, 0, length)
        return (jcvm.content(target), got) if isinstance(got, int) else got

    def tags(self, mode: int, count: int) -> Any:
        target = self.one.vm.allocate_array(Kind.INT, count)
        got = self.one.call("getTAGList(B[ISS)I", mode, target, 0, count)
        return (list(target.data), got) if isinstance(got, int) else got

    def delete(self, tag: int) -> Any:
        return self.one.call("deleteData(I)V", tag, UNUSED)


@pytest.fixture
def objects(view: Make) -> TlvView:
    one = view()
    assert one.select(TEST, TLV_FILE) is None
    return TlvView(one)


def test_an_object_in_pieces(objects: TlvView, card: SoftCard) -> None:
    """The file has it when its last byte is there."""
    node = card.files.by_path["MF/DF.TEST/EF.TLV"]
    assert objects.set(0x80, FIRST, 5, "0102") == 3
    assert node.content.objects == {}
    assert objects.set(0, NEXT, 0, "0304") == 1
    assert objects.set(0, NEXT, 0, "05") == 0
    assert node.content.objects == {0x80: bytes.fromhex("0102030405")}
    assert objects.set(0, NEXT, 0, "") == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert [objects.get(0x80, 0, 5), objects.get(0x80, 2, 2)] == [("0102030405", 0), ("0304", 1)]
    assert objects.set(0x7F49, FIRST, 0, "") == 0
    assert objects.get(0x7F49, 0, 0) == ("", 0)


@pytest.mark.parametrize(
    ("tag", "mode", "size", "data", "wanted"),
    [
        (0x5C, FIRST, 1, "01", "INVALID_TAG_VALUE"),
        (0x00, FIRST, 1, "01", "INVALID_TAG_VALUE"),
        (-1, FIRST, 1, "01", "INVALID_TAG_VALUE"),
        (0x1F, FIRST, 1, "01", "INVALID_TAG_VALUE"),
        (0x8001, FIRST, 1, "01", "INVALID_TAG_VALUE"),
        (0x80, 1, 1, "01", "INVALID_MODE"),
        (0x80, FIRST, 1, "0102", "OUT_OF_DATA_BOUNDARIES"),
        (0x80, FIRST, -1, "", "OUT_OF_DATA_BOUNDARIES"),
        (0x80, FIRST, 0x1FC, "01", 0x1FB),
        (0x80, FIRST, 0x1FD, "01", "NOT_ENOUGH_MEMORY_SPACE"),  # 200 in all, with tag and length
        (0x80, NEXT, 1, "01", "CONDITIONS_OF_USE_NOT_SATISFIED"),
    ],
)
def test_set_data(objects: TlvView, tag: int, mode: int, size: int, data: str, wanted: object) -> None:
    assert objects.set(tag, mode, size, data) == wanted


def test_too_much_in_a_later_piece(objects: TlvView) -> None:
    objects.set(0x80, FIRST, 3, "01")
    assert objects.set(0, NEXT, 0, "020304") == "OUT_OF_DATA_BOUNDARIES"
    assert objects.set(0, NEXT, 0, "0203") == 0


def test_others_have_to_wait_for_an_object_that_is_being_written(objects: TlvView) -> None:
    other = View(objects.one.vm, again(objects.one.vm))
    other.select(TEST, TLV_FILE)
    theirs = TlvView(other)
    objects.set(0x80, FIRST, 1, "01")
    objects.set(0x80, FIRST, 2, "01")
    assert theirs.get(0x80, 0, 1) == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert theirs.set(0x80, FIRST, 1, "01") == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert theirs.delete(0x80) == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert theirs.set(0x81, FIRST, 1, "01") == 0
    objects.one.select(TARU)  # gives it up
    assert theirs.get(0x80, 0, 1) == ("01", 0)


@pytest.mark.parametrize(
    ("tag", "offset", "length", "wanted"),
    [
        (0x80, 3, 0, ("", 0)),
        (0x80, 1, 3, "OUT_OF_DATA_BOUNDARIES"),
        (0x80, -1, 1, "OUT_OF_DATA_BOUNDARIES"),
        (0x80, 0x10000, 1, "OUT_OF_DATA_BOUNDARIES"),
        (0x81, 0, 1, "REFERENCED_DATA_NOT_FOUND"),
        (0x5C, 0, 1, "INVALID_TAG_VALUE"),
    ],
)
def test_retrieve_data(objects: TlvView, tag: int, offset: int, length: int, wanted: object) -> None:
    objects.set(0x80, FIRST, 3, "010203")
    assert objects.get(tag, offset, length) == wanted


def test_the_list_of_tags(objects: TlvView) -> None:
    assert objects.tags(FIRST, 0) == ([], 0)
    for tag in (0x80, 0xA1, 0x7F49):
        objects.set(tag, FIRST, 1, "01")
    assert objects.tags(NEXT, 1) == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert objects.tags(FIRST, 2) == ([0x80, 0xA1], 1)
    assert objects.tags(NEXT, 2) == "OUT_OF_DATA_BOUNDARIES"
    assert objects.tags(NEXT, 1) == ([0x7F49], 0)
    assert objects.tags(FIRST, 4) == "OUT_OF_DATA_BOUNDARIES"
    assert objects.tags(5, 1) == "INVALID_MODE"


def test_delete_data(objects: TlvView) -> None:
    objects.set(0x80, FIRST, 1, "01")
    assert objects.delete(0x5C) == "INVALID_TAG_VALUE"
    assert objects.delete(0x81) == "REFERENCED_DATA_NOT_FOUND"
    assert objects.delete(0x80) is None
    assert objects.get(0x80, 0, 1) == "REFERENCED_DATA_NOT_FOUND"


ALL: dict[str, Callable[[TlvView], object]] = {
    "set": lambda objects: objects.set(0x80, FIRST, 1, "01"),
    "get": lambda objects: objects.get(0x80, 0, 1),
    "tags": lambda objects: objects.tags(FIRST, 0),
    "delete": lambda objects: objects.delete(0x80),
}


@pytest.mark.parametrize("how", ALL)
def test_files_that_have_no_objects_for_the_applet(view: Make, how: str) -> None:
    one = view()
    one.select(TEST)
    assert ALL[how](TlvView(one)) == "NO_EF_SELECTED"
    one.select(TARU)
    assert ALL[how](TlvView(one)) == "COMMAND_INCOMPATIBLE"
    one.select(TLV_FILE)
    one.deactivate()
    assert ALL[how](TlvView(one)) == "REF_DATA_INVALIDATED"
    other = View(one.vm, again(one.vm, adf=ADF1))
    other.select(TEST, TLV_FILE)
    assert ALL[how](TlvView(other)) == "SECURITY_STATUS_NOT_SATISFIED"


def test_arrays_come_first(objects: TlvView) -> None:
    one = objects.one
    one.select(TEST)
    assert one.call("retrieveData(II[BSS)I", 0x80, UNUSED, 0, UNUSED, None, 0, 0) == "NullPointerException"
    assert one.call("getTAGList(B[ISS)I", FIRST, None, 0, 0) == "NullPointerException"
    assert one.call("setData(IBI[BSS)I", 0x80, UNUSED, FIRST, 0, UNUSED, None, 0, 0) == "NullPointerException"
    out_of_bounds = "ArrayIndexOutOfBoundsException"
    assert one.call("retrieveData(II[BSS)I", 0x80, UNUSED, 0, UNUSED, one.array(1), 1, 1) == out_of_bounds
    assert one.call("setData(IBI[BSS)I", 0x80, UNUSED, FIRST, 0, UNUSED, one.array(1), 0, 2) == out_of_bounds
