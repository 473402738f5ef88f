"""The pages as people use them: an operator with a keyboard and a scanner, a supervisor, two browsers at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from simtool.inventory.find import find
from simtool.inventory.gate import approved
from simtool.inventory.life import RecordState
from simtool.station.events import End, OrderKind, Phase
from simtool.station.view import Pace
from tests.station.web.conftest import PINS, PRODUCT, SCRIPT, Site
from tests.station.web.fake_bench import Ordered

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own pipes
EXPECTED_NOISE = re.compile(r"status of (401|403|404|409|400)")


class Watched:
    """A page, and everything that it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.elsewhere.append(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED_NOISE.search(message.text):
            self.complaints.append(message.text)


@pytest.fixture
def watched(window: BrowserContext, site: Site) -> Iterator[Watched]:
    """A page whose complaints (errors, breaches of its policy) and requests to other computers fail the test."""
    made = Watched(window.new_page())
    yield made
    assert made.complaints == []
    assert [url for url in made.elsewhere if not url.startswith(site.web.url)] == []


def log_in(page: Page, site: Site, name: str, *, at_bench: bool = False) -> None:
    """With the keyboard alone."""
    page.goto(site.web.url)
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PINS[name])
    page.keyboard.press("Enter")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    if at_bench:
        page.keyboard.press("b")
        expect(page.locator("#bar")).not_to_contain_text("I am at the bench")


def phase_of(page: Page, name: str, phase: Phase) -> None:
    expect(page.locator(f".tile[data-slot='{name}']")).to_have_attribute("data-phase", phase.value)


def scan(page: Page, text: str) -> None:
    """As a scanner on the keyboard's cable: all keys at once, then Enter."""
    for key in text:
        page.keyboard.press(key)
    page.keyboard.press("Enter")


def test_a_shift_with_the_keyboard_alone(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "anna")
    expect(page.locator("#bar")).to_contain_text("Nobody is at the bench")
    page.keyboard.press("b")
    expect(page.locator("#bar")).not_to_contain_text("Nobody")
    assert bench.view().operator == "anna"

    bench.set("2", Phase.PROGRAMMING, iccid=site.iccids[9], done=30, total=120, message="ADF.USIM/EF.SPN")
    expect(page.locator(".tile[data-slot='2'] progress")).to_have_attribute("value", "25")
    bench.done("2", End.GOOD, iccid=site.iccids[9])
    phase_of(page, "2", Phase.GOOD)
    expect(page.locator("#side .score")).to_contain_text("1")
    expect(page.locator("#spoken")).to_contain_text("Slot 2: Good. Take it out.")
    bench.done("5", End.REJECTED, iccid=site.iccids[10], cause="EF.IMSI answers 6581")
    expect(page.locator(".tile[data-slot='5']")).to_contain_text("EF.IMSI answers 6581")
    expect(page.locator("#side .last")).to_contain_text("rejected")

    page.keyboard.press("Space")
    expect(page.locator("#bar")).to_contain_text("Paused")
    page.keyboard.press("Space")
    expect(page.locator("#bar")).not_to_contain_text("Paused")

    page.keyboard.press("3")
    expect(page.locator(".tile.chosen")).to_have_attribute("data-slot", "3")
    page.keyboard.press("Space")
    phase_of(page, "3", Phase.PAUSED)
    expect(page.locator(".tile.chosen")).to_have_attribute("data-slot", "3")  # still, though the tile is new
    page.keyboard.press("Space")
    phase_of(page, "3", Phase.INSERT)
    page.keyboard.press("Escape")
    expect(page.locator(".tile.chosen")).to_have_count(0)

    bench.set("7", Phase.ATTENTION, message="no card of this batch")
    phase_of(page, "7", Phase.ATTENTION)
    page.keyboard.press("a")
    phase_of(page, "7", Phase.INSERT)
    assert bench.orders == [
        Ordered(OrderKind.PAUSE, None, "by anna"), Ordered(OrderKind.RESUME, None, ""),
        Ordered(OrderKind.PAUSE, "3", "by anna"), Ordered(OrderKind.RESUME, "3", ""),
        Ordered(OrderKind.RESUME, "7", ""),
    ]  # fmt: skip

    bench.set("4", Phase.STOPPED, message="3 rejects in a row")
    phase_of(page, "4", Phase.STOPPED)
    expect(page.locator(".tile[data-slot='4'] button")).to_have_count(1)  # only its number
    page.keyboard.press("4")
    page.keyboard.press("r")
    expect(page.locator("#toast")).to_contain_text("only a supervisor")
    assert len(bench.orders) == 5


