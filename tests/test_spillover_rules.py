"""The rules of `bench/spillovers.py` are the same three times: the engine's kernels, and two styles of Mesa."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import spillovers as bench


@pytest.mark.parametrize("style", [bench.UsualMesa, bench.LayeredMesa])
def test_mesa_and_the_engine_end_with_the_same_people(style):
    start = bench.rules(300, per_square=1.7)
    engine, model = bench.Engine(start), style(start)
    for _ in range(6):
        engine.step()
        model.step()
        model.draw()
    assert not np.allclose(engine.staff, start.staff)
    np.testing.assert_allclose(model.staff, engine.staff, rtol=1e-9)
