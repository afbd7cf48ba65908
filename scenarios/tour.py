"""A tour of the comparison from Python: every statement below is asserted. Run it: ``python scenarios/tour.py``.

The two notebooks of ``scenarios/notebooks`` are made from this file by ``scenarios/notebooks/build.py``: a line
``# %% [markdown]`` starts a text, ``# %%`` a cell of code, ``# %% [notebook] NAME`` the next notebook.
"""

# %% [notebook] compare
# %% [markdown]
# # Compare policies from Python
#
# The same money for Paris alone, for fifteen metropolises, or for one hub per département. The study here is small on
# purpose (two pairs of seeds, coarse quartiers, two years): it shows how to ask, not what to answer.

# %%
import os
from pathlib import Path

from sim.analysis import compare, load

FOLDER = os.environ.get("QUARTIERS_TOUR")  # a folder of results to use; by default results/<study>-<hash>
study = compare(quick=True, seeds=2, months=24, cell_km=30, out=FOLDER)
study.comparison.meta["question"]["en"]

# %% [markdown]
# `policies` has one row per policy: what it is, what it does, what it costs, and how sure that is. No effect comes
# without its interval: `net_ci95_low` to `net_ci95_high` says how sure we are of the average, `net_p10` to `net_p90`
# how different futures can be.

# %%
policies = study.policies.set_index("policy_id")
assert list(policies.index) == ["paris_only", "fifteen_metropoles", "one_hub_per_departement"]
assert (policies["net_ci95_low"] <= policies["net_jobs"]).all()
assert (policies["net_jobs"] <= policies["net_ci95_high"]).all()
policies[["label_en", "budget_meur", "n_sites", "net_jobs", "net_ci95_low", "net_ci95_high", "n_runs"]]

# %% [markdown]
# Every frame carries the unit of its columns.

# %%
units = policies.attrs["units"]
assert units["net_jobs"] == "jobs"
assert units["budget_meur"] == "MEUR2015"
assert policies["n_sites"].to_list() == [1, 15, 96]
assert policies["budget_meur"].nunique() == 1  # the same money
{name: units[name] for name in ("budget_meur", "eur_per_site", "net_jobs", "cost_per_net_job")}

# %% [markdown]
# The money is the same to the last euro. What is left of an effect when every flow is counted is in `waterfall`: gross
# jobs, less deadweight, less what was displaced, gives net jobs.

# %%
flows = study.waterfall.pivot(index="arm", columns="component", values="mean")
displaced = flows.filter(like="displaced").sum(axis=1)
assert (flows["gross"] - flows["deadweight"] + displaced - flows["net"]).abs().max() < 1e-6
flows.round(1)

# %% [markdown]
# Two policies compared: the verdict needs an interval that leaves zero, corrected for the number of pairs. With two
# pairs of seeds most are undecided, and the table says how many more runs would settle it.

# %%
pairs = study.pairwise.query("outcome == 'jobs'")
assert set(pairs["verdict"]) <= {"better", "worse", "tie", "undecided"}
excludes_zero = (pairs["ci95_low"] > 0) | (pairs["ci95_high"] < 0)
assert excludes_zero[pairs["verdict"].isin(["better", "worse"])].all()
pairs[["arm_a", "arm_b", "mean", "ci95_low", "ci95_high", "verdict", "more_runs"]]

# %% [notebook] runs
# %% [markdown]
# # From the runs to a figure
#
# A finished study is read from its folder; nothing is simulated again.

# %%
import matplotlib.pyplot as plt

study = load(compare(quick=True, seeds=2, months=24, cell_km=30, out=FOLDER).folder)
runs = study.runs
assert len(runs) == 8  # four arms, two seeds
assert set(runs["status"]) == {"ok"}
runs[["scenario", "seed", "cost_paid_pv_eur", "wall_s"]].head()

# %% [markdown]
# Yearly series by département, one row per run, year and zone.

# %%
series = study.table("series")
assert series.attrs["units"]["raised_eur"] == "EUR/year"
assert len(series) == 8 * 2 * 96
jobs = series.groupby(["scenario", "seed", "year"], observed=True)["jobs"].sum().unstack("scenario")
jobs

# %% [markdown]
# Runs are paired: the same seed is the same world, so a difference is taken seed by seed before any mean. It moves far
# less than the levels do.

# %%
gaps = jobs.drop(columns="baseline").sub(jobs["baseline"], axis=0)
effects = study.effects.query("outcome == 'jobs'").set_index("arm")["mean"]
last = gaps.xs(2014, level="year")
assert (last.mean() - effects).abs().max() < 1e-3
gaps

# %%
figure, axis = plt.subplots(figsize=(6, 2.4))
for place, arm in enumerate(last.columns):
    row = study.effects.query("outcome == 'jobs' and arm == @arm").iloc[0]
    axis.plot([row["ci95_low"], row["ci95_high"]], [place, place], linewidth=4, alpha=0.4, color="#1B4F8A")
    axis.plot(last[arm], [place] * len(last), "o", color="#1B4F8A")
axis.axvline(0, color="black", linewidth=0.8)
axis.set_yticks(range(len(last.columns)), last.columns)
axis.set_xlabel("jobs, difference from the baseline in 2014: each pair of runs, 95% interval of the mean")
figure.tight_layout()

# %% [markdown]
# What every column is, in both languages, and where the report lies.

# %%
columns = study.columns.set_index(["table", "column"])
assert columns.at[("effects", "p10"), "title_fr"] == "10e centile des simulations"
pages = study.report()
assert all(Path(page).stat().st_size < 2_000_000 for page in pages.values())
columns.loc["effects"]
