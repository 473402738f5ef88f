"""The show of the warehouse station, step by step; `scripts/show_station` sets the computer up and starts it.

Software cards that take as long as plastic sit in virtual readers; a robot puts them in and takes them out. At the
first table it does what the screens say, at the second it is feeder and sorter. What happens when is drawn from the
seed. The verdict at the end comes from tests/harness/judge.py, which reads every card in the good box by commands of
its own and has each one authenticate against osmo-auc-gen with the keys of the register.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from simtool.inventory.life import RecordState
from simtool.softcard.timing import TimeModel
from tests.harness.judge import Verdict
from tests.harness.plastic import Fate, scaled
from tests.harness.postgres import postgres
from tests.harness.robot import BAD, GOOD
from tests.harness.show import BATCH, PRODUCTS, Show
from tests.harness.table import Table, simtool

TROUBLES_PERCENT, SPARE_PERCENT = 3, 5
TELL_SECONDS = 10.0
HOURS = 3600.0


def main() -> int:
    options = _options()
    chance = random.Random(options.seed)  # noqa: S311  # repeatable on purpose
    timing = scaled(TimeModel(ta1=options.ta1), options.speed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simtool-show-")))
        show = Show(
            folder, options.cards, SPARE_PERCENT, url=stack.enter_context(postgres()),
            faulty=max(1, options.cards * TROUBLES_PERCENT // 100), others=2, strangers=2, seed=options.seed,
            timing=timing,
        )  # fmt: skip
        step(f"{options.cards} cards ordered, {' and '.join(PRODUCTS)}; {timing.bit_rate / 1000:.0f} kbit/s")
        show.prepare()
        with show.table("north", 8) as north, show.table("south", 4, handlers=True) as south:
            _perform(show, north, south, chance)
        step("The judge reads every card in the good boxes")
        verdict = show.judge()
        simtool(show.home, "audit", "verify")
        _tell(show, verdict)
    return 0 if verdict else 1


def _perform(show: Show, north: Table, south: Table, chance: random.Random) -> None:
    """The whole order, with everything that happens on the way."""
    began = time.monotonic()
    step("The first articles: one card of each product, approved by the supervisor")
    show.first_articles(north)
    step("Station north begins: eight slots, a person with two hands for each")
    north.start()
    count = show.quantity

    def at(low: float, high: float, text: str) -> None:
        """Wait until so much of the order is done, and a random moment more."""
        _until(show, round(count * chance.uniform(low, high)), began)
        time.sleep(chance.uniform(0, 1.5))
        step(f"{text} ({show.done} cards are done)")

    at(0.10, 0.25, "Station north is killed, and started again")
    north.kill()
    north.start()
    at(0.27, 0.30, "A finished card gets back onto the stack by mistake")
    north.robot.mix_up()
    at(0.35, 0.45, "The PC/SC service of north is killed, and started again after two seconds")
    north.bench.restart(down_seconds=2)
    at(0.48, 0.52, "Station south joins: four slots with a feeder and a sorter")
    south.start()
    at(0.60, 0.85, "Station north is killed once more, and started again")
    north.kill()
    north.start()
    _until(show, count, began)
    show.wait(lambda: not (north.running or south.running), seconds=HOURS, what="the end")
    seconds = time.monotonic() - began
    step(f"The order is filled after {seconds:.0f} s: {3600 * count / seconds:.0f} cards an hour")
    if (north.exit_code, south.exit_code) != (0, 0):
        raise SystemExit(
            f"north ended with {north.exit_code}, south with {south.exit_code}\n{north.errors}{south.errors}"
        )


def _until(show: Show, done: int, began: float) -> None:
    told = time.monotonic()

    def reached() -> bool:
        nonlocal told
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            rejected = sum(len(table.robot.boxes[BAD]) for table in show.tables)
            print(f"   {told - began:5.0f} s  {show.done} in the good boxes, {rejected} rejected", flush=True)
        return show.done >= done or not any(table.running for table in show.tables)

    show.wait(reached, seconds=HOURS, what=f"card {done}")


def _tell(show: Show, verdict: Verdict) -> None:
    step("The cards with troubles")
    for plastic in sorted((one for one in show.stack.cards if one.trouble), key=lambda one: one.trouble.name):
        print(f"   {plastic.trouble.name:28} must end {plastic.fate.value:18} lies in: {plastic.box or 'the stack'}")
    for plastic in show.stack.cards:
        if plastic.fate is Fate.STRANGER:
            print(f"   {'not of this batch':28} must end {plastic.fate.value:18} lies in: {plastic.box or 'the stack'}")
    step("Verdict")
    count = verdict.count
    states = ", ".join(f"{number} {state.value}" for state, number in count.by_state if number)
    by_table = Counter({table.name: len(table.robot.boxes[GOOD]) for table in show.tables})
    rows = (
        ("cards in the good boxes, each read and proved", str(verdict.good)),
        ("made at", ", ".join(f"{name}: {number}" for name, number in by_table.items())),
        ("records", states),
        (
            f"ordered {count.ordered} = good {count.good} + rejected {count.rejected} + spare {count.spare} + open "
            f"{count.open}",
            "balances" if count.balances else "DOES NOT BALANCE",
        ),
        ("held or quarantined", str(sum(dict(count.by_state)[state] for state in _LEFT))),
        ("audit log", f"{verdict.entries} entries, whole" if not verdict.broken_log else "BROKEN"),
        ("problems", str(len(verdict.problems))),
    )
    for name, value in rows:
        print(f"   {name:60} {value}")
    print("\n".join(f"   WRONG: {problem}" for problem in verdict.problems))
    print(f"{'GOOD' if verdict else 'NOT GOOD'}: batch {BATCH}")


_LEFT = (RecordState.CLAIMED, RecordState.PROGRAMMING, RecordState.QUARANTINED)


def step(text: str) -> None:
    print(f"\n\x1b[1m── {text}\x1b[0m" if sys.stdout.isatty() else f"\n── {text}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The show of the warehouse station.")
    parser.add_argument("--cards", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ta1", type=lambda text: int(text, 16), default=0x94, help="the cards' TA1, in hex")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as plastic")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
