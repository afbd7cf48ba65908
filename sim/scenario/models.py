"""The shape of scenario and study files: which keys exist, which type and unit each has.

These pydantic models validate files and generate the JSON schemas for editors, so the two cannot disagree.
They know nothing of places in files (``shape.py`` maps errors back) nor of territories (``codes.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, Union

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from sim.levers import KINDS, OPEN, Lever
from sim.scenario import units
from sim.scenario.errors import did_you_mean
from sim.scenario.messages import Message

SCENARIO_SCHEMA: Final = "scenario/1"
STUDY_SCHEMA: Final = "study/1"
SWEEP_SCHEMA: Final = "sweep/1"
CALIBRATION_SCHEMA: Final = "calibration/1"
LESSON_SCHEMA: Final = "lesson/1"  # its shape is in `sim.teaching.models`
NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
LARGEST_COFUNDING: Final = 4.0
MOST_SEEDS: Final = 1_000_000
LAST_SEED: Final = 2**31


def reading(read: Callable[[Any], Any], schema: dict[str, Any]) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the annotations of a type: how it is read, and its form in the JSON schema."""

    def validator(value: Any) -> Any:
        try:
            return read(value)
        except units.Misread as error:
            raise PydanticCustomError(
                "misread", "{key}", {"key": error.message.key, "message": error.message, "hint": error.hint}
            ) from None

    return BeforeValidator(validator), WithJsonSchema(schema)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise units.Misread("want_text", got=units.brief(value))
    if not value.strip():
        raise units.Misread("want_empty_text")
    return value.strip()


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise units.Misread("name", got=value if isinstance(value, str) else units.brief(value))
    return value


def _true(value: Any) -> bool:
    if value is not True:
        raise units.Misread("want_true", got=units.brief(value), wanted="true")
    return True


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise units.Misread("want_true", got=units.brief(value), wanted="true / false")
    return value


def _prices(value: Any) -> int:
    if value != 2015:
        raise units.Misread("prices", got=value)
    return 2015


def _profile(value: Any) -> str | tuple[float, ...]:
    if isinstance(value, list):
        return tuple(units.share(item) for item in value)
    if value not in ("flat", "front_loaded"):
        hint = did_you_mean(value, ("flat", "front_loaded"))
        raise units.Misread(
            "choice", hint, got=units.brief(value).strip("'"), allowed=("flat", "front_loaded", "[10 %, ...]")
        )
    return str(value)


def _loose(value: Any) -> Any:
    return value


def _pattern(unit: str) -> str:
    return rf"^\s*(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*({unit})\s*$"


_PERCENT: Final = {"type": "string", "pattern": _pattern("%"), "examples": ["40 %"]}
_DATE: Final = {"anyOf": [{"type": "string", "pattern": r"^\d{4}(-(0[1-9]|1[0-2]))?$"}, {"type": "integer"}]}
_DISTANCE: Final = {"type": "string", "pattern": _pattern("km|m"), "examples": ["2 km"]}

