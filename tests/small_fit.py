"""A small calibration for tests, through the command line: three parameters, figures that laws give at no cost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sim import cli
from sim.experiments.sweep import SweepWork

TESTS = Path(__file__).parent
TRUTH = {"funding.angel_active": 0.25, "mobility.base_hazard": 2.5e-3, "founding.initial_cash_eur": 40e3}
FILE = """
schema: calibration/1
id: small
question: {{fr: "Et si ?", en: "What if?"}}
study: default.yaml
targets: targets.csv
seeds: {{first: 1, count: 2}}
check: {{first: 8, count: 3}}
settings: {{w_talent: 1000, end: 2013-12}}
parameters: {{{parameters}}}
waves: {{first: 24, points: 6, count: 2}}
vectors: 3
quick: {{seeds: {{first: 1, count: 1}}, waves: {{first: 20, points: 4, count: 1}}, vectors: 2}}
"""
HEAD = ("id,use,value,unit,sd,accept,year,simulated,geography,operator,argument,source,label_fr,label_en,why\n")
FIGURES = {
    "deals": ("fit", 2000.0 * TRUTH["funding.angel_active"], "deals/year", "angel_deals", ""),
    "mobility": ("fit", 12.0 * TRUTH["mobility.base_hazard"], "share/year", "insee_mobility", ""),
    "young": ("fit", 3000.0 * (40.0 / 60.0) ** 0.5 * 0.25**0.2, "firms", "jei_firms", ""),
    "home": ("hold_out", 1.0 / 96.0, "share", "jei_share", "75"),
}


def write(folder: Path, **changes: float) -> Path:
    """Write the calibration and its figures; `changes` puts other values in the place of some figures."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{name},{use},{changes.get(name, value)},{unit},{0.02 * value},,2013,2013,here,{way},{argument},s,a,b,"
            for name, (use, value, unit, way, argument) in FIGURES.items()]
    (folder / "targets.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(FILE.format(parameters=", ".join(f"{name}: {{}}" for name in TRUTH)), encoding="utf-8")
    return path


def calibrate(function: str, *arguments: str) -> int:
    """Run the verb with runs of ``shard_functions``, and few particles; return its exit code."""
    with pytest.MonkeyPatch.context() as change:
        change.setenv("PYTHONPATH", os.pathsep.join([str(TESTS.parent), str(TESTS)]))
        change.setattr("sim.commands.sweep.WARM_FUNCTION", None)
        for name in ("PARTICLES", "SCOUTS"):
            change.setattr(f"sim.calibration.fit.{name}", 60)
        change.setattr(SweepWork.__init__, "__defaults__", (f"shard_functions:{function}", None))  # workers get it
        return cli.run(["calibrate", *arguments])


if __name__ == "__main__":  # FUNCTION, then what the verb takes
    sys.exit(calibrate(*sys.argv[1:]))
