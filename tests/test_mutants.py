"""The script that breaks the model works, and a few of its breaks are noticed; `python tests/mutants.py` tries all."""

from pathlib import Path

import mutants
import pytest


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return mutants.copy_project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda m: m.name)
def test_every_mutant_still_finds_its_place(mutant):
    source = (mutants.ROOT / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1
    assert mutant.old != mutant.new
    path, _, name = mutant.test.partition("::")
    assert f"def {name}(" in (mutants.ROOT / "tests" / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", mutants.QUICK)
def test_quick_mutants_are_caught(project, name):
    (mutant,) = [m for m in mutants.MUTANTS if m.name == name]
    verdict = mutants.try_mutant(mutant, project)
    assert verdict.caught, verdict.why


def test_a_break_that_is_none_is_not_called_caught(project):
    harmless = mutants.Mutant("", "sim/__init__.py", '"""', '""" ', "test_hygiene.py::test_one_version_everywhere")
    source = (project / harmless.file).read_text(encoding="utf-8")
    harmless = mutants.Mutant("", harmless.file, source, source + "\n", harmless.test)
    assert not mutants.try_mutant(harmless, project).caught
