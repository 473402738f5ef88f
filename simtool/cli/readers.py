"""`simtool readers`: what is connected; `simtool readers test`: which of it is any good."""

from __future__ import annotations

import typing

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table

if typing.TYPE_CHECKING:
    from simtool.card.finding import Finding
    from simtool.card.reader_test import Echo, Measured, ReaderUnderTest
    from simtool.card.reader_verdict import Verdict


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def readers(context: click.Context, as_json: bool) -> None:
    """List the card readers and what is in them (without a further word)."""
    if context.invoked_subcommand is None:
        context.invoke(readers_list, as_json=as_json)


@click.command()
@command
def readers_list() -> Outcome:
    """List the card readers and what is in them."""
    from simtool.card.pcsc import list_readers
    from simtool.files.product import by_atr

    found = list_readers()
    rows, values = [], []
    for reader in found:
        products = [model.name for model in by_atr(reader.atr)] if reader.atr else []
        holds = (" or ".join(products) or f"unknown card, ATR {reader.atr.hex()}") if reader.atr else "empty"
        rows.append((f"pcsc:{reader.index}", reader.name, holds))
        atr = reader.atr.hex() if reader.atr else None
        values.append({"reader": f"pcsc:{reader.index}", "name": reader.name, "atr": atr, "products": products})
    text = table(rows, head=("reader", "name", "card")) if rows else "no reader is connected; simtool doctor tells more"
    return Outcome(text, values)


@readers.command("test")
@click.option("--bench", metavar="FILE", help="Test the slots of this bench (a file, or a name like virtual-8).")
@click.option("--reader", "names", metavar="NAME", multiple=True, help="Test this reader: number, name or part of it.")
@click.option("--rounds", type=click.IntRange(1), default=100, show_default=True, help="Echo rounds per reader.")
@click.option("--resets", type=click.IntRange(0), default=10, show_default=True, help="Power cycles per reader.")
@command
def readers_test(bench: str | None, names: tuple[str, ...], rounds: int, resets: int) -> Outcome:
    """Measure every reader with a card in it, and say which one to throw away.

    Put a card into each (any SIM; nothing on it is changed). Each reader is tested alone, then all at once, because a
    hub that is too weak shows only then.
    """
    from simtool.card.pcsc_limits import pcsc_limits
    from simtool.card.reader_test import measure_readers
    from simtool.card.reader_verdict import Grade, judge

    if bench and names:
        raise click.UsageError("give --bench or --reader, not both")
    under_test, missing = _of_bench(bench) if bench else (_of_names(names), ())
    measured = measure_readers(
        under_test, rounds=rounds, resets=resets, progress=lambda line: click.echo(f"… {line}", err=True)
    )
    verdicts = judge((*measured, *missing))
    notes = pcsc_limits()
    failed = [verdict for verdict in verdicts if verdict.grade is Grade.REPLACE]
    good = any(verdict.grade is Grade.GOOD for verdict in verdicts)
    code = ExitCode.CARD if failed or not good else ExitCode.DONE
    value = {"readers": [_value(verdict) for verdict in verdicts], "notes": [_note_value(note) for note in notes]}
    return Outcome(_text(verdicts, notes), value, code)


def _of_names(names: tuple[str, ...]) -> tuple[ReaderUnderTest, ...]:
    from simtool.card.pcsc import find_reader, list_readers
    from simtool.card.reader_test import ReaderUnderTest
    from simtool.errors import ReaderError

    found = [find_reader(name) for name in names] if names else list_readers()
    if not found:
        raise ReaderError("no smart card reader is connected", hint="simtool doctor shows what is missing")
    return tuple(ReaderUnderTest(name) for name in dict.fromkeys(reader.name for reader in found))


def _of_bench(bench: str) -> tuple[tuple[ReaderUnderTest, ...], tuple[Measured, ...]]:
    """The readers of a bench's slots, and the slots that have none."""
    from simtool.card.reader_test import Measured, ReaderUnderTest, Trouble
    from simtool.station.bench.file import load_bench
    from simtool.station.bench.matching import match_readers, reader_limits

    matched = match_readers(load_bench(bench))
    found = tuple(
        ReaderUnderTest(one.reader, one.slot.name, reader_limits(one.slot), one.slot.quirks.weak_power)
        for one in matched
        if one.reader
    )
    missing = tuple(
        Measured(ReaderUnderTest("", one.slot.name), Trouble.REFUSED, one.problem) for one in matched if one.problem
    )
    return found, missing


def _text(verdicts: tuple[Verdict, ...], notes: tuple[Finding, ...]) -> str:
    from simtool.card.reader_verdict import Grade

    head = (
        "reader",
        "protocol",
        "offers",
        "round",
        "worst",
        "bytes/s",
        "failed",
        "power-ons",
        "all at once",
        "verdict",
    )
    lines = [table([_row(verdict) for verdict in verdicts], head=head), ""]
    lines += [str(verdict) for verdict in verdicts if verdict.words]
    bad = [verdict.measured.reader.title for verdict in verdicts if verdict.grade is Grade.REPLACE]
    if bad:
        lines.append(f"throw away: {', '.join(bad)}")
    elif all(verdict.grade is Grade.GOOD for verdict in verdicts):
        lines.append("all readers are good")
    for note in notes:
        lines.append(f"note: {note.subject}: {note.detail}{f' → {note.cure}' if note.cure else ''}")
    return "\n".join(lines)


def _row(verdict: Verdict) -> tuple[str, ...]:
    from simtool.card.atr import Atr

    one = verdict.measured
    title = f"{one.reader.title} ({one.reader.name})" if one.reader.slot and one.reader.name else one.reader.title
    if one.trouble is not None or one.protocol is None:
        return (title, *[""] * 8, verdict.grade.value)
    return (
        title,
        one.protocol.value,
        f"{Atr.decode_or_empty(one.atr).offered_baud} bit/s",
        _milliseconds(one.alone.median),
        _milliseconds(one.alone.worst),
        f"{one.alone.bytes_per_second:.0f}",
        f"{one.alone.failed}/{one.alone.rounds}",
        f"{one.resets - one.mute - one.other_atrs}/{one.resets}",
        _together(one.together),
        verdict.grade.value,
    )


def _together(echo: Echo | None) -> str:
    return f"{_milliseconds(echo.median)}, {echo.failed} failed" if echo is not None else ""


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _value(verdict: Verdict) -> dict[str, object]:
    from simtool.card.atr import Atr

    one = verdict.measured
    return {
        "slot": one.reader.slot or None,
        "reader": one.reader.name,
        "grade": verdict.grade.value,
        "words": verdict.words,
        "cure": verdict.cure,
        "atr": one.atr.hex() or None,
        "protocol": one.protocol.value if one.protocol else None,
        "offered_baud": Atr.decode_or_empty(one.atr).offered_baud if one.atr else None,
        "extended_apdu": one.extended,
        "power_ons": one.resets,
        "mute": one.mute,
        "other_atrs": one.other_atrs,
        "alone": _echo_value(one.alone),
        "together": _echo_value(one.together),
    }


def _echo_value(echo: Echo | None) -> dict[str, object] | None:
    if echo is None or not echo.rounds:
        return None
    return {
        "rounds": echo.rounds,
        "lost": echo.lost,
        "garbled": echo.garbled,
        "median_seconds": echo.median,
        "worst_seconds": echo.worst,
        "bytes_per_second": echo.bytes_per_second,
        "given_up": echo.given_up,
    }


def _note_value(note: Finding) -> dict[str, object]:
    return {"subject": note.subject, "ok": note.ok, "detail": note.detail, "cure": note.cure}
