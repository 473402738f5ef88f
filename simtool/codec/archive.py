"""Entries of a ZIP archive (CAP files, APKs), with one kind of error for everything that can be wrong with one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from lzma import LZMAError

from simtool.errors import DecodeError

SIGNATURE = b"PK\x03\x04"
ENTRY_MAX = 16 * 1024 * 1024
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, LZMAError, struct.error, EOFError, OSError,
    ValueError, RuntimeError, NotImplementedError, KeyError, IndexError, OverflowError,
)  # fmt: skip
"""What the library raises for damaged, enciphered or unknown archives."""


def read_entries(data: bytes, wanted: Callable[[str], bool]) -> list[tuple[str, bytes]]:
    """Names and contents of the entries that are `wanted`, in the archive's order.

    Raises `DecodeError` for an archive that cannot be read, or an entry of more than 16 MiB.
    """
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if not wanted(info.filename):
                    continue
                if info.file_size > ENTRY_MAX:
                    raise DecodeError(f"{info.filename} in the archive is larger than 16 MiB")
                found.append((info.filename, archive.read(info)))
    except DecodeError:
        raise
    except _DAMAGE as error:
        raise DecodeError(f"the archive is damaged or of an unknown kind: {error}") from error
    return found
