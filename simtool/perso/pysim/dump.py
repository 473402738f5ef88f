"""A card as pySim dumped it, read as our image: `fsdump`, `fsdump --json`, `export` and `export --json`.

What is not there bit for bit is not made up: it is named in `not_taken` with the reason. With a product known (by the
ATR in an fsdump, or by name) sizes are checked against it, and files that share their content are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from simtool.codec.identifiers import Iccid
from simtool.errors import CodecError, DecodeError, InputError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, by_atr, load
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.pysim.decoded import NotExact, to_bytes
from simtool.perso.pysim.entries import NOT_THERE, SWITCHED_OFF, Decoded, Entry, Piece, Shape, printable
from simtool.perso.pysim.export import ExportReader
from simtool.perso.pysim.fsdump import begins_at, parse_json, read_entries
from simtool.perso.pysim.naming import Names
from simtool.perso.pysim.text_files import read_text, refuse

ICCID_PATH = FilePath("MF/EF.ICCID")
MAX_REASONS = 10
_BACKUP_NAME = re.compile(r"card_backup_([0-9a-f]{4,66})_(\d{18,20})\.script")


@dataclass(frozen=True, slots=True)
class Dump:
    """What a dump of pySim holds. `not_taken` are names and reasons of what it does not give."""

    image: CardImage = field(repr=False)
    card: str = ""
    iccid: str = ""
    atr: bytes = b""
    model: CardModel | None = None
    not_taken: tuple[tuple[str, str], ...] = ()


def read_dump(path: Path, *, product: str | None = None) -> Dump:
    """Read a dump. `product` names the card product where the ATR does not tell it.

    Raises `InputError` with the line of everything that is broken, and `DecodeError` for an unknown product.
    """
    text = read_text(path)
    named = _BACKUP_NAME.fullmatch(path.name)
    atr = bytes.fromhex(named[1]) if named and len(named[1]) % 2 == 0 else b""
    return parse_dump(text, str(path), product=product, atr=atr, iccid=named[2] if named else "")


def parse_dump(text: str, name: str, *, product: str | None = None, atr: bytes = b"", iccid: str = "") -> Dump:
    """The same from text; `name` stands for the file in messages."""
    card = ""
    start = begins_at(text)
    if start is not None:
        document = parse_json(text, start, name)
        card = printable(str(document.get("name") or ""))
        iccid = _digits(document.get("iccid")) or iccid
        atr = _hex(document.get("atr")) or atr
        model = _model(product, atr)
        entries: Iterable[Entry] = read_entries(document, name)
        other: tuple[str, ...] = ()
    else:
        model = _model(product, atr)
        reader = ExportReader(Names(model), name)
        entries = reader.read(text)
        refuse(reader.problems)
        other = tuple(reader.other_commands)
    builder = _Builder(model)
    for entry in entries:
        builder.take(entry)
    if not builder.units:
        reasons = [f"{what}: {reason}" for what, reason in builder.not_taken[:MAX_REASONS]]
        text = "\n".join(["there is no content of a card in it that can be taken", *reasons])
        raise InputError(text, place=name, hint="make it with pySim-shell: fsdump > FILE, or export > FILE")
    image = CardImage(builder.units, deactivated=frozenset(builder.deactivated))
    not_taken = (*builder.not_taken, *((command, "is no content of a file") for command in other))
    return Dump(image, card, _iccid(image) or iccid, atr, model, not_taken)


class _Builder:
    """Puts entries together into units."""

    def __init__(self, model: CardModel | None) -> None:
        self.units: dict[Unit, Content] = {}
        self.deactivated: set[FilePath] = set()
        self.not_taken: list[tuple[str, str]] = []
        self._model = model
        self._names = Names(model)

    def take(self, entry: Entry) -> None:
        try:
            path = self._names.path(entry.names, entry.fids)
        except DecodeError as error:
            self._leave(entry, str(error))
            return
        if entry.shape.deactivated or entry.status == SWITCHED_OFF:
            self.deactivated.add(path)
        known = self._model is not None and self._model.has(path)
        if entry.reason and (known or entry.status not in NOT_THERE):
            self._leave(entry, "switched off" if path in self.deactivated else entry.reason)
        if not entry.pieces:
            return
        if self._model is not None and not known:
            self._leave(entry, f"{self._model.name} has no such file")
            return
        form = self._form(path, entry.shape)
        found: dict[Unit, Content] = {}
        for piece in entry.pieces:
            try:
                unit, content = self._unit(path, piece, form)
            except NotExact as error:
                self._leave(entry, str(error), piece.record)
                continue
            found[unit] = content.over(found[unit]) if unit in found else content
        for unit, content in found.items():
            if self.units.setdefault(unit, content) != content:
                self._leave(entry, f"differs from {unit.path}, with which it shares its content", unit.record)

    def _form(self, path: FilePath, given: Shape) -> Shape:
        """Sizes from the dump, else from the product."""
        if self._model is None:
            return given
        spec = self._model.file(path)
        return Shape(
            size=given.size or spec.size,
            record_length=given.record_length or spec.record_length,
            record_count=given.record_count or spec.records,
        )

    def _unit(self, path: FilePath, piece: Piece, form: Shape) -> tuple[Unit, Content]:
        size = form.record_length if piece.record else form.size
        if piece.record and form.record_count and piece.record > form.record_count:
            raise NotExact(f"the file has {form.record_count} records")
        if isinstance(piece.content, Decoded):
            data = to_bytes(path, piece.content.value, size)
        else:
            data = piece.content
        end = piece.offset + len(data)
        if size is not None and end > size:
            raise NotExact(f"has {end} bytes, there is room for {size}")
        if piece.record and size is not None and end < size:
            raise NotExact(f"has {end} bytes of {size}; which side is filled up is not said")
        self._check(path, piece, size)
        blank = bytes(piece.offset), bytes(piece.offset)
        rest = bytes((size or end) - end)
        content = Content(blank[0] + data + rest, blank[1] + b"\xff" * len(data) + rest)
        source = self._model.source(path) if self._model is not None else path
        return Unit(source, piece.record or BODY), content

    def _check(self, path: FilePath, piece: Piece, size: int | None) -> None:
        """The dump is of a card of this product, as far as the form of its files goes."""
        if self._model is None:
            return
        spec = self._model.file(path)
        if bool(piece.record) != spec.type.has_records:
            raise NotExact(f"is {spec.type.value} in {self._model.name}")
        expected = spec.record_length if piece.record else spec.size
        if size != expected:
            raise NotExact(f"has {size} bytes, in {self._model.name} {expected}")
        if piece.record > (spec.records or 0):
            raise NotExact(f"{self._model.name} has {spec.records} records")

    def _leave(self, entry: Entry, reason: str, record: int = 0) -> None:
        row = (f"{entry.name}[{record}]" if record else entry.name, reason)
        if row not in self.not_taken:
            self.not_taken.append(row)


def _model(product: str | None, atr: bytes) -> CardModel | None:
    if product is not None:
        return load(product)
    found = by_atr(atr) if atr else ()
    return found[0] if len(found) == 1 else None  # products with one ATR cannot be told apart without the card


def _iccid(image: CardImage) -> str:
    content = image.get(ICCID_PATH)
    try:
        return Iccid.decode(content.data).digits if content is not None and content.is_complete else ""
    except CodecError:
        return ""


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


def _digits(value: object) -> str:
    text = str(value)
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else ""
