"""Install parameters of toolkit applets: named fields to bytes and back.

TS 102 226 §8.2.1.3 (UICC: tag EA with toolkit and access parameters, tag EF with quotas), TS 43.019 §6.2 and TS 51.011
era packages (SIM: tag CA inside EF). Tags at the top: C9 for the applet itself, EF for the system, EA for the UICC.
What is not known here is kept as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

from simtool.codec import tlv
from simtool.codec.globalplatform import take_lv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

TAG_APPLICATION = 0xC9
TAG_SYSTEM = 0xEF
TAG_UICC = 0xEA
TAG_VOLATILE = 0xC7
TAG_NON_VOLATILE = 0xC8
TAG_GLOBAL_SERVICE = 0xCB
TAG_IMPLICIT_SELECTION = 0xCF
TAG_SIM = 0xCA
TAG_TOOLKIT = 0x80
TAG_ACCESS = 0x81
TAG_ADMINISTRATIVE_ACCESS = 0x82
TAR_LENGTH = 3
_FULL, _SIM_MECHANISM, _UICC_MECHANISM, _NONE = 0x00, 0x01, 0x02, 0xFF


class AccessCondition(IntFlag):
    """Rights of an applet to files, as one number of 24 bits (TS 102 226 §8.2.1.3.2.4.2)."""

    PIN1 = 0x010000
    PIN2 = 0x020000
    PIN3 = 0x040000
    PIN4 = 0x080000
    PIN5 = 0x100000
    PIN6 = 0x200000
    PIN7 = 0x400000
    PIN8 = 0x800000
    ADM1 = 0x000100
    ADM2 = 0x000200
    ADM3 = 0x000400
    ADM4 = 0x000800
    ADM5 = 0x001000
    ADM6 = 0x002000
    ADM7 = 0x004000
    ADM8 = 0x008000
    ADM9 = 0x000001
    ADM10 = 0x000002
    ALWAYS = 0x000004
    LOCAL_PIN = 0x000008


@dataclass(frozen=True, slots=True)
class AccessDomain:
    """What an applet may do with files: `mechanism` 00 full, FF none, 02 by conditions, others with their `data`."""

    mechanism: int = _FULL
    data: bytes = b""

    @classmethod
    def full(cls) -> AccessDomain:
        return cls(_FULL)

    @classmethod
    def none(cls) -> AccessDomain:
        return cls(_NONE)

    @classmethod
    def of(cls, conditions: AccessCondition) -> AccessDomain:
        return cls(_UICC_MECHANISM, int(conditions).to_bytes(3))

    @property
    def conditions(self) -> AccessCondition | None:
        """The conditions of mechanism 02; None for the others."""
        if self.mechanism != _UICC_MECHANISM or len(self.data) != 3:
            return None
        return AccessCondition(int.from_bytes(self.data))

    @property
    def words(self) -> str:
        conditions = self.conditions
        if conditions is not None:
            return " ".join(one.name for one in AccessCondition if one in conditions and one.name) or "nothing"
        known = {_FULL: "full", _NONE: "none"}
        return known.get(self.mechanism, f"mechanism {self.mechanism:02X} {self.data.hex()}".rstrip())

    def encode(self) -> bytes:
        return bytes((self.mechanism,)) + self.data

    @classmethod
    def decode(cls, raw: bytes) -> AccessDomain:
        if not raw:
            raise DecodeError("an access domain is empty")
        return cls(raw[0], raw[1:])


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A place in the toolkit menu: `position` 0 is the last, `identifier` 0 any."""

    position: int = 0
    identifier: int = 0


@dataclass(frozen=True, slots=True)
class ToolkitParameters:
    """UICC toolkit parameters, tag 80 (TS 102 226 §8.2.1.3.2.2).

    `priority` 1 is the highest. `minimum_security_level` is the field's content: a parameter and its data. Without
    `tars` the card takes bytes 13 to 15 of the instance AID. `max_services` None leaves the field out.
    """

    priority: int = 0xFF
    max_timers: int = 0
    max_text_length: int = 0
    menu: tuple[MenuEntry, ...] = ()
    max_channels: int = 0
    minimum_security_level: bytes = b""
    tars: tuple[bytes, ...] = ()
    max_services: int | None = 0

    def encode(self) -> bytes:
        """The value. Raises `EncodeError` for a number that is not one byte, or a TAR that has not 3."""
        body = _menu_head(self.priority, self.max_timers, self.max_text_length, self.menu)
        body += _byte("channels", self.max_channels) + _short_lv(self.minimum_security_level) + _tars(self.tars)
        return body if self.max_services is None else body + _byte("services", self.max_services)

    @classmethod
    def decode(cls, raw: bytes) -> ToolkitParameters:
        reader = _Reader(raw, "UICC toolkit parameters")
        priority, timers, text, menu = _read_menu_head(reader)
        channels = reader.byte("channels")
        level, tars = reader.field("minimum security level"), _read_tars(reader)
        services = reader.byte("services") if reader.more else None
        reader.finish()
        return cls(priority, timers, text, menu, channels, level, tars, services)


