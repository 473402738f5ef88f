"""A station without a screen: lines for people, or JSON lines both ways for robots and scripts.

With `--jsonl` every line on stdout is an object with `event`: changed, progress, card and note as the slots tell them
(`simtool.station.as_json`), view (the whole bench, after changes, a few times a second), answer (to an order), summary
(the last one). Every line on stdin is an order::

    {"order": "pause", "slot": "3", "text": "why"}       also: stop, resume, end; without slot the whole bench
    {"order": "scan", "text": "8949…"}                   slot: only if it is known
    {"order": "operator", "text": "Ada"}                 only where the inventory has no operators
    {"order": "resume", "slot": "3", "by": "Eve", "pin": "…"}    where a supervisor has to agree

Each is answered: {"event": "answer", "order": "scan", "slot": "3", "ok": true}, or with `ok` false and `why`. The end
of stdin ends nothing. When nobody reads stdout any more, the station ends after the cards at hand.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
import typing
from collections import deque
from typing import Any

from simtool.errors import InputError, SimtoolError

if typing.TYPE_CHECKING:
    from simtool.cli.station.login import Gatekeeper
    from simtool.cli.station.run import Stopper
    from simtool.station.events import CardDone, Event
    from simtool.station.run.station import Station
    from simtool.station.view import BenchView

TICK_SECONDS = 0.2
VIEW_SECONDS = 0.2
COUNT_SECONDS = 10.0
LONGEST_LINE = 4096


class _Mailbox:
    """Events from the station's threads, and a file descriptor that wakes up whoever waits for them."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        os.set_blocking(self.bell, False)

    def put(self, event: Event) -> None:
        self._events.append(event)
        try:
            os.write(self._ring, b"!")
        except BlockingIOError:
            return  # it rings already

    def take(self) -> list[Event]:
        try:
            while os.read(self.bell, 4096):
                pass
        except BlockingIOError:
            pass
        return [self._events.popleft() for _ in range(len(self._events))]


class _Out:
    """stdout, until nobody reads it any more."""

    def __init__(self) -> None:
        self.gone = False

    def line(self, text: str) -> None:
        if self.gone:
            return
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            self.gone = True


class PlainLines:
    """What happens, in lines for a person or a log: finished cards, slots that need somebody, notes, counters."""

    def __init__(self) -> None:
        self._mail = _Mailbox()
        self._out = _Out()

    def tell(self, event: Event) -> None:
        self._mail.put(event)

    def run(self, station: Station, stopper: Stopper) -> None:
        """Until the station is over."""
        counted, shown = time.monotonic(), ""
        is_over = False
        while not is_over:
            is_over = station.over
            stopper.serve(station)
            select.select([self._mail.bell], [], [], 0 if is_over else TICK_SECONDS)
            for event in self._mail.take():
                text = _in_words(event)
                if text:
                    self._out.line(f"{_clock(event.at)}  {text}")
            now = time.monotonic()
            if now - counted >= COUNT_SECONDS or is_over:
                counted, before, shown = now, shown, _counted(station.view())
                if shown != before:
                    self._out.line(f"{_clock(time.time())}  {shown}")


