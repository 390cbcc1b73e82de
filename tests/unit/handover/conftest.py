"""A company that signs contracts: an offer ends, is handed over and amended through the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.config import default
from bot.config.models import Company, Reason
from bot.handover import amendments, ending
from bot.handover import service as handover
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, StageStep
from bot.quotes import service as quotes
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from datetime import datetime

    from bot.database import Database
    from bot.handover.models import Amendment, Handover

TODAY = date(2026, 11, 23)
SIGNED = {"signed_on": "2026-11-23", "first_order": "PO-4711", "price": "120 000", "kick_off_on": "2026-12-07"}
LOST = {"end_note": "The price", "ended_on": "2026-11-23"}
AMENDMENT = {"title": "More tests", "kind": "price", "state": "negotiation", "requested_on": "2026-11-20"}


@dataclass
class Firm(House):
    """The company of the decisions' tests, with its configuration."""

    company: Company = field(default_factory=default)

    def configure(self, **rules: object) -> None:
        """Change parts of ``rules.toml``."""
        self.company = self.company.model_copy(update={"rules": self.company.rules.model_copy(update=rules)})

    def read(self, offer_id: int) -> Offer:
        """The offer as it is stored."""
        return self.database.read_now(lambda session: offers.by_id(session, offer_id))

    def sent(self, price: str = "120 000", number: str = "1-10001") -> int:
        """An offer of the engineer whose first version was sent today; returns its id."""
        self.configure(review=self.company.rules.review.model_copy(update={"before_sending": False}))
        offer_id = self.offer(number=number)
        typed = {"price": price, "currency": "EUR", "sent_on": TODAY.isoformat()}
        self.write(
            lambda session: quotes.send(
                session, offer_id, typed, company=self.company, actor=self.person(session, "engineer"), now=MONDAY
            )
        )
        return offer_id

    def win(
        self,
        offer_id: int,
        typed: dict[str, str] | None = None,
        *,
        by: str = "engineer",
        now: datetime = MONDAY,
        base: int | None = None,
        **more: str,
    ) -> Offer:
        """Record the signature from a dialog opened just now, or on revision ``base``."""
        given = {**SIGNED, **(typed or {}), **more}
        opened = self.read(offer_id).revision if base is None else base
        return self.write(
            lambda session: ending.win(
                session,
                offer_id,
                given,
                base=opened,
                company=self.company,
                actor=self.person(session, by),
                now=now,
            )
        )

    def end(
        self,
        offer_id: int,
        outcome: Outcome = Outcome.LOST,
        typed: dict[str, str] | None = None,
        *,
        by: str = "engineer",
        now: datetime = MONDAY,
        base: int | None = None,
        **more: str,
    ) -> Offer:
        """Record that the offer is lost or abandoned."""
        reasons = self.reasons(outcome)
        given = {**LOST, **({"end_reason": reasons[0]} if reasons else {}), **(typed or {}), **more}
        opened = self.read(offer_id).revision if base is None else base
        return self.write(
            lambda session: ending.end(
                session,
                offer_id,
                outcome,
                given,
                base=opened,
                company=self.company,
                actor=self.person(session, by),
                now=now,
            )
        )

    def reasons(self, outcome: Outcome) -> list[str]:
        """Codes of the configured reasons."""
        stage = self.company.stages.of_type(ending.TYPES[outcome])
        assert stage is not None
        return [reason.code for reason in stage.reasons]

    def with_reasons(self, outcome: Outcome, *codes: str) -> None:
        """Configure other reasons for an end."""
        label = self.company.stages.stage[0].label
        kind = ending.TYPES[outcome]
        stages = tuple(
            stage.model_copy(update={"reasons": tuple(Reason(code=code, label=label) for code in codes)})
            if stage.type is kind
            else stage
            for stage in self.company.stages.stage
        )
        self.company = self.company.model_copy(
            update={"stages": self.company.stages.model_copy(update={"stage": stages})}
        )

    def reopen(self, offer_id: int, reason: str = "The client asked again", by: str = "engineer") -> Offer:
        """Open it again."""
        return self.write(
            lambda session: ending.reopen(
                session,
                offer_id,
                {"reason": reason},
                company=self.company,
                actor=self.person(session, by),
                now=MONDAY,
            )
        )

    def handed(self, offer_id: int) -> Handover:
        """The hand-over of an offer."""
        found = self.database.read_now(lambda session: handover.of_offer(session, offer_id))
        assert found is not None
        return found

    def propose(
        self,
        offer_id: int,
        manager: str = "project manager",
        *,
        by: str = "engineer",
        base: int | None = None,
        **more: str,
    ) -> Handover:
        """Propose the hand-over from a dialog opened just now."""
        found = self.database.read_now(lambda session: handover.of_offer(session, offer_id))
        opened = (found.revision if found else 0) if base is None else base
        typed = {"project_manager_id": manager, "note": "The bench is booked", **more}
        return self.write(
            lambda session: handover.propose(
                session, offer_id, typed, base=opened, actor=self.person(session, by), now=MONDAY
            )
        )

    def accept(self, handover_id: int, by: str = "project manager") -> Handover:
        """Take it over."""
        return self.write(
            lambda session: handover.accept(session, handover_id, actor=self.person(session, by), now=MONDAY)
        )

    def send_back(self, handover_id: int, answer: str = "Who pays the bench?", by: str = "project manager") -> Handover:
        """Ask for more."""
        return self.write(
            lambda session: handover.send_back(
                session, handover_id, {"answer": answer}, actor=self.person(session, by), now=MONDAY
            )
        )

    def amend(self, offer_id: int, *, by: str = "engineer", **typed: str) -> Amendment:
        """A new amendment."""
        given = {**AMENDMENT, **typed}
        return self.write(
            lambda session: amendments.add(session, offer_id, given, actor=self.person(session, by), now=MONDAY)
        )

    def change(self, amendment_id: int, *, base: int, by: str = "engineer", **typed: str) -> Amendment:
        """Edit an amendment from a dialog opened on revision ``base``."""
        given = {**AMENDMENT, **typed}
        return self.write(
            lambda session: amendments.edit(
                session, amendment_id, given, base=base, actor=self.person(session, by), now=MONDAY
            )
        )

    def budget(self, offer_id: int) -> str:
        """The budget as text."""
        return str(self.database.read_now(lambda session: amendments.budget(session, offer_id)))

    def movements(self, offer_id: int) -> list[str]:
        """Each movement as text."""
        found = self.database.read_now(lambda session: amendments.movements(session, offer_id))
        return [str(one.amount) for one in found]

    def causes(self, offer_id: int) -> list[tuple[str, str]]:
        """The stages it went through and what caused each."""
        statement = sa.select(StageStep.stage, StageStep.cause).where(StageStep.offer_id == offer_id)
        found = self.database.read_now(lambda session: session.execute(statement.order_by(StageStep.id)).all())
        return [(stage, cause) for stage, cause in found]


def later(days: int) -> datetime:
    """Some days after the beginning."""
    return MONDAY + timedelta(days=days)


@pytest.fixture
def firm(database: Database) -> Firm:
    """The staffed company on a fresh database."""
    made = Firm(database)
    made.staff()
    return made
