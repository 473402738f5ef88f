"""Open5GS through its command open5gs-dbctl: a shell script with one `add IMSI KI OPC` for each subscriber.

The command takes keys as arguments: while it runs, every user of that computer can see them. The documents of
`simtool.batch.formats.open5gs` have no such moment. It sets no SQN: the core starts at 0 and the first contact
resynchronises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import commands, core_card, ki, opc, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey

_ADD = re.compile(r"open5gs-dbctl add (\S+) (\S+) (\S+)\s*")


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write("#!/bin/sh\nset -eu\n")
    for card in cards:
        out.write(f"open5gs-dbctl add {subscriber(card).imsi} {ki(card)} {opc(card)}\n")


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    for number, match in commands(source, reading, _ADD, "open5gs-dbctl add IMSI KI OPC"):
        card = core_card(number, {"imsi": match[1], "ki": match[2], "opc": match[3]}, reading)
        if card is not None:
            yield card


FORMAT = Format(
    "open5gs-dbctl",
    "Open5GS by its own command; keys show in the process list while it runs, prefer open5gs",
    "github.com/open5gs/open5gs, misc/db/open5gs-dbctl",
    (
        Column("IMSI", "number of the subscription"),
        Column("KI", "Ki, hex", secret=True),
        Column("OPC", "OPc, hex", secret=True),
    ),
    Keeps(iccid=False, msisdn=False),
    write,
    read,
    suffix="sh",
    by_subscription=True,
    needs_keys=True,
)
