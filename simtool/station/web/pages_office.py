"""The pages beside the bench: batches, quarantine, reconciliation, the audit log."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simtool.errors import InputError, RefusedError
from simtool.inventory import browse, work
from simtool.inventory.find import Found, find, reconciliation, standing
from simtool.inventory.gate import first_articles
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import all_batches
from simtool.inventory.visits import tally, visits
from simtool.station.web.desk import Desk, Form, act, page
from simtool.station.web.pages import need
from simtool.station.web.sessions import Session

DECISIONS = (RecordState.GOOD, RecordState.REJECTED, RecordState.GENERATED)
"""What a supervisor may make of a card in quarantine. Destroying is not for a page."""
QUARANTINE = (RecordState.QUARANTINED,)
MOST_CARDS = 100
MOST_VISITS = 50
MOST_WHY = 300


@page
async def batches(request: Request, desk: Desk, session: Session) -> Response:
    """GET /batches."""
    found = await desk.inventory(session.operator, browse.batches_and_counts)
    return desk.show(request, "batches.html", session, batches=found, current=desk.bench.view().batch)


@page
async def batch(request: Request, desk: Desk, session: Session) -> Response:
    """GET /batches/{name}: one batch, with the cards that were at the slots last."""
    name = need(request, "name")

    def ask(inventory: Inventory) -> dict[str, Any]:
        every = {one.name: (one, counts) for one, counts in browse.batches_and_counts(inventory)}
        if name not in every:
            raise InputError(f"there is no batch {name!r}")
        last = visits(inventory, name, limit=MOST_VISITS, before=None)
        return {
            "batch": every[name][0],
            "counts": every[name][1],
            "articles": first_articles(inventory, name),
            "visits": last,
        }

    return desk.show(request, "batch.html", session, **await desk.inventory(session.operator, ask))


@page
async def quarantine(request: Request, desk: Desk, session: Session) -> Response:
    """GET /quarantine."""
    chosen, after = request.query_params.get("batch", ""), request.query_params.get("after", "")

    def ask(inventory: Inventory) -> dict[str, Any]:
        name, names = _chosen(inventory, chosen or desk.bench.view().batch)
        cards = standing(inventory, name, QUARANTINE, limit=MOST_CARDS, after=after) if name else ()
        return {"batch": name, "names": names, "cards": cards, "more": len(cards) == MOST_CARDS}

    return desk.show(request, "quarantine.html", session, **await desk.inventory(session.operator, ask))


@page
async def card(request: Request, desk: Desk, session: Session) -> Response:
    """GET /cards/{iccid}: a card's history, and what may be made of it when it is in quarantine."""
    iccid = need(request, "iccid")
    found: Found = await desk.inventory(session.operator, lambda inventory: find(inventory, iccid))
    decisions = DECISIONS if found.state is RecordState.QUARANTINED else ()
    return desk.show(request, "card.html", session, card=found, decisions=decisions)


@act(supervisor=True)
async def decide(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /cards/{iccid}: a supervisor decides about a card in quarantine."""
    iccid, why = need(request, "iccid"), form.text("why", MOST_WHY)
    wanted = next((state for state in DECISIONS if state.value == form.text("state")), None)
    if wanted is None:
        raise InputError("choose what becomes of the card")
    if not why:
        raise InputError("say why: it goes into the audit log")

    def move(inventory: Inventory) -> str:
        found = find(inventory, iccid)
        if found.state is not RecordState.QUARANTINED:
            raise RefusedError(f"card {iccid} is {found.state.value}, not in quarantine (any more)")
        work.move(inventory, found.iccid, wanted, why)
        return found.batch

    where = await desk.inventory(session.operator, move)
    return RedirectResponse(f"/quarantine?batch={where}", 303)


@page
async def reconciliation_page(request: Request, desk: Desk, session: Session) -> Response:
    """GET /reconciliation: ordered = good + rejected + spare + open, and who made what where."""
    chosen = request.query_params.get("batch", "")

    def ask(inventory: Inventory) -> dict[str, Any]:
        name, names = _chosen(inventory, chosen or desk.bench.view().batch)
        if not name:
            return {"batch": "", "names": names, "counts": None, "tally": ()}
        return {
            "batch": name,
            "names": names,
            "counts": reconciliation(inventory, name),
            "tally": tally(inventory, name),
        }

    return desk.show(request, "reconciliation.html", session, **await desk.inventory(session.operator, ask))


@page
async def audit(request: Request, desk: Desk, session: Session) -> Response:
    """GET /audit: the latest entries, those with a text, those before a number."""
    text, before = request.query_params.get("text", "").strip()[:100], request.query_params.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 16 else None

    def ask(inventory: Inventory) -> dict[str, Any]:
        entries = browse.latest_entries(inventory, text=text, before=number)
        return {"entries": entries, "more": len(entries) == browse.MOST_ENTRIES}

    values = await desk.inventory(session.operator, ask)
    part = request.headers.get("hx-target") == "entries"
    return desk.show(request, "entries.html" if part else "audit.html", session, text=text, **values)


@act()
async def audit_check(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /audit/check: the whole chain, from the first entry on."""
    checked = await desk.inventory(session.operator, lambda inventory: inventory.verify_log())
    part = bool(request.headers.get("hx-request"))
    return desk.show(request, "audit_check.html" if part else "audit_checked.html", session, checked=checked)


def _chosen(inventory: Inventory, wanted: str) -> tuple[str, tuple[str, ...]]:
    """The batch that is asked for, and the names of all, the newest first. Raises `InputError`."""
    with inventory.store.read() as connection:
        names = tuple(batch.name for batch in reversed(all_batches(connection)))
    if wanted and wanted not in names:
        raise InputError(f"there is no batch {wanted!r}")
    return wanted, names
