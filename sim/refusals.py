"""What cannot be done with what is there: every refusal in one place, in French and in English.

Exceptions are raised far from the command line, which alone knows the reader's language: a `Refusal` carries the key of
its sentence and what fills it, and is said at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sim.errors import nearest

REFUSALS: Final[dict[str, dict[str, str]]] = yaml.load(
    Path(__file__).with_suffix(".yaml").read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
)



class Refusal(ValueError):
    """Something that the user can mend.

    Parameters
    ----------
    key : of the sentence, in `REFUSALS`
    values : what fills it; a `Phrase` is said in the language of the sentence
    """

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values
        super().__init__(self.text("en"))

    def text(self, lang: str) -> str:
        """Say it in ``fr`` or ``en``."""
        return refusal(self.key, lang, **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process whole: by key and values, not by the English text."""
        return _again, (type(self), self.key, self.values)


@dataclass(frozen=True)
class Phrase:
    """Words that fill a sentence, in each language."""

    en: str
    fr: str

    def text(self, lang: str) -> str:
        """Say it in ``fr`` or ``en``."""
        return self.fr if lang == "fr" else self.en


def near(name: str, known: Iterable[str], otherwise: Phrase = Phrase("", "")) -> Phrase:
    """Return ``: did you mean 'x'?`` for the nearest of what is known, or what is to be said where nothing is near."""
    found = nearest(name, known)
    if found is not None:
        return Phrase(f": did you mean {found!r}?", f" : vouliez-vous dire {found!r} ?")
    return otherwise


def refusal(key: str, lang: str, **values: Any) -> str:
    """Return a sentence of `REFUSALS` with its values."""
    said = {name: value.text(lang) if isinstance(value, Phrase) else value for name, value in values.items()}
    return REFUSALS[key][lang].format(**said)


def text_of(error: BaseException, lang: str) -> str:
    """Say an exception in a language: a `Refusal`, one with a `phrase`, or one that has no second language."""
    said = error if isinstance(error, Refusal) else getattr(error, "phrase", None)
    return said.text(lang) if isinstance(said, (Refusal, Phrase)) else str(error)


def _again(kind: type[Refusal], key: str, values: dict[str, Any]) -> Refusal:
    error = kind.__new__(kind)
    Refusal.__init__(error, key, **values)
    return error
