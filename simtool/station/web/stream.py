"""The bench as it changes, to a browser: server-sent events (HTML Living Standard §9.2).

The first event of a stream has the whole bench, the next ones only the tiles that differ, so a browser that comes back
needs no memory of before. A stream ends with its login; a line without meaning every few seconds shows both sides that
the other is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from simtool.station.events import Phase
from simtool.station.view import BenchView
from simtool.station.web.desk import Desk, session_of
from simtool.station.web.looks import LOOKS, rows, tile
from simtool.station.web.sessions import Session

SLICE_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
BREATH_SECONDS = 0.1
"""Between two events: more often no eye follows."""
MOST_STREAMS = 32
MOST_PER_LOGIN = 4


class Streams:
    """Counts the open streams: each holds a thread while it waits, so there is an end to them."""

    def __init__(self) -> None:
        self.waiting = anyio.CapacityLimiter(MOST_STREAMS)
        self._open: list[str] = []

    def enter(self, session: Session) -> bool:
        if len(self._open) >= MOST_STREAMS or self._open.count(session.key) >= MOST_PER_LOGIN:
            return False
        self._open.append(session.key)
        return True

    def count(self) -> int:
        return len(self._open)

    def leave(self, session: Session) -> None:
        self._open.remove(session.key)


async def stream(request: Request) -> Response:
    """GET /bench/stream."""
    desk: Desk = request.app.state.desk
    streams: Streams = request.app.state.streams
    # Looking is not doing: an open page alone keeps no login alive.
    session = session_of(request, touch=False)
    if session is None:
        return Response("log in first\n", 401, media_type="text/plain")
    if not streams.enter(session):
        return Response("too many pages of this bench are open: close one\n", 429, media_type="text/plain")
    return StreamingResponse(_counted(desk, streams, session), media_type="text/event-stream")


async def _counted(desk: Desk, streams: Streams, session: Session) -> AsyncIterator[str]:
    try:
        async for text in _events(desk, streams, session):
            yield text
    finally:
        streams.leave(session)


async def _events(desk: Desk, streams: Streams, session: Session) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    shown: dict[str, str] = {}
    view, frame, told = desk.bench.view(), "", time.monotonic()
    while desk.sessions.lives(session) and not desk.closing:
        state = whole(desk, session, view)
        changed = {name: text for name, text in state["tiles"].items() if shown.get(name) != text}
        rest = json.dumps([state["side"], state["bar"]])
        if changed or rest != frame:
            shown, frame, told = state["tiles"], rest, time.monotonic()
            message = state | {"tiles": changed, "names": list(shown)}
            yield f"event: bench\nid: {view.number}\ndata: {json.dumps(message)}\n\n"
        elif time.monotonic() - told > HEARTBEAT_SECONDS:
            told = time.monotonic()
            yield ": still here\n\n"
        await anyio.sleep(BREATH_SECONDS)
        number = view.number
        view = await anyio.to_thread.run_sync(
            desk.bench.wait_change, number, SLICE_SECONDS, limiter=streams.waiting, abandon_on_cancel=True
        )
    if not desk.closing:  # else the browser tries again until the station is back
        yield "event: over\ndata: {}\n\n"


def whole(desk: Desk, session: Session, view: BenchView) -> dict[str, Any]:
    """Everything that the bench page shows, as pieces of HTML and the few facts that sound and keys need."""
    render = desk.templates.get_template
    here = session is desk.at_bench
    values = {"session": session, "view": view, "here": here}
    tiles = {slot.name: render("tile.html").render(values | {"tile": tile(slot)}) for slot in view.slots}
    return {
        "number": view.number,
        "tiles": tiles,
        "side": render("side.html").render(values),
        "bar": render("bar.html").render(values),
        "paused": view.paused,
        "heard": {slot.name: LOOKS[slot.phase].sound.value for slot in view.slots},
        "since": {slot.name: f"{slot.phase.value} {slot.since}" for slot in view.slots},
        "spoken": {slot.name: tile(slot).spoken for slot in view.slots if LOOKS[slot.phase].is_told},
        "attention": [slot.name for slot in view.slots if slot.phase is Phase.ATTENTION],
    }


def first(view: BenchView) -> dict[str, Any]:
    """The values of the page itself, before any stream."""
    return {"view": view, "rows": rows(view)}
