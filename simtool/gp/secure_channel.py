"""Opening a secure channel without ever spending a try on keys that do not fit.

INITIALIZE UPDATE, check of the card cryptogram here, and only then EXTERNAL AUTHENTICATE (GlobalPlatform Card
Specification §E.5, Amendment D §7.1). Keys that were wrong for a card are remembered for it and not tried again by
themselves: a card locks itself after a few wrong tries, and no one can open it again.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, replace
from typing import Protocol

from simtool.card.processors import ApduLink
from simtool.codec.apdu import SHORT_LC_MAX, SHORT_LE_MAX, SW_OK, CommandApdu, ResponseApdu
from simtool.crypto import scp02, scp03
from simtool.crypto.diversification import DATA_LENGTH, Diversification, diversify
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.scp03 import MacMode
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, CardError, DecodeError, RefusedError, StatusError
from simtool.gp.levels import C_MAC, SecurityLevel, checked_level
from simtool.gp.mismatch import explain_mismatch, fingerprint_of
from simtool.gp.scp02 import DEFAULT_OPTIONS, Scp02Channel, Scp02Option
from simtool.gp.scp03 import Scp03Channel, Scp03Option
from simtool.gp.transact import (
    CLA_GP,
    INS_BEGIN_R_MAC,
    INS_END_R_MAC,
    INS_EXTERNAL_AUTHENTICATE,
    INS_INITIALIZE_UPDATE,
    SW_SECURITY,
    failure,
    transact,
)

IMPLICIT_OPTIONS = Scp02Option(0x1A)
_SW_CRYPTOGRAM_WRONG = 0x6300
_HEAD = DATA_LENGTH + 2
_CRYPTOGRAM_02 = 8


class KeyMemory(Protocol):
    """What is remembered of key sets tried on a card, across runs. `name` is what people call the key set."""

    def check(self, name: str, keys: Secret) -> None:
        """Raises `RefusedError` when these keys were wrong for this card, or may have been."""

    def sending(self, name: str, keys: Secret) -> None:
        """A proof of these keys is about to leave; on the disk when this returns."""

    def right(self, name: str, keys: Secret) -> None: ...

    def wrong(self, name: str, keys: Secret) -> None: ...


class ForgetfulMemory:
    """Keeps nothing: for cards whose keys are public, and for tests."""

    def check(self, name: str, keys: Secret) -> None:
        del name, keys

    sending = right = wrong = check


@dataclass(frozen=True, slots=True)
class InitializeUpdate:
    """The card's answer to INITIALIZE UPDATE (§E.5.1.6; Amendment D §7.1.1.6).

    `options` is i for SCP03, None for SCP02, whose answer does not tell it.
    """

    diversification_data: bytes
    version: int
    scp: int
    options: int | None
    counter: bytes
    challenge: bytes
    cryptogram: bytes

    @classmethod
    def decode(cls, data: bytes) -> InitializeUpdate:
        """Raises `DecodeError` for a protocol or length that is neither SCP02's nor SCP03's."""
        if len(data) < _HEAD + 1:
            raise DecodeError(f"INITIALIZE UPDATE: an answer of {len(data)} bytes is too short")
        head, version, scp = data[:DATA_LENGTH], data[DATA_LENGTH], data[DATA_LENGTH + 1]
        rest = data[_HEAD:]
        if scp == 2:
            if len(rest) != scp02.COUNTER_LENGTH + scp02.CARD_CHALLENGE_LENGTH + _CRYPTOGRAM_02:
                raise DecodeError(f"INITIALIZE UPDATE: {len(data)} bytes are not an answer of SCP02")
            return cls(head, version, scp, None, rest[:2], rest[2:8], rest[8:])
        if scp != 3:
            raise DecodeError(f"the card offers SCP{scp:02X}; SCP02 and SCP03 are supported")
        options, rest = rest[0], rest[1:]
        size = MacMode.S16 if options & Scp03Option.S16 and len(rest) >= 2 * MacMode.S16 else MacMode.S8
        if len(rest) not in (2 * size, 2 * size + scp03.COUNTER_LENGTH):
            raise DecodeError(f"INITIALIZE UPDATE: {len(data)} bytes are not an answer of SCP03")
        return cls(head, version, scp, options, rest[2 * size :], rest[:size], rest[size : 2 * size])


class SecureLink:
    """An `ApduLink` through a secure channel. After an answer that was not genuine nothing is sent any more."""

    def __init__(self, inner: ApduLink, channel: Scp02Channel | Scp03Channel) -> None:
        self._inner = inner
        self._broken = False
        self.channel = channel

    @property
    def room(self) -> int:
        """Bytes of data that fit one command."""
        return self.channel.room

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        if self._broken:
            raise RefusedError(
                "the secure channel is closed after a false answer", hint="take the card out, start anew"
            )
        wrapped = self.channel.wrap(command)
        if self.channel.level & SecurityLevel.R_MAC and wrapped.le is None:
            wrapped = replace(wrapped, le=SHORT_LE_MAX)  # every answer carries at least its MAC
        answer = self._inner.send(wrapped, secret=secret)
        try:
            return self.channel.unwrap(answer)
        except AuthenticationError:
            self._broken = True
            raise

    def begin_r_mac(self, data: bytes = b"") -> None:
        """BEGIN R-MAC SESSION (SCP02, §E.5.3): answers carry a MAC from now on. `data`: up to 24 bytes, any."""
        channel = self._scp02("BEGIN R-MAC SESSION")
        body = bytes((len(data),)) + data
        transact(self, CommandApdu(CLA_GP, INS_BEGIN_R_MAC, SecurityLevel.R_MAC, 0x01, body))
        channel.begin_r_mac()

    def end_r_mac(self) -> None:
        """END R-MAC SESSION (SCP02, §E.5.4)."""
        channel = self._scp02("END R-MAC SESSION")
        transact(self, CommandApdu(CLA_GP, INS_END_R_MAC, 0x00, 0x03, le=SHORT_LE_MAX))
        channel.end_r_mac()

    def _scp02(self, command: str) -> Scp02Channel:
        if not isinstance(self.channel, Scp02Channel):
            raise RefusedError(f"{command} exists in SCP02 only; SCP03 sets the level when the channel is opened")
        return self.channel


def room_of(link: ApduLink) -> int:
    """Bytes of data that fit one command on this link, through a secure channel or not."""
    return link.room if isinstance(link, SecureLink) else SHORT_LC_MAX


def open_channel(
    link: ApduLink,
    keys: KeySet,
    *,
    level: SecurityLevel = C_MAC,
    memory: KeyMemory,
    card: str = "",
    diversification: Diversification = Diversification.NONE,
    options: int | None = None,
    host_challenge: bytes | None = None,
    aid: bytes | None = None,
) -> SecureLink:
    """Open a channel to the selected security domain with `keys` (master keys, with a `diversification`).

    `card` is the ICCID, for messages. `options` is i where it is known (card recognition data); it decides S8 or S16,
    and SCP02's variants. With `aid`, the security domain's, a pseudo-random card challenge is checked too. Raises
    `RefusedError` when the keys do not fit, or did not before: nothing has been spent then. `StatusError` when the card
    refuses.
    """
    name = f"key set {keys.version:02X}"
    tried = fingerprint_of(keys, diversification)
    memory.check(name, tried)
    wants_s16 = keys.cipher is KeyCipher.AES and options is not None and bool(options & Scp03Option.S16)
    host = host_challenge or os.urandom(MacMode.S16 if wants_s16 else MacMode.S8)
    command = CommandApdu(CLA_GP, INS_INITIALIZE_UPDATE, keys.version, 0, host, SHORT_LE_MAX)
    update = InitializeUpdate.decode(transact(link, command, what=f"{name} ({keys.cipher.value})").data)
    _check_offer(update, keys, name, card)
    own = diversify(keys, diversification, update.diversification_data)

    def fits(made: KeySet) -> bool:
        return _cryptogram_fits(made, update, host) and _challenge_fits(made, update, options, aid)

    if not fits(own):
        reason = explain_mismatch(keys, diversification, update.diversification_data, fits)
        if not reason and _cryptogram_fits(own, update, host):
            raise CardError(
                "the card's challenge is not the pseudo-random one that it promises",
                hint="another key of the set or the security domain's AID is wrong; nothing was spent",
            )
        memory.wrong(name, tried)
        raise RefusedError(
            f"{name} is not the card's{f' ({card})' if card else ''}: its cryptogram does not fit"
            + (f"; {reason}" if reason else ""),
            hint="nothing was spent. Mend the record; the same keys are not tried on this card again",
        )
    channel = _channel(own, update, host, checked_level(level, update.scp), options)
    memory.sending(name, tried)
    _authenticate(link, channel, update, host, name, memory, tried)
    return SecureLink(link, channel)


class ImplicitLink(SecureLink):
    """A channel that its first command opens: the answer to that tells whether the keys were right."""

    def __init__(self, inner: ApduLink, channel: Scp02Channel, memory: KeyMemory, name: str, tried: Secret) -> None:
        super().__init__(inner, channel)
        self._memory = memory
        self._name = name
        self._tried = tried
        self._opened = False

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        if self._opened:
            return super().send(command, secret=secret)
        self._opened = True
        self._memory.sending(self._name, self._tried)
        answer = super().send(command, secret=secret)
        if answer.sw == SW_SECURITY:
            self._memory.wrong(self._name, self._tried)
            raise StatusError(
                f"the first command with {self._name}: {answer.sw} the card found its MAC wrong; a try is spent",
                sw=answer.sw,
                hint="the MAC key of the record is wrong; do not try again before it is mended",
            )
        self._memory.right(self._name, self._tried)
        return answer


def open_implicit(
    link: ApduLink,
    keys: KeySet,
    counter: bytes,
    aid: bytes,
    *,
    memory: KeyMemory,
    options: Scp02Option = IMPLICIT_OPTIONS,
) -> SecureLink:
    """A channel of SCP02 that is opened by its first command (i without bit 3, §E.1.2.2).

    `counter` comes from GET DATA C1, `aid` is the selected security domain's. The level is C-MAC. The card proves
    nothing here, so a wrong MAC key costs a try: it is remembered, and refused (`RefusedError`) ever after.
    """
    name = f"key set {keys.version:02X}"
    tried = fingerprint_of(keys, Diversification.NONE)
    memory.check(name, tried)
    session = scp02.session_keys(keys, counter)
    over_aid = bool(options & Scp02Option.AID_ICV)
    c_icv, r_icv = (scp02.implicit_icv(key, aid) if over_aid else None for key in (session.c_mac, session.r_mac))
    channel = Scp02Channel(session, C_MAC, options, first_icv=c_icv, first_r_icv=r_icv)
    return ImplicitLink(link, channel, memory, name, tried)


def _check_offer(update: InitializeUpdate, keys: KeySet, name: str, card: str) -> None:
    of_card = f"card {card}" if card else "the card"
    if update.version != keys.version:
        raise RefusedError(
            f"{name} was asked for, {of_card} answered with version {update.version:02X}",
            hint="give the record the version that the card has",
        )
    cipher = KeyCipher.DES if update.scp == 2 else KeyCipher.AES
    if cipher is not keys.cipher:
        raise RefusedError(
            f"{name}: {of_card} speaks SCP{update.scp:02} with {cipher.value} keys, the record has {keys.cipher.value}",
            hint=f"if the record's digits are right, set cipher: {cipher.value}",
        )


def _cryptogram_fits(keys: KeySet, update: InitializeUpdate, host: bytes) -> bool:
    if update.scp == 2:
        session = scp02.session_keys(keys, update.counter)
        expected = scp02.card_cryptogram(session.enc, host, update.counter, update.challenge)
    else:
        mac = scp03.session_keys(keys, host, update.challenge).mac
        expected = scp03.card_cryptogram(mac, host, update.challenge, MacMode(len(update.cryptogram)))
    return hmac.compare_digest(expected, update.cryptogram)


def _channel(
    keys: KeySet, update: InitializeUpdate, host: bytes, level: SecurityLevel, options: int | None
) -> Scp02Channel | Scp03Channel:
    if update.scp == 2:
        given = DEFAULT_OPTIONS if options is None else Scp02Option(options)
        return Scp02Channel(scp02.session_keys(keys, update.counter), level, given)
    wanted = (SecurityLevel.R_MAC, Scp03Option.R_MAC), (SecurityLevel.R_ENCRYPTION, Scp03Option.R_ENCRYPTION)
    for right, option in wanted:
        if level & right and not (update.options or 0) & option:
            raise RefusedError(
                f"the card (i = {update.options or 0:02X}) does not offer security level {int(level):02X}",
                hint="ask for level 03: commands with MAC and encryption",
            )
    return Scp03Channel(scp03.session_keys(keys, host, update.challenge), level, MacMode(len(update.cryptogram)))


def _challenge_fits(keys: KeySet, update: InitializeUpdate, options: int | None, aid: bytes | None) -> bool:
    """A pseudo-random challenge is one that the terminal can compute too (§E.1.1; Amendment D §6.2.2.1).

    It proves MAC for SCP02 and ENC for SCP03, which the cryptogram does not. True where it is not of this kind.
    """
    if aid is None:
        return True
    if update.scp == 2:
        if options is None or not options & Scp02Option.KNOWN_CHALLENGE:
            return True
        expected = scp02.card_challenge(scp02.session_keys(keys, update.counter).c_mac, aid)
    else:
        if not (update.options or 0) & Scp03Option.PSEUDO_RANDOM or not update.counter:
            return True
        expected = scp03.card_challenge(keys.enc, update.counter, aid, MacMode(len(update.challenge)))
    return hmac.compare_digest(expected, update.challenge)


def _authenticate(
    link: ApduLink,
    channel: Scp02Channel | Scp03Channel,
    update: InitializeUpdate,
    host: bytes,
    name: str,
    memory: KeyMemory,
    keys: Secret,
) -> None:
    if isinstance(channel, Scp02Channel):
        proof = scp02.host_cryptogram(channel.keys.enc, host, update.counter, update.challenge)
    else:
        proof = scp03.host_cryptogram(channel.keys.mac, host, update.challenge, channel.mode)
    command = CommandApdu(CLA_GP, INS_EXTERNAL_AUTHENTICATE, channel.level, 0, proof)
    answer = link.send(channel.authenticate(command))
    if answer.sw == SW_OK:
        memory.right(name, keys)
        return
    if answer.sw in (_SW_CRYPTOGRAM_WRONG, SW_SECURITY):
        memory.wrong(name, keys)
        raise StatusError(
            f"EXTERNAL AUTHENTICATE with {name}: {answer.sw} the card found the proof wrong; a try is spent",
            sw=answer.sw,
            hint="the MAC or ENC key of the record is wrong; do not try again before it is mended",
        )
    raise failure(command, answer.sw, what=name)
