"""What a terminal says to the card application toolkit (TS 102 221 §11.2, TS 102 223 §6)."""

from __future__ import annotations

from simtool.card.commands.base import CommandBase
from simtool.card.instructions import Ins
from simtool.codec.apdu import SHORT_LE_MAX, ResponseApdu

_ENVELOPE = "toolkit_envelope"
_DOWNLOAD_FAILED = tuple(range(0x9E00, 0x9F00))  # TS 51.011 §9.4.1: refused, and the answer says why


class ToolkitCommands(CommandBase):
    """Profile download, proactive commands and envelopes. What waits shows in `proactive_length`."""

    @property
    def proactive_length(self) -> int:
        """Length of the proactive command that waits to be fetched after the last command; 0 for none."""
        return (self.last_sw.sw2 or SHORT_LE_MAX) if self.last_sw.sw1 == 0x91 else 0

    def terminal_capability(self, data: bytes) -> None:
        """TERMINAL CAPABILITY; `data` is the whole A9 template (TS 102 221 §11.1.19)."""
        self._uicc_only("TERMINAL CAPABILITY")
        self.transact(self._proprietary(Ins.TERMINAL_CAPABILITY, 0, 0, data), what="the terminal")

    def terminal_profile(self, profile: bytes) -> None:
        """TERMINAL PROFILE: what this terminal can do (TS 102 223 §5.2)."""
        self.transact(self._proprietary(Ins.TERMINAL_PROFILE, 0, 0, profile), what="the terminal")

    def fetch(self, length: int | None = None) -> bytes:
        """FETCH the waiting proactive command (TS 102 221 §11.2.3). `length` None takes the announced one."""
        wanted = length or self.proactive_length or SHORT_LE_MAX
        return self.transact(self._proprietary(Ins.FETCH, 0, 0, le=wanted), what="the proactive command").data

    def terminal_response(self, data: bytes) -> None:
        """TERMINAL RESPONSE: how the proactive command went (TS 102 221 §11.2.4)."""
        self.transact(self._proprietary(Ins.TERMINAL_RESPONSE, 0, 0, data), what="the proactive command")

    def envelope(self, data: bytes, *, what: str = "the toolkit") -> ResponseApdu:
        """ENVELOPE with a whole BER-TLV (TS 102 221 §11.2.2).

        Returns the answer with its status word: 62xx, 63xx and 9Exx say that an SMS-PP download had trouble.
        """
        command = self._proprietary(Ins.ENVELOPE, 0, 0, data, SHORT_LE_MAX)
        return self.transact(command, what=what, context=_ENVELOPE, accept=_DOWNLOAD_FAILED)
