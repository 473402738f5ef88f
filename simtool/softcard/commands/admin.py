"""Administrative commands (TS 102 222 §6): CREATE, DELETE, RESIZE, ACTIVATE, DEACTIVATE and TERMINATE.

What a file to be made looks like is read in `simtool.softcard.template`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec.access import AccessMode
from simtool.files.product import FileType
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, ClassGroup, Handler, Route
from simtool.softcard.filesystem import ACTIVATED, DEACTIVATED, TERMINATED, FileNode
from simtool.softcard.status import StatusFault
from simtool.softcard.template import NewFile, NewSize

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

BY_FID, PATH_FROM_MF, PATH_FROM_DF = 0x00, 0x08, 0x09


def create_file(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """CREATE FILE (§6.3): a file in the current directory, which is current afterwards.

    6A80 for a template that does not describe a file, 6A89 or 6A8A for a FID or DF name that exists, 6A84 if there is
    no room.
    """
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    new = NewFile.parse(data)
    home = channel.df
    if not card.guard.allows(home, creation_mode(new)):
        return sw.SECURITY_NOT_SATISFIED
    if home.life_cycle & 0xFC == TERMINATED:
        return sw.CONDITIONS_NOT_SATISFIED
    node = add(card, home, new)
    if node.type is FileType.ADF:
        card.start_application(channel, node)
    channel.select(node)
    return sw.OK


def creation_mode(new: NewFile) -> AccessMode:
    """What making this file is, to the rules of its directory."""
    return AccessMode.CREATE_DF if new.type in (FileType.DF, FileType.ADF) else AccessMode.CREATE_EF


def add(card: SoftCard, home: FileNode, new: NewFile) -> FileNode:
    """Make the file, if its names are free and there is room: 6A89, 6A8A, 6A80 (its SFI), 6A84."""
    taken = {home.fid, home.parent.fid if home.parent is not None else home.fid}
    if new.fid in home.children or new.fid in taken:
        raise StatusFault(sw.FID_EXISTS)
    if new.aid is not None and any(node.aid == new.aid for node in card.files.applications):
        raise StatusFault(sw.DF_NAME_EXISTS)
    if new.sfi_given and new.sfi in home.by_sfi:
        raise StatusFault(sw.WRONG_DATA)
    if new.size > card.files.capacity - card.files.used:
        raise StatusFault(sw.NO_MEMORY)
    node = new.make(home)
    card.add_file(node, new.size)
    return node


def delete_file(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """DELETE FILE (§6.4): a file in the current directory by its FID, or the current file; directories with all below.

    Allowed by "delete self" of the file or by "delete child" of its directory. 6985 while another channel uses it.
    """
    if p1 or p2:
        return sw.WRONG_P1_P2
    node = _by_fid(channel, data)
    parent = node.parent
    if parent is None:
        return sw.CONDITIONS_NOT_SATISFIED
    if not (card.guard.allows(node, AccessMode.DELETE_SELF) or card.guard.allows(parent, AccessMode.DELETE_CHILD)):
        return sw.SECURITY_NOT_SATISFIED
    doomed = {id(node), *(id(below) for below in node.descendants())}
    if used_in(card, doomed, channel):
        return sw.CONDITIONS_NOT_SATISFIED
    if id(channel.adf) in doomed:
        card.end_application(channel)
    if id(channel.current) in doomed or id(channel.df) in doomed:
        channel.select(parent)
    card.remove_file(node)
    return sw.OK


def used_in(card: SoftCard, doomed: set[int], but: Channel | None) -> bool:
    """Whether a channel, other than `but`, has one of these nodes (their ids) selected."""
    for other in card.channels:
        if other is None or other is but:
            continue
        if id(other.df) in doomed or id(other.ef) in doomed or id(other.adf) in doomed:
            return True
    return False


def resize_file(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """RESIZE FILE (§6.10): a new size for an EF of the current directory; what is added is filled, what is cut is lost.

    Records keep their length, so the size must be a multiple of it. The file is current afterwards.
    """
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    wanted = NewSize.parse(data)
    node = _by_fid(channel, wanted.fid.to_bytes(2))
    if node.is_directory:
        return sw.WRONG_STRUCTURE
    if not card.guard.allows_command(node, AccessMode.RESIZE, (0x80, 0xD4, p1, p2)):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle & 0xFC == TERMINATED:
        return sw.CONDITIONS_NOT_SATISFIED
    if card.in_use_elsewhere(node, channel):
        return sw.CONDITIONS_NOT_SATISFIED
    card.resize(node, wanted)
    channel.select(node)
    return sw.OK


def _by_fid(channel: Channel, data: bytes) -> FileNode:
    """A file of the current directory, the current directory itself, or with no data the current file."""
    if not data:
        return channel.current
    if len(data) != 2:
        raise StatusFault(sw.WRONG_LENGTH)
    fid = data[0] << 8 | data[1]
    found = channel.df.children.get(fid)
    if found is None and channel.ef is not None and fid == channel.ef.fid:
        found = channel.ef
    if found is None and fid == channel.df.fid:
        found = channel.df
    if found is None:
        raise StatusFault(sw.FILE_NOT_FOUND)
    return found


def _target(card: SoftCard, channel: Channel, p1: int, p2: int, data: bytes) -> FileNode:
    """The file that a life cycle command names (§6.6.2): current, by FID, by path."""
    if p2 or p1 not in (BY_FID, PATH_FROM_MF, PATH_FROM_DF):
        raise StatusFault(sw.WRONG_P1_P2)
    if p1 == BY_FID:
        return _by_fid(channel, data)
    if not data or len(data) % 2:
        raise StatusFault(sw.WRONG_LENGTH)
    found = card.files.walk(data, card.files.mf if p1 == PATH_FROM_MF else channel.df, channel.adf)
    if found is None:
        raise StatusFault(sw.FILE_NOT_FOUND)
    return found


def activate(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """ACTIVATE FILE (§6.8). 6283 if it is activated already."""
    node = _target(card, channel, p1, p2, data)
    return _set_state(card, node, AccessMode.ACTIVATE, 0x44, ACTIVATED)


def deactivate(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """DEACTIVATE FILE (§6.7). 6283 if it is deactivated already; the MF cannot be."""
    node = _target(card, channel, p1, p2, data)
    if node.parent is None:
        return sw.CONDITIONS_NOT_SATISFIED
    return _set_state(card, node, AccessMode.DEACTIVATE, 0x04, DEACTIVATED)


def _set_state(card: SoftCard, node: FileNode, mode: AccessMode, ins: int, state: int) -> bytes:
    if not card.guard.allows_command(node, mode, (0x00, ins, 0, 0)):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle & 0xFC == TERMINATED:
        return sw.CONDITIONS_NOT_SATISFIED
    if node.life_cycle & 0xFD == state:
        return sw.WARN_DEACTIVATED
    card.set_life_cycle(node, state)
    return sw.OK


def _terminate(directory: bool) -> Handler:
    def run(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        """TERMINATE DF (§6.9.1), TERMINATE EF (§6.9.2): for good."""
        node = _target(card, channel, p1, p2, data)
        if node.is_directory is not directory:
            return sw.WRONG_STRUCTURE
        if node.parent is None:
            return sw.CONDITIONS_NOT_SATISFIED
        if not card.guard.allows(node, AccessMode.TERMINATE):
            return sw.SECURITY_NOT_SATISFIED
        if node.life_cycle & 0xFC == TERMINATED:
            return sw.CONDITIONS_NOT_SATISFIED
        card.set_life_cycle(node, TERMINATED)
        return sw.OK

    return run


def terminate_card_usage(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """TERMINATE CARD USAGE (§6.9.3): the card answers nothing any more, for good."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not card.guard.allows(card.files.mf, AccessMode.TERMINATE):
        return sw.SECURITY_NOT_SATISFIED
    card.terminate()
    return sw.OK


ROUTES = (
    Route(ClassGroup.INTERINDUSTRY, 0xE0, Case.IN, create_file),
    Route(ClassGroup.INTERINDUSTRY, 0xE4, Case.IN, delete_file),
    Route(ClassGroup.PROPRIETARY, 0xD4, Case.IN, resize_file),
    Route(ClassGroup.INTERINDUSTRY, 0x44, Case.IN, activate),
    Route(ClassGroup.INTERINDUSTRY, 0x04, Case.IN, deactivate),
    Route(ClassGroup.INTERINDUSTRY, 0xE6, Case.IN, _terminate(directory=True)),
    Route(ClassGroup.INTERINDUSTRY, 0xE8, Case.IN, _terminate(directory=False)),
    Route(ClassGroup.INTERINDUSTRY, 0xFE, Case.NONE, terminate_card_usage),
)
