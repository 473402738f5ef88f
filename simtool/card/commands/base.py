"""What every command of a session needs: the link, the class, the logical channel, and what is selected."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from simtool.card.instructions import CLA_PROPRIETARY, CLA_SIM, CLA_UICC, Ins, command_name
from simtool.card.processors import ApduLink, ChannelLink
from simtool.card.status import BASE, explain
from simtool.card.transport import Transport
from simtool.codec.apdu import SW_OK, CommandApdu, ResponseApdu, StatusWord
from simtool.errors import EncodeError, RefusedError, StatusError

SIM_CONTEXT = "sim_2g"
SW_DAMAGED = 0x6281
FID_MF = 0x3F00
FID_ADF = 0x7FFF


class CommandClass(enum.IntEnum):
    """How the card is spoken to: as a UICC (TS 102 221) or as a classic SIM (TS 51.011)."""

    UICC = CLA_UICC
    SIM = CLA_SIM


@dataclass(frozen=True, slots=True)
class Selection:
    """What is known to be selected on one channel. `directory` runs from MF (3F00) or the application (7FFF) down.

    `file` is None when no EF is selected, or one whose identifier is not known (it was reached by SFI).
    """

    directory: tuple[int, ...] = (FID_MF,)
    file: int | None = None
    aid: bytes | None = None

    @property
    def path(self) -> tuple[int, ...]:
        return self.directory if self.file is None else (*self.directory, self.file)

    def __str__(self) -> str:
        return "/".join(f"{fid:04X}" for fid in self.path)

    def with_file(self, fid: int | None) -> Selection:
        return replace(self, file=fid)

    def with_directory(self, fid: int) -> Selection:
        """After SELECT by identifier of a directory (TS 102 221 §8.4.1): itself, a parent, a sibling or a child.

        The identifier alone does not tell child from sibling; the customary ranges do: 7Fxx hangs below the
        MF, 5Fxx below a 7Fxx or an application.
        """
        if fid in (FID_MF, FID_ADF):
            return self.below(fid)
        if fid in self.directory:
            return Selection(self.directory[: self.directory.index(fid) + 1], aid=self.aid)
        if fid >> 8 == 0x7F:
            return Selection((FID_MF, fid), aid=self.aid)
        parents = self.directory
        while len(parents) > 1 and fid >> 8 == 0x5F and parents[-1] >> 8 == 0x5F:
            parents = parents[:-1]
        return Selection((*parents, fid), aid=self.aid)

    def below(self, fid: int) -> Selection:
        """One step down to a directory; 3F00 and 7FFF (the current application) start anew."""
        parents = () if fid in (FID_MF, FID_ADF) else self.directory
        return Selection((*parents, fid), aid=self.aid)


def is_local(ref: int) -> bool:
    """Whether a key reference is one of an application's own: what it proved ends with the application's session
    (TS 102 221 §9.5.1, table 9.3: 81 and up).
    """
    return ref > 0x80


class CommandBase:
    """A card in use, as far as all commands share it. Is itself an `ApduLink` (current logical channel)."""

    def __init__(
        self, link: ApduLink, transport: Transport, *, command_class: CommandClass = CommandClass.UICC
    ) -> None:
        self.transport = transport
        self.command_class = command_class
        self.last_sw: StatusWord = SW_OK
        self.pin_memory: object = None
        """What a program remembers of the PINs that were tried on this card; the session only carries it."""
        self._link = link
        self._forget_state()

    def _forget_state(self) -> None:
        self.channel = 0
        self.verified: frozenset[int] = frozenset()
        self._selections: dict[int, Selection] = {0: Selection()}

    @property
    def is_sim(self) -> bool:
        """True when commands go out in class A0."""
        return self.command_class is CommandClass.SIM

    @property
    def selection(self) -> Selection:
        """What is selected on the current channel, as far as the commands sent so far tell."""
        return self._selections[self.channel]

    def _select_state(self, selection: Selection) -> None:
        self._selections[self.channel] = selection

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        """Send on the current logical channel and hand back whatever the card says."""
        answer = ChannelLink(self._link, self.channel).send(command, secret=secret)
        self.last_sw = answer.sw
        return answer

    def transact(
        self,
        command: CommandApdu,
        *,
        what: str = "",
        context: str = "",
        secret: bool = False,
        accept: tuple[int, ...] = (),
    ) -> ResponseApdu:
        """Send, and raise `StatusError` unless the card did what it was told (a warning passes, except 6281).

        `what` names the file or object for the error message, `context` the table of status words, `accept` the
        error status words that the caller deals with.
        """
        answer = self.send(command, secret=secret)
        if answer.sw in accept:
            return answer
        context = context or (SIM_CONTEXT if command.cla == CLA_SIM else BASE)
        if not explain(answer.sw, context).succeeded or answer.sw == SW_DAMAGED:
            raise self.failure(command, answer.sw, what=what, context=context)
        return answer

    def failure(self, command: CommandApdu, sw: StatusWord, *, what: str = "", context: str = BASE) -> StatusError:
        """The error for a refused command: its name, the file, the status word in words. Never the data."""
        meaning = explain(sw, context)
        subject = f"{command_name(command)} of {what or self.selection}"
        return StatusError(f"{subject}: {sw} {meaning.text}", sw=sw, hint=meaning.hint)

    def _command(self, ins: Ins, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> CommandApdu:
        """A command that has the same instruction in both worlds: class 00 or A0."""
        return CommandApdu(self.command_class, ins, p1, p2, data, le)

    def _proprietary(self, ins: Ins, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> CommandApdu:
        """A command of class 80 for a UICC, A0 for a SIM."""
        return CommandApdu(CLA_SIM if self.is_sim else CLA_PROPRIETARY, ins, p1, p2, data, le)

    def _uicc_only(self, name: str) -> None:
        if self.is_sim:
            raise RefusedError(f"{name} does not exist for a classic SIM (class A0)")


def sfi_p1(sfi: int, name: str) -> int:
    """P1 that carries a short file identifier (TS 102 221 §11.1.3). Raises `EncodeError` outside 1 to 30."""
    return 0x80 | checked_sfi(sfi, name)


def checked_sfi(sfi: int, name: str) -> int:
    if not 1 <= sfi <= 30:
        raise EncodeError(f"{name or 'file'}: short file identifier {sfi} is outside 1 to 30")
    return sfi
