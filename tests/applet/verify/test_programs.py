"""Every right program of the tests is right for the verifier too; what is damaged gives findings, and no more."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.applet.verify import Finding, Severity, verify, verify_bytes
from simtool.codec.cap import ComponentTag, read_cap
from tests.applet.verify.test_rules import BASE
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, UICC_TOOLKIT, CapPlan
from tests.harness.jcasm import Assembled, assemble
from tests.softcard.applets import files_applet, listener_applet, menu_applet, message_applet, test_life, test_loading
from tests.softcard.applets import test_memory as memory_applets
from tests.softcard.applets import test_unverified as wrong_applets
from tests.softcard.jcvm import bytecodes
from tests.softcard.jcvm.api.javacard.framework import keeper
from tests.softcard.jcvm.bytecodes import Row

APPLETS = {
    "files": files_applet.FILES, "listener": listener_applet.LISTENER, "menu": menu_applet.MENU,
    "menu of a SIM": menu_applet.SIM_MENU, "messages": message_applet.MESSAGES, "counters": test_life.COUNTERS,
    "hello": test_life.HELLO, "library": test_loading.LIBRARY, "memory": memory_applets.PACKAGE,
    "keeper": keeper.KEEPER,
}  # fmt: skip
EACH = {row.text: row for row in bytecodes.rows()}
"""A row for each program; many differ in what the method is given alone."""
ILL_TYPED = {
    "aastore": {"T09"}, "athrow": {"T05"}, "iaload": {"T03"}, "new": {"T09"}, "invokespecial": {"T09"},
}  # fmt: skip
"""Rows about an instruction that the machine carries out, in a program that the verifier does not let through."""
PLANS = (
    CapPlan(), CapPlan(format=(2, 2), debug=True), CapPlan(format=(2, 3)), CapPlan(applets=(), exports=3),
    CapPlan(imports=(FRAMEWORK, JAVA_LANG, UICC_TOOLKIT), filler=300),
    CapPlan(applets=("d07002ca440001", "d07002ca440002")),
)  # fmt: skip
DEMO = assemble(BASE.replace("@RUN@", "").replace(" / ", "\n"), with_descriptor=True)


def errors(found: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in found if one.severity is Severity.ERROR]


@pytest.mark.parametrize("name", APPLETS)
def test_applets_of_the_tests(name: str) -> None:
    assert errors(verify_bytes(APPLETS[name].cap)) == []


def test_a_package_with_its_library() -> None:
    user, library = test_loading.user(2), read_cap(test_loading.LIBRARY.cap)
    assert errors(verify_bytes(user.cap, [library])) == []
    assert {one.rule.number for one in verify_bytes(user.cap)} >= {"R02"}


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_built_files(plan: CapPlan) -> None:
    for left_out in ((), (ComponentTag.DESCRIPTOR,)):
        found = verify_bytes(plan.row(leave_out=left_out))
        assert {one.severity for one in found} <= {Severity.NOTE}, [*map(str, found)]


@pytest.mark.parametrize("row", EACH.values(), ids=str)
def test_programs_of_each_instruction(row: Row) -> None:
    """With Descriptor, so that every type is known."""
    found = errors(verify_bytes(assemble(row.text, with_descriptor=True).cap))
    assert {one.rule.number for one in found} <= ILL_TYPED.get(row.instruction, set()), [*map(str, found)]


def test_an_applet_that_mistakes_types() -> None:
    found = errors(verify_bytes(wrong_applets.WRONG.cap))
    assert {one.rule.number for one in found} == {"T03", "T06"}


def damaged(made: Assembled, seed: int) -> bytes:
    """A file with one to four bytes changed, below the tags and sizes so that it can still be read as components."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    for _ in range(chance.randint(1, 4)):
        tag = chance.choice([one for one in made.bodies if one is not ComponentTag.DIRECTORY])
        raw = bytearray(made.bodies[tag])
        raw[chance.randrange(len(raw))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        made = made.with_component(tag, bytes(raw))
    return made.cap


@given(st.integers(0, 2**32), st.booleans())
def test_damage_gives_findings_at_most(seed: int, large: bool) -> None:
    verify_bytes(damaged(menu_applet.MENU if large else DEMO, seed))


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    assert [one.rule.number for one in verify_bytes(raw)] == ["F01"]


@given(st.data())
def test_any_code(data: st.DataObject) -> None:
    """Random bytes as the code of a method, and as all of it."""
    code = data.draw(st.binary(min_size=1, max_size=40))
    offset = DEMO.offsets["Demo.answer"] + 2
    made = DEMO.patched(ComponentTag.METHOD, offset, code[:9])
    verify_bytes(made.cap)
    verify_bytes(DEMO.with_component(ComponentTag.METHOD, DEMO.bodies[ComponentTag.METHOD][:9] + code).cap)


def test_a_library_that_is_broken_is_one_that_is_not_there() -> None:
    user, library = test_loading.user(2), test_loading.LIBRARY
    broken = library.patched(ComponentTag.CLASS, 0, b"\x0f")
    assert {one.rule.number for one in verify(read_cap(user.cap), [read_cap(broken.cap)])} >= {"R02"}
