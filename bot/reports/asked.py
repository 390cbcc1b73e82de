"""A question as short text: what a button, a page address or a ticket carries. A stranger's text: read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import NotFound
from bot.reports.catalogue import is_period, kind_of
from bot.reports.shape import EVERYTHING, By, ReportQuery

if TYPE_CHECKING:
    from bot.reports.catalogue import ReportKind

LONGEST = 75
"""So that it fits a ticket, as the name of a file."""
NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)
CATEGORY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A report and what it is asked for."""

    kind: ReportKind
    query: ReportQuery = EVERYTHING


def written(asked: Asked) -> str:
    """``pipeline.y2026.c12.bstage``: the report, then one letter and a value for everything that was said. Raises
    :class:`NotFound` for one that is too long: a code of a category may be.
    """
    query = asked.query
    parts = {
        "y": query.year or None,
        "m": query.month or None,
        "c": query.client,
        "s": query.sales_lead,
        "p": query.person,
        "k": query.category,
        "b": query.by.value if query.by is not None else None,
    }
    text = ".".join([asked.kind.code, *(f"{letter}{value}" for letter, value in parts.items() if value is not None)])
    if len(text) > LONGEST:
        raise NotFound
    return text


def read(text: str) -> Asked:
    """The question again. Raises :class:`NotFound` for what :func:`written` did not write."""
    code, *parts = text.split(".") if len(text) <= LONGEST else [""]
    kind = kind_of(code)
    said = {part[:1]: part[1:] for part in parts}
    if len(said) != len(parts) or not set(said) <= set("ymcspkb"):
        raise NotFound
    year, month, by = _number(said.get("y")) or 0, _number(said.get("m")) or 0, said.get("b")
    category = said.get("k")
    known = by is None or by in set(kind.breakdowns)
    if not known or not is_period(year, month):
        raise NotFound
    if category is not None and not CATEGORY.fullmatch(category):
        raise NotFound
    query = ReportQuery(
        year=year,
        client=_number(said.get("c")),
        sales_lead=_number(said.get("s")),
        category=category,
        person=_number(said.get("p")),
        by=By(by) if by is not None else None,
        month=month,
    )
    return Asked(kind, query)


def _number(said: str | None) -> int | None:
    if said is None:
        return None
    if not NUMBER.fullmatch(said):
        raise NotFound
    return int(said)
