"""Secure channels as applets use them through their security domain (GPCS §10, annex A)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simtool.crypto.key_set import check_value
from simtool.crypto.secret import Secret
from simtool.errors import SimtoolError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import channels
from simtool.softcard.globalplatform.command import Command, split_class
from simtool.softcard.globalplatform.keys import SYMMETRIC
from simtool.softcard.globalplatform.platform import GlobalPlatform
from simtool.softcard.globalplatform.scp import Level, Session
from simtool.softcard.globalplatform.scp02 import Option, Scp02Session
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.jcvm.platform.content import Refused
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

AUTHENTICATED = 0x80
_HEADER, _LC = 4, 1
_PROPRIETARY = 0x80
_BLOCKS = {0x02: 8, 0x03: 16}
_CONDITIONS, _LENGTH = int.from_bytes(sw.CONDITIONS_NOT_SATISFIED), int.from_bytes(sw.WRONG_LENGTH)


@contextmanager
def _refusing() -> Iterator[None]:
    """A status word on its way to the applet."""
    try:
        yield
    except StatusFault as fault:
        raise Refused(int.from_bytes(fault.sw)) from None


def parse(command: bytes) -> Command:
    """A command as applets have it: header, Lc, data. Refused with 6700 where Lc does not fit."""
    if len(command) < _HEADER:
        raise Refused(_LENGTH)
    length = command[_HEADER] if len(command) > _HEADER else 0
    data = command[_HEADER + _LC :][:length]
    if len(data) != length:
        raise Refused(_LENGTH)
    return Command(command[0], command[1], command[2], command[3], data)


class CardSecureChannel:
    """Implements `jcvm.platform.content.SecureChannelPlatform`. `personalised` is the application that STORE DATA goes
    to right now: it has the session of its domain."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self.personalised: bytes | None = None

    @property
    def _gp(self) -> GlobalPlatform:
        gp = self._card.gp
        if gp is None:
            raise Refused(_CONDITIONS)
        return gp

    def _selection(self, caller: bytes) -> Selection | None:
        """What is selected on the channel, if its session is the caller's; None if nothing is. 6985 for the session of
        somebody else."""
        channel = self._card.channels[self._card.current]
        selection = channel.applet if channel is not None else None
        if selection is None or selection.entry.aid == caller or self.personalised == caller:
            return selection
        if selection.session is not None:
            raise Refused(_CONDITIONS)
        return None

    def _session(self, caller: bytes) -> tuple[Selection, Session]:
        """An open session. 6985 if there is none."""
        selection = self._selection(caller)
        if selection is None or selection.session is None or not selection.session.authenticated:
            raise Refused(_CONDITIONS)
        return selection, selection.session

    def process(self, caller: bytes, command: bytes) -> bytes:
        parsed = parse(command)
        if not parsed.cla & _PROPRIETARY or split_class(parsed.cla) is None:
            raise Refused(int.from_bytes(sw.WRONG_CLASS))
        if parsed.ins not in channels.INSTRUCTIONS:
            raise Refused(int.from_bytes(sw.WRONG_INSTRUCTION))
        selection = self._selection(caller)
        if selection is None or selection.entry.aid != caller:
            raise Refused(_CONDITIONS)
        if selection.aborted and parsed.ins != channels.INITIALIZE_UPDATE:
            raise Refused(_CONDITIONS)
        before = selection.authenticated
        try:
            with _refusing():
                answer = self._gp.channels.process(selection, parsed)
        except Refused:
            selection.aborted = before and selection.session is None
            raise
        return answer[:-2]

    def unwrap(self, caller: bytes, command: bytes) -> bytes:
        parsed = parse(command)
        selection = self._selection(caller)
        if selection is None or not self._needs_session(selection, parsed):
            return command
        session = selection.session
        if session is not None and session.authenticated and not (parsed.secure and session.level & Level.C_MAC):
            if not parsed.secure:
                session.plain(parsed)
            return command
        try:
            with _refusing():
                plain = self._gp.channels.unwrap(selection, parsed)
        except Refused:
            selection.aborted = True
            raise
        found = split_class(parsed.cla)
        cla = parsed.cla if found is None else found[1]
        return bytes((cla, plain.ins, plain.p1, plain.p2, len(plain.data))) + plain.data

    def _needs_session(self, selection: Selection, command: Command) -> bool:
        """Whether there is a session, or this command may begin one (SCP02 without INITIALIZE UPDATE). 6985 after one
        that was aborted."""
        if selection.aborted:
            raise Refused(_CONDITIONS)
        if selection.session is not None:
            return selection.session.authenticated
        implicit = any(
            one.scp == Scp02Session.scp and not one.i & Option.EXPLICIT for one in self._gp.spec.secure_channels
        )
        return command.secure and implicit

    def wrap(self, caller: bytes, answer: bytes) -> bytes:
        selection = self._selection(caller)
        if selection is None:
            return answer[:-2]
        if selection.aborted:
            raise Refused(_CONDITIONS)
        with _refusing():
            return self._gp.channels.wrap(selection, answer)[:-2]

    def decrypt(self, caller: bytes, data: bytes) -> bytes:
        _, session = self._session(caller)
        _whole(session, data)
        with _refusing():
            return session.decrypt_data(data)

    def encrypt(self, caller: bytes, data: bytes) -> bytes:
        _, session = self._session(caller)
        _whole(session, data)
        with _refusing():
            return session.encrypt_data(data)

    def check_value(self, kind: int, key: bytes) -> bytes:
        if kind not in SYMMETRIC:
            return b""
        try:
            return check_value(Secret(key, "key"), SYMMETRIC[kind])
        except (SimtoolError, ValueError):
            raise Refused(_LENGTH) from None

    def level(self, caller: bytes) -> int:
        selection = self._selection(caller)
        if selection is None or selection.session is None or not selection.session.authenticated:
            return 0
        return AUTHENTICATED | int(selection.session.level)

    def reset(self, caller: bytes) -> None:
        channel = self._card.channels[self._card.current]
        if channel is not None and channel.applet is not None and channel.applet.entry.aid == caller:
            channel.applet.end_session()


def _whole(session: Session, data: bytes) -> None:
    """6700 for what is not whole blocks of the session's cipher."""
    if not data or len(data) % _BLOCKS[session.scp]:
        raise Refused(_LENGTH)
