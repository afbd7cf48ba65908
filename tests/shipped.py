"""Scenario files that are shipped."""

from sim.paths import scenarios_dir

SCENARIOS = sorted(scenarios_dir().glob("*.yaml"))
RUNNABLE = [path for path in SCENARIOS if path.stem != "envelope"]
