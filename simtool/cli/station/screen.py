"""The station's screen in a terminal: a `BenchView` drawn with rich. Draws only; keys are `station.keys`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich import box
from rich.align import Align
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simtool.perso.preview.fit import shown
from simtool.station.events import CardDone, End, Phase
from simtool.station.view import BenchView, SlotView

HELP = (
    ("digits Enter", "scan of a printed ICCID (a scanner types that itself)"),
    ("p", "pause: no further card is begun"),
    ("r", "resume; after a stop a supervisor has to agree"),
    ("a", "acknowledge what a slot in ATTENTION shows"),
    ("3p 3r 3a", "the same for slot 3 alone"),
    ("q", "end after the cards at hand; Ctrl-C twice ends at once"),
    ("Esc", "forget what was typed"),
)
LARGE, SMALL = 8, 5
_HEAD, _COUNTS, _FOOT = 2, 3, 1
_NARROW = 100
_TAIL = 9


@dataclass(frozen=True, slots=True)
class Look:
    """How a phase looks: the word that is read from two metres, and its colours."""

    word: str
    style: str


LOOKS = {
    Phase.STARTING: Look("STARTING", "white on grey30"),
    Phase.OFFLINE: Look("OFFLINE", "bold white on magenta"),
    Phase.INSERT: Look("INSERT CARD", "bold white on blue"),
    Phase.READING: Look("BUSY · reading", "black on yellow"),
    Phase.PROGRAMMING: Look("BUSY · programming", "black on yellow"),
    Phase.VERIFYING: Look("BUSY · verifying", "black on yellow"),
    Phase.SCAN: Look("SCAN", "bold black on cyan"),
    Phase.GOOD: Look("GOOD · take it out", "bold white on green"),
    Phase.REJECT: Look("REJECT · reject box", "bold white on red"),
    Phase.REMOVE: Look("REMOVE · take it out", "bold black on bright_white"),
    Phase.RESEAT: Look("RESEAT · in again", "bold black on dark_orange"),
    Phase.ATTENTION: Look("ATTENTION", "bold white on dark_red"),
    Phase.PAUSED: Look("PAUSED", "white on grey30"),
    Phase.STOPPED: Look("STOPPED", "bold white on dark_red"),
    Phase.ENDED: Look("ENDED", "white on grey15"),
}
_NEEDS = frozenset((Phase.ATTENTION, Phase.STOPPED, Phase.RESEAT, Phase.OFFLINE, Phase.REJECT))
_ENDS = {
    End.GOOD: Look("good", "green"),
    End.REJECTED: Look("REJECTED", "bold red"),
    End.QUARANTINED: Look("QUARANTINED", "bold magenta"),
    End.UNTOUCHED: Look("not touched", "white"),
    End.UNFINISHED: Look("UNFINISHED", "bold yellow"),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The last line: a question, what was typed so far, a word on what was done; and whether help is up."""

    question: str = ""
    typed: str = ""
    said: str = ""
    helping: bool = False


def screen(view: BenchView, prompt: Prompt, width: int, height: int) -> RenderableType:
    """The whole screen, for a terminal of that many columns and lines."""
    rows = max((slot.row for slot in view.slots), default=1)
    banner = _banner(view)
    parts = [Layout(_head(view), size=_HEAD)]
    if banner is not None:
        parts.append(Layout(banner, size=1))
    room = height - _HEAD - _COUNTS - _FOOT - (banner is not None)
    tall = LARGE if rows * LARGE <= room - SMALL else SMALL
    foot = [Layout(_counts(view), size=_COUNTS), Layout(_foot(prompt), size=_FOOT)]
    if prompt.helping:
        parts.append(Layout(_help(), ratio=1))
    elif rows * tall <= room:
        news = _news(view, room - rows * tall, narrow=width < _NARROW)
        parts += [Layout(_table(view, rows, tall), size=rows * tall), Layout(news, ratio=1)]
    else:
        parts.append(Layout(_list(view), ratio=1))
        foot = foot if len(view.slots) <= room else foot[1:]
    layout = Layout()
    layout.split_column(*parts, *foot)
    return layout


