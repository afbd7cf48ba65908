"""The quartiers of one run as a map and as a film: right figures, small files, the same bytes each time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sim.report.quartiers import PER_KM2, RunMap, Year, save_film

CELLS = pd.DataFrame(  # four squares of 4 km, one cut into four of 2 km, one shared by two zones
    {
        "x_m": [2e3, 6e3, 2e3, 5e3, 7e3, 5e3, 7e3, 2e3],
        "y_m": [2e3, 2e3, 6e3, 5e3, 5e3, 7e3, 7e3, 6e3],
        "size_m": [4e3, 4e3, 4e3, 2e3, 2e3, 2e3, 2e3, 4e3],
        "zone": [0, 1, 0, 1, 1, 1, 1, 1],
    }
)
ZONES = pd.DataFrame({"zone": [0, 1], "region": ["West", "East"], "area_km2": [24.0, 40.0]})
STARTUPS = np.array([0, 1, 16, 3, 0, 50, 300, 16])


def years() -> list[Year]:
    nowhere = np.empty((0, 2))
    return [Year(2013, STARTUPS // 4, nowhere), Year(2014, STARTUPS, np.array([[7e3, 7e3]]))]


def drawn(language: str = "fr") -> RunMap:
    return RunMap(CELLS, ZONES, language, title="Essai", run="Simulation de graine 1.")


def test_each_quartier_has_the_colour_of_its_density():
    made = drawn()
    made.show(years()[1])
    picture = made.images[0].get_array()
    palette = made._palette()

    def shown(x_m, y_m):
        pixel = picture[int(y_m // made.pixel), int(x_m // made.pixel)]
        return int(np.flatnonzero((palette == pixel).all(axis=1))[0])

    # by hand: 1 / 16 km², (16 + 16) / 16, 3 / 4, 0, 50 / 4 and 300 / 4
    for (x, y), density in {(6e3, 2e3): 1 / 16, (2e3, 6e3): 2.0, (5e3, 5e3): 0.75, (2e3, 2e3): 0.0, (5e3, 7e3): 12.5,
                            (7e3, 7e3): 75.0}.items():
        assert shown(x, y) == np.searchsorted(PER_KM2, density, side="right")
    assert made.clock.get_text() == "2014"
    assert made.total.get_text() == "386 startups"
    assert made.marks[0].get_offsets().tolist() == [[7e3, 7e3]]


def test_nothing_of_one_year_is_left_in_the_next():
    made = drawn()
    made.show(years()[1])
    made.show(years()[0])
    assert len(made.marks[0].get_offsets()) == 0
    assert made.clock.get_text() == "2013"


def test_a_film_is_small_and_the_same_each_time(tmp_path):
    made = [save_film(years(), drawn(), tmp_path / name, "film") for name in ("a", "b")]
    assert [p.read_bytes() for p in made[0]] == [p.read_bytes() for p in made[1]]
    gif, png, _ = made[0]
    with Image.open(gif) as film:
        assert film.n_frames == 2
        assert film.size == (960, 540)
        assert film.info["loop"] == 0
    with Image.open(png) as still:
        assert still.size == (1920, 1080)
    assert gif.stat().st_size < 60_000


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "et non l’effet d’une politique"), ("en", "not the effect of a policy")]
)
def test_the_picture_says_that_it_is_one_future(language, said):
    assert any(said in text.get_text() for text in drawn(language).figure.texts)


def test_the_film_of_a_run_shows_the_run_that_is_stored(tmp_path):
    import json

    from sim.cli import run
    from sim.experiments.resolved import read_study
    from sim.experiments.store import StoredRuns
    from sim.report.quartiers import years_of

    out = tmp_path / "run"
    command = ["run", "paris_only", "--quick", "--cell-km", "30", "--months", "24", "--film", "-q", "--lang", "fr"]
    assert run([*command, "--out", str(out)]) == 0
    series = StoredRuns.open(out).table("series")
    totals = series.groupby("year")["startups"].sum()
    made = list(years_of(read_study(out).reference, 1))
    assert {state.year: state.startups.sum() for state in made} == totals.to_dict()
    gif = out / "figures" / "quartiers-paris_only.fr.gif"
    assert gif.stat().st_size < 500_000
    assert gif.relative_to(out).as_posix() in json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]
