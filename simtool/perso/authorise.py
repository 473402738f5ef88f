"""Presenting PINs and ADM codes without ever spending a try that is needed later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from simtool.card.session import PinState, Session
from simtool.codec.identifiers import Iccid
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, RefusedError, StatusError, WrongPinError
from simtool.perso.memory.attempts import Attempts, Outcome

DISABLED = (0x6984, 0x9808)  # also in class A0: "in contradiction with CHV status" (TS 51.011 §9.4.5)
SAFE_TRIES = 3
"""A wrong ADM is usually a mix-up of cards: below this many tries left nothing is sent without being told to."""
EF_ICCID = 0x2FE2
ICCID_LENGTH = 10

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the tries of one card are noted."""

    attempts: Attempts
    iccid: str
    notice: Notice | None = None


def remember(session: Session, attempts: Attempts, *, notice: Notice | None = None) -> None:
    """From now on every PIN presented in this session is checked against `attempts` and noted there.

    Reads the ICCID (TS 102 221 §13.2), so nothing that was selected before is selected afterwards. `notice` takes a
    line that says how a value is read, before it goes to a card for the first time. A card without a readable ICCID
    has no memory.
    """
    try:
        session.select_fid(EF_ICCID)
        iccid = Iccid.decode(session.read_binary(ICCID_LENGTH)).digits
        session.select_mf()
    except (StatusError, CodecError):
        return
    session.pin_memory = Memory(attempts, iccid, notice)


def memory_of(session: Session, attempts: Attempts | None = None, iccid: str = "") -> Memory | None:
    """`attempts` with `iccid` if given, else what `remember` set for this session."""
    if attempts is not None:
        return Memory(attempts, iccid)
    return session.pin_memory if isinstance(session.pin_memory, Memory) else None


def forget_wrong(session: Session, pin: str, *, attempts: Attempts | None = None, iccid: str = "") -> None:
    """The PIN has another value now, so values that were wrong may be right."""
    memory = memory_of(session, attempts, iccid)
    if memory is not None:
        memory.attempts.changed(memory.iccid, pin)


def now_called(
    session: Session, iccid: str, presented: Mapping[str, Secret], *, attempts: Attempts | None = None
) -> None:
    """The card has another ICCID from now on; `presented` are PINs that it took under the old one."""
    memory = memory_of(session, attempts, iccid)
    if memory is None:
        return
    for pin, value in presented.items():
        memory.attempts.note(iccid, pin, value, Outcome.RIGHT)
    if isinstance(session.pin_memory, Memory):
        session.pin_memory = replace(session.pin_memory, iccid=iccid)


def present_pin(
    session: Session,
    pin: str,
    ref: int,
    value: Secret,
    *,
    min_tries: int = SAFE_TRIES,
    attempts: Attempts | None = None,
    iccid: str = "",
) -> None:
    """VERIFY, after asking the counter (an empty VERIFY, TS 102 221 §11.1.9). Nothing is sent when already verified.

    `attempts` with `iccid`, or what `remember` set for the session, keeps a value from being sent to a card that has
    refused it before. A card that does not tell its counter gets the one try. Raises `RefusedError` when the PIN is
    blocked, the value known to be wrong, or fewer than `min_tries` are left; `WrongPinError` when it is wrong.
    """
    if ref in session.verified:
        return
    memory = memory_of(session, attempts, iccid)
    state = session.pin_state(ref, what=pin)
    if state.verified or state.disabled:
        return
    _check_counter(pin, state, value, min_tries, memory)
    if memory is None:
        _verify(session, pin, ref, value)
        return
    if memory.notice is not None and not memory.attempts.was_right(memory.iccid, pin, value):
        memory.notice(reading(pin, value))
    memory.attempts.note(memory.iccid, pin, value, Outcome.SENT, tries=state.tries)
    try:
        outcome = Outcome.RIGHT if _verify(session, pin, ref, value) else Outcome.NOT_SPENT
    except WrongPinError:
        memory.attempts.note(memory.iccid, pin, value, Outcome.WRONG, tries=state.tries)
        raise
    except StatusError:
        memory.attempts.note(memory.iccid, pin, value, Outcome.NOT_SPENT, tries=state.tries)
        raise
    memory.attempts.note(memory.iccid, pin, value, outcome, tries=state.tries)


def reading(pin: str, value: Secret) -> str:
    """How a PIN or ADM is read, in words: papers give it as digits or as hex, and each reads as other bytes.

    Tells the form, never the value.
    """
    raw = value.reveal()
    digits = raw.rstrip(b"\xff")
    if digits.isdigit():
        return f"{pin} is sent as {len(digits)} ASCII digits; read as hex digits it would be other bytes, not tried"
    return f"{pin} is sent as {len(raw)} raw bytes, given in hex; read as ASCII digits it would be others, not tried"


def _check_counter(pin: str, state: PinState, value: Secret, min_tries: int, memory: Memory | None) -> None:
    if state.blocked:
        raise RefusedError(f"{pin} is blocked on this card", hint="the card needs its PUK, or is lost; set it aside")
    if memory is not None:
        memory.attempts.check(memory.iccid, pin, value, state.tries)
    if state.tries is not None and state.tries < min_tries:
        raise RefusedError(
            f"{pin} has {state.tries} {'try' if state.tries == 1 else 'tries'} left and was not sent",
            hint=f"check that {pin} belongs to this ICCID; then allow it with --min-tries {state.tries}",
        )


def _verify(session: Session, pin: str, ref: int, value: Secret) -> bool:
    """False when the card has this PIN disabled and asks for none (TS 102 221 §9.5.1); no try was spent."""
    try:
        session.verify_pin(ref, value.reveal(), what=pin)
    except StatusError as error:
        if error.sw not in DISABLED:
            raise
        return False
    return True
