"""The mark of Offerdesk, drawn: a ring (the desk's O, an orbit) from which a tick, the Go, sets out.

Teams asks for three pictures: 192 x 192 in colour on a full square (it rounds the corners itself), 32 x 32 white on
transparent, and 32 x 32 in colour on transparent.
"""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw

ACCENT_COLOUR = "#1B3A6B"
_GO_COLOUR = "#FFB938"
_RING_COLOUR = "#3D7BE0"
_WHITE = "#FFFFFF"
_CLEAR = (255, 255, 255, 0)

# Drawn eight times larger and scaled down: Pillow draws without smooth edges.
_OVERSAMPLING = 8

# The mark in a unit square. The ring is open where the tick leaves it.
_RING_CENTRE = (0.47, 0.53)
_RING_RADIUS = 0.37
_RING_FROM, _RING_TO = 4.0, 286.0  # degrees, clockwise from three o'clock
_TICK = ((0.32, 0.50), (0.47, 0.66), (0.86, 0.17))


def color_icon() -> bytes:
    """Draw the 192 x 192 icon; the mark keeps inside the middle, as Teams cuts the corners round."""
    return _png(192, background=ACCENT_COLOUR, ring=_WHITE, tick=_GO_COLOUR, mark_share=0.62, stroke=0.095)


def outline_icon() -> bytes:
    """Draw the 32 x 32 white outline on transparent."""
    return _png(32, background=_CLEAR, ring=_WHITE, tick=_WHITE, mark_share=0.92, stroke=0.095)


def small_color_icon() -> bytes:
    """Draw the 32 x 32 colour icon on transparent; readable on light and on dark."""
    return _png(32, background=_CLEAR, ring=_RING_COLOUR, tick=_GO_COLOUR, mark_share=0.94, stroke=0.12)


def _png(
    size: int,
    *,
    background: str | tuple[int, int, int, int],
    ring: str,
    tick: str,
    mark_share: float,
    stroke: float,
) -> bytes:
    """Draw the mark on a square; ``stroke`` is the line's width as a share of the mark."""
    large = size * _OVERSAMPLING
    mark = large * mark_share
    margin = (large - mark) / 2
    # Each part is drawn as a mask and coloured after scaling, so that no edge mixes with a background.
    picture = Image.new("RGBA", (size, size), background)
    for colour, draw_part in ((ring, _draw_ring), (tick, _draw_tick)):
        mask = Image.new("L", (large, large), 0)
        draw_part(ImageDraw.Draw(mask), margin, mark, stroke * mark)
        small_mask = mask.resize((size, size), Image.Resampling.LANCZOS)
        layer = Image.new("RGBA", (size, size), colour)
        layer.putalpha(small_mask)
        picture = Image.alpha_composite(picture, layer)
    stored = io.BytesIO()
    picture.save(stored, format="PNG", compress_level=9)
    return stored.getvalue()


def _draw_ring(draw: ImageDraw.ImageDraw, margin: float, mark: float, width: float) -> None:
    x, y = (margin + share * mark for share in _RING_CENTRE)
    radius = _RING_RADIUS * mark
    outer = radius + width / 2
    draw.arc((x - outer, y - outer, x + outer, y + outer), _RING_FROM, _RING_TO, fill=255, width=round(width))
    for degrees in (_RING_FROM, _RING_TO):
        angle = math.radians(degrees)
        _draw_round_end(draw, (x + radius * math.cos(angle), y + radius * math.sin(angle)), width)


def _draw_tick(draw: ImageDraw.ImageDraw, margin: float, mark: float, width: float) -> None:
    points = [(margin + x * mark, margin + y * mark) for x, y in _TICK]
    draw.line(points, fill=255, width=round(width), joint="curve")
    for point in points:
        _draw_round_end(draw, point, width)


def _draw_round_end(draw: ImageDraw.ImageDraw, point: tuple[float, float], width: float) -> None:
    x, y = point
    draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
