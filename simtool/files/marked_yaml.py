"""YAML files written by people: read with the place of every value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from simtool.errors import InputError

Location = tuple[str | int, ...]
_NAME = re.compile(r"[A-Za-z_][\w./ -]{0,60}")
_HEX = re.compile(r"[0-9A-Fa-f]{8,}")
MAX_INPUT_SIZE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """Parsed YAML: its value and where each part of it is written (in one file, or in several laid over each other)."""

    name: str
    value: Any
    marks: Mapping[Location, Mark]

    def mark(self, location: Location) -> Mark | None:
        """Where the value at `location` is written, or the nearest thing around it."""
        for length in range(len(location), -1, -1):
            mark = self.marks.get(location[:length])
            if mark is not None:
                return mark
        return None

    def place(self, location: Location) -> str:
        """The mark as `FILE:LINE:COLUMN`."""
        return str(self.mark(location) or self.name)


def read_yaml(path: Path, *, typed: frozenset[str] = frozenset()) -> Source:
    """Read a YAML file as `parse_yaml` does. Raises `InputError` when it cannot be read or is not YAML."""
    try:
        if path.stat().st_size > MAX_INPUT_SIZE:
            raise InputError("the file is larger than 64 MiB", place=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", place=str(path)) from error
    return parse_yaml(text, str(path), typed=typed)


def parse_yaml(text: str, name: str, *, typed: frozenset[str] = frozenset()) -> Source:
    """Read YAML text; `name` stands for the file in messages.

    Scalars keep their text, so 001 stays 001; only below the names in `typed` do plain whole numbers become numbers.
    """
    marks: dict[Location, Mark] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _construct(node, (), marks, name, typed) if node is not None else None
    except yaml.MarkedYAMLError as error:
        place = str(_mark(name, error.problem_mark)) if error.problem_mark else name
        raise InputError(error.problem or "not YAML", place=place) from error
    except yaml.YAMLError as error:
        raise InputError("not YAML", place=name) from error
    except RecursionError as error:
        raise InputError("nested too deeply", place=name) from error
    return Source(name, value, marks)


def _mark(name: str, mark: yaml.Mark) -> Mark:
    return Mark(name, mark.line + 1, mark.column + 1)


def _construct(
    node: yaml.Node, location: Location, marks: dict[Location, Mark], name: str, typed: frozenset[str]
) -> Any:
    marks[location] = _mark(name, node.start_mark)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("a name must be plain text", place=str(_mark(name, key_node.start_mark)))
            key = str(key_node.value)
            if key in result:
                place = str(_mark(name, key_node.start_mark))
                raise InputError("the name stands twice", place=place, field=name_as_shown(key))
            result[key] = _construct(value_node, (*location, key), marks, name, typed)
            marks[(*location, key)] = _mark(name, key_node.start_mark)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*location, index), marks, name, typed) for index, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return node.value.lower() in ("true", "yes", "on")
    if location and location[0] in typed and node.tag == "tag:yaml.org,2002:int" and _is_plain(node.value):
        return int(node.value)
    return str(node.value)


def _is_plain(digits: str) -> bool:
    """A whole number, and no digits or hex that would lose their leading zeros."""
    return digits.isdecimal() and str(int(digits)) == digits


def name_as_shown(name: str | int) -> str:
    """A name as it may stand in a message: in a broken file a key can stand where a name belongs."""
    text = str(name)
    return text if isinstance(name, int) or (_NAME.fullmatch(text) and not _HEX.fullmatch(text)) else "(a name)"
