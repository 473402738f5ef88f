"""Whatever a terminal does, right or wrong, in any order: the toolkit goes on.

Applets do at random what they may: send commands, post, register, fail. Checked after each command of the terminal:
91xx was told exactly if a command waits, with its length, and FETCH gives it; an applet that sleeps has a command that
waits or was fetched. In the end each command was answered once, or its run was abandoned by a reset.
"""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simtool.codec.comprehension import ComprehensionTlv
from simtool.files.product import CardModel, parse
from simtool.softcard.card import SoftCard
from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed, MenuText, RegistryRefused
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit.events import SUPPORTED
from tests.softcard.toolkit.conftest import Bench

_PRODUCT = Path(__file__).parent.parent / "small-card.yaml"
_MODELS: list[CardModel] = []
NAMES = ("a", "b", "c")
TYPES = (0x21, 0x27, 0x40, 0x43, 0x05, 0x13)


def model() -> CardModel:
    if not _MODELS:
        _MODELS.append(parse(_PRODUCT.read_text(), source=_PRODUCT.name))
    return _MODELS[0]


class AnyTerminal(RuleBasedStateMachine):
    """`sent` are commands by number of applets that wait, `word` the last status word."""

    @initialize(seed=st.integers(0, 1 << 30))
    def begin(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.bench = Bench(SoftCard.new(model()))
        self.word = "9000"
        self.number = 0
        self.answered: list[int] = []
        self.expected: list[int] = []
        self.fetched: bytes | None = None
        for name in NAMES:
            entry = self.bench.install(
                name, menu=((0, 0),), text_length=9, timers=2, channels=1, services=1, tars=(f"b0000{ord(name) % 10}",),
                priority=self.random.choice((1, 2)),
            )  # fmt: skip
            entry.init_menu_entry(MenuText(name.encode(), 0, False, 0, 0))
            self.bench.applet(name, lambda event, name=name: self.body(name))  # type: ignore[misc]

    def body(self, name: str) -> None:
        """One run of an applet."""
        toolkit, entry, chance = self.bench.toolkit, self.bench.entry(name), self.random
        for _ in range(chance.randrange(4)):
            choice = chance.randrange(8)
            try:
                if choice == 0:
                    toolkit.post(b"\1\2", tag=chance.choice((None, 0, 2)), status=chance.choice((True, False)))
                elif choice == 1:
                    entry.set_events([chance.choice(sorted(SUPPORTED))])
                elif choice == 2:
                    entry.clear_event(chance.choice(sorted(SUPPORTED)))
                elif choice == 3:
                    entry.enable_menu_entry(entry.state.menu[0].identifier, chance.random() < 0.5)
                elif choice == 4:
                    entry.request_poll_interval(chance.choice((0, 30, 300)))
                elif choice == 5:
                    raise StatusFault(bytes.fromhex(chance.choice(("9300", "6f00"))))
                else:
                    self.send(chance.choice(TYPES))
            except (RegistryRefused, CommandNotAllowed):
                pass

    def send(self, type_: int) -> None:
        self.number = self.number % 250 + 1
        command = bytes((0x81, 3, self.number, type_, 0, 0x82, 2, 0x81, 0x82))
        command += bytes(self.random.randrange(0, 120))
        number = self.number
        self.expected.append(number)
        try:
            response = self.bench.toolkit.send(command)
        except CommandNotAllowed:
            self.expected.remove(number)
            raise
        assert response[2] == number
        self.answered.append(number)
        self.expected.remove(number)

    def tell(self, word: str) -> None:
        """An error changes nothing of what was told before."""
        word = word[-4:]
        if word[:2] == "61":
            word = self.bench.reader.tpdu(f"00c00000{word[2:]}")[-4:]
        elif word == "6200":
            word = self.bench.status()
        if word[:2] in ("90", "91"):
            self.word = word

    # The terminal

    @rule()
    def profile(self) -> None:
        self.expected.clear()
        self.fetched = None
        self.tell(self.bench.profile())

    @rule()
    def reset(self) -> None:
        self.bench.card.reset()
        self.expected.clear()
        self.fetched = None
        self.word = "9000"

    @rule()
    def status(self) -> None:
        self.tell(self.bench.status())

    @rule(length=st.integers(0, 255))
    def fetch_anything(self, length: int) -> None:
        waiting = self.bench.toolkit.fetch()
        answer = self.bench.reader.tpdu(f"80120000{length:02x}")
        if waiting is None:
            assert answer == "6985"
        elif (length or 256) != len(waiting):
            assert answer == f"6c{len(waiting) & 0xFF:02x}"
        else:
            assert answer == waiting.hex() + "9000"
            self.took(waiting)

    @precondition(lambda self: self.word[:2] == "91")
    @rule()
    def fetch(self) -> None:
        """What 91xx tells of is there, with that length."""
        answer = self.bench.reader.tpdu(f"80120000{self.word[2:]}")
        assert answer[-4:] == "9000" and len(answer) // 2 - 2 == (int(self.word[2:], 16) or 256)
        self.took(bytes.fromhex(answer[:-4]))

    def took(self, command: bytes) -> None:
        assert self.fetched is None
        self.fetched = command[3:] if command[1] == 0x81 else command[2:]
        self.word = "9000"

    @precondition(lambda self: self.fetched is not None)
    @rule(result=st.sampled_from(("00", "10", "2001", "30", "")))
    def answer(self, result: str) -> None:
        command, self.fetched = self.fetched, None
        assert command is not None
        self.tell(self.bench.answer(command, result, ComprehensionTlv(0x38, b"\x81\0"), ComprehensionTlv(4, b"\1\5")))

    @rule(data=st.binary(max_size=20))
    def answer_anything(self, data: bytes) -> None:
        answer = self.bench.reader.tpdu(f"80140000{len(data):02x}{data.hex()}")
        if self.fetched is None:
            assert answer in ("6985", "6700")
        elif answer not in ("6a80", "6700"):
            self.fetched = None
            self.tell(answer)

    @rule(tag=st.sampled_from((0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD9, 0xEE)), data=st.binary(max_size=20))
    def envelope_anything(self, tag: int, data: bytes) -> None:
        self.tell(self.bench.envelope(tag, ComprehensionTlv(0x0B, data)))

    @rule(item=st.sampled_from((0x80, 0x81, 0x82, 0x01)))
    def menu(self, item: int) -> None:
        self.tell(self.bench.menu(item))

    @rule(number=st.integers(0, 0x1F))
    def event(self, number: int) -> None:
        self.tell(self.bench.event(number))

    @rule(raw=st.binary(max_size=30))
    def raw_envelope(self, raw: bytes) -> None:
        self.tell(self.bench.reader.tpdu(f"80c20000{len(raw):02x}{raw.hex()}"))

    @rule(name=st.sampled_from(NAMES))
    def lock(self, name: str) -> None:
        applet = self.bench.applets[name.encode()]
        applet.locked = not applet.locked

    @invariant()
    def told_is_what_waits(self) -> None:
        if not hasattr(self, "bench"):
            return
        waiting = self.bench.toolkit.fetch()
        if self.word[:2] == "91":
            assert waiting is not None and len(waiting) & 0xFF == int(self.word[2:], 16)
        else:
            assert waiting is None
        if self.expected:
            assert waiting is not None or self.fetched is not None
        assert len(self.expected) <= 1

    def teardown(self) -> None:
        """A terminal that now does all as it should comes to an end: nothing is stuck, nothing is owed."""
        if not hasattr(self, "bench"):
            return
        for name in NAMES:
            self.bench.applet(name, lambda event: None)
        for _ in range(60):
            if self.fetched is not None:
                self.answer("00")
            elif self.bench.toolkit.fetch() is not None:
                self.word = self.bench.status()
                self.fetch()
            else:
                break
        assert self.fetched is None and self.bench.toolkit.fetch() is None
        assert self.expected == []


AnyTerminal.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyTerminal = AnyTerminal.TestCase
