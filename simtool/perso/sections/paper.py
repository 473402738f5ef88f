"""What is printed for each card: label and carrier letter, in which languages, and whether PUK and PIN stand there.

The templates themselves are the station's business (`simtool.station.paper.template`).
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, field_validator

from simtool.perso.sections.fields import languages
from simtool.perso.source import Section

LABEL = "label-62x29"
LETTER = "letter-a4"
_BUILT_IN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE = re.compile(r".+\.ya?ml")


def is_file(name: str) -> bool:
    """Whether a template is named by its file, and not as one that comes with simtool."""
    return _FILE.fullmatch(name) is not None


def _template(value: object) -> object:
    if isinstance(value, str) and not is_file(value) and _BUILT_IN.fullmatch(value) is None:
        raise ValueError("a template is named as simtool's own (label-62x29) or by its file (labels/own.yaml)")
    return value


TemplateName = Annotated[str, BeforeValidator(_template)]


class Paper(Section):
    """What is printed for each card."""

    label: TemplateName = LABEL
    """A template that comes with simtool, or a file of one's own."""
    letter: TemplateName = LETTER
    """The same for the letter that carries the card."""
    puk: bool = False
    """PUK and PIN are printed where templates have a place for them; without this, nowhere."""
    languages: tuple[str, ...] = ()
    """ISO 639, the most wanted first; left out: those of `branding`."""

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return languages(value)
