"""The secrets that a profile wants for each card: keys, OPc, PINs, PUKs, ADM codes and OTA key sets, made in columns.

One place for one card and for ten million. What is made is what the card shall get (`targets`); what opens it now comes
with the card.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.crypto.column import Column
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.key_source import KeySource
from simtool.crypto.milenage import derive_opcs
from simtool.crypto.secret import Secret
from simtool.crypto.tuak import derive_topc
from simtool.files.specs import PIN_LENGTH
from simtool.perso.ota_keys import KeySetPolicy
from simtool.perso.record import WITHOUT_OPC, Credential

KEY_LENGTH = 16
TOP_LENGTH = 32
KEY_NAMES = ("enc", "mac", "dek")


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """A PIN, PUK or ADM code: `digits` random ones, or the same `fixed` 8 bytes (one value) on every card."""

    pin: str
    digits: int
    fixed: Column | None = None


@dataclass(frozen=True, slots=True)
class MaterialPolicy:
    """What to make for each card.

    `operator_codes` are OP or TOP (one value) of each subscription in turn, the first one of any beyond; where it is
    None every OPc is random. `keccak_iterations` is for TOPc. Records begin at `sqn_start`.
    """

    algorithm: str
    operator_codes: tuple[Column | None, ...] = (None,)
    codes: tuple[CodePolicy, ...] = ()
    key_sets: tuple[KeySetPolicy, ...] = ()
    keccak_iterations: int = 1
    sqn_start: int = 0

    def operator_code(self, number: int) -> Column | None:
        """OP or TOP of subscription `number`, counted from 1."""
        return self.operator_codes[number - 1 if number <= len(self.operator_codes) else 0]


@dataclass(frozen=True, slots=True)
class SubscriptionKeys:
    """Ki, and OPc or TOPc where the algorithm has one."""

    k: Column
    opc: Column | None


@dataclass(frozen=True, slots=True)
class Codes:
    """The 8 bytes of one PIN, PUK or ADM code, card after card."""

    pin: str
    values: Column

    def credential(self, index: int) -> Credential:
        return Credential(self.pin, Secret(self.values[index], kind=self.pin.lower()))


@dataclass(frozen=True, slots=True)
class KeySets:
    """One key set, card after card."""

    version: int
    cipher: KeyCipher
    enc: Column
    mac: Column
    dek: Column

    def key_set(self, index: int) -> KeySet:
        enc, mac, dek = (Secret(column[index]) for column in (self.enc, self.mac, self.dek))
        return KeySet(self.version, self.cipher, enc, mac, dek)


@dataclass(frozen=True, slots=True)
class Material:
    """The secrets of a row of cards. `refused` counts the keys that were passed over as weak or repeated."""

    subscriptions: tuple[SubscriptionKeys, ...]
    targets: tuple[Codes, ...]
    key_sets: tuple[KeySets, ...]
    refused: int

    def targets_of(self, index: int) -> tuple[Credential, ...]:
        """The codes of one card."""
        return tuple(codes.credential(index) for codes in self.targets)

    def key_sets_of(self, index: int) -> tuple[KeySet, ...]:
        """The key sets of one card."""
        return tuple(sets.key_set(index) for sets in self.key_sets)


def make_material(policy: MaterialPolicy, source: KeySource, iccids: Column, *, subscriptions: int = 1) -> Material:
    """Secrets for each of `iccids` (ASCII digits), with the keys of so many subscriptions on each card."""
    refused = 0

    def keys(purpose: str, length: int) -> Column:
        nonlocal refused
        drawn = source.keys(purpose, iccids, length)
        refused += drawn.refused
        return drawn.keys

    def subscription(number: int) -> SubscriptionKeys:
        k = keys(f"Ki {number}", KEY_LENGTH)
        if policy.algorithm in WITHOUT_OPC:
            return SubscriptionKeys(k, None)
        is_tuak = policy.algorithm == "tuak"
        operator_code = policy.operator_code(number)
        if operator_code is None:
            return SubscriptionKeys(k, keys(f"OPc {number}", TOP_LENGTH if is_tuak else KEY_LENGTH))
        op = operator_code.data
        if not is_tuak:
            return SubscriptionKeys(k, derive_opcs(k, op))
        topcs = (derive_topc(one, op, keccak_iterations=policy.keccak_iterations) for one in k)
        return SubscriptionKeys(k, Column.of(topcs))

    def key_set(wanted: KeySetPolicy) -> KeySets:
        enc, mac, dek = (keys(f"key {wanted.version} {name}", wanted.length) for name in KEY_NAMES)
        return KeySets(wanted.version, wanted.cipher, enc, mac, dek)

    def codes(wanted: CodePolicy) -> Codes:
        if wanted.fixed is not None:
            return Codes(wanted.pin, Column(PIN_LENGTH, wanted.fixed.data * len(iccids)))
        return Codes(wanted.pin, padded(source.digits(wanted.pin, iccids, wanted.digits)))

    made = tuple(subscription(number) for number in range(1, subscriptions + 1))
    targets, sets = tuple(map(codes, policy.codes)), tuple(map(key_set, policy.key_sets))
    return Material(made, targets, sets, refused)


def padded(digits: Column) -> Column:
    """Codes as VERIFY takes them: ASCII digits, FF up to 8 bytes (TS 102 221 §9.5.1)."""
    if digits.width == PIN_LENGTH:
        return digits
    filler = b"\xff" * (PIN_LENGTH - digits.width)
    return Column(PIN_LENGTH, b"".join([value + filler for value in digits.values()]))
