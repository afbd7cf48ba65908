"""Quantities as people write them: ``215 MEUR``, ``10 %``, ``18 months``, ``2 km``, ``2014-01``.

Units are compulsory on money, shares, durations and distances: a bare ``1500`` is an error, never 1500 euros.
Rates and indices are plain numbers. Every function takes the value as read and returns a number in the
model's unit, or raises ``Misread`` with the sentence that says how to write it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sim.scenario.errors import did_you_mean
from sim.scenario.messages import Message

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
NUMBER: Final = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
QUANTITY: Final = re.compile(rf"({NUMBER})\s*([^\s0-9.,][^0-9]*|)")
COMMA: Final = re.compile(r"([-+]?[0-9]+),([0-9]+)(?=\D|$)(.*)")
GROUPED: Final = re.compile(r"[-+]?[0-9]{1,3}([ _'\u00a0\u202f,][0-9]{3})+(?![0-9])")
DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
LOOSE_DATE: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?")


class Misread(ValueError):
    """A value that is not written as it should be; carries the sentence that says so."""

    def __init__(self, key: str, hint: Message | None = None, **values: Any) -> None:
        self.message = Message(key, values)
        self.hint = hint
        super().__init__(key)


@dataclass(frozen=True)
class Kind:
    """A kind of quantity: its units (factor to the model's unit, in decimal), an example, the largest amount."""

    name: str
    units: dict[str, str]
    example: str
    allowed: tuple[str, ...]
    highest: str


EUROS: Final = {"EUR": "1", "kEUR": "1e3", "MEUR": "1e6", "BEUR": "1e9"}
MONTHS: Final = {"month": "1", "months": "1", "year": "12", "years": "12"}
MONEY: Final = Kind("money", EUROS, "215 MEUR", ("EUR", "kEUR", "MEUR", "BEUR"), "1000 BEUR")
SHARE: Final = Kind("share", {"%": "0.01"}, "40 %", ("%",), "1e6 %")
DURATION: Final = Kind("duration", MONTHS, "18 months", ("months", "years"), "300 years")
DISTANCE: Final = Kind("distance", {"km": "1", "m": "0.001"}, "2 km", ("km", "m"), "20000 km")
SPELLINGS: Final = {  # how people write units elsewhere
    "€": "EUR", "euro": "EUR", "euros": "EUR", "k€": "kEUR", "m€": "MEUR", "md€": "BEUR", "mdeur": "BEUR",
    "geur": "BEUR", "g€": "BEUR", "percent": "%", "pct": "%", "mois": "months", "an": "year", "ans": "years",
    "mo": "months", "y": "years", "kms": "km", "metres": "m", "mètres": "m",
}  # fmt: skip


def quantity(value: object, kind: Kind) -> float:
    """Return a number with a compulsory unit, in the unit of the model (euro, share of one, month, km)."""
    name = Message(f"{kind.name}_name")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Misread("quantity", got=brief(value), what=name, example=kind.example)
    if isinstance(value, (int, float)):
        raise Misread("no_unit", got=spell(value), example=_with_unit(value, kind))
    text = value.strip().replace("\u00a0", " ").replace("\u202f", " ")
    match = QUANTITY.fullmatch(text)
    if match is None:
        _refuse_separators(text)
        raise Misread("quantity", got=value, what=name, example=kind.example)
    number, unit = float(match[1]), match[2].strip()
    if not unit:
        raise Misread("no_unit", got=value, example=_with_unit(number, kind))
    if unit not in kind.units:
        what = Message(f"{kind.name}_what")
        meant = SPELLINGS.get(unit.lower())
        hint = did_you_mean(meant if meant in kind.units else unit, kind.units)
        raise Misread("unit", hint, unit=unit, what=what, allowed=kind.allowed)
    if number < 0:
        raise Misread("negative", got=value)
    most, most_unit = kind.highest.split()
    highest = _scale(most, kind.units[most_unit])
    # Decimal takes exponents of any size, and not those that a float calls infinite or zero.
    result = _scale(match[1], kind.units[unit]) if number and math.isfinite(number) else number
    if result > highest:
        raise Misread("above", got=value, high=kind.highest)
    return result


def _scale(text: str, factor: str) -> float:
    # Decimal arithmetic gives the float nearest to what is written; 7 * 0.01 would be 0.07000000000000001.
    return float(Decimal(text) * Decimal(factor))


def _refuse_separators(text: str) -> None:
    """Raise the precise sentence for ``1 500 MEUR`` and ``1,5 MEUR``."""
    grouped = GROUPED.match(text)
    if grouped:
        raise Misread("grouping", got=text, fixed=re.sub(r"[ _',]", "", grouped[0]) + text[grouped.end() :])
    comma = COMMA.fullmatch(text)
    if comma:
        raise Misread("comma", got=text, fixed=f"{comma[1]}.{comma[2]}{comma[3]}")


def _with_unit(number: float, kind: Kind) -> str:
    """Return how the author most likely meant a bare number, or the usual example."""
    if kind is SHARE:
        return f"{spell(number * 100 if 0 < number < 1 else number)} %"
    if kind is MONEY:
        small = 0 <= number < 1e5
        return f"{spell(number)} {'MEUR' if 0 < number < 1e4 else 'EUR'}" if small else f"{spell(number / 1e6)} MEUR"
    return f"{spell(number)} {kind.allowed[0]}"


def money(value: object) -> float:
    """Return euros."""
    return quantity(value, MONEY)


def price(value: object) -> float:
    """Return the euros of one unit of something, zero or at least a cent: what money buys has to stay countable."""
    return _at_least(money(value), 0.01, value, "0.01 EUR")


def _at_least(result: float, lowest: float, value: object, text: str) -> float:
    if 0.0 < result < lowest:
        raise Misread("below", got=value, low=text)
    return result


def share(value: object, highest: float = 1.0) -> float:
    """Return a share of one."""
    result = quantity(value, SHARE)
    if result > highest:
        raise Misread("share_high", got=value, high=percent(highest))
    return result


def duration(value: object) -> int:
    """Return whole months."""
    months = quantity(value, DURATION)
    if months != int(months):
        raise Misread("whole_months", got=value)
    return int(months)


def distance(value: object) -> float:
    """Return kilometres, zero or at least a metre."""
    return _at_least(quantity(value, DISTANCE), 0.001, value, "1 m")


def first_month(value: object) -> int:
    """Return the month of a date; a year alone means its January."""
    return _month(value, 1)


def last_month(value: object) -> int:
    """Return the month of a date; a year alone means its December."""
    return _month(value, 12)


def _month(value: object, default: int) -> int:
    example = "2014-01" if default == 1 else "2023-12"
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else brief(value)
    match = DATE.fullmatch(text)
    if match is None:
        loose = LOOSE_DATE.fullmatch(text)
        if loose is None:
            raise Misread("date", got=text, example=example)
        fixed = f"{loose[1]}-{int(loose[2]):02d}"
        raise Misread("date_day" if loose[3] else "date", got=text, example=fixed)
    year, month = int(match[1]), int(match[2] or default)
    if not 1 <= month <= 12:
        raise Misread("date_month", got=text)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Misread("date_year", got=text, low=FIRST_YEAR, high=LAST_YEAR)
    return year * 12 + month - 1


def number(value: object) -> float:
    """Return a plain number (rates, indices); a percentage is refused with the number it stands for."""
    if isinstance(value, str):
        match = QUANTITY.fullmatch(value.strip())
        if match and match[2].strip() == "%":
            raise Misread("plain_number", got=value, example=spell(_scale(match[1], "0.01")))
        _refuse_separators(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Misread("want_number", got=brief(value))
    return float(value)


def whole(value: object) -> int:
    """Return a whole number; ``5e4`` counts as one."""
    if isinstance(value, str):
        _refuse_separators(value.strip())
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misread("want_whole", got=brief(value))
    return value


def code(value: object) -> str:
    """Return an official code, which is text: ``"01"``, ``"2A"``."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Misread("want_text", got=brief(value))
    if isinstance(value, int):
        raise Misread("code_number", got=value)
    return value


def brief(value: object) -> str:
    """Return a value as its author would recognise it, short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(str(key) for key in list(value)[:3]) + (", ...}" if len(value) > 3 else "}")
    if isinstance(value, list):
        return "[" + ", ".join(brief(item) for item in value[:3]) + (", ...]" if len(value) > 3 else "]")
    return spell(value) if isinstance(value, (int, float)) else f"'{value}'"


def spell(value: float) -> str:
    """Return a number without needless digits: 1500, 0.5, 2e-05."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"


def percent(value: float) -> str:
    """Return a share as it is written in files: ``12.5 %``."""
    return f"{spell(round(100 * value, 8))} %"


def euros(value: float) -> str:
    """Return an amount as it is written in files, in the largest unit that keeps it whole or short."""
    for unit, factor in (("BEUR", 1e9), ("MEUR", 1e6), ("kEUR", 1e3)):
        if abs(value) >= (factor if unit != "BEUR" else 1e10):
            return f"{spell(value / factor)} {unit}"
    return f"{spell(value)} EUR"


def month_text(month: int) -> str:
    """Return ``2014-01`` for an absolute month."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
