"""What all proactive commands have: a qualifier; most also what a screen shows beside them (TS 102 223 §6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec.proactive.objects import ALPHA, ICON, RAW, Icon
from simtool.codec.proactive.shape import Part
from simtool.codec.proactive.tags import CommandType, Device, Tag

HELP_AVAILABLE = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A proactive command without its number. `DESTINATION` is the device that the standard names for it."""

    TYPE: ClassVar[CommandType]
    DESTINATION: ClassVar[int] = Device.TERMINAL
    qualifier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Body):
    """A command that shows something: icon, text attributes, and the frame to show it in."""

    icon: Annotated[Icon | None, Part(Tag.ICON, ICON, comprehension=False)] = None
    text_attribute: Annotated[bytes | None, Part(Tag.TEXT_ATTRIBUTE, RAW, comprehension=False)] = None
    frame: Annotated[bytes | None, Part(Tag.FRAME_IDENTIFIER, RAW, comprehension=False)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced(Shown):
    """A command that the phone carries out by itself, telling the user so.

    `alpha` None: the phone may say what it likes. Empty: it should say nothing.
    """

    alpha: Annotated[str | None, Part(Tag.ALPHA_IDENTIFIER, ALPHA, leading=True)] = None
