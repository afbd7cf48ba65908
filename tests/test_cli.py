"""The command line: what it says, where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import string
import subprocess
import sys
from pathlib import Path

import fixtures_comparison
import pytest

from sim import cli
from sim.commands import launching
from sim.commands.words import WORDS
from sim.experiments.store import RunStore
from sim.paths import scenarios_dir

ROOT = Path(__file__).parents[1]
HEAVY = {"numpy", "pandas", "numba", "matplotlib", "pyarrow", "pydantic", "scipy", "mesa", "rich"}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty working folder, English, and workers that write series without simulating."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTIERS_LANG", "en")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    monkeypatch.delenv("QUARTIERS_RESULTS", raising=False)
    monkeypatch.setattr(launching, "SHARD_FUNCTION", "shard_functions:national")
    monkeypatch.setattr(launching, "WARM_FUNCTION", None)
    return tmp_path


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


# --- help


@pytest.mark.parametrize("arguments", [["--help"], ["compare", "--help"], ["describe", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys; from sim import cli; code = cli.run(sys.argv[1:]);"
        "print(code, *(set(sys.modules) & set(sys.stdin.read().split())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=" ".join(HEAVY), capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "0", done.stderr


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_shows_two_examples(verb, capsys):
    assert cli.run([verb, "--help"]) == 0
    text = capsys.readouterr().out
    examples = [line for line in text.splitlines() if line.startswith(f"    python run.py {verb}")]
    assert len(examples) == 2


def test_every_sentence_has_both_languages_and_the_same_values():
    for key, sentence in WORDS.items():
        fields = {lang: {name for _, name, _, _ in string.Formatter().parse(text)} for lang, text in sentence.items()}
        assert set(fields) == {"en", "fr"}, key
        assert fields["en"] == fields["fr"], key


# --- errors


def test_an_unknown_verb_is_a_usage_error_with_a_suggestion(capsys):
    assert cli.run(["comprae"]) == 2
    assert "did you mean 'compare'?" in capsys.readouterr().err


def test_a_wrong_file_is_told_by_line_without_traceback(desk, capsys):
    file = write(desk / "mine.yaml", "schema: scenario/1\nid: mine\nextends: paris_only.yaml\nhubs: {footprnt: 3 km}\n")
    for arguments in (["check", file], ["run", file]):
        assert cli.run(arguments) == 2
        told = capsys.readouterr()
        assert re.search(r"mine\.yaml:4:\d+: error\[E-", told.out + told.err)
        assert "footprint" in told.out + told.err
        assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "options",
    [["--seeds", "999999999999"], ["--months", "999999999999"], ["--jobs", "999999999999"], ["--cell-km", "inf"],
     ["--cell-km", "nan"]],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["compare", "run"])
def test_a_number_beyond_reason_is_a_usage_error(desk, capsys, verb, options):
    assert cli.run([verb, "paris_only", *options]) == 2
    shown = capsys.readouterr().err
    assert options[0] in shown
    assert "Traceback" not in shown


def test_unequal_money_is_not_comparable_unless_accepted(desk, capsys):
    write(desk / "rich.yaml", "schema: scenario/1\nid: rich\ntitle: {fr: r, en: r}\nextends: fifteen_metropoles.yaml\n"
          "budget: {total: 430 MEUR}\n")  # fmt: skip
    assert cli.run(["compare", "paris_only", "rich.yaml", "-q"]) == 5
    assert "430 MEUR" in capsys.readouterr().err
    from sim.commands.compare import read_study

    accepted = read_study(
        ["paris_only", "rich.yaml"], {"equal_cost.otherwise": "report_both"}, seeds=None, quick=False, lang="en"
    )
    assert [arm.id for arm in accepted.arms] == ["paris_only", "rich"]
    assert accepted.question == {"en": "Paris only or r?", "fr": "Paris seul ou r ?"}


def test_a_bug_of_ours_shows_its_traceback_and_how_to_report_it(desk, capsys, monkeypatch):
    monkeypatch.setattr("sim.experiments.provenance.environment", lambda: 1 / 0)
    assert cli.run(["version"]) == 1
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "version --json" in told


def test_a_cache_folder_that_cannot_be_written_is_a_clear_usage_error(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    done = subprocess.run(
        [sys.executable, "run.py", "version"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(blocked)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "NUMBA_CACHE_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback_of_an_error_of_the_user(desk, capsys):
    assert cli.run(["check", "nowhere.yaml"]) == 2
    assert cli.run(["run", "nowhere.yaml", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_stops_reading_is_no_error():
    command = f"{sys.executable} run.py describe parameters | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# --- files


def test_what_show_prints_is_the_same_scenario(desk, capsys):
    from sim.scenario import load_scenario

    for name in ("paris_only", "fifteen_metropoles", "departements_per_head"):
        assert cli.run(["show", name]) == 0
        shown = capsys.readouterr().out
        assert re.search(r"total: 215 MEUR +# .*envelope\.yaml:\d+", shown)
        file = write(desk / f"{name}_shown.yaml", shown)
        assert load_scenario(file).digest == load_scenario(name).digest


def test_show_as_json_gives_every_value_its_origin(desk, capsys):
    assert cli.run(["show", "paris_only", "--set", "money.discount_rate=0.025", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["money.discount_rate"] == {"value": 0.025, "origin": "--set money.discount_rate=0.025"}
    assert values["hubs.where.set"]["origin"].endswith("paris_only.yaml:8:29")


def test_codes_keep_their_quotes(desk, capsys):
    file = write(desk / "mine.yaml", "schema: scenario/1\nid: mine\ntitle: {fr: m, en: m}\nextends: paris_only.yaml\n"
                 'hubs: {where: {level: zone, codes: ["01", "2A", "29"]}}\n')  # fmt: skip
    assert cli.run(["show", file]) == 0
    assert 'codes: ["01", "2A", "29"]' in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["scenario", "study", "sweep"])
def test_a_new_file_is_valid_and_nothing_is_overwritten(desk, capsys, kind):
    assert cli.run(["new", "my_idea", "--kind", kind]) == 0
    assert capsys.readouterr().out.strip() == "my_idea.yaml"
    assert cli.run(["check", "my_idea.yaml"]) == 0
    before = (desk / "my_idea.yaml").read_bytes()
    assert cli.run(["new", "my_idea", "--kind", kind]) == 2
    assert (desk / "my_idea.yaml").read_bytes() == before


@pytest.mark.parametrize("base", ["envelope", "paris_only", "ireland/envelope.yaml"])
def test_a_new_file_is_valid_whatever_its_base(desk, capsys, base):
    base = base if "/" not in base else str(scenarios_dir() / base)
    assert cli.run(["new", "mine", "--from", base]) == 0
    text = (desk / "mine.yaml").read_text("utf-8")
    assert "#     when: {from: 2015-01, to: 2017-12}" in text
    assert cli.run(["check", "mine.yaml"]) == 0


def test_the_examples_of_a_new_file_are_valid_too(desk, capsys):
    assert cli.run(["new", "mine", "--from", "envelope"]) == 0
    text = (desk / "mine.yaml").read_text("utf-8")
    head, examples = text.split("# levers:")
    body = [line.removeprefix("# ") for line in ("# levers:" + examples).splitlines()]
    lines = [line for line in body if re.match(r" *[a-z_]+:( |$)", line) and "'" not in line]  # sentences left out
    write(desk / "mine.yaml", head + "\n".join(lines) + "\n")
    assert cli.run(["check", "mine.yaml"]) == 0
    from sim.scenario import load_scenario

    lever = next(each for each in load_scenario("mine.yaml").levers if each.name == "procurement")
    assert (lever.first, lever.last) == (2015 * 12, 2017 * 12 + 11)


def test_another_world_is_told_at_its_line_and_is_a_usage_error(desk, capsys):
    write(desk / "state_pays.yaml", "schema: scenario/1\nid: state_pays\ntitle: {fr: e, en: s}\n"
          "extends: paris_only.yaml\nmoney: {cofunding: {share: 0 %}}\n")  # fmt: skip
    assert cli.run(["compare", "state_pays.yaml", "-q", "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert "state_pays.yaml:5:28: error[E-world]" in told
    assert "--set money.cofunding.share=..." in told
    assert "arms=" not in told


def test_diff_says_when_the_cost_of_a_relief_is_known(desk, capsys):
    assert cli.run(["diff", "baseline", "angel_tax", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"\n  total +0 EUR +told after the run\n", told)
    assert re.search(r"\n  angel_tax +- +told after the run\n", told)
    assert "one of the two spends nothing new" in told
    assert cli.run(["diff", "baseline", "angel_tax", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["money"][1]["by_lever_eur"] == {"angel_tax": None}


def test_money_is_said_unpaid_only_where_it_is(desk):
    from sim.scenario import load_scenario

    file = write(desk / "short.yaml", "schema: scenario/1\nid: short\ntitle: {fr: c, en: s}\nextends: envelope.yaml\n"
                 "hubs: {where: {level: site, set: paris}}\nlevers:\n"
                 + "".join(f"  {name}: {{when: {{from: 2014-01, to: 2015-12}}}}\n"
                           for name in ("animation", "brand", "floor"))
                 + "  accelerator: {when: {from: 2014-01, to: 2017-12}}\n")  # fmt: skip
    assert load_scenario(file, overrides={"time.end": "2017-12"}).notes == ()
    (note,) = load_scenario(file, overrides={"time.end": "2015-12"}).notes
    assert note.text("en") == "the run stops in 2015-12; 20 % of the budget would be paid later"


def test_diff_tells_the_place_and_keeps_the_euros(desk, capsys):
    assert cli.run(["diff", "paris_only", "one_hub_per_departement", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["differences"]] == ["hubs.where"]
    assert told["cause"] == "cause_place"
    assert [len(each["hubs"]) for each in told["money"]] == [1, 96]
    assert [sum(each["by_zone_eur"].values()) for each in told["money"]] == pytest.approx([215e6 * 1.5] * 2)
    assert [each["by_lever_eur"]["floor"] for each in told["money"]] == pytest.approx([0.4 * 215e6 * 1.5] * 2)


def test_diff_shows_the_zones_whose_euros_differ_in_the_language_asked_for(desk, capsys):
    assert cli.run(["diff", "paris_only", "fifteen_metropoles", "--lang", "fr"]) == 0
    told = capsys.readouterr().out
    assert "seul le lieu diffère" in told
    assert re.search(r"\n  par zone +paris_only +fifteen_metropoles\n", told)
    assert re.search(r"\n  75 Paris +322\.5 MEUR +-\n", told)


def test_describe_a_lever_says_when_it_acts_and_who_pays(desk, capsys):
    from sim.levers import KINDS

    pages = []
    for name in ("foreign_links", KINDS["foreign_links"].number):
        assert cli.run(["describe", name]) == 0
        pages.append(capsys.readouterr().out)
    words = ("when: {from: 2015-01, to: 2017-12}", "build_time", "money.cofunding", "fixed for every lever")
    assert all(word in pages[0] for word in words)
    assert pages[0] in pages[1]  # by the number of the table too


def test_describe_lists_what_is_declared(desk, capsys):
    from sim.params import PARAMETERS

    assert cli.run(["describe", "parameters", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(PARAMETERS)
    assert cli.run(["describe", "founding.base_hazrd"]) == 2
    assert "founding.base_hazard" in capsys.readouterr().err
    for topic in ("switches", "levers", "processes", "outputs", "state", "sets", "designs", "errors"):
        assert cli.run(["describe", topic]) == 0
        assert len(capsys.readouterr().out.splitlines()) > 3


# --- runs


def test_run_prints_results_and_a_second_call_makes_no_run(desk, capsys):
    assert cli.run(["run", "paris_only", "--seeds", "2", "--months", "24", "--json", "--profile"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["year"] for row in told["national"]] == [2013, 2014]
    assert told["national"][1]["jobs"]["mean"] == 151.0
    assert told["seconds"] == {"growth": 0.25}

    launching.SHARD_FUNCTION = "shard_functions:no_such_function"  # would fail if it were called
    assert cli.run(["run", "paris_only", "--seeds", "2", "--months", "24", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["national"] == told["national"]


def test_more_seeds_go_to_the_same_folder(desk, capsys):
    assert cli.run(["run", "paris_only", "--months", "24", "-q"]) == 0
    assert cli.run(["run", "paris_only", "--months", "24", "--seeds", "3", "-q", "--lang", "fr"]) == 0
    told = capsys.readouterr()
    assert "emplois" in told.out
    assert [folder.name for folder in (desk / "results").iterdir()] == [re.search(r"\((.*), n = 3", told.out)[1]]
    assert "simulations" not in told.err


def test_damage_here_and_in_a_neighbour_is_told_and_mended(desk, capsys):
    command = ["run", "paris_only", "--seeds", "2", "--jobs", "1", "-q", "--out"]
    assert cli.run([*command, "results/here"]) == 0
    bad = sorted((desk / "results/here/parts/series").glob("*.parquet"))[0]
    bad.write_bytes(bad.read_bytes()[:-9])
    capsys.readouterr()
    assert cli.run([*command, "results/there"]) == 0
    shown = capsys.readouterr().err
    assert shown.count("warning: a run of a neighbouring folder") == 1
    assert str(bad.relative_to(desk)) in shown
    assert cli.run([*command, "results/here"]) == 0
    assert f"damaged or changed since it was written: {bad.relative_to(desk)}" in capsys.readouterr().err
    assert bad.with_name(f"{bad.name}.damaged").is_file()
    assert cli.run([*command, "results/here"]) == 0
    assert "damaged" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}'])
def test_a_broken_manifest_is_a_usage_error_that_says_what_to_do(desk, capsys, text):
    command = ["run", "paris_only", "--seeds", "2", "--jobs", "1", "-q", "--out", "results/here"]
    assert cli.run(command) == 0
    write(desk / "results/here/manifest.json", text)
    for each in (command, ["cite", "results/here"]):
        capsys.readouterr()
        assert cli.run(each) == 2
        shown = capsys.readouterr().err
        assert "results/here/manifest.json" in shown
        assert "rename the folder here" in shown
        assert "Traceback" not in shown


def test_a_failed_run_ends_in_3_and_its_command_repeats_it(desk, capsys, monkeypatch):
    monkeypatch.setattr(launching, "SHARD_FUNCTION", "shard_functions:national_but_seed_2")
    command = ["run", "paris_only", "--months", "24", "--seeds", "3", "--out", "here", "-q"]
    assert cli.run(command) == 3
    told = capsys.readouterr()
    assert "n = 2" in told.out
    assert "1 runs failed" in told.err
    (log,) = (desk / "here" / "logs" / "failures").iterdir()
    repeat = re.search(r"Repeat it with:\n  python run\.py (.*)", log.read_text("utf-8"))[1].split()

    assert cli.run(command) == 3  # present, failed: not tried again by itself
    monkeypatch.setattr(launching, "SHARD_FUNCTION", "shard_functions:national")
    assert cli.run([*repeat, "-q", "--out", "again"]) == 0
    assert set(RunStore(desk / "again").statuses()) == {log.stem}
    assert cli.run([*command, "--retry-failed"]) == 0


def test_another_study_in_the_folder_is_refused(desk, capsys):
    assert cli.run(["run", "paris_only", "--months", "24", "--out", "here", "-q"]) == 0
    assert cli.run(["run", "paris_only", "--months", "36", "--out", "here", "-q"]) == 2
    assert "another study" in capsys.readouterr().err


def test_cite_names_the_runs_of_a_folder(desk, capsys):
    assert cli.run(["run", "paris_only", "--months", "24", "--seeds", "2", "--out", "here", "-q"]) == 0
    capsys.readouterr()
    assert cli.run(["cite", "here"]) == 0
    told = capsys.readouterr().out
    assert "@software{quartiers" in told
    assert re.search(r"study paris_only \([0-9a-f]{8}\), 2 seeds from 1 to 2, model code [0-9a-f]{16}", told)


# --- comparisons


def test_report_prints_the_headline_of_stored_tables(desk, capsys):
    comparison = fixtures_comparison.build()
    comparison.save(desk / "stored" / "tables")
    assert cli.run(["report", "stored", "--lang", "fr"]) == 0
    told = capsys.readouterr().out
    assert (desk / "stored" / "report.fr.html").is_file()
    assert (desk / "stored" / "report.en.html").is_file()
    assert "stored/report.fr.html" in told
    assert "Coût/emploi net" in told
    assert "Euros/pôle" in told
    assert "intervalle de simulation" in " ".join(told.split())
    assert "Verdicts" in told

    assert cli.run(["report", "stored", "--json"]) == 0
    arms = {row["arm"]: row for row in json.loads(capsys.readouterr().out)["arms"]}
    assert list(arms) == comparison.arms.loc[~comparison.arms["is_reference"], "arm"].tolist()
    tables = (comparison.effects, comparison.cost)
    effects, cost = (table[table["year"] == comparison.meta["headline"]] for table in tables)
    wanted = effects[effects["outcome"] == "jobs"].set_index("arm")["mean"]
    assert {arm: row["net_jobs"]["mean"] for arm, row in arms.items()} == wanted.to_dict()
    defined = cost.set_index("arm")["defined"].to_dict()
    assert {arm: row["eur_per_net_job"] is not None for arm, row in arms.items()} == defined


def test_the_same_runs_and_code_are_not_compared_twice(desk):
    from sim.commands.compare import write_reports, written_before

    made_of = {"plan": "0a1b", "finished": 8, "sources": "c0de"}
    comparison = fixtures_comparison.build()
    comparison.meta["made_of"] = made_of
    assert written_before(desk, made_of) is None
    comparison.save(desk / "tables")
    pages = write_reports(comparison, desk)
    found = written_before(desk, made_of)
    assert found is not None
    assert found[1] == pages
    assert written_before(desk, {**made_of, "finished": 9}) is None
    comparison.save(desk / "tables")  # tables renewed by a command that was stopped before its report
    assert written_before(desk, made_of) is None


COMMAND = """
import sys
from sim import cli
from sim.commands import launching
launching.SHARD_FUNCTION, launching.WARM_FUNCTION = "shard_functions:slow_national", None
if __name__ == "__main__":
    cli.main(["run", "paris_only", "--months", "24", "--seeds", "20", "--jobs", "2", "--out", "here"])
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 4)])
def test_a_signal_ends_the_command_with_its_code_and_says_how_to_go_on(desk, name, code):
    script = write(desk / "command.py", COMMAND)
    child = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = ""
    while "10 %" not in told:
        told += child.stderr.readline()
    child.send_signal(signal.Signals[name])
    out, err = child.communicate(timeout=30)
    assert child.returncode == code, err
    kept = re.search(rf"stopped by {name}; (\d+) of 20 runs are kept", err)
    assert 2 <= int(kept[1]) < 20
    assert len(RunStore(desk / "here").statuses()) == int(kept[1])
    assert out == ""
