"""A comparison as the report reads it: options in order, the headline year, and frames that may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.report.catalogue import typeset

Row = Any  # one row of a frame: columns of mixed types, which the stubs of pandas cannot follow


class Record(dict[str, Any]):
    """A row read by column, ``row["mean"]`` or ``row.mean``; much lighter than a Series."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """All rows of a frame."""
    return [Record({str(name): value for name, value in row.items()}) for row in frame.to_dict("records")]


def first_of(frame: pd.DataFrame) -> Row:
    """First row of a frame."""
    return rows_of(frame.iloc[:1])[0]


class Facts:
    """Read-only view of a ``Comparison``. A frame that is missing reads as an empty one."""

    def __init__(self, comparison: Any) -> None:
        self._comparison = comparison
        self._bare: dict[str, pd.DataFrame] = {}
        self.meta: Mapping[str, Any] = comparison.meta
        arms = self.frame("arms")
        variant = arms["is_variant"].astype(bool) if "is_variant" in arms else pd.Series(False, index=arms.index)
        reference = arms["is_reference"].astype(bool)
        self.reference: Row | None = first_of(arms[reference]) if reference.any() else None
        self.arms = arms[~reference & ~variant].reset_index(drop=True)
        self.variants = arms[~reference & variant].reset_index(drop=True)
        self.year = self._headline_year()

    def frame(self, name: str) -> pd.DataFrame:
        """Frame by name, empty when the comparison has none."""
        if name not in self._bare:
            found = getattr(self._comparison, name, None)
            bare = pd.DataFrame() if found is None else found.copy(deep=False)
            bare.attrs = {}  # units and the like, which pandas would copy deeply at every selection
            self._bare[name] = bare
        return self._bare[name]

    def at(self, name: str, *, year: int | None = None, **keys: Any) -> pd.DataFrame:
        """Rows of a frame at one year (the headline by default) with the given values in the given columns."""
        frame = self.frame(name)
        if frame.empty:
            return frame
        keep = frame["year"] == (self.year if year is None else year)
        for column, value in keys.items():
            keep &= frame[column] == value
        return frame[keep]

    def main(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the main options, in the order of the study."""
        if frame.empty:
            return frame
        order = {arm: k for k, arm in enumerate(self.arms["arm"])}
        kept = frame[frame["arm"].isin(order)]
        return kept.iloc[kept["arm"].map(order).argsort(kind="stable")]

    def labels(self, language: str, *, variants: bool = False) -> dict[str, str]:
        """Option id to its title, in order."""
        arms = pd.concat([self.arms, self.variants]) if variants else self.arms
        return {
            arm: typeset(str(label), language)
            for arm, label in zip(arms["arm"], arms[f"label_{language}"], strict=True)
        }

    def title(self, key: str, language: str) -> str:
        """A bilingual fact of ``meta``, in the other language when this one is missing."""
        texts = self.meta.get(key) or {}
        found = texts.get(language) or next(iter(texts.values()), "") if isinstance(texts, Mapping) else texts
        return typeset(str(found), language)

    @property
    def runs(self) -> int:
        """Number of paired simulations."""
        return int(self.meta.get("n_seeds") or 0)

    @property
    def years(self) -> list[int]:
        """Horizons for which there are results."""
        effects = self.frame("effects")
        return sorted(int(y) for y in effects["year"].unique()) if not effects.empty else []

    def _headline_year(self) -> int:
        years = self.years
        wanted = self.meta.get("headline")
        if wanted is not None and int(wanted) in years:
            return int(wanted)
        return years[-1] if years else int(self.meta.get("end_year") or 0)
