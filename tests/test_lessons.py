"""Lessons: files are checked by line, pages hold what the runs say, and each lesson shows what it promises."""

import base64
import gzip
import json
import re
import string
from dataclasses import replace

import numpy as np
import pytest
import yaml

from sim import cli
from sim.params import PARAMETERS
from sim.paths import scenarios_dir
from sim.refusals import Refusal, text_of
from sim.scenario import FileErrors
from sim.teaching import pack, pages
from sim.teaching.build import build, pages_dir, told
from sim.teaching.indicators import INDICATORS, neighbours
from sim.teaching.load import Setting, load_lesson, shipped
from sim.teaching.numbers import LessonError, Outcome, check, number_at
from sim.teaching.observe import Recording, around
from sim.teaching.runs import make_runs, view_of

SEEDS = (1, 2)  # of the ten of each lesson: enough to see a pattern that ten seeds, or nine, show
LESSONS = [path.stem for path in shipped()]


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTIERS_RESULTS", str(tmp_path_factory.mktemp("results")))
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A lesson of one year and two seeds: some seconds to build."""
    text = (scenarios_dir() / "lessons" / "l1_spillovers.yaml").read_text(encoding="utf-8")
    text = text.replace("worlds/class_plain.yaml", str(scenarios_dir() / "lessons" / "worlds" / "class_plain.yaml"))
    text = re.sub(r".*3 km.*walk_km: 3.*\n", "", text)  # a notch less
    text = text.replace("time.end: 2027-12", "time.end: 2013-12").replace("seeds: 10", "seeds: 2")
    text = re.sub(r"at_least: \d+", "at_least: 1, of_seeds: 2", text)
    text = re.sub(r"^( +)at_least: 1, of_seeds: 2", r"\1at_least: 1\n\1of_seeds: 2", text, flags=re.M)
    path = tmp_path_factory.mktemp("lesson") / "l0_small.yaml"
    path.write_text(text.replace("id: l1_spillovers", "id: l0_small"), encoding="utf-8")
    return path


# --- files


def wrong(path, tmp_path, old, new):
    """The errors of a lesson in which some text was replaced."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "mine.yaml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileErrors) as caught:
        load_lesson(changed, lang="en")
    line = text[: text.index(old)].count("\n") + 1
    return caught.value.errors, line


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("  show: neighbours", "  show: neighbors", "E-choice", "neighbours"),
        ("parameters.location.walk: 0.18", "parameters.location.wlak: 0.18", "E-parameter", "location.walk"),
        ("parameters.location.walk: 0.18", "parameters.location.walk: 5", "E-parameter", "0.7"),
        ("parameters: [location.walk]", "parameters: [location.wall]", "E-parameter", "location.walk"),
        ("question:", "questoin:", "E-unknown-key", "question"),
        ("take: b\n", "take: ratio\n", "E-lesson", "over"),
        ("start: 2", "start: 4", "E-range", "2"),
        ("    control: 2", "    control: 3", "E-range", "2"),
        ("{take: difference, of: neighbours}", "{take: difference, of: jobs_inside}", "E-lesson", "focus"),
        ("  - {fr: \"Non", "  - {de: \"Nein\", fr: \"Non", "E-unknown-key", "de"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_line(small, tmp_path, old, new, code, says):
    errors, line = wrong(small, tmp_path, old, new)
    text = "\n".join(error.render("en") for error in errors)
    assert says in text
    at = [error for error in errors if error.file.endswith("mine.yaml") and error.line in (line, line + 1)]
    assert at or says == "focus", text  # told at `run`, where the focus is missing
    assert any(error.code == code for error in errors), text


def test_sides_must_share_their_world(small, tmp_path):
    errors, _ = wrong(small, tmp_path, "set: {model.parameters.location.walk: 0, ",
                      "set: {time.end: 2014-12, model.parameters.location.walk: 0, ")  # fmt: skip
    assert {error.code for error in errors} == {"E-lesson"}
    assert "time.end" in errors[0].text("en")


def test_every_shipped_lesson_reads_and_has_few_controls():
    assert len(LESSONS) >= 2
    for name in LESSONS:
        lesson = load_lesson(name)
        assert 1 <= len(lesson.shape.controls) <= 3
        assert lesson.shape.run.seeds == 10
        assert lesson.path.stem == lesson.id
        assert view_of(lesson).indicators
        assert lesson.shape.symbols is not None  # a class cannot read an equation whose letters are not said
        assert lesson.shape.amplify is None or lesson.shape.amplify.title is not None


def test_only_amplified_runs_leave_the_bounds_of_parameters():
    for name in LESSONS:
        lesson = load_lesson(name)
        for (setting, _), scenario in lesson.scenarios.items():
            beyond = [p for p, value in scenario.parameters.items()
                      if not PARAMETERS[p].low <= value <= PARAMETERS[p].high]  # fmt: skip
            assert set(beyond) <= set(lesson.shape.amplify.parameters if lesson.shape.amplify else ())
            if setting.realistic or not lesson.shape.amplify:
                assert beyond == []


def test_no_answer_is_in_what_students_get(small, runs_folder):
    lesson = load_lesson(small)
    data = json.dumps(pages.lesson_data(pages.Built(lesson, make_runs(lesson), ())), ensure_ascii=False)
    for text in (lesson.shape.teacher.why, lesson.shape.teacher.misread, lesson.shape.found):
        for language in pages.LANGUAGES:
            assert pages.both(text)[language] not in data


# --- what is promised


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_shows_what_it_promises(name, runs_folder):
    """Two of the ten seeds that every build checks; the same share of them must show each pattern."""
    lesson = load_lesson(name)
    outcomes = check(lesson, make_runs(lesson, SEEDS, all_settings=False), SEEDS)
    assert [told(each) for each in outcomes if 10 * each.holds < each.guarantee.at_least * len(SEEDS)] == []


def test_a_broken_promise_stops_the_build(small, tmp_path, runs_folder):
    lesson = load_lesson(small)
    promise = lesson.shape.guarantees[0].model_copy(update={"rule": "above", "value": 1e9})
    broken = replace(lesson, shape=lesson.shape.model_copy(update={"guarantees": [promise]}))
    with pytest.raises(LessonError, match=r"BROKEN  0/2") as caught:
        build(broken, tmp_path / "out")
    assert "rien n'a été construit :\n  NON TENU  0/2" in text_of(caught.value, "fr")
    assert not (tmp_path / "out").exists()


def test_a_share_of_seeds_is_kept_whatever_their_number(small):
    promise = load_lesson(small).shape.guarantees[0].model_copy(update={"at_least": 9, "of_seeds": 10})
    assert Outcome(promise, 9, 10, ()).kept
    assert not Outcome(promise, 8, 10, ()).kept
    assert Outcome(promise, 3, 3, ()).kept
    assert not Outcome(promise, 2, 3, ()).kept


# --- numbers


def recording(**numbers):
    return Recording(np.arange(2), np.zeros((2, 1)), {k: np.array(v, float) for k, v in numbers.items()},
                     np.zeros((0, 2)))  # fmt: skip


def test_the_number_by_hand():
    from sim.teaching.models import FigureShape

    a, b = recording(jobs=[10, 20], jobs_inside=[1, 2]), recording(jobs=[10, 26], jobs_inside=[1, 14])
    rule = {"take": "b", "of": "jobs", "over": None}
    over = {"b": None, "difference": None, "change": None, "ratio": "jobs_inside"}
    values = {k: number_at(FigureShape(**rule | {"take": k, "over": under}), a, b) for k, under in over.items()}
    assert values == {"b": 26.0, "difference": 6.0, "change": pytest.approx(0.3), "ratio": 0.5}
    assert np.isnan(number_at(FigureShape(take="ratio", of="jobs", over="jobs_inside"), a, b, 0))


def test_neighbours_by_hand():
    assert neighbours(np.array([1.0, 1.0, 1.0])) == 0.0
    assert neighbours(np.array([3.0, 0.0, 0.0])) == 2.0
    assert neighbours(np.array([2.0, 1.0])) == pytest.approx(2 / 3)
    assert neighbours(np.zeros(3)) == 0.0


def test_an_equation_in_parts():
    assert pages.formula("U = β_A · (1 + d)^(−δ) − y_0") == [
        ("span", "U = β"), ("sub", "A"), ("span", " · (1 + d)"), ("sup", "−δ"), ("span", " − y"), ("sub", "0"),
    ]  # fmt: skip


def test_a_worksheet_has_a_line_for_each_setting_in_which_something_is_promised():
    lesson = load_lesson("l6")
    lines = pages.one_by_one(lesson)
    assert lines[0] == lesson.start
    assert len(set(lines)) == len(lines)
    assert {Setting((2, 0, 0)), Setting((2, 1, 0))} <= set(lines)  # 96 places and little money


def test_the_ring_is_around_and_not_inside():
    x, y = (axis.ravel() * 8_000.0 for axis in np.meshgrid(np.arange(4.0), np.arange(4.0)))
    assert around(x, y, (5,), 12.0) == (0, 1, 2, 4, 6, 8, 9, 10)
    assert around(x, y, (0, 15), 8.5) == (1, 4, 11, 14)


def test_indicators_of_a_world(lived_in):
    from sim.teaching.indicators import LAYERS
    from sim.teaching.observe import View, context_of

    world, par = lived_in()
    context = context_of(world, par, View("startups", (), 1, False, inside=(0,), ring=(1, 2)))
    before = world.digest()
    values = {name: each.of(world, context) for name, each in INDICATORS.items()}
    assert world.digest() == before
    assert all(np.isfinite(v) for v in values.values())
    assert values["jobs"] == values["jobs_inside"] + values["jobs_ring"] + values["jobs_far"]
    assert values["startups"] == values["startups_inside"] + values["startups_outside"] == world.startup.alive.sum()
    assert values["rent_rise"] == 0.0
    for layer in LAYERS.values():
        assert layer.cells(world, context).shape == (world.cell.n,)
        assert layer.zones(world, context).shape == (world.zone.n,)
    assert LAYERS["startups"].cells(world, context).sum() == values["startups"]


# --- pages


def unpacked(text, pictures, step):
    planes = np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8).reshape(2, pictures, -1).astype(np.uint16)
    change = planes[0] | planes[1] << 8
    return np.cumsum(change, axis=0, dtype=np.uint16).astype(np.int16) * step


