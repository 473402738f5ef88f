"""pySim's CSV of cards into card records; `simtool.perso.pysim.cards_out` is the way back.

`read_cards` takes both of pySim's forms (see `simtool.perso.pysim.columns`), tells every problem at once by file, line
and column, and never repeats a cell: a shifted column would put a key into the message. What a record has no place for
(OTA keys, access class, names) is named in `not_taken`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError
from simtool.files.specs import PIN_LENGTH
from simtool.perso.pysim.cells import credential_of, iccid_of, imsi_of, is_digits, key_of
from simtool.perso.pysim.column_keys import decrypted
from simtool.perso.pysim.columns import ABSENT, Meaning, Row, meaning, read_rows
from simtool.perso.pysim.text_files import read_text, refuse
from simtool.perso.record import (
    ALGORITHMS,
    KEY_LENGTHS,
    OP_LENGTHS,
    SQN_MAX,
    WITHOUT_OPC,
    CardRecord,
    Credential,
    Subscription,
)

DEFAULT_ADM = "ADM1"
DEFAULT_ALGORITHM = "milenage"
NO_KEYS: Mapping[str, Secret] = MappingProxyType({})
_ADM_COLUMNS = ("adm1", "pin_adm", "pin_adm_hex")


@dataclass(frozen=True, slots=True)
class CsvCards:
    """What a CSV file gave. A record without subscription is a delivered card: ICCID and credentials only."""

    records: tuple[CardRecord, ...]
    not_taken: tuple[str, ...] = ()

    @property
    def blank(self) -> tuple[CardRecord, ...]:
        """The records without keys."""
        return tuple(record for record in self.records if not record.subscriptions)


def read_cards(
    path: Path,
    *,
    algorithm: str | None = None,
    adm: str = DEFAULT_ADM,
    column_keys: Mapping[str, Secret] = NO_KEYS,
) -> CsvCards:
    """The cards of a CSV file.

    `algorithm` is what the keys are for where the file has no column of that name (then: milenage, if it gives an OPc);
    `adm` the name of the credential that pySim's column adm1 holds on these cards; `column_keys` decrypt columns (see
    `simtool.perso.pysim.column_keys`). Raises `InputError`.
    """
    return parse_cards(read_text(path), str(path), algorithm=algorithm, adm=adm, column_keys=column_keys)


def parse_cards(
    text: str,
    name: str,
    *,
    algorithm: str | None = None,
    adm: str = DEFAULT_ADM,
    column_keys: Mapping[str, Secret] = NO_KEYS,
) -> CsvCards:
    """The same from text; `name` stands for the file in messages."""
    problems: list[InputError] = []
    records: list[CardRecord] = []
    not_taken: dict[str, None] = {}
    seen: dict[tuple[str, str], str] = {}
    for row in read_rows(text, name, problems):
        for column, cell in row.cells.items():
            if cell not in ABSENT and meaning(column) is Meaning.NOT_TAKEN:
                not_taken[f"column {row.titles[column]}"] = None
        if row.given("eid") and not row.given("iccid"):
            not_taken[f"{row.place}: an eUICC (it has an EID and no ICCID)"] = None
            continue
        before = len(problems)
        row = decrypted(row, column_keys, problems)
        record = _record(row, algorithm, adm, problems)
        if len(problems) > before or record is None:
            continue
        if not record.subscriptions and row.given("imsi"):
            not_taken[f"{row.place}: the IMSI (there is no Ki)"] = None
        problems += _twice(row, record, seen)
        records.append(record)
    refuse(problems)
    return CsvCards(tuple(records), tuple(not_taken))


def _twice(row: Row, record: CardRecord, seen: dict[tuple[str, str], str]) -> Iterator[InputError]:
    numbers = [("iccid", record.iccid.digits)]
    numbers += [("imsi", subscription.imsi.digits) for subscription in record.subscriptions]
    for key in numbers:
        first = seen.setdefault(key, row.place)
        if first != row.place:
            yield row.problem(key[0], f"the same number stands in {first}")


def _record(row: Row, algorithm: str | None, adm: str, problems: list[InputError]) -> CardRecord | None:
    iccid = iccid_of(row, problems)
    subscription = _subscription(row, algorithm, problems)
    credentials = _credentials(row, adm, problems)
    if iccid is None:
        return None
    return CardRecord(iccid, (subscription,) if subscription is not None else (), credentials)


def _subscription(row: Row, default: str | None, problems: list[InputError]) -> Subscription | None:
    if not row.given("ki"):
        if row.given("opc"):
            problems.append(row.problem("ki", "is missing, and there is an OPc"))
        return None
    before = len(problems)
    imsi = imsi_of(row, problems)
    algorithm = row.given("algorithm").lower() or default or (DEFAULT_ALGORITHM if row.given("opc") else "")
    if not algorithm:
        reason = "is missing; where cards have none, the algorithm must be named"
        problems.append(row.problem("opc", reason))
        return None
    if algorithm not in ALGORITHMS:
        problems.append(row.problem("algorithm", f"is one of {', '.join(ALGORITHMS)}"))
        return None
    k = key_of(row, "ki", KEY_LENGTHS.get(algorithm, (PIN_LENGTH * 2,)), problems)
    opc = None
    if algorithm not in WITHOUT_OPC:
        opc = key_of(row, "opc", (OP_LENGTHS.get(algorithm, PIN_LENGTH * 2),), problems)
    elif row.given("opc"):
        problems.append(row.problem("opc", f"{algorithm} has none"))
    sqn = row.given("sqn") or "0"
    if not is_digits(sqn) or int(sqn) > SQN_MAX:
        problems.append(row.problem("sqn", "a number below 2^48 is needed"))
    if len(problems) > before or imsi is None or k is None:
        return None
    return Subscription(imsi, k, opc, algorithm, row.given("msisdn") or None, int(sqn))


def _credentials(row: Row, adm: str, problems: list[InputError]) -> tuple[Credential, ...]:
    found: dict[str, Secret] = {}
    for column in row.cells:
        text = row.given(column)
        if not text or (meaning(column) is not Meaning.CREDENTIAL and column not in _ADM_COLUMNS):
            continue
        name = adm if column in _ADM_COLUMNS else column.upper()
        try:
            value = credential_of(name, text, column)
        except CodecError as error:
            problems.append(row.problem(column, str(error)))
            continue
        if name in found and found[name] != value:
            problems.append(row.problem(column, f"another column gives another value for {name}"))
        found[name] = value
    return tuple(Credential(name, value) for name, value in found.items())
