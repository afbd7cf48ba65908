"""Efficiency and equity in words and tables: kinds of territory, aversion to inequality, dominated options."""

from __future__ import annotations

from sim.report.catalogue import Texts, typeset
from sim.report.facts import Facts, Row, rows_of
from sim.report.findings import oriented_pair
from sim.report.numbers import decimals_of, estimate, noise_step
from sim.report.tables import Table, headings


def kinds(facts: Facts, texts: Texts) -> Table:
    """Change in jobs by kind of territory, and the people who lose there."""
    names, fmt, rows = facts.labels(texts.language), texts.fmt, []
    called = names_of_kinds(facts, texts)
    for r in rows_of(facts.main(facts.at("kinds"))):
        ends, spread = (r["ci95_low"], r["ci95_high"]), (r["p10"], r["p90"])
        number = estimate(fmt, r["mean"], r["se"], ends, spread)
        per_head = fmt.number(r["diff_per_10k"], decimals=1, signed=True)
        shares = (fmt.percent(r[f"p_people_{way}"]) for way in ("losing", "gaining"))
        rows.append((names[r["arm"]], called[r["kind"]], number.value, number.ci95, number.range80, per_head, *shares))
    return Table(
        texts("table.caption_kinds", year=facts.year),
        headings(texts, "arm", "kind", "mean", "ci95", "range80", "per_10k", "surely_losing", "surely_gaining"),
        tuple(rows),
        text_columns=2,
    )


def treated(facts: Facts, texts: Texts) -> Table:
    """What becomes of aided startups, and of rents around hubs."""
    names, fmt, rows = facts.labels(texts.language), texts.fmt, []
    for r in rows_of(facts.main(facts.at("treated"))):
        signed = r["measure"] != "survival"
        step = noise_step(100.0 * r["mean"], 100.0 * r["se"], bounds=(100.0 * r["ci95_low"], 100.0 * r["ci95_high"]))
        places = min(decimals_of(step), 2)
        change = r["measure"] == "survival_change"  # between two shares: points

        def written(share: float, places: int = places, signed: bool = signed, change: bool = change) -> str:
            return fmt.points(share, decimals=places) if change else fmt.percent(share, decimals=places, signed=signed)

        ends = [
            texts("finding.cost_interval", **{
                side: written(r[column]) for side, column in pair.items()})
            for pair in ({"low": "ci95_low", "high": "ci95_high"}, {"low": "p10", "high": "p90"})
        ]  # fmt: skip
        rows.append((names[r["arm"]], texts(f"treated.{r['measure']}"), written(r["mean"]), *ends))
    head = (*headings(texts, "arm"), texts("treated.what"), *headings(texts, "mean_of", "ci95", "range80"))
    return Table(texts("treated.caption", year=facts.year), head, tuple(rows), text_columns=2)


def moves(facts: Facts, texts: Texts) -> Table:
    """From which kind of territory to which go the jobs of startups that stand elsewhere with the policy."""
    frame = facts.main(facts.at("moves"))
    if frame.empty:
        return Table("", (), ())
    names, called = facts.labels(texts.language), names_of_kinds(facts, texts)
    kinds = [kind for kind in called if kind in set(frame["kind_to"])]
    rows = []
    for arm in dict.fromkeys(frame["arm"]):
        cells = frame[frame["arm"] == arm].set_index(["kind_from", "kind_to"])
        for start in kinds:
            row = [jobs_moved(cells.loc[(start, end)], texts) for end in kinds]
            rows.append((names[str(arm)], called[start], *row))
    head = (*headings(texts, "arm"), texts("moves.start"), *(texts("moves.to", kind=called[k]) for k in kinds))
    return Table(texts("moves.caption", year=facts.year), head, tuple(rows), text_columns=2, note=texts("moves.note"))


def jobs_moved(row: Row, texts: Texts) -> str:
    """Mean of a way, rounded to its noise."""
    step = noise_step(row["mean"], (row["ci95_high"] - row["ci95_low"]) / 4.0, refine=False)
    return texts.fmt.number(row["mean"], step=step)


