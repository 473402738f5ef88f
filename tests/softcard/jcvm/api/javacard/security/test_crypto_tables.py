"""Every method of javacard.security and javacardx.crypto is there (export files of all published versions)."""

from __future__ import annotations

import pytest

from simtool.codec import java_exports
from simtool.codec.java_exports import AccessFlag, ExportClass, ExportMethod
from simtool.softcard.jcvm.api.javacard import security
from simtool.softcard.jcvm.api.javacardx import crypto
from simtool.softcard.jcvm.vm import Vm

NATIVES = {one.name: one for package in (security, crypto) for one in package.CLASSES}
# of an object that this card never gives out: NamedParameterSpec.getInstance knows no name
NEVER_REACHED = {("javacard/security/NamedParameterSpec", "getName()S")}
PACKAGES = ("javacard.security", "javacardx.crypto")


def classes() -> list[tuple[str, ExportClass]]:
    tables = [java_exports.load(name, java_exports.package_versions(name)[-1]) for name in PACKAGES]
    return [(f"{table.path}/{one.name}", one) for table in tables for one in table.classes]


def own_methods(row: ExportClass) -> list[ExportMethod]:
    """Those that are not abstract, without what is inherited from Object and CardRuntimeException."""
    inherited = {"equals(Ljava/lang/Object;)Z", "getReason()S", "setReason(S)V"}
    methods = [*row.static_methods, *row.virtual_methods]
    return [
        one for one in methods if AccessFlag.ABSTRACT not in one.flags and one.name + one.descriptor not in inherited
    ]


@pytest.mark.parametrize("name,row", classes(), ids=[name for name, _ in classes()])
def test_every_method_has_a_function(name: str, row: ExportClass) -> None:
    there = NATIVES[name].methods if name in NATIVES else {}
    wanted = {one.name + one.descriptor for one in own_methods(row)}
    missing = {one for one in wanted - there.keys() if (name, one) not in NEVER_REACHED}
    assert not missing


@pytest.mark.parametrize("name,row", classes(), ids=[name for name, _ in classes()])
def test_what_applets_get_has_every_abstract_method(vm: Vm, name: str, row: ExportClass) -> None:
    """Our own classes behind an interface or an abstract class of the API have a function for each of its methods."""
    behind = [one for one in NATIVES.values() if name == one.parent or name in one.interfaces]
    methods = [*row.interface_methods, *(one for one in row.virtual_methods if AccessFlag.ABSTRACT in one.flags)]
    for own in behind:
        assert vm.api.named(own.name)
        missing = {one.name + one.descriptor for one in methods} - own.methods.keys()
        assert not missing, own.name


def test_our_functions_have_a_method_in_the_tables() -> None:
    rows = dict(classes())
    for name, native in NATIVES.items():
        if name in rows:
            methods = {one.name + one.descriptor for one in (*rows[name].static_methods, *rows[name].virtual_methods)}
            assert native.methods.keys() <= methods, name
