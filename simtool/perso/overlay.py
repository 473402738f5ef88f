"""Files that extend others: a base profile, a brand on top, a customer's variation.

`extends: base.yaml` at the top names the file below, from the folder of the one that says so. Mappings are merged,
lists and single values replaced; null takes away what the file below says. Every value keeps the place where it was
written.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from simtool.errors import InputError
from simtool.perso.source import Location, Mark, Source, read_yaml

EXTENDS = "extends"


def read_layers(path: Path, *, typed: frozenset[str] = frozenset()) -> Source:
    """A file laid over those that it extends. Raises `InputError` for what cannot be read, and for circles."""
    return lay_over_base(read_yaml(path, typed=typed), path.parent, typed=typed, seen=(path.resolve(),))


def lay_over_base(
    source: Source, folder: Path, *, typed: frozenset[str] = frozenset(), seen: tuple[Path, ...] = ()
) -> Source:
    """`source`, written in `folder`, over the file that it extends; itself if it extends none."""
    if not isinstance(source.value, dict) or EXTENDS not in source.value:
        return source
    own = {key: value for key, value in source.value.items() if key != EXTENDS}
    name, place = source.value[EXTENDS], source.place((EXTENDS,))
    if not isinstance(name, str) or not name:
        raise InputError("the name of one file is needed", place=place, field=EXTENDS)
    path = folder / name
    resolved = path.resolve()
    if resolved in seen:
        circle = " → ".join(step.name for step in (*seen[seen.index(resolved) :], resolved))
        raise InputError(f"the files extend each other in a circle: {circle}", place=place, field=EXTENDS)
    if not path.is_file():
        raise InputError(f"there is no file {path}", place=place, field=EXTENDS)
    base = lay_over_base(read_yaml(path, typed=typed), path.parent, typed=typed, seen=(*seen, resolved))
    return _laid_over(base, replace(source, value=own))


def _laid_over(base: Source, top: Source) -> Source:
    marks: dict[Location, Mark] = {}
    value = _merged(base, top, base.value, top.value, (), marks)
    return Source(top.name, value, marks)


def _merged(base: Source, top: Source, below: Any, above: Any, at: Location, marks: dict[Location, Mark]) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        _take_marks(top, at, marks)
        return above
    marks[at] = top.marks[at]
    result = {}
    for key, value in below.items():
        if key not in above:
            _take_marks(base, (*at, key), marks)
            result[key] = value
        elif above[key] is not None:
            result[key] = _merged(base, top, value, above[key], (*at, key), marks)
    for key, value in above.items():
        if key not in below:
            _take_marks(top, (*at, key), marks)
            result[key] = value
    return result


def _take_marks(source: Source, at: Location, marks: dict[Location, Mark]) -> None:
    marks.update({location: mark for location, mark in source.marks.items() if location[: len(at)] == at})
