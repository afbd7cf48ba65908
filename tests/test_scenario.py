"""Scenario and study files: inheritance, overrides, units, calendars, digests, and what is printed back."""

import dataclasses
import json
import pickle
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import policy
from sim.levers import KINDS
from sim.params import PARAMETERS
from sim.paths import scenarios_dir
from sim.processes import aid
from sim.scenario import (
    FileErrors,
    Message,
    Scenario,
    check_scenario,
    describe,
    load_scenario,
    load_study,
    meaning,
    schema,
    template,
    units,
)
from sim.scenario.errors import Problems, Source
from sim.scenario.messages import explanations, sentences
from sim.scenario.reader import read_file, read_text
from sim.scenario.show import show

SCENARIOS = sorted(scenarios_dir().glob("*.yaml"))
RUNNABLE = [path for path in SCENARIOS if path.stem != "envelope"]
JANUARY, DECEMBER = 0, 11


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario that extends a shipped one, and return its path."""

    def written(body: str, base: str = "paris_only.yaml", name: str = "mine") -> Path:
        path = tmp_path / f"{name}.yaml"
        head = f'schema: scenario/1\nid: {name}\ntitle: {{fr: "Essai", en: "Test"}}\n'
        path.write_text(head + (f"extends: {base}\n" if base else "") + body, "utf-8")
        return path

    return written


def codes_of(path: Path, **options: object) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        load_scenario(path, **options)  # type: ignore[arg-type]
    return [error.code for error in caught.value.errors]


# -- what is shipped -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_shipped_scenario(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.id == path.stem
    assert (scenario.spin_up, scenario.start) == (2008 * 12 + JANUARY, 2013 * 12 + JANUARY)
    assert (scenario.end, scenario.w_talent, scenario.discount_rate) == (2033 * 12 + DECEMBER, 20, 0.032)
    equalised = path.stem == "departements_equalised"
    assert (scenario.cofunding_share, scenario.equalisation) == (0.5, 1.0 if equalised else 0.0)
    budget = scenario.budget
    years = 5 if path.stem in ("mediation_one_percent", "la_base") else 10
    assert (budget.first, budget.last) == (2014 * 12 + JANUARY, (2013 + years) * 12 + DECEMBER)
    assert budget.yearly_shares == pytest.approx((1.0 / years,) * years)
    rung = re.search(r"_(36|2150)$", path.stem)
    other = {"baseline": 0.0, "relabel_existing": 1e6, "angel_tax": 0.0, "mediation_one_percent": 36e6, "la_base": 36e6}
    assert budget.total_eur == (1e6 * int(rung[1]) if rung else other.get(path.stem, 215e6))
    total = sum(lever.share for lever in scenario.levers)
    assert total == pytest.approx(1.0 if budget.total_eur else 0.0, abs=1e-12)


def test_arms_of_the_default_study_differ_by_place_alone() -> None:
    study = load_study("default")
    assert [arm.id for arm in study.arms] == ["paris_only", "fifteen_metropoles", "one_hub_per_departement"]
    assert study.arms[1].title["fr"] == "15 métropoles (hors Paris)"
    assert study.reference.hubs is None
    assert {lever.name: lever.share for lever in study.arms[0].levers} == {
        "animation": 0.1, "brand": 0.1, "floor": 0.4, "accelerator": 0.4,
    }  # fmt: skip
    alike = []
    for arm in study.arms:
        assert arm.hubs is not None
        hubs = dataclasses.replace(arm.hubs, where=study.arms[0].hubs.where)  # type: ignore[union-attr]
        alike.append(dataclasses.replace(arm, id="", title={}, hubs=hubs, digest=""))
    assert alike[0] == alike[1] == alike[2]
    assert len({arm.digest for arm in study.scenarios}) == 4


def test_default_and_full_study() -> None:
    study, full = load_study("default"), load_study("full")
    assert study.seeds == tuple(range(1, 17))
    assert full.seeds == study.seeds
    assert len(full.assumptions) == 10 + 12  # named, and drawn
    assert study.horizons == tuple(year * 12 + DECEMBER for year in (2023, 2028, 2033))
    assert (study.headline, study.equal_cost.measure) == ("jobs", "present_value_paid")
    assert (study.equal_cost.tolerance, study.equal_cost.otherwise) == (0.01, "error")
    assert full.arms == study.arms
    assert {"paris_plus_fifteen", "paris13plus", "random_fifteen"} <= {variant.id for variant in full.variants}
    assert full.digest != study.digest


def test_number_of_hubs() -> None:
    counts = {
        "paris_only": 1, "fifteen_metropoles": 15, "paris_plus_fifteen": 16, "paris13plus": 15,
        "fifteen_historical": 15, "random_fifteen": 15, "best_fifteen": 15, "all_eligible": None,
        "one_hub_per_departement": 96, "three_hubs_per_departement": 279, "one_hub_per_former_region": 22,
    }  # fmt: skip
    assert {name: describe.diff("baseline", name).money[1].number for name in counts} == counts
    assert "Paris" not in describe.diff("baseline", "fifteen_metropoles").money[1].hubs


# -- inheritance -----------------------------------------------------------------------------------


def test_mappings_merge_and_scalars_replace(write: Callable[..., Path]) -> None:
    path = write("hubs: {footprint: 500 m}\nlevers:\n  floor: {terms: {discount: 25 %}}\n")
    scenario, parent = load_scenario(path), load_scenario("paris_only")
    assert scenario.hubs is not None
    assert parent.hubs is not None
    assert scenario.hubs == dataclasses.replace(parent.hubs, footprint_km=0.5)
    floor = next(lever for lever in scenario.levers if lever.name == "floor")
    assert floor.terms == {"cost_per_m2": 1200.0, "discount": 0.25}


def test_where_is_replaced_whole(write: Callable[..., Path]) -> None:
    scenario = load_scenario(write('hubs:\n  where: {level: zone, codes: ["29", "2A"]}\n'))
    assert scenario.hubs is not None
    assert (scenario.hubs.where.set, scenario.hubs.where.codes) == (None, ("29", "2A"))


def test_null_removes_a_lever(write: Callable[..., Path]) -> None:
    scenario = load_scenario(write("levers:\n  brand: null\n  floor: {share: 50 %}\n"))
    assert {lever.name: lever.share for lever in scenario.levers} == {
        "accelerator": 0.4, "animation": 0.1, "floor": 0.5,
    }  # fmt: skip


def test_title_and_id_are_not_inherited(write: Callable[..., Path]) -> None:
    path = write("")
    path.write_text("schema: scenario/1\nextends: paris_only.yaml\n", "utf-8")
    assert codes_of(path) == ["E-missing", "E-missing"]


def test_a_file_beside_comes_before_a_shipped_one(write: Callable[..., Path]) -> None:
    write("world: {w_talent: 7}\n", name="paris_only")
    assert codes_of(write("", name="paris_only")) == ["E-cycle"]
    write("world: {w_talent: 7}\n", base="fifteen_metropoles.yaml", name="paris_only")
    assert load_scenario(write("", base="paris_only.yaml")).w_talent == 7


def test_all_faults_of_a_phase_and_only_those(write: Callable[..., Path]) -> None:
    """Three faults of shape are told together; the fault of meaning waits for its own phase."""
    path = write("budget: {total: 5, window: {from: 2020, to: 2014}}\nhubs: {merge: 3}\nworl: {}\n")
    assert sorted(codes_of(path)) == ["E-range", "E-unit", "E-unknown-key"]


def test_abstract_files_can_be_checked_but_not_run() -> None:
    check_scenario(scenarios_dir() / "envelope.yaml")
    assert codes_of(scenarios_dir() / "envelope.yaml") == ["E-abstract"]


def test_abstract_files_are_checked_as_far_as_they_go(write: Callable[..., Path]) -> None:
    with pytest.raises(FileErrors) as caught:
        check_scenario(write("abstract: true\nhubs: {foot: 3 km}\n", base="envelope.yaml"))
    assert [error.code for error in caught.value.errors] == ["E-unknown-key"]


# -- scalars and units -----------------------------------------------------------------------------


def data_of(text: str) -> object:
    problems = Problems("en")
    value = read_text(text, Source("text"), problems)
    problems.stop()
    assert value is not None
    return value.plain()


def test_own_scalar_rules() -> None:
    text = '[50e6, 2A, 12:30, 2014-01, "01", 0, -1.5, 1_000, true, null, 0x1F, .5, 5., "yes"]'
    wanted = [50e6, "2A", "12:30", "2014-01", "01", 0, -1.5, "1_000", True, None, "0x1F", 0.5, 5.0, "yes"]
    assert data_of(text) == wanted
    assert [type(item) for item in data_of(text)] == [type(item) for item in wanted]  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "True", "NULL", "01", "00", ".nan", "-.inf"])
def test_ambiguous_scalars_are_refused(word: str) -> None:
    with pytest.raises(FileErrors):
        data_of(f"key: {word}")


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (units.money, "215 MEUR", 215e6), (units.money, "1.5BEUR", 1.5e9), (units.money, "70 kEUR", 70e3),
        (units.money, "2e2 EUR", 200.0), (units.share, "7 %", 0.07), (units.share, "12.5%", 0.125),
        (units.duration, "18 months", 18), (units.duration, "1 month", 1), (units.duration, "1.5 years", 18),
        (units.distance, "250 m", 0.25), (units.distance, "2 km", 2.0), (units.first_month, 2014, 2014 * 12),
        (units.last_month, 2014, 2014 * 12 + 11), (units.first_month, "2014-09", 2014 * 12 + 8),
        (units.last_month, "2014-09", 2014 * 12 + 8), (units.number, 1, 1.0), (units.whole, 5e4, 50000),
    ],
)  # fmt: skip
def test_quantities(read: Callable[[object], float], text: object, wanted: float) -> None:
    assert read(text) == wanted


@pytest.mark.parametrize(
    ("read", "text", "key"),
    [
        (units.money, "1000.1 BEUR", "above"), (units.money, "1e400 MEUR", "above"), (units.share, "1e999 %", "above"),
        (units.money, "1e99999999999999999999 EUR", "above"), (units.duration, "1e400 months", "above"),
        (units.distance, "1e300 km", "above"), (units.distance, "1e-200 km", "below"),
        (units.price, "0.9e-2 EUR", "below"),
    ],
)  # fmt: skip
def test_quantities_that_make_no_sense(read: Callable[[object], float], text: object, key: str) -> None:
    with pytest.raises(units.Misread) as caught:
        read(text)
    assert caught.value.message.key == key


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (units.money, "1000 BEUR", 1e12), (units.money, "1e-99999999999999999999 EUR", 0.0),
        (units.money, "0 EUR", 0.0),
        (units.distance, "1 m", 0.001), (units.distance, "20000 km", 2e4), (units.price, "0.01 EUR", 0.01),
        (units.duration, "300 years", 3600),
    ],
)  # fmt: skip
def test_quantities_at_their_bounds(read: Callable[[object], float], text: object, wanted: float) -> None:
    assert read(text) == wanted


@given(st.integers(0, 10_000))
def test_shares_read_back_exactly(hundredths: int) -> None:
    assert units.share(f"{hundredths / 100:.2f} %") == float(f"{hundredths}e-4")


@given(st.integers(1900 * 12, 2200 * 12 + 11))
def test_dates_read_back(month: int) -> None:
    assert units.first_month(units.month_text(month)) == units.last_month(units.month_text(month)) == month


@given(st.floats(0, 1e12, allow_nan=False))
def test_euros_read_back(eur: float) -> None:
    assert units.money(units.euros(eur)) == pytest.approx(eur, rel=1e-9, abs=1e-5)


# -- levers of one kind ----------------------------------------------------------------------------


def test_terms_read_by_kind_are_those_that_must_agree() -> None:
    """Every call of `Policy.term` in the engine is listed, and nothing else."""
    text = "\n".join(path.read_text("utf-8") for path in Path(policy.__file__).parent.rglob("*.py"))
    found = set(re.findall(r'\.term\("(\w+)", "(\w+)"', text)) | set(aid.PRICES.items())
    assert len(re.findall(r"\.term\(\w", text)) == len(re.findall(r"\.term\(kind, PRICES\[kind\]", text))
    assert found == {(kind, term) for kind, terms in meaning.ONE_OF_A_KIND.items() for term in terms}


@pytest.mark.parametrize(("kind", "terms"), meaning.ONE_OF_A_KIND.items())
def test_levers_of_one_kind_agree_where_the_model_has_one_value(
    write: Callable[..., Path], kind: str, terms: tuple[str, ...]
) -> None:
    values = {"price": ("20 kEUR", "40 kEUR"), "share": ("10 %", "90 %"), "stay": ("12 months", "2 years")}
    every = KINDS[kind].terms

    def written(changed: str) -> Path:
        levers = {
            name: {"kind": kind, "share": "50 %"}
            | {"terms": {term: values[unit][term == changed and name == "b"] for term, unit in every.items()}}
            for name in ("a", "b")
        }
        gone = dict.fromkeys(("animation", "brand", "floor", "accelerator"))
        return write(f"levers: {json.dumps({**gone, **levers})}\n")

    assert len(load_scenario(written("")).levers) == 2
    for term in every:
        if term in terms:
            assert codes_of(written(term)) == ["E-duplicate"]
        else:
            assert len(load_scenario(written(term)).levers) == 2


# -- budgets and calendars -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        ("flat", (6 / 30, 12 / 30, 12 / 30)),
        ("front_loaded", (18 / 54, 24 / 54, 12 / 54)),
        ("[50 %, 30 %, 20 %]", (0.5, 0.3, 0.2)),
    ],
)
def test_profiles(write: Callable[..., Path], profile: str, wanted: tuple[float, ...]) -> None:
    path = write(f"budget:\n  window: {{from: 2014-07, to: 2016}}\n  profile: {profile}\n")
    assert load_scenario(path).budget.yearly_shares == pytest.approx(wanted, abs=1e-15)


def test_months_cut_the_run_and_say_what_is_not_paid() -> None:
    scenario = load_scenario("paris_only", overrides={"months": "24"})
    assert scenario.end == 2014 * 12 + DECEMBER
    assert [note.text("en") for note in scenario.notes] == [
        "the run stops in 2014-12; 90 % of the budget would be paid later"
    ]
    assert load_scenario("paris_only").notes == ()


def test_cell_km_makes_a_uniform_grid() -> None:
    grid = load_scenario("paris_only", overrides={"cell_km": "2.5"}).grid
    assert (grid.kind, grid.cell_km) == ("uniform", 2.5)


# -- overrides -------------------------------------------------------------------------------------


def test_overrides_reach_every_kind_of_value() -> None:
    scenario = load_scenario(
        "paris_only",
        overrides={
            "world.w_talent": "100", "budget.total": "300 MEUR", "model.parameters.founding.base_hazard": "2e-4",
            "model.switches.founding.active": "off", "hubs.where": '{level: zone, codes: ["75"]}',
            "levers.brand": "null", "levers.floor.share": "50 %",
        },
    )  # fmt: skip
    assert scenario.w_talent == 100
    assert scenario.budget.total_eur == 300e6
    assert scenario.parameters == {"founding.base_hazard": 2e-4}
    assert scenario.switches == {"founding.active": "off"}
    assert scenario.hubs is not None
    assert scenario.hubs.where.codes == ("75",)
    assert [lever.name for lever in scenario.levers] == ["accelerator", "animation", "floor"]


def test_parameters_equal_to_the_default_change_nothing() -> None:
    plain = load_scenario("paris_only")
    default = PARAMETERS["founding.base_hazard"].default
    same = load_scenario("paris_only", overrides={"model.parameters.founding.base_hazard": repr(default)})
    assert same.digest == plain.digest


def test_study_overrides() -> None:
    study = load_study("default", overrides={"budget.total": "36 MEUR", "world.w_talent": "50", "seeds.count": "8"})
    assert [arm.budget.total_eur for arm in study.scenarios] == [0.0, 36e6, 36e6, 36e6]
    assert [arm.w_talent for arm in study.scenarios] == [50] * 4
    assert len(study.seeds) == 8


def test_arms_named_on_the_command_line_are_read_from_the_working_folder(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("hubs: {footprint: 3 km}\n").parent)
    study = load_study("default", overrides={"arms": "[mine.yaml, paris_only]"})
    assert [arm.id for arm in study.arms] == ["mine", "paris_only"]


def test_quick() -> None:
    study = load_study("default", quick=True)
    assert (study.seeds, study.horizons) == ((1, 2, 3, 4), (2023 * 12 + DECEMBER,))
    assert {arm.w_talent for arm in study.scenarios} == {100}
    assert {arm.end for arm in study.scenarios} == {2023 * 12 + DECEMBER}
    assert [note.text("en") for note in study.notes] == [
        "horizon 2028-12 is dropped: the runs end in 2023-12",
        "horizon 2033-12 is dropped: the runs end in 2023-12",
    ]
    assert load_study("default", quick=True, overrides={"world.w_talent": "40"}).reference.w_talent == 40
    assert load_study("default", quick=True, seeds=6).seeds == (1, 2, 3, 4, 5, 6)


def test_a_run_cut_before_every_horizon_keeps_its_end() -> None:
    assert load_study("default", overrides={"months": "36"}).horizons == (2015 * 12 + DECEMBER,)


def test_unequal_money_can_be_asked_for(tmp_path: Path, write: Callable[..., Path]) -> None:
    write("budget: {total: 36 MEUR}\n", name="small")
    path = tmp_path / "study.yaml"
    text = (
        'schema: study/1\nid: two\nextends: default.yaml\nquestion: {fr: "?", en: "?"}\n'
        "arms: [paris_only.yaml, small.yaml]\n"
    )
    path.write_text(text, "utf-8")
    with pytest.raises(FileErrors) as caught:
        load_study(path)
    assert caught.value.not_comparable
    both = "equal_cost: {measure: paid, tolerance: 1 %, otherwise: report_both}\n"
    path.write_text(text + both, "utf-8")
    assert [arm.budget.total_eur for arm in load_study(path).arms] == [215e6, 36e6]


# -- digests ---------------------------------------------------------------------------------------


CHANGES = {
    "w_talent": {"world.w_talent": "21"}, "grid": {"cell_km": "4"}, "spin_up": {"time.spin_up": "2009-01"},
    "start": {"time.start": "2013-02"}, "end": {"time.end": "2032-12"}, "rate": {"money.discount_rate": "0.025"},
    "cofunding": {"money.cofunding.share": "40 %"},
    "parameter": {"model.parameters.founding.serial_failure": "3"}, "switch": {"model.switches.rents.active": "off"},
    "total": {"budget.total": "214 MEUR"}, "window": {"budget.window": "{from: 2014, to: 2022}"},
    "profile": {"budget.profile": "front_loaded"}, "where": {"hubs.where": "{level: site, set: paris_plus_fifteen}"},
    "siting": {"hubs.siting": "seat"}, "sites": {"hubs.sites": "members"}, "allocate": {"hubs.allocate": "per_capita"},
    "footprint": {"hubs.footprint": "3 km"},
    "build": {"hubs.build_time": "12 months"}, "assignment": {"hubs.assignment": "all_eligible"},
    "count": {"hubs.assignment": "lottery", "hubs.where": "{level: zone, all: true}", "hubs.count": "3"},
    "threshold": {"hubs.assignment": "threshold", "hubs.threshold": "0.5"},
    "towns": {"hubs.where": "{level: zone, all: true}", "hubs.per_place": "2"},
    "equalisation": {"money.cofunding.equalisation": "50 %"}, "merge": {"hubs.merge": "0.5"},
    "carrier": {"hubs.carrier": "founder"},
    "terms": {"levers.animation.terms.staff_cost": "90 kEUR"},
    "when": {"levers.brand.when": "{from: 2015, to: 2016}"},
    "share": {"levers.brand.share": "20 %", "levers.floor.share": "30 %"},
}  # fmt: skip


def test_digest_changes_with_everything_that_determines_a_run() -> None:
    digests = {name: load_scenario("paris_only", overrides=change).digest for name, change in CHANGES.items()}
    assert len({*digests.values(), load_scenario("paris_only").digest}) == len(CHANGES) + 1


def test_digest_ignores_names_titles_and_order(write: Callable[..., Path]) -> None:
    own = load_scenario(write("", name="other"))
    assert own.id == "other"
    assert own.digest == load_scenario("paris_only").digest
    body = "\nlevers:\n" + "".join(
        f"  {name}: {{kind: {name}, share: {share} %, terms: {terms}}}\n"
        for name, share, terms in (
            ("floor", 40, "{discount: 40 %, cost_per_m2: 1.2 kEUR}"),
            ("accelerator", 40, "{stay: 1 year, cost_per_place: 10000 EUR}"),
            ("brand", 10, "{}"),
            ("animation", 10, "{staff_cost: 0.1 MEUR}"),
        )
    )
    text = "budget: {total: 0.215 BEUR}\nhubs:\n  where: {level: site, set: paris}\n  siting: best\n  sites: lead\n"
    text += "  allocate: equal\n  footprint: 2000 m\n  carrier: mixed\n  merge: 0.0\n  build_time: 1.5 years\n"
    path = write(text + "  assignment: listed" + body, base="baseline.yaml", name="rewritten")
    assert load_scenario(path).digest == own.digest


def test_study_digest_ignores_seeds_and_questions(tmp_path: Path) -> None:
    study = load_study("default")
    path = tmp_path / "again.yaml"
    path.write_text('schema: study/1\nid: again\nextends: default.yaml\nquestion: {fr: "a", en: "b"}\n', "utf-8")
    again = load_study(path, seeds=64)
    assert (again.id, again.digest) == ("again", study.digest)
    changes = {"horizons": "[2023-12]", "headline": "startups", "indifference": "1 %", "world.w_talent": "10"}
    for key, value in changes.items():
        assert load_study("default", overrides={key: value}).digest != study.digest


def test_scenarios_can_be_sent_to_workers() -> None:
    study = load_study("default")
    assert pickle.loads(pickle.dumps(study)) == study


# -- printing back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_what_is_shown_can_be_read_and_means_the_same(path: Path, tmp_path: Path) -> None:
    text = show(path, overrides={"model.parameters.founding.serial_failure": "3", "money.discount_rate": "0.025"})
    copy = tmp_path / "copy.yaml"
    copy.write_text(text, "utf-8")
    changed = {"model.parameters.founding.serial_failure": "3", "money.discount_rate": "0.025"}
    wanted = load_scenario(path, overrides=changed)
    assert load_scenario(copy) == wanted
    assert f"# digest {wanted.digest}" in text


def test_words_that_yaml_would_misread_are_shown_with_quotes(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write('model: {switches: {rents.active: "off"}}\nhubs:\n  where: {level: zone, codes: ["01", "2A"]}\n')
    path.write_text(path.read_text("utf-8").replace('"Essai"', '"true"').replace('"Test"', '"12: a # b"'), "utf-8")
    copy = tmp_path / "copy.yaml"
    copy.write_text(show(path), "utf-8")
    again = load_scenario(copy)
    assert again == load_scenario(path)
    assert again.title == {"fr": "true", "en": "12: a # b"}


def test_every_shown_value_has_its_origin() -> None:
    text = show("paris_only", overrides={"world.w_talent": "50"})
    assert re.search(r"total: 215 MEUR +# envelope\.yaml:\d+\n", text)
    assert re.search(r"where: \{level: site, set: paris\} +# paris_only\.yaml:\d+\n", text)
    assert re.search(r"w_talent: 50 +# --set world\.w_talent=50\n", text)
    groups = re.compile(r"( *)[a-z_]+:|# digest .*")
    assert [line for line in text.splitlines() if "  # " not in line and not groups.fullmatch(line)] == []
    named = re.search(r"discount_rate: 0\.032 +# baseline\.yaml:(\d+)", text)
    assert named is not None
    assert "discount_rate" in (scenarios_dir() / "baseline.yaml").read_text("utf-8").splitlines()[int(named[1]) - 1]


def test_a_study_is_shown_as_a_file_that_means_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(show("default", overrides={"indifference": "1 %"}), "utf-8")
    again, wanted = load_study(copy), load_study("default", overrides={"indifference": "1 %"})
    assert (again.digest, again.seeds, again.question) == (wanted.digest, wanted.seeds, wanted.question)


def test_diff_names_the_cause_and_where_the_euros_go() -> None:
    place = describe.diff("paris_only", "one_hub_per_departement")
    assert [each.path for each in place.differences] == ["hubs.where"]
    assert place.cause.key == "cause_place"
    paris, spread = place.money
    assert (paris.total_eur, paris.hubs) == (322.5e6, ("Paris",))
    assert spread.per_hub_eur is not None
    assert spread.per_hub_eur.tolist() == pytest.approx([322.5e6 / 96] * 96)
    assert describe.diff("paris_only", "paris_own_mix").cause.key == "cause_instruments"
    assert describe.diff("paris_only", "fifteen_own_mix").cause.key == "cause_both"
    assert describe.diff("baseline", "paris_only").cause.key == "cause_reference"
    assert describe.diff("paris_only", "paris_only").differences == ()
    assert describe.diff("one_hub_per_departement", "departements_equalised").cause.key == "cause_payers"


def test_diff_counts_levers_with_places_of_their_own() -> None:
    """Euros by zone are those of hubs and of levers elsewhere; they add up to what is announced."""
    money = describe.diff("paris_plus_fifteen", "hub_and_spoke").money
    for each in money:
        assert each.by_zone_eur is not None
        assert sum(each.by_zone_eur.values()) == pytest.approx(each.total_eur, rel=1e-12)
    assert len(money[1].by_zone_eur) == 96  # type: ignore[arg-type]
    assert money[1].by_zone_eur["48 Lozère"] == pytest.approx(0.2 * 322.5e6 * 76_607 / 63_697_865, rel=0.01)  # type: ignore[index]
    assert money[1].per_hub_eur is not None
    assert money[1].per_hub_eur.sum() == pytest.approx(0.8 * 322.5e6, rel=1e-12)
    assert describe.diff("baseline", "mediation_one_percent").money[1].by_zone_eur
    assert describe.diff("baseline", "random_fifteen").money[1].by_zone_eur is None
    text = describe.diff("paris_plus_fifteen", "hub_and_spoke").text("en")
    assert re.search(r"48 Lozère +- +\d", text)


def test_equalisation_is_in_what_is_announced() -> None:
    plain, equal = describe.diff("one_hub_per_departement", "departements_equalised").money
    assert equal.total_eur == plain.total_eur
    assert 0.8 * plain.local_eur < equal.local_eur < plain.local_eur


def test_diff_shares_money_by_head() -> None:
    money = describe.diff("baseline", "departements_per_head").money[1]
    assert money.per_hub_eur is not None
    assert money.per_hub_eur.sum() == pytest.approx(322.5e6)
    nord, lozere = (money.per_hub_eur[money.hubs.index(name)] for name in ("Nord", "Lozère"))
    assert nord / lozere == pytest.approx(2_595_536 / 76_607, rel=0.01)  # populations of 2013


@pytest.mark.parametrize(("kind", "base"), [("scenario", "paris_only"), ("scenario", "baseline"), ("study", "default")])
def test_templates_mean_the_same_as_their_base(kind: str, base: str, tmp_path: Path) -> None:
    load = load_study if kind == "study" else load_scenario
    for lang in ("en", "fr"):
        path = tmp_path / f"{lang}.yaml"
        path.write_text(template.template(kind, "mine", base, lang), "utf-8")
        made = load(path)
        assert (made.id, made.digest) == ("mine", load(base).digest)


def test_templates_show_examples_that_work(tmp_path: Path) -> None:
    """Each example of the template loads once its # is removed."""
    text = template.template("scenario", "mine")
    examples = [line[2:] for line in text.splitlines() if re.match(r"#   where: ", line)]
    assert len(examples) == 3
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(f"{text}hubs:\n{example}\n", "utf-8")
        assert load_scenario(path).digest != load_scenario("paris_only").digest


