"""What a bench of readers makes: cards per hour by slots and bit rate, the tool's own work per card, its limit.

The real station, by PC/SC, with software cards that take as long as plastic would (simtool.softcard.timing) and a
robot's hands. Rates are those of the running bench, from each slot's first good card to its last: starting is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from simtool.softcard.timing import TimeModel
from tests.harness.postgres import postgres
from tests.harness.robot import EMPTY_SECONDS
from tests.harness.show import Show
from tests.harness.table import Table

CLOCK = 3_571_200.0
TA1 = (0x11, 0x13, 0x18)
"""9.6, 38.4 and 115.2 kbit/s at this clock."""
SLOTS = (1, 2, 4, 8)
CARDS_PER_SLOT = 7
FAST_CARDS_PER_SLOT = 25
AIM = 0.95
PATIENCE = 1800.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Rate:
    """One run. Times in seconds: `busy` from a card's insertion to its end, `cycle` from one card to the next in a
    slot, `work` the processor time of a slot's worker per card, `tool` that of the whole station.
    """

    slots: int
    per_hour: float
    cycle: float
    busy: float
    work: float
    tool: float
    tpdus: float
    wire_bytes: float


def main() -> int:
    options = _options()
    slots = [count for count in SLOTS if count <= options.slots]
    database = "PostgreSQL" if options.postgres else "SQLite"
    print(f"── A bench of virtual readers, {database}, {os.cpu_count()} processors; full check of every card")
    print(
        f"   In the rates are the robot's hands, too: a slot is empty for {EMPTY_SECONDS} s between two cards, and\n"
        "   pcscd looks at virtual readers every 0.4 s."
    )
    print("\n   kbit/s  slots  cards/h  efficiency  in slot s  cycle s  worker CPU ms  tool CPU ms  TPDUs  bytes")
    for ta1 in options.ta1:
        one: Rate | None = None
        for count in slots:
            model = TimeModel(clock=CLOCK, ta1=ta1)
            found = measure(count, model, CARDS_PER_SLOT, in_postgres=options.postgres)
            one = one or found
            print(_row(f"{model.bit_rate / 1000:6.1f}", found, found.per_hour / count / (one.per_hour / one.slots)))
    print(f"   efficiency: against one slot times n; the aim at eight is {AIM:.0%}")
    print("\n── Cards without any time of their own: what this computer pushes through")
    for count in slots:
        found = measure(count, None, FAST_CARDS_PER_SLOT, in_postgres=options.postgres)
        print(_row("     –", found, None), f" {found.per_hour / 3600:.1f} cards/s")
    bound = (os.cpu_count() or 1) / found.tool
    print(f"   By the tool's own processor time this computer is good for {bound:.0f} cards/s; the software cards, the")
    print("   robot and pcscd share its processors here, and each slot waits for pcscd's look.")
    return 0


def measure(slots: int, timing: TimeModel | None, per_slot: int, *, in_postgres: bool) -> Rate:
    """Make that many cards per slot. Every card must be good."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simtool-bench-")))
        url = stack.enter_context(postgres()) if in_postgres else ""
        show = Show(folder, slots * per_slot, 0, url=url, others=0, strangers=0, timing=timing)
        show.prepare(other=False)
        cards = list(show.feed)
        show.feed.clear()
        table = stack.enter_context(show.table("bench", slots, options=("--no-gate",)))
        table.start()
        show.wait(lambda: table.phases() == {"insert"}, seconds=PATIENCE, what="the slots")
        before = _processor_seconds(table)
        show.feed.extend(cards)
        after = before

        def is_done() -> bool:
            nonlocal after
            after = max(after, _processor_seconds(table))
            return not table.running

        show.wait(is_done, seconds=PATIENCE, what="the cards")
        return _rate(table, slots, slots * per_slot, after - before)


def _rate(table: Table, slots: int, count: int, processor: float) -> Rate:
    good = table.done("good")
    if len(good) != count:
        raise SystemExit(f"{len(good)} of {count} cards are good\n{table.errors}")
    cycles = []
    for name in table.robot.seats:
        at = [card["at"] for card in good if card["slot"] == name]
        if len(at) > 1:
            cycles.append((at[-1] - at[0]) / (len(at) - 1))

    def mean(field: str) -> float:
        return statistics.fmean(card[field] for card in good)

    return Rate(
        slots, sum(3600 / cycle for cycle in cycles), statistics.fmean(cycles), mean("busy"),
        statistics.median(card["work"] for card in good), processor / count, mean("tpdus"), mean("wire_bytes"),
    )  # fmt: skip


def _processor_seconds(table: Table) -> float:
    """Of the station and its workers until now: all processes of the session that it leads."""
    spent = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == table.pid:  # man 5 proc, counted from the state: session, utime, stime
            spent += int(words[11]) + int(words[12])
    return spent / TICKS


def _row(rate: str, found: Rate, efficiency: float | None) -> str:
    share = "         –" if efficiency is None else f"{efficiency:10.1%}"
    return (
        f"   {rate}  {found.slots:5}  {found.per_hour:7.0f}  {share}  {found.busy:9.2f}  {found.cycle:7.2f}  "
        f"{found.work * 1000:13.1f}  {found.tool * 1000:11.1f}  {found.tpdus:5.0f}  {found.wire_bytes:5.0f}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a bench of readers makes.")
    parser.add_argument("--slots", type=int, default=max(SLOTS), help="no more than so many")
    parser.add_argument("--ta1", type=lambda text: int(text, 16), nargs="*", default=list(TA1), help="in hex")
    parser.add_argument("--postgres", action="store_true", help="a private PostgreSQL instead of SQLite")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
