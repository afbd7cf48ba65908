"""How much memory a worker may take: a run that asks for more fails by itself, and the others go on."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from sim.refusals import Refusal

UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
LEAST = 2**28  # a worker takes about this before its first run


class MemoryOption(Refusal):
    """An amount of memory that cannot be read, is too small to work with, or cannot be enforced here."""


def memory_bytes(text: str) -> int:
    """Read ``2G``, ``2GB``, ``1.5GiB`` or ``500M`` as bytes, in powers of 1024 as SLURM does.

    Raises
    ------
    MemoryOption
        if it cannot be read, or is below what a worker needs before its first run
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?", text.strip().lower())
    if found is None:
        raise MemoryOption("no_amount", text=text)
    amount = int(float(found[1]) * UNITS[found[2]])
    if amount < LEAST:
        raise MemoryOption("small_amount", text=text, least=LEAST // 2**20)
    return amount


def check_limits() -> None:
    """Raise ``MemoryOption`` where the system does not let a process limit its own memory."""
    if not sys.platform.startswith("linux"):
        raise MemoryOption("memory_on_linux")


def limit_memory(most: int) -> None:
    """Let this process take ``most`` bytes at most: what it asks for beyond ends in ``MemoryError``.

    The system limits data, which also counts what was reserved and never used: stacks of threads, pools of compilers.
    What of it is there now, beyond the memory in use, is added; call it when everything is loaded.
    """
    import resource

    page = os.sysconf("SC_PAGE_SIZE")
    _, resident, _, _, _, data, _ = (int(each) * page for each in Path("/proc/self/statm").read_text().split())
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = most + max(data - resident, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