Text: TypeAlias = Annotated[str, *reading(_text, {"type": "string", "minLength": 1})]
Name: TypeAlias = Annotated[str, *reading(_name, {"type": "string", "pattern": f"^{NAME.pattern}$"})]
Code: TypeAlias = Annotated[str, *reading(units.code, {"type": "string"})]
Flag: TypeAlias = Annotated[bool, *reading(_flag, {"type": "boolean"})]
OnlyTrue: TypeAlias = Annotated[bool, *reading(_true, {"const": True})]
Prices: TypeAlias = Annotated[int, *reading(_prices, {"const": 2015})]
Money: TypeAlias = Annotated[
    float,
    *reading(units.money, {"type": "string", "pattern": _pattern("EUR|kEUR|MEUR|BEUR"), "examples": ["215 MEUR"]}),
]
Share: TypeAlias = Annotated[float, *reading(units.share, _PERCENT)]
LocalShare: TypeAlias = Annotated[float, *reading(lambda value: units.share(value, LARGEST_COFUNDING), _PERCENT)]
Duration: TypeAlias = Annotated[
    int,
    *reading(units.duration, {"type": "string", "pattern": _pattern("months?|years?"), "examples": ["18 months"]}),
]
Price: TypeAlias = Annotated[
    float,
    *reading(units.price, {"type": "string", "pattern": _pattern("EUR|kEUR|MEUR|BEUR"), "examples": ["215 MEUR"]}),
    Gt(0),
]
LONGEST_STAY = 36  # months: the longest leases of incubators and nurseries
Stay: TypeAlias = Annotated[Duration, Ge(1), Le(LONGEST_STAY)]
Distance: TypeAlias = Annotated[float, *reading(units.distance, _DISTANCE), Gt(0)]
FirstMonth: TypeAlias = Annotated[int, *reading(units.first_month, _DATE)]
LastMonth: TypeAlias = Annotated[int, *reading(units.last_month, _DATE)]
Index: TypeAlias = Annotated[
    float, *reading(units.number, {"type": "number", "minimum": 0, "maximum": 1}), Ge(0), Le(1)
]
Rate: TypeAlias = Annotated[
    float, *reading(units.number, {"type": "number", "minimum": 0, "maximum": 0.2}), Ge(0), Le(0.2)
]
Profile: TypeAlias = Annotated[
    str | tuple[float, ...],
    *reading(
        _profile,
        {"anyOf": [{"enum": ["flat", "front_loaded"]}, {"type": "array", "items": _PERCENT, "minItems": 1}]},
    ),
]
Loose: TypeAlias = Annotated[Any, *reading(_loose, {"type": ["number", "string"]})]


def counted(low: int, high: int | None = None) -> tuple[Any, ...]:
    schema: dict[str, Any] = {"type": "integer", "minimum": low}
    if high is None:
        return (*reading(units.whole, schema), Ge(low))
    return (*reading(units.whole, schema | {"maximum": high}), Ge(low), Le(high))


class Shape(BaseModel):
    """A group of keys; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Title(Shape):
    """A label in both languages of the reports."""

    fr: Text
    en: Text


class GridShape(Shape):
    """How the country is cut into quartiers."""

    kind: Literal["adaptive", "uniform"] = Field(description="adaptive: small cells where people are many")
    finest: Distance | None = Field(None, description="adaptive: smallest side of a cell")
    coarsest: Distance | None = Field(None, description="adaptive: largest side of a cell")
    max_people: Annotated[int, *counted(1, 10**9)] | None = Field(None, description="adaptive: halve a cell above this")
    cell: Distance | None = Field(None, description="uniform: side of every cell")


class WorldShape(Shape):
    """Where the simulation takes place, and how finely people are counted."""

    territory: Text = Field(description="a shipped territory (france) or a folder, from the folder of the file")
    grid: GridShape
    w_talent: Annotated[int, *counted(1, 10_000)] = Field(description="persons that one talent agent stands for")


class TimeShape(Shape):
    """Calendar of the run."""

    spin_up: FirstMonth = Field(description="first month simulated")
    start: FirstMonth = Field(description="first month in which policies may act; results begin here")
    end: LastMonth = Field(description="last month simulated")


class CofundingShape(Shape):
    """What local authorities add to each euro of the State."""

    share: LocalShare = Field(description="euros of local money per euro of State money")
    equalisation: Share = Field(
        description="0 %: same share everywhere; 100 %: a zone whose GDP per head is a tenth below the nation's pays a "
        "tenth less, and the State the rest"
    )


class MoneyShape(Shape):
    """How amounts are counted."""

    prices: Prices = Field(description="year of the constant euros")
    discount_rate: Rate = Field(description="real yearly rate, as a plain number")
    cofunding: CofundingShape


class ModelShape(Shape):
    """Departures from the model's defaults."""

    preset: Literal["complete", "core"] = Field(description="which mechanisms are at work before the departures")
    parameters: dict[str, Loose] = Field(description="plain numbers, in the unit the parameter declares")
    switches: dict[str, Text] = Field(description="alternative forms of a mechanism")


class Window(Shape):
    """First and last month, both included."""

    from_: FirstMonth = Field(alias="from")
    to: LastMonth


class BudgetShape(Shape):
    """Money of the State."""

    total: Money = Field(description="over the whole window, constant euros of 2015")
    window: Window
    profile: Profile = Field(description="how the total is spread over the years")


