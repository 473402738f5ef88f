"""Files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from simtool.errors import InputError


def write_private(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `path` with mode 0600: a new file beside it, synced, then put in its place.

    Raises `InputError` when the file exists and `overwrite` is not given, or when it cannot be written.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp gives 0600
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if overwrite:
            Path(temporary).replace(path)
        else:
            Path(path).hardlink_to(temporary)  # fails where the file exists, whoever made it meanwhile
    except FileExistsError as error:
        raise InputError("the file exists", place=str(path), hint="choose another name") from error
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    finally:
        Path(temporary).unlink(missing_ok=True)
