"""What a run of a sweep costs beside the run itself: its scenario, its outcomes, the messages, the writing.

    python tests/bench/sweep.py [--runs 1000] [--jobs 2]

The runs are those of ``shard_functions.series_of_zones``, a table of the size a real run gives, at almost no cost. The
time of starting workers is measured on twenty runs and taken off.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from sweeps import open_small  # noqa: E402

from sim.experiments.local import launch  # noqa: E402

ARMS, SEEDS = 2, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        work, plan, bank = open_small(Path(folder) / "bank", "series_of_zones", points=asked.runs // (ARMS * SEEDS))
        planned = time.perf_counter() - began
        shards = plan.missing(())
        taken = []
        for part in (shards[:10], shards[10:]):
            began = time.perf_counter()
            launch(work, part, jobs=asked.jobs)
            taken.append(time.perf_counter() - began)
        runs = len(plan.runs) - 20
        print(f"planning        {planned / len(plan.runs) * 1e3:8.2f} ms a run")
        print(f"starting        {taken[0]:8.2f} s")
        print(f"beside each run {(taken[1] - taken[0]) * asked.jobs / runs * 1e3:8.2f} ms")
        began = time.perf_counter()
        found = bank.runs()
        print(f"reading         {(time.perf_counter() - began) / len(found) * 1e3:8.3f} ms a run")
        bank.compact()
        print(f"on the disk     {bank.bytes() / len(found):8.0f} bytes a run")


if __name__ == "__main__":
    main()
