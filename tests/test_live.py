"""The live page: the same world as every run, changes that act, a server that answers its own page alone."""

import http.client
import json
import struct
import threading

import numpy as np
import pytest

from sim import cli, engine
from sim.commands import teach
from sim.errors import InputError
from sim.scenario import load_scenario
from sim.teaching import live_page, pages
from sim.teaching.live import SHOWN, Choice, Live, places
from sim.teaching.pack import limits_of
from sim.teaching.serve import HEADER, LOOPBACK, Server, packed, typed


@pytest.fixture(scope="module")
def live():
    """A live plain; each test begins by starting it again."""
    return Live(Choice(place="class_plain"))


def usual(live):
    live.choice = Choice(place="class_plain")
    live.restart()
    return live


def test_without_changes_it_is_the_run_of_the_engine(live):
    usual(live).advance(7)
    scenario = load_scenario(places()["class_plain"].plain)
    world = engine.spun_up(scenario, 1)
    engine.advance(world, engine.parameters_of(scenario), 1, scenario.start + 6)
    assert live.world.digest() == world.digest()


def test_a_parameter_acts_from_the_next_month_and_restart_plays_all_with_it(live):
    usual(live).advance(3)
    before = live.world.digest()
    assert not live.change(parameters={"location.walk": 0.7})
    assert live.world.digest() == before
    live.advance(1)
    changed = live.world.digest()
    month = live.world.month
    usual(live).advance(4)
    assert live.world.month == month
    assert live.world.digest() != changed
    live.change(parameters={"location.walk": 0.7})
    live.restart()
    first = live.world.digest()
    usual(live)
    assert live.world.digest() != first  # the spin-up was lived with it too


def test_what_geography_depends_on_starts_again(live):
    usual(live).advance(2)
    assert live.change(parameters={"spillovers.walk_km": 2.0})
    assert live.world.month == live.choice.scenario.start - 1


def test_seed_and_policy_start_again_and_public_money_makes_a_hub(live):
    usual(live).advance(2)
    first = live.world.digest()
    assert live.change(seed=2)
    live.advance(2)
    assert live.world.digest() != first
    assert live.change(policy="one_hub", money=50.0)
    live.advance(24)
    assert live.world.hub.n == 1
    assert live.choice.scenario.budget.total_eur == pytest.approx(50e6)
    assert live.choice.scenario.territory.endswith("class_plain")
    assert live.world.hub.paid_eur.sum() > 0.0


def test_it_stops_at_the_end_of_the_scenario(live):
    usual(live)
    live.world.month = live.choice.scenario.end - 1  # as if the years had passed
    live.advance(12)
    assert live.picture().ended
    assert live.picture().month == live.choice.scenario.end


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"place": "class_plian"}, "class_plain"),
        ({"policy": "one_hbu"}, "one_hub"),
        ({"seed": 0}, "seed"),
        ({"policy": "one_hub", "money": -1.0}, "money"),
        ({"parameters": {"location.wlak": 0.1}}, "location.walk"),
        ({"parameters": {"location.walk": 50.0}}, "0.7"),
        ({"parameters": {"location.walk": float("nan")}}, "0.7"),
        ({"switches": {"rents.active": "perhaps"}}, "perhaps"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(live, change, says):
    usual(live)
    choice, digest = live.choice, live.world.digest()
    with pytest.raises(InputError, match=says):
        live.change(**change)
    assert live.choice == choice
    assert live.world.digest() == digest


@pytest.mark.parametrize("change", [{"seed": "1"}, {"seed": True}, {"parameters": {"location.walk": "1"}},
                                    {"switches": []}, {"place": 3}])  # fmt: skip
def test_types_of_a_change(change):
    with pytest.raises(InputError, match="type"):
        typed(change)


def test_every_map_and_number_of_the_page(live):
    usual(live)
    for layer in live_page.MAPS:
        picture = live.picture(layer)
        assert picture.values.shape == (live.world.cell.n,)
        assert set(picture.numbers) == set(SHOWN)
        assert len(limits_of(np.array([live.top.get((layer, False), 0.0)]), doubling=True)) == 6


def test_rents_rise_since_the_first_month_whenever_one_asks(live):
    usual(live).world.cell.rent *= 1.5  # as if years had passed
    assert live.picture("rent_change").values == pytest.approx(50.0)


def test_worlds_of_the_verb():
    assert {name.removeprefix("class_") for name in places()} == set(teach.WORLDS)
    assert "paris_only" in places()["france"].policies
    assert "baseline" not in places()["france"].policies


def test_everything_of_the_page_has_its_words():
    words = pages.words("fr", "live")
    assert list(words) == list(pages.words("en", "live"))
    wanted = [f"core_{name.replace('.', '_')}" for name in live_page.CORE]
    wanted += [f"map_{name}" for name in live_page.MAPS] + [f"number_{name}" for name in SHOWN]
    wanted += [f"place_{name}" for name in places()] + [f"speed_{name}" for name in live_page.SPEEDS]
    assert [name for name in wanted if name not in words] == []


# --- the server


@pytest.fixture(scope="module")
def server(live):
    made = Server(live, "fr")
    thread = threading.Thread(target=made.serve, args=(5.0,), daemon=True)
    thread.start()
    yield made
    made.desk.ended = True
    thread.join(timeout=10.0)
    assert not thread.is_alive()


def ask(server, body, *, key=None, host=None, path="/picture"):
    connection = http.client.HTTPConnection(LOOPBACK, server.server_address[1], timeout=60.0)
    head = {HEADER: server.key if key is None else key} | ({} if host is None else {"Host": host})
    connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), head)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def unpacked(content):
    (size,) = struct.unpack("<I", content[:4])
    return json.loads(content[4 : 4 + size]), np.frombuffer(content[4 + size :], "<f4")


