"""Documents say what the code does: generated tables, commands, links."""

import re
import tomllib
from pathlib import Path

from sim import odd
from sim.cli import VERBS
from sim.levers import KINDS
from sim.params import PARAMETERS, SWITCHES

ROOT = Path(__file__).resolve().parents[1]


def test_tables_of_the_odd_are_up_to_date():
    assert odd.page() == odd.ODD.read_text(encoding="utf-8"), "run: python -m sim.odd"


def test_the_page_of_parameters_is_up_to_date():
    """Each with its unit, bounds, tier and source; what has no source says so, and is counted."""
    page = odd.REFERENCE.read_text(encoding="utf-8")
    assert odd.reference() == page, "run: python -m sim.odd"
    # "assumption: two people know some hundred firms" is one too; reports count the same
    assert f"{len(PARAMETERS)} numbers, of which {odd.assumptions()} rest on an assumption" in page
    assert odd.assumptions() == sum("assumption" in p.source.split()[0] for p in PARAMETERS.values())
    for name in (*PARAMETERS, *SWITCHES):
        assert page.count(f"| `{name}` |") == 1, name
    assert [p.name for p in PARAMETERS.values() if not (p.source.strip() and p.meaning.strip() and p.unit)] == []


# What ODD (Grimm et al. 2020) and ODD+D (Müller et al. 2013) ask for: chapters, then the elements of design concepts.
CHAPTERS = ("Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling",
            "Design concepts", "Initialisation", "Input data", "Submodels")
ELEMENTS = ("Theoretical and empirical background", "Individual decisions", "Learning", "Individual sensing",
            "Individual prediction", "Interaction", "Collectives", "Heterogeneity", "Stochasticity",
            "Adaptation, objectives and emergence", "Observation", "Implementation")


def test_the_description_has_every_element_of_odd_d():
    text = odd.ODD.read_text(encoding="utf-8")
    chapters = re.findall(r"^## \d\. (.+)$", text, re.M)
    assert tuple(chapters[: len(CHAPTERS)]) == CHAPTERS
    concepts = text.split("## 4. Design concepts")[1].split("## 5.")[0]
    assert [name for name in ELEMENTS if not re.search(rf"^\*\*{name}\.\*\* \S", concepts, re.M)] == []
    assert [name for name in re.findall(r"`((?:docs|calibration|sim|scenarios|tests)/[\w/.-]+)`", text)
            if not any((base / name).exists() for base in (ROOT, ROOT / "sim"))] == []


def test_readme_starts_with_its_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```sh\n(.*?)\n```", text, re.S)
    assert commands[0] == "python -m pip install -e . && python run.py compare"
    assert commands[1] == 'python -m pip install -e ".[dev]" && python -m pytest'


def test_readme_names_verbs_and_files_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r"python run\.py ([a-z]+)", text))
    assert verbs
    assert verbs <= set(VERBS)
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("http") or (ROOT / link).exists(), link


def test_the_french_readme_is_kept_in_step():
    """Same commands in the same order, same pages, each in its language, same number of sections and of rows."""
    english, french = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.fr.md"))
    for pattern in (r"```sh\n(.*?)\n```", r"`(python run\.py [^`]+)`"):
        assert re.findall(pattern, english, re.S) == re.findall(pattern, french, re.S)
    assert not re.findall(r"\.(?:student|teacher|worksheet)\.fr\.", english)
    assert not re.findall(r"\.(?:student|teacher|worksheet)\.en\.", french)
    links = [set(re.findall(r"\]\(([^)#]+)\)", text)) for text in (english, french)]
    assert [link for link in links[1] if not link.startswith("http") and not (ROOT / link).exists()] == []
    same = [{link.replace(".fr.", ".en.") for link in each} for each in links]
    assert same[0] - {"README.en.md"} == same[1] - {"README.md"}
    for mark in (r"^## ", r"^\|", r"^!\["):
        assert len(re.findall(mark, english, re.M)) == len(re.findall(mark, french, re.M))


def test_one_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    from sim import __version__

    assert __version__ == version
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_table_of_scenarios_names_files_and_every_lever():
    text = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    files = [name for name in re.findall(r"`((?:studies/)?[\w*]+\.yaml)`", text) if name != "my_policy.yaml"]
    assert len(set(files)) > 15
    assert [name for name in files if not list((ROOT / "scenarios").glob(name))] == []
    assert set(KINDS) - set(re.findall(r"`(\w+)`", text)) == set()
