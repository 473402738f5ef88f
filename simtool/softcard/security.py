"""Who may do what: access rules of files against the PINs verified (TS 102 221 §9.2, §9.4; TS 51.011 §7.3).

Rules are parsed once and each verdict is remembered until something changes: `changed()` starts a new epoch.
"""

from __future__ import annotations

from simtool.codec.access import (
    ALWAYS,
    NEVER,
    AccessCondition,
    AccessMode,
    AccessRule,
    AccessRules,
    AnyOf,
    ConditionByte,
    Key,
    Leaf,
    decode_compact,
    decode_expanded,
    decode_reference,
    holds,
    key_name,
)
from simtool.codec.fcp import SECURITY_COMPACT, SECURITY_EXPANDED
from simtool.errors import CodecError
from simtool.files.product import CardModel
from simtool.softcard.filesystem import FileNode
from simtool.softcard.pins import Pin

__all__ = ["Guard", "key_name"]

UNIVERSAL_PIN = 0x11
SE_DEFAULT, SE_UNIVERSAL = 1, 0
_NO_RULES = AccessRules()
_GSM_MODES = (
    (0, 4, AccessMode.READ), (0, 0, AccessMode.UPDATE), (1, 4, AccessMode.INCREASE),
    (2, 4, AccessMode.ACTIVATE), (2, 0, AccessMode.DEACTIVATE),
)  # fmt: skip


