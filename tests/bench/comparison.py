"""How long a comparison takes from nothing, compilation included, and what pairing seeds saves it.

    python tests/bench/comparison.py [STUDY] [--quick] [--seeds N]

The command runs in a folder of its own, with no compiled code and no cached start; installation is not counted. Then it
runs once more, when all is there.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

TOP = Path(__file__).resolve().parents[2]


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Run a command; return its seconds, those of all its processes, and the largest process so far in MB."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, used, after.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="default")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "results"
        command = [sys.executable, str(TOP / "run.py"), "compare", chosen.study, "--out", str(folder)]
        command += ["--quick"] * chosen.quick + (["--seeds", str(chosen.seeds)] if chosen.seeds else [])
        caches = {"NUMBA_CACHE_DIR": f"{place}/compiled", "XDG_CACHE_HOME": f"{place}/cache"}
        for when in ("from nothing", "once more"):
            took, used, most = timed(command, {**os.environ, **caches})
            print(f"{when}: {took:.1f} s, {used:.0f} s of processors, largest process {most:,.0f} MB", flush=True)
        effects = pd.read_csv(folder / "tables" / "effects.csv")
    ratios = effects[effects["outcome"] == "jobs"][["arm", "year", "n", "vrf", "vrf_low90"]]
    print("\njobs: variance of the effect with independent seeds over that with paired ones, and its lower 90 % bound")
    print(ratios.to_string(index=False, float_format="{:.1f}".format))


if __name__ == "__main__":
    main()
