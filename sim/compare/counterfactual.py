"""Frames of the firm-level counterfactual: every policy run is set against the reference run of its seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import twins
from sim.compare.geography import Geography
from sim.compare.kinds import KINDS, kinds_of
from sim.compare.paired import Floats, summary
from sim.compare.places import ring_of_cells
from sim.compare.runs import NotComparable, Worlds

if TYPE_CHECKING:
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Accounts:
    """Sums over firms for one arm, seeds first: [n, components | rings | classes x counts | kinds x kinds, H]."""

    waterfall: Floats
    rings: Floats
    classes: Floats
    exchangeable: Floats
    survival: Floats
    moves: Floats


def read_accounts(worlds: Worlds, geography: Geography) -> dict[int, Accounts]:
    """Match the startups of every policy run with those of the reference and add them up, by arm row.

    Seeds are the outer loop: one table of the reference and one of a policy are held at a time.
    """
    horizons = len(worlds.horizons)
    kind = kinds_of(geography.zones).argmax(axis=0)[geography.cells["zone"].to_numpy(np.int64)]
    found: dict[int, list[tuple[Floats, ...]]] = {}
    for column in worlds.shared(0):
        reference = twins.read_firms(worlds.table("firms", 0, column), horizons)
        _same_grid(reference, geography, worlds.arms[0].id)
        for row, arm, pairs in worlds.policies():
            if column not in pairs:
                continue
            policy = twins.read_firms(worlds.table("firms", row, column), horizons)
            _same_grid(policy, geography, arm.id)
            ring = _rings_of(worlds, geography, arm, row, column)
            pair = twins.match(policy, reference)
            sums = (
                twins.waterfall(policy, reference, pair, ring),
                twins.jobs_by_ring(policy, reference, ring),
                twins.classify(policy, reference, pair),
                twins.exchangeable(policy, reference),
                twins.survival(policy, reference, pair),
                twins.moves(policy, reference, pair, kind, len(KINDS)),
            )
            found.setdefault(row, []).append(sums)
    return {row: Accounts(*(np.stack(part) for part in zip(*runs))) for row, runs in found.items()}


def _same_grid(firms: twins.Firms, geography: Geography, arm: str) -> None:
    last, cells = int(firms.cell.max(initial=-1)), len(geography.cells)
    if last >= cells:
        raise NotComparable("other_grid", arm=arm, cell=last, cells=cells)


def _rings_of(
    worlds: Worlds, geography: Geography, arm: Scenario, row: int, column: int
) -> NDArray[np.int64]:
    if arm.hubs is None:
        return ring_of_cells(geography, np.empty(0, dtype=np.int64), 0.0)
    hubs = worlds.table("hubs", row, column)
    return ring_of_cells(geography, hubs["cell"].to_numpy(np.int64), arm.hubs.footprint_km)


def frames(worlds: Worlds, accounts: dict[int, Accounts]) -> dict[str, pd.DataFrame]:
    """Return the frames waterfall, rings, twins, couplings and moves."""
    made: dict[str, list[pd.DataFrame]] = {"waterfall": [], "rings": [], "twins": [], "couplings": [], "moves": []}
    for row, arm, _ in worlds.policies():
        found = accounts[row]
        for h, year in enumerate(worlds.horizons):
            parts = {
                "waterfall": _interval("component", twins.COMPONENTS, found.waterfall[..., h]),
                "rings": _interval("ring", twins.RINGS, found.rings[..., h], spread=True),
                "twins": _classes(found.classes[..., h]),
                "couplings": _couplings(found.waterfall[..., h], found.exchangeable[:, h]),
                "moves": _moves(found.moves[..., h]),
            }
            for name, frame in parts.items():
                frame.insert(0, "arm", arm.id)
                frame.insert(1, "year", year)
                made[name].append(frame)
    return {name: pd.concat(each, ignore_index=True) for name, each in made.items()}


def _interval(key: str, names: tuple[str, ...], sample: Floats, spread: bool = False) -> pd.DataFrame:
    found = summary(sample)
    columns = ["mean", "se", "ci95_low", "ci95_high"] + (["p10", "p90"] if spread else [])
    return pd.DataFrame({key: names} | {name: found[name] for name in columns})


def _classes(sample: Floats) -> pd.DataFrame:
    """Make the rows of the four classes from counts [n, classes, counts] of one year."""
    counts = dict(zip(twins.COUNTS, np.moveaxis(sample, 2, 0)))
    lost = np.array(twins.CLASSES) == "lost"
    # A lost startup is told by the jobs it has in the reference.
    jobs = summary(np.where(lost, counts["jobs_reference"], counts["jobs"]))
    change = summary(counts["jobs"] - counts["jobs_reference"])
    startups = summary(counts["startups"])
    return pd.DataFrame(
        {
            "class": twins.CLASSES,
            "startups_mean": startups["mean"],
            "jobs_mean": jobs["mean"],
            "ci95_low": startups["ci95_low"],
            "ci95_high": startups["ci95_high"],
            "jobs_ci95_low": jobs["ci95_low"],
            "jobs_ci95_high": jobs["ci95_high"],
            "jobs_difference_mean": change["mean"],
            "jobs_difference_ci95_low": change["ci95_low"],
            "jobs_difference_ci95_high": change["ci95_high"],
            "without_twin_mean": counts["without_twin"].mean(axis=0),
            "aided_startups_mean": counts["aided_startups"].mean(axis=0),
            "aided_jobs_mean": counts["aided_jobs"].mean(axis=0),
        }
    )


def _moves(sample: Floats) -> pd.DataFrame:
    """Make the rows of jobs moved between kinds of territory from [n, from, to] of one year."""
    found = summary(sample.reshape(len(sample), -1))
    ways = {"kind_from": np.repeat(KINDS, len(KINDS)), "kind_to": np.tile(KINDS, len(KINDS))}
    return pd.DataFrame(ways | {name: found[name] for name in ("mean", "ci95_low", "ci95_high")})


def _couplings(waterfall: Floats, exchangeable: Floats) -> pd.DataFrame:
    """Make the rows of deadweight and displacement under the two couplings; gross and net are the same in both.

    `waterfall` [n, components] holds the first coupling, `exchangeable` [n] the deadweight of the second.
    """
    gross, deadweight, net = (waterfall[:, twins.COMPONENTS.index(c)] for c in ("gross", "deadweight", "net"))
    sample = np.column_stack([deadweight, exchangeable])
    found = summary(sample)
    displaced = summary(net[:, None] - gross[:, None] + sample)
    share = np.full(2, np.nan)
    np.divide(found["mean"], gross.mean(), out=share, where=gross.mean() > 0.0)
    return pd.DataFrame(
        {
            "coupling": ("same_founder", "same_origin_sector_age"),
            "deadweight_mean": found["mean"],
            "ci95_low": found["ci95_low"],
            "ci95_high": found["ci95_high"],
            "share_of_gross": share,
            "displaced_mean": displaced["mean"],
            "displaced_ci95_low": displaced["ci95_low"],
            "displaced_ci95_high": displaced["ci95_high"],
        }
    )
