"""Calibrated sets on the disk: the vectors, and what tells how good they are. Reading back: `sim.scenario.calibrated`.

    fit.json         what was fitted, with how many runs, how far each wave came
    vectors.csv      the vectors, best first
    parameters.csv   each parameter: range looked at, posterior, contraction (part of the prior's variance taken away)
    targets.csv      each target: what the model gives at the vectors, how many hit it, how good its emulator is
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.calibration.fit import Fit, written
from sim.calibration.targets import FIT
from sim.explore.designs import Factor
from sim.params import PARAMETERS
from sim.scenario.calibrated import FIT_FILE, VECTORS_FILE

DIGITS = "%.6g"


def write_fit(fit: Fit, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a calibrated set; `facts` says where it comes from: territory, seeds, code, cost."""
    from sim.whole_files import write_json, write_text

    hits, scored = hits_of(fit)
    content = {
        "format": "fit/1",
        **facts,
        "parameters": [each.name for each in fit.factors],
        "waves": [{"points": w.points, "volume": float(f"{w.volume:.3g}"), "level": round(w.level, 3),
                   "out_of_reach": list(w.out_of_reach)} for w in fit.waves],
        "vectors": len(fit.vectors),
        "fitted_targets": scored,
        "hit_by_best": int(hits[0]),
        "hit_by_vectors": [int(each) for each in hits],
    }
    for name, table in (("vectors", vectors_table(fit)), ("parameters", parameters_table(fit)),
                        ("targets", targets_table(fit))):  # fmt: skip
        text = table.to_csv(index=False, float_format=DIGITS, lineterminator="\n")
        write_text(folder / (VECTORS_FILE if name == "vectors" else f"{name}.csv"), text)
    write_json(folder / FIT_FILE, json.loads(json.dumps(content)))


def hits_of(fit: Fit) -> tuple[np.ndarray, int]:
    """Return how many fitted targets the model hits at each vector, and how many there are."""
    used = [k for k, each in enumerate(fit.targets) if each.use == FIT]
    hit = np.array([[fit.targets[k].hit(float(row[k])) for k in used] for row in fit.predicted])
    return hit.sum(axis=1), len(used)


def vectors_table(fit: Fit) -> pd.DataFrame:
    """One row per vector, best first, one column per parameter."""
    return pd.DataFrame([written(each) for each in fit.vectors])


def parameters_table(fit: Fit) -> pd.DataFrame:
    """Each parameter: its default, range, posterior mean, 5 and 95 % quantiles, best value and contraction."""
    factors = [Factor(each.name, each.low, each.high, each.scale) for each in fit.factors]
    low, high = fit.posterior.quantile(0.05), fit.posterior.quantile(0.95)
    rows = []
    for k, (each, contraction) in enumerate(zip(factors, fit.contraction())):
        mean, p05, p95 = each.at(np.array([fit.posterior.mean[k], low[k], high[k]]))
        rows.append({
            "parameter": each.name, "default": PARAMETERS[each.name].default if each.name in PARAMETERS else np.nan,
            "low": each.low, "high": each.high, "posterior": mean, "p05": p05, "p95": p95,
            "best": fit.vectors[0][each.name], "contraction": round(float(contraction), 3),
            "sbc_p": round(float(fit.evenness[k]), 3),
        })  # fmt: skip
    return pd.DataFrame(rows)


def targets_table(fit: Fit) -> pd.DataFrame:
    """Each scored target: published, and at the vectors its mean, 80 % range and share of hits; then its emulator."""
    rows = []
    for k, each in enumerate(fit.targets):
        values = fit.predicted[:, k]
        fine = values[np.isfinite(values)]
        p10, p90 = np.quantile(fine, [0.1, 0.9]) if fine.size else (np.nan, np.nan)
        emulator = fit.emulators.get(each.id)
        rows.append({
            "target": each.id, "use": each.use, "out_of_reach": each.id in fit.waves[-1].out_of_reach,
            "published": each.value, "tolerance": each.tolerance,
            "best": values[0], "mean": fine.mean() if fine.size else np.nan, "p10": p10, "p90": p90,
            "hit_share": np.mean([each.hit(float(value)) for value in values]),
            "emulator_r2": emulator.r2 if emulator else np.nan,
            "emulator_error": emulator.error if emulator else np.nan,
            "emulator_coverage": emulator.coverage if emulator else np.nan,
            "luck": emulator.noise if emulator else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows)
