"""Views of the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cards.views.reader import Money, Sentence
from cards.words import RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFacts:
    """What a decision was made on: a version of the evaluation, or of the quote."""

    evaluation: int | None = None
    quote: int | None = None
    amount: Money | None = None
    hours: Decimal | None = None
    risks: tuple[RiskLevel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One event. ``what`` None: ``action`` says it, in the words of the trail. Names are raw; no ``by``: a clock."""

    at: datetime
    action: str
    thing: str = ""
    """What it happened to, as the trail calls it: ``quote``, ``round``."""
    what: Sentence | None = None
    by: str = ""
    on_behalf_of: str = ""
    offer: str = ""
    facts: AuditFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One page of events, newest first. ``words``: what was asked for, raw; ``more``: there is a next page."""

    words: str = ""
    lines: tuple[AuditLine, ...] = ()
    page: int = 0
    more: bool = False
