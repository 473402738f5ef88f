"""Events and views as JSON values: what the log of a run keeps, and what robots and scripts read.

Names are those of the fields; enums stand by their value. `Pace.yield_` is `yield`.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import Any

from simtool.station.events import CardDone, Event, Noted, Progressed, SlotChanged
from simtool.station.view import BenchView


def event_value(event: Event) -> dict[str, Any]:
    """An event; `event` names its kind: changed, progress, card or note."""
    match event:
        case SlotChanged():
            kind = "changed"
        case Progressed():
            kind = "progress"
        case CardDone():
            kind = "card"
        case Noted():
            kind = "note"
    return {"event": kind, **_plain(event)}


def view_value(view: BenchView) -> dict[str, Any]:
    """A whole view of the bench."""
    value: dict[str, Any] = _plain(view)
    value["pace"]["yield"] = value["pace"].pop("yield_")
    return value


def _plain(value: Any) -> Any:
    return _without_enums(asdict(value))


def _without_enums(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {name: _without_enums(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_enums(one) for one in value]
    return value
