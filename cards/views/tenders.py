"""Views of tenders: one card, a digest of many, a paged list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cards.views.reader import Change
from cards.words import Source, TenderState, TenderStatus, TenderType


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderView:
    """One tender as a card. All times are aware UTC; texts are raw and come from outside unless said otherwise.

    ``tender_id``, ``revision``: what the buttons carry. ``number``: ``1-13692`` or a client's reference, may be empty.
    ``title``: readable case, portal codes removed; those stand in ``tags`` (``EXPRO+``, ``RE-ISSUE``).
    ``entity``: who buys (ESA, a prime, a client). ``countries``: names in no particular language or codes.
    ``clause``: procurement policy clause ``C1`` … ``C4`` or empty. ``price_range``: as the source writes it.
    ``why_matched``: the watch words that matched, best first. ``portal_url``: https link to the source, or empty.
    ``state`` decides what the card says: EVALUATING and VOTING name ``actor`` and ``since``; DISMISSED adds ``reasons``
    and offers undo until ``undo_until``; GO shows ``offer_number``; NO_GO shows ``reasons``; REISSUED points to
    ``reissued_as`` (number) and ``reissued_id`` (tender id). ``offer_id``/``round_id``: once there is one.
    ``evaluation_required``: the long form is due before a vote; ``evaluation_done``: an evaluation or summary is in.
    ``refresh_user_ids``: Teams ids (``29:…``) whose client may ask for their own view, at most 60.
    """

    tender_id: int
    revision: int
    number: str
    title: str
    source: Source
    type: TenderType
    status: TenderStatus
    state: TenderState
    tags: tuple[str, ...] = ()
    entity: str = ""
    published_at: datetime | None = None
    opens_at: datetime | None = None
    clarification_at: datetime | None = None
    closes_at: datetime | None = None
    countries: tuple[str, ...] = ()
    clause: str = ""
    price_range: str = ""
    excerpt: str = ""
    why_matched: tuple[str, ...] = ()
    portal_url: str = ""
    actor: str = ""
    since: datetime | None = None
    reasons: tuple[str, ...] = ()
    undo_until: datetime | None = None
    offer_id: int | None = None
    offer_number: str = ""
    round_id: int | None = None
    evaluation_required: bool = False
    evaluation_done: bool = False
    reissued_as: str = ""
    reissued_id: int | None = None
    last_change: Change | None = None
    refresh_user_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderLine:
    """One tender in a list or digest: number, title, its next deadline and state."""

    tender_id: int
    number: str
    title: str
    state: TenderState
    closes_at: datetime | None = None
    entity: str = ""
    why_matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderDigestView:
    """More new tenders in one poll than a channel should get as single cards. ``lines``: best match first, at most 10
    are shown; ``total`` counts all of them, ``kept`` those that matched no watch rule and can be found with ``find``.
    """

    lines: tuple[TenderLine, ...]
    total: int
    kept: int
    polled_at: datetime
    source: Source = Source.ESA


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderListView:
    """A page of open tenders (command ``rfps``). ``page`` counts from 0. An empty list names ``next_deadline``."""

    lines: tuple[TenderLine, ...]
    page: int
    pages: int
    total: int
    next_deadline: TenderLine | None = None
