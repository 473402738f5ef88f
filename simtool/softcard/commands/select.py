"""SELECT and STATUS (TS 102 221 §11.1.1, §11.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.files.product import FileType
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, ClassGroup, Route, out
from simtool.softcard.filesystem import ACTIVATED, DEACTIVATED, TERMINATED, FileNode
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

BY_FID, CHILD_DF, PARENT_DF, BY_DF_NAME, PATH_FROM_MF, PATH_FROM_DF = 0x00, 0x01, 0x03, 0x04, 0x08, 0x09
NO_DATA = 0x0C
RETURN_FCP = 0x04
TERMINATION = 0x40
FIRST, LAST, NEXT, PREVIOUS = 0x00, 0x01, 0x02, 0x03
AID_MAX = 16
DF_NAME = 0x84
_SESSION_BITS, _RETURN_BITS, _OCCURRENCE_BITS = 0x60, 0x0C, 0x03


def select(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SELECT. P2 asks for the FCP (04, and 00 as ISO/IEC 7816-4 has it) or for nothing (0C).

    What could not be selected leaves everything as it was. A deactivated file is selected with 6283, a terminated one
    with 6285 (§10.2.1.2); then the FCP is still there for GET RESPONSE (§7.3.1.1.4).
    """
    if p2 & 0x90 or p2 & _RETURN_BITS == 0x08 or p2 & _SESSION_BITS not in (0, TERMINATION):
        return sw.WRONG_P1_P2
    if p1 == BY_DF_NAME:
        found = _by_name(card, channel, p2, data)
        if isinstance(found, AppEntry):
            return _select_entry(card, channel, found, p2, data)
        node = found
        if p2 & _SESSION_BITS:
            return _terminate(card, channel, node, p2)
    elif p2 & (_SESSION_BITS | _OCCURRENCE_BITS):
        return sw.WRONG_P1_P2
    else:
        node = _by_number(card, channel, p1, data)
    if not node.shareable and (card.in_use_elsewhere(node, channel) or card.held_by_applet(node)):
        return sw.CONDITIONS_NOT_SATISFIED
    if card.gp is not None:
        card.gp.leave(channel)
    if node.type is FileType.ADF and node is not channel.adf:
        card.start_application(channel, node)
    channel.select(node)
    return answer(card, channel, node, p2)


def _select_entry(card: SoftCard, channel: Channel, entry: AppEntry, p2: int, name: bytes) -> bytes:
    """An application of the GlobalPlatform registry; its session ends by another selection, never by SELECT itself."""
    if card.gp is None or p2 & _SESSION_BITS:
        return sw.WRONG_P1_P2
    return card.gp.select(channel, entry, p2, name)


def answer(card: SoftCard, channel: Channel, node: FileNode, p2: int) -> bytes:
    """Success of SELECT, with or without the FCP."""
    life = node.life_cycle
    if life == ACTIVATED:
        return sw.OK if p2 & _RETURN_BITS == NO_DATA else card.hold(channel, card.fcp(node))
    warning = b""
    if life & 0xFD == DEACTIVATED:
        warning = sw.WARN_DEACTIVATED
    elif life & 0xFC == TERMINATED:
        warning = sw.WARN_TERMINATED
    if p2 & _RETURN_BITS == NO_DATA:
        return warning or sw.OK
    if warning:
        return card.hold(channel, card.fcp(node), first=warning)
    return card.hold(channel, card.fcp(node))


