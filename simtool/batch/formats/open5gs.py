"""Open5GS: one document of the collection `subscribers` for each line (mongoimport --collection subscribers).

The layout is that of the program's own open5gs-dbctl: one slice (SST 1) with one session, QoS class 9, 1 Gbit/s.
`sqn` is what the HSS or UDM uses next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import core_card, dig, digits_of_msisdn, documents, ki, opc, sqn_to_use, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey

BITS_PER_SECOND = 0
RATE = 1_000_000_000
LTE_ONLY_NOT_ALLOWED = 32


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    ambr = {way: {"value": RATE, "unit": BITS_PER_SECOND} for way in ("downlink", "uplink")}
    arp = {"priority_level": 8, "pre_emption_capability": 1, "pre_emption_vulnerability": 2}
    session = {"name": header.apn, "type": 3, "qos": {"index": 9, "arp": arp}, "ambr": ambr, "pcc_rule": []}
    common = {
        "imeisv": [], "mme_host": [], "mm_realm": [], "purge_flag": [], "ambr": ambr,
        "slice": [{"sst": 1, "default_indicator": True, "session": [session]}],
        "access_restriction_data": LTE_ONLY_NOT_ALLOWED, "network_access_mode": 0, "subscribed_rau_tau_timer": 12,
        "__v": 0,
    }  # fmt: skip
    tail = "," + json.dumps(common, separators=(",", ":"))[1:] + "\n"  # the same in every document
    for card in cards:
        msisdn = digits_of_msisdn(card)
        security = {"k": ki(card), "op": None, "opc": opc(card), "amf": header.amf}
        document: dict[str, Any] = {"schema_version": 1, "imsi": subscriber(card).imsi.digits}
        document |= {"msisdn": [msisdn] if msisdn else []}
        document |= {"security": security | {"sqn": {"$numberLong": str(sqn_to_use(card))}}}
        out.write(json.dumps(document, separators=(",", ":"))[:-1] + tail)


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    for number, document in documents(source, reading):
        if dig(document, "security", "op"):
            reading.problem(number, "has an OP; only OPc is taken", field="security.op")
            continue
        numbers = document.get("msisdn") or [""]
        keys = {name: dig(document, "security", name).replace(" ", "") for name in ("k", "opc")}
        cells = {"imsi": dig(document, "imsi"), "msisdn": str(numbers[0]), "ki": keys["k"], "opc": keys["opc"]}
        following = dig(document, "security", "sqn", "$numberLong") or dig(document, "security", "sqn")
        card = core_card(number, cells, reading, following)
        if card is not None:
            yield card


FORMAT = Format(
    "open5gs",
    "Open5GS (HSS and UDM): documents for mongoimport --db open5gs --collection subscribers",
    "github.com/open5gs/open5gs, misc/db/open5gs-dbctl",
    (
        Column("imsi", "number of the subscription"),
        Column("msisdn", "telephone number without +"),
        Column("security.k", "Ki, hex", secret=True),
        Column("security.opc", "OPc, hex", secret=True),
        Column("security.amf", "authentication management field"),
        Column("security.sqn", "SQN of the next vector"),
        Column("slice, ambr", "one slice, one session with the header's APN, 1 Gbit/s"),
    ),
    Keeps(iccid=False, plus=False, sqn="seq"),
    write,
    read,
    suffix="json",
    by_subscription=True,
    needs_keys=True,
)
