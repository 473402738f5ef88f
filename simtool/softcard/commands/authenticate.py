"""AUTHENTICATE in an application (TS 31.102 §7.1, TS 31.103 §7.1, TS 102 221 §11.1.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands import gba
from simtool.softcard.commands.base import Case, ClassGroup, Route
from simtool.softcard.filesystem import FileNode
from simtool.softcard.status import StatusFault
from simtool.softcard.usim import Resynchronise

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

CONTEXT_GSM, CONTEXT_UMTS, CONTEXT_GBA = 0x80, 0x81, 0x84
TAG_SUCCESS, TAG_SYNCHRONISATION_FAILURE = 0xDB, 0xDC
RAND_LENGTH = 16
USIM_AID = bytes.fromhex("a0000000871002")
SERVICE_GSM_ACCESS = 27


def authenticate(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """AUTHENTICATE, context in P2: 80 GSM, 81 3G or IMS AKA, 84 GBA; another is answered with 9864.

    6985 outside of an application that can do it, 6982 before PIN1 is verified (TS 31.102 §7.1.1.4).
    """
    if p1 or not p2 & 0x80:
        return sw.WRONG_P1_P2
    application = session(card, channel)
    if p2 == CONTEXT_UMTS:
        return _umts(card, channel, application, data)
    if p2 == CONTEXT_GSM:
        return _gsm(card, channel, application, data)
    if p2 == CONTEXT_GBA:
        return gba.authenticate(card, channel, application, data)
    return sw.CONTEXT_NOT_SUPPORTED


def session(card: SoftCard, channel: Channel) -> FileNode:
    """The application in whose directory the channel is; its PIN must have been verified."""
    application = channel.df.application()
    if application is None or not card.authenticator.knows(application.path):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if not card.pin1_satisfied():
        raise StatusFault(sw.SECURITY_NOT_SATISFIED)
    return application


def _umts(card: SoftCard, channel: Channel, application: FileNode, data: bytes) -> bytes:
    """3G security context: L RAND L AUTN → DB with RES, CK, IK (and Kc where service 27 is on), or DC with AUTS."""
    rand, autn = split_challenge(data)
    result = card.authenticator.run_umts(application.path, rand, autn)
    if isinstance(result, Resynchronise):
        return card.hold(channel, bytes((TAG_SYNCHRONISATION_FAILURE,)) + with_length(result.auts))
    answer = bytes((TAG_SUCCESS,)) + with_length(result.res) + with_length(result.ck) + with_length(result.ik)
    if result.kc and gsm_access(card, application):
        answer += with_length(result.kc)
    return card.hold(channel, answer)


def _gsm(card: SoftCard, channel: Channel, application: FileNode, data: bytes) -> bytes:
    """GSM security context of a USIM: L RAND → L SRES L Kc (TS 31.102 §7.1.1.2)."""
    if len(data) != 1 + RAND_LENGTH or data[0] != RAND_LENGTH:
        return sw.WRONG_LENGTH
    if not (application.aid or b"").startswith(USIM_AID):
        return sw.CONTEXT_NOT_SUPPORTED
    sres, kc = card.authenticator.run_gsm(application.path, data[1:])
    return card.hold(channel, with_length(sres) + with_length(kc))


def split_challenge(data: bytes) -> tuple[bytes, bytes]:
    """RAND and AUTN, each behind its length; 6700 if they do not add up."""
    if len(data) < 2 + RAND_LENGTH or data[0] != RAND_LENGTH:
        raise StatusFault(sw.WRONG_LENGTH)
    length = data[1 + RAND_LENGTH]
    autn = data[2 + RAND_LENGTH :]
    if len(autn) != length or length < 16:
        raise StatusFault(sw.WRONG_LENGTH)
    return data[1 : 1 + RAND_LENGTH], autn


def with_length(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def gsm_access(card: SoftCard, application: FileNode) -> bool:
    """Whether the USIM's service table says that GSM access is there (TS 31.102 §4.2.8, service 27)."""
    return (application.aid or b"").startswith(USIM_AID) and card.service(application, SERVICE_GSM_ACCESS)


ROUTES = (Route(ClassGroup.INTERINDUSTRY, 0x88, Case.IN_OUT, authenticate),)
