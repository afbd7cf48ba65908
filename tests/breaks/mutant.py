"""What a break of the model is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One break: in `file`, `old` becomes `new`; `test` (a pytest node) is to fail."""

    name: str
    file: str
    old: str
    new: str
    test: str
