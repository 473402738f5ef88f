"""A plan for other eyes and programs: rows of a table, JSON, raw commands. Secrets are masked unless asked for."""

from __future__ import annotations

from typing import Any

from simtool.card.instructions import command_name
from simtool.card.session import Session
from simtool.perso.application_steps import AddAccessRule, ManageContent, OpenChannel
from simtool.perso.dry import Sent, dry_run
from simtool.perso.steps import (
    ChangePin,
    Plan,
    PresentPin,
    PushRecords,
    SendCommand,
    Step,
    StructureStep,
    SwitchPin,
    WriteBytes,
    WriteObject,
)

FORMAT = "simtool-plan"
VERSION = 1
TABLE_HEAD = ("", "where", "what", "why")
MASK = "xx"
REVEALED = "THIS SHOWS PINS AND KEYS IN CLEAR. Keep it as you keep the keys, then delete it."


def table_rows(plan: Plan, *, reveal: bool = False) -> list[tuple[str, str, str, str]]:
    """Number, place, action and reason of each step, under `TABLE_HEAD`."""
    return [
        (str(number), step.place, _action(step, reveal), step.origin) for number, step in enumerate(plan.steps, start=1)
    ]


def to_json(plan: Plan, *, reveal: bool = False) -> dict[str, Any]:
    """The plan as JSON values. `data` is hex; null with a `length` where it is secret and not revealed."""
    head: dict[str, Any] = {"warning": REVEALED} if reveal else {}
    return head | {
        "format": FORMAT,
        "version": VERSION,
        "product": plan.model.name,
        "iccid": plan.iccid,
        "card_iccid": plan.card_iccid,
        "state": plan.state,
        "units": [str(unit) for unit in plan.units],
        "steps": [_step(number, step, reveal) for number, step in enumerate(plan.steps, start=1)],
    }


def apdu_lines(
    plan: Plan, *, reveal: bool = False, read_back: bool = False, like: Session | None = None
) -> tuple[str, ...]:
    """The commands that `apply` would send, one per line in hex, with name and place behind a `#`.

    Data that must not be shown is `xx` per byte.
    """
    head = [f"# {plan.model.name} {plan.iccid}: {len(plan.writes)} writes"]
    head += [f"# {REVEALED}"] if reveal else []
    run = dry_run(plan, read_back=read_back, like=like)
    return (*head, *(_line(sent, reveal) for sent in run.commands))


def _line(sent: Sent, reveal: bool) -> str:
    raw = sent.command.encode()
    text, data = raw.hex(), sent.command.data
    if sent.secret and data and not reveal:
        start = raw.index(data, len(sent.command.header) + 1)
        text = raw[:start].hex() + MASK * len(data) + raw[start + len(data) :].hex()
    name = command_name(sent.command)
    return f"{text}  # {name} {sent.place}".rstrip()


def _step(number: int, step: Step, reveal: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"number": number, "kind": type(step).__name__, "place": step.place, "action": step.action}
    row["why"] = step.origin
    match step:
        case WriteBytes():
            row |= {"path": str(step.unit.path), "record": step.unit.record, "offset": step.offset}
            row |= _shown(step.data, step.secret, reveal)
        case PushRecords():
            row |= {"path": str(step.path), **_shown(b"".join(step.records), step.secret, reveal)}
        case WriteObject():
            row |= {"path": str(step.unit.path), "tag": step.unit.number}
            row |= _shown(step.content, step.secret, reveal)
        case StructureStep():
            row |= {"path": str(step.path), **_shown(step.template, False, reveal)}
        case OpenChannel(keys=keys):
            row |= {"key_version": keys.version} | _shown(b"".join(key.reveal() for key in keys.keys), True, reveal)
        case ManageContent():
            row |= {"aid": step.content.aid.hex()}
        case AddAccessRule(rule=rule):
            row |= _shown(rule.encode(), False, reveal)
        case SendCommand(apdu=apdu):
            row |= _shown(apdu, True, reveal)
        case PresentPin(ref=ref, value=value) | SwitchPin(ref=ref, value=value):
            row |= {"reference": f"{ref:02x}"} | _shown(value.reveal(), True, reveal)
        case ChangePin(ref=ref, new=new):
            row |= {"reference": f"{ref:02x}"} | _shown(new.reveal(), True, reveal)
    return row


def _shown(data: bytes, secret: bool, reveal: bool) -> dict[str, Any]:
    return {"secret": secret, "length": len(data), "data": None if secret and not reveal else data.hex()}


def _action(step: Step, reveal: bool) -> str:
    if not reveal:
        return step.action
    match step:
        case WriteBytes(secret=True, data=data) | SendCommand(apdu=data):
            return f"{step.action}: {data.hex()}"
        case WriteObject(secret=True):
            return f"{step.action}: {step.content.hex()}"
        case PushRecords():
            return f"{step.action}: {' '.join(record.hex() for record in step.records)}"
        case OpenChannel(keys=keys):
            return f"{step.action}: {' '.join(key.reveal().hex() for key in keys.keys)}"
        case PresentPin(value=value) | ChangePin(new=value):
            return f"{step.action}: {value.reveal().hex()}"
    return step.action
