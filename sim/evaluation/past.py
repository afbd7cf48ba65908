"""What the runs of a study did not write down and an evaluator needs: the years before it, and the scores of a call.

Stored runs begin with the study. The years before, common to all its arms, are made again from the same seed, month by
month as they were, this time written down; so are the months up to a call, to read the scores of all its candidates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.evaluation.estimate import Floats

if TYPE_CHECKING:
    from sim.policy import Policy
    from sim.rng import Draw
    from sim.scenario import Scenario
    from sim.world import World

SETTLING_YEARS = 2  # of the spin-up are no history: the ecosystem starts from nothing


@dataclass(frozen=True)
class Past:
    """What came before the runs of one seed.

    Attributes
    ----------
    series : yearly table of zones for the years before the study, as stored runs have it for those after
    scores : score of the plan of each zone by call, NaN for zones that did not apply or may not, [Z] by id of the arm
    """

    series: pd.DataFrame
    scores: dict[str, Floats]


def past_of(reference: Scenario, calls: list[Scenario], seed: int, folder: Path) -> Past:
    """The past of one seed, from files in a folder where they are there, else made again and kept.

    Parameters
    ----------
    calls : arms in which territories apply for the label
    """
    from sim.engine import spin_up_digest
    from sim.whole_files import frame_of, write_parquet

    start = spin_up_digest(reference, seed)
    past_file = folder / f"history-{start}.parquet"
    files = {arm.id: folder / f"scores-{_name(start, arm)}.parquet" for arm in calls}
    if not all(path.is_file() for path in (past_file, *files.values())):
        world, series = history(reference, seed)
        for arm in calls:
            write_parquet(files[arm.id], pd.DataFrame({"score": scores_of_call(world.copy(), arm, seed)}))
        write_parquet(past_file, series)
    scores = {arm: frame_of(path)["score"].to_numpy(np.float64) for arm, path in files.items()}
    return Past(frame_of(past_file), scores)


def _name(start: str, arm: Scenario) -> str:
    return hashlib.blake2b(f"{start}{arm.digest}".encode(), digest_size=12).hexdigest()


def history(scenario: Scenario, seed: int) -> tuple[World, pd.DataFrame]:
    """Spin-up of a seed, written down: the world from which runs start, and the yearly table of zones before."""
    from sim.engine import advance, initial_world, parameters_of
    from sim.recorder import Recorder

    par, recorder = parameters_of(scenario), Recorder(scenario.spin_up, ())
    world = initial_world(scenario, par, seed)
    advance(world, par, seed, scenario.start - 1, recorder=recorder)
    world.flows.clear()
    world.ledger.clear()
    settled = scenario.spin_up // 12 + SETTLING_YEARS
    years = [year for year in recorder.years if int(year["year"][0]) >= settled]
    columns = {name: np.concatenate([year[name] for year in years]) for name in recorder.years[0]} if years else {}
    return world, pd.DataFrame(columns, columns=None if years else list(recorder.years[0]))


def scores_of_call(world: World, scenario: Scenario, seed: int) -> Floats:
    """Score of the plan of each zone at a call, the best where it has several candidates, [Z].

    NaN where no candidate applied, or none is eligible. The world, at the start of the runs, is changed: it goes to the
    month of the call, to where labels are given.
    """
    from sim import rng
    from sim.engine import advance, parameters
    from sim.order import put_in_order
    from sim.policy import policy_of
    from sim.processes import SCHEDULE, label
    from sim.territory import load_territory

    policy = policy_of(scenario, load_territory(scenario.territory), seed)
    if policy is None:
        raise ValueError(f"{scenario.id} has no call")
    par = parameters(scenario.parameters, scenario.switches, policy_start=scenario.start, policy=policy)
    advance(world, par, seed, policy.first - 1)
    world.month += 1
    if world.month % 12 == 0:
        put_in_order(world)
    draw = rng.draw_of(seed, world.month)
    for process in SCHEDULE[: SCHEDULE.index(label)]:
        process.step(world, par, draw)
    return _scores(world, policy, par, draw)


def _scores(world: World, policy: Policy, par: Any, draw: Draw) -> Floats:
    from sim import rng
    from sim.policy import carrier_quality
    from sim.processes import label

    cells = np.array([label.site(world, place, policy.siting) for place in policy.places])
    uid = np.array(
        [rng.pack_uid(rng.KIND_HUB, p.zone, 0, world.month, k) for k, p in enumerate(policy.places)], np.uint64
    )
    luck = [rng.uniform(draw, rng.GOVERNANCE, u) for u in uid]
    governance = np.array([carrier_quality(policy, par.governance, u) for u in luck])
    state = label.criteria(world, par, cells, governance, np.zeros(cells.size))
    plan = label.score(label.promise(state, par.label.ambition), par.label.aggregation, alone=True)
    # A threshold that all plans pass leaves those who applied and may have the label.
    open_to_all = replace(policy, assignment="threshold", threshold=-1.0)
    able = label.choose(world, open_to_all, par, draw, cells, uid, governance)
    scores = np.full(world.zone.n, -np.inf)
    np.maximum.at(scores, [policy.places[k].zone for k in able], plan[able])
    return np.where(np.isfinite(scores), scores, np.nan)
