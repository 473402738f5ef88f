"""What the slots tell, folded into what a screen shows of them. Pure: no clock, no process, no database.

Whatever events come, in whatever order, the counters stay consistent: the run's numbers are the sums of the slots'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from simtool.station.bench.bench import Bench, SlotSpec
from simtool.station.events import CardDone, End, Event, Noted, Phase, Progressed, SlotChanged
from simtool.station.view import SlotHealth, SlotView

MOST_LAST = 12
MOST_NOTES = 50
MOST_TIMES = 99
MOST_UNFINISHED = 1000
BUSY = frozenset((Phase.READING, Phase.PROGRAMMING, Phase.VERIFYING))
"""Phases in which the worker itself has something to do, so that it ought to be heard of."""
WITH_CARD = BUSY | {Phase.SCAN, Phase.RESEAT}
"""Phases in which a card's visit has begun and not ended."""
_OVER = frozenset((Phase.GOOD, Phase.REJECT, Phase.REMOVE))
_BAD = frozenset((End.REJECTED, End.QUARANTINED))


@dataclass(frozen=True, slots=True)
class SlotBoard:
    """A slot's view, and how long its last good cards took (seconds)."""

    view: SlotView
    times: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """All slots in the order of the bench, and this run's numbers. `last` and `notes` have the newest first.

    `rejected` counts quarantined cards too. `unfinished` are the ICCIDs of cards whose visit broke off and that did not
    come back yet, so far as this run knows their numbers.
    """

    slots: tuple[SlotBoard, ...]
    last: tuple[CardDone, ...] = ()
    notes: tuple[str, ...] = ()
    good: int = 0
    rejected: int = 0
    untouched: int = 0
    unfinished: tuple[str, ...] = ()

    def slot(self, name: str) -> SlotBoard | None:
        return next((slot for slot in self.slots if slot.view.name == name), None)


def empty_board(bench: Bench, at: float) -> Board:
    """A bench before anything was heard of its slots."""
    return Board(tuple(SlotBoard(_empty(spec, at)) for spec in bench.slots))


def fold(board: Board, event: Event) -> Board:
    """The board after one more event. One of a slot that the bench does not have changes nothing but the notes."""
    if isinstance(event, Noted):
        return noted(board, event.text, slot=event.slot)
    slot = board.slot(event.slot)
    if slot is None:
        return noted(board, f"something was told of slot {event.slot!r}, which this bench does not have")
    match event:
        case SlotChanged():
            return _with(board, replace(slot, view=_changed(slot.view, event)))
        case Progressed():
            total = max(0, event.total)
            view = replace(slot.view, done=min(max(0, event.done), total), total=total)
            return _with(board, replace(slot, view=view))
        case CardDone():
            return _done(_with(board, _card_done(slot, event)), event)


def broke_off(board: Board, slot: str, event: SlotChanged) -> Board:
    """The board when a slot's worker died: a card that it had at work is unfinished."""
    before = board.slot(slot)
    begun = WITH_CARD - {Phase.READING}  # while it is read it has the number it came with, and nothing is written
    if before is not None and before.view.phase in begun and before.view.iccid:
        board = replace(board, unfinished=_more_unfinished(board, before.view.iccid))
    return fold(board, event)


def with_restarts(board: Board, slot: str, restarts: int) -> Board:
    """The board when a slot's worker was started again."""
    found = board.slot(slot)
    if found is None:
        return board
    health = replace(found.view.health, restarts=restarts)
    return _with(board, replace(found, view=replace(found.view, health=health)))


def noted(board: Board, text: str, *, slot: str = "") -> Board:
    """The board with one more line; the same line twice in a row stands once."""
    line = f"slot {slot}: {text}" if slot else text
    if board.notes[:1] == (line,):
        return board
    return replace(board, notes=(line, *board.notes)[:MOST_NOTES])


def _empty(spec: SlotSpec, at: float) -> SlotView:
    reader = spec.reader.name or spec.reader.serial or spec.reader.port
    return SlotView(spec.name, spec.row, spec.column, reader, Phase.STARTING, at)


def _with(board: Board, slot: SlotBoard) -> Board:
    slots = tuple(slot if one.view.name == slot.view.name else one for one in board.slots)
    return replace(board, slots=slots)


def _changed(view: SlotView, event: SlotChanged) -> SlotView:
    """ICCID and product stay while the same card is at work, though an event may not repeat them."""
    same_phase = view.phase is event.phase
    new_card = view.phase in _OVER and event.phase in WITH_CARD
    stays = event.phase in WITH_CARD | _OVER | {Phase.ATTENTION} and not new_card
    return replace(
        view,
        phase=event.phase,
        since=view.since if same_phase else event.at,
        message=event.message,
        hint=event.hint,
        iccid=event.iccid or (view.iccid if stays else ""),
        product=event.product or (view.product if stays else ""),
        done=view.done if same_phase else 0,
        total=view.total if same_phase else 0,
        for_supervisor=event.for_supervisor,
    )


def _card_done(slot: SlotBoard, event: CardDone) -> SlotBoard:
    health, times = slot.view.health, slot.times
    if event.end is End.GOOD:
        times = (*times, event.busy)[-MOST_TIMES:]
        health = replace(health, good=health.good + 1, rejects_in_a_row=0, seconds=median(times))
    elif event.end in _BAD:
        health = replace(health, rejected=health.rejected + 1, rejects_in_a_row=health.rejects_in_a_row + 1)
    health = _with_faults(health, event)
    return SlotBoard(replace(slot.view, health=health), times)


def _with_faults(health: SlotHealth, event: CardDone) -> SlotHealth:
    return replace(
        health,
        repowered=health.repowered + max(0, event.repowered),
        reseated=health.reseated + max(0, event.reseated),
    )


def _done(board: Board, event: CardDone) -> Board:
    unfinished = board.unfinished
    if event.end is End.UNFINISHED:
        unfinished = _more_unfinished(board, event.iccid)
    elif event.end is not End.UNTOUCHED:
        unfinished = tuple(one for one in unfinished if one != event.iccid)
    return replace(
        board,
        last=(event, *board.last)[:MOST_LAST],
        good=board.good + (event.end is End.GOOD),
        rejected=board.rejected + (event.end in _BAD),
        untouched=board.untouched + (event.end is End.UNTOUCHED),
        unfinished=unfinished,
    )


def _more_unfinished(board: Board, iccid: str) -> tuple[str, ...]:
    others = tuple(one for one in board.unfinished if one != iccid)
    return (*others, iccid)[-MOST_UNFINISHED:] if iccid else board.unfinished
