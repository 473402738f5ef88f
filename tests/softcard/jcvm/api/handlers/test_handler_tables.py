"""No method of the newest export tables is missing (TS 102 241, TS 31.130, TS 43.019 annexes)."""

from __future__ import annotations

import pytest

from simtool.codec import java_exports
from simtool.codec.java_exports import ExportClass
from simtool.softcard.jcvm.api.sim import toolkit as sim_toolkit
from simtool.softcard.jcvm.api.uicc import system
from simtool.softcard.jcvm.api.uicc import toolkit as uicc_toolkit
from simtool.softcard.jcvm.api.uicc.usim import toolkit as usim_toolkit
from simtool.softcard.jcvm.native import NativeClass

NATIVES: dict[str, NativeClass] = {
    one.name: one for package in (uicc_toolkit, usim_toolkit, system, sim_toolkit) for one in package.CLASSES
}
ELSEWHERE = {
    "uicc/toolkit/ToolkitInterface": "implemented by applets",
    "sim/toolkit/ToolkitInterface": "implemented by applets",
}
INHERITED = {"equals(Ljava/lang/Object;)Z", "getReason()S", "setReason(S)V"}
ABSTRACT = ("uicc/toolkit/ViewHandler", "uicc/toolkit/BERTLVViewHandler")


def rows() -> list[tuple[str, ExportClass]]:
    found = []
    for package in ("uicc.toolkit", "uicc.usim.toolkit", "uicc.system", "sim.toolkit"):
        table = java_exports.load(package, java_exports.package_versions(package)[-1])
        found += [(f"{table.path}/{one.name}", one) for one in table.classes]
    return [(name, row) for name, row in found if name not in ELSEWHERE]


@pytest.mark.parametrize(("name", "row"), rows(), ids=[name for name, _ in rows()])
def test_nothing_is_missing(name: str, row: ExportClass) -> None:
    wanted = {one.name + one.descriptor for one in (*row.static_methods, *row.virtual_methods)} - INHERITED
    have = set(NATIVES[name].methods) if name in NATIVES else set()
    assert wanted - have == set()
    behind = [one for one in NATIVES.values() if name in one.interfaces]
    in_interface = {one.name + one.descriptor for one in row.interface_methods}
    assert bool(behind) == bool(in_interface) or name in ABSTRACT
    for one in behind:
        assert in_interface - set(one.methods) == set()
