"""Where things are in a short message, a cell broadcast page or a USSD string (TS 31.130 annex A, USATEnvelopeHandler).

Offsets count from the beginning of the object's value. What is looked for: the user data and its header (TS 23.040
§9.2.2, §9.2.3.24; TS 23.041 §9.4.1.2), and in it the secured data of a command packet (TS 31.115 §4, §5, §6).
The packet stands there in plain text, the framework has checked it.
"""

from __future__ import annotations

from dataclasses import dataclass

_TYPE = 0x03
_HAS_HEADER = 0x40
_VALIDITY, _RELATIVE = 0x18, 0x10
_COMMAND_PACKET = 0x70
_SINGLE_MESSAGE = 140
_PAGE_HEAD = 6
_PAGE_CODING = 4
_PAGE_WITH_HEADER = 0x90
_PCNTR = 15
_PACKET_HEAD = 16


class WrongFormat(ValueError):
    """What is looked for is not there."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where something is."""

    start: int
    length: int


def tp_udl_offset(tpdu: bytes) -> int:
    """Where TP-User-Data-Length is in an SMS-DELIVER or SMS-SUBMIT. Raises `WrongFormat`."""
    try:
        match tpdu[0] & _TYPE:
            case 0:  # SMS-DELIVER
                at = 1 + _address(tpdu, 1) + 1 + 1 + 7
            case 1:  # SMS-SUBMIT
                validity = tpdu[0] & _VALIDITY
                at = 2 + _address(tpdu, 2) + 1 + 1 + (0 if not validity else 1 if validity == _RELATIVE else 7)
            case _:
                raise WrongFormat("no message with user data")
        _ = tpdu[at]
    except IndexError:
        raise WrongFormat("the message is cut short") from None
    return at


def _address(tpdu: bytes, at: int) -> int:
    """Bytes of an address, its length included."""
    return 2 + (tpdu[at] + 1) // 2


def user_data(tpdu: bytes) -> Span:
    """The user data in bytes. Of a message that was put together of several, all of it: its TP-UDL says nothing."""
    at = tp_udl_offset(tpdu)
    present = len(tpdu) - at - 1
    said = tpdu[at]
    if _seven_bit(tpdu[_coding(tpdu, at)]):
        said = (said * 7 + 7) // 8
    if present > _SINGLE_MESSAGE:
        return Span(at + 1, present)
    if said > present:
        raise WrongFormat("the user data is cut short")
    return Span(at + 1, said)


def _coding(tpdu: bytes, at: int) -> int:
    """Where TP-Data-Coding-Scheme is."""
    return at - 8 if tpdu[0] & _TYPE == 0 else 2 + _address(tpdu, 2) + 1


def _seven_bit(dcs: int) -> bool:
    """TS 23.038 §4: an alphabet of 7 bits, so that a length is in septets."""
    match dcs >> 4:
        case 0x0 | 0x1 | 0x2 | 0x3 | 0x4 | 0x5 | 0x6 | 0x7:
            return not dcs & 0x20 and dcs & 0x0C in (0x00, 0x0C)  # compressed text is counted in bytes
        case 0xE:
            return False
        case 0xF:
            return not dcs & 0x04
        case _:
            return True


def short_message(tpdu: bytes) -> Span:
    """The user data after its header, if it has one. Raises `WrongFormat`."""
    whole = user_data(tpdu)
    return _after_header(tpdu, whole) if tpdu[0] & _HAS_HEADER else whole


def page_text(page: bytes) -> Span:
    """The content of all pages after the header, if there is one. Raises `WrongFormat`."""
    if len(page) < _PAGE_HEAD:
        raise WrongFormat("the page is cut short")
    whole = Span(_PAGE_HEAD, len(page) - _PAGE_HEAD)
    return _after_header(page, whole) if page[_PAGE_CODING] & 0xF0 == _PAGE_WITH_HEADER else whole


def _after_header(data: bytes, whole: Span) -> Span:
    if not whole.length or data[whole.start] >= whole.length:
        raise WrongFormat("the header is longer than the user data")
    skipped = 1 + data[whole.start]
    return Span(whole.start + skipped, whole.length - skipped)


def secured_in_message(tpdu: bytes) -> Span:
    """Raises `WrongFormat`."""
    if not tpdu or not tpdu[0] & _HAS_HEADER:
        raise WrongFormat("no header, so no command packet")
    whole = user_data(tpdu)
    return _packet(tpdu, _announced(tpdu, whole))


def secured_in_page(page: bytes) -> Span:
    """The packet is all of the content: the message identifier tells that it is one. Raises `WrongFormat`."""
    return _packet(page, page_text(page))


def secured_in_ussd(ussd: bytes) -> Span:
    """After the coding scheme comes a header as in a short message. Raises `WrongFormat`."""
    if not ussd:
        raise WrongFormat("the USSD string is empty")
    return _packet(ussd, _announced(ussd, Span(1, len(ussd) - 1)))


def _announced(data: bytes, whole: Span) -> Span:
    """What follows a header that says: a command packet."""
    rest = _after_header(data, whole)
    at = whole.start + 1
    while at + 1 < rest.start:
        if data[at] == _COMMAND_PACKET:
            return rest
        at += 2 + data[at + 1]
    raise WrongFormat("the header announces no command packet")


def _packet(data: bytes, where: Span) -> Span:
    """The secured data of a command packet: CPL, CHL, SPI, KIc, KID, TAR, CNTR, PCNTR, checksum, secured data."""
    packet = data[where.start : where.start + where.length]
    if len(packet) < _PACKET_HEAD:
        raise WrongFormat("the command packet is cut short")
    total, header, padding = int.from_bytes(packet[:2]), packet[2], packet[_PCNTR]
    length = total - 1 - header - padding
    if 3 + header < _PACKET_HEAD or length < 0 or total + 2 > len(packet):
        raise WrongFormat("the lengths of the command packet do not agree")
    return Span(where.start + 3 + header, length)
