"""Load files that are broken: they are refused, or run until the machine stops them; nothing else comes of them."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.codec.cap import ComponentTag
from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow, LinkError, VmFault
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble
from tests.softcard.jcvm.bytecodes import Row, rows

ROWS = rows()
BROKEN = (
    ComponentTag.METHOD, ComponentTag.METHOD, ComponentTag.METHOD, ComponentTag.CLASS, ComponentTag.CONSTANT_POOL,
    ComponentTag.STATIC_FIELD, ComponentTag.REF_LOCATION, ComponentTag.IMPORT, ComponentTag.HEADER,
)  # fmt: skip
BOTH = pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])


def machine(*, translator: bool, limit: int = 20_000) -> Vm:
    vm = jcvm.machine((lang, framework))
    vm.use(translator=translator)
    vm.limit = limit
    return vm


def broken(made: Assembled, choices: random.Random) -> Assembled:
    """With up to three bytes of a component changed, removed or added; mostly in the method that will run."""
    tag = choices.choice(BROKEN)
    body = bytearray(made.bodies[tag])
    for _ in range(choices.randint(1, 3)):
        low = made.offsets["T.run"] if tag is ComponentTag.METHOD and choices.random() < 0.7 else 0
        at = choices.randrange(min(low, len(body) - 1), len(body))
        match choices.randrange(4):
            case 0:
                body[at] = choices.randrange(185)
            case 1:
                body[at] = choices.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del body[at]
            case 3:
                body.insert(at, choices.randrange(256))
    return made.with_component(tag, bytes(body))


@settings(deadline=None, max_examples=150)
@given(choices=st.randoms(use_true_random=False), row=st.sampled_from(ROWS), translator=st.booleans())
def test_a_broken_file_does_no_harm(choices: random.Random, row: Row, translator: bool) -> None:
    good = assemble(row.text)
    vm = machine(translator=translator)
    try:
        package = vm.load(broken(good, choices).block)
        method = package.methods.get(good.offsets["T.run"])
        if method is not None:
            with vm.running_as(Owner(package.aid, package.context)):
                method.call(vm, *(*row.words, *(0 for _ in range(255)))[: method.words])
    except (LinkError, VmFault, JavaThrow):
        pass


def in_class(code: str, *, members: str = "") -> Assembled:
    text = (
        f".package p A0000000E3 1.0\n.import javacard.framework 1.0\n.export\n.class public C\n{members}\n"
        f".method public static run()S\n{code}\n.end"
    )
    return assemble(text.replace(" / ", "\n"))


@BOTH
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (".stack 9 / pop / sconst_0 / sreturn", "empty"),
        (".stack 1 / sconst_0 / sconst_0 / sreturn", "full"),
        (".locals 0 / sload 3 / sreturn", "no local variable"),
        ("L: goto L", "too long"),
        ("invokestatic run / sreturn", "stack is full"),
        ("nop", "no instruction"),
        (".byte 0xb9", "no instruction"),
        ("goto +127", "no instruction"),
        (".stack 1 / sconst_1 / arraylength / sreturn", "."),
        (".stack 2 / aconst_null / sconst_0 / iaload / ireturn", "java/lang/NullPointerException"),
        (".stack 2 / aconst_null / newarray byte / arraylength / sreturn", "number"),
        (".stack 1 / sconst_2 / newarray 9 / arraylength / sreturn", "type 9"),
        (".locals 1 / sconst_3 / sstore_0 / ret 0", "."),
        ("new #77 / pop / sconst_0 / sreturn", "constant 77"),
        # numbers where references have to be, and the other way round
        ("sconst_1 / checkcast short[] / pop / sconst_0 / sreturn", "."),
        ("sconst_1 / instanceof short[] / sreturn", "."),
        ("sconst_1 / anewarray Object / dup / sconst_0 / bspush 7 / aastore / pop / sconst_0 / sreturn", "."),
        ("sconst_1 / anewarray Object / dup / aconst_null / aconst_null / aastore / pop / sconst_0 / sreturn", "."),
        ("sconst_1 / aconst_null / sdiv / sreturn", "."),
        ("bspush 7 / athrow", "."),
        ("bspush 7 / putstatic_a kept / sconst_0 / sreturn", "."),
        # what is never reached does no harm
        ("sconst_1 / ifne End / .byte 0xb9 / End: .byte 0xff", "no instruction"),
    ],
)
def test_code_that_no_verifier_has_seen(code: str, reason: str, translator: bool) -> None:
    vm = machine(translator=translator)
    made = in_class(code, members=".field static Object kept" if "kept" in code else "")
    package = vm.load(made.block)
    with pytest.raises((VmFault, JavaThrow)) as caught, vm.running_as(Owner(package.aid, package.context)):
        package.methods[made.offsets["C.run"]].call(vm)
    thrown = caught.value
    told = thrown.throwable.cls.name if isinstance(thrown, JavaThrow) else str(thrown)
    assert re.search(reason, told), told


@BOTH
@pytest.mark.parametrize(
    "code",
    [
        "L: goto L",
        "L: nop / goto_w L",
        "L: sconst_0 / ifeq L / sconst_0 / sreturn",
        "L: sconst_3 / stableswitch 3 L default L",
        "L: iconst_3 / ilookupswitch default L",
        "L: jsr S / goto L / S: astore_0 / ret 0",
        "L: jsr L / sconst_0 / sreturn",
        "L: invokestatic nothing / goto L",
        ".catch any from S to E using H / S: sconst_1 / sconst_0 / sdiv / E: sreturn / H: pop / goto S",
        # a handler that is in its own range needs no jump to begin again
        ".catch any from S to E using S / aconst_null / S: pop / aconst_null / athrow / E: nop",
        ".catch any from S to E using S / sconst_0 / S: pop / sconst_1 / sconst_0 / sdiv / E: sreturn",
    ],
)
def test_what_never_ends_is_stopped(code: str, translator: bool) -> None:
    vm = machine(translator=translator)
    made = in_class(f".stack 4 / .locals 2 / {code}", members=".method static nothing()V / return / .end")
    package = vm.load(made.block)
    with pytest.raises(VmFault, match="too long|is full"), vm.running_as(Owner(package.aid, package.context)):
        package.methods[made.offsets["C.run"]].call(vm)
