"""STORE DATA that a security domain hands on to an applet: interfaces Application and Personalization (GPCS §7.3.3)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.org.globalplatform.errors import CONDITIONS_NOT_SATISFIED, iso
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm

APPLICATION, PERSONALIZATION = "org/globalplatform/Application", "org/globalplatform/Personalization"
BUFFER = 0x0105
ANSWER_MOST = 256


def forward(vm: Vm, applet: JavaObject, command: bytes) -> bytes:
    """Give a whole command to `processData` of an applet; gives what it answers.

    Personalization goes before Application, which has no answer. Raises what the applet throws, and ISOException 6985
    for an applet that has neither.
    """
    with vm.platform.content.personalising(applet.owner.aid):
        return _forward(vm, applet, command)


def _forward(vm: Vm, applet: JavaObject, command: bytes) -> bytes:
    size = max(len(command), BUFFER)
    source = vm.runtime_array(size, "gp-personalization:in")
    vm.heap.write_bytes(source, 0, command)
    if vm.implements(applet, PERSONALIZATION):
        target = vm.runtime_array(ANSWER_MOST, "gp-personalization:out")
        length = vm.invoke(applet, PERSONALIZATION, "processData([BSS[BS)S", source, 0, len(command), target, 0)
        if not 0 <= length <= ANSWER_MOST:
            raise vm.throw("java/lang/ArrayIndexOutOfBoundsException")
        answer: bytes = target.data[:length].tobytes()
        return answer
    if vm.implements(applet, APPLICATION):
        vm.invoke(applet, APPLICATION, "processData([BSS)V", source, 0, len(command))
        return b""
    raise iso(vm, CONDITIONS_NOT_SATISFIED)
