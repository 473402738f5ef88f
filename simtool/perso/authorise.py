"""Presenting PINs and ADM codes without ever spending a try that is needed later."""

from __future__ import annotations

from simtool.card.session import Session
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError, StatusError

DISABLED = 0x6984
SAFE_TRIES = 3
"""A wrong ADM is usually a mix-up of cards: below this many tries left nothing is sent without being told to."""


def present_pin(session: Session, pin: str, ref: int, value: Secret, *, min_tries: int = SAFE_TRIES) -> None:
    """VERIFY, after asking the counter (an empty VERIFY, TS 102 221 §11.1.9). Nothing is sent when already verified.

    A card that does not tell its counter gets the one try. Raises `RefusedError` when the PIN is blocked or fewer than
    `min_tries` are left, `WrongPinError` when it is wrong.
    """
    if ref in session.verified:
        return
    state = session.pin_state(ref, what=pin)
    if state.verified or state.disabled:
        return
    if state.blocked:
        raise RefusedError(f"{pin} is blocked on this card", hint="the card needs its PUK, or is lost; set it aside")
    if state.tries is not None and state.tries < min_tries:
        raise RefusedError(
            f"{pin} has {state.tries} {'try' if state.tries == 1 else 'tries'} left and was not sent",
            hint=f"check that {pin} belongs to this ICCID; then allow it with --min-tries {state.tries}",
        )
    try:
        session.verify_pin(ref, value.reveal(), what=pin)
    except StatusError as error:
        if error.sw != DISABLED:  # a disabled PIN needs no verification (TS 102 221 §9.5.1); no try was spent
            raise
