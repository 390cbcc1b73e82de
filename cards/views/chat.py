"""Views of answers in chat: help, what waits for me, search results, roles, one offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cards.verbs import Verb
from cards.views.reader import Change, Money, Sentence
from cards.views.tenders import TenderLine
from cards.words import Outcome, Role, RoundOutcome, SyncState, TeamRole, Tone


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
    """One thing that waits for the reader: what, until when, and the button that does it (``verb``, ``id``)."""

    what: Sentence
    title: str
    verb: Verb
    id: int
    due: datetime | None = None
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingView:
    """What waits for the reader, soonest first (at most 10 shown). When empty: ``next_title``/``next_due`` if known."""

    items: tuple[PendingItem, ...]
    next_title: str = ""
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """One offer in a list. ``number`` is empty before a Go."""

    offer_id: int
    title: str
    stage: str
    outcome: Outcome
    number: str = ""
    reference: str = ""
    owner: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """One person of the offer's team."""

    name: str
    role: TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLine:
    """One outside system as the offer card shows it: ``system`` is its product name."""

    system: str
    state: SyncState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One offer. ``stage``: label in the reader's language. ``number`` empty before Go. ``decision``: the last round's.

    ``evaluation_done``/``can_open_round`` decide which button comes first. ``round_id``: the open or last round.
    """

    offer_id: int
    revision: int
    title: str
    stage: str
    stage_tone: Tone
    outcome: Outcome
    number: str = ""
    reference: str = ""
    client: str = ""
    owner: str = ""
    decision: RoundOutcome | None = None
    decided_at: datetime | None = None
    round_id: int | None = None
    round_open: bool = False
    evaluation_done: bool = False
    can_open_round: bool = False
    budget: Money | None = None
    effort_hours: Decimal | None = None
    clarification_at: datetime | None = None
    closes_at: datetime | None = None
    conditions: tuple[str, ...] = ()
    team: tuple[TeamMember, ...] = ()
    systems: tuple[SystemLine, ...] = ()
    portal_url: str = ""
    last_change: Change | None = None
