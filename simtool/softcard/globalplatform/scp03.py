"""A session of Secure Channel Protocol '03' on the card's side (GPCS Amendment D)."""

from __future__ import annotations

import hmac
import secrets
from enum import IntFlag

from simtool.crypto import scp03
from simtool.crypto.key_set import KeySet
from simtool.crypto.scp03 import MacMode
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.scp import Level
from simtool.softcard.status import StatusFault

COUNTER_MAX = 0xFFFFFF
_LEVELS = (0x00, 0x01, 0x03, 0x11, 0x13, 0x33)


class Option(IntFlag):
    """Bits of `i` (Amendment D §5.1)."""

    S16 = 0x01
    PSEUDO_RANDOM = 0x10
    R_MAC = 0x20
    R_ENCRYPTION = 0x40


class Scp03Session:
    """`aid` is that of the application whose session it is, `counter` the sequence counter of the keys."""

    scp = 0x03

    def __init__(self, keys: KeySet, i: int, aid: bytes, counter: int) -> None:
        self.version = keys.version
        self.authenticated = False
        self._static = keys
        self._option = Option(i)
        self._mode = MacMode.S16 if self._option & Option.S16 else MacMode.S8
        self._aid = aid
        self._counter = counter.to_bytes(scp03.COUNTER_LENGTH)
        self._level = Level.NONE
        self._host_challenge = self._card_challenge = b""
        self._chaining = scp03.ZERO_CHAINING
        self._encryptions = 0

    @property
    def level(self) -> Level:
        return self._level

    def initialize(self, host_challenge: bytes) -> bytes:
        """Card challenge, card cryptogram and, with pseudo-random challenges, the sequence counter (§7.1.1.6)."""
        if len(host_challenge) != self._mode:
            raise StatusFault(sw.WRONG_LENGTH)
        pseudo = bool(self._option & Option.PSEUDO_RANDOM)
        if pseudo:
            challenge = scp03.card_challenge(self._static.enc, self._counter, self._aid, self._mode)
        else:
            challenge = secrets.token_bytes(self._mode)
        self._host_challenge, self._card_challenge = host_challenge, challenge
        self._keys = scp03.session_keys(self._static, host_challenge, challenge)
        cryptogram = scp03.card_cryptogram(self._keys.mac, host_challenge, challenge, self._mode)
        return challenge + cryptogram + (self._counter if pseudo else b"")

    def authenticate(self, command: Command) -> None:
        """6A86 for a level that `i` does not have, 6300 for a wrong cryptogram, 6982 for a wrong MAC (§7.1.2)."""
        if len(command.data) != 2 * self._mode:
            raise StatusFault(sw.WRONG_LENGTH)
        level = Level(command.p1)
        if command.p1 not in _LEVELS or command.p2 or (level & Level.R_MAC and not self._option & Option.R_MAC):
            raise StatusFault(sw.WRONG_P1_P2)
        if level & Level.R_ENCRYPTION and not self._option & Option.R_ENCRYPTION:
            raise StatusFault(sw.WRONG_P1_P2)
        wanted = scp03.host_cryptogram(self._keys.mac, self._host_challenge, self._card_challenge, self._mode)
        if not hmac.compare_digest(wanted, command.data[: self._mode]):
            raise StatusFault(sw.AUTHENTICATION_FAILED)
        self._verify(command)
        self._level = level
        self.authenticated = True

    def unwrap(self, command: Command) -> bytes:
        """C-MAC over what came over the line, then decryption (§6.2.4, §6.2.6). 6982 for what does not fit."""
        if not self._level & Level.C_MAC:
            return command.data
        if len(command.data) < self._mode:
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        plain = self._verify(command)
        if self._level & Level.C_DECRYPTION:
            self._encryptions += 1
            if plain:
                icv = scp03.command_icv(self._keys.enc, self._encryptions)
                try:
                    plain = scp03.decrypt_data(self._keys.enc, icv, plain)
                except CodecError:
                    raise StatusFault(sw.SECURITY_NOT_SATISFIED) from None
        return plain

    def wrap(self, data: bytes, sw_bytes: bytes) -> bytes:
        """Encryption of data, if there are any, then the R-MAC with the command's chaining value (§6.2.5, §6.2.7)."""
        if data and self._level & Level.R_ENCRYPTION:
            icv = scp03.response_icv(self._keys.enc, self._encryptions)
            data = scp03.encrypt_data(self._keys.enc, icv, data)
        if self._level & Level.R_MAC:
            data += scp03.chained_mac(self._keys.rmac, self._chaining, data + sw_bytes)[: self._mode]
        return data

    def decrypt_key(self, data: bytes, length: int) -> bytes:
        return self.decrypt_data(data)[:length]

    def decrypt_data(self, data: bytes) -> bytes:
        try:
            return scp03.decrypt_key(self._keys.dek, data, len(data))
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None

    def encrypt_data(self, data: bytes) -> bytes:
        return scp03.encrypt_key(self._keys.dek, data)

    def plain(self, command: Command) -> None:
        """R-MACs go by the chaining value, which only commands with a C-MAC change."""

    def begin_r_mac(self, level: int) -> None:
        """To R-MAC or, with R-ENCRYPTION, only from a session that decrypts commands too (§7.1.3)."""
        if not self._option & Option.R_MAC:
            raise StatusFault(sw.WRONG_INSTRUCTION)
        if level not in (0x10, 0x30) or (level == 0x30 and not self._option & Option.R_ENCRYPTION):
            raise StatusFault(sw.WRONG_P1_P2)
        if level == 0x30 and not self._level & Level.C_DECRYPTION:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        self._level |= Level(level)

    def end_r_mac(self) -> None:
        self._level &= ~(Level.R_MAC | Level.R_ENCRYPTION)

    def _verify(self, command: Command) -> bytes:
        """The data without their C-MAC, which is right."""
        data, mac = command.data[: -self._mode], command.data[-self._mode :]
        head = bytes((command.mac_class(secure=True), command.ins, command.p1, command.p2, len(command.data)))
        whole = scp03.chained_mac(self._keys.mac, self._chaining, head + data)
        if not hmac.compare_digest(whole[: self._mode], mac):
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        self._chaining = whole
        return data
