"""A product with a brand in letters beyond ASCII, and one of its cards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import simtool

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
HEAD = """\
operator: {kind: full, name: Nordlicht Größe GmbH, plmn: 001-01}
identity:
  iccid: {first: '894944000000115531'}
  imsi: {first: '001010000000101', last: '001010099999999'}
  msisdn: '+88228000101'
authentication: {pins: {PIN1: {value: random}, PUK1: {value: random}, PIN2: {value: random}, PUK2: {value: random}}}
services: {customer_care: {name: Care, number: '+8822800700'}}
branding: {spn: {name: Nordlicht Größe}, languages: [de, en]}
"""


def product(paper: str = "", head: str = HEAD, folder: Path | None = None) -> simtool.Profile:
    return simtool.Profile.parse(head + (f"paper: {paper}\n" if paper else ""), folder=folder)


def own(folder: Path, text: str, paper: str = "") -> simtool.Profile:
    """A product whose labels are made from this template."""
    (folder / "own.yaml").write_text(text)
    return product(f"{{label: own.yaml{', ' + paper if paper else ''}}}", folder=folder)


@pytest.fixture
def record() -> simtool.CardRecord:
    return product().issue(1)[0]
