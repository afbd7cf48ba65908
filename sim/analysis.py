"""The same comparison from Python: tidy pandas frames, with the unit of every column in ``frame.attrs["units"]``.

    >>> from sim.analysis import compare
    >>> result = compare(quick=True)                          # the default study, as `python run.py compare --quick`
    >>> result.effects.query("outcome == 'jobs'")             # doctest: +SKIP

``scenarios/tour.py`` shows all of it and asserts what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from sim.compare import Comparison
    from sim.experiments.store import StoredRuns

__all__ = ["Analysis", "compare", "load"]


@dataclass(frozen=True)
class Analysis:
    """A finished study: its comparison, its runs, its folder.

    Attributes
    ----------
    comparison : all frames, and ``meta``, the facts about them
    folder : where runs, tables and reports lie
    """

    comparison: Comparison
    folder: Path

    def __getattr__(self, name: str) -> pd.DataFrame:
        """A frame of the comparison by its name, such as ``effects``."""
        frames = self.comparison.frames()
        if name in frames:
            return frames[name]
        from sim.errors import did_you_mean

        raise AttributeError(f"no frame {name!r}: {did_you_mean(name, frames) or ', '.join(frames)}")

    @property
    def policies(self) -> pd.DataFrame:
        """One row per policy at the headline year: effects with both intervals, cost, equity, number of runs."""
        from sim.report.exports import policies

        return policies(self.comparison)

    @property
    def columns(self) -> pd.DataFrame:
        """What every column of every frame is: table, column, unit, title_fr, title_en."""
        from sim.report.exports import columns

        return columns(self.comparison)

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run: scenario, seed, status, and every single number the run left behind."""
        return self._stored().runs()

    def table(self, name: str, *, scenario: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """One stored table of the runs (series, firms, ledger, hubs, accounts), units of series in ``attrs``.

        Raises
        ------
        KeyError
            if no finished run has this table
        """
        from sim.recorder import FLOWS, STOCKS, UNITS

        frame = self._stored().table(name, scenario=scenario, seed=seed)
        if name == "series":
            counted = {**dict.fromkeys(FLOWS, "1/year"), **dict.fromkeys(STOCKS, "1"), **UNITS}
            counted |= {"public_state_eur": "EUR/year", "public_local_eur": "EUR/year"}
            frame.attrs["units"] = {column: counted[column] for column in frame if column in counted}
        return frame

    def report(self) -> dict[str, Path]:
        """Write the report, the figures and the tables again; return the page of each language."""
        from sim.commands.compare import write_reports

        return write_reports(self.comparison, self.folder)

    def _stored(self) -> StoredRuns:
        from sim.experiments.store import StoredRuns

        return StoredRuns.open(self.folder)


def compare(
    *files: str | Path,
    seeds: int | None = None,
    quick: bool = False,
    months: int | None = None,
    cell_km: float | None = None,
    settings: Mapping[str, str] | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    quiet: bool = True,
) -> Analysis:
    """Compare policies at equal public cost, as ``python run.py compare`` does: what is missing is run, the rest read.

    Parameters
    ----------
    files : one study, or scenarios to set against the baseline; none for the default study
    seeds, quick, months, cell_km, settings, out, jobs
        the options of the command line; ``settings`` are those of ``--set``
    quiet : no progress on standard error

    Raises
    ------
    ValueError
        of the package's own kind, with file, line and what was probably meant, where a file is wrong
    """
    from sim.commands.compare import compare_and_report, read_study
    from sim.commands.launching import make_missing_runs
    from sim.commands.options import LaunchOptions, WorldOptions

    overrides = WorldOptions(cell_km=cell_km, months=months, settings=settings or {}).overrides()
    study = read_study([str(file) for file in files], overrides, seeds=seeds, quick=quick, lang="en")
    launch = LaunchOptions(jobs, Path(out) if out is not None else None)
    launched = make_missing_runs(study, launch=launch, quiet=quiet, lang="en")
    comparison, _ = compare_and_report(study, launched)
    return Analysis(comparison, launched.store.folder)


def load(folder: str | Path) -> Analysis:
    """Read a finished study from its folder; nothing is simulated.

    Raises
    ------
    ValueError
        naming the file that is missing or was changed
    """
    from sim.compare import Comparison

    return Analysis(Comparison.load(Path(folder) / "tables"), Path(folder))
