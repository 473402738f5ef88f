"""What everybody has to be able to use: names, order, contrast, focus, in both schemes and on a small screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from simtool.station.events import End, Phase
from tests.station.web.conftest import PINS, Site

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own pipes
PAGES = (
    "/", "/batches", "/batches/spring26", "/first-articles", "/first-articles/1", "/quarantine", "/cards/{quarantined}",
    "/reconciliation", "/audit", "/help", "/nothing",
)  # fmt: skip

BANNERS: dict[str, dict[str, object]] = {
    "Everything stopped": {"stopped": "5 rejects in a row"},
    "No card is begun": {"stopped": "", "paused": True, "operator": "ben"},
    "The batch is complete": {"paused": False, "complete": True},
}
LOOK = r"""
() => {
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
  const seen = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.clipPath === "none";
  };
  // language, title, landmarks
  if (!document.documentElement.lang) found.push("no lang");
  if (!document.title.trim()) found.push("no title");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  if (!document.querySelector("[role=status][aria-live], [role=status]")) found.push("no live region");
  // headings: one h1, no step left out
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`${levels} has not one h1`);
  if (levels[0] !== 1) found.push("the first heading is no h1");
  levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`heading ${at} skips a level`); });
  // ids are one of a kind, references lead somewhere
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push(`ids twice: ${ids.filter((id, at) => ids.indexOf(id) !== at)}`);
  for (const one of document.querySelectorAll("[aria-labelledby]"))
    for (const id of one.getAttribute("aria-labelledby").split(" "))
      if (!document.getElementById(id)) say("no label", one);
  // every control has a name
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, progress, [tabindex='0']";
  for (const one of document.querySelectorAll(controls)) {
    const label = one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent ||
      document.getElementById(one.getAttribute("aria-labelledby") || "")?.textContent || "";
    const isField = one.matches("input, select, textarea");
    if (!(isField ? one.getAttribute("aria-label") || one.labels?.[0]?.textContent : label).trim()) say("no name", one);
    if (one.tabIndex > 0) say("own tab order", one);
  }
  for (const one of document.querySelectorAll("img:not([alt])")) say("no alt", one);
  for (const one of document.querySelectorAll("svg"))
    if (!one.closest("[aria-hidden=true]")) say("drawing without a word", one);
  for (const one of document.querySelectorAll("th:not([scope])")) say("no scope", one);
  // contrast of every piece of text against what is behind it
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  let measured = 0;
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !seen(element)) continue;
    if (element.closest("script, option, svg, progress")) continue;
    const style = getComputedStyle(element), under = ground(element);
    let ink = rgba(style.color);
    ink = over([ink[0], ink[1], ink[2], ink[3] * Number(style.opacity)], under);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const got = ratio(ink, under);
    measured += 1;
    if (got < (isLarge ? 3 : 4.5)) say(`contrast ${got.toFixed(2)} at ${size} px`, element);
  }
  // shapes tell what colours tell: they have to be seen as well
  for (const one of document.querySelectorAll(".shape, .icon, .mini")) {
    if (!seen(one)) continue;
    const got = ratio(rgba(getComputedStyle(one).color), ground(one.parentElement));
    if (got < 3) say(`shape ${got.toFixed(2)}`, one);
  }
  // fields have an edge that is seen
  for (const one of document.querySelectorAll("input:not([type=hidden]):not([type=radio]), select, textarea")) {
    const got = ratio(over(rgba(getComputedStyle(one).borderTopColor), ground(one)), ground(one.parentElement));
    if (got < 3) say(`edge ${got.toFixed(2)}`, one);
  }
  return { found, measured };
}
"""
CUT = """
() => [...document.querySelectorAll(".tile .word, .tile .number, .tile .figure")]
  .filter((one) => {
    const edge = one.closest(".tile").getBoundingClientRect().right;
    return one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > edge;
  })
  .map((one) => one.textContent)
"""
FOCUS = """
(seconds) => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const width = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
  return { key: one.outerHTML.slice(0, 120), width };
}
"""


@pytest.fixture
def page(window: BrowserContext, site: Site) -> Iterator[Page]:
    """A supervisor's page: it has everything that an operator's has, and more."""
    made = window.new_page()
    log_in(made, site, "vera")
    yield made


def log_in(page: Page, site: Site, name: str) -> None:
    page.goto(site.web.url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("PIN").fill(PINS[name])
    page.keyboard.press("Enter")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")


def look(page: Page, *, least: int = 10) -> None:
    result = page.evaluate(LOOK)
    assert result["found"] == []
    assert result["measured"] >= least  # there was something to measure


def settle(page: Page) -> None:
    """Colours that change slowly have changed, and nothing pulses."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")


