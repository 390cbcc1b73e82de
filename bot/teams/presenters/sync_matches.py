"""From who was recognised in Business Central to the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sync.business_central import recognised
from cards.views.reader import sentence
from cards.views.sync import MatchesView, MatchLine

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.sync.business_central.recognised import Recognised

PAGE = 8


def matches_view(session: Session, page: int, undone: Recognised | None = None) -> MatchesView:
    """A page of them; ``undone`` is what was just undone."""
    total = recognised.count(session)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 0), pages - 1)
    found = recognised.page(session, limit=PAGE, offset=page * PAGE)
    return MatchesView(
        lines=tuple(_line(one) for one in found),
        total=total,
        page=page,
        pages=pages,
        undone=_line(undone) if undone is not None else None,
    )


def _line(one: Recognised) -> MatchLine:
    return MatchLine(
        id=one.number,
        subject=one.subject,
        ours=one.ours,
        code=one.code,
        theirs=one.theirs,
        why=sentence(f"sync.rule_{one.rule}"),
        at=one.at,
    )
