"""YAML files written by people: read with the place of every value, checked against a schema, all errors at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from simtool.errors import InputError

Location = tuple[str | int, ...]
_NAME = re.compile(r"[A-Za-z_][\w./ -]{0,60}")
_HEX = re.compile(r"[0-9A-Fa-f]{8,}")
MAX_INPUT_SIZE = 64 * 1024 * 1024


class Section(BaseModel):
    """Base of every schema for written files: unknown names are errors, values never appear in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)


SectionType = TypeVar("SectionType", bound=Section)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed YAML file: its value and the line of each part of it."""

    name: str
    value: Any
    lines: Mapping[Location, int]

    def place(self, location: Location) -> str:
        """`FILE:LINE` of the value at `location`, or of the nearest thing around it."""
        for length in range(len(location), -1, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


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
    lines: dict[Location, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _construct(node, (), lines, name, typed) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InputError(error.problem or "not YAML", place=f"{name}:{line}" if line else name) from error
    except yaml.YAMLError as error:
        raise InputError("not YAML", place=name) from error
    except RecursionError as error:
        raise InputError("nested too deeply", place=name) from error
    return Source(name, value, lines)


def _construct(
    node: yaml.Node, location: Location, lines: dict[Location, int], name: str, typed: frozenset[str]
) -> Any:
    lines[location] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("a name must be plain text", place=f"{name}:{key_node.start_mark.line + 1}")
            key = str(key_node.value)
            if key in result:
                place = f"{name}:{key_node.start_mark.line + 1}"
                raise InputError("the name stands twice", place=place, field=_shown(key))
            result[key] = _construct(value_node, (*location, key), lines, name, typed)
            lines[(*location, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*location, index), lines, name, typed) for index, item in enumerate(node.value)]
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


def check(source: Source, schema: type[SectionType]) -> SectionType:
    """The value of `source` as `schema`.

    Raises `InputError`; when there are several problems, its message holds a line for each. No message repeats a value,
    unless the check of that very value wrote it.
    """
    try:
        return schema.model_validate({} if source.value is None else source.value)
    except ValidationError as error:
        problems = [_problem(source, dict(item)) for item in error.errors(include_input=False, include_url=False)]
        if len(problems) == 1:
            raise problems[0] from None
        raise InputError("\n".join(str(problem) for problem in problems), hint="correct the file") from None


def _problem(source: Source, item: dict[str, Any]) -> InputError:
    location: Location = tuple(part for part in item["loc"] if part != "[key]")
    reasons = {"extra_forbidden": "unknown name", "missing": "is missing"}
    cause = item.get("ctx", {}).get("error")
    reason = str(cause) if item["type"] == "value_error" and cause else reasons.get(item["type"], item["msg"])
    return InputError(reason, place=source.place(location), field=".".join(map(_shown, location)))


def _shown(name: str | int) -> str:
    """A name as it may stand in a message: in a broken file a key can stand where a name belongs."""
    text = str(name)
    return text if isinstance(name, int) or (_NAME.fullmatch(text) and not _HEX.fullmatch(text)) else "(a name)"