class WhereShape(Shape):
    """Which places: exactly one of set, codes and all."""

    level: Literal["site", "zone", "region", "region_before"] = Field(
        description="sites are cities; in France zones are départements, region_before the régions before 2016"
    )
    set: Text | None = Field(None, description="a set of sites of the territory")
    codes: Annotated[list[Code], Field(min_length=1)] | None = Field(
        None, description="ids of sites, codes of zones, names of regions"
    )
    all: OnlyTrue | None = Field(None, description="every place of the level")
    except_: list[Code] | None = Field(None, alias="except", description="places left out")


class FirstShape(Shape):
    """Places that have the label and all the money at first; the others follow, and have all the money then."""

    codes: Annotated[list[Code], Field(min_length=1)] = Field(description="some of the places of `where`")
    until: LastMonth = Field(description="last month of their money")


class HubsShape(Shape):
    """Where the money goes and how hubs work."""

    where: WhereShape
    siting: Literal["best", "seat"] = Field(description="best cell before the policy, or the seat's cell")
    sites: Literal["lead", "members"] = Field(description="of a site of several cities: the first, or all")
    allocate: Literal["equal", "per_capita", "startups"] = Field(description="how money is shared between hubs")
    first: FirstShape | None = Field(None, description="places that come before the others")
    footprint: Distance = Field(description="radius around the hub that its floor and services reach")
    carrier: Literal["founder", "mixed", "administration"] = Field(
        description="who runs it; by how much it matters: governance.founder, governance.administration"
    )
    merge: Index = Field(description="0: a new body, a layer more; 1: a new mission of a body that exists there")
    build_time: Duration = Field(description="from the first payment to opening")
    assignment: Literal["listed", "historical", "top_n", "all_eligible", "lottery", "threshold"] = Field(
        description="listed: all of `where`; historical: these, from the date of their label on. The others are calls, "
        "to which the places of `where` may apply: the `count` best plans, all that are eligible, `count` drawn by "
        "lot among these, or all that score at least `threshold`"
    )
    count: Annotated[int, *counted(1)] | None = Field(None, description="top_n, lottery: how many labels are given")
    threshold: Index | None = Field(None, description="threshold: least score of a plan on the eight criteria")
    per_place: Annotated[int, *counted(1, 20)] = Field(
        1, description="zones, regions: hubs in each; two or more stand in its largest towns, 20 km apart at least"
    )


class LeverBase(Shape):
    """What every lever has."""

    where: WhereShape | None = Field(None, description="places it acts in; default: the hubs")
    spread: Literal["equal", "per_capita"] = Field(
        "equal", description="how its money is shared between the places of its own `where`"
    )
    build_time: Duration | None = Field(None, description="from first payment to opening; default: that of the hubs")
    when: Window | None = Field(
        None, description="months in which it acts and its share is spent; default: the budget window"
    )


class NoTerms(Shape):
    """A lever without terms."""


TERM_TYPES: Final[dict[str, Any]] = {"price": Price, "share": Share, "stay": Stay}


def _lever_shape(lever: Lever) -> type[LeverBase]:
    """Return the shape of one kind of lever, from its row in `sim.levers`."""
    name = "".join(part.capitalize() for part in lever.kind.split("_"))
    meaning = {term: Message(f"term_{term}").text("en") for term in lever.terms}
    fields: dict[str, Any] = {"kind": (Literal[lever.kind], ...)}
    if lever.terms:
        terms: dict[str, Any] = {
            term: (TERM_TYPES[unit], Field(description=meaning[term])) for term, unit in lever.terms.items()
        }
        shape = create_model(f"{name}Terms", __base__=Shape, __doc__=f"Terms of {lever.kind}.", **terms)
        fields["terms"] = (shape, ...)
    else:
        fields["terms"] = (NoTerms, NoTerms())
    if lever.manner != OPEN:
        fields["share"] = (Share, Field(description="of the budget; the shares of all levers add up to 100 %"))
    return create_model(f"{name}Lever", __base__=LeverBase, __doc__=Message(f"lever_{lever.kind}").text("en"), **fields)


LEVERS: Final[dict[str, type[LeverBase]]] = {kind: _lever_shape(lever) for kind, lever in KINDS.items()}


