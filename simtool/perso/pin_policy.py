"""PINs, PUKs and ADM codes: what they shall become, and by which way this product lets them be changed.

Three ways, in this order: a file of the product that holds the PIN (layout fields `pin`, `puk`, `disabled`), a command
of the vendor's own, and the standard's CHANGE PIN, which needs the old value and cannot change a PUK. None of them can
be read back, so the record knows what the card holds now (`credentials`) and what it shall hold (`targets`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.codec.access import AccessMode
from simtool.crypto.secret import Secret
from simtool.files.layout import FieldValue
from simtool.files.product import CardModel
from simtool.files.specs import FileSpec
from simtool.perso.access import NEVER, right
from simtool.perso.image import Unit
from simtool.perso.record import CardRecord
from simtool.perso.steps import ChangePin, SendCommand, SwitchPin, Write, WriteBytes

ORIGIN = "authentication.pins"
SWITCHABLE = "PIN1"


@dataclass(frozen=True, slots=True)
class PinWish:
    """One PIN that shall change: its `value` and `puk` to be (None: as they are), and those of today where known."""

    pin: str
    now: Secret | None
    puk_now: Secret | None = None
    value: Secret | None = None
    puk: Secret | None = None
    enabled: bool | None = None


def pin_wishes(record: CardRecord, model: CardModel, enabled: bool | None, reasons: list[str]) -> tuple[PinWish, ...]:
    """What differs between the record's credentials and its targets. ADM codes come last: they open the way.

    `enabled` is what PIN1 shall be, None to leave it.
    """
    now = {item.pin: item.value for item in record.credentials}
    new = {item.pin: item.value for item in record.targets if now.get(item.pin) != item.value}
    known = {pin.name for pin in model.pins}
    reasons += [f"{ORIGIN}: {model.name} has no {name}" for name in new if _pin_of(name) not in known]
    wishes = []
    for spec in sorted(model.pins, key=lambda pin: "ADM" in pin.name):
        puk_name = f"PUK{spec.name[-1]}" if spec.name.startswith("PIN") else ""
        value, puk = new.get(spec.name), new.get(puk_name)
        switch = enabled if spec.name == "PIN1" else None
        if value is not None or puk is not None or switch is not None:
            wishes.append(PinWish(spec.name, now.get(spec.name), now.get(puk_name), value, puk, switch))
    return tuple(wishes)


def pin_steps(wish: PinWish, model: CardModel, is_enabled: bool | None, reasons: list[str]) -> Iterator[Write]:
    """The steps for one wish; `is_enabled` is what the card says of the PIN today, None if it was not asked."""
    spec = model.pin(wish.pin)
    switches = wish.enabled is not None and wish.enabled != is_enabled
    file = model.file(model.source(spec.file)) if spec.file is not None else None
    if file is not None and right(model, file.path, AccessMode.UPDATE) != NEVER:
        if wish.value is not None or wish.puk is not None or switches:
            yield from _by_file(wish, file, is_enabled, reasons)
        return
    if wish.puk is not None:
        yield from _by_command(wish.pin, wish.puk, model, reasons, is_puk=True)
    if wish.value is not None:
        if any(name == wish.pin for command in model.commands for _, name in command.pins):
            yield from _by_command(wish.pin, wish.value, model, reasons, is_puk=False)
        elif wish.now is None:
            reasons.append(f"{ORIGIN}: to change {wish.pin} the record has to hold its present value")
        else:
            yield from _changed(wish, spec.ref, wish.now, wish.value, is_enabled, reasons)
            switches = switches and not (wish.pin == SWITCHABLE and is_enabled is False)
    if switches and wish.enabled is not None:
        value = wish.value or wish.now
        if value is None:
            reasons.append(f"{ORIGIN}: to switch {wish.pin} the record has to hold its value")
        else:
            yield SwitchPin(wish.pin, spec.ref, value, wish.enabled, ORIGIN)


def _changed(
    wish: PinWish, ref: int, now: Secret, value: Secret, is_enabled: bool | None, reasons: list[str]
) -> Iterator[Write]:
    """CHANGE PIN, which no card takes while the PIN is off (TS 102 221 §11.1.10): it is on for as long as that takes.

    The profile has to say how it shall be left: work that is torn in between goes on by that.
    """
    is_off = wish.pin == SWITCHABLE and is_enabled is False
    if is_off and wish.enabled is None:
        reasons.append(f"{ORIGIN}: {wish.pin} is off on this card: to change it, say whether it shall be enabled")
        return
    if is_off:
        yield SwitchPin(wish.pin, ref, now, True, ORIGIN)
    yield ChangePin(wish.pin, ref, now, value, ORIGIN)
    if is_off and not wish.enabled:
        yield SwitchPin(wish.pin, ref, value, False, ORIGIN)


def _by_file(wish: PinWish, file: FileSpec, is_enabled: bool | None, reasons: list[str]) -> Iterator[WriteBytes]:
    """The whole file, made from the one delivered: it can be written but not read."""
    value, puk = wish.value or wish.now, wish.puk or wish.puk_now
    layout = file.layout
    if layout is None or value is None or (puk is None and "puk" in layout.decode(file.content)):
        missing = wish.pin if value is None else "the PUK"
        reasons.append(f"{ORIGIN}: {file.path} holds {wish.pin} and its PUK together: the record has to name {missing}")
        return
    values: dict[str, FieldValue] = {"pin": value.reveal()}
    if puk is not None:
        values["puk"] = puk.reveal()
    enabled = wish.enabled if wish.enabled is not None else is_enabled
    if enabled is not None:
        values["disabled"] = int(not enabled)
    yield WriteBytes(Unit(file.path), 0, layout.encode(values, file.content), True, ORIGIN)


def _by_command(
    pin: str, value: Secret, model: CardModel, reasons: list[str], *, is_puk: bool
) -> Iterator[SendCommand]:
    for command in model.commands:
        for hole, name in command.puks if is_puk else command.pins:
            if name == pin:
                yield SendCommand(command.name, command.build({hole: value.reveal()}), (), ORIGIN)
                return
    reasons.append(f"{ORIGIN}: {model.name} has no way to change {f'the PUK of {pin}' if is_puk else pin}")


def _pin_of(name: str) -> str:
    return f"PIN{name[-1]}" if name.startswith("PUK") else name