def test_every_page_as_an_operator_and_as_a_supervisor(watched: Watched, site: Site) -> None:
    page = watched.page
    for name in ("anna", "olga"):
        log_in(page, site, name)
        for words in ("Batches", "First article", "Quarantine", "Reconciliation", "Audit", "Help"):
            page.get_by_role("navigation").get_by_role("link", name=words).click()
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator("nav a[aria-current]")).to_have_text(words)
        page.goto(f"{site.web.url}/quarantine")
        page.locator("main table a").first.click()
        expect(page.locator("h2", has_text="History")).to_be_visible()
        page.goto(f"{site.web.url}/first-articles")
        page.locator("main a").first.click()
        image = page.locator("img.phone")
        expect(image).to_be_visible()
        expect(image).to_have_js_property("naturalWidth", 180)
        page.wait_for_load_state()  # its scripts run
        page.keyboard.press("Escape")
        expect(page.locator("#table")).to_be_visible()
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        page.keyboard.press("?")
        expect(page.locator("h1")).to_have_text("Help")
        page.locator("#logout").press("Enter")
        expect(page.locator("[name=pin]")).to_be_visible()


def test_the_scanner_is_heard_anywhere_and_presses_no_keys(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "anna", at_bench=True)
    bench.set("6", Phase.SCAN, iccid=site.iccids[9])
    phase_of(page, "6", Phase.SCAN)
    page.locator(".tile[data-slot='8'] [data-choose]").focus()  # a scan's Enter must not press it
    scan(page, site.iccids[9])
    expect(page.locator("#echo")).to_contain_text(site.iccids[9])
    expect(page.locator("#echo")).to_contain_text("slot 6 has the scan")
    phase_of(page, "6", Phase.GOOD)
    expect(page.locator(".tile.chosen")).to_have_count(0)

    # a code of letters, spaces and digits that means orders when typed by hand
    bench.set("7", Phase.ATTENTION, message="look")
    phase_of(page, "7", Phase.ATTENTION)
    scan(page, "a  mds1b7R?")
    expect(page.locator("#echo")).to_contain_text("a  mds1b7R?")
    expect(page.locator("#echo")).to_have_attribute("data-state", "bad")
    assert bench.orders == [] and page.url == f"{site.web.url}/"
    phase_of(page, "7", Phase.ATTENTION)

    page.keyboard.press("6")
    expect(page.locator(".tile.chosen")).to_have_attribute("data-slot", "6")
    bench.set("5", Phase.SCAN, iccid=site.iccids[10])
    bench.set("6", Phase.SCAN, iccid=site.iccids[11])
    phase_of(page, "6", Phase.SCAN)
    scan(page, site.iccids[10])  # the number of another slot's card
    phase_of(page, "6", Phase.ATTENTION)
    assert bench.scans[-1] == (site.iccids[10], "6")

    page.locator("#scan-text").fill(site.iccids[10])
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#scan-text").press("Enter")
    phase_of(page, "5", Phase.GOOD)
    assert bench.scans[-1] == (site.iccids[10], None)


