"""The columns of pySim's CSV files: what each one means to us, and the rows of a file with their lines.

Two programs of pySim read such files. `pySim-prog --source csv` takes name, iccid, mcc, mnc, imsi, smsp, ki, opc, acc,
msisdn and the ADM as adm1, pin_adm (ASCII) or pin_adm_hex. `pySim-shell --csv` looks up ADM1, PIN1, PUK1 and keys by
ICCID, whatever the case of the names. Both leave alone what they do not know. What `pySim-prog --write-csv` writes has
no head.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from simtool.errors import InputError

HEADLESS = ("name", "iccid", "mcc", "mnc", "imsi", "smsp", "ki", "opc")
DELIMITERS = ",;\t"
ABSENT = ("", "0")
"""What stands for "none": nothing, or the single 0 that pySim's own lists fill columns with."""

_CREDENTIAL = re.compile(r"super_adm|2?(adm|pin|puk)\d{1,2}")
_ALIASES = {"k": "ki"}
_UNDERSTOOD = frozenset("iccid imsi ki opc msisdn mcc mnc eid algorithm sqn pin_adm pin_adm_hex".split())


class Meaning(Enum):
    """What we do with a column."""

    FIELD = "field"
    CREDENTIAL = "credential"
    NOT_TAKEN = "not taken"


def normal(name: str) -> str:
    """A column's name as we look it up: lower case, underscores for blanks and dashes."""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    return _ALIASES.get(plain, plain)


def meaning(name: str) -> Meaning:
    """What the column of that (normal) name is to us."""
    if name in _UNDERSTOOD:
        return Meaning.FIELD
    return Meaning.CREDENTIAL if _CREDENTIAL.fullmatch(name) else Meaning.NOT_TAKEN


@dataclass(frozen=True, slots=True)
class Row:
    """One card's cells by normal column name, blanks around them gone. `titles` are the names as the file has them."""

    place: str
    cells: Mapping[str, str] = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str:
        return self.cells.get(name, "")

    def given(self, name: str) -> str:
        """The cell, or nothing where it says that there is none."""
        text = self.get(name)
        return "" if text in ABSENT else text

    def problem(self, name: str, reason: str) -> InputError:
        return InputError(reason, place=self.place, field=self.titles.get(name, name))


def read_rows(text: str, name: str, problems: list[InputError]) -> Iterator[Row]:
    """The rows of a file that hold something. What is wrong with its form is added to `problems`.

    Raises `InputError` where nothing can be read: no head, or no ICCID column.
    """
    text = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    titles: tuple[str, ...] = ()
    while True:
        place = f"{name}:{reader.line_num + 1}"
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error:
            reason = "a quoted cell is not closed, or text stands behind it, or a cell is too long"
            problems.append(InputError(reason, place=place))
            break
        if not any(cells):
            continue
        if not titles:
            titles = _titles(cells, place)
            if titles is not HEADLESS:
                continue
        row = _row(titles, cells, place, problems)
        if row is not None:
            yield row
    if not titles:
        raise InputError("the file is empty", place=name, hint="its first line names the columns")


def _row(titles: tuple[str, ...], cells: list[str], place: str, problems: list[InputError]) -> Row | None:
    if any(cells[len(titles) :]):
        problems.append(
            InputError(f"{len(cells)} cells, the first line names {len(titles)} columns", place=place, field="row")
        )
        return None
    names = [normal(title) for title in titles]
    known = {title: cell for title, cell in zip(names, cells, strict=False) if title}
    return Row(place, known, dict(zip(names, titles, strict=True)))


def _titles(cells: list[str], place: str) -> tuple[str, ...]:
    """The head, or the columns of a file without one. Raises `InputError` when it is neither."""
    names = [normal(cell) for cell in cells]
    if len(cells) == len(HEADLESS) and "iccid" not in names and cells[1].isdigit() and len(cells[1]) in (19, 20):
        return HEADLESS
    if "iccid" not in names:
        hint = "the first line names the columns, one of them ICCID; they are separated by , or ; or a tab"
        raise InputError("there is no column ICCID", place=place, hint=hint)
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise InputError(f"the column {twice[0]} stands twice", place=place, hint="leave one of them out")
    return tuple(cells)


def _delimiter(text: str) -> str:
    """The sign between the cells of the first line that holds something: the one that makes most known columns."""
    head = next((line for line in text.splitlines() if line.strip()), "")

    def known(delimiter: str) -> tuple[int, int]:
        cells = head.replace('"', "").split(delimiter)
        return sum(meaning(normal(cell)) is not Meaning.NOT_TAKEN for cell in cells), len(cells)

    return max(DELIMITERS, key=known)
