"""One session of SCP03: what it adds to commands and takes from answers (Amendment D §6.2).

Opening the session is `simtool.gp.secure_channel`.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import replace
from enum import IntFlag

from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.crypto import scp03
from simtool.crypto.scp03 import BLOCK, MacMode, Scp03SessionKeys
from simtool.errors import AuthenticationError, DecodeError, EncodeError
from simtool.gp.levels import SecurityLevel, room

_CLA_SECURED = 0x04
_CLA_CHANNEL = 0x03
_LC_MAX = 255
_SUCCESS = 0x90
_WARNINGS = (0x62, 0x63)


class Scp03Option(IntFlag):
    """Bits of i (Amendment D §5.1, table 5-1)."""

    S16 = 0x01
    PSEUDO_RANDOM = 0x10
    R_MAC = 0x20
    R_ENCRYPTION = 0x40


class Scp03Channel:
    """State of a session: the MAC chaining value and the encryption counter."""

    scp = 3

    def __init__(self, keys: Scp03SessionKeys, level: SecurityLevel, mode: MacMode = MacMode.S8) -> None:
        self.keys = keys
        self.level = level
        self.mode = mode
        self._chaining = scp03.ZERO_CHAINING
        self._counter = 0

    @property
    def room(self) -> int:
        """Bytes of data that fit one command."""
        return room(self.level, mac=self.mode, block=BLOCK)

    def authenticate(self, command: CommandApdu) -> CommandApdu:
        """EXTERNAL AUTHENTICATE carries a C-MAC whatever the level."""
        return self._with_mac(command, command.data)

    def wrap(self, command: CommandApdu) -> CommandApdu:
        """The command with encryption and MAC. Raises `EncodeError` if it then holds more than 255 bytes."""
        if not self.level & SecurityLevel.C_MAC:
            return command
        sent = command.data
        if self.level & SecurityLevel.C_DECRYPTION:
            self._counter += 1  # for every command, with data or without (§6.2.6)
            if sent:
                sent = scp03.encrypt_data(self.keys.enc, scp03.command_icv(self.keys.enc, self._counter), sent)
        if len(sent) + self.mode > _LC_MAX:
            raise EncodeError(f"{len(command.data)} bytes do not fit one secured command; {self.room} do")
        return self._with_mac(command, sent)

    def unwrap(self, answer: ResponseApdu) -> ResponseApdu:
        """The answer in clear. Errors carry no R-MAC (§6.2.5). Raises `AuthenticationError`."""
        protected = answer.sw.sw1 == _SUCCESS or answer.sw.sw1 in _WARNINGS
        if not self.level & SecurityLevel.R_MAC or not protected:
            return answer
        if len(answer.data) < self.mode:
            raise AuthenticationError("the card's answer carries no R-MAC: it may not be the card that answered")
        data, mac = answer.data[: -self.mode], answer.data[-self.mode :]
        expected = scp03.chained_mac(self.keys.rmac, self._chaining, data + answer.sw.to_bytes(2))
        if not hmac.compare_digest(mac, expected[: self.mode]):
            raise AuthenticationError("the R-MAC of the card's answer is wrong: the answer was changed on its way")
        if self.level & SecurityLevel.R_ENCRYPTION and data:
            icv = scp03.response_icv(self.keys.enc, self._counter)
            try:
                data = scp03.decrypt_data(self.keys.enc, icv, data)
            except DecodeError as error:
                raise AuthenticationError(f"the card's answer cannot be deciphered: {error}") from error
        return ResponseApdu(data, answer.sw)

    def encrypt_key(self, key: bytes) -> bytes:
        """A key as PUT KEY carries it; what fills the last block is random."""
        return scp03.encrypt_key(self.keys.dek, key, os.urandom(BLOCK))

    def _with_mac(self, command: CommandApdu, sent: bytes) -> CommandApdu:
        head = bytes((command.cla & ~_CLA_CHANNEL | _CLA_SECURED, *command.header[1:], len(sent) + self.mode))
        self._chaining = scp03.chained_mac(self.keys.mac, self._chaining, head + sent)
        return replace(command, cla=command.cla | _CLA_SECURED, data=sent + self._chaining[: self.mode])
