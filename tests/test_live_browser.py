"""The live page and the evaluation game in a real headless Chromium: they obey, speak one language, stay home."""

import threading

import pytest
from browsers import Page
from test_browser import STOP, tokens
from test_lessons_browser import OVERFLOW, SMALL

from sim.teaching import pages
from sim.teaching.build import pages_dir
from sim.teaching.live import Choice, Live
from sim.teaching.serve import LOOPBACK, Server

pytestmark = pytest.mark.browser
SIZES = ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080})
#: Names of parameters, titles of policies and the switch of languages are the same in both.
TEXT = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('script, style, noscript, code, [data-word=other_language], #policy, #group, .setting select')
    .forEach(e => e.remove());
  return copy.textContent;
}"""


def foreign(page, language):
    """Words of the other language on a page."""
    other = {"fr": "en", "en": "fr"}[language]
    own = {w for table in (pages.words(language, "live"), pages.words(language, "game"), pages.words(language))
           for value in table.values() for w in tokens(value)}  # fmt: skip
    return (tokens(page.evaluate(TEXT)) & set(STOP[other].split())) - own


class Seen(Page):
    """A live page or the game."""

    def __init__(self, browser, address, size):
        super().__init__(browser, viewport=size)
        self.home = address.split("?")[0]
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready=yes]", timeout=120_000)

    def until(self, expression):
        self.page.wait_for_function(f"() => {expression}", timeout=120_000)

    def own(self, url):
        return url.startswith((self.home, "data:"))


@pytest.fixture(scope="module")
def server():
    made = Server(Live(Choice(place="class_plain")), "fr")
    thread = threading.Thread(target=made.serve, args=(10.0,), daemon=True)
    thread.start()
    yield made
    made.desk.ended = True
    thread.join(timeout=10.0)


@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_the_live_page_moves_and_obeys(browser, server, size):
    seen = Seen(browser, server.address, size)
    page = seen.page
    assert server.address.startswith(f"http://{LOOPBACK}:")
    page.keyboard.press("r")
    seen.until("!Q.live.busy && Q.live.now.header.month === Q.live.now.header.first")
    before = page.evaluate("document.getElementById('map').toDataURL()")
    page.keyboard.press("ArrowRight")
    seen.until("!Q.live.busy && Q.live.now.header.month === Q.live.now.header.first + 1")
    page.keyboard.press("Space")
    seen.until("Q.live.now.header.month > Q.live.now.header.first + 6")
    assert page.evaluate("document.getElementById('map').toDataURL()") != before
    page.keyboard.press("p")
    change = """([name, value]) => { const e = document.getElementById('set-' + name); e.value = value;
      for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true})); }"""
    page.evaluate(change, ["location.walk", 0.7])
    seen.until("Q.live.now.header.choice.parameters['location.walk'] === 0.7")
    assert page.evaluate("Q.live.now.header.month > Q.live.now.header.first + 6")  # it went on
    page.select_option("#group", "rents")
    page.evaluate(change, ["rents.active", "off"])
    seen.until("Q.live.now.header.choice.switches['rents.active'] === 'off'")
    page.select_option("#policy", "one_hub")
    seen.until("Q.live.now.header.choice.policy === 'one_hub'")
    page.fill("#money", "40")
    page.keyboard.press("Tab")
    seen.until("Q.live.now.header.budget === 40")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    seen.until("Q.live.now.header.choice.seed > 1")
    page.evaluate("Q.live.playing && Q.live.act('play')")
    seen.until("!Q.live.busy")
    page.evaluate("Q.live.change({seed: 1, policy: 'none', parameters: {}, switches: {}})")
    seen.until("!Q.live.busy")
    for language in ("fr", "en"):
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate(OVERFLOW.replace("body *", "body *:not(#list *)")) == []
        assert page.evaluate(SMALL, 21.0) == []
        if language == "fr":  # what parameters mean is said in English where no French name is given
            assert sorted(foreign(page, language)) == []
        page.keyboard.press("l")
    seen.close()


def test_the_live_page_shows_another_world_and_a_refusal(browser, server):
    seen = Seen(browser, server.address, SIZES[0])
    page = seen.page
    page.select_option("#place", "class_city")
    seen.until("Q.live.now.header.choice.place === 'class_city' && Q.live.map === 'class_city/0'")
    page.select_option("#layer", "rent_change")
    seen.until("!Q.live.busy && Q.live.now.header.unit === 'percent'")
    page.evaluate("Q.live.change({seed: 0})")
    seen.until("!Q.live.busy")
    assert page.locator("#wrong").is_visible()
    page.evaluate("Q.live.change({seed: 1, place: 'class_plain'})")
    seen.until("!Q.live.busy && Q.live.now.header.choice.place === 'class_plain'")
    assert page.locator("#wrong").is_hidden()
    seen.said = [text for text in seen.said if "400" not in text]  # the browser tells of the refusal too
    seen.close()


@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_the_game_from_start_to_end(browser, size):
    seen = Seen(browser, (pages_dir() / "game.fr.html").as_uri(), size)
    page = seen.page
    told = page.evaluate("Q.game.content.told")
    for policy, designs in told.items():
        for design, worlds in designs.items():
            page.locator(f"[data-do=choose_policy][data-value={policy}]").click()
            page.locator(f"[data-do=choose_design][data-value={design}]").click()
            figures = dict(zip(page.evaluate("Q.game.content.figures"), worlds[0]))
            assert page.locator("#truth").is_hidden()
            assert page.inner_text("#estimate") == pages.write_number(figures["estimate"], "percent", "fr", signed=True)
            page.keyboard.press("2")
            assert page.inner_text("#true") == pages.write_number(figures["truth"], "percent", "fr", signed=True)
            seen_well = figures["estimate"] - figures["truth"] > 0.25 * abs(figures["truth"])
            said = pages.words("fr", "game")["well_seen" if seen_well else "missed"]
            assert page.inner_text("#verdict").startswith(said)
            assert page.evaluate(OVERFLOW) == []
            assert page.evaluate(SMALL, 22.0) == []
            assert page.evaluate("(e => e.scrollHeight <= e.clientHeight + 1)(document.querySelector('main'))")
            page.keyboard.press("w")
            assert page.locator("#truth").is_hidden()
            for _ in range(len(worlds) - 1):
                page.keyboard.press("w")
            page.locator("[data-do=policy]").click()
    for language in ("fr", "en"):
        assert sorted(foreign(page, language)) == []
        page.keyboard.press("l")
    seen.close()
