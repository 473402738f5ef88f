"""Templates of labels and letters: what stands where, in YAML, checked whole with file and line (docs/profile.md).

Lengths are millimetres from the left and upper edge, sizes of letters points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from simtool.errors import InputError
from simtool.perso.profile import Profile
from simtool.perso.sections.paper import is_file
from simtool.perso.source import Location, Section, Source, check, read_yaml, together
from simtool.station.paper.holes import When, Words, parse_words

BUILT_IN = Path(__file__).resolve().parents[2] / "data" / "labels"
LEAST_POINTS = 4.0
SHRINK = 0.6
"""How far letters shrink where a template does not say."""
MOST_SIDE = 2000.0
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SLACK = 0.001


def _colour(value: object) -> object:
    if not isinstance(value, str) or _COLOUR.fullmatch(value) is None:
        raise ValueError("a colour is written as '#rrggbb'")
    return value.lower()


def _words(value: object) -> object:
    if isinstance(value, str):
        return parse_words(value)
    if isinstance(value, Words):
        return value
    raise ValueError("text is wanted")


def _by_language(value: object) -> object:
    """One text for all languages stands under an empty code."""
    return value if isinstance(value, dict) else {"": _words(value)}


Length = Annotated[float, Field(ge=0, le=MOST_SIDE)]
Positive = Annotated[float, Field(gt=0, le=MOST_SIDE)]
Points = Annotated[float, Field(ge=LEAST_POINTS, le=200)]
Pair = tuple[Length, Length]
Size = tuple[Positive, Positive]
Colour = Annotated[str, BeforeValidator(_colour)]
WordsField = Annotated[Words, BeforeValidator(_words)]


class Align(Enum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Correction(Enum):
    """How much of a QR code may be lost: about 7, 15, 25, 30 per cent."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


class Box(Section):
    at: Pair
    size: Size
    line: Length = 0.2
    """0: no line."""
    round: Length = 0
    dashed: bool = False
    colour: Colour = "#000000"
    fill: Colour | None = None
    when: When | None = None


class Line(Section):
    start: Pair = Field(alias="from")
    end: Pair = Field(alias="to")
    line: Positive = 0.2
    dashed: bool = False
    colour: Colour = "#000000"
    when: When | None = None


class Image(Section):
    file: Path
    at: Pair
    size: Size
    when: When | None = None


class Text(Section):
    text: Annotated[dict[str, WordsField], BeforeValidator(_by_language), Field(min_length=1)]
    at: Pair
    size: Size
    points: Points = 8
    least: Points | None = None
    lines: Annotated[int, Field(ge=1, le=100)] = 1
    bold: bool = False
    align: Align = Align.LEFT
    colour: Colour = "#000000"
    when: When | None = None

    def in_language(self, languages: Iterable[str]) -> Words:
        """The text in the most wanted language that it has, else in English, else as it is."""
        for code in (*languages, "", "en"):
            if code in self.text:
                return self.text[code]
        return next(iter(self.text.values()))

    @property
    def smallest(self) -> float:
        return self.least if self.least is not None else max(LEAST_POINTS, self.points * SHRINK)


class BarCode(Section):
    code128: WordsField
    at: Pair
    size: Size
    when: When | None = None


class QrCode(Section):
    qr: WordsField
    at: Pair
    size: Positive
    correction: Correction = Correction.M
    when: When | None = None


