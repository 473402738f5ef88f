"""`simtool station label` and `letters`: what is printed for good cards."""

from __future__ import annotations

import contextlib
import typing
from contextlib import AbstractContextManager
from pathlib import Path

import click

from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import Outcome, command
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.inventory.inventory import Inventory
    from simtool.perso.profile import Profile

PATH = click.Path(path_type=Path)
PROFILE = click.option("--profile", "profile_file", type=PATH, help="Where the profile is now, if it was moved.")


@click.command()
@click.argument("iccid")
@click.option("--out", type=PATH, help="New file. [default: ICCID.pdf]")
@PROFILE
@at_inventory
@command
def label(place: Place, iccid: str, out: Path | None, profile_file: Path | None) -> Outcome:
    """Make the label of the good card ICCID once more, as its profile says."""
    from simtool.inventory.finished import finished_card
    from simtool.station.paper.keeping import keep
    from simtool.station.paper.label import label_has_codes, make_label

    with place.open() as inventory:
        card = finished_card(inventory, iccid)
        path = _new(out or Path(f"{card.record.iccid}.pdf"))
        profile = _profile(inventory, card.batch, profile_file)
        secret = label_has_codes(profile)
        pdf = make_label(profile, card.record, product=card.product, batch=card.batch)
        with _noted(inventory, secret, str(card.record.iccid), "label printed", f"PIN or PUK to {path}"):
            keep(path, pdf, private=secret)
    return Outcome(f"the label is in {path}", {"file": str(path), "iccid": str(card.record.iccid), "secret": secret})


@click.command()
@click.argument("batch")
@click.option("--out", required=True, type=PATH, help="New file for all letters (PDF).")
@click.option("--for", "recipient", default="", help="Who gets the file, for the audit log.")
@PROFILE
@at_inventory
@command
def letters(place: Place, batch: str, out: Path, recipient: str, profile_file: Path | None) -> Outcome:
    """Make a letter for every good card of BATCH, as its profile says."""
    from simtool.inventory.finished import finished_cards
    from simtool.station.paper.keeping import keep
    from simtool.station.paper.label import Letter, letters_have_codes, make_letters

    path = _new(out)
    with place.open() as inventory:
        profile = _profile(inventory, batch, profile_file)
        secret = letters_have_codes(profile)
        whose = [Letter(card.record, card.product) for card in finished_cards(inventory, batch)]
        if not whose:
            raise InputError(f"batch {batch} has no good card yet", hint=f"simtool inventory reconcile {batch}")
        pdf = make_letters(profile, whose, batch=batch)
        detail = f"PIN or PUK of {len(whose)} cards to {path}" + (f", for {recipient}" if recipient else "")
        with _noted(inventory, secret, batch, "letters printed", detail):
            keep(path, pdf, private=secret)
    told = "; PIN or PUK stand in it: it is for you only (0600), delete it when it is printed" if secret else ""
    return Outcome(
        f"{len(whose)} letters are in {path}{told}", {"file": str(path), "letters": len(whose), "secret": secret}
    )


def _new(path: Path) -> Path:
    """The path, unless there is a file: better said before the work than behind it."""
    if path.exists():
        raise InputError("the file exists", place=str(path), hint="choose another name")
    return path


def _profile(inventory: Inventory, batch: str, moved: Path | None) -> Profile:
    from simtool.inventory.orders import find_batch, load_profile

    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
    return load_profile(found.order, moved)


def _noted(inventory: Inventory, secret: bool, subject: str, what: str, detail: str) -> AbstractContextManager[object]:
    """Where secrets leave, the audit log says so before they do."""
    from simtool.inventory.ending import noted_use

    return noted_use(inventory, subject, what, detail) if secret else contextlib.nullcontext()