@dataclass(frozen=True, slots=True)
class AccessParameters:
    """Rights in one application's files (tags 81 and 82); an empty `adf` is the file system below the MF."""

    adf: bytes = b""
    domain: AccessDomain = AccessDomain()
    dap: bytes = b""


@dataclass(frozen=True, slots=True)
class SimParameters:
    """SIM file access and toolkit parameters, tag CA (TS 43.019 §6.2). Fields that older cards leave out are None."""

    domain: AccessDomain = AccessDomain()
    priority: int = 0xFF
    max_timers: int = 0
    max_text_length: int = 0
    menu: tuple[MenuEntry, ...] = ()
    max_channels: int | None = 0
    minimum_security_level: bytes | None = b""
    tars: tuple[bytes, ...] | None = None

    def encode(self) -> bytes:
        head = _menu_head(self.priority, self.max_timers, self.max_text_length, self.menu)
        body = _short_lv(self.domain.encode()) + head
        optional = (
            None if self.max_channels is None else _byte("channels", self.max_channels),
            None if self.minimum_security_level is None else _short_lv(self.minimum_security_level),
            None if self.tars is None else _tars(self.tars),
        )
        for at, part in enumerate(optional):
            if part is None and any(later is not None for later in optional[at:]):
                raise EncodeError("SIM toolkit parameters: a field is left out before one that is there")
            body += part or b""
        return body

    @classmethod
    def decode(cls, raw: bytes) -> SimParameters:
        reader = _Reader(raw, "SIM toolkit parameters")
        domain = AccessDomain.decode(reader.field("access domain"))
        priority, timers, text, menu = _read_menu_head(reader)
        channels = reader.byte("channels") if reader.more else None
        level = reader.field("minimum security level") if reader.more else None
        tars = _read_tars(reader) if reader.more else None
        reader.finish()
        return cls(domain, priority, timers, text, menu, channels, level, tars)


@dataclass(frozen=True, slots=True)
class InstallParameters:
    """All that INSTALL [for install] tells about an applet. What is None or empty is left out, but for C9.

    Quotas are in bytes; `system_more` and `more` are objects not known here, in EF and at the top.
    """

    application: bytes = b""
    volatile_quota: int | None = None
    non_volatile_quota: int | None = None
    global_services: tuple[bytes, ...] = ()
    implicit_selection: tuple[int, ...] = ()
    sim: SimParameters | None = None
    toolkit: ToolkitParameters | None = None
    access: tuple[AccessParameters, ...] = ()
    administrative_access: tuple[AccessParameters, ...] = ()
    system_more: tuple[Tlv, ...] = field(default=())
    uicc_more: tuple[Tlv, ...] = field(default=())
    more: tuple[Tlv, ...] = field(default=())

    def encode(self) -> bytes:
        """C9, EF, EA in the order in which the card products expect them."""
        system = []
        for tag, quota in ((TAG_NON_VOLATILE, self.non_volatile_quota), (TAG_VOLATILE, self.volatile_quota)):
            if quota is not None:
                system.append(Tlv(tag, _quota(quota)))
        system += [Tlv(TAG_GLOBAL_SERVICE, service) for service in self.global_services]
        system += [Tlv(TAG_IMPLICIT_SELECTION, bytes((value,))) for value in self.implicit_selection]
        if self.sim is not None:
            system.append(Tlv(TAG_SIM, self.sim.encode()))
        system += self.system_more
        uicc = []
        if self.toolkit is not None:
            uicc.append(Tlv(TAG_TOOLKIT, self.toolkit.encode()))
        if self.access:
            uicc.append(Tlv(TAG_ACCESS, encode_access(self.access)))
        if self.administrative_access:
            uicc.append(Tlv(TAG_ADMINISTRATIVE_ACCESS, encode_access(self.administrative_access)))
        uicc += self.uicc_more
        top = [Tlv(TAG_APPLICATION, self.application)]
        top += [Tlv(TAG_SYSTEM, tlv.join(system))] if system else []
        top += [Tlv(TAG_UICC, tlv.join(uicc))] if uicc else []
        return tlv.join((*top, *self.more))

    @classmethod
    def decode(cls, raw: bytes) -> InstallParameters:
        """Read install parameters in any order. Raises `DecodeError` that names the field."""
        top = tlv.parse(raw)
        system = [part for outer in top if outer.tag == TAG_SYSTEM for part in outer.children()]
        uicc = [part for outer in top if outer.tag == TAG_UICC for part in outer.children()]
        sim, toolkit = tlv.first(system, TAG_SIM), tlv.first(uicc, TAG_TOOLKIT)
        known_system = (TAG_VOLATILE, TAG_NON_VOLATILE, TAG_GLOBAL_SERVICE, TAG_IMPLICIT_SELECTION, TAG_SIM)
        known_uicc = (TAG_TOOLKIT, TAG_ACCESS, TAG_ADMINISTRATIVE_ACCESS)
        return cls(
            application=tlv.first(top, TAG_APPLICATION) or b"",
            volatile_quota=_read_quota(system, TAG_VOLATILE),
            non_volatile_quota=_read_quota(system, TAG_NON_VOLATILE),
            global_services=tuple(part.value for part in system if part.tag == TAG_GLOBAL_SERVICE),
            implicit_selection=tuple(p.value[0] for p in system if p.tag == TAG_IMPLICIT_SELECTION and p.value),
            sim=None if sim is None else SimParameters.decode(sim),
            toolkit=None if toolkit is None else ToolkitParameters.decode(toolkit),
            access=decode_access(tlv.first(uicc, TAG_ACCESS) or b""),
            administrative_access=decode_access(tlv.first(uicc, TAG_ADMINISTRATIVE_ACCESS) or b""),
            system_more=tuple(part for part in system if part.tag not in known_system),
            uicc_more=tuple(part for part in uicc if part.tag not in known_uicc),
            more=tuple(part for part in top if part.tag not in (TAG_APPLICATION, TAG_SYSTEM, TAG_UICC)),
        )


