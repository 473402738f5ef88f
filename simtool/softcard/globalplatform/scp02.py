"""A session of Secure Channel Protocol '02' on the card's side (GPCS Annex E)."""

from __future__ import annotations

import hmac
import secrets
from enum import IntFlag

from simtool.crypto import scp02
from simtool.crypto.key_set import KeySet
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.scp import Level
from simtool.softcard.status import StatusFault

COUNTER_MAX = 0xFFFF
_LEVELS = (0x00, 0x01, 0x03, 0x10, 0x11, 0x13)
_MAC = scp02.MAC_LENGTH


class Option(IntFlag):
    """Bits of `i` (table E-1)."""

    THREE_KEYS = 0x01
    UNMODIFIED_APDU = 0x02
    EXPLICIT = 0x04
    ICV_OVER_AID = 0x08
    ICV_ENCRYPTION = 0x10
    R_MAC = 0x20
    PSEUDO_RANDOM = 0x40


class Scp02Session:
    """`aid` is that of the application whose session it is, `counter` the sequence counter of the keys."""

    scp = 0x02

    def __init__(self, keys: KeySet, i: int, aid: bytes, counter: int) -> None:
        option = Option(i)
        if not option & Option.THREE_KEYS:
            keys = KeySet(keys.version, keys.cipher, keys.enc, keys.enc, keys.enc)
        self.version = keys.version
        self.authenticated = False
        self._option = option
        self._aid = aid
        self._counter = counter.to_bytes(scp02.COUNTER_LENGTH)
        self._keys = scp02.session_keys(keys, self._counter)
        self._level = Level.NONE
        self._host_challenge = self._card_challenge = b""
        self._icv = scp02.ZERO_ICV
        self._first = True
        self._r_icv = scp02.ZERO_ICV
        self._command = b""

    @property
    def level(self) -> Level:
        return self._level

    def initialize(self, host_challenge: bytes) -> bytes:
        """Sequence counter, card challenge and card cryptogram for the answer to INITIALIZE UPDATE (§E.5.1.6)."""
        if len(host_challenge) != scp02.HOST_CHALLENGE_LENGTH:
            raise StatusFault(sw.WRONG_LENGTH)
        self._host_challenge = host_challenge
        if self._option & Option.PSEUDO_RANDOM:
            self._card_challenge = scp02.card_challenge(self._keys.c_mac, self._aid)
        else:
            self._card_challenge = secrets.token_bytes(scp02.CARD_CHALLENGE_LENGTH)
        cryptogram = scp02.card_cryptogram(self._keys.enc, host_challenge, self._counter, self._card_challenge)
        return self._counter + self._card_challenge + cryptogram

    def begin_implicitly(self) -> None:
        """The session begins with the first command that has a C-MAC (§E.1.2.2); its ICV is a MAC over the AID.

        So is that of the first R-MAC, with its own key.
        """
        self._icv = scp02.implicit_icv(self._keys.c_mac, self._aid)
        self._r_icv = scp02.implicit_icv(self._keys.r_mac, self._aid)
        self._level = Level.C_MAC
        self.authenticated = True

    def authenticate(self, command: Command) -> None:
        """6A86 for a level that `i` does not have, 6300 for a wrong cryptogram, 6982 for a wrong MAC (§E.5.2)."""
        if len(command.data) != 2 * _MAC:
            raise StatusFault(sw.WRONG_LENGTH)
        if command.p1 not in _LEVELS or command.p2 or (command.p1 & Level.R_MAC and not self._option & Option.R_MAC):
            raise StatusFault(sw.WRONG_P1_P2)
        wanted = scp02.host_cryptogram(self._keys.enc, self._host_challenge, self._counter, self._card_challenge)
        if not hmac.compare_digest(wanted, command.data[:_MAC]):
            raise StatusFault(sw.AUTHENTICATION_FAILED)
        self._verify(command, command.data[:_MAC], command.data[_MAC:])
        self._level = Level(command.p1)
        self._r_icv = self._icv
        self.authenticated = True

    def unwrap(self, command: Command) -> bytes:
        """C-MAC over the plain command, decryption after it (§E.4.4, §E.4.6). 6982 for what does not fit."""
        if not self._level & Level.C_MAC:
            plain = command.data
        else:
            if len(command.data) < _MAC:
                raise StatusFault(sw.SECURITY_NOT_SATISFIED)
            plain, mac = command.data[:-_MAC], command.data[-_MAC:]
            if self._level & Level.C_DECRYPTION and plain:
                try:
                    plain = scp02.decrypt_data(self._keys.enc, plain)
                except CodecError:
                    raise StatusFault(sw.SECURITY_NOT_SATISFIED) from None
            self._verify(command, plain, mac)
        self._cover(command, plain)
        return plain

    def _cover(self, command: Command, plain: bytes) -> None:
        head = bytes((command.mac_class(secure=False), command.ins, command.p1, command.p2))
        self._command = head + bytes((len(plain),)) + plain

    def wrap(self, data: bytes, sw_bytes: bytes) -> bytes:
        """R-MAC over the command, the length of the data, the data and the status word (§E.4.5).

        The command has its Lc always, 00 where it brought no data.
        """
        if not self._level & Level.R_MAC:
            return data
        covered = self._command + bytes((len(data) & 0xFF,)) + data + sw_bytes
        self._r_icv = scp02.retail_mac(self._keys.r_mac, covered, self._r_icv)
        return data + self._r_icv

    def decrypt_key(self, data: bytes, length: int) -> bytes:
        return self.decrypt_data(data)[:length]

    def decrypt_data(self, data: bytes) -> bytes:
        try:
            return scp02.decrypt_key(self._keys.dek, data)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None

    def encrypt_data(self, data: bytes) -> bytes:
        return scp02.encrypt_key(self._keys.dek, data)

    def plain(self, command: Command) -> None:
        self._cover(command, command.data)

    def begin_r_mac(self, level: int) -> None:
        """R-MACs start: from the C-MAC of EXTERNAL AUTHENTICATE, or where they were left off (§E.5.3)."""
        if not self._option & Option.R_MAC:
            raise StatusFault(sw.WRONG_INSTRUCTION)
        if level != Level.R_MAC:
            raise StatusFault(sw.WRONG_P1_P2)
        self._level |= Level.R_MAC

    def end_r_mac(self) -> None:
        self._level &= ~Level.R_MAC

    def _verify(self, command: Command, plain: bytes, mac: bytes) -> None:
        modified = not self._option & Option.UNMODIFIED_APDU
        length = len(plain) + (_MAC if modified else 0)
        covered = bytes((command.mac_class(secure=modified), command.ins, command.p1, command.p2, length)) + plain
        icv = self._icv
        if not self._first and self._option & Option.ICV_ENCRYPTION:
            icv = scp02.encrypt_icv(self._keys.c_mac, icv)
        wanted = scp02.retail_mac(self._keys.c_mac, covered, icv)
        if not hmac.compare_digest(wanted, mac):
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)
        self._icv, self._first = wanted, False
