"""GET IDENTITY: the USIM conceals the subscription's identity itself (TS 31.102 §7.5, TS 33.501 Annex C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.crypto.suci import SuciProfile, conceal
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.authenticate import session
from simtool.softcard.commands.base import Case, ClassGroup, Route, out
from simtool.softcard.filesystem import FileNode
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

CONTEXT_SUCI, CONTEXT_SUCI_NSWO = 0x01, 0x02
TAG_SUCI = 0xA1
SERVICE_PRIVACY, SERVICE_SUCI_BY_USIM = 124, 125
_TAG_PRIORITIES, _TAG_KEYS, _TAG_KEY_ID, _TAG_KEY = 0xA0, 0xA1, 0x80, 0x81
_TYPE_SUCI_IMSI = 0x01
_NO_ROUTING_INDICATOR = b"\xf0\xff"
_FID_IMSI, _FID_AD, _FID_5GS, _FID_ROUTING = 0x6F07, 0x6FAD, 0x5FC0, 0x4F0A


def get_identity(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """GET IDENTITY with the SUCI context (P2 01, or 02 for non-seamless WLAN offload): A1 with the SUCI.

    6985 unless services 124 and 125 are on, 6A88 for another context.
    """
    if card.model.suci is None:
        return sw.WRONG_INSTRUCTION
    if p1:
        return sw.WRONG_P1_P2
    if p2 & 0x7F not in (CONTEXT_SUCI, CONTEXT_SUCI_NSWO):
        return sw.REFERENCE_NOT_FOUND
    application = session(card, channel)
    if not (card.service(application, SERVICE_PRIVACY) and card.service(application, SERVICE_SUCI_BY_USIM)):
        return sw.CONDITIONS_NOT_SATISFIED
    answer = tlv.encode(TAG_SUCI, _suci(card, application))
    return card.hold(channel, answer) if data else out(answer, p3)


def _suci(card: SoftCard, application: FileNode) -> bytes:
    """The SUCI from octet 4 of the 5GS mobile identity on (TS 24.501 §9.11.3.4): type, PLMN, routing indicator,
    scheme, key, output."""
    imsi = _imsi(application)
    digits_of_mnc = _mnc_length(application)
    mcc, mnc, msin = imsi[:3], imsi[3 : 3 + digits_of_mnc], imsi[3 + digits_of_mnc :]
    if not msin:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    profile, key_id, key = _scheme(card)
    third = mnc[2] if len(mnc) == 3 else "f"
    plmn = bytes.fromhex(mcc[1] + mcc[0] + third + mcc[2] + mnc[1] + mnc[0])
    try:
        output = conceal(profile, key, _swapped(msin))
    except CodecError:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED) from None
    return bytes((_TYPE_SUCI_IMSI,)) + plmn + _routing(application) + bytes((profile, key_id)) + output


def _scheme(card: SoftCard) -> tuple[SuciProfile, int, bytes]:
    """The first scheme of EF.SUCI_Calc_Info that the card knows, with its key; the null scheme needs none.

    (TS 31.102 §4.4.11.8: A0 holds pairs of scheme and key index, A1 key identifiers and keys.)
    """
    node = card.files.by_path.get(str(card.model.suci))
    if node is None:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    try:
        objects = tlv.parse(node.content.data, padding=b"\xff\x00")
        keys = tlv.parse(tlv.first(objects, _TAG_KEYS) or b"")
    except CodecError:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED) from None
    ids = [one.value for one in keys if one.tag == _TAG_KEY_ID]
    values = [one.value for one in keys if one.tag == _TAG_KEY]
    priorities = tlv.first(objects, _TAG_PRIORITIES) or b""
    for scheme, index in zip(priorities[::2], priorities[1::2], strict=False):
        if scheme == SuciProfile.NULL:
            return SuciProfile.NULL, 0, b""
        if scheme in (SuciProfile.A, SuciProfile.B) and 1 <= index <= len(values) and index <= len(ids):
            return SuciProfile(scheme), int.from_bytes(ids[index - 1][-1:]), values[index - 1]
    return SuciProfile.NULL, 0, b""


def _imsi(application: FileNode) -> str:
    node = application.children.get(_FID_IMSI)
    raw = node.content.data if node is not None else b""
    if len(raw) < 2 or not 1 <= raw[0] < len(raw):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    digits = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in raw[1 : 1 + raw[0]])[1:].rstrip("f")
    if not digits.isdecimal() or len(digits) < 6:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    return digits


def _mnc_length(application: FileNode) -> int:
    """Fourth byte of EF.AD (TS 31.102 §4.2.18); two digits where it says nothing."""
    node = application.children.get(_FID_AD)
    data = node.content.data if node is not None else b""
    return 3 if len(data) > 3 and data[3] & 0x0F == 3 else 2


def _routing(application: FileNode) -> bytes:
    df = application.children.get(_FID_5GS)
    node = df.children.get(_FID_ROUTING) if df is not None else None
    data = node.content.data[:2] if node is not None else b""
    return data if len(data) == 2 and data != b"\xff\xff" else _NO_ROUTING_INDICATOR


def _swapped(digits: str) -> bytes:
    """BCD, low nibble first, F behind an odd digit."""
    padded = digits + "f" * (len(digits) % 2)
    return bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))


ROUTES = (Route(ClassGroup.PROPRIETARY, 0x78, Case.EITHER, get_identity),)
