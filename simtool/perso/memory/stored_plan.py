"""A plan kept as JSON and loaded again: nothing is executed that was not looked at.

Keys and PINs are not in the file, only marks of them (as in a journal: keyed with the state folder's key). So the file
is no plan to execute: a plan is made anew from profile, record and card, and has to be the stored one step by step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simtool.errors import InputError, RefusedError
from simtool.perso.application_steps import AddAccessRule, ManageContent, OpenChannel
from simtool.perso.export import FORMAT, VERSION, to_json
from simtool.perso.memory.marks import content_mark
from simtool.perso.memory.state_key import StateKey
from simtool.perso.steps import (
    ChangePin,
    Plan,
    PresentPin,
    Step,
    StructureStep,
    SwitchPin,
)

HEAD = {
    "product": "the card product",
    "iccid": "the ICCID that the card shall have",
    "card_iccid": "the ICCID of the card",
    "state": "what the card holds",
}
COMPARED = ("kind", "place", "path", "record", "offset", "length", "reference", "mark", "action")
MAX_SHOWN = 20


def to_store(plan: Plan, key: StateKey, *, reveal: bool = False) -> dict[str, Any]:
    """The plan as JSON values (`export.to_json`), each step with its mark, and `content`, the mark of them all."""
    value = to_json(plan, reveal=reveal)
    marks = [_mark(step, key) for step in plan.steps]
    value["steps"] = [row | {"mark": mark} for row, mark in zip(value["steps"], marks, strict=True)]
    return value | {"content": key.fingerprint("plan", plan.state, *marks), "marked_by": _name(key)}


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """What a file says a plan was. `differences` tells what a plan made now has otherwise."""

    source: str
    head: dict[str, str]
    steps: tuple[dict[str, Any], ...] = field(repr=False)
    marked_by: str

    @classmethod
    def load(cls, path: Path) -> StoredPlan:
        """From the output of `simtool plan --json` or `--as json`. Raises `InputError` for what is none."""
        try:
            value = json.loads(path.read_text())
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path)) from error
        except ValueError:
            raise InputError("this is no JSON", place=str(path), hint="simtool plan … --json makes one") from None
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise InputError("this is no plan of simtool", place=str(path), hint="simtool plan … --json makes one")
        if value.get("version") != VERSION:
            raise InputError(f"a plan of version {value.get('version')} is not known here", place=str(path))
        steps, marked_by = value.get("steps"), value.get("marked_by")
        head = {name: value.get(name) for name in HEAD}
        whole = isinstance(steps, list) and all(isinstance(row, dict) and "mark" in row for row in steps)
        if not whole or not isinstance(marked_by, str) or not all(isinstance(text, str) for text in head.values()):
            raise InputError("parts of the plan are missing", place=str(path), hint="make it again with simtool plan")
        return cls(str(path), {name: str(text) for name, text in head.items()}, tuple(steps or ()), marked_by)

    def check(self, plan: Plan, key: StateKey) -> None:
        """Raises `RefusedError` naming every difference; `InputError` where marks of another computer say nothing."""
        if self.marked_by != _name(key):
            raise InputError(
                "the plan was stored with another state folder, so its keys cannot be compared",
                place=self.source,
                hint="take it where it was made, or make a new one here",
            )
        found = list(self.differences(plan, key))
        if found:
            more = [f"… and {len(found) - MAX_SHOWN} more"] if len(found) > MAX_SHOWN else []
            raise RefusedError(
                "\n".join((f"{self.source} is stale: the plan made now is another", *found[:MAX_SHOWN], *more)),
                hint="look at a new plan: simtool plan; nothing was written",
            )

    def differences(self, plan: Plan, key: StateKey) -> Iterator[str]:
        """In words, without secrets."""
        now = to_store(plan, key)
        for name, words in HEAD.items():
            if self.head[name] != now[name]:
                values = f": {self.head[name] or 'unknown'}, now {now[name] or 'unknown'}"
                yield f"{words} differs" if name == "state" else words + values
        for number, (was, row) in enumerate(zip(self.steps, now["steps"], strict=False), 1):
            parts = [part for part in COMPARED if was.get(part) != row.get(part)]
            if {"kind", "place"} & set(parts):
                yield f"step {number}: {was.get('kind')} {was.get('place')}, now {row['kind']} {row['place']}"
            elif parts:
                yield f"step {number}: {row['place']}: {' and '.join(_part(part, was, row) for part in parts)}"
        both = min(len(self.steps), len(now["steps"]))
        for number, was in enumerate(self.steps[both:], both + 1):
            yield f"step {number}: {was.get('place')} is no longer wanted"
        yield from (f"step {n}: {row['place']} is new" for n, row in enumerate(now["steps"][both:], both + 1))


def _part(name: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    if name == "mark":
        return "other content"
    if name == "action":
        return f"{was.get(name)!r}, now {now[name]!r}"
    return f"{name} {was.get(name)}, now {now.get(name)}"


def _name(key: StateKey) -> str:
    """Tells one state folder from another and says nothing else."""
    return key.fingerprint("name of this key")


def _mark(step: Step, key: StateKey) -> str:
    """A fingerprint of all that a step sends; empty for one that sends nothing of its own."""
    if mark := content_mark(step, key):
        return mark
    match step:
        case StructureStep(path=path, template=template):
            return key.fingerprint("file", str(path), template)
        case OpenChannel(keys=keys):
            return key.fingerprint("channel", str(keys.version), *(one.reveal() for one in keys.keys))
        case ManageContent():
            return key.fingerprint("application", *step.sent)
        case AddAccessRule(rule=rule):
            return key.fingerprint("access rule", rule.encode())
        case PresentPin(pin=pin, value=value):
            return key.fingerprint("present", pin, value.reveal())
        case ChangePin(pin=pin, old=old, new=new):
            return key.fingerprint("change", pin, old.reveal(), new.reveal())
        case SwitchPin(pin=pin, value=value, on=on):
            return key.fingerprint("switch", pin, str(on), value.reveal())
    return ""
