"""PINs and ADM keys: VERIFY and its relatives (TS 102 221 §11.1.9 to §11.1.13, TS 51.011 §9.2.9 to §9.2.13).

Values are bytes as the card wants them; shorter ones are filled with FF to eight. No value is ever part of an error
or a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.commands.base import SIM_CONTEXT, CommandBase
from simtool.card.instructions import Ins
from simtool.card.status import BASE
from simtool.codec.apdu import SW_OK, CommandApdu, ResponseApdu
from simtool.errors import EncodeError, StatusError, WrongPinError

PIN_SIZE = 8
TRIES_NOT_TOLD = -1
_SW_BLOCKED = (0x6983, 0x9840)
_SW_WRONG_SIM = 0x9804
_SW_DISABLED = 0x6984
# A card that keeps no counter for others to see, or wants VERIFY with data only.
_SW_NOT_TOLD = (0x6700, 0x6982, 0x6985, 0x6B00, 0x6300)
_SIM_COUNTERS = {1: (18, 19), 2: (20, 21)}  # CHV: places of its status and its unblock status (TS 51.011 §9.2.1)
_SIM_STATUS_LENGTH = 22
_SIM_INITIALISED = 0x80


@dataclass(frozen=True, slots=True)
class PinState:
    """What a card says about a PIN without a try. `tries` None: not told (a verified PIN shows no counter)."""

    tries: int | None = None
    verified: bool = False
    disabled: bool = False

    @property
    def blocked(self) -> bool:
        return self.tries == 0


class PinCommands(CommandBase):
    """PINs (01, 81, 11) and administrative keys (0A to 0E) by their key reference (TS 102 221 §9.5.1)."""

    def verify_pin(self, ref: int, pin: bytes, *, what: str = "") -> None:
        """VERIFY PIN. Raises `WrongPinError` with the tries left (0 if blocked, -1 if the card does not tell)."""
        self._spend_try(ref, self._command(Ins.VERIFY_PIN, 0, ref, _padded(pin)), what)
        self.verified |= {ref}

    def change_pin(self, ref: int, old: bytes, new: bytes, *, what: str = "") -> None:
        """CHANGE PIN. Raises `WrongPinError` if `old` is wrong."""
        self._spend_try(ref, self._command(Ins.CHANGE_PIN, 0, ref, _padded(old) + _padded(new)), what)
        self.verified |= {ref}

    def disable_pin(self, ref: int, pin: bytes, *, what: str = "") -> None:
        """DISABLE PIN. Raises `WrongPinError` if `pin` is wrong."""
        self._spend_try(ref, self._command(Ins.DISABLE_PIN, 0, ref, _padded(pin)), what)

    def enable_pin(self, ref: int, pin: bytes, *, what: str = "") -> None:
        """ENABLE PIN. Raises `WrongPinError` if `pin` is wrong."""
        self._spend_try(ref, self._command(Ins.ENABLE_PIN, 0, ref, _padded(pin)), what)
        self.verified |= {ref}

    def unblock_pin(self, ref: int, puk: bytes, new: bytes, *, what: str = "") -> None:
        """UNBLOCK PIN with its PUK, setting a new PIN. `WrongPinError` carries the tries of the PUK."""
        data = _padded(puk) + _padded(new)
        command = self._command(Ins.UNBLOCK_PIN, 0, self._unblock_ref(ref), data)
        self._spend_try(ref, command, what or f"the PUK of {_pin_name(ref)}", unblock=True)
        self.verified |= {ref}

    def pin_state(self, ref: int, *, what: str = "") -> PinState:
        """Ask for tries left without spending one: VERIFY with an empty body (§11.1.9), class A0: STATUS.

        Raises `StatusError` if the card does not know the reference.
        """
        if self.is_sim:
            return self._sim_state(ref, unblock=False)
        return self._ask(self._command(Ins.VERIFY_PIN, 0, ref), what or _pin_name(ref))

    def verify_tries(self, ref: int, *, what: str = "") -> int | None:
        """Tries left for a PIN or ADM; 0 is blocked, None verified already, disabled or not told."""
        return self.pin_state(ref, what=what).tries

    def unblock_tries(self, ref: int, *, what: str = "") -> int | None:
        """Tries left for the PUK of a PIN (UNBLOCK PIN with an empty body, §11.1.13); None if not told."""
        if self.is_sim:
            return self._sim_state(ref, unblock=True).tries
        command = self._command(Ins.UNBLOCK_PIN, 0, ref)
        return self._ask(command, what or f"the PUK of {_pin_name(ref)}").tries

    def _ask(self, command: CommandApdu, what: str) -> PinState:
        answer = self.send(command)
        if answer.sw == SW_OK:
            return PinState(verified=True)
        if answer.sw & 0xFFF0 == 0x63C0:
            return PinState(tries=answer.sw & 0xF)
        if answer.sw in _SW_BLOCKED:
            return PinState(tries=0)
        if answer.sw == _SW_DISABLED:
            return PinState(disabled=True)
        if answer.sw in _SW_NOT_TOLD:
            return PinState()
        raise self.failure(command, answer.sw, what=what)

    def _sim_state(self, ref: int, *, unblock: bool) -> PinState:
        """From the classic response to STATUS: CHV1 and CHV2 only."""
        if ref not in _SIM_COUNTERS:
            return PinState()
        place = _SIM_COUNTERS[ref][unblock]
        response = self.transact(self._command(Ins.STATUS, 0, 0, le=_SIM_STATUS_LENGTH), what=_pin_name(ref)).data
        if len(response) <= place or not response[place] & _SIM_INITIALISED:
            return PinState()
        return PinState(tries=response[place] & 0xF, verified=ref in self.verified)

    def _unblock_ref(self, ref: int) -> int:
        return 0 if self.is_sim and ref == 1 else ref  # TS 51.011 §9.2.13: 00 means CHV1

    def _spend_try(self, ref: int, command: CommandApdu, what: str, *, unblock: bool = False) -> None:
        name = what or _pin_name(ref)
        answer = self.send(command, secret=True)
        if answer.sw == SW_OK or answer.sw.sw1 == 0x91:
            return
        raise self._refusal(ref, command, answer, name, unblock)

    def _refusal(self, ref: int, command: CommandApdu, answer: ResponseApdu, name: str, unblock: bool) -> StatusError:
        sw = answer.sw
        if sw in _SW_BLOCKED:
            return WrongPinError(f"{name} is blocked ({sw})", sw=sw, tries_left=0, hint=_blocked_hint(ref, unblock))
        if sw & 0xFFF0 == 0x63C0:
            return _wrong(name, sw, sw & 0xF)
        if sw == _SW_WRONG_SIM and self.is_sim:
            tries = self._sim_state(ref, unblock=unblock).tries
            return _wrong(name, sw, TRIES_NOT_TOLD if tries is None else tries)
        if sw in (_SW_WRONG_SIM, 0x6300):
            return _wrong(name, sw, TRIES_NOT_TOLD)
        return self.failure(command, sw, what=name, context=SIM_CONTEXT if self.is_sim else BASE)


def _wrong(name: str, sw: int, tries: int) -> WrongPinError:
    left = "the card does not tell how many tries are left" if tries < 0 else f"{tries} tries left"
    left = left.replace("1 tries", "1 try") if tries == 1 else left
    return WrongPinError(
        f"{name} is wrong, {left}",
        sw=sw,
        tries_left=tries,
        hint="compare the value with the card's own papers before another try",
    )


def _blocked_hint(ref: int, unblock: bool) -> str:
    if unblock or 0x0A <= ref <= 0x0E or 0x8A <= ref <= 0x8E:
        return "this cannot be undone without another key; set the card aside"
    return "unblock it with its PUK"


def _pin_name(ref: int) -> str:
    """The usual name of a key reference (TS 102 221 §9.5.1)."""
    if 0x01 <= ref <= 0x08:
        return f"PIN{ref}"
    if 0x81 <= ref <= 0x88:
        return f"PIN2 of application {ref & 0xF}"
    if 0x0A <= ref <= 0x0E:
        return f"ADM{ref - 9}"
    if 0x8A <= ref <= 0x8E:
        return f"ADM{ref - 0x8A + 6}"
    return "the universal PIN" if ref == 0x11 else f"key reference {ref:02X}"


def _padded(pin: bytes) -> bytes:
    """Eight bytes, FF behind a shorter value (TS 102 221 §9.5.1). Longer keys of some products go as they are."""
    if not pin:
        raise EncodeError("an empty PIN cannot be presented")
    return pin.ljust(PIN_SIZE, b"\xff")
