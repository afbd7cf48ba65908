"""Moves of people between statuses, shared by the processes: every change of status goes through here.

A row of talents with a weight above one is a *bundle* of people who live in the same zone and have the same
trade. A person who founds, or joins, a startup leaves the bundle and gets a row and an identity of their own;
an employee who goes back to another employer in the bundle's zone rejoins it. People are never created nor lost.
"""

from __future__ import annotations

import numpy as np

from sim.fields import ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER, N_SECTORS, STATUS
from sim.kernels import helper, kernel, rows_where
from sim.rng import person_uid
from sim.world import Table, World

_ORDINAL_BITS, _PERSON_BITS = np.uint64(16), np.uint64(3)  # where they start in an identity, see sim.rng
_PERSON_NUMBERS = np.uint64(8191)
_MONTHS = np.uint64(12)


@kernel
def _leave_bundles(rows, weight, left):
    """Take one person out of each bundle in `rows`.

    Returns
    -------
    nth : [n] rank of leaving, 0 for the last, who is the bundle itself
    leaving : how many are not the bundle itself
    """
    nth, leaving = np.zeros(rows.size, np.int64), 0
    for k in range(rows.size):
        b = rows[k]
        if weight[b] > 1:
            weight[b] -= 1
            left[b] += 1
            nth[k] = left[b]
            leaving += 1
    return nth, leaving


@kernel
def _give_rows(rows, nth, occasion, month, new, uid, alive, weight, bundle, turn, zone, origin_zone, sector, birth,
               skill, literacy, status):
    """Write those who left the bundles in `rows` into rows of their own, `new` the first; rows of all persons."""
    persons = rows.copy()
    for k in range(rows.size):
        if nth[k] == 0:
            continue
        b, p = rows[k], new
        persons[k] = p
        new += 1
        uid[p] = person_uid(uid[b], month, occasion[k], nth[k])
        alive[p] = True
        weight[p] = 1
        bundle[p] = b
        turn[p] = turn_of(uid[p])
        zone[p] = zone[b]
        origin_zone[p] = origin_zone[b]
        sector[p] = sector[b]
        birth[p] = birth[b]
        skill[p] = skill[b]
        literacy[p] = literacy[b]
        status[p] = status[b]
    return persons


def single_out(talent: Table, rows: np.ndarray, month: int, occasion: np.ndarray | int) -> np.ndarray:
    """Rows of single persons standing for one person of each of `rows`.

    A row of weight one stands for itself; a bundle loses one person, who gets a new row. The last person of a
    bundle is the bundle itself.

    Parameters
    ----------
    rows : [n] rows of talents; a bundle may be named as often as it has people
    month, occasion : what those who leave are known by; occasions [n] are numbered in `sim.rng`
    """
    t, rows = talent, np.asarray(rows, np.int64)
    nth, leaving = _leave_bundles(rows, t.weight, t.left)
    new = t.n
    t.add(leaving)
    occasions = occasion if isinstance(occasion, np.ndarray) else np.full(rows.size, occasion)
    persons: np.ndarray = _give_rows(rows, nth, occasions, month, new, t.uid, t.alive, t.weight, t.bundle, t.turn,
                                     t.zone, t.origin_zone, t.sector, t.birth, t.skill, t.literacy, t.status)
    return persons


@helper
def turn_of(uid):
    """Month of the year, 0 to 11, in which a row has its turn: see `in_turn`.

    It depends on identity alone: the ordinal of the bundle plus the number of the person, so that bundles and people
    fall evenly on months.
    """
    return int(((uid >> _ORDINAL_BITS) + ((uid >> _PERSON_BITS) & _PERSON_NUMBERS)) % _MONTHS)


@helper
def has_turn(turn, month, every):
    """Whether a row acts this month in a process where each acts once in `every` months, at `every` times the rate.

    The law over a year is the same, for `every` times fewer draws.

    Parameters
    ----------
    turn : 0 to 11, from `turn_of`
    every : 1, 2, 3, 4, 6 or 12 months
    """
    return turn % every == month % every


@helper
def within_turn(monthly_probability, every):
    """Chance of an event in a turn of `every` months, from its chance in one."""
    return 1.0 - (1.0 - monthly_probability) ** every


@helper
def turns_of(month, every):
    """Turns, 0 to 11, that act this month, one bit each: loops over rows ask it without a branch or a division."""
    months = 0
    for turn in range(12):
        months |= has_turn(turn, month, every) << turn
    return np.int32(months)


