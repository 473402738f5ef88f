"""What comes from the network for the card or for the user: short messages, broadcast, USSD (TS 31.111 §7.1, §7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtool.card.handset import start
from simtool.card.handset.network import Delivery
from simtool.codec.apdu import ResponseApdu
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.envelope import (
    CellBroadcastDownload,
    SmsPpDownload,
    UssdDownload,
    encode_envelope,
)
from simtool.codec.proactive.objects import UssdString
from simtool.codec.proactive.profile import Facility
from simtool.codec.sms_tpdu import Deliver, message_class

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

BUSY, DOWNLOAD_ERROR, STORAGE_FULL = 0xD4, 0xD5, 0xD0
"""TP-FCS of a report (TS 23.040 §9.2.3.22)."""
SW_TOOLKIT_BUSY = 0x9300
_DONE = (0x90, 0x91)


@dataclass(frozen=True, slots=True)
class Received:
    """A message for the user."""

    origin: str
    text: str


def receive_message(phone: Handset, tpdu: bytes, centre: DialNumber | None) -> Delivery:
    """An SMS-DELIVER has come: to the card as data download, onto the card, or to the user.

    Gives the report to the network. Raises `DecodeError` if it is no SMS-DELIVER.
    """
    message = Deliver.decode(tpdu)
    if message.is_for_card and phone.offers(Facility.SMS_PP_DOWNLOAD, start.SMS_PP_DOWNLOAD):
        body = SmsPpDownload(address=centre, tpdu=tpdu)
        delivery = report(phone.envelope(encode_envelope(body), "SMS-PP data download"))
    elif message_class(message.dcs) == 2:
        stored = start.store_message(phone.session, phone.application.aid or None, tpdu, centre)
        delivery = Delivery(True) if stored else Delivery(False, failure=STORAGE_FULL)
        phone.look_again()
    else:
        phone.inbox.append(Received(str(message.origin), message.shown))
        phone.note("message", f"from {message.origin}: {message.shown}")
        delivery = Delivery(True)
    phone.network.deliveries.append(delivery)
    return delivery


def report(answer: ResponseApdu) -> Delivery:
    """The report that a card's answer asks for (TS 31.111 §7.1.1.2)."""
    if answer.sw.sw1 in _DONE:
        return Delivery(True, answer.data)
    if answer.sw == SW_TOOLKIT_BUSY:
        return Delivery(False, failure=BUSY)
    return Delivery(False, answer.data, DOWNLOAD_ERROR)


def receive_page(phone: Handset, page: bytes) -> None:
    """A page of a cell broadcast has come, for the card if it takes any."""
    if phone.offers(Facility.CELL_BROADCAST_DOWNLOAD, start.CELL_BROADCAST_DOWNLOAD):
        phone.tell_card(CellBroadcastDownload(page=page), "cell broadcast")
    else:
        phone.note("broadcast", page.hex())


def receive_ussd(phone: Handset, string: UssdString) -> bytes | None:
    """A USSD string of the network has come. Gives the card's answer, None if it went to the user."""
    if phone.offers(Facility.USSD_DOWNLOAD, start.USSD_DOWNLOAD):
        return phone.envelope(encode_envelope(UssdDownload(string=string)), "USSD data download").data
    phone.note("ussd", string.text)
    return None
