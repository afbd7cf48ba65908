"""Worlds shared by the whole session: built once, handed out as copies."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from worlds import POLICY_START, add_places, small_policy, small_world

from sim import engine
from sim.world import World

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
