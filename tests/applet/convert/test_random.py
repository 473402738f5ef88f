"""Random programs: whatever is well typed does on our machine what it does on the JVM, or is refused."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simtool.applet.classfile import ClassFile
from simtool.applet.convert import ConvertError
from simtool.applet.verify import verify
from tests.harness.java_programs import Call, Compiled, converted, javac, needs_java, on_card, on_jvm
from tests.harness.random_java import programs

pytestmark = needs_java
COUNT = 40
PAIRS = tuple(itertools.product((0, 1, -1, 1000, -32768), (2, -7, 255)))
BATCHES = settings(
    max_examples=2, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)  # fmt: skip
"""One example is a batch of programs: each needs a run of javac and of java."""


def convertible(classes: tuple[ClassFile, ...]) -> list[ClassFile]:
    """The classes that need no int."""
    try:
        converted(classes, "random")
    except ConvertError as error:
        refused = {one.file for one in (error, *error.others)}
        return [one for one in classes if one.source not in refused]
    return list(classes)


def compare(compiled: Compiled, classes: list[ClassFile], *, int_allowed: bool) -> None:
    calls: list[Call] = [(one.name.rpartition("/")[2], "run", a, b) for one in classes for a, b in PAIRS]
    expected = on_jvm(compiled, calls, "random")
    made = converted(classes, "random", int_allowed=int_allowed)
    assert verify(made.cap_file) == ()
    for translator in (False, True):
        found = on_card(made, calls, translator=translator)
        different = [(call, want, got) for call, want, got in zip(calls, expected, found, strict=True) if want != got]
        assert not different[:10]


@BATCHES
@given(seed=st.integers(0, 1 << 30))
def test_with_casts(seed: int) -> None:
    """What is written for cards without int is always converted."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = javac(Path(folder), programs(seed, COUNT, casts=True), "random")
        compare(compiled, list(compiled.classes), int_allowed=False)


@BATCHES
@given(seed=st.integers(0, 1 << 30))
def test_with_numbers_of_32_bits(seed: int) -> None:
    """With ints allowed everything is converted; without, what is not refused does the same."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = javac(Path(folder), programs(seed, COUNT, casts=False), "random")
        compare(compiled, list(compiled.classes), int_allowed=True)
        compare(compiled, convertible(compiled.classes), int_allowed=False)
