"""The show of a warehouse: a batch of two products, made by stations that are killed, with cards that have troubles.

`Show` sets up the inventory and the stack, opens tables, and calls the judge at the end. What happens when is for the
test and the script to say.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from simtool.inventory.audit import Who
from simtool.inventory.find import find
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.softcard.timing import TimeModel
from tests.harness.bench import virtual_bench
from tests.harness.judge import Verdict, judge
from tests.harness.plastic import Plastic, Stack, stack
from tests.harness.robot import BAD, GOOD, Robot
from tests.harness.table import Crew, Table, Works, simtool, wait_for

PRODUCTS = ("sysmoISIM-SJA5", "sysmoISIM-SJA2")
BATCH, OTHER = "spring26", "summer26"
FIRST_ICCID = 894_944_000_000_200_000
SUPERVISOR_SECONDS = 5.0
SETTLED_SECONDS = 8.0
"""How long a card lies in the reject box before the supervisor looks at it: what was wrong there is gone by then."""
CREW = Crew("Ada", "483920", "Eve", "920173")
PROFILE = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity:
  iccid: {stock: stock.yaml}
  imsi: {first: '001010000100001', last: '001010000199999'}
  msisdn: '+88228000101'
authentication:
  algorithm: milenage
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
branding:
  spn: {name: Nordlicht, show_plmn_at_home: false, hide_when_roaming: true}
network:
  home: [{plmn: 001-01, technologies: [E-UTRAN, UTRAN, GERAN]}]
  user: [{plmn: 001-01, technologies: [E-UTRAN, UTRAN, GERAN]}]
services: {smsc: '+8822800100'}
"""


@dataclass
class Show:
    """A batch of `quantity` cards with its stack; `others` are cards of another batch, `strangers` of none."""

    folder: Path
    quantity: int
    spare_percent: int
    url: str = ""
    faulty: int = 0
    others: int = 1
    strangers: int = 1
    seed: int = 1
    timing: TimeModel | None = None
    tables: list[Table] = field(default_factory=list)

    _seen_rejected: set[Plastic] = field(default_factory=set)

    def __post_init__(self) -> None:
        count = self.quantity + self.quantity * self.spare_percent // 100
        self.stack: Stack = stack(
            count, PRODUCTS, first=FIRST_ICCID, seed=self.seed, faulty=self.faulty, others=self.others,
            strangers=self.strangers,
        )  # fmt: skip
        self.feed: deque[Plastic] = deque(self.stack.cards)
        self.home = self.works("home")

    def works(self, place: str) -> Works:
        """What a station at that place is told: a state folder of its own, the same inventory and vault."""
        key = f"file:{self.folder / 'vault.key'}"
        url = self.url or f"sqlite:///{self.folder / 'inventory.db'}"
        return Works(self.folder / place, url, key, BATCH, CREW)

    def inventory(self) -> Inventory:
        works = self.home
        return Inventory.open(works.state, url=works.url, vault=works.vault, who=Who("judge", "show"))

    def prepare(self, *, other: bool = True) -> None:
        """Order both batches, let the crew in."""
        for name, text in (("stock.yaml", self.stack.stock_yaml), ("profile.yaml", PROFILE)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o600)
        profile = self.folder / "profile.yaml"
        simtool(self.home, "vault", "init")
        spare = str(self.spare_percent)
        for batch, quantity, percent in ((BATCH, self.quantity, spare), (OTHER, self.others, "0"))[: 1 + other]:
            order = ("--customer", "ACME", "--quantity", str(quantity), "--spare", percent)
            simtool(self.home, "batch", "create", batch, str(profile), *order)
            simtool(self.home, "batch", "generate", batch)
        for name, role, pin in (
            (CREW.operator, "operator", CREW.pin), (CREW.supervisor, "supervisor", CREW.supervisor_pin)
        ):  # fmt: skip
            words = ("station", "operator", "add", name, "--role", role, "--pin-from-env", "NEW_PIN")
            simtool(self.home, *words, environment={"NEW_PIN": pin})

    def first_articles(self, table: Table) -> None:
        """The gate: one card of each product is made at the table's first slot, and the supervisor approves it.

        To be called before the station starts.
        """
        slot, robot = table.bench.slots[0], table.robot
        for product in PRODUCTS:
            plastic = next(one for one in self.feed if one.product == product and one.is_plain)
            self.feed.remove(plastic)
            robot.seats[slot.name].put(plastic)
            wait_for(lambda: table.bench.holds_card(slot), [table], seconds=30, what="the first article's card")
            words = (
                "make",
                BATCH,
                "--reader",
                f"pcsc:{slot.reader}",
                "--product",
                product,
                "--operator",
                CREW.operator,
            )
            as_operator = {**table.bench.environment, "SIMTOOL_OPERATOR_PIN": CREW.pin}
            works = replace(table.works, crew=None)
            made = simtool(works, "station", "first-article", *words, "--json", environment=as_operator)
            robot.take(slot.name, GOOD)
            approve = ("approve", str(json.loads(made)["id"]), "--who", CREW.supervisor)
            as_supervisor = {"SIMTOOL_OPERATOR_PIN": CREW.supervisor_pin}
            simtool(self.home, "station", "first-article", *approve, environment=as_supervisor)

    @contextmanager
    def table(
        self, name: str, slots: int, *, handlers: bool = False, more: str = "", options: tuple[str, ...] = ()
    ) -> Iterator[Table]:
        """A table with a bench of its own; it is not started yet, and ended at the end whatever happens."""
        with virtual_bench(slots) as bench:
            robot = Robot(bench.slots, self.feed, timing=self.timing)
            works = replace(self.works(name), options=options)
            table = Table(name, bench, robot, works, handlers=handlers, more=more)
            self.tables.append(table)
            try:
                yield table
            finally:
                table.close()
                (self.folder / f"{name}.story").write_text("\n".join(robot.story))

    @property
    def good_box(self) -> list[Plastic]:
        return [plastic for table in self.tables for plastic in table.robot.boxes[GOOD]]

    @property
    def done(self) -> int:
        """How many cards lie in the good boxes, for the progress."""
        return len(self.good_box)

    def wait(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Until it is so; meanwhile the supervisor looks at the reject boxes now and then."""
        looked = time.monotonic()

        def is_so() -> bool:
            nonlocal looked
            if time.monotonic() - looked > SUPERVISOR_SECONDS:
                self.look_at_rejects()
                looked = time.monotonic()
            return condition()

        wait_for(is_so, self.tables, seconds=seconds, what=what)

    def look_at_rejects(self) -> None:
        """A dead card tells no number: by the one that is printed on it the supervisor rejects its record."""
        lying = [plastic for table in self.tables for plastic in table.robot.boxes[BAD]]
        with self.inventory() as inventory:
            for plastic in lying:
                if plastic in self._seen_rejected or time.monotonic() - plastic.laid < SETTLED_SECONDS:
                    continue
                if find(inventory, plastic.iccid.digits).state is RecordState.PROGRAMMING:
                    why = ("--why", "does not answer any more; it lies in the reject box")
                    simtool(self.home, "inventory", "move", plastic.iccid.digits, "rejected", *why, check=False)
                else:
                    self._seen_rejected.add(plastic)

    def judge(self) -> Verdict:
        """Everything that is wrong at the end, and what the command line says of counts and log."""
        with self.inventory() as inventory:
            sorter = [one for table in self.tables if table.handlers for one in table.robot.boxes[BAD]]
            return judge(inventory, BATCH, self.quantity, self.stack.cards, good_box=self.good_box, sorter=sorter)
