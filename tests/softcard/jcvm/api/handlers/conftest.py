"""A machine with the toolkit packages, and a framework that does what a test tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.softcard.jcvm.api.sim import toolkit as sim_toolkit
from simtool.softcard.jcvm.api.uicc import system
from simtool.softcard.jcvm.api.uicc import toolkit as uicc_toolkit
from simtool.softcard.jcvm.api.uicc.usim import toolkit as usim_toolkit
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcvm_toolkit import Call, FakeToolkit, methods


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*packages, uicc_toolkit, usim_toolkit, system, sim_toolkit)


@pytest.fixture
def framework(platform: Any) -> FakeToolkit:
    platform.toolkit = FakeToolkit()
    return platform.toolkit  # type: ignore[no-any-return]


@pytest.fixture
def built(running: Vm) -> Callable[..., Call]:
    """Makes an EditHandler (or `ber`) of 30 bytes with these objects in it, for calls of its methods."""

    def make(tlvs: str = "", capacity: int = 30, *, ber: bool = False) -> Call:
        kind, interface = (2, "uicc/toolkit/BERTLVEditHandler") if ber else (1, "uicc/toolkit/EditHandler")
        array = jcvm.byte_array(running, tlvs)
        signature = "buildTLVHandler(BS[BSS)Luicc/toolkit/ViewHandler;"
        words = (kind, capacity, array, 0, len(array.data))
        return methods(running, jcvm.call(running, "uicc/system/HandlerBuilder", signature, *words), interface)

    return make
