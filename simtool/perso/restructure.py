"""From the files that a card has to those that it shall have, as steps: CREATE, RESIZE and DELETE FILE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simtool.card.session import Session
from simtool.codec import file_template
from simtool.codec.access import AccessMode
from simtool.codec.fcp import PinStatus, encode_pin_status
from simtool.codec.tlv import Tlv
from simtool.errors import EncodeError
from simtool.files import catalogue
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, Shape
from simtool.perso.access import FREE, NEVER, Right, right
from simtool.perso.steps import CreateFile, DeleteFile, ResizeFile, Restructuring
from simtool.perso.structure import Structure
from simtool.perso.survey import survey

ROOM_IN_DIRECTORY = 0x200
"""Bytes asked for in a new directory: a figure that cards take as a hint, because files find their own room."""


def restructuring(
    before: CardModel, after: CardModel, origins: Mapping[FilePath, str], reasons: list[str], *, irreversible: bool
) -> tuple[Restructuring, ...]:
    """The steps from one to the other, in an order that works: what grows first, what is lost last.

    Appends to `reasons` what cannot be done, and what could never be undone unless `irreversible` allows it.
    """
    steps: list[Restructuring] = []
    for path, spec in after.files.items():
        old = before.files.get(path)
        if old is spec:
            continue
        if old is None or (old.shape != spec.shape and spec.link is None):
            try:
                steps.append(_grow(before, after, old, spec, origins.get(path, "")))
            except EncodeError as error:
                reasons.append(f"{path}: {error}")
    gone = [spec for path, spec in before.files.items() if not after.has(path) and spec.link is None]
    for spec in sorted(gone, key=lambda spec: len(spec.path.parts), reverse=True):
        steps.append(DeleteFile(spec.path, spec, None, b"", origins.get(spec.path, "")))
    for step in steps:
        if isinstance(step, CreateFile) and step.irreversible and not irreversible:
            reasons.append(
                f"{step.path} would have to be made, and this product never lets it be deleted again ({step.origin}); "
                "--irreversible says that this is wanted"
            )
    return tuple(sorted(steps, key=lambda step: isinstance(step, DeleteFile) or bool(step.units)))


def need_of(step: Restructuring, before: CardModel, after: CardModel) -> Right:
    """The PINs that a step needs (TS 102 221 §9.2)."""
    parent = step.path.parent or step.path
    if isinstance(step, CreateFile):
        made = after.file(step.path)
        mode = AccessMode.CREATE_DF if made.type.is_directory else AccessMode.CREATE_EF
        return right(after, parent, mode)
    if isinstance(step, ResizeFile):
        return right(before, step.path, AccessMode.RESIZE)
    return _may_delete(before, step.path)


def files_as_they_are(session: Session, model: CardModel, files: Iterable[FilePath]) -> CardModel:
    """`model` as this card has these files; standard files among them that the product does not know are added."""
    known = [path for path in files if model.has(path)]
    standard = [found for path in files if not model.has(path) and (found := catalogue.find(path)) is not None]
    new = {
        file.path: FileSpec(file.path, file.fid, file.type)
        for file in standard
        if file.fid is not None and not _is_known_otherwise(model, file.path, file.fid)
    }
    return survey(session, model, known, more=new)


def _is_known_otherwise(model: CardModel, path: FilePath, fid: int) -> bool:
    """Whether the product has a file of its own, under another name, where the standard one would be."""
    return path.parent is not None and any(child.fid == fid for child in model.children(path.parent))


def may_go_back(model: CardModel, path: FilePath, shape: Shape | None) -> bool:
    """Whether any right allows a file to get that size, or (None) to be deleted."""
    if shape is None:
        return _may_delete(model, path) != NEVER
    return shape == model.file(path).shape or right(model, path, AccessMode.RESIZE) != NEVER


def with_shapes(model: CardModel, shapes: Mapping[FilePath, Shape | None]) -> CardModel:
    """The files with these sizes, without those that have none; a file that is not there comes back by its standard."""
    structure = Structure(model)
    for path, shape in shapes.items():
        if shape is not None and not model.has(path):
            structure.make(path)
    present = structure.model
    return present.with_files(
        {path: None if shape is None else present.file(path).shaped(shape) for path, shape in shapes.items()}
    )


def _grow(before: CardModel, after: CardModel, old: FileSpec | None, spec: FileSpec, origin: str) -> Restructuring:
    if old is not None:
        template = file_template.resize(spec.fid, spec.shape.size)
        return ResizeFile(spec.path, old, spec, template, origin)
    return CreateFile(
        spec.path, None, spec, _creation(after, spec), origin, irreversible=_may_delete(after, spec.path) == NEVER
    )


def _creation(model: CardModel, spec: FileSpec) -> bytes:
    """The data of CREATE FILE."""
    if spec.security is None:
        raise EncodeError("no access rule is known for it")
    security = Tlv(*spec.security)
    if spec.type.is_directory:
        pins = tuple(PinStatus(model.pin(name).rule_ref, True) for name in spec.pin_status)
        size = spec.shape.size or ROOM_IN_DIRECTORY
        return file_template.create_df(spec.fid, spec.type.descriptor, size, security, encode_pin_status(pins))
    shape = spec.shape
    return file_template.create_ef(
        spec.fid, spec.type.descriptor, shape.size, security, record_length=shape.record_length, sfi=spec.sfi
    )


def _may_delete(model: CardModel, path: FilePath) -> Right:
    """By a right on the file itself, or on the directory that it is in."""
    parent = path.parent
    by_parent = right(model, parent, AccessMode.DELETE_CHILD) if parent is not None else NEVER
    alternatives = tuple(dict.fromkeys((*right(model, path, AccessMode.DELETE_SELF), *by_parent)))
    return FREE if frozenset() in alternatives else alternatives
