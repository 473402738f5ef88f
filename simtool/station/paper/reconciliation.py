"""The reconciliation sheet of a batch: every card that was ordered accounted for, every reject with its cause.

ordered = good + rejected + spare + open. Counts come from the records, who made what from the visits at stations; a
record that was moved by hand shows in the first and not in the second. PDF and JSON say the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from simtool.batch.order import Batch
from simtool.inventory.find import Standing, reconciliation_within, standing
from simtool.inventory.finished import Made, made
from simtool.inventory.gate import ArticleState, FirstArticle, first_articles
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import Reconciliation, RecordState
from simtool.inventory.orders import find_batch
from simtool.inventory.visits import Tally, tally
from simtool.station.paper.sheet import Column, Sheet

FORM = "simtool reconciliation 1"
PAGE = 1000
UNKNOWN = "(not known)"
NO_CAUSE = "(no cause was noted)"
MINUTE = 60.0
REJECTED = (RecordState.REJECTED, RecordState.DESTROYED)


@dataclass(frozen=True, slots=True)
class Shift:
    """Where a batch stands at a moment (`at`, UTC). `by` is who asked; `site` the inventory's name."""

    site: str
    batch: Batch
    at: datetime
    by: str
    count: Reconciliation
    tallies: tuple[Tally, ...]
    made: tuple[Made, ...]
    rejected: tuple[Standing, ...]
    waiting: tuple[Standing, ...]
    articles: tuple[FirstArticle, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the sheet does not balance; none when it does."""
        count, found = self.count, []
        if not count.balances:
            found.append(f"{count.ordered} ordered is not {_sum(count)}")
        if len(self.rejected) != count.rejected:
            found.append(f"{count.rejected} rejected, but {len(self.rejected)} of them are listed")
        if sum(item.count for item in self.made) != count.good:
            found.append(f"{count.good} good, but {sum(item.count for item in self.made)} by product")
        return tuple(f"{problem}: cards were at work while this was counted, or it is a defect" for problem in found)

    @property
    def complete(self) -> bool:
        return self.count.good >= self.count.quantity


def read_shift(inventory: Inventory, batch: str, *, at: datetime | None = None) -> Shift:
    """Ask the inventory. Raises `InputError` for an unknown batch."""
    with inventory.store.read() as connection:
        found, count = find_batch(connection, batch), reconciliation_within(connection, batch)
    return Shift(
        inventory.uid,
        found,
        at or datetime.now(UTC),
        f"{inventory.who.person} at {inventory.who.place}",
        count,
        tally(inventory, batch),
        made(inventory, batch),
        _all_standing(inventory, batch, REJECTED),
        _all_standing(inventory, batch, (RecordState.QUARANTINED,)),
        tuple(item for item in first_articles(inventory, batch) if item.state is ArticleState.APPROVED),
    )


def reconciliation_json(shift: Shift) -> str:
    """The sheet for programs."""
    count = shift.count
    value = {
        "form": FORM,
        "site": shift.site,
        "batch": shift.batch.name,
        "customer": shift.batch.order.customer,
        "state": shift.batch.state.value,
        "at": shift.at.isoformat(timespec="seconds"),
        "by": shift.by,
        "quantity": count.quantity,
        "ordered": count.ordered,
        "good": count.good,
        "rejected": count.rejected,
        "spare": count.spare,
        "open": count.open,
        "balances": not shift.problems,
        "problems": list(shift.problems),
        "by_state": {state.value: number for state, number in count.by_state},
        "visits": [asdict(item) for item in shift.tallies],
        "made": [
            asdict(item) | {"proved": item.proved, "approved_by": approver(shift.articles, item)} for item in shift.made
        ],
        "rejects": [_standing(item) for item in shift.rejected],
        "quarantined": [_standing(item) for item in shift.waiting],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def reconciliation_pdf(shift: Shift) -> bytes:
    """The sheet on paper. The same shift gives the same bytes."""
    batch, count = shift.batch, shift.count
    subtitle = f"Batch {batch.name} for {batch.order.customer}"
    with Sheet("Reconciliation", subtitle, shift.at, foot=f"simtool · site {shift.site} · {_time(shift.at)}") as sheet:
        sheet.facts(
            [
                ("Batch", f"{batch.name}, {batch.state.value}, created {moment(batch.created, 16)} UTC"),
                ("Customer", batch.order.customer),
                ("Profile", f"{batch.order.profile}, SHA-256 {batch.order.digest}"),
                ("Counted", f"{_time(shift.at)} by {shift.by}"),
            ]
        )
        sheet.y += 2
        if shift.problems:
            sheet.verdict("\n".join(shift.problems), good=False)
        else:
            missing = count.quantity - count.good
            rest = "the order is complete" if shift.complete else f"{missing} still to be made for the order"
            sheet.verdict(f"It balances: {count.ordered} = {_sum(count)}; {rest}", good=True)
        _counts(sheet, count)
        _visits(sheet, shift.tallies)
        _made(sheet, shift)
        _causes(sheet, shift.rejected)
        _cards(sheet, "Rejected cards", shift.rejected)
        _cards(sheet, "In quarantine: somebody has to look", shift.waiting)
        sheet.signatures(["Operator: name, date", "Supervisor: name, date"])
        return sheet.finish()


def approver(articles: Sequence[FirstArticle], item: Made) -> str:
    """Who approved the first article that these cards were made by; empty where nobody did."""
    for article in articles:
        if (article.digest, article.product) == (item.digest, item.product):
            return f"{article.decided_by}, {moment(article.decided_at, 16)}"
    return ""


def cards(number: int) -> str:
    """So many cards, in words that a person would say."""
    return f"{number} card{'' if number == 1 else 's'}"


def moment(text: str, length: int = 19) -> str:
    """A time in ISO 8601 as people read it, to the second or (16) the minute."""
    return text[:length].replace("T", " ")


def _counts(sheet: Sheet, count: Reconciliation) -> None:
    sheet.heading("Where the cards are")
    rows = [
        ("Ordered", str(count.ordered), f"{count.quantity} good and {count.ordered - count.quantity} spare"),
        ("Good", str(count.good), "finished and checked, those shipped included"),
        ("Rejected", str(count.rejected), "their numbers are used up and are never given out again"),
        ("Spare", str(count.spare), "untouched, and not needed for the quantity"),
        ("Open", str(count.open), "not made yet, at work, or in quarantine"),
    ]
    sheet.table([Column("", 2), Column("Cards", 1.2, number=True), Column("", 6)], rows)
    states = [(state.value, str(number)) for state, number in count.by_state if number]
    sheet.paragraph("By state: " + ", ".join(f"{number} {name}" for name, number in states) + ".")


def _visits(sheet: Sheet, tallies: Sequence[Tally]) -> None:
    if not tallies:
        return
    sheet.heading("Who made what, where")
    columns = [
        Column("Operator", 28), Column("Station", 20), Column("Slot", 10), Column("Card product", 29),
        Column("Good", 12, number=True), Column("Rejected", 17, number=True), Column("Quarantined", 22, number=True),
        Column("Unfinished", 19, number=True), Column("Minutes", 17, number=True),
    ]  # fmt: skip
    ordered = sorted(tallies, key=lambda item: (item.operator, item.station, _natural(item.slot), item.product))
    rows = [(item.operator, item.station, item.slot, item.product, *_numbers([item])) for item in ordered]
    sheet.table(columns, [*rows, ("Together", "", "", "", *_numbers(tallies))], points=7, total=1)


def _numbers(tallies: Sequence[Tally]) -> tuple[str, ...]:
    counts = (
        sum(item.good for item in tallies), sum(item.rejected for item in tallies),
        sum(item.quarantined for item in tallies), sum(item.unfinished for item in tallies),
    )  # fmt: skip
    return (*map(str, counts), f"{sum(item.seconds for item in tallies) / MINUTE:.1f}")


def _made(sheet: Sheet, shift: Shift) -> None:
    if not shift.made:
        return
    sheet.heading("Good cards by first article")
    columns = [
        Column("Card product", 30), Column("Digest of the first article", 56), Column("Approved by", 32),
        Column("Checked", 40), Column("Cards", 16, number=True),
    ]  # fmt: skip
    rows = [
        (item.product or UNKNOWN, item.digest or "–", approver(shift.articles, item) or "–", checked(item),
         str(item.count))
        for item in shift.made
    ]  # fmt: skip
    sheet.table(
        columns, [*rows, ("Together", "", "", "", str(sum(item.count for item in shift.made)))], points=7.5, total=1
    )


def checked(item: Made) -> str:
    """How these cards were checked, in words."""
    how = {"full": "read back whole", "proof": "each write", "": "no check noted"}.get(item.checked, item.checked)
    return how + (", keys proved (AKA)" if item.proved else "" if item.has_ki else ", keys are the host's")


def _causes(sheet: Sheet, rejected: Sequence[Standing]) -> None:
    if not rejected:
        return
    sheet.heading("Why cards were rejected")
    causes = Counter(item.why or NO_CAUSE for item in rejected)
    rows = [(cause, str(number)) for cause, number in sorted(causes.items(), key=lambda item: (-item[1], item[0]))]
    sheet.table(
        [Column("Cause", 9), Column("Cards", 1, number=True)], [*rows, ("Together", str(len(rejected)))], total=1
    )


def _cards(sheet: Sheet, title: str, listed: Sequence[Standing]) -> None:
    if not listed:
        return
    sheet.heading(f"{title} ({len(listed)})")
    columns = [
        Column("ICCID", 35),
        Column("When (UTC)", 32),
        Column("Who", 22),
        Column("Where", 24),
        Column("Cause", 61),
    ]
    rows = [
        (item.iccid, moment(item.time), item.who, item.place,
         (item.why or NO_CAUSE) + (" (destroyed)" if item.state is RecordState.DESTROYED else ""))
        for item in listed
    ]  # fmt: skip
    sheet.table(columns, rows, points=7)


def _standing(item: Standing) -> dict[str, str]:
    return asdict(item) | {"state": item.state.value}


def _all_standing(inventory: Inventory, batch: str, states: Sequence[RecordState]) -> tuple[Standing, ...]:
    found: list[Standing] = []
    while True:
        some = standing(inventory, batch, states, limit=PAGE, after=found[-1].iccid if found else "")
        found += some
        if len(some) < PAGE:
            return tuple(found)


def _sum(count: Reconciliation) -> str:
    return f"{count.good} good + {count.rejected} rejected + {count.spare} spare + {count.open} open"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _natural(slot: str) -> tuple[int, str]:
    return (int(slot), "") if slot.isdecimal() else (0, slot)
