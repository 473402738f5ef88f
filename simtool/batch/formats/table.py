"""Tables: files whose layout is nothing but columns, each layout a template in YAML.

::

    name: acme
    purpose: what it is for
    source: where the layout can be checked
    delimiter: ','                      # when reading, found by itself
    first_lines: ['FORMAT:…']           # before the titles
    columns:
      - {title: ICC Number, field: iccid}
      - {title: Action, text: '+'}      # written, and skipped when read

Fields are those of `simtool.batch.formats.fields`. Reading, titles may be in any case, with blanks, dashes or
underscores; other columns are named in `Reading.not_taken`.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.fields import Text, card_of, is_code, is_field, is_secret, meaning, text_of
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import ANY_ALGORITHM, MILENAGE, Column, Format, Keeps, Reading
from simtool.batch.formats.text import DELIMITERS, csv_rows
from simtool.crypto.transport_key import TransportKey
from simtool.errors import InputError
from simtool.perso.pysim.columns import Row, normal
from simtool.perso.source import Section, Source, check, read_yaml

HEADER_FIELDS = ("batch", "customer", "product", "order", "amf")


class TableColumn(Section):
    """One column: a field of the card, a value of the batch's head, or a text that is always the same."""

    title: str
    field: str = ""
    text: str = ""
    header: str = ""
    meaning: str = ""


class TableForm(Section):
    """The whole template."""

    name: str
    purpose: str
    source: str = "your own"
    template: bool = False
    delimiter: str = ","
    first_lines: list[str] = []
    columns: list[TableColumn]


@dataclass(frozen=True, slots=True)
class Table:
    """A template ready for use."""

    form: TableForm

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(column.field for column in self.form.columns if column.field)

    def write(
        self, cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None
    ) -> None:
        texts = [_text(column, header, transport) for column in self.form.columns]
        for line in self.form.first_lines:
            out.write(line + "\n")
        writer = csv.writer(out, delimiter=self.form.delimiter, lineterminator="\n")
        writer.writerow([column.title for column in self.form.columns])
        writer.writerows([text(card) for text in texts] for card in cards)

    def read(self, source: TextIO, reading: Reading) -> Iterator[ListedCard]:
        """Raises `InputError` where nothing can be read: no line with the titles."""
        known = {normal(column.title): column.field for column in self.form.columns}
        fixed = {normal(line): None for line in self.form.first_lines}
        lines = enumerate(source, start=1)
        heads = ((n, text) for n, text in lines if text.strip() and normal(text.strip().strip(DELIMITERS)) not in fixed)
        number, line = next(heads, (0, ""))
        if not line:
            raise InputError("the file is empty", place=reading.name, hint="its first line names the columns")
        delimiter = delimiter_of(line, known)
        rest = itertools.chain([line], (text for _, text in lines))
        rows = csv_rows(rest, delimiter, reading.problems, reading.name, number - 1)
        titles, fields = _titles(next(rows, (number, [])), known, reading)
        by_field = titles_by_field(titles, fields)
        for at, cells in rows:
            place = f"{reading.name}:{at}"
            if any(cells[len(titles) :]):
                reason = f"{len(cells)} cells, the first line names {len(titles)} columns"
                reading.problems.append(InputError(reason, place=place, field="row"))
                continue
            named = {field: cell for field, cell in zip(fields, cells, strict=False) if field}
            card = card_of(Row(place, named, by_field), reading)
            if card is not None:
                yield card


def delimiter_of(line: str, known: Iterable[str]) -> str:
    """The sign between the cells of the line with the titles: the one that makes most known columns."""
    names = set(known)

    def count(delimiter: str) -> tuple[int, int]:
        cells = line.replace('"', "").strip().split(delimiter)
        return sum(normal(cell) in names for cell in cells), len(cells)

    return max(DELIMITERS, key=count)


def titles_by_field(titles: list[str], fields: list[str]) -> dict[str, str]:
    return {field: title for field, title in zip(fields, titles, strict=True) if field}


def _titles(head: tuple[int, list[str]], known: dict[str, str], reading: Reading) -> tuple[list[str], list[str]]:
    """The titles as they are, and the field of each (empty where it is not taken)."""
    number, titles = head
    place = f"{reading.name}:{number}"
    names = [normal(title) for title in titles]
    fields = [known.get(name, "") for name in names]
    if not {"iccid", "imsi"} & set(fields):
        wanted = ", ".join(title for title, field in known.items() if field in ("iccid", "imsi"))
        raise InputError(f"the first line does not name the columns: none is {wanted}", place=place)
    taken = [field for field in fields if field]
    if twice := sorted({field for field in taken if taken.count(field) > 1}):
        raise InputError(f"two columns hold {twice[0]}", place=place, hint="leave one of them out")
    for title, name in zip(titles, names, strict=True):
        if title and name not in known:
            reading.not_taken[f"column {title}"] = None
    return titles, fields


def _text(column: TableColumn, header: BatchHeader, transport: TransportKey | None) -> Text:
    if column.field:
        return text_of(column.field, transport)
    fixed = _header_text(header, column.header) if column.header else column.text
    return lambda card: fixed


def _header_text(header: BatchHeader, name: str) -> str:
    match name:
        case "batch":
            return header.batch
        case "customer":
            return header.customer
        case "product":
            return header.product
        case "order":
            return header.order
    return header.amf


def table_format(form: TableForm) -> Format:
    """The format of a template."""
    table = Table(form)
    fields = set(table.fields)
    keeps = Keeps(
        iccid="iccid" in fields,
        imsi="imsi" in fields,
        msisdn="msisdn" in fields,
        ki="ki" in fields,
        opc="opc" in fields,
        sqn="exact" if "sqn" in fields else "",
        algorithm="algorithm" in fields,
        codes=tuple(field for field in table.fields if is_code(field)),
        key_sets=tuple(int(field[3:]) for field in table.fields if field.startswith("kic")),
    )
    columns = tuple(
        Column(column.title, column.meaning or _column_meaning(column), is_secret(column.field))
        for column in form.columns
    )
    return Format(
        form.name, form.purpose, form.source, columns, keeps, table.write, table.read,
        algorithms=ANY_ALGORITHM if "algorithm" in fields else MILENAGE,
        template=form.template,
    )  # fmt: skip


def _column_meaning(column: TableColumn) -> str:
    if column.field:
        return meaning(column.field)
    return f"{column.header} of the batch" if column.header else f"always {column.text!r}" if column.text else "empty"


def load_table(path: Path) -> Format:
    """A template of your own. Raises `InputError` with file, line and every reason."""
    return table_format(_checked(read_yaml(path)))


def _checked(source: Source) -> TableForm:
    form = check(source, TableForm)
    problem = partial(InputError, hint="simtool formats fields lists the fields")
    for number, column in enumerate(form.columns):
        place = source.place(("columns", number))
        if column.field and not is_field(column.field):
            raise problem(f"there is no field {column.field}", place=place, field="field")
        if column.header and column.header not in HEADER_FIELDS:
            raise problem(f"header is one of {', '.join(HEADER_FIELDS)}", place=place, field="header")
    if len(form.delimiter) != 1 or form.delimiter not in DELIMITERS:
        raise InputError("is one of , ; | or a tab", place=source.place(("delimiter",)), field="delimiter")
    names = [normal(column.title) for column in form.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the title {twice[0]} stands twice", place=source.place(("columns",)), field="columns")
    return form
