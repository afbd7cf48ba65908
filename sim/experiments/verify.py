"""Is a results folder still what was run: hashes of every file, then a few runs made again, bit for bit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments.marks import damaged_files
from sim.experiments.plan import FORMAT_VERSION, RunSpec, plan_study, study_scenarios
from sim.experiments.resolved import ResolvedError, read_study
from sim.experiments.seal import FILES, MANIFEST, OWN, hash_of, missing_entries, own_hash
from sim.experiments.store import Result, StoreError
from sim.whole_files import frame_of, table_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Study

Runner = Callable[[Sequence[Any], int, Sequence[int]], Iterator[tuple[int, Result]]]


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that is not as it was: ``key`` names its sentence (``sim.commands.words``), ``values`` fill it in."""

    key: str
    values: Mapping[str, Any]


class Verifier:
    """Checks one results folder; problems gather in ``problems``.

    Raises
    ------
    StoreError
        if the folder holds no results, or results without hashes
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = Path(folder), 0
        self.problems: list[Problem] = []
        self.touched: list[str] = []
        self.runs: dict[str, RunSpec] = {}
        self.study: Study | None = None
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> dict[str, Any]:
        path = self.folder / MANIFEST
        if not path.is_file():
            raise StoreError("no_results", folder=self.folder, file=MANIFEST)
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            self._tell("manifest_unreadable", problem=error)
            return {}
        if not isinstance(content, dict):
            self._tell("manifest_unreadable", problem=f"{type(content).__name__} instead of a mapping")
            return {}
        if content.get("format") != FORMAT_VERSION or OWN not in content or FILES not in content:
            raise StoreError("no_hashes", path=path)
        if own_hash(content) != content[OWN]:
            self._tell("manifest_changed")
        if lacking := missing_entries(content):
            self._tell("manifest_unreadable", problem=", ".join(lacking))
            return {}
        return content

    def _tell(self, key: str, **values: Any) -> None:
        self.problems.append(Problem(key, values))

    def check_files(self) -> None:
        """Compare the hash of every file the manifest lists, and of every table with the one its run noted."""
        known = self._names_of_runs()
        told: set[Path] = set()
        for name, wanted in self.manifest.get(FILES, {}).items():
            self.files += 1
            path = self.folder / name
            if not path.is_file():
                self._tell_file("file_missing", path, known)
            elif hash_of(path) != wanted:
                self._tell_file("file_changed", path, known)
            else:
                continue
            told.add(path)
        for path in (path for paths in damaged_files(self.folder, {}).values() for path in paths):
            if path not in told:
                self._tell_file("file_not_of_run" if path.is_file() else "file_missing", path, known)

    def _tell_file(self, key: str, path: Path, known: Mapping[str, str]) -> None:
        name = path.relative_to(self.folder).as_posix()
        run_id = path.stem if name.startswith("parts/") else ""
        self._tell(key, file=f"{name} ({known[run_id]})" if run_id in known else name)
        if key != "file_missing" and run_id:
            self.touched.append(run_id)

    def _names_of_runs(self) -> dict[str, str]:
        """Scenario and seed of each run id, as the plan on disk says; empty where it cannot be read."""
        try:
            rows = table_of(self.folder / "plan" / f"{self.manifest['plan']}.parquet").to_pylist()
        except (OSError, KeyError, ValueError):
            return {}
        return {row["run_id"]: f"{row['scenario']}, seed {row['seed']}" for row in rows}

    def check_identity(self) -> None:
        """Compute the digests of study, scenarios and runs again and compare them with manifest and plan."""
        if not self.manifest:
            return
        try:
            study = dataclasses.replace(read_study(self.folder), seeds=tuple(self.manifest["seeds"]))
        except ResolvedError as error:
            self._tell("study_changed", problem=error)
            return
        held = {name: scenario.digest for name, scenario in study_scenarios(study).items()}
        for what, found, noted in (
            ("study", study.digest, self.manifest["study"]["digest"]),
            ("scenarios", held, self.manifest["scenarios"]),
            ("horizons", list(study.horizons), self.manifest["horizons"]),
        ):
            if found != noted:
                self._tell("identity", what=what)
        plan = plan_study(study, code_hash=self.manifest["code_hash"])
        if plan.digest != self.manifest["plan"]:
            self._tell("identity", what="plan")
        self.study = study
        marks = {path.stem for path in (self.folder / "parts" / "runs").glob("*.parquet")}
        self.runs = {run.run_id: run for run in plan.runs if run.run_id in marks}

    def chosen(self, n: int) -> list[RunSpec]:
        """Runs to make again: those whose files changed, then others spread over the plan; at most ``n``."""
        order = [run for run_id, run in self.runs.items() if run_id in set(self.touched)]
        rest = [run for run_id, run in self.runs.items() if run_id not in set(self.touched)]
        steps = min(max(n - len(order), 0), len(rest))
        # The last run first: a policy tells more than the reference.
        order += [rest[len(rest) - 1 - k * (len(rest) - 1) // max(steps - 1, 1)] for k in range(steps)]
        return order[:n]

    def repeat(self, run: RunSpec, runner: Runner) -> None:
        """Make one run again and compare all it leaves behind with what is stored, bit for bit."""
        if self.study is None:
            return
        name = f"{run.scenario}, seed {run.seed}"
        try:
            mark = table_of(self._part("runs", run)).to_pylist()[0]
        except (OSError, ValueError, IndexError) as error:
            self._tell("run_unreadable", run=name, table="runs", problem=error)
            return
        if mark["status"] != "ok":
            return
        scenario = study_scenarios(self.study)[run.scenario]
        _, result = next(iter(runner([scenario], run.seed, self.study.horizons)))
        if result.state_digest != mark["state_digest"]:
            self._tell("state", run=name, stored=mark["state_digest"], found=result.state_digest)
        scalars = {key: float(value) for key, value in result.scalars.items()}
        for key in sorted({*scalars, *json.loads(mark["scalars"])}):
            pair = json.loads(mark["scalars"]).get(key), scalars.get(key)
            if repr(pair[0]) != repr(pair[1]):
                self._tell("value", run=name, table="runs", column=key, row=0, stored=pair[0], found=pair[1])
        for table in sorted({*result.tables, *json.loads(mark["tables"])}):
            self._compare(name, run, table, result.tables.get(table))

    def _compare(self, name: str, run: RunSpec, table: str, found: pd.DataFrame | None) -> None:
        try:
            stored = frame_of(self._part(table, run))
        except (OSError, ValueError) as error:
            self._tell("run_unreadable", run=name, table=table, problem=error)
            return
        if found is None:
            self._tell("table_extra", run=name, table=table)
            return
        for difference in differences(stored, found):
            self._tell(difference.pop("key"), run=name, table=table, **difference)

    def _part(self, table: str, run: RunSpec) -> Path:
        return self.folder / "parts" / table / f"{run.run_id}.parquet"


def differences(stored: pd.DataFrame, found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the first difference of every column of two tables, to the last bit.

    Yields
    ------
    dict with ``key`` (rows, columns or value) and what its sentence needs; ``row`` counts from 0
    """
    import numpy as np
    import pyarrow as pa

    found = frame_of(pa.Table.from_pandas(found, preserve_index=False))  # the types that a file gives back
    if len(stored) != len(found):
        yield {"key": "rows", "stored": len(stored), "found": len(found)}
        return
    if list(stored.columns) != list(found.columns):
        changed = sorted(set(stored.columns) ^ set(found.columns)) or list(stored.columns)
        yield {"key": "columns", "column": ", ".join(map(str, changed))}
    for column in (name for name in stored.columns if name in found.columns):
        a, b = stored[column].to_numpy(), found[column].to_numpy()
        if a.dtype != b.dtype:
            yield {"key": "value", "column": column, "row": 0, "stored": a.dtype, "found": b.dtype}
            continue
        if a.dtype.kind in "biuf":
            bits = f"u{a.dtype.itemsize}"
            apart = np.flatnonzero(np.ascontiguousarray(a).view(bits) != np.ascontiguousarray(b).view(bits))
        else:
            apart = np.flatnonzero([str(x) != str(y) for x, y in zip(a, b, strict=True)])
        if apart.size:
            row = int(apart[0])
            yield {"key": "value", "column": column, "row": row, "stored": a[row], "found": b[row]}


def changed_since(manifest: Mapping[str, Any]) -> list[str]:
    """What differs between the code and the libraries of a study and those of now, as ``name: then, now``."""
    from sim.experiments.provenance import code_hash, versions

    then = {**manifest.get("versions", {}), "code": manifest.get("code_hash", "")}
    now = {**versions(), "code": code_hash()}
    return [f"{name}: {then[name]}, {now[name]}" for name in then if then[name] != now.get(name)]
