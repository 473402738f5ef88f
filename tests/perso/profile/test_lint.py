"""Every lint rule fires in one profile and stays quiet in its neighbour, which differs in the rule's point only."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.secret import Secret
from simtool.errors import PlanError
from simtool.files.product import load
from simtool.perso.lint import RULES, Finding, Severity, lint
from simtool.perso.record import CardRecord, Subscription
from simtool.perso.stand_in import stand_in_domain_keys
from tests.perso.profile.hosts import load_profile
from tests.perso.rig import ROOT

HEAD = "operator: {kind: full, name: Nordlicht, plmn: 262-01}\n"
ICCID = "identity: {iccid: {first: '894944000000115531'}, "
IMSIS = "imsi: {first: '262010000000001', last: '262010000000099'}"
NUMBERS = f"{ICCID}{IMSIS}}}\n"
FURTHER = "further: [{label: s, plmn: 262-01, imsi: {first: '2620100000000%s', last: '262010000000100'}}]}"
SPN = "branding: {spn: {name: Nordlicht}}\n"
KEY_A = "5a8d38864820197c3394b92613b20b91633cbd897119273bf8e4a6f4eec0a650"
SHA_OF_X = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
SHA_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

CASES: dict[str, tuple[str, str]] = {
    # rule: a text in which it fires, one in which it does not (both behind HEAD; NUMBERS and SPN where not given)
    "P01": ("network: {forbidden: [], user: [{plmn: 262-001, technologies: [UTRAN]}]}",
            "network: {forbidden: [], user: [{plmn: 262-02, technologies: [UTRAN]}]}"),
    "P02": ("identity: {iccid: {first: '894944000000115531'}, imsi: {first: '26201000000001'}}", NUMBERS),
    "P03": (f"{ICCID}{IMSIS}, {FURTHER % '99'}", f"{ICCID}{IMSIS}, {FURTHER.replace('0%s', '100')}"),
    "P06": (f"{ICCID}{IMSIS}, msisdn: '0171123456'}}", f"{ICCID}{IMSIS}, msisdn: '+49171123456'}}"),
    "P07": ("authentication: {pins: {PUK1: {value: '12345678'}}}", "authentication: {pins: {ADM1: {value: random}}}"),
    "P08": ("authentication: {pins: {PIN1: {value: '1234'}}}",
            "authentication: {pins: {PIN1: {value: '1234', enabled: false}}}"),
    "P09": ("authentication: {pins: {PUK1: {value: random}}}",
            "authentication: {pins: {PUK1: {value: random}, PIN1: {value: random}}}"),
    "P20": ("branding: {spn: {name: Nordlicht Mobile 1}}", "branding: {spn: {name: Nordlicht Mobile}}"),
    "P21": ("branding: {spn: {name: N}, networks: [{full: Nord}]}",
            "branding: {spn: {name: N}, networks: [{full: Nord, plmns: [262-01]}]}"),
    "P22": ("operator: {kind: full, name: N, plmn: 262-01, hosts: [262-02]}",
            "operator: {kind: full, name: N, plmn: 262-01, hosts: [262-02]}\n"
            "branding: {spn: {name: N}, same_brand: [262-02]}"),
    "P23": ("branding: {languages: [de]}", SPN),
    "P24": ("branding: {spn: {name: ' '}}", SPN),
    "P30": ("network: {forbidden: [262-01]}", "network: {forbidden: [262-03]}"),
    "P31": ("network: {forbidden: [262-03], user: [{plmn: 262-03, technologies: [UTRAN]}]}",
            "network: {forbidden: [262-03], user: [{plmn: 262-07, technologies: [UTRAN]}]}"),
    "P32": ("network: {equivalent_home: [262-02]}", "network: {equivalent_home: [262-02, 262-01]}"),
    "P33": ("network: {operator: [{plmn: 208-01, technologies: [UTRAN]}], steering: [{country: France, mcc: 208,"
            " prefer: [{plmn: 208-01, technologies: [E-UTRAN]}]}]}",
            "network: {operator: [{plmn: 208-01, technologies: [UTRAN]}], steering: [{country: France, mcc: 208,"
            " prefer: [{plmn: 208-10, technologies: [E-UTRAN]}], avoid: [208-15]}]}"),
    "P34": ("network: {home: [{plmn: 262-01}]}", "network: {home: [{plmn: 262-01, technologies: [UTRAN]}]}"),
    "P35": ("network: {access_class: 3}", "network: {access_class: from-imsi, special_access_classes: [12]}"),
    "P36": ("network: {home_search_period: 0}", "network: {home_search_period: 6}"),
    "P37": (f"network: {{suci: {{keys: [{{id: 1, scheme: A, public_key: '{KEY_A}'}},"
            f" {{id: 1, scheme: A, public_key: '{KEY_A[::-1]}'}}]}}}}",
            f"network: {{suci: {{keys: [{{id: 1, scheme: A, public_key: '{KEY_A}'}},"
            f" {{id: 2, scheme: A, public_key: '{KEY_A[::-1]}'}}]}}}}"),
    "P38": ("network: {suci: {enabled: true}}", "network: {suci: {enabled: false}}"),
    "P39": ("network: {home: [{plmn: 262-01, technologies: [5G]}]}",
            "network: {home: [{plmn: 262-01, technologies: [5G]}], suci: {enabled: false}}"),
    "P40": ("files: {MF/ADF.USIM/DF.5GS/EF.Routing_Indicator: '12'}", "files: {MF/ADF.USIM/EF.LI: [de]}"),
    "P50": ("services: {smsc: '0171123456'}", "services: {smsc: '+49171123456'}"),
    "P51": ("services: {customer_care: {name: C, number: '0800123456'}}",
            "services: {customer_care: {name: C, number: '611'}}"),
    "P52": ("services: {message_waiting: true}", "services: {message_waiting: true, voicemail: '+49171'}"),
    "P53": ("services: {emergency: [{number: '112'}, {number: '112', services: [police]}]}",
            "services: {emergency: [{number: '112'}, {number: '110', services: [police]}]}"),
    "P54": ("ims: {impu: ['sip:+{msisdn}@x.org']}", "ims: {impu: ['sip:{imsi}@x.org']}"),
    "P60": ("files: {MF/ADF.USIM/EF.UST: [1, 2]}", "files: {MF/ADF.USIM/EF.UST: [1, 19]}"),
    "P61": ("files: {MF/ADF.USIM/EF.SPN: N}", "files: {MF/ADF.USIM/EF.GID1: '01'}"),
    "P62": ("files: {MF/ADF.USIM/EF.IMSI: '262010000000001'}", "files: {MF/ADF.USIM/EF.GID1: '01'}"),
    "P64": (f"applets: {{menu: {{file: x.cap, sha256: {SHA_OF_NOTHING}}}}}",
            f"applets: {{menu: {{file: x.cap, sha256: {SHA_OF_X}}}}}"),
}  # fmt: skip
ON_A_PRODUCT: dict[str, tuple[str, str, str]] = {
    # rule: a text, a product on which it fires, one on which it does not
    "P25": ("branding: {spn: {name: N}, logo: {file: logo.pbm}}", "sysmoISIM-SJA5", ""),
    "P63": ("ims: {epdg: {identifier: derived}}", "sysmoUSIM-SJS1", "sysmoISIM-SJA5"),
}
BESIDE: dict[str, tuple[str, str]] = {
    # rule: numbers of a profile beside the one with NUMBERS and this MSISDN: doubled, apart
    "P03": ("imsi: {first: '262010000000099'}", "imsi: {first: '262010000000100'}"),
    "P04": ("iccid: {first: '894944000000115629'}", "iccid: {first: '894944000000115630'}"),
    "P05": ("msisdn: '+491710098'", "msisdn: '+491710099'"),
}
BY_NUMBER = {rule.number: rule for rule in RULES}


def profile_of(text: str, folder: Path) -> simtool.Profile:
    said = re.findall(r"^\w+", text, re.MULTILINE)
    parts = {"operator": HEAD, "identity": NUMBERS, "branding": SPN}
    whole = "".join(part for name, part in parts.items() if name not in said)
    return simtool.Profile.parse(whole + text, folder=folder)


def numbers(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule.number for finding in findings}


@pytest.mark.parametrize("number", CASES)
def test_a_rule(number: str, tmp_path: Path) -> None:
    (tmp_path / "x.cap").write_text("x")
    fires, quiet = CASES[number]
    found = lint([profile_of(fires, tmp_path)])
    hits = [finding for finding in found if finding.rule.number == number]
    assert hits and all(re.match(r"profile:\d+:\d+$", finding.place) for finding in hits)
    assert number not in numbers(lint([profile_of(quiet, tmp_path)]))


@pytest.mark.parametrize("number", ON_A_PRODUCT)
def test_a_rule_about_products(number: str, tmp_path: Path) -> None:
    text, poor, rich = ON_A_PRODUCT[number]
    profile = profile_of(text, tmp_path)
    assert number in numbers(lint([profile], load(poor)))
    assert number not in numbers(lint([profile], load(rich) if rich else None))


@pytest.mark.parametrize("number", BESIDE)
def test_a_rule_about_profiles_beside_each_other(number: str) -> None:
    parts = {"iccid": "{first: '894944000000115531'}", "imsi": "{first: '262010000000001', last: '262010000000099'}"}
    own = "identity: {" + ", ".join(f"{name}: {value}" for name, value in parts.items()) + ", msisdn: '+491710000'}"
    for text, fires in zip(BESIDE[number], (True, False), strict=True):
        name, _, value = text.partition(": ")
        far = {"iccid": "{first: '894944000000999999'}", "imsi": "{first: '262010000009999'}"} | {name: value}
        other = "identity: {" + ", ".join(f"{key}: {item}" for key, item in far.items()) + "}"
        found = lint([simtool.Profile.parse(HEAD + text + SPN, name=f"{n}.yaml") for n, text in
                      (("a", own + "\n"), ("b", other + "\n"))])  # fmt: skip
        hits = [finding for finding in found if finding.rule.number == number]
        assert bool(hits) == fires
        if fires:
            assert "b.yaml:" in hits[0].detail


def test_op_where_opc_belongs() -> None:
    """P10: records made elsewhere, with the operator's OP in the column for OPc."""

    def record(number: int, opc: bytes) -> CardRecord:
        keys = Subscription(Imsi(f"26201000000000{number}"), Secret(bytes([number] * 16)), Secret(opc))
        return CardRecord(Iccid.from_body(f"89494400000011553{number}"), (keys,))

    profile = profile_of("", Path())
    same, own = (record(1, bytes(16)), record(2, bytes(16))), (record(1, bytes(16)), record(2, b"\1" * 16))
    assert "P10" in numbers(lint([profile], records=same))
    assert "P10" not in numbers(lint([profile], records=own))
    assert "00000000" not in str(lint([profile], records=same)[0])


