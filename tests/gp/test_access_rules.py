"""Reading and changing access rules (GlobalPlatform Secure Element Access Control §4)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.se_access import CARRIER_PRIVILEGES, TAG_ALL_RULES, AccessRule, delete_rule, store_rule
from simtool.errors import CardError, DecodeError, StatusError
from simtool.gp.access_rules import RuleStore, compare, read_rules
from simtool.gp.domain import SecurityDomain
from tests.gp.channels import ScriptedLink

RULES = tuple(AccessRule(device_app=bytes((n,)) * 20, permissions=CARRIER_PRIVILEGES) for n in range(12))
SELECT = "00a4040009a00000015141434c0000"


def whole(rules: tuple[AccessRule, ...]) -> bytes:
    return tlv.encode(TAG_ALL_RULES, b"".join(rule.encode() for rule in rules))


def test_reading_over_several_answers() -> None:
    data = whole(RULES)
    parts = [data[at : at + 200] for at in range(0, len(data), 200)]
    link = ScriptedLink("9000", *(part.hex() + "9000" for part in parts))
    assert read_rules(link) == RULES
    assert link.hex == [SELECT, "80caff4000", *["80caff6000"] * (len(parts) - 1)]


@pytest.mark.parametrize("answer", ["6a88", "9000", "ff40009000"])
def test_no_rules(answer: str) -> None:
    assert read_rules(ScriptedLink("9000", answer)) == ()


def test_a_card_without_the_application() -> None:
    with pytest.raises(StatusError) as caught:
        read_rules(ScriptedLink("6a82"))
    assert "ARA-M" in caught.value.hint


def test_answers_that_break_off_or_are_something_else() -> None:
    cut = whole(RULES)[:100].hex() + "9000"
    with pytest.raises(CardError, match="announces"):
        read_rules(ScriptedLink("9000", cut, "9000"))
    with pytest.raises(DecodeError, match="FF40"):
        read_rules(ScriptedLink("9000", "e3009000"))


def test_changing_through_the_issuer_domain() -> None:
    link = ScriptedLink(*["9000"] * 4)
    store = RuleStore(SecurityDomain(link))
    store.bring(compare(RULES[:2], RULES[1:3]))
    personalize = "80e620000f000009a00000015141434c0000000000"
    add, remove = store_rule(RULES[2]).hex(), delete_rule(RULES[0]).hex()
    assert link.hex == [
        personalize, f"80e29000{len(add) // 2:02x}{add}", personalize, f"80e29000{len(remove) // 2:02x}{remove}",
    ]  # fmt: skip


def test_changing_without_keys() -> None:
    link = ScriptedLink("9000", "9000")
    RuleStore(SecurityDomain(link), direct=True).add(RULES[0])
    assert link.hex[0] == SELECT
    assert link.hex[1].startswith("80e29000")


def test_a_rule_that_the_card_has_is_no_error() -> None:
    """6381: stored, an equal one existed."""
    link = ScriptedLink("9000", "6381")
    RuleStore(SecurityDomain(link), direct=True).add(RULES[0])


def test_differences() -> None:
    assert compare(RULES, tuple(reversed(RULES))).empty
    difference = compare(RULES[:2], RULES[1:3])
    assert (difference.missing, difference.unwanted) == (RULES[2:3], RULES[:1])
