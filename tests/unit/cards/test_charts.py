"""Charts: what Teams draws, the table behind each, and what the check finds wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from cards.charts import (
    MAX_POINTS,
    ChartColor,
    Point,
    Series,
    donut,
    gauge,
    grouped_bars,
    horizontal_bars,
    lines,
    progress,
    stacked_bars,
    vertical_bars,
)
from cards.check import check, without_extensions
from cards.envelope import Card, Part, finish
from cards.formats import hours
from cards.pieces import heading
from cards.words import Language

NASTY = "[x](https://evil.example) <at>CEO</at>"
WEEKS = (Point("16 nov.", Decimal("7.5")), Point("23 nov.", Decimal(12), ChartColor.WARNING))
TWO = (Series("Prévu", WEEKS), Series("Saisi", (Point("23 nov.", Decimal("9.25")),), ChartColor.GOOD))


def shown(value: Decimal) -> str:
    return hours(value, Language.FR).replace("\u00a0", " ")


def carded(*parts: Part) -> Card:
    return finish([heading("Heures"), *parts], summary="Heures")


def table(chart: Part) -> list[tuple[str, str]]:
    rows = chart["fallback"]["items"][1]["facts"]
    return [(row["title"], row["value"]) for row in rows]


CHARTS = {
    "donut": donut("Heures", WEEKS, shown=shown, middle="19,5 h"),
    "vertical": vertical_bars("Heures", WEEKS, shown=shown),
    "horizontal": horizontal_bars("Heures", WEEKS, shown=shown),
    "stacked": stacked_bars("Heures", TWO, shown=shown),
    "grouped": grouped_bars("Heures", TWO, shown=shown),
    "piled": grouped_bars("Heures", TWO, shown=shown, stacked=True),
    "lines": lines("Heures", TWO, shown=shown),
    "gauge": gauge("Heures", Decimal("7.5"), WEEKS, shown=shown),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_fine_and_its_table_is_good_schema(
    name: str, official_schema: Callable[[Card], Iterable[str]]
) -> None:
    assert check(carded(CHARTS[name]), official_schema) == []


def test_upright_bars() -> None:
    chart = CHARTS["vertical"]
    assert chart["type"] == "Chart.VerticalBar"
    assert chart["data"] == [{"x": "16 nov.", "y": 7.5}, {"x": "23 nov.", "y": 12, "color": "warning"}]
    assert (chart["color"], chart["title"], chart["showTitle"]) == ("categoricalBlue", "Heures", True)
    assert table(chart) == [("16 nov.", "7,5 h"), ("23 nov.", "12 h")]
    assert CHARTS["horizontal"]["data"] == chart["data"]


def test_a_ring_tells_its_parts_apart() -> None:
    chart = CHARTS["donut"]
    assert [one["color"] for one in chart["data"]] == ["categoricalBlue", "warning"]
    assert chart["value"] == "19,5 h"
    assert "value" not in donut("Heures", WEEKS, shown=shown)


def test_a_label_has_one_colour_in_every_row() -> None:
    rows = (Series("S580", (Point("Gagné", Decimal(1)),)), Series("S581", (*WEEKS[:1], Point("Gagné", Decimal(2)))))
    chart = stacked_bars("Heures", rows, shown=shown)
    first, second = chart["data"]
    assert first["data"][0]["color"] == second["data"][1]["color"] != second["data"][0]["color"]
    assert table(chart) == [("S580", "Gagné 1 h"), ("S581", "16 nov. 7,5 h · Gagné 2 h")]


@pytest.mark.parametrize("name", ["grouped", "lines"])
def test_series_are_crossed_in_the_table(name: str) -> None:
    chart = CHARTS[name]
    assert [(one["legend"], one["color"]) for one in chart["data"]] == [("Prévu", "categoricalBlue"), ("Saisi", "good")]
    assert chart["data"][1]["values"] == [{"x": "23 nov.", "y": 9.25}]
    assert table(chart) == [("16 nov.", "Prévu 7,5 h"), ("23 nov.", "Prévu 12 h · Saisi 9,25 h")]
    assert CHARTS["piled"]["stacked"] is True
    assert "stacked" not in CHARTS["grouped"]


@pytest.mark.parametrize(("value", "needle"), [(Decimal("7.5"), 7.5), (Decimal(40), 19.5)])
def test_a_needle_stays_on_its_scale(value: Decimal, needle: float) -> None:
    chart = gauge("Heures", value, WEEKS, shown=shown)
    assert (chart["value"], chart["min"], chart["max"]) == (needle, 0, 19.5)
    assert table(chart)[0] == ("Heures", shown(value))


def test_outside_text_stays_text() -> None:
    for chart in (
        vertical_bars(NASTY, [Point(NASTY, Decimal(1))], shown=shown),
        stacked_bars(NASTY, [Series(NASTY, (Point(NASTY, Decimal(1)),))], shown=shown),
        lines(NASTY, [Series(NASTY, (Point(NASTY, Decimal(1)),))], shown=shown),
    ):
        assert "](https://" not in str(chart["fallback"])
        assert "<at>" not in str(chart["fallback"])
        assert check(carded(chart)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"type": "Chart.Radar"}, "unknown chart Chart.Radar"),
        ({"fallback": "drop"}, "Chart.VerticalBar without fallback"),
        ({"title": ""}, "Chart.VerticalBar without title"),
        ({"data": []}, "Chart.VerticalBar of 0 points"),
        ({"data": [{"x": "a", "y": 1}] * (MAX_POINTS + 1)}, f"Chart.VerticalBar of {MAX_POINTS + 1} points"),
        ({"data": [{"x": " ", "y": 1}]}, "Chart.VerticalBar has a point without label"),
        ({"data": [{"x": "a", "y": "1"}]}, "Chart.VerticalBar has a point without number"),
        ({"data": [{"x": "a"}]}, "Chart.VerticalBar has a point without number"),
        ({"color": "#ff0000"}, "chart colour #ff0000"),
        ({"data": [{"x": "a", "y": 1, "color": "pink"}]}, "chart colour pink"),
    ],
)
def test_the_check_finds(changes: dict[str, Any], problem: str) -> None:
    assert check(carded({**deepcopy(CHARTS["vertical"]), **changes})) == [problem]


def test_a_wrong_colour_is_found_inside_a_series() -> None:
    chart = deepcopy(CHARTS["lines"])
    chart["data"][0]["color"] = "mauve"
    assert check(carded(chart)) == ["chart colour mauve"]


def test_without_extensions_a_chart_is_its_table() -> None:
    card = carded({"type": "Container", "items": [CHARTS["vertical"]]})
    assert "Chart." in str(card)
    bare = without_extensions(card)
    assert "Chart." not in str(bare)
    assert "7,5 h" in str(bare)


@pytest.mark.parametrize(
    ("value", "over", "drawn", "color", "cells"),
    [
        ("0", False, 0, "Accent", "□" * 16),
        ("40", False, 40, "Accent", "■" * 8 + "□" * 8),
        ("96.5", True, 80, "Warning", "■" * 16),
    ],
)
def test_a_bar_stays_within_its_end_and_falls_back_to_a_line(
    value: str,
    over: bool,  # noqa: FBT001 - a table
    drawn: int,
    color: str,
    cells: str,
) -> None:
    bar = progress(Decimal(value), Decimal(80), over=over)
    assert (bar["value"], bar["max"], bar["color"], bar["fallback"]["text"]) == (drawn, 80, color, cells)
    assert check(carded(bar)) == []
    assert "ProgressBar" not in str(without_extensions(carded(bar)))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fallback": "drop"}, "ProgressBar without fallback"),
        ({"value": 81}, "ProgressBar beyond its end"),
        ({"color": "blue"}, "ProgressBar colour blue"),
    ],
)
def test_the_check_finds_a_wrong_bar(changes: dict[str, Any], problem: str) -> None:
    assert check(carded({**progress(Decimal(40), Decimal(80), over=False), **changes})) == [problem]
