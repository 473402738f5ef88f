"""One screen about a card: what it is and whose, what a phone will show, what may be changed, how many tries are left.

Sends no PIN: it shows what anyone may read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.card.session import Session
from simtool.files import contents
from simtool.files.product import CardModel
from simtool.perso.record import CardRecord
from simtool.perso.technician.display import PhoneScreen, phone_screen
from simtool.perso.technician.fit import NOBODY, Changeable, Fit, changeable
from simtool.perso.technician.own import GSM, ISIM, TELECOM, USIM, OwnData, read_own
from simtool.perso.technician.pin_states import PinView, pin_views
from simtool.perso.technician.readings import AdmReading, adm_reading, known_by

Section = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class CardInfo:
    """A card in human words. `fit` is there when a profile was asked about."""

    reader: str
    atr: str
    model: CardModel
    facts: tuple[tuple[str, str], ...]
    screen: PhoneScreen
    changes: tuple[Changeable, ...]
    pins: tuple[PinView, ...]
    fit: Fit | None = None
    adm: AdmReading | None = None
    known_by: str = ""

    def sections(self) -> list[Section]:
        """Titles and rows, as a person reads them; the first has no title."""
        kind = ", ".join(self.model.kind)
        product = f"{self.model.name} ({self.model.vendor}): {kind}"
        head = [("reader", self.reader), ("ATR", self.atr), ("product", product), ("known", self.known_by), *self.facts]
        shown = [*self.screen.lines, *(("but", remark) for remark in self.screen.remarks)]
        changes = [(_who(group.who), ", ".join(group.subjects)) for group in self.changes]
        if not self.model.iccid_writable and self.model.iccid_reason:
            changes.append(("why", f"ICCID: {self.model.iccid_reason}"))
        pins = [(view.name, view.words) for view in self.pins if view.exists]
        sections: list[Section] = [
            ("", head),
            ("the phone will show", shown),
            ("may be changed", changes),
            ("PINs", [*pins, *(self.adm.rows if self.adm else ())]),
        ]
        if self.fit is not None:
            sections.append(("for the profile", _fit_rows(self.fit)))
        if self.model.notes:
            sections.append(("notes", [("", note) for note in self.model.notes]))
        return sections

    def to_json(self) -> dict[str, Any]:
        value: dict[str, Any] = {
            "reader": self.reader,
            "atr": self.atr,
            "product": self.model.name,
            "known": self.known_by,
            "kind": list(self.model.kind),
            "facts": dict(self.facts),
            "phone": dict(self.screen.lines),
            "remarks": list(self.screen.remarks),
            "may_be_changed": {group.who: list(group.subjects) for group in self.changes},
            "tries": {view.name: view.words for view in self.pins if view.exists},
            "pins": {
                view.name: {"tries": view.tries, "enabled": view.enabled, "blocked": view.blocked}
                for view in self.pins
                if view.exists
            },
            "notes": list(self.model.notes),
        }
        if self.adm is not None:
            value["adm"] = {
                "pin": self.adm.pin, "usual": list(self.adm.usual), "other": list(self.adm.other),
                "sent": self.adm.sent, "doubt": self.adm.doubt,
            }  # fmt: skip
        if self.fit is not None:
            value["profile"] = {
                "fits": bool(self.fit),
                "missing": list(self.fit.missing),
                "needs": list(self.fit.needs),
                "writes": self.fit.writes,
                "unread": self.fit.unread,
            }
        return value


def look(session: Session, model: CardModel, *, fit: Fit | None = None, record: CardRecord | None = None) -> CardInfo:
    """Read what anyone may read, and ask the counters. Spends no try; of the `record` it tells how the ADM is read."""
    own = read_own(session, model)
    pins = pin_views(session, model)
    return CardInfo(
        reader=session.transport.name,
        atr=session.atr.hex(),
        model=model,
        facts=tuple(_facts(own)),
        screen=phone_screen(own, pins),
        changes=changeable(model),
        pins=pins,
        fit=fit,
        adm=adm_reading(model, record),
        known_by=known_by(model, session.atr),
    )


def _facts(own: OwnData) -> list[tuple[str, str]]:
    spn = own.value(f"{USIM}/EF.SPN", f"{GSM}/EF.SPN")
    number = own.value(f"{USIM}/EF.MSISDN", f"{TELECOM}/EF.MSISDN")
    data = own.value(f"{USIM}/EF.AD", f"{GSM}/EF.AD")
    facts = [
        ("ICCID", own.iccid or "not readable"),
        ("IMSI", own.imsi.digits if own.imsi else "not readable without a PIN, or blank"),
        ("home network", str(own.home) if own.home else ""),
        ("MSISDN", (number.number or "") if isinstance(number, contents.Entry) else ""),
        ("service provider name", spn.name if isinstance(spn, contents.ServiceProviderName) else ""),
        ("IMS identity", str(own.value(f"{ISIM}/EF.IMPI") or "")),
        ("operation", str(data) if isinstance(data, contents.AdministrativeData) else ""),
    ]
    return [(name, text) for name, text in facts if text]


def _who(who: str) -> str:
    return {NOBODY: "never", "anyone": "by anyone"}.get(who, f"with {who}")


def _fit_rows(fit: Fit) -> list[tuple[str, str]]:
    if not fit.missing and not fit.writes:
        return [("fits", "and is finished: nothing to change")]
    if fit.missing:
        return [("missing", reason) for reason in fit.missing]
    needs = ", ".join(fit.needs)
    with_needs = f", with {needs}" if needs else ""
    if fit.unread == fit.writes:
        return [("fits", f"nothing differs that can be read; {fit.unread} places of keys can be compared{with_needs}")]
    unread = f" (of them {fit.unread} to places that cannot be read yet)" if fit.unread else ""
    return [("fits", f"{fit.writes} writes{unread}{with_needs}")]
