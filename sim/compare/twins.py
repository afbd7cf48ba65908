"""The same startup in both worlds: from gross to net jobs, firm by firm.

A startup keeps its identity (`uid`) in every arm of the same seed, so its **twin** is the same founder's firm
in the reference run. For one policy run, its reference run and one horizon, with `n` headcounts:

    gross            = sum of n over aided firms of the policy run
    deadweight       = sum of n over the twins of those firms
    displaced (ring) = sum over all other firms of (n in the policy run - n of the twin)
    net              = total of the policy run - total of the reference run
                     = gross - deadweight + displaced 0-20 km + displaced 20-50 km + displaced beyond 50 km

A missing twin counts for nothing. Firms that only the reference has ("lost") are among the other firms. A
displacement is negative when jobs are lost. Rings are measured from the firm's cell to the nearest hub of
the arm: cell of the policy run, or the twin's cell for a lost firm. Firms inside the footprint that were not
aided belong to the ring 0-20 km. Cells are those a firm had last.

Who is the twin of whom is a statement about the coupling of two worlds, which no data can check.
`exchangeable` therefore gives deadweight under a second coupling: a firm's counterpart is any firm of the
same origin, sector and year of birth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare.paired import Floats

COMPONENTS = ("gross", "deadweight", "displaced_0_20", "displaced_20_50", "displaced_50", "net")
RINGS = ("treated", "0_20", "20_50", "50_plus")
CLASSES = ("same_place", "elsewhere", "only_here", "lost")
COUNTS = ("startups", "jobs", "jobs_reference", "without_twin", "aided_startups", "aided_jobs")


@dataclass(frozen=True)
class Firms:
    """Startups of one run, sorted by uid; at each horizon `staff` [H, F] is headcount, `aided` [H, F] whether the
    startup had been aided by then."""

    uid: NDArray[np.uint64]
    cell: NDArray[np.int64]
    group: NDArray[np.int64]
    aided: NDArray[np.bool_]
    staff: Floats


@dataclass(frozen=True)
class Match:
    """Rows of twins in two runs: `here[k]` and `there[k]` are the same startup; the rest has no twin."""

    here: NDArray[np.intp]
    there: NDArray[np.intp]
    only_here: NDArray[np.intp]
    lost: NDArray[np.intp]


def read_firms(table: pd.DataFrame, horizons: int) -> Firms:
    """Take what the counterfactual needs from a table `firms`, sorted by uid.

    Raises ``ValueError`` when two startups share a uid: identities would then mean nothing.
    """
    uid = table["uid"].to_numpy(dtype=np.uint64)
    order = np.argsort(uid)
    uid = uid[order]
    if (uid[1:] == uid[:-1]).any():
        raise ValueError("two startups of one run share a uid; twins cannot be matched")
    taken = {
        name: table[name].to_numpy(np.int64)[order] for name in ("cell", "origin_zone", "sector", "birth")
    }
    return Firms(
        uid=uid,
        cell=taken["cell"],
        group=taken["origin_zone"] * 1_000_000 + taken["sector"] * 10_000 + taken["birth"] // 12,
        aided=np.stack([table[f"aided_h{h}"].to_numpy(bool)[order] for h in range(horizons)]),
        staff=np.stack([table[f"staff_h{h}"].to_numpy(np.float64)[order] for h in range(horizons)]),
    )


def match(policy: Firms, reference: Firms) -> Match:
    """Find the twins of two runs of the same seed by uid."""
    found = np.searchsorted(reference.uid, policy.uid)
    inside = np.minimum(found, max(len(reference.uid) - 1, 0))
    has_twin = (
        reference.uid[inside] == policy.uid if len(reference.uid) else np.zeros(len(policy.uid), dtype=bool)
    )
    there = inside[has_twin]
    lost = np.ones(len(reference.uid), dtype=bool)
    lost[there] = False
    return Match(np.flatnonzero(has_twin), there, np.flatnonzero(~has_twin), np.flatnonzero(lost))


def waterfall(policy: Firms, reference: Firms, twins: Match, ring: NDArray[np.int64]) -> Floats:
    """Return float64[6, H]: jobs of each of `COMPONENTS` at each horizon.

    Parameters
    ----------
    ring : int64[C]
        Ring of every cell, as a row of `RINGS`.
    """
    counterpart = _counterpart(policy, reference, twins)
    rows = np.concatenate([ring[policy.cell], ring[reference.cell[twins.lost]]])
    lost = -reference.staff[:, twins.lost]
    change = np.concatenate([(policy.staff - counterpart) * ~policy.aided, lost], axis=1)
    by_ring = _sum_by(rows, change, len(RINGS))
    return np.stack(
        [
            (policy.staff * policy.aided).sum(axis=1),
            (counterpart * policy.aided).sum(axis=1),
            by_ring[0] + by_ring[1],
            by_ring[2],
            by_ring[3],
            policy.staff.sum(axis=1) - reference.staff.sum(axis=1),
        ]
    )


def jobs_by_ring(policy: Firms, reference: Firms, ring: NDArray[np.int64]) -> Floats:
    """Return float64[4, H]: jobs standing in each ring of the policy run, less those of the reference run."""
    return _sum_by(ring[policy.cell], policy.staff, len(RINGS)) - _sum_by(
        ring[reference.cell], reference.staff, len(RINGS)
    )


def classify(policy: Firms, reference: Firms, twins: Match) -> Floats:
    """Return float64[4, 6, H]: `COUNTS` of each of `CLASSES` of startups at each horizon.

    A startup alive (with staff) at the horizon in both runs is in the same place or elsewhere, by its cell;
    alive in the policy run only, it was created or saved ("only here"); alive in the reference only, it is
    lost. `without_twin` counts those that the other run never founded. Startups of the policy run are the
    first three classes, those of the reference all but the third, and jobs less jobs_reference add up to net.
    """
    counterpart = _counterpart(policy, reference, twins)
    here, there = policy.staff > 0.0, counterpart > 0.0
    moved = np.zeros(len(policy.uid), dtype=bool)
    moved[twins.here] = policy.cell[twins.here] != reference.cell[twins.there]
    alone = np.zeros(len(policy.uid), dtype=bool)
    alone[twins.only_here] = True
    nowhere = len(CLASSES)
    row = np.where(here, np.where(there, moved, 2), np.where(there, 3, nowhere))
    counted = (here | there, policy.staff, counterpart, alone & here, policy.aided & here)
    summed = [*counted, policy.staff * policy.aided]
    counts = np.zeros((len(CLASSES), len(COUNTS), len(policy.staff)))
    for k, values in enumerate(summed):
        for h, line in enumerate(values):
            counts[:, k, h] = np.bincount(row[h], weights=line, minlength=nowhere + 1)[:nowhere]
    never_here = reference.staff[:, twins.lost]
    counts[3, COUNTS.index("startups")] += (never_here > 0.0).sum(axis=1)
    counts[3, COUNTS.index("without_twin")] += (never_here > 0.0).sum(axis=1)
    counts[3, COUNTS.index("jobs_reference")] += never_here.sum(axis=1)
    return counts


def moves(policy: Firms, reference: Firms, twins: Match, kind: NDArray[np.int64], kinds: int) -> Floats:
    """Return float64[kinds, kinds, H]: jobs, as of the reference, of startups that stand elsewhere with the policy.

    Rows are the kind of territory of the reference, columns that of the policy run, for startups with staff at the
    horizon in both; `kind` int64[C] is that of each cell.
    """
    here, there = twins.here, twins.there
    moved = policy.cell[here] != reference.cell[there]
    both = (policy.staff[:, here] > 0.0) & (reference.staff[:, there] > 0.0) & moved
    way = kind[reference.cell[there]] * kinds + kind[policy.cell[here]]
    jobs = _sum_by(way, reference.staff[:, there] * both, kinds * kinds)
    return jobs.reshape(kinds, kinds, len(policy.staff))


def survival(policy: Firms, reference: Firms, twins: Match) -> Floats:
    """Return float64[2, H]: the share of startups aided by a horizon that have staff then, and by how much it
    exceeds that of their twins, among those that have one. NaN where none was aided yet.
    """
    alive, has_twin = policy.staff > 0.0, np.zeros(len(policy.uid), dtype=bool)
    has_twin[twins.here] = True
    there = _counterpart(policy, reference, twins) > 0.0
    aided, both = policy.aided, policy.aided & has_twin
    with np.errstate(invalid="ignore"):
        share = (alive & aided).sum(axis=1) / aided.sum(axis=1)
        change = ((alive & both).sum(axis=1) - (there & both).sum(axis=1)) / both.sum(axis=1)
    return np.stack([share, change])


def _counterpart(policy: Firms, reference: Firms, twins: Match) -> Floats:
    """Return float64[H, F]: headcount of the twin of every firm of the policy run, 0 without one."""
    staff = np.zeros_like(policy.staff)
    staff[:, twins.here] = reference.staff[:, twins.there]
    return staff


def exchangeable(policy: Firms, reference: Firms) -> Floats:
    """Return float64[H]: deadweight if a firm's counterpart is any firm of its origin, sector and birth year.

    In each such group, an aided firm has a counterpart with probability min(1, firms there / firms here), of
    the mean headcount of the group in the reference run.
    """
    groups, rows = np.unique(np.concatenate([policy.group, reference.group]), return_inverse=True)
    here, there = rows[: len(policy.group)], rows[len(policy.group) :]
    aided = _sum_by(here, policy.aided.astype(np.float64), len(groups))
    firms_here = np.bincount(here, minlength=len(groups))
    firms_there = np.bincount(there, minlength=len(groups))
    staff_there = _sum_by(there, reference.staff, len(groups))
    share = aided / np.maximum(np.maximum(firms_here, firms_there), 1)[:, None]
    return np.asarray((share * staff_there).sum(axis=0))


def _sum_by(row: NDArray[np.intp], values: Floats, rows: int) -> Floats:
    """Return float64[rows, H]: sums of `values` [H, F] by `row` [F]."""
    return np.stack([np.bincount(row, weights=line, minlength=rows) for line in values], axis=1)
