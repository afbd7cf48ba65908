"""What cannot be done is said in the reader's language, wherever it was raised."""

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


def test_a_refusal_crosses_processes_and_keeps_both_languages():
    error = Refusal("no_policy", name="paris", hint=near("paris", ["paris_only"]))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Refusal
    assert str(again) == "this sweep has no policy 'paris': did you mean 'paris_only'?"
    assert text_of(again, "fr") == "ce plan n'a pas de politique 'paris' : vouliez-vous dire 'paris_only' ?"
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
