"""Which runs are compared, what is refused, and tables saved and read again."""

from types import SimpleNamespace

import pandas as pd
import pytest
from toy_runs import ZONES, toy_land, toy_store, toy_study

from sim.compare import Comparison, NotComparable, compare


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(toy_study(), toy_store(), geography=toy_land(), about={"command": "run.py compare"})


def test_a_failed_run_is_left_out_of_its_pairs_only() -> None:
    found = compare(toy_study(), toy_store(failed={("one", 3)}), geography=toy_land())
    n = found.effects.groupby("arm")["n"].unique().map(list).to_dict()
    assert n == {"one": [7], "spread": [8], "rung": [8]}
    assert set(found.pairwise["n"]) == {7}
    assert found.meta["failed_runs"] == 1
    assert found.meta["seeds"] == [1, 2, 4, 5, 6, 7, 8]


def test_seeds_of_the_study_choose_the_runs() -> None:
    found = compare(toy_study(seeds=(2, 3)), toy_store(), geography=toy_land())
    assert found.meta["runs_total"] == 8
    assert found.meta["seconds_total"] == 16.0
    others = compare(toy_study(seeds=(2, 3)), toy_store(failed={("one", 4)}), geography=toy_land())
    assert others.meta["failed_runs"] == 0
    alone = compare(toy_study(seeds=(2,)), toy_store(), geography=toy_land())
    assert alone.effects["ci95_low"].isna().all()
    assert not alone.cost["defined"].any()
    assert set(alone.pairwise["verdict"]) == {"undecided"}


def test_variants_without_runs_are_left_out() -> None:
    failed = {("rung", seed) for seed in range(1, 9)}
    found = compare(toy_study(), toy_store(failed=failed), geography=toy_land())
    assert found.arms["arm"].tolist() == ["reference", "one", "spread"]


def test_what_cannot_be_compared_is_refused() -> None:
    land = toy_land()
    with pytest.raises(NotComparable, match=r"arm one has no finished run with the seed"):
        compare(toy_study(), toy_store(failed={("one", seed) for seed in range(1, 9)}), geography=land)
    with pytest.raises(NotComparable, match=r"differ by 18\.2%, the tolerance is 1\.0%.*one 10\.0 MEUR"):
        compare(toy_study(), toy_store(cost={"one": 10e6, "spread": 12e6}), geography=land)
    with pytest.raises(NotComparable, match="horizon 2030 lies outside"):
        compare(toy_study(horizons=(2018 * 12, 2030 * 12)), toy_store(), geography=land)
    twice = toy_store()
    twice._runs = pd.concat([twice.runs(), twice.runs().head(1)])
    with pytest.raises(NotComparable, match="scenario reference, seed 1 has two finished runs"):
        compare(toy_study(), twice, geography=land)
    shorter = toy_store()
    cut = shorter._tables["series", "spread", 4]
    shorter._tables["series", "spread", 4] = cut[cut["year"] < 2023]
    with pytest.raises(NotComparable, match="scenario spread, seed 4: years 2012-2022, where"):
        compare(toy_study(), shorter, geography=land)
    moved = toy_store()
    moved._tables["firms", "spread", 4]["cell"] += 1
    with pytest.raises(NotComparable, match="runs of spread stand on another grid: a startup is in cell 4 of 4"):
        compare(toy_study(), moved, geography=land)
    split = {("one", seed) for seed in range(1, 5)} | {("spread", seed) for seed in range(5, 9)}
    with pytest.raises(NotComparable, match="no seed has finished in every arm"):
        compare(toy_study(), toy_store(failed=split), geography=land)


def test_unequal_costs_are_shown_when_asked_for() -> None:
    terms = SimpleNamespace(measure="present_value_paid", tolerance=0.01, otherwise="report_both")
    store = toy_store(cost={"one": 10e6, "spread": 12e6})
    found = compare(toy_study(equal_cost=terms), store, geography=toy_land())
    assert not found.meta["equal_cost"]["ok"]
    # a variant of another envelope is no reason to refuse
    store = toy_store(cost={"rung": 99e6})
    assert compare(toy_study(), store, geography=toy_land()).meta["equal_cost"]["ok"]


def test_saved_tables_come_back_the_same(found: Comparison, tmp_path) -> None:
    found.save(tmp_path / "tables")
    again = Comparison.load(tmp_path / "tables")
    for name, frame in found.frames().items():
        pd.testing.assert_frame_equal(again.frames()[name], frame)
        assert again.frames()[name].attrs["units"] == frame.attrs["units"]
    assert again.meta == found.meta
    assert again.cost.attrs["units"]["cost_per_net_job"] == "EUR2015/job"
    first = {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()}
    found.save(tmp_path / "tables")
    assert {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()} == first


def test_csv_follows_the_rfc(found: Comparison, tmp_path) -> None:
    found.save(tmp_path)
    text = (tmp_path / "zones.csv").read_bytes().decode("utf-8")
    assert text.count("\r\n") == text.count("\n") == ZONES + 1
    assert '"Deux, trois"' in text
    read = pd.read_csv(tmp_path / "departements.csv", dtype={"code": str})
    assert set(read["code"]) == {"01", "02", "2A", "75"}
    assert read["diff_mean"].to_numpy() == pytest.approx(
        found.departements["diff_mean"].to_numpy(), rel=1e-15
    )


def test_changed_or_missing_tables_are_noticed(found: Comparison, tmp_path) -> None:
    with pytest.raises(ValueError, match=r"comparison\.json: not found"):
        Comparison.load(tmp_path)
    found.save(tmp_path)
    other = pd.read_parquet(tmp_path / "cost.parquet")
    other.assign(net_jobs_mean=0.0).to_parquet(tmp_path / "cost.parquet")
    with pytest.raises(ValueError, match=r"cost\.parquet: changed"):
        Comparison.load(tmp_path)
    (tmp_path / "cost.parquet").unlink()
    with pytest.raises(ValueError, match=r"cost\.parquet: missing"):
        Comparison.load(tmp_path)
