"""What all pages share: bench, inventory, sessions, templates, and the door that every page stands behind.

`page` and `act` make routes' functions of ours: the first asks for a login, the second for a token too, and for the
right role. Whose work the bench does is said by one browser at a time, with "I am at the bench":

- logging in alone changes nothing at the bench; the page asks
- whoever says it later takes the bench over, and the one before sees it at once
- when that login ends (logout, or its time is over), the bench has no operator and pauses
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

import anyio
import anyio.to_thread
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simtool.errors import InputError, RefusedError, SimtoolError
from simtool.inventory.audit import Who
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import operators
from simtool.inventory.store import DatabaseError
from simtool.station.events import CardDone, OrderKind
from simtool.station.setup import Place
from simtool.station.web.seam import BenchSeam
from simtool.station.web.sessions import Session, Sessions

MOST_FIELDS = 20
NOBODY = "nobody is at the bench"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each once."""

    fields: tuple[tuple[str, str], ...]

    def text(self, name: str, limit: int = 200) -> str:
        """A field without the spaces around it; empty when it is not there. Raises `InputError` over `limit`."""
        found = [value for key, value in self.fields if key == name]
        if len(found) > 1 or any(len(value) > limit for value in found):
            raise InputError("too long, or given twice", field=name)
        return found[0].strip() if found else ""


@dataclass(slots=True)
class Desk:
    """One station's pages. For one thread: the web server's loop; what blocks goes to `to_thread`."""

    bench: BenchSeam
    place: Place
    sessions: Sessions
    templates: Environment
    cookie: str
    at_bench: Session | None = None
    paused_by_leaving: bool = False
    closing: bool = False
    _cards: tuple[CardDone, ...] = ()
    _moves: anyio.Lock = field(default_factory=anyio.Lock)
    """One coming or leaving at a time: the bench's operator and `at_bench` are one person."""
    _inventories: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    _pins: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))

    async def inventory(self, who: str, ask: Callable[[Inventory], Result], *, is_pin: bool = False) -> Result:
        """What `ask` gets from the inventory, in a thread of its own; `who` stands in the audit log.

        `is_pin`: checking a PIN costs memory and time on purpose; a few at once are enough.
        """
        place, station = self.place, self.bench.view().station

        def run() -> Result:
            by = Who(who, f"{station}, web page")
            with Inventory.open(place.folder, url=place.url, vault=place.vault, who=by) as inventory:
                return ask(inventory)

        return await anyio.to_thread.run_sync(run, limiter=self._pins if is_pin else self._inventories)

    async def order(self, kind: OrderKind, slot: str | None = None, text: str = "") -> None:
        await anyio.to_thread.run_sync(functools.partial(self.bench.order, kind, slot, text))

    async def come(self, session: Session) -> None:
        """This login is at the bench from here on."""
        async with self._moves:
            await anyio.to_thread.run_sync(self.bench.set_operator, session.operator)
            self.at_bench = session
            paused, self.paused_by_leaving = self.paused_by_leaving, False
            if paused and not self.bench.is_stopped():
                await self.order(OrderKind.RESUME)

    async def leave(self, session: Session) -> None:
        """This login ends; was it at the bench, the bench pauses and has no operator."""
        self.sessions.end(session)
        async with self._moves:
            if self.at_bench is not session:
                return
            self.at_bench = None
            view = self.bench.view()
            if not (view.paused or view.stopped):
                self.paused_by_leaving = True
                await self.order(OrderKind.PAUSE, None, NOBODY)
            await anyio.to_thread.run_sync(self.bench.set_operator, "")

    async def sweep(self) -> None:
        """End the sessions whose time is over. Cards that end keep the login at the bench: hands put them in."""
        cards = self.bench.view().last[:1]
        if cards != self._cards and self.at_bench is not None and self.sessions.lives(self.at_bench):
            self.sessions.touch(self.at_bench)
        self._cards = cards
        gone = [session for session in self.sessions.all() if not self.sessions.lives(session)]
        if self.at_bench is not None and not self.sessions.lives(self.at_bench):
            gone.append(self.at_bench)  # it may have had to make room for another login
        for session in gone:
            await self.leave(session)

    async def review(self) -> None:
        """End the sessions of people who may no longer come in, or whose role is another one now."""
        people = {one.name: one for one in await self.inventory("station", operators)}
        for session in self.sessions.all():
            now = people.get(session.operator)
            if now is None or not now.active or now.role is not session.role:
                await self.leave(session)

    def show(
        self, request: Request, template: str, session: Session | None, status: int = 200, **values: Any
    ) -> Response:
        """A page. Everything in `values` is escaped by the template."""
        text = self.templates.get_template(template).render(
            session=session, path=request.url.path, here=session is not None and session is self.at_bench, **values
        )
        return HTMLResponse(text, status)


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def session_of(request: Request, *, touch: bool = True) -> Session | None:
    desk = desk_of(request)
    return desk.sessions.find(request.cookies.get(desk.cookie, ""), touch=touch)


