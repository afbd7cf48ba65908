"""A territory: places with people, zones with official figures, and sites that may be labelled.

A folder holds `territory.yaml`, a table of places, a table of zones and, if any, a table of sites;
`load_territory` reads and checks them. People keep the zone of their place, and each zone's people add up to
its official total.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim import projections
from sim.errors import InputError, did_you_mean
from sim.paths import scenarios_dir
from sim.projections import Projection
from sim.tables import Table

SCHEMA = "territory/1"
PROJECTIONS = ("lambert93", "local", "plain")
_KEYS = ("schema", "id", "title", "projection", "centre", "population_year", "places", "zones", "sites",
         "licence", "notes")
_ZONE_TEXTS = ("code", "name", "region", "region_before", "labour_market", "seat")
_ZONE_NUMBERS = ("area_km2", "population")


@dataclass(frozen=True)
class Places:
    """Where people live. P places; metres on the plane; people rescaled to the zones' official totals."""

    name: tuple[str, ...]
    x_m: np.ndarray             # float64[P]
    y_m: np.ndarray             # float64[P]
    population: np.ndarray      # float64[P]
    radius_m: np.ndarray        # float64[P], disc over which the people are spread
    zone: np.ndarray            # int16[P]


@dataclass(frozen=True)
class Zones:
    """Jurisdictions (in France the départements). Z zones."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    region: tuple[str, ...]
    region_before: tuple[str, ...]          # before the reform of 2016; same as region elsewhere
    labour_market: np.ndarray               # int16[Z], zones with the same number hire in one market
    x_m: np.ndarray                         # float64[Z], population-weighted centre
    y_m: np.ndarray                         # float64[Z]
    area_km2: np.ndarray                    # float64[Z]
    population: np.ndarray                  # float64[Z], official
    seat: np.ndarray                        # int32[Z], row of the seat place
    indicators: dict[str, np.ndarray]       # every further column, float64[Z]


@dataclass(frozen=True)
class Site:
    """A city or group of cities that may be labelled."""

    id: str
    label: str
    lead: str
    theme: str
    status: str
    zone: int                                               # row of the lead's zone
    x_m: float
    y_m: float
    members: tuple[tuple[str, int, float, float], ...]      # (name, zone row, x, y), the lead first
    sets: frozenset[str]
    label_month: int | None                                 # year*12 + (month-1)


@dataclass(frozen=True)
class Territory:
    id: str
    title: dict[str, str]
    projection: str
    places: Places
    zones: Zones
    sites: tuple[Site, ...]
    digest: str                 # of everything above but the title
    notes: tuple[str, ...]

    def sets(self) -> dict[str, tuple[Site, ...]]:
        """Sites by set, in the order of the file."""
        names = sorted({name for site in self.sites for name in site.sets})
        return {name: tuple(site for site in self.sites if name in site.sets) for name in names}


def load_territory(ref: str | Path) -> Territory:
    """Read a territory: a shipped one by its name (``france``) or a folder.

    Raises
    ------
    InputError
        With file, line and, when one is near, the name that was probably meant.
    """
    folder = _find(ref)
    about, path = _read_yaml(folder / "territory.yaml"), folder / "territory.yaml"
    zone_table = Table(folder / str(about.get("zones", "zones.csv")))
    place_table = Table(folder / str(about.get("places", "places.csv")))
    project = _projection(about, place_table, path)
    codes = zone_table.unique("code")
    places = _read_places(place_table, zone_table, codes, project)
    zones = _read_zones(zone_table, codes, places)
    sites: tuple[Site, ...] = ()
    if about.get("sites"):
        sites = _read_sites(Table(folder / str(about["sites"])), codes, places, project)
    notes = tuple(str(note) for note in about.get("notes") or ())
    return Territory(str(about["id"]), dict(about["title"]), str(about["projection"]), places, zones, sites,
                     _digest(str(about["projection"]), places, zones, sites), notes)


def raster_territory(rows: int, columns: int, *, cell_km: float = 0.5, zone_rows: int = 1,
                     zone_columns: int = 1, people: float | np.ndarray = 1000.0) -> Territory:
    """A teaching world: ``rows`` x ``columns`` squares cut into ``zone_rows`` x ``zone_columns`` zones.

    Parameters
    ----------
    cell_km : side of a square.
    people : inhabitants per square, one number or an array [rows, columns] (row 0 is the southern one).

    Every square's people live at its centre; the seat of a zone is its square nearest to the centre of its
    people.
    """
    counts = np.broadcast_to(np.asarray(people, float), (rows, columns))
    if not 1 <= zone_rows <= rows or not 1 <= zone_columns <= columns:
        raise InputError(f"{zone_rows} x {zone_columns} zones do not fit in {rows} x {columns} squares")
    if not np.all(np.isfinite(counts)) or counts.min() < 0:
        raise InputError("people per square must be finite and not negative")
    row, column = (index.ravel() for index in np.indices((rows, columns)))
    zone = (row * zone_rows // rows * zone_columns + column * zone_columns // columns).astype(np.int16)
    n_zones = zone_rows * zone_columns
    totals = np.bincount(zone, counts.ravel(), n_zones)
    if totals.min() <= 0:
        raise InputError(f"zone {int(totals.argmin()) + 1} has no people")
    side = 1000.0 * cell_km
    places = Places(tuple(f"r{r}c{c}" for r, c in zip(row, column, strict=True)), (column + 0.5) * side,
                    (row + 0.5) * side, counts.ravel().copy(), np.zeros(rows * columns), zone)
    codes = tuple(f"{k + 1:02d}" for k in range(n_zones))
    x, y = _centres(places, n_zones)
    away = (places.x_m - x[zone]) ** 2 + (places.y_m - y[zone]) ** 2
    seat = [int(np.flatnonzero(zone == z)[away[zone == z].argmin()]) for z in range(n_zones)]
    names = tuple(f"Zone {code}" for code in codes)
    zones = Zones(codes, names, names, names, np.arange(n_zones, dtype=np.int16), x, y,
                  np.bincount(zone, minlength=n_zones) * cell_km**2, totals, np.array(seat, np.int32), {})
    title = {"fr": f"Monde de {rows} x {columns} cases", "en": f"World of {rows} x {columns} squares"}
    return Territory(f"raster-{rows}x{columns}", title, "plain", places, zones, (),
                     _digest("plain", places, zones, ()), ())


def footprint_radius_m(x_m: np.ndarray, y_m: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Radius in metres of the disc over which a place's people are spread.

    The disc holds the place's people at a density of ``900 (population/1000)^0.27`` per km2 (larger towns are
    denser) plus the density of other places within 5 km (a suburb of a large city is denser than a town
    alone). Assumption, compared with published areas of French communes in SOURCES.md of that territory.
    """
    from scipy.spatial import cKDTree  # half a second to import, and most tables of places bring their radii

    points = np.stack([x_m, y_m], axis=1)
    within = cKDTree(points).query_ball_point(points, 5_000.0)
    others = np.array([population[ids].sum() for ids in within]) - population
    density = 900.0 * (np.maximum(population, 1.0) / 1000.0) ** 0.27 + others / (np.pi * 25.0)
    return 1000.0 * np.sqrt(population / density / np.pi)


