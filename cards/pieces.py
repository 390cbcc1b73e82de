"""The parts every card is made of, in the order of its anatomy: kicker, headline, ask, facts, people, details, footer.

Words given to a piece are finished (escaped, localised) unless a docstring says otherwise.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from adaptive_cards import card as ac
from adaptive_cards.types import (
    Colors,
    ContainerStyle,
    FontSize,
    FontType,
    FontWeight,
    HorizontalAlignment,
    Spacing,
    TextBlockStyle,
    VerticalAlignment,
)

from cards.envelope import Part, part
from cards.escape import escape
from cards.formats import city, say, when
from cards.texts import texts
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cards.views.reader import Change, Reader

TITLE_LIMIT: Final = 160
LONG_TITLE: Final = 60
FACT_ROWS: Final = 5
ARROW: Final = "›"

_COLORS: Final = {
    Tone.DEFAULT: None,
    Tone.ACCENT: Colors.ACCENT,
    Tone.GOOD: Colors.GOOD,
    Tone.WARNING: Colors.WARNING,
    Tone.ATTENTION: Colors.ATTENTION,
}
_STYLES: Final = {
    Tone.DEFAULT: ContainerStyle.EMPHASIS,
    Tone.ACCENT: ContainerStyle.ACCENT,
    Tone.GOOD: ContainerStyle.GOOD,
    Tone.WARNING: ContainerStyle.WARNING,
    Tone.ATTENTION: ContainerStyle.ATTENTION,
}


class Look(TypedDict, total=False):
    """How a line looks; what is left out is Teams' own default."""

    tone: Tone
    size: FontSize | None
    bold: bool
    subtle: bool
    spacing: Spacing | None
    right: bool
    heading: bool
    code: bool
    separator: bool


def text(words: str, **look: Unpack[Look]) -> Part:
    """A wrapped line or paragraph."""
    return {**_line(**look), "text": words}


@lru_cache(256)
def _line(  # noqa: PLR0913  each is one property of the line
    *,
    tone: Tone = Tone.DEFAULT,
    size: FontSize | None = None,
    bold: bool = False,
    subtle: bool = False,
    spacing: Spacing | None = None,
    right: bool = False,
    heading: bool = False,
    code: bool = False,
    separator: bool = False,
) -> Part:
    """A line of one look; its words are put in when it is used, because looks are few and words are many."""
    return part(
        ac.TextBlock,
        text="",
        wrap=True,
        size=size,
        spacing=spacing,
        weight=FontWeight.BOLDER if bold else None,
        color=_COLORS[tone],
        is_subtle=subtle or None,
        horizontal_alignment=HorizontalAlignment.RIGHT if right else None,
        style=TextBlockStyle.HEADING if heading else None,
        font_type=FontType.MONOSPACE if code else None,
        separator=separator or None,
    )


def small(words: str, *, spacing: Spacing | None = Spacing.SMALL, separator: bool = False) -> Part:
    """A small quiet line."""
    return text(words, size=FontSize.SMALL, subtle=True, spacing=spacing, separator=separator)


def label(words: str) -> Part:
    """A small bold line over a group."""
    return text(words, size=FontSize.SMALL, bold=True, spacing=Spacing.MEDIUM)


def kicker(kind: str, number: str, state: str = "", tone: Tone = Tone.DEFAULT) -> Part:
    """The first line: what this is and its number (raw); on the right its state as a coloured word."""
    left = small(" · ".join(one for one in (kind.upper(), escape(number, 60)) if one), spacing=None)
    return sides(left, text(state, tone=tone, size=FontSize.SMALL, bold=True, right=True)) if state else left


def sides(left: Part, right: Part, *, spacing: Spacing | None = None, separator: bool = False) -> Part:
    """Two things on one line: the left one takes the room, the right one what it needs."""
    return columns((("stretch", [left]), ("auto", [right])), spacing=spacing, separator=separator)


def columns(
    made: Iterable[tuple[str, Sequence[Part]]],
    *,
    spacing: Spacing | None = None,
    separator: bool = False,
    top: bool = False,
) -> Part:
    """Columns of (width, parts), at most three; ``top`` lines them up at their upper edge instead of their middle."""
    held = [{**_column(width, top=top), "items": list(items)} for width, items in made]
    return {**_column_set(spacing, separator=separator), "columns": held}


