"""Text files that others made, read line by line: whatever a spreadsheet or a mainframe saved."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from simtool.errors import InputError

DELIMITERS = ",;\t|"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
QUOTES = "a quoted cell is not closed, or text stands behind it, or a cell is too long"


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """A UTF-8 file (or a UTF-16 file that says so) without its byte order mark; line ends are left as they are.

    Raises `InputError` when it cannot be read or turns out not to be text.
    """
    try:
        with path.open("rb") as raw:
            encoding = "utf-16" if raw.read(2) in _UTF16_MARKS else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as source:
            yield source
    except UnicodeError:
        # not `from error`: that exception carries a part of the file
        raise InputError(
            "this is not UTF-8 text", place=str(path), hint="save the file as UTF-8 and try again"
        ) from None
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error


def csv_rows(
    source: Iterable[str], delimiter: str, problems: list[InputError], name: str, first_line: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something with the line they begin on, blanks around cells gone. Bad quoting ends the file."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line = first_line + reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            problems.append(InputError(QUOTES, place=f"{name}:{line}"))
            return
        if any(cells):
            yield line, cells
