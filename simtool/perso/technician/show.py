"""What a unit of a card holds, in the form a person or a program may see: decoded value, hex, and nothing secret.

Of files with keys and PINs the settings are shown, of the keys a check value at most (`simtool.crypto.secret`); session
keys that the network left on the card are hidden as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from simtool.codec.access import AccessMode, AccessRules
from simtool.crypto.secret import Secret
from simtool.files import contents
from simtool.files.catalogue import find, service_tables
from simtool.files.layout import Field, FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.access import NEVER, right
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.rooms import place_of
from simtool.perso.technician.rights import in_words, rules_in_words

SESSION_KEYS = frozenset(
    f"EF.{name}"
    for name in ("Keys", "KeysPS", "Kc", "KcGPRS", "EPSNSC", "5GS3GPPNSC", "5GSN3GPPNSC", "5GAUTHKEYS", "MSK", "MUK")
)
RAW = "hex:"
_KEY_FIELDS = ("k", "op", "top")
_WIDTH = 96


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit to look at. `value` is plain (JSON-able); `reason` says why there is none; `hidden`: bytes not shown."""

    unit: Unit
    value: Any = None
    hex: str = ""
    hidden: bool = False
    reason: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.reason and not self.hidden and not self.hex.strip("f")

    @property
    def text(self) -> str:
        """The value in one line of words."""
        return self.reason or in_line(self.value)


@dataclass(frozen=True, slots=True)
class FileView:
    """One file to look at: what it is and who may use it, and its units."""

    path: FilePath
    spec: FileSpec
    description: str
    clause: str
    read: str
    update: str
    units: tuple[UnitView, ...] = ()

    def to_json(self, *, with_hex: bool = True) -> dict[str, Any]:
        row: dict[str, Any] = {"path": str(self.path), "type": self.spec.type.value}
        if self.spec.type.has_records:
            row |= {"record_length": self.spec.record_length, "records": self.spec.records}
        else:
            row["size"] = self.spec.size
        row |= {"description": self.description, "clause": self.clause, "read": self.read, "update": self.update}
        return row | self.content(with_hex=with_hex)

    def content(self, *, with_hex: bool = True) -> dict[str, Any]:
        """The values alone: `value` and `hex`, or a list `contents` of records; blank records are counted."""
        if any(view.unit.tag for view in self.units):
            return {"objects": [{"tag": view.unit.number} | _unit_row(view, with_hex) for view in self.units]}
        if not self.spec.type.has_records:
            return _unit_row(self.units[0], with_hex) if self.units else {}
        rows: list[dict[str, Any]] = []
        for first, last, view in runs(view for view in self.units if not view.is_blank):
            rows.append({"record": first if first == last else f"{first}-{last}"} | _unit_row(view, with_hex))
        return {"contents": rows, "blank_records": sum(view.is_blank for view in self.units)}


def runs(views: Iterable[UnitView]) -> Iterator[tuple[int, int, UnitView]]:
    """Records that follow each other and look the same, together: first number, last number, what they hold."""
    run: list[UnitView] = []
    for view in views:
        alike = run and replace(view, unit=run[-1].unit) == run[-1] and not view.hidden
        if run and not (alike and view.unit.record == run[-1].unit.record + 1):
            yield run[0].unit.record, run[-1].unit.record, run[0]
            run = []
        run.append(view)
    if run:
        yield run[0].unit.record, run[-1].unit.record, run[0]


def view_unit(model: CardModel, unit: Unit, content: Content | None, *, deactivated: bool = False) -> UnitView:
    """What is known of one unit, fit for eyes."""
    spec = model.file(unit.path)
    if content is None or content.is_unknown:
        return UnitView(unit, reason=why_not_read(model, unit.path, deactivated=deactivated))
    if not content.is_complete:
        known = sum(byte == 0xFF for byte in content.mask)
        return UnitView(unit, reason=f"{known} of {len(content.data)} bytes known", hidden=is_secret(spec))
    if spec.layout is not None:
        value = layout_value(spec.layout, content.data)
        return UnitView(unit, value, "" if is_secret(spec) else content.data.hex(), is_secret(spec))
    if is_secret(spec):
        return UnitView(unit, _hidden(unit.path, content.data), hidden=True)
    rules = contents.decode(unit.path, content.data)
    if isinstance(rules, AccessRules):
        return UnitView(unit, rules_in_words(model, rules), content.data.hex())
    return UnitView(unit, value_of(unit.path, content.data), content.data.hex())


def view_file(model: CardModel, path: FilePath, units: Iterable[Unit], image: CardImage) -> FileView:
    """A file's head, and the given units of it."""
    off = model.source(path) in image.deactivated or path in image.deactivated
    shown = _objects(path, image) if path in image.listed else units
    views = tuple(view_unit(model, unit, image.units.get(unit), deactivated=off) for unit in shown)
    return replace(view_head(model, path), units=views)


