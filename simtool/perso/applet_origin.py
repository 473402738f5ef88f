"""Where a profile's applets come from: a CAP file beside it or one that comes with simtool, and its manifest.

The manifest gives what a profile leaves out, and codes the parameters that it names (`files.applets.manifest`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simtool.codec.cap import CapFile, read_cap
from simtool.errors import EncodeError, InputError
from simtool.files.applets.built import built_applet
from simtool.files.applets.manifest import (
    Delivery,
    Manifest,
    code_parameters,
    encode_parameters,
    install_parameters,
    shown,
)
from simtool.files.marked_yaml import Location
from simtool.gp.content import WantedApplet
from simtool.perso.applet_holes import Holes, filled
from simtool.perso.sections.applets import Applet, AppletInstance

Paths = Callable[[Path, str], Path]
"""The file that a profile means by a name in a field."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A CAP file as bytes, and the manifest that it was built with, if it is there."""

    raw: bytes
    manifest: Manifest | None

    def cap(self) -> CapFile:
        """Raises `DecodeError` for a file that is none."""
        return read_cap(self.raw)


def origin_of(applet: Applet, path_of: Paths) -> Origin:
    """Fetch what a profile names. Raises `EncodeError` or `InputError` where it is not there, or another."""
    manifest = manifest_of(applet, path_of)
    if applet.applet is not None:
        built = built_applet(applet.applet)
        if hashlib.sha256(built.cap).digest() != built.sha256:
            raise EncodeError(f"the applet {applet.applet} of this simtool is damaged: install simtool again")
        return Origin(built.cap, manifest)
    path = path_of(applet.file or Path(), "file")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EncodeError(f"{path}: {error.strerror or error}") from error
    digest = hashlib.sha256(raw).digest()
    if digest != applet.sha256:
        raise EncodeError(f"{path} has another SHA-256 than is given: {digest.hex()}")
    return Origin(raw, manifest)


def manifest_of(applet: Applet, path_of: Paths) -> Manifest | None:
    """The manifest alone. Raises `EncodeError` for an unknown name, `InputError` for a file that is wrong."""
    if applet.applet is not None:
        return built_applet(applet.applet).manifest
    return Manifest.load(path_of(applet.manifest, "manifest")) if applet.manifest is not None else None


def wanted_applets(
    cap: CapFile, manifest: Manifest | None, forms: tuple[AppletInstance, ...] | None, holes: Holes | None = None
) -> tuple[WantedApplet, ...]:
    """The instances; without `forms` every applet of the package, as its manifest says. Raises `EncodeError`."""
    if forms is not None:
        return tuple(wanted_applet(form, cap, manifest, holes) for form in forms)
    if manifest is None:
        return tuple(WantedApplet(one.aid, one.aid) for one in cap.applets)
    return tuple(wanted_applet(AppletInstance(module=one.module), cap, manifest) for one in manifest.applets)


def wanted_applet(
    form: AppletInstance, cap: CapFile, manifest: Manifest | None = None, holes: Holes | None = None
) -> WantedApplet:
    """The instance that a person describes; `holes` are filled with the card's own data.

    Raises `EncodeError` where the package has not just one applet to take, and for parameters that the manifest does
    not allow.
    """
    modules = [one.aid for one in cap.applets]
    if form.module is None and len(modules) != 1:
        raise EncodeError(f"module: the package has {len(modules)} applets, say which")
    module = form.module or modules[0]
    if manifest is None or isinstance(form.parameters, bytes) or form.application:
        return WantedApplet(module, form.instance or module, form.install_parameters, form.privilege_bits)
    values: Mapping[str, Any] = filled(form.parameters or {}, holes)
    declared = manifest.applet_of(module)
    instance = form.instance or declared.instance_aid
    raw = install_parameters(manifest, values, module=module, instance=instance, grants=form)
    privileges = form.laid_over(declared).privilege_bits
    stored = encode_parameters(manifest, values) if manifest.delivery is Delivery.STORE_DATA else b""
    return WantedApplet(module, instance, raw, privileges, stored)


def parameter_problems(
    manifest: Manifest, applet: Applet, holes: Holes | None = None
) -> Iterator[tuple[Location, str]]:
    """What is wrong with the parameters that are given by name, with the place counted from the applet."""
    given: list[tuple[Location, Mapping[str, Any]]] = []
    if applet.parameters is not None:
        given.append((("parameters",), applet.parameters))
    for number, one in enumerate(applet.instances or ()):
        if isinstance(one.parameters, dict):
            given.append((("instances", number, "parameters"), one.parameters))
    for at, written in given:
        try:
            values = filled(written, holes)
        except EncodeError as error:
            yield at, str(error)
            continue
        for problem in code_parameters(manifest, values).problems:
            yield (*at, *problem.location), problem.reason


def applet_problems(
    name: str, applet: Applet, path_of: Paths, place: Callable[[Location], str], holes: Holes
) -> Iterator[InputError]:
    """The same as errors of a profile, and a name of an applet that is none; `holes` are those of some card."""
    at: Location = ("applets", name)
    try:
        manifest = manifest_of(applet, path_of)
    except EncodeError as error:
        yield InputError(str(error), place=place((*at, "applet")), field=shown((*at, "applet")))
        return
    except InputError as error:
        yield error
        return
    if manifest is not None:
        for where, reason in parameter_problems(manifest, applet, holes):
            yield InputError(reason, place=place((*at, *where)), field=shown((*at, *where)))
