"""Numbers as a reader should see them: rounded to the noise, then written in French or in English.

A simulated mean carries the error of a finite number of runs. Printing 1 234 when the error is 60
suggests a knowledge nobody has, so the last digit printed is of the order of two standard errors.
Full precision stays in the tables that accompany the report.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

NARROW = "\u202f"  # French thousands separator, and the space before ; ! ?
NBSP = "\u00a0"  # before units and the colon
MINUS = "\u2212"

MAX_REFINEMENTS = 2  # decimal places a step may gain so that nothing prints as zero but zero


def significance_step(value: float, digits: int) -> float:
    """Step that leaves at most ``digits`` significant digits in ``value`` (0 when the value is 0)."""
    if value == 0.0 or not math.isfinite(value):
        return 0.0
    return float(10.0 ** (math.floor(math.log10(abs(value)) + 1e-12) - digits + 1))


def noise_step(
    value: float,
    se: float,
    *,
    bounds: tuple[float, ...] = (),
    spread: tuple[float, ...] = (),
    digits: int = 2,
    refine: bool = True,
) -> float:
    """Rounding step of an estimate: the power of ten of two standard errors, at most ``digits`` digits kept.

    Two refinements keep the intervals honest: the step becomes finer while a bound would print as the value
    itself although the runs tell them apart, and while a bound that is not zero would print as zero
    (rounding may not change what an interval of the mean says of the sign).

    Parameters
    ----------
    value : mean of the runs
    se : standard error of that mean (nan or 0 means unknown: only ``digits`` counts)
    bounds : ends of the interval of the mean printed beside the value, same unit
    spread : ends of the range over simulations printed there too: they may print as zero
    digits : largest number of significant digits of the value
    refine : whether what is not zero may not print as zero; false for long tables of small differences

    Returns
    -------
    float : step, same unit; 0 means "print as it is"
    """
    by_noise = significance_step(2.0 * se, 1) if math.isfinite(se) else 0.0
    step = max(significance_step(value, digits), by_noise)
    ends = (*bounds, *spread)
    while step > by_noise > 0.0 and any(b != value and to_step(b, step) == to_step(value, step) for b in ends):
        step = max(step / 10.0, by_noise)
    shown = [b for b in (value, *bounds) if b != 0.0 and math.isfinite(b)]
    for _ in range(MAX_REFINEMENTS if refine else 0):
        if any(to_step(b, step) == 0.0 for b in shown):
            step /= 10.0
    return step


def to_step(value: float, step: float) -> float:
    """Value rounded to the nearest multiple of ``step``, halves away from zero (0 leaves it alone)."""
    if step == 0.0 or not math.isfinite(value):
        return value
    return math.copysign(math.floor(abs(value) / step + 0.5), value) * step if value else 0.0


def decimals_of(step: float) -> int:
    """Digits after the decimal mark needed to write multiples of ``step``."""
    if step <= 0.0:
        return 0
    return max(0, -math.floor(math.log10(step) + 1e-9))


@dataclass(frozen=True)
class Format:
    """Writes numbers in one language ("fr" or "en"). Every method returns text."""

    language: str

    def number(self, value: float, *, step: float = 0.0, decimals: int | None = None, signed: bool = False) -> str:
        """Number with the separators of the language; ``signed`` puts a plus before gains."""
        if value is None or not math.isfinite(value):
            return "n.d." if self.language == "fr" else "n/a"
        rounded = to_step(float(value), step)
        places = decimals_of(step) if decimals is None else decimals
        text = f"{abs(rounded):,.{places}f}"
        if self.language == "fr":
            text = text.replace(",", NARROW).replace(".", ",")
        if float(f"{abs(rounded):.{places}f}") == 0.0:  # no sign on what prints as zero
            return text
        return (MINUS if rounded < 0.0 else "+" if signed else "") + text

    def percent(self, share: float, *, decimals: int = 0, signed: bool = False) -> str:
        """Share (0 to 1) as a percentage: ``12 %`` or ``12%``."""
        text = self.number(100.0 * share, decimals=decimals, signed=signed)
        return text + (f"{NBSP}%" if self.language == "fr" else "%")

    def points(self, share: float, *, decimals: int = 1) -> str:
        """Difference between two shares, in percentage points."""
        return f"{self.number(100.0 * share, decimals=decimals, signed=True)}{NBSP}pt"

    def money(self, eur: float, *, digits: int = 4) -> str:
        """Euros in the unit that leaves few digits: ``215 M€`` / ``€215m``."""
        if eur is None or not math.isfinite(eur):
            return self.number(math.nan)
        shown = to_step(eur, significance_step(eur, digits))
        for limit, fr, en in ((1e9, "Md€", "bn"), (1e6, "M€", "m"), (1e3, "k€", "k"), (0.0, "€", "")):
            if abs(shown) >= limit:
                scale = limit or 1.0
                step = significance_step(shown / scale, digits)
                places = min(decimals_of(step), 1 if abs(shown) >= 10.0 * scale else 2) if step else 0
                body = trim_zeros(self.number(shown / scale, decimals=places), places)
                return f"{body}{NBSP}{fr}" if self.language == "fr" else english_euros(body, en)
        raise AssertionError("unreachable: the last limit is zero")

    def interval(
        self, low: float, high: float, *, step: float = 0.0, decimals: int | None = None, signed: bool = False
    ) -> str:
        """Two ends joined by a word, so that a minus is never read as a dash."""
        word = "à" if self.language == "fr" else "to"
        ends = [self.number(v, step=step, decimals=decimals, signed=signed) for v in (low, high)]
        return f"{ends[0]} {word} {ends[1]}"


def trim_zeros(text: str, places: int) -> str:
    """Drop zeros at the end of a fractional part, and the mark with them: ``215,0`` -> ``215``."""
    return text.rstrip("0").rstrip(",.") if places else text


def in_millions(text: str, language: str) -> str:
    """Number or interval, already written, as millions of euros: ``−120 à +200 M€`` / ``−€120m to +€200m``."""
    if language == "fr":
        return f"{text}{NBSP}M€"
    return re.sub(r"\d[\d.,]*", r"€\g<0>m", text)


def english_euros(body: str, unit: str) -> str:
    """Put the euro sign after the sign of the number: minus 2.5 -> -€2.5m (with U+2212)."""
    sign = body[0] if body[:1] in (MINUS, "+") else ""
    return f"{sign}€{body[len(sign) :]}{unit}"


@dataclass(frozen=True)
class Estimate:
    """One result with its two intervals, rounded together and written."""

    value: str
    ci95: str  # how sure are we of the average
    range80: str  # how different can futures be


def estimate(
    fmt: Format,
    mean: float,
    se: float,
    ci95: tuple[float, float],
    range80: tuple[float, float],
    *,
    digits: int = 2,
    signed: bool = True,
) -> Estimate:
    """Round a mean and its two intervals to one common step and write them."""
    step = noise_step(mean, se, bounds=ci95, spread=range80, digits=digits)
    return Estimate(
        value=fmt.number(mean, step=step, signed=signed),
        ci95=fmt.interval(*ci95, step=step, signed=signed),
        range80=fmt.interval(*range80, step=step, signed=signed),
    )