def duration(seconds: float | None) -> str:
    """A time for people: 42 s, 12 min, 3 h 05 min; – where it is not known."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def _head(view: BenchView) -> RenderableType:
    left = Text.assemble(
        ("simtool station ", "dim"), (shown(view.station), "bold"), ("   batch ", "dim"), (shown(view.batch), "bold"),
        ("   for ", "dim"), shown(view.customer or "–"), ("   operator ", "dim"), shown(view.operator or "nobody"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    line = Table.grid(expand=True)
    line.add_column(ratio=1)
    line.add_column(justify="right")
    line.add_row(left, Text(time.strftime("%H:%M:%S", time.localtime(view.at)), "dim"))
    count = view.counters
    bar = ProgressBar(total=max(1, count.quantity), completed=min(count.good, count.quantity), complete_style="green")
    below = Table.grid(expand=True, padding=(0, 1))
    below.add_column(ratio=1)
    below.add_column(justify="right")
    below.add_row(bar, Text(f"{count.good} of {count.quantity} good", "bold"))
    return Group(line, below)


def _banner(view: BenchView) -> RenderableType | None:
    """One loud line over everything where the whole bench is concerned."""
    if view.stopped:
        return Align.center(_line(f" STOPPED: {view.stopped} ", "bold white on dark_red"))
    if view.complete:
        return Align.center(_line(" BATCH COMPLETE ", "bold white on green"))
    if view.paused:
        return Align.center(_line(" PAUSED: no further card is begun ", "bold black on yellow"))
    return None


def _table(view: BenchView, rows: int, tall: int) -> RenderableType:
    """The slots where they stand on the table."""
    columns = max(slot.column for slot in view.slots)
    places = {(slot.row, slot.column): slot for slot in view.slots}
    grid = Table.grid(expand=True)
    for _ in range(columns):
        grid.add_column(ratio=1)
    for row in range(1, rows + 1):
        found = [places.get((row, column)) for column in range(1, columns + 1)]
        grid.add_row(*("" if slot is None else _slot(slot, tall) for slot in found))
    return grid


def _slot(slot: SlotView, tall: int) -> RenderableType:
    """The word that tells all as a bar of colour, which card it is, how far, and what is to be done."""
    look = LOOKS[slot.phase]
    word = Table.grid(expand=True)
    word.add_row(Text(f" {look.word}", no_wrap=True, overflow="ellipsis"), style=look.style)
    said = " – ".join(part for part in (slot.message, slot.hint) if part)
    lines: list[RenderableType] = [word, _number(slot)]
    if tall >= LARGE:
        lines.append(_progress(slot) if slot.total > 0 else _own_numbers(slot))
        if slot.health.verdict and slot.total <= 0:
            said = f"{said}\n{slot.health.verdict}" if said else slot.health.verdict
    for part in said.split("\n"):
        lines.append(Text(shown(part), "bold") if tall >= LARGE else _line(part, "bold"))
    return Panel(
        Group(*lines),
        title=Text(f" {shown(slot.name)} ", "bold default"),
        title_align="left",
        height=tall,
        box=box.HEAVY,
        border_style=look.style.split(" on ")[-1],
        padding=(0, 1),
    )


def _number(slot: SlotView) -> RenderableType:
    """The ICCID's end is what tells cards apart; the product as far as there is room."""
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(no_wrap=True)
    line.add_column(ratio=1, no_wrap=True)
    line.add_row(_tail(slot.iccid), _line(slot.product, "dim"))
    return line


def _tail(iccid: str) -> Text:
    return Text(f"…{shown(iccid)[-_TAIL:]}" if len(iccid) > _TAIL else shown(iccid))


def _progress(slot: SlotView) -> RenderableType:
    line = Table.grid(expand=True)  # a bar by itself ends no line
    line.add_row(ProgressBar(total=slot.total, completed=slot.done, complete_style="yellow"))
    return line


