"""What each process says it reads and writes is all it reads and writes."""

from fnmatch import fnmatch
from types import SimpleNamespace

import numpy as np
import pytest
from compare_worlds import differences, same_bits

from sim import rng
from sim.fields import ENTITIES, ROW_LINKS
from sim.processes import SCHEDULE
from sim.world import World

FIELDS = {f"{kind}.{field.name}": field for kind, fields in ENTITIES.items() for field in fields}
MONTHS = 3  # December to February: a new year's supply of capital, a new quarter's labour pool
NAMES = [process.NAME for process in SCHEDULE]


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


@pytest.fixture(scope="module")
def months(lived_in):
    """World before and after each process, over three months: (process, month) -> before, after, parameters."""
    world, par = lived_in()
    often = {"relocation": par.relocation._replace(hazard=2.0), "exits": par.exits._replace(unbacked=1.0, backed=3.0)}
    par = SimpleNamespace(**{**vars(par), **often})  # moves and sales of years in one
    world.link.strength[:], world.hub.abroad[:] = 0.3, 0.2  # as if links had been paid for
    seen = {}
    for month in range(MONTHS):
        world.month += 1
        draw = rng.draw_of(1, world.month)
        for process in SCHEDULE:
            before = world.copy()
            process.step(world, par, draw)
            seen[process.NAME, month] = before, world.copy(), par, draw
    return seen


@pytest.mark.parametrize("process", SCHEDULE, ids=NAMES)
def test_contracts_name_fields_that_exist(process):
    for pattern in (*process.READS, *process.WRITES):
        assert any(fnmatch(name, pattern) for name in FIELDS), pattern


@pytest.mark.parametrize("process", SCHEDULE, ids=NAMES)
def test_only_what_a_process_writes_changes(process, months):
    changed = set()
    for month in range(MONTHS):
        before, after, _, _ = months[process.NAME, month]
        changed |= differences(before, after)
    assert {name for name in changed if not matches(name, process.WRITES)} == set()
    assert changed, "the process does nothing in this world: the test is empty"


def spoil(world: World, name: str) -> None:
    """Fill a field with values nobody should meet, rows of other tables kept within bounds."""
    kind, field = name.split(".")[0], FIELDS[name]
    column = world.tables[kind].columns()[field.name]
    if column.dtype.kind == "f":
        column[...] = np.nan
    elif column.dtype == bool or column.dtype == np.uint64:
        column[...] = ~column
    elif name in ROW_LINKS:
        rows = world.tables[ROW_LINKS[name]].n
        column[...] = (column.astype(np.int64) + 1 + rows // 2) % max(rows, 1)
    elif field.categories:
        column[...] = (column + 1) % len(field.categories)
    elif field.unit == "row":
        column[...] = 0
    else:
        column[...] = np.where(column > 50, 1, 100)


@pytest.mark.parametrize("process", SCHEDULE, ids=NAMES)
def test_what_a_process_does_not_read_may_be_anything(process, months):
    foreign = [name for name in FIELDS if not matches(name, process.READS) and not matches(name, process.WRITES)]
    assert foreign
    for month in range(MONTHS):
        before, after, par, draw = months[process.NAME, month]
        spoilt = before.copy()
        for name in foreign:
            spoil(spoilt, name)
        process.step(spoilt, par, draw)
        wrong = [
            name
            for name in FIELDS
            if matches(name, process.WRITES) and not same_bits(column(spoilt, name), column(after, name))
        ]
        assert wrong == [], f"depends on one of {foreign}"


def column(world: World, name: str) -> np.ndarray:
    kind, field = name.split(".")
    return world.tables[kind].columns()[field]


def test_garbage_is_garbage(months):
    """Spoiling changes every field of every table that has rows: none slips through the test above."""
    before = months[NAMES[0], 0][0]
    spoilt = before.copy()
    for name in FIELDS:
        spoil(spoilt, name)
    same = set(FIELDS) - differences(before, spoilt)
    # a single nation and funders have rows; only links of a one-row table could stay
    assert same <= {"zone.labour_market"}