# -- schemas, sentences ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", describe.levers("en"))
def test_every_lever_has_an_example_that_works(write: Callable[..., Path], kind: str) -> None:
    """Beside a lever that takes the rest of the budget."""
    example = describe.levers("en")[kind]["example"]
    rest = "100 %" if "share" not in example else "90 %"
    other = f"  rest: {{kind: brand, share: {rest}}}\n"
    removed = "".join(f"  {name}: null\n" for name in ("animation", "brand", "floor", "accelerator") if name != kind)
    own = f"  {example}\n".replace(f"{kind}:", f"mine_{kind}:", 1)
    removed += f"  {kind}: null\n" if kind in ("animation", "brand", "floor", "accelerator") else ""
    scenario = load_scenario(write("levers:\n" + removed + own + other))
    assert {lever.kind for lever in scenario.levers} == {kind, "brand"}


def test_schemas_are_up_to_date() -> None:
    folder = scenarios_dir() / "schema"
    stored = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    assert stored == schema.texts(), "run: python -m sim.scenario.schema"


def test_schemas_accept_what_is_shipped() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    for path in (*SCENARIOS, *(scenarios_dir() / "studies").glob("*.yaml")):
        value = read_file(path, Problems())
        assert value is not None
        plain = json.loads(json.dumps(value.plain()))
        name = plain["schema"].replace("/", "-")
        checker = jsonschema.Draft202012Validator(schema.schemas()[f"{name}.patch.json"])
        assert [error.message for error in checker.iter_errors(plain)] == []
        assert not checker.is_valid(plain | {"budgt": 1})


