"""From the names and numbers that pySim gives to files to our paths.

pySim names files as the standards do, and so do we; where a name is not known (older versions, other spellings, files
that it found by number only: `EF.6F99`, `6f99`, an AID), the file identifier decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from simtool.errors import DecodeError
from simtool.files.catalogue import by_fid, catalogue, find
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel
from simtool.files.specs import CURRENT_ADF

MF_NAMES = ("MF", "3f00", "3F00")
_LEGAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_FID = re.compile(r"(?:EF\.|DF\.)?([0-9A-Fa-f]{4})")
_AID = re.compile(r"(?:[0-9A-Fa-f]{2}){5,16}")
_AID_COMPARED = 7


class Names:
    """Finds our path of a file, on one product or (without one) among the standard files."""

    def __init__(self, model: CardModel | None = None) -> None:
        self._model = model

    def path(self, names: Sequence[str], fids: Sequence[int | None] = ()) -> FilePath:
        """The path of names from the MF down; `fids` the identifiers of the same parts, where known.

        Raises `DecodeError` when it does not begin at the MF or holds what cannot be a name.
        """
        if not names or names[0] not in MF_NAMES:
            raise DecodeError("a path of pySim begins with MF")
        path = MF
        for index, name in enumerate(names[1:], start=1):
            path = self.child(path, name, fids[index] if index < len(fids) else None)
        return path

    def child(self, parent: FilePath, name: str, fid: int | None = None) -> FilePath:
        """The file `name` in a directory. Raises `DecodeError` for what cannot be a name."""
        if not _LEGAL.fullmatch(name):
            raise DecodeError("the name of a file is missing or no name")
        named = parent / name
        if self.knows(named):
            return named
        if _AID.fullmatch(name):
            found = self._application(bytes.fromhex(name))
            if found is not None:
                return found
        number = _FID.fullmatch(name)
        for value in (fid, int(number[1], 16) if number else None):
            numbered = self._by_fid(parent, value) if value is not None else None
            if numbered is not None:
                return numbered
        return named

    def knows(self, path: FilePath) -> bool:
        return self._model.has(path) if self._model is not None else find(path) is not None

    def application(self, name: str) -> FilePath | None:
        """An application by a name that pySim takes everywhere: `ADF.USIM`, or its AID."""
        if name.startswith("ADF.") and _LEGAL.fullmatch(name):
            return MF / name
        return self._application(bytes.fromhex(name)) if _AID.fullmatch(name) else None

    def _by_fid(self, parent: FilePath, fid: int) -> FilePath | None:
        if self._model is None:
            standard = by_fid(parent, fid)
            return standard.path if standard is not None else None
        found = [spec.path for spec in self._model.children(parent) if spec.fid == fid and fid != CURRENT_ADF]
        return found[0] if len(found) == 1 else None

    def _application(self, aid: bytes) -> FilePath | None:
        for path, known in self._aids():
            if aid[:_AID_COMPARED] == known[:_AID_COMPARED]:
                return path
        return None

    def _aids(self) -> Iterable[tuple[FilePath, bytes]]:
        files = self._model.files.values() if self._model is not None else catalogue().values()
        return ((file.path, file.aid) for file in files if file.aid)
