"""ARA-M: the card's access rules for device applications (GlobalPlatform Secure Element Access Control 1.1).

Rules say which device application (by the hash of its certificate) may speak to which card application, and carry the
carrier privileges of Android (PERM-AR-DO). They stay in the order in which they came.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import Privilege
from simtool.codec.tlv import Tlv
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import channels
from simtool.softcard.globalplatform.application import AID, FCI
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

_GET_DATA, _GET_DATA_ODD, _STORE_DATA = 0xCA, 0xCB, 0xE2
ALL, SPECIFIC, NEXT, REFRESH_TAG, CONFIGURATION = 0xFF40, 0xFF50, 0xFF60, 0xDF20, 0xDF21
_STORE, _DELETE, _UPDATE_REFRESH_TAG = 0xF0, 0xF1, 0xF2
REF_AR, REF, AR = 0xE2, 0xE1, 0xE3
AID_REF, AID_REF_DEFAULT, DEVICE_APP_REF, PACKAGE_REF = 0x4F, 0xC0, 0xC1, 0xCA
APDU_RULE, NFC_RULE, PERMISSION_RULE = 0xD0, 0xD1, 0xDB
_CONFIG, _VERSION = 0xE5, b"\xe6\x03\x01\x01\x00"
_HASH_LENGTHS, _AID_LENGTHS = (0, 20, 32), (0, *range(5, 17))
_FILTER, _PERMISSION, _PACKAGE_MAX = 8, 8, 127
_LAST = 0x80
_ALREADY_THERE = b"\x63\x81"
_RULES, _REFRESH = "gp:aram:rules", "gp:aram:refresh"
REFRESH_LENGTH = 8
ANSWER_MAX = 223
RULES_MAX = 0x2000


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What is referred to, and the rules for it: the values of REF-DO and AR-DO."""

    reference: bytes
    rules: bytes

    def encode(self) -> bytes:
        return tlv.encode(REF_AR, tlv.encode(REF, self.reference) + tlv.encode(AR, self.rules))


class AccessRuleMaster:
    """The application. With `secured` it takes STORE DATA only in a secure channel or by way of its domain."""

    multiselectable = True

    def __init__(self, platform: GlobalPlatform, entry: AppEntry, *, secured: bool) -> None:
        self._platform = platform
        self._secured = secured
        self.entry = entry

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        return None

    def select(self, selection: Selection, command: Command | None) -> bytes:
        return tlv.encode(FCI, tlv.encode(AID, self.entry.aid))

    def deselect(self, selection: Selection) -> None:
        selection.end_session()

    def uninstall(self) -> None:
        self._platform.card.note(_RULES, None)
        self._platform.card.note(_REFRESH, None)

    def process(self, selection: Selection, command: Command) -> bytes:
        """GET DATA and STORE DATA, and what begins a secure channel; else 6D00."""
        if command.ins in channels.INSTRUCTIONS:
            return self._platform.channels.process(selection, command)
        if command.ins not in (_GET_DATA, _GET_DATA_ODD, _STORE_DATA):
            return sw.WRONG_INSTRUCTION
        if not command.proprietary:
            return sw.WRONG_CLASS
        plain = self._platform.channels.unwrap(selection, command)
        if command.ins != _STORE_DATA:
            return self._platform.channels.wrap(selection, self._get_data(selection, plain))
        if self._secured and not selection.authenticated:
            return sw.SECURITY_NOT_SATISFIED
        return self._platform.channels.wrap(selection, self._store_data(selection, plain))

    def personalise(self, selection: Selection, command: Command) -> bytes:
        answer = self._store_data(selection, command)
        if answer != sw.OK:
            raise StatusFault(answer)
        return b""

    # Reading (§4.1)

    def _get_data(self, selection: Selection, command: Command) -> bytes:
        match command.p1 << 8 | command.p2:
            case 0xFF40:
                whole = tlv.encode(ALL, b"".join(rule.encode() for rule in self.rules()))
                return self._part(selection, whole)
            case 0xFF60:
                if not selection.listing:
                    raise StatusFault(sw.REFERENCE_NOT_FOUND)
                return self._part(selection, b"".join(selection.listing))
            case 0xFF50:
                return self._part(selection, tlv.encode(SPECIFIC, self._specific(command.data)))
            case 0xDF20:
                return tlv.encode(REFRESH_TAG, self.refresh_tag()) + sw.OK
            case 0xDF21:
                return tlv.encode(CONFIGURATION, tlv.encode(_CONFIG, _VERSION)) + sw.OK
            case _:
                raise StatusFault(sw.REFERENCE_NOT_FOUND)

    def _part(self, selection: Selection, data: bytes) -> bytes:
        """As much as one answer takes; the rest waits for GET DATA [next]."""
        part, rest = data[:ANSWER_MAX], data[ANSWER_MAX:]
        selection.listing = [rest] if rest else []
        return part + sw.OK

    def _specific(self, data: bytes) -> bytes:
        """The rules for exactly this reference; 6A88 if there are none."""
        wanted = _reference(_only(data, REF))
        found = next((rule for rule in self.rules() if rule.reference == wanted), None)
        if found is None:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        return tlv.encode(AR, found.rules)

    # Writing (§4.2)

    def _store_data(self, selection: Selection, command: Command) -> bytes:
        """Store, delete, new refresh tag. 6381: stored, but rules for this reference were there already."""
        whole = selection.chain.add(command.p2, command.data, last=bool(command.p1 & _LAST))
        if whole is None:
            return sw.OK
        try:
            objects = tlv.parse(whole)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None
        if len(objects) != 1:
            raise StatusFault(sw.WRONG_DATA)
        one = objects[0]
        if one.tag == _STORE:
            return self._store(one.value)
        if one.tag == _DELETE:
            self._delete(one.value)
        elif one.tag != _UPDATE_REFRESH_TAG or one.value:
            raise StatusFault(sw.WRONG_DATA)
        self._renew()
        return sw.OK

    def _store(self, value: bytes) -> bytes:
        new, rules = _rule(_only(value, REF_AR)), list(self.rules())
        if new in rules:
            return _ALREADY_THERE
        at = next((number for number, rule in enumerate(rules) if rule.reference == new.reference), None)
        if at is None:
            rules.append(new)
        else:
            rules[at] = AccessRule(new.reference, _merged(rules[at].rules, new.rules))
        self._keep(rules)
        return sw.OK if at is None else _ALREADY_THERE

    def _delete(self, value: bytes) -> None:
        """All rules (nothing named), those for an application, for a reference, or one rule; 6A88 if there are none."""
        rules = list(self.rules())
        if not value:
            self._keep([])
            return
        try:
            named, rest = tlv.split_first(value)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None
        if rest:
            raise StatusFault(sw.WRONG_DATA)
        if named.tag in (AID_REF, AID_REF_DEFAULT):
            left = [rule for rule in rules if named.encode() != tlv.parse(rule.reference)[0].encode()]
        elif named.tag == REF:
            reference = _reference(named.value)
            left = [rule for rule in rules if rule.reference != reference]
        elif named.tag == REF_AR:
            gone = _rule(named.value)
            left = [rule for rule in rules if rule != gone]
        else:
            raise StatusFault(sw.WRONG_DATA)
        if len(left) == len(rules):
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        self._keep(left)

    def rules(self) -> list[AccessRule]:
        saved = self._platform.card.recall(_RULES, [])
        return [AccessRule(bytes.fromhex(reference), bytes.fromhex(rules)) for reference, rules in saved]

    def refresh_tag(self) -> bytes:
        """8 bytes that are others after every change, so that a terminal notices."""
        return bytes.fromhex(self._platform.card.recall(_REFRESH, bytes(REFRESH_LENGTH).hex()))

    def _keep(self, rules: list[AccessRule]) -> None:
        if sum(len(rule.encode()) for rule in rules) > RULES_MAX:
            raise StatusFault(sw.NO_MEMORY)
        self._platform.card.note(_RULES, [[rule.reference.hex(), rule.rules.hex()] for rule in rules])
        self._renew()

    def _renew(self) -> None:
        self._platform.card.note(_REFRESH, secrets.token_bytes(REFRESH_LENGTH).hex())


