"""The tables of a comparison for other programs: French CSV, one workbook, titles and units of every column.

``tables/*.csv`` follow RFC 4180 (comma, decimal point) and ``tables/fr/*.csv`` what Excel expects in France
(semicolon, decimal comma, byte order mark); columns have the same names. ``tables/columns.csv`` gives each column's
title in both languages and its unit, ``tables/labels.csv`` those of the outcomes. The same comparison gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pandas as pd

from sim.report.catalogue import LANGUAGES, load
from sim.whole_files import write_whole

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from sim.compare import Comparison

WORKBOOK = "tables.xlsx"
#: What a spreadsheet would take for the start of a formula: titles come from files that others wrote.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MADE = datetime(2013, 1, 1)  # a fixed date: the same comparison gives the same bytes


@cache
def titles() -> Mapping[str, tuple[str, str]]:
    """Title of every column, in French and in English."""
    import yaml

    path = Path(__file__).with_name("columns.yaml")
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {str(name): (str(pair[0]), str(pair[1])) for name, pair in found.items()}


def columns(comparison: Comparison) -> pd.DataFrame:
    """Dictionary of the columns: table, column, unit, title_fr, title_en."""
    rows = []
    for table, frame in tables(comparison).items():
        units = frame.attrs.get("units", {})
        for column in map(str, frame.columns):
            fr, en = titles().get(column, (column.replace("_", " "),) * 2)
            rows.append((table, column, units.get(column, ""), fr, en))
    return pd.DataFrame(rows, columns=["table", "column", "unit", "title_fr", "title_en"])


def tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Tables in the order in which they are read: policies first, then the frames of the comparison."""
    return {"policies": policies(comparison), **comparison.frames(), "parameters": parameters()}


def parameters() -> pd.DataFrame:
    """Every parameter of the model with its source; a study's own values stand in its resolved file."""
    from sim.params import PARAMETERS

    rows = [(p.name, p.default, p.unit, p.low, p.high, p.tier, p.source, p.meaning) for p in PARAMETERS.values()]
    names = ["parameter", "default", "unit", "lowest", "highest", "tier", "source", "meaning_en"]
    return pd.DataFrame(rows, columns=names)


def policies(comparison: Comparison) -> pd.DataFrame:
    """One row per policy at the headline year: what it is, what it does, what it costs, and how sure that is.

    Euros of 2015; jobs and startups are differences from the reference. Built from the other tables.
    """
    year = comparison.meta["headline"]
    arms = comparison.arms.set_index("arm")
    arms = arms[~arms["is_reference"].astype(bool)]
    flows = _wide(_at(comparison.waterfall, year), "component", "mean").reindex(arms.index)
    jobs, startups, elsewhere = (
        _at(comparison.effects, year, outcome=name).set_index("arm").reindex(arms.index)
        for name in ("jobs", "startups", "jobs_elsewhere")
    )
    cost = _at(comparison.cost, year).set_index("arm").reindex(arms.index)
    theil = _at(comparison.equity, year, measure="theil_between_departements").set_index("arm").reindex(arms.index)
    regret = _at(comparison.regret, year, over="sets").set_index("arm").reindex(arms.index)

    def of_treated(measure: str) -> pd.Series[float]:
        return _at(comparison.treated, year, measure=measure).set_index("arm")["mean"].reindex(arms.index)

    defined = cost["defined"].fillna(False).astype(bool)
    frame = pd.DataFrame(
        {
            "policy_id": arms.index,
            "label_fr": arms["label_fr"],
            "label_en": arms["label_en"],
            "year": year,
            "budget_meur": (arms["budget_state_eur"] + arms["budget_local_eur"]) / 1e6,
            "n_sites": arms["n_hubs"],
            "eur_per_site": arms["eur_per_hub"],
            "gross_jobs_treated": flows["gross"],
            "deadweight": flows["deadweight"],
            **{name: value for name, value in flows.items() if name not in ("gross", "deadweight", "net")},
            "crowding_out": elsewhere["mean"],
            "net_jobs": jobs["mean"],
            "net_ci95_low": jobs["ci95_low"],
            "net_ci95_high": jobs["ci95_high"],
            "net_p10": jobs["p10"],
            "net_p90": jobs["p90"],
            "p_net_gt0": jobs["p_positive"],
            "mcse_net": jobs["se"],
            "cost_per_net_job": cost["cost_per_net_job"].where(defined),
            "cost_low": cost["low"].where(defined),
            "cost_high": cost["high"].where(defined),
            "startups": startups["mean"],
            "startups_ci95_low": startups["ci95_low"],
            "startups_ci95_high": startups["ci95_high"],
            "survival_after_aid": of_treated("survival"),
            "survival_change": of_treated("survival_change"),
            "rent_change_treated": of_treated("rent_change"),
            "theil_change": theil["mean"],
            "share_pop_losing": theil["share_population_losing"],
            "max_regret": regret["regret_max"],
            "share_worlds_best": regret["p_best_worlds"],
            "n_runs": jobs["n"],
        },
        index=arms.index,
    ).reset_index(drop=True)
    frame.attrs["units"] = {name: unit for name, unit in _policy_units(frame).items() if unit}
    return frame