def phases(site: Site, number: int) -> None:
    """Eight of the phases at once, in slots with messages and cards."""
    for slot, phase in enumerate(list(Phase)[number : number + 8], start=1):
        site.bench.set(
            str(slot),
            phase,
            message="EF.IMSI answers 6581",
            hint="Take it out",
            iccid=site.iccids[slot],
            done=3,
            total=9,
        )


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_page(page: Page, site: Site, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in PAGES:
        page.goto(site.web.url + path.format(quarantined=site.quarantined[0]))
        look(page)
    page.locator("#logout").click()
    expect(page.locator("[name=pin]")).to_be_visible()
    look(page, least=4)
    page.get_by_label("Name").fill("vera")
    page.get_by_label("PIN").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, least=5)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("number", [0, 7])
def test_every_phase_and_banner(page: Page, site: Site, scheme: str, number: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    phases(site, number)
    for slot, end in enumerate(End, start=1):
        site.bench.done(str(slot), end, iccid=site.iccids[slot], cause="a cause")
    phases(site, number)
    site.bench.change(notes=("a note",))
    for words, values in BANNERS.items():
        site.bench.change(**values)
        expect(page.locator("#bar")).to_contain_text(words)
        settle(page)
        look(page, least=60)
    page.keyboard.press("3")
    expect(page.locator(".tile.chosen")).to_have_count(1)
    settle(page)
    look(page, least=60)


@pytest.mark.parametrize("path", ["/", "/first-articles/1", "/audit", "/cards/{quarantined}"])
def test_the_keyboard_reaches_everything_and_sees_where_it_is(page: Page, site: Site, path: str) -> None:
    site.bench.set("7", Phase.ATTENTION, message="look")
    page.goto(site.web.url + path.format(quarantined=site.quarantined[0]))
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((one) => one.offsetParent && !one.closest("details:not([open]) > :not(summary)")).length"""
    )
    if path == "/":
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        wanted = page.locator("a[href]:visible, button:visible, input:visible").count()
    reached: dict[str, float] = {}
    for _ in range(wanted + 12):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if now is not None:
            reached[f"{now['key']}{len(reached) if 'summary' in now['key'] else ''}"] = now["width"]
    radios = page.locator("input[type=radio]").count()  # the keyboard comes to one of them
    assert len(reached) >= wanted - max(0, radios - 1)
    assert [key for key, width in reached.items() if width < 2] == []


def test_the_first_tab_leads_past_the_menu(page: Page, site: Site) -> None:
    page.goto(f"{site.web.url}/batches")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_focus_stays_when_a_tile_changes_under_it(page: Page, site: Site) -> None:
    page.locator(".tile[data-slot='3'] [data-choose]").focus()
    site.bench.set("3", Phase.PROGRAMMING, done=1, total=2)
    expect(page.locator(".tile[data-slot='3'] progress")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.choose") == "3"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 800), (390, 844)])
def test_nothing_is_cut_off(page: Page, site: Site, width: int, height: int) -> None:
    """No page is wider than its window, each word of a tile is whole, and a big screen needs no scrolling."""
    page.set_viewport_size({"width": width, "height": height})
    for number in (0, 7):
        phases(site, number)
        page.goto(site.web.url)
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        assert page.evaluate(CUT) == []
    if width > 900:
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        words = "[...document.querySelectorAll('.tile .word')]"
        sizes = page.evaluate(f"{words}.map((one) => parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= width / 45  # about a centimetre high on a desk's screen
    for path in PAGES:
        page.goto(site.web.url + path.format(quarantined=site.quarantined[0]))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_who_wants_no_motion_gets_none(page: Page, site: Site) -> None:
    site.bench.set("3", Phase.ATTENTION, message="look")
    expect(page.locator(".tile[data-slot='3']")).to_have_attribute("data-phase", "attention")
    name = "getComputedStyle(document.querySelector(\".tile[data-slot='3'] .shape\")).animationName"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(name) == "calm"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(name) == "none"
