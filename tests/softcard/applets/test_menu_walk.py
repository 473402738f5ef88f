"""The small toolkit applet on a phone: its menu, a selection, a short message, a timer, a power cycle, lost power."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.card.handset.walk import Walk
from simtool.errors import CardRemovedError
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.harness.gp_host import Host
from tests.softcard.applets.conftest import ISD, desk_on
from tests.softcard.applets.menu_applet import INSTANCE, MENU, PARAMETERS, SIM_INSTANCE, SIM_MENU, SIM_PARAMETERS
from tests.softcard.applets.phone_desk import MENU_WALK, card_of, new_desk, walk

COUNT = """
  - choose: Count
  - expect: {kind: text}
  - press: ok
  - expect: {kind: idle, keys: menu}
"""


def with_menu(state: Path | None = None) -> SoftCard:
    """A card with the applet."""
    desk = new_desk(state)
    assert desk.load(MENU) == "9000"
    assert desk.install(MENU, INSTANCE, parameters=PARAMETERS.hex()) == "9000"
    return desk.card


def count_on(card: SoftCard) -> int:
    """How often "Count" was chosen before: it is chosen once more."""
    report = walk(card, COUNT)
    assert report.passed, report
    return int(report.results[1].screen.lines[0].removesuffix(" times")) - 1


def test_the_whole_walk() -> None:
    report = walk(with_menu(), Walk.load(MENU_WALK))
    assert report.passed, report


def test_the_whole_walk_with_the_older_api() -> None:
    """TS 43.019: the same applet for `sim.toolkit`."""
    desk = new_desk()
    assert desk.load(SIM_MENU) == "9000"
    assert desk.install(SIM_MENU, SIM_INSTANCE, parameters=SIM_PARAMETERS.hex()) == "9000"
    report = walk(desk.card, Walk.load(MENU_WALK))
    assert report.passed, report


def test_the_state_file_has_menu_and_count(kept: Path) -> None:
    """The card is taken from its file again after the installation and after each walk."""
    with_menu(kept).close()
    for expected in range(3):
        card = card_of(kept)
        assert count_on(card) == expected
        card.close()


def test_torn_at_every_write_of_a_selection(kept: Path) -> None:
    """The count is the old or the new one, wherever power is lost, and menu and applet are as they were."""
    with_menu(kept).close()
    told, torn_at, done = 0, 0, False
    for at in range(1, 40):
        card = card_of(kept)
        try:
            done = walk(card, COUNT, faults=[Fault(Kind.TEAR_APPLET, at)]).passed
        except CardRemovedError:
            torn_at = at
        card.close()
        card = card_of(kept)
        now = count_on(card)
        card.close()
        assert now in (told, told + 1)
        told = now + 1
        if done:
            break
    assert done and torn_at >= 2  # the text's digit and the count, at least


@pytest.mark.parametrize("kind", [Kind.TEAR_APPLET, Kind.TEAR_DURING])
def test_torn_anywhere_in_the_walk(kept: Path, kind: Kind) -> None:
    """At each write of the applet, at each command: the card is in order afterwards, the count one that was shown."""
    for at in range(1, 100):
        kept.unlink(missing_ok=True)
        with_menu(kept).close()
        card = card_of(kept)
        try:
            report = walk(card, Walk.load(MENU_WALK), faults=[Fault(kind, at)])
        except CardRemovedError:
            report = None
        card.close()
        if report is not None:
            assert report.passed, report
            break
        card = card_of(kept)
        assert count_on(card) in range(4)
        card.close()
    assert report is not None and at > 5


def test_torn_while_the_text_is_on_the_screen(kept: Path) -> None:
    """A run that waits for the terminal is not resumed after a reset (TS 102 241 §6.7); what it wrote before stays."""
    card = with_menu(kept)
    report = walk(card, "  - choose: Count\n  - expect: {kind: text, lines: [1 times]}\n  - power_cycle\n" + COUNT)
    assert report.passed, report
    assert [one.screen.lines for one in report.results if one.screen.kind.value == "text"][-1] == ("2 times",)
    card.close()


def test_torn_at_every_write_of_the_installation(kept: Path) -> None:
    """Nothing of the instance stays, not its menu entries, timer or TAR either; it can be installed again."""
    desk = new_desk(kept)
    assert desk.load(MENU) == "9000"
    desk.card.close()
    for at in range(1, 40):
        card = card_of(kept)
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, at)])
        faulty.power_on()
        host = Host(faulty).open(ISD)
        try:
            answer = host.install(MENU.package_aid, MENU.applets[0], INSTANCE, parameters=PARAMETERS.hex())
        except CardRemovedError:
            answer = ""
        card.close()
        if answer:
            break
        card = card_of(kept)
        assert walk(card, "  - expect: {kind: idle, keys: []}\n  - expect_none: [sms]\n").results[0].screen.keys == ()
        card.close()
    assert answer == "9000" and at > 3
    card = card_of(kept)
    assert walk(card, Walk.load(MENU_WALK)).passed
    card.close()


def test_deleted_and_installed_again(kept: Path) -> None:
    """A deleted applet takes its menu entries along; installed again, it begins anew."""
    card = with_menu(kept)
    assert count_on(card) == 0
    desk = desk_on(card)
    desk.open()
    assert desk.host.delete(INSTANCE) == "9000"
    assert walk(card, "  - expect: {kind: idle}\n").results[0].screen.keys == ()
    desk.again()
    assert desk.install(MENU, INSTANCE, parameters=PARAMETERS.hex()) == "9000"
    assert count_on(card) == 0
    card.close()