def test_pictures_come_back_as_they_were():
    layer = np.array([[0.0, 1.0, -3.0], [40.0, 1.0, 300.0], [0.0, 0.0, -300.0]])
    assert (unpacked(pack.pictures(layer, 1.0), 3, 1.0) == layer).all()
    assert unpacked(pack.pictures(layer / 10, 0.1), 3, 0.1) == pytest.approx(layer / 10)
    assert pack.pictures(layer, 1.0) == pack.pictures(layer, 1.0)


def test_a_lesson_builds_into_small_closed_pages(small, tmp_path, runs_folder):
    files, outcomes = build(load_lesson(small), tmp_path)
    assert [path.name for path in files] == [f"l0_small.{kind}.{language}.html" for language in ("fr", "en")
                                             for kind in ("student", "teacher", "worksheet")]  # fmt: skip
    assert all(each.kept for each in outcomes)
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert path.stat().st_size < 4_000_000
        assert re.findall(r"(?:src|href)=", text) == []
        assert "fetch(" not in text
        assert 'type="module"' not in text
        assert re.findall(r"(?:https?|wss?|ftp)://", text) == []
    again, _ = build(load_lesson(small), tmp_path / "again")
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in files]


def test_runs_that_are_the_same_are_kept_once(small, runs_folder):
    lesson = load_lesson(small)
    packed = pack.all_runs(lesson, make_runs(lesson), 1.0)
    assert len(packed["runs"]) == len(lesson.scenarios) * 2
    assert len(packed["packed"]) == len({s.digest for s in lesson.scenarios.values()}) * 2
    # Without neighbours nothing is left to amplify: world A is the same run in both modes.
    start = lesson.start
    real = Setting(start.notches, realistic=True)
    assert lesson.scenarios[start, "a"].digest == lesson.scenarios[real, "a"].digest
    assert lesson.scenarios[start, "b"].digest != lesson.scenarios[real, "b"].digest


