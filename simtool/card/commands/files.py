"""SELECT, STATUS and the commands on file contents (TS 102 221 §11.1.1 to §11.1.8, TS 51.011 §8)."""

from __future__ import annotations

import enum

from simtool.card.commands.base import (
    FID_ADF,
    FID_MF,
    CommandBase,
    Selection,
    checked_sfi,
    is_local,
    sfi_p1,
)
from simtool.card.instructions import Ins
from simtool.codec.apdu import SHORT_LC_MAX, SHORT_LE_MAX
from simtool.codec.tlv import first, parse
from simtool.errors import DecodeError, EncodeError

_SELECT_BY_FID = 0x00
_SELECT_PARENT = 0x03
_SELECT_BY_AID = 0x04
_SELECT_PATH_FROM_MF = 0x08
_SELECT_PATH_FROM_DF = 0x09
_RETURN_FCP = 0x04
_RETURN_NOTHING = 0x0C
_TERMINATE_APPLICATION = 0x40
_MAX_OFFSET = 0x7FFF
_MAX_OFFSET_WITH_SFI = 0xFF
_FCP_TEMPLATE = 0x62
_FILE_DESCRIPTOR = 0x82
_SEEK_FROM_START = 0x10  # SEEK type 2: answer with the record number (TS 51.011 §9.2.7)

_SW_NOT_FOUND = 0x6282
_SW_NO_RECORD = 0x6A83
_SW_NOT_FOUND_SIM = 0x9404


class RecordMode(enum.IntEnum):
    """P2 of READ RECORD and UPDATE RECORD (TS 102 221 §11.1.5). Cyclic files are written with PREVIOUS."""

    NEXT = 0x02
    PREVIOUS = 0x03
    ABSOLUTE = 0x04


class StatusInfo(enum.IntEnum):
    """P1 of STATUS: what the terminal tells the application (TS 102 221 §11.1.2)."""

    NONE = 0x00
    INITIALISED = 0x01
    TERMINATING = 0x02


