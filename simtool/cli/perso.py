"""`simtool issue`, `plan`, `apply` and `verify`: from a profile to a finished card."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from pathlib import Path

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.perso.plan import Plan
    from simtool.perso.record import CardRecord
    from simtool.perso.verify import Verification

PROFILE = click.argument("profile", type=click.Path(path_type=Path))
RECORD = click.option(
    "--record", "record_file", required=True, type=click.Path(path_type=Path), help="Record file made by simtool issue."
)
READER = click.option("--reader", required=True, help="pcsc:0, pcsc:NAME, soft:PRODUCT[,state=FILE].")
MIN_TRIES = click.option(
    "--min-tries", default=3, show_default=True, type=click.IntRange(1, 15),
    help="Send no PIN or ADM with fewer tries left than this.",
)  # fmt: skip
TRACE = click.option("--trace", is_flag=True, help="Show every command on stderr, secrets masked.")


@click.command()
@PROFILE
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many records.")
@click.option("--start", default=0, show_default=True, type=click.IntRange(0), help="Numbers of the ranges to skip.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New file for the records (mode 0600).")
@command
def issue(profile: Path, count: int, start: int, out: Path) -> Outcome:
    """Make card records from PROFILE: numbers from its ranges, keys from the system's random source."""
    from simtool.perso.profile import Profile
    from simtool.perso.record import save_records

    records = Profile.load(profile).issue(count, start=start)
    save_records(records, out)
    rows = [
        (record.iccid.digits, record.subscription.imsi.digits, record.subscription.msisdn or "") for record in records
    ]
    text = table(rows[:20], head=("ICCID", "IMSI", "MSISDN"))
    more = f"\n… and {len(rows) - 20} more" if len(rows) > 20 else ""
    values = [{"iccid": iccid, "imsi": imsi, "msisdn": msisdn} for iccid, imsi, msisdn in rows]
    value = {"file": str(out), "next_start": start + count, "records": values}
    note = f"\n{count} records with their keys are in {out} (only you can read it); next time: --start {start + count}"
    return Outcome(text + more + note, value)


@click.command()
@PROFILE
@RECORD
@READER
@MIN_TRIES
@TRACE
@click.option("--check", "check", is_flag=True, help="Exit with 3 when the plan is not empty.")
@command
def plan(profile: Path, record_file: Path, reader: str, min_tries: int, trace: bool, check: bool) -> Outcome:
    """Show what would change on the card, and why. Writes nothing."""
    from simtool.perso.job import prepare
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records

    product, records = Profile.load(profile), load_records(record_file)
    with _open(reader, trace) as card:
        job = prepare(card, product, records, min_tries=min_tries, progress=_progress("reading"))
    code = ExitCode.DIFFERENT if check and job.plan else ExitCode.DONE
    return Outcome(_plan_text(job.plan), _plan_value(job.plan), code)


@click.command()
@PROFILE
@RECORD
@READER
@MIN_TRIES
@TRACE
@click.option("--verify/--no-verify", "and_verify", default=True, help="Read back and prove the keys afterwards.")
@command
def apply(profile: Path, record_file: Path, reader: str, min_tries: int, trace: bool, and_verify: bool) -> Outcome:
    """Bring the card to what PROFILE and its record want, and verify it."""
    from simtool.perso.apply import apply as apply_plan
    from simtool.perso.job import prepare
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records
    from simtool.perso.verify import verify as verify_card

    product, records = Profile.load(profile), load_records(record_file)
    with _open(reader, trace) as card:
        job = prepare(card, product, records, min_tries=min_tries, progress=_progress("reading"))
        report = apply_plan(job.plan, card, min_tries=min_tries, progress=_progress("writing"))
        verification = verify_card(card, job.desired, job.record, min_tries=min_tries) if and_verify else None
    value: dict[str, typing.Any] = {
        "iccid": report.plan.iccid,
        "end": report.end.value,
        "writes_done": report.writes_done,
        "mismatches": [str(mismatch) for mismatch in report.mismatches],
    }
    text, code = str(report), ExitCode.DIFFERENT if report.mismatches else ExitCode.DONE
    if verification is not None:
        _keep_sqn(records, verification, record_file)
        text = f"{text}\n{verification}"
        value["verification"] = _verification_value(verification)
        code = max(code, _verification_code(verification))
    return Outcome(text, value, code)


