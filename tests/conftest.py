"""Fixtures that several packages' tests share, and the rule that no test is skipped.

What a test needs is installed (scripts/setup); where it is not, the test fails and says so. Under CI a skipped test
makes the whole run fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


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
