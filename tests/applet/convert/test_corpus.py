"""Every construct that is allowed: small Java programs do on our machine what they do on the JVM."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from simtool.applet.convert import Converted
from simtool.applet.verify import verify
from tests.harness.java_programs import Call, Compiled, converted, javac, methods_of, needs_java, on_card, on_jvm

pytestmark = needs_java
FOLDER = Path(__file__).parent / "corpus"
NUMBERS = (0, 1, 2, 3, 4, 5, 7, -1, -2, 100, 255, 1000, -28672, 32767, -32768)
OTHERS = (0, 1, 3, -1, 16, 256, -32768, 32767)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    sources = {f"corpus/{path.name}": path.read_text("utf-8") for path in sorted(FOLDER.glob("*.java"))}
    return javac(tmp_path_factory.mktemp("corpus"), sources, "corpus")


@pytest.fixture(scope="module")
def made(corpus: Compiled) -> Converted:
    return converted(corpus.classes, "corpus")


@pytest.fixture(scope="module")
def calls(corpus: Compiled) -> list[Call]:
    return [(cls, name, a, b) for cls, name in methods_of(corpus) for a, b in itertools.product(NUMBERS, OTHERS)]


@pytest.fixture(scope="module")
def expected(corpus: Compiled, calls: list[Call]) -> list[str]:
    return on_jvm(corpus, calls, "corpus")


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
def test_same_as_on_the_jvm(made: Converted, calls: list[Call], expected: list[str], translator: bool) -> None:
    found = on_card(made, calls, translator=translator)
    different = [(call, want, got) for call, want, got in zip(calls, expected, found, strict=True) if want != got]
    assert not different[:20]


def test_the_verifier_has_nothing_to_say(made: Converted) -> None:
    assert verify(made.cap_file) == ()


def test_no_method_is_left_out(calls: list[Call], expected: list[str]) -> None:
    """Programs that always throw would prove little."""
    results: dict[tuple[str, str], set[str]] = {}
    for (cls, name, _, _), result in zip(calls, expected, strict=True):
        results.setdefault((cls, name), set()).add(result)
    assert len(results) >= 75
    assert not [key for key, found in results.items() if all("." in one for one in found)]
