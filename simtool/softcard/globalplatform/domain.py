"""A security domain: the commands it takes, and what they need (GPCS §7, §11, table 11-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import CardState, Privilege
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import channels
from simtool.softcard.globalplatform.application import AID, FCI
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.content import delete, install
from simtool.softcard.globalplatform.data import card_data, get_data, keep_data, store_data
from simtool.softcard.globalplatform.loading import load
from simtool.softcard.globalplatform.put_key import put_key
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.globalplatform.states import get_status, set_status
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

Step = Callable[["GlobalPlatform", Selection, Command], bytes]
_PROPRIETARY_DATA, _MAX_LENGTH = 0xA5, 0x9F65


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a command needs: a secure channel, and whether a locked or terminated card still takes it (table 11-1);
    whether its data may come in several commands."""

    run: Step
    open: bool = False
    when_locked: bool = False
    when_terminated: bool = False
    in_parts: bool = False


_GET_DATA = _Rule(get_data, open=True, when_locked=True, when_terminated=True)
_COMMANDS = {
    0xCA: _GET_DATA,
    0xCB: _GET_DATA,
    0xF2: _Rule(get_status, when_locked=True),
    0xF0: _Rule(set_status, when_locked=True),
    0xE6: _Rule(install, in_parts=True),
    0xE8: _Rule(load),
    0xE4: _Rule(delete, in_parts=True),
    0xE2: _Rule(store_data),
    0xD8: _Rule(put_key, in_parts=True),
}
_LOAD = 0xE8


class SecurityDomain:
    """The issuer's domain or a supplementary one."""

    multiselectable = True

    def __init__(self, platform: GlobalPlatform, entry: AppEntry) -> None:
        self._platform = platform
        self.entry = entry

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        return None

    def select(self, selection: Selection, command: Command | None) -> bytes:
        """Name, recognition data of the issuer's domain, the most a command may bring (table 11-76)."""
        longest = self._platform.spec.max_load_block
        data = card_data(self._platform) if self.entry is self._platform.registry.issuer else b""
        inner = data + tlv.encode(_MAX_LENGTH, longest.to_bytes(1 if longest < 0x80 else 2))
        return tlv.encode(FCI, tlv.encode(AID, self.entry.aid) + tlv.encode(_PROPRIETARY_DATA, inner))

    def process(self, selection: Selection, command: Command) -> bytes:
        """6D00 for what it does not know, 6985 where the life cycle forbids it, 6982 without a secure channel."""
        state = self._platform.registry.card_state
        if selection.parts.head is not None and selection.parts.head[0] != command.ins:
            selection.parts.drop()  # another command takes the place of what was to follow
        if command.ins in channels.INSTRUCTIONS:
            self._check_state(state, when_locked=True)
            return self._platform.channels.process(selection, command)
        if command.ins != _LOAD:
            selection.load = None
        plain = self._platform.channels.unwrap(selection, command)
        rule = _COMMANDS.get(command.ins)
        if rule is None:
            return sw.WRONG_INSTRUCTION
        if not command.proprietary and not rule.open:
            return sw.WRONG_CLASS
        if not (rule.when_terminated and state is CardState.TERMINATED):
            self._check_state(state, when_locked=rule.when_locked)
        if not rule.open and not selection.authenticated:
            return sw.SECURITY_NOT_SATISFIED
        whole = selection.parts.add(plain) if rule.in_parts else plain
        answer = rule.run(self._platform, selection, whole) if whole is not None else sw.OK
        return self._platform.channels.wrap(selection, answer)

    def _check_state(self, state: CardState, *, when_locked: bool) -> None:
        if state is CardState.TERMINATED or (state is CardState.CARD_LOCKED and not when_locked) or self.entry.locked:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)

    def personalise(self, selection: Selection, command: Command) -> bytes:
        """Through the domain above it, a domain takes the same objects as directly (§7.3.3)."""
        keep_data(self._platform, self.entry, selection, command)
        return b""

    def deselect(self, selection: Selection) -> None:
        selection.end_session()

    def uninstall(self) -> None:
        self._platform.keys(self.entry).drop()
        self._platform.set_data(self.entry, {})
