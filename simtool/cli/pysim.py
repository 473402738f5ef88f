"""`simtool pysim …`: osmocom's pySim beside us: its CSV, its dumps, its shell's scripts."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_options import MIN_TRIES, PRODUCT, READER, TRACE, Desk, progress, remember_attempts
from simtool.cli.outcome import Outcome, command, table
from simtool.cli.perso import PROFILE, RECORD
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.perso.pysim.dump import Dump
    from simtool.perso.record import CardRecord

SHOWN = 20
NEW_FILE = click.Path(path_type=Path)
PRODUCT_OF_ADM = click.option("--product", help="Card product, whose ADM stands in pySim's column adm1 (else ADM1).")


@click.group()
def pysim() -> None:
    """Exchange files with osmocom's pySim: card lists, dumps, scripts."""


@pysim.command("import-csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=NEW_FILE, help="New file for the records (mode 0600).")
@click.option("--algorithm", help="What the keys are for, where the file does not say it (else milenage).")
@click.option(
    "--column-keys", "keys_file", type=click.Path(path_type=Path),
    help="File with COLUMN:HEX lines (mode 0600): keys of encrypted columns.",
)  # fmt: skip
@PRODUCT_OF_ADM
@command
def import_csv(
    file: Path, out: Path, algorithm: str | None, keys_file: Path | None, product: str | None
) -> Outcome:  # fmt: skip
    """Read a CSV of pySim-prog or of pySim-shell's key provider into card records.

    Cards without keys become a delivery list for a profile's identity.iccid.stock.
    """
    from simtool.perso.pysim.cards_csv import read_cards
    from simtool.perso.pysim.column_keys import read_column_keys
    from simtool.perso.pysim.stock import save_stock
    from simtool.perso.record import save_records

    keys = read_column_keys(keys_file) if keys_file is not None else {}
    cards = read_cards(file, algorithm=algorithm, adm=_adm(product), column_keys=keys)
    if cards.blank and len(cards.blank) < len(cards.records):
        numbers = ", ".join(record.iccid.digits for record in cards.blank[:SHOWN])
        raise InputError(
            f"{len(cards.blank)} of {len(cards.records)} cards have no keys: {numbers}",
            place=str(file),
            hint="put the cards with keys and those without into two files",
        )
    if not cards.records:
        raise InputError("there is no card in it", place=str(file))
    if cards.blank:
        save_stock(cards.records, out)
    else:
        save_records(cards.records, out)
    kind = "delivered cards (a profile's identity.iccid.stock)" if cards.blank else "card records"
    notes = [f"not taken: {what}" for what in cards.not_taken]
    text = "\n".join((_cards_text(cards.records), f"{len(cards.records)} {kind} are in {out}", *notes))
    value = {
        "file": str(out),
        "kind": "stock" if cards.blank else "records",
        "records": [_card_value(record) for record in cards.records],
        "not_taken": list(cards.not_taken),
    }
    return Outcome(text, value)


@pysim.command("export-csv")
@click.argument("records", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=NEW_FILE, help="New CSV file (mode 0600).")
@click.option(
    "--form", "form_name", default="prog", show_default=True, type=click.Choice(["prog", "card-data"]),
    help="For pySim-prog --source csv, or for pySim-shell --csv.",
)  # fmt: skip
@click.option("--profile", "profile_file", type=click.Path(path_type=Path), help="Adds name, mcc, mnc and smsp.")
@PRODUCT_OF_ADM
@command
def export_csv(records: Path, out: Path, form_name: str, profile_file: Path | None, product: str | None) -> Outcome:
    """Write the card records in RECORDS as a CSV for pySim, keys and codes included."""
    from simtool.perso.profile import Profile
    from simtool.perso.pysim.cards_out import CsvForm, write_cards
    from simtool.perso.pysim.profile_columns import ProfileColumns, profile_columns
    from simtool.perso.record import load_records

    cards, form = load_records(records), CsvForm(form_name)
    common = profile_columns(Profile.load(profile_file)) if profile_file is not None else ProfileColumns()
    write_cards(cards, out, form, name=common.name, plmn=common.plmn, smsp=common.smsp, adm=_adm(product))
    text = f"{len(cards)} cards with their keys are in {out} (only you can read it)"
    waiting = sorted({target.pin for record in cards for target in record.targets})
    if waiting:
        text += f"\nnot in it: the codes that are still to be written ({', '.join(waiting)})"
    return Outcome(text, {"file": str(out), "cards": len(cards), "form": form.value, "not_written": waiting})


@pysim.command("read-dump")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=NEW_FILE, help="New backup file (mode 0600) for simtool card restore and diff.")
@PRODUCT
@command
def read_dump(file: Path, out: Path | None, product: str | None) -> Outcome:
    """Read a card's content from what pySim-shell's fsdump or export printed into FILE."""
    from simtool.perso.pysim.dump import read_dump as read
    from simtool.perso.technician.backup import Backup, save

    dump = read(file, product=product)
    if out is not None:
        if dump.model is None:
            hint = "name it with --product; simtool card models lists those that are known"
            raise InputError("which card product this is, is not known", place=str(file), hint=hint)
        if not dump.iccid:
            raise InputError("the ICCID is not in it", place=str(file), hint="dump the whole card, from the MF")
        save(Backup(dump.model.name, dump.iccid, dump.atr, dump.image, unread=dump.not_taken), out)
    return Outcome(_dump_text(dump, out), _dump_value(dump, out))


