"""Rebuild the three invented worlds of the lessons: squares of 1 km, people by a formula, nothing drawn by chance.

    python scenarios/lessons/build_worlds.py

`class_plain` is the same everywhere; `class_city` is one large city; `class_country` has a capital, six cities and
countryside. Densities are round numbers of the order of French ones (Paris 20,000 people per km2, a large city 4,000,
a suburb 2,000, countryside 50).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

TERRITORIES = Path(__file__).resolve().parents[1] / "territories"
ZONE_KM = 8
# Cities of the country: column, row (km), people per km2 at the centre, e-folding radius (km).
CITIES = ((20, 44, 12_000, 4.0), (50, 52, 5_000, 2.6), (52, 20, 5_000, 2.6), (12, 12, 4_000, 2.4), (34, 30, 3_000, 2.2),
          (8, 30, 3_000, 2.2), (36, 8, 2_500, 2.0))  # fmt: skip
TITLES = {
    "class_plain": ("Plaine de classe : partout la même", "Classroom plain: the same everywhere"),
    "class_city": ("Ville de classe : un centre et des faubourgs", "Classroom city: a centre and suburbs"),
    "class_country": ("Pays de classe : une capitale et six villes", "Classroom country: a capital and six cities"),
}


def plain(x: float, y: float) -> float:
    """People per km2: the same everywhere."""
    return 2_000.0


def city(x: float, y: float) -> float:
    """People per km2: dense in the middle, suburbs around."""
    return 800.0 + 7_000.0 * math.exp(-math.hypot(x - 16.0, y - 16.0) / 4.5)


def country(x: float, y: float) -> float:
    """People per km2: cities in a thinly peopled countryside."""
    return 50.0 + sum(top * math.exp(-math.hypot(x - cx, y - cy) / radius) for cx, cy, top, radius in CITIES)


def zone_of(column: int, row: int) -> str:
    """``A1`` in the south-west; letters go east, numbers north."""
    return f"{'ABCDEFGH'[column // ZONE_KM]}{row // ZONE_KM + 1}"


def write(name: str, size: int, density: Callable[[float, float], float], markets: int) -> None:
    """Write one territory of `size` x `size` squares, with labour markets of `markets` zones on a side."""
    folder = TERRITORIES / name
    folder.mkdir(parents=True, exist_ok=True)
    people: dict[str, int] = {}
    with (folder / "places.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "zone", "x_m", "y_m", "population", "radius_m"])
        for row in range(size):
            for column in range(size):
                here, count = zone_of(column, row), round(density(column + 0.5, row + 0.5))
                people[here] = people.get(here, 0) + count
                table.writerow([f"{column}-{row}", here, 1000 * column + 500, 1000 * row + 500, count, 0])
    with (folder / "zones.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["code", "name", "region", "labour_market", "area_km2", "population"])
        for code, count in people.items():
            east, north = "ABCDEFGH".index(code[0]) // markets, (int(code[1:]) - 1) // markets
            table.writerow([code, code, name, f"{east}-{north}", ZONE_KM**2, count])
    fr, en = TITLES[name]
    (folder / "territory.yaml").write_text(
        f'schema: territory/1\nid: {name}\ntitle:\n  fr: "{fr}"\n  en: "{en}"\nprojection: plain\n'
        "population_year: 2013\nplaces: places.csv\nzones: zones.csv\n"
        'licence: "invented for the lessons: scenarios/lessons/build_worlds.py"\n'
        'notes:\n  - "An invented world for lessons, no place that exists."\n', encoding="utf-8")  # fmt: skip


if __name__ == "__main__":
    write("class_plain", 32, plain, 4)
    write("class_city", 32, city, 4)
    write("class_country", 64, country, 2)
