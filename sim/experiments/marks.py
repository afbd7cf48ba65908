"""What a finished run left: its mark, with the SHA-256 of each of its tables, and what to do where one does not match.

The hash of a table is taken when it is written and kept in the mark, which carries a hash of itself. So a run can be
taken over from another folder, or read years later, and a table that was cut short or edited since shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.refusals import Refusal
from sim.whole_files import table_of, write_bytes, write_parquet

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns of a mark; texts but for the seed and the wall-clock time. ``hashes`` are those of the tables, by name.
COLUMNS = (
    "run_id", "seed", "status", "message", "state_digest", "wall_s", "tables", "scalars", "seconds", "hashes",
)  # fmt: skip
OWN = "sha256"
DAMAGED = ".damaged"


class StoreError(Refusal):
    """The results folder cannot be used as asked, or holds something different."""


class Damaged(StoreError):
    """A file of a run is missing, cut short, or not what was written; ``path`` is the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__("damaged", path=path)


def mark_path(folder: Path, run_id: str) -> Path:
    """Return the path of the mark of a run in the folder of a study."""
    return table_path(folder, "runs", run_id)


def table_path(folder: Path, table: str, run_id: str) -> Path:
    """Return the path of one table of a run in the folder of a study."""
    return folder / "parts" / table / f"{run_id}.parquet"


def write_mark(path: Path, row: Mapping[str, Any]) -> None:
    """Write a mark whole, with its own hash; ``row`` has a value for each of ``COLUMNS``."""
    import pandas as pd

    write_parquet(path, pd.DataFrame([{**{name: row[name] for name in COLUMNS}, OWN: _own_hash(row)}]))


def read_mark(path: Path) -> dict[str, Any]:
    """Return a mark as it was written.

    Raises
    ------
    Damaged
        if it cannot be read, or was changed
    """
    try:
        (row,) = table_of(path.read_bytes()).to_pylist()
        sound = row["run_id"] == path.stem and row[OWN] == _own_hash(row)
    except (OSError, ValueError, KeyError) as error:
        raise Damaged(path) from error
    if not sound:
        raise Damaged(path)
    return dict(row)


def _own_hash(row: Mapping[str, Any]) -> str:
    text = json.dumps([row[name] for name in COLUMNS], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_tables(mark: Mapping[str, Any], folder: Path) -> dict[Path, bytes]:
    """Return the content of every table of a run, by path, each compared with its hash.

    Raises
    ------
    Damaged
        for the first one that is missing or does not match
    """
    names = json.loads(mark["tables"])
    return {table_path(folder, name, mark["run_id"]): read_bytes(folder, name, mark) for name in names}


def read_bytes(folder: Path, table: str, mark: Mapping[str, Any]) -> bytes:
    """Return the content of one table of a run, compared with the hash in its mark; raise ``Damaged``."""
    path = table_path(folder, table, mark["run_id"])
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Damaged(path) from error
    if hashlib.sha256(content).hexdigest() != json.loads(mark["hashes"]).get(table):
        raise Damaged(path)
    return content


def read_table(folder: Path, table: str, mark: Mapping[str, Any]) -> pa.Table:
    """Return one table of a run, compared with the hash in its mark; raise ``Damaged``."""
    return table_of(read_bytes(folder, table, mark))


def copy_run(source: Path, target: Path, run_id: str) -> bool:
    """Copy a finished run from one study's folder to another's, its mark last; say whether it was finished.

    Raises
    ------
    Damaged
        if a file of the run does not match; nothing is copied
    """
    mark = read_mark(mark_path(source, run_id))
    if mark["status"] != "ok":
        return False
    contents = read_tables(mark, source)
    for path, content in (*contents.items(), (mark_path(source, run_id), mark_path(source, run_id).read_bytes())):
        write_bytes(target / path.relative_to(source), content)
    return True


def damaged_files(folder: Path, sealed: Mapping[str, str]) -> dict[str, list[Path]]:
    """Return the files that are missing or do not match, by run; every run that has a mark or had one is looked at.

    Parameters
    ----------
    folder : of the study
    sealed : hashes that the manifest keeps, by name
    """
    marks = {path.stem: path for path in sorted((folder / "parts" / "runs").glob("*.parquet"))}
    found: dict[str, dict[Path, None]] = {}
    hashes = {folder / name: [text] for name, text in sealed.items() if name.startswith("parts/")}
    for run_id, path in marks.items():
        try:
            mark = read_mark(path)
        except Damaged:
            found.setdefault(run_id, {})[path] = None
            continue
        kept = json.loads(mark["hashes"])
        for table in json.loads(mark["tables"]):
            hashes.setdefault(table_path(folder, table, run_id), []).append(kept.get(table))
    for path, wanted in hashes.items():
        if {_hash(path)} != set(wanted):
            found.setdefault(path.stem, {})[path] = None
    return {run_id: list(paths) for run_id, paths in found.items()}


def _hash(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def set_aside(path: Path) -> Path | None:
    """Rename a file to ``NAME.damaged``, or with a number where that is taken; None where there is no file."""
    target, number = path.with_name(path.name + DAMAGED), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}{DAMAGED}-{number}")
    try:
        path.rename(target)
    except FileNotFoundError:  # missing, or another command was faster
        return None
    return target
