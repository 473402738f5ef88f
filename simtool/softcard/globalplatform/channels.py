"""Secure channels as applications use them: keys, counters, tries (GPCS §10, §E.5, Amendment D §7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.files.global_platform import ChannelSpec
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import scp02, scp03
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.keys import DomainKeys
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.scp import Level, Session
from simtool.softcard.globalplatform.scp02 import Scp02Session
from simtool.softcard.globalplatform.scp03 import Scp03Session
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE, BEGIN_R_MAC, END_R_MAC = 0x50, 0x82, 0x7A, 0x78
INSTRUCTIONS = (INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE, BEGIN_R_MAC, END_R_MAC)
_CIPHERS = {KeyCipher.DES: 0x02, KeyCipher.AES: 0x03}
_BEGIN, _END = 0x01, 0x03


class SecureChannels:
    """The services of security domains to whoever is selected."""

    def __init__(self, platform: GlobalPlatform) -> None:
        self._platform = platform

    def keys_for(self, entry: AppEntry) -> DomainKeys:
        """The keys of an application's security domain; a domain without any uses those of the one above (§7.1)."""
        registry = self._platform.registry
        domain = entry if entry.is_domain else registry.applications[entry.domain]
        while domain is not registry.issuer and not self._platform.keys(domain).all():
            domain = registry.applications[domain.domain]
        return self._platform.keys(domain)

    def process(self, selection: Selection, command: Command) -> bytes:
        """INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, BEGIN and END R-MAC SESSION."""
        match command.ins:
            case 0x50:
                return self._initialize(selection, command)
            case 0x82:
                return self._authenticate(selection, command)
            case 0x7A:
                plain, session = self.unwrap(selection, command), selection.session
                if session is None or not session.authenticated:
                    raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
                if plain.p2 != _BEGIN:
                    raise StatusFault(sw.WRONG_P1_P2)
                session.begin_r_mac(plain.p1)
                return sw.OK
            case _:
                plain, session = self.unwrap(selection, command), selection.session
                if session is None or not session.level & Level.R_MAC:
                    raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
                if plain.p1 or plain.p2 != _END:
                    raise StatusFault(sw.WRONG_P1_P2)
                answer = session.wrap(b"", sw.OK) + sw.OK
                session.end_r_mac()
                return answer

    def unwrap(self, selection: Selection, command: Command) -> Command:
        """The command in plain. 6982, and the session is over, when its protection is not what the session's level
        asks for or is wrong (§10.2.3, §E.1.5, Amendment D §5.6)."""
        session = selection.session
        if session is not None and not session.authenticated:
            selection.end_session()
            session = None
        if session is None:
            if not command.secure:
                return command
            session = selection.session = self._implicit(selection)
        if bool(session.level & Level.C_MAC) != command.secure:
            selection.end_session()
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        try:
            return replace(command, data=session.unwrap(command))
        except StatusFault:
            selection.end_session()
            raise

    def wrap(self, selection: Selection, answer: bytes) -> bytes:
        """The answer with R-MAC and encryption as the level wants; errors go as they are."""
        session = selection.session
        if session is None or not session.authenticated or not session.level & Level.R_MAC:
            return answer
        word = answer[-2:]
        if word != sw.OK and word[0] not in (0x62, 0x63):
            return answer
        return session.wrap(answer[:-2], word) + word

    def _channel(self, keys: DomainKeys, version: int) -> tuple[ChannelSpec, KeySet]:
        """Protocol and keys of a session; version 0 asks for the default. 6A88 if the domain has none such."""
        versions = keys.versions() if version == 0 else [version]
        for one in versions:
            found = keys.key_set(one)
            for spec in self._platform.spec.secure_channels:
                if found is not None and spec.scp == _CIPHERS[found.cipher] and spec.takes(one):
                    return spec, found
        raise StatusFault(sw.REFERENCE_NOT_FOUND)

    def _initialize(self, selection: Selection, command: Command) -> bytes:
        """INITIALIZE UPDATE (§E.5.1, Amendment D §7.1.1). 6A88 for keys that are not there, 6983 for blocked ones.

        The counter of SCP03 steps with each pseudo-random challenge, so that none comes twice; that of SCP02 steps when
        a session has begun. 6985 when it has come to its end.
        """
        selection.end_session()
        if command.secure:
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        if command.p2:
            raise StatusFault(sw.WRONG_P1_P2)
        keys = self.keys_for(selection.entry)
        spec, key_set = self._channel(keys, command.p1)
        version = key_set.version
        if self._platform.spec.tries and keys.wrong(version) >= self._platform.spec.tries:
            raise StatusFault(sw.BLOCKED)
        counter = keys.counter(version)
        head = self._platform.spec.diversification + bytes((version, spec.scp))
        if spec.scp == Scp02Session.scp:
            if counter >= scp02.COUNTER_MAX or not spec.i & scp02.Option.EXPLICIT:
                raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
            first = Scp02Session(key_set, spec.i, selection.entry.aid, counter)
            body = first.initialize(command.data)
            selection.session = first
            return head + body + sw.OK
        if spec.i & scp03.Option.PSEUDO_RANDOM:
            if counter >= scp03.COUNTER_MAX:
                raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
            counter += 1
        session = Scp03Session(key_set, spec.i, selection.entry.aid, counter)
        body = session.initialize(command.data)
        if spec.i & scp03.Option.PSEUDO_RANDOM:
            keys.set_counter(version, counter)
        selection.session = session
        return head + bytes((spec.i,)) + body + sw.OK

    def _authenticate(self, selection: Selection, command: Command) -> bytes:
        """EXTERNAL AUTHENTICATE, directly after INITIALIZE UPDATE, else 6985. A failure ends the session and counts."""
        session = selection.session
        if session is None or session.authenticated:
            selection.end_session()
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        keys = self.keys_for(selection.entry)
        try:
            if not command.secure:
                raise StatusFault(sw.SECURITY_NOT_SATISFIED)
            session.authenticate(command)
        except StatusFault as fault:
            selection.end_session()
            if fault.sw in (sw.AUTHENTICATION_FAILED, sw.SECURITY_NOT_SATISFIED):
                keys.set_wrong(session.version, keys.wrong(session.version) + 1)
            raise
        keys.set_wrong(session.version, 0)
        if session.scp == Scp02Session.scp:
            keys.set_counter(session.version, keys.counter(session.version) + 1)
        return sw.OK

    def _implicit(self, selection: Selection) -> Session:
        """A session that begins with its first C-MAC, for SCP02 without bit 3 of `i`; 6982 where there is no such."""
        keys = self.keys_for(selection.entry)
        spec, key_set = self._channel(keys, 0)
        version, counter = key_set.version, keys.counter(key_set.version)
        if spec.scp != Scp02Session.scp or spec.i & scp02.Option.EXPLICIT:
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        if self._platform.spec.tries and keys.wrong(version) >= self._platform.spec.tries:
            raise StatusFault(sw.BLOCKED)
        if counter >= scp02.COUNTER_MAX:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        session = Scp02Session(key_set, spec.i, selection.entry.aid, counter)
        session.begin_implicitly()
        return session
