"""The part of the report on assumptions: what was varied, who regrets what, and what would turn the order."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.compare.robustness import DRAWS, MAIN, SETS
from sim.compare.sensitivity import DISCOVERY
from sim.report.agreement import of_pair
from sim.report.catalogue import Texts, typeset
from sim.report.facts import Facts, Row, rows_of
from sim.report.findings import count, jobs_at_headline, oriented_pair
from sim.report.numbers import estimate, noise_step
from sim.report.tables import Table, headings

SHOWN_PARAMETERS = 8  # of hundreds drawn: those that go best with the gap between the two leading options


def names_of_sets(facts: Facts, texts: Texts) -> dict[str, str]:
    """What to call each set that was run and has a name, the main one first."""
    frame = facts.frame("sets")
    if frame.empty:
        return {}
    named = rows_of(frame[(frame["origin"] != "drawn") & (frame["n"] > 0)])
    titles = {r["set"]: typeset(str(r[f"label_{texts.language}"]), texts.language) for r in named}
    return {name: texts("robustness.main") if name == MAIN else title for name, title in titles.items()}


def leaders(facts: Facts) -> tuple[str, str] | None:
    """The two options with the highest mean effect on jobs."""
    rows = jobs_at_headline(facts)
    return None if len(rows) < 2 else (str(rows["arm"].iloc[0]), str(rows["arm"].iloc[1]))


def gaps(rows: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    """The gap a - b in every set, from rows of pairs: the main set first, then the farthest from it first."""
    straight = rows[(rows["arm_a"] == a) & (rows["arm_b"] == b)]
    turned = rows[(rows["arm_a"] == b) & (rows["arm_b"] == a)]
    ends = {"mean": "mean", "ci95_low": "ci95_high", "ci95_high": "ci95_low", "p10": "p90", "p90": "p10"}
    turned = turned.assign(**{name: -turned[other] for name, other in ends.items()})
    frame = pd.concat([straight, turned])
    main = frame.loc[frame["set"] == MAIN, "mean"].iloc[0]
    far = (frame["mean"] - main).abs().where(frame["set"] != MAIN, float("inf"))
    return frame.iloc[(-far).argsort(kind="stable")].reset_index(drop=True)


def gaps_table(frame: pd.DataFrame, names: Mapping[str, str], texts: Texts) -> Table:
    """The data behind the figure of gaps."""
    rows = []
    for r in rows_of(frame):
        number = estimate(texts.fmt, r["mean"], (r["ci95_high"] - r["ci95_low"]) / 4.0,
                          (r["ci95_low"], r["ci95_high"]), (r["p10"], r["p90"]))  # fmt: skip
        rows.append((names[r["set"]], number.value, number.ci95, number.range80, texts.fmt.number(r["n"])))
    return Table("", (texts("robustness.set"), *headings(texts, "gap", "ci95_pair", "range80", "runs")), tuple(rows))


def intro(facts: Facts, texts: Texts) -> list[str]:
    """What was varied, and what of it is still to be run."""
    frame = facts.frame("sets")
    others = frame[frame["origin"] != MAIN] if not frame.empty else frame
    if others.empty:
        return [texts("robustness.none")]
    out = []
    for origin, key in (("named", "sets"), ("drawn", "draws")):
        run = others[(others["origin"] == origin) & (others["n"] > 0)]
        if not run.empty:
            n = texts.fmt.number(len(run))
            fitted = int(facts.meta.get("draws_fitted") or 0) if key == "draws" else 0
            of = {"fitted": texts.fmt.number(fitted), "drawn": texts.fmt.number(drawn_parameters(facts))}
            runs = count(texts, "paired", float(run["n"].median()))
            out.append(texts(f"robustness.intro_{key}{'_fitted' if fitted else ''}", n=n, runs=runs, **of))
    drawn = others.loc[(others["origin"] == "drawn") & (others["n"] > 0), "reference_jobs"]
    if not drawn.empty:
        main = float(frame.loc[frame["origin"] == MAIN, "reference_jobs"].iloc[0])
        low, high, here = (texts.fmt.number(v, step=noise_step(v, 0.0)) for v in (drawn.min(), drawn.max(), main))
        out.append(texts("robustness.levels", low=low, high=high, main=here, year=facts.year))
    missing = int((others["n"] == 0).sum())
    if missing:
        out.append(texts("robustness.missing", n=texts.fmt.number(missing), total=texts.fmt.number(len(others))))
    return out


def drawn_parameters(facts: Facts) -> int:
    """How many parameters a draw gives a value."""
    frame = facts.frame("draws")
    return frame["parameter"].nunique() if not frame.empty else 0


def regret(facts: Facts, texts: Texts) -> Table:
    """What each option loses against the best one, set by set; then the largest, the mean, and how often it is best."""
    sets, fmt = names_of_sets(facts, texts), texts.fmt
    cells, summary = facts.at("set_regret"), facts.at("regret", over=SETS)
    arms = facts.labels(texts.language)
    if len(sets) < 2 or cells.empty or len(arms) < 2:
        return Table("", (), ())
    by_cell = {(r["set"], r["arm"]): r for r in rows_of(cells)}
    rows = [
        (title, *(regret_cell(by_cell[name, arm], texts) for arm in arms)) for name, title in sets.items()
    ]
    of_arm = {r["arm"]: r for r in rows_of(summary)}
    for key in ("regret_max", "regret_mean"):
        rows.append((texts(f"robustness.{key}"), *(regret_text(of_arm[arm][key], texts) for arm in arms)))
    rows.append((texts("robustness.p_best"), *(fmt.percent(of_arm[arm]["p_best"]) for arm in arms)))
    return Table(
        texts("robustness.caption_regret", year=facts.year),
        (texts("robustness.set"), *arms.values()),
        tuple(rows),
        note=texts("robustness.regret_note"),
    )


def regret_cell(row: Row, texts: Texts) -> str:
    """The loss against the best option of a set, or that it is the best."""
    return texts("robustness.best") if row["regret"] == 0.0 else regret_text(row["regret"], texts)


def regret_text(value: float, texts: Texts) -> str:
    """A regret with two significant digits."""
    return texts.fmt.number(value, step=noise_step(value, 0.0))


def effects(facts: Facts, texts: Texts) -> Table:
    """The effect of each option on jobs in every set that has a name."""
    sets, arms = names_of_sets(facts, texts), facts.labels(texts.language)
    if len(sets) < 2:
        return Table("", (), ())
    rows = []
    for r in rows_of(facts.at("set_effects", outcome="jobs")):
        if r["arm"] in arms:
            number = estimate(texts.fmt, r["mean"], r["se"], (r["ci95_low"], r["ci95_high"]), (r["p10"], r["p90"]))
            n = texts.fmt.number(r["n"])
            rows.append((sets[r["set"]], arms[r["arm"]], number.value, number.ci95, number.range80, n))
    head = (texts("robustness.set"), *headings(texts, "arm", "mean", "ci95", "range80", "runs"))
    return Table(texts("robustness.caption_effects", year=facts.year), head, tuple(rows), text_columns=2)


def spread(facts: Facts, texts: Texts) -> Table:
    """Over draws of parameters: effects and gaps, and how much of their variance is luck."""
    arms, fmt = facts.labels(texts.language), texts.fmt
    rows = []
    for r in rows_of(facts.at("spread")):
        if r["arm"] not in arms:
            continue
        half = (r["ci95_high"] - r["ci95_low"]) / 4.0
        number = estimate(fmt, r["mean"], half, (r["ci95_low"], r["ci95_high"]), (r["p10"], r["p90"]))
        what = texts("robustness.gap", a=arms[r["arm"]], b=arms[r["versus"]]) if r["versus"] in arms else arms[r["arm"]]
        luck = fmt.percent(r["share_luck"]) if r["share_luck"] == r["share_luck"] else "–"
        rows.append((what, number.value, number.ci95, number.range80, fmt.percent(r["p_positive"]), luck))
    head = (texts("robustness.what"), *headings(texts, "mean", "ci95", "range80"), texts("robustness.share_positive"),
            texts("robustness.luck"))  # fmt: skip
    return Table(texts("robustness.caption_spread", year=facts.year), head, tuple(rows),
                 note=texts("robustness.spread_note") if rows else "")  # fmt: skip


def parameters(facts: Facts, texts: Texts) -> Table:
    """The drawn parameters that go best with the gap between the two leading options."""
    fmt, first = texts.fmt, related(facts)[:SHOWN_PARAMETERS]
    rows = [
        (
            r["parameter"],
            fmt.number(r["correlation"], decimals=2, signed=True),
            *(fmt.number(r[end], step=noise_step(r[end], 0.0), signed=True) for end in ("gap_low", "gap_high")),
            fmt.percent(r["q_value"]),
        )
        for r in first
    ]
    pair = leaders(facts)
    names = facts.labels(texts.language)
    caption = texts("robustness.caption_parameters", a=names[pair[0]], b=names[pair[1]]) if pair and rows else ""
    keys = ("parameter", "correlation", "gap_low", "gap_high", "q_value")
    return Table(caption, tuple(texts(f"robustness.{key}") for key in keys), tuple(rows))


def related(facts: Facts) -> list[Row]:
    """Rows of the sensitivity of the gap between the two leading options, turned so that the leader comes first."""
    pair, frame = leaders(facts), facts.frame("sensitivity")
    if pair is None or frame.empty:
        return []
    a, b = pair
    straight = rows_of(frame[(frame["arm_a"] == a) & (frame["arm_b"] == b)])
    turned = rows_of(frame[(frame["arm_a"] == b) & (frame["arm_b"] == a)])
    for row in turned:
        for column in ("correlation", "gap_low", "gap_high"):
            row[column] = -row[column]
    return straight + turned


def sentences(facts: Facts, texts: Texts) -> list[str]:
    """What would have to be true for the order to be another."""
    return [*_of_sets(facts, texts), *_of_parameters(facts, texts), *_of_minimax(facts, texts)]


def _of_sets(facts: Facts, texts: Texts) -> list[str]:
    pair, sets = leaders(facts), names_of_sets(facts, texts)
    if pair is None or len(sets) < 2 or oriented_pair(facts, *pair) is None:
        return []
    names, found = facts.labels(texts.language), of_pair(facts, *pair)
    ends = {"a": names[pair[0]], "b": names[pair[1]]}
    out = [
        texts(f"robustness.{key}", **ends, sets=listed([sets[name] for name in group], texts))
        for key, group in (("turned", found.turned), ("unsure", found.unsure), ("kept", found.kept))
        if group
    ]
    return out if found.turned else [texts("robustness.never_turned", **ends), *out]


def _of_parameters(facts: Facts, texts: Texts) -> list[str]:
    rows, pair = related(facts), leaders(facts)
    if not rows or pair is None:
        return []
    fmt, names = texts.fmt, facts.labels(texts.language)
    ends = {"a": names[pair[0]], "b": names[pair[1]]}
    found = [r for r in rows if r["q_value"] < DISCOVERY]
    if not found:
        drawn = {"k": fmt.number(len(rows)), "n": fmt.number(rows[0]["n_draws"])}
        return [texts("robustness.no_parameter", **ends, **drawn)]
    out = []
    for r in found:
        side = "above" if r["gap_low"] > r["gap_high"] else "below"
        if r["turns_at"] == r["turns_at"]:
            step = noise_step(r["turns_at"], 0.0)
            place = {"value": fmt.number(r["turns_at"], step=step),
                     "interval": fmt.interval(r["turns_low"], r["turns_high"], step=step)}  # fmt: skip
            out.append(texts(f"robustness.turns_{side}", **ends, parameter=r["parameter"], **place))
        else:
            out.append(texts(f"robustness.narrows_{side}", **ends, parameter=r["parameter"]))
    return out


def _of_minimax(facts: Facts, texts: Texts) -> list[str]:
    names, out = facts.labels(texts.language), []
    sets = names_of_sets(facts, texts)
    for over in (SETS, DRAWS):
        rows = facts.main(facts.at("regret", over=over))
        if rows.empty or len(rows) < 2 or (over == SETS and len(sets) < 2):
            continue
        least = rows_of(rows[rows["minimax"].astype(bool)])[0]
        worst = {"set": sets[least["worst_set"]]} if over == SETS else {}
        value = regret_text(least["regret_max"], texts)
        out.append(texts(f"robustness.minimax_{over}", arm=names[least["arm"]], value=value, **worst))
    return out


def listed(names: list[str], texts: Texts) -> str:
    """Names between quotation marks, one after the other."""
    return ", ".join(texts("count.quoted", name=name) for name in names)
