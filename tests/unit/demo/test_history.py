"""The made-up past obeys what the services guarantee, asks nobody for anything, and adds up when counted again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.clients.models import Client
from bot.config import default
from bot.config.models import StageType
from bot.deadlines import service as mornings
from bot.decisions.models import Ballot, Evaluation, Round, RoundState
from bot.decisions.policy import decision_rules
from bot.decisions.rules import tally
from bot.decisions.service import close_due
from bot.demo.history.build import build, hire
from bot.demo.history.sizes import DEMO, LARGE
from bot.handover.models import Amendment, BudgetLine
from bot.hours import prompts, reminders
from bot.hours.models import HourlyRate, HoursEntry, HoursWeek
from bot.hours.rules import monday_of
from bot.offers.models import Offer, OfferCategory, Outcome, StageStep, TeamMember
from bot.offers.numbers import allocate_number
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.reports.figures import Grouping
from bot.reports.hours import hours_report
from bot.sync.models import LedgerRow
from tests.unit.reports.history import History

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.demo.history.build import Built

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
COMPANY = default()
ENDS = {
    Outcome.WON: StageType.WON,
    Outcome.LOST: StageType.LOST,
    Outcome.ABANDONED: StageType.ABANDONED,
}


def make(session: Session, seed: int = 20) -> Built:
    staff = hire(session, 7, now=NOW - timedelta(weeks=DEMO.weeks + 1))
    return build(session, DEMO, staff, until=NOW.date(), company=COMPANY, seed=seed)


@pytest.fixture
def built(database: Database) -> Built:
    return database.write_now(make)


def read(database: Database, statement: sa.Select[Any]) -> list[Any]:
    return database.read_now(lambda session: list(session.scalars(statement)))


def test_the_shapes_are_those_of_a_company(database: Database, built: Built) -> None:
    offers = read(database, sa.select(Offer).order_by(Offer.id))
    count = {outcome: sum(offer.outcome is outcome for offer in offers) for outcome in Outcome}
    assert len(offers) == DEMO.offers == built.offers
    assert all(count.values()), "each outcome is there"
    assert count[Outcome.WON] + count[Outcome.LOST] > count[Outcome.NO_GO] + count[Outcome.ABANDONED]
    assert max(offer.opened_on for offer in offers) < NOW.date()
    assert len({offer.client_id for offer in offers}) > 5
    assert len({offer.origin for offer in offers}) > 5
    by_month: dict[int, list[int]] = defaultdict(list)
    for week in read(database, sa.select(HoursWeek)):
        by_month[week.week_on.month].append(week.quarters)
    means = {month: sum(found) / len(found) for month, found in by_month.items()}
    assert means[8] < means[6] / 2, "August is quiet"


def test_numbers_have_no_gap_and_the_next_one_is_free(database: Database, built: Built) -> None:
    numbers = read(database, sa.select(Offer.number).where(Offer.number.is_not(None)))
    assert sorted(numbers) == [f"S{number}" for number in range(built.first_number, built.next_number)]
    assert 60 <= len(numbers) <= 75

    def go(session: Session) -> str:
        offer = session.scalars(sa.select(Offer).where(Offer.number.is_(None))).first()
        assert offer is not None
        return allocate_number(session, offer.id, now=NOW)

    assert database.write_now(go) == "S580"


def test_stage_outcome_and_steps_agree(database: Database, built: Built) -> None:
    steps: dict[int, list[StageStep]] = defaultdict(list)
    for step in read(database, sa.select(StageStep).order_by(StageStep.id)):
        steps[step.offer_id].append(step)
    for offer in read(database, sa.select(Offer)):
        presales = [step for step in steps[offer.id] if not step.post_award]
        days = [step.entered_on or NOW.date() for step in presales]
        assert days == sorted(days)
        assert days[0] == offer.opened_on
        assert all(step.entered_at.date() == step.entered_on for step in presales)
        assert presales[-1].stage == offer.stage
        stage = COMPANY.stages.by_code(offer.stage)
        assert stage is not None
        if offer.outcome in ENDS:
            assert stage.type is ENDS[offer.outcome]
        else:
            assert not stage.closes
        assert (offer.ended_on is None) == (offer.outcome is Outcome.OPEN)
        assert (offer.project_number is not None) == (offer.outcome is Outcome.WON)
        assert (offer.success_probability, offer.number is None) == (
            stage.success,
            offer.outcome is Outcome.NO_GO or offer.stage in {"DET", "EVA"},
        )


def test_every_round_is_what_its_ballots_say(database: Database, built: Built) -> None:
    rules, now = decision_rules(COMPANY), NOW
    offers = {offer.id: offer for offer in read(database, sa.select(Offer))}
    cast: dict[int, dict[str, Any]] = defaultdict(dict)
    for ballot in read(database, sa.select(Ballot).order_by(Ballot.id)):
        cast[ballot.round_id][ballot.seat.value] = ballot.choice
    rounds = read(database, sa.select(Round))
    assert rounds
    for row in rounds:
        counted = tally(cast[row.id], rules.voting)
        assert (row.state, row.outcome, row.why) == (RoundState.CLOSED, counted.declared, counted.why)
        assert row.opened_at < row.decided_at <= row.closes_at < now
        assert (offers[row.offer_id].outcome is Outcome.NO_GO) == (row.outcome == "no_go")
    versions = read(database, sa.select(Evaluation.offer_id).where(Evaluation.version == 1))
    assert {row.offer_id for row in rounds} <= set(versions)


def test_money_adds_up(database: Database, built: Built) -> None:
    budgets: dict[int, Decimal] = defaultdict(Decimal)
    for line in read(database, sa.select(BudgetLine)):
        budgets[line.offer_id] += line.amount
    expected: dict[int, Decimal] = {}
    sent = sa.select(Quote).where(Quote.sent_at.is_not(None)).order_by(Quote.offer_id, Quote.number)
    won = set(read(database, sa.select(Offer.id).where(Offer.outcome == Outcome.WON)))
    for quote in read(database, sent):
        if quote.offer_id in won:
            expected[quote.offer_id] = quote.price
    for amendment in read(database, sa.select(Amendment)):
        expected[amendment.offer_id] += amendment.price_change
    assert budgets == expected


def test_hours_are_counted_again(database: Database, built: Built) -> None:
    history = database.read_now(recounted)
    assert len(history.entries) == built.entries
    weeks: dict[tuple[int, date], int] = defaultdict(int)
    for person, _offer, part_on, quarters in history.entries:
        weeks[person, monday_of(part_on)] += quarters
    stored = {(week.person_id, week.week_on): week.quarters for week in read(database, sa.select(HoursWeek))}
    assert stored == {key: weeks.get(key, 0) for key in stored}
    keys: dict[Grouping, Callable[[int, int, date], object]] = {
        Grouping.CLIENT: lambda _person, offer, _part: history.clients[history.offers[offer]["client_id"]][0],
        Grouping.ENTITY: lambda _person, offer, _part: history.clients[history.offers[offer]["client_id"]][1],
        Grouping.PERSON: lambda person, _offer, _part: history.people[person],
        Grouping.CATEGORY: lambda _person, offer, _part: history.offers[offer]["category"],
        Grouping.YEAR: lambda _person, _offer, part: str(part.year),
    }
    for grouping, key in keys.items():
        for year in (0, 2025):
            report = database.read_now(partial(hours_report, grouping=grouping, year=year, company=COMPANY))
            found = {
                (line.name, outcome.value): [Fraction(spent.hours), Fraction(spent.cost), Fraction(spent.unrated_hours)]
                for line in report.lines
                for outcome, spent in line.spent.items()
            }
            assert found == history.counted(year, key), (grouping, year)


def recounted(session: Session) -> History:
    """The raw rows, for the recount of the reports' own tests."""
    history = History()
    categories = {row.offer_id: row.value for row in session.scalars(sa.select(OfferCategory))}
    for offer in session.scalars(sa.select(Offer)):
        history.offers[offer.id] = {
            "outcome": offer.outcome,
            "client_id": offer.client_id,
            "category": categories[offer.id],
        }
    history.people = {person.id: person.name for person in session.scalars(sa.select(Person))}
    nodes = {client.id: client for client in session.scalars(sa.select(Client))}
    for node in nodes.values():
        history.clients[node.id] = (nodes[node.parent_id].name if node.parent_id else node.name, node.name)
    for rate in session.scalars(sa.select(HourlyRate)):
        history.rates.append((rate.person_id, rate.valid_from, rate.valid_to, rate.cents))
    for entry in session.scalars(sa.select(HoursEntry)):
        history.entries.append((entry.person_id, entry.offer_id, entry.part_on, entry.quarters))
    return history


