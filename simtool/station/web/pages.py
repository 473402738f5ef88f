"""Coming in and going out, help, and what a page says when there is none."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simtool.errors import InputError, RefusedError, SimtoolError
from simtool.inventory.people import Operator, check_pin, typed_pin
from simtool.station.web.desk import Desk, Form, act, desk_of, form_of, page, session_of
from simtool.station.web.sessions import Session

WORDS = {
    404: ("There is no such page.", "The bench is one key away."),
    405: ("This page is not asked like that.", "Go back and use its buttons."),
    413: ("That is more than any form of this page sends.", ""),
}


async def login_page(request: Request) -> Response:
    """GET /login."""
    if session_of(request) is not None:
        return RedirectResponse("/", 303)
    return _login(request, desk_of(request))


async def login(request: Request) -> Response:
    """POST /login: a new session, whatever the browser had before."""
    desk = desk_of(request)
    name = ""
    try:
        form = await form_of(request)
        name = form.text("name", 64)
        if not _is_own_form(request, form):
            return _login(request, desk, name=name, error="The page was too old. Try again.", status=403)
        operator = await check(desk, name, form.text("pin", 64))
    except SimtoolError as error:
        return _login(request, desk, name=name, error=str(error), hint=error.hint, status=403)
    before = session_of(request)
    if before is not None:
        await desk.leave(before)
    number, _ = desk.sessions.begin(operator)
    answer = RedirectResponse(_own_page(form.text("next")), 303)
    _set(answer, desk.cookie, number)
    answer.delete_cookie(_door(desk), path="/login")
    return answer


async def check(desk: Desk, name: str, pin: str) -> Operator:
    """The operator of that name and PIN. Raises `RefusedError`; how often one may try is the inventory's business."""
    if not name or not pin:
        raise RefusedError("name and PIN, please")
    secret = typed_pin(pin)
    return await desk.inventory(name, lambda inventory: check_pin(inventory, name, secret), is_pin=True)


@act()
async def logout(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /logout."""
    await desk.leave(session)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(desk.cookie)
    return answer


@page
async def help_page(request: Request, desk: Desk, session: Session) -> Response:
    """GET /help."""
    return desk.show(request, "help.html", session)


async def no_page(request: Request, error: Exception) -> Response:
    """404, 405 and the like. Raises nothing."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    session = session_of(request, touch=False)
    words, hint = WORDS.get(status, ("This cannot be answered.", ""))
    if session is None:
        return Response(words + "\n", status, media_type="text/plain")
    return desk_of(request).show(request, "error.html", session, status, error=words, hint=hint)


def _login(
    request: Request, desk: Desk, *, name: str = "", error: str = "", hint: str = "", status: int = 200
) -> Response:
    """The form, with a token of its own: without it a foreign page could log this browser in under another name."""
    nonce = secrets.token_urlsafe(32)
    answer = desk.show(
        request, "login.html", None, status, name=name, error=error, hint=hint,
        token=_token(request, nonce), next=_own_page(request.query_params.get("next", "")),
        view=desk.bench.view(),
    )  # fmt: skip
    _set(answer, _door(desk), nonce, path="/login")
    return answer


def _is_own_form(request: Request, form: Form) -> bool:
    nonce = request.cookies.get(_door(desk_of(request)), "")
    return bool(nonce) and hmac.compare_digest(_token(request, nonce).encode(), form.text("csrf").encode())


def _token(request: Request, nonce: str) -> str:
    key: bytes = request.app.state.login_key
    return hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()


def _door(desk: Desk) -> str:
    return f"{desk.cookie}-door"


def _set(answer: Response, name: str, value: str, *, path: str = "/") -> None:
    answer.set_cookie(name, value, httponly=True, samesite="strict", path=path)


def _own_page(where: str) -> str:
    """A path of this server to go on to, never another server."""
    if not where.startswith("/") or where.startswith("//") or "\\" in where or not where.isprintable():
        return "/"
    return where


def need(request: Request, name: str) -> str:
    """A part of the path. Raises `InputError`."""
    value = str(request.path_params[name])
    if len(value) > 64:
        raise InputError("there is nothing of that name")
    return value
