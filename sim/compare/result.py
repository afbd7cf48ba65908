"""The result of a comparison: frames and facts, kept as CSV and Parquet with a manifest of hashes."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from sim.refusals import Refusal
from sim.whole_files import frame_of

FORMAT = "comparison/5"
MANIFEST = "comparison.json"


class Unreadable(Refusal):
    """The tables of a comparison are missing, of another format, or no longer what was written."""


@dataclass(frozen=True)
class Comparison:
    """All tables of a comparison, and `meta`, the facts about it.

    Each frame carries its units in ``frame.attrs["units"]``, a dict from column to unit; where rows hold
    several outcomes the unit is "of the outcome" and stands in `labels`.
    """

    arms: pd.DataFrame
    labels: pd.DataFrame
    effects: pd.DataFrame
    pairwise: pd.DataFrame
    trajectories: pd.DataFrame
    members: pd.DataFrame
    clouds: pd.DataFrame
    departements: pd.DataFrame
    waterfall: pd.DataFrame
    rings: pd.DataFrame
    twins: pd.DataFrame
    couplings: pd.DataFrame
    moves: pd.DataFrame
    treated: pd.DataFrame
    ledger: pd.DataFrame
    accounts: pd.DataFrame
    envelopes: pd.DataFrame
    cost: pd.DataFrame
    cost_pairs: pd.DataFrame
    equity: pd.DataFrame
    atkinson: pd.DataFrame
    switches: pd.DataFrame
    kinds: pd.DataFrame
    sets: pd.DataFrame
    set_effects: pd.DataFrame
    set_pairs: pd.DataFrame
    set_regret: pd.DataFrame
    regret: pd.DataFrame
    spread: pd.DataFrame
    sensitivity: pd.DataFrame
    draws: pd.DataFrame
    scorecard: pd.DataFrame
    seconds: pd.DataFrame
    cells: pd.DataFrame
    zones: pd.DataFrame
    hubs: pd.DataFrame
    meta: dict[str, Any]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return all the frames by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "meta"}

    def save(self, folder: str | Path) -> Path:
        """Write every frame as CSV (RFC 4180, UTF-8) and Parquet, then the manifest; return the manifest.

        Each file is written under a temporary name and renamed, the manifest last, so that a reader never
        sees half a comparison.
        """
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        listed: dict[str, Any] = {}
        for name, frame in self.frames().items():
            csv = frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8")
            buffer = io.BytesIO()
            frame.to_parquet(buffer, index=False)
            hashes = {}
            for suffix, content in (("csv", csv), ("parquet", buffer.getvalue())):
                _write(place / f"{name}.{suffix}", content)
                hashes[suffix] = hashlib.sha256(content).hexdigest()
            listed[name] = {"rows": len(frame), "units": frame.attrs.get("units", {}), "sha256": hashes}
        text = json.dumps(
            {"format": FORMAT, "meta": self.meta, "frames": listed},
            indent=1,
            ensure_ascii=False,
            sort_keys=True,
        )
        _write(place / MANIFEST, text.encode("utf-8"))
        return place / MANIFEST

    @classmethod
    def load(cls, folder: str | Path) -> Comparison:
        """Read a saved comparison; raises ``Unreadable`` naming the file that is missing or was changed."""
        place = Path(folder)
        if not (place / MANIFEST).is_file():
            raise Unreadable("no_comparison", path=place / MANIFEST)
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise Unreadable("tables_format", path=place / MANIFEST, known=manifest.get("format"), format=FORMAT)
        frames = {}
        for field in fields(cls):
            if field.name != "meta":
                frames[field.name] = _read(place / f"{field.name}.parquet", manifest["frames"])
        return cls(**frames, meta=manifest["meta"])


def _read(path: Path, listed: dict[str, Any]) -> pd.DataFrame:
    if path.stem not in listed or not path.is_file():
        raise Unreadable("no_table", path=path)
    content = path.read_bytes()
    entry = listed[path.stem]
    if hashlib.sha256(content).hexdigest() != entry["sha256"]["parquet"]:
        raise Unreadable("table_changed", path=path)
    frame = frame_of(content)
    frame.attrs["units"] = entry["units"]
    return frame


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with open(partial, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
