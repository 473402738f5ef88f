"""The process of one slot: it opens the inventory for itself and has a PC/SC context of its own.

It may be killed at any moment: what a card has and what its record says is found again from the inventory and the
journal. When its station is gone it ends by itself, and finishes nothing.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import suppress

from simtool.errors import SimtoolError
from simtool.inventory.audit import Who
from simtool.inventory.inventory import Inventory
from simtool.inventory.orders import find_batch, load_profile
from simtool.inventory.store import DatabaseError
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.profile import Profile
from simtool.station.events import Phase
from simtool.station.setup import WorkerSetup
from simtool.station.slot.card_work import CardWork
from simtool.station.slot.desk import Desk
from simtool.station.slot.labels import label_maker
from simtool.station.slot.line import Clock, HungUp, Line, Pipe
from simtool.station.slot.loop import SlotLoop
from simtool.station.slot.pcsc_reader import PcscReader
from simtool.station.slot.reader import SlotReader

OPEN_SECONDS = 3.0
HEAR_SECONDS = 0.25


def work(setup: WorkerSetup, pipe: Pipe) -> None:
    """The entry of the process: until END is ordered, or the other end of `pipe` is gone.

    Ctrl-C at the terminal is the station's business, which then tells its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(HungUp):
        run_slot(setup, pipe, PcscReader(setup.slot))
        return
    sys.exit(1)


def run_slot(setup: WorkerSetup, pipe: Pipe, reader: SlotReader, clock: Clock = time.monotonic) -> None:
    """The same with any reader. Raises `HungUp`."""
    line = Line(pipe, setup.slot.name, setup.operator)
    line.phase(Phase.STARTING)
    try:
        found = _opened(setup, line, clock)
        if found is None:
            line.phase(Phase.ENDED)
            return
        inventory, profile = found
        try:
            desk = Desk(setup, inventory, line, clock)
            folder = setup.place.folder
            work = CardWork(setup, profile, desk, line, Journals(folder), Attempts(folder))
            SlotLoop(setup, line, desk, work, reader, label_maker(setup, profile, inventory), clock).run()
        finally:
            with suppress(DatabaseError):  # then another one notes where the log ends
                inventory.close()
    finally:
        reader.close()


def _opened(setup: WorkerSetup, line: Line, clock: Clock) -> tuple[Inventory, Profile] | None:
    """The inventory, and the batch's own profile; tried again until both are there. None: to end."""
    place = setup.place
    while True:
        try:
            inventory = Inventory.open(
                place.folder, url=place.url, vault=place.vault, who=Who(setup.operator, setup.holder)
            )
            try:
                return inventory, _profile(setup, inventory)
            except BaseException:
                inventory.close()
                raise
        except SimtoolError as error:
            line.phase(Phase.ATTENTION, str(error), error.hint)
        until = clock() + OPEN_SECONDS
        while clock() < until and not line.resumed():
            line.hear(HEAR_SECONDS)
            if line.ending:
                return None


def _profile(setup: WorkerSetup, inventory: Inventory) -> Profile:
    """Raises `InputError`, for its label too, and `RefusedError` where it is not the profile that was ordered."""
    with inventory.store.read() as connection:
        batch = find_batch(connection, setup.batch)
    profile = load_profile(batch.order, setup.profile)
    if setup.labels is not None:
        from simtool.station.paper.template import check_paper

        check_paper(profile)
    return profile
