"""The templates' environment: everything is escaped, a missing value is an error, and there are words for numbers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simtool.station.web.looks import LOOKS, MARKS


def environment(folder: Path) -> Environment:
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        groups=groups, lasting=lasting, moment=moment, clock=clock, percent=percent, count=count, short=short
    )
    made.globals.update(looks=LOOKS, marks=MARKS)
    return made


def groups(digits: str) -> str:
    """A long number in fours, as it is printed on cards; spaces that do not break."""
    return "\N{NO-BREAK SPACE}".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def short(digits: str) -> str:
    """The end of a number, which is what differs."""
    return digits if len(digits) <= 8 else f"…{digits[-8:-4]}\N{NO-BREAK SPACE}{digits[-4:]}"


def lasting(seconds: float | None) -> str:
    """A time span for people: 42 s, 12 min, 3 h 05."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def moment(text: str) -> str:
    """A time in ISO 8601 as this computer's clock would show it; what is no time stays as it is."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def clock(at: float) -> str:
    """Seconds since 1970 as the time of day here."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")


def percent(part: float) -> str:
    """A part of 1, never rounded up to all: 99.9 %, not 100 %."""
    value = part * 100
    text = f"{value:.1f}"
    if text == "100.0" and value < 100:
        text = "99.9"
    return text.removesuffix(".0") + "\N{NO-BREAK SPACE}%"


def count(number: float) -> str:
    """With thin spaces between the thousands."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
