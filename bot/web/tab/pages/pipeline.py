"""The offers, as a board by stage and as a table. The filters stand in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.offers import listing
from bot.offers.listing import Which
from bot.offers.models import Outcome
from bot.teams.presenters.offers import offer_lines
from bot.web.tab.asked import Asked, Page
from cards import words
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.config.models import Stage
    from cards.views.offers import OfferLine

ROWS = 25
CARDS = 6
"""Offers under one stage of the board; the rest is one step away, in the table."""
TABLE, BOARD = "table", "board"


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the board with its first offers and how many there are."""

    code: str
    name: str
    lines: tuple[OfferLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; what makes no sense is left out."""

    view: str
    stage: str
    outcome: str
    mine: bool
    words: str

    @property
    def query(self) -> dict[str, str]:
        """For links that keep the filters."""
        return {
            "view": self.view if self.view == TABLE else "",
            "stage": self.stage,
            "outcome": self.outcome,
            "mine": "1" if self.mine else "",
            "q": self.words,
        }


def show(asked: Asked) -> Page:
    """The board of what is open, or the table of whatever the filters say."""
    turn, filters = asked.turn, _filters(asked)
    stages = [stage for stage in turn.company.stages.stage if not stage.closes]
    shared = {
        "filters": filters,
        "stages": [(stage.code, stage.label.of(turn.reader.language)) for stage in stages],
        "outcomes": tuple(words.Outcome),
    }
    title = sentence("tab.place_pipeline")
    if filters.view == BOARD:
        return Page("board.html", title, "pipeline", {**shared, "columns": _board(asked, filters, stages)})
    page = asked.page()
    which = _which(asked, filters, filters.stage or None)
    found = listing.page(turn.session, which, limit=ROWS, offset=page * ROWS)
    pages = max(1, -(-found.total // ROWS))
    if page >= pages:
        page = pages - 1
        found = listing.page(turn.session, which, limit=ROWS, offset=page * ROWS)
    lines = offer_lines(turn.session, found.offers, turn.around, turn.reader)
    return Page(
        "table.html",
        title,
        "pipeline",
        {**shared, "lines": lines, "total": found.total, "page": page, "pages": pages},
    )


def _filters(asked: Asked) -> Filters:
    stage, outcome = asked.words("stage"), asked.words("outcome")
    known = asked.turn.company.stages.by_code(stage)
    ended = outcome in set(Outcome) and outcome != Outcome.OPEN
    is_table = asked.query.get("view") == TABLE or known is not None or ended
    return Filters(
        view=TABLE if is_table else BOARD,
        stage=known.code if known is not None else "",
        outcome=outcome if ended else "",
        mine=asked.query.get("mine") == "1",
        words=asked.words("q"),
    )


def _which(asked: Asked, filters: Filters, stage: str | None) -> Which:
    return Which(
        outcome=Outcome(filters.outcome) if filters.outcome else Outcome.OPEN,
        stage=stage,
        person=asked.turn.person if filters.mine else None,
        words=filters.words,
    )


def _board(asked: Asked, filters: Filters, stages: list[Stage]) -> list[Column]:
    turn = asked.turn
    columns = []
    for stage in stages:
        found = listing.page(turn.session, _which(asked, filters, stage.code), limit=CARDS, offset=0)
        lines = offer_lines(turn.session, found.offers, turn.around, turn.reader)
        columns.append(Column(stage.code, stage.label.of(turn.reader.language), lines, found.total))
    return columns
