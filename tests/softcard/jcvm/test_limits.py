"""Time and depth of a run are bounded on both engines, by whatever way a program tries to go on (issue 8)."""

from __future__ import annotations

import sys

import pytest

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble

BOTH = pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
CLASS = """
.package p A0000000E4 1.0
.import javacard.framework 1.0
.export
.interface public Deep extends Shareable
.method go()S
.class public C implements Deep
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
{}
"""
RUN = ".method public static run()S\n{}\n.end\n"


GO = ".method public go()S / sconst_0 / sreturn / .end"


def program(*methods: str) -> Assembled:
    if not any(".method public go()S" in one for one in methods):
        methods = (*methods, GO)
    return assemble(CLASS.format("\n".join(methods)).replace(" / ", "\n"))


def run(made: Assembled, *, translator: bool, limit: int = 100_000) -> object:
    vm = jcvm.machine((lang, framework))
    vm.use(translator=translator)
    vm.limit = limit
    package = vm.load(made.block)
    with vm.running_as(Owner(package.aid, package.context)):
        return package.methods[made.offsets["C.run"]].call(vm)


@BOTH
@pytest.mark.parametrize(
    "code",
    [
        "L: goto L",
        "L: goto_w L",
        "L: sconst_0 / ifeq L / sconst_0 / sreturn",
        ".locals 1 / L: jsr S / goto L / S: astore_0 / ret 0",
        ".locals 1 / sconst_0 / sstore_0 / L: sload_0 / stableswitch 0 L default L",
        # each turn ends with an exception, which leads back without any branch
        "goto Again / Drop: pop / Again: aconst_null / athrow / E: .catch any from Again to E using Drop",
        ".locals 1 / goto Again / H: astore_0 / Again: sconst_0 / sconst_0 / sdiv / sreturn / E: "
        ".catch any from Again to E using H",
    ],
)
def test_no_way_to_loop_for_ever(code: str, translator: bool) -> None:
    """The time of a run ends it with a fault, not with an exception that it could catch."""
    with pytest.raises(VmFault, match="too long"):
        run(program(RUN.format(code)), translator=translator)


@BOTH
@pytest.mark.parametrize(
    "methods",
    [
        (RUN.format(".stack 0 / .locals 0 / invokestatic run / sreturn"),),
        (RUN.format("new C / dup / invokespecial C.<init>()V / invokevirtual C.go()S / sreturn"),
         ".method public go()S / aload_0 / invokevirtual C.go()S / sreturn / .end"),
        (RUN.format("new C / dup / invokespecial C.<init>()V / invokeinterface Deep.go()S / sreturn"),
         ".method public go()S / aload_0 / invokeinterface Deep.go()S / sreturn / .end"),
        (RUN.format("new C / dup / invokespecial C.<init>()V / invokevirtual C.go()S / sreturn"),
         ".method public go()S / aload_0 / aload_0 / invokevirtual Object.equals(Ljava/lang/Object;)Z / sreturn / .end",
         ".method public equals(Ljava/lang/Object;)Z / aload_0 / invokevirtual C.go()S / sreturn / .end"),
        # every level has a handler for everything
        (RUN.format("B: invokestatic run / sreturn / E: pop / sconst_0 / sreturn / .catch any from B to E using E"),),
    ],
)  # fmt: skip
def test_no_way_to_recurse_for_ever(methods: tuple[str, ...], translator: bool) -> None:
    """The machine's own stack is full before Python's is, in a process with Python's usual limit."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_now() + 800)
    try:
        with pytest.raises(VmFault, match="stack is full") as caught:
            run(program(*methods), translator=translator)
    finally:
        sys.setrecursionlimit(usual)
    assert not isinstance(caught.value.__cause__ or caught.value.__context__, RecursionError)


def depth_now() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


@BOTH
def test_recursion_over_shareable_objects(vm: Vm, translator: bool) -> None:
    """Calls through the API and back (`getShareableInterfaceObject` of two applets) count, too."""

    def ask(vm: Vm, this: object, *_: object) -> object:
        server = framework.aid.of_instance(vm, bytes.fromhex("a000000055990102"))
        return jcvm.call(
            vm, "javacard/framework/JCSystem",
            "getAppletShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;", server, 0,
        )  # fmt: skip

    signature = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
    applet = jcvm.new_applet(vm, "a000000055990102", {signature: ask})
    with pytest.raises(VmFault, match="stack is full") as caught:
        vm.invoke(applet, "javacard/framework/Applet", signature, None, 0)
    assert not isinstance(caught.value.__context__, RecursionError)
    assert vm.stack == 0


@BOTH
def test_depth_that_a_program_may_need(translator: bool) -> None:
    """Sixty calls with a few variables each are no problem."""
    code = (
        ".locals 1 / sload_0 / ifne More / sconst_0 / sreturn / More: sload_0 / sconst_1 / ssub / invokestatic deep(S)S"
    )
    made = program(
        RUN.format("bspush 60 / invokestatic deep(S)S / sreturn"),
        f".method public static deep(S)S / {code} / sreturn / .end",
    )
    assert run(made, translator=translator) == 0


@BOTH
def test_a_caught_exception_gives_the_stack_back(translator: bool) -> None:
    """A frame that has caught is as deep as before: both engines let it call as deep again."""
    throwing = "B: aconst_null / athrow / E: pop / invokestatic depth()S / sreturn / .catch any from B to E using E"
    plain = "invokestatic depth()S / sreturn"
    found = []
    for code in (throwing, plain):
        vm = jcvm.machine((lang, framework))
        vm.use(translator=translator)
        seen: list[int] = []
        made = program(
            RUN.format(".stack 2 / .locals 2 / " + code), ".method public static depth()S / sconst_0 / sreturn / .end"
        )
        package = vm.load(made.block)
        depth = package.methods[made.offsets["C.depth"]]
        depth.call = lambda vm, seen=seen: seen.append(vm.stack) or 0
        with vm.running_as(Owner(package.aid, package.context)):
            try:
                package.methods[made.offsets["C.run"]].call(vm)
            except JavaThrow as thrown:
                raise AssertionError(thrown.throwable.cls.name) from None
        found.append(seen)
    assert found[0] == found[1]
