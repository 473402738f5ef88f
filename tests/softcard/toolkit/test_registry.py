"""Entries of the toolkit registry: what may be registered, limits, and that they stay (TS 102 241 annex A)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.codec import tlv
from simtool.files.product import CardModel
from simtool.softcard import status as sw
from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm.platform.toolkit import MenuText, Refusal, RegistryRefused
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import EXCLUSIVE, NEEDS_TAR, SUPPORTED, Event
from simtool.softcard.toolkit.installed import ToolkitParameters
from tests.softcard.toolkit.conftest import Bench

BY_OTHER_MEANS = (7, 8, 11, 19, 27)
TEXT = MenuText(b"x", 0, False, 0, 0)


def refused(reason: Refusal, what: Callable[[], object]) -> None:
    with pytest.raises(RegistryRefused) as caught:
        what()
    assert caught.value.reason is reason


@pytest.mark.parametrize("event", sorted(SUPPORTED))
def test_each_event(bench: Bench, event: int) -> None:
    """Set, told, cleared; those with a means of their own are not allowed (setEvent, clearEvent)."""
    entry = bench.install("a", tars=("b00001",))
    if event in (*BY_OTHER_MEANS, Event.EXTERNAL_FILE_UPDATE):
        refused(Refusal.EVENT_NOT_ALLOWED, lambda: entry.set_events([event]))
        if event == Event.EXTERNAL_FILE_UPDATE:
            entry.clear_event(event)
        else:
            refused(Refusal.EVENT_NOT_ALLOWED, lambda: entry.clear_event(event))
        assert not entry.is_event_set(event)
        return
    entry.set_events([event])
    entry.set_events([event])
    assert entry.is_event_set(event)
    entry.clear_event(event)
    assert not entry.is_event_set(event)


@pytest.mark.parametrize("event", [0, 30, 38, 118, 132, -2, 32767, -32768])
def test_unknown_events(bench: Bench, event: int) -> None:
    entry = bench.install("a")
    refused(Refusal.EVENT_NOT_SUPPORTED, lambda: entry.set_events([event]))
    entry.clear_event(event)
    assert not entry.is_event_set(event)


@pytest.mark.parametrize("event", [25, 27, 36, 119, 123, 124, 126])
def test_sim_toolkit_knows_fewer(bench: Bench, event: int) -> None:
    entry = bench.install("a")
    refused(Refusal.EVENT_NOT_SUPPORTED, lambda: entry.set_events([event], gsm=True))
    entry.set_events([Event.FIRST_COMMAND_AFTER_ATR, Event.UNRECOGNIZED_ENVELOPE], gsm=True)


@pytest.mark.parametrize("event", sorted(EXCLUSIVE))
def test_one_applet_only(bench: Bench, event: int) -> None:
    one, two = bench.install("a"), bench.install("b")
    one.set_events([event])
    one.set_events([event])
    refused(Refusal.EVENT_ALREADY_REGISTERED, lambda: two.set_events([event]))
    one.clear_event(event)
    two.set_events([event])


@pytest.mark.parametrize("event", sorted(NEEDS_TAR))
def test_events_that_need_a_tar(bench: Bench, event: int) -> None:
    entry = bench.install("a")
    refused(Refusal.TAR_NOT_DEFINED, lambda: entry.set_events([event]))


def test_a_list_is_all_or_nothing(bench: Bench) -> None:
    entry = bench.install("a")
    refused(Refusal.EVENT_NOT_ALLOWED, lambda: entry.set_events([Event.USER_ACTIVITY, Event.TIMER_EXPIRATION]))
    assert not entry.is_event_set(Event.USER_ACTIVITY)
    entry.set_events([])


def test_menu_entries(bench: Bench) -> None:
    entry = bench.install("a", menu=((0, 3), (0, 4)), text_length=2)
    refused(Refusal.MENU_ENTRY_NOT_FOUND, lambda: entry.change_menu_entry(3, TEXT))
    refused(Refusal.ALLOWED_LENGTH_EXCEEDED, lambda: entry.init_menu_entry(MenuText(b"abc", 0, False, 0, 0)))
    assert not entry.is_event_set(Event.MENU_SELECTION)
    assert [entry.init_menu_entry(TEXT), entry.init_menu_entry(TEXT)] == [3, 4]
    assert entry.is_event_set(Event.MENU_SELECTION)
    refused(Refusal.REGISTRY_ERROR, lambda: entry.init_menu_entry(TEXT))
    refused(Refusal.ALLOWED_LENGTH_EXCEEDED, lambda: entry.change_menu_entry(3, MenuText(b"abc", 0, True, 0, 0)))
    for what in (
        lambda: entry.enable_menu_entry(5, True), lambda: entry.has_menu_entry(0),
        lambda: entry.set_menu_attribute(5, bytes(4)), lambda: entry.change_menu_entry(1, TEXT),
    ):  # fmt: skip
        refused(Refusal.MENU_ENTRY_NOT_FOUND, what)
    assert not entry.is_event_set(Event.MENU_SELECTION_HELP_REQUEST)
    entry.change_menu_entry(3, MenuText(b"ab", 0, True, 0, 0))
    assert entry.is_event_set(Event.MENU_SELECTION_HELP_REQUEST)


def test_timers(bench: Bench) -> None:
    """Eight on the card, so many to an applet as its parameters say; the expiration goes to who has it."""
    one, two, none = bench.install("a", timers=8), bench.install("b", timers=3), bench.install("c")
    refused(Refusal.NO_TIMER_AVAILABLE, none.allocate_timer)
    assert [two.allocate_timer() for _ in range(3)] == [1, 2, 3]
    refused(Refusal.NO_TIMER_AVAILABLE, two.allocate_timer)
    assert [one.allocate_timer() for _ in range(5)] == [4, 5, 6, 7, 8]
    refused(Refusal.NO_TIMER_AVAILABLE, one.allocate_timer)
    for timer in (1, 0, 9, -1):
        refused(Refusal.INVALID_TIMER_ID, lambda timer=timer: one.release_timer(timer))  # type: ignore[misc]
    two.release_timer(2)
    assert one.allocate_timer() == 2
    assert one.is_event_set(Event.TIMER_EXPIRATION) and not none.is_event_set(Event.TIMER_EXPIRATION)


def test_services(bench: Bench) -> None:
    one, two = bench.install("a", services=8), bench.install("b", services=1)
    assert two.allocate_service() == 0
    refused(Refusal.NO_SERVICE_ID_AVAILABLE, two.allocate_service)
    assert [one.allocate_service() for _ in range(7)] == [1, 2, 3, 4, 5, 6, 7]
    refused(Refusal.NO_SERVICE_ID_AVAILABLE, one.allocate_service)
    refused(Refusal.INVALID_SERVICE_ID, lambda: one.release_service(0))
    two.release_service(0)
    assert not two.is_event_set(Event.LOCAL_CONNECTION)


@pytest.mark.parametrize(("seconds", "fine"), [(15300, True), (15301, False), (0, True), (-1, True), (-2, False)])
def test_poll_interval(bench: Bench, seconds: int, fine: bool) -> None:
    entry = bench.install("a")
    if fine:
        entry.request_poll_interval(seconds)
        assert entry.is_event_set(Event.STATUS_COMMAND) == (seconds != 0)
    else:
        refused(Refusal.REGISTRY_ERROR, lambda: entry.request_poll_interval(seconds))


def filled(entry: Entry) -> None:
    entry.init_menu_entry(MenuText(b"ab", 0x21, True, 1, 7))
    entry.set_events([Event.USER_ACTIVITY, Event.UNRECOGNIZED_ENVELOPE])
    entry.allocate_timer()
    entry.allocate_service()
    entry.request_poll_interval(40)
    entry.watch_files(["MF/EF.ICCID"])
    entry.set_menu_attribute(3, b"\1\2\3\4")
    entry.enable_menu_entry(3, False)


def test_snapshots(bench: Bench) -> None:
    """What a transaction has changed is taken back as a whole."""
    entry = bench.install("a", menu=((0, 3),), text_length=2, timers=1, services=1)
    before = entry.save()
    snapshot = entry.snapshot()
    filled(entry)
    after = entry.save()
    assert after != before
    entry.restore(snapshot)
    assert entry.save() == before
    filled(entry)
    assert entry.save() == after


def test_entries_are_kept(small_model: CardModel, tmp_path: Path) -> None:
    """Over power cycles, with the state file; not of applets that are gone."""
    card = SoftCard.new(small_model, state=tmp_path / "state")
    bench = Bench(card)
    filled(bench.install("a", menu=((0, 3),), text_length=2, timers=1, services=1, priority=9, tars=("b00001",)))
    bench.install("c", menu=((1, 0),), text_length=2)
    bench.install("d")
    bench.toolkit.removed(b"d")
    bench.status()
    saved, order = bench.entry("a").save(), bench.toolkit.menu_identifiers()
    card.close()
    again = SoftCard.new(small_model, state=tmp_path / "state")
    entry = again.toolkit.entry(b"a")
    assert entry is not None and entry.save() == saved
    assert again.toolkit.entry(b"d") is None and again.toolkit.entry(b"c") is not None
    assert again.toolkit.menu_identifiers() == order == {3, 128}
    again.close()


def test_menu_identifiers_in_use(bench: Bench) -> None:
    """An installation that asks for one is refused (TS 102 226 §8.2.1.3.2.2), and leaves nothing."""
    bench.install("a", menu=((0, 3), (0, 0)))
    for menu in (((0, 3),), ((0, 4), (0, 3)), ((0, 4), (0, 128))):
        with pytest.raises(StatusFault) as caught:
            bench.install("b", menu=menu)
        assert caught.value.sw == sw.WRONG_DATA
        assert bench.toolkit.entry(b"b") is None
    assert bench.toolkit.menu_identifiers() == {3, 128}
    with pytest.raises(StatusFault):
        bench.install("c", menu=((0, 0),) * 128)


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("ea14 800c 01 00 0f 02 0101 0202 00 00 00 00 8104 00 0100 00", ToolkitParameters(1, 0, 15, ((1, 1), (2, 2)))),
        ("ea0e 800a ff 08 00 00 07 02 0102 00 08 8100", ToolkitParameters(255, 8, 0, (), 7, 8)),
        ("ea06 8004 04 01 02 00", ToolkitParameters(4, 1, 2, ())),
        ("ea06 8104 00 0100 00", None),
        ("ef0c ca0a 0100 01 00 15 01 0000 03 00", ToolkitParameters(1, 0, 0x15, ((0, 0),), 3)),
        ("ef04 c8020100", None),
        ("c900", None),
    ],
)
def test_install_parameters(parameters: str, wanted: ToolkitParameters | None) -> None:
    """TS 102 226 §8.2.1.3.2.2 in EA, TS 43.019 annex A in CA."""
    assert ToolkitParameters.of(tlv.parse(bytes.fromhex(parameters))) == wanted


def test_prioritized_proactive_handler_available(bench: Bench) -> None:
    for name, priority in (("a", 2), ("b", 2), ("c", 1), ("d", 3)):
        bench.install(name, priority=priority)
    bench.entry("a").set_events([Event.PROACTIVE_HANDLER_AVAILABLE])
    wanted = {"a": False, "b": True, "c": False, "d": True, "none": False}
    assert {name: bench.toolkit.prioritized_waits(name.encode()) for name in wanted} == wanted


def test_entries_in_a_transaction_are_kept_when_it_is_over(small_model: CardModel) -> None:
    """Power lost before finds the entry as it was (ToolkitRegistry: updates are part of transactions)."""
    open_: set[bytes] = set()
    bench = Bench(SoftCard.new(small_model))
    bench.toolkit.use(open_=lambda: open_)
    for name in "ab":
        bench.install(name).set_events([Event.USER_ACTIVITY])
    bench.status()
    open_.add(b"a")
    for name in "ab":
        bench.entry(name).set_events([Event.MT_CALL])
    bench.status()
    bench.card.power_loss()
    assert [bench.entry(name).is_event_set(Event.MT_CALL) for name in "ab"] == [False, True]
    bench.card.power_on()
    bench.entry("a").set_events([Event.MT_CALL])
    open_.clear()
    bench.status()
    bench.card.power_loss()
    assert bench.entry("a").is_event_set(Event.MT_CALL)
