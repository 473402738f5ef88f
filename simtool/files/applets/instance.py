"""What a card grants an applet when it is installed, as people write it: toolkit, access to files, memory, privileges.

The grammar is one for profiles, for `simtool applet install`, and for the manifest of an applet (TS 102 226 §8.2.1.3,
TS 43.019 §6.2, GPCS table 6-1).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, field_validator

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
from simtool.files.checked_yaml import Section
from simtool.files.written_fields import HexField, parse_hex

PRIVILEGES = {one.name.lower().replace("_", " "): one for one in Privilege if one.name}


def privilege_bits(names: tuple[str, ...]) -> Privilege:
    """Privileges by their names. Raises `EncodeError` for a name that is none."""
    found = Privilege(0)
    for name in names:
        if name not in PRIVILEGES:
            raise EncodeError(f"{name} is no privilege; they are {', '.join(PRIVILEGES)}")
        found |= PRIVILEGES[name]
    return found


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


class Grants(Section):
    """What one instance gets from the card."""

    privileges: _Names = ()
    toolkit: Toolkit | None = None
    access: tuple[FileAccess, ...] = ()
    administrative_access: tuple[FileAccess, ...] = ()
    sim: SimToolkit | None = None
    quotas: Quotas = Quotas()

    @field_validator("privileges")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        privilege_bits(value)
        return value

    @property
    def privilege_bits(self) -> Privilege:
        return privilege_bits(self.privileges)

    def parameters_with(self, application: bytes) -> InstallParameters:
        """Install parameters; `application` is handed to the applet (C9)."""
        return InstallParameters(
            application=application,
            volatile_quota=self.quotas.volatile,
            non_volatile_quota=self.quotas.non_volatile,
            sim=self.sim.value() if self.sim else None,
            toolkit=self.toolkit.value() if self.toolkit else None,
            access=tuple(one.value() for one in self.access),
            administrative_access=tuple(one.value() for one in self.administrative_access),
        )

    def laid_over(self, base: Grants) -> Grants:
        """`base`, with what is said here in place of what it says."""
        own = {name: value for name, value in self if name in self.model_fields_set and name in Grants.model_fields}
        return base.model_copy(update=own)
