"""One session of SCP02: what it adds to commands and takes from answers (GlobalPlatform Card Specification, Annex E).

The options are the bits of i: MAC over the modified command or the plain one, ICV enciphered or not, R-MAC. Opening
the session is `simtool.gp.secure_channel`.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from enum import IntFlag

from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.crypto import scp02
from simtool.crypto.scp02 import MAC_LENGTH, Scp02SessionKeys
from simtool.errors import AuthenticationError, EncodeError
from simtool.gp.levels import SecurityLevel, room

_CLA_SECURED = 0x04
_CLA_CHANNEL = 0x03
_ERROR = 0x64
_LC_MAX = 255


class Scp02Option(IntFlag):
    """Bits of i (§E.1.1, table E-1)."""

    THREE_KEYS = 0x01
    PLAIN_MAC = 0x02
    EXPLICIT = 0x04
    AID_ICV = 0x08
    ICV_ENCRYPTION = 0x10
    R_MAC = 0x20
    KNOWN_CHALLENGE = 0x40


DEFAULT_OPTIONS = Scp02Option(0x15)


class Scp02Channel:
    """State of a session: the last C-MAC and R-MAC.

    `first_icv` and `first_r_icv` are the ICVs of the first of each, where the session begins without EXTERNAL
    AUTHENTICATE; with it the first C-MAC has zero, and the first R-MAC that C-MAC.
    """

    scp = 2

    def __init__(
        self,
        keys: Scp02SessionKeys,
        level: SecurityLevel,
        options: Scp02Option = DEFAULT_OPTIONS,
        *,
        first_icv: bytes | None = None,
        first_r_icv: bytes | None = None,
    ) -> None:
        self.keys = keys
        self.level = level
        self.options = options
        self._icv = first_icv or scp02.ZERO_ICV
        self._first = True
        self._r_mac = first_r_icv or scp02.ZERO_ICV
        self._command = b""

    @property
    def room(self) -> int:
        """Bytes of data that fit one command."""
        return room(self.level, mac=MAC_LENGTH, block=MAC_LENGTH)

    def authenticate(self, command: CommandApdu) -> CommandApdu:
        """EXTERNAL AUTHENTICATE carries a C-MAC whatever the level; the R-MAC chain starts from it."""
        secured = self._with_mac(command, command.data)
        self._r_mac = self._icv
        return secured

    def wrap(self, command: CommandApdu) -> CommandApdu:
        """The command with MAC and encryption. Raises `EncodeError` if it then holds more than 255 bytes."""
        self._command = bytes((command.cla & 0xF8, *command.header[1:], len(command.data))) + command.data
        if not self.level & SecurityLevel.C_MAC:
            return command
        sent = command.data
        if self.level & SecurityLevel.C_DECRYPTION and sent:
            sent = scp02.encrypt_data(self.keys.enc, sent)
        if len(sent) + MAC_LENGTH > _LC_MAX:
            raise EncodeError(f"{len(command.data)} bytes do not fit one secured command; {self.room} do")
        return self._with_mac(command, sent)

    def unwrap(self, answer: ResponseApdu) -> ResponseApdu:
        """The answer without its R-MAC. Raises `AuthenticationError` when that is wrong or missing."""
        if not self.level & SecurityLevel.R_MAC or (
            not answer.data and answer.sw.sw1 >= _ERROR and answer.sw.sw1 < 0x90
        ):
            return answer  # an error without data carries none
        if len(answer.data) < MAC_LENGTH:
            raise AuthenticationError("the card's answer carries no R-MAC: it may not be the card that answered")
        data, mac = answer.data[:-MAC_LENGTH], answer.data[-MAC_LENGTH:]
        signed = self._command + bytes((len(data) & 0xFF,)) + data + answer.sw.to_bytes(2)
        expected = scp02.retail_mac(self.keys.r_mac, signed, self._r_mac)
        if not hmac.compare_digest(mac, expected):
            raise AuthenticationError("the R-MAC of the card's answer is wrong: the answer was changed on its way")
        self._r_mac = expected
        return ResponseApdu(data, answer.sw)

    def begin_r_mac(self) -> None:
        """R-MACs start now: from the C-MAC of EXTERNAL AUTHENTICATE, or where they were left off (§E.5.3)."""
        self.level |= SecurityLevel.R_MAC

    def end_r_mac(self) -> None:
        self.level &= ~SecurityLevel.R_MAC

    def encrypt_key(self, key: bytes) -> bytes:
        """A key as PUT KEY carries it."""
        return scp02.encrypt_key(self.keys.dek, key)

    def _with_mac(self, command: CommandApdu, sent: bytes) -> CommandApdu:
        icv = self._icv
        if not self._first and self.options & Scp02Option.ICV_ENCRYPTION:
            icv = scp02.encrypt_icv(self.keys.c_mac, icv)
        cla, length = command.cla & ~_CLA_CHANNEL | _CLA_SECURED, len(command.data) + MAC_LENGTH
        if self.options & Scp02Option.PLAIN_MAC:
            cla, length = command.cla & ~(_CLA_CHANNEL | _CLA_SECURED), len(command.data)
        head = bytes((cla, *command.header[1:], length))
        self._icv = scp02.retail_mac(self.keys.c_mac, head + command.data, icv)
        self._first = False
        return replace(command, cla=command.cla | _CLA_SECURED, data=sent + self._icv)
