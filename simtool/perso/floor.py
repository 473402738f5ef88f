"""The arithmetic floor of a plan: the fewest TPDUs and bytes in which its content can be written at all (T=0).

Counted from the plan's writes and the product's tree, never by sending: it judges what is sent. What goes into it:

- each PIN once, by a VERIFY that already knows it is right: no counter is asked;
- each file while it is selected, every directory entered once: a short file identifier selects along with the UPDATE,
  one SELECT by path reaches a file below the MF or the current application, an application takes a SELECT by its AID;
  in class A0 each directory and each file takes a SELECT of its own (TS 51.011 §8.1);
- each file made, enlarged or deleted by one command; one that was made is current (TS 102 222 §6.3);
- each range or record by one UPDATE of exactly its bytes; and for the floor with reading back, one READ of the same.

Applets and access rules are not content of files and not counted; `scripts/bench` has a floor of its own for them.

A TPDU has five bytes of header, a procedure byte where data follows, and two bytes of status (ISO/IEC 7816-3 §10.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simtool.card.files import SFI_OFFSETS
from simtool.card.meter import MeterReading
from simtool.codec.access import AccessMode
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel
from simtool.files.specs import PIN_LENGTH
from simtool.perso.access import NEVER, right
from simtool.perso.rooms import speaks_as_sim
from simtool.perso.steps import (
    ActivateFile,
    ChangePin,
    CreateFile,
    Plan,
    PresentPin,
    SendCommand,
    StructureStep,
    SwitchPin,
    WriteBytes,
)

HEADER, PROCEDURE, STATUS = 5, 1, 2
FID = 2


def floor(plan: Plan, *, read_back: bool = False) -> MeterReading:
    """TPDUs and bytes below which nobody can write what this plan writes, on a card just reset."""
    sizes = list(_selects(plan))
    for step in plan.steps:
        match step:
            case PresentPin() | SwitchPin():
                sizes.append(_tpdu(PIN_LENGTH))
            case ChangePin():
                sizes.append(_tpdu(2 * PIN_LENGTH))
            case SendCommand(apdu=apdu):
                sizes.append(_tpdu(len(apdu) - HEADER))
            case ActivateFile():
                sizes.append(_tpdu(0))
            case StructureStep(template=template):
                sizes.append(_tpdu(len(template)))
            case WriteBytes(unit=unit, data=data):
                sizes.append(_tpdu(len(data)))
                if read_back and right(plan.model, unit.path, AccessMode.READ) != NEVER:
                    sizes.append(_tpdu(len(data)))
    return MeterReading(len(sizes), sum(sizes))


def _tpdu(data: int) -> int:
    return HEADER + (PROCEDURE + data if data else 0) + STATUS


def _selects(plan: Plan) -> Iterator[int]:
    """The size of each SELECT that cannot be saved."""
    model, first = plan.model, dict[FilePath, int]()
    made = {step.path for step in plan.steps if isinstance(step, CreateFile)}
    for step in plan.steps:
        if isinstance(step, WriteBytes) and step.unit.path not in made:
            first.setdefault(step.unit.path, step.offset)
        elif isinstance(step, ActivateFile):
            first[step.unit.path] = SFI_OFFSETS  # ACTIVATE FILE takes no short file identifier
    if speaks_as_sim(model):
        directories = {parent for path in first for parent in _parents(path)}
        yield from (_tpdu(FID) for _ in (*directories, *first))
        return
    for application in dict.fromkeys(path.application for path in first):
        if application is not None:
            yield _tpdu(len(model.file(application).aid or b""))
    for directory in dict.fromkeys(path.parent or MF for path in first):
        files = [path for path in first if (path.parent or MF) == directory]
        yield from _in_directory(directory, [path for path in files if not _by_sfi(model, path, first[path])])


def _in_directory(directory: FilePath, selected: list[FilePath]) -> Iterable[int]:
    """One SELECT for each file without a usable short identifier; the first also enters the directory."""
    start = directory.application or MF
    below = len(directory.parts) - len(start.parts)
    from_application = int(start != MF)  # a path below the current application begins with 7FFF
    if not selected:
        return (_tpdu(FID * (from_application + below)),) if below else ()
    entering = _tpdu(FID * (from_application + below + 1)) if below else _tpdu(FID)
    return (entering, *(_tpdu(FID) for _ in selected[1:]))


def _by_sfi(model: CardModel, path: FilePath, offset: int) -> bool:
    return model.file(path).sfi is not None and offset < SFI_OFFSETS


def _parents(path: FilePath) -> Iterator[FilePath]:
    """The directories above, without the MF."""
    parent = path.parent
    while parent is not None and parent != MF:
        yield parent
        parent = parent.parent
