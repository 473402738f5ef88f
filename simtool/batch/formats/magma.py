"""Magma: a shell script of its subscriber_cli.py, one `add` for each subscriber.

The command takes keys as arguments: while it runs, every user of that gateway can see them. `--lte-auth-next-seq` is
the SEQ part of the next SQN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import commands, core_card, ki, opc, sqn_to_use, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.sqn import DEFAULT_CONFIG
from simtool.crypto.transport_key import TransportKey

_ADD = re.compile(
    r"subscriber_cli\.py add IMSI(\S+) --lte-auth-key (\S+) --lte-auth-opc (\S+) --lte-auth-next-seq (\d{1,15})\s*"
)


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write("#!/bin/sh\nset -eu\n")
    for card in cards:
        seq = sqn_to_use(card) >> DEFAULT_CONFIG.ind_bits
        out.write(
            f"subscriber_cli.py add IMSI{subscriber(card).imsi} --lte-auth-key {ki(card)} --lte-auth-opc {opc(card)}"
            f" --lte-auth-next-seq {seq}\n"
        )


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    for number, match in commands(source, reading, _ADD, "subscriber_cli.py add IMSI… --lte-auth-key …"):
        following = str(int(match[4]) << DEFAULT_CONFIG.ind_bits)
        card = core_card(number, {"imsi": match[1], "ki": match[2], "opc": match[3]}, reading, following)
        if card is not None:
            yield card


FORMAT = Format(
    "magma",
    "Magma's access gateway by its subscriber_cli.py; keys show in the process list while it runs",
    "github.com/magma/magma, lte/gateway/python/scripts/subscriber_cli.py",
    (
        Column("sid", "IMSI and the number of the subscription"),
        Column("--lte-auth-key", "Ki, hex", secret=True),
        Column("--lte-auth-opc", "OPc, hex", secret=True),
        Column("--lte-auth-next-seq", "SEQ of the next vector"),
    ),
    Keeps(iccid=False, msisdn=False, sqn="seq"),
    write,
    read,
    suffix="sh",
    by_subscription=True,
    needs_keys=True,
)
