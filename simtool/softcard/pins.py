"""PINs, their PUKs and retry counters (TS 102 221 §9.5, TS 51.011 §8).

A PIN lives either in the card's own state or, where the product says so, in a file with a layout: then what is
written into that file is the PIN. Whether it has been verified since the last reset is kept here and never stored.
The commands that ask for a PIN are in `simtool.softcard.commands.pins`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from simtool.errors import CodecError
from simtool.files.layout import FieldValue, Layout
from simtool.files.product import PinSpec
from simtool.softcard.filesystem import Content

_FIELDS = {
    "value": "pin", "tries_left": "tries_left", "tries": "tries",
    "puk": "puk", "puk_left": "puk_tries_left", "puk_tries": "puk_tries",
}  # fmt: skip


class Pin:
    """One PIN at run time. Every change goes through `_store`, which notes it for the state file."""

    def __init__(
        self,
        spec: PinSpec,
        changed: Callable[[Pin], None],
        content: Content | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.spec = spec
        self.ref = spec.ref
        self.rule_ref = spec.rule_ref
        self.verified = False
        self._changed = changed
        self.content = content
        self._layout = layout
        self.replaced = False
        self._own: dict[str, FieldValue | None] = {
            "value": spec.value, "enabled": int(spec.enabled), "tries_left": spec.tries, "tries": spec.tries,
            "puk": spec.puk, "puk_left": spec.puk_tries, "puk_tries": spec.puk_tries,
        }  # fmt: skip

    def _get(self, name: str) -> FieldValue | None:
        if self.content is not None and self._layout is not None:
            found = self.content.fields(self._layout).get(_FIELDS[name])
            if found is not None:
                return found
        return self._own[name]

    def _flag(self, name: str, default: bool) -> bool:
        if self.content is None or self._layout is None:
            return default
        return bool(self.content.fields(self._layout).get(name, default))

    def _store(self, **values: FieldValue) -> None:
        own = {name: value for name, value in values.items() if not self._in_file(name)}
        filed = {_FIELDS[name]: value for name, value in values.items() if name not in own and name in _FIELDS}
        if "enabled" in values and "enabled" not in own:
            filed["disabled"] = int(not values["enabled"])
        self._own.update(own)
        if filed and self.content is not None and self._layout is not None:
            self.content.put(self._layout.encode(filed, self.content.data))
        self._changed(self)

    def _in_file(self, name: str) -> bool:
        if self.content is None or self._layout is None:
            return False
        return ("disabled" if name == "enabled" else _FIELDS[name]) in self.content.fields(self._layout)

    @property
    def initialised(self) -> bool:
        return self._get("value") is not None and not self._flag("uninitialised", False) and self._flag("valid", True)

    @property
    def enabled(self) -> bool:
        return not self._flag("disabled", not self._own["enabled"])

    @property
    def can_disable(self) -> bool:
        return self._flag("can_disable", self.ref < 0x0A or self.ref == 0x11 or 0x81 <= self.ref < 0x8A)

    @property
    def can_unblock(self) -> bool:
        return self._flag("can_unblock", True) and self._get("puk") is not None

    @property
    def can_change(self) -> bool:
        return self._flag("can_change", True)

    @property
    def left(self) -> int:
        return _number(self._get("tries_left"))

    @property
    def puk_left(self) -> int:
        return _number(self._get("puk_left"))

    @property
    def blocked(self) -> bool:
        return self.left == 0

    def check(self, value: bytes, commit: Callable[[], None]) -> bool:
        """Compare. The counter is lowered and stored before the comparison, so that pulling the card gains nothing."""
        self.verified = False
        self._store(tries_left=self.left - 1)
        commit()
        if not hmac.compare_digest(_bytes(self._get("value")), value):
            return False
        self._store(tries_left=self._get("tries") or 0)
        return True

    def check_puk(self, value: bytes, commit: Callable[[], None]) -> bool:
        """The same for the PUK."""
        self._store(puk_left=self.puk_left - 1)
        commit()
        if not hmac.compare_digest(_bytes(self._get("puk")), value):
            return False
        self._store(puk_left=self._get("puk_tries") or 0)
        return True

    def change(self, value: bytes) -> None:
        """A new value, and all attempts back."""
        self._store(value=value, tries_left=self._get("tries") or 0)

    def enable(self, enabled: bool, *, replaced: bool = False) -> None:
        self.replaced = replaced and not enabled
        self._store(enabled=int(enabled))

    def set_puk(self, value: bytes) -> None:
        self._store(puk=value, puk_left=self._get("puk_tries") or 0)

    def save(self) -> dict[str, Any]:
        """For the state file: what is not in a file of the card."""
        saved: dict[str, Any] = {"replaced": self.replaced}
        for name, value in self._own.items():
            saved[name] = value.hex() if isinstance(value, bytes) else value
        return saved

    def load(self, saved: dict[str, Any]) -> None:
        self.replaced = saved["replaced"]
        for name in self._own:
            value = saved[name]
            self._own[name] = bytes.fromhex(value) if isinstance(value, str) else value


def _number(value: FieldValue | None) -> int:
    return value if isinstance(value, int) else 0


def _bytes(value: FieldValue | None) -> bytes:
    if not isinstance(value, bytes):
        raise CodecError("a PIN's file holds no PIN")
    return value
