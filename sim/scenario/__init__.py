"""Scenario and study files: what public money does, and how policies are compared.

``load_scenario`` and ``load_study`` turn YAML files into frozen objects; a file with faults raises
``FileErrors``, whose text gives every fault of a phase with its place and what to write instead.
"""

from sim.scenario.errors import FileError, FileErrors
from sim.scenario.load import check_scenario, load_scenario
from sim.scenario.messages import Message
from sim.scenario.models import SCENARIO_SCHEMA, STUDY_SCHEMA
from sim.scenario.resolve import find_file, schema_of
from sim.scenario.study import announced_value, check_study, load_study
from sim.scenario.types import Assumptions, Budget, EqualCost, Hubs, Lever, Scenario, Study, Where

__all__ = [
    "SCENARIO_SCHEMA", "STUDY_SCHEMA", "Assumptions", "Budget", "EqualCost", "FileError", "FileErrors", "Hubs", "Lever",
    "Message", "Scenario", "Study", "Where", "announced_value", "check_scenario", "check_study", "find_file",
    "load_scenario", "load_study", "schema_of",
]  # fmt: skip
