"""The terminal's screen, drawn from views as a terminal of several sizes shows it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from simtool.cli.station.screen import LOOKS, Prompt, duration, screen
from simtool.station.events import CardDone, End, Phase
from simtool.station.view import BenchView, Counters, Pace, SlotHealth, SlotView

ICCID = "8949440000001155312"


def slot(number: int, phase: Phase, **more: object) -> SlotView:
    row, column = divmod(number - 1, 4)
    return SlotView(str(number), row + 1, column + 1, f"Bench {number}", phase, 0.0, **more)  # type: ignore[arg-type]


VIEW = BenchView(
    number=1, at=0.0, station="north", batch="spring26", customer="ACME", operator="Ada",
    slots=(
        slot(1, Phase.INSERT),
        slot(2, Phase.PROGRAMMING, iccid=ICCID, product="SJA5", message="writing EF.IMSI", done=5, total=9),
        slot(3, Phase.ATTENTION, message="[red]no[/red] card \x1b[2J of this batch", hint="take it out"),
        slot(4, Phase.REJECT, health=SlotHealth(1, 3, 3, verdict="many contact faults: clean it")),
        slot(5, Phase.OFFLINE), slot(6, Phase.GOOD), slot(7, Phase.SCAN), slot(8, Phase.RESEAT),
    ),
    counters=Counters(500, 515, 123, 4, 1, 11, 377, 110, 4, 2),
    pace=Pace(612.4, 0.965, 2216),
    last=(CardDone("4", 0.0, End.REJECTED, ICCID, cause="mute"),),
    notes=("slot 4: look at me",),
)  # fmt: skip


def drawn(view: BenchView, width: int = 120, height: int = 40, prompt: Prompt | None = None) -> list[str]:
    """The lines that a terminal of that size shows."""
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, force_terminal=True, color_system=None)
    console.print(screen(view, prompt or Prompt(), width, height), height=height, end="")
    lines = file.getvalue().splitlines()
    assert len(lines) <= height
    return lines


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 14), (40, 10), (200, 60)], ids=str)
def test_it_fits_and_tells_what_counts(size: tuple[int, int]) -> None:
    lines = drawn(VIEW, *size)
    text = "\n".join(lines)
    assert "INSERT CARD" in text and "ATTENTION" in text and "123 of 500 good" in text
    assert all(len(line) <= size[0] for line in lines)


def test_slots_stand_where_they_stand_on_the_table() -> None:
    lines = drawn(VIEW)
    (upper,) = [line for line in lines if "INSERT CARD" in line]
    (lower,) = [line for line in lines if "OFFLINE" in line]
    assert upper.index("INSERT") < upper.index("BUSY") < upper.index("ATTENTION") < upper.index("REJECT")
    assert upper.index("INSERT") == lower.index("OFFLINE")


def test_everything_is_said() -> None:
    text = "\n".join(drawn(VIEW))
    for word in (
        "ACME", "Ada", "spring26", "north", "612 cards/h", "96.5 %", "37 min", "mute", "look at me", "4 rejected",
        "…001155312", "writing EF.IMSI", "many contact faults", "377 open", "2 not touched",
    ):  # fmt: skip
        assert word in text, word


def test_text_from_elsewhere_commands_nothing() -> None:
    text = "\n".join(drawn(VIEW))
    assert "[red]no[/red] card" in text and "\x1b[2J" not in text


def test_a_small_screen_tells_in_full_who_needs_somebody() -> None:
    text = " ".join(line[40:].strip() for line in drawn(VIEW, 80, 24))
    assert "slot 3: [red]no[/red] card [2J of this batch – take it out" in " ".join(text.split())


def test_every_phase_has_a_look() -> None:
    assert set(LOOKS) == set(Phase)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stopped": "5 cards in a row"}, "STOPPED: 5 cards in a row"),
        ({"paused": True}, "PAUSED"),
        ({"complete": True}, "BATCH COMPLETE"),
        ({"stopped": "why", "complete": True}, "STOPPED: why"),
    ],
)
def test_the_banner(change: dict[str, object], words: str) -> None:
    assert any(words in line for line in drawn(replace(VIEW, **change), 80, 24))  # type: ignore[arg-type]


def test_the_last_line() -> None:
    assert "PIN of Eve: ••••" in drawn(VIEW, prompt=Prompt(question="PIN of Eve:", typed="••••"))[-1]
    assert "typed: 8949" in drawn(VIEW, prompt=Prompt(typed="8949"))[-1]
    assert "slot 2 pauses" in drawn(VIEW, prompt=Prompt(said="slot 2 pauses"))[-1]
    assert "acknowledge what" in "\n".join(drawn(VIEW, prompt=Prompt(helping=True)))


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (42, "42 s"), (720, "12 min"), (11100, "3 h 05 min")])
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
