"""`simtool formats …` and `simtool convert`: files of whole batches."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.batch.formats.card import ListedCard
    from simtool.batch.formats.convert import Source
    from simtool.batch.formats.model import Format, Reading
    from simtool.batch.formats.transport_key import TransportKey
    from simtool.batch.incoming import Rules
    from simtool.codec.identifiers import Plmn

A_FILE = click.Path(path_type=Path)
FROM = click.option("--from", "from_format", default="records", show_default=True, help="Format of CARDS.")
TRANSPORT_KEYS = click.option(
    "--transport-keys", "keys_file", type=A_FILE, help="File with transport keys (YAML, mode 0600)."
)
ALGORITHM = click.option("--algorithm", default="", help="What the keys are for, where CARDS does not say it.")
PLMN = click.option("--plmn", help="The subscribers' network, as 001-01.")


def cards_source(
    path: Path,
    from_format: str,
    keys_file: Path | None,
    algorithm: str,
    rules: Rules | None = None,
    *,
    without_keys: bool = False,
) -> tuple[Source, Reading]:
    """Where the cards of a command come from, and what the last reading of it found.

    Commands take their cards through this function alone; it reads a file again each time the source is called.
    """
    from simtool.batch.formats.model import Reading
    from simtool.batch.formats.registry import resolve
    from simtool.batch.incoming import Rules, read_list

    form, keys = resolve(from_format), transport_keys(keys_file)
    last = Reading(str(path), keys, algorithm, without_keys)

    def source() -> Iterator[ListedCard]:
        last.problems.clear()
        return read_list(form, path, rules or Rules(weak_keys=False), None, last)

    return source, last


def transport_keys(path: Path | None) -> tuple[TransportKey, ...]:
    from simtool.batch.formats.transport_key import read_transport_keys

    return read_transport_keys(path) if path is not None else ()


def network(text: str | None) -> Plmn | None:
    from simtool.codec.identifiers import Plmn

    return Plmn.parse(text) if text else None


@click.group()
def formats() -> None:
    """File formats of batches: what there is, what is in them, and checking a list against one."""


@formats.command("list")
@command
def list_formats() -> Outcome:
    """List every format and what it is for."""
    from simtool.batch.formats.registry import formats as known

    rows = [(form.name, form.purpose) for form in known().values()]
    return Outcome(table(rows, head=("format", "for")), [_format_value(form) for form in known().values()])


@formats.command()
@click.argument("format_name", metavar="FORMAT")
@command
def show(format_name: str) -> Outcome:
    """Show the columns of FORMAT, which of them are secret, and where its layout can be checked."""
    from simtool.batch.formats.registry import resolve

    form = resolve(format_name)
    rows = [(column.title, "secret" if column.secret else "", column.meaning) for column in form.columns]
    head = [form.purpose, f"layout: {form.source}"]
    if form.template:
        head.append("a template: adapt the columns in a copy of it and name that file as format")
    return Outcome("\n".join((*head, table(rows, head=("column", "", "meaning")))), _format_value(form))


@formats.command()
@command
def fields() -> Outcome:
    """List the fields that a template's columns can hold."""
    from simtool.batch.formats.fields import MEANINGS

    known = dict(MEANINGS) | {
        "PIN1, PUK1, PIN2, ADM1 …": "codes of the finished card",
        "cipherN, kicN, kidN, kikN": "OTA and security domain keys of version N (1 to 127)",
    }
    return Outcome(table(list(known.items()), head=("field", "meaning")), known)


@formats.command()
@click.argument("cards", type=A_FILE)
@FROM
@TRANSPORT_KEYS
@ALGORITHM
@PLMN
@click.option("--quantity", type=int, help="As many cards as were ordered.")
@click.option("--imsi-digits", type=int, default=15, show_default=True)
@click.option("--keys/--no-keys", "needs_ki", default=True, help="Whether every card must have a Ki.")
@click.option("--paired", is_flag=True, help="ICCID and IMSI must count up together.")
@command
def check(
    cards: Path, from_format: str, keys_file: Path | None, algorithm: str, plmn: str | None, quantity: int | None,
    imsi_digits: int, needs_ki: bool, paired: bool,
) -> Outcome:  # fmt: skip
    """Check the list CARDS to its end and tell everything that is wrong, each with its line."""
    from simtool.batch.formats.model import Reading
    from simtool.batch.formats.registry import resolve
    from simtool.batch.incoming import Rules, check_list

    rules = Rules(network(plmn), imsi_digits, quantity, needs_ki, paired=paired)
    reading = Reading(str(cards), transport_keys(keys_file), algorithm)
    found = check_list(resolve(from_format), cards, rules, None, reading)
    notes = [f"not taken: {what}" for what in found.not_taken]
    verdict = "nothing is wrong" if found else f"problems: {len(found.problems)}"
    text = "\n".join((*map(str, found.problems), *notes, f"good cards: {found.cards}, {verdict}"))
    value = {
        "cards": found.cards,
        "problems": [{"place": item.place, "field": item.field, "reason": item.reason} for item in found.problems],
        "not_taken": list(found.not_taken),
    }
    return Outcome(text, value, ExitCode.DONE if found else ExitCode.ERROR)


