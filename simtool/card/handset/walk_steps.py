"""One step of a scripted walk: an action or an expectation, read and taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.card.handset.phone import Handset
from simtool.card.handset.walk_actions import ACTIONS, Action
from simtool.card.handset.walk_expectations import EXPECTATIONS, Expectation, Seen
from simtool.errors import CardError, CardRemovedError, CodecError, ReaderError
from simtool.files.written import Written


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where it stands, its name, what it does or looks for."""

    place: str
    name: str
    action: Action | None
    expectation: Expectation | None


def read_step(written: Written) -> Step:
    """A step as it is written. Raises `InputError`."""
    if isinstance(written.value, str):  # a step without a value, such as power_cycle
        written = Written(written.source, written.location, {written.value: None})
    pairs = written.pairs()
    if len(pairs) != 1:
        raise written.error("a step has one name", hint="begin each step with a dash of its own")
    ((name, value),) = pairs.items()
    if name in ACTIONS:
        return Step(written.place, name, ACTIONS[name](value), None)
    if name in EXPECTATIONS:
        return Step(written.place, name, None, EXPECTATIONS[name](value))
    raise value.error(f"no step is called {name!r}", hint="known are " + ", ".join((*ACTIONS, *EXPECTATIONS)))


def take_step(step: Step, phone: Handset, seen: Seen) -> str:
    """Do it, or look; gives what does not fit, or nothing. Raises `CardError` only when card or reader are lost."""
    if step.expectation is not None:
        return step.expectation(phone, seen)
    action, before = step.action, phone.screen
    fault = attempt(lambda: action(phone)) if action is not None else ""
    return f"{fault}; the screen shows {before}" if fault else ""


def attempt(act: Callable[[], str | None]) -> str:
    """What `act` gives, or in words what the card did while it was done."""
    try:
        return act() or ""
    except (CardRemovedError, ReaderError):
        raise
    except (CardError, CodecError) as error:
        return str(error)
