"""Install parameters in words, field by field, for people who hold a byte string and want to know what it says."""

from __future__ import annotations

from simtool.codec.install_parameters import (
    AccessParameters,
    InstallParameters,
    MenuEntry,
    SimParameters,
    ToolkitParameters,
)

Row = tuple[str, str]


def describe(parameters: InstallParameters) -> list[Row]:
    """Names and values of every field that is there, in the order of the bytes."""
    rows = [("application (C9)", _hex(parameters.application))]
    for name, quota in (("non-volatile", parameters.non_volatile_quota), ("volatile", parameters.volatile_quota)):
        if quota is not None:
            rows.append((f"{name} quota", f"{quota} bytes"))
    rows += [("global service", _hex(service)) for service in parameters.global_services]
    rows += [("implicit selection", f"{value:02X}") for value in parameters.implicit_selection]
    if parameters.sim is not None:
        rows.append(("SIM access domain", parameters.sim.domain.words))
        rows += _toolkit("SIM toolkit", parameters.sim)
    if parameters.toolkit is not None:
        rows += _toolkit("toolkit", parameters.toolkit)
        if parameters.toolkit.max_services is not None:
            rows.append(("toolkit services", str(parameters.toolkit.max_services)))
    rows += _access("access", parameters.access)
    rows += _access("administrative access", parameters.administrative_access)
    unknown = (*parameters.system_more, *parameters.uicc_more, *parameters.more)
    return rows + [(f"object {one.tag:02X}", _hex(one.value)) for one in unknown]


def _toolkit(name: str, one: ToolkitParameters | SimParameters) -> list[Row]:
    rows = [
        (f"{name} priority", str(one.priority)),
        (f"{name} timers", str(one.max_timers)),
        (f"{name} menu text", f"{one.max_text_length} bytes"),
        (f"{name} menu", "; ".join(map(_entry, one.menu)) or "no entries"),
    ]
    if one.max_channels is not None:
        rows.append((f"{name} channels", str(one.max_channels)))
    if one.minimum_security_level is not None:
        rows.append((f"{name} security level", _hex(one.minimum_security_level)))
    if one.tars is not None:
        tars = ", ".join(tar.hex().upper() for tar in one.tars)
        rows.append((f"{name} TARs", tars or "from the instance AID"))
    return rows


def _entry(entry: MenuEntry) -> str:
    place = f"position {entry.position}" if entry.position else "last"
    return f"{place}, identifier {entry.identifier or 'any'}"


def _access(name: str, entries: tuple[AccessParameters, ...]) -> list[Row]:
    return [(f"{name} to {entry.adf.hex().upper() or 'the MF'}", entry.domain.words) for entry in entries]


def _hex(raw: bytes) -> str:
    return raw.hex().upper() or "empty"
