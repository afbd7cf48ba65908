"""Break the model in one place at a time; the test that claims to notice must: ``python tests/mutants.py``.

Each mutant replaces one piece of source in a copy of the package; the named test must then fail. A mutant whose
test passes is a hole in the tests. Names or numbers given as arguments choose among mutants. Takes some minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from breaks import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent


QUICK = ("two purposes with one number", "a process that knows another", "two versions")  # nothing to compile


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: caught, or why not."""

    mutant: Mutant
    caught: bool
    why: str
    seconds: float


def copy_project(folder: Path) -> Path:
    """What tests need of the project, in a folder of its own."""
    for name in ("sim", "tests", "scenarios", "calibration"):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "*.parquet"),
                copy_function=shutil.copy2,
            )
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy2(path, folder / path.name)
    return folder


def run_test(project: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test on a copy of the project, on the compiled code of this copy."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(project),
        "NUMBA_CACHE_DIR": str(project / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", f"tests/{test}"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=500)


def keep_compiled(project: Path) -> None:
    """Compile the sound copy once, and see that it passes a test that runs whole worlds."""
    done = run_test(project, "test_contracts.py")
    if done.returncode != 0:
        raise SystemExit(f"the model fails before it is broken:\n{done.stdout[-3000:]}")
    shutil.copytree(project / "cache", project / "sound")


def restore_compiled(project: Path) -> None:
    """Give the sound copy its compiled code back: a mutant replaces that of its file."""
    if (project / "sound").is_dir():
        shutil.rmtree(project / "cache")
        shutil.copytree(project / "sound", project / "cache")


def try_mutant(mutant: Mutant, project: Path) -> Verdict:
    """Break the copy, run the test, mend the copy. Only a failed assertion or error of the test itself counts."""
    began, path = time.perf_counter(), project / mutant.file
    sound = path.read_text(encoding="utf-8")
    if sound.count(mutant.old) != 1:
        return Verdict(mutant, False, f"its source is found {sound.count(mutant.old)} times: write it again", 0.0)
    stat = path.stat()
    try:
        path.write_text(sound.replace(mutant.old, mutant.new), encoding="utf-8")
        done = run_test(project, mutant.test)
    finally:
        path.write_text(sound, encoding="utf-8")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # compiled code of the sound file stays valid
        restore_compiled(project)
    caught = done.returncode == 1
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-120:]
    return Verdict(mutant, caught, last, time.perf_counter() - began)


def report(verdicts: list[Verdict]) -> str:
    """Table of what was caught."""
    width = max(len(v.mutant.name) for v in verdicts)
    lines = [
        f"{v.mutant.name:{width}}  {'caught' if v.caught else 'NOT CAUGHT':10}  {v.seconds:5.1f} s  {v.mutant.test}"
        + ("" if v.caught else f"  [{v.why}]")
        for v in verdicts
    ]
    missed = sum(not v.caught for v in verdicts)
    return "\n".join([*lines, f"{len(verdicts) - missed} of {len(verdicts)} mutants caught"])


def main(names: list[str]) -> int:
    """Try the mutants whose name holds one of `names`, all without any; 0 when all are caught."""
    chosen = [m for m in MUTANTS if not names or any(name in m.name for name in names)]
    if not chosen:
        print("no mutant has such a name; there are:\n  " + "\n  ".join(m.name for m in MUTANTS), file=sys.stderr)
        return 2
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        keep_compiled(project)
        for mutant in chosen:
            verdicts.append(try_mutant(mutant, project))
            print(report(verdicts[-1:]).splitlines()[0], file=sys.stderr, flush=True)
    print(report(verdicts))
    return 0 if all(v.caught for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
