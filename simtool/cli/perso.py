"""`simtool issue`, `plan`, `apply` and `verify`: from a profile to a finished card."""

from __future__ import annotations

import typing
from collections.abc import Callable
from pathlib import Path

import click

from simtool.cli.applet_verify import FORCE, admit
from simtool.cli.card_options import MIN_TRIES, PRODUCT, READER, TRACE, Desk, progress, remember_attempts
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError, PlanError

if typing.TYPE_CHECKING:
    from simtool.perso.forecast import Forecast
    from simtool.perso.memory.state_key import StateKey
    from simtool.perso.profile import Profile
    from simtool.perso.record import CardRecord
    from simtool.perso.steps import Plan
    from simtool.perso.verify import Verification
    from simtool.perso.visit import Visit

PROFILE = click.argument("profile", type=click.Path(path_type=Path))
RECORD = click.option(
    "--record", "record_file", required=True, type=click.Path(path_type=Path), help="Record file made by simtool issue."
)
OUT = click.option("--out", type=click.Path(path_type=Path), help="Write the plan into this new file (mode 0600).")
IRREVERSIBLE = click.option(
    "--irreversible", is_flag=True, help="Also make files that the product would never let be deleted again."
)
DIGEST_SHOWN = 16
FORMS = ("table", "json", "apdu", "pysim")


def _for_a_card(function: Callable[..., None]) -> Callable[..., None]:
    """What plan, apply and verify ask for alike."""
    for option in reversed((PROFILE, RECORD, READER, PRODUCT, MIN_TRIES, TRACE)):
        function = option(function)
    return function


@click.command()
@PROFILE
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many records.")
@click.option("--start", default=0, show_default=True, type=click.IntRange(0), help="Numbers of the ranges to skip.")
@click.option("--host", type=click.Path(path_type=Path), help="Take cards from this file of the host instead.")
@click.option("--from", "from_format", default="vendor-out", show_default=True, help="Format of the host's file.")
@click.option("--transport-keys", type=click.Path(path_type=Path), help="File with its transport keys (YAML, 0600).")
@click.option("--algorithm", default="", help="What its keys are for, where it does not say so.")
@click.option("--without-keys", is_flag=True, help="Leave its Ki and OPc out: cards keep theirs, which are not proved.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New file for the records (mode 0600).")
@command
def issue(
    profile: Path, count: int, start: int, host: Path | None, from_format: str, transport_keys: Path | None,
    algorithm: str, without_keys: bool, out: Path,
) -> Outcome:  # fmt: skip
    """Make card records from PROFILE: numbers from its ranges, keys from the system's random source.

    Resellers and service providers have both from their host: `--host` reads the file that comes with its cards, in any
    format that simtool formats list shows.
    """
    from simtool.perso.profile import Profile
    from simtool.perso.record import save_records

    if host is not None:
        return _adopt(Profile.load(profile), host, from_format, transport_keys, algorithm, without_keys, out)
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


def _adopt(
    profile: Profile,
    host: Path,
    from_format: str,
    keys_file: Path | None,
    algorithm: str,
    without_keys: bool,
    out: Path,
) -> Outcome:
    """Records of the host's cards, checked as every list is."""
    from simtool.batch.incoming import Rules
    from simtool.cli.card_lists import cards_source
    from simtool.perso.adopt import adopt
    from simtool.perso.record import save_records

    rules = Rules(plmn=profile.operator.plmn, weak_keys=False)
    source, last = cards_source(host, from_format, keys_file, algorithm, rules, without_keys=without_keys)
    records = adopt(profile, tuple(card.record(keyless=True) for card in source()))
    save_records(records, out)
    keyed = sum(record.subscription.k is not None for record in records)
    lines = [f"{len(records)} records are in {out} (only you can read it), {keyed} of them with keys"]
    lines += [f"not taken: {note}" for note in last.not_taken]
    value = {"file": str(out), "records": len(records), "with_keys": keyed, "not_taken": list(last.not_taken)}
    return Outcome("\n".join(lines), value)


