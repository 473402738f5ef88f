"""A machine with the toolkit packages in front of the card's own toolkit; its applet is a toolkit applet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.codec import tlv
from simtool.softcard.jcvm.api.sim import toolkit as sim_toolkit
from simtool.softcard.jcvm.api.uicc import toolkit as uicc_toolkit
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from simtool.softcard.toolkit import Toolkit
from tests.harness import jcvm

Do = Callable[..., Any]
PARAMETERS = tlv.encode(0x80, bytes.fromhex("01 02 05 02 0005 0000 01 00 03 b00001 02"))


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*packages, uicc_toolkit, sim_toolkit)


@pytest.fixture
def toolkit(platform: Any) -> Toolkit:
    platform.toolkit = Toolkit()
    return platform.toolkit  # type: ignore[no-any-return]


@pytest.fixture
def entry(toolkit: Toolkit, running: Vm, applet: JavaObject) -> Any:
    """The applet's entry: priority 1, two timers, two menu entries of 5 bytes, one channel, two services, a TAR."""
    toolkit.installed(applet.owner.aid, [tlv.Tlv(0xEA, PARAMETERS)], (b"\xb0\0\1",))
    return toolkit.entry(applet.owner.aid)


@pytest.fixture
def uicc(entry: Any, running: Vm) -> Do:
    """Methods of uicc.toolkit.ToolkitRegistry."""
    found = jcvm.call(running, "uicc/toolkit/ToolkitRegistrySystem", "getEntry()Luicc/toolkit/ToolkitRegistry;")
    return lambda signature, *words: jcvm.send(running, found, "uicc/toolkit/ToolkitRegistry", signature, *words)


@pytest.fixture
def sim(entry: Any, running: Vm) -> Do:
    """Methods of sim.toolkit.ToolkitRegistry."""
    found = jcvm.call(running, "sim/toolkit/ToolkitRegistry", "getEntry()Lsim/toolkit/ToolkitRegistry;")
    return lambda signature, *words: jcvm.send(running, found, "sim/toolkit/ToolkitRegistry", signature, *words)
