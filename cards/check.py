"""One check for every finished card: what Teams refuses, what a reader cannot use, what our own rules forbid."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from cards.charts import MAX_POINTS, ChartColor
from cards.envelope import MAX_REFRESH_USERS, Card, Part, nodes, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_BYTES: Final = 24 * 1024
"""Our own budget in UTF-8; Teams' limit is said to be 100 KB of UTF-16, older pages say 40 KB or 28 KB."""

MAX_ACTIONS: Final = 6
MAX_VISIBLE: Final = 3
TITLE_WORDS: Final = 3
COLORS: Final = frozenset({"default", "accent", "good", "warning", "attention"})
"""``dark`` and ``light`` are fixed colours: they vanish on one of the themes."""

STYLES: Final = frozenset({"default", "emphasis", "accent", "good", "warning", "attention"})
CHARTS: Final = {
    "Chart.Donut": "data",
    "Chart.Gauge": "segments",
    "Chart.HorizontalBar": "data",
    "Chart.HorizontalBar.Stacked": "data",
    "Chart.Line": "data",
    "Chart.Pie": "data",
    "Chart.VerticalBar": "data",
    "Chart.VerticalBar.Grouped": "data",
}
"""Each chart that Teams draws, and where its values stand."""

CHART_COLORS: Final = frozenset(ChartColor)
PROGRESS_COLORS: Final = frozenset({"Accent", "Good", "Warning", "Attention"})
FULL: Final = 100
"""The end of a progress bar that does not say it."""

_DRAWN_BY_TEAMS: Final = ("Chart.", "ProgressBar")
_TEAMS_ONLY: Final = ("msteams", "choices.data")


def check(card: Card, schema: Callable[[Card], Iterable[str]] | None = None) -> list[str]:
    """Return what is wrong with a finished card; an empty list when it is fine.

    ``schema`` judges a card against the official Adaptive Cards schema 1.5 and gives back what is wrong; it gets a copy
    without Teams' extensions. Without it only our own rules are applied.
    """
    problems = [*_frame(card), *_ids(card), *_inputs(card), *_looks(card), *_actions(card)]
    if schema is not None:
        problems.extend(f"schema: {problem}" for problem in schema(without_extensions(card)))
    return problems


def _frame(card: Card) -> Iterator[str]:
    if card.get("version") != "1.5":
        yield "version is not 1.5"
    if not card.get("fallbackText"):
        yield "no fallbackText"
    if (bytes_used := size(card)) > MAX_BYTES:
        yield f"{bytes_used} bytes, more than {MAX_BYTES}"
    headings = sum(node.get("style") == "heading" for node in nodes(card["body"]))
    if headings != 1:
        yield f"{headings} headings instead of one"
    if len(card.get("refresh", {}).get("userIds", ())) > MAX_REFRESH_USERS:
        yield f"more than {MAX_REFRESH_USERS} refresh users"
    text = str(card["body"])
    for entity in card.get("msteams", {}).get("entities", ()):
        if entity["text"] not in text:
            yield f"mention {entity['text']} stands nowhere in the body"


def _ids(card: Card) -> Iterator[str]:
    seen = Counter(node["id"] for node in nodes(card) if "id" in node and node["type"] != "mention")
    yield from (f"id {identifier} is used {times} times" for identifier, times in seen.items() if times > 1)


def _inputs(card: Card) -> Iterator[str]:
    for node in nodes(card):
        kind = str(node["type"])
        if not kind.startswith("Input."):
            continue
        name = node.get("id", "?")
        if "id" not in node:
            yield f"{kind} without id"
        if not node.get("label"):
            yield f"{name} has no label"
        if node.get("isRequired") and not node.get("errorMessage"):
            yield f"{name} is required and has no errorMessage"
        if kind == "Input.Number" and ("min" in node or "max" in node) and not node.get("isRequired"):
            yield f"{name} is optional and bounded: some clients refuse it empty"
        choices = {choice["value"] for choice in node.get("choices", ())}
        if kind == "Input.ChoiceSet" and choices and node.get("value") and node["value"] not in choices:
            yield f"{name} has a value outside its choices"