@pysim.command()
@PROFILE
@RECORD
@READER
@PRODUCT
@MIN_TRIES
@TRACE
@click.option("--out", type=NEW_FILE, help="New file for the script (mode 0600); without it, it is printed.")
@click.option("--reveal", is_flag=True, help="Put keys, PINs and ADM into the script. Needs --out.")
@command
def script(
    profile: Path, record_file: Path, reader: str, product: str | None, min_tries: int, trace: bool, out: Path | None,
    reveal: bool,
) -> Outcome:  # fmt: skip
    """Write the plan for the card in the reader as a script for pySim-shell. Writes nothing on the card."""
    from simtool.perso.job import prepare
    from simtool.perso.profile import Profile
    from simtool.perso.pysim.plan_script import format_script, write_script
    from simtool.perso.record import load_records

    if reveal and out is None:
        raise InputError("keys are not printed", field="--reveal", hint="name a file for the script with --out")
    wanted, records = Profile.load(profile), load_records(record_file)
    with Desk(reader, product, record_file, (), min_tries, trace).open() as (card, model):
        remember_attempts(card)
        job = prepare(card, wanted, records, product=model.name, min_tries=min_tries, progress=progress("reading"))
    value = {"product": model.name, "iccid": job.plan.iccid, "writes": len(job.plan.writes), "revealed": reveal}
    if out is None:
        text = format_script(job.plan)
        return Outcome(text.rstrip("\n"), value | {"script": text})
    write_script(job.plan, out, reveal=reveal)
    note = "with keys and codes" if reveal else "without keys and codes"
    return Outcome(f"{len(job.plan.writes)} writes are in {out}, {note}", value | {"file": str(out)})


def _adm(product: str | None) -> str:
    """The name of the credential that opens cards of this product for writing."""
    from simtool.files.product import load
    from simtool.perso.pysim.cards_csv import DEFAULT_ADM

    model = load(product) if product is not None else None
    return model.adm.pin if model is not None and model.adm is not None else DEFAULT_ADM


def _cards_text(records: tuple[CardRecord, ...]) -> str:
    rows = [
        (
            record.iccid.digits,
            record.subscriptions[0].imsi.digits if record.subscriptions else "",
            ", ".join(credential.pin for credential in record.credentials),
        )
        for record in records[:SHOWN]
    ]
    more = f"\n… and {len(records) - SHOWN} more" if len(records) > SHOWN else ""
    return table(rows, head=("ICCID", "IMSI", "codes")) + more


def _card_value(record: CardRecord) -> dict[str, typing.Any]:
    return {
        "iccid": record.iccid.digits,
        "imsi": record.subscriptions[0].imsi.digits if record.subscriptions else None,
        "algorithm": record.subscriptions[0].algorithm if record.subscriptions else None,
        "codes": [credential.pin for credential in record.credentials],
    }


def _dump_text(dump: Dump, out: Path | None) -> str:
    rows = [
        ("card", dump.card),
        ("product", dump.model.name if dump.model is not None else "not known"),
        ("ICCID", dump.iccid),
        ("ATR", dump.atr.hex()),
        ("files", f"{len(dump.image.paths)} ({len(dump.image.units)} records and bodies)"),
        ("switched off", ", ".join(map(str, sorted(dump.image.deactivated)))),
        ("backup", str(out) if out is not None else ""),
    ]
    lines = [table([row for row in rows if row[1]])]
    if dump.not_taken:
        lines += ["not taken:", *(f"  {what}: {reason}" for what, reason in dump.not_taken)]
    return "\n".join(lines)


def _dump_value(dump: Dump, out: Path | None) -> dict[str, typing.Any]:
    return {
        "card": dump.card,
        "product": dump.model.name if dump.model is not None else None,
        "iccid": dump.iccid,
        "atr": dump.atr.hex(),
        "files": len(dump.image.paths),
        "units": len(dump.image.units),
        "sha256": dump.image.digest(),
        "deactivated": sorted(map(str, dump.image.deactivated)),
        "not_taken": [{"what": what, "reason": reason} for what, reason in dump.not_taken],
        "backup": str(out) if out is not None else None,
    }
