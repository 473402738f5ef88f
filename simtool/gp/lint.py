"""Why a card will refuse an applet, said before anything is sent.

Install parameters (TS 102 226 §8.2.1.3, TS 43.019 §6.2) are compared with the rules, with the CAP file and with what is
on the card. A card says 6A80 to all of it, and nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from simtool.codec import tlv
from simtool.codec.cap import CapFile, PackageRef
from simtool.codec.globalplatform import AID_LENGTHS
from simtool.codec.install_parameters import (
    TAG_ACCESS,
    TAG_ADMINISTRATIVE_ACCESS,
    TAG_APPLICATION,
    TAG_SIM,
    TAG_SYSTEM,
    TAG_TOOLKIT,
    TAG_UICC,
    TAR_LENGTH,
    AccessDomain,
    InstallParameters,
    MenuEntry,
)
from simtool.errors import DecodeError
from simtool.gp.java_packages import package_name

_TOP_ORDER = (TAG_APPLICATION, TAG_SYSTEM, TAG_UICC)
_UICC_ORDER = (TAG_TOOLKIT, TAG_ACCESS, TAG_ADMINISTRATIVE_ACCESS)
_TAR_IN_AID = slice(12, 15)
_MENU_IDENTIFIERS = range(0x80)
_DOMAIN_LENGTHS = {0x00: (0,), 0x01: (1, 2, 3), 0x02: (3,), 0xFF: (0,)}
_MSL_SPI1 = 0x01
ISSUER_TAR = bytes(3)


class Severity(Enum):
    """ERROR: the card will refuse. WARNING: some cards do, or it is hardly meant so."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: how badly, in which field, why."""

    severity: Severity
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.field}: {self.text}"


@dataclass(frozen=True, slots=True)
class CardLimits:
    """What a card allows and has given away. `packages` are those it lists or is known to have built in.

    `all_packages` says that there are no others, so that what is not among them is missing.
    """

    timers: int = 8
    channels: int = 7
    services: int = 8
    tars_taken: frozenset[bytes] = frozenset()
    menu_identifiers_taken: frozenset[int] = frozenset()
    aids_taken: frozenset[bytes] = frozenset()
    packages: tuple[PackageRef, ...] = field(default=())
    all_packages: bool = False


ANY_CARD = CardLimits()


def tar_of(aid: bytes) -> bytes:
    """The TAR that an AID carries in bytes 13 to 15 (TS 101 220 §D); empty when it is shorter."""
    return aid[_TAR_IN_AID] if len(aid) >= _TAR_IN_AID.stop else b""


def tars_used(raw: bytes, instance: bytes) -> frozenset[bytes]:
    """The TARs under which an applet with these install parameters will be reached; none where it has no toolkit."""
    try:
        parameters = InstallParameters.decode(raw)
    except DecodeError:
        return frozenset()
    toolkit = parameters.toolkit or parameters.sim
    if toolkit is None:
        return frozenset()
    return frozenset(toolkit.tars or ()) or frozenset(filter(None, (tar_of(instance),)))


def lint(
    raw: bytes, instance: bytes, *, limits: CardLimits = ANY_CARD, cap: CapFile | None = None, module: bytes = b""
) -> tuple[Finding, ...]:
    """Everything that speaks against INSTALL [for install] with these parameters (`raw`), errors first."""
    found = [*_aids(instance, limits, cap, module)]
    try:
        parameters = InstallParameters.decode(raw)
    except DecodeError as error:
        found.append(_error("parameters", str(error)))
        return tuple(found)
    found += _order(raw)
    found += _toolkit(parameters, instance, limits)
    found += _access(parameters)
    if cap is not None:
        found += _imports(cap, limits)
        found += _no_toolkit(parameters, cap)
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.ERROR))


_TOOLKITS = {"uicc.toolkit": "EA with 80", "sim.toolkit": "CA"}


