"""Reading values out of a written YAML file piece by piece, with errors that say where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from simtool.errors import CodecError, InputError
from simtool.files.marked_yaml import Location, Source, name_as_shown

_Value = TypeVar("_Value")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, None: 1.0}


@dataclass(frozen=True, slots=True)
class Written:
    """One value of a file, and where it stands. Every reader raises `InputError` with the place."""

    source: Source
    location: Location
    value: Any

    @classmethod
    def whole(cls, source: Source) -> Written:
        return cls(source, (), source.value)

    @property
    def place(self) -> str:
        return self.source.place(self.location)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    def error(self, reason: str, *, hint: str = "") -> InputError:
        """An error about this value."""
        field = ".".join(name_as_shown(part) for part in self.location)
        return InputError(reason, place=self.place, field=field, hint=hint)

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("a text is expected")
        return self.value

    def integer(self, least: int = 0, most: int | None = None) -> int:
        text = self.text()
        try:
            number = int(text, 0) if text.lower().startswith("0x") else int(text)
        except ValueError:
            raise self.error(f"a number is expected, not {text!r}") from None
        if number < least or (most is not None and number > most):
            raise self.error(f"a number from {least}{'' if most is None else f' to {most}'} is expected, not {number}")
        return number

    def hex(self) -> bytes:
        try:
            return bytes.fromhex(self.text())
        except ValueError:
            raise self.error("hex digits are expected, two a byte") from None

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error("yes or no is expected")
        return self.value

    def seconds(self) -> float:
        """`30s`, `5m`, `1h`, `200ms`; a number alone is seconds."""
        found = _SECONDS.fullmatch(self.text().strip())
        if found is None:
            raise self.error(f"a time such as 30s, 5m, 1h is expected, not {self.text()!r}")
        return float(found[1]) * _UNITS[found[2]]

    def one_of(self, choices: dict[str, _Value]) -> _Value:
        """The choice with this name; YAML takes the names yes and no for something else, here they are names."""
        text = self.text() if not isinstance(self.value, bool) else ("no", "yes")[self.value]
        if text not in choices:
            raise self.error(f"{text!r} is not known here; known are {', '.join(choices)}")
        return choices[text]

    def read(self, reader: Callable[[str], _Value]) -> _Value:
        """The text as `reader` reads it; its `CodecError` becomes an error with a place."""
        try:
            return reader(self.text())
        except CodecError as error:
            raise self.error(str(error)) from None

    def each(self) -> Iterator[Written]:
        """The items of a list; one value alone is a list of it."""
        values = self.value if isinstance(self.value, list) else [self.value]
        single = not isinstance(self.value, list)
        for place, value in enumerate(values):
            yield self if single else Written(self.source, (*self.location, place), value)

    def pairs(self) -> dict[str, Written]:
        """Names and values."""
        if not isinstance(self.value, dict):
            raise self.error("names with values are expected")
        return {name: Written(self.source, (*self.location, name), value) for name, value in self.value.items()}

    def fields(self, *known: str, required: tuple[str, ...] = ()) -> dict[str, Written]:
        """Names and values, of which all are known and the required ones are there."""
        found = self.pairs()
        for name, value in found.items():
            if name not in (*known, *required):
                raise value.error(f"unknown name; known are {', '.join((*required, *known))}")
        for name in required:
            if name not in found:
                raise self.error(f"{name} is missing")
        return found