@helper
def acts(turns, alive, status, turn):
    """Whether a row is of people outside startups whose turn is one of `turns`, from `turns_of`."""
    free = (status == ELSEWHERE) | (status == JOBSEEKER)
    return alive & free & ((turns >> np.int32(turn)) & np.int32(1))


@kernel
def _in_turn(month, every, alive, status, turn):
    months = turns_of(month, every)
    out = np.empty(alive.size, np.bool_)
    for j in range(alive.size):
        out[j] = acts(months, alive[j], status[j], turn[j])
    return rows_where(out)


def in_turn(talent: Table, month: int, every: int) -> np.ndarray:
    """Rows of people outside startups whose turn it is this month, see `has_turn`."""
    rows: np.ndarray = _in_turn(month, every, talent.alive, talent.status, talent.turn)
    return rows


@kernel
def startups_in_turn(month, every, alive, uid):
    """Rows of startups in business whose turn it is this month, see `has_turn`."""
    rows, n = np.empty(uid.size, np.int64), 0
    months = turns_of(month, every)
    for i in range(uid.size):
        rows[n] = i
        n += alive[i] & ((months >> np.int32(turn_of(uid[i]))) & 1)
    return rows[:n]


@helper
def _groups(zone, sector, status, out):
    """Group of each row by zone, trade and status, as `census` counts them; rows without a zone weigh nothing."""
    for j in range(zone.size):
        of_trade = np.int32(max(zone[j], 0)) * np.int32(N_SECTORS) + np.int32(sector[j])
        out[j] = of_trade * np.int32(len(STATUS)) + np.int32(status[j])


@kernel
def _count_people(weight, zone, sector, status, sums):
    group, n = np.empty(2048, np.uint32), weight.size
    for first in range(0, n, group.size):  # groups of a block are worked out several rows at once
        block = slice(first, min(first + group.size, n))
        people = weight[block]
        _groups(zone[block], sector[block], status[block], group)
        # four sums side by side: a sum does not wait for that of the row before, often the same one
        for j in range(people.size):
            sums[np.uint64(group[j]) * np.uint64(4) + np.uint64(j & 3)] += people[j]


def census(talent: Table, n_zones: int) -> np.ndarray:
    """People by zone, trade and status; rows of those who have left weigh nothing."""
    sums = np.zeros((n_zones, N_SECTORS, len(STATUS), 4), np.int64)
    _count_people(talent.weight, talent.zone, talent.sector, talent.status, sums.ravel())
    people: np.ndarray = sums.sum(axis=3)
    return people


@helper
def walk_staff(startup, first_employee, next_employee, out):
    """Write the rows of a startup's employees, the last hired first, as many as `out` has room for."""
    person = first_employee[startup]
    for n in range(out.size):
        out[n] = person
        person = next_employee[person]


@kernel
def list_staff(startup, employees, first_employee, next_employee):
    """Rows of so many of a startup's employees, the last hired first."""
    out = np.empty(employees, np.int64)
    walk_staff(startup, first_employee, next_employee, out)
    return out


@helper
def pick(n, u):
    """Place on a list of staff of `n` people picked by a uniform, counted from the first hired.

    Hires come at the head of the list: counted from its end, the same draw picks the same person more often.
    """
    return n - 1 - int(n * u)


@kernel
def _rejoin(rows, status, weight, alive, bundle, zone, foundations, alumni_until):
    may = np.empty(rows.size, np.bool_)  # what their own row says, before those of bundles are looked up
    for k in range(rows.size):
        p = np.uint64(rows[k])
        may[k] = (bundle[p] >= 0) & alive[p] & (status[p] == ELSEWHERE) & (foundations[p] == 0) & (alumni_until[p] < 0)
    for k in rows_where(may):
        p = rows[k]
        b = bundle[p]
        if zone[b] != zone[p]:  # most of them
            continue
        if alive[p] and alive[b] and status[b] == ELSEWHERE:  # the same row may come twice
            weight[b] += 1
            alive[p] = False
            weight[p] = 0


def rejoin(talent: Table, rows: np.ndarray) -> None:
    """Single persons employed elsewhere, among `rows`, rejoin their bundle where it lives in their zone.

    People who have ever founded a startup or shared in a successful exit keep a row of their own, and so do those whose
    bundle has moved.
    """
    t = talent
    _rejoin(rows, t.status, t.weight, t.alive, t.bundle, t.zone, t.foundations, t.alumni_until)


