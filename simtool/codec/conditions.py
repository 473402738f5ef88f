"""Conditions of access rules: trees of keys that have to be verified (TS 102 221 §9.2, ISO/IEC 7816-4 §9.3.3).

Which operation a condition guards, and the forms of whole rules, are the business of `simtool.codec.access`, which
offers these names too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

USER_AUTHENTICATION = 0x08
MAX_NESTING = 8

_SC_ALWAYS, _SC_NEVER, _SC_BYTE = 0x90, 0x97, 0x9E
_SC_OR, _SC_AUTHENTICATION, _SC_NOT, _SC_AND = 0xA0, 0xA4, 0xA7, 0xAF
_KEY_REFERENCE, _USAGE_QUALIFIER = 0x83, 0x95
_BYTE_ALWAYS, _BYTE_NEVER = 0x00, 0xFF


@dataclass(frozen=True, slots=True)
class Always:
    def __str__(self) -> str:
        return "always"


@dataclass(frozen=True, slots=True)
class Never:
    def __str__(self) -> str:
        return "never"


@dataclass(frozen=True, slots=True)
class Key:
    """A PIN or ADM verified under this key reference (TS 102 221 §9.5.1, table 9.3). `usage` is None if not given."""

    ref: int
    usage: int | None = USER_AUTHENTICATION

    def __str__(self) -> str:
        return key_name(self.ref)


@dataclass(frozen=True, slots=True)
class ConditionByte:
    """An SC byte other than 00 (always) and FF (never) (ISO/IEC 7816-4 §9.3.3.1)."""

    value: int

    @property
    def environment(self) -> int:
        """Number of the security environment that says which key is meant; 0 for none."""
        return self.value & 0x0F

    @property
    def user_authentication(self) -> bool:
        return bool(self.value & 0x10)

    @property
    def external_authentication(self) -> bool:
        return bool(self.value & 0x20)

    @property
    def secure_messaging(self) -> bool:
        return bool(self.value & 0x40)

    @property
    def all_needed(self) -> bool:
        """True if every mechanism named is needed, False if one is enough."""
        return bool(self.value & 0x80)

    def __str__(self) -> str:
        return f"SC {self.value:02X}"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A condition that simtool cannot judge (secure messaging, cryptographic templates); never met."""

    raw: Tlv

    def __str__(self) -> str:
        return f"condition {self.raw}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple[AccessCondition, ...]

    def __str__(self) -> str:
        return "(" + " or ".join(map(str, self.of)) + ")"


@dataclass(frozen=True, slots=True)
class AllOf:
    of: tuple[AccessCondition, ...]

    def __str__(self) -> str:
        return "(" + " and ".join(map(str, self.of)) + ")"


@dataclass(frozen=True, slots=True)
class Not:
    of: AccessCondition

    def __str__(self) -> str:
        return f"not {self.of}"


Leaf = Key | ConditionByte | Unsupported
AccessCondition = Always | Never | Key | ConditionByte | Unsupported | AnyOf | AllOf | Not

ALWAYS = Always()
NEVER = Never()


def key_name(ref: int) -> str:
    """What people call a key reference (TS 102 221 table 9.3), or its number."""
    if 0x01 <= ref <= 0x08:
        return "PIN1" if ref == 0x01 else f"PIN1 of application {ref}"
    if 0x81 <= ref <= 0x88:
        return "PIN2" if ref == 0x81 else f"PIN2 of application {ref - 0x80}"
    if 0x0A <= ref <= 0x0E:
        return f"ADM{ref - 0x09}"
    if 0x8A <= ref <= 0x8E:
        return f"ADM{ref - 0x84}"
    return "universal PIN" if ref == 0x11 else f"key {ref:02X}"


def holds(condition: AccessCondition, is_met: Callable[[Leaf], bool]) -> bool:
    """Whether a condition is satisfied; `is_met` judges the leaves, but an `Unsupported` one is never met."""
    match condition:
        case Always():
            return True
        case Never() | Unsupported():
            return False
        case AnyOf(of):
            return any(holds(one, is_met) for one in of)
        case AllOf(of):
            return bool(of) and all(holds(one, is_met) for one in of)
        case Not(of):
            return not any(isinstance(leaf, Unsupported) for leaf in leaves(of)) and not holds(of, is_met)
        case Key() | ConditionByte():
            return is_met(condition)


