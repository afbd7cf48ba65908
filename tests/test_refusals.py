"""What cannot be done is said in the reader's language, wherever it was raised."""

import ast
import pickle
import re
import string
from pathlib import Path

import pytest

from sim import cli
from sim.refusals import REFUSALS, Phrase, Refusal, near, refusal, text_of

ROOT = Path(__file__).parents[1]
CODE = "\n".join(path.read_text("utf-8") for path in (ROOT / "sim").rglob("*.py") if path.name != "refusals.py")


def fields_of(pattern: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(pattern) if name})


@pytest.mark.parametrize("key", REFUSALS)
def test_both_languages_say_the_same(key):
    said = REFUSALS[key]
    assert said.keys() == {"en", "fr"}
    assert fields_of(said["en"]) == fields_of(said["fr"])
    assert not re.search(r"[^\s ][:;?!](\s|$)", said["fr"].replace("SLURM", "")), "French puts a space before these"
    assert f'"{key}"' in CODE, "no code says this"


def test_every_refusal_names_a_sentence_of_the_table():
    """A refusal with a sentence in place of a key would fail where it is raised, which few tests reach."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "sim").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    kinds = {"Refusal"}
    for _ in range(3):  # classes of classes
        kinds |= {c.name for c in nodes if isinstance(c, ast.ClassDef)
                  and any(isinstance(b, ast.Name) and b.id in kinds for b in c.bases)}
    raised = [r.exc for r in nodes if isinstance(r, ast.Raise) and isinstance(r.exc, ast.Call)]
    says_itself = {"Damaged"}  # takes a path, and holds its key
    ours = [c for c in raised if isinstance(c.func, ast.Name) and c.func.id in kinds - says_itself and c.args]
    assert len(ours) > 50
    keys = [c.args[0].value if isinstance(c.args[0], ast.Constant) else ast.unparse(c) for c in ours]
    assert [key for key in keys if key not in REFUSALS] == []


def test_a_refusal_crosses_processes_and_keeps_both_languages():
    error = Refusal("no_policy", name="paris", hint=near("paris", ["paris_only"]))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Refusal
    assert str(again) == "this sweep has no policy 'paris': did you mean 'paris_only'?"
    assert text_of(again, "fr") == "ce balayage n'a pas de politique 'paris' : vouliez-vous dire 'paris_only' ?"
    assert text_of(OSError("x"), "fr") == "x"


def test_nothing_near():
    assert near("zzzz", ["paris_only"]).text("en") == ""
    assert near("zzzz", ["a"], Phrase(" (a)", " (un a)")).text("fr") == " (un a)"
    assert refusal("no_verb", "fr", name="x", hint=Phrase("", "")) == "pas de verbe 'x'"


def test_the_command_line_speaks_the_language_that_was_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QUARTIERS_LANG", "fr")
    (tmp_path / "notes.txt").write_text("mine")
    asked = [
        (["compare", "--quick", "--out", str(tmp_path)], "contient des fichiers mais pas de résultats de Quartiers"),
        (["compar"], "pas de verbe 'compar' : vouliez-vous dire 'compare' ?"),
        (["new", "1"], "'1' n'est pas un nom"),
        (["report", str(tmp_path)], "introuvable ; lancez `compare`"),
        (["compare", "--lang=en", "--quick", "--out", str(tmp_path)], "error: "),
    ]
    for arguments, said in asked:
        assert cli.run(arguments) == 2
        assert said in capsys.readouterr().err
