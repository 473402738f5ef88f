"""The bench's page, and the orders that its keys and buttons give.

An operator gives orders in the login where "I am at the bench" was said. A supervisor always does, and is the only one
who ends a stop.
"""

from __future__ import annotations

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from simtool.errors import InputError, RefusedError
from simtool.station.events import OrderKind, Phase
from simtool.station.view import BenchView, SlotView
from simtool.station.web.desk import Denied, Desk, Form, act, page
from simtool.station.web.sessions import Session
from simtool.station.web.stream import first

MOST_SCANNED = 128


@page
async def bench(request: Request, desk: Desk, session: Session) -> Response:
    """GET /."""
    return desk.show(request, "bench.html", session, **first(desk.bench.view()))


@act()
async def here(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /bench/here: whoever is logged in here works at the bench from now on."""
    await desk.come(session)
    return _done(request, f"{session.operator} is at the bench")


@act()
async def order(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /bench/order with `kind` and perhaps `slot`."""
    view, kind = desk.bench.view(), form.text("kind")
    slot = _slot(view, form.text("slot"))
    _require_here(desk, session)
    if kind in ("resume", "release") and slot is None and not view.operator:
        raise RefusedError("nobody is at the bench", hint="press I am at the bench first (B)")
    match kind:
        case "pause":
            desk.paused_by_leaving = False
            await desk.order(OrderKind.PAUSE, _name(slot), f"by {session.operator}")
        case "resume":
            _require_right(desk, session, slot)
            desk.paused_by_leaving = desk.paused_by_leaving and slot is not None
            await desk.order(OrderKind.RESUME, _name(slot))
        case "acknowledge":
            slot = slot or _the_only(view, Phase.ATTENTION)
            if slot.phase is not Phase.ATTENTION:
                raise RefusedError(f"slot {slot.name} asks for no attention (any more)")
            _require_right(desk, session, slot)
            await desk.order(OrderKind.RESUME, slot.name)
        case "release":
            _require_supervisor(session)
            if slot is None and not desk.bench.is_stopped():
                slot = _the_only(view, Phase.STOPPED)
            await desk.order(OrderKind.RESUME, _name(slot))
        case "stop":
            _require_supervisor(session)
            await desk.order(OrderKind.STOP, _name(slot), f"by {session.operator}")
        case _:
            raise InputError("that is no order", field="kind")
    return _done(request, _said(kind, slot))


@act()
async def scan(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /bench/scan with `text` and perhaps `slot`."""
    _require_here(desk, session)
    text, slot = form.text("text", MOST_SCANNED), _slot(desk.bench.view(), form.text("slot"))
    if not text:
        raise InputError("nothing was scanned")
    name = _name(slot)
    taken = await anyio.to_thread.run_sync(desk.bench.scan, text, name)
    return _done(request, f"slot {taken} has the scan")


def _require_right(desk: Desk, session: Session, slot: SlotView | None) -> None:
    """What was stopped, and what a slot shows to a supervisor, an operator does not end."""
    if desk.bench.is_stopped(_name(slot)):
        _require_supervisor(session)


def _require_here(desk: Desk, session: Session) -> None:
    if not session.is_supervisor and desk.at_bench is not session:
        raise Denied("you are not at the bench", hint="press I am at the bench first (B)")


def _require_supervisor(session: Session) -> None:
    if not session.is_supervisor:
        raise Denied("only a supervisor ends a stop", hint="ask a supervisor to log in")


def _slot(view: BenchView, name: str) -> SlotView | None:
    if not name:
        return None
    found = next((slot for slot in view.slots if slot.name == name), None)
    if found is None:
        raise InputError("the bench has no such slot", field="slot")
    return found


def _name(slot: SlotView | None) -> str | None:
    return None if slot is None else slot.name


def _the_only(view: BenchView, phase: Phase) -> SlotView:
    found = [slot for slot in view.slots if slot.phase is phase]
    if not found:
        raise RefusedError(f"no slot is at {phase.value}")
    if len(found) > 1:
        names = ", ".join(slot.name for slot in found)
        raise RefusedError(f"slots {names} are at {phase.value}", hint="choose one first, with its number")
    return found[0]


def _said(kind: str, slot: SlotView | None) -> str:
    words = {
        "pause": "paused", "resume": "goes on", "acknowledge": "acknowledged", "release": "released", "stop": "stopped",
    }  # fmt: skip
    return f"{'the bench' if slot is None else f'slot {slot.name}'}: {words[kind]}"


def _done(request: Request, words: str) -> Response:
    if request.headers.get("x-simtool"):
        return JSONResponse({"said": words})
    return RedirectResponse("/", 303)
