"""Views of offers: the one card of an offer, a line in a list, a page of lines, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from cards.views.reader import Change, Money, Sentence
from cards.views.sync import SystemLine
from cards.words import Outcome, Role, RoundOutcome, TeamRole, Tone


class Missing(StrEnum):
    """What an offer still lacks; each has a dialog that takes it."""

    CLIENT = "client"
    CONTACT = "contact"
    CATEGORY = "category"
    TEAM = "team"
    AMOUNT = "amount"
    DUE = "due"


class Review(StrEnum):
    """Where the newest review stands. ``PASSED``: everybody said ready, or somebody went on without and said why."""

    OPEN = "open"
    CHANGES = "changes"
    PASSED = "passed"


class Handover(StrEnum):
    """Where the hand-over to the project manager stands."""

    NONE = "none"
    PROPOSED = "proposed"
    RETURNED = "returned"
    ACCEPTED = "accepted"


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
    client: str = ""
    amount: Money | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferListView:
    """A page of offers. ``kind``: what a page button asks for again; ``page`` counts from 0; ``title`` counts them.

    ``empty`` says why there are none, ``hint`` what to do then.
    """

    kind: str
    title: Sentence
    empty: Sentence
    hint: Sentence
    lines: tuple[OfferLine, ...] = ()
    page: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """Something that happened to an offer. ``by`` empty: the clock or the portal did it.

    ``thing``: what it happened to, as the trail names it (``quote``). ``changes``: (field, old, new), raw.
    """

    at: datetime
    what: Sentence
    thing: str = "offer"
    by: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHistoryView:
    """A page of what happened to an offer, newest first; ``offer``: number and title, raw."""

    offer_id: int
    offer: str
    entries: tuple[HistoryEntry, ...]
    page: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """One person of the offer's team."""

    name: str
    role: TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records of each kind an offer has; ``open_`` are those that wait for something."""

    quotes: int = 0
    partner_quotes: int = 0
    open_partner_quotes: int = 0
    competitors: int = 0
    reviews: int = 0
    clarifications: int = 0
    open_clarifications: int = 0
    points: int = 0
    open_points: int = 0
    activities: int = 0
    open_activities: int = 0
    documents: int = 0
    associations: int = 0
    amendments: int = 0
    checklist: int = 0
    checklist_done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One offer. ``stage``: label in the reader's language. ``number`` empty before Go. ``decision``: the last round's.

    ``evaluation_done``/``can_open_round`` decide which button comes first. ``round_id``: the open or last round.
    ``price`` is the last one submitted, ``margin`` in percent of it, ``launch``/``success`` in percent. ``works`` and
    ``steers``: what the reader may do; everything on a shared card, where the services refuse.
    """

    offer_id: int
    revision: int
    title: str
    stage: str
    stage_tone: Tone
    outcome: Outcome
    number: str = ""
    project_number: str = ""
    reference: str = ""
    client: str = ""
    contact: str = ""
    owner: str = ""
    manager: str = ""
    decision: RoundOutcome | None = None
    decided_at: datetime | None = None
    round_id: int | None = None
    round_open: bool = False
    evaluation_done: bool = False
    can_open_round: bool = False
    budget: Money | None = None
    effort_hours: Decimal | None = None
    """What the newest evaluation estimates."""
    planned_hours: Decimal | None = None
    """What preparing it is planned to take: somebody's plan, else the estimate."""
    spent_hours: Decimal = Decimal(0)
    clarification_at: datetime | None = None
    closes_at: datetime | None = None
    expected_closing_on: date | None = None
    estimated: Money | None = None
    weighted: Money | None = None
    """By both probabilities."""
    weighted_launch: Money | None = None
    weighted_success: Money | None = None
    price: Money | None = None
    margin: Decimal | None = None
    launch: int | None = None
    success: int | None = None
    sent: bool = False
    sent_quotes: int = 0
    sent_on: date | None = None
    review: Review | None = None
    review_id: int | None = None
    review_waits_for: tuple[Role, ...] = ()
    review_wanted: bool = False
    """The company wants a review before sending, and none has passed."""
    next_clarification: int | None = None
    """The number of the open one that is due first."""
    next_clarification_on: date | None = None
    negotiating: bool = False
    negotiation_days: int = 0
    our_move: bool = False
    signed_on: date | None = None
    ended_on: date | None = None
    end_reason: str = ""
    debrief_due_on: date | None = None
    """Until when a debrief can be asked of the client; None when none is wanted, or it was held."""
    client_id: int | None = None
    contact_id: int | None = None
    handover: Handover = Handover.NONE
    counts: Counts = Counts()
    missing: tuple[Missing, ...] = ()
    works: bool = True
    steers: bool = True
    conditions: tuple[str, ...] = ()
    team: tuple[TeamMember, ...] = ()
    team_hours: Decimal | None = None
    """What the people of the team are planned to spend together."""
    systems: tuple[SystemLine, ...] = ()
    portal_url: str = ""
    last_change: Change | None = None