def _no_toolkit(parameters: InstallParameters, cap: CapFile) -> Iterator[Finding]:
    """Applets of the toolkit without toolkit parameters: the card gives them no registry entry (TS 102 241 §6.7)."""
    if parameters.toolkit is not None or parameters.sim is not None:
        return
    for one in cap.imports:
        name = package_name(one.aid)
        if name in _TOOLKITS:
            yield _warning(
                "toolkit", f"the package imports {name}, but there are no toolkit parameters ({_TOOLKITS[name]})"
            )


def _error(place: str, text: str) -> Finding:
    return Finding(Severity.ERROR, place, text)


def _warning(place: str, text: str) -> Finding:
    return Finding(Severity.WARNING, place, text)


def _aids(instance: bytes, limits: CardLimits, cap: CapFile | None, module: bytes) -> Iterator[Finding]:
    if len(instance) not in AID_LENGTHS:
        yield _error("instance AID", f"an AID has 5 to 16 bytes, not {len(instance)}")
    if instance in limits.aids_taken:
        yield _error("instance AID", f"{instance.hex().upper()} is on the card already")
    if cap is None:
        return
    modules = [applet.aid for applet in cap.applets]
    if not modules:
        yield _error("CAP file", "the package is a library: it has no applet to install")
    elif module and module not in modules:
        listed = ", ".join(aid.hex().upper() for aid in modules)
        yield _error("module AID", f"{module.hex().upper()} is not in the package; it has {listed}")
    for aid in modules:
        if aid[:5] != cap.package.aid[:5]:
            yield _warning("CAP file", f"applet {aid.hex().upper()} has another RID than its package")


def _order(raw: bytes) -> Iterator[Finding]:
    top = tlv.parse(raw)
    tags = [part.tag for part in top]
    if TAG_APPLICATION not in tags:
        yield _error("C9", "the application's own parameters are missing; empty they are C900")
    for tag in (TAG_APPLICATION, TAG_SYSTEM, TAG_UICC):
        if tags.count(tag) > 1:
            yield _error(f"{tag:02X}", "stands more than once")
    if not _ascending(tags, _TOP_ORDER):
        yield _warning("order", "some cards want C9, EF, EA in this order")
    inside = [part.tag for outer in top if outer.tag == TAG_UICC for part in outer.children()]
    if not _ascending(inside, _UICC_ORDER):
        yield _error("EA", "the parameters 80, 81, 82 have to stand in this order")
    system = [part.tag for outer in top if outer.tag == TAG_SYSTEM for part in outer.children()]
    if TAG_SIM in system and TAG_UICC in tags:
        yield _error("CA", "SIM parameters (CA) and UICC parameters (EA) exclude each other")


def _ascending(tags: list[int], order: tuple[int, ...]) -> bool:
    places = [order.index(tag) for tag in tags if tag in order]
    return places == sorted(places)


def _toolkit(parameters: InstallParameters, instance: bytes, limits: CardLimits) -> Iterator[Finding]:
    for name, one in (("toolkit", parameters.toolkit), ("SIM toolkit", parameters.sim)):
        if one is None:
            continue
        if one.priority == 0:
            yield _error(f"{name}.priority", "0 is reserved; 1 is the highest")
        if one.max_timers > limits.timers:
            yield _error(f"{name}.timers", f"{one.max_timers} asked for, a card has {limits.timers}")
        if (one.max_channels or 0) > limits.channels:
            yield _error(f"{name}.channels", f"{one.max_channels} asked for, a card has {limits.channels}")
        yield from _menu(f"{name}.menu", one.menu, one.max_text_length, limits)
        yield from _level(f"{name}.minimum_security_level", one.minimum_security_level or b"")
        yield from _tars(f"{name}.tars", one.tars or (), instance, limits)
    services = parameters.toolkit.max_services if parameters.toolkit else None
    if (services or 0) > limits.services:
        yield _error("toolkit.services", f"{services} asked for, a card has {limits.services}")


