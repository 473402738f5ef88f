"""Every product in the computer's reader: recognised, backed up, programmed, proved, found finished, given back.

The same as in process (`tests/perso/test_products.py`, `test_backup.py`), through pcscd, vpcd and pyscard.
"""

from __future__ import annotations

import pytest

import simtool
from simtool.files.path import FilePath
from simtool.files.product import load, names
from simtool.perso.job import prepare
from simtool.perso.technician import backup as backups
from simtool.perso.technician.diff import Side, compare
from simtool.perso.technician.restore import finish, plan_restore
from simtool.softcard.card import SoftCard
from tests.harness.vpcd import seated
from tests.perso.test_backup import DERIVED
from tests.perso.test_products import credentials_of, profile_for, record_for

pytestmark = pytest.mark.usefixtures("pcsc_service")


@pytest.mark.parametrize("product", names())
def test_delivered_finished_and_delivered_again(product: str) -> None:
    model, card, profile = load(product), SoftCard.new(load(product)), profile_for(product)
    record, credentials, possible = record_for(product, card, profile), credentials_of(model), product in DERIVED
    with seated(card) as reader:
        with simtool.connect(f"pcsc:{reader}") as session:
            assert simtool.identify(session).name == product
            kept = backups.take(session, model, credentials=credentials)
            session.reset()
            job = prepare(session, profile, (record,))
            assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
            verification = simtool.verify(session, job.desired, job.record)
            assert verification, str(verification)
        with simtool.connect(f"pcsc:{reader}") as session:
            again = prepare(session, profile, (verification.record,))
            assert not again.plan, str(again.plan)
        with simtool.connect(f"pcsc:{reader}") as session:
            simtool.identify(session)
            way = plan_restore(session, model, kept, credentials, same_card=True, as_far_as_possible=possible)
            simtool.apply(way.change.plan, session)
            finish(session, way, credentials)
        with simtool.connect(f"pcsc:{reader}") as session:
            simtool.identify(session)
            back = backups.take(session, model, credentials=credentials)
            left = {FilePath(place.partition("[")[0]) for place, _ in way.left_out}
            rest = compare(Side("before", model, kept.image), Side("after", model, back.image)).differences
            assert {item.unit.path for item in rest} <= left
            assert back.image.deactivated == kept.image.deactivated
