"""Views of answers in chat: help, what waits for me, search results, roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cards.verbs import Verb
from cards.views.offers import OfferLine
from cards.views.reader import Sentence
from cards.views.tenders import TenderLine
from cards.words import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpView:
    """What the reader can do here, by role. ``unknown``: words not understood; ``suggestions``: whole commands."""

    roles: tuple[Role, ...] = ()
    in_channel: bool = False
    unknown: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeView:
    """First contact: ``name`` of the person in a personal chat; ``in_channel``: the app came to a team."""

    name: str = ""
    in_channel: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingItem:
    """One thing that waits for the reader: what, until when, and the button that does it (``verb``, ``id``, ``q``)."""

    what: Sentence
    title: str
    verb: Verb
    id: int
    due: datetime | None = None
    number: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingView:
    """What waits for the reader, soonest first (at most 10 shown). When empty: ``next_title``/``next_due`` if known."""

    items: tuple[PendingItem, ...]
    next_title: str = ""
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindView:
    """Search results: offers and tenders for ``words``. ``page`` counts from 0."""

    words: str
    offers: tuple[OfferLine, ...] = ()
    tenders: tuple[TenderLine, ...] = ()
    total: int = 0
    page: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """One role: who holds it, who stands in and until when (last day included)."""

    role: Role
    holders: tuple[str, ...] = ()
    deputy: str = ""
    deputy_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoView:
    """Who holds which role. ``may_edit``: the reader is an admin."""

    lines: tuple[RoleLine, ...]
    may_edit: bool = False
