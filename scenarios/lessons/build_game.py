"""Make the figures of the evaluation game again: the study `evaluation`, what each design tells in each world.

    python scenarios/lessons/build_game.py

Runs what is missing of the study with eight seeds (an hour or so on two cores the first time) and writes `game.csv`.
"""

from __future__ import annotations

from sim.commands.evaluate import studies
from sim.commands.launching import make_missing_runs
from sim.commands.options import LaunchOptions
from sim.compare.runs import find_worlds
from sim.evaluation.observe import Observation
from sim.evaluation.table import cases
from sim.teaching import game

WORLDS = 8


def main() -> None:
    (study,) = studies(["evaluation"], {"equal_cost.otherwise": "report_both"}, seeds=WORLDS, quick=False, lang="en")
    launched = make_missing_runs(study, launch=LaunchOptions(), quiet=False, lang="en")
    worlds = find_worlds(study, launched.stored)
    found = cases(study, worlds, Observation("startups", "log", 0.0, 0.0), launched.store.folder / "evaluation")
    game.figures_of(found).to_csv(game.table_path(), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