def test_both_languages_have_the_same_words():
    tables = {language: pages.words(language) for language in pages.LANGUAGES}
    assert list(tables["fr"]) == list(tables["en"])
    for key in tables["fr"]:
        fields = [{name for _, name, _, _ in string.Formatter().parse(tables[lang][key])} for lang in ("fr", "en")]
        assert fields[0] == fields[1], key


def test_every_word_of_a_page_is_in_the_table():
    known = {name for part in ("lessons", "live", "game") for name in pages.words("fr", part)}
    used = set()
    for template in ("student.html", "live.html", "game.html"):
        text = (pages.HERE / "templates" / template).read_text(encoding="utf-8")
        used |= set(re.findall(r'data-word(?:-label)?="(\w+)"', text))
    for path in (pages.HERE / "player").glob("*.js"):
        used |= set(re.findall(r"\b(?:w|words)\.get\('(\w+)'", path.read_text(encoding="utf-8")))
    used -= {"key_", "sure_", "place_", "map_", "number_", "speed_", "core_", "answer_", "design_", "policy_"}
    assert used - known == set()
    assert {f"key_{name}" for _, name in pages.KEYS} <= known


def test_the_built_lessons_are_those_of_the_files():
    """The pages kept beside the lessons were built from the lessons as they stand."""
    folder = pages_dir()
    for name in LESSONS:
        lesson = load_lesson(name)
        for language in pages.LANGUAGES:
            student = (folder / f"{name}.student.{language}.html").read_text(encoding="utf-8")
            data = json.loads(re.search(r'id="lesson">(.*?)</script>', student, re.S)[1])
            shape = lesson.shape
            assert data["question"] == pages.both(shape.question)
            assert data["supposed"] == pages.both(shape.supposed)
            assert [each["notches"] for each in data["controls"]] == [
                [pages.both(notch.title) for notch in control.notches] for control in shape.controls
            ]
            teacher = (folder / f"{name}.teacher.{language}.html").read_text(encoding="utf-8")
            assert teacher.count("<li>") >= len(shape.guarantees) + len(shape.options)
            assert (folder / f"{name}.worksheet.{language}.html").is_file()
            assert (folder / f"{name}.student.{language}.html").stat().st_size < 2_000_000
        assert yaml.safe_load(lesson.path.read_text(encoding="utf-8"))["id"] == name


