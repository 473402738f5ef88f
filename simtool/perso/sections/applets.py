"""The SIM applets that belong to the product, by name: the file to load and the instances made from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, field_validator, model_validator

from simtool.files.applets.instance import Grants
from simtool.perso.sections.fields import AidField, HexField, parse_hex, sized
from simtool.perso.source import Section

SHA256_LENGTH = 32
_BY_NAME = ("application", "toolkit", "access", "administrative_access", "sim", "quotas")

_Values = dict[str, Any]
_Parameters = Annotated[
    bytes | _Values | None,
    BeforeValidator(lambda value: value if value is None or isinstance(value, Mapping | bytes) else parse_hex(value)),
    WithJsonSchema(
        {"anyOf": [{"type": "object"}, {"type": ["string", "integer"], "pattern": "^([0-9A-Fa-f]{2}| )*$"}]}
    ),
]
"""Install parameters as bytes, or the applet's own ones by the names in its manifest."""


class AppletInstance(Grants):
    """What is made from a package: its AIDs, privileges and install parameters.

    These are given as bytes, field by field, or by the names in the applet's manifest; then the fields are what is to
    be different from the manifest.
    """

    module: AidField | None = None
    """May be left out where the package has one applet."""
    instance: AidField | None = None
    """That of the module when left out, or that in the manifest."""
    parameters: _Parameters = None
    application: HexField = b""
    """Handed to the applet (C9)."""

    @model_validator(mode="after")
    def _said_once(self) -> AppletInstance:
        if isinstance(self.parameters, bytes) and self.model_fields_set & set(_BY_NAME):
            raise ValueError("parameters are given both as bytes and by name")
        if isinstance(self.parameters, dict) and self.application:
            raise ValueError("what is handed to the applet is given as parameters and as bytes")
        self.parameters_with(self.application).encode()  # what cannot be encoded is an error of the file
        return self

    @property
    def install_parameters(self) -> bytes:
        """As they go out, where no manifest tells of them."""
        if isinstance(self.parameters, bytes):
            return self.parameters
        return self.parameters_with(self.application).encode()


class Applet(Section):
    """An applet that comes with simtool (`applet`), or a CAP `file` with its digest."""

    applet: str | None = None
    """Its name: `simtool applet built` lists them."""
    file: Path | None = None
    sha256: HexField | None = None
    """Of `file`."""
    manifest: Path | None = None
    """What `file` was built with; then its parameters can be given by name."""
    package: AidField | None = None
    """The package's AID; where it is given, the file has to agree."""
    parameters: _Values | None = None
    """In short for one instance with these parameters."""
    instances: tuple[AppletInstance, ...] | None = None
    """Left out: every applet of the package under its own AID, without parameters or with the manifest's."""
    replaces: tuple[AidField, ...] = ()
    """Applications and packages that shall go from the card for this one."""

    @field_validator("sha256")
    @classmethod
    def _length(cls, value: bytes | None) -> bytes | None:
        return None if value is None else sized("a SHA-256", value, SHA256_LENGTH)

    @model_validator(mode="after")
    def _one_origin(self) -> Applet:
        if (self.applet is None) == (self.file is None):
            raise ValueError("either applet (one that comes with simtool) or file is needed")
        if self.file is not None and self.sha256 is None:
            raise ValueError("sha256: the digest of the file is needed")
        if self.applet is not None and (self.sha256 is not None or self.manifest is not None):
            raise ValueError("sha256 and manifest belong to a file; an applet that comes with simtool has its own")
        if self.parameters is not None and self.instances is not None:
            raise ValueError("parameters are given beside instances: put them into the instance")
        by_name = self.parameters is not None or any(isinstance(one.parameters, dict) for one in self.instances or ())
        if by_name and self.applet is None and self.manifest is None:
            raise ValueError("parameters by name need the applet's manifest")
        return self

    @property
    def wanted_instances(self) -> tuple[AppletInstance, ...] | None:
        """`instances`, with `parameters` as one of them."""
        if self.parameters is not None:
            return (AppletInstance(parameters=self.parameters),)
        return self.instances
