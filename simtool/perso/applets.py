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
      - applet: service-menu           # one that comes with simtool, with the parameters of its manifest by name
        parameters: {title: Menu}
      - cap: own.cap
        manifest: own/manifest.yaml    # what it was built with: its parameters can be given by name, too
        parameters: {title: Menu}
    remove: [AID]                      # on the card, and to go
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import model_validator

from simtool.codec.cap import CapFile, read_cap
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.applets.manifest import Manifest
from simtool.gp.content import WantedApplet, WantedPackage
from simtool.gp.domain import EMPTY_PARAMETERS
from simtool.perso.applet_origin import origin_of, parameter_problems, wanted_applet
from simtool.perso.sections.applets import Applet, AppletInstance
from simtool.perso.sections.fields import AidField, HexField
from simtool.perso.source import Location, Section, Source, check, read_yaml, together

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
    return AppletWish(packages, form.remove)


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


class _PackageForm(Section):
    cap: str | None = None
    applet: str | None = None
    manifest: str | None = None
    digest: HexField = b""
    parameters: dict[str, Any] | None = None
    applets: tuple[AppletInstance, ...] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> _PackageForm:
        if (self.cap is None) == (self.applet is None):
            raise ValueError("either cap (a file) or applet (one that comes with simtool) is needed")
        if self.parameters is not None and self.applets is not None:
            raise ValueError("parameters are given beside applets: put them into the instance")
        by_name = self.parameters is not None or any(isinstance(one.parameters, dict) for one in self.applets or ())
        if by_name and self.applet is None and self.manifest is None:
            raise ValueError("parameters by name need the applet's manifest")
        if self.applet is not None and self.manifest is not None:
            raise ValueError("an applet that comes with simtool has its own manifest")
        return self

    @property
    def _instances(self) -> tuple[AppletInstance, ...] | None:
        if self.parameters is not None:
            return (AppletInstance(parameters=self.parameters),)
        return self.applets

    def value(self, source: Source, folder: Path, at: int) -> WantedPackage:
        where: Location = ("packages", at)
        cap, manifest = self._origin(source, folder, where)
        forms = self._instances or ()
        if manifest is not None:
            self._check_parameters(source, where, manifest)
            forms = self._instances or tuple(AppletInstance(module=one.module) for one in manifest.applets)
        applets = []
        for number, form in enumerate(forms):
            try:
                applets.append(wanted_applet(form, cap, manifest))
            except EncodeError as error:
                here = (*where, "parameters") if self.parameters is not None else (*where, "applets", number)
                raise _wrong(source, here, str(error)) from None
        return WantedPackage(cap, tuple(applets), self.applet or self.cap or "", self.digest)

    def _origin(self, source: Source, folder: Path, where: Location) -> tuple[CapFile, Manifest | None]:
        if self.applet is None:
            manifest = Manifest.load(folder / self.manifest) if self.manifest is not None else None
            return load_cap(folder / (self.cap or "")), manifest
        try:
            origin = origin_of(Applet(applet=self.applet), lambda name, _: folder / name)
        except EncodeError as error:
            raise _wrong(source, (*where, "applet"), str(error)) from None
        return origin.cap(), origin.manifest

    def _check_parameters(self, source: Source, where: Location, manifest: Manifest) -> None:
        given = {"parameters": self.parameters} if self.parameters is not None else {"instances": self.applets}
        wrong = parameter_problems(manifest, Applet.model_validate({"applet": manifest.name} | given))
        places = {"instances": "applets"}
        problems = [
            _wrong(source, (*where, *(places.get(str(part), part) for part in at)), reason) for at, reason in wrong
        ]
        if problems:
            raise together(problems)


def _wrong(source: Source, where: Location, reason: str) -> InputError:
    return InputError(reason, place=source.place(where), field=".".join(map(str, where)))


class _WishForm(Section):
    packages: tuple[_PackageForm, ...] = ()
    remove: tuple[AidField, ...] = ()