def fields_of(pattern: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(pattern) if name})


def test_every_sentence_says_the_same_in_both_languages() -> None:
    problems = Problems()
    read_file(Path(describe.__file__).parent / "sentences.yaml", problems)
    assert [error.text("en") for error in problems.errors] == []  # no key twice
    for key, sentence in sentences().items():
        assert fields_of(sentence.en) == fields_of(sentence.fr), key
        assert sentence.en != sentence.fr or key in ("territory", "written", "money_total"), key


def test_every_sentence_is_used_and_every_code_explained() -> None:
    package = Path(describe.__file__).parents[1]
    code = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    made = ("lever_", "term_", "new_", "unknown_", "_name", "_what")  # keys put together from names
    assert [key for key in sentences() if f'"{key}"' not in code and not any(part in key for part in made)] == []
    codes = {sentence.code for sentence in sentences().values() if sentence.code.startswith("E-")}
    assert codes == set(explanations())
    assert all(page.keys() == {"en", "fr"} for page in explanations().values())


def test_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUARTIERS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    message = Message("missing", {"key": "id"})
    assert message.text() == "'id' is missing"
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert message.text() == "il manque « id »"
    monkeypatch.setenv("QUARTIERS_LANG", "en")
    assert message.text() == "'id' is missing"
    assert message.text("fr") == "il manque « id »"