def _find(ref: str | Path) -> Path:
    shipped = scenarios_dir() / "territories"
    for folder in (Path(ref), shipped / str(ref)):
        if (folder / "territory.yaml").is_file():
            return folder
    known = sorted(path.parent.name for path in shipped.glob("*/territory.yaml"))
    raise InputError(f"no territory {str(ref)!r}", suggestion=did_you_mean(str(ref), known)
                     or f"a folder with territory.yaml, or one of: {', '.join(known)}")


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise InputError(f"is not valid YAML: {error.problem}", file=path,
                         line=None if mark is None else mark.line + 1) from error
    if not isinstance(about, dict):
        raise InputError("must hold keys and values", file=path, line=1)
    for key in about:
        if key not in _KEYS:
            raise InputError(f"unknown key {key!r}", file=path, line=_line_of(path, str(key)),
                             suggestion=did_you_mean(str(key), _KEYS))
    for key in ("id", "title", "projection"):
        if not about.get(key):
            raise InputError(f"key {key!r} is missing", file=path, line=1)
    if about.get("schema", SCHEMA) != SCHEMA:
        raise InputError(f"schema is {about['schema']!r}", file=path, line=_line_of(path, "schema"),
                         suggestion=f"this version reads {SCHEMA}")
    if not isinstance(about["title"], dict):
        raise InputError("title must have a text per language", file=path, line=_line_of(path, "title"),
                         suggestion="title: {fr: ..., en: ...}")
    if about["projection"] not in PROJECTIONS:
        hint = did_you_mean(str(about["projection"]), PROJECTIONS)
        raise InputError(f"unknown projection {about['projection']!r}", file=path,
                         line=_line_of(path, "projection"), suggestion=hint or ", ".join(PROJECTIONS))
    return about