def _objects(path: FilePath, image: CardImage) -> list[Unit]:
    """The data objects of a BER-TLV file, by tag."""
    return sorted(unit for unit in image.units if unit.path == path and unit.tag)


def view_head(model: CardModel, path: FilePath) -> FileView:
    """What a file is and who may use it, without its content."""
    standard = find(path)
    return FileView(
        path,
        model.file(path),
        standard.description if standard else "",
        standard.reference if standard else "",
        in_words(right(model, path, AccessMode.READ)),
        in_words(right(model, path, AccessMode.UPDATE)),
    )


def why_not_read(model: CardModel, path: FilePath, *, deactivated: bool = False) -> str:
    """Why a file's content is not known."""
    if deactivated:
        return "the file is deactivated"
    if place_of(model, path) is None:
        return "out of reach: this product is spoken to in class A0, where nothing is selected by AID"
    needs = right(model, path, AccessMode.READ)
    if needs == NEVER:
        return "never readable"
    who = in_words(needs)
    return "the card has no such file or record" if who == "anyone" else f"needs {who}"


def is_secret(spec: FileSpec) -> bool:
    """True for files whose bytes are not for eyes: keys, PINs, session keys."""
    return holds_keys(spec) or spec.path.name in SESSION_KEYS


def holds_keys(spec: FileSpec) -> bool:
    """True for files with the card's own keys, PINs and ADM codes."""
    return spec.secret or (spec.layout is not None and spec.layout.is_secret)


def value_of(path: FilePath, data: bytes) -> Any:
    """The plain value; services by number and name."""
    value = contents.decode(path, data)
    table = path.name.removeprefix("EF.")
    if table in service_tables() and isinstance(value, tuple):
        return named_services(table, value)
    if isinstance(value, contents.SimServices):
        return {
            "activated": named_services("SST", value.activated),
            "allocated": named_services("SST", value.allocated),
        }
    return contents.plain(value)


def named_services(table: str, numbers: Iterable[int]) -> list[str]:
    names = service_tables()[table].names
    return [f"{number} {names[number]}" if number in names else str(number) for number in numbers]


def layout_value(layout: Layout, data: bytes) -> dict[str, Any]:
    """A vendor file by its fields; secret ones as a check value or hidden."""
    fields = {field.name: field for field in layout.fields}
    return {name: _field_value(fields[name], value) for name, value in layout.decode(data).items()}


def _field_value(field: Field, value: FieldValue) -> Any:
    if field.secret:
        return _secret_text(field.name, value)
    if isinstance(value, bytes):
        return value.hex()
    return [item.hex() for item in value] if isinstance(value, tuple) else value


def _secret_text(name: str, value: FieldValue) -> str:
    if not isinstance(value, bytes) or not value.strip(b"\xff"):
        return "empty" if isinstance(value, bytes) else "hidden"
    secret = Secret(value, kind=name)
    usable = secret.has_kcv and name in _KEY_FIELDS
    return f"check value {secret.kcv().hex()}" if usable else f"{len(value)} bytes hidden"


def _hidden(path: FilePath, data: bytes) -> str:
    if not data.strip(b"\xff"):
        return "empty"
    value = contents.decode(path, data)
    known = isinstance(value, contents.SessionKeys | contents.SessionKey)
    return f"{value}, {len(data)} bytes hidden" if known else f"{len(data)} bytes hidden"


def in_line(value: Any) -> str:
    """A plain value in one line: `name: Nordlicht, show_plmn_at_home: no`."""
    match value:
        case None:
            return "blank"
        case bool():
            return "yes" if value else "no"
        case dict():
            parts = [f"{key}: {in_line(item)}" for key, item in value.items() if item not in (None, "", [], {})]
            return ", ".join(parts) or "blank"
        case list():
            return "; ".join("–" if item is None else in_line(item) for item in value) or "nothing"
    return str(value)


def shortened(text: str, width: int = _WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _unit_row(view: UnitView, with_hex: bool) -> dict[str, Any]:
    if view.reason:
        return {"unknown": view.reason}
    row: dict[str, Any] = {"value": view.value}
    if view.hidden:
        row["hidden"] = True
    elif with_hex and view.value not in (view.hex, RAW + view.hex):
        row["hex"] = view.hex
    return row


def views_of(model: CardModel, units: Iterable[Unit], image: CardImage) -> Iterator[FileView]:
    """The files of these units, in their order, each once."""
    grouped: dict[FilePath, list[Unit]] = {}
    for unit in units:
        grouped.setdefault(unit.path, []).append(unit)
    for path, members in grouped.items():
        yield view_file(model, path, members, image)
