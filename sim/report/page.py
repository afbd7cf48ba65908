"""One self-contained page per language: texts, tables and drawings put into the template."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report import annex, robustness, tables, territories
from sim.report.catalogue import Texts, typeset
from sim.report.facts import Facts, first_of
from sim.report.figures import Drawing
from sim.report.findings import assumptions_varied, count, findings, published_missed
from sim.report.numbers import noise_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2
    from markupsafe import Markup

HERE = Path(__file__).parent
SECTIONS_WITH_FIGURES = ("national", "time", "where", "rings", "net", "twins", "cost", "equity", "robustness",
                         "scorecard")  # fmt: skip

COMMAND = re.compile(r"(python run\.py(?: (?!results/)[\w-]+)+(?: results/[\w-]+)?|validate --fit)")


def inline_svg(svg: str, drawing: Drawing) -> str:
    """SVG ready to stand inside a page: named for assistive tools, scaled to its column, ids kept apart.

    Several drawings share a page, and matplotlib gives them the same ids; each id gets the figure's own
    prefix, or is dropped when nothing refers to it.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", body))
    prefix = drawing.id.replace("_", "-")

    def rename(found: re.Match[str]) -> str:
        return f' id="{prefix}-{found[1]}"' if found[1] in used else ""

    body = re.sub(r' id="([^"]+)"', rename, body)
    body = re.sub(r"(url\(#|href=\"#)([^)\"]+)", rf"\g<1>{prefix}-\g<2>", body)
    head = body[: body.index(">") + 1]
    box = re.search(r'viewBox="[^"]+"', head)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0] if box else ""} '
        f'role="img" aria-labelledby="{prefix}-name {prefix}-alt">'
        f'<title id="{prefix}-name">{escape(drawing.title)}</title>'
        f'<desc id="{prefix}-alt">{escape(drawing.alt)}</desc>'
    )
    return opening + body[len(head) :]


def render(facts: Facts, texts: Texts, drawn: list[tuple[Drawing, str]], languages: tuple[str, ...]) -> str:
    """HTML of the report; ``drawn`` pairs each drawing with its SVG text."""
    by_section: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS_WITH_FIGURES}
    for drawing, svg in drawn:
        shown = {"drawing": drawing, "svg": inline_svg(svg, drawing)}
        by_section[drawing.section].append(shown)
    return _template().render(
        t=texts,
        fmt=texts.fmt,
        facts=facts,
        meta=facts.meta,
        figures=by_section,
        findings=findings(facts, texts),
        missed=(assumptions_varied(facts, texts), *published_missed(facts, texts)),
        earned=annex.earned(facts, texts),
        power=annex.power(facts, texts),
        glossary=annex.glossary(texts),
        tables=all_tables(facts, texts),
        switches=territories.switches(facts, texts),
        empty_places=territories.empty_places(facts, texts),
        dominated=territories.dominated(facts, texts),
        robustness={"intro": robustness.intro(facts, texts), "sentences": robustness.sentences(facts, texts)},
        style=(HERE / "style.css").read_text(encoding="utf-8"),
        facts_text=masthead(facts, texts),
        provenance=provenance(facts, texts),
        other=next((lang for lang in languages if lang != texts.language), None),
    )


@cache
def _template() -> jinja2.Template:
    """The page's template, compiled once for both languages."""
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["commands"] = commands
    return env.get_template("report.html.j2")


def commands(text: str) -> Markup:
    """Commands in a sentence set as code, whatever else the sentence holds escaped."""
    from markupsafe import Markup

    return Markup(COMMAND.sub(r"<code>\1</code>", escape(str(text))))


def all_tables(facts: Facts, texts: Texts) -> dict[str, tables.Table]:
    """Tables that stand on their own in the page."""
    others = tables.other_outcomes(facts)
    return {
        "envelope": tables.envelope(facts, texts),
        "spending": tables.spending(facts, texts),
        "levers": tables.levers(facts, texts),
        "payers": tables.payers(facts, texts),
        "years_of_money": tables.years_of_money(facts, texts),
        "pairs": tables.pairs(facts, texts),
        "cost": tables.cost(facts, texts),
        "kinds": territories.kinds(facts, texts),
        "treated": territories.treated(facts, texts),
        "moves": territories.moves(facts, texts),
        "elsewhere": tables.one_outcome(
            facts, texts, "jobs_elsewhere", caption=texts("table.caption_elsewhere", year=facts.year)
        ),
        "atkinson": territories.atkinson(facts, texts),
        "others": tables.effects(
            facts, texts, others, years=[facts.year], caption=texts("table.caption_others", year=facts.year)
        ),
        "variants": tables.effects(
            facts,
            texts,
            ("jobs", "startups", "theil_jobs"),
            years=[facts.year],
            variants=True,
            caption=texts("table.caption_variants", year=facts.year),
        ),
        "regret": robustness.regret(facts, texts),
        "set_effects": robustness.effects(facts, texts),
        "spread": robustness.spread(facts, texts),
        "scorecard": annex.scorecard(facts, texts),
        "counted": annex.counted(facts, texts),
        "precision": annex.precision(facts, texts),
        "parameters": annex.parameters(facts, texts),
        "words": annex.words(texts),
        "departements": annex.departements(facts, texts),
        "seconds": annex.seconds(facts, texts),
    }


