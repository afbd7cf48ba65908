"""The study as it was understood, every value explicit, in a file that can be read back.

A stored study must be runnable without the files it came from: they may have changed since, or lie on another
machine. Reading back is checked by the digests, so an edited file is noticed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.refusals import Refusal
from sim.scenario import units

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study, Sweep

FILE = "study.resolved.yaml"
SWEEP_FILE = "sweep.resolved.yaml"
S = TypeVar("S", "Study", "Sweep")

#: Fields that hold absolute months, written as year and month.
MONTHS = frozenset({"spin_up", "start", "end", "first", "last", "first_until", "horizons"})
HEADER = "# The {kind} as it was run, written by Quartiers. The runs beside it belong to it: do not edit.\n"


class ResolvedError(Refusal):
    """A stored study or sweep cannot be read back."""


def study_text(study: Study | Sweep) -> str:
    """Return a study or a sweep as YAML: every scenario complete, months as ``2013-01``, money in euros."""
    import yaml

    head = HEADER.format(kind=type(study).__name__.lower())
    return head + str(yaml.safe_dump(_plain(study), sort_keys=False, allow_unicode=True, width=100))


def read_study(folder: Path) -> Study:
    """Read the study of a results folder back.

    Raises
    ------
    ResolvedError
        if the file is missing, unreadable, or no longer what was run
    """
    return _read_back(Path(folder) / FILE, _study)


def read_sweep(folder: Path) -> Sweep:
    """Read the sweep of a results folder back; raise ``ResolvedError`` as ``read_study`` does."""
    return _read_back(Path(folder) / SWEEP_FILE, _sweep)


def _read_back(path: Path, build: Callable[[Mapping[str, Any]], S]) -> S:
    """Read a file, and refuse it where a digest differs from the one it was run with."""
    import yaml

    try:
        found = build(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ResolvedError("no_results", folder=path.parent, file=path.name) from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ResolvedError("unread_back", path=path, problem=error) from error
    changed = [each.id for each in found.scenarios if each.with_digest().digest != each.digest]
    if found.with_digest().digest != found.digest:
        changed.append(found.id)
    if changed:
        raise ResolvedError("changed_since", path=path, name=changed[0])
    return found


def _plain(value: Any, name: str = "") -> Any:
    """Return dictionaries, lists and scalars only; notes are messages about reading and are left out."""
    if dataclasses.is_dataclass(value):
        fields = (field.name for field in dataclasses.fields(value) if field.name != "notes")
        return {field: _plain(getattr(value, field), field) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item, name) for item in value]
    if name in MONTHS and value is not None:
        return units.month_text(value)
    return value


def _months(data: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the months of a mapping back into absolute months."""
    return {key: _month(value) if key in MONTHS else value for key, value in data.items()}


def _month(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_month(item) for item in value)
    if value is None:
        return None
    return units.first_month(value)


def _study(data: Mapping[str, Any]) -> Study:
    from sim.scenario import Assumptions, EqualCost, Study

    plain = _months(data)
    plain["reference"] = _scenario(data["reference"])
    for group in ("arms", "variants"):
        plain[group] = tuple(_scenario(each) for each in data[group])
    plain["seeds"] = tuple(data["seeds"])
    plain["assumptions"] = tuple(
        Assumptions(**{**each, "seeds": tuple(each["seeds"])}) for each in data.get("assumptions", ())
    )
    plain["equal_cost"] = EqualCost(**data["equal_cost"])
    return Study(**plain)


def _sweep(data: Mapping[str, Any]) -> Sweep:
    from sim.scenario import DesignSpec, Range, Sweep

    plain = _months(data)
    plain["reference"] = _scenario(data["reference"])
    plain["arms"] = tuple(_scenario(each) for each in data["arms"])
    plain["seeds"], plain["keep"] = tuple(data["seeds"]), tuple(data["keep"])
    plain["design"] = DesignSpec(**data["design"])
    plain["factors"] = tuple(Range(**{**each, "values": tuple(each["values"])}) for each in data["factors"])
    plain["structures"] = {name: tuple(values) for name, values in data["structures"].items()}
    plain["listed"] = tuple(data["listed"])
    return Sweep(**plain)


def _scenario(data: Mapping[str, Any]) -> Scenario:
    from sim.grid import GridSpec
    from sim.scenario import Budget, Hubs, Lever, Scenario

    plain = _months(data)
    plain["grid"] = GridSpec(**data["grid"])
    budget = _months(data["budget"])
    plain["budget"] = Budget(**{**budget, "yearly_shares": tuple(budget["yearly_shares"])})
    plain["levers"] = tuple(Lever(**{**_months(lever), "where": _where(lever["where"])}) for lever in data["levers"])
    if data["hubs"] is not None:
        hubs = _months(data["hubs"])
        plain["hubs"] = Hubs(**{**hubs, "where": _where(hubs["where"]), "first_places": tuple(hubs["first_places"])})
    return Scenario(**plain)


def _where(data: Mapping[str, Any] | None) -> Any:
    from sim.scenario import Where

    if data is None:
        return None
    return Where(**{**data, **{name: tuple(data[name]) for name in ("codes", "except_")}})
