"""The operator's logo: from a PBM file to EF.IMG of a product that has it (TS 31.102 §4.6.1.1, Annex B.1)."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.errors import InputError
from simtool.files import product
from simtool.files.product import CardModel
from simtool.perso.bitmap import read_bitmap
from simtool.softcard.card import SoftCard
from tests.perso.test_products import credentials_of

# An arrow of 5 by 3 pixels: 00100 01110 11111, one bit of filling.
PICTURE = bytes.fromhex("0503" + "23bf")
P1 = "P1\n# an arrow\n5 3\n0 0 1 0 0\n01110\n11111\n"
P4 = b"P4\n5 3\n" + bytes((0b00100_000, 0b01110_000, 0b11111_000))
GRAPHICS = """\
  - {path: MF/DF.TELECOM/DF.GRAPHICS, fid: '5f50', type: df, arr: '2f06:1'}
  - {path: MF/DF.TELECOM/DF.GRAPHICS/EF.IMG, fid: '4f20', type: linear_fixed, record_length: 20, records: 2,
     arr: '2f06:5'}
  - {path: MF/DF.TELECOM/DF.GRAPHICS/EF.IIDF, fid: '4f02', type: transparent, size: 64, arr: '2f06:5'}
"""
PROFILE = """\
operator: {kind: full, name: N, plmn: 262-01}
identity: {iccid: {first: '894944000000115531'}, imsi: {first: '262010000000001'}}
branding: {logo: {file: logo.pbm}}
"""


@pytest.fixture
def model() -> CardModel:
    """generic-usim with files for pictures."""
    text = (files("simtool") / "data" / "cards" / "generic-usim.yaml").read_text()
    return product.parse(text.rstrip("\n") + "\n" + GRAPHICS)


@pytest.mark.parametrize("content", [P1.encode(), P4], ids=["P1", "P4"])
def test_a_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "logo.pbm"
    path.write_bytes(content)
    assert read_bitmap(path).encode() == PICTURE


ERRORS = [
    (b"\x89PNG", "not a PBM"),
    (b"P1\n300 1\n1", "300 by 1"),
    (b"P1\n2 2\n1 0 1", "ends early"),
    (b"P4\n9 2\n\0", "ends"),
]


@pytest.mark.parametrize(("content", "reason"), ERRORS)
def test_errors(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "logo.pbm"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_bitmap(path)


def test_onto_a_card(model: CardModel, tmp_path: Path) -> None:
    (tmp_path / "logo.pbm").write_text(P1)
    profile = simtool.Profile.parse(PROFILE, folder=tmp_path)
    record = replace(profile.issue(1)[0], credentials=credentials_of(model))
    desired = simtool.render(profile, record, model)
    with simtool.Session.open(EndpointTransport(SoftCard.new(model), "soft")) as session:
        current = simtool.read_image(session, model, only=desired.image.units, credentials=desired.credentials)
        assert simtool.apply(simtool.plan(current, desired, model), session).end is simtool.EndState.GOOD
        session.select_path(bytes.fromhex("7f105f504f20"))
        # one instance: 5 by 3, basic coding, file 4F02 from its start, 4 bytes
        assert session.read_record(1, 20).rstrip(b"\xff").hex() == "01" + "0503" + "11" + "4f02" + "0000" + "0004"
        session.select_path(bytes.fromhex("7f105f504f02"))
        assert session.read_binary(4) == PICTURE
    services = desired.image.get("MF/ADF.USIM/EF.UST")
    assert services is not None and services.data[2] & 0x20 and services.mask[2] & 0x20  # service 22


def test_left_out_where_there_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "logo.pbm").write_text(P1)
    profile = simtool.Profile.parse(PROFILE, folder=tmp_path)
    desired = simtool.render(profile, profile.issue(1)[0], product.load("sysmoISIM-SJA5"))
    assert not any("IMG" in str(path) for path in desired.image.paths)
