"""Py-GP, a GlobalPlatform library by other people, manages the software card through pcscd.

It computes keys, cryptograms, MACs and encryption itself and checks those of the card.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simtool.files.product import load
from simtool.softcard import SoftCard
from tests.harness.gp_host import BASE_KEY
from tests.harness.py_gp import py_gp
from tests.harness.vpcd import seated
from tests.softcard.test_gp_content import CAP, INSTANCE, ISD, MODULE, PACKAGE

CASES = [("02", "55", "20", level) for level in (0x00, 0x01, 0x03)]
CASES += [("03", "70", "30", level) for level in (0x01, 0x03, 0x11, 0x13, 0x33)]


@pytest.fixture(scope="module")
def reader(pcsc_service: tuple[str, ...]) -> Iterator[str]:
    with seated(SoftCard.new(load("generic-usim"))) as name:
        yield name


@pytest.mark.parametrize(("scp", "i", "version", "level"), CASES, ids=[f"SCP{one[0]}-{one[3]:02x}" for one in CASES])
def test_content_management(reader: str, tmp_path: Path, scp: str, i: str, version: str, level: int) -> None:
    outcome = py_gp(
        reader, isd=ISD, scp=scp, i=i, version=version, key=BASE_KEY, level=level, cap=CAP, instance=INSTANCE,
        folder=tmp_path,
    )  # fmt: skip
    words = {step: value for step, value in outcome.items() if isinstance(value, str)}
    assert {step: word for step, word in words.items() if word not in ("9000", "0")} == {}
    if level & 0x30 != 0x10:
        assert [one["aid"] for one in outcome["issuer"]] == [ISD.hex().upper()]
    if level & 0x30:
        return
    found = {one["aid"]: one["module_aid"] for one in outcome["after"]}
    assert found[PACKAGE.hex().upper()] == MODULE.hex().upper()
    assert INSTANCE.hex().upper() in [one["aid"] for one in outcome["applications"]]
    assert outcome["left"] == outcome["before"]