def test_nothing_of_it_is_posted_asked_or_due(database: Database, built: Built) -> None:
    assert read(database, sa.select(LedgerRow)) == []
    assert read(database, sa.select(TeamMember).where(TeamMember.gone.is_(False))) == []
    rules = decision_rules(COMPANY)
    assert database.write_now(lambda session: close_due(session, NOW, rules)) == 0
    for day in range(35):
        morning = NOW + timedelta(days=day)
        friday = morning + timedelta(hours=6)
        assert database.read_now(partial(prompts.prompts_due, now=friday, company=COMPANY)) == ()
        assert not database.read_now(partial(reminders.reminders_due, now=morning, company=COMPANY))
        found = database.read_now(partial(mornings.mornings_due, now=morning, company=COMPANY))
        assert [one.reminders for one in found if one.reminders] == []


def test_the_trail_is_in_the_order_of_time(database: Database, built: Built) -> None:
    events = read(database, sa.select(AuditEvent).order_by(AuditEvent.id))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events[-1].at < NOW
    told = {event.subject_id for event in events if event.action == "offer.opened"}
    assert told == set(read(database, sa.select(Offer.id)))
    revisions: dict[int, int] = defaultdict(int)
    for event in events:
        if event.subject == "offer" and event.after and "revision" in event.after:
            assert event.after["revision"] >= revisions[event.subject_id]
            revisions[event.subject_id] = event.after["revision"]


def digest(session: Session) -> str:
    found = hashlib.sha256()
    for model in (Offer, StageStep, Ballot, HoursEntry, AuditEvent):
        for row in session.execute(sa.select(model.__table__).order_by(model.__table__.c.id)):
            found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def test_one_seed_gives_one_past(database: Database, empty: Callable[[], None]) -> None:
    made = []
    for seed in (1, 1, 2):
        database.write_now(partial(make, seed=seed))
        made.append(database.read_now(digest))
        empty()
    assert made[0] == made[1] != made[2]


def test_a_large_past_has_people_at_work(database: Database) -> None:
    """The shape of the large one, over fewer weeks."""
    size = replace(LARGE, offers=120, weeks=60)
    built = database.write_now(
        lambda session: build(
            session,
            size,
            hire(session, 40, now=NOW - timedelta(weeks=61)),
            until=NOW.date(),
            company=COMPANY,
        )
    )
    assert built.entries > 60 * built.offers
    assert read(database, sa.select(TeamMember).where(TeamMember.gone.is_(False)))
    assert read(database, sa.select(LedgerRow)) == []
    friday = NOW + timedelta(days=4, hours=6)
    assert database.read_now(lambda session: prompts.prompts_due(session, friday, COMPANY))
