"""Views of reviews: CTO and CEO look at an offer before it is sent, or before the contract is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cards.views.reader import Money
from cards.views.records import Press
from cards.views.rounds import Condition
from cards.words import Role


class ReviewKind(StrEnum):
    """What the review stands before."""

    SENDING = "sending"
    SIGNATURE = "signature"


class ReviewState(StrEnum):
    """Where it stands."""

    OPEN = "open"
    READY = "ready"
    CHANGES = "changes"
    WAIVED = "waived"
    REPLACED = "replaced"


class Opinion(StrEnum):
    """What a reviewer says."""

    READY = "ready"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSeat:
    """One seat: who holds it (empty when vacant), who stands in today, and what stands for it (None: not yet).

    ``by`` is who clicked; ``for_principal`` is set when that was a deputy.
    """

    role: Role
    principal: str = ""
    deputy: str = ""
    opinion: Opinion | None = None
    by: str = ""
    for_principal: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewMine:
    """What this reader may do. ``acting_for``: the principal's name when the reader is the deputy.

    ``late``: the reader answered after the review had closed; the card says that it does not count.
    """

    role: Role
    acting_for: str = ""
    opinion: Opinion | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """One review as a card. Times are aware UTC.

    ``version``: number of the quote under review, 0 when none was prepared; ``price`` is its price, ``margin`` what is
    left of it over the cost basis. ``asked_by``: empty when nobody asked and the offer went on without.
    ``conditions``: those of the Go. ``steps``: buttons of whoever works on the offer. ``replaced_by``: id of the newer
    review, 0 when there is none.
    """

    review_id: int
    revision: int
    offer_id: int
    offer: str
    title: str
    kind: ReviewKind
    state: ReviewState
    opened_at: datetime
    seats: tuple[ReviewSeat, ...]
    asked_by: str = ""
    client: str = ""
    question: str = ""
    version: int = 0
    price: Money | None = None
    estimated: Money | None = None
    margin: Money | None = None
    document_url: str = ""
    submission_due_at: datetime | None = None
    due_at: datetime | None = None
    meeting_at: datetime | None = None
    meeting_url: str = ""
    """Where the meeting is joined; empty while there is none in a calendar."""
    conditions: tuple[Condition, ...] = ()
    waiver: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None
    replaced_by: int = 0
    mine: ReviewMine | None = None
    steps: tuple[Press, ...] = ()
