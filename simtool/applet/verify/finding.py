"""What the verifier has to say: findings by numbered rules, worst first, each only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from simtool.codec.cap import ComponentTag


class Severity(Enum):
    """An error: must not be loaded. A warning: cards may refuse it. A note: what could not be judged, or waste."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of docs/applets.md: number, what is wrong, what to do about it, clause of the JCVM specification."""

    number: str
    severity: Severity
    title: str
    cure: str
    clause: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. `offset` counts from the component's body; `method` is where the method at fault begins."""

    rule: Rule
    text: str
    component: ComponentTag | None = None
    offset: int | None = None
    method: int | None = None
    instruction: str = ""

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def place(self) -> str:
        """`Method 002A: sadd`, as far as it applies."""
        parts = [self.component.label if self.component is not None else "file"]
        if self.offset is not None:
            parts.append(f"{self.offset:04X}")
        if self.method is not None and self.method != self.offset:
            parts.append(f"in the method at {self.method:04X}")
        return " ".join(parts) + (f": {self.instruction}" if self.instruction else "")

    def __str__(self) -> str:
        return f"{self.severity.value} {self.rule.number} {self.place}: {self.text}"


_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class Report:
    """Gathers findings; the same one counts once."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(
        self,
        rule: Rule,
        text: str,
        component: ComponentTag | None = None,
        offset: int | None = None,
        *,
        method: int | None = None,
        instruction: str = "",
    ) -> None:
        self._found.setdefault(Finding(rule, text, component, offset, method, instruction))

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found, key=lambda one: _ORDER[one.severity]))