def masthead(facts: Facts, texts: Texts) -> dict[str, str]:
    """Sentences of the page that depend on facts of the comparison."""
    meta, lang = facts.meta, texts.language
    territory = meta.get("territory") or {}
    name = (territory.get("title") or {}).get(lang) or territory.get("id", "")
    check = meta.get("equal_cost") or {}
    failed = int(meta.get("failed_runs") or 0)
    reference = typeset(str(facts.reference[f"label_{lang}"]), lang) if facts.reference is not None else ""
    pairs = facts.at("pairwise", outcome="jobs")
    margin = float(first_of(pairs)["indifference"]) if "indifference" in pairs and len(pairs) else 0.0
    check_text = (
        texts(
            f"options.equal_{'ok' if check.get('ok') else 'ko'}",
            rate=texts.fmt.percent(float(meta.get("discount_rate") or 0.0), decimals=1),
            tolerance=texts.fmt.percent(float(check.get("tolerance") or 0.0)),
        )
        if check and len(facts.arms) > 1
        else ""
    )
    factors = {arm: factor for arm, factor in (meta.get("factors") or {}).items() if factor != 1.0}
    if factors:
        names = facts.labels(lang)
        each = [f"{names.get(arm, arm)} × {texts.fmt.number(factor, decimals=3)}" for arm, factor in factors.items()]
        check_text += " " + texts("options.rescaled", each=", ".join(each))
    total = meta.get("parameters_count")
    return {
        "question": facts.title("question", lang) or texts("masthead.title"),
        "study": texts("masthead.study", study=meta.get("study", ""), hash8=meta.get("hash8", "")),
        "scope": texts(
            "masthead.scope",
            territory=name,
            first=meta.get("start_year", ""),
            last=meta.get("end_year", ""),
            runs=count(texts, "paired", facts.runs),
        ),
        "partial": texts("masthead.partial", failed=count(texts, "simulations", failed)) if failed else "",
        "options": texts(f"options.intro{'' if check.get('ok', True) else '_unequal'}", reference=reference),
        "equal_cost": check_text,
        "equal_cost_ok": "ok" if check.get("ok") else "",
        "pairwise": texts(
            "text.pairwise",
            margin=" " + texts("text.margin", value=texts.fmt.number(margin, step=noise_step(margin, 0.0)))
            if margin >= 0.5
            else "",
        ),
        "maps": texts("caption.map", runs=count(texts, "paired", facts.runs)),
        "parameters": texts(
            "parameters.intro",
            assumed=texts.fmt.number(meta.get("assumptions_count") or 0),
            total=texts.fmt.number(total),
        )
        if total
        else texts("parameters.intro_unknown"),
        "stability": texts("parameters.stability", value=texts.fmt.number(meta["stability"], decimals=2))
        if meta.get("stability") is not None
        else "",
        "cap": texts("reading.cap_sets", n=texts.fmt.number(sets))
        if (sets := len(robustness.names_of_sets(facts, texts))) > 1
        else texts("reading.cap", n=texts.fmt.number(facts.runs)),
    }


def registration(line: Mapping[str, Any], texts: Texts) -> str:
    """When a study was asked for, with how many seeds, and after how many simulations."""
    number = texts.fmt.number
    seen = texts("provenance.seen", n=number(line["seen"])) if line["seen"] else texts("provenance.unseen")
    return texts("provenance.registered_value", utc=line["utc"], seeds=number(line["seeds"]), seen=seen)


def provenance(facts: Facts, texts: Texts) -> list[tuple[str, str]]:
    """What is needed to make the same report again."""
    meta, fmt = facts.meta, texts.fmt
    territory, seeds = meta.get("territory") or {}, list(meta.get("seeds") or [])
    runs, total = int(meta.get("runs_total") or 0), float(meta.get("seconds_total") or 0.0)
    title = (territory.get("title") or {}).get(texts.language) or territory.get("id", "")
    versions = ", ".join(f"{k} {v}" for k, v in sorted((meta.get("versions") or {}).items()))
    lines = [
        ("study", str(meta.get("study", ""))),
        ("hash", str(meta.get("hash8", ""))),
        ("registered", "; ".join(registration(line, texts) for line in meta.get("registered") or ())),
        ("command", str(meta.get("command") or "")),
        (
            "seeds",
            texts("provenance.seeds_value", first=seeds[0], last=seeds[-1], n=fmt.number(len(seeds))) if seeds else "",
        ),
        ("runs", fmt.number(runs)),
        (
            "time",
            texts(
                "provenance.time_value",
                total=fmt.number(total, decimals=0),
                per_run=fmt.number(total / runs, decimals=1),
            )
            if runs
            else "",
        ),
        ("machine", str(meta.get("machine") or "")),
        ("versions", versions),
        ("code", str(meta.get("code_hash") or "")),
        (
            "territory",
            texts(
                "provenance.territory_value", title=title, cells=fmt.number((meta.get("grid") or {}).get("cells") or 0)
            ),
        ),
        ("talent", texts("provenance.talent_value", w=meta.get("w_talent", ""))),
        ("files", texts("provenance.files_value")),
        ("again", texts("provenance.again_value", folder="-".join(str(meta.get(k, "")) for k in ("study", "hash8")))),
        ("method", texts("provenance.method_value")),
        (
            "sources",
            texts("provenance.sources_france" if territory.get("id") == "france" else "provenance.sources_own"),
        ),
    ]
    return [(texts(f"provenance.{key}"), value) for key, value in lines if value]
