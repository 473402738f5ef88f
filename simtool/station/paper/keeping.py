"""Papers as files: new ones, whole or not at all, and for their owner only where a PIN or PUK stands on them."""

from __future__ import annotations

import os
from pathlib import Path

from simtool.errors import InputError
from simtool.perso.private_file import new_private


def keep(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a new file, `private` with mode 0600. Raises `InputError` where it exists or cannot be written."""
    if private:
        with new_private(path) as stream:
            stream.write(content)
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        raise InputError("the file exists", place=str(path), hint="choose another name") from None
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError(error.strerror or str(error), place=str(path)) from None
