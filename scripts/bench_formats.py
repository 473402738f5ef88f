"""How many records a second each format's writer makes, and the memory that a long file takes.

Each writer runs for a while over the same cards again and again; what counts is the formatting, not their making. Rates
depend on the machine; the last column is the ratio to a bare loop that writes the same cards' IMSI, Ki and OPc as hex.
"""

from __future__ import annotations

import io
import itertools
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from simtool.batch.formats.card import ListedCard, listed
from simtool.batch.formats.core import ki, opc, subscriber
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format
from simtool.batch.formats.registry import formats
from simtool.codec.identifiers import Plmn
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import InputError
from tests.batch.cards import records

CARDS = 1000
SECONDS = 0.3
WHOLE_IN_MEMORY = ("pysim",)
LONG_FILE = 200_000
HEADER = BatchHeader("bench", plmn=Plmn("001", "01"))
K4 = TransportKey(1, TransportCipher.AES_ECB, Secret(bytes(range(16))))


class Nowhere(io.TextIOBase):
    """Counts what is written and forgets it."""

    def __init__(self) -> None:
        self.characters = 0

    def write(self, text: str) -> int:
        self.characters += len(text)
        return len(text)


class Endless:
    """The same cards until the time is up; `count` is how many were taken."""

    def __init__(self, cards: list[ListedCard]) -> None:
        self.cards, self.count = cards, 0

    def __iter__(self) -> Iterator[ListedCard]:
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            yield from self.cards
            self.count += len(self.cards)


def rate(form: Format, cards: list[ListedCard], transport: TransportKey | None = None) -> float:
    """Records a second."""
    source, start = Endless(cards), time.perf_counter()
    if form.name in WHOLE_IN_MEMORY:
        form.write(cards, Nowhere(), HEADER, None)  # type: ignore[arg-type]
        return len(cards) / (time.perf_counter() - start)
    header = replace(HEADER, quantity=-1) if form.needs_quantity else HEADER
    try:
        form.write(source, Nowhere(), header, transport)  # type: ignore[arg-type]
    except InputError:  # the quantity in the head is not known before
        if not form.needs_quantity:
            raise
    return source.count / (time.perf_counter() - start)


def bare_rate(cards: list[ListedCard]) -> float:
    """The bound: nothing but three values, one write for each card."""
    source, out, start = Endless(cards), Nowhere(), time.perf_counter()
    for card in source:
        out.write(f"{subscriber(card).imsi},{ki(card)},{opc(card)}\n")
    return source.count / (time.perf_counter() - start)


def growth() -> tuple[int, int]:
    """Peak memory in KiB before and after a long file of records made on the way."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = listed(itertools.chain.from_iterable(records(CARDS) for _ in range(LONG_FILE // CARDS)))
    formats()["srsran"].write(made, Nowhere(), HEADER, None)  # type: ignore[arg-type]
    return before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    cards = list(listed(records(CARDS)))
    bound = bare_rate(cards)
    print(f"── Files of batches: records a second by each writer (bare loop {bound:,.0f}/s)")
    for name, form in formats().items():
        measured = rate(form, cards)
        print(f"{name:24}{measured:>12,.0f}/s   {measured / bound:5.2f}")
    sealed = rate(formats()["vendor-out"], cards, K4)
    print(f"{'vendor-out under K4':24}{sealed:>12,.0f}/s   {sealed / bound:5.2f}")
    before, after = growth()
    print(f"\n{LONG_FILE:,} records streamed into srsran: peak memory {before / 1024:.0f} → {after / 1024:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
