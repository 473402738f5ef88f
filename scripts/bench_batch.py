"""Measures batches: records per second into files and databases, beside what the same library does in a bare loop.

Modules that only one part needs are imported there: what this module imports, every worker process holds in memory.

    python -m scripts.bench_batch [--files N] [--database N] [--postgres N] [--memory N] [--lookups N]

Numbers are of this computer at this moment; nothing here is compared with a clock in a test.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.batch.block import Block
from simtool.batch.generate import Recipe, make_block, spans
from simtool.batch.numbering import NumberRange
from simtool.batch.order import SubscriptionRanges
from simtool.batch.parallel import in_order
from simtool.crypto.column import Column
from simtool.crypto.key_source import RandomSource
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.perso.material import CodePolicy, MaterialPolicy
from tests.harness.postgres import postgres

if TYPE_CHECKING:
    from simtool.inventory.inventory import Inventory

WORKERS = 2
BARE = 200_000
OP = bytes(range(16))
PROFILE = """\
operator: {kind: full, name: X, plmn: 001-01}
identity:
  iccid: {first: '894944000000000000'}
  imsi: {first: '001010000000000'}
  msisdn: '+8822800000000'
authentication:
  op_file: op.hex
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
"""
AES_K4 = TransportKey(1, TransportCipher.AES_ECB, Secret(os.urandom(16)))
DES_K4 = TransportKey(1, TransportCipher.DES3_ECB, Secret(os.urandom(24)))
KILOBYTE = 1024
EVERY = 16


@dataclass(frozen=True)
class Rate:
    """What was measured: records per second by the clock, and CPU time of this program and its workers per record."""

    what: str
    per_second: float
    cpu_seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=300_000, help="records into CSV and Parquet")
    parser.add_argument("--database", type=int, default=200_000, help="records into SQLite")
    parser.add_argument("--postgres", type=int, default=200_000, help="records into PostgreSQL")
    parser.add_argument("--memory", type=int, default=0, help="records for the peak of memory, e.g. 10000000")
    parser.add_argument("--lookups", type=int, default=2000, help="look-ups by ICCID in the SQLite inventory")
    wanted = parser.parse_args()
    if wanted.memory:
        return memory(wanted.memory)
    bound = bare()
    print(f"bound: CSPRNG, AES key schedule and block per record, bare loop, one core       {bound:12,.0f} /s")
    print(f"{'':80}{'records/s':>10}  of the bound of one core and of {WORKERS}, CPU µs per record")
    parts = chain(
        files(wanted.files) if wanted.files else (), databases(wanted.database, wanted.postgres, wanted.lookups)
    )
    for rate in parts:
        share = rate.per_second / bound
        cpu = rate.cpu_seconds * 1e6
        print(f"{rate.what:80}{rate.per_second:10,.0f}{share:6.2f}{share / WORKERS:6.2f}{cpu:8.1f}", flush=True)
    return 0


def bare() -> float:
    """16 random bytes, an AES key schedule and one block a record, with the library that the product uses."""
    begun = time.perf_counter()
    keys = os.urandom(16 * BARE)
    mode = modes.ECB()  # noqa: S305
    for at in range(0, len(keys), 16):
        Cipher(algorithms.AES(keys[at : at + 16]), mode).encryptor().update(OP)
    return BARE / (time.perf_counter() - begun)


def recipe(count: int) -> Recipe:
    codes = (CodePolicy("PIN1", 4), CodePolicy("PUK1", 8), CodePolicy("ADM1", 8))
    ranges = SubscriptionRanges((NumberRange("001010000000000", count),), (NumberRange("8822800000000", count),), True)
    return Recipe(
        (NumberRange("894944000000000000", count),), (ranges,), MaterialPolicy("milenage", (Column(16, OP),), codes)
    )


def one_block(wanted: Recipe, start: int, count: int) -> Block:
    return make_block(wanted, RandomSource(), start, count).block


def blocks(count: int) -> Iterator[Block]:
    return in_order(partial(one_block, recipe(count)), spans(0, count), workers=WORKERS)


def files(count: int) -> Iterator[Rate]:
    """Generation with keys, OPc, PIN, PUK and ADM straight into a file."""
    from simtool.batch.own_files import write_csv, write_parquet

    with tempfile.TemporaryDirectory(prefix="simtool-bench-") as folder:
        for form, write in (("Parquet", write_parquet), ("CSV", write_csv)):
            for name, key in (("AES", AES_K4), ("3DES", DES_K4)):
                path = Path(folder) / f"{name}.{form.lower()}"
                what = f"(a) {count:,} records to {form}, Ki and OPc under K4 ({name})"
                yield measured(what, count, partial(write, blocks(count), path, transport=key))
                path.unlink()


def databases(sqlite: int, postgresql: int, times: int) -> Iterator[Rate]:
    """The same into the inventory."""
    from simtool.inventory.inventory import Inventory

    with tempfile.TemporaryDirectory(prefix="simtool-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        profile = folder / "profile.yaml"
        profile.write_text(PROFILE)
        (folder / "op.hex").write_text(OP.hex())
        (folder / "op.hex").chmod(0o600)
        if sqlite:
            inventory = stack.enter_context(Inventory.create(folder / "sqlite"))
            what = f"(b) {sqlite:,} records into SQLite with vault, register and audit"
            yield generated(what, inventory, profile, sqlite)
            seconds = lookup(inventory, sqlite, times)
            print(f"    look-up by ICCID in {sqlite:,} records: {seconds * 1e6:.0f} µs (median of {times})")
        if postgresql:
            url = stack.enter_context(postgres())
            inventory = stack.enter_context(Inventory.create(folder / "postgres", url=url))
            what = f"(c) {postgresql:,} records into PostgreSQL (fsync off) with vault, register and audit"
            yield generated(what, inventory, profile, postgresql)


def generated(what: str, inventory: Inventory, profile: Path, count: int) -> Rate:
    from simtool.inventory import production
    from simtool.inventory.orders import create_batch, order_for

    create_batch(inventory, "b1", order_for(profile, "bench", count))
    return measured(what, count, partial(production.generate, inventory, "b1", workers=WORKERS))


def lookup(inventory: Inventory, count: int, times: int) -> float:
    """Seconds that the index takes to find a card by ICCID."""
    from simtool.inventory.find import lookups

    with inventory.store.read() as connection:
        query = "SELECT iccid FROM cards WHERE id = ?"
        step = max(1, count // times)
        first = (1 << 32) + 1
        iccids = [connection.exec_driver_sql(query, (first + at,)).scalar() for at in range(0, count - 1, step)]
        seconds = []
        for iccid in iccids:
            begun = time.perf_counter()
            connection.execute(lookups(str(iccid))[0]).scalar_one()
            seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def measured(what: str, count: int, work: Callable[[], object]) -> Rate:
    begun, cpu = time.perf_counter(), cpu_seconds()
    work()
    return Rate(what, count / (time.perf_counter() - begun), (cpu_seconds() - cpu) / count)


def cpu_seconds() -> float:
    """Of this process and of its workers that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def memory(count: int) -> int:
    """Generation of very many records into Parquet: the most memory that all processes together took."""
    from simtool.batch.own_files import write_parquet

    seen: list[float] = []
    with tempfile.TemporaryDirectory(prefix="simtool-bench-") as folder:
        path = Path(folder) / "cards.parquet"
        rate = measured("", count, partial(write_parquet, watched(blocks(count), seen), path, transport=AES_K4))
        size = path.stat().st_size
    print(f"{count:,} records to Parquet: {rate.per_second:,.0f} /s, {size / KILOBYTE**2:,.0f} MB of file")
    print(f"peak of memory: {max(seen):.0f} MB, this process and {WORKERS} workers, what they share counted once")
    return 0


def watched(made: Iterator[Block], seen: list[float]) -> Iterator[Block]:
    """The same blocks; notes now and then how many MB all processes take (proportional set size)."""
    for number, block in enumerate(made):
        if number % EVERY == 0:
            processes = ["self", *(str(child.pid) for child in multiprocessing.active_children())]
            seen.append(sum(map(proportional_kilobytes, processes)) / KILOBYTE)
        yield block


def proportional_kilobytes(process: str) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    sys.exit(main())
