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

from simtool.codec.cap import CapFile, read_cap
from simtool.errors import CodecError, EncodeError, InputError
from simtool.gp.content import WantedApplet, WantedPackage
from simtool.gp.domain import EMPTY_PARAMETERS
from simtool.perso.sections.applets import AppletInstance
from simtool.perso.sections.fields import AidField, HexField
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


def wanted_applet(form: AppletInstance, cap: CapFile) -> WantedApplet:
    """The instance that a person describes. Raises `EncodeError` where the package has not just one applet to take."""
    modules = [one.aid for one in cap.applets]
    if form.module is None and len(modules) != 1:
        raise EncodeError(f"module: the package has {len(modules)} applets, say which")
    module = form.module or modules[0]
    return WantedApplet(module, form.instance or module, form.install_parameters, form.privilege_bits)


class _PackageForm(Section):
    cap: str
    digest: HexField = b""
    applets: tuple[AppletInstance, ...] = ()

    def value(self, source: Source, folder: Path, at: int) -> WantedPackage:
        cap = load_cap(folder / self.cap)
        applets = []
        for number, form in enumerate(self.applets):
            try:
                applets.append(wanted_applet(form, cap))
            except EncodeError as error:
                where = ("packages", at, "applets", number)
                raise InputError(str(error), place=source.place(where), field=".".join(map(str, where))) from None
        return WantedPackage(cap, tuple(applets), self.cap, self.digest)


class _WishForm(Section):
    packages: tuple[_PackageForm, ...] = ()
    remove: tuple[AidField, ...] = ()