def test_a_reload_in_the_middle_shows_the_same(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "anna", at_bench=True)
    bench.set("1", Phase.PROGRAMMING, iccid=site.iccids[9], done=1, total=2, message="EF.ACC")
    bench.done("2", End.GOOD, iccid=site.iccids[8])
    bench.set("3", Phase.RESEAT, message="bad contact")
    phase_of(page, "3", Phase.RESEAT)
    before = page.locator(".floor").inner_text()
    page.reload()
    assert page.locator(".floor").inner_text() == before  # as it comes from the server, before any stream
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    assert page.locator(".floor").inner_text() == before
    assert bench.view().operator == "anna"
    bench.done("1", End.GOOD, iccid=site.iccids[9])
    phase_of(page, "1", Phase.GOOD)


def test_two_browsers_at_once(watched: Watched, browser: Browser, site: Site) -> None:
    bench = site.bench
    other_window = browser.new_context()
    try:
        one, other = watched.page, other_window.new_page()
        log_in(one, site, "anna", at_bench=True)
        log_in(other, site, "ben")
        expect(other.locator("#bar")).to_contain_text("anna is at the bench")
        other.keyboard.press("Space")
        expect(other.locator("#toast")).to_contain_text("you are not at the bench")
        bench.done("1", End.GOOD, iccid=site.iccids[9])
        for page in (one, other):
            phase_of(page, "1", Phase.GOOD)
        other.keyboard.press("b")
        expect(one.locator("#bar")).to_contain_text("ben is at the bench")
        expect(other.locator("#bar")).not_to_contain_text("at the bench")
        assert bench.view().operator == "ben"
        other.keyboard.press("Space")
        for page in (one, other):
            expect(page.locator("#bar")).to_contain_text("Paused")
        other.locator("#logout").click()
        expect(one.locator("#bar")).to_contain_text("Nobody is at the bench")
    finally:
        other_window.close()


def test_sound_wakes_with_the_first_key_stays_muted_when_told(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "anna")
    page.keyboard.press("Escape")
    expect(page.locator("#sound")).to_have_attribute("aria-label", "Sound on (M)")
    heard = page.locator("html")
    for slot, end, sound in (("1", End.GOOD, "good"), ("2", End.REJECTED, "reject")):
        bench.done(slot, end, iccid=site.iccids[9])
        expect(heard).to_have_attribute("data-heard", sound)
    bench.set("3", Phase.ATTENTION, message="look")
    expect(heard).to_have_attribute("data-heard", "attention")
    page.keyboard.press("m")
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    bench.done("4", End.GOOD, iccid=site.iccids[9])
    expect(heard).to_have_attribute("data-heard", "")
    page.reload()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "false")


def test_dark_and_light_by_wish_and_by_key(watched: Watched, site: Site) -> None:
    page = watched.page
    page.emulate_media(color_scheme="dark")
    log_in(page, site, "anna")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    assert dark != light
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) == dark
    page.goto(f"{site.web.url}/help")
    assert page.evaluate(ground) == dark  # remembered
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_supervisor_approves_and_decides(watched: Watched, site: Site) -> None:
    page = watched.page
    log_in(page, site, "vera")
    page.goto(f"{site.web.url}/first-articles/1")
    page.get_by_label("Your PIN, again").fill("000000")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("h1")).to_contain_text("name or PIN is wrong")
    page.go_back()
    page.get_by_label("Your PIN, again").fill(PINS["vera"])
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".lead")).to_contain_text("Approved by vera")
    page.goto(f"{site.web.url}/cards/{site.quarantined[1]}")
    page.get_by_label("rejected").check()
    page.get_by_label("Why").fill("bent contact")
    page.get_by_role("button", name="Decide as vera").click()
    expect(page).to_have_url(f"{site.web.url}/quarantine?batch=spring26")
    expect(page.locator("tbody tr")).to_have_count(2)
    with site.open() as inventory:
        assert approved(inventory, "spring26", PRODUCT) is not None
        assert find(inventory, site.quarantined[1]).state is RecordState.REJECTED


