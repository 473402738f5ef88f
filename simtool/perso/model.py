"""Recognising the product a card is."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from simtool.card.session import CommandClass, Session
from simtool.codec import tlv
from simtool.errors import CodecError, StatusError, UnknownCardError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, by_atr, load
from simtool.perso.probing import why_not
from simtool.perso.rooms import speaks_as_sim

EF_DIR = FilePath("MF/EF.DIR")
FID_DIR = 0x2F00
APPLICATION_CODE = 7  # bytes of an AID that say what the application is: RID and application code (TS 101 220 §4)
APPLICATION_TEMPLATE, APPLICATION_IDENTIFIER = 0x61, 0x4F
RECORDS_MAX = 0xFE


def identify(session: Session, *, product: str | None = None) -> CardModel:
    """The product in the reader, by its ATR, and by the products' probes where several have that ATR.

    A named `product` is taken at its word and sends nothing, but for a generic one: it must fit by its probes, and gets
    the AIDs that the card's EF.DIR tells. From now on the session speaks to the card in the product's class (00 or A0).
    Raises `UnknownCardError` when no product fits or more than one does, and for a `product` that does not exist
    `DecodeError`.
    """
    atr = session.transport.atr
    model = load(product) if product is not None else _recognised(session, by_atr(atr))
    if model.generic and not any(known.value == atr for known in model.atrs):
        if reason := why_not(session, model):
            raise UnknownCardError(
                f"the card with ATR {atr.hex()} is not even a {model.name}: {reason}",
                hint="look at it with another tool first",
            )
        model = _as_found(session, model)
    session.command_class = CommandClass.SIM if speaks_as_sim(model) else CommandClass.UICC
    return model


def _recognised(session: Session, found: tuple[CardModel, ...]) -> CardModel:
    atr = session.transport.atr.hex()
    if not found:
        raise UnknownCardError(
            f"no card product has the ATR {atr}",
            hint="simtool card models lists the known products; name one with --product if you are sure, "
            "or a generic one",
        )
    if len(found) == 1:
        return found[0]
    reasons = {model.name: why_not(session, model) for model in found}
    fitting = [model for model in found if not reasons[model.name]]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(model.name for model in fitting)
        raise UnknownCardError(
            f"{names} all have the ATR {atr}, and nothing that may be asked tells them apart",
            hint="say with --product which one it is",
        )
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise UnknownCardError(
        f"the ATR {atr} is that of known products, but the card is none of them: {told}",
        hint="name the product with --product if you are sure",
    )


def _as_found(session: Session, model: CardModel) -> CardModel:
    """The model with the AIDs of the card's own EF.DIR: without applications that are not in it, and without keys.

    Where a card of unknown make keeps its keys, nobody knows: a profile is then refused before anything is written.
    """
    aids = _aids(session)
    files: dict[FilePath, FileSpec] = {}
    for path, spec in model.files.items():
        if spec.type is FileType.ADF:
            code = (spec.aid or b"")[:APPLICATION_CODE]
            aid = next((aid for aid in aids if aid.startswith(code)), None)
            if aid is not None:
                files[path] = replace(spec, aid=aid)
        elif spec.layout is None and (path.application is None or path.application in files):
            files[path] = spec
    return replace(model, files=MappingProxyType(files), authentication=(), commands=(), suci=None)


def _aids(session: Session) -> tuple[bytes, ...]:
    """What EF.DIR lists (TS 102 221 §13.1); empty and odd records are passed over."""
    found: list[bytes] = []
    session.select_fid(FID_DIR, what=str(EF_DIR))
    for number in range(1, RECORDS_MAX + 1):
        try:
            record = session.read_record(number, None, what=f"{EF_DIR}[{number}]")
        except StatusError:
            break
        try:
            template = tlv.first(tlv.parse(record, padding=b"\xff"), APPLICATION_TEMPLATE)
            aid = (
                tlv.first(tlv.parse(template, padding=b"\xff"), APPLICATION_IDENTIFIER)
                if template is not None
                else None
            )
        except CodecError:
            continue
        if aid is not None:
            found.append(aid)
    session.select_mf()
    return tuple(found)
