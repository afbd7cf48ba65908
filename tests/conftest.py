"""Worlds shared by the whole session: built once, handed out as copies."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from worlds import POLICY_START, add_places, small_policy, small_world

from sim import engine
from sim.world import World

pytest.register_assert_rewrite("browsers")
ROOT = Path(__file__).resolve().parents[1]
Worlds = Callable[[], tuple[World, SimpleNamespace]]


@pytest.fixture(scope="session")
def lived_in() -> Worlds:
    """A world that has seen everything: eleven months of policy, floor open, places filled, desks for remote work.

    Seed 1, December next.
    """
    world, par = small_world(1, policy=small_policy())
    add_places(world)
    engine.advance(world, par, 1, POLICY_START + 10)
    return lambda: (world.copy(), par)


@pytest.fixture(scope="session")
def untouched() -> Worlds:
    """The same world at the eve of the policy period."""
    world, par = small_world(1)
    engine.advance(world, par, 1, POLICY_START - 1)
    return lambda: (world.copy(), par)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; the test is skipped where none is installed."""
    from browsers import started  # here: playwright is for these tests alone

    yield from started()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario that extends a shipped one, and return its path."""

    def written(body: str, base: str = "paris_only.yaml", name: str = "mine") -> Path:
        path = tmp_path / f"{name}.yaml"
        head = f'schema: scenario/1\nid: {name}\ntitle: {{fr: "Essai", en: "Test"}}\n'
        path.write_text(head + (f"extends: {base}\n" if base else "") + body, "utf-8")
        return path

    return written


@pytest.fixture
def workers_find_the_tests(monkeypatch):
    """Functions that tests give to workers live among the tests."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep of ten worlds made by one process without trouble."""
    from sweeps import launch_missing, open_small

    work, plan, bank = open_small(tmp_path_factory.mktemp("whole") / "bank", "series_of_zones")
    assert launch_missing(work, plan, bank, jobs=1).done == len(plan.runs)
    return work, plan, bank


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default study on coarse quartiers, two seeds and two years, from the command line to its report.

    For reading only: a test that changes it takes a copy.
    """
    folder = tmp_path_factory.mktemp("small") / "study"
    command = [sys.executable, str(ROOT / "run.py"), "compare", "--quick", "--cell-km", "30", "--months", "24"]
    done = subprocess.run(
        [*command, "--seeds", "2", "--out", str(folder)],
        capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"}, timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return folder