@click.command()
@click.argument("cards", type=A_FILE)
@FROM
@click.option("--to", "to_format", required=True, help="Format to write: a name, or a template's file.")
@click.option("--out", required=True, type=A_FILE, help="New file (mode 0600).")
@TRANSPORT_KEYS
@click.option("--transport-key", "index", type=int, help="Index of the key under which Ki and OPc are written.")
@ALGORITHM
@PLMN
@click.option("--batch", default="", help="Name of the batch, for the file's head.")
@click.option("--customer", default="", help="For the head.")
@click.option("--product", default="", help="For the head.")
@click.option("--order", default="", help="Number of the order, for the head.")
@click.option("--apn", default="internet", show_default=True, help="For cores that want one.")
@command
def convert(
    cards: Path, from_format: str, to_format: str, out: Path, keys_file: Path | None, index: int | None,
    algorithm: str, plmn: str | None, batch: str, customer: str, product: str, order: str, apn: str,
) -> Outcome:  # fmt: skip
    """Write the cards in the file CARDS in another format. What the format has no place for is named."""
    from datetime import date

    from simtool.batch.formats.convert import write_cards
    from simtool.batch.formats.header import BatchHeader
    from simtool.batch.formats.registry import resolve

    source, reading = cards_source(cards, from_format, keys_file, algorithm)
    header = BatchHeader(batch, customer, product, order, date.today(), plmn=network(plmn), apn=apn)
    form = resolve(to_format)
    written = write_cards(form, source, out, header, _chosen(transport_keys(keys_file), index))
    notes = [f"not taken from {cards}: {what}" for what in reading.not_taken]
    if written.lost:
        notes.append(f"{form.name} has no place for: {', '.join(written.lost)}")
    text = "\n".join((f"{written.entries} entries are in {out} (only you can read it)", *notes))
    value = {
        "file": str(out), "format": form.name, "entries": written.entries, "lost": list(written.lost),
        "not_taken": list(reading.not_taken), "transport_key": index,
    }  # fmt: skip
    return Outcome(text, value)


@click.command()
@click.argument("cards", type=A_FILE)
@FROM
@click.option("--recipients", "recipients_file", required=True, type=A_FILE, help="Who gets what (YAML).")
@click.option("--sign-certificate", required=True, type=A_FILE, help="The sender's certificate (PEM).")
@click.option("--sign-key", required=True, type=A_FILE, help="The sender's key (PEM, mode 0600).")
@click.option("--out", required=True, type=A_FILE, help="New folder (mode 0700).")
@TRANSPORT_KEYS
@ALGORITHM
@click.option("--batch", default="", help="Name of the batch.")
@click.option("--customer", default="", help="For the manifest.")
@click.option("--product", default="", help="For the manifest.")
@command
def package(
    cards: Path, from_format: str, recipients_file: Path, sign_certificate: Path, sign_key: Path, out: Path,
    keys_file: Path | None, algorithm: str, batch: str, customer: str, product: str,
) -> Outcome:  # fmt: skip
    """Write an encrypted file for each recipient, with their columns only, and a signed manifest."""
    from datetime import date

    from simtool.batch.formats.header import BatchHeader
    from simtool.batch.packages import read_recipients, read_sender, write_package

    source, _ = cards_source(cards, from_format, keys_file, algorithm)
    header = BatchHeader(batch, customer, product, made=date.today())
    sender = read_sender(sign_certificate, sign_key)
    files = write_package(source, out, read_recipients(recipients_file), header, sender)
    rows = [(item.name, item.role.value, item.form, str(item.entries)) for item in files]
    text = "\n".join((table(rows, head=("file", "for", "format", "entries")), f"the package is {out}"))
    return Outcome(text, {"folder": str(out), "files": [item.value() for item in files]})


def _chosen(keys: tuple[TransportKey, ...], index: int | None) -> TransportKey | None:
    if index is None:
        return None
    key = next((key for key in keys if key.index == index), None)
    if key is None:
        raise InputError(f"there is no transport key {index}", hint="give the key file with --transport-keys")
    return key


def _format_value(form: Format) -> dict[str, typing.Any]:
    return {
        "name": form.name, "purpose": form.purpose, "source": form.source, "template": form.template,
        "algorithms": list(form.algorithms), "transport_key": form.takes_transport_key,
        "columns": [
            {"title": column.title, "meaning": column.meaning, "secret": column.secret} for column in form.columns
        ],
    }  # fmt: skip
