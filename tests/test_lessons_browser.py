"""A lesson in a real headless Chromium, opened from a file: bet, play, notches, keys, both languages, no network."""

import json
import re
from pathlib import Path

import pytest
from browsers import Page
from test_browser import CUT, STOP, tokens

from sim.teaching import pages
from sim.teaching.build import pages_dir

pytestmark = pytest.mark.browser
PROJECTOR = {"width": 1280, "height": 720}
LESSONS = sorted(pages_dir().glob("*.student.fr.html"))
#: An old projector under the bars of its browser; a telephone.
SMALLER = ({"width": 1024, "height": 600}, {"width": 420, "height": 800})
LEAST_TEXT_PX = 22.0  # 24 px, less for small marks in the ten draws

# Elements that carry text, are shown, and are smaller than can be read from the back of a room.
SMALL = """(least) => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
  && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
  && parseFloat(getComputedStyle(e).fontSize) < least).map(e => e.tagName + '#' + e.id + ' ' + e.textContent)"""
OVERFLOW = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()).filter(e => {
  const b = e.getBoundingClientRect();
  return b.width > 0 && (b.right > innerWidth + 1 || b.bottom > innerHeight + 1 || b.left < -1 || b.top < -1);
}).map(e => e.tagName + '#' + e.id + '.' + e.className)"""
WIDER = """() => [...document.querySelectorAll('.panel, .panel *')].filter(e => e.checkVisibility()
  && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + '#' + e.id)"""


class Watched(Page):
    """A page of a lesson, and what the keys do to it."""

    def __init__(self, browser, path: Path, hash_: str = "", size=PROJECTOR, **context):
        super().__init__(browser, viewport=size, **context)
        self.address = path.as_uri()
        self.page.goto(self.address + hash_)
        self.page.wait_for_selector("body[data-ready=yes]")

    def settle(self):
        self.page.wait_for_function("() => !Q.drawing && !Q.state.playing", timeout=60_000)

    def press(self, *keys: str):
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def state(self, name: str):
        return self.page.evaluate(f"Q.state.{name}")

    def picture(self, name: str) -> str:
        return self.page.evaluate(f"document.getElementById('{name}').toDataURL()")

    def own(self, url: str) -> bool:
        """The page itself, and its own pictures."""
        return url.startswith(("blob:", "data:")) or url.split("#")[0] == self.address


@pytest.fixture
def lesson(browser):
    watched = Watched(browser, LESSONS[0])
    yield watched
    watched.close()


def test_play_waits_for_a_bet(lesson):
    page = lesson.page
    assert page.locator("#ask").is_visible()
    assert page.locator("#ask [data-do=begin]").is_disabled()
    lesson.press("Space", "ArrowRight")
    assert lesson.state("t") == 0
    lesson.press("3")
    assert page.locator("#ask [data-value='3'][data-do=vote]").get_attribute("aria-pressed") == "true"
    page.locator("#ask [data-do=begin]").click()
    assert page.locator("#veil").is_hidden()
    before = lesson.picture("map-b")
    page.locator("#play").click()
    page.wait_for_function("() => Q.state.t > 2")
    lesson.press("Space")
    assert 2 < lesson.state("t") < page.evaluate("Q.data.lesson.months.length - 1")
    assert lesson.picture("map-b") != before
    assert "c)" in page.inner_text("#bet")


def test_a_class_bets_by_a_show_of_hands(lesson):
    page = lesson.page
    page.fill("#hands-0", "0")
    assert page.locator("#ask [data-do=begin]").is_disabled()
    page.keyboard.press("Enter")
    assert page.locator("#veil").is_visible()
    page.fill("#hands-0", "12")
    page.fill("#hands-2", "9")
    page.keyboard.press("Enter")
    lesson.settle()
    assert page.locator("#veil").is_hidden()
    assert page.inner_text("#bet") == pages.words("fr")["bets_of_class"].format(a=12, b=0, c=9)


def test_keys_bet_and_begin_without_changing_the_bet(lesson):
    """The end is shown to nobody who has not bet, whichever panel is opened and closed first."""
    page = lesson.page
    for key in ("s", "a", "Escape", "?", "Escape"):
        lesson.press(key)
        assert page.locator("#seeds").is_hidden()
    assert page.locator("#ask").is_visible()
    lesson.press("3", "Enter")
    assert page.locator("#veil").is_hidden()
    assert "c)" in page.inner_text("#bet")


def test_the_teacher_may_pass_the_bet(lesson):
    lesson.press("Escape", "ArrowRight")
    assert lesson.state("t") == 1
    assert lesson.page.inner_text("#bet") == pages.words("fr")["no_bet"]


def test_every_key_does_what_the_help_says(lesson):
    page = lesson.page
    lesson.press("Escape", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    assert lesson.state("t") == 2
    shown = page.inner_text("#number")
    lesson.press("n")
    assert lesson.state("seed") == 2
    assert lesson.state("t") == 2
    assert page.inner_text("#number") != shown
    lesson.press("d")
    t = pages.words("fr")
    assert page.inner_text("#title-b") == t["difference"] + t["colon"] + t["what_b_changes"]
    lesson.press("d", "g")
    assert page.inner_text("#badge") == pages.words("fr")["realistic"]
    lesson.press("g", "r")
    assert lesson.state("t") == 0
    for key, panel in (("s", "seeds"), ("a", "supposed"), ("?", "help"), ("v", "ask")):
        lesson.press(key)
        assert page.locator("#" + panel).is_visible()
        lesson.press("Escape")
        assert page.locator("#veil").is_hidden()
    steps = [page.evaluate("Q.played(1000)")]
    for _ in range(4):
        lesson.press("t")
        steps.append(page.evaluate("Q.played(1000)"))
    assert steps == [4, 8, 16, 2, 4]
    lesson.press("+")
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 24


def test_a_notch_is_another_run_and_the_language_keeps_it(lesson):
    page = lesson.page
    lesson.press("Escape", "ArrowRight", "ArrowRight")
    before = lesson.picture("map-b"), page.inner_text("#number")
    page.locator("[data-do=notch][data-value='0-0']").click()
    lesson.settle()
    assert lesson.state("notches")[0] == 0
    assert (lesson.picture("map-b"), page.inner_text("#number")) != before
    view = {name: lesson.state(name) for name in ("t", "seed", "notches")}
    lesson.press("l")
    assert {name: lesson.state(name) for name in ("t", "seed", "notches")} == view
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.inner_text("#play") == pages.words("en")["play"]
    assert re.search(r"#n=0.*&t=2&l=en", page.url)


def test_hands_that_have_only_a_keyboard(lesson):
    """Tab goes round the panel while it is open, then reaches the notches, which Enter moves."""
    page = lesson.page
    where = "(e => e === document.body ? '' : e.closest('#ask') ? 'ask' : 'under')(document.activeElement)"
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(where))
    assert "ask" in seen
    assert "under" not in seen
    lesson.press("2", "Enter")
    if page.locator("#veil").is_visible():  # Enter chose a button of the panel
        lesson.press("Escape")
    before = lesson.state("notches")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.value") == "0-0":
            break
    lesson.press("Enter")
    assert lesson.state("notches") == [0, *before[1:]] != before


def test_a_link_opens_the_same_view_and_nonsense_opens_the_start(browser):
    first = Watched(browser, LESSONS[0], "#n=0-0&r=1&s=4&t=6&l=en")
    assert first.page.locator("#veil").is_hidden()
    assert (first.state("t"), first.state("seed"), first.state("realistic")) == (6, 4, True)
    first.press("d")
    view, difference = first.page.url, first.state("difference")
    first.close()
    again = Watched(browser, LESSONS[0], view[view.index("#") :])
    assert again.state("difference") is difference is True
    again.close()
    second = Watched(browser, LESSONS[0], "#n=99-x&r=7&s=-1&t=1e9&l=<b>")
    assert (second.state("t"), second.state("seed"), second.state("realistic")) == (0, 1, False)
    second.close()


def test_those_who_want_no_motion_get_six_stills(browser):
    watched = Watched(browser, LESSONS[0], reduced_motion="reduce")
    watched.press("Escape")
    last, seen = watched.page.evaluate("Q.data.lesson.months.length - 1"), []
    for _ in range(5):
        watched.press("Space")
        seen.append(watched.state("t"))
    assert seen == [round(k * last / 5) for k in range(1, 6)]
    watched.close()


def test_a_student_takes_the_lines_home(lesson):
    page = lesson.page
    lesson.press("Escape", "?")
    for language, mark, separator in (("fr", "\ufeff", ";"), ("en", "", ",")):
        with page.expect_download() as download:
            page.locator("#help [data-do=csv]").click()
        text = Path(download.value.path()).read_bytes().decode("utf-8")
        assert text.startswith(mark + pages.words(language)["month"] + separator)
        assert len(text.splitlines()) == 1 + page.evaluate("Q.data.lesson.months.length")
        page.keyboard.press("l")
    with page.expect_download() as download:
        page.locator("#help [data-do=png]").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_student_prints_a_sheet_with_three_pictures(browser):
    path = next(each for each in LESSONS if "l6" in each.name)
    watched = Watched(browser, path)
    page, t = watched.page, pages.words("fr")
    page.evaluate("() => { window.print = () => { window.printed = (window.printed || 0) + 1; }; }")
    watched.press("i")
    assert page.evaluate("Q.sheet.kept.length") == 0  # first the bet
    watched.press("2")
    page.locator("#ask [data-do=begin]").click()
    for _ in range(4):
        watched.press("ArrowRight", "i")
    assert page.inner_text("#keep") == t["keep"].format(n=3)
    watched.press("p")
    page.wait_for_function("() => window.printed === 1")
    assert page.locator("#sheet").is_hidden()
    page.emulate_media(media="print")
    assert page.locator("header").first.is_hidden()
    text = page.inner_text("#sheet")
    assert page.evaluate("Q.words.of(Q.data.lesson.options[1])") in text
    assert t["still"].format(k=1) + t["colon"] + "décembre 2013" in text  # the first of the four made room
    sizes = page.evaluate("[...document.querySelectorAll('#sheet img')].map(e => [e.complete, e.naturalWidth > 500])")
    assert sizes == [[True, True]] * 3
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    watched.close()


def test_the_closer_view_hides_no_place(browser):
    """Every corner of every zone lies beside the frame of the inset, in the maps and in the ten small ones."""
    inside = """() => { const map = new Q.Map(CANVAS, Q.data.ground()); map.fit();
      const [view, inset] = map.views, [x, y, width, height] = inset.frame;
      const hidden = (east, north) => view.x(east) > x && view.x(east) < x + width
        && view.y(north) > y && view.y(north) < y + height;
      return Q.data.lesson.places.filter((_, k) => map.ground.areas[k].some(
        ring => ring.some((_, i) => i % 2 === 0 && hidden(ring[i], ring[i + 1])))); }"""
    path = next(each for each in LESSONS if "l6" in each.name)
    for size in (PROJECTOR, {"width": 1920, "height": 1080}, *SMALLER):
        watched = Watched(browser, path, size=size)
        watched.press("Escape", "s")
        for canvas in ("document.getElementById('map-a')", "document.querySelector('#ten canvas')"):
            assert watched.page.evaluate(inside.replace("CANVAS", canvas)) == []
        watched.close()


@pytest.mark.parametrize(
    ("limits", "unit", "signed", "texts"),
    [
        ([1, 2, 4, 8, 16, 32], "count", False, ["0", "1", "2–3", "4–7", "8–15", "16–31", "32 +"]),
        ([-11.5, -1.5, -0.5, 0.5, 1.5, 11.5], "count", True,
         ["≤ −12", "−2 à −11", "−1", "0", "+1", "+2 à +11", "≥ +12"]),
        ([7.5, 15, 22.5], "percent", False, ["7,5", "15", "22,5", ""]),  # written between the classes that they part
        ([-5, -2, 2, 5], "rate", True, ["−5", "−2", "+2", "+5", ""]),
    ],
)  # fmt: skip
def test_a_legend_says_what_each_class_holds(lesson, limits, unit, signed, texts):
    said = lesson.page.evaluate("""([limits, unit, signed]) => { const box = document.createElement('span');
      Q.legend(box, limits, Array(limits.length + 1).fill('#000'), unit, signed);
      return [...box.children].map(e => e.textContent); }""", [limits, unit, signed])  # fmt: skip
    assert said == texts


@pytest.mark.parametrize("size", SMALLER, ids=["1024", "420"])
@pytest.mark.parametrize("path", LESSONS, ids=[path.name.split(".")[0] for path in LESSONS])
def test_smaller_screens_cut_nothing(browser, path, size):
    watched = Watched(browser, path, size=size)
    page = watched.page
    wide = "document.documentElement.scrollWidth <= innerWidth"
    panel = """() => { const box = document.querySelector('.panel:not([hidden])').getBoundingClientRect();
      return box.left >= 0 && box.right <= innerWidth; }"""
    for _ in ("fr", "en"):
        for name in ("ask", "seeds", "supposed", "help"):
            page.evaluate(f"Q.panels.open('{name}')")
            assert page.evaluate(panel)
            assert page.evaluate(WIDER) == []
        page.evaluate("Q.panels.close()")
        assert page.evaluate(wide)
        assert page.evaluate(SMALL, 14.0) == []
        height = page.evaluate("document.getElementById('chart').getBoundingClientRect().height")
        assert height > 4 * page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        if size["width"] > 900:
            assert page.evaluate(OVERFLOW) == []
        page.keyboard.press("l")
        watched.settle()
    watched.close()


@pytest.mark.parametrize("path", LESSONS, ids=[path.name.split(".")[0] for path in LESSONS])
def test_each_lesson_from_start_to_end(browser, path):
    """Every notch and both languages on a projector: readable, nothing cut, one language, the numbers of the runs."""
    watched = Watched(browser, path)
    page = watched.page
    data = page.evaluate("Q.data.lesson.controls.map(c => c.notches.length)")
    assert page.evaluate(SMALL, LEAST_TEXT_PX) == []
    watched.press("2")
    page.locator("#ask [data-do=begin]").click()
    watched.page.evaluate("Q.PER_SECOND = 1000")
    watched.press("Space")
    assert watched.state("t") == page.evaluate("Q.data.lesson.months.length - 1")
    for control, notches in enumerate(data):
        for notch in range(notches):
            page.locator(f"[data-do=notch][data-value='{control}-{notch}']").click()
            watched.settle()
            assert page.evaluate(OVERFLOW) == []
    for language in ("fr", "en"):
        for panel in ("ask", "seeds", "supposed", "help"):
            page.evaluate(f"Q.panels.open('{panel}')")
            assert page.evaluate(WIDER) == []
            assert page.evaluate(SMALL, LEAST_TEXT_PX) == []
        page.evaluate("Q.panels.close()")
        assert sorted(foreign_words(page, language)) == []
        assert page.evaluate(CUT) == []
        page.keyboard.press("l")
        watched.settle()
    watched.close()


def foreign_words(page, language: str) -> set[str]:
    """Words of the other language in all panels; the quotation's source, names of parameters and switch apart."""
    text = page.evaluate("""() => {
      const copy = document.body.cloneNode(true);
      copy.querySelectorAll('script, style, noscript, [data-word=other_language], #grossed, #own, .quote cite, '
        + '[data-lesson=reading], .equation').forEach(e => e.remove());
      return copy.textContent;
    }""")
    other = {"fr": "en", "en": "fr"}[language]
    shared = {"fr": {"public", "but", "par", "des"}, "en": {"des"}}[language]
    own = {w for value in pages.words(language).values() for w in tokens(value)}
    return (tokens(text) & set(STOP[other].split())) - own - shared


def test_the_page_says_what_python_says(browser):
    """The one number, as drawn, is that of the packed run."""
    path = LESSONS[0]
    data = json.loads(re.search(r'id="lesson">(.*?)</script>', path.read_text(encoding="utf-8"), re.S)[1])
    watched = Watched(browser, path)
    watched.press("Escape")
    last = len(data["months"]) - 1
    watched.page.evaluate(f"Q.controls.at({last})")
    watched.settle()
    where = "-".join(str(c["start"]) for c in data["controls"])
    b = data["packed"][data["runs"][f"{where}/0/b/1"]]["numbers"][data["number"]["of"]][last]
    assert data["number"]["take"] == "b"
    assert watched.page.inner_text("#number") == pages.write_number(b, data["number"]["unit"], "fr")
    watched.close()
