"""5G identity privacy by profile: the card, or the phone from the card's file, conceals with the home network's key."""

from __future__ import annotations

import pytest

import simtool
from simtool.crypto.suci import SuciProfile, public_key, reveal
from simtool.errors import InputError, PlanError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.job import prepare
from simtool.softcard.card import SoftCard
from tests.perso.test_products import PROFILE, record_for, session_with

# TS 33.501 Annex C.4.3: private key of the home network for profile A.
PRIVATE_A = bytes.fromhex("c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d")
PUBLIC_A = public_key(SuciProfile.A, PRIVATE_A).hex()


def profile_with(suci: str) -> simtool.Profile:
    text = PROFILE.format(algorithm="milenage")
    return simtool.Profile.parse(text.replace("network: {", f"network: {{suci: {suci}, "))


def test_the_card_conceals(product: str = "sysmoISIM-SJA5") -> None:
    """SUCI by GET IDENTITY; only who has the private key finds the MSIN (TS 33.501 Annex C.3)."""
    profile = profile_with(f"{{calculated_by: card, keys: [{{id: 27, scheme: A, public_key: '{PUBLIC_A}'}}]}}")
    card = SoftCard.new(load(product))
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,))
        simtool.apply(job.plan, session)
        assert simtool.verify(session, job.desired, job.record)
        session.select_aid(job.model.file("MF/ADF.USIM").aid or b"")
        suci = session.get_identity()
    # TS 24.501 §9.11.3.4 behind the data object's tag and length: type, PLMN, routing indicator, scheme, key, output
    assert suci[2:10].hex() == "01" + "090170" + "f0ff" + "01" + "1b"
    plain = reveal(SuciProfile.A, PRIVATE_A, suci[10:])
    msin = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in plain).rstrip("f")
    assert msin == record.subscription.imsi.msin(3)


def test_the_phone_conceals(product: str = "sysmoISIM-SJA5") -> None:
    profile = profile_with(f"{{keys: [{{id: 27, scheme: A, public_key: '{PUBLIC_A}'}}], routing_indicator: '12'}}")
    card = SoftCard.new(load(product))
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,))
        simtool.apply(job.plan, session)
        image = simtool.read_image(session, job.model, only=job.desired.image.units)
    info = image.get("MF/ADF.USIM/DF.5GS/EF.SUCI_Calc_Info")
    routing = image.get("MF/ADF.USIM/DF.5GS/EF.Routing_Indicator")
    ust = image.get("MF/ADF.USIM/EF.UST")
    assert info is not None
    assert routing is not None
    assert ust is not None
    value = contents.decode(FilePath("MF/ADF.USIM/DF.5GS/EF.SUCI_Calc_Info"), info.data)
    assert [(key.identifier, key.key) for key in value.keys] == [(27, PUBLIC_A)]
    assert [(item.scheme, item.key_index) for item in value.schemes] == [(1, 1)]
    assert routing.data[:2].hex() == "21ff"
    services = contents.decode(FilePath("MF/ADF.USIM/EF.UST"), ust.data)
    assert 124 in services
    assert 125 not in services


def test_a_card_that_cannot_calculate() -> None:
    profile = profile_with("{calculated_by: card}")
    card = SoftCard.new(load("sysmoISIM-SJA2"))
    record = record_for("sysmoISIM-SJA2", card, profile)
    with session_with(card, "sysmoISIM-SJA2") as session, pytest.raises(PlanError, match="network.suci"):
        prepare(session, profile, (record,))


ERRORS = [
    ("{calculated_by: network}", "phone or card"),
    ("{keys: [{id: 1, scheme: C, public_key: '00'}]}", "A or B"),
    ("{keys: [{id: 1, scheme: A, public_key: '00'}]}", "32 bytes, this has 1"),
    (f"{{keys: [{{id: 300, scheme: A, public_key: '{PUBLIC_A}'}}]}}", "0 to 255"),
]


@pytest.mark.parametrize(("suci", "reason"), ERRORS)
def test_errors(suci: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        profile_with(suci)