def encode_access(entries: tuple[AccessParameters, ...]) -> bytes:
    """The value of tag 81 or 82: AID, access domain and DAP of each application, each with its length."""
    return b"".join(_short_lv(e.adf) + _short_lv(e.domain.encode()) + _short_lv(e.dap) for e in entries)


def decode_access(raw: bytes) -> tuple[AccessParameters, ...]:
    entries = []
    reader = _Reader(raw, "UICC access parameters")
    while reader.more:
        adf, domain = reader.field("AID"), AccessDomain.decode(reader.field("access domain"))
        entries.append(AccessParameters(adf, domain, reader.field("DAP")))
    return tuple(entries)


class _Reader:
    """Bytes from front to back, with names for what is missing."""

    def __init__(self, raw: bytes, what: str) -> None:
        self._rest = raw
        self._what = what

    @property
    def more(self) -> bool:
        return bool(self._rest)

    def byte(self, name: str) -> int:
        if not self._rest:
            raise DecodeError(f"{self._what} end before the {name}")
        value, self._rest = self._rest[0], self._rest[1:]
        return value

    def field(self, name: str) -> bytes:
        if not self._rest:
            raise DecodeError(f"{self._what} end before the {name}")
        try:
            value, self._rest = take_lv(self._rest)
        except DecodeError as error:
            raise DecodeError(f"{self._what}, {name}: {error}") from None
        return value

    def finish(self) -> None:
        if self._rest:
            raise DecodeError(f"{self._what}: {len(self._rest)} bytes are left over")


def _menu_head(priority: int, timers: int, text: int, menu: tuple[MenuEntry, ...]) -> bytes:
    head = _byte("priority", priority) + _byte("timers", timers) + _byte("menu text length", text)
    entries = b"".join(_byte("position", one.position) + _byte("identifier", one.identifier) for one in menu)
    return head + _byte("menu entries", len(menu)) + entries


def _read_menu_head(reader: _Reader) -> tuple[int, int, int, tuple[MenuEntry, ...]]:
    priority, timers, text = (reader.byte(name) for name in ("priority", "timers", "menu text length"))
    count = reader.byte("number of menu entries")
    menu = tuple(MenuEntry(reader.byte("menu position"), reader.byte("menu identifier")) for _ in range(count))
    return priority, timers, text, menu


def _tars(tars: tuple[bytes, ...]) -> bytes:
    for tar in tars:
        if len(tar) != TAR_LENGTH:
            raise EncodeError(f"a TAR has {TAR_LENGTH} bytes, not {len(tar)}: {tar.hex()}")
    return _short_lv(b"".join(tars))


def _read_tars(reader: _Reader) -> tuple[bytes, ...]:
    raw = reader.field("TARs")
    if len(raw) % TAR_LENGTH:
        raise DecodeError(f"{len(raw)} bytes of TAR values are not a multiple of {TAR_LENGTH}")
    return tuple(raw[at : at + TAR_LENGTH] for at in range(0, len(raw), TAR_LENGTH))


def _byte(name: str, value: int) -> bytes:
    if not 0 <= value <= 0xFF:
        raise EncodeError(f"toolkit parameters: {name} {value} is not one byte")
    return bytes((value,))


def _short_lv(value: bytes) -> bytes:
    return tlv.encode_length(len(value)) + value


def _quota(value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise EncodeError(f"a memory quota of {value} bytes has no coding")
    return value.to_bytes(2 if value <= 0xFFFF else 4)


def _read_quota(parts: list[Tlv], tag: int) -> int | None:
    raw = tlv.first(parts, tag)
    return None if raw is None else int.from_bytes(raw)
