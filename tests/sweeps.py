"""Small sweeps for tests: many points, runs that cost nothing, and the launches of other processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.experiments import clusters
from sim.experiments.bank import Bank
from sim.experiments.local import launch
from sim.experiments.plan import Plan
from sim.experiments.resolved import study_text
from sim.experiments.shard import work as make
from sim.experiments.sweep import SweepWork, plan_sweep, points_of
from sim.scenario import load_sweep

TESTS = Path(__file__).parent
OUTCOMES = 60  # of a run, of the order of what a real one has
TEXT = """
schema: sweep/1
id: small
question: {{fr: "Et si ?", en: "What if?"}}
study: default
arms: [paris_only]
seeds: {{first: 1, count: {seeds}}}
settings: {{w_talent: 1000, end: 2013-12}}
design: {{kind: list}}
points: [{points}]
keep: [{keep}]
"""


class Simulated(SweepWork):
    """Runs of names instead of scenarios, their outcomes there already: a sweep that costs its launcher alone."""

    def scenarios_of(self, runs):
        return [run.scenario for run in runs]

    def outcomes_of(self, result):
        return {f"outcome_{k}": k / 7 for k in range(OUTCOMES)}


def sweep_file(folder: Path, *, points: int = 5, seeds: int = 2, keep: str = "") -> Path:
    """Write a sweep of a reference and one policy over so many values of one parameter."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.yaml"
    listed = ", ".join(f"{{brand.dilution: {k / points:.6g}}}" for k in range(points))
    path.write_text(TEXT.format(points=listed, seeds=seeds, keep=keep), encoding="utf-8")
    return path


def open_small(folder: Path, function: str, **size):
    """Open the bank of a small sweep; return its work, plan and bank. The runs are those of ``shard_functions``."""
    sweep = load_sweep(sweep_file(folder.parent, **size))
    points = points_of(sweep)
    plan = plan_sweep(sweep, points, code_hash="code")
    bank = Bank.open(folder, sweep, points, plan, resolved=study_text(sweep), versions={})
    return SweepWork(folder, sweep, points, function=f"shard_functions:{function}"), plan, bank


def launch_missing(work, plan, bank, **options):
    """Make what is missing with two workers."""
    present = {run_id for run_id, status in bank.statuses().items() if status in ("ok", "failed")}
    return launch(work, plan.missing(present), **{"jobs": 2, **options})


def make_here(work, shards):
    """Make shards in this process."""
    with work.keeper(lambda run, status: None) as keeper:
        for shard in shards:
            make(work, shard, keeper, lambda run, status: None)


def values(bank):
    """What the runs of a bank say, without how long they took."""
    return bank.runs().drop(columns="wall_s")


def coordinate(found) -> None:
    """Launch what is missing here, saying what happens."""
    outcome = launch_missing(
        *found,
        listener=lambda run, status: print("run", flush=True),
        pids=lambda pid: print("pid", pid, flush=True),
    )
    print("ended", outcome.done, outcome.stopped, flush=True)


def coordinate_dask(found, address: str, parts: int) -> None:
    """Give the parts of a sweep to a Dask scheduler, as the command does; a part is this file again."""
    folder = found[2].folder
    own = [sys.executable, __file__, *sys.argv[1:4], "part"]
    clusters.worker_command = lambda folder, part, **_: [*own, part]
    with clusters.dask_client(address) as client:
        clusters.run_on_dask(client, folder, range(1, parts + 1), parts, cpus=1, options=clusters.WorkerOptions(),
                             tick=lambda: None)  # fmt: skip


def make_part(found, text: str) -> None:
    """Make the i-th of n parts, as ``worker --shard i/n`` does."""
    work, plan, bank = found
    index, parts = map(int, text.split("/"))
    present = set(bank.statuses())
    launch(work, [each for each in plan.missing(present) if each.runs[0].shard % parts == index - 1], jobs=1)


def parts_of(bank: Bank) -> list[Path]:
    """Files of the runs of a sweep, as they lie."""
    return sorted((bank.folder / "parts" / "runs").glob("*.parquet"))


def failed_rows(plan: Plan, messages: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of runs that failed with these messages."""
    return [{"run_id": run.run_id, "scenario": run.scenario, "seed": run.seed, "point": 0, "status": "failed",
             "message": message, "state_digest": "", "wall_s": 1.0}
            for run, message in zip(plan.runs, messages)]  # fmt: skip


if __name__ == "__main__":  # FOLDER FUNCTION POINTS, then nothing, `dask ADDRESS PARTS` or `part I/N`
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    opened = open_small(Path(sys.argv[1]), sys.argv[2], points=int(sys.argv[3]))
    match sys.argv[4:]:
        case ["dask", address, parts]:
            coordinate_dask(opened, address, int(parts))
        case ["part", part]:
            make_part(opened, part)
        case _:
            coordinate(opened)
