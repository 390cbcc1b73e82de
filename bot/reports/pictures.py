"""The hours report as a picture for a phone: hours by outcome, then the largest clients, categories and years."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from bot.reports.figures import NOTHING, ORDER, Grouping
from cards.escape import plain
from cards.formats import hours, number, word
from cards.texts import texts
from cards.words import Language, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reports.contents import Contents
    from bot.reports.hours import GroupLine

WIDTH, ROW, HEADING = 6.0, 0.42, 1.1
"""Inches, at :data:`DOTS` a telephone's width."""
DOTS = 160
MOST_ROWS = 8
LABEL_LIMIT, TITLE_LIMIT = 26, 80
COLORS = {
    Outcome.WON: "#2e7d32",
    Outcome.LOST: "#c62828",
    Outcome.NO_GO: "#ef9a1a",
    Outcome.ABANDONED: "#757575",
    Outcome.OPEN: "#1565c0",
}
HATCHES = {Outcome.LOST: "//", Outcome.NO_GO: "..", Outcome.ABANDONED: "xx"}
"""Colour is never alone."""


def picture(contents: Contents, language: str) -> bytes:
    """A PNG with titles and labels in ``fr`` or ``en``."""
    # A tenth of a second and 30 MB that nobody else needs.
    from matplotlib.figure import Figure  # noqa: PLC0415

    spoken = Language(language)
    panels = [(grouping, report.lines[:MOST_ROWS]) for grouping, report in contents.reports.items() if report.lines]
    heights = [len(ORDER) * ROW + HEADING, *(max(len(lines), 2) * ROW + HEADING for _grouping, lines in panels)]
    figure = Figure(figsize=(WIDTH, sum(heights) + HEADING), dpi=DOTS, layout="constrained")
    every: Any = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
    t = texts(spoken)
    period = str(contents.year) if contents.year else t("reports.all_years")
    figure.suptitle(_raw(t("reports.picture_title", period=period)), fontsize=13, fontweight="bold")
    _outcomes(every[0][0], contents, spoken)
    for axes, (grouping, lines) in zip(every[1:, 0], panels, strict=True):
        _stacked(axes, contents, grouping, lines, spoken)
    file = io.BytesIO()
    with warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(file, format="png")
    return file.getvalue()


def _outcomes(axes: Any, contents: Contents, language: Language) -> None:  # noqa: ANN401  matplotlib's Axes
    """One bar for each outcome, its hours at its end."""
    spent = [contents.outcomes.get(outcome, NOTHING).hours for outcome in ORDER]
    own = [Outcome(outcome.value) for outcome in ORDER]
    bars = axes.barh(
        [word(outcome, language) for outcome in own],
        [float(value) for value in spent],
        color=[COLORS[outcome] for outcome in own],
        hatch=[HATCHES.get(outcome, "") for outcome in own],
        edgecolor="white",
    )
    axes.bar_label(bars, labels=[hours(value, language) for value in spent], padding=3, fontsize=9)
    _finish(axes, texts(language)("reports.chart_outcome"), max(float(value) for value in spent), language)


def _stacked(
    axes: Any,  # noqa: ANN401  matplotlib's Axes
    contents: Contents,
    grouping: Grouping,
    lines: Sequence[GroupLine],
    language: Language,
) -> None:
    """One bar for each group, made of its outcomes, all its hours at its end."""
    t = texts(language)
    shown = (contents.categories.get(line.name, line.name) or t(f"reports.none_{grouping.value}") for line in lines)
    names = [_raw(name, LABEL_LIMIT) for name in shown]
    places = range(len(lines))
    begun = [0.0] * len(lines)
    for outcome in ORDER:
        values = [max(float(line.spent.get(outcome, NOTHING).hours), 0.0) for line in lines]
        if not any(values):
            continue
        own = Outcome(outcome.value)
        drawn = {
            "color": COLORS[own],
            "hatch": HATCHES.get(own, ""),
            "edgecolor": "white",
            "label": word(own, language),
        }
        axes.barh(places, values, left=begun, **drawn)
        begun = [before + value for before, value in zip(begun, values, strict=True)]
    for place, end, line in zip(places, begun, lines, strict=True):
        said = hours(line.whole.hours, language)
        axes.annotate(said, (end, place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(list(places), names)
    _finish(axes, t(f"reports.chart_{grouping.value}"), max(begun), language)
    if any(begun):
        axes.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.4, -0.1), frameon=False)


def _finish(axes: Any, title: str, longest: float, language: Language) -> None:  # noqa: ANN401  matplotlib's Axes
    """The first row on top, the numbers of the scale as the reader writes them, room for the label of the longest."""
    axes.set_title(_raw(title), fontsize=11, loc="left")
    axes.invert_yaxis()
    axes.set_xlim(0, longest * 1.25 or 1)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _place: number(round(value), language))
    axes.tick_params(labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _raw(text: str, limit: int = TITLE_LIMIT) -> str:
    """One line that is no formula to the drawing library, either."""
    return plain(text, limit).replace("$", r"\$")
