"""Files that a card has and its product's description does not know, reached by file identifiers and told by their FCP.

Where a standard file has that identifier in that place, its name and coding are used (`simtool.files.catalogue`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from simtool.card.session import Session
from simtool.errors import InputError, StatusError
from simtool.files import catalogue, contents
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel, Shape
from simtool.perso.survey import shape_of
from simtool.perso.technician.names import CURRENT_APPLICATION, PREFERRED_APPLICATION
from simtool.perso.technician.show import SESSION_KEYS

_FIDS = re.compile(r"[0-9a-fA-F]{4}(/[0-9a-fA-F]{4})*")


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A file as the card itself describes it. `name` is empty where no standard file is there; records from 1."""

    place: str
    name: str
    shape: Shape
    pieces: tuple[bytes, ...] = field(repr=False)
    hidden: bool = False
    reason: str = ""

    def rows(self) -> list[tuple[str, str, str]]:
        """Record number (empty for a transparent file), value in words, hex."""
        found = []
        for number, piece in enumerate(self.pieces, 1):
            value, text = self.value(piece), "" if self.hidden else piece.hex()
            found.append((str(number) if self.shape.records else "", str(value), "" if value == text else text))
        return found

    def value(self, piece: bytes) -> Any:
        if self.hidden:
            return f"{len(piece)} bytes hidden"
        return contents.plain(contents.decode(FilePath(self.name), piece)) if self.name else piece.hex()


def is_fid_path(text: str) -> bool:
    return bool(_FIDS.fullmatch(text))


def read_live(session: Session, model: CardModel, text: str) -> LiveFile:
    """Read the file at a path of identifiers (`3f00/7f20/6f99`). Raises `StatusError` when there is none.

    What may not be read has a reason instead of content. No PIN is presented.
    """
    fids = [part.lower() for part in text.split("/")]
    place = _named(fids)
    answer = _select(session, model, fids, text)
    shape = shape_of(answer, is_sim=session.is_sim)
    if shape is None:
        raise InputError(f"{text} is a directory", hint="name a file in it")
    name = str(place) if place is not None else ""
    hidden = place is not None and place.name in SESSION_KEYS
    try:
        pieces = _read(session, shape, text)
    except StatusError as error:
        return LiveFile(text, name, shape, (), hidden, str(error))
    return LiveFile(text, name, shape, pieces, hidden)


def _select(session: Session, model: CardModel, fids: list[str], text: str) -> bytes:
    if CURRENT_APPLICATION in fids and not session.is_sim and model.has(PREFERRED_APPLICATION):
        session.select_aid(model.file(PREFERRED_APPLICATION).aid or b"", what=str(PREFERRED_APPLICATION))
        fids = fids[fids.index(CURRENT_APPLICATION) :]
    return session.select_path(bytes.fromhex("".join(fids)), fcp=True, what=text)


def _read(session: Session, shape: Shape, what: str) -> tuple[bytes, ...]:
    if not shape.records:
        return (session.read_binary(shape.size, what=what),)
    return tuple(
        session.read_record(number, shape.record_length, what=f"{what}[{number}]")
        for number in range(1, shape.records + 1)
    )


def _named(fids: list[str]) -> FilePath | None:
    """The standard file at this place, None if there is none."""
    place = MF
    for fid in fids[1:] if fids[0] == "3f00" else fids:
        if fid == CURRENT_APPLICATION:
            place = PREFERRED_APPLICATION
            continue
        found = catalogue.by_fid(place, int(fid, 16))
        if found is None:
            return None
        place = found.path
    return place
