"""The steps of a plan, and the plan: values that can be printed (secrets masked), stored, compared and executed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simtool.codec import tlv
from simtool.crypto.secret import Secret
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.application_steps import ApplicationWrite, OpenChannel
from simtool.perso.image import Unit, units_of

SHOWN = 60  # characters of a value in a plan


@dataclass(frozen=True, slots=True)
class PresentPin:
    """Prove the right to write: VERIFY with a PIN or ADM."""

    pin: str
    ref: int
    value: Secret
    origin: str = ""

    @property
    def place(self) -> str:
        return self.pin

    @property
    def action(self) -> str:
        return f"present {self.pin} (reference {self.ref:02X})"


@dataclass(frozen=True, slots=True)
class UnitStep:
    """A step that writes one unit."""

    unit: Unit

    @property
    def units(self) -> tuple[Unit, ...]:
        return (self.unit,)

    @property
    def place(self) -> str:
        return str(self.unit)


@dataclass(frozen=True, slots=True)
class WriteBytes(UnitStep):
    """UPDATE BINARY of a range, or UPDATE RECORD of one whole record (`unit.record` tells)."""

    offset: int
    data: bytes
    secret: bool
    origin: str
    meaning: str = ""

    @property
    def action(self) -> str:
        """What is written, in words where the coding is known; never the bytes of a secret."""
        if self.secret:
            return f"write {len(self.data)} secret bytes"
        return _shown(self.meaning or f"write {self.data.hex()}" + (f" at {self.offset}" if self.offset else ""))

    def __repr__(self) -> str:
        return f"WriteBytes({self.place}: {self.action})"


@dataclass(frozen=True, slots=True)
class ActivateFile:
    """Switch a deactivated file on (ACTIVATE FILE, TS 102 222 §6.10); otherwise it takes no UPDATE."""

    unit: Unit
    origin: str

    @property
    def place(self) -> str:
        return str(self.unit.path)

    @property
    def action(self) -> str:
        return "activate"


@dataclass(frozen=True, slots=True)
class PushRecords:
    """UPDATE RECORD in mode PREVIOUS, once per record, oldest first: the only way to write a cyclic file
    (TS 102 221 §11.1.6). `wanted` are all its records afterwards, newest first.
    """

    path: FilePath
    records: tuple[bytes, ...] = field(repr=False)
    wanted: tuple[bytes, ...] = field(repr=False)
    secret: bool
    origin: str

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple(Unit(self.path, number) for number in range(1, len(self.wanted) + 1))

    @property
    def place(self) -> str:
        return str(self.path)

    @property
    def action(self) -> str:
        return f"write {len(self.records)} of {len(self.wanted)} records"

    def rest(self, now: Sequence[bytes]) -> PushRecords:
        """The same step on a card that has some of it already."""
        return replace(self, records=records_to_push(now, self.wanted))


def records_to_push(now: Sequence[bytes | None], wanted: Sequence[bytes]) -> tuple[bytes, ...]:
    """The fewest records to write, oldest first, so that a cyclic file holds `wanted`; None in `now` is not known."""
    size = len(wanted)
    fewest = next(count for count in range(size + 1) if list(now[: size - count]) == list(wanted[count:]))
    return tuple(reversed(wanted[:fewest]))


@dataclass(frozen=True, slots=True)
class WriteObject(UnitStep):
    """SET DATA (TS 102 221 §11.3.2): a data object of a BER-TLV file gets this value, or (None) is deleted."""

    value: bytes | None = field(repr=False)
    secret: bool
    origin: str

    @property
    def content(self) -> bytes:
        """The object as the card gives it back; empty if it is deleted."""
        return b"" if self.value is None else tlv.encode(self.unit.tag, self.value)

    @property
    def action(self) -> str:
        if self.value is None:
            return "delete"
        if self.secret:
            return f"write {len(self.value)} secret bytes"
        return _shown(f"write {self.value.hex()}")


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


@dataclass(frozen=True, slots=True)
class StructureStep:
    """A step that changes which files there are, or how big they are, not what others hold.

    `before` and `after` are the file without and with this step, None where there is none. `template` is what the
    command carries (`simtool.codec.file_template`).
    """

    path: FilePath
    before: FileSpec | None
    after: FileSpec | None
    template: bytes
    origin: str

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units whose content is cut or gone afterwards."""
        if self.before is None:
            return ()
        return tuple(unit for unit in units_of(self.before) if self.after is None or self._cuts(unit))

    def _cuts(self, unit: Unit) -> bool:
        if self.before is None or self.after is None:
            return False
        if unit.record:
            return unit.record > self.after.shape.records
        return self.after.shape.size < self.before.shape.size

    @property
    def place(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class CreateFile(StructureStep):
    """CREATE FILE (TS 102 222 §6.3). `irreversible` where the product would never let it be deleted again."""

    irreversible: bool = False

    @property
    def action(self) -> str:
        made = self.after
        if made is None or made.type.is_directory:
            return "make this directory"
        return f"make this file: {made.shape}" + (" (for good)" if self.irreversible else "")


@dataclass(frozen=True, slots=True)
class ResizeFile(StructureStep):
    """RESIZE FILE (TS 102 222 §6.10): what is added is filled by the card, what is cut is lost."""

    @property
    def action(self) -> str:
        shapes = [spec.shape if spec is not None else None for spec in (self.before, self.after)]
        return f"resize from {shapes[0]} to {shapes[1]}"

    @property
    def cuts(self) -> bool:
        return bool(self.units)


@dataclass(frozen=True, slots=True)
class DeleteFile(StructureStep):
    """DELETE FILE (TS 102 222 §6.4): the file and its content are gone."""

    @property
    def action(self) -> str:
        return "delete"


@dataclass(frozen=True, slots=True)
class SendCommand:
    """A command of the vendor's own that stores what no UPDATE reaches. `apdu` is the whole command, keys and all."""

    name: str
    apdu: bytes = field(repr=False)
    units: tuple[Unit, ...]
    origin: str

    @property
    def place(self) -> str:
        return ", ".join(map(str, self.units)) or "PINs"

    @property
    def action(self) -> str:
        return f"{self.name} ({len(self.apdu)} secret bytes)"


@dataclass(frozen=True, slots=True)
class PinStep:
    """A step about a PIN as such: no file that could be read back holds it."""

    pin: str
    ref: int

    @property
    def units(self) -> tuple[Unit, ...]:
        return ()

    @property
    def place(self) -> str:
        return self.pin


@dataclass(frozen=True, slots=True)
class ChangePin(PinStep):
    """CHANGE PIN (TS 102 221 §11.1.10): the old value opens, the new one is what counts from then on."""

    old: Secret
    new: Secret
    origin: str

    @property
    def action(self) -> str:
        return f"change {self.pin}"


@dataclass(frozen=True, slots=True)
class SwitchPin(PinStep):
    """ENABLE or DISABLE PIN (TS 102 221 §11.1.11, §11.1.12)."""

    value: Secret
    on: bool
    origin: str

    @property
    def action(self) -> str:
        return f"{'ask for' if self.on else 'no longer ask for'} {self.pin}"


Restructuring = CreateFile | ResizeFile | DeleteFile
ContentStep = WriteBytes | PushRecords | WriteObject
Right = PresentPin | OpenChannel
FileWrite = ContentStep | Restructuring | SendCommand | ChangePin | SwitchPin
Write = FileWrite | ApplicationWrite
Step = Right | ActivateFile | Write


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered steps for one card.

    `iccid` is the wanted one, `card_iccid` that of the card the plan was made for (empty if it was not read); `state`
    is the digest of the content of `units`, those that could be read. `model` is the product with the files that it has
    once the plan is done.
    """

    model: CardModel
    iccid: str
    card_iccid: str
    steps: tuple[Step, ...]
    state: str
    units: tuple[Unit, ...]

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def model_before(self) -> CardModel:
        """The product with the files that the card has before."""
        changed = {step.path: step.before for step in self.steps if isinstance(step, StructureStep)}
        return self.model.with_files(changed)

    @property
    def model_during(self) -> CardModel:
        """The product with every file that some step names."""
        gone = {step.path: step.before for step in self.steps if isinstance(step, DeleteFile)}
        return self.model.with_files(gone)

    @property
    def writes(self) -> tuple[Write, ...]:
        """The steps that change content."""
        return tuple(step for step in self.steps if isinstance(step, Write))

    def __str__(self) -> str:
        if not self.steps:
            return f"{self.model.name} {self.iccid}: nothing to change"
        lines = [f"{self.model.name} {self.iccid}: {len(self.writes)} writes"]
        for step in self.steps:
            because = f"  ({step.origin})" if step.origin else ""
            lines.append(f"  {step.place}: {step.action}{because}")
        return "\n".join(lines)
