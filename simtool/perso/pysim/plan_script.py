"""A plan as a script for pySim-shell (`run_script FILE`), for benches that have pySim and not us.

Files are named by their identifiers below the application, which every version of pySim understands, also for files
that it does not know; the comment before says the name and the reason. Keys and codes are left out unless they are
asked for: then ADMs and PINs come from pySim's own `--csv` where it can look them up, and what cannot be written
without a secret stands in a comment. pySim-shell goes on after an error, so a card is good only after `simtool verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from simtool.card.instructions import Ins
from simtool.codec import tlv
from simtool.codec.apdu import SHORT_LC_MAX
from simtool.crypto.secret import Secret
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.application_steps import AddAccessRule, ManageContent, OpenChannel
from simtool.perso.private_file import write_private
from simtool.perso.pysim.entries import printable
from simtool.perso.rooms import speaks_as_sim
from simtool.perso.steps import (
    ActivateFile,
    ChangePin,
    ContentStep,
    CreateFile,
    DeleteFile,
    Plan,
    PresentPin,
    PushRecords,
    ResizeFile,
    SendCommand,
    Step,
    StructureStep,
    SwitchPin,
    WriteBytes,
    WriteObject,
)

MASK = "********"
LINE = 160
PREVIOUS = 0x03
FIRST_BLOCK, NEXT_BLOCK = 0x80, 0x00
_VERIFY, _CHANGE, _DISABLE, _ENABLE = 0x20, 0x24, 0x26, 0x28
_ADM_NAMES = MappingProxyType(
    {0x0A: "ADM1", 0x0B: "ADM2", 0x0C: "ADM3", 0x0D: "ADM4", 0x0E: "ADM5",
     0x8A: "ADM6", 0x8B: "ADM7", 0x8C: "ADM8", 0x8D: "ADM9", 0x8E: "ADM10"}
)  # fmt: skip
"""What pySim calls these key references in `verify_adm --adm-type` (TS 102 221 §9.5.1)."""
_PINS_OF_CSV = range(0x01, 0x09)


def write_script(plan: Plan, path: Path, *, reveal: bool = False) -> None:
    """Write the script into a new file that only its owner can read (0600). Raises `InputError` when it exists."""
    write_private(path, format_script(plan, reveal=reveal))


def format_script(plan: Plan, *, reveal: bool = False) -> str:
    """The script's text. `reveal` puts the keys, PINs and ADMs into it."""
    return "\n".join([*_head(plan, reveal), *_body(plan, reveal), ""])


def _head(plan: Plan, reveal: bool) -> Iterator[str]:
    card = plan.card_iccid or plan.iccid
    yield f"# {plan.model.name} {card}: {len(plan.writes)} writes, for pySim-shell: run_script FILE"
    yield "# For this card only, as it was when the plan was made; afterwards: simtool verify"
    if not plan:
        yield "# Nothing to change."
    elif not any(map(_is_secret, plan.steps)):
        return
    elif reveal:
        yield "# THIS FILE HOLDS KEYS AND CODES OF THE CARD. Remove it when it has done its work."
    else:
        yield f"# Secrets are left out ({MASK}): lines with them do nothing, the card does not get its keys this way."
        yield "# Codes come from pySim-shell --csv FILE (simtool pysim export-csv --form card-data makes that file)."


def _body(plan: Plan, reveal: bool) -> Iterator[str]:
    selected: FilePath | None = None
    for step in plan.steps:
        because = f" ({step.origin})" if step.origin else ""
        yield ""
        yield printable(f"# {step.place}: {step.action}{because}", LINE)
        if isinstance(step, PresentPin) and "PIN" in step.pin:
            yield "# An error here does no harm if the PIN is switched off."
        command = _command(step, plan.model, reveal)
        target = _target(step)
        if target is not None and target != selected:
            hidden = "# " if command.startswith("#") else ""
            yield f"{hidden}select {address(plan.model, target)}"
            selected = selected if hidden else target
        yield command
        if isinstance(step, SendCommand | StructureStep):
            selected = None


def _is_secret(step: Step) -> bool:
    return (
        step.secret
        if isinstance(step, ContentStep)
        else not isinstance(step, ActivateFile | StructureStep | ManageContent | AddAccessRule)
    )


def _target(step: Step) -> FilePath | None:
    """What has to be selected before: the file, or the directory of one that is switched on or changes itself."""
    if isinstance(step, ContentStep):
        return step.units[0].path
    if isinstance(step, StructureStep):
        return step.path.parent or MF
    return (step.unit.path.parent or MF) if isinstance(step, ActivateFile) else None


