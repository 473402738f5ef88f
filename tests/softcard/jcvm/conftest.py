"""A machine for tests of the API, and two applets of different packages. What the tests call is in tests.harness.jcvm.

A folder that tests another package adds it: it overrides `packages` in a conftest of its own::

    @pytest.fixture
    def packages(packages):
        return (*packages, simtool.softcard.jcvm.api.uicc.toolkit)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm


@pytest.fixture
def packages() -> tuple[Any, ...]:
    """The packages of the API that the machine has."""
    return (lang, io, rmi, framework)


@pytest.fixture
def platform() -> Any:
    """The card that the machine thinks it is in."""
    return jcvm.FakePlatform()


@pytest.fixture
def vm(packages: tuple[Any, ...], platform: Any) -> Vm:
    """A machine; the runtime itself is active."""
    return jcvm.machine(packages, platform)


@pytest.fixture
def applet(vm: Vm) -> JavaObject:
    """An applet instance, registered."""
    return jcvm.new_applet(vm, "a00000055910010101")


@pytest.fixture
def other(vm: Vm) -> JavaObject:
    """An instance of another package."""
    return jcvm.new_applet(vm, "a00000055910020202")


@pytest.fixture
def running(vm: Vm, applet: JavaObject) -> Iterator[Vm]:
    """The machine while `applet` is active and selected."""
    vm.selected_context = applet.owner.context
    with vm.running_as(applet.owner):
        yield vm
