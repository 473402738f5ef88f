"""A technician's desk with a state folder of its own, so that nothing is remembered between tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simtool.cli.main import main
from tests.cli.conftest import Desk

ADM1 = "34173960"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("SIMTOOL_STATE", str(folder))
    return folder


@pytest.fixture
def card(desk: Desk) -> Callable[..., Result]:
    """`simtool card VERB …` on the desk's card."""
    return lambda verb, *words: desk.run("card", *verb.split(), *words, "--reader", desk.reader)


@pytest.fixture
def with_record(desk: Desk) -> Callable[..., Result]:
    """The same with the card's record."""
    return lambda verb, *words: desk.run(
        "card", *verb.split(), *words, "--reader", desk.reader, "--record", desk.record
    )


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command with somebody at the keyboard who types these lines."""
    import simtool.cli.card_options
    import simtool.cli.card_pin
    import simtool.cli.card_shell

    for module in (simtool.cli.card_options, simtool.cli.card_pin, simtool.cli.card_shell):
        monkeypatch.setattr(module, "at_keyboard", lambda: True)

    def run(typed: str, *words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=typed)

    return run
