"""Progress of a launch, on standard error: a bar with the time left on a terminal, else a line per tenth."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, TextIO


class Progress:
    """Count of finished runs, shown as it grows. Use as a context.

    Parameters
    ----------
    total
        number of runs to make
    label
        what is being done
    quiet
        show nothing
    stream
        where to show it
    """

    def __init__(self, total: int, label: str, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.total = total
        self.label = label
        self.stream = stream or sys.stderr
        self.shown = not quiet and total > 0
        self.done = 0
        self._bar: Any = None
        self._started = time.monotonic()

    def __enter__(self) -> Progress:
        if self.shown and self.stream.isatty():
            self._bar = self._start_bar()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self) -> None:
        """Count one more run."""
        before, self.done = self.done, self.done + 1
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])
        elif self.shown and self.done * 10 // self.total > before * 10 // self.total:
            print(self._line(), file=self.stream, flush=True)

    def _line(self) -> str:
        left = (time.monotonic() - self._started) / self.done * (self.total - self.done)
        share = self.done * 100 // self.total
        return f"{self.label}: {share:3d} %  {self.done}/{self.total}  {duration(left)} left"

    def _start_bar(self) -> Any:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("·"),
            progress.TimeRemainingColumn(),
        )
        bar = progress.Progress(*columns, console=Console(file=self.stream))
        bar.add_task(self.label, total=self.total)
        bar.start()
        return bar


def duration(seconds: float) -> str:
    """Write a duration with two units at most: ``45 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
