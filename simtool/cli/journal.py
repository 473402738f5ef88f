"""`simtool undo` and `simtool journal …`: what was done to cards, and taking it back."""

from __future__ import annotations

import typing

import click

from simtool.cli.card_options import Desk, on_card, progress
from simtool.cli.outcome import ExitCode, Outcome, command, table

if typing.TYPE_CHECKING:
    from simtool.perso.memory.journal_file import Entry

WORK_HEAD = ("journal", "begun", "product", "ICCID", "end", "steps done")


@click.command()
@on_card
@click.option("--partly", is_flag=True, help="Also where something cannot be brought back; it stays as it is now.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be written; write nothing.")
@command
def undo(desk: Desk, partly: bool, only_plan: bool) -> Outcome:
    """Take back the latest changes to the card, to what was on it before.

    The old content comes from the journal, ADM and PINs from the record.
    """
    from simtool.perso.export import TABLE_HEAD, table_rows
    from simtool.perso.memory.journal import Journals
    from simtool.perso.memory.state_folder import state_folder
    from simtool.perso.memory.undo import plan_undo, take_back

    journals = Journals(state_folder())
    with desk.open() as (card, model):
        held = desk.given(card, model)
        back = plan_undo(
            card, model, journals, held, partly=partly, min_tries=desk.min_tries, progress=progress("reading")
        )
        value: dict[str, typing.Any] = {"undoes": back.entry.id, "lost": list(back.lost), "awake": list(back.awake)}
        stays = [f"stays as it is: {place}" for place in back.lost]
        stays += [f"stays switched on: {place}" for place in back.awake]
        if only_plan:
            text = table(table_rows(back.plan), head=TABLE_HEAD) if back.plan else "nothing to change"
            return Outcome("\n".join((text, *stays)), value | {"writes": len(back.plan.writes)})
        report, rest = take_back(card, back, journals, min_tries=desk.min_tries, progress=progress("writing"))
    text = "\n".join((f"{back.entry.id} is taken back", str(report), *stays, *(f"  {item}" for item in rest)))
    value |= {"end": report.end.value, "writes_done": report.writes_done, "mismatches": [str(item) for item in rest]}
    return Outcome(text, value, ExitCode.DIFFERENT if rest else ExitCode.DONE)


@click.group()
def journal() -> None:
    """What was done to which card, and what came of it."""


@journal.command("list")
@click.argument("iccid", required=False, default="")
@command
def list_work(iccid: str) -> Outcome:
    """List the work on cards, latest first; that on one card with ICCID."""
    from simtool.perso.memory.journal import Journals
    from simtool.perso.memory.state_folder import state_folder

    entries = Journals(state_folder()).entries(iccid)
    rows = [
        (entry.id, entry.time[:19], entry.product, entry.iccid, _end(entry), f"{entry.done}/{len(entry.steps)}")
        for entry in entries
    ]
    text = table(rows, head=WORK_HEAD) if rows else "no journal"
    return Outcome(text, {"work": [_head_value(entry) for entry in entries]})


@journal.command()
@click.argument("name", metavar="JOURNAL|ICCID")
@command
def show(name: str) -> Outcome:
    """Show one piece of work, or the latest on a card: its steps, what is in doubt, and what is kept from before."""
    from simtool.perso.memory.journal import Journals
    from simtool.perso.memory.state_folder import state_folder

    entry = Journals(state_folder()).find(name)
    facts = [
        ("journal", entry.id), ("begun", entry.time), ("product", entry.product), ("ICCID", entry.iccid),
        ("ICCID before", entry.card_iccid if entry.card_iccid != entry.iccid else ""), ("end", _end(entry)),
        ("cause", entry.cause), ("continues", entry.follows), ("continued by", entry.continued),
        ("takes back", entry.undoes), ("kept from before", _kept(entry)),
    ]  # fmt: skip
    rows = [
        (str(step.number + 1), step.state.value, step.place, step.action, step.cause or step.origin)
        for step in entry.steps
    ]
    parts = [table([fact for fact in facts if fact[1]]), table(rows, head=("", "state", "where", "what", "why"))]
    steps = [
        {"place": step.place, "action": step.action, "state": step.state.value, "cause": step.cause, "why": step.origin}
        for step in entry.steps
    ]
    value = _head_value(entry) | {"steps": steps, "notes": list(entry.notes), "kept": _kept(entry)}
    return Outcome("\n\n".join((*parts, *entry.notes)), value)


@journal.command()
@click.argument("iccid", required=False, default="")
@command
def attempts(iccid: str) -> Outcome:
    """List when which PIN or ADM was sent to a card, and what came of it. Values are not kept."""
    from simtool.perso.memory.attempts import Attempts
    from simtool.perso.memory.state_folder import state_folder

    found = Attempts(state_folder()).all(iccid)
    rows = [(one.time, one.iccid, one.pin, one.outcome.value, one.fingerprint[:6]) for one in found]
    head = ("when", "ICCID", "what", "outcome", "mark of the value")
    names = ("time", "iccid", "pin", "outcome", "mark")
    values = [dict(zip(names, row, strict=True)) for row in rows]
    return Outcome(table(rows, head=head) if rows else "no attempts", {"attempts": values})


@journal.command()
@click.argument("iccid")
@command
def forget(iccid: str) -> Outcome:
    """Allow values that were wrong for the card ICCID to be sent again, as after another tool changed its ADM."""
    from simtool.perso.memory.attempts import Attempts
    from simtool.perso.memory.state_folder import state_folder

    count = Attempts(state_folder()).forget(iccid)
    return Outcome(f"{count} values may be sent to {iccid} again", {"iccid": iccid, "allowed": count})


def _end(entry: Entry) -> str:
    if entry.running:
        return "at work now"
    return f"{entry.end.value}, continued" if entry.continued else entry.end.value


def _kept(entry: Entry) -> str:
    if entry.undoes:
        return ""
    unknown = sum(old.is_unknown for old in entry.old.units.values())
    return f"{len(entry.old.units) - unknown} units" + (f", {unknown} could not be read" if unknown else "")


def _head_value(entry: Entry) -> dict[str, typing.Any]:
    return {
        "journal": entry.id,
        "time": entry.time,
        "product": entry.product,
        "iccid": entry.iccid,
        "end": entry.end.value,
        "cause": entry.cause,
        "running": entry.running,
        "done": entry.done,
        "steps_planned": len(entry.steps),
        "continues": entry.follows,
        "continued_by": entry.continued,
        "undoes": entry.undoes,
    }
