"""Looking at files without reading them: which of them this card has, and how big they are here.

A product's description says how cards are delivered. One card may have been changed since, or its batch may differ;
the FCP (TS 102 221 §11.1.1.3, class A0: TS 51.011 §9.2.1) tells, at the cost of a SELECT per file and no right at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.codec.fcp import Fcp, Structure
from simtool.codec.fcp2g import EfInfo2g, Structure2g, decode_fcp2g
from simtool.errors import StatusError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, SfiCoding, Shape

NOT_FOUND = (0x6A82, 0x9404)
NOTHING_MORE: Mapping[FilePath, FileSpec] = MappingProxyType({})


def survey(
    session: Session,
    model: CardModel,
    paths: Iterable[FilePath],
    *,
    more: Mapping[FilePath, FileSpec] = NOTHING_MORE,
) -> CardModel:
    """`model` as this card has it: `paths` with the sizes that they have here, or left out where the card lacks them.

    Of `more`, files that the product does not have, those are added that this card has all the same. Spends no tries.
    Raises `CardError`.
    """
    described = model.with_files(more)
    card_files = CardFiles(session, described)
    found: dict[FilePath, FileSpec | None] = dict(more)
    lacking: set[FilePath] = set()
    for path in dict.fromkeys((*paths, *more)):
        if any(path.is_within(other) for other in lacking):
            found[path] = None
            continue
        seen = _look(card_files, described.file(path), is_new=path in more)
        if seen is None:
            lacking.add(path)
        found[path] = seen
    changed = {path: spec for path, spec in found.items() if model.files.get(path) != spec}
    return model.with_files(changed)


def shape_of(answer: bytes, *, is_sim: bool) -> Shape | None:
    """From what SELECT answered; None for a directory. Raises `DecodeError`."""
    if is_sim:
        info = decode_fcp2g(answer)
        if not isinstance(info, EfInfo2g):
            return None
        if info.structure is Structure2g.TRANSPARENT:
            return Shape(info.size)
        return Shape(info.size, info.record_length, info.record_count or 0)
    fcp = Fcp.decode(answer)
    if fcp.is_df:
        return None
    if fcp.structure in (Structure.LINEAR_FIXED, Structure.CYCLIC):
        return Shape(fcp.size or 0, fcp.record_length or 0, fcp.record_count or 0)
    return Shape(fcp.size or 0)


def _look(card_files: CardFiles, spec: FileSpec, *, is_new: bool) -> FileSpec | None:
    """The file as the card describes it, None if there is none. Of a new one the card also knows who may do what."""
    try:
        answer = card_files.describe(spec.path)
    except StatusError as error:
        card_files.forget()
        if error.sw in NOT_FOUND:
            return None
        raise
    is_sim = card_files.session.is_sim
    shape = shape_of(answer, is_sim=is_sim)
    same = shape is None or shape == spec.shape or spec.type is FileType.BER_TLV  # that says how full it is
    seen = spec if same or shape is None else spec.shaped(shape)
    if not is_new or is_sim:
        return seen
    fcp = Fcp.decode(answer)
    security = (fcp.security.tag, fcp.security.value) if fcp.security is not None else None
    coding = SfiCoding.DEFAULT if fcp.sfi_from_fid else SfiCoding.NONE if fcp.sfi is None else SfiCoding.GIVEN
    return replace(seen, security=security, sfi=fcp.sfi, sfi_coding=coding)
