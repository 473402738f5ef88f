"""From a file to cards, from cards to a file; both all or nothing.

Cards stream: a file of a million is never whole in memory, unless the format says so (`simtool.batch.formats.records`).
What is wrong is therefore known only at the end, and then everything is dropped: the new file is not put in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from simtool.batch.formats.card import ListedCard, by_subscription
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format, Reading
from simtool.batch.formats.text import open_text
from simtool.crypto.transport_key import TransportKey
from simtool.errors import InputError
from simtool.perso.private_file import private_stream
from simtool.perso.pysim.text_files import MAX_PROBLEMS, refuse

Source = Callable[[], Iterable[ListedCard]]
"""Gives the cards from the beginning each time it is called: a file's, an inventory's."""


@dataclass(slots=True)
class Written:
    """What went into a file. `lost` are the things that the format has no place for, `entries` its rows."""

    entries: int = 0
    lost: dict[str, None] = field(default_factory=dict)


def read_cards(form: Format, path: Path, reading: Reading | None = None) -> Iterator[ListedCard]:
    """The cards of a file, one after the other. At the end it raises `InputError` with everything that is wrong.

    Whoever consumes them must be able to drop them then.
    """
    reading = reading if reading is not None else Reading(str(path))
    with open_text(path) as source:
        yield from form.read(source, reading)
    refuse(reading.problems)


def write_cards(
    form: Format, source: Source, path: Path, header: BatchHeader, transport: TransportKey | None = None
) -> Written:
    """A new file (0600) with these cards, whole or not at all.

    Raises `InputError` with every card that the format cannot hold, when the file exists, or when a transport key is
    given to a format that has no place for it.
    """
    if transport is not None and not form.takes_transport_key:
        hint = "vendor-out does; recipient packages encrypt the whole file"
        raise InputError(f"{form.name} has no place for the index of a transport key", hint=hint)
    if form.needs_quantity:
        header = replace(header, quantity=sum(1 for _ in source()))
    written = Written()
    with private_stream(path) as out:
        form.write(_admitted(form, source(), written), out, header, transport)
        if not written.entries:
            raise InputError("there is no card to write")
    return written


def _admitted(form: Format, cards: Iterable[ListedCard], written: Written) -> Iterator[ListedCard]:
    """The cards in the format's own units. Raises `InputError` at the end when some were refused."""
    problems: list[InputError] = []
    loses, refusal = form.keeps.loses, form.refusal
    for card in by_subscription(cards) if form.by_subscription else cards:
        reason = refusal(card)
        if reason:
            problems.append(InputError(reason, place=card.name))
            if len(problems) > MAX_PROBLEMS:
                break
            continue
        for name in loses(card):
            written.lost[name] = None
        written.entries += 1
        yield card
    refuse(problems, hint="leave these cards out, or choose another format; nothing was written")
