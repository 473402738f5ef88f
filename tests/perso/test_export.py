"""Plans for other eyes: complete, and without secrets unless asked."""

from __future__ import annotations

import json

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.codec.apdu import CommandApdu
from simtool.perso.export import REVEALED, TABLE_HEAD, apdu_lines, table_rows, to_json
from simtool.perso.steps import Plan, PresentPin, WriteBytes
from tests.perso.test_tearing import PRODUCTS, rig_of


def plan_of(product: str) -> Plan:
    rig = rig_of(product)
    with rig.session(rig.card()) as session:
        return rig.prepare(session).plan


def secrets_of(plan: Plan, product: str) -> list[str]:
    record = rig_of(product).record
    subscription = record.subscription
    values = [item.value.reveal() for item in (*record.credentials, *record.targets) if item.pin.startswith("ADM")]
    values += [subscription.k.reveal(), *([subscription.opc.reveal()] if subscription.opc else [])]
    return [value.hex() for value in values]


def exported(plan: Plan, *, reveal: bool) -> list[str]:
    return [
        json.dumps(to_json(plan, reveal=reveal)),
        "\n".join(apdu_lines(plan, reveal=reveal)),
        "\n".join("  ".join(row) for row in table_rows(plan, reveal=reveal)),
    ]


@pytest.mark.parametrize("product", [row[0] for row in PRODUCTS])
def test_secrets_show_only_when_asked_for(product: str) -> None:
    plan = plan_of(product)
    for text in exported(plan, reveal=False):
        assert not [secret for secret in secrets_of(plan, product) if secret in text.lower()]
        assert REVEALED not in text
    k = rig_of(product).record.subscription.k.reveal()
    for text in exported(plan, reveal=True):
        assert k[2:-2].hex() in text  # bytes at its ends that are on the card already are not written
    assert REVEALED in exported(plan, reveal=True)[0]
    assert REVEALED in exported(plan, reveal=True)[1]


def test_json_says_everything_that_is_not_secret() -> None:
    plan = plan_of("sysmoISIM-SJA5")
    value = to_json(plan)
    assert (value["product"], value["iccid"], value["state"]) == (plan.model.name, plan.iccid, plan.state)
    assert len(value["steps"]) == len(plan.steps)
    for row, step in zip(value["steps"], plan.steps, strict=True):
        assert (row["place"], row["action"], row["why"]) == (step.place, step.action, step.origin)
        if isinstance(step, WriteBytes):
            assert row["data"] == (None if step.secret else step.data.hex())
            assert row["length"] == len(step.data)
        if isinstance(step, PresentPin):
            assert (row["reference"], row["data"], row["length"]) == (f"{step.ref:02x}", None, 8)


@pytest.mark.parametrize("product", [row[0] for row in PRODUCTS])
def test_the_raw_commands_program_a_card(product: str) -> None:
    """Sent as they stand they bring another card to the same content."""
    plan, rig = plan_of(product), rig_of(product)
    card, reference = rig.card(), rig.card()
    with rig.session(reference) as session:
        simtool.apply(plan, session)
    with simtool.Session.open(EndpointTransport(card, "soft")) as session:
        for line in apdu_lines(plan, reveal=True):
            command, _, name = line.partition("#")
            if command.strip():
                assert name.strip()
                answer = session.send(simtool_command(command))
                assert answer.sw.sw1 in (0x90, 0x91, 0x9F, 0x62, 0x63, 0x69, 0x98), line
    for path, node in reference.files.by_path.items():
        assert bytes(card.files.by_path[path].content.data) == bytes(node.content.data), path


def simtool_command(text: str) -> CommandApdu:
    return CommandApdu.decode(bytes.fromhex(text))


def test_table() -> None:
    plan = plan_of("sysmoISIM-SJA5")
    rows = table_rows(plan)
    assert len(rows) == len(plan.steps)
    assert {len(row) for row in rows} == {len(TABLE_HEAD)}
    assert rows[0][0] == "1"
