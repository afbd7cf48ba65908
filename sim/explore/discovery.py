"""Where in the space of assumptions a policy wins: a box (PRIM), a small tree, and whether it is a discovery at all.

A point of a design is a *win* or not (the outcome averaged over its seeds, so that boxes tell of assumptions and not
of luck). The box is a few bounds within which wins are dense. Any heap of points has such a box: it counts as
found when every bound matters, comes back when the points are resampled, and wins are denser within it than
elsewhere among points that had no part in its making.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sim.compare.paired import resampling_weights
from sim.compare.robustness import best_share, regret_of
from sim.explore.needs import NotEnough, need

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

FEWEST_POINTS: Final = 40
FEWEST_OF_EACH: Final = 10
PEEL: Final = 0.05
LEAST_MASS: Final = 0.05
LARGEST_QUASI_P: Final = 0.05
LEAST_SELECTED: Final = 0.8
RESAMPLES: Final = 50


@dataclass(frozen=True)
class Box:
    """Bounds low and high, float64[K] (infinite where there is none), and the values allowed of each list."""

    low: Floats
    high: Floats
    allowed: tuple[frozenset[Any] | None, ...]

    def restricts(self) -> Bools:
        """Say which factors the box bounds."""
        lists = np.array([each is not None for each in self.allowed])
        return np.asarray(np.isfinite(self.low) | np.isfinite(self.high) | lists)

    def without(self, k: int) -> Box:
        """Return the box with factor `k` free."""
        low, high = self.low.copy(), self.high.copy()
        low[k], high[k] = -np.inf, np.inf
        return Box(low, high, (*self.allowed[:k], None, *self.allowed[k + 1 :]))


@dataclass(frozen=True)
class Discovery:
    """What was found, or why nothing was.

    `found` tells which; `why` is a key: ``found``, ``no_bound`` (nothing is denser, or no bound lasts) or
    ``no_denser`` (not so among points left out). `base` is the share of wins among all points; `coverage` the share of
    wins within the box, `density` the share of its points that are wins. `bounds`: one row per factor bounded, with
    low and high or values, quasi-p, `selected` (share of resamples that bound it) and the 5-95 % spread of each end.
    `tried` is the same for every factor that was bounded before the weak ones were dropped. `lift_low` is the lower
    5 % of density less base among the points left out of a resample.
    """

    found: bool
    why: str
    base: float
    coverage: float
    density: float
    mass: float
    points: int
    dropped: int
    lift_low: float
    bounds: pd.DataFrame
    tried: pd.DataFrame
    inside: Bools


def inside_of(box: Box, columns: Sequence[NDArray[Any]]) -> Bools:
    """Return bool[n]: which points lie in a box."""
    out = np.ones(len(columns[0]), dtype=bool)
    for k, column in enumerate(columns):
        allowed = box.allowed[k]
        out &= np.isin(column, list(allowed)) if allowed is not None else True
        if np.isfinite(box.low[k]) or np.isfinite(box.high[k]):
            out &= (column >= box.low[k]) & (column <= box.high[k])
    return out


def whole(count: int) -> Box:
    """Return the box without a bound on `count` factors."""
    return Box(np.full(count, -np.inf), np.full(count, np.inf), (None,) * count)


def peel(columns: Sequence[NDArray[Any]], wins: Bools, share: float = PEEL, least: float = LEAST_MASS) -> list[Box]:
    """Return the boxes of PRIM's descent, from all points to the smallest with `least` of them.

    Each step takes off `share` of the points at one end of one factor, or one value of a list: the one that raises
    the density of wins most for the points it costs (J. Friedman and N. Fisher, Statistics and Computing 9, 1999; for
    policies: B. Bryant and R. Lempert, Technological Forecasting and Social Change 77, 2010).
    """
    boxes = [whole(len(columns))]
    within = np.ones(len(wins), dtype=bool)
    while True:
        best: tuple[float, Box, Bools] | None = None
        count, density = within.sum(), wins[within].mean()
        for candidate in _peels(boxes[-1], columns, within, share):
            kept = within & inside_of(candidate, columns)
            if kept.sum() >= max(least * len(wins), 2) and kept.sum() < count:
                gain = (wins[kept].mean() - density) / (count - kept.sum())
                if best is None or gain > best[0]:
                    best = (gain, candidate, kept)
        if best is None:
            return boxes
        boxes.append(best[1])
        within = best[2]


def _peels(box: Box, columns: Sequence[NDArray[Any]], within: Bools, share: float) -> list[Box]:
    """Every next step down from a box: both ends of each number, each value of each list."""
    out = []
    for k, column in enumerate(columns):
        values = np.sort(column[within]) if column.dtype != object else column[within]
        if column.dtype == object:
            present = set(values.tolist())
            rest = [frozenset(present - {each}) for each in sorted(present, key=str)] if len(present) > 1 else []
            out += [replace(box, allowed=(*box.allowed[:k], each, *box.allowed[k + 1 :])) for each in rest]
            continue
        if values[0] == values[-1]:
            continue
        cut = max(int(share * len(values)), 1)
        low, high = box.low.copy(), box.high.copy()
        low[k] = values[cut] if values[cut] > values[0] else values[values > values[0]][0]
        high[k] = values[-1 - cut] if values[-1 - cut] < values[-1] else values[values < values[-1]][-1]
        out += [replace(box, low=low), replace(box, high=high)]
    return out


def paste(box: Box, columns: Sequence[NDArray[Any]], wins: Bools, share: float = PEEL) -> Box:
    """Return a box widened again, `share` of its points at a time, as long as what comes in is as dense as the box."""
    while True:
        within = inside_of(box, columns)
        count, density = within.sum(), wins[within].mean()
        best: tuple[float, Box] | None = None
        for wider in _pastes(box, columns, max(int(share * count), 1)):
            new = inside_of(wider, columns) & ~within
            if new.any() and wins[new].mean() >= density and (best is None or wins[new].mean() > best[0]):
                best = (float(wins[new].mean()), wider)
        if best is None:
            return box
        box = best[1]


def _pastes(box: Box, columns: Sequence[NDArray[Any]], add: int) -> list[Box]:
    out = []
    for k, column in enumerate(columns):
        others = inside_of(box.without(k), columns)
        for ends, side in ((box.low, "low"), (box.high, "high")):
            if not np.isfinite(ends[k]):
                continue
            beyond = np.sort(column[others & (column < ends[k] if side == "low" else column > ends[k])])
            moved = ends.copy()
            if side == "low":
                moved[k] = beyond[-add] if len(beyond) >= add else -np.inf
            else:
                moved[k] = beyond[add - 1] if len(beyond) >= add else np.inf
            out.append(replace(box, low=moved) if side == "low" else replace(box, high=moved))
    return out


def prim(columns: Sequence[NDArray[Any]], wins: Bools) -> Box:
    """Return the box of the descent that holds most wins beyond what its size would: mass x (density - base).

    This measure, the weighted relative accuracy (N. Lavrac, P. Flach and B. Zupan, Inductive Logic Programming, 1999),
    takes the place of a person who picks a box by eye, so that resamples pick theirs in the same way.
    """
    base = wins.mean()

    def worth(box: Box) -> float:
        within = inside_of(box, columns)
        return float(within.mean() * (wins[within].mean() - base))

    return paste(max(peel(columns, wins), key=worth), columns, wins)


def quasi_p(box: Box, columns: Sequence[NDArray[Any]], wins: Bools) -> Floats:
    """Return float64[K]: the chance of as many wins in the box if the bound of a factor did nothing; NaN if unbound.

    One-sided binomial, at the density of the box without that bound (Bryant and Lempert, 2010). It knows nothing of
    the search that chose the bound: small values are needed, not enough.
    """
    out = np.full(len(columns), np.nan)
    within = inside_of(box, columns)
    for k in np.flatnonzero(box.restricts()):
        freed = inside_of(box.without(int(k)), columns)
        out[k] = stats.binom.sf(wins[within].sum() - 1, within.sum(), wins[freed].mean())
    return out


def discover(points: pd.DataFrame, wins: ArrayLike, *, resamples: int = RESAMPLES) -> Discovery:
    """Return where wins are dense, or that nothing was found.

    Parameters
    ----------
    points
        the points of a design, one column per factor; text and truth values are lists, all else numbers
    wins
        one value per point: 1 or True where the policy wins, NaN where its runs failed (left out and counted)

    Raises
    ------
    NotEnough
        fewer than `FEWEST_POINTS` points, or fewer than `FEWEST_OF_EACH` wins or losses
    """
    columns, won, dropped = _finished(points, wins)
    names, count = list(points.columns), len(won)
    full = prim(columns, won)
    boxes, lifts = _resampled(columns, won, resamples)
    selected = np.mean([each.restricts() for each in boxes], axis=0)
    tried = _bounds(full, names, quasi_p(full, columns, won), selected, boxes)
    box = _lasting(full, columns, won, selected)
    within = inside_of(box, columns)
    lift = float(np.quantile(lifts, 0.05))
    why = "no_bound" if not box.restricts().any() else "no_denser" if lift <= 0.0 else "found"
    return Discovery(
        why == "found",
        why,
        float(won.mean()),
        float(won[within].sum() / won.sum()),
        float(won[within].mean()),
        float(within.mean()),
        count,
        dropped,
        lift,
        _bounds(box, names, quasi_p(box, columns, won), selected, boxes),
        tried,
        within,
    )


def _finished(points: pd.DataFrame, wins: ArrayLike) -> tuple[list[NDArray[Any]], Bools, int]:
    values = np.asarray(wins, dtype=float)
    if len(values) != len(points):
        raise ValueError(f"there are {len(points)} points and {len(values)} outcomes")
    ok = np.isfinite(values)
    if not np.isin(values[ok], (0.0, 1.0)).all():
        raise ValueError("a win is 1, a loss 0: say first above which value a policy wins")
    won = values[ok] == 1.0
    if len(won) < FEWEST_POINTS or min(won.sum(), (~won).sum()) < FEWEST_OF_EACH:
        raise NotEnough(
            "few_points", points=len(won), wins=int(won.sum()), fewest=FEWEST_POINTS, each=FEWEST_OF_EACH
        )
    columns = []
    for name in points:
        column = points[name][ok]
        numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        columns.append(column.to_numpy(dtype=float if numbers else object))
    return columns, won, int((~ok).sum())


def _resampled(columns: Sequence[NDArray[Any]], wins: Bools, resamples: int) -> tuple[list[Box], list[float]]:
    """Boxes of resamples of the points, and how much denser each is than the rest of the points left out of it."""
    boxes, lifts = [], []
    for weights in resampling_weights(len(wins), resamples):
        drawn = np.repeat(np.arange(len(wins)), np.rint(weights * len(wins)).astype(int))
        left = weights == 0.0
        box = prim([each[drawn] for each in columns], wins[drawn])
        within = inside_of(box, columns) & left
        boxes.append(box)
        lifts.append(float(wins[within].mean() - wins[left].mean()) if within.any() else 0.0)
    return boxes, lifts


def _lasting(box: Box, columns: Sequence[NDArray[Any]], wins: Bools, selected: Floats) -> Box:
    """Drop bounds that resamples seldom choose, then the least telling one until all tell something."""
    for k in np.flatnonzero(box.restricts() & (selected < LEAST_SELECTED)):
        box = box.without(int(k))
    while box.restricts().any():
        chance = quasi_p(box, columns, wins)
        worst = int(np.nanargmax(chance))
        if chance[worst] < LARGEST_QUASI_P:
            break
        box = box.without(worst)
    return box


def _bounds(box: Box, names: list[str], chance: Floats, selected: Floats, boxes: list[Box]) -> pd.DataFrame:
    rows = []
    for k in np.flatnonzero(box.restricts()):
        ends = [np.array([getattr(each, side)[k] for each in boxes]) for side in ("low", "high")]
        spread = [np.quantile(each[np.isfinite(each)], [0.05, 0.95]) if np.isfinite(own) and np.isfinite(each).any()
                  else (np.nan, np.nan) for each, own in zip(ends, (box.low[k], box.high[k]))]  # fmt: skip
        allowed = box.allowed[k]
        rows.append((names[k], box.low[k], box.high[k], tuple(sorted(allowed, key=str)) if allowed else (),
                     chance[k], selected[k], *spread[0], *spread[1]))  # fmt: skip
    columns = ["factor", "low", "high", "values", "quasi_p", "selected", "low_p05", "low_p95", "high_p05", "high_p95"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Tree:
    """A small tree: its `leaves`, densest first (rule, points, density, coverage), and the share of points it foresees.

    `accuracy` is the mean of the shares foreseen among wins and among losses, in cross-validation: 0.5 is a coin.
    """

    leaves: pd.DataFrame
    accuracy: float


def tree(points: pd.DataFrame, wins: ArrayLike, *, depth: int = 3, folds: int = 5) -> Tree:
    """Return a tree of at most `depth` questions (L. Breiman and others, 1984), by scikit-learn.

    Raises
    ------
    NotEnough
        as `discover`
    """
    columns, won, _ = _finished(points, wins)
    names, coded = [], []
    for name, column in zip(points, columns):
        for value in sorted(set(column), key=str) if column.dtype == object else [None]:
            names.append((str(name), value))
            coded.append(column if value is None else column == value)
    x = np.column_stack(coded).astype(float)
    model = need("sklearn.tree").DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=max(len(won) // 20, 5), class_weight="balanced", random_state=0
    )
    selection = need("sklearn.model_selection")
    split = selection.StratifiedKFold(folds, shuffle=True, random_state=0)
    accuracy = selection.cross_val_score(model, x, won, cv=split, scoring="balanced_accuracy").mean()
    fitted = model.fit(x, won)
    leaf, rules = fitted.apply(x), _rules(fitted.tree_, names)
    rows = [(rules[k], int((leaf == k).sum()), float(won[leaf == k].mean()), float(won[leaf == k].sum() / won.sum()))
            for k in np.unique(leaf)]  # fmt: skip
    leaves = pd.DataFrame(rows, columns=["rule", "points", "density", "coverage"])
    return Tree(leaves.sort_values("density", ascending=False, kind="stable", ignore_index=True), float(accuracy))


def _rules(fitted: Any, names: list[tuple[str, Any]]) -> dict[int, str]:
    """The questions that lead to each node, as text."""
    out: list[tuple[int, list[str]]] = [(0, [])]
    rules: dict[int, str] = {}
    while out:
        node, path = out.pop()
        rules[node] = " and ".join(path) or "all"
        if fitted.children_left[node] != -1:
            name, value = names[fitted.feature[node]]
            cut = f"{fitted.threshold[node]:.6g}"
            no, yes = f"{name} <= {cut}", f"{name} > {cut}"
            if value is not None:
                no, yes = f"{name} is not {value}", f"{name} is {value}"
            out += [(fitted.children_left[node], [*path, no]), (fitted.children_right[node], [*path, yes])]
    return rules


def robustness_of(gains: pd.DataFrame, threshold: float = 0.0) -> pd.DataFrame:
    """Return how policies do over futures: regret (mean, 95 %, largest), satisficing, share of futures where best.

    Parameters
    ----------
    gains
        one row per future, one column per policy: its gain over the reference; futures with a failed run (NaN) are
        left out and counted
    threshold
        `satisficing` is the share of futures whose gain is at least this

    Raises
    ------
    NotEnough
        no future is whole
    """
    values = gains.to_numpy(dtype=float)
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        raise NotEnough("no_future")
    regret = regret_of(values)
    return pd.DataFrame(
        {
            "policy": list(gains),
            "regret_mean": regret.mean(axis=0),
            "regret_p95": np.quantile(regret, 0.95, axis=0),
            "regret_max": regret.max(axis=0),
            "satisficing": (values >= threshold).mean(axis=0),
            "p_best": best_share(values.T),
            "used": len(values),
            "dropped": len(gains) - len(values),
        }
    )
