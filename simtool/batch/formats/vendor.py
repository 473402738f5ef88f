"""The files that card vendors take and deliver: a head, input variables, and in the output a row for each card.

::

    *HEADER DESCRIPTION
    Customer: …   Quantity: …   Type: …   Batch: …   Transport_key: 11
    *INPUT VARIABLES
    var_in:ICCID/IMSI
    89…           00101…
    *OUTPUT VARIABLES
    var_out:ICCID/IMSI/PIN1/PUK1/ADM1/KI
    89… 00101… 1234 12345678 12345678 A1B2…

The input file ends with the input variables, one row for each card; the output file names the first card there and has
its rows below var_out. No vendor's layout is a standard: names differ in case, values follow a colon, rows are
separated by blanks or commas, a 19-digit ICCID may end in F. All of that is read. `Check_value` is a line of ours: the
check value of the transport key, so that a wrong key is told.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.fields import card_of, is_code, is_field, meaning, ota_fields, text_of
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.key_file import find_key
from simtool.batch.formats.model import ANY_ALGORITHM, Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey
from simtool.errors import InputError
from simtool.perso.pysim.cells import is_digits
from simtool.perso.pysim.columns import Row, normal

RULE = "*" * 39
PUBLIC = ("iccid", "imsi", "msisdn")
_OTHER_NAMES = {"k": "ki", "ser_nb": "iccid", "icc": "iccid", "eki": "ki", "eopc": "opc"}
_HEAD = re.compile(r"\s*([^:*]+?)\s*:\s*(.*?)\s*")
_VARIABLES = re.compile(r"\s*var_(in|out)(?:_list)?\s*:\s*(.*?)\s*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s,;]+")
COUNT_DIGITS = 9
NO_KEY = ("", "0", "none")


def _title(field: str) -> str:
    return field.upper()


def _field(title: str) -> str:
    """The field of a vendor's column, empty where there is none."""
    name = _OTHER_NAMES.get(normal(title), normal(title))
    for form in (name, name.upper()):
        if is_field(form):
            return form
    return ""


