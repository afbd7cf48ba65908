"""Targets: the file that is shipped, tolerances, and what is said of a fault."""

import csv
import hashlib
import io
from dataclasses import replace

import pandas as pd
import pytest

from sim.calibration.measure import version_of
from sim.calibration.operators import OPERATORS
from sim.calibration.targets import (
    FIT,
    HOLD_OUT,
    SCORED,
    Change,
    changes_since_first_fit,
    digest_of,
    load_targets,
    targets_path,
)
from sim.errors import InputError
from sim.params import PARAMETERS
from sim.paths import calibration_dir
from sim.scenario.calibrated import fits_dir, latest_fit, read_fit, vectors_of

SHIPPED = load_targets()
LINES = list(csv.reader(io.StringIO(targets_path().read_text(encoding="utf-8"))))


def written(folder, *rows):
    """A file of these rows."""
    path = folder / "targets.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def test_enough_is_fitted_and_held_out():
    uses = [each.use for each in SHIPPED]
    assert uses.count(FIT) >= 20
    assert uses.count(HOLD_OUT) >= 15


def test_every_operator_measures_something_and_every_source_has_one():
    used = {each.operator for each in SHIPPED if each.use in SCORED}
    assert used == set(OPERATORS)
    sources = {name.split("_")[0] for name in used}
    assert {"dge", "numeum", "insee", "ey", "crunchbase", "ilab", "angel", "jei"} <= sources


def test_years_lie_in_the_runs_of_the_fit():
    years = [each.simulated for each in SHIPPED if each.use in SCORED]
    assert min(first for first, _ in years) >= 2013
    assert max(last for _, last in years) <= 2023


def test_the_tolerance_is_the_larger_of_two_deviations_and_what_is_accepted():
    by_name = {each.id: each for each in SHIPPED}
    startups, deals = by_name["startups_2016"], by_name["deals_2013"]
    assert startups.tolerance == startups.accept == 1300.0 > 2.0 * startups.sd
    assert deals.accept == 0.0
    assert deals.tolerance == 2.0 * deals.sd
    share = by_name["idf_startups"]
    assert share.tolerance == 2.0 * share.sd > share.accept > 0.0
    assert startups.hit(14300.0)
    assert not startups.hit(14300.5)
    assert not startups.hit(float("nan"))


def test_the_digest_covers_what_decides_a_score_and_nothing_else():
    first, *rest = SHIPPED
    changed = {name: type(first)(**{**vars(first), name: value})
               for name, value in {"use": HOLD_OUT, "sd": first.accept, "argument": "9", "label_en": "x"}.items()}
    same = digest_of(SHIPPED)
    assert digest_of((changed["label_en"], *rest)) == same
    assert len({same, *(digest_of((changed[name], *rest)) for name in ("use", "sd", "argument"))}) == 4


def test_every_change_since_the_first_fit_is_told():
    """What was written down before any fit is never edited: its digest is that of the fit that came first."""
    known = hashlib.sha256((calibration_dir() / "first_fit.csv").read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    assert known == "e656e99c177bb3fe07ffc669d75c123ae8bec5dea5ffc60a30bbd3c3456e50ba"
    assert (changes_since_first_fit(SHIPPED) == ()) == (digest_of(SHIPPED) == "6d11fb63377a")


def test_changes_of_figures_are_found_whatever_changes():
    first, second, *rest = SHIPPED
    wider, apart = replace(first, accept=2000.0, label_en="x"), replace(second, id="another", why="new")
    found = changes_since_first_fit((wider, apart, *rest))
    assert Change("startups_2016", "tolerance", "1300", "2000") in found
    assert Change("startups_2021", "use", "fit", "") in found
    assert Change("another", "value", "", "16600") in found
    assert {each.target for each in found} == {"startups_2016", "startups_2021", "another"}
    moved = replace(rest[0], use=HOLD_OUT, simulated=(2013, 2016))
    assert changes_since_first_fit((first, second, moved, *rest[1:])) == (
        Change("jobs_2016", "use", "fit", "hold_out"), Change("jobs_2016", "simulated", "2016", "2013-2016"))


FAULTS = {
    "use": ("fit", "fitt", "use 'fitt' is not one of"),
    "sd": ("325", "0", "sd is 0, it must be greater than 0"),
    "value": ("13000", "13 000", "value is not a number: '13 000'"),
    "accept": ("1300", "many", "accept is not a number: 'many'"),
    "simulated": ("2016", "lately", "simulated is not a year or two: 'lately'"),
    "operator": ("dge_startups", "dge_startup", "no operator 'dge_startup' (did you mean 'dge_startups'?)"),
    "argument": ("8", "eight", "operator 'dge_startups' has no use for the argument 'eight'"),
}


@pytest.mark.parametrize("column", FAULTS)
def test_faults_are_told_with_file_and_line(tmp_path, column):
    old, new, message = FAULTS[column]
    header, row = LINES[0], list(LINES[1])
    at = header.index(column)
    assert row[at] == old
    row[at] = new
    path = written(tmp_path, LINES[0], LINES[2], row)
    with pytest.raises(InputError) as caught:
        load_targets(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert message in str(caught.value)


def test_a_figure_without_operator_says_why_it_is_not_scored(tmp_path):
    row = dict(zip(*LINES[:2])) | {"use": "input", "why": ""}
    path = written(tmp_path, LINES[0], row.values())
    with pytest.raises(InputError, match="targets.csv:2: startups_2016 is not scored: say why"):
        load_targets(path)


def test_a_missing_column_is_named_with_what_was_meant(tmp_path):
    path = written(tmp_path, ["std" if name == "sd" else name for name in LINES[0]], *LINES[1:])
    with pytest.raises(InputError, match="targets.csv:1: column 'sd' is missing"):
        load_targets(path)


# -- the calibrated sets that are shipped ------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", sorted(fits_dir().iterdir()), ids=lambda folder: folder.name)
def test_shipped_sets_are_fitted_to_these_figures_and_to_calibrated_parameters_alone(folder):
    content, vectors = read_fit(folder), vectors_of(folder)
    assert content["targets_digest"] == version_of()
    assert content["id"] == content["territory"] == folder.name.rpartition("-")[0]
    assert len(vectors) == content["vectors"] == len(content["hit_by_vectors"])
    assert {PARAMETERS[name].tier for name in vectors[0]} == {"calibrated"}
    assert content["failed"] == 0
    assert not set(content["seeds"]) & set(range(1, 101))  # those that score


def test_the_shipped_set_of_france_hits_four_fitted_figures_of_five_and_names_the_others():
    folder = latest_fit("france")
    assert folder is not None
    table = pd.read_csv(folder / "targets.csv").set_index("target")
    fitted = table[table["use"] == FIT]
    best = {each.id: each.hit(fitted.loc[each.id, "best"]) for each in SHIPPED if each.use == FIT}
    assert len(fitted) == len(best)
    assert sum(best.values()) >= 0.8 * len(best)
    assert {name for name, hit in best.items() if not hit} == set(fitted.index[fitted["out_of_reach"]])