# --- command line


def test_the_command_checks_and_lists(small, tmp_path, capsys, runs_folder):
    assert cli.run(["lesson", "list", "--lang", "fr"]) == 0
    assert "l1_spillovers" in capsys.readouterr().out
    assert cli.run(["lesson", "check", str(small), "--runs", "--lang", "en"]) == 0
    assert "ok  " in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text(small.read_text(encoding="utf-8").replace("ticket:", "tiket:"), encoding="utf-8")
    assert cli.run(["lesson", "check", str(bad), "--lang", "en"]) == 2
    assert re.search(r"bad\.yaml:\d+:\d+: error\[E-", capsys.readouterr().out)


def test_a_copy_of_a_lesson_works_anywhere(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["lesson", "new", "ma_lecon", "--from", "l4"]) == 0
    assert cli.run(["lesson", "check", "ma_lecon.yaml", "--lang", "fr"]) == 0
    assert load_lesson("ma_lecon.yaml").id == "ma_lecon"
    capsys.readouterr()
    assert cli.run(["lesson", "new", "ma_lecon", "--lang", "fr"]) == 2
    assert "rien n'a été changé" in capsys.readouterr().err
    assert cli.run(["lesson", "new", "ma-lecon"]) == 2


def test_a_class_finds_its_own_departement(tmp_path):
    lesson = load_lesson("l6")
    row = pages.own_zone(lesson, "29")
    assert row >= 0
    assert pages.own_zone(lesson, "finistère") == row != pages.own_zone(lesson, "Paris")
    assert pages.own_zone(load_lesson("l1"), "29") == -1
    with pytest.raises(Refusal, match="Finistère") as caught:  # before any run
        build(lesson, tmp_path, own="finistere")
    assert "vouliez-vous dire 'Finistère'" in text_of(caught.value, "fr")


def test_the_verb_that_checks_files_knows_lessons(small, tmp_path, capsys):
    assert cli.run(["check", str(small), "l1_spillovers", "--lang", "en"]) == 0
    assert capsys.readouterr().out.count(": ok") == 2
    bad = tmp_path / "bad.yaml"
    bad.write_text(small.read_text(encoding="utf-8").replace("location.walk: 0.18", "location.walk: 5"))
    assert cli.run(["check", str(bad), "--lang", "en"]) == 2
    assert re.search(r"bad\.yaml:\d+:\d+: error\[E-parameter\]", capsys.readouterr().out)


def test_the_command_builds_with_an_index(small, tmp_path, capsys, runs_folder):
    assert cli.run(["lesson", "build", str(small), "--lang", "fr", "--out", str(tmp_path / "stick"), "-q"]) == 0
    names = {path.name for path in (tmp_path / "stick").iterdir()}
    assert names == {f"l0_small.{kind}.fr.html" for kind in pages.KINDS} | {"index.fr.html"}
    assert 'href="l0_small.student.fr.html"' in (tmp_path / "stick" / "index.fr.html").read_text(encoding="utf-8")
    assert str(tmp_path / "stick" / "index.fr.html") in capsys.readouterr().out
