"""Names that people give to files: `EF.SPN`, `spn`, `ADF.USIM/EF.IMSI`, `MF/DF.GSM/EF.ACC`, `3f00/7fff/6f07`, `ADN[3]`.

A name means every file of the product whose path ends like it; two names of one linked file are one. `7fff` is the
current application; where nobody selected one it is the USIM (TS 102 221 §8.4.2). Records are chosen with `[3]`,
`[2-5]` or `:3` behind the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from simtool.card.session import Session
from simtool.errors import DecodeError, InputError
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.image import BODY, Unit
from simtool.perso.rooms import place_of

CURRENT_APPLICATION = "7fff"
PREFERRED_APPLICATION = FilePath("MF/ADF.USIM")
OTHER_SYSTEMS = ("MF/DF.CDMA/", "MF/DF.EIRENE/")  # never meant by a bare name that a 3GPP file has too
_FID = re.compile(r"[0-9a-fA-F]{4}")
_RECORDS = re.compile(r"(?P<name>[^\[\]:]+)(?:\[(?P<first>\d+)(?:-(?P<last>\d+))?\]|:(?P<colon>\d+))?")


@dataclass(frozen=True, slots=True)
class Target:
    """A file and the records meant; no records: all of them."""

    path: FilePath
    records: tuple[int, ...] = ()

    def units(self, model: CardModel) -> tuple[Unit, ...]:
        """The units meant. Raises `InputError` for a record that the file has not, or for a file without units."""
        spec = model.file(self.path)
        count = spec.records or 0 if spec.type.has_records else 0
        if self.records and not count:
            raise InputError(f"{self.path} has no records", hint=f"say {self.path} without a record number")
        if outside := [number for number in self.records if not 1 <= number <= count]:
            raise InputError(
                f"{self.path} has records 1 to {count}, not {outside[0]}", hint=f"choose one of 1 to {count}"
            )
        if spec.type.has_records:
            return tuple(Unit(self.path, number) for number in self.records or range(1, count + 1))
        if spec.size is None or spec.type.is_directory:
            raise InputError(f"{self.path} is a {spec.type.value} and has no content of its own to read or write")
        return (Unit(self.path, BODY),)

    def single(self, model: CardModel) -> Unit:
        """The one unit meant, for writing. Raises `InputError` when a record has to be chosen."""
        units = self.units(model)
        if len(units) != 1:
            raise InputError(
                f"{self.path} has {model.file(self.path).records} records",
                hint=f"say which one is meant, for example {self.path.name}[1]",
            )
        return units[0]


def resolve(model: CardModel, text: str, *, directory: FilePath | None = None) -> Target:
    """The file (not directory) that `text` means on this product, looked for in `directory` first.

    Raises `InputError` when there is none, or more than one, naming those that come near.
    """
    match = _RECORDS.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a file name like EF.SPN, 3f00/7fff/6f07 or EF.ADN[3]")
    path = resolve_path(model, match["name"], directory=directory)
    if place_of(model, path) is not None and not in_reach(model, path):
        path = model.source(path)
    if model.file(path).type.is_directory:
        raise InputError(f"{path} is a directory", hint=f"name a file in it: {_names_in(model, path)}")
    first = match["first"] or match["colon"]
    last = match["last"] or first
    return Target(path, tuple(range(int(first), int(last) + 1)) if first else ())


def in_reach(model: CardModel, path: FilePath) -> bool:
    """Whether a file can be selected by its own path: in class A0 nothing is selected by AID (TS 51.011 §8.1)."""
    application = path.application
    return application is None or place_of(model, application) is not None


def resolve_path(model: CardModel, text: str, *, directory: FilePath | None = None) -> FilePath:
    """The file or directory that `text` means on this product. Raises `InputError` as `resolve` does."""
    parts = [part for part in text.strip("/").split("/") if part]
    if not parts:
        raise InputError("no file is named", hint="name a file like EF.SPN or 3f00/7fff/6f07")
    if directory is not None:
        near = [child.path for child in model.children(directory) if _ends_like(model, child.path, parts[-1:])]
        if len(parts) == 1 and len(near) == 1:
            return near[0]
    found = [path for path in model.files if _ends_like(model, path, parts)]
    whole = [path for path in found if len(path.parts) == len(parts)]
    found = whole or found
    found = [path for path in found if not str(path).startswith(OTHER_SYSTEMS)] or found
    if len(found) > 1 and CURRENT_APPLICATION in (part.lower() for part in parts):
        current = directory.application if directory is not None else None
        for application in (current, PREFERRED_APPLICATION):
            inside = [path for path in found if path.application == application]
            if application is not None and inside:
                found = inside
                break
    sources = list(dict.fromkeys(model.source(path) for path in found))
    if len(sources) == 1:
        return found[0] if len(found) == 1 else sources[0]
    if not found:
        raise InputError(f"{model.name} has no file {text}", hint=_advice(model, parts[-1]))
    raise InputError(
        f"{text} can mean {len(sources)} files of {model.name}", hint=f"say which: {', '.join(map(str, sources[:8]))}"
    )


def completions(model: CardModel, text: str, *, directory: FilePath = MF) -> tuple[str, ...]:
    """Names that begin with `text`: of files in `directory` (or in the one that `text` leads to), else of any file."""
    head, slash, last = text.rpartition("/")
    try:
        inside = resolve_path(model, head, directory=directory) if slash else directory
    except InputError:
        inside = directory
    wanted = last.lower()
    near = [child.path.name for child in model.children(inside)]
    names = [name for name in near if name.lower().startswith(wanted)]
    names = names or [name for name in near if name.partition(".")[2].lower().startswith(wanted)]
    if names or slash:
        return tuple(f"{head}{slash}{name}" for name in names)
    everywhere = [path.name if wanted[:2] != "mf" else str(path) for path in model.files]
    return tuple(sorted({name for name in everywhere if wanted and name.lower().startswith(wanted)}))


def fid_path(model: CardModel, path: FilePath) -> str:
    """The path in file identifiers: `3f00/7fff/6f46`."""
    fids = []
    walk: FilePath | None = path
    while walk is not None:
        fids.append(f"{model.file(walk).fid:04x}")
        walk = walk.parent
    return "/".join(reversed(fids))


def select(session: Session, model: CardModel, path: FilePath, *, fcp: bool = False) -> bytes:
    """Make a file or directory current; its FCP (class A0: classic answer) if `fcp`. Raises `StatusError`."""
    application = path.application if not session.is_sim else None  # class A0 knows no AID, but may give it a FID
    if application is not None:
        answer = session.select_aid(model.file(application).aid or b"", fcp=fcp, what=str(application))
        if path == application:
            return answer
    steps = bytes.fromhex(fid_path(model, path).replace("/", ""))[2 if path != MF else 0 :]
    if application is not None:
        steps = b"\x7f\xff" + steps[2:]
    return session.select_path(steps, fcp=fcp, what=str(path))


def _ends_like(model: CardModel, path: FilePath, parts: list[str]) -> bool:
    names: list[FileSpec] = []
    walk: FilePath | None = path
    while walk is not None and len(names) < len(parts):
        names.append(model.file(walk))
        walk = walk.parent
    if len(names) != len(parts):
        return False
    if parts[0].lower() in ("mf", "3f00") and walk is not None:
        return False
    return all(_is_called(spec, part) for spec, part in zip(names, reversed(parts), strict=True))


def _is_called(spec: FileSpec, text: str) -> bool:
    name = spec.path.name.lower()
    if text.lower() in (name, name.partition(".")[2]):
        return True
    if not _FID.fullmatch(text):
        return False
    return int(text, 16) == spec.fid or (text.lower() == CURRENT_APPLICATION and spec.aid is not None)


def _advice(model: CardModel, name: str) -> str:
    known = {path.name.partition(".")[2].lower(): str(path) for path in model.files if path.parent is not None}
    near = get_close_matches(name.lower().rpartition(".")[2], known, n=3)
    if near:
        return f"near to it: {', '.join(known[text] for text in near)}"
    return "simtool card dump lists the files of a card"


def _names_in(model: CardModel, path: FilePath) -> str:
    names = [child.path.name for child in model.children(path)]
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")


def parse_path(text: str) -> FilePath:
    """A full path. Raises `InputError`."""
    try:
        return FilePath(text)
    except DecodeError as error:
        raise InputError(str(error)) from None
