"""What each kind of MVNO may decide; the table itself is held against the grammar."""

from __future__ import annotations

import pytest

import simtool
from simtool.errors import InputError
from simtool.perso.kinds import ALL, DECISIONS, GUARDED, REQUIRED, WRITES, decision
from simtool.perso.profile import ProfileForm
from simtool.perso.sections import OperatorKind
from simtool.perso.source import Section

HEAD = "operator: {{kind: {kind}, name: Brand, plmn: 262-01}}\n"
R, S, E, F = OperatorKind
KI = "authentication: {{op_file: op.hex}}"
NUMBERS = "identity: {iccid: {first: '894944000000115531'}, imsi: {first: '262010000000001'}}"
REFUSED = [
    # kind, what it says, at which field, the reason
    (R, "identity: {imsi: {first: '262010000000001'}}", "identity.imsi", "belongs to the host"),
    (R, "identity: {gid1: '01'}", "identity.gid1", "host's business"),
    (R, "authentication: {op_file: op.hex}", "authentication.op_file", "keys and algorithm belong to the host"),
    (R, "authentication: {algorithm: tuak}", "authentication.algorithm", "keys and algorithm belong to the host"),
    (R, "authentication: {pins: {PIN1: {value: random}}}", "authentication.pins.PIN1", "PINs of finished cards"),
    (R, "services: {smsc: '+491'}", "services.smsc", "host's message centre"),
    (R, "network: {forbidden: []}", "", ""),
    (R, "network: {forbidden: [262-02]}", "network.forbidden", "the host decides"),
    (R, "files: {MF/EF.PL: [en]}", "files", "what belongs to the host"),
    (R, "ims: {domain: x.org}", "ims.domain", "whoever runs the IMS"),
    (S, "identity: {iccid: {first: '894944000000115531'}}", "identity.iccid", "host numbers the cards"),
    (S, "authentication: {op_file: op.hex}", "authentication.op_file", "keys and algorithm"),
    (S, "authentication: {pins: {ADM1: {value: random}}}", "authentication.pins.ADM1", "ADM code"),
    (S, "network: {operator: [{plmn: 262-02}]}", "network.operator", "roaming agreements"),
    (S, "services: {carrier_apps: [{certificate: '" + "00" * 20 + "'}]}", "services.carrier_apps", "no SIM appl"),
    (S, "applets: {menu: {file: m.cap, sha256: '" + "00" * 32 + "'}}", "applets", "what is loaded"),
    (E, "network: {suci: {enabled: false}}", "network.suci", "5G keys are the host's"),
    (E, "identity: {msisdn: '+491'}", "identity.msisdn", "host assigns the numbers"),
    (F, "branding: {languages: [en]}", "identity.iccid", "a full MVNO numbers its cards"),
]
ALLOWED = [
    (R, "branding: {spn: {name: B}}\nservices: {customer_care: {name: C, number: '611'}}"),
    (S, "identity: {imsi: {first: '262010000000001'}, gid1: '01'}\nservices: {smsc: '+491'}"),
    (S, "authentication: {pins: {PIN1: {value: random}}}"),
    (E, "authentication: {pins: {ADM1: {value: random}}}\nims: {pcscf: [p.example.org]}\nfiles: {MF/EF.PL: [en]}"),
    (F, NUMBERS + "\nauthentication: {op_file: op.hex}\nnetwork: {suci: {enabled: false}}"),
]


@pytest.mark.parametrize(("kind", "text", "field", "reason"), [row for row in REFUSED if row[2]])
def test_refused_with_the_reason(kind: OperatorKind, text: str, field: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        simtool.Profile.parse(HEAD.format(kind=kind.value) + text)
    line = next(line for line in str(caught.value).splitlines() if f": {field}: " in line)
    assert line.startswith("profile:") and reason in line


@pytest.mark.parametrize(("kind", "text"), ALLOWED)
def test_allowed(kind: OperatorKind, text: str) -> None:
    assert simtool.Profile.parse(HEAD.format(kind=kind.value) + text).operator.kind is kind


def test_everything_refused_is_told_at_once() -> None:
    text = HEAD.format(kind="reseller") + "identity: {imsi: {first: '262010000000001'}, msisdn: '+491'}\n"
    with pytest.raises(InputError) as caught:
        simtool.Profile.parse(text + "services: {smsc: '+492'}\n")
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "identity.imsi", "identity.msisdn", "services.smsc",
    ]  # fmt: skip


def test_the_reason_names_the_place_in_the_base(tmp_path: object) -> None:
    text = HEAD.format(kind="reseller") + "identity:\n  imsi: {first: '262010000000001'}\n"
    with pytest.raises(InputError, match=r"^profile:3:3: identity\.imsi: not for a reseller: the IMSI belongs"):
        simtool.Profile.parse(text)


def test_no_numbers_of_its_own() -> None:
    profile = simtool.Profile.parse(HEAD.format(kind="reseller"))
    with pytest.raises(InputError, match="a reseller issues no numbers of its own") as caught:
        profile.issue(1)
    assert "--host" in caught.value.hint


def fields(form: type[Section], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every field of the grammar down to the second level."""
    found = []
    for name, info in form.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section) and not at:
            found += fields(kind, (*at, name))
        else:
            found.append((*at, name))
    return found


def test_the_table_decides_every_part_of_the_grammar() -> None:
    for at in fields(ProfileForm):
        assert decision(at) is not None, at


def test_every_row_of_the_table_counts() -> None:
    """No row is hidden by one before it, none names what the grammar does not have, and each refusal has its reason."""
    parts = {".".join(at[:length]) for at in fields(ProfileForm) for length in (1, 2)}
    for row in DECISIONS:
        if "pins" not in row.part:
            assert row.part in parts, row.part
        sample = tuple(row.part.replace("*", "").split("."))
        assert decision(sample) is row
        assert row.reason or row.kinds == ALL
    assert {row.part for row in REQUIRED} <= parts
    assert set(GUARDED) <= set(WRITES)