def _by_number(card: SoftCard, channel: Channel, p1: int, data: bytes) -> FileNode:
    files, home = card.files, channel.df
    found: FileNode | None
    if p1 == BY_FID:
        if len(data) != 2:
            if data:
                raise StatusFault(sw.WRONG_LENGTH)
            return files.mf
        found = files.find(data[0] << 8 | data[1], home, channel.adf)
    elif p1 in (PATH_FROM_MF, PATH_FROM_DF):
        if not data or len(data) % 2:
            raise StatusFault(sw.WRONG_LENGTH)
        if p1 == PATH_FROM_MF:
            path = data[2:] if data[:2] == b"\x3f\x00" else data
            found = files.walk(path, files.mf, channel.adf)
        else:
            found = files.walk(data, home, None)
    elif p1 == CHILD_DF:
        if len(data) != 2:
            raise StatusFault(sw.WRONG_LENGTH)
        found = home.children.get(data[0] << 8 | data[1])
        found = found if found is not None and found.is_directory else None
    elif p1 == PARENT_DF:
        if data:
            raise StatusFault(sw.WRONG_LENGTH)
        found = home.parent
    else:
        raise StatusFault(sw.WRONG_P1_P2)
    if found is None:
        raise StatusFault(sw.FILE_NOT_FOUND)
    return found


def _by_name(card: SoftCard, channel: Channel, p2: int, name: bytes) -> FileNode | AppEntry:
    """An application by its AID or the first bytes of it (§8.5.1, §11.1.1.2): those of the file system, then those of
    the GlobalPlatform registry. No name at all is the issuer security domain (GPCS §11.9).

    "Last" is the application selected last among those that fit, also in an earlier card session; "next" and "previous"
    count from the one that is current on this channel and need one (TS 31.102 §5.1.1.1).
    """
    if not name and card.gp is not None:
        return card.gp.registry.issuer
    if not 1 <= len(name) <= AID_MAX:
        raise StatusFault(sw.WRONG_LENGTH)
    everything: list[FileNode | AppEntry] = [*card.files.applications]
    if card.gp is not None:
        everything = [*([] if card.gp.locked else everything), *card.gp.candidates()]
    fitting = [one for one in everything if one.aid is not None and one.aid.startswith(name)]
    if not fitting:
        raise StatusFault(sw.NOT_SUPPORTED if card.gp is not None and card.gp.locked else sw.FILE_NOT_FOUND)
    occurrence = p2 & _OCCURRENCE_BITS
    if occurrence == FIRST:
        return channel.adf if p2 & _SESSION_BITS and channel.adf in fitting else fitting[0]
    if occurrence == LAST:
        last = card.last_application(name)
        return next((one for one in fitting if one.aid == last), fitting[-1])
    current = channel.applet.entry if channel.applet is not None else channel.adf
    if current not in everything:
        raise StatusFault(sw.FILE_NOT_FOUND)
    here = everything.index(current)
    beyond = everything[here + 1 :] if occurrence == NEXT else everything[:here][::-1]
    found = next((one for one in beyond if one in fitting), None)
    if found is None:
        raise StatusFault(sw.FILE_NOT_FOUND)
    return found


def _terminate(card: SoftCard, channel: Channel, node: FileNode, p2: int) -> bytes:
    """Close the application session on this channel; the MF is current then (§8.5.3)."""
    if channel.adf is not node:
        return sw.CONDITIONS_NOT_SATISFIED
    card.end_application(channel)
    channel.select(card.files.mf)
    return answer(card, channel, node, p2)


def status(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """STATUS, an event for toolkit applets (TS 102 241 §6.2)."""
    answer = _status(card, channel, p1, p2, p3)
    if answer[-2:] == sw.OK:
        card.toolkit.status_command()
    return answer


def _status(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int) -> bytes:
    """FCP of the current directory (P2 00), name of the current application (01) or nothing (0C).

    P1 01 and 02 tell that the terminal has initialised the application or is about to end it; neither changes anything
    here.
    """
    if p1 > 2:
        return sw.WRONG_P1_P2
    if p2 == 0x00:
        return out(card.fcp(channel.df), p3)
    if p2 == NO_DATA:
        return sw.OK
    if p2 == 0x01:
        if channel.adf is None or channel.adf.aid is None:
            return sw.REFERENCE_NOT_FOUND
        return out(tlv.encode(DF_NAME, channel.adf.aid), p3)
    return sw.WRONG_P1_P2


ROUTES = (
    Route(ClassGroup.INTERINDUSTRY, 0xA4, Case.IN_OUT, select),
    Route(ClassGroup.PROPRIETARY, 0xF2, Case.OUT, status),
)
