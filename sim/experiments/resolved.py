"""The study as it was understood, every value explicit, in a file that can be read back.

A stored study must be runnable without the files it came from: they may have changed since, or lie on another
machine. Reading back is checked by the digests, so an edited file is noticed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario import units

if TYPE_CHECKING:
    from sim.scenario import Scenario, Study

FILE = "study.resolved.yaml"
#: Fields that hold absolute months, written as year and month.
MONTHS = frozenset({"spin_up", "start", "end", "first", "last", "first_until", "horizons"})
HEADER = "# The study as it was run, written by Quartiers. The runs beside it belong to it: do not edit.\n"


class ResolvedError(ValueError):
    """A stored study cannot be read back."""


def study_text(study: Study) -> str:
    """Return a study as YAML: every scenario complete, months as ``2013-01``, money in euros."""
    import yaml

    content = _plain(study)
    return HEADER + str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100))


def read_study(folder: Path) -> Study:
    """Read the study of a results folder back.

    Raises
    ------
    ResolvedError
        if the file is missing, unreadable, or no longer what was run
    """
    import yaml

    path = Path(folder) / FILE
    try:
        study = _study(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ResolvedError(f"{folder} holds no results of Quartiers (no {FILE})") from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ResolvedError(f"{path} cannot be read back: {error}") from error
    changed = [each.id for each in study.scenarios if each.with_digest().digest != each.digest]
    if study.with_digest().digest != study.digest:
        changed.append(study.id)
    if changed:
        raise ResolvedError(f"{path}: {changed[0]} was changed since it was run (its digest differs)")
    return study


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
