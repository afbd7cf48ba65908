"""What a sweep file may hold (pydantic): which study, which assumptions vary, and by which design."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from annotated_types import Ge, Le
from pydantic import Field

from sim.scenario import units
from sim.scenario.models import LAST_SEED, MOST_SEEDS, Loose, Name, SettingsShape, Shape, Text, Title, reading

MOST_POINTS: Final = 1_000_000
LARGEST_DESIGN_SEED: Final = 2**31 - 1


def _whole(low: int, high: int) -> tuple[Any, ...]:
    return (*reading(units.whole, {"type": "integer", "minimum": low, "maximum": high}), Ge(low), Le(high))


Kept: TypeAlias = Literal["series", "firms", "ledger", "hubs"]
DesignKind: TypeAlias = Literal["grid", "list", "latin_hypercube", "sobol", "saltelli", "one_at_a_time", "morris"]


class SweepSeedsShape(Shape):
    """Seeds of every point: the same for all, so that points differ by their values and not by luck."""

    first: Annotated[int, *_whole(0, LAST_SEED)] = 1
    count: Annotated[int, *_whole(1, MOST_SEEDS)]


class RangeShape(Shape):
    """Values a parameter takes: between two bounds, or exactly these."""

    low: Loose | None = Field(None, description="default: the lower bound the parameter declares")
    high: Loose | None = Field(None, description="default: the upper bound the parameter declares")
    scale: Literal["linear", "log"] | None = Field(
        None, description="spread evenly over the value or its logarithm; default: log where bounds are far apart"
    )
    values: Annotated[list[Loose], Field(min_length=1)] | None = Field(None, description="instead of bounds")


class DesignShape(Shape):
    """Which points of the space of assumptions are run."""

    kind: DesignKind
    points: Annotated[int, *_whole(1, MOST_POINTS)] | None = Field(
        None, description="number of points, of Saltelli's base points, or of Morris' trajectories"
    )
    levels: Annotated[int, *_whole(2, 1_000)] | None = Field(
        None, description="values of each parameter in a grid, one_at_a_time or morris"
    )
    seed: Annotated[int, *_whole(0, LARGEST_DESIGN_SEED)] = Field(1, description="of the design, not of the runs")
    second_order: bool = Field(False, description="saltelli: also what pairs of parameters do together")


class SweepShape(Shape):
    """Runs over a space of assumptions: sweep/1."""

    schema_: Literal["sweep/1"] = Field(alias="schema")
    id: Name
    extends: Text | None = Field(None, description="the sweep whose values this one completes or replaces")
    question: Title
    study: Text = Field(description="the study whose policies, reference and horizons are run at each point")
    arms: list[Text] | None = Field(None, description="only these policies of the study, by id; default: all")
    seeds: SweepSeedsShape
    settings: SettingsShape = SettingsShape()
    design: DesignShape
    parameters: dict[str, RangeShape] = Field({}, description="what varies, by the name of the parameter")
    structures: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(
        {}, description="switches, and their values: every combination is run with every point"
    )
    points: list[dict[str, Loose]] = Field([], description="design list: the points themselves")
    keep: list[Kept] = Field([], description="whole tables to keep of every run; national outcomes always are")
