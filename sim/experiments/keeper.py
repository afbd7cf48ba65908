"""What a worker does with the runs of a sweep: it gathers them, and writes them as parts of the bank."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sim.experiments.bank import OWN_COLUMNS, Bank
from sim.experiments.plan import RunSpec
from sim.whole_files import write_text

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.shard import Tell
    from sim.experiments.store import Result

FLUSH_RUNS = 50
FLUSH_S = 30.0
JOIN_PARTS = 20  # a worker joins its own parts when there are so many, and when it ends


class BankKeeper:
    """Gathers runs and writes them as parts of a bank; tells of each run when it is on the disk.

    Parameters
    ----------
    points : one row per point of the sweep
    keep : tables of a run that are kept whole
    point_of, outcomes_of : the point of a run, and what its row holds of its result
    """

    def __init__(
        self,
        bank: Bank,
        points: pd.DataFrame,
        keep: Collection[str],
        tell: Tell,
        *,
        point_of: Callable[[RunSpec], int],
        outcomes_of: Callable[[Result], dict[str, float]],
    ) -> None:
        self.bank, self.keep, self.tell = bank, keep, tell
        self.point_of, self.outcomes_of = point_of, outcomes_of
        self._places = {str(name): points[name].tolist() for name in points}
        self._rows: list[dict[str, Any]] = []
        self._runs: list[RunSpec] = []
        self._written: list[Path] = []
        self._tables: dict[str, list[pd.DataFrame]] = {}
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._join()

    def holds(self, run: RunSpec) -> bool:
        return self.bank.seems_done(run.run_id)

    def add(self, run: RunSpec, result: Result, *, seconds: float) -> None:
        """Take a finished run: its outcomes, its scalars, and the tables the sweep keeps."""
        outcomes = self.outcomes_of(result)
        for name in self.keep:
            if name in result.tables:
                self._tables.setdefault(name, []).append(result.tables[name].assign(run_id=run.run_id))
        self._take(run, "ok", seconds, state_digest=result.state_digest, values={**outcomes, **result.scalars})

    def add_failure(self, run: RunSpec, message: str, traceback: str, *, repeat: str, seconds: float) -> None:
        """Take a run that raised: a log with the command that repeats it, and a failed row."""
        text = f"{run.scenario}, seed {run.seed}\n{message}\n\nRepeat it with:\n  {repeat}\n\n{traceback}"
        write_text(self.bank.failure_log(run.run_id), text)
        self._take(run, "failed", seconds, message=message)

    def _take(
        self,
        run: RunSpec,
        status: str,
        seconds: float,
        *,
        message: str = "",
        state_digest: str = "",
        values: Mapping[str, float] | None = None,
    ) -> None:
        point = self.point_of(run)
        own = (run.run_id, run.scenario, run.seed, point, status, message, state_digest, float(seconds))
        place = {name: values[point] for name, values in self._places.items()}
        self._rows.append({**dict(zip(OWN_COLUMNS, own)), **place, **(values or {})})
        self._runs.append(run)
        if len(self._rows) >= FLUSH_RUNS or time.monotonic() - self._since >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered and tell of it; nothing is forgotten when writing fails."""
        import pandas as pd

        self._since = time.monotonic()
        if not self._rows:
            return
        tables = {name: pd.concat(parts, ignore_index=True) for name, parts in self._tables.items()}
        self._written.append(self.bank.add_part(self._rows, tables))
        if len(self._written) >= JOIN_PARTS:
            self._join()
        written = zip(self._runs, [row["status"] for row in self._rows])
        self._rows, self._runs, self._tables = [], [], {}
        for run, status in written:
            self.tell(run, status)

    def _join(self) -> None:
        """Join the parts of this worker, so that very many runs do not make very many files."""
        with suppress(OSError):  # no room for it: the parts stay as they are
            made = self.bank.join(self._written)
            self._written = self._written if made is None else [made]
