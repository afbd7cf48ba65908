"""The hashes of what a results folder holds, kept in its manifest.

Runs, plans and the study as it was understood never change once they are there: their hash is taken once and kept,
so that a later change shows. Outputs (tables, figures, pages) are made again at will, and hashed each time they are.
The manifest carries its own hash under ``sha256``: it tells an accident or a careless edit, not a forgery.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.experiments.marks import StoreError
from sim.experiments.plan import FORMAT_VERSION
from sim.whole_files import TEMPORARY, write_json

MANIFEST, OWN, FILES = "manifest.json", "sha256", "files"
#: What a manifest has to say, and how: the rest can be absent.
ENTRIES = {
    "study": dict, "scenarios": dict, "horizons": list, "seeds": list, "code_hash": str, "versions": dict, "plan": str,
    FILES: dict,
}  # fmt: skip
#: Folders that are no result: traces of failures, common starts, studies of their own with their own manifest.
LEFT_OUT = frozenset({"logs", "cache", "equal_cost", "apart"})


def hash_of(path: Path) -> str:
    """SHA-256 of a file, as ``sha256sum`` prints it."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def own_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its own hash: of its JSON, keys sorted."""
    bare = {key: value for key, value in content.items() if key != OWN}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a study's folder, None where there is none.

    Raises
    ------
    StoreError
        if it cannot be read, lacks what it has to say, or is of a format this version does not know
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError("manifest_unread", path=path, problem=error, folder=folder.name) from error
    if not isinstance(content, dict):
        raise StoreError("manifest_kind", path=path, folder=folder.name)
    if content.get("format") != FORMAT_VERSION:
        raise StoreError("other_format", path=path, known=content.get("format"), format=FORMAT_VERSION)
    if lacking := missing_entries(content):
        raise StoreError("manifest_lacks", path=path, lacking=", ".join(lacking), folder=folder.name)
    return content


def missing_entries(content: Mapping[str, Any]) -> list[str]:
    """Return the entries that a manifest should have and has not, or not as they should be."""
    study = content.get("study")
    lacking = [name for name, kind in ENTRIES.items() if not isinstance(content.get(name), kind)]
    return lacking + [f"study.{key}" for key in ("id", "digest") if isinstance(study, dict) and key not in study]


def changed_inputs(folder: Path, known: Mapping[str, str]) -> list[Path]:
    """Return the plans and the resolved study of a folder that are there and no longer what the manifest says."""
    paths = {folder / name: text for name, text in known.items() if _is_fixed(name) and not name.startswith("parts/")}
    return [path for path, text in paths.items() if path.is_file() and hash_of(path) != text]


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest with its own hash, last of its entries."""
    bare = {key: value for key, value in content.items() if key not in (FILES, OWN)}
    full = {**bare, FILES: dict(sorted(content.get(FILES, {}).items()))}
    write_json(folder / MANIFEST, {**full, OWN: own_hash(full)})


def fixed_hashes(folder: Path, finished: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Hashes of what never changes: the resolved study, the plans, and every part of the finished runs.

    Parameters
    ----------
    folder : of the study
    finished : ids of the runs that ended well; a failed one may be made again, and is not sealed
    known : hashes already taken, which are kept whatever the file holds now
    """
    ids = set(finished)
    paths = [folder / "study.resolved.yaml", *folder.glob("plan/*.parquet")]
    paths += [path for path in folder.glob("parts/*/*.parquet") if path.stem in ids]
    names = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    kept = {name: text for name, text in known.items() if _is_fixed(name)}
    return kept | {name: hash_of(path) for name, path in names.items() if name not in kept}


def seal_outputs(folder: Path) -> None:
    """Note in the manifest the hash of every output that lies in a study's folder; nothing where there is no manifest.
    """
    content = read_manifest(folder)
    if content is None:
        return
    fixed = {name: text for name, text in content.get(FILES, {}).items() if _is_fixed(name)}
    write_manifest(folder, {**content, FILES: fixed | {name: hash_of(folder / name) for name in outputs(folder)}})


def outputs(folder: Path) -> list[str]:
    """Names of the files made from the runs: tables, figures, pages, the workbook."""
    names = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = path.name.startswith(".") or path.suffix == TEMPORARY
        if path.is_file() and not hidden and name.parts[0] not in LEFT_OUT and name.as_posix() != MANIFEST:
            names.append(name.as_posix())
    return [name for name in names if not _is_fixed(name)]


def _is_fixed(name: str) -> bool:
    return name.startswith(("parts/", "plan/")) or name == "study.resolved.yaml"
