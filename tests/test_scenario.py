"""Scenario and study files: inheritance, overrides, units, calendars, digests, and what is printed back."""

import dataclasses
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from shipped import RUNNABLE

from sim import policy
from sim.levers import KINDS
from sim.params import PARAMETERS
from sim.paths import scenarios_dir
from sim.processes import aid
from sim.scenario import (
    FileErrors,
    check_scenario,
    describe,
    load_scenario,
    load_study,
    meaning,
)

JANUARY, DECEMBER = 0, 11


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
