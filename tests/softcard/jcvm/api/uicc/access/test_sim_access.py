"""sim.access.SIMView: the files of the older SIM (TS 43.019 §6.3, annex A)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm.api.sim.access import SIM_VIEW_EXCEPTION
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm

REASONS = dict(enumerate(
    ("NO_EF_SELECTED", "FILE_INCONSISTENT", "AC_NOT_FULFILLED", "FILE_NOT_FOUND", "INTERNAL_ERROR",
     "INVALIDATION_STATUS_CONTRADICTION", "OUT_OF_FILE_BOUNDARIES", "OUT_OF_RECORD_BOUNDARIES",
     "RECORD_NUMBER_NOT_AVAILABLE", "INVALID_MODE", "PATTERN_NOT_FOUND", "MAX_VALUE_REACHED", "MEMORY_PROBLEM"), 1,
))  # fmt: skip
TEST, TNR, TARU, CARU, LARU, LSEA = 0x7F4A, 0x6F01, 0x6F03, 0x6F09, 0x6F0C, 0x6F1A
NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4


class SimView:
    """The view of an applet, its methods by short names."""

    def __init__(self, vm: Vm) -> None:
        self.vm = vm
        self.ref = jcvm.call(vm, "sim/access/SIMSystem", "getTheSIMView()Lsim/access/SIMView;")

    def call(self, signature: str, *words: Any) -> Any:
        try:
            return jcvm.send(self.vm, self.ref, "sim/access/SIMView", signature, *words)
        except JavaThrow as error:
            name = error.throwable.cls.name
            if name == SIM_VIEW_EXCEPTION:
                return REASONS[error.throwable.native.reason]  # type: ignore[union-attr]
            return name.rpartition("/")[2]

    def array(self, content: str | int) -> Any:
        return jcvm.byte_array(self.vm, content)

    def select(self, *fids: int) -> Any:
        for fid in fids:
            got = self.call("select(S)V", fid)
            if got is not None:
                return got
        return None

    def read(self, offset: int, length: int) -> Any:
        target = self.array(length)
        got = self.call("readBinary(S[BSS)S", offset, target, 0, length)
        return jcvm.content(target) if got == length else got

    def read_record(self, number: int, mode: int, offset: int = 0, length: int = 1) -> Any:
        target = self.array(length)
        got = self.call("readRecord(SBS[BSS)S", number, mode, offset, target, 0, length)
        return jcvm.content(target) if got == length else got

    def update_record(self, number: int, mode: int, data: str) -> Any:
        return self.call("updateRecord(SBS[BSS)V", number, mode, 0, self.array(data), 0, len(data) // 2)

    def seek(self, mode: int, pattern: str) -> Any:
        return self.call("seek(B[BSS)S", mode, self.array(pattern), 0, len(pattern) // 2)

    def increase(self, value: str, room: int = 10) -> Any:
        target = self.array(room)
        got = self.call("increase([BS[BS)S", self.array(value), 0, target, 0)
        return jcvm.content(target)[: 2 * got] if isinstance(got, int) else got


def parameters(domain: str) -> bytes:
    return tlv.join([Tlv(0xCA, bytes.fromhex(domain))])


@pytest.fixture
def sim(machine: Vm, running: Vm, grant: Callable[[bytes], None]) -> SimView:
    grant(parameters("00"))
    return SimView(machine)


def test_an_applet_has_one_view(sim: SimView, other: Any) -> None:
    assert SimView(sim.vm).ref is sim.ref
    with sim.vm.running_as(other.owner):
        assert SimView(sim.vm).ref is not sim.ref


def test_the_mf_is_selected_at_each_activation(sim: SimView) -> None:
    sim.select(TEST, TARU)
    assert sim.read(0, 1) == "ff"
    sim.vm.activation += 1
    assert sim.read(0, 1) == "NO_EF_SELECTED"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [([0x7F20, 0x6F07], None), ([TEST, TARU], None), ([0x7FFF], "FILE_NOT_FOUND"), ([TEST, 0x6F31], "FILE_NOT_FOUND")],
)
def test_select(sim: SimView, path: list[int], wanted: str | None) -> None:
    assert sim.select(*path) == wanted


def test_information_about_files(sim: SimView, card: SoftCard) -> None:
    """Coded as TS 51.011 §9.2.1 has it."""
    target = sim.array(40)
    sim.select(TEST)
    information = card.answer_2g(card.files.by_path["MF/DF.TEST/EF.LARU"])
    assert sim.call("select(S[BSS)S", LARU, target, 0, 40) == len(information)
    assert jcvm.content(target).startswith(information.hex())
    directory = card.answer_2g(card.files.by_path["MF/DF.TEST"])
    assert sim.call("status([BSS)S", target, 0, 5) == 5
    assert jcvm.content(target).startswith(directory[:5].hex())
    assert sim.call("status([BSS)S", None, 0, 0) == "NullPointerException"
    assert sim.call("status([BSS)S", target, 36, 5) == "ArrayIndexOutOfBoundsException"


def test_transparent_files(sim: SimView) -> None:
    assert sim.read(0, 1) == "NO_EF_SELECTED"
    sim.select(TEST, TARU)
    assert sim.call("updateBinary(S[BSS)V", 1, sim.array("0102"), 0, 2) is None
    assert sim.read(0, 3) == "ff0102"
    assert sim.read(259, 2) == "OUT_OF_FILE_BOUNDARIES"
    sim.select(LARU)
    assert sim.read(0, 1) == "FILE_INCONSISTENT"
    sim.select(TNR)
    assert sim.read(0, 1) == "AC_NOT_FULFILLED"


def test_records(sim: SimView) -> None:
    sim.select(TEST, LARU)
    assert [sim.read_record(0, NEXT), sim.read_record(0, NEXT), sim.read_record(0, NEXT)] == [
        "55", "aa", "RECORD_NUMBER_NOT_AVAILABLE"
    ]  # fmt: skip
    assert sim.update_record(0, PREVIOUS, "01") is None
    assert sim.read_record(1, ABSOLUTE, 0, 2) == "0155"
    assert sim.read_record(1, ABSOLUTE, 0, 5) == "OUT_OF_RECORD_BOUNDARIES"
    assert sim.read_record(1, 5) == "INVALID_MODE"
    sim.select(CARU)
    assert sim.update_record(0, NEXT, "010203") == "INVALID_MODE"
    assert sim.update_record(0, PREVIOUS, "010203") is None
    assert sim.read_record(0, ABSOLUTE, 0, 3) == "010203"


@pytest.mark.parametrize(
    ("mode", "pattern", "wanted"),
    [
        (0, "01", 2),
        (1, "01", 4),
        (0, "0102", 4),
        (2, "01", 4),  # from the record after the current one, 3
        (3, "01", 2),
        (2, "ee", "PATTERN_NOT_FOUND"),
        (0, "00" * 2, 1),
        (0, "", "PATTERN_NOT_FOUND"),
        (0, "00" * 11, "OUT_OF_RECORD_BOUNDARIES"),
        (4, "01", "INVALID_MODE"),
        (-1, "01", "INVALID_MODE"),
    ],
)
def test_seek(sim: SimView, card: SoftCard, mode: int, pattern: str, wanted: object) -> None:
    """Patterns at the beginning of a record (TS 51.011 §8.7)."""
    node = card.files.by_path["MF/DF.TEST/EF.LSEA"]
    card.write(node, b"".join(bytes.fromhex(one).ljust(10, b"\0") for one in ("00", "01", "0001", "0102", "00")))
    sim.select(TEST, LSEA)
    assert sim.seek(0, "0001") == 3
    assert sim.seek(mode, pattern) == wanted


def test_seek_is_for_linear_files(sim: SimView) -> None:
    assert sim.seek(0, "01") == "NO_EF_SELECTED"
    sim.select(TEST, CARU)
    assert sim.seek(0, "01") == "FILE_INCONSISTENT"


def test_increase(sim: SimView) -> None:
    assert sim.increase("000001") == "NO_EF_SELECTED"
    sim.select(TEST, CARU)
    assert sim.increase("000001") == "555556"
    assert sim.increase("aaaaaa") == "MAX_VALUE_REACHED"
    assert sim.increase("000001", room=2) == "ArrayIndexOutOfBoundsException"
    assert sim.increase("0001") == "ArrayIndexOutOfBoundsException"
    assert sim.read_record(0, ABSOLUTE, 0, 3) == "555556"


def test_invalidate_and_rehabilitate(sim: SimView) -> None:
    assert sim.call("invalidate()V") == "NO_EF_SELECTED"
    sim.select(TEST, TARU)
    contradiction = "INVALIDATION_STATUS_CONTRADICTION"
    assert [sim.call("rehabilitate()V"), sim.call("invalidate()V"), sim.call("invalidate()V")] == [
        contradiction, None, contradiction
    ]  # fmt: skip
    assert sim.read(0, 1) == contradiction
    assert sim.call("rehabilitate()V") is None
    assert sim.read(0, 1) == "ff"


@pytest.mark.parametrize(
    ("domain", "open_files"),
    [
        ("00", {0x6FB1, 0x6FB2, 0x6FB3, 0x6FB4}),
        ("ff", set()),
        ("", set()),
        ("010100", {0x6FB1}),  # always
        ("010200", {0x6FB2}),  # CHV1
        ("010400", {0x6FB3}),  # CHV2
        ("010004", {0x6FB4}),  # level 10, where this card has ADM1
        ("02000004", set()),  # the mechanism of another API
    ],
)
def test_access_domains(sim: SimView, grant: Callable[[bytes], None], domain: str, open_files: set[int]) -> None:
    grant(parameters(domain))
    sim.select(TEST)
    found = set()
    for fid in (0x6FB1, 0x6FB2, 0x6FB3, 0x6FB4, 0x6FB5):
        sim.select(fid)
        got = sim.read(0, 1)
        assert got in ("55", "AC_NOT_FULFILLED")
        found |= {fid} if got == "55" else set()
    assert found == open_files