def test_forms_for_machines(write: Callable[..., Path]) -> None:
    with pytest.raises(FileErrors) as caught:
        load_scenario(write("budget: {total: 5}\n"), lang="en")
    told = json.loads(caught.value.render(form="json"))
    assert [(each["code"], each["line"], each["column"], each["path"]) for each in told] == [
        ("E-unit", 5, 17, "budget.total")
    ]
    assert re.fullmatch(
        r"::error file=.*mine\.yaml,line=5,col=17,title=E-unit::budget\.total: 5 has no unit; write it as 5 MEUR",
        caught.value.render(form="github"),
    )


# -- robustness ------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.text(alphabet="abz019 :-{}[],\"'#&*!|>%@`\t\n\\é.~", max_size=60))
def test_any_text_gives_a_value_or_an_error_with_a_place(text: str) -> None:
    problems = Problems("en")
    value = read_text(text, Source("text", tuple(text.splitlines())), problems)
    assert (value is None) == (not problems.readable)  # slips come with the value
    assert all(error.render() for error in problems.errors)


BASELINE = read_file(scenarios_dir() / "baseline.yaml", Problems())
LEAVES = [path for path, _ in BASELINE.leaves()] if BASELINE else []
ODD = ["5", "-1", "0.5", "x", "[]", "[1, a]", "{}", "{a: 1}", "true", '""', "1e400", "2014-13", "10 %", "3 MEUR"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LEAVES), st.sampled_from(ODD))
def test_any_value_anywhere_gives_a_scenario_or_file_errors(path: tuple[str, ...], value: str) -> None:
    if path[0] in ("schema", "id", "title"):
        return
    try:
        scenario: Scenario | None = load_scenario("paris_only", overrides={".".join(path): value})
        errors = []
    except FileErrors as failure:
        scenario, errors = None, failure.errors
    assert (scenario is None) == bool(errors)
    assert all(error.render("fr") and error.place.source.shown for error in errors)


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    for text in ("[" * 5000, "a: " + "[" * 300 + "]" * 300):
        problems = Problems("en")
        assert read_text(text, Source("text"), problems) is None
        assert [error.code for error in problems.errors][:1] == ["E-yaml"]
