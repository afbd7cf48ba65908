"""Calibrated sets: vectors of parameters that fit the published figures, as they are kept in ``calibration/fits``.

```
calibration/fits/<territory>-<version>/
  fit.json      what was fitted, to which targets, how, and how well
  vectors.csv   one row per vector, one column per fitted parameter
```
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sim.errors import InputError, did_you_mean
from sim.params import PARAMETERS
from sim.paths import calibration_dir
from sim.tables import Table

FIT_FILE: Final = "fit.json"
VECTORS_FILE: Final = "vectors.csv"


def fits_dir() -> Path:
    """Folder of the calibrated sets that are shipped."""
    return calibration_dir() / "fits"


def fit_folder(name: str | Path) -> Path:
    """Return the folder of a calibrated set, by its name or its path.

    Raises
    ------
    InputError
        if there is none
    """
    for folder in (Path(name), fits_dir() / name):
        if (folder / FIT_FILE).is_file():
            return folder
    known = sorted(path.parent.name for path in fits_dir().glob(f"*/{FIT_FILE}"))
    hint = did_you_mean(str(name), known) or f"calibrated sets: {', '.join(known) or 'none'}"
    raise InputError(f"no calibrated set {str(name)!r}", suggestion=hint)


def latest_fit(territory: str) -> Path | None:
    """Return the folder of the calibrated set of a territory, that of the highest version; None without any."""
    found = []
    for path in sorted(fits_dir().glob(f"*/{FIT_FILE}")):
        if read_fit(path.parent)["territory"] == territory:
            version = path.parent.name.rpartition("-")[2]
            found.append(([int(part) if part.isdigit() else -1 for part in version.split(".")], path.parent))
    return max(found)[1] if found else None


def read_fit(folder: Path) -> dict[str, Any]:
    """Return what ``fit.json`` says; raise ``InputError`` where it cannot be read."""
    path = folder / FIT_FILE
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {**content, "territory": content["territory"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"is not a calibrated set ({error})", file=path) from error


@lru_cache(maxsize=8)
def vectors_of(folder: Path) -> tuple[Mapping[str, float], ...]:
    """Return the vectors of a calibrated set, each parameter within its bounds.

    Raises
    ------
    InputError
        naming the file and the line
    """
    table = Table(folder / VECTORS_FILE)
    columns = {}
    for name in table.header:
        if name not in PARAMETERS:
            raise InputError(f"no parameter {name!r}", file=table.path, line=1,
                             suggestion=did_you_mean(name, PARAMETERS))  # fmt: skip
        param = PARAMETERS[name]
        columns[name] = table.numbers(name, low=param.low)
        for row, value in enumerate(columns[name]):
            if value > param.high:
                raise table.fail(row, f"{name} is {value:g}, above {param.high:g}, the bound of its prior")
    return tuple({name: float(values[row]) for name, values in columns.items()} for row in range(len(table.rows)))
