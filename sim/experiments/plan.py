"""What a study has to run.

A run is one scenario with one seed. All arms of a seed, in one set of assumptions, form one shard, the reference
first: they share their start, and a study stopped half-way still holds whole pairs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study

#: Version of what is stored and how. A change of meaning of a stored column asks for a new number.
FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run: its identity, and the arm and seed it stands for in this study."""

    run_id: str
    scenario: str
    seed: int
    shard: int


@dataclass(frozen=True, slots=True)
class Shard:
    """Runs of one seed, made one after the other by one worker."""

    seed: int
    runs: tuple[RunSpec, ...]


@dataclass(frozen=True)
class Plan:
    """All runs of a study, whether made already or not, with what their identity was made of."""

    runs: tuple[RunSpec, ...]
    code_hash: str

    @cached_property
    def digest(self) -> str:
        """Name of this list of runs (12 hexadecimal digits)."""
        rows = [[run.run_id, run.scenario, run.seed, run.shard] for run in self.runs]
        return _digest({"runs": rows, "code": self.code_hash}, size=6)

    def missing(self, present: Collection[str]) -> list[Shard]:
        """Return the shards left to run, without the runs whose id is in ``present``.

        Arms that are the same simulation under two names share an id and are run once.
        """
        shards: dict[int, list[RunSpec]] = {}
        seen = set(present)
        for run in self.runs:
            if run.run_id not in seen:
                seen.add(run.run_id)
                shards.setdefault(run.shard, []).append(run)
        return [Shard(runs[0].seed, tuple(runs)) for _, runs in sorted(shards.items())]


def plan_study(study: Study, *, code_hash: str) -> Plan:
    """List the runs of a study, seed by seed, the reference first.

    Parameters
    ----------
    study
        the study, resolved
    code_hash
        hash of the model's sources (``provenance.code_hash``)
    """
    scenarios = study_scenarios(study)
    worlds = [(seed, study.scenarios) for seed in study.seeds]
    for each in study.assumptions:
        worlds += [(seed, study.under(each).scenarios) for seed in each.seeds]
    runs = []
    for shard, (seed, named) in enumerate(worlds):
        for scenario in (scenarios[name] for name in dict.fromkeys(each.id for each in named)):
            run_id = run_identity(
                code_hash=code_hash,
                territory=scenario.territory_digest,
                scenario=scenario.digest,
                seed=seed,
                horizons=study.horizons,
            )
            runs.append(RunSpec(run_id, scenario.id, seed, shard))
    return Plan(tuple(runs), code_hash)


def run_identity(*, code_hash: str, territory: str, scenario: str, seed: int, horizons: Iterable[int]) -> str:
    """Return the id of a run: 32 hexadecimal digits of everything that determines its result."""
    key = {
        "format": FORMAT_VERSION,
        "code": code_hash,
        "territory": territory,
        "scenario": scenario,
        "seed": int(seed),
        "horizons": [int(month) for month in horizons],
    }
    return _digest(key, size=16)


def study_scenarios(study: Study) -> dict[str, Scenario]:
    """Return the scenarios of a study by id, the reference first, each once; then those under assumptions."""
    scenarios: dict[str, Scenario] = {}
    under = (scenario for each in study.assumptions for scenario in study.under(each).scenarios)
    for scenario in (*study.scenarios, *under):
        known = scenarios.setdefault(scenario.id, scenario)
        if known.digest != scenario.digest:
            raise ValueError(f"study {study.id}: two different scenarios are both called {scenario.id!r}")
    return scenarios


def _digest(content: Any, *, size: int) -> str:
    """Return the BLAKE2b digest of the canonical JSON of ``content``."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
