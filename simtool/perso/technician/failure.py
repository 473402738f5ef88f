"""The last command that a card refused, kept so that `simtool explain --last` can speak about it.

Only what an error message says is kept: the status word, command and file in words, never data.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from simtool.errors import InputError, StatusError, WrongPinError
from simtool.perso.memory.state_folder import open_private, private_folder

FILE = "last-failure.json"
_MESSAGE = re.compile(r"(?:error: )?(?P<command>[A-Z][A-Z0-9 ]+?) of (?P<file>\S.*?): (?P<sw>[0-9A-Fa-f]{4})\b.*")


@dataclass(frozen=True, slots=True)
class Failure:
    """A refused command. `file` is a path or what the error calls it; `product` the card's, empty if not known."""

    sw: int
    command: str = ""
    file: str = ""
    product: str = ""


def parse_message(text: str) -> Failure | None:
    """Read an error line of simtool's: `UPDATE BINARY of MF/ADF.USIM/EF.SPN: 6982 …`. None if it is none."""
    match = _MESSAGE.fullmatch(text.strip())
    return Failure(int(match["sw"], 16), match["command"], match["file"]) if match else None


def failure_of(error: StatusError, product: str = "") -> Failure:
    """What an error tells about itself."""
    if isinstance(error, WrongPinError):
        return Failure(error.sw, "VERIFY PIN", str(error).partition(" is ")[0], product)
    told = parse_message(str(error))
    return Failure(error.sw, told.command, told.file, product) if told else Failure(error.sw, product=product)


def keep_failure(folder: Path, failure: Failure) -> None:
    """Remember it; a state folder that cannot be written is no reason to fail twice."""
    try:
        descriptor = open_private(private_folder(folder) / FILE, os.O_WRONLY | os.O_TRUNC)
    except (OSError, InputError):
        return
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(failure), stream)


def last_failure(folder: Path) -> Failure | None:
    """The one kept last; None if there is none."""
    try:
        row = json.loads((folder / FILE).read_text())
        return Failure(int(row["sw"]), str(row["command"]), str(row["file"]), str(row["product"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
