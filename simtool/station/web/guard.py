"""What stands before every page: which names this computer is called by, where a form came from, how much may be sent.

- a `Host` that is neither an address nor a name given at the start is refused: a foreign name that was pointed at this
  computer (DNS rebinding) gets nothing
- a request that changes something has to come from a page of this server (`Origin`, else `Referer`)
- a body has a limit and a time; every answer carries the headers that keep a browser from doing more than it must
- an error becomes a short answer, never a traceback

Tokens and logins are checked behind it, in `simtool.station.web.desk`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 16 * 1024
BODY_SECONDS = 15.0
SAFE_METHODS = ("GET", "HEAD")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # no-referrer would turn the Origin of our own forms into null
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()"),
)
NO_STORE = (b"cache-control", b"no-store")
log = logging.getLogger(__name__)


class TooMuchError(Exception):
    """A request's body is over the limit, or came too slowly."""


class Guard:
    """Wraps the application. `names` are host names that this computer may be called by, besides localhost."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str] = (), only_local: bool = True) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower().rstrip(".") for name in names)}
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here
        headers = Headers(scope["headers"])
        refused = self._refused(scope["method"], headers)
        if refused is not None:
            await refused(scope, receive, with_headers(send))
            return
        began = False

        async def sending(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        answer = with_headers(sending)
        try:
            body = b"" if scope["method"] in SAFE_METHODS else await whole_body(receive, headers)
            await self._app(scope, once(body, receive), answer)
        except TooMuchError:
            await _text("that is more than any form of this page sends", 413)(scope, receive, answer)
        except Exception:
            log.exception("a page failed: %s %s", scope["method"], scope["path"])
            if not began:
                await _text("the page failed; the station's log says why. The bench goes on.", 500)(
                    scope, receive, answer
                )

    def _refused(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.one("host")
        if host is None or not self._is_ours(host):
            return _text("this station is not called by that name", 421)
        if method in SAFE_METHODS:
            return None
        if headers.one("sec-fetch-site") not in (None, "same-origin"):
            return _text("this came from another site", 403)
        source = headers.one("origin")
        if source is None:
            source = headers.one("referer")
        if source is None or not _same_origin(source, host):
            return _text("this came from another site", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        if "@" in host:
            return False
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # Rebinding needs a name; an address leads to where it says.
        return address.is_loopback or not self._only_local


class Headers:
    """A request's headers; one that is there twice counts as unreadable, not as either."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = [(name.lower(), value.decode("latin-1").strip()) for name, value in raw]

    def one(self, name: str) -> str | None:
        found = [value for key, value in self._raw if key == name.encode()]
        return found[0] if len(found) == 1 else None if not found else ""


async def whole_body(receive: Receive, headers: Headers) -> bytes:
    """The body, read to its end before any page sees it. Raises `TooMuchError`."""
    told = headers.one("content-length")
    if told is not None and (not told.isdigit() or int(told) > MOST_BYTES):
        raise TooMuchError
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise TooMuchError
                part: bytes = message.get("body", b"")
                body += part
                if len(body) > MOST_BYTES:
                    raise TooMuchError
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        raise TooMuchError from None


def once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then whatever else comes (the browser's leaving)."""
    given = False

    async def read() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read


def with_headers(send: Send) -> Send:
    """Adds our headers to each answer; what the answer says about caching itself stays."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            more = [*HEADERS] if b"cache-control" in names else [*HEADERS, NO_STORE]
            message = {**message, "headers": own + [pair for pair in more if pair[0] not in names]}
        await send(message)

    return sending


def _same_origin(source: str, host: str) -> bool:
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _text(words: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(words + "\n", status)
