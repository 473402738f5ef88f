"""`simtool station report` and `verify-certificate`: the papers of the end of a shift, and a check of what they say."""

from __future__ import annotations

import typing
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from simtool.cli.inventory_options import Place, at_inventory, read_text, site_key
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError, RefusedError

if typing.TYPE_CHECKING:
    from simtool.inventory.inventory import Inventory
    from simtool.station.paper.certificate import Certificate

PATH = click.Path(path_type=Path)
RECONCILIATION, CERTIFICATE, AUDIT = KINDS = ("reconciliation", "certificate", "audit")
Papers = tuple[bytes, str, str]
"""PDF, JSON, and in words what is wrong (empty: nothing)."""


@click.command()
@click.argument("batch")
@click.option("--out", "folder", required=True, type=PATH, help="Folder for the papers; made if need be.")
@click.option("--only", "kinds", multiple=True, type=click.Choice(KINDS), help="Just this one; may be given twice.")
@at_inventory
@command
def report(place: Place, batch: str, folder: Path, kinds: tuple[str, ...]) -> Outcome:
    """Write the papers of BATCH: reconciliation, certificate for the customer, audit extract, each as PDF and JSON.

    Their names end in the time, so that nothing is overwritten. A certificate is made only when cards are good and none
    is at work. Ends with 3 when the count does not balance or the audit log is not whole.
    """
    from datetime import UTC

    from simtool.station.paper.keeping import keep

    at = datetime.now(UTC).replace(microsecond=0)
    makers: dict[str, Callable[[Inventory, str, datetime], Papers]] = {
        RECONCILIATION: _reconciliation, CERTIFICATE: _certificate, AUDIT: _audit,
    }  # fmt: skip
    files, lines, wrong, left_out = [], [], [], {}
    with place.open() as inventory:
        _require_batch(inventory, batch)
        _make_folder(folder)
        for kind in kinds or KINDS:
            try:
                pdf, text, problem = makers[kind](inventory, batch, at)
            except RefusedError as error:
                if kind in kinds:
                    raise
                left_out[kind] = str(error)
                lines.append(f"no {kind}: {error}")
                continue
            for ending, content in (("json", text.encode()), ("pdf", pdf)):
                path = folder / f"{batch}-{kind}-{at:%Y%m%d-%H%M%S}.{ending}"
                keep(path, content)
                files.append({"kind": kind, "form": ending, "file": str(path)})
                lines.append(str(path))
            if problem:
                wrong.append(problem)
                lines.append(f"LOOK AT IT: {problem}")
    value = {"batch": batch, "files": files, "left_out": left_out, "problems": wrong}
    return Outcome("\n".join(lines), value, ExitCode.DIFFERENT if wrong else ExitCode.DONE)


@click.command("verify-certificate")
@click.argument("file", type=PATH)
@click.option(
    "--from", "signer", required=True, metavar="KEY", help="The site's key in hex (simtool vault show there)."
)
@click.option("--cards", "cards_file", type=PATH, help="A list of ICCIDs, one to a line, to compare with.")
@command
def verify_certificate(file: Path, signer: str, cards_file: Path | None) -> Outcome:
    """Check the certificate FILE (JSON): that the site has signed just this, and whether it is about your cards.

    Needs no inventory: it is for whoever got the cards.
    """
    from simtool.crypto.signed import read_signed
    from simtool.station.paper.certificate import Certificate

    text = read_text(file)
    read_signed(text, site_key(signer, "--from"))
    found = Certificate.parse(text)
    facts = [
        ("certificate", "signed by this site, unchanged"),
        ("customer", found.text_of("customer")),
        ("batch", found.text_of("batch")),
        ("cards", f"{found.value['good']} good, {found.value['quantity']} ordered"),
        ("ICCIDs", f"{found.text_of('first_iccid')} to {found.text_of('last_iccid')}"),
        ("SHA-256", found.digest),
    ]
    facts += [("made", f"{item['cards']} {item['product']}: {item['in_words']}") for item in found.value["made"]]
    agrees = True
    if cards_file is not None:
        agrees, said = _compared(found, cards_file)
        facts.append(("your list", said))
    value = {"certificate": found.value, "sha256": found.digest, "cards_agree": agrees if cards_file else None}
    return Outcome(table(facts), value, ExitCode.DONE if agrees else ExitCode.DIFFERENT)


def _compared(found: Certificate, path: Path) -> tuple[bool, str]:
    from simtool.station.paper.certificate import iccids_digest

    listed = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    if iccids_digest(listed) == found.text_of("iccids_sha256"):
        return True, f"just these {len(listed)} cards"
    if not found.iccids:
        return False, f"other cards than the certificate's ({len(listed)} listed)"
    extra, missing = sorted(set(listed) - set(found.iccids)), sorted(set(found.iccids) - set(listed))
    parts = [f"{len(extra)} not certified ({', '.join(extra[:3])})"] if extra else []
    parts += [f"{len(missing)} certified but not listed ({', '.join(missing[:3])})"] if missing else []
    return False, "; ".join(parts or ["a card stands in it twice"])


def _reconciliation(inventory: Inventory, batch: str, at: datetime) -> Papers:
    from simtool.station.paper.reconciliation import read_shift, reconciliation_json, reconciliation_pdf

    shift = read_shift(inventory, batch, at=at)
    return reconciliation_pdf(shift), reconciliation_json(shift), "; ".join(shift.problems)


def _certificate(inventory: Inventory, batch: str, at: datetime) -> Papers:
    from simtool.station.paper.certificate import certificate_pdf, make_certificate

    signed = make_certificate(inventory, batch, at=at)
    return certificate_pdf(signed), signed, ""


def _audit(inventory: Inventory, batch: str, at: datetime) -> Papers:
    from simtool.station.paper.audit_extract import extract_json, extract_pdf, read_extract

    extract = read_extract(inventory, batch, at=at)
    return extract_pdf(extract), extract_json(extract), "; ".join(extract.check.problems)


def _require_batch(inventory: Inventory, batch: str) -> None:
    from simtool.inventory.orders import find_batch

    with inventory.store.read() as connection:
        find_batch(connection, batch)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(folder)) from None
