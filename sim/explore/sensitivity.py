"""Which assumptions matter: Morris, Sobol, an emulator, rank correlations; per outcome and per difference of policies.

Runs fail. What they spoil is dropped and counted: a whole trajectory of Morris, a whole block of Saltelli, a row
elsewhere. Every frame has one row per outcome and factor, with `used` and `dropped` (trajectories, blocks or rows).
An outcome that never varies has indices NaN: there is no variance to share out. One with too few rows left
has them too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from sim.explore.designs import Design, problem_of, saltelli
from sim.explore.needs import NotEnough, WrongDesign, need
from sim.refusals import Phrase

Floats = NDArray[np.float64]

TRAJECTORIES, BLOCKS, ROWS = Phrase("trajectories", "trajectoires"), Phrase("blocks", "blocs"), Phrase("rows", "points")
FEWEST_TRAJECTORIES: Final = 4
FEWEST_BLOCKS: Final = 16
FEWEST_ROWS: Final = 20
"""With fewer whole trajectories, blocks or rows nothing is said."""
RESAMPLES: Final = 1000
FOLDS: Final = 5
LEAST_R2: Final = 0.8
"""No index is read off an emulator that explains less of the runs it has not seen."""
EMULATOR_BLOCKS: Final = 1024


def with_differences(policies: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the outcomes of each policy, then the differences of every two, columns (outcome, policy, versus).

    Parameters
    ----------
    policies
        one frame per policy, one row per point of the design in its order, one column per outcome; NaN where a run
        failed. A difference is the first of the two less the other, in the order of the mapping; `versus` is empty
        for a policy alone.
    """
    parts = {(name, policy, ""): frame[name] for policy, frame in policies.items() for name in frame}
    for a, b in combinations(policies, 2):
        for name in policies[a].columns.intersection(policies[b].columns):
            parts[name, a, b] = policies[a][name] - policies[b][name]
    out = pd.DataFrame({key: np.asarray(each, dtype=float) for key, each in parts.items()})
    out.columns = pd.MultiIndex.from_tuples(list(parts), names=["outcome", "policy", "versus"])
    return out


