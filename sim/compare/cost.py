"""What each arm costs, whether the arms cost the same, and what a net job costs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.compare.paired import Floats, bootstrap_means, interval_of_mean, standard_error
from sim.compare.pairwise import critical_value, judge
from sim.compare.runs import Panel, Worlds

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study

COSTS = ("cost_announced_eur", "cost_committed_eur", "cost_paid_eur", "cost_paid_pv_eur", "cost_unspent_eur")

FUNCTIONS = ("eur_animation", "eur_brand", "eur_floor", "eur_accelerator")
BOOKED = ("announced", "committed", "paid", "unspent")

MEASURES = {
    "announced": "cost_announced_eur",
    "committed": "cost_committed_eur",
    "paid": "cost_paid_eur",
    "present_value_paid": "cost_paid_pv_eur",
}


def measure_column(measure: str) -> str:
    """Return the scalar that holds a measure of cost, given by its short name or its own."""
    return MEASURES.get(measure, measure)


def arm_frame(worlds: Worlds, hubs: pd.DataFrame, booked: pd.DataFrame) -> pd.DataFrame:
    """Return one row per arm: labels, number of hubs, money announced, by function, and cost.

    What is announced, committed, paid and unspent is what `booked` (`ledger.accounts`) adds up to.
    """
    costs = {name: worlds.scalar(name) for name in COSTS}
    rows = []
    for row, arm in enumerate(worlds.arms):
        done = worlds.shared(row)
        row_costs = {name: float(values[row, done].mean()) for name, values in costs.items()}
        mine = booked[booked["arm"] == arm.id]
        stages = {f"cost_{stage}_eur": float(mine[f"{stage}_eur"].sum()) for stage in BOOKED}
        rows.append(_arm_row(arm, hubs[hubs["arm"] == arm.id], mine) | row_costs | stages)
    frame = pd.DataFrame(rows)
    frame.insert(3, "is_reference", frame.index == 0)
    frame.insert(4, "is_variant", frame.index >= worlds.main)
    return frame


def _arm_row(arm: Scenario, hubs: pd.DataFrame, booked: pd.DataFrame) -> dict[str, object]:
    # A hub that stands in some simulations only (a lottery) counts for its share of them.
    number = round(float(hubs["share_of_runs"].sum()))
    animation, through = (float((hubs[name] * hubs["share_of_runs"]).sum()) for name in ("eur_animation", "eur_total"))
    announced = booked.groupby("lever")["announced_eur"].sum()
    functions = {name: float(announced.get(name.removeprefix("eur_"), 0.0)) for name in FUNCTIONS}
    by_state = booked[booked["payer"] == "State"]["announced_eur"].sum()
    state = float(arm.budget.total_eur)
    local = state * float(announced.sum() / by_state - 1.0 if by_state > 0.0 else arm.cofunding_share)
    years = (arm.budget.last - arm.budget.first + 1) / 12.0
    return {
        "arm": arm.id,
        "label_fr": arm.title["fr"],
        "label_en": arm.title["en"],
        "n_hubs": number,
        "budget_state_eur": state,
        "budget_local_eur": local,
        "eur_per_hub": through / number if number else np.nan,
        **functions,
        "eur_other": float(announced.sum()) - sum(functions.values()),
        "eur_per_hub_year_animation": animation / number / years if number else np.nan,
    }


def equal_cost(study: Study, worlds: Worlds) -> dict[str, object]:
    """Check that the main arms cost the same: (dearest - cheapest) / mean within the tolerance.

    Variants may differ on purpose (rungs of the envelope); they are listed and not checked. The reference,
    which spends nothing of the envelope, is neither.
    """
    terms = study.equal_cost
    values = worlds.scalar(measure_column(terms.measure))
    by_arm = {
        arm.id: float(values[row, worlds.shared(row)].mean())
        for row, arm in enumerate(worlds.arms[1:], start=1)
    }
    main = np.array([by_arm[arm.id] for arm in worlds.arms[1 : worlds.main]])
    mean = float(main.mean()) if len(main) else 0.0
    gap = float((main.max() - main.min()) / abs(mean)) if mean else 0.0
    return {
        "ok": gap <= terms.tolerance,
        "measure": terms.measure,
        "tolerance": float(terms.tolerance),
        "gap": gap,
        "otherwise": terms.otherwise,
        "by_arm": by_arm,
    }


def cost_per_net_job(worlds: Worlds, panel: Panel, start_year: int) -> pd.DataFrame:
    """Return public cost per net job and per net job-year of every arm and horizon.

    Cost is the present value paid over the whole policy, beyond what the reference pays. Net jobs are the
    paired difference over all zones; job-years add them up from `start_year` to the horizon. The quotient is
    one of means (never a mean of quotients); it is `defined` only when the whole 95 % interval of net jobs is
    above zero.
    """
    cost = worlds.scalar("cost_paid_pv_eur")
    at = panel.rows_of(worlds.horizons)
    counted = panel.years >= start_year
    added = panel.national["raised_eur"] - panel.zonal["replaced_eur"].sum(axis=-1)
    spent, raised = worlds.scalar("cost_paid_eur"), np.cumsum(added * counted, axis=-1)
    rows = []
    for row, arm, pairs in worlds.policies():
        paid = cost[row, pairs] - cost[0, pairs]
        net = panel.national["jobs"][row, pairs] - panel.national["jobs"][0, pairs]
        since = np.cumsum(net * counted, axis=1)
        for h, year in zip(at, worlds.horizons):
            jobs, job_years = net[:, h], since[:, h]
            per_job = ratio_of_means(paid, jobs)
            per_year = ratio_of_means(paid, job_years)
            lever = leverage(raised[row, pairs, h] - raised[0, pairs, h], spent[row, pairs] - spent[0, pairs])
            rows.append(
                {
                    "arm": arm.id,
                    "year": year,
                    "cost_pv_eur": paid.mean(),
                    "net_jobs_mean": jobs.mean(),
                    "cost_per_net_job": per_job[0],
                    "low": per_job[1],
                    "high": per_job[2],
                    "defined": bool(np.isfinite(per_job[0])),
                    "share_not_positive": (jobs <= 0.0).mean(),
                    "net_job_years_mean": job_years.mean(),
                    "cost_per_net_job_year": per_year[0],
                    "job_year_low": per_year[1],
                    "job_year_high": per_year[2],
                    "job_year_defined": bool(np.isfinite(per_year[0])),
                    "leverage": lever[0],
                    "leverage_low": lever[1],
                    "leverage_high": lever[2],
                    "n": len(pairs),
                }
            )
    return pd.DataFrame(rows)


def ratio_of_means(cost: Floats, gain: Floats) -> tuple[float, float, float]:
    """Return mean(cost) / mean(gain) and its 95 % bootstrap interval; NaN when the gain may be zero or less.

    `cost` and `gain` [n] come from the same seeds and are resampled together.
    """
    low, _ = interval_of_mean(gain)
    if not low[0] > 0.0:
        return np.nan, np.nan, np.nan
    drawn = bootstrap_means(np.column_stack([cost, gain]))
    # Fewer than 2.5 % of the draws have no gain; their cost per job is without bound.
    ratio = np.full(len(drawn), np.inf)
    np.divide(drawn[:, 0], drawn[:, 1], out=ratio, where=drawn[:, 1] > 0.0)
    ends = np.quantile(ratio, [0.025, 0.975], method="inverted_cdf")
    return float(cost.mean() / gain.mean()), float(ends[0]), float(ends[1])


COST_PAIRS = ["arm_a", "arm_b", "year", "mean", "ci95_low", "ci95_high", "verdict", "n"]


def cost_pairs(worlds: Worlds, panel: Panel) -> pd.DataFrame:
    """Return the gap in cost per net job of every pair of main arms at each horizon, with its verdict.

    The intervals of one year hold for all its pairs together, as those of `pairwise`; the error of a quotient of
    means is that of its linear part (the delta method). Pairs of which a cost is not defined have no row.
    """
    seeds, main = worlds.shared(*range(worlds.main)), range(1, worlds.main)
    pairs, cost = list(combinations(main, 2)), worlds.scalar("cost_paid_pv_eur")
    rows = []
    for year, h in zip(worlds.horizons, panel.rows_of(worlds.horizons)):
        jobs = panel.national["jobs"][:, :, h]
        made = {row: linear_ratio(cost[row, seeds] - cost[0, seeds], jobs[row, seeds] - jobs[0, seeds]) for row in main}
        for a, b in pairs:
            gap, parts = made[a][0] - made[b][0], made[a][1] - made[b][1]
            if np.isfinite(gap):
                half = critical_value(len(seeds), len(pairs)) * float(standard_error(parts[:, None])[0])
                verdict = judge(gap, half, len(seeds), 0.0, better=-1, pairs=len(pairs)).name
                rows.append([worlds.arms[a].id, worlds.arms[b].id, year, gap, gap - half, gap + half, verdict,
                             len(seeds)])  # fmt: skip
    return pd.DataFrame(rows, columns=COST_PAIRS)


def linear_ratio(cost: Floats, gain: Floats) -> tuple[float, Floats]:
    """Return mean(cost) / mean(gain) and its linear part for each seed [n], of mean zero; NaN where not defined."""
    ratio = ratio_of_means(cost, gain)[0] if len(cost) > 1 else np.nan
    return ratio, (cost - ratio * gain) / gain.mean() if np.isfinite(ratio) else np.full(len(cost), np.nan)


def leverage(raised: Floats, paid: Floats) -> tuple[float, float, float]:
    """Return the equity raised more for a public euro paid, mean(raised) / mean(paid), and its 95 % interval.

    `raised` [n], without what took the place of other money, and `paid` [n] are differences from the reference, not
    discounted; NaN where nothing is paid, and no interval with fewer than two.
    """
    if not paid.mean() > 0.0:
        return np.nan, np.nan, np.nan
    if len(paid) < 2:
        return float(raised.mean() / paid.mean()), np.nan, np.nan
    drawn = bootstrap_means(np.column_stack([raised, paid]))
    ends = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(raised.mean() / paid.mean()), float(ends[0]), float(ends[1])


def fieller(cost: Floats, gain: Floats, critical: float) -> tuple[float, float]:
    """Return Fieller's interval of mean(cost) / mean(gain), the check of `ratio_of_means`.

    E. Fieller, Journal of the Royal Statistical Society B 16, 1954. `critical` is the Student quantile.
    Raises ``ValueError`` when the mean gain is not distinguishable from zero: the set is then unbounded.
    """
    n = len(cost)
    spread = np.cov(cost, gain) / n
    a = gain.mean() ** 2 - critical**2 * spread[1, 1]
    b = cost.mean() * gain.mean() - critical**2 * spread[0, 1]
    c = cost.mean() ** 2 - critical**2 * spread[0, 0]
    if a <= 0.0:
        raise ValueError("the mean gain is not distinguishable from zero: Fieller's set is unbounded")
    root = np.sqrt(b**2 - a * c)
    return float((b - root) / a), float((b + root) / a)
