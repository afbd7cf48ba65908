"""What is said of a number and of a switch of the model: name, value, bounds, tier, source, meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Param:
    """A number of the model. Bounds are those of its prior; a scenario file may not leave them."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    tier: str
    source: str
    meaning: str

    @property
    def assumed(self) -> bool:
        """Whether its source is an assumption, with or without its reason."""
        return self.source.startswith("assumption")


@dataclass(frozen=True)
class Switch:
    """A choice between mechanisms."""

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str
