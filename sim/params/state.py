"""Numbers and switches of public money: hubs, what they do with it, the national brand."""

from __future__ import annotations

from sim.params.declare import Param, Switch

PARAMS = (
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

SWITCHES = (
    Switch("response_to_money", "linear", ("linear", "saturating", "threshold"),
           "how effects respond to money per hub"),
)
