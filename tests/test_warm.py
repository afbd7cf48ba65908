"""Compiling once: after it, no other process compiles anything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from llvmlite import binding

from sim.experiments import warm

ROOT = Path(__file__).parents[1]

COUNT = """
import json
from numba.core import event

class Count(event.Listener):
    names = []
    def on_start(self, found): pass
    def on_end(self, found): self.names.append(found.data["dispatcher"].py_func.__qualname__)

event.register("numba:compile", Count())
"""
RUN = """
from sim.engine import run_shard
from sim.scenario import load_scenario

cut = {"months": "24", "cell_km": "30", "world.w_talent": "200", "budget.window.from": "2013-01"}
scenario = load_scenario("paris_only", overrides=cut)
list(run_shard([scenario], 1, (scenario.end,), cache_dir=None))
print(json.dumps(Count.names))
"""


def test_a_worker_compiles_nothing_after_the_first_one():
    subprocess.run([sys.executable, "-c", "from sim.experiments.warm import warm; warm()"], cwd=ROOT, check=True)
    done = subprocess.run([sys.executable, "-c", COUNT + RUN], cwd=ROOT, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_another_copy_of_the_model_or_another_processor_is_not_taken_for_compiled(tmp_path, monkeypatch):
    """numba finds compiled code by the place and time of its source and by the processor; so does the mark."""
    here = warm.compiled_for()
    assert warm.compiled_for() == here
    with monkeypatch.context() as other:
        other.setattr(binding, "get_host_cpu_name", lambda: "another")
        assert warm.compiled_for() != here
    copy = tmp_path / "sim"
    for path in (ROOT / "sim").rglob("*.py"):
        place = copy / path.relative_to(ROOT / "sim")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    monkeypatch.setattr(warm, "__file__", str(copy / "experiments" / "warm.py"))
    there = warm.compiled_for()
    assert there != here
    (copy / "kernels.py").touch()
    assert warm.compiled_for() != there


def test_the_second_process_gets_to_the_end_of_what_it_compiles():
    """What stops it is told to nobody, and the first process would compile the rest alone."""
    warm.step_backwards()