@click.command()
@_for_a_card
@IRREVERSIBLE
@click.option("--check", "check", is_flag=True, help="Exit with 3 when the plan is not empty.")
@click.option("--as", "form", default="table", show_default=True, type=click.Choice(FORMS), help="How to show it.")
@click.option("--reveal", is_flag=True, help="With keys, PINs and ADM codes in clear. Needs --out.")
@OUT
@FORCE
@command
def plan(
    profile: Path, record_file: Path, reader: str, product: str | None, min_tries: int, trace: bool,
    irreversible: bool, check: bool, form: str, reveal: bool, out: Path | None, force: bool,
) -> Outcome:  # fmt: skip
    """Show what would change on the card, why, and what it would cost. Writes nothing.

    `--as apdu` shows the raw commands, `--as pysim` a script for pySim-shell.
    """
    from simtool.perso.application_wish import packages_of
    from simtool.perso.forecast import forecast
    from simtool.perso.job import prepare
    from simtool.perso.memory.state_folder import state_folder
    from simtool.perso.memory.state_key import StateKey
    from simtool.perso.memory.stored_plan import to_store
    from simtool.perso.private_file import write_private
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records

    if reveal and out is None:
        raise InputError("keys are not printed", field="--reveal", hint="name a file for the plan with --out")
    wanted, records = Profile.load(profile), load_records(record_file)
    admit(packages_of(wanted), force=force)
    with Desk(reader, product, record_file, (), min_tries, trace).open() as (card, model):
        remember_attempts(card)
        job = prepare(
            card, wanted, records, product=model.name, min_tries=min_tries, irreversible=irreversible,
            progress=progress("reading"),
        )  # fmt: skip
        cost = forecast(job.plan, like=card)
    key = StateKey.of(state_folder())
    if job.record not in records:  # keys that cannot be read were proved, which used up an SQN
        _keep(records, job.record, record_file)
    code = ExitCode.DIFFERENT if check and job.plan else ExitCode.DONE
    text = _in_form(job.plan, key, form, reveal, cost)
    if out is not None:
        write_private(out, f"{text}\n")
        text = f"{len(job.plan.writes)} writes are in {out}{' WITH KEYS IN CLEAR' if reveal else ''}"
    value = to_store(job.plan, key) | {"empty": not job.plan, "forecast": _cost_value(cost)}
    return Outcome(text, value, code)


@click.command()
@_for_a_card
@IRREVERSIBLE
@click.option("--verify/--no-verify", "and_verify", default=True, help="Read back and prove the keys afterwards.")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    help="Write only if the plan is still the one in this file (simtool plan --json).",
)
@FORCE
@command
def apply(
    profile: Path, record_file: Path, reader: str, product: str | None, min_tries: int, trace: bool,
    irreversible: bool, and_verify: bool, plan_file: Path | None, force: bool,
) -> Outcome:  # fmt: skip
    """Bring the card to what PROFILE and its record want, and verify it.

    A journal is kept: a card that was torn goes on where it stopped, and simtool undo takes the changes back.
    """
    from simtool.perso.application_wish import packages_of
    from simtool.perso.memory.journal import Journals
    from simtool.perso.memory.state_folder import state_folder
    from simtool.perso.memory.stored_plan import StoredPlan
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records
    from simtool.perso.visit import visit

    stored = StoredPlan.load(plan_file) if plan_file is not None else None
    wanted, records = Profile.load(profile), load_records(record_file)
    admit(packages_of(wanted), force=force)
    with Desk(reader, product, record_file, (), min_tries, trace).open() as (card, model):
        remember_attempts(card)
        done = visit(
            card, wanted, records, Journals(state_folder()),
            keep=lambda record: _keep(records, record, record_file), product=model.name, and_verify=and_verify,
            stored=stored, min_tries=min_tries, irreversible=irreversible, reading=progress("reading"),
            writing=progress("writing"),
        )  # fmt: skip
    code = ExitCode.DONE if done.good else ExitCode.DIFFERENT
    return Outcome(_visit_text(done), _visit_value(done), code)


