"""Files as objects: life cycle, creation, data objects, logical channels.

TS 102 221 §11.1.14 to §11.1.17 and §11.3, TS 102 222 §6.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simtool.card.commands.base import CommandBase, Selection, checked_sfi
from simtool.card.instructions import CLA_UICC, Ins
from simtool.codec.apdu import SHORT_LC_MAX, SHORT_LE_MAX, CommandApdu
from simtool.codec.tlv import encode, encode_tag
from simtool.errors import DecodeError

_ADMIN = "admin"
_FIRST_BLOCK = 0x80
_NEXT_BLOCK = 0x00
_SW_MORE = (0x62F1, 0x62F2)
_MANAGE_CLOSE = 0x80


class AdminCommands(CommandBase):
    """Making, changing and ending files; BER-TLV data objects; logical channels."""

    def activate_file(self, fid: int | None = None, *, what: str = "") -> None:
        """ACTIVATE FILE (class A0: REHABILITATE): the current file, or a child by identifier (TS 102 221 §11.1.15)."""
        self._on_file(Ins.ACTIVATE_FILE, fid, what)

    def deactivate_file(self, fid: int | None = None, *, what: str = "") -> None:
        """DEACTIVATE FILE (class A0: INVALIDATE): the current file, or a child by identifier (§11.1.14)."""
        self._on_file(Ins.DEACTIVATE_FILE, fid, what)

    def terminate_ef(self, fid: int | None = None, *, what: str = "") -> None:
        """TERMINATE EF (TS 102 222 §6.8). Cannot be undone."""
        self._on_file(Ins.TERMINATE_EF, fid, what)

    def terminate_df(self, fid: int | None = None, *, what: str = "") -> None:
        """TERMINATE DF (TS 102 222 §6.7). Cannot be undone."""
        self._on_file(Ins.TERMINATE_DF, fid, what)

    def terminate_card_usage(self) -> None:
        """TERMINATE CARD USAGE (TS 102 222 §6.9). The card is dead afterwards."""
        self._on_file(Ins.TERMINATE_CARD_USAGE, None, "the card")

    def create_file(self, fcp: bytes, *, what: str = "") -> None:
        """CREATE FILE in the current directory; `fcp` is the whole 62 template (TS 102 222 §6.3).

        The new file is current afterwards, under a name that this session does not know: select before going on.
        """
        self.transact(CommandApdu(CLA_UICC, Ins.CREATE_FILE, 0, 0, fcp), what=what, context=_ADMIN)
        self._select_state(self.selection.with_file(None))

    def delete_file(self, fid: int, *, what: str = "") -> None:
        """DELETE FILE in the current directory (TS 102 222 §6.4)."""
        command = CommandApdu(CLA_UICC, Ins.DELETE_FILE, 0, 0, fid.to_bytes(2))
        self.transact(command, what=what or f"{fid:04X}", context=_ADMIN)
        self._select_state(self.selection.with_file(None))

    def resize_file(self, fcp: bytes, *, mode: int = 0, what: str = "") -> None:
        """RESIZE FILE; `fcp` is a 62 template with identifier and new size, `mode` is P1 (TS 102 222 §6.10)."""
        command = self._proprietary(Ins.RESIZE_FILE, mode, 0, fcp)
        self.transact(command, what=what, context=_ADMIN)

    def retrieve_data(self, tag: int, *, sfi: int | None = None, what: str = "", secret: bool = False) -> bytes:
        """The whole data object (tag, length, value) from a BER-TLV file, block by block (TS 102 221 §11.3.1)."""
        name = what or f"object {tag:02X}"
        place = checked_sfi(sfi, name) if sfi else 0
        command = self._proprietary(Ins.RETRIEVE_DATA, 0, _FIRST_BLOCK | place, encode_tag(tag), SHORT_LE_MAX)
        answer = self.transact(command, what=name, secret=secret)
        content = answer.data
        while answer.sw in _SW_MORE:
            command = self._proprietary(Ins.RETRIEVE_DATA, 0, _NEXT_BLOCK, le=SHORT_LE_MAX)
            answer = self.transact(command, what=name, secret=secret)
            if not answer.data:
                raise DecodeError(f"RETRIEVE DATA of {name}: the card promises more data and gives none")
            content += answer.data
        self._used_sfi(sfi)
        return content

    def set_data(
        self, tag: int, value: bytes | None, *, sfi: int | None = None, what: str = "", secret: bool = False
    ) -> None:
        """Write a data object into a BER-TLV file, block by block; None deletes it (TS 102 221 §11.3.2)."""
        name = what or f"object {tag:02X}"
        place = checked_sfi(sfi, name) if sfi else 0
        content = encode_tag(tag) if value is None else encode(tag, value)
        for start in range(0, len(content), SHORT_LC_MAX):
            p2 = _NEXT_BLOCK if start else _FIRST_BLOCK | place
            command = self._proprietary(Ins.SET_DATA, 0, p2, content[start : start + SHORT_LC_MAX])
            self.transact(command, what=name, secret=secret)
        self._used_sfi(sfi)

    def manage_channel_open(self) -> int:
        """Open a logical channel that the card picks; returns its number (TS 102 221 §11.1.17).

        It starts at the MF if opened from channel 0, else where the current channel stands.
        """
        self._uicc_only("MANAGE CHANNEL")
        command = CommandApdu(CLA_UICC, Ins.MANAGE_CHANNEL, 0, 0, le=1)
        data = self.transact(command, what="a new channel").data
        if len(data) != 1:
            raise DecodeError(f"MANAGE CHANNEL: {len(data)} bytes are not a channel number")
        self._selections[data[0]] = self.selection if self.channel else Selection()
        return data[0]

    def manage_channel_close(self, channel: int) -> None:
        """Close a logical channel; whoever stood on it is on channel 0 again."""
        self._uicc_only("MANAGE CHANNEL")
        if self.channel == channel:
            self.channel = 0
        self.transact(CommandApdu(CLA_UICC, Ins.MANAGE_CHANNEL, _MANAGE_CLOSE, channel), what=f"channel {channel}")
        self._selections.pop(channel, None)

    def use_channel(self, channel: int) -> None:
        """Send the next commands on this channel. Raises `DecodeError` unless it was opened here."""
        if channel not in self._selections:
            raise DecodeError(f"logical channel {channel} is not open")
        self.channel = channel

    @contextmanager
    def new_channel(self) -> Iterator[int]:
        """A fresh logical channel for a block of commands; closed and left afterwards."""
        before = self.channel
        channel = self.manage_channel_open()
        self.channel = channel
        try:
            yield channel
        finally:
            self.channel = before
            self.manage_channel_close(channel)

    def _on_file(self, ins: Ins, fid: int | None, what: str) -> None:
        data = b"" if fid is None else fid.to_bytes(2)
        name = what or ("" if fid is None else f"{fid:04X}")
        command = self._command(ins, 0, 0, data)
        self.transact(command, what=name, context="" if self.is_sim else _ADMIN)

    def _used_sfi(self, sfi: int | None) -> None:
        if sfi is not None:
            self._select_state(self.selection.with_file(None))
