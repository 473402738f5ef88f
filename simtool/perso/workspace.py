"""A folder to begin in: an example profile, a card to try it on, and places for what comes later.

What will hold keys is for its owner alone. Nothing that is there already is touched.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from simtool.errors import InputError
from simtool.perso.private_file import write_private

_PRIVATE_FOLDERS = ("inventory",)
_FOLDERS = ("profiles", "readers", "applets")
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class _Template:
    """A file of the workspace, and the file of the package's data that it is made from."""

    target: str
    source: str
    private: bool = False


_TEMPLATES = (
    _Template("README.md", "workspace/README.md"),
    _Template(".gitignore", "workspace/gitignore"),
    _Template("profiles/example.yaml", "workspace/example.yaml"),
    _Template("readers/README.md", "workspace/readers.md"),
    _Template("readers/desk-1.yaml", "benches/desk-1.yaml"),
    _Template("readers/virtual-8.yaml", "benches/virtual-8.yaml"),
    _Template("applets/README.md", "workspace/applets.md"),
    _Template("inventory/README.md", "workspace/inventory.md"),
    _Template("inventory/stock.yaml", "workspace/stock.yaml", private=True),
)
_PROFILE, _RECORDS = "profiles/example.yaml", "inventory/records.yaml"
_CARD = "soft:sysmoISIM-SJA5"
_KEPT_CARD = f"{_CARD},state=inventory/card.state"
_STEPS = (
    f"simtool profile preview {_PROFILE} --sheet",
    f"simtool issue {_PROFILE} --out {_RECORDS}",
    f"simtool plan {_PROFILE} --record {_RECORDS} --reader {_CARD}",
    f"simtool apply {_PROFILE} --record {_RECORDS} --reader {_KEPT_CARD}",
    f"simtool verify {_PROFILE} --record {_RECORDS} --reader {_KEPT_CARD}",
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """What was made, what was there before and stays as it is, and which private folders others can look into."""

    folder: Path
    made: tuple[Path, ...]
    kept: tuple[Path, ...]
    open_to_others: tuple[Path, ...]

    @property
    def next_steps(self) -> tuple[str, ...]:
        """Commands that lead from here to a finished software card, in a POSIX shell."""
        return (f"cd {shlex.quote(str(self.folder))}", *_STEPS)


def make_workspace(folder: Path) -> Workspace:
    """Make the folder and what belongs in it. Raises `InputError` where it cannot be written."""
    made: list[Path] = []
    kept: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*_FOLDERS, *_PRIVATE_FOLDERS):
            place = folder / name
            place.mkdir(mode=0o700 if name in _PRIVATE_FOLDERS else 0o777, exist_ok=True)
        for template in _TEMPLATES:
            target = folder / template.target
            (made if _write(target, template) else kept).append(target)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(error.filename or folder)) from error
    private = (folder / name for name in _PRIVATE_FOLDERS)
    wide = tuple(place for place in private if place.stat().st_mode & _READABLE_BY_OTHERS)
    return Workspace(folder, tuple(made), tuple(kept), wide)


def _write(target: Path, template: _Template) -> bool:
    """The file from its template; False if there is one already."""
    if target.exists() or target.is_symlink():
        return False
    text = (package_files("simtool") / "data" / template.source).read_text(encoding="utf-8")
    if template.private:
        write_private(target, text)
    else:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    return True
