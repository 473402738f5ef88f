"""What a status word means (TS 102 221 §10.2, TS 51.011 §9.4; table in data/status_words.yaml).

The same word says different things to different commands, so every look-up names a context: `uicc` is the base, the
others (`usim`, `isim`, `sim_2g`, `admin`, `globalplatform` ...) add to it or replace it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from simtool.codec.apdu import StatusWord

BASE = "uicc"
_TABLE = "status_words.yaml"


class Kind(enum.Enum):
    """How a command ended."""

    OK = "ok"
    WARNING = "warning"
    BUSY = "busy"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A status word in words; `hint` is the next safe step or empty."""

    kind: Kind
    text: str
    hint: str = ""

    @property
    def succeeded(self) -> bool:
        """True when the command was carried out, perhaps with a warning."""
        return self.kind in (Kind.OK, Kind.WARNING)


def explain(sw: int, context: str = BASE) -> Meaning:
    """Meaning of a status word for a command of `context`. A word that nobody lists is an error.

    Raises `ValueError` for a context that the table does not know.
    """
    table = _contexts()
    if context not in table:
        raise ValueError(f"no context {context!r} of status words; known are {', '.join(table)}")
    digits = f"{int(sw):04x}"
    for name in (context, BASE):
        for pattern in _patterns(digits):
            if pattern in table[name]:
                return _filled(table[name][pattern], digits, pattern)
    return Meaning(Kind.ERROR, "a status word without a known meaning")


def contexts() -> tuple[str, ...]:
    """Names of the contexts, the base first."""
    return tuple(_contexts())


def describe(sw: StatusWord, context: str = BASE) -> str:
    """`6A82 file or application not found`."""
    return f"{sw} {explain(sw, context).text}"


def _patterns(digits: str) -> tuple[str, ...]:
    return digits, digits[:3] + "x", digits[:2] + "xx"


def _filled(meaning: Meaning, digits: str, pattern: str) -> Meaning:
    if "{x}" not in meaning.text:
        return meaning
    number = int(digits[pattern.index("x") :], 16)
    return Meaning(meaning.kind, meaning.text.replace("{x}", str(number)), meaning.hint)


@lru_cache(maxsize=1)
def _contexts() -> Mapping[str, Mapping[str, Meaning]]:
    import yaml  # late: most runs never meet a word that needs words

    raw = yaml.safe_load((files("simtool") / "data" / _TABLE).read_text("utf-8"))
    table: dict[str, dict[str, Meaning]] = {}
    for context, body in raw.items():
        table[context] = {word: Meaning(Kind(row[0]), *row[1:]) for word, row in body["words"].items()}
    return table
