"""Does the answer hold when the model is otherwise: regret, luck against ignorance, and what the order hangs on.

A study may name further *sets of assumptions* (other forms of a mechanism) and ask for *draws* (vectors of
parameters within their bounds). Every arm runs in each of them, with the same seeds as in the main set, so that
all differences stay differences between twin worlds. The *gain* of a policy is its effect on jobs at
the last horizon; its *regret* in a set is what it gains less than the best policy there
(L. Savage, Journal of the American Statistical Association 46, 1951). Every set weighs the same, which is a choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.compare import effects
from sim.compare.paired import Floats, bootstrap_means, interval_of_mean
from sim.compare.pairwise import pairwise
from sim.compare.runs import Panel, StoredRuns, Worlds, find_worlds, read_panel
from sim.compare.sensitivity import FEWEST_DRAWS, sensitivity_of

if TYPE_CHECKING:
    from sim.compare.geography import Geography
    from sim.scenario import Study
    from sim.scenario.types import Assumptions

MAIN = "main"
SETS, DRAWS = "sets", "draws"  # the main set and those with a name; the vectors drawn

COLUMNS = {
    "sets": ["set", "origin", "label_fr", "label_en", "planned", "n", "reference_jobs"],
    "set_regret": ["set", "arm", "year", "gain", "regret", "p_best", "n"],
    "regret": ["over", "arm", "year", "n_sets", "regret_mean", "regret_p95", "regret_max", "regret_max_low",
               "regret_max_high", "worst_set", "p_best", "p_best_worlds", "minimax"],
    "spread": ["arm", "versus", "year", "n_draws", "seeds_per_draw", "mean", "ci95_low", "ci95_high", "p10", "p90",
               "p_positive", "sd_luck", "sd_ignorance", "share_luck"],
    "draws": ["set", "parameter", "value", "place"],
}  # fmt: skip


@dataclass(frozen=True)
class WorldSet:
    """One set of assumptions and its runs.

    `gain` float64[P, n] are the net jobs of each policy with each seed, `reference` the mean jobs of the reference.
    """

    id: str
    worlds: Worlds
    panel: Panel
    gain: Floats
    reference: float

    @property
    def mean(self) -> Floats:
        """Mean gain of each policy, float64[P]."""
        return self.gain.mean(axis=1)


def robustness(
    study: Study, stored: StoredRuns, worlds: Worlds, panel: Panel, geography: Geography
) -> dict[str, pd.DataFrame]:
    """Return every frame on sets of assumptions; those of draws are empty when a study has none.

    Parameters
    ----------
    worlds, panel
        the main set of the study, as compared everywhere else
    """
    policies = [arm.id for arm in study.arms]
    main = _world_set(MAIN, worlds, panel)
    found = {each.id: _read(each, study, stored, geography) for each in study.assumptions}
    read = {name: each for name, each in found.items() if each is not None}
    named = [main] + [read[each.id] for each in study.assumptions if not each.drawn and each.id in read]
    drawn = [each for each in study.assumptions if each.drawn and each.id in read]
    whole = [each for each in drawn if len(each.seeds) == read[each.id].gain.shape[1]]
    gains = np.array([read[each.id].gain for each in whole])
    year = max(worlds.horizons)
    groups = {SETS: named, DRAWS: [read[each.id] for each in drawn]}
    frames = {
        "sets": _sets(study, main, read),
        "set_effects": _with_set(named, lambda each: effects.effects(each.worlds, each.panel)),
        "set_pairs": _with_set(named, lambda each: pairwise(each.worlds, each.panel, study.indifference)),
        "set_regret": _set_regret([*named, *groups[DRAWS]], policies, year),
        "regret": _regret(groups, policies, year),
        "spread": _spread(gains, policies, study.reference.id, year),
        "draws": _vectors(drawn),
        "sensitivity": sensitivity_of(whole, gains, policies),
    }
    return {name: frame[COLUMNS.get(name, list(frame))] for name, frame in frames.items()}


def _world_set(name: str, worlds: Worlds, panel: Panel) -> WorldSet:
    seeds, last = worlds.shared(*range(worlds.main)), panel.rows_of((max(worlds.horizons),))[0]
    values = panel.national["jobs"][: worlds.main, seeds, last]
    return WorldSet(name, worlds, panel, values[1:] - values[0], float(values[0].mean()))


def _read(each: Assumptions, study: Study, stored: StoredRuns, geography: Geography) -> WorldSet | None:
    """The runs of a set, arms called by their own names; None where no seed has finished in every arm."""
    under = study.under(each)
    runs = stored.runs()
    finished = runs[(runs["status"] == "ok") & runs["seed"].isin(each.seeds)]
    done = [set(finished.loc[finished["scenario"] == arm.id, "seed"]) for arm in under.scenarios]
    if not set.intersection(*done):
        return None
    worlds = find_worlds(under, stored)
    return _world_set(each.id, worlds, read_panel(worlds, geography))


def _sets(study: Study, main: WorldSet, read: dict[str, WorldSet]) -> pd.DataFrame:
    """Every set of the study, those without a finished run included."""
    here = {"planned": len(study.seeds), "n": main.gain.shape[1], "reference_jobs": main.reference}
    rows: list[dict[str, Any]] = [{"set": MAIN, "origin": MAIN, "label_fr": "", "label_en": "", **here}]
    for each in study.assumptions:
        found = read.get(each.id)
        n, jobs = (found.gain.shape[1], found.reference) if found else (0, np.nan)
        labels = {f"label_{lang}": each.title[lang] for lang in ("fr", "en")}
        rows.append({"set": each.id, "origin": "drawn" if each.drawn else "named", **labels,
                     "planned": len(each.seeds), "n": n, "reference_jobs": jobs})  # fmt: skip
    return pd.DataFrame(rows)


def _with_set(sets: list[WorldSet], make: Any) -> pd.DataFrame:
    """Stack the frame of each set at the last horizon, the set in front, arms called as in the main set."""
    parts = []
    for each in sets:
        frame = make(each)
        frame = frame[frame["year"] == max(each.worlds.horizons)].reset_index(drop=True)
        for column in {"arm", "arm_a", "arm_b"} & set(frame):
            frame[column] = frame[column].str.removesuffix(f"@{each.id}")
        frame = frame[frame["arm"].isin(_policies(each))] if "arm" in frame else frame
        parts.append(frame.assign(set=each.id))
    out = pd.concat(parts, ignore_index=True)
    return out[["set", *(name for name in out if name != "set")]]


def _policies(each: WorldSet) -> list[str]:
    return [arm.id.removesuffix(f"@{each.id}") for arm in each.worlds.arms[1 : each.worlds.main]]


# -- regret -------------------------------------------------------------------------------------


def regret_of(gain: Floats) -> Floats:
    """Return float64[..., P]: what each policy gains less than the best one, from `gain` [..., P]."""
    return gain.max(axis=-1, keepdims=True) - gain


def best_share(gain: Floats) -> Floats:
    """Return float64[P]: the share of worlds in which a policy is best, `gain` [P, n]; equals share a world."""
    best = gain == gain.max(axis=0)
    return np.asarray((best / best.sum(axis=0)).mean(axis=1))


def _set_regret(sets: list[WorldSet], policies: list[str], year: int) -> pd.DataFrame:
    parts = []
    for each in sets:
        own = {"gain": each.mean, "regret": regret_of(each.mean), "p_best": best_share(each.gain)}
        parts.append(pd.DataFrame({"set": each.id, "arm": policies, "year": year} | own | {"n": each.gain.shape[1]}))
    return pd.concat(parts, ignore_index=True)


def _regret(groups: dict[str, list[WorldSet]], policies: list[str], year: int) -> pd.DataFrame:
    """One row per group of sets and policy: mean and largest regret, how often it is best, the minimax policy."""
    parts = []
    for over, sets in groups.items():
        if not sets:
            continue
        regret = np.array([regret_of(each.mean) for each in sets])
        worlds = np.mean([best_share(each.gain) for each in sets], axis=0)
        largest, low, high = regret.max(axis=0), *_ends_of_largest(sets)
        own = {
            "over": over,
            "arm": policies,
            "year": year,
            "n_sets": len(sets),
            "regret_mean": regret.mean(axis=0),
            "regret_p95": np.quantile(regret, 0.95, axis=0),
            "regret_max": largest,
            "regret_max_low": low,
            "regret_max_high": high,
            "worst_set": [sets[k].id for k in regret.argmax(axis=0)],
            "p_best": best_share(np.array([each.mean for each in sets]).T),
            "p_best_worlds": worlds,
            "minimax": largest == largest.min(),
        }
        parts.append(pd.DataFrame(own))
    return pd.concat(parts, ignore_index=True)


def _ends_of_largest(sets: list[WorldSet]) -> tuple[Floats, Floats]:
    """Ends of the 95 % interval of the largest regret over sets, seeds resampled alike in sets of equal size."""
    fewest = min(each.gain.shape[1] for each in sets)
    if fewest < 2:
        return (np.full(len(sets[0].gain), np.nan),) * 2
    resampled = [regret_of(bootstrap_means(each.gain.T)) for each in sets]
    low, high = np.quantile(np.max(resampled, axis=0), [0.025, 0.975], axis=0)
    return low, high


# -- luck and ignorance -------------------------------------------------------------------------


def luck_and_ignorance(values: Floats) -> tuple[float, float]:
    """Return the standard deviations of `values` [draws, seeds] within a draw (luck) and between draws (ignorance).

    One-way analysis of variance with random effects: the variance within draws is the mean square within, that
    between them what the mean square between exceeds it by, per seed, never below zero (S. Searle, G. Casella and
    C. McCulloch, Variance Components, 1992).
    """
    seeds = values.shape[1]
    within = float(values.var(axis=1, ddof=1).mean())
    between = float(values.mean(axis=1).var(ddof=1)) - within / seeds
    return within**0.5, max(between, 0.0) ** 0.5


def _spread(gains: Floats, policies: list[str], reference: str, year: int) -> pd.DataFrame:
    """Each policy against the reference, then each pair, over all draws: mean, futures, luck and ignorance."""
    rows = []
    for arm, versus, values in _contrasts(gains, policies, reference):
        draws, seeds = values.shape
        low, high = interval_of_mean(values.mean(axis=1))  # whole draws are resampled, with their seeds
        p10, p90 = np.quantile(values, [0.1, 0.9])
        luck, ignorance = luck_and_ignorance(values) if seeds > 1 else (np.nan, np.nan)
        total = luck**2 + ignorance**2
        rows.append([arm, versus, year, draws, seeds, values.mean(), low[0], high[0], p10, p90,
                     (values > 0.0).mean(), luck, ignorance, luck**2 / total if total else np.nan])  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS["spread"])


def _contrasts(gains: Floats, policies: list[str], reference: str) -> Iterator[tuple[str, str, Floats]]:
    if len(gains) < FEWEST_DRAWS:
        return
    for k, arm in enumerate(policies):
        yield arm, reference, gains[:, k]
    for a, b in combinations(range(len(policies)), 2):
        yield policies[a], policies[b], gains[:, a] - gains[:, b]


def _vectors(drawn: list[Assumptions]) -> pd.DataFrame:
    from sim.params import PARAMETERS
    from sim.scenario.assumptions import place_of

    rows = [
        (each.id, name, value, float(place_of(PARAMETERS[name], np.array([value]))[0]))
        for each in drawn
        for name, value in each.parameters.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS["draws"])
