"""Scenarios and studies as the rest of the program sees them: frozen, complete, in the units of the model.

Months are absolute (``year * 12 + month - 1``), money in constant 2015 euros, shares are parts of one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sim.params import PARAMETERS, SWITCHES
from sim.scenario.messages import Message

if TYPE_CHECKING:
    from sim.grid import GridSpec


@dataclass(frozen=True)
class Budget:
    """Money of the State: ``total_eur`` paid from month ``first`` to ``last``, by calendar year."""

    total_eur: float
    first: int
    last: int
    yearly_shares: tuple[float, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of ``yearly_shares``."""
        return tuple(range(self.first // 12, self.last // 12 + 1))


@dataclass(frozen=True)
class Where:
    """Which places: one of ``set``, ``codes`` and ``all``, less ``except_``."""

    level: str
    set: str | None
    codes: tuple[str, ...]
    all: bool
    except_: tuple[str, ...]


@dataclass(frozen=True)
class Hubs:
    """Where the money goes and how hubs work; ``build_months`` run from first payment to opening.

    ``count`` is the number of labels of a call, ``threshold`` the least score of one, None where it has none.
    ``first_places`` have the money to themselves until the month ``first_until``.
    """

    where: Where
    siting: str
    sites: str
    allocate: str
    footprint_km: float
    carrier: str
    merge: float
    build_months: int
    assignment: str
    count: int | None = None
    threshold: float | None = None
    per_place: int = 1
    first_places: tuple[str, ...] = ()
    first_until: int | None = None


@dataclass(frozen=True)
class Lever:
    """A use of the money: ``share`` of the budget, with the terms of its kind (EUR, shares, months).

    ``where`` is None for a lever that acts through the hubs; ``share`` is zero for reliefs, which have no budget.
    """

    name: str
    kind: str
    share: float
    terms: Mapping[str, float]
    first: int | None
    last: int | None
    where: Where | None = None
    spread: str = "equal"
    build_months: int | None = None


@dataclass(frozen=True)
class Scenario:
    """Everything that determines a run except its seed; ``digest`` covers all of it but id, titles and paths.

    ``levers`` are sorted by name, so that the order in which a file lists them changes nothing.
    """

    id: str
    title: Mapping[str, str]
    territory: str
    territory_digest: str
    grid: GridSpec
    w_talent: int
    spin_up: int
    start: int
    end: int
    discount_rate: float
    cofunding_share: float
    equalisation: float
    parameters: Mapping[str, float]
    switches: Mapping[str, str]
    budget: Budget
    hubs: Hubs | None
    levers: tuple[Lever, ...]
    digest: str = ""
    notes: tuple[Message, ...] = field(default=(), compare=False)

    def with_digest(self) -> Scenario:
        """Return the scenario with its digest computed."""
        return dataclasses.replace(self, digest=digest_of(_determining(self)))


@dataclass(frozen=True)
class EqualCost:
    """What has to be equal between arms, how closely, and what happens otherwise."""

    measure: str
    tolerance: float
    otherwise: str


@dataclass(frozen=True)
class Assumptions:
    """Switches and parameters laid over every arm and the reference alike, and the seeds they run with.

    ``drawn`` tells a vector of parameters drawn at random from a set that somebody named.
    """

    id: str
    title: Mapping[str, str]
    switches: Mapping[str, str]
    parameters: Mapping[str, float]
    seeds: tuple[int, ...]
    drawn: bool = False

    def over(self, scenario: Scenario) -> Scenario:
        """Return a scenario under these assumptions, called ``paris_only@log``.

        A value equal to the model's default is left out, as in any scenario: equal runs keep equal digests.
        """
        parameters, switches = _laid_over(scenario, self.parameters, self.switches)
        return dataclasses.replace(
            scenario, id=f"{scenario.id}@{self.id}", parameters=parameters, switches=switches
        ).with_digest()


@dataclass(frozen=True)
class Study:
    """Arms compared in the same worlds; ``digest`` covers what is compared, not the seeds nor the titles."""

    id: str
    question: Mapping[str, str]
    reference: Scenario
    arms: tuple[Scenario, ...]
    variants: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    horizons: tuple[int, ...]
    headline: str
    indifference: float
    equal_cost: EqualCost
    assumptions: tuple[Assumptions, ...] = ()
    digest: str = ""
    notes: tuple[Message, ...] = field(default=(), compare=False)

    def under(self, assumptions: Assumptions) -> Study:
        """Return the same question under one of its sets of assumptions, without variants."""
        return dataclasses.replace(
            self,
            reference=assumptions.over(self.reference),
            arms=tuple(assumptions.over(arm) for arm in self.arms),
            variants=(),
            seeds=assumptions.seeds,
            assumptions=(),
        ).with_digest()

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario that is run, the reference first."""
        return (self.reference, *self.arms, *self.variants)

    def with_digest(self) -> Study:
        """Return the study with its digest computed."""
        content: dict[str, Any] = {
            "scenarios": [[name, arm.id, arm.digest] for name, arms in self._roles() for arm in arms],
            "horizons": self.horizons,
            "headline": self.headline,
            "indifference": self.indifference,
            "equal_cost": dataclasses.asdict(self.equal_cost),
        }
        if self.assumptions:  # a study without keeps the name it had before there were any
            content["assumptions"] = [[each.id, each.switches, each.parameters] for each in self.assumptions]
        return dataclasses.replace(self, digest=digest_of(content))

    def _roles(self) -> tuple[tuple[str, tuple[Scenario, ...]], ...]:
        return ("reference", (self.reference,)), ("arm", self.arms), ("variant", self.variants)


_NAMES: Final = frozenset({"id", "title", "territory", "digest", "notes"})


def _determining(scenario: Scenario) -> dict[str, Any]:
    """Return what determines a run; a territory counts by its content, not by the folder it lies in."""
    return {f.name: getattr(scenario, f.name) for f in dataclasses.fields(scenario) if f.name not in _NAMES}


def _laid_over(
    scenario: Scenario, parameters: Mapping[str, float], switches: Mapping[str, str]
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the parameters and switches of a scenario under assumptions, those equal to the default left out."""
    values = {**scenario.parameters, **parameters}
    choices = {**scenario.switches, **switches}
    return (
        {k: v for k, v in sorted(values.items()) if v != PARAMETERS[k].default},
        {k: v for k, v in sorted(choices.items()) if v != SWITCHES[k].default},
    )


class DigestsOver:
    """Digests of one scenario under very many assumptions: what these leave as it is, is encoded once.

    ``DigestsOver(scenario)(parameters, switches)`` is the digest of ``Assumptions.over(scenario)``; encoding the
    whole scenario takes a hundred times as long, most of it for hubs and levers.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        content = _determining(scenario)
        self._hash = hashlib.blake2b(digest_size=16)
        pieces, piece = [], "{"
        for number, key in enumerate(sorted(content)):
            piece += ("," if number else "") + canonical(key) + ":"
            if key in ("parameters", "switches"):
                pieces.append(piece)
                piece = ""
            else:
                piece += canonical(content[key])
        first, self._between, self._end = (text.encode() for text in (*pieces, piece + "}"))
        self._hash.update(first)

    def __call__(self, parameters: Mapping[str, float], switches: Mapping[str, str]) -> str:
        """Return the digest under these assumptions."""
        values, choices = _laid_over(self.scenario, parameters, switches)
        found = self._hash.copy()
        for text in (canonical(values).encode(), self._between, canonical(choices).encode(), self._end):
            found.update(text)
        return found.hexdigest()


def canonical(content: object) -> str:
    """Return the one JSON text of plain data: keys sorted, no spaces, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)


def digest_of(content: object) -> str:
    """Return 32 hexadecimal digits (BLAKE2b) of the canonical JSON of plain data."""
    return hashlib.blake2b(canonical(content).encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")