Page = Callable[[Request, Desk, Session], Awaitable[Response]]
Act = Callable[[Request, Desk, Session, Form], Awaitable[Response]]
Route = Callable[[Request], Awaitable[Response]]


def page(function: Page) -> Route:
    """A page that needs a login; without one it leads there."""

    @functools.wraps(function)
    async def run(request: Request) -> Response:
        session = session_of(request)
        if session is None:
            return to_login(request)
        with friendly(request, session):
            return await function(request, desk_of(request), session)

    return _answering(run)


def act(*, supervisor: bool = False) -> Callable[[Act], Route]:
    """A form's receiver: needs a login, the session's token, and where it says so a supervisor."""

    def wrap(function: Act) -> Route:
        @functools.wraps(function)
        async def run(request: Request) -> Response:
            session = session_of(request)
            if session is None:
                return to_login(request)
            with friendly(request, session):
                form = await form_of(request)
                if not session.allows(request.headers.get("x-csrf-token", "") or form.text("csrf")):
                    raise Denied("this form is not from this login: load the page again")
                if supervisor and not session.is_supervisor:
                    raise Denied("only a supervisor does this", hint="ask a supervisor to log in")
                return await function(request, desk_of(request), session, form)

        return _answering(run)

    return wrap


class Denied(SimtoolError):
    """Logged in, but not allowed."""


class _Said(Exception):
    """An answer that was made from an error."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def _answering(run: Route) -> Route:
    @functools.wraps(run)
    async def answer(request: Request) -> Response:
        try:
            return await run(request)
        except _Said as said:
            return said.answer

    return answer


@contextlib.contextmanager
def friendly(request: Request, session: Session | None) -> Iterator[None]:
    """What simtool refuses becomes a page that says so, with the next step."""
    try:
        yield
    except SimtoolError as error:
        raise _Said(error_page(request, session, error)) from None


def status_of(error: SimtoolError) -> int:
    if isinstance(error, Denied):
        return 403
    if isinstance(error, DatabaseError):
        return 503
    return 409 if isinstance(error, RefusedError) else 400


def error_page(request: Request, session: Session | None, error: SimtoolError, status: int = 0) -> Response:
    """For a person; for a program of ours (`X-Simtool`) two fields."""
    from starlette.responses import JSONResponse

    code = status or status_of(error)
    if request.headers.get("x-simtool"):
        return JSONResponse({"error": str(error), "hint": error.hint}, code)
    return desk_of(request).show(request, "error.html", session, code, error=str(error), hint=error.hint)


async def form_of(request: Request) -> Form:
    """The fields of an ordinary form; the guard has limited its size. Raises `InputError` for any other kind."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InputError("this is not a form of these pages")
    try:
        text = (await request.body()).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InputError("this form cannot be read") from None
    return Form(tuple(pairs))


def to_login(request: Request) -> Response:
    """Where a page without login leads. What is no page (a form, a stream, a part of a page) gets a plain 401."""
    if request.method != "GET" or request.headers.get("hx-request") or request.headers.get("x-simtool"):
        return Response("log in first\n", 401, media_type="text/plain")
    where = request.url.path
    return RedirectResponse("/login" if where == "/" else f"/login?next={quote(where)}", 303)
