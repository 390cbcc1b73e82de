"""Teams' own charts, drawn by the client in its theme's colours, inside schema 1.5.

Titles and labels are raw; each function makes them harmless. A client that knows no charts, and who reads with a screen
reader, gets the ``fallback``: the same numbers as a table. ``shown`` says a value in the reader's language.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from adaptive_cards.types import FontSize, Spacing

from cards.envelope import Part
from cards.escape import escape, plain
from cards.formats import to_cent
from cards.pieces import facts, label, text
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TITLE_LIMIT: Final = 80
LABEL_LIMIT: Final = 40
CELLS: Final = 16
FILLED, EMPTY = "■", "□"
MAX_POINTS: Final = 60
"""Of one chart. More do not fit on a phone, nor into a card."""


class ChartColor(StrEnum):
    """Teams' names of colours: the client picks the tint that suits its theme."""

    GOOD = "good"
    WARNING = "warning"
    ATTENTION = "attention"
    NEUTRAL = "neutral"
    BLUE = "categoricalBlue"
    LIGHT_BLUE = "categoricalLightBlue"
    TEAL = "categoricalTeal"
    GREEN = "categoricalGreen"
    LIME = "categoricalLime"
    MARIGOLD = "categoricalMarigold"
    RED = "categoricalRed"
    PURPLE = "categoricalPurple"
    LAVENDER = "categoricalLavender"


