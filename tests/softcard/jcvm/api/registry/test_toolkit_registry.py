"""ToolkitRegistry of both packages: arguments, reason codes, transactions (TS 102 241 and TS 43.019, annexes A)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from simtool.codec import tlv
from simtool.softcard.jcvm.api.uicc.toolkit.registry import whose
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Kind
from simtool.softcard.jcvm.vm import Vm
from simtool.softcard.toolkit import Toolkit
from tests.harness.jcvm import byte_array, call, new_applet, throws
from tests.softcard.jcvm.api.registry.conftest import Do

UICC, SIM = "uicc/toolkit/ToolkitException", "sim/toolkit/ToolkitException"
INIT, CHANGE = "initMenuEntry([BSSBZBS)B", "changeMenuEntry(B[BSSBZBS)V"
REGISTER, DEREGISTER = "registerFileEvent(S[BSS[BSB)V", "deregisterFileEvent(S[BSS[BSB)V"
USER_ACTIVITY, CALL_CONTROL, FORMATTED_SMS = 16, 9, 2
FILE_UPDATE = 124


def shorts(vm: Vm, *values: int) -> JavaArray:
    made = vm.allocate_array(Kind.SHORT, len(values))
    for at, value in enumerate(values):
        made.data[at] = value
    return made


def entry_of(vm: Vm) -> Any:
    return call(vm, "uicc/toolkit/ToolkitRegistrySystem", "getEntry()Luicc/toolkit/ToolkitRegistry;")


def test_get_entry(running: Vm, toolkit: Toolkit, entry: Any, applet: JavaObject, other: JavaObject) -> None:
    """One permanent entry point for an applet; null before `register`; REGISTRY_ERROR if it is none of the toolkit."""
    first = entry_of(running)
    assert first is entry_of(running) and first.id == f"registry:{applet.owner.aid.hex()}"
    running.storable(first)
    running.installing = SimpleNamespace(applet=None, aid=b"")  # type: ignore[assignment]
    assert entry_of(running) is None
    with throws(SIM, 5):
        call(running, "sim/toolkit/ToolkitRegistry", "getEntry()Lsim/toolkit/ToolkitRegistry;")
    running.installing = None
    with running.running_as(other.owner):
        with throws(UICC, 5):
            entry_of(running)
        with throws(SIM, 5):
            call(running, "sim/toolkit/ToolkitRegistry", "getEntry()Lsim/toolkit/ToolkitRegistry;")


@pytest.mark.parametrize("event", [7, 8, 11, 19, 27, FILE_UPDATE])
def test_events_with_means_of_their_own(uicc: Do, event: int) -> None:
    with throws(UICC, 13):
        uicc("setEvent(S)V", event)
    if event != FILE_UPDATE:
        with throws(UICC, 13):
            uicc("clearEvent(S)V", event)
    assert not uicc("isEventSet(S)Z", event)


@pytest.mark.parametrize("event", [0, 30, 132, 32767, -2])
def test_unknown_events(uicc: Do, event: int) -> None:
    with throws(UICC, 6):
        uicc("setEvent(S)V", event)


def test_events(uicc: Do, sim: Do, running: Vm) -> None:
    uicc("setEvent(S)V", 128)
    assert uicc("isEventSet(S)Z", 128)
    uicc("clearEvent(S)V", 128)
    uicc("setEventList([SSS)V", shorts(running, 0, USER_ACTIVITY, -1, 0), 1, 2)
    assert uicc("isEventSet(S)Z", USER_ACTIVITY) and uicc("isEventSet(S)Z", -1)
    assert sim("isEventSet(B)Z", USER_ACTIVITY)
    sim("clearEvent(B)V", USER_ACTIVITY)
    sim("setEventList([BSS)V", byte_array(running, "7fff10"), 0, 2)
    assert sim("isEventSet(B)Z", 127) and not uicc("isEventSet(S)Z", USER_ACTIVITY)
    for event in (25, 27, 123, 30):
        with throws(SIM, 6):
            sim("setEvent(B)V", event)
    for event in (7, 8, 11, 19):
        with throws(SIM, 13):
            sim("setEvent(B)V", event)


def test_a_list_is_all_or_nothing(uicc: Do, running: Vm) -> None:
    for event, reason in ((0, 6), (19, 13)):
        with throws(UICC, reason):
            uicc("setEventList([SSS)V", shorts(running, USER_ACTIVITY, event), 0, 2)
    assert not uicc("isEventSet(S)Z", USER_ACTIVITY)
    uicc("setEventList([SSS)V", shorts(running), 0, 0)


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, -1), (0, 3), (2, 1), (3, 0), (1, 32767)])
def test_bounds_of_lists(uicc: Do, sim: Do, running: Vm, offset: int, length: int) -> None:
    with throws("ArrayIndexOutOfBoundsException"):
        uicc("setEventList([SSS)V", shorts(running, 16, 16), offset, length)
    with throws("ArrayIndexOutOfBoundsException"):
        sim("setEventList([BSS)V", byte_array(running, "1010"), offset, length)
    for signature, words in ((INIT, ()), (CHANGE, (77,))):
        with throws("ArrayIndexOutOfBoundsException"):
            uicc(signature, *words, byte_array(running, "1010"), offset, length, 0, 0, 0, 0)
    with throws("ArrayIndexOutOfBoundsException"):
        uicc("setMenuEntryTextAttribute(B[BSS)V", 77, byte_array(running, "1010"), offset, length)
    with throws("ArrayIndexOutOfBoundsException"):
        uicc(REGISTER, 0, byte_array(running, "1010"), offset, length, None, 0, 0)


def test_null_arrays(uicc: Do, sim: Do, running: Vm) -> None:
    with throws("NullPointerException"):
        uicc("setEventList([SSS)V", None, -1, 1)
    with throws("NullPointerException"):
        sim("setEventList([BSS)V", None, 0, 0)
    with throws("NullPointerException"):
        uicc(INIT, None, 0, 0, 0, 0, 0, 0)
    with throws("NullPointerException"):
        uicc(CHANGE, 77, None, 0, 0, 0, 0, 0, 0)
    with throws("NullPointerException"):
        uicc("setMenuEntryTextAttribute(B[BSS)V", 77, None, 0, 4)
    for signature in (REGISTER, DEREGISTER):
        with throws("NullPointerException"):
            uicc(signature, 7, None, 0, 0, None, 0, 0)
    for name in ("register", "deregister"):
        with throws("NullPointerException"):
            uicc(f"{name}FileEvent(SLuicc/access/FileView;)V", 7, None)


def test_only_one_applet(uicc: Do, running: Vm, toolkit: Toolkit) -> None:
    rival = new_applet(running, "a00000055910030303")
    toolkit.installed(rival.owner.aid, [tlv.Tlv(0xEA, bytes.fromhex("800401000000"))], ())
    found = toolkit.entry(rival.owner.aid)
    assert found is not None
    found.set_events([CALL_CONTROL])
    with throws(UICC, 7):
        uicc("setEvent(S)V", CALL_CONTROL)
    found.clear_event(CALL_CONTROL)
    uicc("setEvent(S)V", CALL_CONTROL)


@pytest.mark.parametrize(("name", "reason"), [("uicc", 18), ("sim", 16)])
def test_no_tar(request: pytest.FixtureRequest, entry: Any, name: str, reason: int) -> None:
    entry.tars = ()
    do = request.getfixturevalue(name)
    with throws(UICC if name == "uicc" else SIM, reason):
        do("setEvent(S)V" if name == "uicc" else "setEvent(B)V", FORMATTED_SMS)


@pytest.mark.parametrize("name", ["uicc", "sim"])
def test_menu(request: pytest.FixtureRequest, running: Vm, entry: Any, name: str) -> None:
    """Identifiers from 128 on are negative bytes; help and icons are what the terminal gets."""
    do, exception = request.getfixturevalue(name), UICC if name == "uicc" else SIM
    text = byte_array(running, b"xHello!")
    with throws(exception, 4):
        do("disableMenuEntry(B)V", 5)
    with throws(exception, 10):
        do(INIT, text, 1, 6, 0, 0, 0, 0)
    assert do(INIT, text, 1, 5, 0x21, 1, 1, 3) == 5
    assert do(INIT, text, 1, 0, 0, 0, 0, 0) == -128
    with throws(exception, 5):
        do(INIT, text, 1, 5, 0, 0, 0, 0)
    first, second = entry.state.menu
    assert (first.text, first.next_action, first.help, first.icon_qualifier, first.icon) == (b"Hello", 0x21, True, 1, 3)
    do("disableMenuEntry(B)V", -128)
    assert not second.enabled
    do(CHANGE, -128, text, 0, 1, -1, 0, 0, 0)
    assert (second.text, second.enabled, second.next_action) == (b"x", True, 0xFF)
    do("disableMenuEntry(B)V", 5)
    do("enableMenuEntry(B)V", 5)
    assert first.enabled
    with throws(exception, 4):
        do(CHANGE, 6, text, 0, 7, 0, 0, 0, 0)
    with throws(exception, 10):
        do(CHANGE, 5, text, 0, 7, 0, 0, 0, 0)
    with throws(exception, 4):
        do("enableMenuEntry(B)V", 0)


def test_text_attribute(uicc: Do, running: Vm, entry: Any) -> None:
    attribute = byte_array(running, "0102030405")
    with throws(UICC, 4):
        uicc("setMenuEntryTextAttribute(B[BSS)V", 5, attribute, 0, 3)
    uicc(INIT, attribute, 0, 1, 0, 0, 0, 0)
    for length in (3, 5, 0):
        with throws(UICC, 14):
            uicc("setMenuEntryTextAttribute(B[BSS)V", 5, attribute, 0, length)
    uicc("setMenuEntryTextAttribute(B[BSS)V", 5, attribute, 1, 4)
    assert entry.state.menu[0].attribute == bytes.fromhex("02030405")


def test_timers_and_services(uicc: Do, sim: Do) -> None:
    assert [uicc("allocateTimer()B"), sim("allocateTimer()B")] == [1, 2]
    with throws(UICC, 11):
        uicc("allocateTimer()B")
    with throws(SIM, 11):
        sim("allocateTimer()B")
    sim("releaseTimer(B)V", 1)
    for do, exception in ((uicc, UICC), (sim, SIM)):
        with throws(exception, 12):
            do("releaseTimer(B)V", 1)
    assert [uicc("allocateServiceIdentifier()B") for _ in range(2)] == [0, 1]
    with throws(UICC, 16):
        uicc("allocateServiceIdentifier()B")
    uicc("releaseServiceIdentifier(B)V", 0)
    with throws(UICC, 17):
        uicc("releaseServiceIdentifier(B)V", 0)


@pytest.mark.parametrize("name", ["uicc", "sim"])
def test_polling(request: pytest.FixtureRequest, name: str) -> None:
    do, exception = request.getfixturevalue(name), UICC if name == "uicc" else SIM
    assert do("getPollInterval()S") == 0
    for seconds in (15301, 32767):
        with throws(exception, 5):
            do("requestPollInterval(S)V", seconds)
    do("requestPollInterval(S)V", 15300)
    assert do("getPollInterval()S") == 15300
    do("requestPollInterval(S)V", -1)
    assert do("getPollInterval()S") == 30
    do("requestPollInterval(S)V", 0)
    assert do("getPollInterval()S") == 0


@pytest.mark.parametrize("signature", [REGISTER, DEREGISTER])
def test_file_events(uicc: Do, running: Vm, signature: str) -> None:
    files, aid = byte_array(running, "013f002fe2"), byte_array(running, "a0000000871002000000000000000000ff")
    for event, reason in ((7, 13), (8, 13), (11, 13), (19, 13), (USER_ACTIVITY, 6), (125, 6), (0, 6)):
        with throws(UICC, reason):
            uicc(signature, event, files, 0, 5, None, 0, 0)
    for length in (0, 4, 17):
        with throws("javacard/framework/SystemException", 1):
            uicc(signature, FILE_UPDATE, files, 0, 5, aid, 0, length)
    with throws("ArrayIndexOutOfBoundsException"):
        uicc(signature, FILE_UPDATE, files, 0, 5, aid, 10, 16)
    uicc(signature, FILE_UPDATE, files, 0, 5, aid, 0, 16)


def test_an_aborted_transaction(uicc: Do, running: Vm, entry: Any) -> None:
    """Nothing of it stays, whatever it was; a committed one stays."""
    text = byte_array(running, b"Hi")
    before = entry.save()

    def change() -> None:
        uicc("setEvent(S)V", USER_ACTIVITY)
        uicc(INIT, text, 0, 2, 0, 0, 0, 0)
        uicc("allocateTimer()B")
        uicc("requestPollInterval(S)V", 20)

    running.heap.begin()
    change()
    running.heap.abort()
    assert entry.save() == before
    running.heap.begin()
    change()
    running.heap.commit()
    running.heap.begin()
    uicc("clearEvent(S)V", USER_ACTIVITY)
    running.heap.abort()
    assert uicc("isEventSet(S)Z", USER_ACTIVITY)


def test_the_card_knows_of_open_changes(uicc: Do, running: Vm, applet: JavaObject) -> None:
    """Also of a transaction that sleeps with its run; those of an installation are not taken back by a reset."""
    running.heap.begin()
    assert not running.heap.open_elsewhere()
    uicc("setEvent(S)V", USER_ACTIVITY)
    assert {whose(one) for one in running.heap.open_elsewhere()} == {applet.owner.aid}
    log = running.heap.sleep()
    assert {whose(one) for one in running.heap.open_elsewhere()} == {applet.owner.aid}
    running.heap.wake(log)
    running.heap.commit()
    assert not running.heap.open_elsewhere()


def test_the_commit_buffer_is_limited(uicc: Do, running: Vm) -> None:
    """TransactionException, and no update (ToolkitRegistry)."""
    running.heap.begin()
    with throws("javacard/framework/TransactionException", 3):
        for event in range(12, 12 + 200):
            uicc("setEvent(S)V" if event % 2 else "clearEvent(S)V", USER_ACTIVITY)
    running.heap.abort()
    assert not uicc("isEventSet(S)Z", USER_ACTIVITY)


def test_is_prioritized(running: Vm, entry: Any, other: JavaObject) -> None:
    ask = "isPrioritizedProactiveHandlerAvailableEventSet()Z"
    entry.set_events([123])
    assert call(running, "uicc/toolkit/ToolkitRegistrySystem", ask) == 0


@pytest.mark.parametrize("name", ["uicc/toolkit/TerminalProfile", "sim/toolkit/MEProfile"])
class TestProfile:
    """Facilities are numbered from the lowest bit of the first byte on."""

    def ask(self, vm: Vm, name: str, signature: str, *words: Any) -> Any:
        return call(vm, name, signature, *words)

    def exception(self, name: str) -> str:
        return UICC if name.startswith("uicc") else SIM

    def test_without(self, running: Vm, toolkit: Toolkit, name: str) -> None:
        array = byte_array(running, 4)
        for signature, words in (
            ("check(B)Z", (-1,)), ("check(S)Z", (-1,)), ("check([BSS)Z", (array, 0, 4)), ("getValue(SS)S", (-1, 0)),
            ("copy(S[BSS)S", (-1, array, 0, 4)),
        ):  # fmt: skip
            with throws(self.exception(name), 9):
                self.ask(running, name, signature, *words)

    def test_with(self, running: Vm, toolkit: Toolkit, name: str) -> None:
        toolkit.terminal_profile(bytes.fromhex("010300804512"))
        assert [self.ask(running, name, "check(B)Z", index) for index in (0, 1, 8, 9, 31, 127)] == [1, 0, 1, 1, 1, 0]
        assert self.ask(running, name, "check(S)Z", 31) and not self.ask(running, name, "check(S)Z", 32767)
        assert self.ask(running, name, "getValue(SS)S", 9, 8) == 3
        assert self.ask(running, name, "getValue(SS)S", 47, 32) == 0x1245
        assert self.ask(running, name, "getValue(SS)S", 31, 16) == -0x8000
        assert self.ask(running, name, "getValue(SS)S", 32767, 32760) == 0
        array = byte_array(running, "ff" * 6)
        assert self.ask(running, name, "copy(S[BSS)S", 4, array, 1, 4) == 5
        assert array.data.tobytes().hex() == "ff45120000ff"
        for mask, wanted in (("0102", 1), ("03", 0), ("", 1), ("01030080451200", 1), ("01030080451201", 0)):
            array = byte_array(running, mask)
            assert self.ask(running, name, "check([BSS)Z", array, 0, len(mask) // 2) == wanted

    def test_arguments(self, running: Vm, toolkit: Toolkit, name: str) -> None:
        toolkit.terminal_profile(b"\xff" * 8)
        array = byte_array(running, 4)
        for words in ((16, 0), (3, 4), (-1, -1), (0, -1), (-1, 0)):
            with throws(self.exception(name), 14):
                self.ask(running, name, "getValue(SS)S", *words)
        for signature in ("check(B)Z", "check(S)Z"):
            with throws(self.exception(name), 14):
                self.ask(running, name, signature, -1)
        with throws(self.exception(name), 14):
            self.ask(running, name, "copy(S[BSS)S", -1, array, 0, 4)
        for signature, before in (("copy(S[BSS)S", (0,)), ("check([BSS)Z", ())):
            with throws("NullPointerException"):
                self.ask(running, name, signature, *before, None, 0, 1)
            for offset, length in ((-1, 1), (0, -1), (0, 5), (4, 1)):
                with throws("ArrayIndexOutOfBoundsException"):
                    self.ask(running, name, signature, *before, array, offset, length)
