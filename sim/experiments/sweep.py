"""What a sweep has to run: the points of its design, and at each point every policy with every seed.

A *point* is a value of each factor, and of each switch that is crossed with them. The runs of a point with one seed
form a shard, the reference first, so that an interrupted sweep holds whole pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import product, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiments.plan import Plan, RunSpec, run_identity
from sim.scenario.types import DigestsOver

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.shard import Keeper, Tell
    from sim.experiments.store import Result
    from sim.explore.designs import Design
    from sim.scenario import Scenario, Sweep
    from sim.territory import Territory

POINT = "point"


@dataclass(frozen=True)
class SweepWork:
    """A sweep's work, for the workers of any launcher: outcomes of every run, in its bank (``bank``)."""

    folder: Path
    sweep: Sweep
    points: pd.DataFrame
    function: str = "sim.engine:run_shard"
    cache_folder: Path | None = None  # the runs of a shard share their start in memory

    @property
    def horizons(self) -> tuple[int, ...]:
        return self.sweep.horizons

    def prepare(self) -> None:
        """Import the model, what measures its runs and what writes them, and read the map."""
        from sim.experiments.shard import find_function

        find_function(self.function)
        for name in ("sim.compare.runs", "pyarrow.parquet"):
            import_module(name)
        _territory(self.sweep.reference.territory)

    def keeper(self, tell: Tell) -> Keeper:
        from sim.experiments.bank import Bank
        from sim.experiments.keeper import BankKeeper

        return BankKeeper(
            Bank(self.folder), self.points, self.sweep.keep, tell, point_of=self.point_of, outcomes_of=self.outcomes_of
        )

    def scenarios_of(self, runs: Sequence[RunSpec]) -> list[Scenario]:
        named = scenarios_at(self.sweep, self.points, self.point_of(runs[0]))
        return [named[run.scenario] for run in runs]

    def point_of(self, run: RunSpec) -> int:
        """Return the number of the point of a run."""
        return run.shard // len(self.sweep.seeds)

    def outcomes_of(self, result: Result) -> dict[str, float]:
        """Return the national outcomes of a run at the horizons of the sweep, ``jobs_2033``, and what is measured."""
        from sim.compare.runs import outcomes_of

        years, zones = [month // 12 for month in self.horizons], _territory(self.sweep.reference.territory).zones
        found = outcomes_of(result.tables["series"], years, zones)
        if self.sweep.measure:
            from sim.calibration.measure import moments_of

            found |= moments_of(result.tables, zones, self.sweep.reference.end, self.sweep.measure)
        return found

    def repeat(self, run: RunSpec) -> str:
        return f"python run.py worker {self.folder} --run {run.run_id}"

    def lost(self, run: RunSpec, why: str) -> None:
        """Keep the run as a failed one, with why."""
        with self.keeper(lambda run, status: None) as keeper:
            keeper.add_failure(run, why, "", repeat=self.repeat(run), seconds=float("nan"))


@lru_cache(maxsize=2)
def _territory(name: str) -> Territory:
    from sim.territory import load_territory

    return load_territory(name)


def design_of(sweep: Sweep) -> Design | None:
    """Return the design of a sweep, without the switches that are crossed with it; None where only they vary."""
    from sim.explore import designs

    spec = sweep.design
    factors = [designs.Factor(each.name, each.low, each.high, each.scale, each.values) for each in sweep.factors]
    steps = {} if spec.levels is None else {"levels": spec.levels}
    if spec.kind == "list":
        names = list(sweep.listed[0])
        return designs.listed([designs.factor(name) for name in names], [dict(point) for point in sweep.listed])
    if not factors:
        return None
    if spec.kind == "grid":
        return designs.grid(factors, **steps)
    if spec.kind == "one_at_a_time":
        return designs.one_at_a_time(factors, **steps)
    count = spec.points or 1
    if spec.kind == "morris":
        return designs.morris(factors, count, spec.seed, **steps)
    if spec.kind == "saltelli":
        return designs.saltelli(factors, count, spec.seed, second_order=spec.second_order)
    return {"latin_hypercube": designs.latin, "sobol": designs.sobol}[spec.kind](factors, count, spec.seed)


def points_of(sweep: Sweep) -> pd.DataFrame:
    """Return one row per point: a column per factor, in its unit, and one per switch that is crossed with them."""
    import pandas as pd

    design = design_of(sweep)
    table = pd.DataFrame(index=range(1)) if design is None else design.points
    crossed = list(product(*sweep.structures.values()))
    repeats = len(table)
    rows = pd.concat([table] * len(crossed), ignore_index=True)
    for k, name in enumerate(sweep.structures):
        rows[name] = [combination[k] for combination in crossed for _ in range(repeats)]
    rows.index.name = POINT
    return rows


def scenarios_at(sweep: Sweep, points: pd.DataFrame, point: int) -> dict[str, Scenario]:
    """Return the scenarios at one point of ``points_of``, by id."""
    return sweep.at(*next(_assumptions(sweep, points.iloc[point : point + 1])))


def plan_sweep(sweep: Sweep, points: pd.DataFrame, *, code_hash: str) -> Plan:
    """List the runs of a sweep, point by point, seed by seed, the reference first."""
    digests = [(each, DigestsOver(each)) for each in sweep.scenarios]
    runs = []
    for point, (parameters, switches) in enumerate(_assumptions(sweep, points)):
        named = [(each, digest(parameters, switches)) for each, digest in digests]
        for rank, seed in enumerate(sweep.seeds):
            shard = point * len(sweep.seeds) + rank
            for scenario, digest in named:
                run_id = run_identity(
                    code_hash=code_hash,
                    territory=scenario.territory_digest,
                    scenario=digest,
                    seed=seed,
                    horizons=sweep.horizons,
                )
                runs.append(RunSpec(run_id, scenario.id, seed, shard))
    return Plan(tuple(runs), code_hash)


def _assumptions(sweep: Sweep, points: pd.DataFrame) -> Iterator[tuple[dict[str, float], dict[str, str]]]:
    """Give the parameters and the switches of every point, in order."""
    numbers = [str(name) for name in points.columns if name not in sweep.structures]
    values = zip(*(points[name].astype(float).tolist() for name in numbers)) if numbers else repeat((), len(points))
    choices = [points[name].astype(str).tolist() for name in sweep.structures]
    for k, point in enumerate(values):
        yield dict(zip(numbers, point)), {name: each[k] for name, each in zip(sweep.structures, choices)}
