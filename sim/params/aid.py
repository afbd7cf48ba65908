"""Numbers and switches of aid to firms: tax reliefs, grants, loans, public purchases, and what levers do to people."""

from __future__ import annotations

from sim.params.declare import Param, Switch

PARAMS = (
    # --- cash -----------------------------------------------------------------------------------------------
    Param("cash.young_relief", 0.13, "1", 0.10, 0.16, "literature",
          "DGCIS 2012: young innovative firms (JEI) pay 13 % less for their people",
          "part of the pay of a young firm with research that comes back"),
    Param("cash.research_credit", 0.30, "1", 0.25, 0.30, "data",
          "research tax credit (CIR): 30 % of the cost of research",
          "part of the cost of research that comes back"),
    Param("cash.payroll", 0.75, "1", 0.6, 0.85, "deep",
          "assumption",
          "part of the full cost of an employee that is pay and social contributions"),
    Param("cash.research", 1.0, "1", 0.5, 1.5, "deep",
          "assumption; means by trade in `processes/cash.py`",
          "research of startups, times the means of their trades"),
    Param("cash.research_spread", 0.8, "1", 0.3, 1.2, "deep",
          "assumption",
          "spread of the logarithm of research between startups of a trade"),
    # --- aid ------------------------------------------------------------------------------------------------
    Param("aid.young", 60.0, "month", 24.0, 96.0, "deep",
          "assumption; usual calls of Bpifrance",
          "age below which a startup may ask for a grant"),
    Param("aid.oldest", 96.0, "month", 60.0, 144.0, "deep",
          "assumption; usual terms of Bpifrance",
          "age below which a startup may ask for a loan"),
    Param("aid.apply", 0.15, "1", 0.02, 0.6, "deep",
          "assumption",
          "chance that a startup which may answers a call"),
    Param("aid.noise", 1.0, "1", 0.0, 2.0, "deep",
          "assumption: as large as the spread of quality",
          "spread of the error of those who judge files"),
    Param("aid.paperwork", 0.25, "month", 0.0, 1.0, "deep",
          "assumption",
          "time of a founder that an application takes (a0)"),
    Param("aid.between", 36.0, "month", 12.0, 60.0, "deep",
          "assumption",
          "months after a grant before the next may be asked for"),
    Param("aid.grace", 12.0, "month", 0.0, 24.0, "literature",
          "usual innovation loans of Bpifrance: repaid from the second year on",
          "months of a loan in which nothing is due"),
    Param("aid.term", 60.0, "month", 36.0, 84.0, "literature",
          "usual innovation loans of Bpifrance: repaid over five years",
          "months over which a loan is paid back"),
    Param("aid.fit", 1.0, "1", 0.0, 3.0, "deep",
          "assumption",
          "weight of the fit of a trade with the zone in public purchases"),
)

SWITCHES = (
    Switch("cash.reliefs", "on", ("on", "off"), "do tax reliefs give firms back a part of their costs"),
    Switch("aid.active", "on", ("on", "off"), "do grants, loans, champions and public purchases reach firms"),
)