def _menu(place: str, menu: tuple[MenuEntry, ...], text_length: int, limits: CardLimits) -> Iterator[Finding]:
    positions = Counter(entry.position for entry in menu if entry.position)
    identifiers = Counter(entry.identifier for entry in menu if entry.identifier)
    for position in (value for value, count in positions.items() if count > 1):
        yield _error(place, f"position {position} is given twice")
    for identifier, count in identifiers.items():
        if count > 1:
            yield _error(place, f"identifier {identifier} is given twice")
        if identifier not in _MENU_IDENTIFIERS:
            yield _error(place, f"identifier {identifier} is above 127: those are the card's own")
        if identifier in limits.menu_identifiers_taken:
            yield _error(place, f"identifier {identifier} is taken by another applet")
    if menu and not text_length:
        yield _warning(place, "the text length is 0: no entry can have a text")


def _level(place: str, level: bytes) -> Iterator[Finding]:
    if level and level[0] == _MSL_SPI1 and len(level) != 2:
        yield _error(place, f"parameter 01 is followed by the first byte of SPI, not by {len(level) - 1} bytes")
    elif len(level) == 1:
        yield _error(place, "a parameter needs its data; for no minimum leave it empty")


def _tars(place: str, tars: tuple[bytes, ...], instance: bytes, limits: CardLimits) -> Iterator[Finding]:
    effective = tars or ((tar_of(instance),) if tar_of(instance) else ())
    if not effective:
        yield _warning(
            place, f"no TAR is given, and the instance AID has no bytes 13 to 15: it has {len(instance)} bytes"
        )
    for tar, count in Counter(effective).items():
        if count > 1:
            yield _error(place, f"TAR {tar.hex().upper()} is given twice")
        if tar in limits.tars_taken:
            yield _error(place, f"TAR {tar.hex().upper()} is taken by another applet")
        if tar == ISSUER_TAR and len(tar) == TAR_LENGTH:
            yield _error(place, "TAR 000000 is the issuer security domain's")


def _access(parameters: InstallParameters) -> Iterator[Finding]:
    groups = (("access", parameters.access), ("administrative access", parameters.administrative_access))
    for name, entries in groups:
        for adf, count in Counter(entry.adf for entry in entries).items():
            if count > 1:
                yield _error(name, f"{adf.hex().upper() or 'the file system below the MF'} is named twice")
        for entry in entries:
            where = f"{name} to {entry.adf.hex().upper() or 'the MF'}"
            if entry.adf and len(entry.adf) not in AID_LENGTHS:
                yield _error(where, f"an AID has 5 to 16 bytes, not {len(entry.adf)}")
            yield from _domain(where, entry.domain)
    if parameters.sim is not None:
        yield from _domain("SIM toolkit.access domain", parameters.sim.domain)


def _domain(place: str, domain: AccessDomain) -> Iterator[Finding]:
    lengths = _DOMAIN_LENGTHS.get(domain.mechanism)
    if lengths is not None and len(domain.data) not in lengths:
        wanted = " or ".join(map(str, lengths))
        yield _error(
            place, f"mechanism {domain.mechanism:02X} takes {wanted} bytes of data, there are {len(domain.data)}"
        )
    elif lengths is None and domain.mechanism < 0x80:
        yield _error(place, f"mechanism {domain.mechanism:02X} is reserved")


def _imports(cap: CapFile, limits: CardLimits) -> Iterator[Finding]:
    there = {package.aid: package for package in limits.packages}
    for wanted in cap.imports:
        offered, name = there.get(wanted.aid), package_name(wanted.aid)
        if offered is None and limits.all_packages:
            yield _error("imports", f"{name} {wanted.version} is needed, the card does not have it")
        elif offered is not None and not offered.offers(wanted):
            yield _error("imports", f"{name} {wanted.version} is needed, the card has {offered.version}")
