"""A small card with one of everything, and a reader's end to speak to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.files.product import CardModel, load, parse
from simtool.softcard.card import SoftCard
from tests.harness.gp_host import Host

ISSUER = bytes.fromhex("a000000151000000")
PRODUCT = Path(__file__).with_name("small-card.yaml")


class Reader:
    """Sends hex, gives hex. `tpdu` is one exchange; `apdu` also fetches what a T=0 card holds back."""

    def __init__(self, card: SoftCard) -> None:
        self.card = card
        card.power_on()

    def tpdu(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex()

    def apdu(self, command: str) -> str:
        answer = self.tpdu(command)
        if len(answer) > 4:
            return answer
        if answer[:2] == "6c":
            return self.tpdu(command[:8] + answer[2:])
        if answer == "6283" and "a40004" in command:  # TS 102 221 §7.3.1.1.4: the warning first, then the data
            return self.tpdu("00c00000" + self.tpdu("00c0000000")[2:])
        if answer[:2] in ("61", "9f"):
            cla = command.split()[0][:2]
            rest = self.tpdu(f"{cla}c00000{answer[2:]}")
            while rest[-4:-2] == "61":
                rest = rest[:-4] + self.tpdu(f"{cla}c00000{rest[-2:]}")
            return rest
        return answer

    def sw(self, command: str) -> str:
        """The status word alone, with waiting data fetched."""
        return self.apdu(command)[-4:]

    def ok(self, *commands: str) -> str:
        """Every command must succeed; gives the data of the last."""
        data = ""
        for command in commands:
            answer = self.apdu(command)
            assert answer.endswith("9000"), f"{command} -> {answer}"
            data = answer[:-4]
        return data

    def script(self, text: str) -> None:
        """Lines `command : answer`; an answer may end in .. for "whatever", XX stands for any byte."""
        for line in text.strip().splitlines():
            line = line.partition("#")[0].strip()
            if not line:
                continue
            command, _, wanted = (part.strip().replace(" ", "").lower() for part in line.partition(":"))
            answer = self.tpdu(command)
            assert matches(answer, wanted), f"{line}\n  answer {answer}"


def matches(answer: str, wanted: str) -> bool:
    if wanted.startswith("*"):
        return answer.endswith(wanted[1:])
    return len(answer) == len(wanted) and all(w in ("x", a) for a, w in zip(answer, wanted, strict=True))


@pytest.fixture(scope="session")
def small_model() -> CardModel:
    return parse(PRODUCT.read_text(), source=PRODUCT.name)


@pytest.fixture
def small(small_model: CardModel) -> Reader:
    return Reader(SoftCard.new(small_model))


@pytest.fixture
def sja5() -> Reader:
    return Reader(SoftCard.new(load("sysmoISIM-SJA5")))


@pytest.fixture
def reader_of() -> Callable[[SoftCard], Reader]:
    return Reader


@pytest.fixture
def card() -> SoftCard:
    """A generic-usim, powered: the product with both secure channel protocols and keys that everybody knows."""
    card = SoftCard.new(load("generic-usim"))
    card.power_on()
    return card


@pytest.fixture
def host(card: SoftCard) -> Host:
    """A terminal with a secure channel to its issuer security domain."""
    return Host(card).open(ISSUER)
