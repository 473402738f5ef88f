"""srsEPC's user_db.csv (srsRAN 4G): Name,Auth,IMSI,Key,OP_Type,OP/OPc,AMF,SQN,QCI,IP_alloc, # before remarks.

`Auth` is mil or xor, `SQN` 12 hex digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import SQN_HEX_DIGITS, core_card, hex_to_decimal, ki, opc, sqn_to_use, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.batch.formats.text import csv_rows
from simtool.crypto.transport_key import TransportKey

TITLES = ("Name", "Auth", "IMSI", "Key", "OP_Type", "OP/OPc", "AMF", "SQN", "QCI", "IP_alloc")
AUTH = {"milenage": "mil", "xor": "xor"}
NO_OPC = "0" * 32  # XOR has none, the file wants one


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write(f"# {','.join(TITLES)}\n")
    for number, card in enumerate(cards, start=1):
        item = subscriber(card)
        value = opc(card) if item.algorithm == "milenage" else NO_OPC
        sqn = f"{sqn_to_use(card):0{SQN_HEX_DIGITS}x}"
        out.write(
            f"ue{number},{AUTH[item.algorithm]},{item.imsi},{ki(card)},opc,{value},{header.amf},{sqn},9,dynamic\n"
        )


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    algorithms = {short: name for name, short in AUTH.items()}
    for number, cells in csv_rows(source, ",", reading.problems, reading.name):
        if cells[0].startswith("#"):
            continue
        if len(cells) != len(TITLES):
            reading.problem(number, f"has {len(cells)} cells, {len(TITLES)} are needed")
            continue
        named = dict(zip(TITLES, cells, strict=True))
        algorithm = algorithms.get(named["Auth"].lower())
        if algorithm is None:
            reading.problem(number, "is mil or xor", field="Auth")
            continue
        if named["OP_Type"].lower() != "opc":
            reading.problem(number, "has an OP; only OPc is taken", field="OP_Type")
            continue
        wanted = {"imsi": named["IMSI"], "ki": named["Key"], "algorithm": algorithm}
        if algorithm == "milenage":
            wanted["opc"] = named["OP/OPc"]
        card = core_card(number, wanted, reading, hex_to_decimal(named["SQN"]))
        if card is not None:
            yield card


FORMAT = Format(
    "srsran",
    "srsEPC of srsRAN 4G: user_db.csv",
    "github.com/srsran/srsRAN_4G, srsepc/user_db.csv.example",
    (
        Column("Name", "ue and a running number; ignored by srsEPC"),
        Column("Auth", "mil or xor"),
        Column("IMSI", "number of the subscription"),
        Column("Key", "Ki, hex", secret=True),
        Column("OP_Type", "opc"),
        Column("OP/OPc", "OPc, hex", secret=True),
        Column("AMF", "authentication management field"),
        Column("SQN", "SQN of the next vector, 12 hex digits"),
        Column("QCI", "9"),
        Column("IP_alloc", "dynamic"),
    ),
    Keeps(iccid=False, msisdn=False, sqn="seq", algorithm=True),
    write,
    read,
    by_subscription=True,
    needs_keys=True,
    algorithms=("milenage", "xor"),
)