def _own_numbers(slot: SlotView) -> Text:
    health = slot.health
    parts = [f"{health.good} good"]
    if health.rejected:
        parts.append(f"{health.rejected} rejected")
    if health.seconds:
        parts.append(f"{health.seconds:.1f} s")
    return _line(", ".join(parts) if health.good or health.rejected else "", "dim")


def _list(view: BenchView) -> RenderableType:
    """A line per slot, where the terminal is too small for the table."""
    table = Table(box=None, expand=True, show_header=False, padding=(0, 1))
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for slot in view.slots:
        look = LOOKS[slot.phase]
        said = " · ".join(part for part in (slot.iccid, slot.message, slot.hint or slot.health.verdict) if part)
        table.add_row(Text(shown(slot.name), "bold"), Text(f" {look.word} ", look.style), _line(said, "white"))
    return table


def _news(view: BenchView, lines: int, *, narrow: bool) -> RenderableType:
    """The last cards, and beside them what was noted."""
    cards = Table.grid(padding=(0, 1))
    for _ in range(4):
        cards.add_column(no_wrap=True)
    for card in view.last[: max(0, lines - 1)]:
        cards.add_row(*_card(card, narrow=narrow))
    notes = Table.grid()
    if narrow:  # their part of the table has no room for a sentence
        for slot in view.slots:
            if slot.phase in _NEEDS and (slot.message or slot.hint):
                said = " – ".join(part for part in (slot.message, slot.hint) if part)
                notes.add_row(Text(shown(f"slot {slot.name}: {said}"), "bold"))
    for note in view.notes[: max(0, lines - 1)]:
        notes.add_row(_line(note, "white"))
    both = Table.grid(expand=True, padding=(0, 2))
    both.add_column(ratio=1)
    both.add_column(ratio=1)
    both.add_row(Group(Text("last cards", "dim"), cards), Group(Text("notes", "dim"), notes))
    return both


def _card(card: CardDone, *, narrow: bool) -> tuple[RenderableType, ...]:
    look = _ENDS[card.end]
    what = card.cause or (f"{card.busy:.1f} s" if card.busy else "")
    number = _tail(card.iccid) if narrow else Text(shown(card.iccid))
    at = [] if narrow else [Text(time.strftime("%H:%M:%S", time.localtime(card.at)), "dim")]
    return *at, Text(shown(card.slot), "bold"), Text(look.word, look.style), number, _line(what, "white")


def _counts(view: BenchView) -> RenderableType:
    count, pace = view.counters, view.pace
    batch = Text.assemble(
        ("batch  ", "dim"), (f"{count.good} good", "green"), "  ", (f"{count.rejected} rejected", "red"), "  ",
        (f"{count.quarantined} quarantined", "magenta"), f"  {count.spare} spare  {count.open} open",
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    run = Text.assemble(
        ("run    ", "dim"), (f"{count.run_good} good", "green"), "  ", (f"{count.run_rejected} rejected", "red"),
        f"  {count.run_untouched} not touched", no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    speed = Text.assemble(
        ("pace   ", "dim"), (f"{pace.per_hour:.0f} cards/h", "bold"), f"  yield {pace.yield_ * 100:.1f} %  ready in ",
        (duration(pace.eta_seconds), "bold"), no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    return Group(batch, run, speed)


def _foot(prompt: Prompt) -> RenderableType:
    if prompt.question:
        return _line(f"{prompt.question} {prompt.typed}▏", "bold black on white")
    if prompt.typed:
        return _line(f"typed: {prompt.typed}▏", "bold")
    keys = "p pause  r resume  a acknowledge  q end  ? help"
    return _line(f"{prompt.said}   {keys}" if prompt.said else keys, "dim" if not prompt.said else "bold")


def _help() -> RenderableType:
    table = Table(title="keys", box=box.SIMPLE, show_header=False)
    for keys, what in HELP:
        table.add_row(Text(keys, "bold"), what)
    return Align.center(table, vertical="middle")


def _line(text: str, style: str) -> Text:
    return Text(shown(text), style, no_wrap=True, overflow="ellipsis")
