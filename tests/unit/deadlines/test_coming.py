"""Everything that has a date and somebody who sees to it, in one list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clarifications.models import Clarification
from bot.deadlines import service as deadlines
from bot.deadlines.models import DueKind
from bot.handover.models import Handover, HandoverState
from bot.offers.models import Outcome
from bot.people.models import Person
from bot.quotes.models import PartnerQuote, Quote
from bot.reviews.models import Review, ReviewKind, ReviewState
from tests.unit.deadlines.conftest import PARIS, Diary
from tests.unit.decisions.conftest import MONDAY

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TODAY = MONDAY.date()


def entry(house_people: dict[str, int], offer_id: int, number: int = 1) -> dict[str, object]:
    """What every record has."""
    engineer = house_people["engineer"]
    return {
        "offer_id": offer_id,
        "number": number,
        "revision": 1,
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "created_by_id": engineer,
        "updated_by_id": engineer,
    }


def one_of_each(diary: Diary) -> dict[DueKind, date]:
    """Something of every kind, each due on another day; gives the days."""
    days = {kind: TODAY + timedelta(days=number) for number, kind in enumerate(DueKind)}
    people = diary.house.people

    def moment(kind: DueKind) -> datetime:
        return datetime(days[kind].year, days[kind].month, days[kind].day, 12, 0, tzinfo=UTC)

    offer = diary.offer(
        submission_due_at=moment(DueKind.SUBMISSION),
        clarification_at=moment(DueKind.QUESTIONS),
        expected_closing_on=days[DueKind.CLOSING],
    )
    sent = diary.offer("1-10002")
    won = diary.offer(
        "1-10003",
        outcome=Outcome.WON,
        kick_off_on=days[DueKind.KICK_OFF],
        project_manager_id=people["project manager"],
    )
    diary.offer("1-10004", outcome=Outcome.LOST, debrief_due_on=days[DueKind.DEBRIEF])
    diary.question(offer, days[DueKind.CLARIFICATION])
    diary.point(offer, days[DueKind.POINT])
    for kind in (DueKind.APPOINTMENT, DueKind.CALL, DueKind.TASK):
        diary.plan(offer, kind.value, days[kind], at="14:30" if kind is DueKind.CALL else "")

    def rest(session: Session) -> None:
        asked = {"partner": "A foundry", "scope": "Casting", "currency": "EUR", "owner_id": people["engineer"]}
        session.add(PartnerQuote(**entry(people, offer), **asked, due_on=days[DueKind.PARTNER_QUOTE]))
        session.add(
            PartnerQuote(**entry(people, offer, 2), **asked, due_on=days[DueKind.PARTNER_QUOTE], received_on=TODAY)
        )
        for number, until in enumerate((TODAY, days[DueKind.VALIDITY]), start=1):
            session.add(
                Quote(
                    **entry(people, sent, number),
                    price=Decimal(1),
                    currency="EUR",
                    sent_at=MONDAY,
                    sent_on=TODAY,
                    valid_until=until,
                )
            )
        session.add(
            Review(
                offer_id=offer,
                kind=ReviewKind.SENDING,
                seats=["cto"],
                state=ReviewState.OPEN,
                due_at=moment(DueKind.REVIEW),
                opened_at=MONDAY,
                opened_by_id=people["engineer"],
            )
        )

    diary.house.write(rest)
    assert won
    return days


def test_every_kind_is_there_with_its_day_and_owner(diary: Diary) -> None:
    days = one_of_each(diary)
    found = diary.coming(TODAY)
    assert {line.kind: line.due_on for line in found.lines} == days
    assert found.total == len(found.lines) == len(DueKind)
    assert [line.due_on for line in found.lines] == sorted(days.values())
    owners = {line.kind: line.owner for line in found.lines}
    assert owners.pop(DueKind.KICK_OFF) == "The project manager"
    assert set(owners.values()) == {"The engineer"}
    by_kind = {line.kind: line for line in found.lines}
    assert by_kind[DueKind.CALL].time == "14:30"
    assert by_kind[DueKind.PARTNER_QUOTE].title == "A foundry"
    assert by_kind[DueKind.SUBMISSION].due_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert (by_kind[DueKind.CLOSING].number, by_kind[DueKind.CLOSING].title) == ("1-10001", "")


def test_each_sees_their_own(diary: Diary) -> None:
    one_of_each(diary)
    mine = diary.coming(TODAY, person_id=diary.house.people["project manager"])
    assert [line.kind for line in mine.lines] == [DueKind.KICK_OFF]
    assert diary.coming(TODAY, person_id=diary.house.people["CEO"]).total == 0


def test_the_window_ends_and_what_is_overdue_stays(diary: Diary) -> None:
    days = one_of_each(diary)
    inside = {kind for kind, day in days.items() if day <= TODAY + timedelta(days=3)}
    assert {line.kind for line in diary.coming(TODAY, days=3).lines} == inside
    later = TODAY + timedelta(days=60)
    over = {DueKind.QUESTIONS}
    assert {line.kind for line in diary.coming(later, days=0).lines} == set(DueKind) - over


def test_an_accepted_hand_over_ends_the_kick_off(diary: Diary) -> None:
    won = diary.offer(outcome=Outcome.WON, kick_off_on=TODAY)

    def accept(session: Session) -> None:
        engineer = diary.house.people["engineer"]
        session.add(
            Handover(
                offer_id=won,
                manager_id=engineer,
                state=HandoverState.ACCEPTED,
                proposed_at=MONDAY,
                proposed_by_id=engineer,
            )
        )

    assert diary.coming(TODAY + timedelta(days=1)).total == 1
    diary.house.write(accept)
    assert diary.coming(TODAY).total == 1
    assert diary.coming(TODAY + timedelta(days=1)).total == 0


def test_a_sent_offer_has_no_submission_to_come(diary: Diary) -> None:
    offer = diary.offer(submission_due_at=MONDAY + timedelta(days=2), clarification_at=MONDAY + timedelta(days=1))
    assert diary.coming(TODAY).total == 2
    people = diary.house.people
    diary.house.write(
        lambda session: session.add(
            Quote(**entry(people, offer), price=Decimal(1), currency="EUR", sent_at=MONDAY, sent_on=TODAY)
        )
    )
    assert diary.coming(TODAY).total == 0


def test_pages_follow_each_other_without_gap_or_double(diary: Diary) -> None:
    random = Random(70)
    for number in range(12):
        moment = MONDAY + timedelta(hours=random.randrange(-300, 300))
        diary.offer(f"1-2{number:04}", submission_due_at=moment, expected_closing_on=moment.date())
    offer = diary.offer()
    for _number in range(40):
        diary.question(offer, TODAY + timedelta(days=random.randrange(-10, 10)))
    for _number in range(30):
        diary.point(offer, TODAY + timedelta(days=random.randrange(-10, 10)))
    whole = diary.coming(TODAY)
    assert whole.total == len(whole.lines) == 94
    pages = [diary.coming(TODAY, limit=8, offset=8 * page) for page in range(12)]
    assert all(page.total == whole.total for page in pages)
    assert [line for page in pages for line in page.lines] == list(whole.lines)
    assert all(first.due_on <= second.due_on for first, second in pairwise(whole.lines))


def test_the_next_one_is_found_however_far(diary: Diary) -> None:
    question = diary.question(diary.offer(), TODAY + timedelta(days=400))

    def following(session: Session) -> deadlines.DueLine | None:
        return deadlines.next_of(session, person_id=diary.house.people["engineer"], today=TODAY, time_zone=PARIS)

    assert diary.coming(TODAY).total == 0
    found = diary.house.database.read_now(following)
    assert found is not None
    assert found.subject_id == question
    diary.move(question, due_on=None)
    assert diary.house.database.read_now(following) is None


def test_long_questions_are_read_in_part(diary: Diary) -> None:
    diary.question(diary.offer(), TODAY, text="é" * 2000)
    assert [len(line.title) for line in diary.coming(TODAY).lines] == [200]


def test_of_more_people_than_a_statement_names_everybody_is_reminded_once(diary: Diary) -> None:
    """Above that number everybody's lines are read and told apart here; below it the owners are named."""
    count = deadlines.MANY + 20
    offer = diary.offer()

    def fill(session: Session) -> None:
        shared = {"tenant_id": "tenant", "language": "fr", "time_zone": PARIS, "created_at": MONDAY}
        session.execute(
            sa.insert(Person),
            [
                {**shared, "entra_object_id": f"p{n}", "name": f"p{n}", "country": "FR", "updated_at": MONDAY}
                for n in range(count)
            ],
        )
        owners = session.scalars(sa.select(Person.id).where(Person.name.like("p%"))).all()
        session.execute(
            sa.insert(Clarification),
            [
                {
                    **entry(diary.house.people, offer, n + 1),
                    "question": "How thick?",
                    "asked_on": TODAY,
                    "due_on": TODAY + timedelta(days=n % 3),
                    "owner_id": owner,
                }
                for n, owner in enumerate(owners)
            ],
        )

    diary.house.write(fill)
    later = sum(1 for n in range(count) if n % 3 == 2)
    eight = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert diary.look(eight) == count - later
    assert diary.look(eight + timedelta(minutes=1)) == 0
    # The next morning: a third is overdue since, a third comes now; who was told of today hears nothing new.
    assert diary.look(eight + timedelta(days=1)) == count - sum(1 for n in range(count) if n % 3 == 1)
    assert diary.coming(TODAY, limit=8, offset=80).total == count
