"""A random business made awkward: what makes one place say another number than the next, if anything does."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import config
from bot.clients.models import Client
from bot.decisions.models import Evaluation, Round
from bot.hours.models import EntryKind, HourlyRate, HoursEntry, HoursWeek
from bot.leads.models import Lead
from bot.offers import stages
from bot.offers.models import Offer, OriginKind, Outcome, StageStep
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.reports.labels import refresh
from bot.tenders.models import Tender
from tests.unit.reports.business import Business, make_business
from tests.unit.reports.history import NOW

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMPANY = config.default()
PEOPLE = ("1,234.50 & Sons", "=Zoë *1 234,56 €* | <b>", "Colleague 2", "-3.5 h")
TITLES = ("🚀 Lander 2,500 kg", "[Hinge](https://example.test) 1 000,5", "+Heat • pipe_2", "Heat • pipe_2")
"""Numbers with separators, formulas, Markdown, an emoji, and twice the same but for a sign."""
SAME = "Space 1.000.000"
"""Two entities of different groups have this name."""
TODAY = NOW.date()
LATER = 100_000
"""Ids beyond those that the random history gives."""


def make_awkward(session: Session, seed: int) -> Business:
    """Fill a database in which nobody has worked yet; the hours go over New Year twice."""
    business, chance = make_business(session, seed), random.Random(seed)
    _names(session, business)
    offers = [session.get_one(Offer, one.id) for one in business.offers]
    for place, offer in enumerate(offers):
        offer.title = f"{TITLES[place % len(TITLES)]} {place // len(TITLES)}"
        offer.submission_due_at = NOW.replace(hour=23, minute=30) + timedelta(days=chance.randrange(-40, 140))
    for offer in offers[::3]:
        # Nobody decided about it yet.
        offer.number = None
    offers[1].external_reference, offers[2].currency = "AO/1-13692", "CHF"
    _planned(session, offers[0])
    _reopened(session, offers, session.get_one(Person, min(business.history.people)))
    _half_cents(session, business, offers)
    _quoted(session, chance, offers)
    _decided(session, offers)
    _ways_of_ending(session, offers)
    session.add(_lead("Nobody's campaign", "GBP", offers[0].owner_id))
    refresh(session, COMPANY)
    return business


def _names(session: Session, business: Business) -> None:
    for person_id, name in zip(business.history.people, PEOPLE, strict=True):
        session.get_one(Person, person_id).name = name
        business.history.people[person_id] = name
    for client in session.scalars(sa.select(Client).where(Client.name.in_(("Entity 1.0", "Entity 2.0")))):
        client.path = client.path.replace(client.name, SAME)
        client.name = SAME


def _planned(session: Session, offer: Offer) -> None:
    """By its evaluation, in tenths of an hour."""
    offer.planned_hours = None
    session.add(
        Evaluation(
            offer_id=offer.id,
            version=1,
            summary="",
            effort_hours=Decimal("10.10"),
            author_id=offer.owner_id,
            saved_at=NOW,
        )
    )


def _reopened(session: Session, offers: list[Offer], actor: Person) -> None:
    """Opened again, as the service does it; one of them was closed again."""
    ended = [one for one in offers if one.outcome in {Outcome.LOST, Outcome.ABANDONED, Outcome.WON}]
    for place, offer in enumerate(ended[:2]):
        before = offer.outcome
        stages.reopen(session, offer, company=COMPANY, actor=actor, now=NOW, reason="They asked again")
        if place:
            offer.outcome, offer.ended_on = before, TODAY


def _half_cents(session: Session, business: Business, offers: list[Offer]) -> None:
    """In years of their own: a cost that ends in half a cent, hours of which the half of a hundredth were lost for each
    one won, an entry that was taken back to zero, and hours before anybody's first rate.
    """
    person_id = min(business.history.people)
    won, lost = (_ended(offers, outcome) for outcome in (Outcome.WON, Outcome.LOST))
    session.add(
        HourlyRate(
            person_id=person_id,
            valid_from=date(2019, 12, 30),
            valid_to=date(2020, 12, 27),
            cents=8546,
            set_by_id=person_id,
            set_at=NOW,
        )
    )
    entries = (
        (date(2019, 12, 30), date(2020, 1, 1), won, 40),
        (date(2020, 3, 2), date(2020, 3, 2), lost, 1),
        (date(2020, 3, 9), date(2020, 3, 9), lost, 4),
        (date(2020, 3, 16), date(2020, 3, 16), lost, 30),
        (date(2020, 3, 16), date(2020, 3, 16), lost, -30),
        (date(2018, 7, 2), date(2018, 7, 2), lost, 7),
        (date(2017, 7, 3), date(2017, 7, 3), won, 9),
        (date(2017, 7, 3), date(2017, 7, 3), won, -9),
    )
    weeks: dict[date, HoursWeek] = {}
    for number, (monday, part_on, offer, quarters) in enumerate(entries, start=1):
        week = weeks.get(monday) or _week(session, weeks, monday, person_id)
        week.quarters += quarters
        session.add(
            HoursEntry(
                week_id=week.id,
                person_id=person_id,
                offer_id=offer.id,
                part_on=part_on,
                quarters=quarters,
                kind=EntryKind.ENTRY if quarters > 0 else EntryKind.CORRECTION,
                reason=None if quarters > 0 else "Typed twice",
                revision=number,
                entered_by_id=person_id,
                entered_at=NOW,
            )
        )


def _ended(offers: list[Offer], outcome: Outcome) -> Offer:
    found = next((one for one in offers if one.outcome is outcome), None)
    if found is None:
        found = next(one for one in reversed(offers) if one.outcome is Outcome.OPEN)
        found.outcome, found.ended_on = outcome, date(2026, 12, 31)
    return found


def _week(session: Session, weeks: dict[date, HoursWeek], monday: date, person_id: int) -> HoursWeek:
    week = HoursWeek(
        id=LATER + len(weeks),
        person_id=person_id,
        week_on=monday,
        quarters=0,
        final=True,
        was_final=False,
        revision=0,
        withheld=[],
        answered_by_id=None,
    )
    session.add(week)
    session.flush()
    weeks[monday] = week
    return week


def _quoted(session: Session, chance: random.Random, offers: list[Offer]) -> None:
    """The last one sent is not the one with the highest number, nor in the currency of its offer; one will lapse."""
    for quote in session.scalars(sa.select(Quote).where(Quote.sent_at.is_not(None))):
        quote.valid_until = TODAY + timedelta(days=chance.randrange(-20, 120))
    ended = next(one for one in offers if one.outcome is not Outcome.OPEN)
    for number, (currency, price, day) in enumerate(
        (("CHF", Decimal("1234.57"), date(2026, 6, 29)), ("EUR", Decimal("7.50"), date(2026, 6, 28))), start=11
    ):
        session.add(
            Quote(
                offer_id=ended.id,
                number=number,
                price=price,
                currency=currency,
                sent_on=day,
                sent_at=NOW,
                created_at=NOW,
                updated_at=NOW,
                created_by_id=ended.owner_id,
                updated_by_id=ended.owner_id,
            )
        )


def _decided(session: Session, offers: list[Offer]) -> None:
    """In the last half-hour of a year, which in the company's time zone is the next one; one never published."""
    last = sa.select(Round).where(Round.decided_at.is_not(None)).order_by(Round.id.desc())
    decided = session.scalars(last).first()
    assert decided is not None
    decided.decided_at = NOW.replace(year=2026, month=12, day=31, hour=23, minute=30)
    published = {tender.id: tender for tender in session.scalars(sa.select(Tender))}
    for place, tender in enumerate(published.values()):
        tender.matched = place % 3 == 0
    of_decided = session.get_one(Offer, decided.offer_id)
    assert of_decided.tender_id is not None
    published[of_decided.tender_id].published_at = NOW.replace(year=2026, month=3, day=28, hour=23, minute=59)
    other = next(one for one in offers if one.id != decided.offer_id and one.tender_id is not None)
    published[other.tender_id or 0].published_at = None


def _ways_of_ending(session: Session, offers: list[Offer]) -> None:
    """A step was dated back by months."""
    opened = next(one for one in offers if one.outcome is Outcome.OPEN)
    session.flush()
    for stage, day in (("CLA", TODAY), ("NEG", TODAY - timedelta(days=90)), ("CLA", TODAY - timedelta(days=80))):
        session.add(StageStep(offer_id=opened.id, stage=stage, entered_at=NOW, entered_on=day, cause="person"))
        session.flush()
    opened.stage = "CLA"


def _lead(campaign: str, currency: str, owner_id: int) -> Lead:
    given: dict[str, Any] = {"title": "A lead", "origin": OriginKind.FAIR.value, "campaign": campaign}
    return Lead(**given, currency=currency, owner_id=owner_id, created_at=NOW, updated_at=NOW)
