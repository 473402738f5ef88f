"""A scripted `smartcard.scard`: readers made up, return codes on request."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.card.pcsc import api
from tests.card.scripted import ATR_T0

PRESENT, EMPTY, MUTE, EXCLUSIVE = 0x20, 0x10, 0x220, 0xA0


class FakeScard:
    """`smartcard.scard` with readers made up; `codes` holds the return code of a function by name."""

    def __init__(self, *readers: tuple[str, int], active: int = 1, **codes: int) -> None:
        self.readers = list(readers)
        self.codes = codes
        self.active = active
        self.calls: list[tuple[Any, ...]] = []
        self.open_contexts = 0
        self.atr = ATR_T0
        self.answer = b"\x90\x00"
        self.attributes: dict[int, bytes] = {}
        self.controls: dict[int, bytes] = {}
        self.looks: list[tuple[int, list[tuple[str, int]]]] = []

    def _code(self, function: str, *arguments: Any) -> int:
        self.calls.append((function, *arguments))
        return self.codes.get(function, 0)

    def SCardEstablishContext(self, scope: int) -> list[int]:  # noqa: N802
        code = self._code("establish")
        self.open_contexts += not code
        return [code, 7]

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        self.open_contexts -= 1
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> list[Any]:  # noqa: N802
        code = self._code("list") if self.readers else 0x8010002E
        return [code, [name for name, _ in self.readers]]

    def SCardGetStatusChange(self, context: int, timeout: int, states: list[tuple[str, int]]) -> list[Any]:  # noqa: N802
        self.looks.append((timeout, states))
        known = dict(self.readers)
        atr = list(self.atr)
        return [
            self._code("change"),
            [(name, known[name], atr if known[name] & 0x20 else []) for name, _ in states],
        ]

    def SCardConnect(self, context: int, reader: str, mode: int, protocols: int) -> list[int]:  # noqa: N802
        return [self._code("connect", reader, mode, protocols), 9, self.active]

    def SCardReconnect(self, card: int, mode: int, protocols: int, initialization: int) -> list[int]:  # noqa: N802
        return [self._code("reconnect", mode, protocols, initialization), self.active]

    def SCardStatus(self, card: int) -> list[Any]:  # noqa: N802
        return [self._code("status"), "", 0, self.active, list(self.atr)]

    def SCardTransmit(self, card: int, protocol: int, command: list[int]) -> list[Any]:  # noqa: N802
        return [self._code("transmit", protocol, bytes(command)), list(self.answer)]

    def SCardBeginTransaction(self, card: int) -> int:  # noqa: N802
        return self._code("begin")

    def SCardGetAttrib(self, card: int, attribute: int) -> list[Any]:  # noqa: N802
        value = self.attributes.get(attribute)
        return [0x80100016, []] if value is None else [0, list(value)]

    def SCardControl(self, card: int, code: int, data: list[int]) -> list[Any]:  # noqa: N802
        value = self.controls.get(code)
        return [0x80100016, []] if value is None else [0, list(value)]

    def SCardDisconnect(self, card: int, disposition: int) -> int:  # noqa: N802
        return self._code("disconnect", disposition)


def use(monkeypatch: pytest.MonkeyPatch, fake: FakeScard) -> FakeScard:
    monkeypatch.setattr(api, "load_scard", lambda: fake)
    return fake
