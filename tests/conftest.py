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
