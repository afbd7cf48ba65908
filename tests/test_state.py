"""Tables keep their rows, the digest sees every bit, and people who change status are neither lost nor doubled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import checks, people
from sim.fields import ELSEWHERE, EMPLOYEE, ENTITIES, FOUNDER, JOBSEEKER, ROW_LINKS, WIDTH, allocate
from sim.kernels import rows_where, sort_circles
from sim.order import put_in_order
from sim.rng import KIND_TALENT, pack_uid, startup_uids
from sim.world import Table, World, add_at

UNITS = {
    "1",
    "id",
    "row",
    "m",
    "km",
    "m2",
    "km2",
    "1/km2",
    "person",
    "FTE",
    "startup",
    "place",
    "month",
    "EUR",
    "EUR/month",
    "EUR/year",
    "EUR/m2/year",
    "EUR/m2/month",
    "person/month", "home/month",
    "desk",
    "round",
    "deal",
    "link",
}
FIELDS = [(kind, field) for kind, fields in ENTITIES.items() for field in fields]
IDS = [f"{kind}.{field.name}" for kind, field in FIELDS]


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=IDS)
def test_fields_are_declared_in_full(kind, field):
    assert field.name.isidentifier()
    assert field.unit in UNITS
    assert field.meaning
    assert field.per in WIDTH
    array = allocate(field, 3)
    assert array.dtype == np.dtype(field.dtype)
    assert array.shape == ((3, WIDTH[field.per]) if field.per else (3,))
    assert (array == field.fill).all() or (np.isnan(field.fill) and np.isnan(array).all())
    if np.issubdtype(field.dtype, np.integer):
        assert field.fill == int(field.fill)
        if field.categories:
            assert len(field.categories) <= np.iinfo(field.dtype).max + 1


def test_names_of_fields_are_unique_and_no_method_of_a_table():
    for kind, fields in ENTITIES.items():
        names = [f.name for f in fields]
        assert len(set(names)) == len(names)
        assert not set(names) & set(vars(Table)) | {"n", "entity"} & set(names), kind


def test_row_links_name_every_field_that_holds_a_row():
    declared = {f"{kind}.{f.name}" for kind, f in FIELDS if f.unit == "row" and not f.categories}
    categories = {
        name for name in declared
        if name.split(".")[1] in ("sector", "status", "stage", "kind", "tier", "cause", "measure")
    }
    market = {"zone.labour_market"}  # markets are numbered, they are no entity
    assert set(ROW_LINKS) == declared - categories - market
    for name, target in ROW_LINKS.items():
        assert target in ENTITIES
        field = next(f for kind, f in FIELDS if f"{kind}.{f.name}" == name)
        assert field.fill == -1


def test_growing_keeps_what_was_there():
    table = Table("startup")
    for k in range(40):
        rows = table.add(k % 4)
        assert list(rows) == list(range(table.n - k % 4, table.n))
        table.uid[rows] = rows + 1
        assert (table.uid == np.arange(table.n) + 1).all()
        assert all(len(column) == table.n for column in table.columns().values())
    assert (table.zone == -1).all()
    assert (table.share_founders == 1.0).all()


def test_rows_come_back_at_their_initial_values():
    """Whatever a table was filled with before."""
    table = Table("startup", 0)
    table.add(4)
    table.cash_eur[:] = 7.0
    smaller = table.copy()
    smaller.load({name: column[:2] for name, column in table.columns().items()})
    rows = smaller.add(3)
    assert (smaller.cash_eur[rows] == 0.0).all()
    assert (smaller.cash_eur[:2] == 7.0).all()


def test_newcomers_get_rows_that_nobody_had_this_year():
    talent = Table("talent")
    talent.add(6)
    talent.alive[:] = [True, False, True, False, True, True]
    talent.skill[:] = 9.0
    rows = talent.add(3)
    assert list(rows) == [6, 7, 8]
    assert (talent.skill[rows] == 1.0).all()
    assert (talent.skill[:6] == 9.0).all()
    talent.keep(np.array([0, 2]))  # what the yearly order does to the rows of those who have left
    rows = talent.add(2)
    assert list(rows) == [2, 3]
    assert list(talent.skill) == [9.0, 9.0, 1.0, 1.0]
    assert talent.add(0).size == 0


@pytest.mark.parametrize("amount", [2.5, np.array([1.0, 0.25, 1e-17, 3.0]), np.array([1, 2, 3, 4], np.int32)])
@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64])
def test_sums_by_place_are_those_of_numpy(amount, kind):
    place = np.array([1, 0, 1, -1], kind)
    got, expected = np.full(3, 0.1), np.full(3, 0.1)
    add_at(got, place, amount)
    np.add.at(expected, place, amount)
    assert got.tobytes() == expected.tobytes()
    add_at(got, -1, 2.0)
    assert got[-1] == expected[-1] + 2.0


def test_tables_refuse_to_be_rebound_and_name_what_they_lack():
    table = Table("cell", 2)
    with pytest.raises(AttributeError, match=r"cell\.rent\[\.\.\.\]"):
        table.rent = np.zeros(2)
    table.rent += 3.0
    assert (table.rent == 3.0).all()
    with pytest.raises(AttributeError, match="no field 'rnet'"):
        _ = table.rnet
    with pytest.raises(AttributeError, match="no 'firm'"):
        _ = World(None, 0).firm


def filled_world() -> World:
    world = World(None, 24100)
    for kind, table in world.tables.items():
        table.add(3)
        for k, (name, column) in enumerate(table.columns().items()):
            flat = column.reshape(-1)
            flat[:] = (np.arange(flat.size) + k) % 2 if column.dtype == bool else np.arange(flat.size) % 100 + k % 20
            assert name in dir(table), kind
    world.set_aside(np.array([1]))
    return world


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=IDS)
def test_the_digest_sees_every_field(kind, field):
    world = filled_world()
    before = world.digest()
    array = getattr(world.tables[kind], field.name)
    flat = array.reshape(-1)
    flat[-1] = not flat[-1] if array.dtype == bool else flat[-1] + 1
    assert world.digest() != before
    others = [k for k in ENTITIES if k != kind]
    assert world.digest(others) == filled_world().digest(others)


def test_the_digest_tells_zero_from_minus_zero_and_months_apart():
    world = filled_world()
    world.startup.cash_eur[0] = 0.0
    before = world.digest()
    world.startup.cash_eur[0] = -0.0
    assert world.digest() != before
    world.startup.cash_eur[0] = 0.0
    world.month += 1
    assert world.digest() != before


def test_copies_share_nothing():
    world = filled_world()
    world.count("entries", np.array([0, 1, 1]))
    world.pay("a", "b", "c", np.array([0, -1]), np.array([2.0, 3.0]))
    other, before = world.copy(), world.digest()
    assert other.digest() == before
    for table in (*other.tables.values(), other.closed):
        for column in table.columns().values():
            column[...] = 1
    other.flows["entries"][:] = 9
    other.ledger["a", "b", "c"][:] = 9
    assert world.digest() == before
    assert list(world.flows["entries"]) == [1, 2, 0]
    assert list(world.ledger["a", "b", "c"]) == [2, 0, 0, 3]


def test_saved_worlds_come_back_bit_for_bit(tmp_path):
    world = filled_world()
    world.startup.staff_at_five[1] = np.nan
    path = tmp_path / "new" / "world.npz"
    world.save(path)
    again = World.load(path, "geography")
    assert again.digest() == world.digest()
    assert again.space == "geography"
    assert [p.name for p in path.parent.iterdir()] == ["world.npz"]
    for kind, table in again.tables.items():
        assert {n: c.dtype for n, c in table.columns().items()} == {
            n: c.dtype for n, c in world.tables[kind].columns().items()
        }


def test_startups_closed_for_over_a_year_are_set_aside_with_all_but_their_people():
    world = World(None, 24120)
    world.cell.add(4)
    f = world.startup
    rows = f.add(4)
    f.uid[rows], f.alive[rows] = [11, 12, 13, 14], [False, True, False, True]
    f.closed[rows], f.cell[rows], f.raised_eur[rows], f.founder[rows] = [24107, -1, 24108, -1], [3, 2, 1, 0], 7.0, -1
    put_in_order(world)
    assert list(world.startup.uid) == [14, 12, 13]
    assert list(world.closed.uid) == [11]
    assert (world.closed.cell[0], world.closed.raised_eur[0], world.closed.founder[0]) == (3, 7.0, -1)
    assert not world.closed.alive[0]
    before = world.digest()
    world.closed.raised_eur[0] = 8.0
    assert world.digest() != before


def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        filled_world().save(tmp_path / "world.npz")
    assert list(tmp_path.iterdir()) == []


# --- people ---------------------------------------------------------------------------------------------------------


def crowd(weights: list[int]) -> World:
    """A zone with one bundle per weight."""
    world = World(None, 24100)
    world.zone.add(2)
    world.nation.add(1)
    t = world.talent
    rows = t.add(len(weights))
    t.uid[rows] = pack_uid(KIND_TALENT, 0, 0, 24000, rows)
    t.alive[rows], t.weight[rows], t.zone[rows], t.origin_zone[rows] = True, weights, 0, 1
    t.birth[rows], t.skill[rows] = 23700 + rows, 1.0 + rows
    return world


def found(world: World, person: int, month: int = 24101) -> int:
    """The person, single, opens a startup."""
    one = people.single_out(world.talent, np.array([person]), month, 0)
    row = world.startup.add(1)
    f = world.startup
    f.uid[row], f.alive[row], f.zone[row] = startup_uids(world.talent.uid[one], world.talent.foundations[one]), True, 0
    people.become_founder(world, one, row)
    return int(row[0])


def test_singling_out_takes_as_many_people_as_rows_are_named():
    world = crowd([5, 1, 3])
    t = world.talent
    persons = people.single_out(t, np.array([0, 2, 0, 1, 2, 2, 0]), 24101, np.arange(7))
    t = world.talent
    assert persons[3] == 1  # alone already
    assert persons[5] == 2  # the last of a bundle is the bundle
    assert list(t.weight[:3]) == [2, 1, 1]
    assert np.unique(persons).size == persons.size
    assert (t.weight[persons] == 1).all()
    assert t.weight[t.alive].sum() == 9
    assert np.unique(t.uid[t.alive]).size == t.alive.sum()
    taken = persons[[0, 1, 2, 4, 6]]
    bundle = np.array([0, 2, 0, 2, 0])
    assert list(t.bundle[taken]) == list(bundle)
    for name in ("zone", "origin_zone", "sector", "birth", "skill", "status"):
        assert (getattr(t, name)[taken] == getattr(t, name)[bundle]).all(), name


def test_identities_of_singles_do_not_depend_on_who_else_leaves():
    alone, together = crowd([5, 4]), crowd([5, 4])
    a = people.single_out(alone.talent, np.array([1]), 24101, 3)
    b = people.single_out(together.talent, np.array([0, 1, 0, 1]), 24101, np.array([0, 3, 1, 2]))
    assert alone.talent.uid[a[0]] == together.talent.uid[b[1]]


def test_staff_lists_last_come_first_and_survive_departures_anywhere():
    world = crowd([9])
    firm = found(world, 0)
    persons = people.single_out(world.talent, np.array([0, 0, 0, 0]), 24101, np.arange(1, 5))
    people.hire(world, persons, np.full(4, firm), 24101)

    def staff() -> list[int]:
        out, at = [], int(world.startup.first_employee[firm])
        while at >= 0:
            out.append(at)
            at = int(world.talent.next_employee[at])
        return out

    assert staff() == list(persons[::-1])
    people.leave(world, persons[[1]], JOBSEEKER)
    assert staff() == [persons[3], persons[2], persons[0]]
    people.leave(world, persons[[3]], ELSEWHERE)
    people.leave(world, persons[[0]], ELSEWHERE)
    assert staff() == [persons[2]]
    assert world.startup.staff[firm] == 2
    assert list(world.talent.status[persons]) == [ELSEWHERE, JOBSEEKER, EMPLOYEE, ELSEWHERE]
    assert list(world.talent.employer[persons]) == [-1, -1, firm, -1]


def test_rows_of_a_mask_are_those_of_numpy():
    luck = np.random.default_rng(5)
    for n in (0, 1, 7, 8, 9, 1003):
        for share in (0.0, 0.05, 0.6, 1.0):
            mask = luck.random(n) < share
            np.testing.assert_array_equal(rows_where(mask), np.flatnonzero(mask))


def test_circles_are_sorted_by_group_and_place():
    luck = np.random.default_rng(5)
    for n, groups in ((0, 3), (1, 1), (2000, 1), (2000, 7), (50, 400)):
        group, place = luck.integers(0, groups, n), luck.random(n) ** 3  # crowded near zero
        np.testing.assert_array_equal(sort_circles(group, place, groups), np.lexsort((place, group)))


def test_single_people_rejoin_their_own_bundle_and_no_other():
    world = crowd([6])
    t = world.talent
    a, b, c, d, e = people.single_out(t, np.array([0] * 5), 24101, np.arange(5))
    t = world.talent
    t.status[b] = JOBSEEKER
    t.zone[c] = 1
    t.foundations[d] = 1
    people.rejoin(t, np.arange(t.n))
    assert not t.alive[a]
    assert not t.alive[e]
    assert t.alive[[b, c, d]].all()
    assert t.weight[0] == 3
    t.status[b] = ELSEWHERE
    t.alive[0], t.weight[0] = False, 0  # the bundle has retired
    people.rejoin(t, np.arange(t.n))
    assert t.alive[b]
    assert t.weight[t.alive].sum() == 3


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["found", "hire", "quit", "fire", "rejoin", "close", "lose", "find"]), st.integers(0, 10**6)
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(weights=st.lists(st.integers(1, 8), min_size=1, max_size=5), steps=STEPS)
def test_whatever_people_do_nobody_is_lost_or_doubled(weights, steps):
    world = crowd(weights)
    total = sum(weights)
    for month, (action, pick) in enumerate(steps, 24101):
        act(world, action, pick, month)
        t, f = world.talent, world.startup
        assert t.weight[t.alive].sum() == total
        assert (t.weight[t.alive] > 0).all()
        assert (t.weight[~t.alive] == 0).all()
        assert np.unique(t.uid[t.alive]).size == t.alive.sum()
        busy = t.alive & ((t.status == EMPLOYEE) | (t.status == FOUNDER))
        assert (t.weight[busy] == 1).all()
        assert (t.employer[busy] >= 0).all()
        assert (t.employer[t.alive & ~busy] == -1).all()
        assert f.staff[f.alive].sum() == busy.sum()
        assert checks._staff_lists_agree(world)


def act(world: World, action: str, pick: int, month: int) -> None:
    """One change of status for somebody it may happen to, chosen by `pick`."""
    t, f = world.talent, world.startup
    free = np.flatnonzero(t.alive & ((t.status == ELSEWHERE) | (t.status == JOBSEEKER)))
    employees = np.flatnonzero(t.alive & (t.status == EMPLOYEE))
    firms = np.flatnonzero(f.alive)
    if action == "rejoin":
        people.rejoin(t, np.arange(t.n))
    elif action == "found" and free.size and (t.foundations[free] < 7).any():
        able = free[t.foundations[free] < 7]
        found(world, int(able[pick % able.size]), month)
    elif action == "hire" and free.size and firms.size:
        row = free[pick % free.size]
        count = min(int(t.weight[row]), 1 + pick % 3)
        persons = people.single_out(t, np.full(count, row), month, np.arange(1, count + 1))
        people.hire(world, persons, np.full(count, firms[pick % firms.size]), month)
    elif action in ("quit", "fire") and employees.size:
        people.leave(world, employees[[pick % employees.size]], ELSEWHERE if action == "quit" else JOBSEEKER)
    elif action == "close" and firms.size:
        closing = firms[[pick % firms.size]]
        people.dismiss_all(world, closing)
        f.alive[closing] = False
    elif action in ("lose", "find") and free.size:
        t.status[free[pick % free.size]] = JOBSEEKER if action == "lose" else ELSEWHERE
