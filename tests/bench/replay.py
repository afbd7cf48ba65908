"""How many maps a second a lesson's page draws: both worlds, every picture, one after the other.

    python tests/bench/replay.py scenarios/lessons/pages/l5_moved.student.en.html
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
DRAW_ALL = """async (rounds) => {
  Q.state.open = true;
  Q.panels.close();
  await Q.draw();
  const last = Q.data.lesson.months.length, began = performance.now();
  let drawn = 0;
  for (let round = 0; round < rounds; round++) {
    for (let t = 0; t < last; t++) {
      Q.state.t = t;
      await Q.draw();
      await new Promise(requestAnimationFrame);
      drawn += 1;
    }
  }
  return {seconds: (performance.now() - began) / 1000, drawn};
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", type=Path)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=ARGUMENTS
        )
        for path in parser.parse_args().pages:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(path.resolve().as_uri())
            page.wait_for_selector("body[data-ready=yes]")
            done = page.evaluate(DRAW_ALL, 3)
            pictures, seconds = done["drawn"], done["seconds"]
            print(f"{path.name}: {2 * pictures / seconds:.0f} maps/s, two side by side ({pictures} pictures)")
        browser.close()


if __name__ == "__main__":
    main()
