"""Key sets of security domains tried on a card, remembered with the ADM attempts of that card.

`simtool journal forget ICCID` allows them again, as it does for PINs.
"""

from __future__ import annotations

from simtool.crypto.secret import Secret
from simtool.perso.memory.attempts import Attempts, Outcome


class KeyAttempts:
    """The memory that `simtool.gp.secure_channel` asks for, for the card with this ICCID."""

    def __init__(self, attempts: Attempts, iccid: str) -> None:
        self._attempts = attempts
        self._iccid = iccid

    def check(self, name: str, keys: Secret) -> None:
        """Raises `RefusedError` when these keys were wrong for this card, or a proof of them got no answer twice."""
        self._attempts.check(self._iccid, name, keys, None)

    def sending(self, name: str, keys: Secret) -> None:
        self._attempts.note(self._iccid, name, keys, Outcome.SENT)

    def right(self, name: str, keys: Secret) -> None:
        self._attempts.note(self._iccid, name, keys, Outcome.RIGHT)

    def wrong(self, name: str, keys: Secret) -> None:
        self._attempts.note(self._iccid, name, keys, Outcome.WRONG)