class JsonLines:
    """Every event and view as JSON on stdout, orders as JSON from stdin."""

    def __init__(self, gatekeeper: Gatekeeper) -> None:
        self._gatekeeper = gatekeeper
        self._mail = _Mailbox()
        self._out = _Out()
        self._waiting = b""
        self._stdin_open = True

    def tell(self, event: Event) -> None:
        self._mail.put(event)

    def run(self, station: Station, stopper: Stopper) -> None:
        """Until the station is over."""
        from simtool.station.as_json import event_value

        number, viewed, is_over = -1, 0.0, False
        while not is_over:
            is_over = station.over
            stopper.serve(station)
            self._listen(station, 0 if is_over else TICK_SECONDS)
            for event in self._mail.take():
                self.write(event_value(event))
            view, now = station.view(), time.monotonic()
            if view.number != number and (now - viewed >= VIEW_SECONDS or is_over):
                number, viewed = view.number, now
                self._write_view(view)
            if self._out.gone:
                stopper.ask()

    def write(self, value: dict[str, Any]) -> None:
        self._out.line(json.dumps(value, ensure_ascii=False))

    def _write_view(self, view: BenchView) -> None:
        from simtool.station.as_json import view_value

        self.write({"event": "view", **view_value(view)})

    def _listen(self, station: Station, seconds: float) -> None:
        """Wait for an event or an order, and serve the orders."""
        number = _stdin() if self._stdin_open else None
        sources = [self._mail.bell] if number is None else [self._mail.bell, number]
        if number is None or number not in select.select(sources, [], [], seconds)[0]:
            if number is None:
                select.select(sources, [], [], seconds)
            return
        read = os.read(number, 65536)
        self._stdin_open = bool(read)
        *lines, self._waiting = (self._waiting + read).split(b"\n")
        if len(self._waiting) > LONGEST_LINE:
            self._waiting = b""
            self.write({"event": "answer", "order": "", "ok": False, "why": "the line is too long"})
        for line in lines:
            if line.strip():
                self._serve(station, line)

    def _serve(self, station: Station, line: bytes) -> None:
        answer: dict[str, Any] = {"event": "answer", "order": "", "ok": True}
        try:
            value = _order(line)
            answer["order"] = value["order"]
            slot = self._obey(station, value)
            if slot is not None:
                answer["slot"] = slot
        except SimtoolError as error:
            answer |= {"ok": False, "why": str(error), "hint": error.hint}
        self.write(answer)

    def _obey(self, station: Station, value: dict[str, str]) -> str | None:
        """Carry an order out; gives the slot that it was for."""
        from simtool.crypto.secret import Secret
        from simtool.station.events import OrderKind

        kind, slot, text = OrderKind(value["order"]), value.get("slot"), value.get("text", "")
        if kind is OrderKind.SCAN:
            return station.scan(text, slot)
        if kind is OrderKind.OPERATOR and self._gatekeeper.login.known:
            raise InputError("operators log in with their PIN", field="order", hint="start it with --operator")
        if kind is OrderKind.RESUME and self._gatekeeper.must_ask(station, slot):
            by = self._gatekeeper.check(value.get("by", ""), Secret(value.get("pin", "").encode()))
            text = f"by {by}"
        station.order(kind, slot, text)
        return slot


def _order(line: bytes) -> dict[str, str]:
    """Raises `InputError` for a line that is no order. It is not repeated: there may be a PIN in it."""
    from simtool.station.events import OrderKind

    try:
        value = json.loads(line)
    except ValueError:
        raise InputError("the line is no JSON", field="order") from None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise InputError("an order is an object of strings", field="order")
    kinds = [kind.value for kind in OrderKind]
    if value.get("order") not in kinds:
        raise InputError(f"that is no order; there are: {', '.join(kinds)}", field="order")
    return value


def _in_words(event: Event) -> str:
    """A line for what a person wants to know of; empty for the rest."""
    from simtool.station.events import CardDone, Noted, Phase, SlotChanged
    from simtool.station.run.board import BUSY

    match event:
        case CardDone():
            return _card(event)
        case SlotChanged() if event.phase not in BUSY | {Phase.GOOD, Phase.INSERT, Phase.STARTING}:
            said = "; ".join(part for part in (event.message, event.hint) if part)
            return f"slot {event.slot}  {event.phase.value}{': ' if said else ''}{_plain(said)}"
        case Noted():
            where = f"slot {event.slot}  " if event.slot else ""
            return f"{where}{'PROBLEM: ' if event.is_problem else ''}{_plain(event.text)}"
    return ""


def _card(card: CardDone) -> str:
    facts = [card.cause, f"{card.busy:.1f} s" if card.busy else "", card.checked and f"checked: {card.checked}"]
    told = ", ".join(_plain(fact) for fact in facts if fact)
    return f"slot {card.slot}  card {card.iccid or '?'} {card.end.value}" + (f" ({told})" if told else "")


def _counted(view: BenchView) -> str:
    count = view.counters
    pace = f"{view.pace.per_hour:.0f} cards/h" if view.pace.per_hour else "no pace yet"
    return f"{count.good} of {count.quantity} good, {count.rejected} rejected, {count.quarantined} quarantined; {pace}"


def _plain(text: str) -> str:
    from simtool.perso.preview.fit import shown

    return shown(text)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _stdin() -> int | None:
    """stdin's file descriptor; None where there is none."""
    try:
        return sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None
