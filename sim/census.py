"""What sources outside the model would count: startups as lists of aid see them, and rounds, deal by deal.

Nothing here acts on the world: the recorder calls it, and operators (`sim.calibration.operators`) measure the model
with it as each source measured France.

    census   one row per year, measure, age, recognition and value: how many startups have it
    rounds   one row per round of equity: who, when, where, which stage, how much, led by whom
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.fields import ANGEL
from sim.processes.cash import BAR, MOST_RESEARCH, OF_STAGE, YOUNG
from sim.world import World

Rows = dict[str, Any]

MEASURES = ("staff", "turnover_eur", "growth", "founder_age")
COLUMNS = {"year": np.int16, "measure": np.int8, "age": np.int16, "recognised": np.bool_, "value": np.float32,
           "startups": np.int32}  # fmt: skip
CLASSES_PER_DECADE = 20  # of turnover: 12 % wide
GROWTH_STEP = 0.05  # of yearly log growth
LIST_AGE = 96  # months of age below which DGE's list of startups has its first count
ANGEL_DEAL = 1e-9  # relative error within which an amount is the ticket of a group of angels


def recognised(world: World) -> NDArray[np.bool_]:
    """Startups that lists of public support and of rounds show, [startups].

    In business, and funded, hosted by an incubator, aided, or with employees for whose research the State gives money
    back this month (young innovative firms, research credit).
    """
    f = world.startup
    relief = (f.staff > f.founders) & (world.nation.relief_reference[0] > 0.0)
    return np.asarray(f.alive & ((f.rounds > 0) | (f.incubated_until >= 0) | f.aided | relief))


def young_innovative(world: World) -> NDArray[np.bool_]:
    """Startups with employees that have the relief of young innovative firms, [startups]."""
    f = world.startup
    research = np.minimum(f.research * OF_STAGE[f.stage], MOST_RESEARCH)
    employs = f.alive & (f.staff > f.founders) & (world.nation.relief_reference[0] > 0.0)
    return np.asarray(employs & (research >= BAR) & (world.month - f.birth < YOUNG))


def on_lists(world: World) -> dict[str, NDArray[np.float64]]:
    """Stocks by zone that lists of support show: startups under eight years, their people, young innovative firms."""
    f, n = world.startup, world.zone.n
    listed = recognised(world) & (world.month - f.birth < LIST_AGE)
    found = {
        "recognised": np.bincount(f.zone[listed], minlength=n),
        "recognised_jobs": np.bincount(f.zone[listed], f.staff[listed], n),
        "young_innovative": np.bincount(f.zone[young_innovative(world)], minlength=n),
    }
    return {name: values.astype(np.float64) for name, values in found.items()}


@dataclass
class Census:
    """Collects both tables, month by month and December by December."""

    years: list[Rows] = field(default_factory=list)
    months: list[Rows] = field(default_factory=list)
    raised: dict[int, float] = field(default_factory=dict)  # by identity, what startups with rounds have raised
    before: tuple[np.ndarray, np.ndarray] | None = None  # identities, sorted, and turnover of last December

    def copy(self) -> Census:
        """What was collected so far, see `Recorder.copy`."""
        return replace(self, years=self.years.copy(), months=self.months.copy(), raised=self.raised.copy())

    def month(self, world: World) -> None:
        """Note the rounds of this month."""
        f, v = world.startup, world.investor
        if not self.months:
            old = np.flatnonzero((f.rounds > 0) & (f.last_round < world.month))
            self.raised = dict(zip(f.uid[old].tolist(), f.raised_eur[old].tolist()))
        rows = np.flatnonzero((f.last_round == world.month) & (f.rounds > 0))
        rows = rows[np.argsort(f.uid[rows])]
        uid, total = f.uid[rows], f.raised_eur[rows]
        known = [self.raised.get(each, np.nan if n > 1 else 0.0) for each, n in zip(uid.tolist(), f.rounds[rows])]
        eur = total - np.array(known, float)
        self.raised |= dict(zip(uid.tolist(), total.tolist()))
        ticket = v.largest_eur[v.kind == ANGEL].max(initial=0.0)
        angels = np.isclose(eur, ticket, rtol=ANGEL_DEAL, atol=0.0) | (f.lead[rows] < 0)
        lead = np.where(angels, 0, f.lead[rows])
        self.months.append({
            "month": np.full(rows.size, world.month, np.int32), "uid": uid, "birth": f.birth[rows],
            "zone": f.zone[rows], "stage": f.stage[rows], "eur": eur,
            "kind": np.where(angels, ANGEL, v.kind[lead] if v.n else ANGEL).astype(np.int8),
            "lead_zone": np.where(angels, -1, v.zone[lead] if v.n else -1).astype(np.int16),
        })  # fmt: skip

    def year(self, world: World) -> None:
        """Count the startups of this December by what sources measure."""
        f, t = world.startup, world.talent
        rows = np.flatnonzero(f.alive)
        age, listed = (world.month - f.birth[rows]) // 12, recognised(world)[rows]
        yearly = 12.0 * f.revenue_eur[rows]
        self._count(world, "staff", age, listed, f.staff[rows], _itself)
        self._count(world, "turnover_eur", age, listed, _class_of(yearly), _middle_of)
        if self.before is not None:
            uid, past = self.before
            at = np.searchsorted(uid, f.uid[rows]) % max(uid.size, 1)
            both = (uid[at] == f.uid[rows]) & (past[at] > 0.0) & (yearly > 0.0) if uid.size else np.zeros(0, bool)
            growth = np.log(yearly[both] / past[at[both]])
            steps = np.round(growth / GROWTH_STEP).astype(np.int64)
            self._count(world, "growth", age[both], listed[both], steps, lambda step: GROWTH_STEP * step)
        new = (world.month - f.birth[rows] < 12) & (f.founder[rows] >= 0)
        founder = f.founder[rows[new]]
        years = (f.birth[rows[new]] - t.birth[founder]) // 12
        self._count(world, "founder_age", age[new], listed[new], years, _itself)
        order = np.argsort(f.uid[rows])
        self.before = f.uid[rows[order]], yearly[order]

    def _count(
        self, world: World, what: str, age: np.ndarray, listed: np.ndarray, code: np.ndarray,
        value_of: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Count startups by age, recognition and class; `code` numbers classes, from any number on."""
        first = code.min(initial=0)
        classes = int(code.max(initial=0) - first) + 1
        count = np.bincount((2 * age + listed) * classes + (code - first))
        found = np.flatnonzero(count)
        age_listed, which = np.divmod(found, classes)
        self.years.append({
            "year": np.full(found.size, world.month // 12, np.int16),
            "measure": np.full(found.size, MEASURES.index(what), np.int8),
            "age": (age_listed // 2).astype(np.int16), "recognised": age_listed % 2 > 0,
            "value": value_of(which + first).astype(np.float32), "startups": count[found].astype(np.int32),
        })  # fmt: skip

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return both tables; `measure` of the census is spelt out."""
        census = _joined(self.years)
        census["measure"] = pd.Series(pd.Categorical([MEASURES[k] for k in census["measure"]], list(MEASURES)))
        return {"census": census, "rounds": _joined(self.months)}


def _itself(code: np.ndarray) -> np.ndarray:
    return code


NOTHING = -1000  # class of no euro at all: below that of any other amount, so that classes stay in order


def _class_of(eur: np.ndarray) -> np.ndarray:
    """Class of each amount, in its logarithm; nothing has a class of its own."""
    some = eur > 0.0
    power = np.round(CLASSES_PER_DECADE * np.log10(np.where(some, eur, 1.0))).astype(np.int64)
    return np.where(some, power, NOTHING)


def _middle_of(code: np.ndarray) -> np.ndarray:
    """Middle of each class of amounts; zero for nothing."""
    return np.where(code > NOTHING, 10.0 ** (code / CLASSES_PER_DECADE), 0.0)


def _joined(parts: list[Rows]) -> pd.DataFrame:
    if not parts:  # a run without a December
        return pd.DataFrame({name: np.empty(0, kind) for name, kind in COLUMNS.items()})
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