def test_a_supervisor_releases_what_was_stopped(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "olga", at_bench=True)
    bench.set("4", Phase.STOPPED, message="3 rejects in a row")
    phase_of(page, "4", Phase.STOPPED)
    page.keyboard.press("r")
    phase_of(page, "4", Phase.INSERT)
    page.keyboard.press("s")
    expect(page.locator("#bar")).to_contain_text("Everything stopped. by olga")
    page.get_by_role("button", name="Release the bench").click()
    expect(page.locator("#bar")).not_to_contain_text("stopped")


def test_the_audit_page_looks_and_checks_without_leaving(watched: Watched, site: Site) -> None:
    page = watched.page
    log_in(page, site, "anna")
    page.goto(f"{site.web.url}/audit")
    page.get_by_label("Find").fill("quarantined")
    expect(page.locator("#entries tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Check the whole log").click()
    expect(page.locator("#checked")).to_contain_text("The log is whole")
    expect(page.locator("#entries tbody tr")).to_have_count(3)


def test_papers_are_saved(watched: Watched, site: Site) -> None:
    page = watched.page
    log_in(page, site, "olga")
    page.goto(f"{site.web.url}/reconciliation")
    for words, name in (("Sheet, PDF", "spring26-reconciliation.pdf"), ("Audit extract, JSON", "spring26-audit.json")):
        with page.expect_download() as download:
            page.get_by_role("link", name=words).click()
        assert download.value.suggested_filename == name
    with page.expect_download() as download:
        page.get_by_role("button", name="Certificate").click()
    assert download.value.suggested_filename == "spring26-certificate.zip"


def test_script_in_names_causes_and_messages_never_runs(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "olga", at_bench=True)
    bench.set("1", Phase.REJECT, message=SCRIPT, hint=SCRIPT)
    bench.change(stopped=SCRIPT, notes=(SCRIPT,))
    expect(page.locator("#bar")).to_contain_text("<script>")
    expect(page.locator("#side .customer")).to_contain_text("<script>")
    scan(page, "<img/src=x>")
    expect(page.locator("#echo")).to_contain_text("<img/src=x>")
    for path in ("/batches", "/batches/spring26", "/first-articles/1", "/quarantine", "/audit?text=%3Cscript"):
        page.goto(f"{site.web.url}{path}")
        assert "owned" not in page.title()
        assert page.locator("main script, main img[src='x']").count() == 0
    assert page.evaluate("document.title !== 'owned'")


def test_a_station_that_is_gone_is_seen(watched: Watched, site: Site) -> None:
    page = watched.page
    log_in(page, site, "anna")
    site.web.close()
    expect(page.locator("#link")).to_have_attribute("data-state", re.compile("lost"))
    expect(page.locator("body")).to_have_class(re.compile("stale"))
    watched.complaints.clear()  # that the connection was cut is what this is about


def test_when_the_login_is_over_the_page_leads_to_the_door(watched: Watched, site: Site) -> None:
    page = watched.page
    log_in(page, site, "anna")
    (session,) = site.web.desk.sessions.all()
    site.web.desk.sessions.end(session)
    expect(page.locator("[name=pin]")).to_be_visible()


def test_a_slow_click_arrives_while_everything_moves(watched: Watched, site: Site) -> None:
    page, bench = watched.page, site.bench
    log_in(page, site, "olga", at_bench=True)
    bench.change(stopped="5 rejects in a row")
    expect(page.locator("#bar")).to_contain_text("Everything stopped")
    over = threading.Event()

    def work() -> None:
        step = 0
        while not over.wait(0.03):
            step += 1
            bench.set("3", Phase.PROGRAMMING, done=step % 100, total=100, message=f"step {step}")
            bench.change(pace=Pace(per_hour=float(step)))

    cards = threading.Thread(target=work)
    cards.start()
    try:
        phase_of(page, "3", Phase.PROGRAMMING)
        page.locator(".tile[data-slot='3'] [data-choose]").click(delay=400)
        expect(page.locator(".tile.chosen")).to_have_attribute("data-slot", "3")
        page.get_by_role("button", name="Release the bench").click(delay=400)
        expect(page.locator("#bar")).not_to_contain_text("Everything stopped")
    finally:
        over.set()
        cards.join()
