"""Run store: one folder per study, in which a run is present whole or not at all.

```
results/<study>-<hash8>/
  manifest.json               study, scenarios, territories, code, versions, counts; names the current plan; when it
                              was asked for (``registered``); SHA-256 of every file (``seal``)
  study.resolved.yaml         the study as it was understood, every value explicit
  plan/<digest>.parquet       the runs asked for: run_id, scenario, seed, shard; never edited
  parts/<table>/<run_id>.parquet
  parts/runs/<run_id>.parquet the mark, written last: a run without it does not exist for readers
  logs/failures/<run_id>.txt  traceback of a failed run and the command that repeats it
```

A run's id is the digest of everything that determines its result (``plan.run_identity``). So the same study
with more seeds, or interrupted and called again, only adds what is missing; and a second result for the same
id must be the same result, or the store refuses it.

A mark holds the SHA-256 of each table of its run (``marks``). Opening a folder, taking runs over from a neighbour and
reading tables compare it; files that do not match are set aside as ``*.damaged``, and the run is made again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sim.experiments.marks import (
    Damaged,
    StoreError,
    copy_run,
    damaged_files,
    mark_path,
    read_mark,
    set_aside,
    table_path,
    write_mark,
)
from sim.experiments.plan import FORMAT_VERSION, Plan, RunSpec, study_scenarios
from sim.experiments.seal import FILES, MANIFEST, changed_inputs, fixed_hashes, hash_of, read_manifest, write_manifest
from sim.experiments.stored import StoredRuns, read_marks
from sim.whole_files import TEMPORARY, table_of, write_parquet, write_text

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Study

__all__ = ["RunStore", "StoreError", "StoredRuns", "study_folder"]

#: A temporary file older than this was left by a killed process; no write lasts as long.
STALE_S = 3600.0


class Result(Protocol):
    """What a run gives (``sim.engine.RunResult``)."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...
    @property
    def state_digest(self) -> str: ...
    @property
    def seconds(self) -> Mapping[str, float]: ...
    @property
    def scalars(self) -> Mapping[str, float]: ...


def study_folder(root: Path, study: Study) -> Path:
    """Return the folder of a study: its name and eight digits of its hash, without seeds and code."""
    return root / f"{study.id}-{study.digest[:8]}"


