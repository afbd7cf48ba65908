"""What a lesson file may hold (pydantic): the question, two worlds, notches, what must be seen, and what is supposed.

Built like the models of scenario files, so that errors come back to their line in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from annotated_types import Ge, Gt, Le
from pydantic import Field

from sim.scenario import units
from sim.scenario.models import LESSON_SCHEMA, Code, Duration, Flag, Name, Shape, Text, reading
from sim.teaching.indicators import INDICATORS, LAYERS

__all__ = ["LESSON_SCHEMA", "LessonShape"]
MOST_CONTROLS: Final = 3
MOST_NOTCHES: Final = 5
MOST_SEEDS: Final = 20
OPTIONS: Final = 3
MOST_TIMES: Final = 50

Settings: TypeAlias = dict[str, Any]  # dotted key of a scenario -> value: checked where the scenario is
if TYPE_CHECKING:
    IndicatorName: TypeAlias = str
    LayerName: TypeAlias = str
else:
    IndicatorName = Literal[tuple(INDICATORS)]
    LayerName = Literal[tuple(LAYERS)]


def _whole(low: int, high: int) -> tuple[Any, ...]:
    return (*reading(units.whole, {"type": "integer", "minimum": low, "maximum": high}), Ge(low), Le(high))


Count: TypeAlias = Annotated[int, *_whole(1, MOST_SEEDS)]
Km: TypeAlias = Annotated[float, *reading(units.distance, {"type": "string", "examples": ["12 km"]}), Gt(0)]


class Both(Shape):
    """A text in both languages of the classroom."""

    fr: Text
    en: Text


class QuoteShape(Both):
    """The words of 2013 that the question comes from."""

    source: Both


class SideShape(Shape):
    """One of the two worlds."""

    title: Both
    scenario: Text | None = Field(None, description="a scenario, from the folder of the lesson; default: `world`")
    set: Settings = Field({}, description="values of the scenario, as after --set; last of all")


class NotchShape(Shape):
    """One position of a control: a run of its own."""

    title: Both
    set: Settings = Field({}, description="values of the scenario in both worlds, as after --set")
    b: Settings = Field({}, description="values of the scenario in world B alone")


class AmplifyShape(Shape):
    """Effects made large enough to be seen in class: these parameters are multiplied, beyond what is plausible."""

    times: Annotated[float, *reading(units.number, {"type": "number"}), Gt(1), Le(MOST_TIMES)]
    parameters: Annotated[list[Text], Field(min_length=1)]
    title: Both | None = Field(None, description="what they are, in words that end the sentence “multiplies by 8 …”")


class ControlShape(Shape):
    """A control with notches."""

    title: Both
    start: Annotated[int, *_whole(1, MOST_NOTCHES)] = Field(1, description="the notch at the start, from 1")
    notches: Annotated[list[NotchShape], Field(min_length=2, max_length=MOST_NOTCHES)]


class FocusShape(Shape):
    """The places a lesson looks at, for the indicators `..._inside`, `..._ring` and `..._far`."""

    zones: Annotated[list[Code], Field(min_length=1)]
    ring: Km = Field(description="zones nearer than this to one of them are the ring; others are far")


class ShockShape(Shape):
    """What befalls one trade from outside: its startups lose a part of their sales at once."""

    after: Duration = Field(description="from the start of the results")
    sector: Annotated[int, *_whole(1, 8)]
    lost: Annotated[float, *reading(units.share, {"type": "string", "examples": ["50 %"]}), Gt(0), Le(1)]


class RunShape(Shape):
    """How much is run and shown."""

    seeds: Count = 10
    every: Annotated[Duration, Ge(1)] = Field(description="between two pictures")
    focus: FocusShape | None = None
    shock: ShockShape | None = None


class MapShape(Shape):
    """What colours the map."""

    show: LayerName
    title: Both
    gap: Flag = Field(False, description="true: world B opens on the difference B - A")


class ChartShape(Shape):
    """What the two lines show."""

    show: IndicatorName
    title: Both
    gap: Flag = Field(False, description="true: one line, the difference B - A, where two would be one")


class FigureShape(Shape):
    """A figure made from the two worlds at the same moment."""

    take: Literal["b", "difference", "change", "ratio"] = Field(
        description="b: in B; difference: B - A; change: B / A - 1; ratio: the difference of `of` over that of `over`"
    )
    of: IndicatorName
    over: IndicatorName | None = None


class NumberShape(FigureShape):
    """The one number of a lesson."""

    title: Both


class GuaranteeShape(Shape):
    """A pattern that must be seen, in so many seeds; the build fails when it is not."""

    says: Both
    rule: Literal["above", "below", "rises", "falls", "distinct"] = Field(
        description="above, below: the figure against `value`, in each seed; rises, falls: from the first notch of a "
        "control to its last; distinct: at least `value` different figures among the seeds"
    )
    value: float = 0.0
    figure: FigureShape | None = Field(None, description="default: the number of the lesson")
    control: Annotated[int, *_whole(1, MOST_CONTROLS)] = Field(1, description="rises, falls: which control")
    at: list[int] = Field([], description="notch of each control, from 1; default: their start")
    realistic: Flag = Field(False, description="in the runs that are not amplified")
    at_least: Count
    of_seeds: Count = 10


class TeacherShape(Shape):
    """For the teacher alone."""

    answer: Annotated[int, *_whole(1, OPTIONS)] = Field(description="the option that the runs bear out")
    why: Both
    misread: Both = Field(description="how classes misread the picture")
    debrief: Annotated[list[Both], Field(min_length=1)]


class LessonShape(Shape):
    """A lesson: lesson/1."""

    schema_: Literal["lesson/1"] = Field(alias="schema")
    id: Name
    title: Both
    question: Both
    quote: QuoteShape
    options: Annotated[list[Both], Field(min_length=OPTIONS, max_length=OPTIONS)]
    world: Text = Field(description="a scenario, from the folder of the lesson or as shipped")
    settings: Settings = Field({}, description="values of the scenario in every run, as after --set")
    amplify: AmplifyShape | None = Field(None, description="the page shows the factor, and has a switch to do without")
    sides: dict[Literal["a", "b"], SideShape]
    controls: Annotated[list[ControlShape], Field(min_length=1, max_length=MOST_CONTROLS)]
    run: RunShape
    map: MapShape
    chart: ChartShape
    number: NumberShape
    guarantees: Annotated[list[GuaranteeShape], Field(min_length=1)]
    found: Both = Field(description="what the runs show, said after they were seen")
    supposed: Both
    equation: Text = Field(description="one line; _ lowers and ^ raises what follows: β_A, d^(−δ)")
    symbols: Both | None = Field(None, description="what the letters of the equation are")
    ignored: Annotated[list[Both], Field(min_length=1)]
    reading: Both
    ticket: Both = Field(description="the question of the exit ticket")
    teacher: TeacherShape
