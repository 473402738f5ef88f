"""`profile explain`: each value with its line, or with what it follows from, and the files it goes to."""

from __future__ import annotations

from pathlib import Path

import pytest

import simtool
from simtool.files.product import load
from simtool.perso.effective import NOT_WRITTEN, Effective, effective_values
from tests.perso.profile.hosts import load_profile
from tests.perso.profile.test_overlay import BASE, BRAND, CUSTOMER, layers
from tests.perso.rig import ROOT

USIM = "MF/ADF.USIM"


def by_name(values: tuple[Effective, ...]) -> dict[str, Effective]:
    return {item.name: item for item in values}


def test_layers(tmp_path: Path) -> None:
    """What each line of a base, a brand and a customer's variation comes to."""
    found = by_name(effective_values(simtool.Profile.load(layers(tmp_path, base=BASE, brand=BRAND, customer=CUSTOMER))))
    assert found["operator.name"].source == f"{tmp_path}/customer.yaml:2:12"
    assert found["branding.spn.name"] == Effective(
        "branding.spn.name", "Brand", f"{tmp_path}/brand.yaml:3:9", (f"{USIM}/EF.SPN", "MF/DF.GSM/EF.SPN")
    )
    assert found["branding.spn.show_plmn_at_home"].source == f"{tmp_path}/base.yaml:6:21"
    assert found["branding.spn.hide_when_roaming"].source == "default"
    assert "files.MF/EF.PL" not in found
    assert found["files.MF/ADF.USIM/EF.GID1"].files == (f"{USIM}/EF.GID1",)


DERIVED = [
    # name, value, what the source says, files on the product
    ("ims.impi", "001010000000101@ims.mnc001.mcc001.3gppnetwork.org", "the IMSI, TS 23.003 §13", "MF/ADF.ISIM/EF.IMPI"),
    ("ims.epdg.identifier", "epdg.epc.mnc001.mcc001.pub.3gppnetwork.org", "TS 23.003 §19.4.2.9", f"{USIM}/EF.ePDGId"),
    ("network.access_class", "1", "last digit of the IMSI, TS 22.011 §4.2", f"{USIM}/EF.ACC"),
    ("operator.plmn", "2", "length of operator.plmn's network code", f"{USIM}/EF.AD"),
    ("record.imsi", "per card", "from the card's record", f"{USIM}/EF.IMSI"),
]


@pytest.mark.parametrize(("name", "value", "source", "file"), DERIVED)
def test_derived(name: str, value: str, source: str, file: str) -> None:
    values = effective_values(load_profile("full-mvno"), load("sysmoISIM-SJA5"))
    (found,) = (item for item in values if item.name == name and item.source.startswith("derived: "))
    assert (found.value, file in found.files) == (value, True)
    assert source in found.source


def test_services() -> None:
    found = by_name(effective_values(load_profile("private-5g")))
    assert "124 on" in found["services of EF.UST"].value and "125 off" in found["services of EF.UST"].value


def test_what_is_the_hosts() -> None:
    found = by_name(effective_values(load_profile("reseller")))
    assert {found[name].source for name in ("record.iccid", "record.imsi")} == {NOT_WRITTEN}


def test_with_a_product_only_its_own_files_are_named() -> None:
    model = load("sysmoUSIM-SJS1")
    values = effective_values(load_profile("iot"), model)
    assert all(model.has(file) for item in values for file in item.files)
    assert by_name(values)["branding.spn.name"].files


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_value_has_a_source(path: Path) -> None:
    values = effective_values(simtool.Profile.load(path))
    lines = path.read_text().splitlines()
    for item in values:
        assert item.source == "default" or item.source.startswith(("derived: ", NOT_WRITTEN, str(path))), item
        if item.source.startswith(str(path)):
            line, column = map(int, item.source.rsplit(":", 2)[1:])
            last = item.name.rsplit(".", 1)[-1]
            assert lines[line - 1][column - 1 :].startswith(last) or last.isdecimal(), item