def names_of_kinds(facts: Facts, texts: Texts) -> dict[str, str]:
    """What to call each kind of territory: the capital and its region by their own names."""
    from sim.compare.kinds import KINDS, kinds_of

    zones = facts.frame("zones")
    if zones.empty:
        return dict.fromkeys(KINDS, "")
    capital = zones.iloc[int(kinds_of(zones)[0].argmax())]
    place, region = (typeset(str(capital[name]), texts.language) for name in ("name", "region"))
    return {kind: texts(f"kind.{kind}", place=place, region=region) for kind in KINDS}


def atkinson(facts: Facts, texts: Texts) -> Table:
    """Change of equally distributed jobs, by option and aversion to inequality."""
    names, fmt, rows = facts.labels(texts.language), texts.fmt, []
    for r in rows_of(facts.main(facts.at("atkinson"))):
        number = estimate(fmt, r["mean"], r["se"], (r["ci95_low"], r["ci95_high"]), (r["p10"], r["p90"]))
        aversion = fmt.number(r["aversion"], decimals=1)
        rows.append((names[r["arm"]], aversion, number.value, number.ci95, number.range80))
    return Table(
        texts("table.caption_atkinson", year=facts.year),
        headings(texts, "arm", "aversion", "mean", "ci95", "range80"),
        tuple(rows),
        text_columns=2,
    )


def most_aversion(facts: Facts) -> float:
    """The highest aversion to inequality that was looked at."""
    from sim.compare.atkinson import AVERSION, MOST_WITH_EMPTY, SHOWN

    shown = facts.frame("atkinson")["aversion"]
    return float(AVERSION[-1]) if shown.max() >= SHOWN[-1] else MOST_WITH_EMPTY


def empty_places(facts: Facts, texts: Texts) -> str:
    """Why aversion stops where it does, where some département has no job in some simulation."""
    frame = facts.frame("atkinson")
    if frame.empty or most_aversion(facts) > 1.0:
        return ""
    return texts("text.empty_places", most=texts.fmt.number(most_aversion(facts), decimals=1))


def switches(facts: Facts, texts: Texts) -> list[str]:
    """For each pair of options, the aversion to inequality from which the ranking turns."""
    names, fmt, out = facts.labels(texts.language), texts.fmt, []
    for r in rows_of(facts.at("switches")):
        first, second = (r["arm_a"], r["arm_b"]) if r["first"] == "a" else (r["arm_b"], r["arm_a"])
        if first not in names or second not in names:
            continue
        most = fmt.number(most_aversion(facts), decimals=1)
        values = {"first": names[first], "second": names[second], "share": fmt.percent(r["p_switch"]), "most": most}
        if r["aversion"] == r["aversion"]:
            values["value"] = fmt.number(r["aversion"], decimals=2)
            values["interval"] = fmt.interval(r["ci95_low"], r["ci95_high"], step=0.01)
            out.append(texts("text.switch", **values))
        else:
            out.append(texts("text.no_switch", **values))
    return out


def dominated(facts: Facts, texts: Texts) -> str:
    """Options that another one beats on net jobs and on equality at once; empty where there is none."""
    jobs = facts.main(facts.at("effects", outcome="jobs"))
    theil = facts.main(facts.at("equity", measure="theil_between_departements"))
    if jobs.empty or theil.empty:
        return ""
    def told(a: str, b: str) -> str:
        """That b dominates a, and where no verdict says so of jobs."""
        pair, ends = oriented_pair(facts, a, b), {"option": names[a], "by": names[b]}
        if pair is None or pair["verdict"] in ("better", "worse"):
            return texts("text.dominated_by", **ends)
        return texts("text.dominated_doubt", **ends, verdict=texts(f"verdict.{pair['verdict']}"))

    names, gain, rise = facts.labels(texts.language), *(f.set_index("arm")["mean"] for f in (jobs, theil))
    beaten = [
        told(a, b)
        for a in gain.index
        for b in gain.index
        if gain[b] > gain[a] and rise[b] < rise[a]
    ]
    if not beaten:
        return texts("text.none_dominated")
    return texts("text.dominated", each=(" ; " if texts.language == "fr" else "; ").join(beaten))
