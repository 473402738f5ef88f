"""uicc.access.FileView: selection, transparent EFs, life cycle (TS 102 241 annex A, §6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.softcard.card import SoftCard
from simtool.softcard.filesystem import TERMINATED
from tests.harness import jcvm
from tests.softcard.jcvm.api.uicc.access.conftest import ADF1, ALWAYS, FULL, NONE, View, again, bits, outcome

Make = Callable[..., View]
TEST = 0x7F4A
TNR, TNU, TARU, LARU, CARU, NOSH, TERM = 0x6F01, 0x6F02, 0x6F03, 0x6F0C, 0x6F09, 0x6F19, 0x6F30


# Selection


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ([TEST], None),
        ([TEST, TARU], None),
        ([TEST, TARU, TNR], None),  # an EF beside the current one
        ([TEST, 0x5F10, TEST], None),  # the parent
        ([TEST, 0x5F10, 0x5F11], None),  # a DF of the parent
        ([TEST, 0x5F10, 0x7F10], "FILE_NOT_FOUND"),  # not of the grandparent
        ([TEST, 0x5F10, TARU], "FILE_NOT_FOUND"),  # not an EF of the parent
        ([TEST, 0x5F10, 0x4F10, 0x3F00], None),  # the MF always
        ([0x6F29], "FILE_NOT_FOUND"),
        ([0x7FFF], "FILE_NOT_FOUND"),  # no application from here
    ],
)
def test_select_reaches_files_as_the_command_does(view: Make, path: list[int], wanted: str | None) -> None:
    """TS 102 221 §8.4.2."""
    assert view().select(*path) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [([TEST, TARU], None), ([TEST, 0x7FFF, TEST], None), ([0x3F00], "FILE_NOT_FOUND"), ([0x7F10], "FILE_NOT_FOUND")],
)
def test_a_view_of_an_adf_stays_in_it(view: Make, path: list[int], wanted: str | None) -> None:
    """TS 102 241 annex A, getTheFileView."""
    assert view(adf=ADF1).select(*path) == wanted


def test_what_cannot_be_selected_leaves_the_view_where_it_is(view: Make) -> None:
    one = view()
    one.select(TEST, TARU)
    assert one.select(0x6F29) == "FILE_NOT_FOUND"
    assert one.read(0, 1) == "ff"


@pytest.mark.parametrize(("sfi", "wanted"), [(2, None), (30, None), (1, "FILE_NOT_FOUND"), (0, "FILE_NOT_FOUND"),
                                             (31, "FILE_NOT_FOUND"), (-1, "FILE_NOT_FOUND")])  # fmt: skip
def test_select_by_short_identifier(view: Make, sfi: int, wanted: str | None) -> None:
    assert view().call("select(B)V", sfi) == wanted


@pytest.mark.parametrize(("length", "wanted"), [(100, None), (4, 4), (0, 0)])
def test_the_fcp_is_that_of_the_terminal_cut_to_what_was_asked(
    view: Make, card: SoftCard, length: int, wanted: int | None
) -> None:
    one, target = view(), None
    target = one.array(120)
    one.select(TEST)
    fcp = card.fcp(card.files.by_path["MF/DF.TEST/EF.TARU"])
    got = one.call("select(S[BSS)S", TARU, target, 5, length)
    assert got == (len(fcp) if wanted is None else wanted)
    assert jcvm.content(target) == "00" * 5 + fcp[:got].hex() + "00" * (115 - got)


def test_status_tells_the_directory(view: Make, card: SoftCard) -> None:
    one = view()
    target = one.array(200)
    one.select(TEST, TARU)
    fcp = card.fcp(card.files.by_path["MF/DF.TEST"])
    assert one.call("status([BSS)S", target, 0, 200) == len(fcp)
    assert jcvm.content(target).startswith(fcp.hex())


@pytest.mark.parametrize(
    ("offset", "length", "wanted"),
    [
        (-1, 1, "ArrayIndexOutOfBoundsException"),
        (0, -1, "ArrayIndexOutOfBoundsException"),
        (0, 9, "ArrayIndexOutOfBoundsException"),
        (8, 1, "ArrayIndexOutOfBoundsException"),
        (8, 0, 0),
    ],
)
def test_arrays_are_looked_at_before_anything_is_selected(view: Make, offset: int, length: int, wanted: object) -> None:
    one = view()
    assert one.call("select(S[BSS)S", TEST, one.array(8), offset, length) == wanted
    assert one.call("status([BSS)S", one.array(8), offset, length) == wanted
    assert one.call("select(S[BSS)S", TEST, None, 0, 0) == "NullPointerException"
    assert (one.context.df == "MF/DF.TEST") == (wanted == 0)  # type: ignore[union-attr]


def test_a_file_that_is_not_shareable(view: Make, card: SoftCard) -> None:
    """TS 102 221 §8.7: whoever comes second gets CONDITIONS_OF_USE_NOT_SATISFIED or 6985."""
    one = view()
    other = View(one.vm, again(one.vm))
    other.select(TEST)
    assert one.select(TEST, NOSH) is None
    assert other.select(NOSH) == "CONDITIONS_OF_USE_NOT_SATISFIED"
    assert one.select(NOSH) is None
    assert one.select(TARU) is None
    assert other.select(NOSH) is None
    assert other.select(TARU) is None
    for command in ("00a4000c023f00", "00a4000c027f4a", "00a4000c026f19"):
        assert card.transmit(bytes.fromhex(command)) == b"\x90\x00"
    assert one.select(NOSH) == "CONDITIONS_OF_USE_NOT_SATISFIED"


# Transparent files


@pytest.mark.parametrize(
    ("offset", "length", "wanted"),
    [
        (0, 3, "555555"),
        (2, 1, "55"),
        (3, 0, ""),
        (0, 0, ""),
        (-1, 1, "OUT_OF_FILE_BOUNDARIES"),
        (3, 1, "OUT_OF_FILE_BOUNDARIES"),
        (0, 4, "OUT_OF_FILE_BOUNDARIES"),
        (4, 0, "OUT_OF_FILE_BOUNDARIES"),
        (0x7FFF, 1, "OUT_OF_FILE_BOUNDARIES"),
    ],
)
def test_read_binary(view: Make, offset: int, length: int, wanted: str) -> None:
    one = view()
    one.select(TEST, TNU)
    assert one.read(offset, length) == wanted


def test_read_binary_gives_the_end_of_what_it_wrote(view: Make) -> None:
    one = view()
    one.select(TEST, TNU)
    target = one.array(8)
    assert one.call("readBinary(S[BSS)S", 1, target, 4, 2) == 6
    assert jcvm.content(target) == "0000000055550000"


@pytest.mark.parametrize(
    ("offset", "data", "wanted", "content"),
    [
        (0, "010203", None, "010203"),
        (1, "02", None, "550255"),
        (3, "", None, "555555"),
        (2, "0203", "OUT_OF_FILE_BOUNDARIES", "555555"),
        (-1, "02", "OUT_OF_FILE_BOUNDARIES", "555555"),
    ],
)
def test_update_binary(view: Make, card: SoftCard, offset: int, data: str, wanted: str | None, content: str) -> None:
    one = view()
    one.select(TEST, TNR)
    assert one.update(offset, data) == wanted
    assert card.files.by_path["MF/DF.TEST/EF.TNR"].content.data.hex() == content


TRANSPARENT: dict[str, Callable[[View], object]] = {
    "read": lambda one: one.read(0, 1),
    "update": lambda one: one.update(0, "01"),
}


@pytest.mark.parametrize("how", TRANSPARENT)
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ([TEST], "NO_EF_SELECTED"),
        ([TEST, TARU, TEST], "NO_EF_SELECTED"),
        ([TEST, LARU], "COMMAND_INCOMPATIBLE"),
        ([TEST, CARU], "COMMAND_INCOMPATIBLE"),
        ([TEST, 0x6F31], "COMMAND_INCOMPATIBLE"),  # BER-TLV
        ([TEST, TERM], "COMMAND_NOT_ALLOWED"),
    ],
)
def test_files_that_are_not_transparent(view: Make, how: str, path: list[int], wanted: str) -> None:
    one = view()
    one.select(*path)
    assert TRANSPARENT[how](one) == wanted


def test_array_arguments_come_before_the_file(view: Make) -> None:
    one = view()  # no EF is selected
    assert one.call("readBinary(S[BSS)S", 0, one.array(3), 1, 3) == "ArrayIndexOutOfBoundsException"
    assert one.call("updateBinary(S[BSS)V", 0, None, 0, 0) == "NullPointerException"
    assert one.call("updateBinary(S[BSS)V", 0, one.array(3), -1, 1) == "ArrayIndexOutOfBoundsException"


# Life cycle


def test_deactivate_and_activate(view: Make, card: SoftCard) -> None:
    one = view()
    assert one.deactivate() == "NO_EF_SELECTED"
    assert one.activate() == "NO_EF_SELECTED"
    one.select(TEST, TNU)
    assert [one.activate(), one.deactivate(), one.deactivate()] == [None, None, None]
    assert one.read(0, 1) == "REF_DATA_INVALIDATED"
    assert card.files.by_path["MF/DF.TEST/EF.TNU"].life_cycle == 0x04
    assert one.activate() is None
    assert one.read(0, 1) == "55"


def test_access_is_judged_before_the_life_cycle(view: Make) -> None:
    one = view()
    one.select(TEST, TNR)
    one.deactivate()
    assert one.read(0, 1) == "SECURITY_STATUS_NOT_SATISFIED"
    assert one.update(0, "01") == "REF_DATA_INVALIDATED"


def test_a_terminated_file_stays_so(view: Make, card: SoftCard) -> None:
    one = view()
    one.select(TEST, TERM)
    assert one.activate() == "COMMAND_NOT_ALLOWED"
    assert one.deactivate() == "COMMAND_NOT_ALLOWED"
    assert card.files.by_path["MF/DF.TEST/EF.TERM"].life_cycle == TERMINATED


# Access domains (TS 102 226 §8.2.1.3.2.3)

PIN1_FILE, LOCAL_FILE, ADM1_FILE, NEVER_FILE = 0x6FB2, 0x6FB3, 0x6FB4, 0x6FB5
ALWAYS_FILE = 0x6FB1
DENIED = "SECURITY_STATUS_NOT_SATISFIED"


@pytest.mark.parametrize(
    ("domain", "open_files"),
    [
        (FULL, {ALWAYS_FILE, PIN1_FILE, LOCAL_FILE, ADM1_FILE}),
        (NONE, set()),
        (ALWAYS, {ALWAYS_FILE}),
        (bits(0x01), {PIN1_FILE}),
        (bits(0x02), set()),
        (bits(third=0x08), {LOCAL_FILE}),
        (bits(second=0x01), {ADM1_FILE}),
        (bits(second=0x02), set()),
        (bits(0xFF, 0xFF, 0x0F), {ALWAYS_FILE, PIN1_FILE, LOCAL_FILE, ADM1_FILE}),
        (bits(), set()),
    ],
)
def test_access_domains(view: Make, domain: str, open_files: set[int]) -> None:
    one = view(domain)
    found = set()
    assert one.select(TEST) is None
    for fid in (ALWAYS_FILE, PIN1_FILE, LOCAL_FILE, ADM1_FILE, NEVER_FILE):
        assert one.select(fid) is None
        got = one.read(0, 1), one.update(0, "55"), one.deactivate(), one.activate()
        assert got in (("55", None, None, None), (DENIED, DENIED, DENIED, DENIED))
        if got[0] == "55":
            found.add(fid)
    assert found == open_files


def test_what_the_terminal_has_verified_does_not_count(view: Make, card: SoftCard) -> None:
    one = view(ALWAYS)
    one.select(TEST, ADM1_FILE)
    assert card.transmit(bytes.fromhex("0020000a08") + b"12345678") == b"\x90\x00"
    assert one.read(0, 1) == DENIED


def test_a_domain_counts_for_its_own_files(view: Make) -> None:
    """One for the shared files says nothing of an ADF, and the other way round; plain and administrative ones too."""
    shared = view(FULL)
    of_adf = View(shared.vm, again(shared.vm, adf=ADF1))
    of_adf.select(TEST, TARU)
    assert of_adf.read(0, 1) == DENIED
    admin = View(shared.vm, again(shared.vm, admin=True), admin=True)
    admin.select(TEST, TARU)
    assert admin.read(0, 1) == DENIED
    of_adf = view(FULL, adf=ADF1)
    of_adf.select(TEST, TARU)
    assert of_adf.read(0, 1) == "ff"
    shared.select(TEST, TARU)
    assert shared.read(0, 1) == DENIED


# Views


def test_each_view_stands_somewhere_else(view: Make) -> None:
    one = view()
    other = View(one.vm, again(one.vm))
    one.select(TEST, TNU)
    assert other.read(0, 1) == "NO_EF_SELECTED"
    other.select(TEST, 0x5F10, 0x4F10)
    assert (one.read(0, 1), other.read(0, 1)) == ("55", "55")
    other.update(0, "11")
    assert one.read(0, 1) == "55"


def test_a_view_sees_what_the_terminal_does(view: Make, card: SoftCard) -> None:
    one = view()
    one.select(TEST, TARU)
    for command in ("00a4000c023f00", "00a4000c027f4a", "00a4000c026f03", "00d600000177"):
        assert card.transmit(bytes.fromhex(command)) == b"\x90\x00"
    assert one.read(0, 2) == "77ff"
    assert card.transmit(bytes.fromhex("0004000000")) == b"\x90\x00"
    assert one.read(0, 2) == "REF_DATA_INVALIDATED"


@pytest.mark.parametrize(("lifetime", "stays"), [(0, True), (1, False), (2, False)])
def test_where_a_view_stands_after_a_reset(view: Make, lifetime: int, stays: bool) -> None:
    one = view(lifetime=lifetime)
    one.select(TEST, LARU)
    one.read_record(0, 2, 0, 1)
    saved = type(one.context).load(one.context.save(), dict.get)  # type: ignore[union-attr, arg-type]
    one.vm.heap.reset()
    assert saved == one.context
    assert one.read_record(0, 4, 0, 1) == ("55" if stays else "NO_EF_SELECTED")


def test_deselection_moves_only_what_asked_for_it(view: Make) -> None:
    one, other = view(lifetime=2), view(lifetime=1)
    one.select(TEST), other.select(TEST)
    one.vm.heap.clear(jcvm.Lifetime.CLEAR_ON_DESELECT, one.ref.owner.context)
    assert (one.context.df, other.context.df) == ("MF", "MF/DF.TEST")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lifetime", "wanted"), [(-1, "SystemException 1"), (3, "SystemException 1"), (0, None), (1, None), (2, None)]
)
def test_kinds_of_views(view: Make, lifetime: int, wanted: str | None) -> None:
    vm = view().vm
    for admin in (False, True):
        for adf in (None, ADF1):
            got = outcome(lambda: again(vm, lifetime=lifetime, admin=admin, adf=adf))  # noqa: B023
            assert got == wanted if wanted else got.native.root == ("MF/ADF.ADF1" if adf else "MF")


def test_a_view_for_the_selected_applet_only(view: Make) -> None:
    vm = view().vm
    vm.selected_context = None
    assert outcome(lambda: again(vm, lifetime=2)) == "SystemException 3"


def test_there_is_no_view_before_registration_nor_of_an_unknown_adf(view: Make) -> None:
    vm = view().vm
    assert again(vm, adf=ADF1[:-1] + b"\x09") is None
    applet, vm.owner.applet = vm.owner.applet, None
    assert again(vm) is None
    assert again(vm, adf=ADF1) is None
    vm.owner.applet = applet


@pytest.mark.parametrize(
    ("offset", "length", "wanted"),
    [
        (0, 4, "SystemException 1"),
        (0, 17, "SystemException 1"),
        (-1, 16, "ArrayIndexOutOfBoundsException"),
        (0, -1, "ArrayIndexOutOfBoundsException"),
        (5, 16, "ArrayIndexOutOfBoundsException"),
    ],
)
def test_the_aid_of_an_adf(view: Make, offset: int, length: int, wanted: str) -> None:
    vm = view().vm
    array, signature = jcvm.byte_array(vm, 20), "getTheFileView([BSBB)Luicc/access/FileView;"
    assert outcome(lambda: jcvm.call(vm, "uicc/access/UICCSystem", signature, array, offset, length, 1)) == wanted
    assert outcome(lambda: jcvm.call(vm, "uicc/access/UICCSystem", signature, None, 0, 16, 1)) == "NullPointerException"


def test_what_applets_write_is_in_no_transaction(view: Make) -> None:
    one = view(lifetime=0)
    one.vm.heap.begin()
    one.select(TEST, TNU)
    one.select(TNR)
    one.update(0, "01")
    one.vm.heap.abort()
    assert one.context.ef == "MF/DF.TEST/EF.TNR"  # type: ignore[union-attr]
    assert one.call("readBinary(S[BSS)S", 0, one.array(1), 0, 1) == DENIED


def test_updates_by_the_terminal_are_told(view: Make, card: SoftCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """EVENT_EXTERNAL_FILE_UPDATE is for what the terminal changes, not for what an applet does."""
    seen: list[str] = []
    monkeypatch.setattr(card, "updated", lambda node, record=b"": seen.append(node.path))
    one = view()
    one.select(TEST, TARU)
    one.update(0, "01")
    script = ["00a4000c023f00", "00a4000c027f4a", "00a4000c026f03", "00d600020177", "00a4000c026f0c",
              "00dc02040401020304", "00a4000c026f09", "00dc000303010203"]  # fmt: skip
    for command in script:
        assert card.transmit(bytes.fromhex(command)) == b"\x90\x00", command
    assert seen == ["MF/DF.TEST/EF.TARU", "MF/DF.TEST/EF.LARU", "MF/DF.TEST/EF.CARU"]


def test_the_test_area_is_the_same_in_the_application(card: SoftCard) -> None:
    areas = []
    for top in ("MF/DF.TEST", "MF/ADF.ADF1/DF.TEST"):
        nodes = [node for path, node in card.files.by_path.items() if path.startswith(f"{top}/")]
        areas.append({(one.path.removeprefix(top), one.fid, one.type, one.security, one.life_cycle) for one in nodes})
    assert areas[0] == areas[1]
    assert len(areas[0]) > 50
