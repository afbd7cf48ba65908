"""Scenario and study files printed back: shown, compared, made from templates; schemas and sentences."""

import json
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from shipped import RUNNABLE, SCENARIOS

from sim.paths import scenarios_dir
from sim.scenario import (
    FileErrors,
    Message,
    describe,
    load_scenario,
    load_study,
    schema,
    template,
)
from sim.scenario.errors import Problems
from sim.scenario.messages import explanations, sentences
from sim.scenario.reader import read_file
from sim.scenario.show import show

# -- printing back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_what_is_shown_can_be_read_and_means_the_same(path: Path, tmp_path: Path) -> None:
    text = show(path, overrides={"model.parameters.founding.serial_failure": "3", "money.discount_rate": "0.025"})
    copy = tmp_path / "copy.yaml"
    copy.write_text(text, "utf-8")
    changed = {"model.parameters.founding.serial_failure": "3", "money.discount_rate": "0.025"}
    wanted = load_scenario(path, overrides=changed)
    assert load_scenario(copy) == wanted
    assert f"# digest {wanted.digest}" in text


def test_words_that_yaml_would_misread_are_shown_with_quotes(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write('model: {switches: {rents.active: "off"}}\nhubs:\n  where: {level: zone, codes: ["01", "2A"]}\n')
    path.write_text(path.read_text("utf-8").replace('"Essai"', '"true"').replace('"Test"', '"12: a # b"'), "utf-8")
    copy = tmp_path / "copy.yaml"
    copy.write_text(show(path), "utf-8")
    again = load_scenario(copy)
    assert again == load_scenario(path)
    assert again.title == {"fr": "true", "en": "12: a # b"}


def test_every_shown_value_has_its_origin() -> None:
    text = show("paris_only", overrides={"world.w_talent": "50"})
    assert re.search(r"total: 215 MEUR +# envelope\.yaml:\d+\n", text)
    assert re.search(r"where: \{level: site, set: paris\} +# paris_only\.yaml:\d+\n", text)
    assert re.search(r"w_talent: 50 +# --set world\.w_talent=50\n", text)
    groups = re.compile(r"( *)[a-z_]+:|# digest .*")
    assert [line for line in text.splitlines() if "  # " not in line and not groups.fullmatch(line)] == []
    named = re.search(r"discount_rate: 0\.032 +# baseline\.yaml:(\d+)", text)
    assert named is not None
    assert "discount_rate" in (scenarios_dir() / "baseline.yaml").read_text("utf-8").splitlines()[int(named[1]) - 1]


def test_a_study_is_shown_as_a_file_that_means_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(show("default", overrides={"indifference": "1 %"}), "utf-8")
    again, wanted = load_study(copy), load_study("default", overrides={"indifference": "1 %"})
    assert (again.digest, again.seeds, again.question) == (wanted.digest, wanted.seeds, wanted.question)


def test_diff_names_the_cause_and_where_the_euros_go() -> None:
    place = describe.diff("paris_only", "one_hub_per_departement")
    assert [each.path for each in place.differences] == ["hubs.where"]
    assert place.cause.key == "cause_place"
    paris, spread = place.money
    assert (paris.total_eur, paris.hubs) == (322.5e6, ("Paris",))
    assert spread.per_hub_eur is not None
    assert spread.per_hub_eur.tolist() == pytest.approx([322.5e6 / 96] * 96)
    assert describe.diff("paris_only", "paris_own_mix").cause.key == "cause_instruments"
    assert describe.diff("paris_only", "fifteen_own_mix").cause.key == "cause_both"
    assert describe.diff("baseline", "paris_only").cause.key == "cause_reference"
    assert describe.diff("paris_only", "paris_only").differences == ()
    assert describe.diff("one_hub_per_departement", "departements_equalised").cause.key == "cause_payers"


def test_diff_counts_levers_with_places_of_their_own() -> None:
    """Euros by zone are those of hubs and of levers elsewhere; they add up to what is announced."""
    money = describe.diff("paris_plus_fifteen", "hub_and_spoke").money
    for each in money:
        assert each.by_zone_eur is not None
        assert sum(each.by_zone_eur.values()) == pytest.approx(each.total_eur, rel=1e-12)
    assert len(money[1].by_zone_eur) == 96  # type: ignore[arg-type]
    assert money[1].by_zone_eur["48 Lozère"] == pytest.approx(0.2 * 322.5e6 * 76_607 / 63_697_865, rel=0.01)  # type: ignore[index]
    assert money[1].per_hub_eur is not None
    assert money[1].per_hub_eur.sum() == pytest.approx(0.8 * 322.5e6, rel=1e-12)
    assert describe.diff("baseline", "mediation_one_percent").money[1].by_zone_eur
    assert describe.diff("baseline", "random_fifteen").money[1].by_zone_eur is None
    text = describe.diff("paris_plus_fifteen", "hub_and_spoke").text("en")
    assert re.search(r"48 Lozère +- +\d", text)


def test_equalisation_is_in_what_is_announced() -> None:
    plain, equal = describe.diff("one_hub_per_departement", "departements_equalised").money
    assert equal.total_eur == plain.total_eur
    assert 0.8 * plain.local_eur < equal.local_eur < plain.local_eur


def test_diff_shares_money_by_head() -> None:
    money = describe.diff("baseline", "departements_per_head").money[1]
    assert money.per_hub_eur is not None
    assert money.per_hub_eur.sum() == pytest.approx(322.5e6)
    nord, lozere = (money.per_hub_eur[money.hubs.index(name)] for name in ("Nord", "Lozère"))
    assert nord / lozere == pytest.approx(2_595_536 / 76_607, rel=0.01)  # populations of 2013


@pytest.mark.parametrize(("kind", "base"), [("scenario", "paris_only"), ("scenario", "baseline"), ("study", "default")])
def test_templates_mean_the_same_as_their_base(kind: str, base: str, tmp_path: Path) -> None:
    load = load_study if kind == "study" else load_scenario
    for lang in ("en", "fr"):
        path = tmp_path / f"{lang}.yaml"
        path.write_text(template.template(kind, "mine", base, lang), "utf-8")
        made = load(path)
        assert (made.id, made.digest) == ("mine", load(base).digest)


def test_templates_show_examples_that_work(tmp_path: Path) -> None:
    """Each example of the template loads once its # is removed."""
    text = template.template("scenario", "mine")
    examples = [line[2:] for line in text.splitlines() if re.match(r"#   where: ", line)]
    assert len(examples) == 3
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(f"{text}hubs:\n{example}\n", "utf-8")
        assert load_scenario(path).digest != load_scenario("paris_only").digest


# -- schemas, sentences ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", describe.levers("en"))
def test_every_lever_has_an_example_that_works(write: Callable[..., Path], kind: str) -> None:
    """Beside a lever that takes the rest of the budget."""
    example = describe.levers("en")[kind]["example"]
    rest = "100 %" if "share" not in example else "90 %"
    other = f"  rest: {{kind: brand, share: {rest}}}\n"
    removed = "".join(f"  {name}: null\n" for name in ("animation", "brand", "floor", "accelerator") if name != kind)
    own = f"  {example}\n".replace(f"{kind}:", f"mine_{kind}:", 1)
    removed += f"  {kind}: null\n" if kind in ("animation", "brand", "floor", "accelerator") else ""
    scenario = load_scenario(write("levers:\n" + removed + own + other))
    assert {lever.kind for lever in scenario.levers} == {kind, "brand"}


def test_schemas_are_up_to_date() -> None:
    folder = scenarios_dir() / "schema"
    stored = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    assert stored == schema.texts(), "run: python -m sim.scenario.schema"


def test_schemas_accept_what_is_shipped() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    for path in (*SCENARIOS, *(scenarios_dir() / "studies").glob("*.yaml")):
        value = read_file(path, Problems())
        assert value is not None
        plain = json.loads(json.dumps(value.plain()))
        name = plain["schema"].replace("/", "-")
        checker = jsonschema.Draft202012Validator(schema.schemas()[f"{name}.patch.json"])
        assert [error.message for error in checker.iter_errors(plain)] == []
        assert not checker.is_valid(plain | {"budgt": 1})


def fields_of(pattern: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(pattern) if name})


