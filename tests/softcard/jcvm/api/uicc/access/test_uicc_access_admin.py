"""uicc.access.fileadministration: creating, deleting and resizing files (TS 102 241 §8, annex A; TS 102 222 §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.softcard.card import SoftCard
from tests.harness import jcvm
from tests.softcard.jcvm.api.uicc.access.conftest import ADF1, ALWAYS, FULL, View, again, outcome, parameters

Make = Callable[..., View]
TEST, TARU, LARU, SUB = 0x7F4A, 0x6F03, 0x6F0C, 0x5F10
RULE = "8b036f0601"  # everything always, in the rules of DF TEST
DF_RULE = "8b036f0612"
EF = f"82024121 83026f29 8a0105 {RULE} 80020005 8800".replace(" ", "")
RECORDS = f"82044221000 4 83026f29 8a0105 {RULE} 80020008 8800".replace(" ", "")
DF = f"82027821 83025f01 8a0105 {DF_RULE} 8102 0010 c606 900100 830101".replace(" ", "")


class AdminView:
    """The administrative methods by short names; templates are what is inside of the FCP."""

    def __init__(self, one: View) -> None:
        self.one = one

    def _handler(self, template: str) -> Any:
        vm, data = self.one.vm, bytes.fromhex(template)
        signature = "buildTLVHandler(BS[BSS)Luicc/toolkit/ViewHandler;"
        array = self.one.array(data)
        return jcvm.call(vm, "uicc/system/HandlerBuilder", signature, 1, 200, array, 0, len(data))

    def create(self, template: str) -> Any:
        return self.one.call("createFile(Luicc/toolkit/ViewHandler;)V", self._handler(template))

    def resize(self, template: str) -> Any:
        return self.one.call("resizeFile(Luicc/toolkit/ViewHandler;)V", self._handler(template))

    def delete(self, fid: int) -> Any:
        return self.one.call("deleteFile(S)V", fid)


@pytest.fixture
def admin(view: Make) -> AdminView:
    one = view(FULL, admin=True)
    one.select(TEST)
    return AdminView(one)


# Creating


def test_a_new_file_is_current(admin: AdminView, card: SoftCard) -> None:
    assert admin.create(EF) is None
    assert admin.one.read(0, 5) == "ffffffffff"
    assert card.files.by_path["MF/DF.TEST/6F29"].size == 5
    admin.one.select(TEST)
    assert admin.create(DF) is None
    assert admin.create(EF) is None
    assert admin.one.context.ef == "MF/DF.TEST/5F01/6F29"  # type: ignore[union-attr]
    for command in ("00a4000c023f00", "00a4000c027f4a", "00a4000c025f01", "00a4000c026f29", "00b0000005"):
        answer = card.transmit(bytes.fromhex(command))
        assert answer.endswith(b"\x90\x00"), command


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("", "Admin INCORRECT_PARAMETERS"),
        (EF.replace("83026f29", ""), "Admin INCORRECT_PARAMETERS"),
        (EF.replace("82024121", ""), "Admin INCORRECT_PARAMETERS"),
        (EF.replace("80020005", ""), "Admin INCORRECT_PARAMETERS"),
        (EF.replace("83026f29", "83023f00"), "Admin INCORRECT_PARAMETERS"),
        (EF[:-2], "Admin INCORRECT_PARAMETERS"),
        (EF.replace("6f29", "6f03"), "Admin FILE_ALREADY_EXISTS"),
        (EF.replace("6f29", "7f4a"), "Admin FILE_ALREADY_EXISTS"),
        (EF.replace("80020005", "8003100000"), "Admin NOT_ENOUGH_MEMORY_SPACE"),
        ("82027821 83025f01 8a0105 8b036f0612 8410 a0000000871002ffffffff8907090000 8100 c600",
         "Admin INCORRECT_PARAMETERS"),
        ("82027821 83025f01 8a0105 8b036f0612 8410 a0000000871002ffffffff8907090000 810110 c600",
         "Admin DF_NAME_ALREADY_EXISTS"),
        (RECORDS.replace("80020008", "80020009"), "Admin INCORRECT_PARAMETERS"),
        (RECORDS, None),
    ],
)  # fmt: skip
def test_create_file(admin: AdminView, template: str, wanted: str | None) -> None:
    before = admin.one.context.copy()  # type: ignore[union-attr]
    assert admin.create(template.replace(" ", "")) == wanted
    if wanted is not None:
        assert admin.one.context == before


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ([0x5F15], "SECURITY_STATUS_NOT_SATISFIED"),  # never
        ([0x5F30], "COMMAND_NOT_ALLOWED"),  # terminated
        ([0x3F00], None),
    ],
)
def test_where_files_can_be_made(admin: AdminView, path: list[int], wanted: str | None) -> None:
    admin.one.select(*path)
    assert admin.create(EF.replace("8b036f06", "8b032f06")) == wanted


def test_a_file_is_made_beside_the_current_ef(admin: AdminView, card: SoftCard) -> None:
    admin.one.select(TARU)
    assert admin.create(EF) is None
    assert "MF/DF.TEST/6F29" in card.files.by_path


def test_a_handler_is_needed(admin: AdminView) -> None:
    assert admin.one.call("createFile(Luicc/toolkit/ViewHandler;)V", None) == "NullPointerException"
    assert admin.one.call("resizeFile(Luicc/toolkit/ViewHandler;)V", None) == "NullPointerException"


# Deleting


@pytest.mark.parametrize(
    ("fid", "wanted"),
    [
        (TARU, None),
        (SUB, None),
        (0x6F29, "FILE_NOT_FOUND"),
        (0x4F10, "FILE_NOT_FOUND"),  # not immediately here
        (TEST, "FILE_NOT_FOUND"),
        (0x3F00, "FILE_NOT_FOUND"),
    ],
)
def test_delete_file(admin: AdminView, card: SoftCard, fid: int, wanted: str | None) -> None:
    assert admin.delete(fid) == wanted
    if wanted is None:
        assert admin.one.select(fid) == "FILE_NOT_FOUND"
        assert not [path for path in card.files.by_path if path.startswith("MF/DF.TEST/DF.SUB_TEST") and fid == SUB]


def test_who_may_delete(view: Make) -> None:
    """By "delete self" of the file or "delete child" of its directory (TS 102 222 §6.4)."""
    admin = AdminView(view(ALWAYS, admin=True))
    admin.one.select(TEST, 0x5F14)  # DF ARR4 and its EF: ADM1 only
    assert admin.delete(0x4F14) == "SECURITY_STATUS_NOT_SATISFIED"


def test_views_that_stood_at_what_is_deleted(admin: AdminView) -> None:
    """Their EF is gone; in a directory that is gone they find themselves in the one above."""
    at_file, at_directory = (View(admin.one.vm, again(admin.one.vm, admin=True), admin=True) for _ in range(2))
    at_file.select(TEST, TARU)
    at_directory.select(TEST, SUB, 0x4F10)
    admin.one.select(TARU)
    assert admin.delete(TARU) is None
    assert admin.delete(SUB) is None
    for one in (admin.one, at_file, at_directory):
        assert one.read(0, 1) == "NO_EF_SELECTED"
        assert one.select(LARU) is None


def test_a_file_that_the_terminal_has_selected_stays(admin: AdminView, card: SoftCard) -> None:
    for command in ("00a4000c023f00", "00a4000c027f4a", "00a4000c025f10"):
        card.transmit(bytes.fromhex(command))
    assert admin.delete(SUB) == "CONDITIONS_OF_USE_NOT_SATISFIED"
    admin.one.select(0x3F00)
    assert admin.delete(TEST) == "CONDITIONS_OF_USE_NOT_SATISFIED"


# Resizing


def test_resize_file(admin: AdminView) -> None:
    """The file is current then; records keep their length (TS 102 222 §6.10)."""
    assert admin.resize("83026f0380020105") is None
    assert admin.one.read(0x104, 1) == "ff"
    assert admin.resize("83026f0380020001") is None
    assert admin.one.read(1, 1) == "OUT_OF_FILE_BOUNDARIES"
    assert admin.resize("83026f0c8002000c") is None
    assert [admin.one.read_record(number, 4, 0, 4) for number in (2, 3, 4)] == [
        "aaaaaaaa",
        "ffffffff",
        "RECORD_NOT_FOUND",
    ]


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("83026f2980020005", "FILE_NOT_FOUND"),
        ("83025f1080020005", "COMMAND_INCOMPATIBLE"),
        ("83026fb580020005", "SECURITY_STATUS_NOT_SATISFIED"),
        ("83026f3080020005", "COMMAND_NOT_ALLOWED"),
        ("83026f038003100000", "Admin NOT_ENOUGH_MEMORY_SPACE"),
        ("83026f0c80020005", "Admin INCORRECT_PARAMETERS"),
        ("83026f03", "Admin INCORRECT_PARAMETERS"),
        ("80020005", "Admin INCORRECT_PARAMETERS"),
        ("83026f3180020001", None),  # BER-TLV
    ],
)
def test_what_cannot_be_resized(admin: AdminView, template: str, wanted: str | None) -> None:
    assert admin.resize(template) == wanted


def test_resizing_a_deactivated_or_selected_file(admin: AdminView, card: SoftCard) -> None:
    admin.one.select(TARU)
    admin.one.deactivate()
    assert admin.resize("83026f0380020001") == "REF_DATA_INVALIDATED"
    admin.one.activate()
    for command in ("00a4000c023f00", "00a4000c027f4a", "00a4000c026f03"):
        card.transmit(bytes.fromhex(command))
    assert admin.resize("83026f0380020001") == "Admin CONDITIONS_OF_USE_NOT_SATISFIED"


# Views


def test_an_administrative_view_reads_and_writes_by_its_own_domain(view: Make, grant: Callable[[bytes], None]) -> None:
    admin = view(FULL, admin=True)
    plain = View(admin.vm, again(admin.vm))
    for one in (admin, plain):
        one.select(TEST, TARU)
    assert (admin.read(0, 1), plain.read(0, 1)) == ("ff", "SECURITY_STATUS_NOT_SATISFIED")
    grant(parameters(FULL))
    assert (admin.read(0, 1), plain.read(0, 1)) == ("SECURITY_STATUS_NOT_SATISFIED", "ff")


def test_only_administrative_views_can_be_cast_to_one(view: Make) -> None:
    admin = view(FULL, admin=True)
    plain = View(admin.vm, again(admin.vm))
    for name, kinds in (
        ("uicc/access/FileView", (True, True)),
        ("uicc/access/bertlvfile/BERTLVFileView", (True, True)),
        ("uicc/access/fileadministration/AdminFileView", (True, False)),
    ):
        assert (admin.vm.implements(admin.ref, name), admin.vm.implements(plain.ref, name)) == kinds


def test_adf_of_an_administrative_view(view: Make, card: SoftCard) -> None:
    admin = AdminView(view(FULL, adf=ADF1, admin=True))
    admin.one.select(TEST)
    assert admin.create(EF) is None
    assert "MF/ADF.ADF1/DF.TEST/6F29" in card.files.by_path
    vm, aid = admin.one.vm, "javacard/framework/AID"
    named = jcvm.construct(vm, aid, "<init>([BSB)V", jcvm.byte_array(vm, ADF1), 0, 16)
    builder, kind = (
        "uicc/access/fileadministration/AdminFileViewBuilder",
        "uicc/access/fileadministration/AdminFileView",
    )
    signature = f"getTheAdminFileView(Ljavacard/framework/AID;B)L{kind};"
    assert jcvm.call(vm, builder, signature, named, 1).native.root == "MF/ADF.ADF1"
    assert outcome(lambda: jcvm.call(vm, builder, signature, None, 1)) == "NullPointerException"
