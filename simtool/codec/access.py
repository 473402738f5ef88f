"""Security attributes of files: which condition stands before which operation (TS 102 221 §9.2, ISO/IEC 7816-4 §9.3.3).

Three forms, one result. `AccessRules` answers which `AccessCondition` guards an `AccessMode`; what no rule mentions is
never allowed. Compact (8C) conditions are one byte each whose meaning a product defines: they stay `ConditionByte`.
A reference (8B) only says in which record of EF.ARR the expanded form stands. Reading that record is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from simtool.codec import tlv
from simtool.codec.conditions import (
    ALWAYS,
    NEVER,
    USER_AUTHENTICATION,
    AccessCondition,
    AllOf,
    Always,
    AnyOf,
    ConditionByte,
    Key,
    Leaf,
    Never,
    Not,
    Unsupported,
    any_of,
    decode_condition,
    decode_condition_byte,
    encode_condition,
    holds,
    key_name,
    leaves,
)
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

__all__ = [
    "ALWAYS", "NEVER", "USER_AUTHENTICATION", "AccessCondition", "AccessMode", "AccessRule", "AccessRules", "AllOf",
    "Always", "AnyOf", "CommandPattern", "ConditionByte", "Key", "Leaf", "Never", "Not", "RuleReference",
    "Unsupported", "decode_compact", "decode_condition", "decode_condition_byte", "decode_expanded",
    "decode_reference", "encode_condition", "holds", "key_name", "leaves",
]  # fmt: skip

_AM_BYTE, _AM_PROPRIETARY = 0x80, 0x9C
_PROPRIETARY_BITS = 0x80


class AccessMode(StrEnum):
    """What somebody wants to do with a file. The `PROPRIETARY` ones are bits whose use is left to the product."""

    READ = "read"
    UPDATE = "update"
    WRITE = "write"
    DELETE_CHILD = "delete_child"
    CREATE_EF = "create_ef"
    CREATE_DF = "create_df"
    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"
    TERMINATE = "terminate"
    DELETE_SELF = "delete_self"
    INCREASE = "increase"
    RESIZE = "resize"
    PROPRIETARY_4 = "proprietary_4"
    PROPRIETARY_5 = "proprietary_5"
    PROPRIETARY_6 = "proprietary_6"
    PROPRIETARY_7 = "proprietary_7"
    PROPRIETARY_8 = "proprietary_8"


_COMMON_BITS = {
    0x40: AccessMode.DELETE_SELF,
    0x20: AccessMode.TERMINATE,
    0x10: AccessMode.ACTIVATE,
    0x08: AccessMode.DEACTIVATE,
}
_EF_BITS = {0x04: AccessMode.WRITE, 0x02: AccessMode.UPDATE, 0x01: AccessMode.READ}
_DF_BITS = {0x04: AccessMode.CREATE_DF, 0x02: AccessMode.CREATE_EF, 0x01: AccessMode.DELETE_CHILD}
_PRODUCT_BITS = {
    0x80: AccessMode.PROPRIETARY_8,
    0x40: AccessMode.PROPRIETARY_7,
    0x20: AccessMode.PROPRIETARY_6,
    0x10: AccessMode.PROPRIETARY_5,
    0x08: AccessMode.PROPRIETARY_4,
}
_BIT_OF = {mode: bit for bits in (_COMMON_BITS, _EF_BITS, _DF_BITS) for bit, mode in bits.items()}
_PRODUCT_BIT_OF = {mode: bit for bit, mode in _PRODUCT_BITS.items()}
_MODE_OF_INS = {
    0x32: AccessMode.INCREASE,
    0xD4: AccessMode.RESIZE,
    0x44: AccessMode.ACTIVATE,
    0x04: AccessMode.DEACTIVATE,
}
_INS_OF = {AccessMode.INCREASE: 0x32, AccessMode.RESIZE: 0xD4}


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """Commands named by header bytes; None is "any" (AM_DO 81 to 8F)."""

    cla: int | None = None
    ins: int | None = None
    p1: int | None = None
    p2: int | None = None

    def matches(self, cla: int, ins: int, p1: int, p2: int) -> bool:
        wanted = zip((self.cla, self.ins, self.p1, self.p2), (cla, ins, p1, p2), strict=True)
        return all(own is None or own == other for own, other in wanted)

    def encode(self) -> Tlv:
        fields = (self.cla, self.ins, self.p1, self.p2)
        given = bytes(field for field in fields if field is not None)
        if not given:
            raise EncodeError("a command pattern names at least one header byte")
        return Tlv(_AM_BYTE + sum(8 >> place for place, field in enumerate(fields) if field is not None), given)


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One access mode object and its condition."""

    modes: frozenset[AccessMode]
    condition: AccessCondition
    commands: tuple[CommandPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessRules:
    """All rules of one file. The first that fits decides; if none does, the operation is never allowed."""

    rules: tuple[AccessRule, ...] = ()

    def condition(self, mode: AccessMode, command: tuple[int, int, int, int] | None = None) -> AccessCondition:
        """The condition for `mode`; with CLA, INS, P1, P2 of a command also by rules that name commands."""
        for rule in self.rules:
            named = command is not None and any(pattern.matches(*command) for pattern in rule.commands)
            if mode in rule.modes or named:
                return rule.condition
        return NEVER

    def __getitem__(self, mode: AccessMode) -> AccessCondition:
        return self.condition(mode)

    def items(self) -> Iterator[tuple[AccessMode, AccessCondition]]:
        """The modes that some rule mentions, in the order of `AccessMode`, with the condition that decides."""
        mentioned = {mode for rule in self.rules for mode in rule.modes}
        return ((mode, self.condition(mode)) for mode in AccessMode if mode in mentioned)

    def for_command(self, cla: int, ins: int, p1: int, p2: int) -> AccessCondition:
        """The condition of the first rule that names this command by its header; NEVER if none does."""
        for rule in self.rules:
            if any(pattern.matches(cla, ins, p1, p2) for pattern in rule.commands):
                return rule.condition
        return NEVER

    def encode_expanded(self) -> bytes:
        """The content of an AB object or an EF.ARR record, without padding. Raises `EncodeError`."""
        return b"".join(_encode_rule(rule) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class RuleReference:
    """Where the rule stands: record numbers of EF.ARR by security environment (None: whatever the environment).

    `fid` is the EF.ARR's, None if only a record number is given.
    """

    fid: int | None
    records: tuple[tuple[int | None, int], ...]

    def record(self, environment: int = 1) -> int | None:
        """Record number that counts in this security environment, or None if the reference names no such."""
        return next((record for seid, record in self.records if seid in (None, environment)), None)

    def encode(self) -> bytes:
        """Value of the 8B object. Raises `EncodeError` for a mixture that has no form."""
        single = len(self.records) == 1 and self.records[0][0] is None
        try:
            if single:
                head = b"" if self.fid is None else self.fid.to_bytes(2)
                return head + bytes((self.records[0][1],))
            pairs = [part for seid, record in self.records if seid is not None for part in (seid, record)]
            if self.fid is None or not pairs or len(pairs) != 2 * len(self.records):
                raise EncodeError("a rule reference is one record, or a file with a record for each environment")
            return self.fid.to_bytes(2) + bytes(pairs)
        except (OverflowError, ValueError) as error:
            raise EncodeError(f"a rule reference does not fit its bytes: {error}") from error


def decode_compact(value: bytes, *, df: bool = False) -> AccessRules:
    """Value of an 8C object: AM byte, then one SC byte for each bit of it from high to low, perhaps repeated.

    Several such sets are alternatives. Bit 8 of an AM byte makes bits 7 to 4 proprietary and has no SC byte of its
    own by the standard; cards are known that give it one, so that reading is taken where only it adds up. `df` says
    whether the bits mean the operations of a DF. Raises `DecodeError` if the bytes do not add up.
    """
    found: dict[AccessMode, list[AccessCondition]] = {}
    for am, conditions in _split_compact(value):
        modes = _modes(am, df)
        if len(conditions) == len(modes) + 1:
            modes.insert(0, AccessMode.PROPRIETARY_8)
        for mode, condition in zip(modes, conditions, strict=True):
            found.setdefault(mode, []).append(decode_condition_byte(condition))
    return AccessRules(tuple(AccessRule(frozenset((mode,)), any_of(some)) for mode, some in found.items()))


def decode_expanded(value: bytes, *, df: bool = False) -> AccessRules:
    """Value of an AB object, or a record of EF.ARR with its FF padding: access mode objects, each with conditions.

    Several conditions after one access mode are alternatives; a mode without any is never allowed. `df` says whether
    AM bytes mean the operations of a DF. Raises `DecodeError` if the objects are malformed.
    """
    rules: list[AccessRule] = []
    pending: tuple[frozenset[AccessMode], tuple[CommandPattern, ...]] | None = None
    conditions: list[AccessCondition] = []
    for part in tlv.parse(value, padding=b"\xff"):
        if _AM_BYTE <= part.tag <= 0x8F or part.tag == _AM_PROPRIETARY:
            if pending is not None:
                rules.append(AccessRule(pending[0], any_of(conditions), pending[1]))
            pending, conditions = _decode_mode(part, df), []
        elif pending is None:
            raise DecodeError(f"access rule: condition {part} stands before any access mode")
        else:
            conditions.append(decode_condition(part))
    if pending is not None:
        rules.append(AccessRule(pending[0], any_of(conditions), pending[1]))
    return AccessRules(tuple(rules))


def decode_reference(value: bytes) -> RuleReference:
    """Value of an 8B object: record; or FID and record; or FID and pairs of environment and record.

    (TS 102 221 §9.2.7.) Raises `DecodeError` for another length.
    """
    if len(value) == 1:
        return RuleReference(None, ((None, value[0]),))
    if len(value) == 3:
        return RuleReference(int.from_bytes(value[:2]), ((None, value[2]),))
    if len(value) < 4 or len(value) % 2:
        raise DecodeError(f"{len(value)} bytes are no reference to an access rule")
    pairs = tuple(zip(value[2::2], value[3::2], strict=True))
    return RuleReference(int.from_bytes(value[:2]), pairs)


def _modes(am: int, df: bool) -> list[AccessMode]:
    """The modes of an AM byte's bits 7 to 1, from high to low."""
    names = (_PRODUCT_BITS if am & _PROPRIETARY_BITS else _COMMON_BITS) | (_DF_BITS if df else _EF_BITS)
    return [names[bit] for bit in (0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01) if am & bit]


def _split_compact(value: bytes) -> list[tuple[int, bytes]]:
    """The sets of AM byte and SC bytes. Prefers no SC byte for bit 8; looks from the end for what adds up."""
    following: list[int | None] = [None] * len(value) + [len(value)]  # where the next set starts, or None
    for start in reversed(range(len(value))):
        shortest = start + 1 + (value[start] & 0x7F).bit_count()
        for candidate in (shortest, shortest + 1)[: 2 if value[start] & _PROPRIETARY_BITS else 1]:
            if candidate <= len(value) and following[candidate] is not None:
                following[start] = candidate
                break
    sets = []
    start = 0
    while start < len(value):
        end = following[start]
        if end is None:
            raise DecodeError(f"compact access rule {value.hex()}: the number of condition bytes does not fit")
        sets.append((value[start], value[start + 1 : end]))
        start = end
    return sets


def _decode_mode(part: Tlv, df: bool) -> tuple[frozenset[AccessMode], tuple[CommandPattern, ...]]:
    if part.tag == _AM_PROPRIETARY:
        return frozenset(), ()
    if part.tag == _AM_BYTE:
        if len(part.value) != 1:
            raise DecodeError(f"access rule: an AM byte of {len(part.value)} bytes")
        return frozenset(_modes(part.value[0], df)), ()
    named = [bool(part.tag & bit) for bit in (8, 4, 2, 1)]
    width = sum(named)
    if not part.value or len(part.value) % width:
        raise DecodeError(f"access rule: {part} does not hold groups of {width} header bytes")
    patterns = []
    for start in range(0, len(part.value), width):
        group = iter(part.value[start : start + width])
        patterns.append(CommandPattern(*(next(group) if given else None for given in named)))
    modes = (_MODE_OF_INS.get(pattern.ins or 0) for pattern in patterns if part.tag == 0x84)
    return frozenset(mode for mode in modes if mode), tuple(patterns)


def _encode_rule(rule: AccessRule) -> bytes:
    standard = sum({_BIT_OF[mode] for mode in rule.modes if mode in _BIT_OF})
    product = sum(_PRODUCT_BIT_OF[mode] for mode in rule.modes if mode in _PRODUCT_BIT_OF)
    if product and standard & 0x78:
        raise EncodeError("proprietary and standard access modes share bits: they need a rule each")
    if rule.modes & set(_DF_BITS.values()) and rule.modes & set(_EF_BITS.values()):
        raise EncodeError("access modes of a DF and of an EF in one rule")
    modes_by_name = {_MODE_OF_INS.get(p.ins or 0) for p in rule.commands if p == CommandPattern(ins=p.ins)}
    objects = []
    if standard and not {m for m in rule.modes if m in _BIT_OF} <= modes_by_name or product:
        objects.append(Tlv(_AM_BYTE, bytes(((product and _PROPRIETARY_BITS) | product | standard,))))
    named = [CommandPattern(ins=_INS_OF[m]) for m in AccessMode if m in rule.modes and m in _INS_OF]
    objects += [pattern.encode() for pattern in (*rule.commands, *(p for p in named if p not in rule.commands))]
    condition = encode_condition(rule.condition).encode()
    return b"".join(am.encode() + condition for am in objects)