def leaves(condition: AccessCondition) -> tuple[Leaf, ...]:
    """Every key, condition byte and unsupported condition inside, in order."""
    match condition:
        case AnyOf(of) | AllOf(of):
            return tuple(leaf for one in of for leaf in leaves(one))
        case Not(of):
            return leaves(of)
        case Key() | ConditionByte() | Unsupported():
            return (condition,)
        case Always() | Never():
            return ()


def decode_condition_byte(value: int) -> AccessCondition:
    """One SC byte: 00 always, FF never, anything else for the product to judge."""
    if value == _BYTE_ALWAYS:
        return ALWAYS
    return NEVER if value == _BYTE_NEVER else ConditionByte(value)


def any_of(conditions: Sequence[AccessCondition]) -> AccessCondition:
    """Alternatives as one condition: NEVER for none, the condition itself for one."""
    if not conditions:
        return NEVER
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))


def decode_condition(part: Tlv, *, depth: int = MAX_NESTING) -> AccessCondition:
    """One SC_DO (ISO/IEC 7816-4 §9.3.3.2); an empty OR, AND or NOT is never met.

    Raises `DecodeError` if what is inside is malformed, or nested deeper than `depth`.
    """
    if depth == 0:
        raise DecodeError(f"access rule: conditions nested deeper than {MAX_NESTING}")
    if part.tag == _SC_ALWAYS:
        return ALWAYS
    if part.tag == _SC_NEVER:
        return NEVER
    if part.tag == _SC_BYTE and len(part.value) == 1:
        return decode_condition_byte(part.value[0])
    if part.tag == _SC_AUTHENTICATION:
        return _decode_authentication(part)
    if part.tag not in (_SC_OR, _SC_AND, _SC_NOT):
        return Unsupported(part)
    inner = tuple(decode_condition(child, depth=depth - 1) for child in part.children())
    if not inner:
        return NEVER
    if part.tag == _SC_NOT:
        return Not(any_of(inner))
    return AnyOf(inner) if part.tag == _SC_OR else AllOf(inner)


def _decode_authentication(part: Tlv) -> AccessCondition:
    """Control reference template for authentication: key reference 83, usage qualifier 95."""
    children = part.children()
    tags = [child.tag for child in children]
    known = all(child.tag in (_KEY_REFERENCE, _USAGE_QUALIFIER) and len(child.value) == 1 for child in children)
    if not known or tags.count(_KEY_REFERENCE) != 1 or tags.count(_USAGE_QUALIFIER) > 1:
        return Unsupported(part)
    ref, usage = tlv.first(children, _KEY_REFERENCE), tlv.first(children, _USAGE_QUALIFIER)
    return Key(ref[0] if ref else 0, usage[0] if usage else None)


def encode_condition(condition: AccessCondition) -> Tlv:
    """One SC_DO. Raises `EncodeError` if a key reference, usage or SC byte is more than a byte."""
    try:
        return _encode_condition(condition)
    except ValueError as error:
        raise EncodeError(f"access condition {condition}: {error}") from error


def _encode_condition(condition: AccessCondition) -> Tlv:
    match condition:
        case Always():
            return Tlv(_SC_ALWAYS, b"")
        case Never():
            return Tlv(_SC_NEVER, b"")
        case Key(ref, usage):
            children = [Tlv(_KEY_REFERENCE, bytes((ref,)))]
            if usage is not None:
                children.append(Tlv(_USAGE_QUALIFIER, bytes((usage,))))
            return Tlv(_SC_AUTHENTICATION, tlv.join(children))
        case ConditionByte(value):
            return Tlv(_SC_BYTE, bytes((value,)))
        case Unsupported(raw):
            return raw
        case AnyOf(of):
            return Tlv(_SC_OR, tlv.join(encode_condition(one) for one in of))
        case AllOf(of):
            return Tlv(_SC_AND, tlv.join(encode_condition(one) for one in of))
        case Not(of):
            return Tlv(_SC_NOT, encode_condition(of).encode())