@lru_cache(8)
def _column(width: str, *, top: bool) -> Part:
    align = VerticalAlignment.TOP if top else VerticalAlignment.CENTER
    return part(ac.Column, width=width, items=[], vertical_content_alignment=align)


@lru_cache(32)
def _column_set(spacing: Spacing | None, *, separator: bool) -> Part:
    return part(ac.ColumnSet, columns=[], spacing=spacing, separator=separator or None)


def group(items: Sequence[Part], *, tap: Part | None = None) -> Part:
    """Lines that belong together under a hairline; ``tap`` is what touching them does, and a small arrow says so."""
    shell = _container(None, Spacing.MEDIUM, separator=True)
    if tap is None:
        return {**shell, "items": list(items)}
    arrow = text(ARROW, tone=Tone.ACCENT, size=FontSize.LARGE)
    return {**shell, "items": [columns((("stretch", items), ("auto", [arrow])))], "selectAction": tap}


def folded(identifier: str, items: Sequence[Part], *, visible: bool) -> Part:
    """Parts that a button shows and hides."""
    return {**_container(None, None, separator=False), "id": identifier, "isVisible": visible, "items": list(items)}


@lru_cache(64)
def _container(style: ContainerStyle | None, spacing: Spacing | None, *, separator: bool) -> Part:
    return part(ac.Container, items=[], style=style, spacing=spacing, separator=separator or None)


def headline(title: str) -> Part:
    """The one heading of a card, from a raw title. A long one is set smaller, so that a phone still shows the ask."""
    size = FontSize.MEDIUM if len(title) > LONG_TITLE else FontSize.LARGE
    return heading(escape(title, TITLE_LIMIT), size)


def heading(words: str, size: FontSize = FontSize.MEDIUM, tone: Tone = Tone.DEFAULT) -> Part:
    """The one heading of a card, from finished words."""
    return text(words, size=size, tone=tone, bold=True, spacing=Spacing.SMALL, heading=True)


def subtitle(said: Iterable[str]) -> list[Part]:
    """The quiet line under the headline, or nothing when there is nothing to say."""
    joined = " · ".join(one for one in said if one)
    return [small(joined, spacing=Spacing.NONE)] if joined else []


def band(words: str, tone: Tone = Tone.ACCENT, more: Iterable[str] = ()) -> Part:
    """The ask, or where it stands: one bold sentence on a tinted ground, with quieter sentences under it."""
    lines = [text(words, bold=True), *(text(line, spacing=Spacing.SMALL) for line in more if line)]
    return {**_container(_STYLES[tone], Spacing.MEDIUM, separator=False), "items": lines}


def facts(rows: Iterable[tuple[str, str]], limit: int = FACT_ROWS) -> list[Part]:
    """Label and value rows; rows without a value are left out, and at most ``limit`` are kept."""
    kept = tuple(row for row in rows if row[1])[:limit]
    return [_fact_set(kept)] if kept else []


def _fact_set(rows: Iterable[tuple[str, str]]) -> Part:
    return {**_facts(), "facts": [{"title": name, "value": value} for name, value in rows]}


@cache
def _facts() -> Part:
    return part(ac.FactSet, facts=[], spacing=Spacing.MEDIUM)


def paragraph(name: str, words: str) -> list[Part]:
    """A labelled paragraph for the details, or nothing when there are no words."""
    return [label(name), text(words, spacing=Spacing.NONE)] if words else []


def bullets(items: Iterable[str]) -> str:
    """A list, one line each."""
    return "\n".join(f"- {item}" for item in items)


def footer(change: Change | None, reader: Reader) -> list[Part]:
    """The last line: who changed what last and when; on a shared card also which zone its times are in."""
    said: list[str] = []
    if change is not None:
        said = [say(change.what, reader), escape(change.by, 80), when(change.at, reader, year=False, weekday=False)]
    if reader.shared:
        said.append(texts(reader.language)("frame.zone", city=city(reader.time_zone, reader.language)))
    joined = " · ".join(one for one in said if one)
    return [small(joined, spacing=Spacing.MEDIUM, separator=True)] if joined else []
