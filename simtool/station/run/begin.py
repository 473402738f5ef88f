"""The beginning of a station's work: what has to be true before the first card, and what has to be told at once.

The station's name is its own while it works, its batch is generated, its profile is the one that was ordered, and what
an earlier life of this station held is free or may go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from simtool.batch.order import Batch, BatchState
from simtool.errors import ReaderError, RefusedError
from simtool.inventory.audit import Who
from simtool.inventory.gate import ArticleState, first_articles
from simtool.inventory.inventory import Inventory
from simtool.inventory.orders import find_batch, load_profile
from simtool.inventory.station_lock import StationLock, only_station
from simtool.inventory.work import take_back
from simtool.station.bench.bench import Bench
from simtool.station.bench.matching import match_readers
from simtool.station.setup import StationSetup

NO_GATE = "THE FIRST ARTICLE GATE IS OFF: cards are made that nobody approved"


@dataclass(frozen=True, slots=True)
class Begun:
    """`setup` with everything that the inventory knows; `told` are lines for whoever stands there."""

    setup: StationSetup
    lock: StationLock
    told: tuple[str, ...]


@contextmanager
def begin(bench: Bench, setup: StationSetup, *, profile_given: bool) -> Iterator[Begun]:
    """While the block runs, this station is the only one of its name.

    `setup.profile` is where the profile is if `profile_given`, else it is where it was when the batch was ordered.
    Raises `RefusedError` (a second station of the name, a batch that is not generated, a profile that has changed),
    `ReaderError` when not one of the bench's readers is there, `InputError` for an unknown batch.
    """
    place = setup.place
    who = Who(setup.operator or setup.name, setup.name)
    with ExitStack() as stack:
        with Inventory.open(place.folder, url=place.url, vault=place.vault, who=who) as inventory:
            with inventory.store.read() as connection:
                batch = find_batch(connection, setup.batch)
            if batch.state is not BatchState.GENERATED:
                raise RefusedError(
                    f"batch {batch.name} is {batch.state.value}", hint="only a generated one is worked on"
                )
            profile = setup.profile if profile_given else Path(batch.order.profile)
            load_profile(batch.order, profile)
            lock = stack.enter_context(only_station(inventory, setup.name))
            readers = _readers(bench)
            told = (*_gate(inventory, setup, batch), *_earlier(inventory, setup), *readers)
        yield Begun(replace(setup, customer=batch.order.customer, profile=profile), lock, told)


def _readers(bench: Bench) -> tuple[str, ...]:
    """Which slots have no reader now; they wait for it."""
    matched = match_readers(bench)
    missing = [one for one in matched if one.problem]
    if len(missing) == len(matched):
        raise ReaderError(
            f"not one reader of bench {bench.name} is there: slot {missing[0].slot.name}: {missing[0].problem}",
            hint="simtool readers lists those of this computer",
        )
    warnings = [f"slot {one.slot.name}: {one.warning}" for one in matched if one.warning]
    return (*(f"slot {one.slot.name}: {one.problem}; it waits for its reader" for one in missing), *warnings)


def _gate(inventory: Inventory, setup: StationSetup, batch: Batch) -> tuple[str, ...]:
    """Whether any card can be made; which product a card is, and whether the profile has changed, its slot will see."""
    if not setup.gate:
        with inventory.act() as act:
            act.note("first article gate off", batch.name, f"station {setup.name}")
        return (NO_GATE,)
    articles = first_articles(inventory, setup.batch)
    approved = sorted({one.product for one in articles if one.state is ArticleState.APPROVED})
    if approved:
        return (f"first articles are approved for {', '.join(approved)}",)
    waiting = any(one.state is ArticleState.WAITING for one in articles)
    how = "one waits for a decision" if waiting else "make one with simtool station first-article make"
    return (f"no first article of this batch is approved, so no card will be made: {how}",)


def _earlier(inventory: Inventory, setup: StationSetup) -> tuple[str, ...]:
    """What an earlier life of this station held."""
    taken = take_back(inventory, setup.batch, setup.name)
    told = []
    if taken.freed:
        told.append(f"{taken.freed} records that an earlier run had claimed are free again")
    if taken.unfinished:
        some = ", ".join(taken.unfinished[:4]) + (" …" if len(taken.unfinished) > 4 else "")
        told.append(f"cards of an earlier run that are not finished, to be put in again: {some}")
    return tuple(told)