def _policy_units(frame: pd.DataFrame) -> dict[str, str]:
    known = {
        "year": "calendar year", "budget_meur": "MEUR2015", "n_sites": "hubs", "eur_per_site": "EUR2015",
        "p_net_gt0": "1", "theil_change": "1", "share_pop_losing": "1", "share_worlds_best": "1",
        "survival_after_aid": "1", "survival_change": "1", "rent_change_treated": "1", "n_runs": "paired simulations",
    }
    found = {}
    for name in frame.select_dtypes("number").columns:
        default = "EUR2015/job" if name.startswith("cost_") else "startups" if name.startswith("startups") else "jobs"
        found[str(name)] = known.get(str(name), default)
    return found


def _at(frame: pd.DataFrame, year: int, **keys: str) -> pd.DataFrame:
    kept = frame["year"] == year
    for column, value in keys.items():
        kept &= frame[column] == value
    return frame[kept]


def _wide(frame: pd.DataFrame, columns: str, values: str) -> pd.DataFrame:
    wide = frame.pivot(index="arm", columns=columns, values=values)
    wide.columns.name = None
    return wide.reindex(columns=list(dict.fromkeys(frame[columns])))


def french_csv(frame: pd.DataFrame) -> bytes:
    """A table as Excel reads it in France: UTF-8 with its mark, semicolons, decimal commas, CRLF.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    shown = frame.copy(deep=False)
    shown.attrs = {}
    for name in shown.columns:
        if shown[name].dtype.kind not in "biuf":
            shown[name] = shown[name].astype(object).map(_inert)
    return shown.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("utf-8-sig")


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_exports(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ``tables/fr/*.csv``, ``tables/columns.csv`` and ``tables.xlsx`` into a results folder; return the paths."""
    frames, titled = tables(comparison), columns(comparison)
    contents: dict[Path, bytes] = {
        folder / "tables" / "columns.csv": plain_csv(titled),
        **{folder / "tables" / f"{name}.csv": plain_csv(frames[name]) for name in ("policies", "parameters")},
    }
    for name, frame in {**frames, "columns": titled}.items():
        contents[folder / "tables" / "fr" / f"{name}.csv"] = french_csv(frame)
    contents[folder / WORKBOOK] = workbook(frames, titled, comparison.meta)
    for path, content in contents.items():
        write_whole(path, _writer(content))
    return list(contents)


def plain_csv(frame: pd.DataFrame) -> bytes:
    """A table as RFC 4180 has it: commas, decimal points, CRLF."""
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def _writer(content: bytes) -> Callable[[BinaryIO], None]:
    def write(handle: BinaryIO) -> None:
        handle.write(content)

    return write


def workbook(frames: Mapping[str, pd.DataFrame], titled: pd.DataFrame, meta: Mapping[str, Any]) -> bytes:
    """One workbook: notes, titles of columns, then a sheet per table with its units in the second row."""
    import xlsxwriter  # writes large sheets fast, without a date of its own

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": str(meta.get("study", "")), "author": "Quartiers", "created": MADE})
    bold = book.add_format({"bold": True, "bottom": 1})
    soft = book.add_format({"italic": True, "font_color": "#5a5a5a"})
    _notes(book, frames, meta, bold)
    for name, frame in {"columns": titled, **frames}.items():
        sheet = book.add_worksheet(name[:31])
        units = frame.attrs.get("units", {})
        for k, column in enumerate(map(str, frame.columns)):
            sheet.write_string(0, k, column, bold)
            sheet.write_string(1, k, str(units.get(column, "")), soft)
            _fill(sheet, k, frame.iloc[:, k])
            sheet.set_column(k, k, min(max(len(column) + 2, 10), 40))
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, max(len(frame) + 1, 1), max(len(frame.columns) - 1, 0))
    book.close()
    return buffer.getvalue()


def _fill(sheet: Any, column: int, values: pd.Series[Any]) -> None:
    """Write one column from the third row down; what is not a finite number stays empty."""
    if values.dtype.kind == "b":
        for row, flag in enumerate(values.tolist(), 2):
            sheet.write_boolean(row, column, flag)
    elif values.dtype.kind in "iuf":
        numbers = values.to_numpy(float)
        for row in np.flatnonzero(np.isfinite(numbers)).tolist():
            sheet.write_number(row + 2, column, numbers[row])
    else:
        for row, text in enumerate(values.tolist(), 2):
            if isinstance(text, bool):
                sheet.write_boolean(row, column, text)
            elif text is not None and text == text:
                sheet.write_string(row, column, str(text))


def _notes(book: Workbook, frames: Mapping[str, pd.DataFrame], meta: Mapping[str, Any], bold: Any) -> None:
    """First sheet: what this is, in both languages, what the intervals are, and the list of the sheets."""
    sheet = book.add_worksheet("notes")
    sheet.set_column(0, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
    for side, language in enumerate(LANGUAGES):
        texts = load(language)
        question = (meta.get("question") or {}).get(language) or ""
        lines = [
            str(question),
            texts("masthead.banner"),
            texts(
                "exports.study",
                **{name: meta.get(name, "") for name in ("study", "hash8")},
                code=meta.get("code_hash", ""),
                runs=texts.fmt.number(meta.get("n_seeds") or 0),
                year=meta.get("headline", ""),
            ),
            texts("reading.intervals"),
            texts("exports.units"),
            *texts.items("limits.items"),
        ]
        for row, line in enumerate(lines):
            sheet.write_string(row, side, line, bold if row == 0 else None)
        last = len(lines)
    for row, (name, frame) in enumerate(frames.items(), last + 1):
        sheet.write_url(row, 0, f"internal:'{name[:31]}'!A1", string=f"{name} ({len(frame)})")
