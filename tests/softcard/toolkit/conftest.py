"""A card with toolkit applets written in Python, and the terminal in front of it.

bench.install("Menu", menu=((0, 1),), text_length=20)     # an entry as install parameters make it
bench.applet("Menu", lambda event: ...)                   # what its processToolkit does
bench.profile(); bench.envelope("d3…"); bench.fetch(); bench.answer(command)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from simtool.codec import tlv
from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.files.product import CardModel
from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm import execution
from simtool.softcard.toolkit import Toolkit
from simtool.softcard.toolkit.commands import Parts
from simtool.softcard.toolkit.entries import Entry
from tests.softcard.conftest import Reader

FULL_PROFILE = "ff" * 32
DISPLAY_TEXT = bytes.fromhex("8103012180 82028102 8d 03 044869".replace(" ", ""))


class PythonApplet:
    """Does what `body` does with an event; `locked` applets are not triggered."""

    def __init__(self, body: Callable[[int], object]) -> None:
        self.body = body
        self.locked = False

    def process_toolkit(self, event: int) -> None:
        self.body(event)

    def wait(self, request: Any) -> Any:
        return execution.wait(request)


def parameters(
    priority: int = 1, timers: int = 0, text_length: int = 0, menu: Sequence[tuple[int, int]] = (), channels: int = 0,
    services: int = 0,
) -> list[tlv.Tlv]:  # fmt: skip
    """EA with the toolkit parameters (TS 102 226 §8.2.1.3.2.2)."""
    own = bytes((priority, timers, text_length, len(menu), *(one for pair in menu for one in pair)))
    return [tlv.Tlv(0xEA, tlv.encode(0x80, own + bytes((channels, 0, 0, services))))]


class Terminal:
    """A terminal in front of a card; what it is told is asserted to be well."""

    def __init__(self, card: SoftCard) -> None:
        self.card = card
        self.reader = Reader(card)

    def profile(self, profile: str = FULL_PROFILE) -> str:
        return self.reader.tpdu(f"80100000{len(profile) // 2:02x}{profile}")

    def envelope(self, tag: int, *objects: ComprehensionTlv) -> str:
        value = join((ComprehensionTlv(2, b"\x82\x81"), *objects))
        data = (bytes((tag,)) + tlv.encode_length(len(value)) + value).hex()
        return self.reader.tpdu(f"80c20000{len(data) // 2:02x}{data}")

    def event(self, number: int, *objects: ComprehensionTlv) -> str:
        """EVENT DOWNLOAD."""
        return self.envelope(0xD6, ComprehensionTlv(0x19, bytes((number,))), *objects)

    def menu(self, item: int) -> str:
        """MENU SELECTION."""
        return self.envelope(0xD3, ComprehensionTlv(0x10, bytes((item,))))

    def status(self) -> str:
        return self.reader.tpdu("80f2000c00")

    def fetch(self, sw: str) -> bytes:
        """The command that 91xx tells of, without D0."""
        assert sw[-4:-2] == "91", sw
        answer = self.reader.tpdu(f"80120000{sw[-2:]}")
        assert answer.endswith("9000"), answer
        return tlv.split_first(bytes.fromhex(answer[:-4]))[0].value

    def answer(self, command: bytes, result: str = "00", *objects: ComprehensionTlv) -> str:
        """TERMINAL RESPONSE; gives the status word."""
        details = Parts.of(command).first(1) or b""
        head = (ComprehensionTlv(1, details), ComprehensionTlv(2, b"\x82\x81"))
        data = join((*head, ComprehensionTlv(3, bytes.fromhex(result)), *objects)).hex()
        return self.reader.tpdu(f"80140000{len(data) // 2:02x}{data}")

    def talk(self, sw: str) -> list[bytes]:
        """Everything that the card has to say, each command performed."""
        said = []
        while sw[-4:-2] == "91":
            command = self.fetch(sw)
            said.append(command)
            sw = self.answer(command)
            assert len(said) < 50, "the card never stops"
        assert sw == "9000", sw
        return said

    def started(self) -> list[bytes]:
        """TERMINAL PROFILE and what comes of it."""
        return self.talk(self.profile())


class Bench(Terminal):
    """The card, its applets and their diary: `(name, event)` for each call."""

    def __init__(self, card: SoftCard) -> None:
        super().__init__(card)
        self.applets: dict[bytes, PythonApplet] = {}
        self.calls: list[tuple[str, int]] = []
        card.toolkit.use(applets=self._find)

    @property
    def toolkit(self) -> Toolkit:
        return self.card.toolkit

    def _find(self, aid: bytes) -> PythonApplet | None:
        found = self.applets.get(aid)
        return None if found is None or found.locked else found

    def install(self, name: str, tars: Sequence[str] = (), **given: Any) -> Entry:
        """An applet that does nothing when it is triggered; without a priority it comes after those before it."""
        given.setdefault("priority", 1 + len(self.applets))
        aid = name.encode()
        self.toolkit.installed(aid, parameters(**given), tuple(map(bytes.fromhex, tars)))
        self.applet(name, lambda event: None)
        return self.entry(name)

    def applet(self, name: str, body: Callable[[int], object]) -> PythonApplet:
        def noted(event: int) -> None:
            self.calls.append((name, event))
            body(event)

        made = self.applets[name.encode()] = PythonApplet(noted)
        return made

    def entry(self, name: str) -> Entry:
        found = self.toolkit.entry(name.encode())
        assert found is not None
        return found


def types(commands: Sequence[bytes]) -> list[int]:
    """Types of proactive commands."""
    return [Parts.of(one).type or 0 for one in commands]


@pytest.fixture
def bench(small_model: CardModel) -> Bench:
    return Bench(SoftCard.new(small_model))