def _only(data: bytes, tag: int) -> bytes:
    """The value of the one object there is; 6A80 for anything else."""
    try:
        one, rest = tlv.split_first(data)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    if one.tag != tag or rest:
        raise StatusFault(sw.WRONG_DATA)
    return one.value


def _children(data: bytes) -> list[Tlv]:
    try:
        found = tlv.parse(data)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    if len({one.tag for one in found}) != len(found):
        raise StatusFault(sw.WRONG_DATA)
    return found


def _reference(value: bytes) -> bytes:
    """A REF-DO: an application of the card, a device application by its certificate's hash, perhaps its package."""
    for one in _children(value):
        length = len(one.value)
        right = {
            AID_REF: length in _AID_LENGTHS, AID_REF_DEFAULT: length == 0, DEVICE_APP_REF: length in _HASH_LENGTHS,
            PACKAGE_REF: 1 <= length <= _PACKAGE_MAX,
        }.get(one.tag, False)  # fmt: skip
        if not right:
            raise StatusFault(sw.WRONG_DATA)
    tags = {one.tag for one in _children(value)}
    if DEVICE_APP_REF not in tags or tags >= {AID_REF, AID_REF_DEFAULT}:
        raise StatusFault(sw.WRONG_DATA)
    return value


def _rule(value: bytes) -> AccessRule:
    """A REF-AR-DO: reference and rules. APDU rules are never, always or filters; NFC never or always."""
    parts = _children(value)
    if [one.tag for one in parts] != [REF, AR]:
        raise StatusFault(sw.WRONG_DATA)
    rules = _children(parts[1].value)
    for one in rules:
        length, switch = len(one.value), one.value in (b"\x00", b"\x01")
        right = {
            APDU_RULE: switch or (length > 0 and length % _FILTER == 0), NFC_RULE: switch,
            PERMISSION_RULE: length == _PERMISSION,
        }.get(one.tag, False)  # fmt: skip
        if not right:
            raise StatusFault(sw.WRONG_DATA)
    if not rules:
        raise StatusFault(sw.WRONG_DATA)
    return AccessRule(_reference(parts[0].value), parts[1].value)


def _merged(old: bytes, new: bytes) -> bytes:
    """Rules of a kind that is new come in place of the old ones; the other kinds stay."""
    kinds = {one.tag: one for one in tlv.parse(old)} | {one.tag: one for one in tlv.parse(new)}
    return tlv.join(kinds.values())
