"""The PINs of one card: their state, and changing, unblocking, switching on and off (TS 102 221 §9.5, §11.1.9 ff.).

Every command that can cost a try asks the counter first, and an old value is verified before it is changed, so that one
that was wrong before is not sent again (`simtool.perso.memory.attempts`). Whether a PIN is enabled stands in the PIN
status of the MF (TS 102 221 §9.5.2) or in the classic answer to STATUS (TS 51.011 §9.3): the counter does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.card.session import PinState, Session
from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import DfInfo2g, decode_fcp2g
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError, RefusedError, StatusError
from simtool.files.product import CardModel, PinSpec
from simtool.perso.authorise import SAFE_TRIES, present_pin

_FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PinView:
    """What is known of one PIN without a try. `enabled` None: the card does not say. `puk_tries` None: not told."""

    name: str
    ref: int
    tries: int | None = None
    enabled: bool | None = None
    verified: bool = False
    puk_tries: int | None = None
    exists: bool = True

    @property
    def blocked(self) -> bool:
        return self.tries == 0

    @property
    def words(self) -> str:
        """`asked for, 3 tries left`."""
        if not self.exists:
            return "not on this card"
        if self.blocked:
            return "BLOCKED"
        head = {None: "", True: "on, ", False: "off (not asked for), "}[self.enabled]
        head = "" if self.enabled and not self.name.startswith("PIN") else head
        if self.verified:
            return f"{head}verified"
        if self.tries is None:
            return f"{head}tries not told" if head else "tries not told"
        return f"{head}{_count(self.tries)} left"

    @property
    def puk_words(self) -> str:
        if self.puk_tries is None:
            return ""
        return "BLOCKED" if self.puk_tries == 0 else f"{_count(self.puk_tries)} left"


def pin_views(session: Session, model: CardModel, *, with_puks: bool = False) -> tuple[PinView, ...]:
    """Every PIN of the product as the card tells it. Spends no try; the MF is selected afterwards."""
    enabled = enabled_pins(session)
    return tuple(_view(session, pin, enabled, with_puks) for pin in model.pins)


def enabled_pins(session: Session) -> dict[int, bool]:
    """Which key references the MF's PIN status calls enabled; only those that it mentions."""
    try:
        if session.is_sim:
            info = decode_fcp2g(session.select_mf(fcp=True))
            return {1: not info.chv1_disabled} if isinstance(info, DfInfo2g) else {}
        return {pin.ref: pin.enabled for pin in Fcp.decode(session.select_mf(fcp=True)).pin_status}
    except (StatusError, CodecError):
        return {}


def _view(session: Session, pin: PinSpec, enabled: Mapping[int, bool], with_puk: bool) -> PinView:
    try:
        state = session.pin_state(pin.ref, what=pin.name)
    except StatusError:
        return PinView(pin.name, pin.ref, exists=False)
    told = enabled.get(pin.ref, enabled.get(pin.rule_ref))
    on = False if state.disabled else told
    verified = state.verified or pin.ref in session.verified
    return PinView(pin.name, pin.ref, state.tries, on, verified, _puk_tries(session, pin) if with_puk else None)


def _puk_tries(session: Session, pin: PinSpec) -> int | None:
    if pin.puk is None:
        return None
    try:
        return session.unblock_tries(pin.ref, what=puk_name(pin.name))
    except StatusError:
        return None


def find_pin(model: CardModel, name: str) -> PinSpec:
    """The PIN that a person names, in any case. Raises `InputError` naming those that exist."""
    for pin in model.pins:
        if pin.name.lower() == name.lower():
            return pin
    raise InputError(f"{model.name} has no {name}", hint=f"it has {', '.join(pin.name for pin in model.pins)}")


def puk_name(pin: str) -> str:
    """PIN1 is unblocked with PUK1."""
    return pin.replace("PIN", "PUK") if "PIN" in pin else f"PUK of {pin}"


def change(session: Session, pin: PinSpec, old: Secret, new: Secret, *, min_tries: int = SAFE_TRIES) -> None:
    """CHANGE PIN (§11.1.10). Raises `RefusedError` before a try that should not be spent, `WrongPinError` for `old`."""
    check_new(pin, new)
    if enabled_pins(session).get(pin.ref) is False:
        raise RefusedError(
            f"{pin.name} is switched off, and a PIN that is off cannot be changed",
            hint=f"switch it on first: simtool card pin enable {pin.name}",
        )
    present_pin(session, pin.name, pin.ref, old, min_tries=min_tries)
    session.change_pin(pin.ref, old.reveal(), new.reveal(), what=pin.name)


def unblock(session: Session, pin: PinSpec, puk: Secret, new: Secret, *, min_tries: int = SAFE_TRIES) -> None:
    """UNBLOCK PIN (§11.1.13): a new PIN, which is on afterwards. Raises as `change` does."""
    check_new(pin, new)
    tries = session.unblock_tries(pin.ref, what=puk_name(pin.name))
    _check_tries(puk_name(pin.name), PinState(tries), min_tries)
    session.unblock_pin(pin.ref, puk.reveal(), new.reveal(), what=puk_name(pin.name))


def switch(session: Session, pin: PinSpec, value: Secret, on: bool, *, min_tries: int = SAFE_TRIES) -> bool:
    """ENABLE or DISABLE PIN (§11.1.12, §11.1.11). False when it was so already; nothing is sent then."""
    if enabled_pins(session).get(pin.ref) is on:
        return False
    if on:  # a PIN that is off is not verified
        _check_tries(pin.name, session.pin_state(pin.ref, what=pin.name), min_tries)
    else:
        present_pin(session, pin.name, pin.ref, value, min_tries=min_tries)
    act = session.enable_pin if on else session.disable_pin
    act(pin.ref, value.reveal(), what=pin.name)
    return True


def check_new(pin: PinSpec, new: Secret) -> None:
    """A PIN for people has 4 to 8 digits (TS 102 221 §9.5.1): other bytes could never be typed. Raises `InputError`."""
    digits = new.reveal().rstrip(b"\xff")
    if pin.name.startswith("PIN") and not (digits.isdigit() and len(digits) >= _FEWEST_DIGITS):
        raise InputError(f"the new {pin.name} needs 4 to 8 digits", hint="anything else could not be typed on a phone")


def _check_tries(name: str, state: PinState, min_tries: int) -> None:
    if state.blocked:
        cure = f"unblock it with its PUK: simtool card pin unblock {name}" if name.startswith("PIN") else ""
        raise RefusedError(f"{name} is blocked on this card", hint=cure or "this cannot be undone; set the card aside")
    if state.tries is not None and state.tries < min_tries:
        raise RefusedError(
            f"{name} has {_count(state.tries)} left and was not sent",
            hint=f"make sure of the value; then allow it with --min-tries {state.tries}",
        )


def _count(tries: int) -> str:
    return f"{tries} {'try' if tries == 1 else 'tries'}"
