"""Card records as pySim's CSV, in either of its forms (see `simtool.perso.pysim.columns`).

Columns of our own (algorithm, sqn) stand at the end and only where a record needs them; pySim leaves them alone, and
`read_cards` gives the same records back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from simtool.codec.identifiers import Plmn
from simtool.errors import InputError
from simtool.files.specs import PIN_LENGTH
from simtool.perso.private_file import write_private
from simtool.perso.pysim.cards_csv import DEFAULT_ADM, DEFAULT_ALGORITHM
from simtool.perso.pysim.text_files import refuse
from simtool.perso.record import CardRecord

ADM_COLUMN, ADM_HEX_COLUMN = "adm1", "pin_adm_hex"
_KINDS = {"pin": 0, "puk": 1}


class CsvForm(Enum):
    """Which program the file is for."""

    PROG = "prog"
    CARD_DATA = "card-data"


def write_cards(
    records: Sequence[CardRecord],
    path: Path,
    form: CsvForm,
    *,
    name: str = "",
    plmn: Plmn | None = None,
    smsp: bytes = b"",
    adm: str = DEFAULT_ADM,
) -> None:
    """Write a new file with the keys and codes of these cards (0600). Raises `InputError` as `format_cards` does."""
    write_private(path, format_cards(records, form, name=name, plmn=plmn, smsp=smsp, adm=adm))


def format_cards(
    records: Sequence[CardRecord],
    form: CsvForm,
    *,
    name: str = "",
    plmn: Plmn | None = None,
    smsp: bytes = b"",
    adm: str = DEFAULT_ADM,
) -> str:
    """The text of the file.

    `name`, `plmn` (columns mcc and mnc) and `smsp` go into the form for pySim-prog, where they are the same for every
    card; without `plmn` it takes the first five digits of the IMSI. The credential `adm` goes into the column adm1.
    Raises `InputError` with every record that the form cannot hold.
    """
    _check(records, form, adm)
    rows = [_cells(record, form, adm) for record in records]
    for row in rows if form is CsvForm.PROG else ():
        common = {"name": name, "mcc": plmn.mcc if plmn else "", "mnc": plmn.mnc if plmn else "", "smsp": smsp.hex()}
        row |= {column: cell for column, cell in common.items() if cell}
    columns = _columns({column for row in rows for column in row})
    head = [column.upper() for column in columns] if form is CsvForm.CARD_DATA else columns
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return stream.getvalue()


def _check(records: Sequence[CardRecord], form: CsvForm, adm: str) -> None:
    problems = [] if records else [InputError("there is no record to write")]
    for record in records:
        place = f"ICCID {record.iccid}"
        if len(record.subscriptions) > 1:
            problems.append(InputError("has several subscriptions, a row holds one", place=place))
        if form is CsvForm.PROG and not record.subscriptions:
            problems.append(InputError("has no subscription for pySim-prog to write", place=place))
        if adm != DEFAULT_ADM and any(credential.pin == DEFAULT_ADM for credential in record.credentials):
            problems.append(InputError(f"has {DEFAULT_ADM}, but the column adm1 is to hold {adm}", place=place))
    refuse(problems, hint="write these cards another way")


def _cells(record: CardRecord, form: CsvForm, adm: str) -> dict[str, str]:
    """One record by lower-case column name."""
    cells = {"iccid": record.iccid.digits}
    for item in record.subscriptions:
        cells |= {"imsi": item.imsi.digits, "ki": item.k.reveal().hex() if item.k is not None else ""}
        if item.opc is not None:
            cells["opc"] = item.opc.reveal().hex()
        if item.msisdn:
            cells["msisdn"] = item.msisdn
        if item.algorithm != DEFAULT_ALGORITHM:
            cells["algorithm"] = item.algorithm
        if item.sqn:
            cells["sqn"] = str(item.sqn)
    for credential in record.credentials:
        text = credential_text(credential.value.reveal())
        column = ADM_COLUMN if credential.pin == adm else credential.pin.lower()
        if form is CsvForm.PROG and column == ADM_COLUMN and len(text) > PIN_LENGTH:
            column = ADM_HEX_COLUMN
        cells[column] = text
    return cells


def credential_text(value: bytes) -> str:
    """Digits where it is digits; anything else as 16 hex digits, which no reader takes for characters."""
    digits = value.rstrip(b"\xff")
    return digits.decode() if len(digits) >= 4 and digits.isdigit() else value.hex()


def _columns(present: set[str]) -> list[str]:
    """The columns that are needed, in the order in which people expect them."""
    first = ("name", "iccid", "mcc", "mnc", "imsi", "smsp", "msisdn", "ki", "opc")
    last = (ADM_COLUMN, ADM_HEX_COLUMN, "algorithm", "sqn")
    if ADM_HEX_COLUMN in present:
        present = present | {ADM_COLUMN}  # pySim-prog looks at pin_adm_hex only beside another ADM column
    between = sorted(present - {*first, *last}, key=_credential_order)
    return [column for column in (*first, *between, *last) if column in present]


def _credential_order(name: str) -> tuple[int, str, str]:
    """PINs with their PUKs by number, then ADMs."""
    number = "".join(char for char in name if char.isdigit())
    kind = next((rank for word, rank in _KINDS.items() if word in name), 2)
    return (0, number, str(kind) + name) if kind < 2 else (1, number, name)
