"""Files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from simtool.errors import InputError


def require_private(path: Path) -> None:
    """Raises `InputError` when others than the owner may read the file, or it cannot be looked at."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    if mode & 0o077:
        raise InputError("others can read this file", place=str(path), hint=f"chmod 600 {path}")


def write_private(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `path` with mode 0600: a new file beside it, synced, then put in its place.

    Raises `InputError` when the file exists and `overwrite` is not given, or when it cannot be written.
    """
    with private_stream(path, overwrite=overwrite) as stream:
        stream.write(text)


@contextmanager
def private_stream(path: Path, *, overwrite: bool = False) -> Iterator[TextIO]:
    """The same for what does not fit into memory. When the body raises, nothing is left behind.

    Raises `InputError` as `write_private` does; one that the body raised passes unchanged.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp gives 0600
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
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
