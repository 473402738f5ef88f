"""Files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError


def require_private(path: Path) -> None:
    """Raises `InputError` when others than the owner may read the file, or it cannot be looked at."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    if mode & 0o077:
        raise InputError("others can read this file", place=str(path), hint=f"chmod 600 {path}")


def read_private_key(path: Path, *, kind: str, length: int | None = None) -> Secret:
    """A key from a file with hex digits that only its owner may read; its `length` in bytes is checked when given.

    Raises `InputError` when others can read it, it cannot be read or holds no key; nothing of it is repeated.
    """
    require_private(path)
    try:
        return Secret.from_hex(path.read_text(encoding="ascii").strip(), length=length, kind=kind)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except UnicodeDecodeError:
        raise InputError(f"a {kind} is written as hex digits", place=str(path)) from None
    except EncodeError as error:
        raise InputError(str(error), place=str(path)) from None


def write_private(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `path` with mode 0600: a new file beside it, synced, then put in its place.

    Raises `InputError` when the file exists and `overwrite` is not given, or when it cannot be written.
    """
    with private_stream(path, overwrite=overwrite) as stream:
        stream.write(text)


@contextmanager
def private_stream(path: Path, *, overwrite: bool = False) -> Iterator[TextIO]:
    """The same for text that does not fit into memory, without translation of line ends."""
    with new_private(path, overwrite=overwrite) as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield stream
        stream.detach()


@contextmanager
def new_private(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which appears at `path` with mode 0600 when the block ends well, and not at all otherwise.

    Raises `InputError` when the file exists and `overwrite` is not given, or when it cannot be written; one that the
    block raised passes unchanged.
    """
    try:
        if path.exists() and not overwrite:
            raise FileExistsError
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp gives 0600
    except FileExistsError as error:
        raise InputError("the file exists", place=str(path), hint="choose another name") from error
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
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
