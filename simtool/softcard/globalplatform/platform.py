"""The card's OPEN: registry, applications, who is selected where, and commands to them (GPCS §6)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simtool.codec import class_byte
from simtool.codec.globalplatform import CardState, Privilege
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, Handler
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.access_rules import AccessRuleMaster
from simtool.softcard.globalplatform.application import Answered, Application
from simtool.softcard.globalplatform.channels import SecureChannels
from simtool.softcard.globalplatform.command import Command, first_class, split_class
from simtool.softcard.globalplatform.domain import SecurityDomain
from simtool.softcard.globalplatform.keys import DomainKeys, keys_of_issuer
from simtool.softcard.globalplatform.registry import ARAM, AppEntry, LoadFile, Registry
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

log = logging.getLogger(__name__)

_SELECT, _BY_NAME, _GET_RESPONSE = 0xA4, 0x04, 0xC0
_GSM, _CLASS_BITS = 0xA0, 0xF0
_OF_THE_CARD = frozenset((0x70, 0xC0, 0x10, 0x12, 0x14, 0xC2, 0xAA, 0x73))
"""What the card answers itself whatever is selected: channels, GET RESPONSE, toolkit (TS 102 221 §11.2)."""
_DATA = "gp:data:"
_NO_DATA, _RETURN_BITS = 0x0C, 0x0C
_MAX_LE = 256


class GlobalPlatform:
    """One card's applications besides its file system. Made anew whenever the card's memory is read."""

    def __init__(self, card: SoftCard, spec: GlobalPlatformSpec) -> None:
        self.card = card
        self.spec = spec
        self.registry = Registry(spec, card)
        self.channels = SecureChannels(self)
        self.active = 0
        self.installing: AppEntry | None = None
        self._applications: dict[bytes, Application] = {}
        self._issuer_keys = keys_of_issuer(spec, card)

    # What is on the card

    def keys(self, domain: AppEntry) -> DomainKeys:
        """The keys of a security domain."""
        return self._issuer_keys if domain is self.registry.issuer else DomainKeys(self.card, domain.aid)

    def application(self, entry: AppEntry) -> Application:
        """The instance behind an entry."""
        found = self._applications.get(entry.aid)
        if found is None:
            found = self._applications[entry.aid] = self._make(entry)
        return found

    def _make(self, entry: AppEntry) -> Application:
        if entry.is_domain:
            return SecurityDomain(self, entry)
        if entry.module == ARAM and self.spec.access_rules is not None:
            return AccessRuleMaster(self, entry, secured=self.spec.access_rules == "secured")
        return self.card.applications(entry)

    def make(self, entry: AppEntry, parameters: bytes) -> None:
        """A new instance. Raises `StatusFault`, and there is none, if it refuses its parameters."""
        instance = self._make(entry)
        toolkit = self.card.toolkit
        toolkit.installed(entry.aid, fields.objects(parameters), entry.tars)
        made = False
        self.installing = entry
        try:
            instance.install(parameters, entry.privileges)
            made = True
        finally:
            self.installing = None
            if not made:
                toolkit.removed(entry.aid)
        self._applications[entry.aid] = instance

    def entry(self, aid: bytes) -> AppEntry | None:
        """The entry of an application, also while that is being installed."""
        if self.installing is not None and self.installing.aid == aid:
            return self.installing
        return self.registry.applications.get(aid)

    def data(self, domain: AppEntry) -> dict[int, bytes]:
        """What STORE DATA has given to a security domain, by tag."""
        saved = self.card.recall(f"{_DATA}{domain.aid.hex()}", None) or {}
        return {int(tag, 16): bytes.fromhex(value) for tag, value in saved.items()}

    def set_data(self, domain: AppEntry, values: dict[int, bytes]) -> None:
        saved = {f"{tag:x}": value.hex() for tag, value in values.items()}
        self.card.note(f"{_DATA}{domain.aid.hex()}", saved or None)

    def forget(self, entry: AppEntry) -> None:
        """An entry is deleted: its instance goes."""
        self.application(entry).uninstall()
        del self._applications[entry.aid]
        self.card.toolkit.removed(entry.aid)

    def candidates(self) -> list[AppEntry]:
        """Applications that SELECT may find, in the order of the registry (§6.4.2)."""
        if self.registry.card_state in (CardState.CARD_LOCKED, CardState.TERMINATED):
            return [self.registry.issuer]
        issuer = self.registry.issuer
        return [one for one in self.registry.applications.values() if one is issuer or one.selectable]

    @property
    def locked(self) -> bool:
        """Only the issuer's domain may be spoken to (§5.1.1.4, §5.1.1.5)."""
        return self.registry.card_state in (CardState.CARD_LOCKED, CardState.TERMINATED)

    def selected_elsewhere(self, entry: AppEntry | LoadFile, channel: Channel | None = None) -> bool:
        """Whether a channel, other than `channel`, has this application selected, or one made of this load file."""
        for other in self.card.channels:
            if other is None or other is channel or other.applet is None:
                continue
            if other.applet.entry is entry or other.applet.entry.file == entry.aid:
                return True
        return False

    # Selection

    def reset(self) -> None:
        """After a reset nothing is selected but what is selected by default on the basic channel (§6.4.1)."""
        self.active = 0
        default = self.registry.issuer if self.locked else self._default()
        basic = self.card.channels[0]
        if default is None or basic is None or not self.card.powered:
            return
        try:
            self._enter(basic, default)
        except StatusFault:
            pass  # it refuses: the file system is there (JCRE §4.1)
        except Exception:  # a card starts whatever happens
            log.exception("%s: selection of %s by the reset failed", self.card.model.name, default.aid.hex())
            basic.applet, self.active = None, 0

    def opened(self, channel: Channel, source: Channel) -> None:
        """A new channel: what is selected on the one that it was opened from, unless that is the basic one, is selected
        here, too (JCRE §4.4): 6985 where it is not multiselectable. In a locked card it is the issuer's domain."""
        if self.locked:
            self._enter(channel, self.registry.issuer)
        elif source.number and source.applet is not None:
            if not source.applet.application.multiselectable:
                raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
            self._enter(channel, source.applet.entry)

    def lock(self) -> None:
        """The card was locked or terminated: whatever else was selected is no longer."""
        for channel in self.card.channels:
            if channel is not None and (channel.applet is None or channel.applet.entry is not self.registry.issuer):
                self._enter(channel, self.registry.issuer)

    def resumed(self) -> None:
        """The channels of a suspended session are back; secure channels are not (GPCS §10.2.3)."""
        selected = [channel.applet for channel in self.card.channels if channel is not None and channel.applet]
        self.active = len(selected)
        for one in selected:
            one.end_session()

    def _default(self) -> AppEntry | None:
        """The application with the privilege for it; without one the file system is there."""
        able = (one for one in self.candidates() if one.privileges & Privilege.CARD_RESET)
        return next((one for one in able if one is not self.registry.issuer), None)

    def select(self, channel: Channel, entry: AppEntry, p2: int, name: bytes) -> bytes:
        """SELECT by name of an application (§11.9): its file control information; 6283 in a locked card."""
        if self.registry.card_state is CardState.TERMINATED:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        application = self.application(entry)
        if not application.multiselectable and self.selected_elsewhere(entry, channel):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        command = Command(first_class(channel.number), _SELECT, _BY_NAME, p2, name, None)
        try:
            information = self._enter(channel, entry, command)
        except Answered as answer:
            data = b"" if p2 & _RETURN_BITS == _NO_DATA else answer.data
            return self.card.hold(channel, data, final=answer.sw)
        first = sw.WARN_DEACTIVATED if self.registry.card_state is CardState.CARD_LOCKED else b""
        if p2 & _RETURN_BITS == _NO_DATA:
            return first or sw.OK
        return self.card.hold(channel, information, first=first)

    def _enter(self, channel: Channel, entry: AppEntry, command: Command | None = None) -> bytes:
        again = channel.applet is not None and channel.applet.entry is entry
        self.leave(channel)
        if channel.adf is not None:
            self.card.end_application(channel)
        channel.select(self.card.files.mf)
        channel.applet = Selection(entry, self.application(entry), again=again)
        self.active += 1
        try:
            return channel.applet.application.select(channel.applet, command)
        except Answered:
            raise
        except StatusFault:  # it does not want to: nothing is selected (JCRE §4.5.2)
            channel.applet = None
            self.active -= 1
            raise

    def leave(self, channel: Channel) -> None:
        """The application on this channel is deselected; its secure channel ends."""
        if channel.applet is not None:
            left, channel.applet = channel.applet, None
            self.active -= 1
            left.application.deselect(left)

    # Commands

    def route(self, cla: int, ins: int, p1: int) -> tuple[Handler, int, Case] | None:
        """Who answers, where an application is selected; None for the card's own table."""
        found = split_class(cla)
        if found is None:
            return self._route_other_class(cla, ins)
        number, plain = found
        channel = self.card.channels[number] if number < len(self.card.channels) else None
        if channel is None or channel.applet is None:
            return None
        by_file = ins == _SELECT and p1 != _BY_NAME and isinstance(channel.applet.application, SecurityDomain)
        if ins in _OF_THE_CARD or (ins == _SELECT and p1 == _BY_NAME) or (by_file and not self.locked):
            return self.card.known(plain, ins)

        return self._runner(cla, ins, channel.applet), number, Case.EITHER

    def _route_other_class(self, cla: int, ins: int) -> tuple[Handler, int, Case] | None:
        """Classes that GlobalPlatform does not have: an applet gets them as they are (JCRE §4.3), but for GSM's."""
        if not class_byte.is_valid(cla) or cla & _CLASS_BITS == _GSM:
            return None
        number = class_byte.channel(cla)
        channel = self.card.channels[number] if number < len(self.card.channels) else None
        if channel is None or channel.applet is None:
            return None
        if isinstance(channel.applet.application, SecurityDomain | AccessRuleMaster):
            return None
        if ins == _GET_RESPONSE:
            return self.card.known(first_class(number), ins)
        return self._runner(cla, ins, channel.applet), number, Case.EITHER

    def _runner(self, cla: int, ins: int, selection: Selection) -> Handler:
        def run(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
            return self._process(channel, selection, Command(cla, ins, p1, p2, data, None if data else p3))

        return run

    def _process(self, channel: Channel, selection: Selection, command: Command) -> bytes:
        """One command to the selected application. An answer whose length the terminal did not know waits for it."""
        head = bytes((command.cla, command.ins, command.p1, command.p2))
        kept, selection.repeat = selection.repeat, None
        if kept is not None and kept[0] == head and not command.data:
            answer = kept[1]
        else:
            answer = selection.application.process(selection, command)
            if self.locked and selection.entry is not self.registry.issuer:
                self.lock()  # by the application itself: this was its last command
        body, word = answer[:-2], answer[-2:]
        if not body:
            return word
        if command.le is None:
            return self.card.hold(channel, body, final=word)
        if (command.le or _MAX_LE) == len(body):
            return answer
        selection.repeat = (head, answer)
        return sw.wrong_le(len(body))