def test_every_sentence_says_the_same_in_both_languages() -> None:
    problems = Problems()
    read_file(Path(describe.__file__).parent / "sentences.yaml", problems)
    assert [error.text("en") for error in problems.errors] == []  # no key twice
    for key, sentence in sentences().items():
        assert fields_of(sentence.en) == fields_of(sentence.fr), key
        assert sentence.en != sentence.fr or key in ("territory", "written", "money_total"), key


def test_every_sentence_is_used_and_every_code_explained() -> None:
    package = Path(describe.__file__).parents[1]
    code = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    made = ("lever_", "term_", "new_", "unknown_", "_name", "_what")  # keys put together from names
    assert [key for key in sentences() if f'"{key}"' not in code and not any(part in key for part in made)] == []
    codes = {sentence.code for sentence in sentences().values() if sentence.code.startswith("E-")}
    assert codes == set(explanations())
    assert all(page.keys() == {"en", "fr"} for page in explanations().values())


def test_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUARTIERS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    message = Message("missing", {"key": "id"})
    assert message.text() == "'id' is missing"
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert message.text() == "il manque « id »"
    monkeypatch.setenv("QUARTIERS_LANG", "en")
    assert message.text() == "'id' is missing"
    assert message.text("fr") == "il manque « id »"


def test_forms_for_machines(write: Callable[..., Path]) -> None:
    with pytest.raises(FileErrors) as caught:
        load_scenario(write("budget: {total: 5}\n"), lang="en")
    told = json.loads(caught.value.render(form="json"))
    assert [(each["code"], each["line"], each["column"], each["path"]) for each in told] == [
        ("E-unit", 5, 17, "budget.total")
    ]
    assert re.fullmatch(
        r"::error file=.*mine\.yaml,line=5,col=17,title=E-unit::budget\.total: 5 has no unit; write it as 5 MEUR",
        caught.value.render(form="github"),
    )
