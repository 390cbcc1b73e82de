"""The demonstration's story, told against the real composition on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.decisions.models import Ballot, Round, RoundOutcome
from bot.demo.cast import eventually
from bot.demo.story import BEGINS, FIRST_NUMBER, play
from bot.handover.models import BudgetLine, Handover, HandoverState
from bot.hours.models import EntryKind, HoursEntry, HoursReminder, HoursWeek
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.quotes.models import Competitor, Quote
from bot.reviews.models import Review, ReviewState
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.sync.sharepoint.filing import filed_sheets
from tests.chaos.systems_truth import Files, Known, problems
from tests.whole import Whole, running

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.facts import OfferFacts


@pytest.mark.slow
async def test_three_offers_live_from_the_tender_to_their_end(database_url: str, tmp_path: Path) -> None:
    lines: list[str] = []
    async with running(database_url, tmp_path, begins=BEGINS) as whole:
        facts = await play(whole.cast, lines.append)
        database = whole.offerdesk.database
        late = await eventually("that everything is written", partial(_waits_for_people, database))
        wrong = await database.read(partial(_wrong, whole=whole, incomplete=late))
        held = await database.read(_held)
    assert wrong == [], "\n".join(wrong)
    assert late == {"S581", "S582"}, "nobody said who their contacts are in Business Central, and their category"
    assert facts["offer"] == FIRST_NUMBER
    assert len(lines) >= 25
    assert held["offers"] == [
        ("S580", "S580P", Outcome.WON, "WON"),
        (None, None, Outcome.NO_GO, "EVA"),
        ("S581", None, Outcome.LOST, "LOS"),
        ("S582", None, Outcome.OPEN, "PRE"),
        (None, None, Outcome.OPEN, "DET"),
    ]
    assert held["rounds"] == [RoundOutcome.GO, RoundOutcome.NO_GO, RoundOutcome.GO, RoundOutcome.GO]
    assert held["ballots"] == 10, "each vote once although one was delivered thrice: three Go of three, and the veto"
    assert held["reviews"] == [ReviewState.CHANGES, ReviewState.READY, ReviewState.WAIVED]
    assert held["quotes"] == [("S580", 1, False), ("S580", 2, True), ("S581", 1, True)]
    assert held["budget"] == [Decimal(129_000), Decimal(10_000)]
    assert held["handover"] == [HandoverState.ACCEPTED]
    assert held["winners"] == [("Established supplier", Decimal(64_000))]
    assert held["stuck"] == []
    assert held["hours"] == {"S580": Decimal("127.75"), "S581": Decimal("62.5"), "S582": Decimal("27.5")}
    assert {number: str(worked) for number, worked in held["hours"].items()} == facts["hours"]
    assert held["by_person"] == sum(held["hours"].values())
    assert held["corrections"] == [(Decimal(2), "Essai de lundi oublié.")]
    assert held["asked"] == {"CTO": 4, "CPO": 4, "Sales lead": 4, "Project manager": 3, "Engineer": 4}
    assert held["reminded"] == [("CPO", date(2026, 11, 30), 1), ("CPO", date(2026, 11, 30), 2)]


async def _waits_for_people(database: Database) -> set[str] | None:
    """The offers for which Business Central waits for somebody, once nothing else is still to be written."""

    def look(session: Session) -> set[str] | None:
        rows = session.scalars(sa.select(LedgerRow).where(LedgerRow.done_version < LedgerRow.wanted_version)).all()
        if any(row.kind is not Kind.OPPORTUNITY or row.state is not LedgerState.INCOMPLETE for row in rows):
            return None
        return {str(session.get_one(Offer, row.subject_id).number) for row in rows}

    return await database.read(look)


def _wrong(session: Session, whole: Whole, incomplete: set[str]) -> list[str]:
    """What the stand-ins hold otherwise than it is wanted."""
    company, now = whole.offerdesk.company, whole.sandbox.settings.now()
    numbered = session.scalars(sa.select(Offer).where(Offer.number.is_not(None)).order_by(Offer.id)).all()

    def filed(_: Session, facts: OfferFacts) -> Files:
        sheets = filed_sheets(session, facts.id, company, now, language="fr", time_zone="Europe/Paris")
        return {f"{sheet.folder}/{sheet.name}": None for sheet in sheets}

    special = Known(
        incomplete=frozenset(offer.id for offer in numbered if offer.number in incomplete),
        answered=1,
    )
    return problems(session, whole.sandbox, company, [offer.id for offer in numbered], filed, special)


def _held(session: Session) -> dict[str, Any]:
    worked = sa.func.sum(HoursEntry.quarters)
    by_offer = sa.select(Offer.number, worked).join(Offer, Offer.id == HoursEntry.offer_id).group_by(Offer.number)
    corrected = sa.select(HoursEntry.quarters, HoursEntry.reason).where(HoursEntry.kind == EntryKind.CORRECTION)
    prompts = (
        sa.select(Person.name, sa.func.count())
        .join(HoursWeek, HoursWeek.person_id == Person.id)
        .where(HoursWeek.prompted_at.is_not(None))
        .group_by(Person.name)
    )
    reminders = (
        sa.select(Person.name, HoursWeek.week_on, HoursReminder.step)
        .join(HoursWeek, HoursWeek.id == HoursReminder.week_id)
        .join(Person, Person.id == HoursWeek.person_id)
        .order_by(HoursReminder.id)
    )
    listed = session.execute(sa.select(Offer).order_by(Offer.id)).scalars()
    sent = sa.select(Offer.number, Quote.number, Quote.sent_at.is_not(None)).join(Offer, Offer.id == Quote.offer_id)
    return {
        "hours": {
            number: Decimal(quarters) / 4 for number, quarters in session.execute(by_offer.order_by(Offer.number))
        },
        "by_person": Decimal(session.scalar(sa.select(sa.func.sum(HoursWeek.quarters))) or 0) / 4,
        "corrections": [(Decimal(quarters) / 4, reason) for quarters, reason in session.execute(corrected)],
        "asked": {name: int(count) for name, count in session.execute(prompts)},
        "reminded": [tuple(row) for row in session.execute(reminders)],
        "offers": [(offer.number, offer.project_number, offer.outcome, offer.stage) for offer in listed],
        "rounds": list(session.scalars(sa.select(Round.outcome).order_by(Round.id))),
        "ballots": session.scalar(sa.select(sa.func.count()).select_from(Ballot)),
        "reviews": list(session.scalars(sa.select(Review.state).order_by(Review.id))),
        "quotes": [tuple(row) for row in session.execute(sent.order_by(Quote.id))],
        "budget": list(session.scalars(sa.select(BudgetLine.amount).order_by(BudgetLine.id))),
        "handover": list(session.scalars(sa.select(Handover.state))),
        "winners": [
            tuple(row)
            for row in session.execute(sa.select(Competitor.name, Competitor.amount).where(Competitor.winner))
        ],
        "stuck": [
            (row.kind, row.error)
            for row in session.scalars(sa.select(LedgerRow).where(LedgerRow.state == LedgerState.MANUAL))
        ],
    }
