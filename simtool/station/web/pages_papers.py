"""Sheets to take along: PDFs and JSON of what `simtool.station.paper` prints."""

from __future__ import annotations

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
