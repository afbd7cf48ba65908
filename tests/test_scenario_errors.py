"""Every kind of fault in a file, against the exact text that people read.

Each fault is a file ``tests/bad_files/NAME.yaml``, or ``NAME.json`` with a path and options; ``NAME.txt`` holds
the English text and ``NAME.fr.txt`` the French one. ``QUARTIERS_ACCEPT=1`` writes the texts anew, to be read
before they are committed. Files that begin with ``_`` are only used by others.
"""

import json
import os
import re
from pathlib import Path

import pytest

from sim.scenario import FileErrors, codes, load_calibration, load_scenario, load_study, load_sweep, schema_of
from sim.scenario.messages import sentences

FOLDER = Path(__file__).parent / "bad_files"
NAMES = sorted({path.stem for path in FOLDER.glob("*.[yj]*") if not path.name.startswith("_")})


def fault_of(name: str) -> FileErrors:
    described = FOLDER / f"{name}.json"
    options = json.loads(described.read_text("utf-8")) if described.exists() else {"path": f"{name}.yaml"}
    path = options.pop("path")
    schema = "scenario/1" if described.exists() else schema_of(path)
    is_study = options.pop("study", schema == "study/1")
    special = {"sweep/1": load_sweep, "calibration/1": load_calibration}
    load = special.get(schema, load_study if is_study else load_scenario)
    with pytest.raises(FileErrors) as caught:
        load(path, **options)
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_exact_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(codes, "machine_memory", lambda: 16.0 * 2**30)
    fault = fault_of(name)
    for lang, suffix in (("en", "txt"), ("fr", "fr.txt")):
        stored = FOLDER / f"{name}.{suffix}"
        if os.environ.get("QUARTIERS_ACCEPT"):
            stored.write_text(fault.render(lang) + "\n", "utf-8")
        assert fault.render(lang) + "\n" == stored.read_text("utf-8")


@pytest.mark.parametrize("kind", ["sweep_", "fit_"])
def test_every_fault_of_a_sweep_and_of_a_calibration_has_a_file(kind: str):
    told = "".join(path.read_text("utf-8") for path in FOLDER.glob(f"{kind}*.txt") if ".fr." not in path.name)
    for key, sentence in sentences().items():
        if key.startswith(kind):
            fixed = max(re.split(r"\{\w+\}", sentence.en), key=len).replace("{{", "{").replace("}}", "}")
            assert fixed in " ".join(told.split()), key
