"""A backup: everything that could be read from one card, bit for bit, in a file that only its owner can read.

The file is JSON, one unit per line: `format` and `version` first, then product, ICCID, ATR, and under `units` rows of
path, record number (0: the body of a transparent file), content in hex, and a mask in hex where not every bit is known.
`sha256` is a digest of the content and of what is said about whole files. A backup made with credentials holds keys
and PINs. Of data objects (BER-TLV) the row has the tag in hex instead of a record number, and `listed` names the files
of which every object is there. `shapes` are the sizes of files that differ from the product's on this card (null: it
lacks the file).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simtool.card.session import Session
from simtool.codec.identifiers import Iccid
from simtool.errors import CodecError, InputError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType, Shape
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.memory.journal_file import file_of_row, file_row
from simtool.perso.private_file import write_private
from simtool.perso.read import ICCID_PATH, Progress, all_units, read_iccid, read_image
from simtool.perso.record import Credential
from simtool.perso.survey import survey
from simtool.perso.technician.names import in_reach
from simtool.perso.technician.show import holds_keys, why_not_read

FORMAT = "simtool card backup"
VERSION = 2
READABLE = (1, VERSION)
MAX_SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Backup:
    """One card's content at one time. `unread` names what is not in it, with the reason; `shapes` are sizes of files
    that differ from the product's, None where the card has no such file.
    """

    product: str
    iccid: str
    atr: bytes
    image: CardImage
    made: str = ""
    unread: tuple[tuple[str, str], ...] = ()
    shapes: Mapping[FilePath, Shape | None] = field(default_factory=dict)

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
    as_it_is = survey(session, model, files_in_reach(model))
    image = read_image(session, as_it_is, credentials=credentials, min_tries=min_tries, progress=progress)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    shapes = shapes_of(model, as_it_is)
    return Backup(model.name, iccid.digits, session.atr, image, made, tuple(_unread(as_it_is, image)), shapes)


def files_in_reach(model: CardModel) -> list[FilePath]:
    """The elementary files that can be selected; of content that is shared only the one that holds it."""
    return [
        path
        for path, spec in model.files.items()
        if spec.link is None
        and not spec.type.is_directory
        and spec.type is not FileType.INTERNAL
        and in_reach(model, path)
    ]


def shapes_of(model: CardModel, as_it_is: CardModel) -> dict[FilePath, Shape | None]:
    """The sizes in which a card differs from its product; None for files that it lacks."""
    found: dict[FilePath, Shape | None] = {}
    for path, spec in model.files.items():
        seen = as_it_is.files.get(path)
        if spec.link is None and (seen is None or seen.shape != spec.shape):
            found[path] = None if seen is None else seen.shape
    return found


def _unread(model: CardModel, image: CardImage) -> list[tuple[str, str]]:
    missing = dict.fromkeys(
        unit.path for unit in all_units(model) if unit not in image.units and unit.path not in image.listed
    )
    rows = [(str(path), why_not_read(model, path, deactivated=path in image.deactivated)) for path in missing]
    for spec in model.files.values():
        if spec.type is FileType.INTERNAL:
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
        "sha256": _digest(backup),
        "deactivated": sorted(map(str, backup.image.deactivated)),
        "listed": sorted(map(str, backup.image.listed)),
        "shapes": [file_row(path, shape) for path, shape in backup.shapes.items()],
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
    row: list[Any] = [str(unit.path), unit.number, content.data.hex()]
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
    if data.get("version") not in READABLE:
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
            unit = Unit.of(FilePath(row[0]), row[1])
            content = bytes.fromhex(row[2])
            units[unit] = Content(content, bytes.fromhex(row[3])) if len(row) > 3 else Content.known(content)
            if len(units) != number + 1:
                raise InputError("the unit stands twice", place=place, field=str(unit))
        listed = frozenset(map(FilePath, data.get("listed", ())))
        image = CardImage(units, deactivated=frozenset(map(FilePath, data["deactivated"])), listed=listed)
        shapes = dict(map(file_of_row, data.get("shapes", ())))
        unread = tuple((str(name), str(reason)) for name, reason in data["unread"])
        backup = Backup(
            str(data["product"]), str(data["iccid"]), bytes.fromhex(data["atr"]), image, str(data["made"]), unread,
            shapes,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError):
        raise InputError("the backup is damaged: a part is missing or not hex", place=place) from None
    if (image.digest() if data["version"] == 1 else _digest(backup)) != data.get("sha256"):
        raise InputError(
            "the content does not have the digest that stands in the file",
            place=place,
            field="sha256",
            hint="the file was changed or damaged; take another copy",
        )
    _check_iccid(backup, place)
    return backup


def _digest(backup: Backup) -> str:
    """SHA-256 over the content, and over what is said about files as a whole."""
    told = [sorted(map(str, backup.image.listed)), [file_row(path, shape) for path, shape in backup.shapes.items()]]
    return hashlib.sha256(f"{backup.image.digest()} {json.dumps(told)}".encode()).hexdigest()


def _check_iccid(backup: Backup, place: str) -> None:
    """The ICCID in the head is the one in the content, where that holds one."""
    seen = backup.image.get(ICCID_PATH)
    try:
        digits = Iccid.decode(seen.data).digits if seen is not None and seen.is_complete else backup.iccid
    except CodecError:
        return
    if digits != backup.iccid:
        raise InputError(f"the head says ICCID {backup.iccid}, the content {digits}", place=place, field="iccid")
