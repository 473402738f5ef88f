"""The commands of a classic SIM, class A0 (TS 51.011 §8, §9), beside those of class 00 on the basic channel.

Most are the newer commands with other status words: `_translated` turns these into those of TS 51.011 §9.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec.access import AccessMode
from simtool.files.product import FileType
from simtool.files.specs import PIN_LENGTH
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands import files, pins, records, toolkit
from simtool.softcard.commands.base import MAX_LE, Case, ClassGroup, Handler, Route, selected_ef
from simtool.softcard.describe import chv
from simtool.softcard.filesystem import ACTIVATED, DEACTIVATED
from simtool.softcard.pins import Pin
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

SEEK_MAX = 16
INCREASE_LENGTH = 3
RAND_LENGTH = 16
_WORDS = {
    sw.NO_EF: sw.GSM_NO_EF,
    sw.WRONG_STRUCTURE: sw.GSM_WRONG_FILE,
    sw.SECURITY_NOT_SATISFIED: sw.GSM_ACCESS_DENIED,
    sw.INVALIDATED: sw.GSM_INVALIDATED,
    sw.CONDITIONS_NOT_SATISFIED: sw.GSM_INVALIDATED,
    sw.FILE_NOT_FOUND: sw.GSM_NOT_FOUND,
    sw.RECORD_NOT_FOUND: sw.GSM_OUT_OF_RANGE,
    sw.WRONG_OFFSET: sw.GSM_OUT_OF_RANGE,
    sw.WRONG_P1_P2: sw.GSM_WRONG_P1_P2,
    sw.NOT_SUPPORTED: sw.GSM_WRONG_P1_P2,
}


def _words(answer: bytes) -> bytes:
    """The status word of class A0 for one of class 00."""
    if answer[-2] == 0x61:
        return answer[:-2] + bytes((0x9F, answer[-1]))
    if answer[-2] == 0x6C:
        return bytes((0x67, answer[-1]))
    if len(answer) == 2:
        return _WORDS.get(answer, answer)
    return answer


def _translated(handler: Handler) -> Handler:
    def run(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        try:
            return _words(handler(card, channel, p1, p2, p3, data))
        except StatusFault as fault:
            raise StatusFault(_words(fault.sw)) from None

    return run


def select(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SELECT by file identifier (§8.1); the answer waits as 9Fxx. 9404 for a file that is not to be reached."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if len(data) != 2:
        return b"\x67\x02"
    node = card.files.find(data[0] << 8 | data[1], channel.df, channel.adf)
    if node is None or node.type is FileType.BER_TLV:
        return sw.GSM_NOT_FOUND
    channel.select(node)
    return card.hold(channel, card.answer_2g(node))


def status(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """STATUS (§8.2): the answer to SELECT for the current directory, or the first P3 bytes of it."""
    if p1 or p2:
        return sw.GSM_WRONG_P1_P2
    answer = card.answer_2g(channel.df)
    length = p3 or MAX_LE
    if length > len(answer):
        return bytes((0x67, len(answer)))
    card.toolkit.status_command()
    return answer[:length] + sw.OK


def get_response(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """GET RESPONSE (§8.18): what waits, or the first P3 bytes of it."""
    pending = card.pending
    if p1 or p2:
        card.pending = None
        return sw.GSM_WRONG_P1_P2
    if pending is None:
        return sw.TECHNICAL_PROBLEM
    length = p3 or MAX_LE
    if length > len(pending.data):
        return bytes((0x67, len(pending.data) & 0xFF))
    card.pending = None
    return pending.data[:length] + _words(pending.final)


def read_binary(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """READ BINARY (§8.3): no SFI here, P1 is always the offset's high byte."""
    return sw.GSM_OUT_OF_RANGE if p1 & 0x80 else files.read_binary(card, channel, p1, p2, p3, data)


