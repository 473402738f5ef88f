"""No method of the file access packages is missing or misspelt (JCVM §5)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.codec import java_exports
from simtool.softcard.jcvm.api.sim import access as sim_access
from simtool.softcard.jcvm.api.uicc import access
from simtool.softcard.jcvm.api.uicc.access import bertlvfile, fileadministration
from simtool.softcard.jcvm.api.uicc.isim import access as isim_access
from simtool.softcard.jcvm.api.uicc.usim import access as usim_access
from simtool.softcard.jcvm.vm import Vm

PACKAGES: dict[str, Any] = {
    "uicc.access": access,
    "uicc.access.bertlvfile": bertlvfile,
    "uicc.access.fileadministration": fileadministration,
    "sim.access": sim_access,
    "uicc.usim.access": usim_access,
    "uicc.isim.access": isim_access,
}
ALL = {cls.name: cls for package in PACKAGES.values() for cls in package.CLASSES}
BEHIND = {
    "uicc/access/FileView": "simtool/access/FileView",
    "uicc/access/bertlvfile/BERTLVFileView": "simtool/access/FileView",
    "uicc/access/bertlvfile/AdminBERTLVFileView": "simtool/access/AdminFileView",
    "uicc/access/fileadministration/AdminFileView": "simtool/access/AdminFileView",
    "sim/access/SIMView": "simtool/access/SIMView",
}
INHERITED = {"equals(Ljava/lang/Object;)Z", "getReason()S", "setReason(S)V"}


@pytest.mark.parametrize("name", PACKAGES)
def test_the_tables_and_the_functions_agree(name: str) -> None:
    for version in java_exports.package_versions(name):
        table = java_exports.load(name, version)
        for cls in table.classes:
            full = f"{table.path}/{cls.name}"
            own = {one.name + one.descriptor for one in (*cls.static_methods, *cls.virtual_methods)} - INHERITED
            given = set(ALL[full].methods) if full in ALL else set()
            assert own == given, full
            offered = {one.name + one.descriptor for one in cls.interface_methods}
            if offered:
                assert offered <= set(ALL[BEHIND[full]].methods), full


def test_the_classes_behind_interfaces_have_nothing_more(vm: Vm) -> None:
    for name in set(BEHIND.values()):
        offered = {one.name.rpartition(".")[2] for methods in vm.api.named(name).interfaces.values() for one in methods}
        assert set(ALL[name].methods) == offered