class FileCommands(CommandBase):
    """SELECT in all its forms, reading and writing."""

    def select(self, target: int | bytes, *, fcp: bool = False, what: str = "") -> bytes:
        """SELECT by file identifier (int or two bytes), or by path (more bytes). Returns as `select_fid`."""
        if isinstance(target, int):
            return self.select_fid(target, fcp=fcp, what=what)
        if len(target) == 2:
            return self.select_fid(int.from_bytes(target), fcp=fcp, what=what)
        return self.select_path(target, fcp=fcp, what=what)

    def select_mf(self, *, fcp: bool = False, what: str = "MF") -> bytes:
        """SELECT the master file. Returns as `select_fid`."""
        return self.select_fid(FID_MF, fcp=fcp, what=what)

    def select_fid(self, fid: int, *, fcp: bool = False, directory: bool | None = None, what: str = "") -> bytes:
        """SELECT by file identifier (TS 102 221 §11.1.1, TS 51.011 §9.2.1).

        Returns the FCP template (class A0: the classic response) if `fcp`, else nothing. `directory` says whether
        it is a DF, where neither its identifier nor an FCP tells.
        """
        name = what or f"{fid:04X}"
        answer = self._select(_SELECT_BY_FID, fid.to_bytes(2), fcp, name)
        state = self.selection
        is_directory = self._is_directory(fid, answer, directory)
        self._select_state(state.with_directory(fid) if is_directory else state.with_file(fid))
        return answer

    def select_path(self, path: bytes, *, fcp: bool = False, from_current: bool = False, what: str = "") -> bytes:
        """SELECT by path, two bytes per step, from the MF (3F00 may lead) or from the current DF (§8.4.2).

        7FFF in front means the current application. A classic SIM knows no paths: each step is its own SELECT.
        Returns as `select_fid`.
        """
        if len(path) % 2 or not path:
            raise EncodeError(f"{path.hex() or 'nothing'} is not a path of file identifiers")
        fids = [int.from_bytes(path[at : at + 2]) for at in range(0, len(path), 2)]
        if not from_current and fids[0] == FID_MF and len(fids) > 1:
            fids = fids[1:]
        name = what or "/".join(f"{fid:04X}" for fid in fids)
        if self.is_sim:
            return self._select_step_by_step(fids, fcp, from_current, name)
        if fids == [FID_MF]:
            return self.select_mf(fcp=fcp)
        p1 = _SELECT_PATH_FROM_DF if from_current else _SELECT_PATH_FROM_MF
        answer = self._select(p1, b"".join(fid.to_bytes(2) for fid in fids), fcp, name)
        state = self.selection if from_current else Selection(aid=self.selection.aid)
        for fid in fids[:-1]:
            state = state.below(fid)
        is_directory = self._is_directory(fids[-1], answer, None)
        self._select_state(state.below(fids[-1]) if is_directory else state.with_file(fids[-1]))
        return answer

    def select_aid(self, aid: bytes, *, fcp: bool = False, terminate: bool = False, what: str = "") -> bytes:
        """SELECT an application by its AID, which may be cut on the right (TS 102 221 §11.1.1, P1 = 04).

        `terminate` ends the application's session instead. Returns the FCP template if `fcp`.
        """
        self._uicc_only("SELECT by AID")
        p2_base = _TERMINATE_APPLICATION if terminate else 0
        answer = self._select(_SELECT_BY_AID, aid, fcp, what or f"application {aid.hex()}", p2_base)
        if aid != self.selection.aid or terminate:
            self.verified = frozenset(ref for ref in self.verified if not is_local(ref))
        self._select_state(Selection() if terminate else Selection((FID_ADF,), aid=aid))
        return answer

    def select_parent(self, *, fcp: bool = False, what: str = "") -> bytes:
        """SELECT the parent of the current DF (P1 = 03). Returns as `select_fid`."""
        self._uicc_only("SELECT of the parent")
        answer = self._select(_SELECT_PARENT, b"", fcp, what or "the parent directory")
        state = self.selection
        parents = state.directory[:-1] or (FID_MF,)
        self._select_state(Selection(parents, aid=state.aid))
        return answer

    def status(self, length: int | None = None, *, info: StatusInfo = StatusInfo.NONE, what: str = "") -> bytes:
        """STATUS: the FCP of the current DF (class A0: its classic response), as SELECT gives it (§11.1.2).

        `length` of bytes wanted; None asks the card how many there are.
        """
        if self.is_sim:
            command = self._command(Ins.STATUS, 0, 0, le=length or SHORT_LE_MAX)
        else:
            command = self._proprietary(Ins.STATUS, info, 0, le=length or SHORT_LE_MAX)
        return self.transact(command, what=what).data

    def read_binary(
        self, length: int, offset: int = 0, sfi: int | None = None, *, what: str = "", secret: bool = False
    ) -> bytes:
        """READ BINARY, in as many commands as it takes (TS 102 221 §11.1.3).

        Returns `length` bytes, or fewer where the file ends. With `sfi` the file becomes the current one.
        """
        content = b""
        while len(content) < length:
            piece = min(length - len(content), SHORT_LE_MAX)
            p1, p2 = self._position(offset + len(content), sfi, what)
            command = self._command(Ins.READ_BINARY, p1, p2, le=piece)
            data = self.transact(command, what=what, secret=secret).data
            self._now_current(sfi)
            sfi = None
            content += data
            if len(data) < piece:
                break
        return content[:length]

    def update_binary(
        self, data: bytes, offset: int = 0, sfi: int | None = None, *, what: str = "", secret: bool = False
    ) -> None:
        """UPDATE BINARY, in as many commands as it takes (TS 102 221 §11.1.4)."""
        for start in range(0, len(data), SHORT_LC_MAX):
            p1, p2 = self._position(offset + start, sfi, what)
            command = self._command(Ins.UPDATE_BINARY, p1, p2, data[start : start + SHORT_LC_MAX])
            self.transact(command, what=what, secret=secret)
            self._now_current(sfi)
            sfi = None

    def read_record(
        self,
        number: int,
        length: int | None,
        sfi: int | None = None,
        *,
        mode: RecordMode = RecordMode.ABSOLUTE,
        what: str = "",
        secret: bool = False,
    ) -> bytes:
        """READ RECORD (TS 102 221 §11.1.5). `length` None asks the card; `number` 0 is the current record."""
        command = self._command(Ins.READ_RECORD, number, self._record_p2(sfi, mode, what), le=length or SHORT_LE_MAX)
        data = self.transact(command, what=what, secret=secret).data
        self._now_current(sfi)
        return data

    def update_record(
        self,
        number: int,
        data: bytes,
        sfi: int | None = None,
        *,
        mode: RecordMode = RecordMode.ABSOLUTE,
        what: str = "",
        secret: bool = False,
    ) -> None:
        """UPDATE RECORD (TS 102 221 §11.1.6). `data` is the whole record; `number` is 0 unless ABSOLUTE."""
        if len(data) > SHORT_LC_MAX:
            raise EncodeError(f"{what or 'a record'}: {len(data)} bytes are more than a record holds")
        command = self._command(Ins.UPDATE_RECORD, number, self._record_p2(sfi, mode, what), data)
        self.transact(command, what=what, secret=secret)
        self._now_current(sfi)

    def search_record(
        self, pattern: bytes, *, start: int = 1, backward: bool = False, sfi: int | None = None, what: str = ""
    ) -> tuple[int, ...]:
        """Numbers of the records that hold `pattern` (SEARCH RECORD, TS 102 221 §11.1.7, simple search).

        A classic SIM (SEEK type 2) names the first only, from the first record on.
        """
        if self.is_sim:
            command = self._command(Ins.SEARCH_RECORD, 0, _SEEK_FROM_START, pattern, 1)
            missing = _SW_NOT_FOUND_SIM
        else:
            p2 = (checked_sfi(sfi, what) << 3 if sfi else 0) | (0x05 if backward else 0x04)
            command = self._command(Ins.SEARCH_RECORD, start, p2, pattern, SHORT_LE_MAX)
            missing = _SW_NO_RECORD
        answer = self.transact(command, what=what, accept=(missing, _SW_NOT_FOUND))
        self._now_current(sfi)
        return () if answer.sw in (missing, _SW_NOT_FOUND) else tuple(answer.data)

    def increase(self, value: bytes, *, sfi: int | None = None, what: str = "") -> bytes:
        """INCREASE a cyclic file by a number of as many bytes as `value` (TS 102 221 §11.1.8; SIM: 3 bytes).

        Returns the new record, then the value added.
        """
        p1 = sfi_p1(sfi, what) if sfi and not self.is_sim else 0
        command = self._proprietary(Ins.INCREASE, p1, 0, value, SHORT_LE_MAX)
        data = self.transact(command, what=what).data
        self._now_current(sfi)
        return data

    def _select(self, p1: int, data: bytes, fcp: bool, what: str, p2_base: int = 0) -> bytes:
        """One SELECT. Class A0 offers its response always; it is fetched only if wanted."""
        p2 = 0 if self.is_sim else p2_base | (_RETURN_FCP if fcp else _RETURN_NOTHING)
        command = self._command(Ins.SELECT, p1, p2, data, SHORT_LE_MAX if fcp else None)
        answer = self.transact(command, what=what)
        return answer.data if fcp else b""

    def _select_step_by_step(self, fids: list[int], fcp: bool, from_current: bool, what: str) -> bytes:
        if not from_current and fids[0] != FID_MF:
            fids = [FID_MF, *fids]
        answer = b""
        for index, fid in enumerate(fids):
            last = index == len(fids) - 1
            answer = self.select_fid(fid, fcp=fcp and last, directory=None if last else True, what=what)
        return answer

    def _is_directory(self, fid: int, answer: bytes, told: bool | None) -> bool:
        """From the caller, else from the card's answer, else from the customary ranges of identifiers."""
        if told is None:
            told = _says_directory(answer, self.is_sim)
        return fid >> 8 in (0x3F, 0x5F, 0x7F) if told is None else told

    def _position(self, offset: int, sfi: int | None, what: str) -> tuple[int, int]:
        """P1 and P2 of the commands on transparent files."""
        if sfi is not None:
            self._uicc_only("a short file identifier")
            if offset > _MAX_OFFSET_WITH_SFI:
                raise EncodeError(f"{what or 'file'}: offset {offset} does not go with a short file identifier")
            return sfi_p1(sfi, what), offset
        if not 0 <= offset <= _MAX_OFFSET:
            raise EncodeError(f"{what or 'file'}: offset {offset} is outside 0 to {_MAX_OFFSET}")
        return offset >> 8, offset & 0xFF

    def _record_p2(self, sfi: int | None, mode: RecordMode, what: str) -> int:
        if sfi is None:
            return mode
        self._uicc_only("a short file identifier")
        return checked_sfi(sfi, what) << 3 | mode

    def _now_current(self, sfi: int | None) -> None:
        """After a command with a short file identifier its file is the current one."""
        if sfi is not None:
            self._select_state(self.selection.with_file(None))


def _says_directory(answer: bytes, is_sim: bool) -> bool | None:
    """What the answer to SELECT says about the kind of file; None if there is none (§11.1.1.4.3, TS 51.011 §9.2.1)."""
    if is_sim:
        return answer[6] != 0x04 if len(answer) > 6 else None
    try:
        template = first(parse(answer), _FCP_TEMPLATE)
        descriptor = first(parse(template), _FILE_DESCRIPTOR) if template else None
    except DecodeError:
        return None
    return descriptor[0] & 0x38 == 0x38 if descriptor else None
