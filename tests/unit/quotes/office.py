"""Quotes and reviews through their services, each in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.config import default
from bot.offers.models import Offer
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.reviews.models import Opinion
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config.models import Company
    from bot.quotes.models import Quote
    from bot.reviews.models import Review
    from bot.reviews.service import Answered

TODAY = "2026-11-23"


@dataclass
class Office(House):
    """What these tests speak through. The engineer owns the offers; people are called by their role."""

    company: Company = field(default_factory=default)
    now: datetime = MONDAY

    def configure(self, **review: object) -> None:
        """Change the rules of the review."""
        rules = self.company.rules
        changed = rules.model_copy(update={"review": rules.review.model_copy(update=review)})
        self.company = self.company.model_copy(update={"rules": changed})

    def the_offer(self, offer_id: int) -> Offer:
        """The offer as it is now."""
        return self.database.read_now(lambda session: session.get_one(Offer, offer_id))

    def quote(self, offer_id: int, price: str = "125 000", by: str = "engineer", **typed: str) -> Quote:
        """A prepared version."""
        given = {"price": price, "currency": "EUR", **typed}
        return self.write(
            lambda session: quotes.add(session, offer_id, given, actor=self.person(session, by), now=self.now)
        )

    def edit(self, quote: Quote, by: str = "engineer", **typed: str) -> Quote:
        """The version with other values."""
        given = {"price": f"{quote.price:f}", "currency": quote.currency, "title": quote.title or "", **typed}
        return self.write(
            lambda session: quotes.edit(
                session, quote.id, given, base=quote.revision, actor=self.person(session, by), now=self.now
            )[0]
        )

    def send(self, offer_id: int, by: str = "engineer", **typed: str) -> Quote:
        """Record a sending."""
        given = {"sent_on": TODAY, **typed}
        return self.write(
            lambda session: quotes.send(
                session, offer_id, given, company=self.company, actor=self.person(session, by), now=self.now
            )
        )

    def ask(self, offer_id: int, by: str = "engineer", **typed: str) -> Review:
        """Ask for a review."""
        given = {"due_on": "2026-11-24", **typed}
        return self.write(
            lambda session: reviews.ask(
                session, offer_id, given, company=self.company, actor=self.person(session, by), now=self.now
            )
        )

    def say(
        self,
        review_id: int,
        by: str,
        opinion: Opinion = Opinion.READY,
        *,
        key: str = "",
        seat: str | None = None,
        note: str | None = None,
    ) -> Answered:
        """A reviewer's click, with a key of its own; changes come with a note."""
        self.clicks += 1
        note = "The price" if opinion is Opinion.CHANGES and note is None else note
        key = key or f"click-{self.clicks}"
        return self.write(
            lambda session: reviews.answer(
                session,
                review_id,
                self.person(session, by),
                opinion,
                request_key=key,
                now=self.now,
                seat=seat,
                note=note,
            )
        )

    def ready(self, offer_id: int, **typed: str) -> Review:
        """A review that both seats found ready."""
        review = self.ask(offer_id, **typed)
        self.say(review.id, "CTO")
        self.say(review.id, "CEO")
        return review

    def waive(self, offer_id: int, reason: str = "The client waits", by: str = "engineer", **typed: str) -> Review:
        """Go on without."""
        given = {"waiver": reason, **typed}
        return self.write(
            lambda session: reviews.waive(
                session, offer_id, given, company=self.company, actor=self.person(session, by), now=self.now
            )
        )

    def trail(self, subject: str, subject_id: int) -> list[str]:
        """What happened to a record, in order."""
        statement = sa.select(AuditEvent.action).where(
            AuditEvent.subject == subject, AuditEvent.subject_id == subject_id
        )
        return self.database.read_now(lambda session: list(session.scalars(statement.order_by(AuditEvent.id))))