class TemplateForm(Section):
    """What a template file says. Boxes lie at the bottom, texts and codes on top."""

    page: Size
    dots: Annotated[int, Field(ge=72, le=4800)] | None = None
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    images: tuple[Image, ...] = ()
    texts: tuple[Text, ...] = ()
    barcodes: tuple[BarCode, ...] = ()
    qrs: tuple[QrCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template and where each part of it is written."""

    form: TemplateForm
    source: Source
    folder: Path

    def place(self, *location: str | int) -> str:
        return self.source.place(location)

    @property
    def has_codes(self) -> bool:
        """Whether PIN or PUK stand in it somewhere."""
        return any(words.has_codes for _, words, _ in _all_words(self.form))

    def require_permission(self, profile: Profile) -> None:
        """Raises `InputError` for every PIN and PUK that would be printed though the profile does not allow it."""
        if profile.paper.puk:
            return
        problems = [
            InputError(
                "PIN and PUK are not printed: the profile does not allow it",
                place=self.place(*at),
                field=".".join(map(str, at)),
                hint="say `when: puk` here to leave it out, or paper: {puk: true} in the profile",
            )
            for at, words, when in _all_words(self.form)
            if words.has_codes and when is not When.PUK
        ]
        if problems:
            raise together(problems)


def built_in() -> tuple[str, ...]:
    """Names of the templates that come with simtool."""
    return tuple(sorted(path.stem for path in BUILT_IN.glob("*.yaml")))


def label_template(profile: Profile) -> Template:
    """The template of a profile's labels. Raises `InputError` with file, line and reason."""
    return _named(profile, profile.paper.label, "label")


def letter_template(profile: Profile) -> Template:
    """The same of its letters."""
    return _named(profile, profile.paper.letter, "letter")


def check_paper(profile: Profile) -> None:
    """Look at both templates before the first card is made. Raises `InputError` for what is wrong with them."""
    for template in (label_template(profile), letter_template(profile)):
        template.require_permission(profile)


def _named(profile: Profile, name: str, field: str) -> Template:
    path = profile.path_of(Path(name), "paper", field) if is_file(name) else BUILT_IN / f"{name}.yaml"
    try:
        status = path.stat()
    except OSError as error:
        reason = "there is no such template" if not is_file(name) else f"{path}: {error.strerror}"
        raise InputError(
            reason,
            place=profile.place("paper", field),
            field=f"paper.{field}",
            hint=f"simtool brings {', '.join(built_in())}; one's own is named by its file",
        ) from None
    return load_template(path, status.st_mtime_ns)


@lru_cache(maxsize=32)
def load_template(path: Path, changed: int = 0) -> Template:
    """Read a template, once for each time at which it was changed. Raises `InputError` for all that is wrong."""
    source = read_yaml(path)
    form = check(source, TemplateForm)
    template = Template(form, source, path.parent)
    problems = [*_outside(form, source), *_without_picture(template)]
    if problems:
        raise together(problems)
    return template


def _all_words(form: TemplateForm) -> Iterator[tuple[Location, Words, When | None]]:
    for number, text in enumerate(form.texts):
        for code, words in text.text.items():
            yield ("texts", number, "text", *([code] if code else [])), words, text.when
    for number, bars in enumerate(form.barcodes):
        yield ("barcodes", number, "code128"), bars.code128, bars.when
    for number, square in enumerate(form.qrs):
        yield ("qrs", number, "qr"), square.qr, square.when


def _outside(form: TemplateForm, source: Source) -> Iterator[InputError]:
    """Elements that would be cut off by the edge of the page."""
    corners: list[tuple[Location, float, float]] = []
    for kind, items in _sized(form):
        corners += [((kind, n, "size"), at[0] + size[0], at[1] + size[1]) for n, (at, size) in enumerate(items)]
    for number, line in enumerate(form.lines):
        corners += [(("lines", number), *line.start), (("lines", number), *line.end)]
    for at, right, bottom in corners:
        if right > form.page[0] + _SLACK or bottom > form.page[1] + _SLACK:
            reason = f"it ends at {right:g}, {bottom:g}, outside the page of {form.page[0]:g} x {form.page[1]:g} mm"
            yield InputError(reason, place=source.place(at), field=".".join(map(str, at)))


def _sized(form: TemplateForm) -> Iterator[tuple[str, list[tuple[Pair, Size]]]]:
    yield "boxes", [(item.at, item.size) for item in form.boxes]
    yield "images", [(item.at, item.size) for item in form.images]
    yield "texts", [(item.at, item.size) for item in form.texts]
    yield "barcodes", [(item.at, item.size) for item in form.barcodes]
    yield "qrs", [(item.at, (item.size, item.size)) for item in form.qrs]


def _without_picture(template: Template) -> Iterator[InputError]:
    for number, image in enumerate(template.form.images):
        path = template.folder / image.file
        if not path.is_file():
            at: tuple[Any, ...] = ("images", number, "file")
            yield InputError(f"there is no file {path}", place=template.place(*at), field=".".join(map(str, at)))
