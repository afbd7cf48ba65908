"""The report in a real headless Chromium, on a desktop and on A4: nothing overflows, one language, no foreign markup.

Skipped where no Chromium is installed; `.ci/run` installs one.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from fixtures_comparison import build
from PIL import Image

from sim.compare import Comparison
from sim.params import PARAMETERS
from sim.report import LANGUAGES, write
from sim.report.catalogue import load

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1280, "height": 900}
A4 = {"width": 680, "height": 980}  # 210 x 297 mm less the margins of the style sheet, at 96 dots per inch
LIMIT_BYTES = 2_000_000

# Blocks wider than their box, and what they are; a block that is meant to scroll counts too.
OVERFLOWING = """() => {
  const wrong = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) wrong.push('page ' + document.documentElement.scrollWidth);
  for (const e of document.querySelectorAll('body, body *:not(svg *):not(.hidden):not(.skip)')) {
    if (!e.checkVisibility() || getComputedStyle(e).display === 'inline') continue;
    const name = e.tagName + '.' + e.className + ' ' + (e.closest('[id]') || {}).id;
    if (e.tagName !== 'svg' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
      wrong.push(name + ' ' + e.scrollWidth + ' > ' + e.clientWidth);
    const box = e.getBoundingClientRect();
    if (box.right > width + 1 || box.left < -1) wrong.push(name + ' from ' + box.left + ' to ' + box.right);
  }
  return wrong;
}"""
# Text beyond the frame of its drawing is cut.
CUT = """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(t => t.checkVisibility()).filter(t => {
    const b = t.getBoundingClientRect();
    return b.width > 0 && (b.left < frame.left - 1.5 || b.right > frame.right + 1.5
      || b.top < frame.top - 1.5 || b.bottom > frame.bottom + 1.5);
  }).map(t => svg.closest('figure').id + ': ' + t.textContent);
})"""

# Everyday words of one language that are none of the other.
STOP = {
    "en": "the and with from this that these those which where when while what than then their there have has had was "
    "were been being does did done each every other both between through under over above below after before "
    "about because however whose into onto upon only also very more most less least many much few some any all "
    "not nor but for how why who they them its our your you would could should might must may can will shall "
    "same such own per year years month months run runs mean means share shares jobs hub hubs money public",
    "fr": "les des une dans avec pour par sur sous sans entre chez vers mais donc car que qui quoi dont quand comme "
    "est sont sera seront était étaient être ont avoir aux cette ces leur leurs nous vous ils elles même mêmes "
    "plus moins très trop peu beaucoup aussi ainsi alors puis après avant pendant depuis jusque chaque tous toutes "
    "aucun aucune autre autres année années mois simulations emplois pôle pôles moyenne écart",
}
SHARED = {"en": {"public", "budget"}, "fr": {"des", "simulations", "points"}}
# What is not the report's own language: names, sources and commands stand as they are.
FOREIGN = {"living", "labs", "hub", "hubs", "startup", "startups", "business", "angels", "french", "tech", "les",
           "thémas"}


@pytest.fixture(scope="module")
def invented(tmp_path_factory) -> Path:
    """The report of a whole invented comparison: every section is there."""
    folder = tmp_path_factory.mktemp("invented")
    write(build(), folder)
    return folder


@pytest.fixture(params=["small_study", "invented"])
def folder(request) -> Path:
    return request.getfixturevalue(request.param)


def opened(browser, path: Path, *, paper: bool):
    page = browser.new_page(viewport=A4 if paper else DESKTOP)
    page.route(re.compile("^https?:"), lambda route: pytest.fail(f"asks for {route.request.url}"))
    page.goto(path.as_uri())
    if paper:
        page.emulate_media(media="print")
    else:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return page


@pytest.mark.parametrize("paper", [False, True], ids=["desktop", "a4"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_overflows(browser, folder, tmp_path, language, paper):
    page = opened(browser, folder / f"report.{language}.html", paper=paper)
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(CUT) == []
    shot = tmp_path / "page.png"
    page.screenshot(path=shot, full_page=True)
    with Image.open(shot) as image:
        assert image.width == page.viewport_size["width"]
        shades = np.asarray(image.convert("L"))
    assert 0.5 < (shades > 240).mean() < 0.99  # neither blank nor black
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_prints_on_a4(browser, folder, language):
    page = opened(browser, folder / f"report.{language}.html", paper=True)
    content = page.pdf(prefer_css_page_size=True)
    boxes = {tuple(map(float, m.split())) for m in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
    assert all(box[2:] == pytest.approx((595, 842), abs=1.5) for box in boxes)
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 4 <= pages < 16
    # In brief, the options, the national result and its verdicts, alone: the note for those who read no more.
    page.add_style_tag(content="#pairwise ~ section, footer { display: none; }")
    alone = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", alone)) <= 2
    page.close()


def words_of(language: str) -> set[str]:
    """Words of a language's catalogue that the other's does not have, and its stop words."""
    own, other = (
        {w for text in (*load(k).entries.values(), *(i for items in load(k).lists.values() for i in items))
         for w in tokens(re.sub(r"\{\w+\}", " ", _said(text)))}
        for k in (language, {"fr": "en", "en": "fr"}[language])
    )
    return ((own | set(STOP[language].split())) - other) - SHARED[language] - FOREIGN


def _said(text: str) -> str:
    """What a text says: of lines that translate (`January | janvier`), the second part."""
    return "\n".join(line.rsplit(" | ", 1)[-1] for line in text.splitlines())


def tokens(text: str) -> set[str]:
    found = re.findall(r"[^\W\d_]{3,}", unicodedata.normalize("NFC", text))
    return {word.casefold() for word in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_other_language(browser, folder, language):
    page = opened(browser, folder / f"report.{language}.html", paper=False)
    # Addresses of files, versions and the link to the other language are not prose; names of places are in French;
    # terms of the glossary in the other language say which one it is.
    page.evaluate("""() => document
        .querySelectorAll('.language, code, .scope, #annex table, footer dd, footer table, .maps details, i[lang]')
        .forEach(e => e.remove())""")  # seconds per process, in the footer, name files of the model
    drawn = page.eval_on_selector_all("svg text", "t => t.map(e => e.textContent)")
    text = page.inner_text("body") + " " + " ".join(drawn)
    text = re.sub(r"[\w/*.-]+\.(?:csv|md|html|png|svg|json|xlsx)", " ", text)
    text = re.sub("|".join(map(re.escape, PARAMETERS)), " ", text)  # called as in scenario files, in any language
    foreign = tokens(text) & words_of({"fr": "en", "en": "fr"}[language])
    assert sorted(foreign) == []
    page.close()


def test_the_list_of_words_would_notice():
    assert {"interval", "which", "better", "displaced"} <= words_of("en")
    assert {"intervalle", "lequel", "emplois", "aubaine"} & words_of("fr") >= {"intervalle", "emplois"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_words_agree_with_the_tables(browser, folder, language):
    comparison = Comparison.load(folder / "tables") if (folder / "tables").exists() else build()
    page = opened(browser, folder / f"report.{language}.html", paper=False)
    rows = page.eval_on_selector_all(
        "#figure-national table tbody tr", "trs => trs.map(tr => [...tr.children].map(c => c.textContent))"
    )
    effects = comparison.effects.set_index(["arm", "outcome", "year"])
    arms = {plain(label): arm for arm, label in zip(comparison.arms["arm"], comparison.arms[f"label_{language}"])}
    outcomes = {plain(load(language)(f"outcome.{name}")): name for name in ("startups", "jobs")}
    assert len(rows) >= 6
    for cells in rows:
        texts = [plain(cell) for cell in cells]
        arm = next(arms[t] for t in texts if t in arms)
        outcome = next(outcomes[t] for t in texts if t in outcomes)
        year = next(int(t) for t in texts if re.fullmatch(r"20\d\d", t))
        row = effects.loc[(arm, outcome, year)]
        shown = [numbers(t, language) for t in texts]
        assert any(close(found, [row["mean"]]) for found in shown), (texts, row["mean"])
        assert any(close(found, [row["ci95_low"], row["ci95_high"]]) for found in shown), texts
        assert any(close(found, [row["p10"], row["p90"]]) for found in shown), texts
    text = plain(page.inner_text("#brief"))
    told = r"\((\d+) %? ?(?:à|to) (\d+) ?%\) ?: (?:.*? )?(?:dans|in) (\d+) simulations (?:sur|of|out of) (\d+)"
    for low, high, k, n in re.findall(told, text.replace("%", " %").replace("  ", " ")):
        assert int(low) - 0.5 <= 100 * int(k) / int(n) <= int(high) + 0.5
    page.close()


def plain(text: str) -> str:
    """Spaces as spaces, apostrophes straight."""
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")).strip()


def numbers(text: str, language: str) -> list[tuple[float, float]]:
    """Numbers of a cell, each with the step of its last significant digit."""
    text = text.replace("\u2212", "-").replace("+", "")
    if language == "fr":
        text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text).replace(",", ".")
    else:
        text = re.sub(r",(?=\d{3})", "", text)
    found = []
    for match in re.findall(r"-?\d+(?:\.\d+)?", text):
        whole, _, decimals = match.lstrip("-").partition(".")
        zeros = len(whole) - len(whole.rstrip("0")) if not decimals and whole.strip("0") else 0
        found.append((float(match), 10.0 ** (-len(decimals) if decimals else zeros)))
    return found


def close(found: list[tuple[float, float]], wanted: list[float]) -> bool:
    """Whether the numbers printed are those wanted, rounded at their last digit."""
    return len(found) == len(wanted) and all(
        abs(value - want) <= 0.5 * step * (1 + 1e-9) for (value, step), want in zip(found, wanted, strict=True)
    )


def test_reading_numbers_back():
    assert numbers("+1 200 à −3,5", "fr") == [(1200.0, 100.0), (-3.5, 0.1)]
    assert numbers("+12,345 to 0.07", "en") == [(12345.0, 1.0), (0.07, 0.01)]
    assert close([(1200.0, 100.0)], [1249.0])
    assert not close([(1200.0, 100.0)], [1251.0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_titles_are_inert(browser, tmp_path, language):
    hostile = """</title><script>window.pwned=1</script><img src=x onerror="window.pwned=1">&amp;'"--><svg onload=a>"""
    made = build()
    meta = made.meta | {"question": {"fr": hostile, "en": hostile}, "study": hostile, "command": hostile}
    arms = made.arms.assign(label_fr=hostile + made.arms["arm"], label_en=hostile + made.arms["arm"])
    hubs = made.hubs.assign(label=hostile, id=hostile)
    departements = made.departements.assign(name=hostile)
    write(dataclasses.replace(made, meta=meta, arms=arms, hubs=hubs, departements=departements), tmp_path)
    page = opened(browser, tmp_path / f"report.{language}.html", paper=False)
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, script, iframe, object, embed, svg svg").count() == 0
    assert page.eval_on_selector_all("*", "es => es.flatMap(e => [...e.attributes].map(a => a.name))"
                                          ".filter(n => n.startsWith('on'))") == []
    assert plain(hostile) in plain(page.inner_text("h1"))
    page.close()


def test_pages_stay_under_two_megabytes(folder):
    for language in LANGUAGES:
        assert (folder / f"report.{language}.html").stat().st_size < LIMIT_BYTES
