"""Build lessons: run what is missing, check what they promise, write their pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.paths import scenarios_dir
from sim.refusals import Phrase
from sim.teaching import pages
from sim.teaching.load import Lesson, shipped
from sim.teaching.numbers import LessonError, Outcome, check
from sim.teaching.runs import Progress, make_runs
from sim.teaching.titles import titles_of

MOST_BYTES = 4_000_000  # of a page: it is passed on by e-mail and on old computers


def pages_dir() -> Path:
    """Folder of the built lessons that come with the model."""
    return scenarios_dir() / "lessons" / "pages"


def build(
    lesson: Lesson,
    folder: Path,
    *,
    languages: Sequence[str] = pages.LANGUAGES,
    own: str | None = None,
    progress: Progress | None = None,
) -> tuple[list[Path], list[Outcome]]:
    """Build the pages of a lesson.

    Parameters
    ----------
    own : code or name of the class's own zone, on a national map
    progress : called with the runs made and asked for

    Returns
    -------
    files : for each language a page for students, one for the teacher, a worksheet
    outcomes : of each guarantee

    Raises
    ------
    Refusal
        when there is no such zone.
    LessonError
        when the runs do not show what the lesson promises, or a page is too large to be passed on.
    """
    pages.own_zone(lesson, own)  # a wrong code is told before the runs are made
    runs = make_runs(lesson, progress=progress)
    outcomes = check(lesson, runs, lesson.seeds)
    broken = [each for each in outcomes if not each.kept]
    if broken:
        english, french = ("\n  ".join(told(each, language) for each in broken) for language in ("en", "fr"))
        raise LessonError("lesson_broken", file=lesson.path.name, promises=Phrase(english, french))
    made = pages.Built(lesson, runs, tuple(outcomes), own)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for language in languages:
        for kind, render in (("student", pages.student), ("teacher", pages.teacher), ("worksheet", pages.worksheet)):
            path = folder / f"{lesson.path.stem}.{kind}.{language}.html"
            text = render(made, language)
            if len(text.encode()) > MOST_BYTES:
                raise LessonError("lesson_too_large", file=path.name, most=MOST_BYTES / 1e6)
            path.write_text(text, encoding="utf-8")
            files.append(path)
    return files, outcomes


def write_index(files: Sequence[Path], folder: Path, languages: Sequence[str]) -> list[Path]:
    """Write a page in each language with links to the lessons of a folder: those shipped, and `files`."""
    made = []
    for language in languages:
        rows = []
        for path in dict.fromkeys((*shipped(), *files)):
            if (folder / f"{path.stem}.student.{language}.html").is_file():
                rows.append((path.stem, *titles_of(path, language)))
        page = folder / f"index.{language}.html"
        game = (folder / f"game.{language}.html").is_file()
        page.write_text(pages.index(rows, language, game=game), encoding="utf-8")
        made.append(page)
    return made


def told(outcome: Outcome, language: str = "en") -> str:
    """A guarantee and in how many seeds it holds, in one line."""
    says = getattr(outcome.guarantee.says, language)
    mark = "ok" if outcome.kept else {"en": "BROKEN", "fr": "NON TENU"}[language]
    return (f"{mark}  {outcome.holds}/{outcome.of} (>= {outcome.guarantee.at_least}/{outcome.guarantee.of_seeds})  "
            f"{says}")  # fmt: skip
