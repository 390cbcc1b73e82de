"""View of a hand-over: what the project manager gets, and what is asked of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cards.views.reader import Change, Money, Sentence


class HandoverState(StrEnum):
    """Where it stands. ``NONE``: not proposed yet; ``OVER``: the offer was reopened."""

    NONE = "none"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the sheet: ``title`` is a text key, ``lines`` the first of ``total``. An empty one is left out."""

    title: str
    total: int
    lines: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverView:
    """The hand-over of one offer. Texts are raw; effort in hours.

    ``handover_id`` is 0 while nothing was proposed. ``may_answer``, ``may_propose``: the buttons this reader gets.
    ``folded``: the sections that wait behind "More…".
    """

    offer_id: int
    handover_id: int
    revision: int
    number: str
    title: str
    state: HandoverState
    manager: str = ""
    owner: str = ""
    client: str = ""
    signed_on: date | None = None
    first_order: str = ""
    kick_off_on: date | None = None
    budget: Money | None = None
    effort_hours: Decimal | None = None
    checklist_done: int = 0
    checklist_total: int = 0
    note: str = ""
    """What the sales lead adds."""
    answer: str = ""
    """What the project manager asks for."""
    scope: str = ""
    sections: tuple[Section, ...] = ()
    folded: tuple[Section, ...] = ()
    may_answer: bool = False
    may_propose: bool = False
    last_change: Change | None = None
