"""The evaluation game: its figures are those of the laboratory, and show what the game is played for."""

import re
import string
from types import SimpleNamespace

import numpy as np
import pytest

from sim import cli
from sim.evaluation import designs
from sim.evaluation.estimate import NotEstimable, with_interval
from sim.evaluation.told import Told
from sim.paths import scenarios_dir
from sim.teaching import game, pages

WORLDS = 8


@pytest.fixture(scope="module")
def rows():
    return game.read()


def of(rows, policy, design):
    return rows[(rows["policy"] == policy) & (rows["design"] == design)]


def test_every_policy_and_design_in_every_world(rows):
    told = game.content(rows)["told"]
    assert list(told) == list(game.POLICIES)
    everywhere = {"before_after", "did", "did_far", "matched", "synthetic"}
    assert set(told["fifteen_metropoles"]) == set(told["fifteen_historical"]) == everywhere
    assert set(told["lottery_departements"]) == everywhere | {"lottery"}
    assert set(told["threshold_call"]) == everywhere | {"discontinuity"}
    assert {len(worlds) for of_policy in told.values() for worlds in of_policy.values()} == {WORLDS}


def test_bias_is_selection_and_spillover(rows):
    assert (rows["estimate"] - rows["truth"]).to_numpy() == pytest.approx(
        (rows["selection"] + rows["interference"]).to_numpy(), abs=0.003
    )
    assert (rows["low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["high"]).all()


def test_what_the_game_is_played_for(rows):
    """Simple comparisons praise the fifteen too much, nearly always; a lottery tells the truth on average."""
    for design, least in (("before_after", WORLDS), ("did", WORLDS), ("did_far", WORLDS - 1)):
        here = of(rows, "fifteen_metropoles", design)
        assert (here["estimate"] > 1.25 * here["truth"]).sum() >= least
    drawn = of(rows, "lottery_departements", "lottery")
    assert abs((drawn["estimate"] - drawn["truth"]).mean()) < 0.25 * drawn["truth"].mean()


def test_the_figures_are_those_of_the_page_of_the_laboratory(rows):
    text = (scenarios_dir().parent / "sim" / "docs" / "evaluation.md").read_text(encoding="utf-8")
    here = of(rows, "fifteen_metropoles", "did")
    assert f"| differences in differences | {here['estimate'].mean():.1f} |" in text
    assert f"| {here['truth'].mean():.2f} |" in text


def test_figures_of_worlds_known_by_hand(monkeypatch):
    told = Told(with_interval(12.0, 1.0, 3, 3), 9.0, 2.5)

    def refuse(case):
        raise NotEstimable("no")

    made = [SimpleNamespace(id=name, run=refuse if name == "lottery" else lambda case: told) for name in game.DESIGNS]
    monkeypatch.setattr(designs, "DESIGNS", made)
    found = game.figures_of({policy: [SimpleNamespace(seed=4, net=1.5)] for policy in game.POLICIES})
    assert len(found) == len(game.POLICIES) * (len(game.DESIGNS) - 1)
    row = found.iloc[0]
    assert (row["seed"], row["estimate"], row["truth"], row["net"]) == (4, 12.0, 9.0, 1.5)
    assert row["selection"] == 2.5
    assert row["interference"] == pytest.approx(0.5)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96, abs=0.01)
    assert np.isfinite(found[list(game.FIGURES)].to_numpy()).all()


def test_the_page_is_closed_and_up_to_date():
    for language in pages.LANGUAGES:
        text = game.render(language)
        assert re.findall(r"(?:src|href)=", text) == []
        assert "fetch(" not in text
        assert re.findall(r"(?:https?|wss?|ftp)://", text) == []
        kept = scenarios_dir() / "lessons" / "pages" / f"game.{language}.html"
        assert kept.read_text(encoding="utf-8") == text, "run: python run.py lesson game --out scenarios/lessons/pages"


def test_words_of_the_game():
    tables = {language: pages.words(language, "game") for language in pages.LANGUAGES}
    assert list(tables["fr"]) == list(tables["en"])
    for key in tables["fr"]:
        fields = [{name for _, name, _, _ in string.Formatter().parse(tables[lang][key])} for lang in ("fr", "en")]
        assert fields[0] == fields[1], key
    wanted = [f"{kind}_{name}{more}" for kind, names in (("policy", game.POLICIES), ("design", game.DESIGNS))
              for name in names for more in ("", "_how")]  # fmt: skip
    assert [name for name in wanted if name not in tables["fr"]] == []


def test_the_command_builds_the_game(tmp_path, capsys):
    assert cli.run(["lesson", "game", "--lang", "fr", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["game.fr.html"]
    assert str(tmp_path / "game.fr.html") in capsys.readouterr().out