@click.command()
@_for_a_card
@click.option("--certificate", is_flag=True, help="Print the card's certificate (check values, no keys).")
@command
def verify(
    profile: Path, record_file: Path, reader: str, product: str | None, min_tries: int, trace: bool, certificate: bool
) -> Outcome:
    """Read everything back, compare, and challenge the card with the record's keys."""
    from simtool.perso.certificate import certify
    from simtool.perso.compiled import compile_profile
    from simtool.perso.job import choose_record, render_for
    from simtool.perso.kinds import may_write
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records
    from simtool.perso.render import HINT
    from simtool.perso.verify import verify as verify_card

    wanted, records = Profile.load(profile), load_records(record_file)
    with Desk(reader, product, record_file, (), min_tries, trace).open() as (card, model):
        remember_attempts(card)
        record = choose_record(card, model, records, exact=not may_write(wanted.operator.kind, "record.iccid"))
        record = record.with_settings(wanted.authentication.settings)
        model, desired, reasons = render_for(card, compile_profile(wanted, model), record, model)
        if reasons:
            raise PlanError(reasons, hint=HINT)
        verification = verify_card(card, desired, record, min_tries=min_tries, progress=progress("reading"))
    _keep(records, verification.record, record_file)
    text, value = str(verification), _verification_value(verification)
    paper = certify(model.name, wanted, record, verification) if certificate else None
    if paper is not None:
        text = f"{text}\n\nCard certificate\n{table(paper.rows())}"
        value["certificate"] = paper.to_json()
    return Outcome(text, value, ExitCode.DONE if verification else ExitCode.DIFFERENT)


def _in_form(plan: Plan, key: StateKey, form: str, reveal: bool, cost: Forecast) -> str:
    import json

    from simtool.perso.export import TABLE_HEAD, apdu_lines, table_rows
    from simtool.perso.memory.stored_plan import to_store
    from simtool.perso.pysim.plan_script import format_script

    if form == "json":
        return json.dumps(to_store(plan, key, reveal=reveal), indent=2)
    if form == "apdu":
        return "\n".join(apdu_lines(plan, reveal=reveal))
    if form == "pysim":
        return format_script(plan, reveal=reveal).rstrip("\n")
    if not plan:
        return str(plan)
    head = f"{plan.model.name} {plan.iccid}: {len(plan.writes)} writes, {cost}\n"
    digests = f"state {plan.state[:DIGEST_SHOWN]}, content {to_store(plan, key)['content'][:DIGEST_SHOWN]}\n"
    return head + digests + table(table_rows(plan, reveal=reveal), head=TABLE_HEAD)


def _cost_value(cost: Forecast) -> dict[str, typing.Any]:
    return {"tpdus": cost.tpdus, "bytes": cost.wire_bytes, "seconds": round(cost.seconds, 1)}


def _visit_text(done: Visit) -> str:
    lines = []
    if done.continued is not None:
        earlier = done.continued
        lines.append(f"going on with {earlier.id}: {earlier.done} of {len(earlier.steps)} steps had been done")
    lines += [f"somebody else changed {place} since then" for place in done.strangers]
    lines.append(str(done.report))
    if done.verification is not None:
        lines.append(str(done.verification))
    if done.journal:
        lines.append(f"journal {done.journal}; simtool undo takes it back")
    return "\n".join(lines)


def _visit_value(done: Visit) -> dict[str, typing.Any]:
    report = done.report
    value: dict[str, typing.Any] = {
        "iccid": report.plan.iccid,
        "end": report.end.value,
        "writes_done": report.writes_done,
        "mismatches": [str(mismatch) for mismatch in report.mismatches],
        "repowered": report.repowered,
        "journal": done.journal,
        "continued": done.continued.id if done.continued is not None else None,
        "strangers": list(done.strangers),
    }
    if done.verification is not None:
        value["verification"] = _verification_value(done.verification)
    return value


def _verification_value(verification: Verification) -> dict[str, typing.Any]:
    return {
        "good": bool(verification),
        "units_compared": verification.units,
        "mismatches": [str(mismatch) for mismatch in verification.mismatches],
        "proofs": [
            {"application": str(proof.application), "context": proof.context, "ok": proof.ok, "detail": proof.detail}
            for proof in verification.proofs
        ],
        "unproved": verification.unproved,
        "sqn": verification.record.subscription.sqn,
    }


def _keep(records: tuple[CardRecord, ...], changed: CardRecord, path: Path) -> None:
    """PINs that are on the card now, and the SQN that a proof used up (the HLR must start above it), go back into the
    record file.
    """
    from simtool.perso.record import save_records

    save_records(
        tuple(changed if record.iccid == changed.iccid else record for record in records), path, overwrite=True
    )
