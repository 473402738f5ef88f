"""Sheets to take along: what `simtool.station.paper` prints, as PDF and as JSON.

A certificate is an act that the audit log notes, and only a supervisor's; the others only read.
"""

from __future__ import annotations

import io
import zipfile

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simtool.errors import InputError
from simtool.inventory.gate import first_article
from simtool.inventory.inventory import Inventory
from simtool.station.article.sheet import ArticleSheet
from simtool.station.paper.audit_extract import extract_json, extract_pdf, read_extract
from simtool.station.paper.certificate import certificate_pdf, make_certificate
from simtool.station.paper.first_article_sheet import make_sheet
from simtool.station.paper.reconciliation import read_shift, reconciliation_json, reconciliation_pdf
from simtool.station.web.desk import Desk, Form, act, page
from simtool.station.web.pages import need
from simtool.station.web.sessions import Session

KINDS = {"pdf": "application/pdf", "json": "application/json", "zip": "application/zip"}


@page
async def reconciliation(request: Request, desk: Desk, session: Session) -> Response:
    """GET /papers/{batch}/reconciliation.pdf and .json."""
    batch, form = need(request, "batch"), _form(request)

    def make(inventory: Inventory) -> bytes:
        shift = read_shift(inventory, batch)
        return reconciliation_pdf(shift) if form == "pdf" else reconciliation_json(shift).encode()

    return _file(await desk.inventory(session.operator, make), f"{batch}-reconciliation", form)


@page
async def extract(request: Request, desk: Desk, session: Session) -> Response:
    """GET /papers/{batch}/audit.pdf and .json."""
    batch, form = need(request, "batch"), _form(request)

    def make(inventory: Inventory) -> bytes:
        found = read_extract(inventory, batch)
        return extract_pdf(found) if form == "pdf" else extract_json(found).encode()

    return _file(await desk.inventory(session.operator, make), f"{batch}-audit", form)


@page
async def sheet(request: Request, desk: Desk, session: Session) -> Response:
    """GET /first-articles/{id}/sheet.pdf and .json."""
    number, form = need(request, "id"), _form(request)
    if not number.isdecimal():
        raise InputError("there is no such first article")

    def make(inventory: Inventory) -> tuple[str, bytes]:
        found = first_article(inventory, int(number))
        text = found.sheet
        return found.batch, make_sheet(ArticleSheet.from_json(text), found) if form == "pdf" else text.encode()

    batch, content = await desk.inventory(session.operator, make)
    return _file(content, f"{batch}-first-article-{number}", form)


@act(supervisor=True)
async def certificate(request: Request, desk: Desk, session: Session, form: Form) -> Response:
    """POST /papers/{batch}/certificate: the signed text and its print, in one archive."""
    batch = need(request, "batch")

    def make(inventory: Inventory) -> bytes:
        signed = make_certificate(inventory, batch)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
            files.writestr(f"{batch}-certificate.json", signed)
            files.writestr(f"{batch}-certificate.pdf", certificate_pdf(signed))
        return archive.getvalue()

    return _file(await desk.inventory(session.operator, make), f"{batch}-certificate", "zip")


def _form(request: Request) -> str:
    form = need(request, "form")
    if form not in ("pdf", "json"):
        raise InputError("there are PDF and JSON")
    return form


def _file(content: bytes, name: str, form: str) -> Response:
    """To be kept, not shown. Names of batches are letters, digits, dots and dashes (`simtool.batch.order.NAME`)."""
    return Response(
        content, media_type=KINDS[form], headers={"content-disposition": f'attachment; filename="{name}.{form}"'}
    )


ROUTES = (
    Route("/papers/{batch}/reconciliation.{form}", reconciliation, methods=["GET"]),
    Route("/papers/{batch}/audit.{form}", extract, methods=["GET"]),
    Route("/papers/{batch}/certificate", certificate, methods=["POST"]),
    Route("/first-articles/{id}/sheet.{form}", sheet, methods=["GET"]),
)
