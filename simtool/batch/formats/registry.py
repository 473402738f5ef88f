"""Every format, by name. A template file of your own is a format too: `resolve` takes its path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from simtool.batch.formats import free5gc, magma, open5gs, open5gs_dbctl, osmo_hlr, pyhss, records, srsran, vendor
from simtool.batch.formats.model import Format
from simtool.batch.formats.table import load_table
from simtool.errors import InputError

MODULES = (
    records.RECORDS, vendor.OUTPUT, vendor.INPUT, osmo_hlr.SQL, osmo_hlr.VTY, open5gs.FORMAT, open5gs_dbctl.FORMAT,
    free5gc.FORMAT, srsran.FORMAT, magma.FORMAT, pyhss.FORMAT, records.PYSIM,
)  # fmt: skip
TEMPLATES = ("list", "portabilling", "costguard", "yatebts", "laser", "label", "auc", "ota", "care")


@cache
def formats() -> Mapping[str, Format]:
    """All that come with simtool."""
    found = {item.name: item for item in MODULES}
    for name in TEMPLATES:
        with resources.as_file(resources.files("simtool.data") / "formats" / f"{name}.yaml") as path:
            found[name] = load_table(path)
    return MappingProxyType(found)


def resolve(name: str) -> Format:
    """The format of that name, or that of a template file (*.yaml, with its path). Raises `InputError`."""
    known = formats()
    if name in known:
        return known[name]
    if name.endswith((".yaml", ".yml")):
        return load_table(Path(name))
    hint = "simtool formats list shows them; a template of your own is named by its path, FILE.yaml"
    raise InputError(f"there is no format {name!r}", hint=hint)
