"""Offers day by day, stages, rounds, votes and quotes: made by the services, told by the views."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import config
from bot.decisions.models import Ballot, BallotCondition, Choice, Round, RoundOutcome, RoundState, RuleKind, Why
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, Weighting
from bot.offers.rules import Defaults
from bot.people.models import Role
from bot.people.service import register
from bot.quotes.models import Quote
from bot.records import service as records
from bot.reports import star_schema
from bot.reports.labels import refresh
from bot.tenders.models import Source, Tender
from tests.unit.reports.test_star_schema import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.people.models import Person

COMPANY = config.default()
PARIS = ZoneInfo("Europe/Paris")
BEGIN = datetime(2026, 3, 25, 21, 30, tzinfo=UTC)
"""Some days before the clocks change."""
STAGES = [stage.code for stage in COMPANY.stages.stage]
AMOUNTS = st.none() | st.decimals("0.01", "999999.99", places=2)
PERCENTS = st.none() | st.integers(0, 100)
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
EDITS = st.one_of(
    st.tuples(st.just("estimated_amount"), AMOUNTS),
    st.tuples(st.just("launch_probability"), PERCENTS),
    st.tuples(st.just("success_probability"), PERCENTS),
    st.tuples(st.just("expected_closing_on"), DAYS),
    st.tuples(st.just("currency"), st.sampled_from(["EUR", "USD", "CHF"])),
    st.tuples(st.just("weighting"), st.sampled_from(list(Weighting))),
    st.tuples(st.just("stage"), st.sampled_from(STAGES)),
    st.tuples(st.just("outcome"), st.sampled_from(list(Outcome))),
)
CHANGES = st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(1, 40), EDITS), max_size=14)
"""Which offer, hours since the change before, and what."""
FOLLOWED = (
    "stage",
    "outcome",
    "currency",
    "estimated_amount",
    "launch_probability",
    "success_probability",
    "expected_closing_on",
)


@dataclass
class Told:
    """How each offer stood at the end of each day on which it changed, noted while it was changed."""

    evenings: dict[tuple[int, date], tuple[Any, ...]] = field(default_factory=dict)

    def note(self, offer: Offer, now: datetime) -> None:
        values = (getattr(offer, name) for name in FOLLOWED)
        self.evenings[offer.id, now.astimezone(PARIS).date()] = tuple(
            value.value if isinstance(value, Outcome) else value for value in values
        )


def person(session: Session, name: str = "Sales lead") -> Person:
    made, _ = register(session, tenant_id="t", entra_object_id=name, name=name, now=BEGIN)
    return made


def opened(session: Session, owner: Person, **values: Any) -> Offer:  # noqa: ANN401
    return offers.open_offer(session, tender=None, title="Offer", client_name=None, owner=owner, now=BEGIN, **values)


def apply(session: Session, offer: Offer, name: str, value: Any, actor: Person, now: datetime) -> bool:  # noqa: ANN401
    """One change by the service that makes it in the product; whether anything changed."""
    before = getattr(offer, name)
    if name == "stage":
        offers.enter_stage(session, offer, value, now=now, cause="person", actor_id=actor.id)
    elif name == "outcome":
        offers.set_outcome(session, offer, value, now=now, actor_id=actor.id)
    else:
        records.change(session, offer, "offer", {name: value}, actor=actor, now=now)
    return bool(before != getattr(offer, name))


@given(changes=CHANGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_evening_is_told_as_it_was(
    database: Database, empty: Callable[[], None], changes: list[tuple[int, int, tuple[str, Any]]]
) -> None:
    empty()
    told = Told()

    def live(session: Session) -> None:
        refresh(session, COMPANY)
        owner, now = person(session), BEGIN
        both = [
            opened(session, owner, defaults=Defaults(50, 10)),
            # Never changed by anybody: the history of such a field is what it is today.
            opened(session, owner, currency="GBP"),
        ]
        for offer in both:
            told.note(offer, now)
        for which, hours, (name, value) in changes:
            now += timedelta(hours=hours)
            if apply(session, both[which], name, value, owner, now):
                told.note(both[which], now)

    database.write_now(live)
    found = {
        (row["offer_key"], row["date"]): tuple(
            row[{"stage": "stage_key", "outcome": "outcome_key"}.get(name, name)] for name in FOLLOWED
        )
        for row in rows(database, "bi_v1_fact_offer_day")
    }
    assert found == told.evenings


def test_stages_are_left_when_the_next_begins(database: Database) -> None:
    def live(session: Session) -> int:
        refresh(session, COMPANY)
        owner = person(session)
        offer = opened(session, owner, opened_on=date(2026, 3, 25))
        for days, stage in ((3, "EVA"), (10, "PRE"), (10, "SNT")):
            at = BEGIN + timedelta(days=days)
            offers.enter_stage(
                session, offer, stage, now=at, cause="person", actor_id=owner.id, on=at.astimezone(PARIS).date()
            )
        return offer.id

    offer_id = database.write_now(live)
    found = [row for row in rows(database, "bi_v1_fact_stage") if row["offer_key"] == offer_id]
    assert [(row["stage_key"], row["days"], row["left_on"]) for row in found] == [
        ("DET", 3, date(2026, 3, 28)),
        ("EVA", 7, date(2026, 4, 4)),
        ("PRE", 0, date(2026, 4, 4)),
        ("SNT", None, None),
    ]
    # The step that was left later is newer than its own record.
    assert found[0]["modified_at_utc"] == (BEGIN + timedelta(days=3)).replace(tzinfo=None)
    assert {row["date"] for row in rows(database, "bi_v1_fact_offer_day")} == {
        date(2026, 3, 25),
        date(2026, 3, 28),
        date(2026, 4, 4),
    }


@pytest.fixture
def voted(database: Database) -> int:
    """A round of three seats: the CTO changed their mind, a deputy voted for the CPO, the CEO came late."""

    def live(session: Session) -> int:
        refresh(session, COMPANY)
        lead, cto, cpo, ceo, deputy = (person(session, name) for name in ("Lead", "CTO", "CPO", "CEO", "Deputy"))
        offer = opened(session, lead)
        tender = Tender(
            source=Source.ESA,
            native_id="1",
            raw_title="T",
            title="T",
            tags=[],
            description="",
            search_text="",
            countries=[],
            products=[],
            technologies=[],
            raw={},
            content_hash="",
            match_reasons=[],
            number="1-13692",
            published_at=BEGIN - timedelta(days=12),
            first_seen_at=BEGIN,
            changed_at=BEGIN,
        )
        session.add(tender)
        session.flush()
        offer.tender_id = tender.id
        decided = BEGIN + timedelta(days=2)
        held = Round(
            offer_id=offer.id,
            sequence=1,
            rule=RuleKind.MAJORITY,
            seats=["cto", "cpo", "ceo"],
            veto_seats=[],
            quorum=2,
            opened_at=BEGIN,
            opened_by_id=lead.id,
            closes_at=BEGIN + timedelta(days=3),
            evaluation_version=1,
            state=RoundState.CLOSED,
            outcome=RoundOutcome.GO,
            decided_at=decided,
            why=Why.MAJORITY,
        )
        session.add(held)
        session.flush()
        cast = (
            (Role.CTO, cto, cto, Choice.NO_GO, True, 1),
            (Role.CTO, cto, cto, Choice.GO, True, 2),
            (Role.CPO, cpo, deputy, Choice.GO, True, 3),
            (Role.CEO, ceo, ceo, Choice.NO_GO, False, 90),
        )
        for number, (seat, principal, actor, choice, counted, hours) in enumerate(cast):
            ballot = Ballot(
                round_id=held.id,
                seat=seat,
                principal_id=principal.id,
                actor_id=actor.id,
                choice=choice,
                counted=counted,
                cast_at=BEGIN + timedelta(hours=hours),
                request_key=str(number),
            )
            session.add(ballot)
            session.flush()
            if number == 2:
                session.add(BallotCondition(ballot_id=ballot.id, text="A partner", owner="Lead"))
        return offer.id

    return database.write_now(live)


def test_the_way_from_publication_to_the_decision_is_counted_in_days(database: Database, voted: int) -> None:
    (found,) = rows(database, "bi_v1_fact_round")
    assert (found["offer_key"], found["outcome"], found["state"]) == (voted, "go", "closed")
    assert (found["published_on"], found["decided_on"], found["days_from_publication"]) == (
        date(2026, 3, 13),
        date(2026, 3, 27),
        14,
    )
    (offer,) = rows(database, "bi_v1_dim_offer")
    assert (offer["tender_number"], offer["published_at_utc"]) == (
        "1-13692",
        (BEGIN - timedelta(days=12)).replace(tzinfo=None),
    )


def test_the_vote_that_stands_is_the_last_counted_one_of_its_seat(database: Database, voted: int) -> None:
    found = rows(database, "bi_v1_fact_ballot")
    assert [(row["seat"], row["choice"], row["stands"], row["counted"]) for row in found] == [
        ("cto", "no_go", False, True),
        ("cto", "go", True, True),
        ("cpo", "go", True, True),
        ("ceo", "no_go", False, False),
    ]
    assert [row["by_deputy"] for row in found] == [False, False, True, False]
    assert [row["conditions"] for row in found] == [0, 0, 1, 0]


def test_quotes_stand_with_their_currency_and_removed_ones_do_not(database: Database) -> None:
    def live(session: Session) -> None:
        owner = person(session)
        offer = opened(session, owner)
        for number, sent, removed, price in ((1, BEGIN, None, 100), (2, BEGIN, BEGIN, 200), (3, None, None, 300)):
            quote = Quote(
                offer_id=offer.id,
                number=number,
                price=Decimal(price),
                currency="EUR",
                sent_at=sent,
                sent_on=sent.date() if sent else None,
                removed_at=removed,
                created_at=BEGIN,
                updated_at=BEGIN,
                created_by_id=owner.id,
                updated_by_id=owner.id,
            )
            session.add(quote)

    database.write_now(live)
    found = rows(database, "bi_v1_fact_quote")
    assert [(row["number"], row["price"], row["currency"], row["sent"]) for row in found] == [
        (1, Decimal("100.00"), "EUR", True),
        (3, Decimal("300.00"), "EUR", False),
    ]
    (offer,) = rows(database, "bi_v1_dim_offer")
    assert (offer["price_submitted"], offer["quotes_sent"]) == (Decimal("100.00"), 1)


def test_every_view_and_column_says_what_it_is() -> None:
    assert [view.name for view in star_schema.VIEWS if not view.name.startswith(star_schema.PREFIX)] == []
    assert len({view.name for view in star_schema.VIEWS}) == len(star_schema.VIEWS)
    for view in star_schema.VIEWS:
        names = [column.name for column in view.columns]
        assert len(set(names)) == len(names)
        assert view.meaning
        assert [column.name for column in view.columns if not column.meaning] == []
        if "_fact_" in view.name:
            assert "modified_at_utc" in names
        money = [column for column in view.columns if column.kind.value in {"money", "cost"}]
        assert not money or "currency" in names
