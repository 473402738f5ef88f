"""The certificate for the customer: how many good cards, made by what, how checked, and which they are.

It is JSON signed with the site's key (Ed25519); the PDF shows the same and the digest of the signed file. Whoever has
the site's key can check it: `simtool station verify-certificate`. It says nothing of rejects and nothing secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simtool.errors import DecodeError, RefusedError
from simtool.inventory.ending import sign_certificate
from simtool.inventory.finished import finished_iccids
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import HELD
from simtool.station.paper.reconciliation import Shift, approver, cards, checked, read_shift
from simtool.station.paper.sheet import BODY, LEFT, RIGHT, Column, Sheet

FORM = "simtool certificate 1"
MOST_LISTED = 20_000
"""ICCIDs in the certificate itself; of a larger batch only their digest."""
MOST_ON_PAPER = 2_000
GRID = 4
QR_SIDE = 30.0
HOW = {
    "full": "every file read back and compared",
    "proof": "every write checked",
    "": "no check was noted",
}


def iccids_digest(iccids: Iterable[str]) -> str:
    """SHA-256 in hex of the ICCIDs in order, a line feed behind each: what `sort LIST | sha256sum` tells."""
    digest = hashlib.sha256()
    for iccid in sorted(iccids):
        digest.update(f"{iccid}\n".encode())
    return digest.hexdigest()


def make_certificate(inventory: Inventory, batch: str, *, at: datetime | None = None) -> str:
    """The signed certificate (JSON text) of a batch's good cards; the audit log notes it.

    Raises `RefusedError` where there is no good card, or cards are at work, so that the list would be old at once.
    """
    shift, iccids = read_shift(inventory, batch, at=at), finished_iccids(inventory, batch)
    held = sum(number for state, number in shift.count.by_state if state in HELD)
    if held:
        raise RefusedError(f"stations hold {held} records of batch {batch}", hint="let them finish first")
    if not iccids:
        raise RefusedError(f"batch {batch} has no good card", hint=f"simtool inventory reconcile {batch}")
    if shift.problems or len(iccids) != shift.count.good:
        raise RefusedError(f"batch {batch} does not balance", hint="simtool station report --only reconciliation")
    content = _content(shift, iccids)
    return sign_certificate(inventory, batch, content, f"{len(iccids)} cards, SHA-256 {iccids_digest(iccids)}")


def _content(shift: Shift, iccids: tuple[str, ...]) -> dict[str, Any]:
    order = shift.batch.order
    return {
        "form": FORM,
        "site": shift.site,
        "issued": shift.at.astimezone(UTC).isoformat(timespec="seconds"),
        "batch": shift.batch.name,
        "customer": order.customer,
        "quantity": shift.count.quantity,
        "good": len(iccids),
        "profile_sha256": order.digest,
        "made": [
            {
                "product": item.product, "digest": item.digest, "approved": approver(shift.articles, item),
                "checked": item.checked, "proved_by_aka": item.proved, "cards": item.count, "in_words": checked(item),
            }
            for item in shift.made
        ],
        "iccids_sha256": iccids_digest(iccids),
        "first_iccid": iccids[0],
        "last_iccid": iccids[-1],
        "iccids": list(iccids) if len(iccids) <= MOST_LISTED else None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was signed. `iccids` are empty where only their digest is in it."""

    value: dict[str, Any]
    text: str

    @classmethod
    def parse(cls, text: str) -> Certificate:
        """Read it, without checking the signature. Raises `DecodeError` for what is none, or holds together badly."""
        try:
            value = json.loads(text)
            form, good, made = value["form"], value["good"], value["made"]
            listed, digest = value["iccids"], value["iccids_sha256"]
            total = sum(item["cards"] for item in made)
        except (ValueError, KeyError, TypeError):
            raise DecodeError("this is no certificate of simtool") from None
        if form != FORM:
            raise DecodeError(f"this is no certificate that this simtool knows: {form}")
        if total != good or (listed is not None and (len(listed) != good or iccids_digest(listed) != digest)):
            raise DecodeError("the certificate's numbers do not agree with each other")
        return cls(value, text)

    @property
    def digest(self) -> str:
        """SHA-256 of the signed file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def iccids(self) -> tuple[str, ...]:
        return tuple(self.value["iccids"] or ())

    def text_of(self, name: str) -> str:
        return str(self.value[name])


def certificate_pdf(signed: str) -> bytes:
    """The certificate on paper, from its signed text; the same text gives the same bytes."""
    paper = Certificate.parse(signed)
    value, text = paper.value, paper.text_of
    at = datetime.fromisoformat(text("issued"))
    day = at.strftime("%Y-%m-%d %H:%M UTC")
    with Sheet(
        "Certificate", f"SIM cards for {text('customer')}", at, foot=f"simtool · site {text('site')} · {day}"
    ) as sheet:
        top = sheet.y
        sheet.qr(f"sha256:{paper.digest}", (RIGHT - QR_SIDE + 2, top - 2), QR_SIDE)
        sheet.facts(
            [
                ("Customer", text("customer")),
                ("Batch", text("batch")),
                ("Ordered", cards(value["quantity"])),
                ("Certified", cards(value["good"])),
                ("Profile, SHA-256", text("profile_sha256")),
                ("Issued", f"{day} by {text('by')}"),
            ],
            room=RIGHT - LEFT - QR_SIDE - 2,
        )
        sheet.y = max(sheet.y, top + QR_SIDE) + 2
        sheet.verdict(_statement(value), good=_proved(value) == value["good"] or None)
        sheet.heading("How they were made and checked")
        rows = [
            (item["product"] or "(not known)", item["digest"] or "–", item["approved"] or "–",
             HOW.get(item["checked"], item["checked"]), _proof(item), str(item["cards"]))
            for item in value["made"]
        ]  # fmt: skip
        columns = [
            Column("Card product", 30), Column("Digest of the first article", 56), Column("Approved by", 26),
            Column("Checked", 26), Column("Keys", 22), Column("Cards", 14, number=True),
        ]  # fmt: skip
        sheet.table(columns, [*rows, ("Together", "", "", "", "", str(value["good"]))], points=7.5, total=1)
        sheet.heading("The cards")
        sheet.facts(
            [
                ("First ICCID", text("first_iccid")),
                ("Last ICCID", text("last_iccid")),
                ("Their list, SHA-256", text("iccids_sha256")),
            ]
        )
        sheet.paragraph(
            "The digest is that of all ICCIDs in order, one to a line: sort LIST | sha256sum.", colour="#5a6270"
        )
        sheet.heading("How to check this certificate")
        sheet.facts(
            [
                ("Signed file, SHA-256", paper.digest),
                ("Signed by (Ed25519)", text("signer")),
                ("Signature", text("signature")),
                ("Audit log before", f"entry {value['audit_entry_before']}, {text('audit_mac_before')}"),
            ]
        )
        sheet.paragraph(
            f"simtool station verify-certificate FILE.json --from {text('signer')}", points=BODY - 1.5, bold=True
        )
        sheet.paragraph(
            "The key is the site's; get it from the site by another way than this paper (there: simtool vault show).",
            colour="#5a6270",
        )
        sheet.signatures(["For the site: name, date", "Received: name, date"])
        if 0 < len(paper.iccids) <= MOST_ON_PAPER:
            sheet.heading(f"All {len(paper.iccids)} ICCIDs")
            sheet.grid(paper.iccids, GRID)
        return sheet.finish()


def _statement(value: dict[str, Any]) -> str:
    good, quantity = value["good"], value["quantity"]
    proved = _proved(value)
    whole = sum(item["cards"] for item in value["made"] if item["checked"] == "full")
    part = "" if good >= quantity else f" ({quantity - good} of the order are not among them)"
    return (
        f"Made and found good: {cards(good)}{part}. Keys proved by authentication (AKA): {_of(proved, good)}. "
        f"Read back whole: {_of(whole, good)}."
    )


def _of(part: int, whole: int) -> str:
    return "all" if part == whole else f"{part} of them"


def _proved(value: dict[str, Any]) -> int:
    return sum(item["cards"] for item in value["made"] if item["proved_by_aka"])


def _proof(item: dict[str, Any]) -> str:
    return "proved by AKA" if item["proved_by_aka"] else "not proved"