def _line_of(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((k for k, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)


def _projection(about: dict[str, Any], places: Table, path: Path) -> Projection | None:
    """The function from degrees to metres, or None when the places are given in metres on a plain map."""
    if about["projection"] == "lambert93":
        return projections.lambert93
    if about["projection"] == "plain":
        return None
    if "centre" in about:
        centre = about["centre"]
        numbers = isinstance(centre, list) and all(isinstance(value, int | float) for value in centre)
        if not numbers or len(centre) != 2:
            raise InputError("centre must be two numbers", file=path, line=_line_of(path, "centre"),
                             suggestion="centre: [latitude, longitude]")
        return projections.local(*map(float, centre))
    return projections.local(float(places.numbers("lat").mean()), float(places.numbers("lon").mean()))


def _read_places(table: Table, zone_table: Table, codes: list[str], project: Projection | None) -> Places:
    row_of = {code: row for row, code in enumerate(codes)}
    zone = np.empty(len(table.rows), np.int16)
    for row, code in enumerate(table.filled("zone")):
        if code not in row_of:
            raise table.fail(row, f"zone {code!r} is not in {zone_table.path.name}", _meant(code, codes))
        zone[row] = row_of[code]
    raw = table.numbers("population", low=0.0)
    official = zone_table.numbers("population", above=0.0)
    found = np.bincount(zone, raw, len(codes))
    if found.min() <= 0:
        empty = int(found.argmin())
        raise zone_table.fail(empty, f"zone {codes[empty]!r} has no place with people in {table.path.name}")
    population = raw * (official / found)[zone]
    x, y = _coordinates(table, project)
    if "radius_m" in table:
        radius = table.numbers("radius_m", low=0.0)
    else:
        radius = footprint_radius_m(x, y, population)
    return Places(tuple(table.filled("name")), x, y, population, radius, zone)


def _meant(code: str, codes: list[str]) -> str | None:
    """The nearest code; a leading zero lost by a spreadsheet is the usual cause."""
    padded = next((c for c in codes if c.lstrip("0") == code.lstrip("0")), None)
    return f"did you mean {padded!r}?" if padded else did_you_mean(code, codes)


def _coordinates(table: Table, project: Projection | None) -> tuple[np.ndarray, np.ndarray]:
    if "x_m" in table or project is None:
        return table.numbers("x_m"), table.numbers("y_m")
    lat, lon = table.numbers("lat", low=-90.0), table.numbers("lon", low=-180.0)
    for row in np.flatnonzero((lat > 90.0) | (lon > 360.0)):
        raise table.fail(int(row), f"lat {lat[row]:g}, lon {lon[row]:g} is not a point on Earth in degrees")
    return project(lat, lon)


def _centres(places: Places, n_zones: int) -> tuple[np.ndarray, np.ndarray]:
    people = np.bincount(places.zone, places.population, n_zones)
    x, y = (np.bincount(places.zone, places.population * values, n_zones) / people
            for values in (places.x_m, places.y_m))
    return x, y


def _read_zones(table: Table, codes: list[str], places: Places) -> Zones:
    name = table.filled("name")
    region = table.texts("region", default=name)
    market = table.texts("labour_market", default=codes)
    market_rows = {label: row for row, label in enumerate(dict.fromkeys(market))}
    x, y = _centres(places, len(codes))
    known = {*_ZONE_TEXTS, *_ZONE_NUMBERS}
    return Zones(
        tuple(codes), tuple(name), tuple(region), tuple(table.texts("region_before", default=region)),
        np.array([market_rows[label] for label in market], np.int16), x, y,
        table.numbers("area_km2", above=0.0), table.numbers("population", above=0.0), _seats(table, places),
        {column: table.numbers(column) for column in table.header if column not in known})


def _seats(table: Table, places: Places) -> np.ndarray:
    """Row of each zone's seat: the place named in the table, the most populated one where none is named."""
    seats = np.empty(len(table.rows), np.int32)
    for zone, wanted in enumerate(table.texts("seat", default=[""] * len(table.rows))):
        here = np.flatnonzero(places.zone == zone)
        if wanted:
            names = [places.name[row] for row in here]
            if wanted not in names:
                raise table.fail(zone, f"seat {wanted!r} is not a place of this zone",
                                 did_you_mean(wanted, names))
            here = here[[name == wanted for name in names]]
        seats[zone] = here[places.population[here].argmax()]
    return seats


def _read_sites(table: Table, codes: list[str], places: Places,
                project: Projection | None) -> tuple[Site, ...]:
    ids, labels, leads = table.unique("id"), table.filled("label"), table.filled("lead")
    themes, states, sets, dates = (table.texts(column, default=[""] * len(ids))
                                   for column in ("theme", "status", "sets", "label_date"))
    keys = zip(places.name, places.zone.tolist(), strict=True)
    rows = {key: row for row, key in reversed(list(enumerate(keys)))}       # of two namesakes, the first
    sites = []
    for row, text in enumerate(table.filled("members")):
        parts = [part.strip() for part in text.split(";")]
        members = [_member(table, row, part, codes, places, rows, project) for part in parts]
        lead = next((k for k, member in enumerate(members) if member[0] == leads[row]), None)
        if lead is None:
            raise table.fail(row, f"lead {leads[row]!r} is not among the members",
                             did_you_mean(leads[row], [member[0] for member in members]))
        members.insert(0, members.pop(lead))
        _, zone, x, y = members[0]
        sites.append(Site(ids[row], labels[row], leads[row], themes[row], states[row], zone, x, y,
                          tuple(members), frozenset(sets[row].split()), _month(table, row, dates[row])))
    return tuple(sites)


def _member(table: Table, row: int, text: str, codes: list[str], places: Places,
            rows: dict[tuple[str, int], int], project: Projection | None) -> tuple[str, int, float, float]:
    """``name|zone`` for a place of the territory, else ``name|zone|lat|lon`` (``|x|y`` on a plain map)."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) not in (2, 4):
        raise table.fail(row, f"member {text!r} is not name|zone or name|zone|lat|lon")
    name, code = parts[:2]
    if code not in codes:
        raise table.fail(row, f"member {name!r}: unknown zone {code!r}", _meant(code, codes))
    zone = codes.index(code)
    if len(parts) == 2:
        place = rows.get((name, zone))
        if place is None:
            raise table.fail(row, f"member {name!r} is not a place of zone {code!r}",
                             did_you_mean(name, [n for n, z in rows if z == zone]))
        return name, zone, float(places.x_m[place]), float(places.y_m[place])
    try:
        first, second = float(parts[2]), float(parts[3])
    except ValueError:
        raise table.fail(row, f"member {text!r}: coordinates are not numbers") from None
    x, y = (first, second) if project is None else project(first, second)
    return name, zone, float(x), float(y)


def _month(table: Table, row: int, date: str) -> int | None:
    """``2014-11-12`` or ``2014-11`` as year*12 + (month-1)."""
    if not date:
        return None
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(-\d\d)?", date)
    if match is None:
        raise table.fail(row, f"label_date {date!r} is not a date", "write 2014-11-12")
    return int(match[1]) * 12 + int(match[2]) - 1


def _digest(projection: str, places: Places, zones: Zones, sites: tuple[Site, ...]) -> str:
    """Digest of what can change a run: exact bytes of every array, every name, every site."""
    out = hashlib.blake2b(projection.encode(), digest_size=16)
    for part in (places, zones):
        for field in fields(part):
            value = getattr(part, field.name)
            items = sorted(value.items()) if isinstance(value, dict) else [(field.name, value)]
            for name, item in items:
                data = item.tobytes() if isinstance(item, np.ndarray) else "\x1f".join(item).encode()
                out.update(f"\x1e{name}\x1f{len(data)}\x1f".encode() + data)
    for site in sites:
        out.update(repr((site.id, site.label, site.lead, site.theme, site.status, site.zone, site.members,
                         sorted(site.sets), site.label_month)).encode())
    return out.hexdigest()


def zone_of(level: str, name: str, zones: Zones) -> int:
    """Zone in which the hub of a zone or of a region stands: in a region, that where most people live."""
    if level == "zone":
        return int(zones.code.index(name))
    regions = zones.region if level == "region" else zones.region_before
    rows = [z for z, region in enumerate(regions) if region == name]
    return max(rows, key=lambda z: (zones.population[z], -z))
