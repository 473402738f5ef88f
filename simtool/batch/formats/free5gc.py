"""free5GC: for each line the body that its web console takes (POST /api/subscriber/imsi-IMSI/PLMN).

The layout with permanentKeyValue is that of the web console before TS 29.505's encPermanentKey names came in. The
subscriber's network needs the PLMN in the batch's head. Two slices are not made up: one, SST 1, with the head's APN.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.core import (
    SQN_HEX_DIGITS,
    core_card,
    dig,
    digits_of_msisdn,
    documents,
    hex_to_decimal,
    ki,
    opc,
    sqn_to_use,
    subscriber,
)
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Column, Format, Keeps, Reading
from simtool.crypto.transport_key import TransportKey
from simtool.errors import InputError

AUTHENTICATION = "AuthenticationSubscription"
MOBILITY = "AccessAndMobilitySubscriptionData"


def write(cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None) -> None:
    """Raises `InputError` when the head has no PLMN or a subscriber is of another one."""
    if header.plmn is None:
        raise InputError("free5GC wants the network with each subscriber", hint="give the network with --plmn")
    plmn = header.plmn.mcc + header.plmn.mnc
    plain = {"encryptionKey": 0, "encryptionAlgorithm": 0}
    nssai = [{"sst": 1, "sd": "010203"}]
    qos = {"5qi": 9, "arp": {"priorityLevel": 8}, "priorityLevel": 8}
    session = {
        "sscModes": {"defaultSscMode": "SSC_MODE_1"},
        "pduSessionTypes": {"defaultSessionType": "IPV4", "allowedSessionTypes": ["IPV4"]},
        "sessionAmbr": {"uplink": "1 Gbps", "downlink": "1 Gbps"},
        "5gQosProfile": qos,
    }
    sessions = [{"singleNssai": nssai[0], "dnnConfigurations": {header.apn: session}}]
    common = {"SessionManagementSubscriptionData": sessions}
    tail = "," + json.dumps(common, separators=(",", ":"))[1:] + "\n"  # the same in every document
    for card in cards:
        imsi, msisdn = subscriber(card).imsi.digits, digits_of_msisdn(card)
        if not imsi.startswith(plmn):
            raise InputError(f"the IMSI does not begin with {plmn}", place=card.name)
        document = {
            "plmnID": plmn,
            "ueId": f"imsi-{imsi}",
            AUTHENTICATION: {
                "authenticationMethod": "5G_AKA",
                "permanentKey": {"permanentKeyValue": ki(card)} | plain,
                "sequenceNumber": f"{sqn_to_use(card):0{SQN_HEX_DIGITS}x}",
                "authenticationManagementField": header.amf,
                "milenage": {"op": {"opValue": ""} | plain},
                "opc": {"opcValue": opc(card)} | plain,
            },
            MOBILITY: {
                "gpsis": [f"msisdn-{msisdn}"] if msisdn else [],
                "nssai": {"defaultSingleNssais": nssai, "singleNssais": []},
                "subscribedUeAmbr": {"uplink": "1 Gbps", "downlink": "1 Gbps"},
            },
        }
        out.write(json.dumps(document, separators=(",", ":"))[:-1] + tail)


def read(source: TextIO, reading: Reading) -> Iterator[ListedCard]:
    for number, document in documents(source, reading):
        mobility = document.get(MOBILITY)
        gpsis = mobility.get("gpsis", []) if isinstance(mobility, dict) else []
        msisdn = next((str(gpsi)[7:] for gpsi in gpsis if str(gpsi).startswith("msisdn-")), "")
        cells = {
            "imsi": dig(document, "ueId").removeprefix("imsi-"),
            "msisdn": msisdn,
            "ki": dig(document, AUTHENTICATION, "permanentKey", "permanentKeyValue"),
            "opc": dig(document, AUTHENTICATION, "opc", "opcValue"),
        }
        following = hex_to_decimal(dig(document, AUTHENTICATION, "sequenceNumber"))
        card = core_card(number, cells, reading, following)
        if card is not None:
            yield card


FORMAT = Format(
    "free5gc",
    "free5GC: one body for each subscriber, to be posted to the web console's API",
    "github.com/free5gc/free5gc-compose, sample/config-lorawan/subscribers.sh",
    (
        Column("plmnID", "the network in the batch's head"),
        Column("ueId", "imsi- and the number of the subscription"),
        Column("permanentKey.permanentKeyValue", "Ki, hex", secret=True),
        Column("opc.opcValue", "OPc, hex", secret=True),
        Column("sequenceNumber", "SQN of the next vector, 12 hex digits"),
        Column("authenticationManagementField", "authentication management field"),
        Column("gpsis", "msisdn- and the telephone number"),
        Column("SessionManagementSubscriptionData", "one slice (SST 1, SD 010203) with the header's APN"),
    ),
    Keeps(iccid=False, plus=False, sqn="seq"),
    write,
    read,
    suffix="json",
    by_subscription=True,
    needs_keys=True,
)
