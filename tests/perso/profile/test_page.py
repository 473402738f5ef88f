"""docs/profile.md: its examples are profiles, they show the whole grammar, and its table of kinds is the table."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

import simtool
from simtool.perso.kinds import may_write
from simtool.perso.profile import ProfileForm
from simtool.perso.sections import OperatorKind
from simtool.perso.source import Section, parse_yaml
from tests.perso.rig import ROOT

PAGE = (ROOT / "docs" / "profile.md").read_text()
HIDDEN = {
    "identity.iccid.stock", "authentication.op_file", "branding.logo", "branding.logo.file", "identity.further.op_file",
    *(f"authentication.tuak{name}" for name in ("", ".res_bits", ".mac_bits", ".ck_ik_bits", ".keccak_iterations")),
}  # fmt: skip
"""Shown as comments: each needs a file, or stands in place of another."""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```yaml {kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_whole_example_is_a_profile() -> None:
    (text,) = blocks("profile")
    profile = simtool.Profile.parse(text)
    assert profile.issue(1)[0].subscriptions[1].msisdn == "+88228900101"


def test_the_whole_example_shows_the_whole_grammar() -> None:
    (text,) = blocks("profile")
    shown = set(names(parse_yaml(text, "page").value, ""))
    assert set(fields(ProfileForm, "")) - shown == HIDDEN
    for name in HIDDEN:
        assert re.search(rf"#.*\b{name.rsplit('.', 1)[-1]}: ", text), name


def names(value: Any, at: str) -> list[str]:
    """Every dotted name in a value, list items under the name of their list."""
    if isinstance(value, dict):
        below = [(f"{at}.{key}".lstrip("."), item) for key, item in value.items()]
        return [name for name, _ in below] + [name for path, item in below for name in names(item, path)]
    return [name for item in value for name in names(item, at)] if isinstance(value, list) else []


def fields(form: type[Section], at: str) -> list[str]:
    """Every dotted name of the grammar; what is keyed by free names is one."""
    found = []
    for name, info in form.model_fields.items():
        path = f"{at}.{name}".lstrip(".")
        found.append(path)
        for kind in sections_in(info.annotation):
            found += fields(kind, path)
    return found


def sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if getattr(annotation, "__origin__", None) is dict:
        return []
    return [kind for part in get_args(annotation) for kind in sections_in(part)]


def test_the_variation() -> None:
    (text,) = blocks("variation")
    profile = simtool.Profile.parse(text, folder=ROOT)
    assert profile.branding.spn is not None
    assert (profile.branding.spn.name, profile.branding.spn.show_plmn_at_home) == ("Werft", False)
    assert profile.ims is None


ROWS = [
    # words in the row of the page's table, a profile's text that says such a thing
    ("brand, service numbers", "branding: {spn: {name: N}}"),
    ("brand, service numbers", "services: {ussd: [{name: B, code: '*100#'}]}"),
    ("message centre, PINs", "services: {smsc: '+491'}"),
    ("message centre, PINs", "authentication: {pins: {PIN1: {value: random}}}"),
    ("message centre, PINs", "network: {user: [{plmn: 262-01}]}"),
    ("IMS, ADM codes", "ims: {domain: x.org}"),
    ("IMS, ADM codes", "authentication: {pins: {ADM1: {value: random}}}"),
    ("IMS, ADM codes", "files: {MF/EF.PL: [en]}"),
    ("network lists, steering", "network: {equivalent_home: [262-01]}"),
    ("network lists, steering", "network: {suci: {enabled: false}}"),
    ("network lists, steering", "authentication: {algorithm: tuak}"),
]


@pytest.mark.parametrize(("words", "text"), ROWS)
def test_the_table_of_kinds(words: str, text: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {words}"))
    numbers = "identity: {iccid: {first: '894944000000115531'}, imsi: {first: '262010000000001'}}\n"
    for kind, cell in zip(OperatorKind, row.strip("| ").split(" | ")[1:], strict=True):
        head = f"operator: {{kind: {kind.value}, name: N, plmn: 262-01}}\n"
        try:
            simtool.Profile.parse(head + (numbers if kind is OperatorKind.FULL else "") + text)
            says = "own"
        except simtool.SimtoolError:
            says = "host's"
        assert says == cell.strip(), kind


def test_what_is_written_from_the_record() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| ICCID, IMSI"))
    for kind, cell in zip(OperatorKind, row.strip("| ").split(" | ")[1:], strict=True):
        written = all(may_write(kind, origin) for origin in ("record.iccid", "record.imsi", "authentication"))
        assert written == (cell.strip() != "as they are"), kind