PALETTE: Final = (
    ChartColor.BLUE,
    ChartColor.MARIGOLD,
    ChartColor.TEAL,
    ChartColor.PURPLE,
    ChartColor.LIME,
    ChartColor.RED,
    ChartColor.LIGHT_BLUE,
    ChartColor.LAVENDER,
)
"""Colours of what means nothing by itself, neighbours far apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value with its raw label; without a colour it gets the chart's, or the next of the palette."""

    label: str
    value: Decimal
    color: ChartColor | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Values that belong together, with their raw name."""

    name: str
    points: tuple[Point, ...]
    color: ChartColor | None = None


def donut(title: str, slices: Sequence[Point], *, shown: Callable[[Decimal], str], middle: str = "") -> Part:
    """Parts of a whole as a ring; ``middle`` is what stands inside it."""
    data = [_slice(one, place) for place, one in enumerate(slices)]
    inside = {"value": plain(middle, LABEL_LIMIT)} if middle else {}
    return _chart("Chart.Donut", title, _table(slices, shown), data=data, **inside)


def vertical_bars(
    title: str, bars: Sequence[Point], *, shown: Callable[[Decimal], str], color: ChartColor = ChartColor.BLUE
) -> Part:
    """One upright bar per point, such as one per week."""
    data = [_bar(one) for one in bars]
    return _chart("Chart.VerticalBar", title, _table(bars, shown), color=color.value, showBarValues=True, data=data)


def horizontal_bars(
    title: str, bars: Sequence[Point], *, shown: Callable[[Decimal], str], color: ChartColor = ChartColor.BLUE
) -> Part:
    """One lying bar per point, for long labels such as titles."""
    data = [_bar(one) for one in bars]
    return _chart(
        "Chart.HorizontalBar", title, _table(bars, shown), color=color.value, displayMode="AbsoluteNoAxis", data=data
    )


def stacked_bars(title: str, rows: Sequence[Series], *, shown: Callable[[Decimal], str]) -> Part:
    """One lying bar per row, made of its points; the same label has the same colour in every row."""
    colors = _colors(point.label for one in rows for point in one.points)
    data = [
        {"title": plain(one.name, LABEL_LIMIT), "data": [_colored(point, colors) for point in one.points]}
        for one in rows
    ]
    table = [(one.name, _joined(((point.label, point.value) for point in one.points), shown)) for one in rows]
    return _chart("Chart.HorizontalBar.Stacked", title, table, data=data)


def grouped_bars(
    title: str, series: Sequence[Series], *, shown: Callable[[Decimal], str], stacked: bool = False
) -> Part:
    """Upright bars side by side, or on top of each other: one group per label, one bar in it per series."""
    more = {"stacked": True} if stacked else {}
    return _chart("Chart.VerticalBar.Grouped", title, _crossed(series, shown), data=_named(series), **more)


def lines(title: str, series: Sequence[Series], *, shown: Callable[[Decimal], str]) -> Part:
    """One line per series. Labels that are all ISO dates make a time axis."""
    return _chart("Chart.Line", title, _crossed(series, shown), data=_named(series))


def gauge(title: str, value: Decimal, segments: Sequence[Point], *, shown: Callable[[Decimal], str]) -> Part:
    """How far a value is on a scale from 0 to the sum of the segments; beyond it, the needle stands at the end."""
    whole = sum((one.value for one in segments), Decimal())
    drawn = [
        {
            "legend": plain(one.label, LABEL_LIMIT),
            "size": _number(one.value),
            "color": (one.color or ChartColor.NEUTRAL).value,
        }
        for one in segments
    ]
    return _chart(
        "Chart.Gauge",
        title,
        [(title, shown(value)), *((one.label, shown(one.value)) for one in segments)],
        value=_number(min(value, whole)),
        min=0,
        max=_number(whole),
        valueFormat="Percentage",
        segments=drawn,
    )


def progress(value: Decimal, whole: Decimal, *, over: bool) -> Part:
    """A thin bar without words: how far ``value`` is of ``whole``; the words stand beside it."""
    drawn = min(value, whole)
    filled = int(drawn * CELLS / whole)
    bar = FILLED * filled + EMPTY * (CELLS - filled)
    tone = Tone.WARNING if over else Tone.ACCENT
    return {
        "type": "ProgressBar",
        "value": _number(drawn),
        "max": _number(whole),
        "color": "Warning" if over else "Accent",
        "spacing": "small",
        "fallback": text(bar, tone=tone, size=FontSize.SMALL, spacing=Spacing.NONE),
    }


def _chart(kind: str, title: str, table: Iterable[tuple[str, str]], **properties: Any) -> Part:  # noqa: ANN401  JSON
    """``table``: raw labels and finished values."""
    rows = [(escape(name, LABEL_LIMIT) or "–", value) for name, value in table]
    fallback = {"type": "Container", "items": [label(escape(title, TITLE_LIMIT)), *facts(rows, MAX_POINTS)]}
    return {"type": kind, "title": plain(title, TITLE_LIMIT), "showTitle": True, **properties, "fallback": fallback}


def _number(value: Decimal) -> int | float:
    """As JSON writes it: whole, or with at most two decimals."""
    rounded = to_cent(value)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _bar(one: Point) -> Part:
    color = {"color": one.color.value} if one.color is not None else {}
    return {"x": plain(one.label, LABEL_LIMIT), "y": _number(one.value), **color}


def _slice(one: Point, place: int) -> Part:
    color = one.color or PALETTE[place % len(PALETTE)]
    return {"legend": plain(one.label, LABEL_LIMIT), "value": _number(one.value), "color": color.value}


def _colored(one: Point, colors: dict[str, ChartColor]) -> Part:
    color = one.color or colors[one.label]
    return {"legend": plain(one.label, LABEL_LIMIT), "value": _number(one.value), "color": color.value}


def _colors(labels: Iterable[str]) -> dict[str, ChartColor]:
    different = dict.fromkeys(labels)
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(different)}


def _named(series: Sequence[Series]) -> list[Part]:
    colors = _colors(one.name for one in series)
    return [
        {
            "legend": plain(one.name, LABEL_LIMIT),
            "color": (one.color or colors[one.name]).value,
            "values": [{"x": plain(point.label, LABEL_LIMIT), "y": _number(point.value)} for point in one.points],
        }
        for one in series
    ]


def _table(points: Iterable[Point], shown: Callable[[Decimal], str]) -> list[tuple[str, str]]:
    return [(one.label, shown(one.value)) for one in points]


def _crossed(series: Sequence[Series], shown: Callable[[Decimal], str]) -> list[tuple[str, str]]:
    """One row per label, with what each series says about it; a label that stands twice has two rows."""
    each = [(one.name, {key: point.value for key, point in _numbered(one.points)}) for one in series]
    labels = dict.fromkeys(key for _name, values in each for key in values)
    return [(key[0], _joined(((name, values[key]) for name, values in each if key in values), shown)) for key in labels]


def _numbered(points: Iterable[Point]) -> Iterator[tuple[tuple[str, int], Point]]:
    """Each with its label, and how often that stood before."""
    before: Counter[str] = Counter()
    for point in points:
        yield (point.label, before[point.label]), point
        before[point.label] += 1


def _joined(values: Iterable[tuple[str, Decimal]], shown: Callable[[Decimal], str]) -> str:
    return " · ".join(f"{escape(name, LABEL_LIMIT)} {shown(value)}" for name, value in values)
