"""What the outline of a profile comes to on a product: as far as it is the same on every card, and what is left open.

A wish is settled once unless an earlier one that needs the card's record goes into the same file: that one may enlarge
it, and then the later one has another size to fill. Wishes of records are never settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.errors import CodecError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.keys import fields_kept_with_keys
from simtool.perso.kinds import GUARDED, may_write
from simtool.perso.placing import Placed, make, place, places_of
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.structure import Structure
from simtool.perso.wishes import CardWish, Wish, outline


class Fate(Enum):
    """Where a wish goes: into files; into fields beside the keys; nowhere, but the card has to hold it already."""

    FILES = "files"
    BESIDE_KEYS = "beside the keys"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a wish comes to: contents in places, or the bytes of a field, or the reason why there is no room."""

    placed: tuple[Placed, ...] = ()
    field: bytes | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One wish on this product. `places` are the files that it goes into; `outcome` is None as long as it is open."""

    part: Wish | CardWish
    fate: Fate
    places: tuple[FilePath, ...]
    outcome: Outcome | None = None

    @property
    def wish(self) -> Wish:
        """The wish, that of a record without values."""
        return self.part.frame if isinstance(self.part, CardWish) else self.part

    @property
    def needs_file(self) -> bool:
        """Whether the wish has to be in a file, and the product has none of its places."""
        return self.fate is Fate.FILES and not self.places and self.wish.required

    def of(self, record: CardRecord) -> Wish | None:
        return self.part.of(record) if isinstance(self.part, CardWish) else self.part


@dataclass(frozen=True, slots=True)
class Making:
    """A wish in a file that has to be made for it."""

    wish: Wish
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Settled:
    """`structure` has every file that all cards shall have, `kept` the fields beside the keys with their lengths.

    `made` are the files made for wishes without a place; None where that depends on the record.
    """

    entries: tuple[Entry, ...]
    made: tuple[Making, ...] | None
    structure: Structure
    kept: dict[str, int]


def settle(profile: Profile, model: CardModel) -> Settled:
    """Everything that no record is needed for."""
    kind = profile.operator.kind
    kept = fields_kept_with_keys(model)
    structure = Structure(model)
    entries: list[Entry] = []
    unsettled: set[FilePath] = set()
    for part in outline(profile, model):
        wish = part.frame if isinstance(part, CardWish) else part
        if not may_write(kind, wish.origin):
            if wish.origin in GUARDED:
                entries.append(Entry(part, Fate.GUARDED, places_of(wish, model)))
            continue
        fate = Fate.BESIDE_KEYS if wish.field in kept else Fate.FILES
        entry = Entry(part, fate, places_of(wish, model) if fate is Fate.FILES else ())
        if isinstance(part, CardWish) or not unsettled.isdisjoint(entry.places):
            unsettled.update(entry.places)
            entries.append(entry)
        else:
            outcome = outcome_of(part, entry, structure, kept)
            entries.append(Entry(part, fate, entry.places, outcome))
    return Settled(tuple(entries), _made(entries, structure), structure, kept)


def outcome_of(wish: Wish, entry: Entry, structure: Structure, kept: dict[str, int]) -> Outcome:
    """The wish of an entry, with its values, in these files."""
    try:
        if entry.fate is Fate.BESIDE_KEYS:
            return Outcome(field=wish.coding(wish.paths[0], wish.values[0], kept[wish.field]).data)
        return Outcome(place(wish, entry.places, structure))
    except CodecError as error:
        return Outcome(reason=f"{wish.origin}: {error}")


def made_for(wish: Wish, structure: Structure) -> Making:
    """The wish in a new file, or why there can be none."""
    try:
        return Making(wish, Outcome(make(wish, structure)))
    except CodecError as error:
        return Making(wish, Outcome(reason=f"{wish.origin}: {error}"))


def _made(entries: list[Entry], structure: Structure) -> tuple[Making, ...] | None:
    """The files that every card needs made; None where an open wish has a say in which these are."""
    open_ones = [entry for entry in entries if entry.outcome is None and entry.fate is not Fate.GUARDED]
    wanting = [entry for entry in entries if entry.outcome is not None and _is_unanswered(entry)]
    said = {entry.wish.origin for entry in open_ones}
    if any(entry.needs_file for entry in open_ones) or any(entry.wish.origin in said for entry in wanting):
        return None
    answered = {entry.wish.origin for entry in entries if entry.outcome is not None and _answers(entry.outcome)}
    return tuple(
        made_for(entry.part, structure)
        for entry in wanting
        if isinstance(entry.part, Wish) and entry.wish.origin not in answered
    )


def _answers(outcome: Outcome) -> bool:
    return bool(outcome.placed) or outcome.field is not None


def _is_unanswered(entry: Entry) -> bool:
    outcome = entry.outcome
    return outcome is not None and not _answers(outcome) and not outcome.reason and entry.wish.required
