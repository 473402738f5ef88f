"""A backup: everything that could be read from one card, bit for bit, in a file that only its owner can read.

The file is JSON, one unit per line: `format` and `version` first, then product, ICCID, ATR, and under `units` rows of
path, record number (0: the body of a transparent file), content in hex, and a mask in hex where not every bit is known.
`sha256` is the digest of the content (`CardImage.digest`). A backup made with credentials holds keys and PINs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simtool.card.session import Session
from simtool.codec.identifiers import Iccid
from simtool.errors import CodecError, InputError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.private_file import write_private
from simtool.perso.read import ICCID_PATH, Progress, all_units, read_iccid, read_image
from simtool.perso.record import Credential
from simtool.perso.survey import shape_of
from simtool.perso.technician.names import select
from simtool.perso.technician.show import holds_keys, why_not_read

FORMAT = "simtool card backup"
VERSION = 1
MAX_SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Backup:
    """One card's content at one time. `unread` names what is not in it, with the reason."""

    product: str
    iccid: str
    atr: bytes
    image: CardImage
    made: str = ""
    unread: tuple[tuple[str, str], ...] = ()

    def has_secrets(self, model: CardModel) -> bool:
        """True when keys or PINs are among the content."""
        return any(holds_keys(model.file(path)) for path in self.image.paths if model.has(path))


def take(
    session: Session,
    model: CardModel,
    *,
    credentials: tuple[Credential, ...] = (),
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Backup:
    """Read all that the card lets us read with these credentials. Raises as `read_image` does."""
    iccid = read_iccid(session, model)
    image = read_image(session, model, credentials=credentials, min_tries=min_tries, progress=progress)
    misfits = _misfits(session, model, image)
    unread = [*_unread(model, image), *((str(path), reason) for path, reason in misfits.items())]
    units = {unit: content for unit, content in image.units.items() if unit.path not in misfits}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    image = CardImage(units, deactivated=image.deactivated)
    return Backup(model.name, iccid.digits, session.atr, image, made, tuple(unread))


def _misfits(session: Session, model: CardModel, image: CardImage) -> dict[FilePath, str]:
    """Files whose size on this card is not that of the product: half a file is no backup."""
    found = {}
    for path in image.paths:
        spec = model.file(path)
        shape = shape_of(select(session, model, path, fcp=True), is_sim=session.is_sim)
        if shape is None:
            continue
        if spec.type.has_records:
            told, known = (shape.records, shape.record_length), (spec.records, spec.record_length)
        else:
            told, known = (shape.size, 0), (spec.size, 0)
        if told != known:
            found[path] = f"has another size on this card: {_size(told)}, not {_size(known)}"
    return found


def _size(counts: tuple[int | None, int | None]) -> str:
    return f"{counts[0]} records of {counts[1]} bytes" if counts[1] else f"{counts[0]} bytes"


def _unread(model: CardModel, image: CardImage) -> list[tuple[str, str]]:
    missing = dict.fromkeys(unit.path for unit in all_units(model) if unit not in image.units)
    rows = [(str(path), why_not_read(model, path, deactivated=path in image.deactivated)) for path in missing]
    for spec in model.files.values():
        if spec.type is FileType.BER_TLV:
            rows.append((str(spec.path), "data objects (BER-TLV) are not read"))
        elif spec.type is FileType.INTERNAL:
            rows.append((str(spec.path), "only the card itself reads it"))
    return rows


def save(backup: Backup, path: Path, *, overwrite: bool = False) -> None:
    """Write a backup, mode 0600, whole or not at all. Raises `InputError` when the file exists already."""
    if not overwrite:
        check_new(path)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "made": backup.made,
        "product": backup.product,
        "iccid": backup.iccid,
        "atr": backup.atr.hex(),
        "sha256": backup.image.digest(),
        "deactivated": sorted(map(str, backup.image.deactivated)),
    }
    lines = [f"{json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    lines.append(f'"unread": [\n{_rows(backup.unread)}\n],')
    lines.append(f'"units": [\n{_rows(_unit_row(unit, content) for unit, content in backup.image.units.items())}\n]')
    text = "{\n" + "\n".join(lines) + "\n}\n"
    write_private(path, text, overwrite=overwrite)


def check_new(path: Path) -> None:
    """Raises `InputError` for a name that is taken, or a folder that is not there: before anything is read."""
    if path.exists():
        raise InputError("the file exists", place=str(path), hint="choose another name; backups are never overwritten")
    if not path.parent.is_dir():
        raise InputError("the folder does not exist", place=str(path.parent), hint="make it first")


def _rows(rows: Any) -> str:
    return ",\n".join(json.dumps(list(row)) for row in rows)


def _unit_row(unit: Unit, content: Content) -> list[Any]:
    row: list[Any] = [str(unit.path), unit.record, content.data.hex()]
    return row if content.is_complete else [*row, content.mask.hex()]


def is_backup(path: Path) -> bool:
    """Whether a file looks like a backup of ours."""
    try:
        with path.open(encoding="utf-8") as stream:
            return FORMAT in stream.read(200)
    except (OSError, UnicodeDecodeError):
        return False


def load(path: Path) -> Backup:
    """Read a backup. Raises `InputError` with the place for a file that is damaged, changed, or no backup."""
    place = str(path)
    try:
        if path.stat().st_size > MAX_SIZE:
            raise InputError("the file is larger than a backup can be", place=place)
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(error.strerror or str(error), place=place) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise InputError("not a card backup", place=place, hint="simtool card backup makes one") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError("not a card backup", place=place, hint="simtool card backup makes one")
    if data.get("version") != VERSION:
        raise InputError(
            f"version {data.get('version')!r} of the format is not known here",
            place=place,
            field="version",
            hint="use the simtool that wrote it, or a newer one",
        )
    return _parse(data, place)


def _parse(data: dict[str, Any], place: str) -> Backup:
    units: dict[Unit, Content] = {}
    try:
        for number, row in enumerate(data["units"]):
            unit = Unit(FilePath(row[0]), int(row[1]))
            content = bytes.fromhex(row[2])
            units[unit] = Content(content, bytes.fromhex(row[3])) if len(row) > 3 else Content.known(content)
            if len(units) != number + 1:
                raise InputError("the unit stands twice", place=place, field=str(unit))
        image = CardImage(units, deactivated=frozenset(map(FilePath, data["deactivated"])))
        unread = tuple((str(name), str(reason)) for name, reason in data["unread"])
        backup = Backup(
            str(data["product"]), str(data["iccid"]), bytes.fromhex(data["atr"]), image, str(data["made"]), unread
        )
    except (KeyError, TypeError, ValueError, IndexError):
        raise InputError("the backup is damaged: a part is missing or not hex", place=place) from None
    if image.digest() != data.get("sha256"):
        raise InputError(
            "the content does not have the digest that stands in the file",
            place=place,
            field="sha256",
            hint="the file was changed or damaged; take another copy",
        )
    _check_iccid(backup, place)
    return backup


def _check_iccid(backup: Backup, place: str) -> None:
    """The ICCID in the head is the one in the content, where that holds one."""
    seen = backup.image.get(ICCID_PATH)
    try:
        digits = Iccid.decode(seen.data).digits if seen is not None and seen.is_complete else backup.iccid
    except CodecError:
        return
    if digits != backup.iccid:
        raise InputError(f"the head says ICCID {backup.iccid}, the content {digits}", place=place, field="iccid")
