"""Views of leads: one lead, and the list of the open ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cards.views.reader import Money, Sentence
from cards.words import LeadOver


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadView:
    """One lead. ``origin`` is the code of its kind; ``dropped_why`` is filled once it was dropped, ``offer_id`` once an
    offer came of it; ``decided_by`` and ``decided_at`` say who did that and when. ``made_there``: it was made in
    Pipedrive; ``over``: how it stands there, since ``over_at``. ``url``: where it, or the deal that was made of it, can
    be opened in Pipedrive. ``may_write``: the reader works with leads.
    """

    lead_id: int
    title: str
    origin: str
    owner: str
    created_at: datetime
    client: str = ""
    contact: str = ""
    campaign: str = ""
    amount: Money | None = None
    note: str = ""
    expected_closing_on: date | None = None
    made_there: bool = False
    over: LeadOver = LeadOver.OPEN
    over_at: datetime | None = None
    dropped_at: datetime | None = None
    dropped_why: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    offer_id: int = 0
    offer: str = ""
    url: str = ""
    may_write: bool = False
    said: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLine:
    """One open lead in the list. ``made_there``: it came from Pipedrive."""

    lead_id: int
    title: str
    origin: str
    owner: str
    client: str
    created_at: datetime
    amount: Money | None = None
    made_there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadListView:
    """The open leads, oldest first. ``page`` counts from 0; ``mine``: those of the reader alone. ``from_before``: how
    many of them stood in Pipedrive before Offerdesk was connected. ``may_write``: the reader may enter one.
    """

    lines: tuple[LeadLine, ...]
    total: int
    page: int = 0
    pages: int = 1
    mine: bool = False
    from_before: int = 0
    may_write: bool = False
