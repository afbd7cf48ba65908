"""A figure as a slide: 1920 by 1080 pixels, its title above, what it shows and where it comes from below."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (1920, 1080)
EDGE, TITLE_PX, NOTE_PX = 60, 40, 23
ROOM = (SIZE[0] - 2 * EDGE, 800)  # for the figure itself
INK, SOFT = "#1e1e1e", "#5a5a5a"


def save_slide(figure: Figure, path: Path, *, title: str, note: str, source: str) -> Path:
    """Write a figure as a 16:9 PNG with the same bytes each time.

    Parameters
    ----------
    figure : drawn by ``sim.report.plots``; it keeps its proportions
    title, note, source : title of the slide; what the marks mean; study, runs and standing caution
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image, ImageDraw

    width, height = figure.get_size_inches()
    dpi = min(ROOM[0] / width, ROOM[1] / height)
    canvas = FigureCanvasAgg(figure)
    canvas.print_figure(io.BytesIO(), format="rgba", dpi=dpi)
    drawn = Image.fromarray(np.asarray(canvas.renderer.buffer_rgba())).convert("RGB")  # no PNG to pack and to unpack
    slide = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(slide)
    bold, plain = _font(TITLE_PX, bold=True), _font(NOTE_PX)
    lines = textwrap.wrap(title, _letters(bold))[:2]
    pen.multiline_text((EDGE, 36), "\n".join(lines), font=bold, fill=INK, spacing=8)
    notes = [*textwrap.wrap(note, _letters(plain))[:3], *textwrap.wrap(source, _letters(plain))[:1]]
    foot = SIZE[1] - 30 - len(notes) * (NOTE_PX + 8)
    pen.multiline_text((EDGE, foot), "\n".join(notes), font=plain, fill=SOFT, spacing=8)
    top = 36 + len(lines) * (TITLE_PX + 12)
    slide.paste(drawn, ((SIZE[0] - drawn.width) // 2, top + max((foot - top - drawn.height) // 2, 0)))
    slide.save(path, compress_level=6)
    return path


def _font(size: int, *, bold: bool = False) -> Any:
    """DejaVu Sans as it comes with matplotlib: the same letters on every machine."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    place = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(place), size, layout_engine=ImageFont.Layout.BASIC)


def _letters(font: Any) -> int:
    """Letters that fit on a line, from the mean width of ordinary text."""
    sample = "Dans le modèle, à coût public égal, quinze métropoles."
    return int((SIZE[0] - 2 * EDGE) / (font.getlength(sample) / len(sample)))
