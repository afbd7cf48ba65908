"""Compilation: the only place where numba's options are set, and the small loops every process shares.

Kernels are compiled once, serially, without the interpreter lock and without any relaxation of
floating-point rules. Parallel work is a serial kernel run on blocks of rows by several threads
(`for_rows`): each row is written by one thread only and nothing is summed across rows, so results do
not depend on the number of threads, and there is one compiled form of each formula instead of two.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np


class CacheFolderError(ValueError):
    """The folder for compiled code cannot be written."""


# Files and folders whose kernels or constants are used by kernels of other files. numba notices an edit in a kernel's
# own file, not in one it calls from another: the cache folder is named by these (a test keeps the list whole).
# The table of parameters is among them: kernels know a parameter by its place in its group.
SHARED = ("choice.py", "fields.py", "kernels.py", "labour_markets.py", "people.py", "rng.py", "rounds.py", "teams.py",
          "params")


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=6)
    root = Path(__file__).parent
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def source_hash() -> str:
    """Hash of every source file of the package: what identifies the code of a run."""
    return _hash(sorted(Path(__file__).parent.rglob("*.py")))


def cache_folder() -> Path:
    """Folder for compiled code, made if missing.

    ``NUMBA_CACHE_DIR`` if set, else ``XDG_CACHE_HOME``/quartiers, else ``~/.cache/quartiers``; inside it one
    folder per version of the shared sources and of Python.

    Raises
    ------
    CacheFolderError
        If the folder cannot be made or written.
    """
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    python = platform.python_version_tuple()
    here = Path(__file__).parent
    shared = _hash(path for name in SHARED for path in sorted((here / name).rglob("*.py")) or [here / name])
    folder = Path(base).expanduser() / "quartiers" / f"{shared}-py{python[0]}{python[1]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CacheFolderError(
            f"the folder for compiled code cannot be written: {folder} ({error.strerror}). "
            "Set NUMBA_CACHE_DIR to a folder you may write to, for example: NUMBA_CACHE_DIR=/tmp/numba"
        ) from error
    return folder


_FOLDER = cache_folder()
from numba import config, njit  # noqa: E402  -- imported once the cache folder is known to be writable
from numba.core.registry import CPUDispatcher  # noqa: E402

config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]

COMPILED = not config.DISABLE_JIT  # type: ignore[attr-defined]


_compiled = partial(njit, cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop or an equation: cached on disk, no interpreter lock, exact arithmetic."""
    return _compiled(function)


class Helper(CPUDispatcher):
    """A function that only kernels call. The way in for Python, often as much code as the function, is compiled when
    Python first comes, as in tests, and kept nowhere.
    """

    def __call__(self, *args: Any) -> Any:
        return _for_python(self.py_func)(*args)


@cache
def _for_python(function: Callable[..., Any]) -> Any:
    return _compiled(function, cache=False)


def helper(function: Callable[..., Any]) -> Any:
    """Compile an equation or a step that only other kernels call: less to compile than a kernel."""
    made = _compiled(function, no_cpython_wrapper=True)
    if COMPILED:
        made.__class__ = Helper
    return made


def inlined(function: Callable[..., Any]) -> Any:
    """Compile an equation into each loop that uses it, so that the loop can be run on several rows at once."""
    return _compiled(function, inline="always")


def threads() -> int:
    """Number of threads `for_rows` may use: numba's own setting, one in the workers of a study."""
    return int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=threads())


MIN_ROWS_PER_THREAD = 20_000  # below this, handing rows to a second thread costs more than it saves


