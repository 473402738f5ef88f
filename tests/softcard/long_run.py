"""A million random and mutated commands: `python -m tests.softcard.long_run [COUNT]`. Not a test of every day.

Every product gets its share, half of it with everything verified, so that commands also succeed. The card may answer
with any status word, but never fail itself; every thousandth command a card's memory is read again from its store and
must be the same.
"""

from __future__ import annotations

import logging
import random
import sys

from simtool.files.product import load, names
from simtool.softcard.card import SoftCard
from tests.softcard.test_total import is_answer, ways, wild

MILLION = 1_000_000
FORGET_EVERY = 1000
RENEW_EVERY = 5000


class Failed(logging.Handler):
    """The card logs what it could not do; here that is the end."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(self.format(record))


def contents(card: SoftCard) -> dict[str, object]:
    return {path: (node.content.data, node.content.objects, node.save()) for path, node in card.files.by_path.items()}


def mutate(rng: random.Random, command: bytes) -> bytes:
    raw = bytearray(command)
    while raw and rng.random() < 0.2:
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def run(name: str, count: int, *, verified: bool) -> int:
    """`count` commands to one card; gives how many succeeded."""
    model = load(name)
    rng = random.Random(f"{name} {verified}")  # noqa: S311  # repeatable
    card = SoftCard.new(model)
    card.power_on()
    fids, selects = [spec.fid for spec in model.files.values()], ways(model)
    classic = "uicc" not in model.classes
    succeeded = 0
    for number in range(count):
        if number % FORGET_EVERY == 0:
            before = contents(card)
            card.power_loss()
            assert contents(card) == before, f"{name}: memory is not what was kept"
            card.power_on()
            if card.terminated or number % RENEW_EVERY == 0:
                card = SoftCard.new(model)
                card.power_on()
        if verified and number % 50 == 0:
            for pin in card.pins.values():
                pin.verified = True
            card.guard.changed()
        command = mutate(rng, wild(rng, fids, selects))
        if classic and rng.random() < 0.9:
            command = b"\xa0" + command[1:]
        answer = card.transmit(command)
        assert is_answer(answer), f"{name}: {command.hex()} -> {answer.hex()}"
        succeeded += answer[-2] in (0x90, 0x61, 0x9F)
    return succeeded


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    logging.getLogger("simtool.softcard").addHandler(Failed())
    logging.raiseExceptions = True
    products = names()
    share = -(-count // (2 * len(products)))
    for name in products:
        done = [run(name, share, verified=verified) for verified in (False, True)]
        sys.stdout.write(f"{name}: {2 * share} commands, {sum(done)} succeeded\n")


if __name__ == "__main__":
    main()
