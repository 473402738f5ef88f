"""Labels and carrier letters: a profile's template and a card's record in, a PDF out.

PIN and PUK stand on them only where the profile says `paper: {puk: true}`. Such a file is for its owner only; whoever
writes it notes in the audit log that secrets leave (`has_codes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from simtool.errors import InputError
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.station.paper.canvas import Canvas
from simtool.station.paper.codes import INCH, THIN_BAR, THIN_MODULE, code128, module_width, qr_code
from simtool.station.paper.holes import Card
from simtool.station.paper.template import Template, label_template, letter_template


@dataclass(frozen=True, slots=True)
class Letter:
    """Whose letter: a record, and the card product that it is on."""

    record: CardRecord
    product: str = ""


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One thing on a label, for whoever checks it on a screen: `kind` is text, code128 or qr."""

    kind: str
    content: str


def make_label(
    profile: Profile, record: CardRecord, *, product: str = "", batch: str = "", at: datetime | None = None
) -> bytes:
    """The label of one card (PDF). `at` is the time of printing, now if left out; the same one gives the same bytes.

    Raises `InputError` with the template's file and line for what cannot be printed.
    """
    template = label_template(profile)
    card = Card(profile, record, product, batch, at or datetime.now(UTC))
    return _make(template, profile, [card], f"Label {record.iccid}")


def make_letters(profile: Profile, letters: Iterable[Letter], *, batch: str = "", at: datetime | None = None) -> bytes:
    """One PDF with a letter for each card, in their order. Raises as `make_label`."""
    at = at or datetime.now(UTC)
    cards = [Card(profile, letter.record, letter.product, batch, at) for letter in letters]
    return _make(letter_template(profile), profile, cards, f"Letters {batch}".strip())


def label_has_codes(profile: Profile) -> bool:
    """Whether a PIN or PUK stands on the profile's labels: then they are secret, and printing them is noted."""
    return profile.paper.puk and label_template(profile).has_codes


def letters_have_codes(profile: Profile) -> bool:
    """The same of its letters."""
    return profile.paper.puk and letter_template(profile).has_codes


def label_lines(profile: Profile, record: CardRecord, *, product: str = "", batch: str = "") -> tuple[LabelLine, ...]:
    """What stands on a card's label, PIN and PUK masked. Raises as `make_label`."""
    template = label_template(profile)
    template.require_permission(profile)
    card = Card(profile, record, product, batch, datetime.now(UTC), masked=True)
    form, found = template.form, []
    for text in form.texts:
        if card.holds(text.when):
            found.append(LabelLine("text", text.in_language(languages(profile)).fill(card)))
    found += [LabelLine("code128", item.code128.fill(card)) for item in form.barcodes if card.holds(item.when)]
    found += [LabelLine("qr", item.qr.fill(card)) for item in form.qrs if card.holds(item.when)]
    return tuple(found)


def languages(profile: Profile) -> tuple[str, ...]:
    """Of the words that templates bring, the most wanted first."""
    return profile.paper.languages or profile.branding.languages


def _make(template: Template, profile: Profile, cards: list[Card], title: str) -> bytes:
    template.require_permission(profile)
    if not cards:
        raise InputError("there is no card to print for")
    with Canvas(template.form.page, cards[0].at, title=title) as canvas:
        for card in cards:
            canvas.new_page()
            _draw(canvas, template, card)
        return canvas.finish()


def _draw(canvas: Canvas, template: Template, card: Card) -> None:
    form = template.form
    for box in form.boxes:
        if card.holds(box.when):
            canvas.box(
                box.at, box.size, width=box.line, colour=box.colour, fill=box.fill, round_corners=box.round,
                dashed=box.dashed,
            )  # fmt: skip
    for line in form.lines:
        if card.holds(line.when):
            canvas.line(line.start, line.end, width=line.line, colour=line.colour, dashed=line.dashed)
    for number, image in enumerate(form.images):
        if card.holds(image.when):
            with _placed(template, "images", number):
                canvas.image((template.folder / image.file).read_bytes(), image.at, image.size)
    for number, text in enumerate(form.texts):
        if card.holds(text.when):
            with _placed(template, "texts", number):
                canvas.fitted(
                    text.in_language(languages(card.profile)).fill(card), text.at, text.size, points=text.points,
                    least=text.smallest, lines=text.lines, bold=text.bold, colour=text.colour, align=text.align.value,
                )  # fmt: skip
    for number, item in enumerate(form.barcodes):
        if card.holds(item.when):
            with _placed(template, "barcodes", number):
                bars = code128(item.code128.fill(card))
                width = module_width(item.size[0], bars.with_quiet, form.dots, THIN_BAR)
                left = item.at[0] + (item.size[0] - width * bars.with_quiet) / 2
                canvas.bars(bars, (_on_dot(left, form.dots), item.at[1]), item.size[1], width)
    for number, each in enumerate(form.qrs):
        if card.holds(each.when):
            with _placed(template, "qrs", number):
                square = qr_code(each.qr.fill(card), each.correction.value)
                width = module_width(each.size, square.with_quiet, form.dots, THIN_MODULE)
                spare = (each.size - width * square.with_quiet) / 2
                corner = (_on_dot(each.at[0] + spare, form.dots), _on_dot(each.at[1] + spare, form.dots))
                canvas.square(square, corner, width)


def _on_dot(length: float, dots: int | None) -> float:
    """The printer's dot that is nearest."""
    return length if dots is None else round(length * dots / INCH) * INCH / dots


@contextmanager
def _placed(template: Template, *at: str | int) -> Iterator[None]:
    """Errors in here name the place in the template."""
    try:
        yield
    except InputError as error:
        raise InputError(
            error.reason, place=template.place(*at), field=".".join(map(str, at)), hint=error.hint
        ) from None
    except (ValueError, OSError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise InputError(reason, place=template.place(*at), field=".".join(map(str, at))) from None
