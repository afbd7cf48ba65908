"""How many pictures a second the live page paints while its world runs: one month a picture, maps and both charts.

    python tests/bench/live.py

Prints, for a country of 4,096 quartiers and for the adaptive France (by quartier, then by département), pictures a
second over so many seconds, and what a month of the model takes of it.
"""

from __future__ import annotations

import argparse
import shutil
import threading
import time

from playwright.sync_api import Page, sync_playwright

from sim.teaching.live import Choice, Live
from sim.teaching.serve import Server

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
CASES = (("class_country", "quartiers"), ("france", "quartiers"), ("france", "areas"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    asked = parser.parse_args()
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=ARGUMENTS
        )
        for place, ground in CASES:
            live = Live(Choice(place=place))
            server = Server(live, "en")
            thread = threading.Thread(target=server.serve, args=(5.0,), daemon=True)
            thread.start()
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(server.address)
            page.wait_for_selector("body[data-ready=yes]")
            if place == "france":
                page.select_option("#ground", ground)
            painted, seconds = measured(page, asked.seconds)
            print(f"{place} by {ground}: {painted / seconds:.1f} pictures/s of {live.world.cell.n:,} quartiers; "
                  f"a month takes {1000 * month_s(live):.0f} ms")
            page.close()
            server.desk.ended = True
            thread.join()
        browser.close()


def measured(page: Page, seconds: float) -> tuple[int, float]:
    """Pictures painted while it plays as fast as it can, and in how many seconds."""
    page.evaluate("Q.live.content.speeds.normal = [1, 1000]")
    page.keyboard.press("Space")
    page.wait_for_function("() => Q.live.painted > 4")
    first, began = page.evaluate("Q.live.painted"), time.perf_counter()
    time.sleep(seconds)
    last, ended = page.evaluate("Q.live.painted"), time.perf_counter()
    page.evaluate("Q.live.playing && Q.live.act('play')")
    page.wait_for_function("() => !Q.live.busy")
    return last - first, ended - began


def month_s(live: Live, months: int = 12) -> float:
    """Seconds of a month of the model, drawing apart."""
    live.restart()
    began = time.perf_counter()
    live.advance(months)
    return (time.perf_counter() - began) / months


if __name__ == "__main__":
    main()