def _looks(card: Card) -> Iterator[str]:
    for node in nodes(card):
        kind = str(node["type"])
        if kind.startswith("Chart."):
            yield from _chart(node)
        elif kind == "ProgressBar":
            yield from _progress(node)
        elif node.get("color", "default") not in COLORS:
            yield f"fixed colour {node['color']}"
        if kind in {"Container", "Column", "ColumnSet"} and node.get("style", "default") not in STYLES:
            yield f"style {node['style']}"
        if kind == "TextBlock" and not node.get("wrap"):
            yield f"text does not wrap: {node['text'][:30]}"
        if kind == "TextBlock" and not str(node["text"]).strip():
            yield "empty text"
        if kind == "Image" and not node.get("altText"):
            yield "image without altText"
        if len(node.get("columns", ())) > 3:  # noqa: PLR2004 - what 320 pixels can hold
            yield "more than three columns"


def _chart(node: Part) -> Iterator[str]:
    """What Teams cannot draw, and what somebody without charts would miss."""
    kind = str(node["type"])
    if kind not in CHARTS:
        yield f"unknown chart {kind}"
        return
    if not isinstance(node.get("fallback"), dict):
        yield f"{kind} without fallback"
    if not node.get("title"):
        yield f"{kind} without title"
    points = list(_points(node))
    if not 0 < len(points) <= MAX_POINTS:
        yield f"{kind} of {len(points)} points"
    yield from (f"{kind} has {problem}" for point in points for problem in _point(point))
    colors = {part["color"] for part in (node, *node.get("data", ()), *points) if "color" in part}
    yield from (f"chart colour {color}" for color in sorted(colors - CHART_COLORS))


def _progress(node: Part) -> Iterator[str]:
    if not isinstance(node.get("fallback"), dict):
        yield "ProgressBar without fallback"
    if not 0 <= node.get("value", -1) <= node.get("max", FULL):
        yield "ProgressBar beyond its end"
    if node.get("color") not in PROGRESS_COLORS:
        yield f"ProgressBar colour {node.get('color')}"


def _point(point: Part) -> Iterator[str]:
    if not str(point.get("x", point.get("legend", ""))).strip():
        yield "a point without label"
    value = next((point[key] for key in ("y", "value", "size") if key in point), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield "a point without number"


def _points(node: Part) -> Iterator[Part]:
    """Each value of a chart: they stand in it directly, or in its series."""
    for one in node.get(CHARTS[str(node["type"])], ()):
        inner = one.get("values", one.get("data"))
        if inner is None:
            yield one
        else:
            yield from inner


def _actions(card: Card) -> Iterator[str]:
    for node in nodes(card):
        actions = node.get("actions", [])
        if len(actions) > MAX_ACTIONS:
            yield f"{len(actions)} actions in one place"
        if node["type"] == "Action.Execute" and "title" in node and "fallback" not in node:
            yield f"{node['title']} has no fallback for old clients"
        if str(node["type"]).startswith("Action.") and "title" in node:
            yield from _title(node)
    visible = [one for one in card.get("actions", []) if one.get("mode") != "secondary"]
    direct = [one for one in visible if one["type"] != "Action.ShowCard"]
    if len(direct) > MAX_VISIBLE:
        yield f"{len(direct)} buttons in sight"
    if len(visible) > MAX_VISIBLE + 1:
        yield f"{len(visible)} buttons in sight, with unfolding ones"


def _title(action: Part) -> Iterator[str]:
    title = str(action["title"]).replace("…", "").replace("\u00a0", " ")
    data = action.get("data", {})
    typed = isinstance(data, dict) and data.get("verb") == "command.run"
    if len(title.split()) > TITLE_WORDS and not typed and action["type"] != "Action.ToggleVisibility":
        yield f"button of more than {TITLE_WORDS} words: {title}"


def without_extensions(card: Card) -> Card:
    """Return a copy that the official schema can judge: without Teams' additions, and charts as their fallback."""
    bare: Card = _without_charts(deepcopy(card))
    for node in nodes(bare):
        for key in _TEAMS_ONLY:
            node.pop(key, None)
        data = node.get("data")
        if isinstance(data, dict):
            data.pop("msteams", None)
        if node["type"] == "Input.ChoiceSet" and node.get("style") == "filtered":
            node["style"] = "compact"
    return bare


def _without_charts(value: Any) -> Any:  # noqa: ANN401  any piece of JSON
    """The same, as a client shows it that knows no charts."""
    if isinstance(value, dict):
        if str(value.get("type", "")).startswith(_DRAWN_BY_TEAMS):
            return _without_charts(value.get("fallback"))
        return {key: _without_charts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_charts(inner) for inner in value]
    return value
