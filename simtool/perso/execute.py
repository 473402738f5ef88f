"""One step of a plan on the card, and the check that the card holds it now."""

from __future__ import annotations

from simtool.card.files import CardFiles
from simtool.codec.access import AccessMode
from simtool.errors import StatusError
from simtool.files.product import CardModel
from simtool.perso.access import NEVER, right
from simtool.perso.steps import (
    ActivateFile,
    ChangePin,
    ContentStep,
    CreateFile,
    DeleteFile,
    FileWrite,
    PushRecords,
    ResizeFile,
    SendCommand,
    StructureStep,
    SwitchPin,
    WriteBytes,
    WriteObject,
)
from simtool.perso.survey import NOT_FOUND, shape_of


def execute(step: ActivateFile | FileWrite, card_files: CardFiles) -> None:
    """Do it. Raises `CardError` when the card refuses or goes away."""
    match step:
        case ActivateFile(unit=unit):
            card_files.activate(unit.path)
        case PushRecords(path=path, records=records):
            for record in records:
                card_files.push_record(path, record)
        case WriteObject(unit=unit, value=value):
            card_files.write_object(unit.path, unit.tag, value)
        case CreateFile(path=path, template=template):
            card_files.create(path, template)
        case ResizeFile(path=path, template=template):
            card_files.resize(path, template)
        case DeleteFile(path=path):
            card_files.delete(path)
        case SendCommand(apdu=apdu, name=name):
            card_files.send_command(apdu, what=name)
        case ChangePin(pin=pin, ref=ref):
            card_files.session.change_pin(ref, step.old.reveal(), step.new.reveal(), what=pin)
        case SwitchPin(pin=pin, ref=ref, on=True):
            card_files.session.enable_pin(ref, step.value.reveal(), what=pin)
        case SwitchPin(pin=pin, ref=ref):
            card_files.session.disable_pin(ref, step.value.reveal(), what=pin)
        case WriteBytes(unit=unit) if unit.record:
            card_files.write_record(unit.path, unit.record, step.data)
        case WriteBytes(unit=unit):
            card_files.write_range(unit.path, step.offset, step.data)


def holds(step: ActivateFile | FileWrite, card_files: CardFiles, model: CardModel) -> bool:
    """Read the written bytes back; what can never be read is left to the proof by authentication.

    Of a file that was made, resized or deleted the card tells itself.
    """
    if isinstance(step, StructureStep):
        return is_done(step, card_files)
    if not isinstance(step, ContentStep) or right(model, step.units[0].path, AccessMode.READ) == NEVER:
        return True
    if isinstance(step, PushRecords):
        return read_all(step, card_files) == step.wanted
    if isinstance(step, WriteObject):
        return card_files.read_object(step.unit.path, step.unit.tag) == step.content
    if step.unit.record:
        return card_files.read_record(step.unit.path, step.unit.record) == step.data
    return card_files.read_range(step.unit.path, step.offset, len(step.data)) == step.data


def read_all(step: PushRecords, card_files: CardFiles) -> tuple[bytes, ...]:
    """Every record of the cyclic file, newest first."""
    return tuple(card_files.read_record(step.path, unit.record) for unit in step.units)


def is_done(step: StructureStep, card_files: CardFiles) -> bool:
    """Whether the card's files are as after this step; asks the card, and spends nothing."""
    try:
        answer = card_files.describe(step.path)
    except StatusError as error:
        card_files.forget()
        if error.sw in NOT_FOUND:
            return step.after is None
        raise
    if step.after is None:
        return False
    return step.after.type.is_directory or shape_of(answer, is_sim=card_files.session.is_sim) == step.after.shape