def test_every_rule_has_its_case() -> None:
    assert {*CASES, *ON_A_PRODUCT, *BESIDE, "P10"} == set(BY_NUMBER)
    assert len(BY_NUMBER) == len(RULES)


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_our_own_profiles_are_clean(path: Path) -> None:
    assert lint([simtool.Profile.load(path)], load("sysmoISIM-SJA5")) == ()


def test_our_own_profiles_are_clean_beside_each_other() -> None:
    assert lint([simtool.Profile.load(path) for path in sorted((ROOT / "profiles").glob("*.yaml"))]) == ()


def test_a_finding_tells_place_rule_and_what() -> None:
    (finding,) = lint(
        [simtool.Profile.parse(HEAD + NUMBERS + SPN + "network:\n  forbidden: [262-01]\n", name="p.yaml")]
    )
    assert str(finding) == "p.yaml:5:15: error P30: network.forbidden.0: 262-01 is a home network and forbidden"
    assert finding.rule.severity is Severity.ERROR


def test_what_lint_finds_render_refuses() -> None:
    """The rehearsal speaks with render's and plan's own words."""
    profile = replace_applets(load_profile("iot"))
    model = load("sysmoISIM-SJA5")
    details = {finding.detail for finding in lint([profile], model) if finding.rule.number == "P63"}
    record = replace(profile.issue(1)[0], key_sets=stand_in_domain_keys(model))
    with pytest.raises(PlanError) as caught:
        simtool.render(profile, record, model)
    assert {f"applets.menu: {detail}" for detail in details} == set(caught.value.reasons)
    assert [detail.rpartition(": ")[2] for detail in details] == ["No such file or directory"]


def replace_applets(profile: simtool.Profile) -> simtool.Profile:
    text = f"extends: iot.yaml\napplets: {{menu: {{file: x.cap, sha256: {SHA_OF_X}}}}}\n"
    return simtool.Profile.parse(text, folder=ROOT / "profiles")


def test_the_page_lists_the_rules_as_they_are() -> None:
    page = (ROOT / "docs" / "lint.md").read_text()
    assert re.findall(r"^### (P\d\d)", page, re.MULTILINE) == sorted(BY_NUMBER)
    for rule in RULES:
        section = page.partition(f"### {rule.number} ")[2].partition("\n#")[0]
        assert section.startswith(f"{rule.title} ({rule.severity.value})\n")
        flat = " ".join(section.split())
        for text in (rule.why, f"Cure: {rule.cure}", f"({rule.clause})"):
            assert text in flat, (rule.number, text)
