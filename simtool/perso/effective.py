"""Where every effective value of a profile comes from, and to which file of the card it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.desired import KEYS
from simtool.perso.kinds import may_write
from simtool.perso.profile import Profile
from simtool.perso.rooms import place_of
from simtool.perso.source import Location, Section
from simtool.perso.stand_in import stand_in
from simtool.perso.wishes import Wish, wishes
from simtool.perso.wishes.tables import ORIGIN

RECORD = "record."
NOT_WRITTEN = "the host's: compared or left alone, never written"


@dataclass(frozen=True, slots=True)
class Effective:
    """One value: its dotted name, itself in words, where it is written or from what it is derived, and its files."""

    name: str
    value: str
    source: str
    files: tuple[str, ...]


def effective_values(profile: Profile, model: CardModel | None = None) -> tuple[Effective, ...]:
    """Everything that the profile says, then what follows from it.

    With `model` the files are those of that product; without, those of the standards.
    """
    found = list(wishes(profile, stand_in(profile, model), model))
    said = [_said(profile, at, value, found, model) for at, value in _leaves(profile.source.value, ())]
    derived = tuple(_derived(profile, found, model))
    told = {item.name for item in derived}
    return (*said, *(item for item in _defaults(profile, ()) if item.name not in told), *derived)


def _said(profile: Profile, at: Location, value: Any, found: list[Wish], model: CardModel | None) -> Effective:
    name = _dotted(at)
    files = [path for wish in found if _asks(wish, at) for path in _files(wish, model)]
    if at[0] == KEYS and at[1:2] != ("pins",) and may_write(profile.operator.kind, KEYS) and model is not None:
        files += [str(path) for spec in model.authentication for path in spec.files]
    return Effective(name, _text(value), profile.place(*at), tuple(dict.fromkeys(files)))


def _asks(wish: Wish, at: Location) -> bool:
    """Whether this wish comes of the value at `at`: one of its origins is the same part, or one around it."""
    if at[0] == "files":
        return wish.origin == f"files.{at[1]}"
    name = _dotted(tuple(part for part in at if isinstance(part, str)))
    origins = [origin.strip() for origin in wish.origin.split(",")]
    return any(name == origin or name.startswith(f"{origin}.") for origin in origins)


def _derived(profile: Profile, found: list[Wish], model: CardModel | None) -> Iterator[Effective]:
    """What no line of the profile gives: from records, from other values, by the standards' rules."""
    for wish in found:
        if not wish.derived:
            continue
        source = f"derived: {wish.derived}" if may_write(profile.operator.kind, wish.origin) else NOT_WRITTEN
        value = "per card" if wish.origin.startswith(RECORD) else ", ".join(_text(item) for item in wish.values)
        name = wish.origin if wish.origin != ORIGIN else f"services of {wish.paths[0].name}"
        yield Effective(name, value, source, tuple(_files(wish, model)))


def _defaults(section: Section, at: Location) -> Iterator[Effective]:
    """What the grammar fills in where the profile says nothing."""
    for name in type(section).model_fields:
        value: Any = vars(section)[name]
        inner = [value] if isinstance(value, Section) else value if isinstance(value, tuple) else []
        parts = [item for item in inner if isinstance(item, Section)]
        if parts:
            for number, item in enumerate(parts):
                yield from _defaults(item, (*at, name) if isinstance(value, Section) else (*at, name, number))
        elif name not in section.model_fields_set and value not in (None, (), {}, ""):
            yield Effective(_dotted((*at, name)), _text(value), "default", ())


def _files(wish: Wish, model: CardModel | None) -> list[str]:
    if model is None:
        return [str(path) for path in wish.paths]
    places = [place_of(model, path) for path in wish.paths]
    return [str(place) for place in dict.fromkeys(places) if isinstance(place, FilePath)]


def _leaves(value: Any, at: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves(below, (*at, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, below in enumerate(value):
            yield from _leaves(below, (*at, number))
    else:
        yield at, value


def _dotted(at: Location) -> str:
    return ".".join(map(str, at))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "nothing"
    if isinstance(value, dict):
        if all(isinstance(item, bool) for item in value.values()):
            return ", ".join(f"{key} {'on' if item else 'off'}" for key, item in value.items())
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items() if item not in (None, []))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
