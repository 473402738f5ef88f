"""Our own card records (see `simtool.perso.record`), and pySim's CSV (see `simtool.perso.pysim`).

Records are written one by one, and read as a whole (64 MiB at most). pySim's CSV is whole in memory both ways: its
columns depend on all cards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import ANY_ALGORITHM, Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey
from simtool.perso.pysim.cards_csv import parse_cards
from simtool.perso.pysim.cards_out import CsvForm, format_cards
from simtool.perso.record import RECORDS_HEAD, format_record, load_records


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write(RECORDS_HEAD)
    for card in cards:
        out.write(format_record(card.record()))


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    """Reads the file of that name again: YAML is checked as a whole."""
    return map(ListedCard.of, load_records(Path(reading.name)))


def write_pysim(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write(format_cards([card.record() for card in cards], CsvForm.PROG, name=header.product, plmn=header.plmn))


def read_pysim(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    found = parse_cards(source.read(), reading.name, algorithm=reading.algorithm or None)
    reading.not_taken |= dict.fromkeys(found.not_taken)
    return map(ListedCard.of, found.records)


RECORDS = Format(
    "records",
    "simtool's own card records, for plan, apply and verify",
    "simtool/perso/record.py",
    (
        Column("iccid", "number of the card"),
        Column("subscriptions", "imsi, msisdn, algorithm and sqn of each"),
        Column("subscriptions.k, opc", "Ki and OPc, hex", secret=True),
        Column("credentials", "codes that open the card", secret=True),
        Column("key_sets", "OTA and security domain keys by version", secret=True),
    ),
    Keeps(sqn="exact", algorithm=True, codes=None, key_sets=None, settings=True),
    write,
    read,
    suffix="yaml",
    algorithms=ANY_ALGORITHM,
    many_subscriptions=True,
)
PYSIM = Format(
    "pysim",
    "CSV for pySim-prog --source csv",
    "simtool/perso/pysim; pySim's manual",
    (
        Column("name, mcc, mnc, smsp", "the product, its network, its SMS centre"),
        Column("iccid, imsi, msisdn", "the numbers"),
        Column("ki, opc", "keys, hex", secret=True),
        Column("pin1, puk1, adm1 …", "codes of the finished card", secret=True),
        Column("algorithm, sqn", "ours, where they are not the usual ones"),
    ),
    Keeps(sqn="exact", algorithm=True, codes=None),
    write_pysim,
    read_pysim,
    algorithms=ANY_ALGORITHM,
)