@kernel
def _leave(persons, to_status, status, employer, next_employee, previous_employee, first_employee, staff):
    for p in persons:
        i, after, before = employer[p], next_employee[p], previous_employee[p]
        if before >= 0:
            next_employee[before] = after
        else:
            first_employee[i] = after
        if after >= 0:
            previous_employee[after] = before
        next_employee[p] = -1
        previous_employee[p] = -1
        staff[i] -= 1
        employer[p] = -1
        status[p] = to_status


def leave(world: World, persons: np.ndarray, to_status: int) -> None:
    """Employees in `persons` leave their startup for `to_status` (ELSEWHERE or JOBSEEKER)."""
    t, f = world.talent, world.startup
    _leave(persons, to_status, t.status, t.employer, t.next_employee, t.previous_employee, f.first_employee, f.staff)


@kernel
def _hire(persons, employers, month, status, employer, next_employee, previous_employee, hired, first_employee, staff):
    for k in range(persons.size):
        p, i = persons[k], employers[k]
        status[p] = EMPLOYEE
        employer[p] = i
        hired[p] = month
        next_employee[p] = first_employee[i]
        if first_employee[i] >= 0:
            previous_employee[first_employee[i]] = p
        first_employee[i] = p
        staff[i] += 1


def hire(world: World, persons: np.ndarray, employers: np.ndarray, month: int) -> None:
    """Single persons join startups, in the order given: the last to come heads the list of staff."""
    t, f = world.talent, world.startup
    _hire(persons, employers, month, t.status, t.employer, t.next_employee, t.previous_employee, t.hired,
          f.first_employee, f.staff)


def become_founder(world: World, persons: np.ndarray, startups: np.ndarray) -> None:
    """Single persons, not employees any more, head the startups they founded, each alone at first."""
    t = world.talent
    t.status[persons] = FOUNDER
    t.employer[persons] = startups
    t.foundations[persons] = np.minimum(t.foundations[persons] + 1, 7)
    world.startup.founder[startups] = persons
    world.startup.staff[startups] = 1
    world.startup.founders[startups] = 1


@kernel
def _join(persons, startups, founder, founders, staff, status, employer, next_employee, foundations):
    for k in range(persons.size):
        p, i = persons[k], startups[k]
        status[p] = FOUNDER
        employer[p] = i
        foundations[p] = min(foundations[p] + 1, 7)
        next_employee[p] = next_employee[founder[i]]
        next_employee[founder[i]] = p
        founders[i] += 1
        staff[i] += 1


def join_founders(world: World, persons: np.ndarray, startups: np.ndarray) -> None:
    """Single persons, outside startups until now, join the first founder of new startups.

    The founders of a startup are a list, as its employees are: the first founder heads it.
    """
    t, f = world.talent, world.startup
    _join(persons, startups, f.founder, f.founders, f.staff, t.status, t.employer, t.next_employee, t.foundations)


@kernel
def _succeed(startups, founder, next_employee, succeeded):
    for i in startups:
        p = founder[i]
        while p >= 0:
            succeeded[p] = True
            p = next_employee[p]


def have_succeeded(world: World, startups: np.ndarray) -> None:
    """Every founder of these startups in business counts as successful."""
    _succeed(startups, world.startup.founder, world.talent.next_employee, world.talent.succeeded)


@kernel
def _dismiss(startups, founder, first_employee, staff, status, employer, next_employee, previous_employee):
    for i in startups:
        p = first_employee[i]
        while p >= 0:
            following = next_employee[p]
            status[p] = JOBSEEKER
            employer[p] = -1
            next_employee[p] = -1
            previous_employee[p] = -1
            p = following
        first_employee[i] = -1
        p = founder[i]
        while p >= 0:
            following = next_employee[p]
            status[p] = JOBSEEKER
            employer[p] = -1
            next_employee[p] = -1
            p = following
        staff[i] = 0


def dismiss_all(world: World, startups: np.ndarray) -> None:
    """Founders and staff of closing startups become job-seekers."""
    t, f = world.talent, world.startup
    _dismiss(startups, f.founder, f.first_employee, f.staff, t.status, t.employer, t.next_employee, t.previous_employee)
