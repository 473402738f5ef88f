"""The pages of a station, put together: routes, templates, static files, and what stands before them."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from simtool.errors import SimtoolError
from simtool.station.setup import Place
from simtool.station.web import pages, pages_article, pages_bench, pages_office, pages_papers
from simtool.station.web.desk import Desk
from simtool.station.web.guard import Guard
from simtool.station.web.seam import BenchSeam
from simtool.station.web.sessions import Sessions
from simtool.station.web.stream import Streams, stream
from simtool.station.web.templates_of import environment

HERE = Path(__file__).parent
SWEEP_SECONDS = 5.0
REVIEW_EVERY = 6
log = logging.getLogger(__name__)


def make_app(
    bench: BenchSeam,
    place: Place,
    *,
    names: Iterable[str] = (),
    only_local: bool = True,
    sessions: Sessions | None = None,
) -> Starlette:
    """The application for one running station and its inventory.

    `names` are host names that browsers may use besides addresses and localhost; `only_local` takes addresses of this
    computer alone.
    """
    # Cookies know no ports: two stations on one computer must not throw each other's logins out.
    cookie = f"station-{secrets.token_hex(4)}"
    desk = Desk(bench, place, sessions or Sessions(), environment(HERE / "templates"), cookie)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_sweep, desk)
            yield
            desk.closing = True
            tasks.cancel_scope.cancel()

    app = Starlette(
        routes=[
            Route("/", pages_bench.bench),
            Route("/login", pages.login_page, methods=["GET"]),
            Route("/login", pages.login, methods=["POST"]),
            Route("/logout", pages.logout, methods=["POST"]),
            Route("/help", pages.help_page),
            Route("/bench/stream", stream),
            Route("/bench/here", pages_bench.here, methods=["POST"]),
            Route("/bench/order", pages_bench.order, methods=["POST"]),
            Route("/bench/scan", pages_bench.scan, methods=["POST"]),
            Route("/batches", pages_office.batches),
            Route("/batches/{name}", pages_office.batch),
            Route("/first-articles", pages_article.articles),
            Route("/first-articles/{id}", pages_article.article, methods=["GET"]),
            Route("/first-articles/{id}", pages_article.decide, methods=["POST"]),
            Route("/first-articles/{id}/preview.png", pages_article.preview),
            Route("/quarantine", pages_office.quarantine),
            Route("/cards/{iccid}", pages_office.card, methods=["GET"]),
            Route("/cards/{iccid}", pages_office.decide, methods=["POST"]),
            Route("/reconciliation", pages_office.reconciliation_page),
            Route("/audit", pages_office.audit),
            Route("/audit/check", pages_office.audit_check, methods=["POST"]),
            *pages_papers.ROUTES,
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={HTTPException: pages.no_page},
        middleware=[Middleware(Guard, names=tuple(names), only_local=only_local)],
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.streams = Streams()
    app.state.login_key = secrets.token_bytes(32)
    return app


async def _sweep(desk: Desk) -> None:
    """From time to time: logins that are over, people who are no longer let in. Nothing may end this but the server."""
    looked = 0
    while True:
        await anyio.sleep(SWEEP_SECONDS)
        try:
            await desk.sweep()
            looked = (looked + 1) % REVIEW_EVERY
            if looked == 0 and desk.sessions.all():
                await desk.review()
        except SimtoolError as error:  # the database is away for a while
            log.warning("looking through the logins failed: %s", error)
