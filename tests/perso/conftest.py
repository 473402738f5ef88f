"""A card in software, its profile and record, for tests of the way from profile to finished card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.files.product import load
from simtool.softcard.card import SoftCard

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "sysmoISIM-SJA5"


@dataclass
class Bench:
    """One card on the bench, and what it shall become."""

    endpoint: SoftCard
    session: simtool.Session
    model: simtool.CardModel
    profile: simtool.Profile
    record: simtool.CardRecord
    desired: simtool.DesiredCard

    def read(self, *, with_credentials: bool = True) -> simtool.CardImage:
        credentials = self.desired.credentials if with_credentials else ()
        return simtool.read_image(self.session, self.model, only=self.desired.image.units, credentials=credentials)

    def plan(self, *, with_credentials: bool = True) -> simtool.Plan:
        return simtool.plan(self.read(with_credentials=with_credentials), self.desired, self.model)


@pytest.fixture
def bench() -> Iterator[Bench]:
    endpoint = SoftCard.new(load(PRODUCT))
    profile = simtool.Profile.load(ROOT / "profiles" / "full-mvno.yaml")
    record = profile.issue(1)[0]
    with simtool.Session.open(EndpointTransport(endpoint, f"soft:{PRODUCT}")) as session:
        model = simtool.identify(session)
        yield Bench(endpoint, session, model, profile, record, simtool.render(profile, record, model))
