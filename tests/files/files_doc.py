"""Writes the tables of docs/files.md from the codings and the test vectors: python -m tests.files.files_doc."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from simtool.codec.access import AccessRules
from simtool.files.catalogue import catalogue
from simtool.files.contents import CODINGS, HEX_BY_INTENTION, SimServices, coding_for, plain
from simtool.files.contents.table import HEX_DIRECTORIES
from simtool.files.path import FilePath
from tests.files.test_contents import VECTORS as EVERYDAY
from tests.files.test_contents_more import VECTORS as OTHERS

PAGE = Path(__file__).parents[2] / "docs" / "files.md"
START, END = "<!-- tables: tests/files/files_doc.py -->", "<!-- end of tables -->"
ROW = re.compile(r"\| `(EF\.[^`]+)` \| ([^|]+) \| ([^|]+) \| (.+) \|")
HEX = {"EF.GID1", "EF.GID2", "EF.CCP", "EF.CCP1", "EF.CCP2", "EF.ECCP", "EF.BCCH"}  # bytes by their nature


def examples() -> dict[str, tuple[FilePath, Any]]:
    """For each coding the vector that says most, with the path it stands at."""
    found: dict[str, tuple[FilePath, Any]] = {}
    for row in (*EVERYDAY, *OTHERS):
        path, value = FilePath(row[0]), row[1]
        if path.name in CODINGS and coding_for(path) is CODINGS[path.name] and not str(value).startswith("hex:"):
            if path.name not in found or len(flow(value)) > len(flow(found[path.name][1])):
                found[path.name] = path, value
    return found


def flow(value: Any) -> str:
    """A value in YAML's short form, without what is as it is by itself."""
    if is_dataclass(value) and not isinstance(value, type):
        said = [
            f"{field.name}: {flow(item)}"
            for field in fields(value)
            if (item := getattr(value, field.name)) != field.default or field.default is MISSING
        ]
        return "{" + ", ".join(said) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        # What could be read as a number, or would end the form, is quoted; all that begins with a digit, for the eye.
        marks = any(mark in value for mark in ",:#[]{}'\"*&!|>%@` ")
        risky = marks or value[:1].isdigit() or yaml.safe_load(value) != value
        return "'" + value.replace("'", "''") + "'" if risky else value
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()


def form(value: Any) -> str:
    """What kind of value it is."""
    if isinstance(value, AccessRules):
        return "access rules"
    if isinstance(value, SimServices):
        return "lists of services: `activated`, `allocated`"
    if is_dataclass(value) and not isinstance(value, type):
        return ", ".join(f"`{field.name}`" for field in fields(value))
    if isinstance(value, tuple):
        inner = next((item for item in value if item is not None), None)
        return f"list of {form(inner)}" if inner is not None else "list"
    return "whole number" if isinstance(plain(value), int) else "text"


def tables() -> str:
    """The tables, without the text around them."""
    places: dict[str, list[str]] = {}
    for path, file in catalogue().items():
        if not file.type.is_directory and str(path.parent) not in HEX_DIRECTORIES:
            places.setdefault(path.name, []).append(str(path.parent).removeprefix("MF/") or "MF")
    known = examples()
    lines, heading = [], ""
    for name in sorted(CODINGS, key=lambda name: list(places).index(name)):
        if places[name][0] != heading:
            heading = places[name][0]
            lines += ["", f"### {heading}", "", "| file | clause | value | example |", "|---|---|---|---|"]
        value = known[name][1] if name in known else None
        example = f"`{flow(value)}`" if name in known else "hex:…"
        where = f" (also {', '.join(places[name][1:])})" if len(places[name]) > 1 else ""
        kind = "hex" if name in HEX else form(value) if name in known else "access rules"
        lines.append(f"| `{name}` | {CODINGS[name].clause} | {kind}{where} | {example} |")
    lines += ["", "## What stays hex", "", "| file | why |", "|---|---|"]
    lines += [f"| `{name}` | {reason} |" for name, reason in HEX_BY_INTENTION.items()]
    lines += [f"| all of `{name}` | {reason} |" for name, reason in HEX_DIRECTORIES.items()]
    return "\n".join(lines).strip("\n") + "\n"


def page_with_tables(page: str) -> str:
    head, _, rest = page.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n\n{tables()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text()))
