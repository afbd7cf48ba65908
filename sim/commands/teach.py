"""``teach``: a live page for a class, on this machine alone."""

from __future__ import annotations

import click

from sim.commands.options import debug_option, language_option
from sim.commands.words import say

EPILOG = """\b
Examples:
  python run.py teach
  python run.py teach france --lang fr
"""
WORLDS = ("plain", "city", "country", "france")  # here so that help imports nothing; a test asks for the same


@click.command(epilog=EPILOG)
@click.argument("world", type=click.Choice(WORLDS), default="city")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the page. Default: any that is free.")
@click.option("--idle", type=click.FloatRange(0.05, 1440.0), default=60.0, show_default=True,
              help="Stop after so many minutes in which nothing was asked.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@language_option
@debug_option
def teach(world: str, port: int, idle: float, no_browser: bool, lang: str) -> None:
    """Start a live page of one WORLD: change parameters, policy and seed while it runs.

    The page opens in the browser and talks to this machine alone: no network, nothing to install. Stop it with Quit or
    Ctrl-C. Worlds: a plain, a city, a country of 4,096 quartiers, France.
    """
    import webbrowser

    from sim.teaching.live import Choice, Live
    from sim.teaching.serve import Server

    click.echo(say("teach_wait", lang), err=True)
    name = world if world == "france" else f"class_{world}"
    try:
        server = Server(Live(Choice(place=name)), lang, port)
    except OSError as error:
        raise click.UsageError(say("teach_port", lang, port=port, error=error.strerror or str(error))) from None
    click.echo(server.address)
    click.echo(say("teach_stop", lang), err=True)
    if not no_browser:
        webbrowser.open(server.address)
    server.serve(idle)
