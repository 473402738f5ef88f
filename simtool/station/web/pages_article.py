"""First articles: what the first card of each product holds, and the second person's word on it."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simtool.errors import InputError
from simtool.inventory.gate import ArticleState, FirstArticle, approve, first_article, first_articles, refuse
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import Role, same_person
from simtool.station.article.sheet import ArticleSheet
from simtool.station.web.desk import Denied, Desk, Form, act, page
from simtool.station.web.pages import check, need
from simtool.station.web.sessions import Session

MOST_WHY = 300
PNG = b"\x89PNG\r\n\x1a\n"


@page
async def articles(request: Request, desk: Desk, session: Session) -> Response:
    """GET /first-articles."""
    found = await desk.inventory(session.operator, lambda inventory: first_articles(inventory))
    waiting = [one for one in found if one.state is ArticleState.WAITING]
    decided = [one for one in found if one.state is not ArticleState.WAITING]
    return desk.show(request, "articles.html", session, waiting=waiting, decided=decided)


@page
async def article(request: Request, desk: Desk, session: Session) -> Response:
    """GET /first-articles/{id}: the sheet, and the form of the second person."""
    found = await _article(request, desk, session)
    may = session.is_supervisor and not same_person(found.made_by, session.operator)
    sheet = ArticleSheet.from_json(found.sheet)
    return desk.show(request, "article.html", session, article=found, sheet=sheet, may=may)


@page
async def preview(request: Request, desk: Desk, session: Session) -> Response:
    """GET /first-articles/{id}/preview.png: what a phone with this card shows."""
    found = await _article(request, desk, session)
    try:
        picture = base64.b64decode(ArticleSheet.from_json(found.sheet).brand.png, validate=True)
    except binascii.Error:
        picture = b""
    if not picture.startswith(PNG):
        raise InputError("this sheet has no picture")
    return Response(picture, media_type="image/png")


@act(supervisor=True)
async def decide(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /first-articles/{id}: approved or refused, under the name of who typed the PIN just now."""
    number, why, wish = _number(request), form.text("why", MOST_WHY), form.text("decision")
    if wish not in ("approve", "refuse"):
        raise InputError("approve it or refuse it")
    if wish == "refuse" and not why:
        raise InputError("say why it is refused: whoever makes the next one needs to know")
    operator = await check(desk, session.operator, form.text("pin", 64))
    if operator.role is not Role.SUPERVISOR:
        raise Denied("only a supervisor decides about a first article")

    def run(inventory: Inventory) -> None:
        if wish == "approve":
            approve(inventory, number, operator.name)
        else:
            refuse(inventory, number, operator.name, why)

    await desk.inventory(operator.name, run)
    return RedirectResponse(f"/first-articles/{number}", 303)


async def _article(request: Request, desk: Desk, session: Session) -> FirstArticle:
    number = _number(request)
    return await desk.inventory(session.operator, lambda inventory: first_article(inventory, number))


def _number(request: Request) -> int:
    text = need(request, "id")
    if not text.isdecimal():
        raise InputError("there is no such first article")
    return int(text)