@click.command()
@PROFILE
@RECORD
@READER
@MIN_TRIES
@TRACE
@click.option("--certificate", is_flag=True, help="Print the card's certificate (check values, no keys).")
@command
def verify(profile: Path, record_file: Path, reader: str, min_tries: int, trace: bool, certificate: bool) -> Outcome:
    """Read everything back, compare, and challenge the card with the record's keys."""
    from simtool.perso.certificate import certify
    from simtool.perso.job import choose_record
    from simtool.perso.model import identify
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records
    from simtool.perso.render import render
    from simtool.perso.verify import verify as verify_card

    product, records = Profile.load(profile), load_records(record_file)
    with _open(reader, trace) as card:
        model = identify(card)
        record = choose_record(card, model, records)
        desired = render(product, record, model)
        verification = verify_card(card, desired, record, min_tries=min_tries, progress=_progress("reading"))
    _keep_sqn(records, verification, record_file)
    text, value = str(verification), _verification_value(verification)
    paper = certify(model.name, product, record, verification) if certificate else None
    if paper is not None:
        text = f"{text}\n\nCard certificate\n{table(paper.rows())}"
        value["certificate"] = paper.to_json()
    return Outcome(text, value, _verification_code(verification))


def _open(reader: str, trace: bool) -> Session:
    from simtool.opening import connect

    return connect(reader, trace=(lambda line: click.echo(line, err=True)) if trace else None)


def _progress(doing: str) -> Callable[[str, int, int], None] | None:
    """One line that overwrites itself, only where a person is looking."""
    if not sys.stderr.isatty():
        return None

    def show(what: str, done: int, total: int) -> None:
        end = "\r" if done + 1 < total else "\r\x1b[K"
        click.echo(f"\x1b[K{doing} {done + 1}/{total} {what}"[:100], nl=False, err=True)
        click.echo(end, nl=False, err=True)

    return show


def _plan_text(plan: Plan) -> str:
    if not plan:
        return str(plan)
    rows = [(str(number), step.place, step.action, step.origin) for number, step in enumerate(plan.steps, 1)]
    head = f"{plan.model.name} {plan.iccid}: {len(plan.writes)} writes\n"
    return head + table(rows, head=("", "where", "what", "why"))


def _plan_value(plan: Plan) -> dict[str, typing.Any]:
    steps = [{"place": step.place, "action": step.action, "why": step.origin} for step in plan.steps]
    return {"product": plan.model.name, "iccid": plan.iccid, "empty": not plan, "state": plan.state, "steps": steps}


def _verification_value(verification: Verification) -> dict[str, typing.Any]:
    return {
        "good": bool(verification),
        "units_compared": verification.units,
        "mismatches": [str(mismatch) for mismatch in verification.mismatches],
        "proofs": [
            {"application": str(proof.application), "context": proof.context, "ok": proof.ok, "detail": proof.detail}
            for proof in verification.proofs
        ],
        "sqn": verification.record.subscription.sqn,
    }


def _verification_code(verification: Verification) -> ExitCode:
    return ExitCode.DONE if verification else ExitCode.DIFFERENT


def _keep_sqn(records: tuple[CardRecord, ...], verification: Verification, path: Path) -> None:
    """The HLR must start above the SQN that the proof used up, so it goes back into the record."""
    from simtool.perso.record import save_records

    used = verification.record
    save_records(tuple(used if record.iccid == used.iccid else record for record in records), path, overwrite=True)