def _command(step: Step, model: CardModel, reveal: bool) -> str:
    """The shell's command; a comment where it would have to say what is to stay unsaid."""
    match step:
        case WriteBytes():
            return _write(step, reveal)
        case PushRecords(records=records):
            hidden = step.secret and not reveal
            return "\n".join(_apdu(0x00, Ins.UPDATE_RECORD, record, p2=PREVIOUS, hidden=hidden) for record in records)
        case WriteObject():
            return _set_data(step, hidden=step.secret and not reveal)
        case ActivateFile():
            return f"activate_file {_part(model, step.unit.path)}"
        case CreateFile(template=data):
            return _apdu(0x00, Ins.CREATE_FILE, data)
        case ResizeFile(template=data):
            return _apdu(0x80, Ins.RESIZE_FILE, data)
        case DeleteFile(before=spec):
            return _apdu(0x00, Ins.DELETE_FILE, spec.fid.to_bytes(2) if spec is not None else b"")
        case OpenChannel() | ManageContent() | AddAccessRule():
            return "# not from here: simtool apply does it over a secure channel"
        case SendCommand():
            return f"apdu --expect-sw 9000 {step.apdu.hex()}" if reveal else f"# apdu {MASK}"
        case PresentPin():
            return _present(step, model) if reveal else _ask(step)
        case ChangePin():
            return _pin("change_chv", _CHANGE, step.ref, (step.old, step.new), model, reveal)
        case SwitchPin():
            word, instruction = ("enable_chv", _ENABLE) if step.on else ("disable_chv", _DISABLE)
            return _pin(word, instruction, step.ref, (step.value,), model, reveal)


def _apdu(cla: int, ins: int, data: bytes, *, p2: int = 0, hidden: bool = False, words: str = "9000") -> str:
    if hidden:
        return f"# apdu {MASK}"
    return f"apdu --expect-sw {words} {(bytes((cla, ins, 0, p2, len(data))) + data).hex()}"


def _set_data(step: WriteObject, *, hidden: bool) -> str:
    """SET DATA block by block; while more is expected the card says 63F1 (TS 102 221 §11.3.2)."""
    whole = step.content or tlv.encode_tag(step.unit.tag)
    lines = []
    for start in range(0, len(whole), SHORT_LC_MAX):
        last = start + SHORT_LC_MAX >= len(whole)
        data, p2 = whole[start : start + SHORT_LC_MAX], NEXT_BLOCK if start else FIRST_BLOCK
        lines.append(_apdu(0x80, Ins.SET_DATA, data, p2=p2, hidden=hidden, words="9000" if last else "63f1"))
    return "\n".join(lines)


def _write(step: WriteBytes, reveal: bool) -> str:
    hidden = step.secret and not reveal
    data, start = (MASK, "# ") if hidden else (step.data.hex(), "")
    if step.unit.record:
        return f"{start}update_record {step.unit.record} {data}"
    offset = f"--offset {step.offset} " if step.offset else ""
    return f"{start}update_binary {offset}{data}"


def _present(step: PresentPin, model: CardModel) -> str:
    """VERIFY with the code in it."""
    if step.ref in _ADM_NAMES:
        form = _digits(step.value) or f"--pin-is-hex {step.value.reveal().hex()}"
        return f"verify_adm --adm-type {_ADM_NAMES[step.ref]} {form}"
    return _pin("verify_chv", _VERIFY, step.ref, (step.value,), model, True)


def _ask(step: PresentPin) -> str:
    """The command that makes pySim look the code up by ICCID, where it can."""
    if step.ref in _ADM_NAMES:
        return f"verify_adm --adm-type {_ADM_NAMES[step.ref]}"
    if step.ref in _PINS_OF_CSV and step.pin == f"PIN{step.ref}":
        return f"verify_chv --pin-nr {step.ref}"
    return f"# verify_chv --pin-nr {step.ref} {MASK}"


def _pin(word: str, instruction: int, ref: int, values: tuple[Secret, ...], model: CardModel, reveal: bool) -> str:
    """A PIN command. The shell takes decimal digits, the newest PIN first; other values go as a command of ours."""
    if not reveal:
        return f"# {word} --pin-nr {ref} {MASK}"
    digits = [_digits(value) for value in values]
    if all(digits):
        return " ".join((word, "--pin-nr", str(ref), *reversed(digits)))
    cla = 0xA0 if speaks_as_sim(model) else 0x00
    data = b"".join(value.reveal() for value in values)
    return f"apdu --expect-sw 9000 {(bytes((cla, instruction, 0, ref, len(data))) + data).hex()}"


def _digits(value: Secret) -> str:
    digits = value.reveal().rstrip(b"\xff")
    return digits.decode() if 4 <= len(digits) and digits.isdigit() else ""


def address(model: CardModel, path: FilePath) -> str:
    """The path for `select`: MF, applications by name, everything below by identifier."""
    parent = path.parent
    return _part(model, path) if parent is None else f"{address(model, parent)}/{_part(model, path)}"


def _part(model: CardModel, path: FilePath) -> str:
    spec = model.file(path)
    if path == MF or (spec.type is FileType.ADF and not speaks_as_sim(model)):
        return path.name
    return f"{spec.fid:04x}"
