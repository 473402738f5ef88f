"""Fixtures that several packages' tests share, and the rule that no test is skipped.

What a test needs is installed (scripts/setup); where it is not, the test fails and says so. Under CI a skipped test
makes the whole run fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Nothing is asserted with a clock: a machine that is busy is no defect.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals and remembered attempts of a test stay its own."""
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "simtool-state"))


@pytest.fixture(scope="session")
def pcsc_service() -> Iterator[tuple[str, ...]]:
    """A PC/SC service with the virtual reader; gives the names of its slots. Started only if none runs."""
    from tests.harness.pcscd import pcscd

    with pcscd() as readers:
        yield readers


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == pytest.ExitCode.OK and reporter and reporter.stats.get("skipped"):
        reporter.write_line("skipped tests are failures under CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