def _write_head(out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    if header.quantity is None:
        raise InputError("the head of a vendor's file names the quantity", hint="count the cards first")
    lines = {"Customer": header.customer, "Quantity": str(header.quantity), "Type": header.product}
    lines |= {"Batch": header.batch, "PO_ref_number": header.order}
    lines["Date"] = header.made.isoformat() if header.made is not None else ""
    if transport is not None:
        lines |= {"Transport_key": str(transport.index), "Check_value": transport.check_value}
    out.write(f"*HEADER DESCRIPTION\n{RULE}\n")
    for name, value in lines.items():
        if "\n" in value or "\r" in value:
            raise InputError("is more than one line", field=name)
        out.write(f"{name + ':':17}{value}".rstrip() + "\n")
    out.write(f"{RULE}\n*INPUT VARIABLES\n{RULE}\n")


def write_output(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    """The columns are what the first card has; a card that lacks one, or has more, raises `InputError`."""
    first, cards = _peek(cards)
    codes = tuple(code.pin for code in first.codes)
    item = first.subscriptions[0] if first.subscriptions else None
    numbers = {"iccid": first.iccid, "imsi": item, "msisdn": item and item.msisdn}
    keys = {"ki": item and item.k, "opc": item and item.opc}
    versions = tuple(item.version for item in first.key_sets)
    fields = (
        *(name for name, value in numbers.items() if value), *codes,
        *(name for name, value in keys.items() if value), *ota_fields(versions),
    )  # fmt: skip
    for name in fields:
        if not is_field(name):
            raise InputError(f"a vendor's file has no column for {name}", place=first.name)
    _write_head(out, header, transport)
    out.write("var_in:\n")
    for name in numbers:
        if name in fields:
            out.write(f"{_title(name)}: {text_of(name)(first)}\n")
    out.write(f"{RULE}\n*OUTPUT VARIABLES\n{RULE}\nvar_out:{'/'.join(map(_title, fields))}\n")
    _write_rows(cards, out, fields, header, transport)


def write_input(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    """What a vendor needs to make the cards of a batch when it makes the keys itself: numbers only."""
    first, cards = _peek(cards)
    fields = tuple(name for name in PUBLIC if text_of(name)(first))
    _write_head(out, header, None)
    out.write(f"var_in:{'/'.join(map(_title, fields))}\n")
    _write_rows(cards, out, fields, header, None, public=True)


def _write_rows(
    cards: Iterable[ListedCard], out: TextIO, fields: tuple[str, ...], header: BatchHeader,
    transport: TransportKey | None, *, public: bool = False,
) -> None:  # fmt: skip
    texts = [text_of(name, transport) for name in fields]
    codes = set(filter(is_code, fields))
    versions = sum(name.startswith("kic") for name in fields)
    count = 0
    for card in cards:
        cells = [text(card) for text in texts]
        if not all(cells):
            missing = fields[cells.index("")]
            raise InputError(f"has no {missing}, the first card has one", place=card.name)
        if not public and (len(card.codes) != len(codes) or len(card.key_sets) != versions):
            raise InputError("has codes or key sets that the first card does not have", place=card.name)
        out.write(" ".join(cells) + "\n")
        count += 1
    if count != header.quantity:
        raise InputError(f"{count} cards came, the head says {header.quantity}")


def _peek(cards: Iterable[ListedCard]) -> tuple[ListedCard, Iterator[ListedCard]]:
    iterator = iter(cards)
    first = next(iterator, None)
    if first is None:
        raise InputError("there is no card to write")
    return first, itertools.chain([first], iterator)


def read(source: TextIO, reading: Reading, *, wanted: str) -> Iterator[ListedCard]:
    """The cards below var_out (`wanted` "out") or below var_in. `reading.header` gets the head.

    Raises `InputError` when there are no such rows, or when the keys stand under a transport key that is not given.
    """
    head: dict[str, str] = {}
    titles: list[str] = []
    section, count, transport = "", 0, None
    for number, line in enumerate(source, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text or text.startswith("*"):
            continue
        if match := _VARIABLES.fullmatch(text):
            section = match[1].lower()
            if section == wanted and match[2]:
                titles = [title.strip() for title in match[2].split("/")]
                reading.header, transport = _header(head, reading, number)
                fields = _fields(titles, reading, number)
            continue
        if section != wanted or not titles:
            if not section and (match := _HEAD.fullmatch(text)):
                head[normal(match[1])] = match[2]
            continue
        cells = [cell for cell in _SEPARATORS.split(text) if cell]
        count += 1
        if len(cells) != len(titles):
            reading.problem(number, f"has {len(cells)} values, var_{wanted} names {len(titles)}")
            continue
        named = {field: cell for field, cell in zip(fields, cells, strict=True) if field}
        by_field = {field: title for field, title in zip(fields, titles, strict=True) if field}
        card = card_of(Row(f"{reading.name}:{number}", named, by_field), reading, transport)
        if card is not None:
            yield card
    if not titles:
        raise InputError(f"there is no line var_{wanted}: that names columns", place=reading.name)
    if reading.header.quantity is not None and count != reading.header.quantity:
        reason = f"the head says {reading.header.quantity} cards, there are {count}"
        reading.problems.append(InputError(reason, place=reading.name, field="Quantity"))


def _fields(titles: list[str], reading: Reading, number: int) -> list[str]:
    fields = [_field(title) for title in titles]
    for title, field in zip(titles, fields, strict=True):
        if not field:
            reading.not_taken[f"column {title}"] = None
    taken = [field for field in fields if field]
    if twice := sorted({field for field in taken if taken.count(field) > 1}):
        raise InputError(f"two columns hold {twice[0]}", place=f"{reading.name}:{number}")
    return fields


def _header(head: dict[str, str], reading: Reading, number: int) -> tuple[BatchHeader, TransportKey | None]:
    def value(*names: str) -> str:
        return next((head[name] for name in names if head.get(name)), "")

    place = f"{reading.name}:{number}"
    quantity = value("quantity", "quanitity")  # the second is how a known vendor file spells it
    if quantity and not _is_count(quantity):
        raise InputError("the quantity is no number", place=reading.name, field="Quantity")
    header = BatchHeader(
        batch=value("batch", "batch_no"),
        customer=value("customer", "mnoid"),
        product=value("type", "profiletype", "profile"),
        order=value("po_ref_number"),
        made=_date(value("date")),
        quantity=int(quantity) if quantity else None,
        check_value=value("check_value"),
    )
    index = value("transport_key", "op_key_index")
    if index.lower() in NO_KEY or reading.without_keys:
        return header, None
    if not _is_count(index):
        raise InputError("the transport key is named by its index, a number", place=place, field="Transport_key")
    key = find_key(reading.keys, int(index), header.check_value, place)
    if not header.check_value:
        reading.not_taken["no check value in the file: only a card's proof tells a wrong transport key"] = None
    return replace(header, transport_key=key.index), key


def _is_count(text: str) -> bool:
    return is_digits(text) and len(text) <= COUNT_DIGITS


def _date(text: str) -> date | None:
    """A date as we write it; another notation is left alone."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_HEAD_COLUMNS = (
    Column("Customer, Type, Batch, PO_ref_number, Date", "the batch's head"),
    Column("Quantity", "number of cards; must be that of the rows"),
)
_SOURCE = "no standard; the shape of published samples (github.com/ostelco/ostelco-core, sim-administration, *.out)"

OUTPUT = Format(
    "vendor-out",
    "a card vendor's output file: what was made, for AuC, OTA platform and care",
    _SOURCE,
    (
        *_HEAD_COLUMNS,
        Column("Transport_key", "index of the transport key, when Ki and OPc stand under one"),
        Column("Check_value", "check value of that key"),
        *(Column(_title(name), meaning(name)) for name in PUBLIC),
        Column("PIN1, PUK1, ADM1 …", "codes of the finished card", secret=True),
        *(Column(_title(name), meaning(name), secret=True) for name in ("ki", "opc")),
        Column("CIPHERn, KICn, KIDn, KIKn", "OTA and security domain keys of version n", secret=True),
    ),
    Keeps(codes=None, key_sets=None),
    write_output,
    partial(read, wanted="out"),
    suffix="out",
    needs_quantity=True,
    takes_transport_key=True,
    algorithms=ANY_ALGORITHM,
)
INPUT = Format(
    "vendor-in",
    "a card vendor's input file: the numbers of the cards to be made",
    _SOURCE,
    (*_HEAD_COLUMNS, *(Column(_title(name), meaning(name)) for name in PUBLIC)),
    Keeps(ki=False, opc=False),
    write_input,
    partial(read, wanted="in"),
    suffix="inp",
    needs_quantity=True,
)
