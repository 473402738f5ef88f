"""Where state that must outlive the process is kept: journals, remembered ADM attempts.

The first of $SIMTOOL_STATE, $XDG_STATE_HOME/simtool and ~/.local/state/simtool (XDG Base Directory Specification). The
folders are the owner's alone (0700), and so are the files in them (0600). Library functions take a folder; programs
ask `state_folder` for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from simtool.errors import InputError

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder's path. Nothing is made."""
    own = environ.get("SIMTOOL_STATE")
    if own:
        return Path(own)
    base = environ.get("XDG_STATE_HOME")
    if base and Path(base).is_absolute():  # the specification tells to ignore a relative one
        return Path(base) / "simtool"
    return Path(environ.get("HOME") or Path.home()) / ".local" / "state" / "simtool"


def private_folder(path: Path) -> Path:
    """Make `path` and what is missing above it, for the owner only. Raises `InputError` when that cannot be done."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(FOLDER_MODE)
    except OSError as error:
        hint = "give another folder in the environment variable SIMTOOL_STATE"
        raise InputError(f"cannot keep state here: {error.strerror}", place=str(path), hint=hint) from error
    return path


def open_private(path: Path, flags: int) -> int:
    """A file descriptor of a file that only its owner reads. Raises `OSError`."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
