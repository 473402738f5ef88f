"""Debian's chromium, driven by Playwright: a test's own browser, with an empty profile and no wish to call home."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.harness.programs import program

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--autoplay-policy=user-gesture-required",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for several tests; each makes contexts of its own, which share nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def whole_chromium(playwright: Playwright) -> Iterator[BrowserContext]:
    """Another browser process with a profile folder of its own: another computer, as far as the pages can tell."""
    with tempfile.TemporaryDirectory(prefix="simtool-chromium-") as folder:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=program("chromium"), args=list(ARGUMENTS)
        )
        try:
            yield context
        finally:
            context.close()
