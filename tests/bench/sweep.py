"""What a run of a sweep costs beside the run itself, and how a large sweep is planned, resumed and read.

    python tests/bench/sweep.py [--runs 1000] [--jobs 2]
    python tests/bench/sweep.py --plan 100000
    python tests/bench/sweep.py --through 100000

The runs are those of ``shard_functions.series_of_zones``, a table of the size a real run gives, at almost no cost. The
time of starting workers is measured on twenty runs and taken off. With ``--plan``, 99 % of the runs are written here,
in parts of fifty as workers write them, and the rest is made by the launcher. With ``--through`` every one of the runs
goes through the launcher and its workers, as a task that has its answer ready.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from sweeps import OUTCOMES, Simulated, open_small, sweep_file  # noqa: E402

from sim.experiments.bank import Bank  # noqa: E402
from sim.experiments.keeper import FLUSH_RUNS  # noqa: E402
from sim.experiments.local import launch  # noqa: E402
from sim.experiments.resolved import study_text  # noqa: E402
from sim.experiments.sweep import SweepWork, plan_sweep, points_of  # noqa: E402
from sim.scenario import load_sweep  # noqa: E402

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.plan import Plan
    from sim.scenario import Sweep

ARMS, SEEDS = 2, 2


@contextmanager
def told(what: str, runs: int) -> Iterator[None]:
    """Print how long something took, in all and a run, and the largest memory so far."""
    began = time.perf_counter()
    yield
    taken, memory = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:28} {taken:8.2f} s {taken / runs * 1e6:9.1f} us a run {memory:8.0f} MB", flush=True)


def processor_s() -> float:
    """Return the processor time of this process and of its workers that have ended, s."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in found)


def planned(count: int, folder: Path) -> tuple[Sweep, pd.DataFrame, Plan, Bank]:
    """Plan a sweep of so many runs and open its folder."""
    points = count // (ARMS * SEEDS)
    file = sweep_file(folder, points=2)
    text = file.read_text("utf-8").replace("{kind: list}", f"{{kind: sobol, points: {points}}}")
    lines = [line for line in text.splitlines() if not line.startswith("points:")]
    file.write_text("\n".join([*lines, "parameters: {brand.dilution: {}, spillovers.commute_km: {}}", ""]), "utf-8")
    with told("design", count):
        sweep = load_sweep(file)
        table = points_of(sweep)
    with told("plan", count):
        plan = plan_sweep(sweep, table, code_hash="code")
    with told("open the folder", count):
        bank = Bank.open(folder / "bank", sweep, table, plan, resolved=study_text(sweep), versions={})
    return sweep, table, plan, bank


def through(count: int, jobs: int, folder: Path) -> None:
    """Give every run of so many to the launcher, and find each of them once."""
    sweep, table, plan, bank = planned(count, folder)
    with told("cut into shards", count):
        shards = plan.missing(())
    before = processor_s()
    with told("through the launcher", count):
        outcome = launch(Simulated(bank.folder, sweep, table, function="shard_functions:instant"), shards, jobs=jobs)
    assert (outcome.done, outcome.failed, outcome.lost) == (len(plan.runs), [], [])
    print(f"of processors {(processor_s() - before) / count * 1e3:.2f} ms a run, in {len(bank._parts())} parts")
    with told("read", count):
        found = bank.runs()
    assert found["run_id"].tolist() == [run.run_id for run in plan.runs]
    print(f"{len(found)} runs, each once")


def large(count: int, jobs: int, folder: Path) -> None:
    """Plan, resume and read a sweep of so many runs, of which 99 % are there."""
    sweep, table, plan, bank = planned(count, folder)
    with told("cut into shards", count):
        shards = plan.missing(())
    work = SweepWork(folder / "bank", sweep, table, function="shard_functions:series_of_zones")
    made = [run for shard in shards[: len(shards) * 99 // 100] for run in shard.runs]
    numbers = {f"outcome_{k}": k / 7 for k in range(OUTCOMES)}
    with told("99 % written", count):
        for first in range(0, len(made), FLUSH_RUNS):
            part = made[first : first + FLUSH_RUNS]
            rows = [{"run_id": run.run_id, "scenario": run.scenario, "seed": run.seed, "point": work.point_of(run),
                     "status": "ok", "message": "", "state_digest": run.run_id, "wall_s": 1.0, **numbers}
                    for run in part]  # fmt: skip
            bank.add_part(rows, {})
    fresh = Bank(folder / "bank")
    with told("what is missing", count):
        left = plan.missing({run_id for run_id, status in fresh.statuses().items() if status == "ok"})
    with told("the missing 1 % made", sum(len(shard.runs) for shard in left)):
        outcome = launch(work, left, jobs=jobs)
    assert outcome.done == sum(len(shard.runs) for shard in left)
    with told("counted again", count):
        assert set(fresh.statuses().values()) == {"ok"}
    with told("parts joined", count):
        fresh.compact()
    with told("read", count):
        assert len(Bank(folder / "bank").runs()) == len(plan.runs)
    with told("what is missing, joined", count):
        assert not plan.missing(Bank(folder / "bank").statuses())
    print(f"on the disk {fresh.bytes() / count:.0f} bytes a run")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--plan", type=int, default=0, metavar="RUNS", help="a large sweep instead")
    parser.add_argument("--through", type=int, default=0, metavar="RUNS", help="a large sweep, every run launched")
    asked = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    with tempfile.TemporaryDirectory() as folder:
        if asked.plan or asked.through:
            (large if asked.plan else through)(asked.plan or asked.through, asked.jobs, Path(folder))
            return
        began = time.perf_counter()
        work, plan, bank = open_small(Path(folder) / "bank", "series_of_zones", points=asked.runs // (ARMS * SEEDS))
        planned = time.perf_counter() - began
        shards = plan.missing(())
        taken, busy = [], []
        for part in (shards[:10], shards[10:]):
            began, before = time.perf_counter(), processor_s()
            launch(work, part, jobs=asked.jobs)
            taken.append(time.perf_counter() - began)
            busy.append(processor_s() - before)
        runs = len(plan.runs) - 20
        print(f"planning        {planned / len(plan.runs) * 1e3:8.2f} ms a run")
        print(f"starting        {taken[0]:8.2f} s")
        print(f"beside each run {(taken[1] - taken[0]) * asked.jobs / runs * 1e3:8.2f} ms")
        print(f"of processors   {(busy[1] - busy[0]) / runs * 1e3:8.2f} ms, whatever else the machine does")
        began = time.perf_counter()
        found = bank.runs()
        print(f"reading         {(time.perf_counter() - began) / len(found) * 1e3:8.3f} ms a run")
        bank.compact()
        print(f"on the disk     {bank.bytes() / len(found):8.0f} bytes a run")


if __name__ == "__main__":
    main()
