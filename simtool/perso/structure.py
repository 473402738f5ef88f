"""Files that a product lacks, or has too small: whether they can be made or enlarged, and as what.

A new file is what its specification says (`simtool.files.catalogue`). Who may read and write it is taken over from a
neighbour for which the specification asks the same. What a product's access rules do not allow is refused with the
reason. Record lengths never change (TS 102 222 §6.10), and applications are not made this way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simtool.codec.access import AccessMode
from simtool.errors import EncodeError
from simtool.files import catalogue
from simtool.files.catalogue import StandardFile
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, SfiCoding, Shape
from simtool.perso.access import NEVER, right
from simtool.perso.rooms import speaks_as_sim

MAX_RECORDS = 254


def _may_grow(path: FilePath) -> bool:
    """Whether its specification leaves a transparent file's size open: lists, service tables, free contents."""
    standard = catalogue.find(path)
    if standard is None:
        return False
    is_table = any(table.file == path for table in catalogue.service_tables().values())
    return is_table or standard.entry_length is not None or standard.size is None or standard.size != standard.min_size


class Structure:
    """The files of one card while its wanted content takes shape. `model` is the product with all that was changed."""

    def __init__(self, model: CardModel) -> None:
        self.model = model
        self.changed: dict[FilePath, None] = {}
        self._before = model

    def branch(self) -> Structure:
        """The same files, to be changed further without changing this."""
        other = Structure(self._before)
        other.model, other.changed = self.model, dict(self.changed)
        return other

    def delivered_size(self, path: FilePath) -> int:
        """Bytes that the file has before anything is changed."""
        return self._before.file(path).shape.size if self._before.has(path) else 0

    def enlarge(self, path: FilePath, *, size: int = 0, records: int = 0) -> FileSpec:
        """Room for `size` bytes, or for so many records. Raises `EncodeError` when that cannot be had."""
        spec = self.model.file(path)
        if spec.type.has_records:
            wanted = Shape.of_records(spec.record_length or 0, max(records, spec.records or 0))
        else:
            wanted = Shape(max(size, spec.size or 0))
        if wanted == spec.shape:
            return spec
        if not self._before.has(path):
            return self._put(spec.shaped(wanted))
        need = f"{path} holds {spec.shape}, {records if spec.type.has_records else size} are needed"
        if speaks_as_sim(self._before):
            raise EncodeError(f"{need}, and a classic SIM's files keep their size")
        if not spec.type.has_records and not _may_grow(path):
            raise EncodeError(f"{need}, and its specification knows no other size")
        if right(self._before, path, AccessMode.RESIZE) == NEVER:
            raise EncodeError(f"{need}, and {self._before.name} never lets it be resized")
        if wanted.records > MAX_RECORDS:
            raise EncodeError(f"{need}, and no file has more than {MAX_RECORDS} records")
        for twin in [other for other in self.model.files.values() if other.link == path]:
            self._put(twin.shaped(wanted))
        return self._put(spec.shaped(wanted))

    def make(self, path: FilePath, *, size: int = 0, record_length: int = 0) -> FileSpec:
        """A standard file that the product lacks, with room for at least so much; its directory too, if need be.

        Raises `EncodeError` with the reason why that cannot be.
        """
        standard, parent = catalogue.find(path), path.parent
        lacks = f"{self._before.name} has no {path}"
        if standard is None or standard.fid is None or parent is None or standard.type is FileType.ADF:
            raise EncodeError(lacks)
        if speaks_as_sim(self._before):
            raise EncodeError(f"{lacks}, and no file can be made on a classic SIM")
        if not self.model.has(parent):
            self.make(parent)
        is_directory = standard.type is FileType.DF
        mode = AccessMode.CREATE_DF if is_directory else AccessMode.CREATE_EF
        if right(self.model, parent, mode) == NEVER:
            raise EncodeError(f"{lacks}, and never lets one be made there")
        if any(child.fid == standard.fid for child in self.model.children(parent)):
            raise EncodeError(f"{lacks}, but another file with its identifier {standard.fid:04X}")
        spec = self._with_rights(self._spec(standard, standard.fid, size, record_length), standard)
        if spec is None:
            raise EncodeError(f"{lacks}, and no neighbour whose access rule could serve for a new one")
        return self._put(spec)

    def _put(self, spec: FileSpec) -> FileSpec:
        self.changed[spec.path] = None
        self.model = self.model.with_files({spec.path: spec})
        return spec

    def _spec(self, standard: StandardFile, fid: int, size: int, record_length: int) -> FileSpec:
        """As its specification has it, without a security attribute."""
        if standard.type is FileType.DF:
            pins = self.model.file(standard.path.parent or standard.path).pin_status
            return FileSpec(standard.path, fid, standard.type, pin_status=pins)
        siblings = self.model.children(standard.path.parent or standard.path)
        sfi = standard.sfi if all(other.sfi != standard.sfi for other in siblings) else None
        coding = SfiCoding.NONE if sfi is None else SfiCoding.GIVEN
        spec = FileSpec(standard.path, fid, standard.type, sfi=sfi, sfi_coding=coding)
        if standard.type.has_records:
            length = max(record_length, standard.record_length or standard.min_record_length or 0)
            return spec.shaped(Shape.of_records(length, standard.records or 1))
        return spec.shaped(Shape(max(size, standard.size or standard.min_size or 0)))

    def _with_rights(self, spec: FileSpec, standard: StandardFile) -> FileSpec | None:
        """The new file with a neighbour's security attribute, if that says the same in the new place."""
        modes = (AccessMode.CREATE_EF,) if spec.type.is_directory else (AccessMode.READ, AccessMode.UPDATE)
        for neighbour in self._neighbours(standard):
            tried = replace(spec, security=neighbour.security)
            there = self.model.with_files({spec.path: tried})
            if all(right(there, spec.path, mode) == right(self.model, neighbour.path, mode) for mode in modes):
                return tried
        return None

    def _neighbours(self, standard: StandardFile) -> Iterator[FileSpec]:
        """Files of the same application of which the specification asks the same conditions; nearest first."""
        parent, application = standard.path.parent, standard.path.application
        near = [spec for spec in self.model.files.values() if spec.path.application == application and spec.security]
        near.sort(key=lambda spec: spec.path.parent != parent)
        for spec in near:
            known = catalogue.find(spec.path)
            if known is None or spec.type.is_directory != (standard.type is FileType.DF):
                continue
            if (known.read, known.update) == (standard.read, standard.update):
                yield spec
