"""Ready-made sets of mechanisms: the same engine, with fewer of them at work.

A scenario names one in ``model.preset``; what it writes under ``model.parameters`` and ``model.switches`` comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.params import SWITCHES


@dataclass(frozen=True)
class Preset:
    """Departures from the defaults, and the parameters left to vary (all of them when `free` is empty)."""

    name: str
    meaning: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    free: tuple[str, ...] = ()


# The twelve parameters of the smallest model that shows tipping, displacement and dilution (MODEL, section I).
CORE = (
    "founding.base_hazard", "founding.peers",  # people found, and more where others did
    "spillovers.walk_km", "location.walk",  # near firms attract firms
    "location.home", "location.rent", "location.visibility",  # roots, rents, the label
    "rents.elasticity",  # rents rise where firms crowd
    "growth.young", "growth.volatility",  # firms grow by fits
    "closure.base",  # and close
    "brand.dilution",  # a brand is shared
)
CORE_MECHANISMS = (  # switches that stay on: firms that live, hire and pay rents; people who come and retire
    "founding.active", "founding.interactions", "growth.active", "closure.cash", "labour.active", "population.active",
    "rents.active",
)

PRESETS = {
    preset.name: preset
    for preset in (
        Preset("complete", "every mechanism"),
        Preset(
            "core",
            "the twelve parameters that show tipping, displacement and dilution, for teaching",
            parameters={
                "founding.ecosystem": 0.0, "founding.incubation": 0.0, "location.commute": 0.0,
                "location.diversity": 0.0, "growth.spillover": 0.0, "growth.accelerator": 0.0,
            },
            switches={
                s.name: "off" for s in SWITCHES.values() if "off" in s.choices and s.name not in CORE_MECHANISMS
            },
            free=CORE,
        ),
    )
}
