"""`simtool formats …` and `simtool convert`: files of whole batches."""

from __future__ import annotations

import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from simtool.cli.card_lists import (
    A_FILE,
    ALGORITHM,
    FROM,
    TRANSPORT_KEY,
    TRANSPORT_KEYS,
    Cards,
    OpenCards,
    at_cards,
    chosen,
    transport_keys,
    under,
)
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.batch.formats.header import BatchHeader
    from simtool.batch.formats.model import Format
    from simtool.codec.identifiers import Plmn
    from simtool.crypto.transport_key import TransportKey

PLMN = click.option("--plmn", help="The subscribers' network, as 001-01.")


def head(function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands in the head of a file or manifest; a batch of the inventory knows it itself."""
    for option, what in (("--product", "Product"), ("--customer", "Customer"), ("--name", "Name of the batch")):
        function = click.option(option, default="", help=f"{what}, for the head.")(function)
    return function


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
@click.option("--register", "in_register", is_flag=True, help="Ask the inventory too, which numbers and Ki it has.")
@at_inventory
@command
def check(
    cards: Path, from_format: str, keys_file: Path | None, algorithm: str, plmn: str | None, quantity: int | None,
    imsi_digits: int, needs_ki: bool, paired: bool, in_register: bool, place: Place,
) -> Outcome:  # fmt: skip
    """Check the list CARDS to its end and tell everything that is wrong, each with its line."""
    from contextlib import ExitStack

    from simtool.batch.formats.model import Reading
    from simtool.batch.formats.registry import resolve
    from simtool.batch.incoming import Rules, check_list

    rules = Rules(network(plmn), imsi_digits, quantity, needs_ki, paired=paired)
    reading = Reading(str(cards), transport_keys(keys_file), algorithm)
    with ExitStack() as stack:
        register = None
        if in_register:
            from simtool.inventory.known import known

            register = stack.enter_context(known(stack.enter_context(place.open())))
        found = check_list(resolve(from_format), cards, rules, register, reading)
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
@at_cards
@click.option("--to", "to_format", required=True, help="Format to write: a name, or a template's file.")
@click.option("--out", required=True, type=A_FILE, help="New file (mode 0600).")
@click.option("--for", "recipient", default="", help="Who gets the file, for the audit log.")
@TRANSPORT_KEY
@PLMN
@head
@click.option("--order", default="", help="Number of the order, for the head.")
@click.option("--apn", default="internet", show_default=True, help="For cores that want one.")
@command
def convert(
    cards: Cards, to_format: str, out: Path, recipient: str, index: int | None, plmn: str | None, name: str,
    customer: str, product: str, order: str, apn: str,
) -> Outcome:  # fmt: skip
    """Write the cards in the file CARDS, or of a batch, in another format. What has no place there is named."""
    from dataclasses import replace

    from simtool.batch.formats.convert import write_cards
    from simtool.batch.formats.registry import resolve

    form = resolve(to_format)
    with cards.open() as found:
        header = replace(_header(found, name, customer, product), order=order, plmn=network(plmn), apn=apn)
        key = chosen(found.keys, index)
        if out.exists():
            raise InputError("the file exists", place=str(out), hint="choose another name")
        detail = f"as {form.name} to {out.name} for {recipient or 'nobody named'}, {_what(form, key)}"
        with found.noted("records exported", detail):
            written = write_cards(form, found.source_for(form), out, header, key)
        notes = [f"not taken from {found.name}: {what}" for what in found.reading.not_taken]
    if written.lost:
        notes.append(f"{form.name} has no place for: {', '.join(written.lost)}")
    text = "\n".join((f"{written.entries} entries are in {out} (only you can read it)", *notes))
    value = {
        "file": str(out), "format": form.name, "entries": written.entries, "lost": list(written.lost),
        "not_taken": list(found.reading.not_taken), "transport_key": index,
    }  # fmt: skip
    return Outcome(text, value)


@click.command()
@at_cards
@click.option("--recipients", "recipients_file", required=True, type=A_FILE, help="Who gets what (YAML).")
@click.option("--sign-certificate", required=True, type=A_FILE, help="The sender's certificate (PEM).")
@click.option("--sign-key", required=True, type=A_FILE, help="The sender's key (PEM, mode 0600).")
@click.option("--out", required=True, type=A_FILE, help="New folder (mode 0700).")
@head
@command
def package(
    cards: Cards, recipients_file: Path, sign_certificate: Path, sign_key: Path, out: Path, name: str, customer: str,
    product: str,
) -> Outcome:  # fmt: skip
    """Write an encrypted file for each recipient, with their columns only, and a signed manifest."""
    from simtool.batch.packages import read_recipients, read_sender, write_package

    recipients, sender = read_recipients(recipients_file), read_sender(sign_certificate, sign_key)
    with cards.open() as found:
        header = _header(found, name, customer, product)
        if out.exists():
            raise InputError("the folder exists", place=str(out), hint="choose another name")
        details = [
            f"{item.form.name} in {out.name} for {item.role.value} ({item.subject}), {_what(item.form)}"
            for item in recipients
        ]
        with found.noted("records packed", *details):
            files = write_package(found.source, out, recipients, header, sender)
    rows = [(item.name, item.role.value, item.form, str(item.entries)) for item in files]
    text = "\n".join((table(rows, head=("file", "for", "format", "entries")), f"the package is {out}"))
    return Outcome(text, {"folder": str(out), "files": [item.value() for item in files]})


def _header(found: OpenCards, name: str, customer: str, product: str) -> BatchHeader:
    """The head of a file; a batch of the inventory knows its own name, customer and product."""
    from datetime import date

    from simtool.batch.formats.header import BatchHeader

    if found.batch is not None:
        name = name or found.batch.name
        customer = customer or found.batch.order.customer
        product = product or Path(found.batch.order.profile).stem
    return BatchHeader(name, customer, product, made=date.today())


def _what(form: Format, key: TransportKey | None = None) -> str:
    """Which secrets a file of this format holds, for the audit log."""
    keeps = form.keeps
    parts = [under(key)] if keeps.ki or keeps.opc else []
    if keeps.codes is None or keeps.codes:
        parts.append("all codes" if keeps.codes is None else ", ".join(keeps.codes))
    if keeps.key_sets is None or keeps.key_sets:
        parts.append("all key sets" if keeps.key_sets is None else f"key sets {', '.join(map(str, keeps.key_sets))}")
    return "; ".join(parts) or "no secret"


def _format_value(form: Format) -> dict[str, typing.Any]:
    return {
        "name": form.name, "purpose": form.purpose, "source": form.source, "template": form.template,
        "algorithms": list(form.algorithms), "transport_key": form.takes_transport_key,
        "columns": [
            {"title": column.title, "meaning": column.meaning, "secret": column.secret} for column in form.columns
        ],
    }  # fmt: skip