def morris(design: Design, outcomes: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Return mu, mu_star with its bootstrap interval, and sigma of the elementary effects, through SALib.

    An effect is the change of the outcome over the whole range of the factor, were it a straight line. `mu_star` is
    the mean of absolute effects (F. Campolongo, J. Cariboni and A. Saltelli, Environmental Modelling & Software 22,
    2007), `sigma` their spread: curvature or interaction.

    Raises
    ------
    NotEnough
        fewer than `FEWEST_TRAJECTORIES` whole trajectories
    """
    _made_by(design, "morris", outcomes)
    analyzer = need("SALib.analyze.morris")

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        found = analyzer.analyze(
            problem_of(design.factors), design.places[rows], values[rows], num_levels=design.levels,
            num_resamples=RESAMPLES, seed=seed,
        )  # fmt: skip
        star, half = np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"])
        return {
            "mu": np.asarray(found["mu"]),
            "mu_star": star,
            "mu_star_low": np.maximum(star - half, 0.0),
            "mu_star_high": star + half,
            "sigma": np.asarray(found["sigma"]),
        }

    return _per_outcome(design, outcomes, one, FEWEST_TRAJECTORIES, TRAJECTORIES)


def sobol(design: Design, outcomes: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Return the first-order and total indices of every factor with 95 % bootstrap intervals, through SALib.

    S1: share of the variance a factor explains alone; ST: share that stays while all others are known (A. Saltelli
    and others, Computer Physics Communications 181, 2010). Intervals may leave 0 to 1: they are not cut.

    Raises
    ------
    NotEnough
        fewer than `FEWEST_BLOCKS` whole blocks
    """
    _made_by(design, "saltelli", outcomes)

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        found = _indices(design.factors, values[rows], design.second_order, seed)
        return {
            name: each
            for index in ("S1", "ST")
            for name, each in _ends(index, found[index], found[f"{index}_conf"]).items()
        }

    return _per_outcome(design, outcomes, one, FEWEST_BLOCKS, BLOCKS)


def sobol_pairs(design: Design, outcomes: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Return the second-order index of every two factors: what they explain together beyond both alone.

    Raises
    ------
    ValueError
        a design made without `second_order`
    NotEnough
        fewer than `FEWEST_BLOCKS` whole blocks
    """
    _made_by(design, "saltelli", outcomes)
    if not design.second_order:
        raise WrongDesign("no_pairs")
    upper = np.triu_indices(len(design.factors), 1)
    names = np.array(design.names)

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        found = _indices(design.factors, values[rows], True, seed)
        return {
            "factor": names[upper[0]],
            "with": names[upper[1]],
            **_ends("S2", found["S2"][upper], found["S2_conf"][upper]),
        }

    return _per_outcome(design, outcomes, one, FEWEST_BLOCKS, BLOCKS)


def rank_correlations(
    design: Design, outcomes: pd.DataFrame, method: Literal["prcc", "spearman"] = "prcc"
) -> pd.DataFrame:
    """Return the rank correlation of each factor with each outcome, for any design that varies factors together.

    ``prcc``: of what the ranks of the other factors do not explain, tested by Student with n - 2 - (K - 1) degrees
    of freedom (S. Marino, I. Hogue, C. Ray and D. Kirschner, Journal of Theoretical Biology 254, 2008). `q_value` is
    the false discovery rate over the factors of an outcome (Y. Benjamini and Y. Hochberg, 1995). A list is taken in
    its order. Relations that go up and down again stay unseen.

    Raises
    ------
    NotEnough
        fewer than `FEWEST_ROWS` finished rows, or no more than K + 2
    """
    _same_rows(design, outcomes)
    fewest = max(FEWEST_ROWS, len(design.factors) + 3)

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        others = len(design.factors) - 1 if method == "prcc" else 0
        found = _correlations(design.places[rows], values[rows], partial=method == "prcc")
        free = rows.sum() - 2 - others
        with np.errstate(divide="ignore"):
            t = found * np.sqrt(free / np.maximum(1.0 - found**2, 0.0))
        p_value = 2.0 * stats.t.sf(np.abs(t), free)
        return {"correlation": found, "p_value": p_value, "q_value": stats.false_discovery_control(p_value)}

    return _per_outcome(design, outcomes, one, fewest, ROWS)


def swings(design: Design, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return how far each factor alone moves each outcome from the base point, for the design ``one_at_a_time``.

    `low` and `high` are the least and largest change over the levels of the factor, `swing` their distance. Factors
    that act together stay unseen, and an interval would be that of one point: there is none.

    Raises
    ------
    NotEnough
        the base point has no finished run
    """
    _made_by(design, "one_at_a_time", outcomes)
    moved = np.array(design.changed)[:, None] == np.array(design.names)

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        if not rows[0]:
            raise NotEnough("no_base_point")
        change = np.where(moved & rows[:, None], values[:, None] - values[0], 0.0)
        low, high = change.min(axis=0), change.max(axis=0)
        return {"low": low, "high": high, "swing": high - low}

    return _per_outcome(design, outcomes, one, 2, ROWS)


@dataclass(frozen=True)
class Emulated:
    """Sobol indices read off an emulator, and how well it foresaw runs it had not seen: `r2` by outcome.

    `indices` leaves out the outcomes of `refused`, whose R2 is below the least allowed.
    """

    indices: pd.DataFrame
    r2: pd.DataFrame
    refused: tuple[Any, ...]


def emulated_sobol(
    design: Design,
    outcomes: pd.DataFrame,
    method: Literal["gaussian_process", "boosting"] = "gaussian_process",
    *,
    least_r2: float = LEAST_R2,
    seed: int = 1,
) -> Emulated:
    """Return Sobol indices from any space-filling design of numbers, by a model of the model (scikit-learn).

    R2 is that of `FOLDS` cross-validation. Intervals are a jackknife over the folds, so that they tell how much the
    indices hang on which runs were made, and the bootstrap of the sum over the emulator (J. Shao and D. Tu, The
    Jackknife and Bootstrap, 1995). They do not tell of what no run showed.

    Raises
    ------
    ValueError
        a factor is a list
    NotEnough
        fewer than `FEWEST_ROWS` finished rows, or fewer than five per factor
    """
    _same_rows(design, outcomes)
    if lists := [each.name for each in design.factors if each.values]:
        raise WrongDesign("list_to_emulator", factor=lists[0])
    cloud = saltelli(design.factors, EMULATOR_BLOCKS, seed).places
    fewest = max(FEWEST_ROWS, 5 * len(design.factors))
    scores: dict[Any, float] = dict.fromkeys(outcomes.columns, np.nan)

    def one(key: Any, values: Floats, rows: NDArray[np.bool_]) -> dict[str, Any]:
        if np.ptp(values[rows]) == 0.0:
            return _emulated_ends(design, [np.zeros(len(cloud))] * (FOLDS + 1), seed)
        scores[key], surfaces = _surfaces(design.places[rows], values[rows], cloud, method, seed)
        return _emulated_ends(design, surfaces, seed)

    found = _per_outcome(design, outcomes, one, fewest, ROWS)
    names = list(outcomes.columns.names) if outcomes.columns.nlevels > 1 else ["outcome"]
    good = {key for key, each in scores.items() if each >= least_r2}
    labels = [tuple(row) if len(names) > 1 else row[0] for row in found[names].itertuples(index=False, name=None)]
    r2 = pd.DataFrame([(*(key if len(names) > 1 else (key,)), each) for key, each in scores.items()],
                      columns=[*names, "r2"])  # fmt: skip
    kept = found[[label in good for label in labels]].reset_index(drop=True)
    return Emulated(kept, r2, tuple(key for key in scores if key not in good))


def _surfaces(x: Floats, y: Floats, cloud: Floats, method: str, seed: int) -> tuple[float, list[Floats]]:
    """Return the cross-validated R2, and the emulator's values on the cloud: of all runs, then without each fold."""
    folds = need("sklearn.model_selection").KFold(FOLDS, shuffle=True, random_state=seed)
    foreseen = np.empty(len(y))
    out = [_emulator(x, y, method, seed).predict(cloud)]
    for kept, left in folds.split(x):
        fitted = _emulator(x[kept], y[kept], method, seed)
        foreseen[left] = fitted.predict(x[left])
        out.append(fitted.predict(cloud))
    return float(1.0 - ((y - foreseen) ** 2).sum() / ((y - y.mean()) ** 2).sum()), out


def _emulator(x: Floats, y: Floats, method: str, seed: int) -> Any:
    """Fit one emulator: a Gaussian process with a length per factor and noise, or boosted trees."""
    if method == "boosting":
        ensemble = need("sklearn.ensemble")
        return ensemble.GradientBoostingRegressor(
            n_estimators=400, learning_rate=0.05, max_depth=3, subsample=0.7, random_state=seed
        ).fit(x, y)
    process, kernels = need("sklearn.gaussian_process"), need("sklearn.gaussian_process.kernels")
    kernel = kernels.ConstantKernel(1.0, (1e-3, 1e4)) * kernels.Matern(
        np.ones(x.shape[1]), (0.05, 100.0), nu=2.5
    ) + kernels.WhiteKernel(1e-3, (1e-8, 1.0))
    model = process.GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    with warnings.catch_warnings():  # a length at its bound means that a factor does not matter: the indices tell
        warnings.simplefilter("ignore", need("sklearn.exceptions").ConvergenceWarning)
        return model.fit(x, y)


def _emulated_ends(design: Design, surfaces: list[Floats], seed: int) -> dict[str, Any]:
    found = [_indices(design.factors, each, False, seed) for each in surfaces]
    out: dict[str, Any] = {}
    for index in ("S1", "ST"):
        parts = np.array([each[index] for each in found[1:]])
        jackknife = (FOLDS - 1) / FOLDS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0)
        z = stats.norm.ppf(0.975)
        half = z * np.sqrt(jackknife + (found[0][f"{index}_conf"] / z) ** 2)
        out |= _ends(index, found[0][index], half)
    return out


def _indices(factors: Any, values: Floats, second_order: bool, seed: int) -> dict[str, Floats]:
    """SALib's indices of Saltelli's blocks; NaN throughout when the outcome never varies."""
    k = len(factors)
    if np.ptp(values) == 0.0:
        return {name: np.full(k, np.nan) for name in ("S1", "S1_conf", "ST", "ST_conf")} | {
            name: np.full((k, k), np.nan) for name in ("S2", "S2_conf")
        }
    found = need("SALib.analyze.sobol").analyze(
        problem_of(factors), values, calc_second_order=second_order, num_resamples=RESAMPLES, seed=seed
    )
    return {name: np.asarray(each) for name, each in found.items()}


def _ends(name: str, value: Floats, half: Floats) -> dict[str, Floats]:
    return {name: value, f"{name}_low": value - half, f"{name}_high": value + half}


def _correlations(places: Floats, values: Floats, *, partial: bool) -> Floats:
    x = np.apply_along_axis(stats.rankdata, 0, places)
    y = stats.rankdata(values)
    out = np.zeros(x.shape[1])
    for k in range(x.shape[1]):
        others = np.column_stack([np.ones(len(y)), np.delete(x, k, axis=1)]) if partial else np.ones((len(y), 1))
        a, b = (each - others @ np.linalg.lstsq(others, each, rcond=None)[0] for each in (x[:, k], y))
        size = np.sqrt((a @ a) * (b @ b))
        out[k] = a @ b / size if size > 1e-9 * len(y) ** 3 else 0.0
    return np.clip(out, -1.0, 1.0)


def _made_by(design: Design, kind: str, outcomes: pd.DataFrame) -> None:
    _same_rows(design, outcomes)
    if design.kind != kind:
        raise WrongDesign("wrong_design", wanted=kind, got=design.kind)


def _same_rows(design: Design, outcomes: pd.DataFrame) -> None:
    if len(design.points) != len(outcomes):
        raise ValueError(f"the design has {len(design.points)} points, the outcomes {len(outcomes)} rows")


def _per_outcome(design: Design, outcomes: pd.DataFrame, one: Any, fewest: int, what: Phrase) -> pd.DataFrame:
    """Stack what `one` finds for each outcome; whole blocks with a failed row are left out and counted.

    An outcome with too few of them has a row per factor without numbers; it is no reason to say nothing of the others.
    """
    names = list(outcomes.columns.names) if outcomes.columns.nlevels > 1 else ["outcome"]
    parts, refused = [], []
    for position, key in enumerate(outcomes.columns):
        values = outcomes.iloc[:, position].to_numpy(dtype=float)
        failed = ~np.isfinite(values)
        units = np.where(design.block >= 0, design.block, np.arange(len(values)))
        spoiled = np.unique(units[failed])
        rows = ~np.isin(units, spoiled)
        used = len(np.unique(units[rows]))
        try:
            if used < fewest:
                raise NotEnough("few_blocks", used=used, all=used + len(spoiled), what=what, fewest=fewest)
            made = one(key, values, rows)
        except NotEnough as error:
            refused.append(error)
            made = {}
        found = pd.DataFrame({"factor": made.pop("factor", design.names), **made})
        for place, (name, label) in enumerate(zip(names, key if isinstance(key, tuple) else (key,))):
            found.insert(place, name, label)
        parts.append(found.assign(used=used, dropped=len(spoiled)))
    if len(refused) == len(parts):
        raise refused[0]
    out = pd.concat(parts, ignore_index=True)
    counts = ["used", "dropped"]
    return out[[*(name for name in out if name not in counts), *counts]]
