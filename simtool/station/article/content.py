"""From a finished card in the reader to the sheet of a first article: read out, decoded, previewed, without secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from simtool.card.session import Session
from simtool.errors import InputError
from simtool.perso.compiled import CompiledProfile
from simtool.perso.image import CardImage
from simtool.perso.preview import Situation, phone_units, preview, whole_image
from simtool.perso.preview.png import png
from simtool.perso.preview.svg import picture
from simtool.perso.preview.terminal import details, drawing
from simtool.perso.preview.wanted import networks_worth_seeing
from simtool.perso.profile import Profile
from simtool.perso.read import read_image
from simtool.perso.record import CardRecord
from simtool.perso.technician.names import in_reach
from simtool.perso.technician.show import UnitView, holds_keys, view_unit
from simtool.perso.visit import Visit
from simtool.station.article.sheet import ArticleSheet, BrandView, NamedValue, ProofRow, UnitRow
from simtool.station.paper.label import label_lines

HOSTS = "the host's"


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """What is known beside the card: whose it is, the ICCID `chip` that it came with, who made it, where, how long."""

    batch: str
    customer: str
    quantity: int
    chip: str
    made_by: str
    station: str
    seconds: float


def sheet_of(
    head: ArticleHead, profile: Profile, compiled: CompiledProfile, session: Session, done: Visit
) -> ArticleSheet:
    """The sheet of the card in use, which `done` made. Reads what was wanted and what a phone would; writes nothing.

    Raises `CardError`.
    """
    verification, job = done.verification, done.job
    record = verification.record if verification is not None else job.record
    model, wanted = job.desired.model, job.desired
    units = dict.fromkeys((*wanted.guarded.units, *wanted.image.units))
    seen = [unit for unit in phone_units(model) if in_reach(model, unit.path)]
    known = {pin.name for pin in model.pins}
    credentials = tuple(item for item in record.credentials if item.pin in known)
    image = read_image(session, model, only=dict.fromkeys((*units, *seen)), credentials=credentials)
    rows = []
    for unit in units:
        view = view_unit(model, unit, image.units.get(unit), deactivated=unit.path in image.deactivated)
        size = len((image.units.get(unit) or wanted.image.units.get(unit) or wanted.guarded.units[unit]).data)
        origin = wanted.image.origins.get(unit, HOSTS)
        rows.append(_row(view, size, origin, secret=holds_keys(model.file(unit.path))))
    proofs = verification.proofs if verification is not None else ()
    return ArticleSheet(
        batch=head.batch,
        customer=head.customer,
        quantity=head.quantity,
        profile=profile.operator.name,
        product=model.name,
        vendor=model.vendor,
        atr=session.transport.atr.hex(),
        chip=head.chip,
        iccid=record.iccid.digits,
        digest=compiled.digest,
        made_by=head.made_by,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        station=head.station,
        numbers=tuple(_numbers(record)),
        units=tuple(rows),
        script=compiled.script(),
        proofs=tuple(ProofRow(str(one.application), one.context, one.ok, one.detail) for one in proofs),
        check_values=tuple(_check_values(record)),
        units_compared=verification.units if verification is not None else 0,
        content_ok=verification is not None and verification.content_ok,
        mismatches=tuple(map(str, verification.mismatches)) if verification is not None else (),
        unproved=verification.unproved if verification is not None else "",
        brand=_brand(whole_image(image, model), profile.operator.name),
        label=_label(profile, record, model.name, head.batch),
        seconds=head.seconds,
    )


def _row(view: UnitView, size: int, origin: str, *, secret: bool) -> UnitRow:
    raw = "" if view.hidden or secret else view.hex
    return UnitRow(str(view.unit), size, raw, view.text, origin, secret=view.hidden or secret)


def _label(profile: Profile, record: CardRecord, product: str, batch: str) -> tuple[NamedValue, ...]:
    """The parts of its label; where none can be made, that is what has to be seen."""
    try:
        lines = label_lines(profile, record, product=product, batch=batch)
    except InputError as error:
        return (NamedValue("text", f"there is no label: {error}"),)
    return tuple(NamedValue(line.kind, line.content) for line in lines)


def _numbers(record: CardRecord) -> Iterator[NamedValue]:
    yield NamedValue("ICCID", record.iccid.digits)
    for number, subscription in enumerate(record.subscriptions, start=1):
        which = "" if number == 1 else f" {number}"
        yield NamedValue(f"IMSI{which}", subscription.imsi.digits)
        if subscription.msisdn is not None:
            yield NamedValue(f"MSISDN{which}", subscription.msisdn)
        yield NamedValue(f"algorithm{which}", subscription.algorithm)
    yield NamedValue("SQN used so far", str(record.subscription.sqn))


def _check_values(record: CardRecord) -> Iterator[NamedValue]:
    """Of every key that has one: a check value lets nobody find the key."""
    for number, subscription in enumerate(record.subscriptions, start=1):
        which = "" if number == 1 else f" {number}"
        for name, key in (("Ki", subscription.k), ("OPc", subscription.opc)):
            if key is not None and key.has_kcv:
                yield NamedValue(f"{name}{which}", key.kcv().hex())
    for key_set in record.key_sets:
        for name, key in zip(("ENC", "MAC", "DEK"), key_set.keys, strict=True):
            if key.has_kcv:
                yield NamedValue(f"key set {key_set.version} {name}", key.kcv().hex())


def _brand(image: CardImage, title: str) -> BrandView:
    """What a phone shows at home, with its host and abroad."""
    previews = [preview(image, Situation(plmn)) for plmn in networks_worth_seeing(image)]
    drawn = picture(previews, title=title)
    text = "\n\n".join((drawing(previews), *(f"at {seen.situation}\n{details(seen)}" for seen in previews)))
    return BrandView(text, drawn.svg, base64.b64encode(png(drawn)).decode())
