"""`simtool station bench`: a bench file against this computer."""

from __future__ import annotations

import typing

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table

if typing.TYPE_CHECKING:
    from simtool.card.pcsc import ReaderInfo
    from simtool.station.bench.bench import SlotSpec
    from simtool.station.bench.matching import Matched, ReadersHere


@click.command()
@click.argument("bench", metavar="FILE", required=False)
@click.option("--schema", is_flag=True, help="Print the grammar of bench files as a JSON Schema, for editors.")
@command
def bench(bench: str | None, schema: bool) -> Outcome:
    """Check a bench file against this computer: which slot is which reader, and what is wrong.

    FILE may be the name of a bench that comes with simtool, like virtual-8.
    """
    import json

    from simtool.station.bench.file import bench_schema, load_bench
    from simtool.station.bench.matching import ReadersHere, left_over, match_readers

    if schema:
        grammar = bench_schema()
        return Outcome(json.dumps(grammar, indent=2), grammar)
    if bench is None:
        raise click.UsageError("give a bench file, or --schema")
    found = load_bench(bench)
    here = ReadersHere.look()
    matched = match_readers(found, here)
    others = left_over(found, matched, here)
    states = _states()
    rows = [_row(match, here, states) for match in matched]
    head = ("slot", "place", "reader", "USB port", "serial", "card")
    lines = [f"bench {found.name}", table(rows, head=head), ""]
    problems = [f"slot {match.slot.name}: {match.problem}" for match in matched if match.problem]
    warnings = [f"slot {match.slot.name}: {words}" for match in matched for words in _warnings(match, states)]
    lines += [f"wrong: {line}" for line in problems]
    lines += [f"note:  {line}" for line in warnings]
    lines += [f"note:  {name}{_port(here, name)} is no slot of this bench" for name in others]
    if not problems:
        lines.append(f"all {len(matched)} slots have their reader")
    value = {
        "bench": found.name,
        "slots": [_value(match, here, states) for match in matched],
        "problems": problems,
        "warnings": warnings,
        "other_readers": list(others),
    }
    return Outcome("\n".join(lines), value, ExitCode.CARD if problems else ExitCode.DONE)


def _states() -> dict[str, ReaderInfo]:
    from simtool.card.pcsc import list_readers

    return {reader.name: reader for reader in list_readers()}


def _row(match: Matched, here: ReadersHere, states: dict[str, ReaderInfo]) -> tuple[str, ...]:
    place = f"row {match.slot.row}, {match.slot.column}"
    if not match.reader:
        return match.slot.name, place, "none", "", "", ""
    details = here.details(match.reader)
    return match.slot.name, place, match.reader, details.port, details.serial, _card(states.get(match.reader))


def _card(state: ReaderInfo | None) -> str:
    from simtool.files.product import by_atr

    if state is None:
        return "unplugged just now"
    if not state.card_present:
        return "empty"
    if state.mute or not state.atr:
        return "does not answer: turned the wrong way?"
    products = " or ".join(model.name for model in by_atr(state.atr))
    return (products or f"unknown card, ATR {state.atr.hex()}") + (" (in use)" if state.in_use else "")


def _warnings(match: Matched, states: dict[str, ReaderInfo]) -> list[str]:
    """What may go wrong later: names that change, quirks that concern the card that is in the slot."""
    from simtool.card.atr import Atr

    found = [match.warning] if match.warning else []
    state, most = states.get(match.reader), match.slot.quirks.max_baud
    if state is not None and state.atr and most and (offered := Atr.decode_or_empty(state.atr).offered_baud) > most:
        found.append(f"its card offers {offered} bit/s and will be refused (max_baud {most}): use another slot for it")
    return found + _quirks(match.slot)


def _quirks(slot: SlotSpec) -> list[str]:
    found = []
    if slot.quirks.no_extended_apdu:
        found.append("long commands go in pieces (no_extended_apdu)")
    if slot.quirks.weak_power:
        found.append("gives some cards too little current (weak_power): first to be looked at after contact faults")
    return found


def _port(here: ReadersHere, name: str) -> str:
    port = here.details(name).port
    return f" at USB port {port}" if port else ""


def _value(match: Matched, here: ReadersHere, states: dict[str, ReaderInfo]) -> dict[str, object]:
    details = here.details(match.reader) if match.reader else None
    return {
        "slot": match.slot.name,
        "row": match.slot.row,
        "column": match.slot.column,
        "reader": match.reader or None,
        "port": details.port if details else "",
        "serial": details.serial if details else "",
        "card": _card(states.get(match.reader)) if match.reader else "",
        "problem": match.problem,
    }
