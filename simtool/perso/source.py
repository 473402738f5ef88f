"""YAML files written by people: reading (`files.marked_yaml`) and checking (`files.checked_yaml`) under one name."""

from __future__ import annotations

from simtool.files.checked_yaml import Section, check, together
from simtool.files.marked_yaml import MAX_INPUT_SIZE, Location, Mark, Source, parse_yaml, read_yaml

__all__ = [
    "MAX_INPUT_SIZE", "Location", "Mark", "Section", "Source", "check", "parse_yaml", "read_yaml", "together",
]  # fmt: skip
