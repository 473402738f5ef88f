"""From an ENVELOPE to its event and the applets that it is for (TS 102 241 §6.2, TS 31.130 §6.2)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.platform.toolkit import Envelope
from simtool.softcard.toolkit import events
from simtool.softcard.toolkit.commands import (
    CHANNEL_STATUS,
    EVENT_LIST,
    HELP_REQUEST,
    ITEM_ID,
    SERVICE_RECORD,
    SMS_TPDU,
    TIMER_ID,
    Parts,
)
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import DOWNLOADS, Event
from simtool.softcard.toolkit.registry import Registry
from simtool.softcard.toolkit.sms import TAR_IN_PACKET, Assembly, Deliver, Opened, PacketOpener, Refused, envelope_with

CELL_BROADCAST_PAGE = 0x0C
_FORMATTED_PAGES = range(0x1080, 0x10A0)
_PAGE_HEADER = 6
_CHANNEL_BITS = 0x07
_SIMPLE = {
    events.CALL_CONTROL_TAG: Event.CALL_CONTROL, events.MO_SMS_TAG: Event.MO_SHORT_MESSAGE_CONTROL,
    events.USSD_TAG: Event.UNFORMATTED_USSD, events.APPLICATIONS_TAG: Event.TERMINAL_APPLICATIONS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Triggered:
    """Who is to be called, with what. `message` and `packet` for a formatted short message; `refused` instead for one
    that its security did not let pass."""

    event: Event
    entries: list[Entry]
    envelope: Envelope
    message: Deliver | None = None
    packet: Opened | None = None
    refused: Refused | None = None


def of_envelope(registry: Registry, envelope: Envelope, opener: PacketOpener, assembly: Assembly) -> Triggered:
    """Whom an envelope is for; its entries in the order in which they are triggered."""
    parts = Parts.of(envelope.value)
    if envelope.tag == events.SMS_PP_TAG:
        return of_message(registry, envelope, opener, assembly, stored=False)
    event, entries = _event(registry, envelope.tag, parts)
    return Triggered(event, entries, envelope)


def _event(registry: Registry, tag: int, parts: Parts) -> tuple[Event, list[Entry]]:
    if tag in _SIMPLE:
        return _SIMPLE[tag], registry.registered(_SIMPLE[tag])
    if tag == events.MENU_TAG:
        item = parts.byte(ITEM_ID)
        asked = Event.MENU_SELECTION if parts.first(HELP_REQUEST) is None else Event.MENU_SELECTION_HELP_REQUEST
        return asked, [one for one in registry.registered(asked) if _has_item(one, item)]
    if tag == events.TIMER_TAG:
        timer = parts.byte(TIMER_ID)
        return Event.TIMER_EXPIRATION, [one for one in registry if timer in one.state.timers]
    if tag == events.CELL_BROADCAST_TAG:
        return _page(registry, parts.first(CELL_BROADCAST_PAGE) or b"")
    number = parts.byte(EVENT_LIST)
    if tag == events.DOWNLOAD_TAG and number in DOWNLOADS:
        return DOWNLOADS[number], _download(registry, DOWNLOADS[number], parts)
    return Event.UNRECOGNIZED_ENVELOPE, registry.registered(Event.UNRECOGNIZED_ENVELOPE)


def _has_item(entry: Entry, item: int | None) -> bool:
    return any(one.identifier == item and one.text is not None for one in entry.state.menu)


def _download(registry: Registry, event: Event, parts: Parts) -> list[Entry]:
    """Events of a channel or of a local service are for whose it is; others for all that are registered."""
    found = registry.registered(event)
    if event in (Event.DATA_AVAILABLE, Event.CHANNEL_STATUS):
        status = parts.byte(CHANNEL_STATUS)
        return [one for one in found if status is not None and status & _CHANNEL_BITS in one.channels]
    if event is Event.LOCAL_CONNECTION:
        service = parts.byte(SERVICE_RECORD, 1)
        return [one for one in found if service in one.state.services]
    return found


def _page(registry: Registry, page: bytes) -> tuple[Event, list[Entry]]:
    """A cell broadcast page; message identifiers 1080 to 109F are those of formatted ones (TS 31.115 §5)."""
    if int.from_bytes(page[2:4]) not in _FORMATTED_PAGES:
        return Event.UNFORMATTED_SMS_CB, registry.registered(Event.UNFORMATTED_SMS_CB)
    tar = page[_PAGE_HEADER:][TAR_IN_PACKET]
    return Event.FORMATTED_SMS_CB, [one for one in registry.registered(Event.FORMATTED_SMS_CB) if tar in one.tars]


def of_message(
    registry: Registry, envelope: Envelope, opener: PacketOpener, assembly: Assembly, *, stored: bool
) -> Triggered:
    """A short message by ENVELOPE, or (`stored`) by UPDATE RECORD of EF.SMS.

    A packet for nobody is opened, too, for the answer that its TAR is not known; one for an applet that does not want
    such messages is not.
    """
    formatted = Event.FORMATTED_SMS_PP_UPD if stored else Event.FORMATTED_SMS_PP_ENV
    plain = Event.UNFORMATTED_SMS_PP_UPD if stored else Event.UNFORMATTED_SMS_PP_ENV
    message = Deliver.read(Parts.of(envelope.value).first(SMS_TPDU) or b"")
    if message is not None:
        message = assembly.take(message)
        if message is None:
            return Triggered(formatted, [], envelope)
    if message is None or not message.formatted:
        return Triggered(plain, registry.registered(plain), envelope)
    tar = message.packet[TAR_IN_PACKET]
    entries = [one for one in registry.registered(formatted) if tar in one.tars]
    if not entries and any(tar in one.tars for one in registry):
        return Triggered(formatted, [], envelope)
    opened = opener(message.packet)
    if not isinstance(opened, Opened):
        return Triggered(formatted, [], envelope, message, refused=opened)
    if not entries:
        return Triggered(formatted, [], envelope)
    shown = envelope_with(envelope, message.with_packet(opened.packet))
    return Triggered(formatted, entries, shown, message, opened)