class RunStore:
    """Results of one study in one folder. Safe for several writers: each file has one possible content.

    Attributes
    ----------
    folder
        of the study
    damaged
        files of this folder that were missing or not what was written: set aside, their runs to be made again
    left_out
        files of neighbouring folders that do not match their hash: their runs were not taken over
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.damaged: list[Path] = []
        self.left_out: list[Path] = []

    @classmethod
    def open(
        cls, folder: Path, study: Study, plan: Plan, *, resolved: str, versions: Mapping[str, str]
    ) -> RunStore:
        """Open a study's folder for writing, making it if needed, and note what is asked for.

        Parameters
        ----------
        folder
            where results lie; must be empty, absent, or hold this very study
        study, plan
            the study and its runs
        resolved
            text of ``study.resolved.yaml``
        versions
            versions of the libraries (``provenance.versions``)

        Raises
        ------
        StoreError
            if the folder holds another study, other files, a manifest that cannot be read, or a format this
            version does not know
        """
        store = cls(folder)
        before = store.manifest()
        if before is None:
            store._refuse_foreign_files()
        else:
            store._check_same_study(before, study)
        store._remove_stale_files()
        files = store._set_damaged_aside(before.get(FILES, {}) if before is not None else {})
        registered = store._registered(before, study, plan)
        store._write_manifest(study, plan, versions, files, registered)  # first: it is what makes the folder ours
        if not (store.folder / "study.resolved.yaml").exists():
            write_text(store.folder / "study.resolved.yaml", resolved)
        store._write_plan(plan)
        store.update_counts(plan)
        return store

    def manifest(self) -> dict[str, Any] | None:
        """Return the manifest, None where there is no store yet; raise ``StoreError`` where it cannot be read."""
        return read_manifest(self.folder)

    def statuses(self) -> dict[str, str]:
        """Return the status, ok or failed, of every run that is present."""
        marks = read_marks(self.folder)
        return dict(zip(marks["run_id"].tolist(), marks["status"].tolist()))

    def holds(self, run: RunSpec) -> bool:
        """Say whether a run is present and finished."""
        mark = self._mark(run)
        return mark is not None and mark["status"] == "ok"

    def adopt(self, plan: Plan) -> int:
        """Copy the runs of a plan that neighbouring studies have already made; return how many there were.

        Equal ids are equal runs: the reference of one study serves another in the same world.
        """
        present, adopted = self.statuses(), 0
        for run_id in dict.fromkeys(run.run_id for run in plan.runs):
            if present.get(run_id) == "ok":
                continue
            adopted += any(self._adopt_run(mark) for mark in self._neighbours(run_id))
        return adopted

    def take_over(self, source: Path) -> int:
        """Copy the finished runs of another folder of this study that are not here; return how many there were.

        Raises
        ------
        StoreError
            if a run ended here and there in two different states
        """
        ended, present = _final_states(source), _final_states(self.folder)
        for run_id in sorted(ended.keys() & present.keys()):
            if ended[run_id] != present[run_id]:
                raise StoreError(
                    "two_ends", run=run_id, one=present[run_id], folder=self.folder, other=ended[run_id], source=source
                )
        return sum(self._adopt_run(mark_path(source, run_id)) for run_id in sorted(ended.keys() - present.keys()))

    def planned(self) -> list[dict[str, Any]]:
        """Return the runs that the manifest asks for: run_id, scenario, seed, shard."""
        manifest = self.manifest() or {}
        rows: list[dict[str, Any]] = table_of(self.folder / "plan" / f"{manifest['plan']}.parquet").to_pylist()
        return rows

    def _neighbours(self, run_id: str) -> list[Path]:
        marks = sorted(self.folder.parent.glob(f"*/parts/runs/{run_id}.parquet"))
        return [mark for mark in marks if mark != mark_path(self.folder, run_id)]

    def _adopt_run(self, mark: Path) -> bool:
        """Copy a run whose every file has the hash that was kept for it."""
        try:
            return copy_run(mark.parents[2], self.folder, mark.stem)
        except Damaged as error:
            self.left_out.append(error.path)
            return False

    def _set_damaged_aside(self, sealed: Mapping[str, str]) -> dict[str, str]:
        """Set aside the files of runs that are not whole, so that they are made again; return the hashes that stay.

        The sound files of such a run go with the others: a run is present whole or not at all.
        """
        damaged = damaged_files(self.folder, sealed)
        for run_id, paths in damaged.items():
            self.damaged += paths
            for path in (mark_path(self.folder, run_id), *self.folder.glob(f"parts/*/{run_id}.parquet")):
                set_aside(path)  # the mark first: without it the rest does not exist for readers
        for path in changed_inputs(self.folder, sealed):
            self.damaged.append(path)
            set_aside(path)
        gone = {*damaged, *(path.stem for path in self.damaged)}
        return {name: text for name, text in sealed.items() if Path(name).stem not in gone}

    def add(self, run: RunSpec, result: Result, *, seconds: float) -> None:
        """Keep a finished run: its tables, then its mark.

        Parameters
        ----------
        run
            the run
        result
            what it gave
        seconds
            wall-clock time it took

        Raises
        ------
        StoreError
            if this run is present with another final state: the model is then not deterministic
        """
        present = self._mark(run)
        if present is not None and present["status"] == "ok":
            if present["state_digest"] != result.state_digest:
                raise StoreError(
                    "another_end", run=run.run_id, scenario=run.scenario, seed=run.seed, one=present["state_digest"],
                    other=result.state_digest,
                )  # fmt: skip
            return
        for name, table in result.tables.items():
            write_parquet(self._part(name, run), table)
        self._write_mark(
            run,
            status="ok",
            state_digest=result.state_digest,
            hashes={name: hash_of(self._part(name, run)) for name in sorted(result.tables)},
            scalars=dict(result.scalars),
            process_seconds=dict(result.seconds),
            seconds=seconds,
        )

    def add_failure(self, run: RunSpec, message: str, traceback: str, *, repeat: str, seconds: float) -> None:
        """Keep the trace of a run that raised: a log with the command that repeats it, then a failed mark."""
        present = self._mark(run)
        if present is not None and present["status"] == "ok":
            return  # another worker made it: a result is never replaced by a failure
        text = f"{run.scenario}, seed {run.seed}\n{message}\n\nRepeat it with:\n  {repeat}\n\n{traceback}"
        write_text(self.failure_log(run.run_id), text)
        self._write_mark(run, status="failed", message=message, seconds=seconds)

    def failure_log(self, run_id: str) -> Path:
        """Return the path of the log of a failed run."""
        return self.folder / "logs" / "failures" / f"{run_id}.txt"

    def stored(self, plan: Plan) -> StoredRuns:
        """Return the runs of a plan that are present."""
        return StoredRuns(self.folder, [(run.run_id, run.scenario, run.seed) for run in plan.runs])

    def update_counts(self, plan: Plan) -> dict[str, int]:
        """Count the runs of the plan by status and return the counts; note them and the hashes of what is there."""
        statuses = self.statuses()
        found = [statuses.get(run.run_id, "missing") for run in plan.runs]
        counts = {"planned": len(found), **{name: found.count(name) for name in ("ok", "failed", "missing")}}
        manifest = self.manifest()
        if manifest is not None:
            known = manifest.get(FILES, {})
            finished = [run_id for run_id, status in statuses.items() if status == "ok"]
            files = {**known, **fixed_hashes(self.folder, finished, known)}
            if manifest.get("counts") != counts or files != known:
                write_manifest(self.folder, {**manifest, "counts": counts, FILES: files})
        return counts

    def _part(self, table: str, run: RunSpec) -> Path:
        return table_path(self.folder, table, run.run_id)

    def _mark(self, run: RunSpec) -> dict[str, Any] | None:
        path = mark_path(self.folder, run.run_id)
        return read_mark(path) if path.exists() else None

    def _write_mark(
        self,
        run: RunSpec,
        *,
        status: str,
        seconds: float,
        message: str = "",
        state_digest: str = "",
        hashes: Mapping[str, str] | None = None,
        scalars: Mapping[str, float] | None = None,
        process_seconds: Mapping[str, float] | None = None,
    ) -> None:
        row = {
            "run_id": run.run_id,
            "seed": run.seed,
            "status": status,
            "message": message,
            "state_digest": state_digest,
            "wall_s": float(seconds),
            "tables": json.dumps(list(hashes or {})),
            "scalars": json.dumps({name: float(value) for name, value in (scalars or {}).items()}),
            "seconds": json.dumps({name: float(value) for name, value in (process_seconds or {}).items()}),
            "hashes": json.dumps(dict(hashes or {})),
        }
        write_mark(mark_path(self.folder, run.run_id), row)

    def _refuse_foreign_files(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError("is_a_file", folder=self.folder)
        if self.folder.is_dir() and any(path.suffix != TEMPORARY for path in self.folder.iterdir()):
            raise StoreError("foreign_files", folder=self.folder, file=MANIFEST)

    def _check_same_study(self, manifest: Mapping[str, Any], study: Study) -> None:
        held = manifest["study"]
        if held["digest"] != study.digest:
            raise StoreError(
                "other_study", folder=self.folder, held=held["id"], held_digest=held["digest"][:8], asked=study.id,
                asked_digest=study.digest[:8],
            )  # fmt: skip

    def _remove_stale_files(self) -> None:
        limit = time.time() - STALE_S
        for path in self.folder.rglob(f"*{TEMPORARY}"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def _write_plan(self, plan: Plan) -> None:
        import pandas as pd

        path = self.folder / "plan" / f"{plan.digest}.parquet"
        if not path.exists():
            rows = [(run.run_id, run.scenario, run.seed, run.shard) for run in plan.runs]
            write_parquet(path, pd.DataFrame(rows, columns=["run_id", "scenario", "seed", "shard"]))

    def _registered(
        self, before: Mapping[str, Any] | None, study: Study, plan: Plan
    ) -> list[dict[str, str | int]]:
        """What was asked for and when, before any of it was run; other seeds, or other code, add a line.

        The hash of a study covers outcome, horizons, options, margin and variants: with the date, and the number of
        simulations that could be seen by then, it says what was settled beforehand.
        """
        lines: list[dict[str, str | int]] = list((before or {}).get("registered", []))
        if not lines or lines[-1]["plan"] != plan.digest:
            now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
            seen = sum(status == "ok" for status in self.statuses().values())
            asked: dict[str, str | int] = {"study": study.digest, "plan": plan.digest, "seeds": len(study.seeds)}
            lines.append({"utc": now, **asked, "seen": seen})
        return lines

    def _write_manifest(
        self, study: Study, plan: Plan, versions: Mapping[str, str], files: Mapping[str, str],
        registered: list[dict[str, str | int]],
    ) -> None:
        scenarios = study_scenarios(study)
        content = {
            "format": FORMAT_VERSION,
            "study": {"id": study.id, "digest": study.digest, "question": dict(study.question)},
            "reference": study.reference.id,
            "scenarios": {name: scenario.digest for name, scenario in scenarios.items()},
            "territories": {s.territory: s.territory_digest for s in scenarios.values()},
            "horizons": [int(month) for month in study.horizons],
            "seeds": [int(seed) for seed in study.seeds],
            "code_hash": plan.code_hash,
            "versions": dict(versions),
            "plan": plan.digest,
            "registered": registered,
            FILES: files,
        }
        write_manifest(self.folder, content)


def _final_states(folder: Path) -> dict[str, str]:
    """Return the final state of every finished run of a folder, by its id."""
    marks = read_marks(folder)
    ended = marks[marks["status"] == "ok"]
    return dict(zip(ended["run_id"].tolist(), ended["state_digest"].tolist()))
