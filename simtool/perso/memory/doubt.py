"""PINs in doubt: a step that sets one began, and whether the card took it nobody knows.

The card then holds the old or the new value, and only a VERIFY tells which. The new one goes first: where it is wrong,
one try is gone and the old one, which was right before, gives it back. Nothing is sent with too few tries left.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.card.session import Session
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError, StatusError, WrongPinError
from simtool.files.product import CardModel
from simtool.perso.authorise import DISABLED, SAFE_TRIES, Memory, memory_of
from simtool.perso.memory.attempts import Attempts, Outcome
from simtool.perso.steps import ChangePin, SendCommand, Step, WriteBytes


def pins_set(step: Step, model: CardModel) -> Mapping[str, Secret]:
    """The PINs, PUKs (`PUK1` is that of `PIN1`) and ADM codes that `step` gives a value, by name."""
    match step:
        case ChangePin(pin=pin, new=new):
            return {pin: new}
        case SendCommand(name=name, apdu=apdu):
            command = next(command for command in model.commands if command.name == name)
            found = command.match(apdu) or {}
            names = dict(command.pins) | {hole: puk_of(pin) for hole, pin in command.puks}
            return {name: Secret(found[hole], kind=name.lower()) for hole, name in names.items() if hole in found}
        case WriteBytes(unit=unit, offset=0, data=data):
            return _in_file(unit.path, data, model)
    return {}


def _in_file(path: object, data: bytes, model: CardModel) -> dict[str, Secret]:
    pin = next((pin for pin in model.pins if pin.file is not None and model.source(pin.file) == path), None)
    layout = model.file(model.source(pin.file)).layout if pin is not None and pin.file is not None else None
    if pin is None or layout is None:
        return {}
    fields = layout.decode(data)
    values = {pin.name: fields.get("pin"), puk_of(pin.name): fields.get("puk")}
    return {name: Secret(value, kind=name.lower()) for name, value in values.items() if isinstance(value, bytes)}


def puk_of(pin: str) -> str:
    return pin.replace("PIN", "PUK") if pin.startswith("PIN") else f"PUK of {pin}"


def present_either(
    session: Session,
    pin: str,
    ref: int,
    new: Secret,
    old: Secret,
    *,
    min_tries: int = SAFE_TRIES,
    attempts: Attempts | None = None,
    iccid: str = "",
) -> bool | None:
    """VERIFY with `new`, and if that is wrong with `old`. True: the card holds the new one, False: the old one; None:
    it asks for neither now, so it cannot be told.

    A card that does not tell its counter is asked only if the old value was right when it was sent last: its counter is
    full then. Raises `RefusedError` when the counter is below `min_tries`, or when both are wrong.
    """
    memory = memory_of(session, attempts, iccid) or Memory(Attempts(), iccid)
    state = session.pin_state(ref, what=pin)
    if state.disabled or state.verified:
        return None
    doubt = f"{pin} was being changed when the card was lost: it is the old or the new value"
    if state.tries is None and not memory.attempts.was_right(memory.iccid, pin, old):
        raise RefusedError(f"{doubt}, and the card does not tell its tries", hint="find out with another tool")
    if state.tries is not None and state.tries < min_tries:
        raise RefusedError(
            f"{doubt}, and it has {state.tries} tries left",
            hint=f"allow two of them at most with --min-tries {state.tries}",
        )
    for value, is_new in ((new, True), (old, False)):
        memory.attempts.note(memory.iccid, pin, value, Outcome.SENT, tries=state.tries)
        try:
            session.verify_pin(ref, value.reveal(), what=pin)
        except WrongPinError as error:
            memory.attempts.note(memory.iccid, pin, value, Outcome.WRONG, tries=state.tries)
            if error.tries_left in (0, 1):
                break  # never the last one
            continue
        except StatusError as error:
            memory.attempts.note(memory.iccid, pin, value, Outcome.NOT_SPENT, tries=state.tries)
            if error.sw not in DISABLED:
                raise
            return None
        memory.attempts.changed(memory.iccid, pin)
        memory.attempts.note(memory.iccid, pin, value, Outcome.RIGHT, tries=state.tries)
        return is_new
    raise RefusedError(
        f"{pin} was being changed when the card was lost, and the card takes neither the old nor the new value",
        hint="was the card programmed by somebody else in between? Compare with its papers before another try",
    )
