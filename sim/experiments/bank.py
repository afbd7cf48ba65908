"""Bank of runs: outcomes of very many short runs, in few files that several machines may add to at once.

```
results/<sweep>-<hash8>/
  manifest.json               the sweep, code, versions; names the current plan
  sweep.resolved.yaml         the sweep as it was understood, every value explicit
  plan/<digest>.parquet       the runs asked for: run_id, scenario, seed, shard; never edited
  points/<digest>.parquet     the points: a column per factor and structure
  parts/runs/<name>.parquet   one row per run: its point and values, its outcomes, how it ended
  parts/<table>/<name>.parquet  whole tables of the same runs, where the sweep keeps them
  logs/failures/<run_id>.txt  traceback of a failed run and the command that repeats it
```

A worker writes a part when it has gathered some runs, or some seconds have passed; the part of ``runs`` last: a run
that is not in one does not exist for readers. Parts are never edited. Nothing is locked: two workers that make the
same run leave two rows that must be equal, and readers keep one. A run that failed and was made again has a row of
each; the finished one counts. A worker joins its own parts from time to time (``keeper``). A part of ``runs`` is
named by the hash of its content, and holds those of the tables kept with it; one that does not match is set aside as
``*.damaged`` and its runs are made again.

Other than the store of a study (``store``), which keeps all tables of a few hundred runs and seals each of them, a
bank is made for 10^3 to 10^6 runs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.experiments.marks import StoreError, set_aside
from sim.experiments.plan import Plan
from sim.experiments.resolved import SWEEP_FILE
from sim.whole_files import TEMPORARY, frame_of, table_of, write_bytes, write_json, write_parquet, write_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.scenario import Sweep

T = TypeVar("T")

FORMAT = "bank/1"
MANIFEST = "manifest.json"
FIRST_FILES = frozenset({"plan", "points", SWEEP_FILE, MANIFEST})  # in the order of writing
LOOK_SHARE = 0.01  # of the time, for looking whether others have made a run
HASH_DIGITS = 32
KEPT = b"quartiers.kept"
STALE_S = 3600.0  # a temporary file older than this was left by a killed process
OWN_COLUMNS = ("run_id", "scenario", "seed", "point", "status", "message", "state_digest", "wall_s")


class Bank:
    """Runs of one sweep in one folder.

    Attributes
    ----------
    folder
        of the sweep
    damaged
        parts set aside, whose runs are to be made again
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.damaged: list[Path] = []
        self._found: dict[str, tuple[str, str]] = {}  # status and final state of each run
        self._read: set[Path] = set()  # the parts they come from
        self._next_look = 0.0

    @classmethod
    def open(
        cls, folder: Path, sweep: Sweep, points: pd.DataFrame, plan: Plan, *, resolved: str, versions: Mapping[str, str]
    ) -> Bank:
        """Open a sweep's folder for writing, making it if needed, and note what is asked for.

        Raises
        ------
        StoreError
            if the folder holds something else
        """
        bank = cls(folder)
        before = bank.manifest()
        if before is None and bank._is_foreign():
            raise StoreError("foreign_sweep", folder=folder)
        if before is not None and before["sweep"]["digest"] != sweep.digest:
            held = before["sweep"]
            raise StoreError(
                "other_sweep", folder=folder, held=held["id"], held_digest=held["digest"][:8], asked=sweep.id,
                asked_digest=sweep.digest[:8],
            )  # fmt: skip
        content = {
            "format": FORMAT,
            "sweep": {"id": sweep.id, "digest": sweep.digest, "question": dict(sweep.question)},
            "scenarios": {each.id: each.digest for each in sweep.scenarios},
            "horizons": list(sweep.horizons),
            "seeds": list(sweep.seeds),
            "points": len(points),
            "code_hash": plan.code_hash,
            "versions": dict(versions),
            "plan": plan.digest,
        }
        bank._remove_stale_files()
        bank._write_plan(plan, points)
        write_text(bank.folder / SWEEP_FILE, resolved)
        write_json(bank.folder / MANIFEST, content)
        return bank

    def _is_foreign(self) -> bool:
        """Say whether the folder holds anything but what another launch, a moment ago, may have begun to write."""
        if not self.folder.is_dir():
            return self.folder.exists()
        return any(path.name not in FIRST_FILES and path.suffix != TEMPORARY for path in self.folder.iterdir())

    def manifest(self) -> dict[str, Any] | None:
        """Return the manifest, None where there is none; raise ``StoreError`` where it is not a bank's."""
        path = self.folder / MANIFEST
        if not path.is_file():
            return None
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            known = content["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError("sweep_unreadable", path=path, problem=error) from error
        if known != FORMAT:
            raise StoreError("not_a_sweep", folder=self.folder, known=known, format=FORMAT)
        return content

    def plan(self) -> pd.DataFrame:
        """Return the runs asked for: run_id, scenario, seed, shard."""
        return self._table("plan")

    def points(self) -> pd.DataFrame:
        """Return the points asked for, one row each."""
        return self._table("points")

    def _table(self, kind: str) -> pd.DataFrame:
        manifest = self.manifest()
        if manifest is None:
            raise StoreError("no_sweep", folder=self.folder, file=MANIFEST)
        return frame_of(self.folder / kind / f"{manifest['plan']}.parquet")

    def statuses(self) -> dict[str, str]:
        """Return the status of every run that is present; parts read before are not read again."""
        self._read_new_parts()
        return {run_id: status for run_id, (status, _) in self._found.items()}

    def seems_done(self, run_id: str) -> bool:
        """Say whether a run is finished, as far as the last look at the folder tells.

        Looks may take `LOOK_SHARE` of the time: a thousand workers would else read each other's parts all day. What
        was missed is made twice, and counts once.
        """
        began = time.monotonic()
        if began >= self._next_look:
            self._read_new_parts()
            ended = time.monotonic()
            self._next_look = ended + (ended - began) / LOOK_SHARE
        return self._found.get(run_id, ("", ""))[0] == "ok"

    def _read_new_parts(self) -> None:
        """Take up what parts say that were not read before; what was in one that is gone is in the one it joined."""
        for part, rows in self._whole(lambda part: (part, [] if part in self._read else _rows_of(part))):
            for run_id, status, state in rows:
                known = self._found.get(run_id)
                if known is None or known[0] != "ok":
                    self._found[run_id] = status, state
                elif status == "ok" and known[1] != state:
                    raise StoreError("two_states", run=run_id, one=known[1], other=state)
            self._read.add(part)

    def runs(self) -> pd.DataFrame:
        """Return one row per run of the current plan that is present, in the order of the plan."""
        import pandas as pd

        plan, manifest = self.plan(), self.manifest() or {}
        found = self._whole(lambda part: (_written(part), _checked(part)))
        if not found:
            return pd.DataFrame(columns=list(OWN_COLUMNS))
        parts = [frame_of(table) for _, table in sorted(found, key=lambda each: each[0])]
        rows = pd.concat(parts, ignore_index=True)[::-1]  # of two failures of a run the later one is told
        rows = rows.assign(failed=rows["status"] != "ok").sort_values("failed", kind="stable").drop(columns="failed")
        rows = rows.drop_duplicates("run_id").set_index("run_id")
        wanted = plan[plan["run_id"].isin(rows.index)]
        own = rows.loc[wanted["run_id"]].reset_index()
        # of this plan: with more seeds or points the same run may stand elsewhere than when it was made
        own["point"], own["scenario"] = wanted["shard"].to_numpy() // len(manifest["seeds"]), wanted["scenario"].array
        return own[[*OWN_COLUMNS, *(name for name in own.columns if name not in OWN_COLUMNS)]]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that the sweep keeps, of every finished run, its ``run_id`` first."""
        import pandas as pd

        finished = {run_id for run_id, status in self.statuses().items() if status == "ok"}
        parts, seen = [], set[str]()
        for rows in self._whole(lambda part: self._kept(name, part)):
            new = rows[rows["run_id"].isin(finished - seen)]
            seen |= set(new["run_id"].unique())
            parts.append(new)
        if not parts:
            raise KeyError(f"{self.folder} keeps no table {name!r}; name it under `keep:` in the sweep")
        return pd.concat(parts, ignore_index=True)

    def add_part(self, rows: Sequence[Mapping[str, Any]], tables: Mapping[str, pd.DataFrame]) -> Path:
        """Write one part, kept tables first, then the rows of ``runs`` that make it exist; return the latter's path."""
        import pandas as pd
        import pyarrow as pa

        kept = {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in tables.items()}
        return self._write(pa.Table.from_pandas(pd.DataFrame(list(rows)), preserve_index=False), kept)

    def _write(self, runs: pa.Table, kept: Mapping[str, pa.Table]) -> Path:
        """Write a part and return its path. It is named by its content; the hashes of its kept tables are in it."""
        contents = {name: _bytes_of(table) for name, table in kept.items()}
        hashes = {name: _hash(content) for name, content in contents.items()}
        content = _bytes_of(runs.replace_schema_metadata({KEPT: json.dumps(hashes)}))
        name = f"{_hash(content)}.parquet"
        for table in contents:
            write_bytes(self.folder / "parts" / table / name, contents[table])
        path = self.folder / "parts" / "runs" / name
        write_bytes(path, content)
        return path

    def take_over(self, source: Bank) -> int:
        """Copy from another bank the parts that hold runs this one's plan asks for; return how many runs came.

        A run's id says all that determines it, so that a run is worth the same wherever it was made.
        """
        present = {run_id for run_id, status in self.statuses().items() if status == "ok"}
        wanted, came = set(self.plan()["run_id"]) - present, set[str]()
        for part in source._parts():
            new = {run_id for run_id, status, _ in _rows_of(part) if status == "ok"} & wanted - came
            if new:
                runs = _checked(part)
                self._write(runs, {name: source._kept_table(name, part, runs) for name in _hashes(runs)})
                came |= new
        return len(came)

    def bytes(self) -> int:
        """Return the bytes that the parts take."""
        return sum(path.stat().st_size for path in (self.folder / "parts").rglob("*.parquet"))

    def compact(self) -> int:
        """Join all parts to one; return how many files are gone. Parts that another worker adds meanwhile stay."""
        parts = self._parts()
        self.join(parts)
        return len(parts) - len(self._parts())

    def join(self, parts: Sequence[Path]) -> Path | None:
        """Join parts to one and return it; None where there are not two of them.

        The joined part is there before the others go, so that a reader finds every run at any moment. A part that
        cannot be read stays as it is; one that has gone was joined by another worker.
        """
        import pyarrow as pa

        old: dict[Path, pa.Table] = {}
        written: dict[Path, int] = {}
        kept: dict[str, list[pa.Table]] = {}
        for part in parts:
            try:
                runs, written[part] = _checked(part), _written(part)
                tables = {name: self._kept_table(name, part, runs) for name in _hashes(runs)}
            except (OSError, ValueError):
                continue
            old[part] = runs
            for name, table in tables.items():
                kept.setdefault(name, []).append(table)
        if len(old) < 2:
            return None
        joined = {name: pa.concat_tables(tables, promote_options="permissive") for name, tables in kept.items()}
        bare = [old[part].replace_schema_metadata(None) for part in sorted(old, key=written.__getitem__)]
        made = self._write(pa.concat_tables(bare, promote_options="permissive"), joined)
        for part in old:
            part.unlink(missing_ok=True)  # of runs first: without it the rest does not exist
            for name in kept:
                (self.folder / "parts" / name / part.name).unlink(missing_ok=True)
        return made

    def failure_log(self, run_id: str) -> Path:
        """Return the path of the log of a failed run."""
        return self.folder / "logs" / "failures" / f"{run_id}.txt"

    def _parts(self) -> list[Path]:
        return sorted((self.folder / "parts" / "runs").glob("*.parquet"))

    def _whole(self, read: Callable[[Path], T]) -> list[T]:
        """Read every part; begin again where one went meanwhile, since the part it was joined to is there by then.

        A part that cannot be read is set aside: its runs are missing, and are made again.
        """
        while True:
            found = []
            for part in self._parts():
                try:
                    found.append(read(part))
                except (OSError, ValueError):
                    if not part.is_file():
                        break
                    self.damaged.append(part)
                    set_aside(part)
            else:
                return found

    def _kept(self, name: str, part: Path) -> pd.DataFrame:
        """Return a kept table of the runs of a part; none where the part has no such table."""
        import pandas as pd

        runs = _checked(part)
        if name not in _hashes(runs):
            return pd.DataFrame({"run_id": pd.Series(dtype="str")})
        return frame_of(self._kept_table(name, part, runs))

    def _kept_table(self, name: str, part: Path, runs: pa.Table) -> pa.Table:
        return _checked(self.folder / "parts" / name / part.name, _hashes(runs)[name])

    def _remove_stale_files(self) -> None:
        limit = time.time() - STALE_S
        for path in self.folder.rglob(f"*{TEMPORARY}"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def _write_plan(self, plan: Plan, points: pd.DataFrame) -> None:
        import pandas as pd

        columns = {name: [getattr(run, name) for run in plan.runs] for name in ("run_id", "scenario", "seed", "shard")}
        for kind, table in (("plan", pd.DataFrame(columns)), ("points", points)):
            path = self.folder / kind / f"{plan.digest}.parquet"
            if not path.exists():
                write_parquet(path, table)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH_DIGITS]


def _written(path: Path) -> int:
    """Return when a file was written, ns; renaming it changes nothing."""
    return path.stat().st_mtime_ns


def _bytes_of(table: pa.Table) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = pa.BufferOutputStream()
    parquet.write_table(table, buffer, compression="zstd")
    return bytes(buffer.getvalue())


def _hashes(runs: pa.Table) -> dict[str, str]:
    """Return the hashes of the tables kept with a part, by name."""
    found: dict[str, str] = json.loads((runs.schema.metadata or {}).get(KEPT, b"{}"))
    return found


def _rows_of(part: Path) -> list[tuple[str, str, str]]:
    """Return id, status and final state of each row of a part: of a run that failed first, a joined part has two."""
    table = _checked(part, columns=["run_id", "status", "state_digest"])
    rows = zip(*(table[name].to_pylist() for name in ("run_id", "status", "state_digest")))
    return [(run_id, sys.intern(status), state) for run_id, status, state in rows]


def _checked(path: Path, wanted: str | None = None, *, columns: list[str] | None = None) -> pa.Table:
    """Read a file whose hash is its name, or ``wanted``; raise ``StoreError`` where its content has another."""
    content = path.read_bytes()
    if _hash(content) != (wanted or path.stem):
        raise StoreError("changed_file", path=path)
    return table_of(content, columns)
