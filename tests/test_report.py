"""The report: complete, honest, accessible, self-contained, the same bytes each time."""

import dataclasses
import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from fixtures_comparison import POLICIES, build, changed

from sim.report import LANGUAGES, plots, write
from sim.report.catalogue import load, typeset
from sim.report.console import summary
from sim.report.facts import Facts
from sim.report.figures import base_of_maps, drawings
from sim.report.findings import findings
from sim.report.look import joint_ellipse
from sim.report.page import inline_svg

LIMIT_BYTES = 2_000_000


@pytest.fixture(scope="module")
def comparison():
    return build()


@pytest.fixture(scope="module")
def written(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    told = []
    paths = write(comparison, folder, progress=told.append)
    assert [p for p in paths if not p.exists()] == []
    assert set(told) == {p.name for p in paths if p.suffix != ".png"}
    return folder


@pytest.fixture(scope="module", params=LANGUAGES)
def page(written, request):
    return request.param, (written / f"report.{request.param}.html").read_text(encoding="utf-8")


def test_two_processes_write_what_one_does(comparison, written, tmp_path):
    paths = write(comparison, tmp_path, jobs=2)
    assert len(paths) > 10
    assert [p.name for p in paths if p.read_bytes() != (written / p.relative_to(tmp_path)).read_bytes()] == []


class Reader(HTMLParser):
    """Collects what a reader of the structure sees: headings, ids, links, addresses, images and tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings, self.ids, self.tags, self.addresses = [], [], Counter(), []
        self.lang, self.words, self.svg_without_name, self.depth = None, [], 0, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags[tag] += 1
        self.lang = found.get("lang") if tag == "html" else self.lang
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if "id" in found:
            self.ids.append(found["id"])
        self.addresses += [found[k] for k in ("src", "href", "xlink:href") if k in found]
        if tag == "svg" and not (found.get("role") == "img" and found.get("aria-labelledby")):
            self.svg_without_name += 1
        self.depth += tag in ("style", "script", "svg")

    def handle_endtag(self, tag):
        self.depth -= tag in ("style", "script", "svg")

    def handle_data(self, data):
        if not self.depth:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def test_both_catalogues_have_the_same_keys_and_the_same_blanks():
    fr, en = load("fr"), load("en")
    assert set(fr.entries) == set(en.entries)
    assert {k: len(v) for k, v in fr.lists.items()} == {k: len(v) for k, v in en.lists.items()}
    blanks = re.compile(r"\{(\w+)\}")
    assert {k for k in fr.entries if set(blanks.findall(fr.entries[k])) != set(blanks.findall(en.entries[k]))} == set()


def test_catalogue_keys_are_text():
    assert "ring.0_20" in load("fr").entries  # YAML reads an unquoted 0_20 as the number 20


def test_unknown_text_and_language_are_errors():
    with pytest.raises(KeyError, match=r"no text 'brief\.nothing'"):
        load("en")("brief.nothing")
    with pytest.raises(ValueError, match="known: fr, en"):
        load("de")


def test_french_typography():
    assert typeset("Est-ce vrai ? Oui : « 12 000 m² » ; 3 % de 5 M€ !", "fr") == (
        "Est-ce vrai\u202f? Oui\u00a0: «\u00a012\u202f000\u00a0m²\u00a0»\u202f; 3\u00a0% de 5\u00a0M€\u202f!"
    )
    assert typeset("Is it? Yes: 3%", "en") == "Is it? Yes: 3%"


def test_no_plain_space_before_french_double_punctuation(written):
    text = "".join(Reader((written / "report.fr.html").read_text(encoding="utf-8")).words)
    assert re.findall(r"\w (?:[;:!?»%])", text) == []
    assert re.findall(r"« ", text) == []


def test_page_stands_alone_and_is_light(page, written):
    language, html = page
    assert (written / f"report.{language}.html").stat().st_size < LIMIT_BYTES
    other = {"fr": "en", "en": "fr"}[language]
    outside = [a for a in Reader(html).addresses if not a.startswith("#") and a != f"report.{other}.html"]
    assert outside == []
    assert "url(http" not in html
    assert "<script" not in html


def test_page_structure_for_assistive_tools(page):
    language, html = page
    seen = Reader(html)
    assert seen.lang == language
    assert seen.headings[0] == 1
    assert seen.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(seen.headings[:-1], seen.headings[1:], strict=True))
    assert seen.svg_without_name == 0
    assert [i for i, n in Counter(seen.ids).items() if n > 1] == []
    targets = {a[1:] for a in seen.addresses if a.startswith("#")}
    assert targets <= set(seen.ids)


def test_every_figure_has_data_behind_it(page):
    _, html = page
    figures = re.findall(r"<figure id=.*?</figure>", html, flags=re.S)
    assert len(figures) == 10 + len(POLICIES)
    for figure in figures:
        name = re.search(r'id="([^"]+)"', figure)[1]
        # Two figures stand above the table that holds their data.
        assert "<table" in figure or name in ("figure-cost", "figure-scorecard")
        assert re.search(r"<desc[^>]*>[^<]{40,}</desc>", figure), name


def test_banner_limits_and_provenance_are_printed(written):
    text = Reader((written / "report.fr.html").read_text(encoding="utf-8")).text
    for said in (
        "Simulation exploratoire ex ante, et non évaluation d’impact.",
        "Ce que ces résultats ne permettent pas de dire",
        "61 des 143 paramètres déclarés sont des hypothèses",
        "1a2b3c4d",
        "python run.py compare",
        "9f8e7d6c5b4a",
        "le 2026-01-05 09:30 UTC, pour 16 graines, avant toute simulation",
        "le 2026-01-06 10:00 UTC, pour 32 graines, 64 simulations étant déjà connues",
        "Égalité des coûts",
        "Borne basse à 90",
    ):
        assert said in text.replace("\u00a0", " ")


def test_the_simulation_range_is_never_called_a_confidence_interval(page):
    _, html = page
    assert "intervalle de confiance" not in html.lower()
    assert "confidence interval" not in html.lower()


@pytest.mark.parametrize(
    "missing",
    [
        "waterfall",
        "rings",
        "twins",
        "cost",
        "equity",
        "atkinson",
        "switches",
        "kinds",
        "scorecard",
        "departements",
        "cells",
        "hubs",
        "couplings",
        "pairwise",
        "trajectories",
        "seconds",
    ],
)
def test_a_missing_frame_leaves_its_part_out(comparison, missing):
    from sim.report.page import render

    lacking = dataclasses.replace(comparison, **{missing: getattr(comparison, missing).iloc[:0]})
    facts, texts = Facts(lacking), load("en")
    look = plots.Look(texts, facts.labels("en"))
    maps = base_of_maps(facts) if missing in ("cells", "departements", "hubs") else None
    assert (maps is None) == (missing != "hubs")
    named = [d.id for d in drawings(facts, look, maps)]
    assert missing not in named
    html = render(facts, texts, [], LANGUAGES)
    assert "In the model" in html


@pytest.mark.parametrize("drawing_id", ["national", "map-paris_only"])
def test_figures_are_the_same_bytes_each_time(comparison, tmp_path, drawing_id):
    facts = Facts(comparison)
    base = base_of_maps(facts)
    look = plots.Look(load("fr"), facts.labels("fr"))
    drawing = next(d for d in drawings(facts, look, base) if d.id == drawing_id)
    made = []
    for name in ("a", "b"):
        paths = plots.save(drawing.draw(), tmp_path, name)
        made.append([p.read_bytes() for p in paths])
    assert made[0] == made[1]
    assert b"<dc:date>" not in made[0][0]


def test_ids_of_two_figures_never_meet(comparison):
    facts = Facts(comparison)
    look = plots.Look(load("en"), facts.labels("en"))
    svg = '<?xml version="1.0"?><svg viewBox="0 0 1 1"><defs><path id="m1"/></defs>'
    svg += '<use xlink:href="#m1"/><g id="axes_1"/></svg>'
    first, second, *_ = drawings(facts, look, None)
    a, b = inline_svg(svg, first), inline_svg(svg, second)
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (a, b)]
    assert ids[0] & ids[1] == set()
    assert "axes_1" not in a
    assert f'href="#{first.id}-m1"' in a


def test_titles_are_escaped(comparison):
    from sim.report.page import render

    arms = comparison.arms.assign(label_en="<b>Paris & co</b>")
    facts = Facts(dataclasses.replace(comparison, arms=arms))
    html = render(facts, load("en"), [], LANGUAGES)
    assert "<b>Paris" not in html
    assert "&lt;b&gt;Paris &amp; co" in html


def test_console_table_is_plain_and_aligned(comparison):
    for language, word in (("fr", "non défini"), ("en", "not defined")):
        text = summary(comparison, language)
        assert not set(text) & {"\u202f", "\u00a0", "\t", "\x1b"}
        lines = text.splitlines()
        start = next(k for k, line in enumerate(lines) if "Startups" in line)
        table = lines[start : start + 1 + len(POLICIES)]
        assert len({len(line) for line in table}) == 1
        assert word in table[-1]


def test_every_option_has_its_own_colour_and_marker(comparison):
    look = plots.Look(load("fr"), Facts(comparison).labels("fr"))
    assert len({look.colour(a) for a in look.arms}) == len({look.marker(a) for a in look.arms}) == len(look.arms)


def test_the_ellipse_holds_the_means_as_often_as_it_says():
    """Means of twelve points drawn about zero: the ellipse holds zero in 95 % of cases, within five standard errors."""
    rng = np.random.default_rng(5)
    held, cases = 0, 800
    for _ in range(cases):
        points = rng.multivariate_normal([0.0, 0.0], [[4.0, 1.5], [1.5, 1.0]], size=12)
        x, y = joint_ellipse(points)
        # zero is inside a convex outline when it lies on the same side of every edge
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        held += bool((cross > 0.0).all() or (cross < 0.0).all())
    assert held / cases == pytest.approx(0.95, abs=5.0 * (0.95 * 0.05 / cases) ** 0.5)
    assert joint_ellipse(np.ones((12, 2))) is None
    assert joint_ellipse(np.eye(2)) is None


def test_years_after_aid_are_marked(comparison, written):
    page = (written / "report.fr.html").read_text(encoding="utf-8")
    assert "fin des versements (2023)" in page
    assert "fin des versements" not in render_with(comparison, aid_end_year=None)


def render_with(comparison, **meta) -> str:
    from sim.report.page import render

    facts, texts = Facts(dataclasses.replace(comparison, meta=comparison.meta | meta)), load("fr")
    look = plots.Look(texts, facts.labels("fr"))
    return render(facts, texts, [(d, "<svg></svg>") for d in drawings(facts, look, None)], LANGUAGES)


def test_what_so_few_simulations_could_show_is_said(comparison):
    page = " ".join(Reader(render_with(comparison)).text.split())
    facts = Facts(comparison)
    for frame, words in ((facts.main(facts.at("effects", outcome="jobs")), "emplois environ, selon l’option"),
                         (facts.at("pairwise", outcome="jobs"), "environ, selon la paire")):  # fmt: skip
        half = (frame["ci95_high"] - frame["ci95_low"]) / 2.0
        shown = re.search(rf"au-delà de ([\d\s]+?)(?: à ([\d\s]+?))? {words}", page)
        ends = [float(re.sub(r"\s", "", each)) for each in shown.groups() if each]
        assert [ends[0], ends[-1]] == pytest.approx([half.min(), half.max()], rel=0.05)
    assert "262 M€ correspondent à 3 900 à 5 500 emplois" in page


def test_a_repeated_name_stays_for_those_who_listen(comparison):
    page = render_with(comparison)
    table = re.search(r'<section id="pairwise">.*?</section>', page, flags=re.S)[0]
    heads = re.findall(r"<th scope=\"row\">(.*?)</th>", table)
    assert len(heads) == 6
    assert all(re.sub("<[^>]+>", "", head) for head in heads)
    assert any('class="hidden"' in head for head in heads)


def test_parameters_are_counted_by_origin_and_jobs_moved_are_told(comparison):
    page = render_with(comparison, parameters_by_tier={"data": 3, "assumption": 61}, stability=0.29)
    text = Reader(page).text
    assert "mesurés 3" in text or re.search(r"mesurés</th><td[^>]*>3<", page)
    assert "Nombre de stabilité G : 0,29." in text
    assert "Emplois déplacés d’un type de territoire à l’autre" in text
    assert "<code>python run.py describe parameters</code>" in page


def test_every_assumption_is_counted_whatever_reason_it_gives():
    from sim.params.declare import Param

    def of(source: str) -> Param:
        return Param("a.b", 1.0, "1", 0.0, 2.0, "deep", source, "test")

    assert of("assumption").assumed
    assert of("assumption: one colleague next door").assumed
    assert not of("INSEE, 2013").assumed


def test_sources_of_published_figures_are_in_french_for_the_french():
    from test_browser import STOP

    from sim.calibration.targets import load_targets
    from sim.report.annex import source_in

    fr, en = load("fr"), load("en")
    every = {target.source for target in load_targets()}
    assert len(every) > 20
    assert {source_in(source, en) for source in every} == {typeset(source, "en") for source in every}
    english = set(STOP["en"].split()) - {"public"}
    for source in every:
        shown = source_in(source, fr)
        assert not english & set(re.findall(r"[a-z]{2,}", shown.lower())), shown
        assert not re.search(r"\d\.\d|\w[;:] ", shown), shown


def test_the_only_cost_that_is_defined_wins_nothing(comparison):
    only = changed(comparison, "cost", lambda f: f.assign(defined=f["arm"] == "paris_only"))
    told = next(f for f in findings(only, load("fr")) if f.anchor == "cost")
    assert "n’est défini que pour «\u00a0Paris seul\u00a0»" in told.claim
    assert told.notes == ()


def test_the_tornado_shows_which_relations_luck_could_make(comparison):
    facts = Facts(comparison)
    look = plots.Look(load("en"), facts.labels("en"))
    drawing = next(d for d in drawings(facts, look, None) if d.id == "tornado")
    assert "brand.dilution: \u22121,500 jobs when low, +700 when high." in drawing.alt
    bars = drawing.draw().axes[0].patches
    assert [bar.get_hatch() for bar in bars] == [None, None, "////", "////"]  # found first, for it is the longest
    assert {round(bar.get_x() + bar.get_width()) for bar in bars[:2]} == {-1500, 700}


def test_six_options_still_make_figures(comparison, tmp_path):
    look = plots.Look(
        load("fr"), {f"{a}{k}": f"Une option au nom plutôt long, {a} {k}" for k in (1, 2) for a in POLICIES}
    )
    twice = pd.concat([comparison.waterfall.assign(arm=comparison.waterfall["arm"] + k) for k in ("1", "2")])
    figure = plots.waterfall(twice[twice["year"] == 2033], look)
    assert sum(a.axison for a in figure.axes) == 6
    titles = [a.get_title(loc="left") for a in figure.axes]
    assert all(len(line) < 40 for title in titles for line in title.split("\n"))
