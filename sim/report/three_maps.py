"""Put the maps of a study side by side, for the README: ``python -m sim.report.three_maps results/default-...``."""

import sys
from pathlib import Path

from PIL import Image, ImageChops

ARMS = ("paris_only", "fifteen_metropoles", "one_hub_per_departement")


def main(study: Path) -> None:
    """Join the English maps of the default study into ``sim/docs/three_maps.png``."""
    maps = [trimmed(Image.open(study / "figures" / f"map-{arm}.en.png").convert("RGB")) for arm in ARMS]
    height = 420
    maps = [m.resize((round(m.width * height / m.height), height), Image.Resampling.LANCZOS) for m in maps]
    picture = Image.new("RGB", (sum(m.width for m in maps), height), "white")
    left = 0
    for m in maps:
        picture.paste(m, (left, 0))
        left += m.width
    picture.quantize(128).save(Path(__file__).parents[1] / "docs" / "three_maps.png", optimize=True)


def trimmed(slide: Image.Image) -> Image.Image:
    """The figure of a slide: without title, note and white around."""
    middle = slide.crop((0, 110, slide.width, slide.height - 80))
    return middle.crop(ImageChops.invert(middle).getbbox())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
