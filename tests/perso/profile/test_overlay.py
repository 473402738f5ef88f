"""Profiles that extend others: what wins, what goes, and where each value was written."""

from __future__ import annotations

from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError

BASE = """\
operator: {kind: full, name: Base, plmn: 001-01}
identity:
  iccid: {first: '894944000000115531'}
  imsi: {first: '001010000000101'}
branding:
  spn: {name: Base, show_plmn_at_home: false}
  languages: [en, de]
network:
  user: [{plmn: 001-01}, {plmn: 262-02}]
files:
  MF/EF.PL: [en]
  MF/ADF.USIM/EF.GID1: '01'
"""
BRAND = """\
extends: base.yaml
branding:
  spn: {name: Brand}
  languages: [fr]
files:
  MF/EF.PL: null
"""
CUSTOMER = """\
extends: brand.yaml
operator: {name: Customer}
network:
  user: null
  forbidden: []
"""


def layers(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / f"{list(texts)[-1]}.yaml"


def test_mappings_are_merged_lists_replaced_and_null_removes(tmp_path: Path) -> None:
    profile = simtool.Profile.load(layers(tmp_path, base=BASE, brand=BRAND, customer=CUSTOMER))
    spn = profile.branding.spn
    assert spn is not None
    assert (spn.name, spn.show_plmn_at_home) == ("Brand", False)
    assert profile.branding.languages == ("fr",)
    assert profile.operator.name == "Customer"
    assert profile.network.user == ()
    assert profile.network.forbidden == ()
    assert profile.files == {"MF/ADF.USIM/EF.GID1": "01"}


def test_every_value_keeps_its_place(tmp_path: Path) -> None:
    profile = simtool.Profile.load(layers(tmp_path, base=BASE, brand=BRAND, customer=CUSTOMER))
    places = {
        ("operator", "name"): "customer.yaml:2:12",
        ("operator", "plmn"): "base.yaml:1:36",
        ("branding", "spn", "name"): "brand.yaml:3:9",
        ("branding", "spn", "show_plmn_at_home"): "base.yaml:6:21",
        ("branding", "languages", 0): "brand.yaml:4:15",
        ("files", "MF/ADF.USIM/EF.GID1"): "base.yaml:12:3",
    }
    assert {at: profile.place(*at) for at in places} == {at: str(tmp_path / text) for at, text in places.items()}


def test_errors_name_the_file_that_holds_them(tmp_path: Path) -> None:
    """Two problems in two files, told at once."""
    path = layers(tmp_path, base=BASE.replace("262-02", "26A-02"), brand=BRAND.replace("[fr]", "[french]"))
    with pytest.raises(InputError) as caught:
        simtool.Profile.load(path)
    lines = sorted(str(caught.value).splitlines())
    assert len(lines) == 2
    assert lines[0].startswith(f"{tmp_path}/base.yaml:9:27: network.user.1.plmn: ")
    assert lines[1].startswith(f"{tmp_path}/brand.yaml:4:3: branding.languages: ")


WRONG = [
    # what the files hold, where the error is, what it says
    ({"a": "extends: a.yaml\n"}, "a.yaml:1:1", "in a circle: a.yaml → a.yaml"),
    ({"b": "extends: a.yaml\n", "a": "extends: b.yaml\n"}, "b.yaml:1:1", "in a circle: a.yaml → b.yaml → a.yaml"),
    ({"a": "x: 1\nextends: gone.yaml\n"}, "a.yaml:2:1", "there is no file"),
    ({"a": "extends: [b.yaml]\n"}, "a.yaml:1:1", "the name of one file"),
    ({"b": "x: [\n", "a": "extends: b.yaml\n"}, "b.yaml:2:1", ""),
]


@pytest.mark.parametrize(("texts", "place", "reason"), WRONG)
def test_wrong_layers(tmp_path: Path, texts: dict[str, str], place: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        simtool.Profile.load(layers(tmp_path, **texts))
    assert str(caught.value).startswith(f"{tmp_path}/{place}: ")
    assert reason in str(caught.value)


def test_text_extends_a_file_too(tmp_path: Path) -> None:
    layers(tmp_path, base=BASE)
    profile = simtool.Profile.parse("extends: base.yaml\noperator: {name: Text}\n", folder=tmp_path)
    assert profile.operator.name == "Text"
