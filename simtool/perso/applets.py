"""Applets as a person writes them: a YAML file (or a CAP file alone) to the wish of `simtool.gp.content`.

::

    packages:
      - cap: menu.cap                  # beside this file
        digest: HEX                    # SHA-256 of the load file data block, optional
        applets:
          - module: D07002CA44900101   # may be left out when the package has one applet
            instance: D07002CA44900101
            privileges: [card reset]
            application: HEX           # the applet's own parameters (C9)
            toolkit: {priority: 1, timers: 1, text_length: 15, menu: [{position: 1, identifier: 1}], channels: 0,
                      minimum_security_level: HEX, tars: [B00105], services: 0}
            access: [{adf: A0000000871002, domain: [PIN1, ADM1]}, {domain: full}]
            sim: {domain: full, priority: 1, timers: 0, text_length: 15, menu: []}
            quotas: {volatile: 256, non_volatile: 1024}
          - {module: HEX, parameters: HEX}   # install parameters as they go out, instead of the fields above
    remove: [AID]                      # on the card, and to go
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from simtool.codec.cap import CapFile, read_cap
from simtool.codec.globalplatform import Privilege, checked_aid
from simtool.codec.install_parameters import (
    AccessCondition,
    AccessDomain,
    AccessParameters,
    InstallParameters,
    MenuEntry,
    SimParameters,
    ToolkitParameters,
)
from simtool.errors import CodecError, EncodeError, InputError
from simtool.gp.content import WantedApplet, WantedPackage
from simtool.gp.domain import EMPTY_PARAMETERS
from simtool.perso.source import Section, Source, check, read_yaml

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class AppletWish:
    """Packages that a card shall have, and AIDs that it shall not."""

    packages: tuple[WantedPackage, ...]
    remove: tuple[bytes, ...] = ()


def load_wish(path: Path, *, parameters: bytes = EMPTY_PARAMETERS) -> AppletWish:
    """The wish in a YAML file; for a CAP file, all its applets under their own AIDs with these `parameters`.

    Raises `InputError` with file, line, field and reason.
    """
    if path.suffix.lower() not in _YAML:
        cap = load_cap(path)
        applets = tuple(WantedApplet(one.aid, one.aid, parameters) for one in cap.applets)
        return AppletWish((WantedPackage(cap, applets, path.name),))
    source = read_yaml(path)
    form = check(source, _WishForm)
    packages = tuple(package.value(source, path.parent, at) for at, package in enumerate(form.packages))
    return AppletWish(packages, tuple(form.remove))


def load_cap(path: Path) -> CapFile:
    """Read a CAP file. Raises `InputError` with the file and what is wrong where in it."""
    try:
        return read_cap(path.read_bytes())
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except CodecError as error:
        raise InputError(
            str(error), place=str(path), hint="convert the applet again, or fetch the file anew"
        ) from error


def parse_hex(value: Any) -> bytes:
    """Hex digits, spaces allowed. Raises `EncodeError`."""
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        raise EncodeError("an even number of hex digits is needed") from None


def parse_aid(value: Any) -> bytes:
    """An AID as hex digits. Raises `EncodeError`."""
    return checked_aid(parse_hex(value))


_Hex = Annotated[bytes, BeforeValidator(parse_hex)]
_Aid = Annotated[bytes, BeforeValidator(parse_aid)]


def _domain(value: Any) -> AccessDomain:
    if isinstance(value, AccessDomain):
        return value
    named = {"full": AccessDomain.full(), "none": AccessDomain.none()}
    if str(value) in named:
        return named[str(value)]
    if not isinstance(value, list):
        return AccessDomain.decode(parse_hex(value))
    conditions = AccessCondition(0)
    for name in value:
        if str(name) not in AccessCondition.__members__:
            raise EncodeError(f"{name} is no access condition; they are {', '.join(AccessCondition.__members__)}")
        conditions |= AccessCondition[str(name)]
    return AccessDomain.of(conditions)


def _privileges(value: Any) -> Privilege:
    known = {one.name.lower().replace("_", " "): one for one in Privilege if one.name}
    found = Privilege(0)
    for name in value if isinstance(value, list) else [value]:
        if str(name) not in known:
            raise EncodeError(f"{name} is no privilege; they are {', '.join(known)}")
        found |= known[str(name)]
    return found


_Domain = Annotated[AccessDomain, BeforeValidator(_domain)]


class _MenuForm(Section):
    position: int = 0
    identifier: int = 0


class _MenuFields(Section):
    priority: int = 0xFF
    timers: int = 0
    text_length: int = 0
    menu: list[_MenuForm] = []
    channels: int = 0
    minimum_security_level: _Hex = b""

    @property
    def entries(self) -> tuple[MenuEntry, ...]:
        return tuple(MenuEntry(one.position, one.identifier) for one in self.menu)


class _ToolkitForm(_MenuFields):
    tars: list[_Hex] = []
    services: int | None = 0

    def value(self) -> ToolkitParameters:
        return ToolkitParameters(
            self.priority, self.timers, self.text_length, self.entries, self.channels, self.minimum_security_level,
            tuple(self.tars), self.services,
        )  # fmt: skip


class _SimForm(_MenuFields):
    domain: _Domain = AccessDomain()
    tars: list[_Hex] | None = None

    def value(self) -> SimParameters:
        tars = None if self.tars is None else tuple(self.tars)
        return SimParameters(
            self.domain, self.priority, self.timers, self.text_length, self.entries, self.channels,
            self.minimum_security_level, tars,
        )  # fmt: skip


class _AccessForm(Section):
    adf: _Hex = b""
    domain: _Domain = AccessDomain()

    def value(self) -> AccessParameters:
        return AccessParameters(self.adf, self.domain)


class _QuotaForm(Section):
    volatile: int | None = None
    non_volatile: int | None = None


class _AppletForm(Section):
    module: _Aid | None = None
    instance: _Aid | None = None
    privileges: Annotated[Privilege, BeforeValidator(_privileges)] = Privilege(0)
    parameters: _Hex | None = None
    application: _Hex = b""
    toolkit: _ToolkitForm | None = None
    access: list[_AccessForm] = []
    administrative_access: list[_AccessForm] = []
    sim: _SimForm | None = None
    quotas: _QuotaForm = _QuotaForm()

    def value(self, cap: CapFile) -> WantedApplet:
        """Raises `EncodeError` where the fields do not hold together."""
        modules = [one.aid for one in cap.applets]
        if self.module is None and len(modules) != 1:
            raise EncodeError(f"module: the package has {len(modules)} applets, say which")
        module = self.module or modules[0]
        named = self.application or self.toolkit or self.access or self.administrative_access or self.sim
        if self.parameters is not None and (named or self.quotas != _QuotaForm()):
            raise EncodeError("parameters are given both as bytes and by name")
        raw = self._encoded() if self.parameters is None else self.parameters
        return WantedApplet(module, self.instance or module, raw, self.privileges)

    def _encoded(self) -> bytes:
        return InstallParameters(
            application=self.application,
            volatile_quota=self.quotas.volatile,
            non_volatile_quota=self.quotas.non_volatile,
            sim=self.sim.value() if self.sim else None,
            toolkit=self.toolkit.value() if self.toolkit else None,
            access=tuple(one.value() for one in self.access),
            administrative_access=tuple(one.value() for one in self.administrative_access),
        ).encode()


class _PackageForm(Section):
    cap: str
    digest: _Hex = b""
    applets: list[_AppletForm] = []

    def value(self, source: Source, folder: Path, at: int) -> WantedPackage:
        cap = load_cap(folder / self.cap)
        applets = []
        for number, form in enumerate(self.applets):
            try:
                applets.append(form.value(cap))
            except EncodeError as error:
                where = ("packages", at, "applets", number)
                raise InputError(str(error), place=source.place(where), field=".".join(map(str, where))) from None
        return WantedPackage(cap, tuple(applets), self.cap, self.digest)


class _WishForm(Section):
    packages: list[_PackageForm] = []
    remove: list[_Aid] = []
