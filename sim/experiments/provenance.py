"""What ran: hash of the model's sources, versions of the libraries, machine.

The hash is part of every run's identity, so it covers the files that can change a result and leaves out those
that only show or transport results: a new colour in the report must not make a night of runs worthless.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

#: Top-level names of the package that cannot change a run. All else counts: a new file is safe by default.
FACES = frozenset(
    {"cli.py", "commands", "compare", "compare.py", "report", "mesa_view.py", "analysis.py", "experiments"}
    | {"teaching", "evaluation", "explore", "calibration", "docs", "_data"}
    | {"errors.py", "refusals.py", "odd.py", "paths.py", "language.py", "layout.py", "exits.py", "libraries.py"}
    | {"whole_files.py"}
)
LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "pandas", "pyarrow", "mesa", "pydantic")
#: No layer of numba is used: kernels are serial and ordinary threads take blocks of rows (``sim.kernels``).
THREADING_LAYER = "threads over serial kernels"
PACKAGE_FOLDER = Path(__file__).resolve().parents[1]


def model_sources(package: Path = PACKAGE_FOLDER) -> Iterator[Path]:
    """Yield the source files that can change a result, in a fixed order."""
    for path in sorted(package.rglob("*.py"), key=lambda p: p.relative_to(package).as_posix()):
        if path.relative_to(package).parts[0] not in FACES:
            yield path


def hash_sources(package: Path = PACKAGE_FOLDER) -> str:
    """Return 16 hexadecimal digits naming the model's sources (names and text, line ends normalised)."""
    digest = hashlib.blake2b(digest_size=8)
    for path in model_sources(package):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(package).as_posix().encode()
        digest.update(b"%d %s %d " % (len(name), name, len(text)) + text)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the hash of the sources this process runs."""
    return hash_sources()


def versions() -> dict[str, str]:
    """Return the versions of the package, of Python and of the libraries a result can depend on."""
    from sim import __version__

    found = {"quartiers": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    found["platform"] = platform.platform()
    return found


def environment() -> dict[str, Any]:
    """Return what ``version --json`` prints: versions, threads, cache folder, hash of the model's code."""
    from sim.kernels import cache_folder, threads

    return {
        **versions(),
        "executable": sys.executable,
        "threading_layer": THREADING_LAYER,
        "threads": threads(),
        "cache_folder": str(cache_folder()),
        "code_hash": code_hash(),
    }
