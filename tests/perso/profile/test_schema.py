"""The JSON Schema that editors get: valid, in step with the grammar, and it accepts what the tool accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from simtool.perso.schema import profile_schema
from tests.perso.rig import ROOT

PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))
HEAD = {"operator": {"kind": "full", "name": "N", "plmn": "262-01"}}


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(profile_schema())


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(profile_schema())


def test_the_file_for_editors_is_in_step() -> None:
    assert json.loads((ROOT / "profiles" / "profile.schema.json").read_text()) == profile_schema()


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_our_profiles_as_an_editor_sees_them(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=profile.schema.json\n")
    validator().validate(yaml.safe_load(text))


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"branding": {"networks": [{"full": "N", "plmns": ["262-01", {"plmn": "262-02", "first_area": 5}]}]}},
    {"services": {"voicemail": "+49171", "customer_care": {"name": "C", "number": 611}}},
    {"network": {"steering": [{"country": "USA", "mcc": [310, "311"], "avoid": ["310-410"]}]}},
    {"files": {"MF/EF.PL": ["en"]}},
]
REFUSED: list[dict[str, Any]] = [
    {"colour": "blue"},
    {"operator": {"kind": "full", "name": "N"}},
    {"operator": {"kind": "half", "name": "N", "plmn": "262-01"}},
    {"network": {"forbidden": ["26A01"]}},
    {"branding": None},
    {"network": {"user": [{"technologies": ["UTRAN"]}]}},
]


@pytest.mark.parametrize("more", ACCEPTED)
def test_accepted(more: dict[str, Any]) -> None:
    validator().validate(HEAD | more)


@pytest.mark.parametrize("more", REFUSED)
def test_refused(more: dict[str, Any]) -> None:
    assert not validator().is_valid(HEAD | more)


VARIATIONS: list[tuple[dict[str, Any], bool]] = [
    ({"branding": {"spn": {"name": "X"}}}, True),
    ({"branding": {"spn": {"hide_when_roaming": False}}}, True),
    ({"branding": {"spn": None}, "network": None, "files": {"MF/EF.PL": None}}, True),
    ({"branding": {"spn": {"colour": "blue"}}}, False),
    ({"network": {"forbidden": "262-01"}}, False),
]


@pytest.mark.parametrize(("text", "good"), VARIATIONS)
def test_a_file_that_extends_another_need_not_be_whole(text: dict[str, Any], good: bool) -> None:
    assert validator().is_valid({"extends": "base.yaml"} | text) == good
