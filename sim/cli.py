"""The command line: ``python run.py VERB`` in a checkout, ``quartiers VERB`` once installed.

This file finds the verb and turns whatever happens into a message and an exit code; each verb lives in
``sim.commands``. Verbs are imported when they are called, and they import the model when they run, so that
``--help`` is immediate.

Exit codes: 0 done; 1 a bug of ours; 2 usage or file error; 3 finished, some runs failed; 4 incomplete and
resumable; 5 not comparable; 6 verify found a difference; 130 Ctrl-C.
"""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from types import FrameType
from typing import Any

import click

from sim import __version__
from sim.exits import Exit, Stop, exit_of
from sim.language import language

# A command and its worker processes, which import this file first, make objects that live as long as they do: looking
# for garbage after every 700 of them takes a tenth of their start, of tables and of figures.
gc.set_threshold(50_000)

#: verb -> (module of sim.commands, one line for the list). The line is here so that the list imports nothing.
VERBS = {
    "compare": ("compare", "Compare policies at equal public cost: run what is missing, write the report."),
    "run": ("run", "Run one scenario with one or more seeds."),
    "benchmarks": ("benchmarks", "Published effects of policies against those of the model, pass or miss."),
    "evaluate": ("evaluate", "What designs of evaluation would have told of a policy, beside the truth."),
    "plan": ("plan", "What a sweep will cost: runs, time, disk, and the intervals they buy."),
    "sweep": ("sweep", "Run a space of assumptions: every policy at every point, as many machines as there are."),
    "worker": ("sweep", "Make what is missing of a sweep, or one part of it: what every launcher starts."),
    "status": ("sweep", "How far a sweep is, and what failed."),
    "merge": ("merge", "Join the runs of a sweep or study made in several places."),
    "sensitivity": ("sensitivity", "Which assumptions of a sweep matter, for each policy and each difference."),
    "discover": ("discover", "Where in the space of assumptions a policy wins, or that nothing was found."),
    "calibrate": ("calibrate", "Fit parameters to published figures, here or on many machines."),
    "validate": ("validate", "The scorecard: every published figure against the model, hit or missed."),
    "report": ("report", "Write the report of a study again, from its stored runs."),
    "verify": ("verify", "Check the hashes of a study; make a few stored runs again, bit for bit."),
    "check": ("files", "Check scenario and study files; show every error at once."),
    "show": ("files", "Show a file with everything it inherits, and where each value comes from."),
    "diff": ("files", "Show what differs between two scenarios, and where the euros go."),
    "new": ("files", "Start a scenario, study or sweep file from a template."),
    "describe": ("describe", "What exists: parameters, switches, levers, processes, outputs, sets, designs, errors."),
    "lesson": ("lesson", "Lessons for a class: list, check, build pages that open by double click."),
    "teach": ("teach", "A live page for a class: change parameters, policy and seed while it runs."),
    "version": ("about", "Show versions, platform, threads and folders."),
    "cite": ("about", "Show how to cite Quartiers, or a study made with it."),
}

EPILOG = """\b
Examples:
  python run.py compare
  python run.py compare --quick
"""


class Verbs(click.Group):
    """The verbs, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = import_module(f"sim.commands.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which verb was probably meant."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            from sim.refusals import Phrase, near, refusal

            verbs = ", ".join(VERBS)
            hint = near(args[0], VERBS, Phrase(f": verbs: {verbs}", f" : verbes : {verbs}"))
            raise click.UsageError(refusal("no_verb", _spoken(args), name=args[0], hint=hint), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


@click.group(
    cls=Verbs,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="quartiers")
def quartiers() -> None:
    """Simulate regional innovation ecosystems; compare place-based digital policies at equal cost."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: the only place where exceptions become messages."""
    lang = _spoken(arguments)
    try:
        result: Any = quartiers.main(arguments, prog_name=_program(), standalone_mode=False)
        return result if isinstance(result, int) else int(Exit.DONE)
    except Stop as stop:
        return _say(str(stop), stop.code, lang)
    except (KeyboardInterrupt, click.Abort):
        return _say(_sentence("stopped", lang), Exit.INTERRUPTED, lang)
    except click.ClickException as error:
        return _misused(error, lang)
    except BrokenPipeError:
        return _closed_output()
    except Exception as error:
        return _failure(error, lang, debug="--debug" in arguments)


def _misused(error: click.ClickException, lang: str) -> int:
    """Tell how the verb is called, then what was wrong in this call."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        usage = context.get_usage().removeprefix("Usage: ")
        click.echo(_sentence("usage", lang, usage=usage, command=context.command_path), err=True)
    return _say(error.format_message(), Exit.USAGE, lang)


def _failure(error: Exception, lang: str, *, debug: bool) -> int:
    """Tell of an exception: in a message where the user can mend it, else with its traceback."""
    code = exit_of(error)
    if debug or code == Exit.BUG:
        traceback.print_exception(error)
    if code == Exit.BUG:
        return _say(_sentence("bug", lang), code, lang)
    from sim.refusals import text_of

    return _say(text_of(error, lang), code, lang)


def _say(message: str, code: int, lang: str) -> int:
    """Print a message on standard error; those of files already name the kind of error."""
    plain = code in (Exit.INTERRUPTED, Exit.INCOMPLETE) or "error[" in message or "erreur[" in message
    click.echo(message if plain else _sentence("error", lang, text=message), err=True)
    return int(code)


def _sentence(key: str, lang: str, **values: object) -> str:
    from sim.refusals import refusal

    return refusal(key, lang, **values)


def _spoken(arguments: Sequence[str]) -> str:
    """Return the language of a command that may not have got as far as to read its options."""
    pairs = [text.partition("=")[2] for text in arguments if text.startswith("--lang=")]
    pairs += [after for text, after in pairwise(arguments) if text == "--lang"]
    return language(pairs[-1] if pairs else None)


def _closed_output() -> int:
    """End quietly when the reader of our output has gone, as in ``quartiers describe | head``."""
    sys.stderr.close()
    sys.stdout = None
    return int(Exit.DONE)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop(_sentence("stopped_by", _spoken(sys.argv[1:]), signal="SIGTERM"), Exit.INCOMPLETE)


def _program() -> str:
    return "python run.py" if sys.argv[0].endswith("run.py") else "quartiers"
