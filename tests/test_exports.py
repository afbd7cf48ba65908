"""Tables for other programs: French CSV, the workbook, titles and units of columns, slides; the same bytes always."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
from fixtures_comparison import POLICIES, build
from PIL import Image

from sim.report import exports

# Frames whose columns had no title would reach a reader as bare names.
TITLED = ("arms", "effects", "pairwise", "trajectories", "departements", "waterfall", "rings", "twins", "couplings",
          "cost", "equity", "scorecard", "cells", "hubs", "policies", "accounts", "envelopes", "ledger", "seconds",
          "labels")
HOSTILE = "=cmd|'/C calc'!A1"


UNITS = {"mean": "jobs", "eur": "EUR2015", "paid_eur": "EUR2015"}


@pytest.fixture(scope="module")
def comparison():
    made = build()
    for frame in made.frames().values():
        frame.attrs["units"] = {name: unit for name, unit in UNITS.items() if name in frame}
    return made


@pytest.fixture(scope="module")
def written(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    comparison.save(folder / "tables")
    assert all(path.is_file() for path in exports.write_exports(comparison, folder))
    return folder


def test_french_csv_byte_for_byte():
    columns = {"nom": ["Corrèze ; « Brive »", "Gers"], "valeur": [1234.5, np.nan], "n": [3, -2], "vrai": [True, False]}
    frame = pd.DataFrame(columns)
    assert exports.french_csv(frame) == (
        "\ufeffnom;valeur;n;vrai\r\n\"Corrèze ; « Brive »\";1234,5;3;True\r\nGers;;-2;False\r\n".encode()
    )


def test_both_dialects_hold_the_same_table(comparison, written):
    for name, frame in comparison.frames().items():
        rfc = pd.read_csv(written / "tables" / f"{name}.csv", dtype={"code": str, "figure": str})
        fr = pd.read_csv(written / "tables" / "fr" / f"{name}.csv", sep=";", decimal=",", encoding="utf-8-sig",
                         dtype={"code": str, "figure": str})
        assert list(fr.columns) == list(rfc.columns) == list(frame.columns)
        pd.testing.assert_frame_equal(fr, rfc)


def test_the_workbook_has_a_sheet_per_table_with_units_and_the_numbers_of_the_tables(comparison, written):
    book = openpyxl.load_workbook(written / exports.WORKBOOK)
    assert book.sheetnames == ["notes", "columns", "policies", *comparison.frames(), "parameters"]
    for name, frame in comparison.frames().items():
        sheet = book[name]
        names, units, *rows = sheet.iter_rows(values_only=True)
        assert list(names) == list(frame.columns)
        assert {n: u for n, u in zip(names, units) if u} == {n: u for n, u in UNITS.items() if n in frame and u}
        assert sheet.freeze_panes == "B3"
        assert len(rows) == len(frame)
        for column in frame.select_dtypes("number"):
            found = np.array([row[names.index(column)] for row in rows], float)
            # a cell keeps sixteen significant digits
            np.testing.assert_allclose(found, frame[column].to_numpy(float), rtol=1e-15, atol=0, err_msg=column)
    notes = " ".join(str(cell) for row in book["notes"].iter_rows(values_only=True) for cell in row if cell)
    assert "Simulation exploratoire ex ante" in notes
    assert "constant euros of 2015" in notes


def test_a_title_is_never_a_formula(comparison):
    arms = comparison.arms.assign(label_fr=HOSTILE, label_en=HOSTILE)
    hostile = dataclasses.replace(comparison, arms=arms)
    frames = exports.tables(hostile)
    content = exports.workbook(frames, exports.columns(hostile), hostile.meta)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["arms"]
    cell = next(c for row in sheet.iter_rows(min_row=3) for c in row if c.value == HOSTILE)
    assert cell.data_type == "s"
    rows = list(csv.reader(io.StringIO(exports.french_csv(arms).decode("utf-8-sig")), delimiter=";"))
    assert rows[1][rows[0].index("label_fr")] == f"'{HOSTILE}"


def test_the_same_comparison_gives_the_same_bytes(comparison, written, tmp_path):
    again = exports.write_exports(comparison, tmp_path)
    assert len(again) > 20
    for path in again:
        assert path.read_bytes() == (written / path.relative_to(tmp_path)).read_bytes(), path.name


def test_every_column_has_a_title_in_both_languages(comparison):
    titled = exports.columns(comparison)
    titled = titled[titled["table"].isin(TITLED)]
    assert set(titled["column"]) - set(exports.titles()) == set()
    assert (titled[["title_fr", "title_en"]] != "").all(axis=None)


def test_policies_repeats_the_other_tables(comparison):
    frame = exports.policies(comparison).set_index("policy_id")
    year = comparison.meta["headline"]
    assert list(frame.index) == POLICIES
    effects = comparison.effects[comparison.effects["year"] == year].query("outcome == 'jobs'").set_index("arm")
    effects = effects.loc[POLICIES]
    assert frame["net_jobs"].to_numpy() == pytest.approx(effects["mean"].to_numpy(), abs=0)
    assert frame["net_p90"].to_numpy() == pytest.approx(effects["p90"].to_numpy(), abs=0)
    cost = comparison.cost[comparison.cost["year"] == year].set_index("arm").loc[POLICIES]
    assert (frame["cost_per_net_job"].notna() == cost["defined"].astype(bool)).all()
    assert set(frame.attrs["units"]) == set(frame.select_dtypes("number").columns)


def test_a_slide_is_16_by_9_and_the_same_each_time(tmp_path):
    from sim.report import plots
    from sim.report.catalogue import load

    comparison = build()
    look = plots.Look(load("fr"), {arm: arm for arm in POLICIES})
    made = []
    for name in ("a", "b"):
        figure = plots.national(comparison.effects, look)
        svg, png = plots.save(figure, tmp_path, name, title="Un titre " * 20, note="Ce que montrent les traits. " * 30)
        made.append((svg.read_bytes(), png.read_bytes()))
    assert made[0] == made[1]
    with Image.open(tmp_path / "a.png") as slide:
        assert slide.size == (1920, 1080)
        edge = np.asarray(slide.convert("L"))
    assert edge[:, :20].min() == edge[:, -20:].min() == edge[-12:].min() == 255  # nothing touches an edge


def test_a_study_leaves_every_format_and_the_hash_of_each(small_study):
    listed = json.loads((small_study / "manifest.json").read_text(encoding="utf-8"))["files"]
    for name in ("tables.xlsx", "tables/columns.csv", "tables/labels.csv", "tables/policies.csv",
                 "tables/fr/policies.csv", "tables/effects.parquet", "figures/national.fr.svg",
                 "figures/national.fr.png", "report.en.html"):
        assert listed[name] == hashlib.sha256((small_study / name).read_bytes()).hexdigest()
    with Image.open(small_study / "figures" / "map-paris_only.en.png") as slide:
        assert slide.size == (1920, 1080)


def test_a_report_made_again_gives_the_same_bytes(small_study, tmp_path):
    from sim.analysis import load

    for name in ("tables", "manifest.json"):
        source = small_study / name
        if source.is_dir():
            (tmp_path / name).mkdir()
            for file in source.glob("*.*"):
                (tmp_path / name / file.name).write_bytes(file.read_bytes())
    load(tmp_path).report()
    made = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
    assert len(made) > 60
    assert [str(p) for p in made if (tmp_path / p).read_bytes() != (small_study / p).read_bytes()] == []
