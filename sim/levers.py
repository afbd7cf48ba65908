"""The levers of public money: one row each, with who receives the euros, and the terms a scenario file gives.

What a lever's euros become is in `sim/processes/measures.py`, one short function each. The number is that of the
levers of the debate (MODEL F). Three manners of paying: the euros are paid as the budget comes (`PAID`), they are
committed and paid when a process finds a use for them (`POT`: calls, co-investment), or there is no budget and the
lever costs what people make of it (`OPEN`: tax reliefs).
"""

from __future__ import annotations

from dataclasses import dataclass, field

PAID, POT, OPEN = "paid", "pot", "open"
HUB, ZONE, NATION = "hub", "zone", "nation"  # what a lever acts on: a hub, a zone (through its hubs or not), the nation


@dataclass(frozen=True)
class Lever:
    """A kind of lever.

    Attributes
    ----------
    kind : as in scenario files
    number : of the list of levers, "L9"
    payee : account of the ledger that receives the euros
    acts_on : a hub (where it stands), a zone, or the nation
    terms : name -> unit (``price``, ``share``, ``stay``), in the order of the files
    place : template of the innovation place it opens (`sim.facilities`), if it opens one
    pot : field of `zone` in which its euros wait, if they do
    relief : field of `nation` that holds its rate, if it is a relief
    """

    kind: str
    number: str
    payee: str
    acts_on: str
    terms: dict[str, str] = field(default_factory=dict)
    place: str = ""
    pot: str = ""
    relief: str = ""

    @property
    def manner(self) -> str:
        """How it is paid: `PAID`, `POT` or `OPEN`."""
        return POT if self.pot else OPEN if self.relief else PAID


def _place(kind: str, number: str, template: str) -> Lever:
    return Lever(kind, number, "operators", ZONE, {"cost_per_year": "price"}, place=template)


KINDS: dict[str, Lever] = {
    lever.kind: lever
    for lever in (
        # --- the hub itself
        Lever("animation", "L1", "households", HUB, {"staff_cost": "price"}),
        Lever("showcase", "L2", "agencies", HUB),
        Lever("brand", "L5", "agencies", NATION),
        Lever("network", "L6", "operators", HUB, {"cost_per_link": "price"}),
        Lever("foreign_links", "L6", "operators", HUB, {"cost_per_link": "price"}),
        Lever("governance", "L8", "operators", HUB, {"cost_per_hub": "price"}),
        Lever("floor", "L9", "builders", HUB, {"cost_per_m2": "price", "discount": "share"}),
        Lever("wasteland", "L9", "builders", HUB, {"cost_per_m2": "price"}),
        Lever("accelerator", "L10", "operators", HUB, {"cost_per_place": "price", "stay": "stay"}),
        # --- places
        _place("incubator", "L10", "incubator"),
        _place("nursery", "L10", "nursery"),
        _place("enlarger", "L10", "enlarger"),
        _place("fablab", "L11", "fablab"),
        _place("living_lab", "L11", "living lab"),
        _place("food_lab", "L11", "food lab"),
        _place("media_lab", "L11", "media lab"),
        _place("convivial_place", "L12", "convivial place"),
        _place("third_place", "L13", "third place"),
        _place("djersen_pole", "L15", "djersen"),
        # --- territories and people
        Lever("broadband", "L3", "builders", ZONE, {"cost_per_premise": "price"}),
        Lever("mediation", "L14", "operators", ZONE, {"cost_per_place": "price"}),
        Lever("equipment", "L14", "households", ZONE, {"cost_per_home": "price"}),
        Lever("training", "L14", "operators", ZONE, {"cost_per_trainee": "price"}),
        Lever("one_stop_shop", "L16", "operators", ZONE, {"cost_per_zone": "price"}),
        Lever("open_to_incumbents", "L20", "operators", ZONE, {"cost_per_place": "price"}),
        Lever("talent_welcome", "L22", "operators", ZONE, {"cost_per_arrival": "price"}),
        Lever("identity", "L23", "agencies", ZONE, {"cost_per_person": "price"}),
        # --- money for firms
        Lever("champions", "L4", "startups", ZONE, {"cost_per_firm": "price"}, pot="champions_eur"),
        Lever("grants", "L17", "startups", ZONE, {"grant": "price"}, pot="grants_eur"),
        Lever("loans", "L17", "startups", ZONE, {"loan": "price"}, pot="loans_eur"),
        Lever("co_investment", "L18", "startups", ZONE, {"most_share": "share"}, pot="coinvest_eur"),
        Lever("procurement", "L21", "startups", ZONE, {"contract": "price"}, pot="procurement_eur"),
        # --- reliefs: they cost what people make of them
        Lever("angel_tax", "L7", "investors", NATION, {"rate": "share"}, relief="angel_relief"),
        Lever("young_firms", "L19", "startups", NATION, {"rate": "share"}, relief="young_firm_relief"),
        Lever("research_credit", "L19", "startups", NATION, {"rate": "share"}, relief="research_credit"),
    )
}
