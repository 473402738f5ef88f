"""Text files shared with another program: read whatever a spreadsheet saved, tell all problems at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simtool.errors import InputError
from simtool.perso.source import MAX_INPUT_SIZE

MAX_PROBLEMS = 200
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, or of a UTF-16 file that says so, without its byte order mark.

    Raises `InputError` when it cannot be read or is not text.
    """
    try:
        if path.stat().st_size > MAX_INPUT_SIZE:
            raise InputError("the file is larger than 64 MiB", place=str(path), hint="split it")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    encoding = "utf-16" if raw.startswith(_UTF16_MARKS) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = f"{path}:{line}"
        # not `from error`: that exception carries the whole file
        raise InputError("this is not UTF-8 text", place=place, hint="save the file as UTF-8 and try again") from None


def refuse(problems: Sequence[InputError], *, hint: str = "correct the file") -> None:
    """Raise one `InputError` that tells every problem, a line each. Nothing happens when there is none."""
    if not problems:
        return
    if len(problems) == 1:
        raise InputError(
            problems[0].reason, place=problems[0].place, field=problems[0].field, hint=problems[0].hint or hint
        )
    lines = [str(problem) for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"… and {len(problems) - MAX_PROBLEMS} more problems")
    raise InputError("\n".join(lines), hint=hint)
