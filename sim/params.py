"""Every number and switch of the model, one row each: value, unit, bounds, tier and source.

Tiers: ``data`` (fixed), ``literature`` (a prior, propagated), ``calibrated``, ``deep`` (nobody knows: swept,
never fitted). ``source="assumption"`` is allowed, counted, and shown in every report.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from typing import Any

from sim import params_firms, params_funding, params_location, params_people, params_places
from sim.param import Param, Switch

# Files that hold more of the table. A new one goes in SHARED of `sim.kernels` too: kernels know parameters by place.
_MORE = (params_firms, params_funding, params_location, params_people, params_places)

_PARAMS = (
    # --- rents ----------------------------------------------------------------------------------------------
    Param("rents.m2_per_fte", 12.0, "m2/FTE", 8.0, 18.0, "data",
          "office space standards",
          "floor used per person"),
    Param("rents.elasticity", 0.3, "1", 0.1, 0.7, "literature",
          "Combes, Duranton and Gobillon 2019",
          "response of rents to occupancy (xi)"),
    Param("rents.speed", 0.05, "1/month", 0.02, 0.1, "literature",
          "commercial leases of 3, 6 and 9 years",
          "speed at which rents adjust (kappa_r)"),
    Param("rents.supply", 0.01, "1/year", 0.0, 0.03, "deep",
          "assumption",
          "growth of floor when rent is twice its reference"),
    Param("rents.conversion", 0.05, "1/year", 0.0, 0.2, "deep",
          "assumption",
          "wasteland converted when rent is twice its reference"),
    Param("rents.usual_occupancy", 0.92, "1", 0.85, 0.97, "data",
          "office vacancy of 5-10 %",
          "occupancy at which rents are stable (u*)"),
    # --- closure --------------------------------------------------------------------------------------------
    Param("closure.base", 0.045, "1/year", 0.01, 0.06, "calibrated",
          "INSEE cohorts: hump of hazards at 2-3 years",
          "hazard at any age"),
    Param("closure.hump", 0.03, "1/year", 0.0, 0.08, "calibrated",
          "INSEE cohorts: hump of hazards at 2-3 years",
          "hazard added at two years"),
    Param("closure.shelter", 0.2, "1", 0.0, 0.5, "deep",
          "assumption",
          "fall of the hazard in an incubator, in the first two years"),
    Param("closure.bridge", 3.0, "month", 1.0, 6.0, "deep",
          "assumption",
          "months a firm can last without cash"),
    Param("closure.patience", 36.0, "month", 12.0, 48.0, "deep",
          "assumption",
          "months of revenue below the founder's cost before giving up"),
    # --- public money ----------------------------------------------------------------------------------------
    Param("public.saturation_eur", 1.0e6, "EUR/year", 0.1e6, 10e6, "deep",
          "assumption",
          "yearly money per hub at which effects saturate"),
    Param("public.threshold_eur", 0.15e6, "EUR/year", 0.0, 1e6, "deep",
          "assumption",
          "yearly money per hub below which nothing happens"),
    Param("public.reach_km", 20.0, "km", 5.0, 50.0, "deep",
          "assumption",
          "distance within which startups may enter a hub's accelerator"),
    Param("public.accelerator_age", 60.0, "month", 24.0, 96.0, "deep",
          "assumption",
          "age below which startups may enter"),
    Param("public.governance", 0.55, "1", 0.0, 1.0, "deep",
          "assumption",
          "mean quality of a hub's governance at its creation"),
    Param("public.governance_spread", 0.15, "1", 0.0, 0.3, "deep",
          "assumption",
          "spread of that quality"),
    Param("brand.decay", 0.3, "1/year", 0.1, 0.6, "literature",
          "Nerlove and Arrow; advertising decay",
          "yearly loss of national goodwill"),
    Param("brand.scale_eur", 1.5e6, "EUR/year", 0.5e6, 5e6, "data",
          "15 MEUR of promotion announced over ten years",
          "yearly spending that keeps goodwill at one over the decay"),
    Param("brand.dilution", 1.0, "1", 0.0, 1.0, "deep",
          "assumption",
          "0: a common good; 1: attention divided among labels (chi)"),
)

_SWITCHES = (
    Switch("closure.cash", "on", ("on", "off"), "do startups close for lack of cash"),
    Switch("closure.age", "hump", ("hump", "constant"), "does the hazard of closing depend on age"),
    Switch("rents.active", "on", ("on", "off"), "do rents respond to occupancy"),
    Switch("response_to_money", "linear", ("linear", "saturating", "threshold"),
           "how effects respond to money per hub"),
)

_PARAMS += tuple(p for more in _MORE for p in more.PARAMS)
_SWITCHES += tuple(s for more in _MORE for s in more.SWITCHES)

PARAMETERS: dict[str, Param] = {p.name: p for p in _PARAMS}
SWITCHES: dict[str, Switch] = {s.name: s for s in _SWITCHES}


def groups() -> tuple[str, ...]:
    """Names of the parameter groups, in the order of the table."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in (*PARAMETERS, *SWITCHES) if "." in name))


@cache
def _group_type(group: str) -> Any:
    """Type of a group, kept under its name in this module: compiled code finds it there when it comes from the disk."""
    numbers = [n.split(".")[1] for n in PARAMETERS if n.split(".")[0] == group]
    switches = [n.split(".")[1] for n in SWITCHES if n.split(".")[0] == group and n.split(".")[1] not in numbers]
    kind = namedtuple(f"{group.capitalize()}Params", [*numbers, *switches])  # type: ignore[misc]
    globals()[kind.__name__] = kind
    return kind


for _group in groups():
    _group_type(_group)


def resolve(numbers: Mapping[str, float], switches: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of every process: defaults, then the overrides of a scenario.

    Switches become small integers: their rank among the choices of the table.

    Returns
    -------
    One named tuple per group (``founding``, ``location``...), and ``response_to_money`` as an integer.
    """
    for name in numbers:
        if name not in PARAMETERS:
            raise KeyError(f"unknown parameter {name!r}")
    for name in switches:
        if name not in SWITCHES:
            raise KeyError(f"unknown switch {name!r}")
    value: dict[str, Any] = {p.name: float(numbers.get(p.name, p.default)) for p in _PARAMS}
    value |= {s.name: s.choices.index(switches.get(s.name, s.default)) for s in _SWITCHES}
    out: dict[str, Any] = {}
    for group in groups():
        kind = _group_type(group)
        out[group] = kind(**{field: value[f"{group}.{field}"] for field in kind._fields})
    out["response_to_money"] = value["response_to_money"]
    return out
