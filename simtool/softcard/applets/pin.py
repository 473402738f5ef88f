"""The PIN that applications share by GlobalPlatform's CVM interface (GPCS §8.2.2, annex A).

It has nothing to do with the UICC's PINs. It has no value until an application with the privilege sets one. What is
kept of it is kept at once: a try counts even if power is lost before the answer.
"""

from __future__ import annotations

import hmac
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

_NAME = "gp:cvm"


class Form(IntEnum):
    """CVM.FORMAT_…"""

    ASCII = 1
    BCD = 2
    HEX = 3


def digits(value: bytes, form: int) -> str | None:
    """The decimal digits of an ASCII or BCD value, without what fills it up; None where it is not made of them."""
    if form == Form.ASCII:
        text = value.decode("latin-1")
    elif form == Form.BCD:
        text = value.hex()
        text = text[:-1] if text.endswith("f") else text
    else:
        return None
    return text if text.isascii() and text.isdigit() else None


class CardPin:
    """Implements `jcvm.platform.content.PinPlatform`. Whether it was submitted and verified ends with a reset."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self._session = card.resets
        self._of_session = (False, False)

    @property
    def _flags(self) -> tuple[bool, bool]:
        """Submitted and verified, since the last reset."""
        return self._of_session if self._session == self._card.resets else (False, False)

    def _set(self, *, submitted: bool = False, verified: bool = False) -> None:
        self._session, self._of_session = self._card.resets, (submitted, verified)

    def _kept(self) -> dict[str, Any]:
        return {"value": None, "form": 0, "limit": 0, "left": 0, **(self._card.recall(_NAME, None) or {})}

    def _keep(self, **values: Any) -> None:
        self._card.note(_NAME, {**self._kept(), **values})
        self._card.commit()

    @property
    def active(self) -> bool:
        kept = self._kept()
        return kept["value"] is not None and kept["limit"] > 0

    @property
    def blocked(self) -> bool:
        return self.active and self._kept()["left"] == 0

    @property
    def submitted(self) -> bool:
        return self._flags[0] and not self.blocked

    @property
    def verified(self) -> bool:
        return self._flags[1] and not self.blocked

    @property
    def tries(self) -> int:
        return int(self._kept()["left"])

    def verify(self, value: bytes | None, form: int) -> bool:
        """The try is counted before it is compared."""
        if not self.active or self.blocked:
            return False
        self._set(submitted=True)
        self._keep(left=self.tries - 1)
        if value is None or not self._fits(value, form):
            return False
        self._keep(left=self._kept()["limit"])
        self._set(submitted=True, verified=True)
        return True

    def _fits(self, value: bytes, form: int) -> bool:
        """Values of the same form as they are; ASCII and BCD by their digits; HEX by nothing else."""
        kept = self._kept()
        right = bytes.fromhex(kept["value"])
        if form == kept["form"]:
            return hmac.compare_digest(right, value)
        if form not in (Form.ASCII, Form.BCD) or kept["form"] == Form.HEX:
            return False
        submitted, stored = digits(value, form), digits(right, kept["form"])
        return submitted is not None and stored is not None and hmac.compare_digest(submitted, stored)

    def update(self, value: bytes, form: int) -> bool:
        if form not in Form.__members__.values() or not value or (form == Form.BCD and digits(value, form) is None):
            return False
        self._set()
        self._keep(value=value.hex(), form=form, left=self._kept()["limit"])
        return True

    def set_limit(self, tries: int) -> bool:
        if tries <= 0:
            return False
        self._set()
        self._keep(limit=tries, left=tries)
        return True

    def block(self) -> bool:
        if not self.active:
            return False
        self._set()
        self._keep(left=0)
        return True

    def reset(self, *, unblock: bool) -> bool:
        if not self.active or (self.blocked and not unblock):
            return False
        self._set()
        if unblock:
            self._keep(left=self._kept()["limit"])
        return True
