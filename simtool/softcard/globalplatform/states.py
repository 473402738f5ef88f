"""GET STATUS and SET STATUS (GPCS §11.4, §11.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import PRIVILEGE_BYTES, CardState, LifeCycle, Privilege
from simtool.codec.tlv import Tlv
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry, LoadFile
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

ISSUER, APPLICATIONS, LOAD_FILES, FILES_AND_MODULES = 0x80, 0x40, 0x20, 0x10
DOMAIN_AND_ITS_OWN = 0x60
_NEXT, _TLV = 0x01, 0x02
_ENTRY, _AID, _STATE, _PRIVILEGES, _IMPLICIT = 0xE3, 0x4F, 0x9F70, 0xC5, 0xCF
_FILE, _VERSION, _MODULE, _DOMAIN, _TAG_LIST = 0xC4, 0xCE, 0x84, 0xCC, 0x5C
ANSWER_MAX = 223
"""Bytes of an answer of entries, so that padding and an R-MAC still fit into 256."""
_CARD_CHANGES = {
    CardState.OP_READY: (CardState.INITIALIZED, CardState.TERMINATED),
    CardState.INITIALIZED: (CardState.SECURED, CardState.TERMINATED),
    CardState.SECURED: (CardState.CARD_LOCKED, CardState.TERMINATED),
    CardState.CARD_LOCKED: (CardState.SECURED, CardState.TERMINATED),
    CardState.TERMINATED: (),
}


def get_status(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """GET STATUS: what P1 asks for, as far as this domain may see it, with the AIDs that begin as 4F says.

    P2 bit 2: data objects E3, with the objects that a tag list 5C names; else the old form (AID with length, state,
    one byte of privileges). 6310 while more is left for P2 bit 1; 6A88 if nothing fits.
    """
    if command.p1 not in (ISSUER, APPLICATIONS, LOAD_FILES, FILES_AND_MODULES) or command.p2 & ~(_NEXT | _TLV):
        raise StatusFault(sw.WRONG_P1_P2)
    if command.p2 & _NEXT:
        waiting = selection.listing
        if not waiting:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    else:
        objects = fields.objects(command.data)
        begin = tlv.first(objects, _AID)
        if begin is None:
            raise StatusFault(sw.WRONG_DATA)
        only = _tags(tlv.first(objects, _TAG_LIST))
        waiting = [
            _tlv_form(platform, one, only, modules=command.p1 == FILES_AND_MODULES) if command.p2 & _TLV
            else _old_form(platform, one, modules=command.p1 == FILES_AND_MODULES)
            for one in _wanted(platform, selection, command.p1) if one.aid.startswith(begin)
        ]  # fmt: skip
        if not waiting:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
    answer, count = b"", 0
    while count < len(waiting) and (not count or len(answer) + len(waiting[count]) <= ANSWER_MAX):
        answer += waiting[count]
        count += 1
    selection.listing = waiting[count:]
    return answer + (sw.MORE_OBJECTS if selection.listing else sw.OK)


def _wanted(platform: GlobalPlatform, selection: Selection, p1: int) -> Iterator[AppEntry | LoadFile]:
    registry, asker = platform.registry, selection.entry
    everything = bool(asker.privileges & Privilege.GLOBAL_REGISTRY)
    if p1 == ISSUER:
        if everything or asker is registry.issuer:
            yield registry.issuer
        return
    entries: list[AppEntry | LoadFile]
    if p1 == APPLICATIONS:
        entries = [one for one in registry.applications.values() if one is not registry.issuer]
    else:
        entries = list(registry.files.values())
    yield from (one for one in entries if everything or registry.is_above(asker, one))


def _tags(raw: bytes | None) -> set[int] | None:
    """The tags of a tag list; None if there is no list, and all is wanted."""
    if raw is None:
        return None
    found, at = set(), 0
    while at < len(raw):
        size = 2 if raw[at] & 0x1F == 0x1F else 1
        found.add(int.from_bytes(raw[at : at + size]))
        at += size
    return found


def _objects(platform: GlobalPlatform, entry: AppEntry | LoadFile, *, modules: bool) -> Iterator[Tlv]:
    """What the registry says of an entry, in the order of table 11-36."""
    registry = platform.registry
    yield Tlv(_AID, entry.aid)
    if isinstance(entry, LoadFile):
        yield Tlv(_STATE, bytes((LifeCycle.LOADED,)))
        yield Tlv(_VERSION, bytes((entry.major, entry.minor)))
        if modules:
            yield from (Tlv(_MODULE, one) for one in entry.modules)
        yield Tlv(_DOMAIN, entry.domain)
        return
    yield Tlv(_STATE, bytes((registry.state_of(entry),)))
    yield Tlv(_PRIVILEGES, int(entry.privileges).to_bytes(PRIVILEGE_BYTES))
    if entry.implicit:
        yield Tlv(_IMPLICIT, entry.implicit)
    if entry.file:
        yield Tlv(_FILE, entry.file)
    if entry is not registry.issuer:
        yield Tlv(_DOMAIN, entry.domain)


def _tlv_form(platform: GlobalPlatform, entry: AppEntry | LoadFile, only: set[int] | None, *, modules: bool) -> bytes:
    found = [one for one in _objects(platform, entry, modules=modules) if only is None or one.tag in only]
    return tlv.encode(_ENTRY, tlv.join(found))


def _old_form(platform: GlobalPlatform, entry: AppEntry | LoadFile, *, modules: bool) -> bytes:
    """Tables 11-34 and 11-35: AID with its length, state, privileges, and the modules with their number."""
    head = bytes((len(entry.aid),)) + entry.aid
    if isinstance(entry, LoadFile):
        listed = bytes((len(entry.modules),)) + b"".join(bytes((len(one),)) + one for one in entry.modules)
        return head + bytes((LifeCycle.LOADED, 0)) + (listed if modules else b"")
    return head + bytes((platform.registry.state_of(entry), entry.privileges >> 16))


def set_status(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """SET STATUS: of the card (P1 80), of an application or domain (40), of a domain with all it has (60).

    6A88 for an AID that is not there, 6A80 for a state that does not exist, 6985 for one that cannot follow, or that
    this domain has no right to set.
    """
    if command.p1 == ISSUER:
        return _set_card(platform, selection, command.p2)
    if command.p1 not in (APPLICATIONS, DOMAIN_AND_ITS_OWN):
        raise StatusFault(sw.WRONG_P1_P2)
    registry, asker = platform.registry, selection.entry
    entry = registry.applications.get(command.data)
    if entry is None or entry is registry.issuer:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    locking = bool(command.p2 & LifeCycle.LOCKED)
    reaches = registry.is_above(asker, entry)
    if not reaches and not (asker.privileges & Privilege.GLOBAL_LOCK and (locking or entry.locked)):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if command.p1 == DOMAIN_AND_ITS_OWN:
        if not entry.is_domain:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        chosen = [entry, *(one for one in registry.below(entry) if isinstance(one, AppEntry))]
    else:
        chosen = [entry]
    changed = [(one, _next_state(one, command.p2)) for one in chosen]
    for one, state in changed:
        if state != one.state:
            one.state = state
            registry.keep(one)
    return sw.OK


def _next_state(entry: AppEntry, wanted: int) -> int:
    """The state that follows (§5.3.1, §5.3.2): locked or as before; of a domain personalised, and only forward; an
    application sets its own states itself."""
    if wanted & LifeCycle.LOCKED:
        return entry.state | LifeCycle.LOCKED
    if entry.locked:
        return entry.state & ~LifeCycle.LOCKED
    if entry.is_domain:
        if wanted not in (LifeCycle.SELECTABLE, LifeCycle.PERSONALIZED):
            raise StatusFault(sw.WRONG_DATA)
        if entry.state & LifeCycle.SELECTABLE != LifeCycle.SELECTABLE or wanted < entry.state:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        return wanted
    if wanted & LifeCycle.SELECTABLE != LifeCycle.SELECTABLE:
        raise StatusFault(sw.WRONG_DATA)
    if entry.state & LifeCycle.SELECTABLE != LifeCycle.SELECTABLE:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    return wanted


def _set_card(platform: GlobalPlatform, selection: Selection, wanted: int) -> bytes:
    """6A80 for a state that does not exist, 6985 for one that cannot be."""
    if wanted not in CardState.__members__.values():
        raise StatusFault(sw.WRONG_DATA)
    if not change_card(platform, selection.entry, CardState(wanted)):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if platform.locked:
        platform.lock()
    return sw.OK


def change_card(platform: GlobalPlatform, asker: AppEntry, target: CardState) -> bool:
    """Only by whom the change is a privilege of: lock and unlock, terminate, and the rest the issuer's (§5.1.1).

    Who is selected where stays as it is.
    """
    registry = platform.registry
    now = registry.card_state
    if target not in _CARD_CHANGES[now]:
        return False
    if target is CardState.TERMINATED:
        allowed = bool(asker.privileges & Privilege.CARD_TERMINATE)
    elif CardState.CARD_LOCKED in (target, now):
        allowed = bool(asker.privileges & Privilege.CARD_LOCK)
    else:
        allowed = asker is registry.issuer
    if allowed:
        registry.set_card_state(target)
    return allowed