class AnyLever(LeverBase):
    """A lever whose kind is not known: only what all levers share can be checked."""

    kind: Any = None
    share: Share | None = None
    terms: Any = None


if TYPE_CHECKING:
    LeverShape: TypeAlias = LeverBase
else:
    LeverShape = Annotated[Union[tuple(LEVERS.values())], Field(discriminator="kind")]  # noqa: UP007


class ScenarioShape(Shape):
    """What public money does: scenario/1, resolved (nothing left to inherit)."""

    schema_: Literal["scenario/1"] = Field(alias="schema")
    id: Name
    title: Title
    abstract: Flag = Field(False, description="true: can be extended, not run")
    extends: Text | None = Field(None, description="the file whose values this one completes or replaces")
    world: WorldShape
    time: TimeShape
    money: MoneyShape
    model: ModelShape
    budget: BudgetShape
    hubs: HubsShape | None = None
    levers: dict[Name, LeverShape]


class SeedsShape(Shape):
    """Seeds first, first + 1, ...; every arm runs with each of them."""

    first: Annotated[int, *counted(0, LAST_SEED)]
    count: Annotated[int, *counted(1, MOST_SEEDS)]


class SettingsShape(Shape):
    """Settings of the whole study, over those of its scenarios."""

    w_talent: Annotated[int, *counted(1, 10_000)] | None = None
    end: LastMonth | None = None


class AssumptionsShape(Shape):
    """A set of assumptions: what the reference and every policy share, otherwise than in the main set."""

    title: Title
    switches: dict[str, Text] = Field({}, description="alternative forms of a mechanism")
    parameters: dict[str, Loose] = Field({}, description="plain numbers, in the unit the parameter declares")
    seeds: Annotated[int, *counted(2, MOST_SEEDS)] | None = Field(
        None, description="it runs with so many of the first seeds of the study; default: all"
    )


class DrawsShape(Shape):
    """Vectors of parameters drawn from what is held possible; every arm runs with each of them."""

    count: Annotated[int, *counted(0, 100_000)] = Field(description="number of vectors; more extend those drawn before")
    seeds: Annotated[int, *counted(1, 1_000)] = Field(2, description="seeds each vector runs with, its own")
    from_: Literal["calibrated", "priors"] = Field(
        "calibrated", alias="from",
        description="calibrated: fitted parameters from the calibrated set of the territory, where there is one; "
        "priors: all of them around their default value, within their bounds",
    )  # fmt: skip
    parameters: Annotated[list[Text], Field(min_length=1)] | None = Field(
        None, description="only these; default: all but those measured"
    )


class EqualCostShape(Shape):
    """What has to be equal between arms for a comparison to be fair."""

    measure: Literal["announced", "committed", "paid", "present_value_paid"]
    tolerance: Share
    otherwise: Literal["error", "report_both", "rescale"] = Field(
        description="error: refuse; report_both: compare all the same; rescale: scale budgets until costs agree"
    )


Outcome: TypeAlias = Literal[
    "jobs", "startups", "entries", "closures", "raised_eur", "rounds", "funded_startups", "hires_elsewhere",
    "theil_jobs", "gini_jobs",
]  # fmt: skip


class StudyShape(Shape):
    """How scenarios are compared: study/1."""

    schema_: Literal["study/1"] = Field(alias="schema")
    id: Name
    extends: Text | None = Field(None, description="the study whose values this one completes or replaces")
    question: Title
    reference: Text = Field(description="the scenario that spends nothing new")
    arms: Annotated[list[Text], Field(min_length=1)] = Field(description="the policies compared, as files")
    variants: list[Text] = Field([], description="further policies, reported apart")
    seeds: SeedsShape
    settings: SettingsShape = SettingsShape()
    horizons: Annotated[list[LastMonth], Field(min_length=1)] = Field(description="dates at which results are given")
    headline: Outcome = Field(description="the outcome that ranks the arms")
    equal_cost: EqualCostShape
    indifference: Share = Field(description="differences smaller than this share of the reference are ties")
    assumptions: dict[Name, AssumptionsShape] = Field({}, description="further sets of assumptions, by name")
    draws: DrawsShape | None = Field(None, description="what is not known, drawn")
