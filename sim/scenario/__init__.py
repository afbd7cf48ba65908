"""Scenario, study and sweep files: what public money does, how policies are compared, over which assumptions.

``load_scenario``, ``load_study`` and ``load_sweep`` turn YAML files into frozen objects; a file with faults raises
``FileErrors``, whose text gives every fault of a phase with its place and what to write instead.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario.calibration import Calibration, check_calibration, load_calibration
    from sim.scenario.errors import FileError, FileErrors
    from sim.scenario.load import check_scenario, load_scenario
    from sim.scenario.messages import Message
    from sim.scenario.models import CALIBRATION_SCHEMA, LESSON_SCHEMA, SCENARIO_SCHEMA, STUDY_SCHEMA, SWEEP_SCHEMA
    from sim.scenario.resolve import find_file, schema_of
    from sim.scenario.study import announced_value, check_study, load_study
    from sim.scenario.sweep import DesignSpec, Range, Sweep, check_sweep, load_sweep
    from sim.scenario.types import Assumptions, Budget, EqualCost, Hubs, Lever, Scenario, Study, Where

__all__ = [
    "CALIBRATION_SCHEMA",
    "LESSON_SCHEMA",
    "SCENARIO_SCHEMA",
    "STUDY_SCHEMA",
    "SWEEP_SCHEMA",
    "Assumptions",
    "Budget",
    "Calibration",
    "DesignSpec",
    "EqualCost",
    "FileError",
    "FileErrors",
    "Hubs",
    "Lever",
    "Message",
    "Range",
    "Scenario",
    "Study",
    "Sweep",
    "Where",
    "announced_value",
    "check_calibration",
    "check_scenario",
    "check_study",
    "check_sweep",
    "find_file",
    "load_calibration",
    "load_scenario",
    "load_study",
    "load_sweep",
    "schema_of",
]  # fmt: skip

_HOME = {
    "calibration": ("Calibration", "check_calibration", "load_calibration"),
    "errors": ("FileError", "FileErrors"),
    "load": ("check_scenario", "load_scenario"),
    "messages": ("Message",),
    "models": ("CALIBRATION_SCHEMA", "LESSON_SCHEMA", "SCENARIO_SCHEMA", "STUDY_SCHEMA", "SWEEP_SCHEMA"),
    "resolve": ("find_file", "schema_of"),
    "study": ("announced_value", "check_study", "load_study"),
    "sweep": ("DesignSpec", "Range", "Sweep", "check_sweep", "load_sweep"),
    "types": ("Assumptions", "Budget", "EqualCost", "Hubs", "Lever", "Scenario", "Study", "Where"),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is asked for: a worker takes scenarios as they were understood, and needs no reader of files."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
