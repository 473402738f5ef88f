"""PyHSS: for each line a pair of bodies, `auc` for PUT /auc/ and `subscriber` for PUT /subscriber/.

The API gives an `auc_id` when it has stored the first; it belongs into the second before that is sent. `default_apn`
and `apn_list` are 1, the first APN that was defined in PyHSS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import core_card, dig, digits_of_msisdn, documents, ki, opc, sqn_to_use, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    defaults = {"default_apn": 1, "apn_list": "1", "ue_ambr_dl": 0, "ue_ambr_ul": 0, "nam": 0}
    for card in cards:
        imsi = subscriber(card).imsi.digits
        auc = {"ki": ki(card), "opc": opc(card), "amf": header.amf, "sqn": sqn_to_use(card), "imsi": imsi}
        if card.iccid is not None:
            auc["iccid"] = card.iccid.digits
        row = {"imsi": imsi, "enabled": True, "msisdn": digits_of_msisdn(card)} | defaults
        out.write(json.dumps({"auc": auc, "subscriber": row}, separators=(",", ":")) + "\n")


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    for number, document in documents(source, reading):
        cells = {
            "iccid": dig(document, "auc", "iccid"),
            "imsi": dig(document, "subscriber", "imsi"),
            "msisdn": dig(document, "subscriber", "msisdn"),
            "ki": dig(document, "auc", "ki"),
            "opc": dig(document, "auc", "opc"),
        }
        card = core_card(number, cells, reading, dig(document, "auc", "sqn"))
        if card is not None:
            yield card


FORMAT = Format(
    "pyhss",
    "PyHSS: bodies for its API, AuC first, then the subscriber with the auc_id that comes back",
    "github.com/nickvsnetworking/pyhss, docs/provisioning.md",
    (
        Column("auc.ki", "Ki, hex", secret=True),
        Column("auc.opc", "OPc, hex", secret=True),
        Column("auc.amf", "authentication management field"),
        Column("auc.sqn", "SQN of the next vector"),
        Column("auc.iccid, auc.imsi", "numbers of card and subscription"),
        Column("subscriber.imsi", "number of the subscription"),
        Column("subscriber.msisdn", "telephone number without +"),
        Column("subscriber.default_apn, apn_list", "1: the first APN defined in PyHSS"),
    ),
    Keeps(plus=False, sqn="seq"),
    write,
    read,
    suffix="json",
    by_subscription=True,
    needs_keys=True,
)
