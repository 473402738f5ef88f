"""GBA security context of AUTHENTICATE (TS 31.102 §7.1.1.3, TS 33.220 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.crypto import gba
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.filesystem import FileNode
from simtool.softcard.usim import Resynchronise

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

BOOTSTRAPPING, NAF_DERIVATION = 0xDD, 0xDE
TAG_SUCCESS, TAG_SYNCHRONISATION_FAILURE = 0xDB, 0xDC
SERVICE_IN_UST, SERVICE_IN_IST = 68, 2
RAND_LENGTH = 16
_USIM_AID = bytes.fromhex("a0000000871002")
_PARAMETERS = {True: 0x6FD6, False: 0x6FD5}
_NAF_LIST = {True: 0x6FDA, False: 0x6FD7}
_TAG_NAF_ID, _TAG_B_TID = 0x80, 0x81


def authenticate(card: SoftCard, channel: Channel, application: FileNode, data: bytes) -> bytes:
    """DD: bootstrapping, answered with RES; DE: a NAF's key, answered with Ks_ext_NAF.

    9864 unless the application's GBA service is on.
    """
    usim = (application.aid or b"").startswith(_USIM_AID)
    if not card.service(application, SERVICE_IN_UST if usim else SERVICE_IN_IST):
        return sw.CONTEXT_NOT_SUPPORTED
    if data[:1] == bytes((BOOTSTRAPPING,)):
        return _bootstrap(card, channel, application, data[1:], usim)
    if data[:1] == bytes((NAF_DERIVATION,)):
        return _derive(card, channel, application, data[1:], usim)
    return sw.WRONG_DATA


def _pair(data: bytes) -> tuple[bytes, bytes] | None:
    """Two values, each behind its length."""
    if not data or len(data) < 2 + data[0]:
        return None
    first, rest = data[1 : 1 + data[0]], data[1 + data[0] :]
    return (first, rest[1:]) if len(rest) == 1 + rest[0] else None


def _bootstrap(card: SoftCard, channel: Channel, application: FileNode, data: bytes, usim: bool) -> bytes:
    """RAND and AUTN whose MAC is MAC*; the card keeps Ks and puts RAND into EF.GBABP."""
    pair = _pair(data)
    if pair is None or len(pair[0]) != RAND_LENGTH or len(pair[1]) != RAND_LENGTH:
        return sw.WRONG_LENGTH
    rand, autn = pair
    result = card.authenticator.run_umts(application.path, rand, autn, gba=True)
    if isinstance(result, Resynchronise):
        return card.hold(channel, bytes((TAG_SYNCHRONISATION_FAILURE, len(result.auts))) + result.auts)
    card.note(f"gba:{application.path}", {"ks": gba.ks(result.ck, result.ik).hex(), "rand": rand.hex()})
    parameters = application.children.get(_PARAMETERS[usim])
    if parameters is not None and len(parameters.content.data) > RAND_LENGTH:
        kept = bytes((RAND_LENGTH,)) + rand
        card.write(parameters, kept + b"\xff" * (len(parameters.content.data) - len(kept)))
    return card.hold(channel, bytes((TAG_SUCCESS, len(result.res))) + result.res)


def _derive(card: SoftCard, channel: Channel, application: FileNode, data: bytes, usim: bool) -> bytes:
    """NAF_ID and IMPI; the NAF gets its record in EF.GBANL. 6985 before any bootstrapping."""
    pair = _pair(data)
    if pair is None:
        return sw.WRONG_LENGTH
    kept = card.recall(f"gba:{application.path}", None)
    if kept is None:
        return sw.CONDITIONS_NOT_SATISFIED
    naf, impi = pair
    ks, rand = bytes.fromhex(kept["ks"]), bytes.fromhex(kept["rand"])
    try:
        external = gba.ks_ext_naf(ks, rand, impi.decode(), naf)
        internal = gba.ks_int_naf(ks, rand, impi.decode(), naf)
    except (CodecError, UnicodeDecodeError):
        return sw.WRONG_DATA
    card.note(f"naf:{application.path}:{naf.hex()}", internal.hex())
    _list_naf(card, application, naf, usim)
    return card.hold(channel, bytes((TAG_SUCCESS, len(external))) + external)


def _list_naf(card: SoftCard, application: FileNode, naf: bytes, usim: bool) -> None:
    """A record of EF.GBANL with NAF_ID and B-TID: the one that this NAF has, else a free one, else the first."""
    node = application.children.get(_NAF_LIST[usim])
    if node is None or not node.type.has_records:
        return
    head = tlv.encode(_TAG_NAF_ID, naf)
    record = head + tlv.encode(_TAG_B_TID, _b_tid(application, usim))
    length, content = node.record_length, node.content.data
    if len(record) > length:
        return
    rows = [content[at : at + length] for at in range(0, len(content), length)]
    empty = b"\xff" * length
    place = next((at for at, row in enumerate(rows) if row.startswith(head)), None)
    if place is None:
        place = rows.index(empty) if empty in rows else 0
    rows[place] = record.ljust(length, b"\xff")
    card.write(node, b"".join(rows))


def _b_tid(application: FileNode, usim: bool) -> bytes:
    """What the terminal has put behind RAND in EF.GBABP."""
    node = application.children.get(_PARAMETERS[usim])
    rest = node.content.data[1 + RAND_LENGTH :] if node is not None else b""
    return rest[1 : 1 + rest[0]] if rest and rest[0] < len(rest) else b""
