"""javacard.framework.Applet: registration and defaults (Java Card API 3.0.5, JCRE §3.1)."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.applet import Installation
from simtool.softcard.jcvm.objects import Context, JavaObject, Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, new_class, send, throws

APPLET = "javacard/framework/Applet"
SYSTEM = "javacard/framework/SystemException"
AID = bytes.fromhex("a00000055910010303")
REGISTER, REGISTER_AS = "register()V", "register([BSB)V"


@pytest.fixture
def newcomer(vm: Vm) -> JavaObject:
    """An applet whose `install` goes on: not registered yet."""
    owner = Owner(AID, Context("new"))
    vm.installing = Installation(AID)
    return vm.heap.new_object(new_class(vm, "test/New", APPLET), owner)


def test_register_takes_the_aid_of_the_command(vm: Vm, newcomer: JavaObject) -> None:
    with vm.running_as(newcomer.owner):
        assert call(vm, "javacard/framework/JCSystem", "getAID()Ljavacard/framework/AID;") is None
        send(vm, newcomer, APPLET, REGISTER)
        assert vm.installing is not None and vm.installing.applet is newcomer
        assert newcomer.owner.applet is newcomer
        found = call(vm, "javacard/framework/JCSystem", "getAID()Ljavacard/framework/AID;")
    assert found.native.aid == newcomer.owner.aid == AID


def test_register_with_an_aid(vm: Vm, newcomer: JavaObject) -> None:
    with vm.running_as(newcomer.owner):
        send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, "05d276000001"), 1, 5)
    assert newcomer.owner.aid.hex() == "d276000001"


@pytest.mark.parametrize("length", [4, 17, -1])
def test_the_length_comes_first(vm: Vm, newcomer: JavaObject, length: int) -> None:
    with throws(SYSTEM, 1):
        send(vm, newcomer, APPLET, REGISTER_AS, None, 0, length)


def test_the_array_has_to_be_readable(vm: Vm, newcomer: JavaObject) -> None:
    with throws("NullPointerException"):
        send(vm, newcomer, APPLET, REGISTER_AS, None, 0, 5)
    with throws("ArrayIndexOutOfBoundsException"):
        send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, 8), 4, 5)


def test_only_once(vm: Vm, newcomer: JavaObject) -> None:
    send(vm, newcomer, APPLET, REGISTER)
    with throws(SYSTEM, 4):
        send(vm, newcomer, APPLET, REGISTER)
    with throws(SYSTEM, 4):
        send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, "d276000001"), 0, 5)
    assert newcomer.owner.aid == AID


def test_only_while_it_is_installed(vm: Vm, applet: JavaObject) -> None:
    with throws(SYSTEM, 4):
        send(vm, applet, APPLET, REGISTER)
    with throws(SYSTEM, 4):
        send(vm, applet, APPLET, REGISTER_AS, byte_array(vm, "d276000001"), 0, 5)


def test_an_aid_in_use(vm: Vm, newcomer: JavaObject, applet: JavaObject) -> None:
    taken = applet.owner.aid
    with throws(SYSTEM, 4):
        send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, taken), 0, len(taken))
    vm.installing = Installation(AID, {AID, bytes.fromhex("d276000001")})
    with throws(SYSTEM, 4):
        send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, "d276000001"), 0, 5)
    send(vm, newcomer, APPLET, REGISTER_AS, byte_array(vm, AID), 0, len(AID))  # its own may be reserved already
    assert newcomer.owner.applet is newcomer


def test_a_class_without_install_of_its_own(running: Vm) -> None:
    with throws("javacard/framework/ISOException", 0x6A81):
        call(running, APPLET, "install([BSB)V", byte_array(running, 1), 0, 1)


def test_what_an_applet_does_by_itself(running: Vm, applet: JavaObject) -> None:
    assert running.invoke(applet, APPLET, "select()Z")
    running.invoke(applet, APPLET, "deselect()V")
    shared = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
    assert running.invoke(applet, APPLET, shared, None, 0) is None


@pytest.mark.parametrize(("selecting", "again"), [(False, False), (True, False), (True, True)])
def test_selecting(running: Vm, applet: JavaObject, selecting: bool, again: bool) -> None:
    command = apdu.begin(
        running, bytes.fromhex("00a4040009") + applet.owner.aid, applet, selecting=selecting, reselecting=again
    )
    assert bool(send(running, applet, APPLET, "selectingApplet()Z")) == selecting
    assert bool(call(running, APPLET, "reSelectingApplet()Z")) == again
    apdu.finish(running, command)
    assert not send(running, applet, APPLET, "selectingApplet()Z")
    assert not call(running, APPLET, "reSelectingApplet()Z")
