"""What holds of any small world and of any scenario file, on examples that hypothesis looks for.

A failing example is made as small as it can be and printed; the search is the same at each run.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import FIRST_MONTH, small_parameters, small_policy, small_territory

from sim import checks, engine
from sim.build import build
from sim.grid import GridSpec
from sim.levers import KINDS, OPEN
from sim.params import PARAMETERS, SWITCHES
from sim.scenario import load_scenario
from sim.scenario.show import show

SEARCH = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
ON_OFF = [name for name, switch in SWITCHES.items() if set(switch.choices) == {"on", "off"}]
# where in its prior each of a few parameters is, from one end to the other
NUMBERS = st.dictionaries(st.sampled_from(sorted(PARAMETERS)), st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=8)


@st.composite
def worlds(draw):
    """A raster of any shape, more or less crowded, any parameters of their priors, some mechanisms off, any money."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    zones = draw(st.integers(1, min(2, shape[0]))), draw(st.integers(1, min(2, shape[1])))
    numbers = {name: PARAMETERS[name].low + u * (PARAMETERS[name].high - PARAMETERS[name].low)
               for name, u in draw(NUMBERS).items()}
    switches = dict.fromkeys(draw(st.lists(st.sampled_from(ON_OFF), max_size=4, unique=True)), "off")
    eur = draw(st.sampled_from([0.0, 1e4, 6e7]))
    policy = small_policy(eur, hubs=draw(st.integers(1, 2)), months=6) if zones == (2, 2) else None
    par = small_parameters(numbers, switches, policy=policy, policy_start=FIRST_MONTH)
    people = draw(st.sampled_from([300.0, 6_000.0]))
    seed, weight = draw(st.integers(0, 2**31)), draw(st.sampled_from([1, 7]))
    land = small_territory(*shape, zones, people=people)
    return build(land, GridSpec("uniform", cell_km=1.0), par, w_talent=weight, first_month=FIRST_MONTH,
                 seed=seed), par, seed


@settings(SEARCH, max_examples=12)
@given(worlds())
def test_any_small_world_keeps_its_accounts(made):
    """People and money add up each month (the engine checks), numbers are numbers, and a copy lives the same life."""
    world, par, seed = made
    twin = world.copy()
    for month in range(4):  # the twin goes month by month
        engine.advance(twin, par, seed, FIRST_MONTH + month)
    engine.advance(world, par, seed, FIRST_MONTH + 3)
    checks.whole(world)
    assert world.digest() == twin.digest()
    for table in world.tables.values():
        for name, column in table.columns().items():
            if column.dtype.kind == "f" and name != "staff_at_five":
                assert np.isfinite(column).all(), f"{table.entity}.{name}"
    assert (world.startup.staff[world.startup.alive] >= 1.0).all()
    assert (world.cell.rent > 0.0).all()


# --- scenario files

BUDGETED = sorted(kind for kind, lever in KINDS.items() if lever.manner != OPEN)
VALUES = {"price": "50 kEUR", "share": "30 %", "stay": "6 months"}


@st.composite
def mixes(draw) -> dict[str, int]:
    """Levers and their shares in percent, a hundred in all."""
    kinds = draw(st.lists(st.sampled_from(BUDGETED), min_size=1, max_size=6, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(kinds) - 1, max_size=len(kinds) - 1)))
    return dict(zip(kinds, np.diff([0, *cuts, 100]).tolist()))


def file_of(mix: dict[str, int]) -> str:
    lines = ["schema: scenario/1", "id: mine", 'title: {fr: "Essai", en: "Test"}', "extends: paris_only", "levers:",
             *(f"  {name}: null" for name in ("animation", "brand", "floor", "accelerator") if name not in mix)]
    for kind, share in mix.items():
        lines += [f"  {kind}:", f"    kind: {kind}", f"    share: {share} %"]
        terms = KINDS[kind].terms
        lines += ["    terms:", *(f"      {name}: {VALUES[unit]}" for name, unit in terms.items())] if terms else []
    return "\n".join(lines) + "\n"


@settings(SEARCH, max_examples=25)
@given(mixes())
def test_any_mix_of_levers_is_a_scenario_that_reads_back(mix):
    """The file loads; what `show` prints of it loads again, as the same scenario."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"
        path.write_text(file_of(mix), encoding="utf-8")
        scenario = load_scenario(path)
        path.write_text(show(path), encoding="utf-8")
        assert load_scenario(path).digest == scenario.digest
    assert sum(mix.values()) == 100