def for_rows(loop: Callable[..., None], n_rows: int, *arguments: Any) -> None:
    """Run ``loop(first, last, *arguments)`` over all rows, in blocks on several threads when it pays.

    `loop` may write only to rows ``first <= row < last``; what it reads of other rows, it must not write.
    """
    blocks = min(threads(), max(1, n_rows // MIN_ROWS_PER_THREAD))
    if blocks == 1:
        loop(0, n_rows, *arguments)
        return
    edges = np.linspace(0, n_rows, blocks + 1).astype(np.int64)
    jobs = [_pool().submit(loop, a, b, *arguments) for a, b in pairwise(edges)]
    for job in jobs:
        job.result()


@kernel
def total(values):
    """Sum in order of a row of numbers; numpy's own takes seconds to compile."""
    out = 0.0
    for i in range(values.size):
        out += values[i]
    return out


@helper
def largest(values):
    """Largest of a row of numbers; numpy's own takes longer to compile."""
    out = values[0]
    for i in range(1, values.size):
        out = max(out, values[i])
    return out


_NONE, _ONE = np.uint64(0), np.uint64(1)


@kernel
def rows_where(mask):
    """Rows of a mask that are true, in order: numpy's flatnonzero, some four times as fast where most are false.

    Parameters
    ----------
    mask : [n] bool, contiguous
    """
    whole = mask.size // 8 * 8
    words = mask[:whole].view(np.uint64)  # eight rows at once
    some, m = np.empty(words.size, np.uint32), np.uint64(0)
    for w in range(words.size):  # words with some row, then their rows: no branch to guess, whatever the pattern
        some[m] = w
        m += np.uint64(words[w] != _NONE)
    rows, n = np.empty(mask.size, np.int64), np.uint64(0)
    for w in some[:m]:
        word = words[w]
        for byte in range(8):
            rows[n] = 8 * np.int64(w) + byte
            n += (word >> np.uint64(8 * byte)) & _ONE
    for j in range(whole, mask.size):
        rows[n] = j
        n += np.uint64(mask[j])
    return rows[:n]


@kernel
def group_rows(group, n_groups):
    """Rows sorted by group, stable: a counting sort.

    Parameters
    ----------
    group : [n] group of each row; negative rows are left out

    Returns
    -------
    rows : [m] row numbers
    start : [n_groups + 1] rows of group g are ``rows[start[g]:start[g + 1]]``
    """
    start = np.zeros(n_groups + 1, np.int64)
    for i in range(group.size):
        if group[i] >= 0:
            start[group[i] + 1] += 1
    for g in range(n_groups):
        start[g + 1] += start[g]
    rows = np.empty(start[n_groups], np.int64)
    fill = start[:-1].copy()
    for i in range(group.size):
        if group[i] >= 0:
            rows[fill[group[i]]] = i
            fill[group[i]] += 1
    return rows, start


@kernel
def best_of_groups(group, merit, uid, room):
    """Who rank within the room of their group, the highest merit first, then the lowest identity: places in the list.

    Parameters
    ----------
    group, merit, uid : [n]
    room : [groups] seats, which are few: each is given after a look at all who are left
    """
    rows, start = group_rows(group, room.size)
    out, n = np.empty(group.size, np.int64), 0
    for g in range(room.size):
        first, last = start[g], start[g + 1]
        for seat in range(first, min(first + int(room[g]), last)):
            for k in range(seat + 1, last):
                one, other = rows[seat], rows[k]
                if merit[other] > merit[one] or (merit[other] == merit[one] and uid[other] < uid[one]):
                    rows[seat], rows[k] = other, one
            out[n] = rows[seat]
            n += 1
    return out[:n]


@kernel
def sort_circles(group, place, n_groups):
    """Rows sorted by group, then by place within the group, in a time proportional to their number.

    Each group is cut into as many arcs as it has rows; places that are spread evenly leave about one row an arc.

    Parameters
    ----------
    group : [n] group of each row, none negative
    place : [n] in [0, 1)

    Returns
    -------
    rows : [n]
    """
    count, before = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    for i in range(group.size):
        count[group[i]] += 1
    for g in range(1, n_groups):
        before[g] = before[g - 1] + count[g - 1]
    arc = np.empty(group.size, np.int64)
    for i in range(group.size):
        arc[i] = before[group[i]] + int(place[i] * count[group[i]])
    rows, _ = group_rows(arc, group.size)
    for i in range(1, group.size):  # what is left to sort is within an arc
        row, k = rows[i], i
        while k > 0 and arc[rows[k - 1]] == arc[row] and place[rows[k - 1]] > place[row]:
            rows[k] = rows[k - 1]
            k -= 1
        rows[k] = row
    return rows
