"""Reading stored runs as tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments.marks import COLUMNS, OWN, Damaged, StoreError, read_mark, read_table
from sim.experiments.seal import MANIFEST, read_manifest
from sim.whole_files import frame_of, table_of

if TYPE_CHECKING:
    import pandas as pd

def read_marks(folder: Path) -> pd.DataFrame:
    """Return one row per run present, in the order of run ids; files being written are left out.

    Raises
    ------
    Damaged
        if a mark cannot be read or was changed
    """
    import pandas as pd

    paths = sorted((folder / "parts" / "runs").glob("*.parquet"))
    return pd.DataFrame([read_mark(path) for path in paths], columns=[*COLUMNS, OWN])


class StoredRuns:
    """The runs of a plan that are present, as tables.

    Parameters
    ----------
    folder
        folder of the study
    wanted
        (run_id, scenario, seed) of each run of the plan; two scenarios may share a run
    """

    def __init__(self, folder: Path, wanted: Sequence[tuple[str, str, int]]) -> None:
        import pandas as pd

        self.folder = Path(folder)
        plan = pd.DataFrame(list(wanted), columns=["run_id", "scenario", "seed"])
        marks = read_marks(self.folder).drop(columns="seed")
        self._marks = plan.merge(marks, on="run_id", how="inner", validate="many_to_one")
        self._ended: list[dict[Any, Any]] = self._marks[self._marks["status"] == "ok"].to_dict("records")
        self.missing = len(plan) - len(self._marks)

    @classmethod
    def open(cls, folder: Path) -> StoredRuns:
        """Open the runs of the plan a folder's manifest names; raise ``StoreError`` where it has none to read."""
        folder = Path(folder)
        manifest = read_manifest(folder)
        if manifest is None:
            raise StoreError("no_results", folder=folder, file=MANIFEST)
        path = folder / "plan" / f"{manifest['plan']}.parquet"
        try:
            plan = table_of(path).to_pylist()
        except (OSError, ValueError) as error:
            raise Damaged(path) from error
        return cls(folder, [(row["run_id"], row["scenario"], row["seed"]) for row in plan])

    def runs(self) -> pd.DataFrame:
        """Return one row per run present, failed ones included.

        Columns: run_id, scenario, seed, status (ok or failed), message, state_digest, wall_s; every scalar of
        the model under its own name; time per process as ``seconds_<process>``.
        """
        import pandas as pd

        plain = self._marks.drop(columns=["tables", "scalars", "seconds", "hashes", OWN])
        extra = [_expand(*texts) for texts in zip(self._marks["scalars"], self._marks["seconds"])]
        return pd.concat([plain, pd.DataFrame(extra, index=plain.index)], axis=1)

    def table(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return one table of all finished runs, or of one scenario, one seed or both.

        Parameters
        ----------
        name
            series, firms, ledger or hubs; columns ``scenario`` (categorical) and ``seed`` come first
        scenario, seed
            what to keep

        Raises
        ------
        KeyError
            if no finished run has this table
        Damaged
            if a file is not the one its run wrote
        """
        import pandas as pd
        import pyarrow as pa

        rows = self._finished(name, scenario, seed)
        tables = [read_table(self.folder, name, row) for row in rows]
        frame = frame_of(pa.concat_tables(tables, promote_options="permissive"))
        repeats = [len(table) for table in tables]
        scenarios = pd.Categorical([row["scenario"] for row in rows], categories=self._scenarios())
        seeds = pd.Series([row["seed"] for row in rows], dtype="int64")
        frame.insert(0, "scenario", pd.Series(scenarios.repeat(repeats)))
        frame.insert(1, "seed", seeds.repeat(repeats).to_numpy())
        return frame

    def _scenarios(self) -> list[str]:
        return list(dict.fromkeys(self._marks["scenario"].tolist()))

    def _finished(self, name: str, scenario: str | None, seed: int | None) -> list[dict[Any, Any]]:
        ended = [row for row in self._ended if scenario in (None, row["scenario"]) and seed in (None, row["seed"])]
        rows = [row for row in ended if name in json.loads(row["tables"])]
        if not rows:
            known = sorted({table for row in ended for table in json.loads(row["tables"])})
            asked = ", ".join(f"{value}" for value in (scenario, seed) if value is not None) or "any run"
            raise KeyError(f"{self.folder}: no table {name!r} of {asked}; tables present: {known}")
        return rows


def _expand(scalars: str, seconds: str) -> dict[str, float]:
    """Turn the two dictionaries of a mark into columns."""
    times = {f"seconds_{name}": value for name, value in json.loads(seconds).items()}
    return {**json.loads(scalars), **times}