def update_binary(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """UPDATE BINARY (§8.4)."""
    return sw.GSM_OUT_OF_RANGE if p1 & 0x80 else files.update_binary(card, channel, p1, p2, p3, data)


def read_record(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """READ RECORD (§8.5): P1 says nothing with "next" and "previous"."""
    if p2 & 0xF8:
        return sw.WRONG_P1_P2
    return records.read_record(card, channel, p1 if p2 == records.ABSOLUTE else 0, p2, p3, data)


def update_record(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """UPDATE RECORD (§8.6). A wrong length is told the right one."""
    if p2 & 0xF8:
        return sw.WRONG_P1_P2
    answer = records.update_record(card, channel, p1 if p2 == records.ABSOLUTE else 0, p2, p3, data)
    if answer == sw.WRONG_LENGTH and channel.ef is not None:
        return bytes((0x67, channel.ef.record_length & 0xFF))
    return answer


def seek(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SEEK (§8.7): the record that begins with a pattern; type 2 (P2 1x) tells its number. 9404 if there is none.

    P2 x0 from the first record forward, x1 from the last backward, x2 from the next forward, x3 from the previous
    backward.
    """
    if p1 or p2 >> 4 > 1 or p2 & 0x0F > 3:
        return sw.WRONG_P1_P2
    node = selected_ef(channel)
    if node.type is not FileType.LINEAR_FIXED:
        return sw.GSM_WRONG_FILE
    if not card.guard.allows(node, AccessMode.READ):
        return sw.GSM_ACCESS_DENIED
    if node.life_cycle != ACTIVATED:
        return sw.GSM_INVALIDATED
    length, count = node.record_length, node.records
    if not 1 <= len(data) <= min(SEEK_MAX, length):
        return sw.WRONG_LENGTH
    here = channel.record
    order = (
        range(1, count + 1),
        range(count, 0, -1),
        range(here + 1, count + 1),
        range((here or count + 1) - 1, 0, -1),
    )[p2 & 0x0F]
    content = node.content.data
    for number in order:
        if content.startswith(data, (number - 1) * length):
            channel.record = number
            return card.hold(channel, bytes((number,))) if p2 & 0x10 else sw.OK
    return sw.GSM_NOT_FOUND


def increase(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """INCREASE (§8.8): three bytes are added."""
    if len(data) != INCREASE_LENGTH:
        return bytes((0x67, INCREASE_LENGTH))
    return records.increase(card, channel, p1, p2, p3, data)


_CHV1 = 0x01


def _chv(card: SoftCard, p1: int, p2: int, *, unblocking: bool = False) -> Pin:
    """CHV1, CHV2 or an administrative key. UNBLOCK CHV names CHV1 as 00 (§9.2.13)."""
    number = 1 if unblocking and p2 == 0 else p2
    if p1 or not number or (unblocking and p2 == 1):
        raise StatusFault(sw.GSM_WRONG_P1_P2)
    pin = chv(card.guard, number)
    if pin is None or not pin.initialised or (unblocking and not pin.can_unblock):
        raise StatusFault(sw.GSM_NO_CHV)
    return pin


def _chv_words(answer: bytes) -> bytes:
    """9804 while attempts are left, 9840 when none is (§9.4.5)."""
    if answer[0] == 0x63:
        return sw.GSM_ACCESS_DENIED if answer[1] & 0x0F else sw.GSM_BLOCKED
    return {sw.BLOCKED: sw.GSM_BLOCKED, sw.INVALIDATED: sw.GSM_CHV_CONTRADICTION,
            sw.CONDITIONS_NOT_SATISFIED: sw.GSM_CHV_CONTRADICTION}.get(answer, answer)  # fmt: skip


def _chv_command(handler: Handler, length: int, *, unblocking: bool = False, only_chv1: bool = False) -> Handler:
    """A command on a CHV. Only CHV1 can be disabled and enabled (§8.11, §8.12)."""

    def run(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        if only_chv1 and p2 != _CHV1:
            return sw.GSM_WRONG_P1_P2
        pin = _chv(card, p1, p2, unblocking=unblocking)
        if len(data) != length:
            return bytes((0x67, length))
        try:
            return _chv_words(handler(card, channel, 0, pin.ref, length, data))
        except StatusFault as fault:
            raise StatusFault(_chv_words(fault.sw)) from None

    return run


def invalidate(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """INVALIDATE (§8.14)."""
    return _life_cycle(card, channel, p1, p2, AccessMode.DEACTIVATE, DEACTIVATED)


def rehabilitate(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """REHABILITATE (§8.15)."""
    return _life_cycle(card, channel, p1, p2, AccessMode.ACTIVATE, ACTIVATED)


def _life_cycle(card: SoftCard, channel: Channel, p1: int, p2: int, mode: AccessMode, state: int) -> bytes:
    if p1 or p2:
        return sw.WRONG_P1_P2
    node = selected_ef(channel)
    if not card.guard.allows(node, mode):
        return sw.GSM_ACCESS_DENIED
    if node.life_cycle & 0xFD == state:
        return sw.GSM_INVALIDATED
    card.set_life_cycle(node, state)
    return sw.OK


def run_gsm_algorithm(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """RUN GSM ALGORITHM (§8.16): SRES and Kc. Only under DF.GSM (or DF.DCS1800) and with CHV1."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if len(data) != RAND_LENGTH:
        return bytes((0x67, RAND_LENGTH))
    application = card.authenticator.gsm_application()
    if application is None or not _under_gsm(channel):
        return sw.GSM_WRONG_FILE
    if not card.pin1_satisfied():
        return sw.GSM_ACCESS_DENIED
    sres, kc = card.authenticator.run_gsm(application, data)
    return card.hold(channel, sres + kc)


def _under_gsm(channel: Channel) -> bool:
    node = channel.df
    while node.parent is not None:
        if node.fid in (0x7F20, 0x7F21):
            return True
        node = node.parent
    return False


def envelope(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """ENVELOPE (§8.21): 9Exx for an answer that the network is to take for an error (§9.4.1)."""
    answer = toolkit.envelope(card, channel, p1, p2, p3, data)
    if answer == sw.WARN_UNCHANGED and card.pending is not None:
        return bytes((0x9E, len(card.pending.data) & 0xFF))
    return answer


def sleep(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SLEEP (§8.17), which new terminals never send."""
    return sw.OK


ROUTES = tuple(
    Route(ClassGroup.GSM, ins, case, handler)
    for ins, case, handler in (
        (0xA4, Case.IN_OUT, _translated(select)),
        (0xF2, Case.OUT, status),
        (0xC0, Case.OUT, get_response),
        (0xB0, Case.OUT, _translated(read_binary)),
        (0xD6, Case.IN, _translated(update_binary)),
        (0xB2, Case.OUT, _translated(read_record)),
        (0xDC, Case.IN, _translated(update_record)),
        (0xA2, Case.IN_OUT, _translated(seek)),
        (0x32, Case.IN_OUT, _translated(increase)),
        (0x20, Case.IN, _chv_command(pins.verify, PIN_LENGTH)),
        (0x24, Case.IN, _chv_command(pins.change, 2 * PIN_LENGTH)),
        (0x26, Case.IN, _chv_command(pins.disable, PIN_LENGTH, only_chv1=True)),
        (0x28, Case.IN, _chv_command(pins.enable, PIN_LENGTH, only_chv1=True)),
        (0x2C, Case.IN, _chv_command(pins.unblock, 2 * PIN_LENGTH, unblocking=True)),
        (0x04, Case.NONE, _translated(invalidate)),
        (0x44, Case.NONE, _translated(rehabilitate)),
        (0x88, Case.IN_OUT, _translated(run_gsm_algorithm)),
        (0xFA, Case.NONE, sleep),
        (0x10, Case.IN, _translated(toolkit.terminal_profile)),
        (0x12, Case.OUT, _translated(toolkit.fetch)),
        (0x14, Case.IN, _translated(toolkit.terminal_response)),
        (0xC2, Case.IN_OUT, _translated(envelope)),
    )
)
