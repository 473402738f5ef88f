"""Access rules (TS 102 221 §9.2, ISO/IEC 7816-4 §9.3.3)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import access
from simtool.codec.access import (
    ALWAYS,
    NEVER,
    AccessCondition,
    AccessMode,
    AccessRule,
    AccessRules,
    AllOf,
    AnyOf,
    CommandPattern,
    ConditionByte,
    Key,
    Not,
    RuleReference,
    Unsupported,
)
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

ROWS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "access.yaml").read_text())["rows"]
PIN1, PIN2, ADM1 = Key(0x01), Key(0x81), Key(0x0A)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_what_rules_of_real_cards_say(row: dict[str, Any]) -> None:
    decode = access.decode_expanded if "expanded" in row else access.decode_compact
    rules = decode(bytes.fromhex(row.get("expanded") or row["compact"]), df=row["df"])
    said = {str(mode): str(condition) for mode, condition in rules.items()}
    for name in [name for name in row["modes"] if name.startswith("ins_")]:
        said[name] = str(rules.for_command(0x00, int(name[4:6], 16), 0x00, 0x00))
    assert said == row["modes"]
    if "expanded" in row:
        assert rules.encode_expanded().hex() == row["expanded"]


def test_padding_behind_a_record_is_no_rule() -> None:
    assert access.decode_expanded(b"\xff" * 40) == AccessRules()
    assert access.decode_expanded(bytes.fromhex("8001019000ffffff"))[AccessMode.READ] == ALWAYS


def test_what_is_not_mentioned_is_never_allowed() -> None:
    rules = access.decode_expanded(bytes.fromhex("8001019000"))
    assert rules[AccessMode.UPDATE] == NEVER
    assert rules.for_command(0x00, 0xD6, 0, 0) == NEVER
    assert access.decode_compact(b"")[AccessMode.READ] == NEVER


@pytest.mark.parametrize(
    ("record", "mode", "condition"),
    [
        ("8001019700 8001019000", AccessMode.READ, NEVER),  # the first that fits decides
        ("840132 9000 8001029700", AccessMode.INCREASE, ALWAYS),
        ("8402 3244 9000", AccessMode.ACTIVATE, ALWAYS),  # several instructions in one object
        ("800101 a406830101950108 a40683010a950108", AccessMode.READ, AnyOf((PIN1, ADM1))),
        ("800101 af10 a406830101950108 a40683010a950108", AccessMode.READ, AllOf((PIN1, ADM1))),
        ("800101 a702 9700", AccessMode.READ, Not(NEVER)),
        ("800101 a000", AccessMode.READ, NEVER),
        ("800101 af00", AccessMode.READ, NEVER),
        ("800101 9e0100", AccessMode.READ, ALWAYS),
        ("800101 9e01ff", AccessMode.READ, NEVER),
        ("800101 9e0113", AccessMode.READ, ConditionByte(0x13)),
        ("800101 a403830101", AccessMode.READ, Key(0x01, None)),
        ("800101 b403830101", AccessMode.READ, Unsupported(Tlv(0xB4, b"\x83\x01\x01"))),
        ("800101 a403800101", AccessMode.READ, Unsupported(Tlv(0xA4, b"\x80\x01\x01"))),
        ("800101", AccessMode.READ, NEVER),  # a mode without condition
        ("9c0101 9000", AccessMode.READ, NEVER),  # proprietary access mode
        ("800188 9000", AccessMode.DEACTIVATE, NEVER),  # bit 8 makes bits 7 to 4 proprietary
        ("800188 9000", AccessMode.PROPRIETARY_4, ALWAYS),
    ],
)
def test_expanded_forms(record: str, mode: AccessMode, condition: AccessCondition) -> None:
    assert access.decode_expanded(bytes.fromhex(record))[mode] == condition


def test_commands_named_by_several_header_bytes() -> None:
    """AM_DO 87: instruction, P1, P2; 8C: class, instruction (ISO/IEC 7816-4 §9.3.3.2)."""
    rules = access.decode_expanded(bytes.fromhex("8706 b20104 b20204 9000 8c02 80f2 a406830101950108"))
    assert rules.rules[0].commands == (CommandPattern(None, 0xB2, 1, 4), CommandPattern(None, 0xB2, 2, 4))
    assert rules.for_command(0x00, 0xB2, 2, 4) == ALWAYS
    assert rules.for_command(0x00, 0xB2, 3, 4) == NEVER
    assert rules.for_command(0x80, 0xF2, 0, 0) == PIN1
    assert rules.condition(AccessMode.READ, (0x00, 0xB2, 1, 4)) == ALWAYS
    assert rules.condition(AccessMode.READ) == NEVER


def test_compact_order_of_condition_bytes() -> None:
    """One SC byte for each bit of the AM byte, high to low (TS 102 221 §9.2.4)."""
    ef = access.decode_compact(bytes.fromhex("7f 00ff1112131415"))
    assert [str(condition) for _, condition in ef.items()] == [
        "SC 15", "SC 14", "SC 13", "SC 12", "SC 11", "never", "always",
    ]  # fmt: skip
    assert [mode for mode, _ in ef.items()] == [
        AccessMode.READ, AccessMode.UPDATE, AccessMode.WRITE, AccessMode.DEACTIVATE, AccessMode.ACTIVATE,
        AccessMode.TERMINATE, AccessMode.DELETE_SELF,
    ]  # fmt: skip
    df = access.decode_compact(bytes.fromhex("07 111213"), df=True)
    assert df[AccessMode.CREATE_DF] == ConditionByte(0x11)
    assert df[AccessMode.CREATE_EF] == ConditionByte(0x12)
    assert df[AccessMode.DELETE_CHILD] == ConditionByte(0x13)


def test_compact_sets_are_alternatives() -> None:
    rules = access.decode_compact(bytes.fromhex("0111 031a00"))
    assert rules[AccessMode.READ] == AnyOf((ConditionByte(0x11), ALWAYS))
    assert rules[AccessMode.UPDATE] == ConditionByte(0x1A)


def test_compact_with_bit_8() -> None:
    by_the_book = access.decode_compact(bytes.fromhex("8911 1a"))
    assert dict(by_the_book.items()) == {
        AccessMode.PROPRIETARY_4: ConditionByte(0x11),
        AccessMode.READ: ConditionByte(0x1A),
    }
    sysmocom = access.decode_compact(bytes.fromhex("bb1a1a11111111"))  # EF.LOCI of a sysmoISIM-SJA2
    assert sysmocom[AccessMode.PROPRIETARY_8] == ConditionByte(0x1A)
    assert sysmocom[AccessMode.PROPRIETARY_6] == ConditionByte(0x1A)
    assert sysmocom[AccessMode.UPDATE] == sysmocom[AccessMode.READ] == ConditionByte(0x11)


def test_the_meaning_of_a_condition_byte() -> None:
    byte = ConditionByte(0x9A)
    assert (byte.environment, byte.user_authentication, byte.external_authentication) == (10, True, False)
    assert (byte.secure_messaging, byte.all_needed) == (False, True)
    assert ConditionByte(0x62).external_authentication and ConditionByte(0x62).secure_messaging


@pytest.mark.parametrize(
    ("value", "reference", "record"),
    [  # TS 102 221 §9.2.7, annex G.2
        ("05", RuleReference(None, ((None, 5),)), 5),
        ("6f0603", RuleReference(0x6F06, ((None, 3),)), 3),
        ("2f060102000b", RuleReference(0x2F06, ((1, 2), (0, 11))), 2),
        ("2f06000b", RuleReference(0x2F06, ((0, 11),)), None),
    ],
)
def test_references(value: str, reference: RuleReference, record: int | None) -> None:
    assert access.decode_reference(bytes.fromhex(value)) == reference
    assert reference.record() == record
    assert reference.encode().hex() == value


@pytest.mark.parametrize("value", ["", "6f06", "6f06010200"])
def test_no_reference(value: str) -> None:
    with pytest.raises(DecodeError):
        access.decode_reference(bytes.fromhex(value))


@pytest.mark.parametrize(
    "value",
    ["9000", "8001", "80020101 9000", "8400 9000", "8703 b201 9000", "800101 a40283", "800101 a00190"],
)
def test_malformed_expanded(value: str) -> None:
    with pytest.raises(DecodeError):
        access.decode_expanded(bytes.fromhex(value))


def test_endless_nesting_is_refused() -> None:
    value = b""
    for _ in range(30):
        value = bytes((0xA0, len(value))) + value
    with pytest.raises(DecodeError, match="nested"):
        access.decode_expanded(b"\x80\x01\x01" + value)


@pytest.mark.parametrize("value", ["01", "0300", "0100ff", "80" * 60 + "0f01"])
def test_malformed_compact(value: str) -> None:
    with pytest.raises(DecodeError):
        access.decode_compact(bytes.fromhex(value))


@pytest.mark.parametrize(
    ("condition", "met", "holds"),
    [
        (ALWAYS, (), True),
        (NEVER, (PIN1,), False),
        (PIN1, (PIN1,), True),
        (PIN1, (PIN2,), False),
        (AnyOf((PIN1, ADM1)), (ADM1,), True),
        (AnyOf(()), (ADM1,), False),
        (AllOf((PIN1, ADM1)), (ADM1,), False),
        (AllOf((PIN1, ADM1)), (ADM1, PIN1), True),
        (AllOf(()), (ADM1,), False),
        (Not(PIN1), (), True),
        (Not(PIN1), (PIN1,), False),
        (ConditionByte(0x11), (ConditionByte(0x11),), True),
        (Unsupported(Tlv(0xB4, b"")), (Unsupported(Tlv(0xB4, b"")),), False),
        (Not(Unsupported(Tlv(0xB4, b""))), (), False),  # what cannot be judged never opens a file
    ],
)
def test_holds(condition: AccessCondition, met: tuple[AccessCondition, ...], holds: bool) -> None:
    assert access.holds(condition, lambda leaf: leaf in met) is holds


def test_leaves_and_names() -> None:
    tree = AnyOf((AllOf((PIN1, Not(PIN2))), ALWAYS, ConditionByte(0x1A)))
    assert access.leaves(tree) == (PIN1, PIN2, ConditionByte(0x1A))
    assert str(tree) == "((PIN1 and not PIN2) or always or SC 1A)"
    named = {0x02: "PIN1 of application 2", 0x82: "PIN2 of application 2", 0x0E: "ADM5", 0x8A: "ADM6", 0x8E: "ADM10"}
    assert {ref: access.key_name(ref) for ref in named} == named
    assert (access.key_name(0x11), access.key_name(0x90)) == ("universal PIN", "key 90")


def test_rules_that_have_no_coding() -> None:
    mixed = AccessRule(frozenset((AccessMode.READ, AccessMode.CREATE_EF)), ALWAYS)
    shared = AccessRule(frozenset((AccessMode.ACTIVATE, AccessMode.PROPRIETARY_4)), ALWAYS)
    too_big = AccessRule(frozenset((AccessMode.READ,)), Key(0x100))
    nothing = AccessRule(frozenset(), ALWAYS, (CommandPattern(),))
    for rule in (mixed, shared, too_big, nothing):
        with pytest.raises(EncodeError):
            AccessRules((rule,)).encode_expanded()
    for reference in (RuleReference(None, ((1, 1),)), RuleReference(0x6F06, ()), RuleReference(0x6F06, ((None, 256),))):
        with pytest.raises(EncodeError):
            reference.encode()


BYTE = st.integers(0, 255)
LEAVES = (
    st.just(ALWAYS)
    | st.just(NEVER)
    | st.builds(Key, BYTE, st.none() | BYTE)
    | st.builds(ConditionByte, st.integers(1, 0xFE))
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=6,
).filter(lambda condition: _depth(condition) < 8)
EF_MODES = frozenset(list(AccessMode)[:3]) | {
    AccessMode.ACTIVATE, AccessMode.DEACTIVATE, AccessMode.TERMINATE, AccessMode.INCREASE, AccessMode.RESIZE,
}  # fmt: skip
RULES = st.builds(AccessRule, st.frozensets(st.sampled_from(sorted(EF_MODES)), min_size=1), CONDITIONS)


def _depth(condition: AccessCondition) -> int:
    match condition:
        case AnyOf(of) | AllOf(of):
            return 1 + max(map(_depth, of))
        case Not(of):
            return 1 + _depth(of)
    return 1


@given(st.lists(RULES, max_size=4).map(lambda rules: AccessRules(tuple(rules))))
def test_expanded_round_trip_keeps_the_meaning(rules: AccessRules) -> None:
    again = access.decode_expanded(rules.encode_expanded())
    assert dict(again.items()) == dict(rules.items())


@given(st.none() | st.integers(0, 0xFFFF), st.lists(st.tuples(BYTE, BYTE), min_size=1), BYTE, st.booleans())
def test_reference_round_trip(fid: int | None, pairs: list[tuple[int, int]], record: int, single: bool) -> None:
    if single or fid is None:
        reference = RuleReference(fid, ((None, record),))
    else:
        reference = RuleReference(fid, tuple(pairs))
    assert access.decode_reference(reference.encode()) == reference


TAGS = (0x80, 0x84, 0x87, 0x90, 0x97, 0x9C, 0x9E, 0xA0, 0xA4, 0xA7, 0xAF, 0xB4)
PIECES = st.lists(st.tuples(st.sampled_from(TAGS), st.binary(max_size=5)), max_size=6).map(
    lambda parts: b"".join(bytes((tag, len(value))) + value for tag, value in parts)
)


@given(st.binary(max_size=40) | PIECES, st.booleans())
def test_any_bytes_give_rules_or_a_decode_error(raw: bytes, df: bool) -> None:
    try:
        rules = access.decode_expanded(raw, df=df)
        assert dict(access.decode_expanded(rules.encode_expanded(), df=df).items()) == dict(rules.items())
    except DecodeError:
        pass
    for decode in (access.decode_compact, access.decode_reference):
        try:
            decode(raw)
        except DecodeError:
            pass
