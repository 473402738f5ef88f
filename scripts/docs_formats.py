"""The part of docs/formats.md that the registry dictates: every format with its columns.

`python -m scripts.docs_formats` writes it anew between its two marks; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from simtool.batch.formats.model import Format
from simtool.batch.formats.registry import formats

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "formats.md"
BEGIN, END = "<!-- formats: begin -->\n", "<!-- formats: end -->\n"


def generated() -> str:
    return "\n".join(_section(form) for form in formats().values())


def _section(form: Format) -> str:
    lines = [f"### {form.name}", "", f"{form.purpose}.", f"Layout: {form.source}."]
    if form.template:
        lines.append("A template: copy it, adapt the columns, name the copy as format.")
    lines.append(f"Algorithms: {', '.join(form.algorithms)}." if form.keeps.ki else "No keys.")
    if form.takes_transport_key:
        lines.append("Ki and OPc may stand under a transport key.")
    lines += ["", "| column | meaning | secret |", "|---|---|---|"]
    lines += [f"| `{column.title}` | {column.meaning} | {'yes' if column.secret else ''} |" for column in form.columns]
    return "\n".join(lines) + "\n"


def split(text: str) -> tuple[str, str, str]:
    """Before the marks, between them, after them."""
    head, rest = text.split(BEGIN)
    middle, tail = rest.split(END)
    return head, middle, tail


def main() -> None:
    head, _, tail = split(DOCUMENT.read_text())
    DOCUMENT.write_text(head + BEGIN + generated() + END + tail)


if __name__ == "__main__":
    main()