def test_a_picture_comes_back_as_it_was():
    values = np.array([0.0, 1.5, 1e6])
    header, found = unpacked(packed({"é": 1}, values))
    assert header == {"é": 1}
    assert (found == values).all()


def test_it_listens_on_this_machine_alone(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert server.address.startswith("http://127.0.0.1:")


def test_a_request_moves_the_world(server):
    usual(server.desk.live)
    status, content = ask(server, {"months": 3, "layer": "jobs", "map": ""})
    header, values = unpacked(content)
    assert status == 200
    assert header["month"] == header["first"] + 3
    assert len(values) == len(header["ground"]["squares"]) // 3 == server.desk.live.world.cell.n
    assert values.sum() == header["numbers"]["jobs"]
    header, _ = unpacked(ask(server, {"months": 0, "map": header["map"]})[1])
    assert "ground" not in header
    history = header["history"]
    header, _ = unpacked(ask(server, {"change": {"seed": 3}})[1])
    assert (header["history"], header["choice"]["seed"]) == (history + 1, 3)


@pytest.mark.parametrize(
    "body", [{"months": 1000}, {"months": -1}, {"months": True}, {"layer": "x"}, {"change": {"seed": 0}},
             {"change": {"a": 1}}, [], b"{"]
)  # fmt: skip
def test_a_wrong_request_is_told_and_the_server_goes_on(server, body):
    status, content = ask(server, body)
    assert status == 400
    assert json.loads(content)["error"]
    assert ask(server, {"months": 0})[0] == 200


def test_others_are_refused(server):
    assert ask(server, {}, key="guessed")[0] == 403
    assert ask(server, {}, host="example.org")[0] == 403
    assert ask(server, {}, path="/elsewhere")[0] == 403
    assert ask(server, b" " * 200_000)[0] == 400
    for address, status in (("/", 403), (f"/?key={server.key}x", 403), (f"/?key={server.key}", 200)):
        connection = http.client.HTTPConnection(LOOPBACK, server.server_address[1], timeout=60.0)
        connection.request("GET", address)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == status
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert (server.key in text) == (status == 200)
        connection.close()


def test_it_stops_when_nobody_asks(live):
    made = Server(live, "en")
    made.desk.last -= 120.0
    thread = threading.Thread(target=made.serve, args=(1.0,), daemon=True)
    thread.start()
    thread.join(timeout=30.0)
    assert not thread.is_alive()
    with pytest.raises(OSError, match="."):
        http.client.HTTPConnection(LOOPBACK, made.server_address[1], timeout=1.0).connect()


def test_the_verb_says_where_the_page_is(monkeypatch, capsys):
    monkeypatch.setattr("sim.teaching.serve.Server.serve", lambda self, idle: self.server_close())
    assert cli.run(["teach", "plain", "--no-browser", "--lang", "fr"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"http://{LOOPBACK}:")
    assert "Ctrl-C" in told.err
