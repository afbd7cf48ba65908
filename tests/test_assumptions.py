"""Sets of assumptions in study files: what is drawn, what is run, and that nothing is run twice."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.experiments.plan import plan_study
from sim.experiments.resolved import FILE, read_study, study_text
from sim.params import PARAMETERS, SWITCHES
from sim.scenario import load_study
from sim.scenario.assumptions import by_logarithm, draw, drawable, fitted_in, from_prior, place_of, value_at

STUDY = """\
schema: study/1
id: test
extends: default.yaml
question: {fr: "Essai ?", en: "Test?"}
seeds: {count: 3}
"""
SETS = """\
assumptions:
  log:
    title: {fr: "Log", en: "Log"}
    switches: {spillovers.form: log}
    seeds: 2
  shared:
    title: {fr: "Commune", en: "Common"}
    parameters: {brand.dilution: 0}
"""


def study_of(folder: Path, text: str):
    file = folder / "test.yaml"
    file.write_text(STUDY + text, "utf-8")
    return load_study(file)


def prior_share(param, values: np.ndarray) -> np.ndarray:
    """Quantiles at which values lie in a parameter's prior, the inverse of `from_prior`."""
    mode = float(place_of(param, param.default))
    return stats.beta.cdf(place_of(param, values), 1.0 + 4.0 * mode, 5.0 - 4.0 * mode)


def test_a_set_lies_over_every_arm_and_the_reference_alike(tmp_path: Path) -> None:
    study = study_of(tmp_path, SETS)
    log, shared = (study.under(each) for each in study.assumptions)
    assert [each.id for each in log.scenarios] == [f"{each.id}@log" for each in study.scenarios]
    assert all(each.switches["spillovers.form"] == "log" for each in log.scenarios)
    assert all(each.parameters["brand.dilution"] == 0.0 for each in shared.scenarios)
    assert log.seeds == (1, 2)
    assert shared.seeds == (1, 2, 3)
    assert len({each.digest for under in (study, log, shared) for each in under.scenarios}) == 12


def test_sets_add_runs_and_repeat_none(tmp_path: Path) -> None:
    alone, study = study_of(tmp_path, ""), study_of(tmp_path, SETS)
    before, after = plan_study(alone, code_hash="x"), plan_study(study, code_hash="x")
    assert after.runs[: len(before.runs)] == before.runs
    assert len(after.runs) == 4 * (3 + 2 + 3)
    missing = after.missing([run.run_id for run in before.runs])
    assert [len(shard.runs) for shard in missing] == [4] * 5
    assert alone.digest != study.digest


def test_a_set_that_writes_a_default_is_the_main_world(tmp_path: Path) -> None:
    default = SWITCHES["spillovers.form"].default
    text = SETS.replace("spillovers.form: log", f"spillovers.form: {default}")
    study = study_of(tmp_path, text)
    plan = plan_study(study, code_hash="x")
    assert study.under(study.assumptions[0]).reference.digest == study.reference.digest
    assert sum(len(shard.runs) for shard in plan.missing([])) == 4 * (3 + 3)


def test_draws_stay_within_bounds_and_extend(tmp_path: Path) -> None:
    names = drawable()
    many, few = draw(names, 64), draw(names, 16)
    assert np.array_equal(many[:16], few)
    low, high = (np.array([getattr(PARAMETERS[name], end) for name in names]) for end in ("low", "high"))
    assert ((many >= low) & (many <= high)).all()
    shares = np.column_stack([prior_share(PARAMETERS[name], many[:, k]) for k, name in enumerate(names)])
    spread = np.sort(shares, axis=0)
    # 64 points of a Sobol coordinate are the multiples of 1/64; a shift round the circle keeps them evenly apart.
    assert np.allclose(np.diff(spread, axis=0), 1 / 64, atol=1e-3)
    two = study_of(tmp_path, "draws: {count: 2, seeds: 2}\n")
    four = study_of(tmp_path, "draws: {count: 4, seeds: 2}\n")
    runs = [{run.run_id for run in plan_study(each, code_hash="x").runs} for each in (two, four)]
    assert runs[0] < runs[1]
    assert len(runs[1]) == 4 * (3 + 4 * 2)


def test_drawn_sets_take_whole_vectors_of_the_calibrated_set(tmp_path: Path, monkeypatch) -> None:
    vectors = ({"closure.base": 0.02, "funding.bar_fund": 2.5}, {"closure.base": 0.03, "funding.bar_fund": 2.0})
    monkeypatch.setattr("sim.scenario.assumptions.latest_fit", lambda territory: Path(territory))
    monkeypatch.setattr("sim.scenario.assumptions.vectors_of", lambda folder: vectors)
    text = "draws: {count: 3, seeds: 2, parameters: [closure.base, brand.dilution], from: %s}\n"
    fitted, priors = (study_of(tmp_path, text % source).assumptions for source in ("calibrated", "priors"))
    assert [each.parameters["closure.base"] for each in fitted] == [0.02, 0.03, 0.02]  # round again
    assert not {each.parameters["closure.base"] for each in priors} & {0.02, 0.03}
    for one, other in zip(fitted, priors):
        assert one.parameters["brand.dilution"] == other.parameters["brand.dilution"]  # not fitted: as drawn
        assert "funding.bar_fund" not in one.parameters  # not drawn: as it was
    assert fitted_in(fitted, "france") == ["closure.base"]
    assert fitted_in(priors, "france") == fitted_in((), "france") == []


@pytest.mark.parametrize("name", ["brand.dilution", "spillovers.knowledge_scale"])
def test_shares_of_a_prior(name: str) -> None:
    param = PARAMETERS[name]
    ends = from_prior(param, np.array([0.0, 1.0]))
    assert np.allclose(ends, [param.low, param.high])
    even = (np.arange(2000) + 0.5) / 2000
    values = from_prior(param, even)
    low, mode, high, mean = param.low, param.default, param.high, values.mean()
    if by_logarithm(param):
        low, mode, high, mean = np.log(low), np.log(mode), np.log(high), np.log(values).mean()
    assert mean == pytest.approx((low + 4.0 * mode + high) / 6.0, rel=1e-3)  # the mean of a PERT distribution
    assert value_at(param, place_of(param, values)) == pytest.approx(values)
    assert prior_share(param, values) == pytest.approx(even)


def test_a_stored_study_keeps_its_assumptions(tmp_path: Path) -> None:
    study = study_of(tmp_path, SETS + "draws: {count: 2, seeds: 2, parameters: [brand.dilution]}\n")
    (tmp_path / FILE).write_text(study_text(study), "utf-8")
    assert read_study(tmp_path) == study
    assert [each.id for each in study.assumptions] == ["log", "shared", "draw_1", "draw_2"]


@pytest.mark.parametrize(("name", "runs"), [("robustness", 224), ("full", 16 * 14 + 160 + 96)])
def test_shipped_studies(name: str, runs: int) -> None:
    assert len(plan_study(load_study(name), code_hash="x").runs) == runs
