"""The SIM applets that belong to the product, by name: the file to load and the instances made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, field_validator, model_validator

from simtool.codec.globalplatform import Privilege
from simtool.codec.install_parameters import (
    AccessCondition,
    AccessDomain,
    AccessParameters,
    InstallParameters,
    MenuEntry,
    SimParameters,
    ToolkitParameters,
)
from simtool.errors import EncodeError
from simtool.perso.sections.fields import AidField, HexField, parse_hex, sized
from simtool.perso.source import Section

SHA256_LENGTH = 32
PRIVILEGES = {one.name.lower().replace("_", " "): one for one in Privilege if one.name}
_BY_NAME = ("application", "toolkit", "access", "administrative_access", "sim", "quotas")


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


_CONDITIONS = {"type": "array", "items": {"enum": list(AccessCondition.__members__)}}
_Domain = Annotated[
    AccessDomain | None, BeforeValidator(_domain), WithJsonSchema({"anyOf": [_CONDITIONS, {"type": "string"}]})
]
"""`full` (which it is when left out), `none`, names of access conditions, or hex."""


_Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""One name, or several."""


class MenuPlace(Section):
    position: int = 0
    identifier: int = 0


class _MenuFields(Section):
    priority: int = 0xFF
    """1 is the highest."""
    timers: int = 0
    text_length: int = 0
    menu: tuple[MenuPlace, ...] = ()
    channels: int = 0
    minimum_security_level: HexField = b""

    @property
    def entries(self) -> tuple[MenuEntry, ...]:
        return tuple(MenuEntry(one.position, one.identifier) for one in self.menu)


class Toolkit(_MenuFields):
    """UICC toolkit parameters (TS 102 226 §8.2.1.3.2.2)."""

    tars: tuple[HexField, ...] = ()
    services: int | None = 0

    def value(self) -> ToolkitParameters:
        return ToolkitParameters(
            self.priority, self.timers, self.text_length, self.entries, self.channels, self.minimum_security_level,
            self.tars, self.services,
        )  # fmt: skip


class SimToolkit(_MenuFields):
    """Parameters of packages of the SIM era (TS 43.019)."""

    domain: _Domain = None
    tars: tuple[HexField, ...] | None = None

    def value(self) -> SimParameters:
        return SimParameters(
            self.domain or AccessDomain(), self.priority, self.timers, self.text_length, self.entries, self.channels,
            self.minimum_security_level, self.tars,
        )  # fmt: skip


class FileAccess(Section):
    """UICC access parameters (TS 102 226 §8.2.1.3.2.3): of the MF, or of the application `adf`."""

    adf: HexField = b""
    domain: _Domain = None

    def value(self) -> AccessParameters:
        return AccessParameters(self.adf, self.domain or AccessDomain())


class Quotas(Section):
    """Bytes of memory set aside."""

    volatile: int | None = None
    non_volatile: int | None = None


class AppletInstance(Section):
    """What is made from a package: its AIDs, privileges and install parameters, by name or (`parameters`) as bytes."""

    module: AidField | None = None
    """May be left out where the package has one applet."""
    instance: AidField | None = None
    """That of the module when left out."""
    privileges: Annotated[
        tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
    ] = ()
    parameters: HexField | None = None
    application: HexField = b""
    """Handed to the applet (C9)."""
    toolkit: Toolkit | None = None
    access: tuple[FileAccess, ...] = ()
    administrative_access: tuple[FileAccess, ...] = ()
    sim: SimToolkit | None = None
    quotas: Quotas = Quotas()

    @field_validator("privileges")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in PRIVILEGES:
                raise ValueError(f"{name} is no privilege; they are {', '.join(PRIVILEGES)}")
        return value

    @model_validator(mode="after")
    def _said_once(self) -> AppletInstance:
        if self.parameters is not None and self.model_fields_set & set(_BY_NAME):
            raise ValueError("parameters are given both as bytes and by name")
        self.install_parameters  # noqa: B018 - what cannot be encoded is an error of the file
        return self

    @property
    def privilege_bits(self) -> Privilege:
        found = Privilege(0)
        for name in self.privileges:
            found |= PRIVILEGES[name]
        return found

    @property
    def install_parameters(self) -> bytes:
        """As they go out. Raises `EncodeError` where the fields do not hold together."""
        if self.parameters is not None:
            return self.parameters
        return InstallParameters(
            application=self.application,
            volatile_quota=self.quotas.volatile,
            non_volatile_quota=self.quotas.non_volatile,
            sim=self.sim.value() if self.sim else None,
            toolkit=self.toolkit.value() if self.toolkit else None,
            access=tuple(one.value() for one in self.access),
            administrative_access=tuple(one.value() for one in self.administrative_access),
        ).encode()


class Applet(Section):
    """`sha256` is the digest of `file`, a CAP file."""

    file: Path
    sha256: HexField
    package: AidField | None = None
    """The package's AID; where it is given, the file has to agree."""
    instances: tuple[AppletInstance, ...] | None = None
    """Left out: every applet of the package under its own AID, without parameters."""
    replaces: tuple[AidField, ...] = ()
    """Applications and packages that shall go from the card for this one."""

    @field_validator("sha256")
    @classmethod
    def _length(cls, value: bytes) -> bytes:
        return sized("a SHA-256", value, SHA256_LENGTH)
