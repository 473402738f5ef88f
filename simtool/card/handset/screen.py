"""What a handset shows and what its user does, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol


class ScreenKind(Enum):
    """What kind of screen it is."""

    OFF = "off"
    IDLE = "idle"
    MENU = "menu"
    TEXT = "text"
    CHOICE = "choice"
    KEY = "key"
    INPUT = "input"
    CONFIRM = "confirm"
    TONE = "tone"
    RINGING = "ringing"
    CALL = "call"
    BROWSER = "browser"


class Key(Enum):
    """Keys of the handset, besides letters and digits."""

    OK = "ok"
    BACK = "back"
    HELP = "help"
    END = "end"
    MENU = "menu"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class ScreenItem:
    """A line that can be chosen. `next_action` is the command that the card promises behind it, 0 if none."""

    identifier: int
    text: str
    selected: bool = False
    next_action: int = 0


@dataclass(frozen=True, slots=True)
class InputField:
    """A line that can be typed into; `most` 255 is no limit."""

    least: int
    most: int
    digits_only: bool = False
    hidden: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen. `keys` are those that do something, `icon` a record of EF.IMG that the card wants to see shown."""

    kind: ScreenKind
    title: str = ""
    lines: tuple[str, ...] = ()
    items: tuple[ScreenItem, ...] = ()
    field: InputField | None = None
    keys: tuple[Key, ...] = ()
    icon: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything to be read on it."""
        titles = (self.title,) if self.title else ()
        return (*titles, *self.lines, *(item.text for item in self.items))

    def to_json(self) -> dict[str, Any]:
        """Fields that say something."""
        field = self.field
        value: dict[str, Any] = {"kind": self.kind.value}
        if self.title:
            value["title"] = self.title
        if self.lines:
            value["lines"] = list(self.lines)
        if self.items:
            value["items"] = [{"identifier": item.identifier, "text": item.text} for item in self.items]
        if field is not None:
            value["input"] = {
                "least": field.least, "most": field.most, "digits_only": field.digits_only, "hidden": field.hidden,
                "default": field.default,
            }  # fmt: skip
        if self.keys:
            value["keys"] = [key.value for key in self.keys]
        if self.icon is not None:
            value["icon"] = self.icon
        return value

    def __str__(self) -> str:
        said = " / ".join(text.replace("\n", " ") for text in self.texts)
        return f"{self.kind.value}: {said}" if said else self.kind.value


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item was chosen."""

    identifier: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A text was typed and sent off."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key was pressed."""

    key: Key


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody did anything for as long as the phone waits."""


Answer = Chosen | Typed | Pressed | TimedOut


class User(Protocol):
    """Somebody who answers screens."""

    def answer(self, screen: Screen) -> Answer: ...
