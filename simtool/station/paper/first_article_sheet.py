"""The sheet of a first article on paper: what a second person looks at, compares with the card in hand, and signs.

The first page has what is decided about: digest (as text and QR code), numbers, proofs, what a phone shows, the label,
and the lines to sign on. The pages behind it have all that was read from the card and all that is done to each card.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from simtool.errors import InputError
from simtool.inventory.gate import ArticleState, FirstArticle
from simtool.station.article.sheet import ArticleSheet, UnitRow
from simtool.station.paper.canvas import LEADING, POINT
from simtool.station.paper.codes import THIN_BAR, code128, module_width
from simtool.station.paper.reconciliation import cards, moment
from simtool.station.paper.sheet import BODY, BOTTOM, GREY, LEFT, RIGHT, ROOM, RULE, SMALL, Column, Sheet

QR_SIDE = 32.0
PICTURE = (ROOM * 0.55, 76.0)
LOW_PICTURE = 50.0
UNDER_PICTURE = 62.0
"""What has to go below it on the first page, without a row for each proof."""
ROW = 6.0
LABEL = (ROOM * 0.40, 10.0)
BARS = 9.0
MOST_HEX = 64
"""Hex digits of a unit that are printed; of a longer one the beginning and how many bytes it has."""


def make_sheet(article: ArticleSheet, decided: FirstArticle | None = None) -> bytes:
    """The sheet as a PDF; the same article gives the same bytes. `decided` adds what the second person said."""
    at = _time(article.made_at)
    subtitle = f"{article.product}, batch {article.batch} for {article.customer}"
    foot = f"simtool · digest {article.digest[:16]}… · card {article.iccid}"
    with Sheet("First article", subtitle, at, foot=foot) as sheet:
        _verdict(sheet, article)
        if decided is not None and decided.state is not ArticleState.WAITING:
            said = f"{decided.state.value.capitalize()} by {decided.decided_by}, {moment(decided.decided_at, 16)} UTC"
            text = f"{said}: {decided.why}" if decided.why else said
            sheet.verdict(text, good=decided.state is ArticleState.APPROVED)
        _facts(sheet, article)
        _what_a_person_sees(sheet, article)
        _proofs(sheet, article)
        sheet.paragraph(
            "By signing, the second person says: this card is what the customer ordered, and every card of this "
            "product in this batch shall be made like it. Any change of profile, applet or plan has another digest and "
            "needs a new first article.",
            points=SMALL + 0.5, colour=GREY,
        )  # fmt: skip
        sheet.signatures([f"Made by {article.made_by}: date, signature", "Approved by (another person): name, date"])
        _read_out(sheet, article)
        _script(sheet, article)
        return sheet.finish()


def _verdict(sheet: Sheet, article: ArticleSheet) -> None:
    if article.good:
        keys = f"not proved: {article.unproved}" if article.unproved and not article.proofs else "proved its keys"
        text = f"{article.units_compared} units were read back and are as wanted; the card has {keys}."
        if article.unproved and not article.proofs:
            text = f"{article.units_compared} units were read back and are as wanted; its keys are {keys}."
    else:
        wrong = (
            [f"{len(article.mismatches)} place{'s'[: len(article.mismatches) > 1]} differ"]
            if article.mismatches
            else []
        )
        wrong += [f"{proof.application}: {proof.detail}" for proof in article.proofs if not proof.ok]
        text = "This card is not as wanted: " + "; ".join(wrong or ["it was not checked whole"])
    sheet.verdict(text, good=article.good)


def _facts(sheet: Sheet, article: ArticleSheet) -> None:
    top = sheet.y
    sheet.qr(f"sha256:{article.digest}", (RIGHT - QR_SIDE + 2, top - 2), QR_SIDE)
    sheet.facts(
        [
            ("Digest", article.digest),
            ("Batch", f"{article.batch}, {cards(article.quantity)} ordered"),
            ("Profile", article.profile),
            ("Card product", f"{article.product} ({article.vendor})" if article.vendor else article.product),
            ("Made", f"{moment(article.made_at, 16)} UTC by {article.made_by} at {article.station}"),
            ("Chip", f"came as {article.chip}, ATR {article.atr.upper()}"),
        ],
        room=ROOM - QR_SIDE - 2, name=28,
    )  # fmt: skip
    sheet.y = max(sheet.y, top + QR_SIDE)
    rows = article.numbers
    if rows:
        sheet.heading("This card's numbers, and check values of its keys")
        half = (len(rows) + 1) // 2
        start, lowest = sheet.y, sheet.y
        for column, part in enumerate((rows[:half], rows[half:])):
            sheet.y = start
            sheet.facts(
                [(row.name, row.value) for row in part], left=LEFT + column * ROOM / 2, room=ROOM / 2 - 4, name=28
            )
            lowest = max(lowest, sheet.y)
        sheet.y = lowest
    if article.check_values:
        values = ", ".join(f"{row.name} {row.value}" for row in article.check_values)
        sheet.facts([("check values", values)], name=28)


def _what_a_person_sees(sheet: Sheet, article: ArticleSheet) -> None:
    """Beside each other what a phone shows and what stands on the label."""
    picture = _picture(article)
    if picture is None and not article.label and not article.brand.text:
        return
    sheet.heading("What a phone shows, and what stands on the label", keep=LOW_PICTURE)
    top = sheet.y
    under = UNDER_PICTURE + ROW * (len(article.proofs) + len(article.mismatches))
    size = (PICTURE[0], min(PICTURE[1], max(LOW_PICTURE, BOTTOM - top - under)))
    lowest = top
    if picture is not None:
        sheet.canvas.box((LEFT, top), size, width=0.2, colour=RULE, round_corners=1)
        sheet.picture(picture, (LEFT + 1, top + 1), (size[0] - 2, size[1] - 2))
        lowest = top + size[1]
    elif article.brand.text:
        sheet.paragraph(article.brand.text)
        lowest = sheet.y
    if article.label:
        left = LEFT + ROOM - LABEL[0]
        sheet.y = top + 3
        for row in article.label:
            if row.name == "code128":
                _bars(sheet, row.value, left)
                continue
            name = {"qr": "QR code: ", "text": ""}.get(row.name, f"{row.name}: ")
            for line in sheet.lines(name + row.value, BODY, LABEL[0] - 6):
                sheet.canvas.text(line, (left + 3, sheet.y), points=BODY)
                sheet.y += BODY * POINT * LEADING
        sheet.canvas.box((left, top), (LABEL[0], sheet.y - top + 3), width=0.3, round_corners=2)
        lowest = max(lowest, sheet.y + 3)
    sheet.y = lowest + 2


def _bars(sheet: Sheet, text: str, left: float) -> None:
    """The bars as the label has them, as far as the frame has room for them; what they hold stands below."""
    bars = code128(text)
    try:
        width = module_width(LABEL[0] - 2, bars.with_quiet, None, THIN_BAR)
    except ValueError:
        sheet.canvas.text(f"Code 128: {text}", (left + 3, sheet.y), points=BODY)
        sheet.y += BODY * POINT * LEADING
        return
    sheet.y += 1
    sheet.canvas.bars(bars, (left + 1, sheet.y), BARS, width)
    sheet.y += BARS + 1
    sheet.canvas.text(text, (left, sheet.y), points=SMALL, room=LABEL[0], align="centre")
    sheet.y += SMALL * POINT * LEADING


def _proofs(sheet: Sheet, article: ArticleSheet) -> None:
    sheet.heading("Proof of the keys, and content")
    rows = [
        (proof.application, proof.context, "passed" if proof.ok else "FAILED", proof.detail) for proof in article.proofs
    ]
    if rows:
        sheet.table(
            [Column("Application", 2), Column("Context", 1.5), Column("", 1.2), Column("", 6)], rows, points=7.5
        )
    if article.unproved:
        sheet.paragraph(f"Not proved: {article.unproved}")
    sheet.paragraph(
        f"{article.units_compared} units compared, {'all as wanted' if article.content_ok else 'NOT as wanted'}."
    )
    for place in article.mismatches:
        sheet.paragraph(f"Differs: {place}", bold=True)


def _read_out(sheet: Sheet, article: ArticleSheet) -> None:
    if not article.units:
        return
    sheet.new_page()
    sheet.heading(f"Read from the card: {len(article.units)} units")
    columns = [Column("Place", 42), Column("Meaning", 66), Column("Bytes", 40), Column("From", 26)]
    sheet.table(
        columns, [(unit.place, _meaning(unit), _bytes(unit), unit.origin) for unit in article.units], points=6.5
    )


def _script(sheet: Sheet, article: ArticleSheet) -> None:
    if not article.script:
        return
    sheet.heading(f"What every card of this product gets: {len(article.script)} rows", keep=30)
    columns = [Column("Place", 42), Column("What", 88), Column("Because of", 44)]
    sheet.table(columns, [(row.place, row.what, row.why) for row in article.script], points=6.5)


def _meaning(unit: UnitRow) -> str:
    return unit.meaning or ("(secret)" if unit.secret else "")


def _bytes(unit: UnitRow) -> str:
    if unit.secret:
        return f"{unit.size} bytes, not shown"
    if len(unit.raw) <= MOST_HEX:
        return unit.raw
    return f"{unit.raw[:MOST_HEX]}… ({unit.size} bytes)"


def _picture(article: ArticleSheet) -> bytes | None:
    if article.brand.png:
        try:
            return base64.b64decode(article.brand.png, validate=True)
        except binascii.Error:
            raise InputError("the picture in the first article's sheet is damaged") from None
    return article.brand.svg.encode() or None


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("the first article's sheet has no time that can be read") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