class Guard:
    """Judges access to files for one card."""

    def __init__(self, model: CardModel, pins: dict[str, Pin]) -> None:
        self.pins = pins
        self.by_ref: dict[int, Pin] = {}
        self.by_rule_ref: dict[int, list[Pin]] = {}
        for pin in pins.values():
            self.by_ref.setdefault(pin.ref, pin)
            self.by_rule_ref.setdefault(pin.rule_ref, []).append(pin)
        self._conditions = {value: pins[name] for value, name in model.conditions.items() if name in pins}
        self._adm = pins.get(model.adm.pin) if model.adm else None
        self.epoch = 0
        self.rules_epoch = 0

    def changed(self) -> None:
        """A PIN was verified, blocked, enabled…: verdicts are stale."""
        self.epoch += 1

    def rules_changed(self) -> None:
        """An EF.ARR or a file's attributes changed: parsed rules are stale too."""
        self.rules_epoch += 1
        self.epoch += 1

    def allows(self, node: FileNode, mode: AccessMode) -> bool:
        verdict = node.access_cache.get(mode)
        if verdict is None or verdict[0] != self.epoch:
            verdict = (self.epoch, holds(self.rules(node).condition(mode), self._met))
            node.access_cache[mode] = verdict
        return verdict[1]

    def allows_command(self, node: FileNode, mode: AccessMode, command: tuple[int, int, int, int]) -> bool:
        """The same for operations that rules may also name by instruction (AM_DO 81 to 8F)."""
        return holds(self.rules(node).condition(mode, command), self._met)

    def satisfied(self, ref: int) -> bool:
        """Whether a key reference, as rules name it, counts as verified; a disabled PIN does (TS 102 221 §9.5.1)."""
        return any(self._open(pin) for pin in self.by_rule_ref.get(ref, ()))

    def rules(self, node: FileNode) -> AccessRules:
        if node.rules is None or node.rules_epoch != self.rules_epoch:
            try:
                node.rules = self._parse(node)
            except CodecError:
                node.rules = _NO_RULES
            node.rules_epoch = self.rules_epoch
        return node.rules

    def environment(self) -> int:
        """Number of the current security environment: 00 while the universal PIN stands in, else 01 (§9.2.7)."""
        return SE_UNIVERSAL if any(pin.replaced for pin in self.pins.values()) else SE_DEFAULT

    def gsm_access(self, node: FileNode) -> bytes:
        """Bytes 9 to 11 of the answer to SELECT in class A0 (TS 51.011 §9.3)."""
        if node.access_2g is not None:
            return node.access_2g
        rules = self.rules(node)
        access = bytearray(b"\x00\x0f\x00")
        for at, shift, mode in _GSM_MODES:
            access[at] |= self._gsm_level(rules.condition(mode)) << shift
        return bytes(access)

    def key_of(self, condition: ConditionByte) -> int | None:
        """The key reference that a condition byte of this product stands for."""
        pin = self._conditions.get(condition.value)
        return pin.rule_ref if pin is not None else None

    def _open(self, pin: Pin) -> bool:
        if pin.enabled:
            return pin.verified
        if pin.replaced:
            universal = self.by_ref.get(UNIVERSAL_PIN)
            return universal is not None and (universal.verified or not universal.enabled)
        return True

    def _met(self, leaf: Leaf) -> bool:
        if isinstance(leaf, Key):
            return self.satisfied(leaf.ref)
        if isinstance(leaf, ConditionByte):
            pin = self._conditions.get(leaf.value)
            return pin is not None and self._open(pin)
        return False

    def _parse(self, node: FileNode) -> AccessRules:
        if node.security is None:
            return self._parse_gsm(node.access_2g) if node.access_2g else _NO_RULES
        tag, value = node.security
        if tag == SECURITY_COMPACT:
            return decode_compact(value, df=node.is_directory)
        if tag == SECURITY_EXPANDED:
            return decode_expanded(value, df=node.is_directory)
        reference = decode_reference(value)
        number = reference.record(self.environment())
        arr = find_arr(node, reference.fid)
        if number is None or arr is None or not 1 <= number <= arr.records:
            return _NO_RULES
        start = (number - 1) * arr.record_length
        return decode_expanded(arr.content.data[start : start + arr.record_length], df=node.is_directory)

    def _parse_gsm(self, access: bytes) -> AccessRules:
        rules = []
        for at, shift, mode in _GSM_MODES:
            rules.append(AccessRule(frozenset((mode,)), self._gsm_condition(access[at] >> shift & 0x0F)))
        return AccessRules(tuple(rules))

    def _gsm_condition(self, level: int) -> AccessCondition:
        """ALW, CHV1, CHV2, administrative level or NEV (TS 51.011 §7.3); a level without a key falls to the ADM."""
        if level == 0:
            return ALWAYS
        if level in (3, 15):
            return NEVER
        refs = [level] if level != 2 else [0x02, 0x81]
        found = [Key(ref) for ref in refs if ref in self.by_rule_ref]
        if level > 3 and not found and self._adm is not None:
            found = [Key(self._adm.rule_ref)]
        return AnyOf(tuple(found)) if found else NEVER

    def _gsm_level(self, condition: AccessCondition) -> int:
        if condition == ALWAYS:
            return 0
        if isinstance(condition, AnyOf):
            return min((self._gsm_level(one) for one in condition.of), default=15)
        if isinstance(condition, ConditionByte):
            pin = self._conditions.get(condition.value)
            ref = pin.rule_ref if pin is not None else None
        else:
            ref = condition.ref if isinstance(condition, Key) else None
        if ref is None:
            return 15
        known = {0x01: 1, 0x81: 2, 0x02: 2}
        return known.get(ref, ref if 4 <= ref <= 14 else 4)


def find_arr(node: FileNode, fid: int | None) -> FileNode | None:
    """The EF.ARR a reference means: in the directory of the file, else above, up to the ADF or MF (TS 102 221 §9.2.7).

    A directory's own rule is looked for from its parent, then in itself. Marks what it finds, so that a change of it
    is noticed.
    """
    start = node.parent if node.parent is not None else node
    at: FileNode | None = start
    wanted = (fid,) if fid is not None else (0x2F06, 0x6F06)
    while at is not None:
        for one in wanted:
            found = at.children.get(one)
            if found is not None and found.type.has_records:
                found.is_arr = True
                return found
        at = at.parent
    if node.is_directory:
        for one in wanted:
            found = node.children.get(one)
            if found is not None and found.type.has_records:
                found.is_arr = True
                return found
    return None
