"""OsmoHLR: SQL for its SQLite database (schema 6), and the commands of its VTY.

One line of SQL for each statement, in one transaction. `.bail on` is a word to the sqlite3 command: stop at the first
error, so that a number which is there already leaves the database as it was. `auc_3g.sqn` is the highest SQN used, as
in our records. The VTY sets no SQN: there the HLR starts at 0 and the first contact resynchronises (`simtool deliver`
does better).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import commands, core_card, digits_of_msisdn, ki, opc, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey

ALGORITHMS_2G = {"comp128v1": 1, "comp128v2": 2, "comp128v3": 3}
MILENAGE = 5
ALGORITHMS = ("milenage", *ALGORITHMS_2G)
SOURCE = "Debian osmo-hlr 1.5, /usr/share/doc/osmo-hlr/sql/hlr.sql; judged by osmo-hlr in the tests"

_ID = r"\(SELECT id FROM subscriber WHERE imsi='(\d+)'\)"
_SUBSCRIBER = re.compile(r"INSERT INTO subscriber \(imsi, msisdn\) VALUES \('(\d+)', (?:NULL|'(\d+)')\);\s*")
_2G = re.compile(rf"INSERT INTO auc_2g \(subscriber_id, algo_id_2g, ki\) VALUES \({_ID}, (\d), '([0-9a-f]+)'\);\s*")
_3G = re.compile(
    rf"INSERT INTO auc_3g \(subscriber_id, algo_id_3g, k, opc, sqn\) VALUES "
    rf"\({_ID}, {MILENAGE}, '([0-9a-f]+)', '([0-9a-f]+)', (\d{{1,15}})\);\s*"
)
_VTY = re.compile(
    r"subscriber imsi (\d+) (?:create|update (?:msisdn (\d+)|aud2g (\S+) ki (\S+)|aud3g milenage k (\S+) opc (\S+)))\s*"
)


def write_sql(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write(".bail on\nBEGIN;\n")
    for card in cards:
        item, msisdn = subscriber(card), digits_of_msisdn(card)
        number = f"(SELECT id FROM subscriber WHERE imsi='{item.imsi}')"
        telephone = f"'{msisdn}'" if msisdn else "NULL"
        out.write(f"INSERT INTO subscriber (imsi, msisdn) VALUES ('{item.imsi}', {telephone});\n")
        if item.algorithm in ALGORITHMS_2G:
            values = f"{number}, {ALGORITHMS_2G[item.algorithm]}, '{ki(card)}'"
            out.write(f"INSERT INTO auc_2g (subscriber_id, algo_id_2g, ki) VALUES ({values});\n")
        else:
            values = f"{number}, {MILENAGE}, '{ki(card)}', '{opc(card)}', {item.sqn}"
            out.write(f"INSERT INTO auc_3g (subscriber_id, algo_id_3g, k, opc, sqn) VALUES ({values});\n")
    out.write("COMMIT;\n")


def read_sql(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    """Takes what `write_sql` makes, no other SQL."""
    names = {number: name for name, number in ALGORITHMS_2G.items()}
    pending: tuple[str, str] | None = None
    for number, line in enumerate(source, start=1):
        if line.strip() in (".bail on", "BEGIN;", "COMMIT;", ""):
            continue
        if match := _SUBSCRIBER.fullmatch(line):
            pending = (match[1], match[2] or "")
            continue
        two, three = _2G.fullmatch(line), _3G.fullmatch(line)
        found = two or three
        if found is None or pending is None or found[1] != pending[0]:
            reading.problem(number, "is no statement of this format, or keys without their subscriber before them")
            continue
        cells = {"imsi": pending[0], "msisdn": pending[1]}
        if two is not None:
            cells |= {"algorithm": names.get(int(two[2]), "?"), "ki": two[3]}
        elif three is not None:
            cells |= {"ki": three[2], "opc": three[3], "sqn": three[4]}
        pending = None
        card = core_card(number, cells, reading)
        if card is not None:
            yield card


def write_vty(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    out.write("enable\n")
    for card in cards:
        item, msisdn = subscriber(card), digits_of_msisdn(card)
        name = f"subscriber imsi {item.imsi}"
        out.write(f"{name} create\n")
        if msisdn:
            out.write(f"{name} update msisdn {msisdn}\n")
        if item.algorithm in ALGORITHMS_2G:
            out.write(f"{name} update aud2g {item.algorithm} ki {ki(card)}\n")
        else:
            out.write(f"{name} update aud3g milenage k {ki(card)} opc {opc(card)}\n")


def read_vty(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    cells: dict[str, str] = {}
    number = 0
    for number, match in commands(source, reading, _VTY, "subscriber imsi IMSI create|update …"):
        imsi, msisdn, algorithm, k2, k3, opc3 = match.groups()
        if cells and cells["imsi"] != imsi:
            reading.problem(number, "the subscriber before this one was given no keys")
        if not cells or cells["imsi"] != imsi:
            cells = {"imsi": imsi}
        if msisdn:
            cells["msisdn"] = msisdn
        if not (k2 or k3):
            continue
        cells |= {"algorithm": algorithm, "ki": k2} if k2 else {"ki": k3, "opc": opc3}
        card = core_card(number, cells, reading)
        cells = {}
        if card is not None:
            yield card
    if cells:
        reading.problem(number, "the last subscriber was given no keys")


_COLUMNS = (
    Column("imsi", "number of the subscription"),
    Column("msisdn", "telephone number without +"),
    Column("ki, k", "Ki, hex", secret=True),
    Column("opc", "OPc, hex", secret=True),
)

SQL = Format(
    "osmo-hlr-sql",
    "OsmoHLR: SQL for its SQLite database (sqlite3 hlr.db < FILE, with the HLR stopped)",
    SOURCE,
    (*_COLUMNS, Column("algo_id_2g, algo_id_3g", "1 to 3: COMP128, 5: Milenage"), Column("sqn", "highest SQN used")),
    Keeps(iccid=False, plus=False, sqn="exact", algorithm=True),
    write_sql,
    read_sql,
    suffix="sql",
    by_subscription=True,
    needs_keys=True,
    algorithms=ALGORITHMS,
)
VTY = Format(
    "osmo-hlr-vty",
    "OsmoHLR: commands for its VTY (port 4258)",
    SOURCE,
    (*_COLUMNS, Column("aud2g, aud3g", "comp128v1 to v3, milenage")),
    Keeps(iccid=False, plus=False, algorithm=True),
    write_vty,
    read_vty,
    suffix="vty",
    by_subscription=True,
    needs_keys=True,
    algorithms=ALGORITHMS,
)
