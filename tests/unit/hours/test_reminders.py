"""Who misses hours is reminded a few times, in the daytime of a working day; then the leads are told, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import NotAllowed, NotFound
from bot.hours import digests, reminders
from bot.hours.digests import Absentee, Reminded
from bot.hours.missing import missing_offers, missing_weeks
from bot.hours.models import HoursDigest, HoursReminder
from bot.offers.models import Offer, TeamMember
from bot.people.models import Person
from bot.sync.models import LedgerRow
from tests.unit.hours.asking import HOUR, Asking, at
from tests.unit.hours.conftest import FRIDAY, STRADDLING, WEEK

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.hours.conftest import Timesheets

DAY = timedelta(days=1)
BEFORE = date(2026, 11, 16)
MONDAY = at(STRADDLING, "09:00")
"""The first reminder of :data:`WEEK`."""


@pytest.fixture
def asking(timesheets: Timesheets) -> Asking:
    """The clock over a company."""
    return Asking(timesheets)


def offer(asking: Asking, number: str, *team: str, owner: str = "sales lead", first: date = WEEK) -> int:
    """An offer that is open in the tested week alone, with this sales lead."""
    ends = {"outcome": "lost", "ended_on": WEEK + 4 * DAY}
    made = asking.sheets.offer(number, *team, opened_on=first, **ends)
    asking.sheets.run(sa.update(Offer).filter_by(id=made).values(owner_id=asking.sheets.house.people[owner]))
    return made


def exhausted(asking: Asking, *team: str) -> int:
    """Three reminders were in vain; gives the offer."""
    made = offer(asking, "S580", *team)
    asking.ask(FRIDAY)
    for moment in (MONDAY, MONDAY + 23 * HOUR, MONDAY + 46 * HOUR):
        assert [who for who, _week, _step in asking.remind(moment)] == sorted(team)
    return made


THURSDAY = at(STRADDLING + 3 * DAY, "07:00")
"""The first moment of a day that is 23 hours after the third reminder."""


def test_three_reminders_and_then_one_digest_to_each_lead(asking: Asking) -> None:
    offer(asking, "S580", "engineer")
    said = asking.run(at(WEEK + 4 * DAY, "12:00"), at(STRADDLING + 9 * DAY, "20:00"))
    assert said == [
        (FRIDAY, "prompt", "engineer", WEEK),
        (MONDAY, "reminder 1", "engineer", WEEK),
        (at(STRADDLING + DAY, "08:00"), "reminder 2", "engineer", WEEK),
        (at(STRADDLING + 2 * DAY, "07:00"), "reminder 3", "engineer", WEEK),
        (THURSDAY, "digest", "key user", WEEK),
        (THURSDAY, "digest", "sales lead", WEEK),
    ]
    assert asking.sent("hours_reminder") == ["engineer"] * 3
    assert asking.sent("hours_digest") == ["key user", "sales lead"]
    assert asking.versions("hours_reminder") + asking.versions("hours_digest") == [1] * 5


def test_who_misses_nothing_hears_nothing(asking: Asking) -> None:
    first, second = offer(asking, "S580", "engineer", "CTO", "CPO", "CEO"), offer(asking, "S581", "CTO", "CPO")
    asking.ask(FRIDAY)
    asking.sheets.save("engineer", WEEK, {}, final=True)
    # Kept for later, but with a number everywhere; and with one offer left.
    asking.sheets.save("CTO", WEEK, {first: 1, second: 2})
    asking.sheets.save("CPO", WEEK, {first: 8})
    asking.sheets.save("CEO", WEEK, {first: 8})
    asking.sheets.save("CEO", WEEK, {first: 0})
    assert asking.remind(MONDAY) == [("CEO", WEEK, 1), ("CPO", WEEK, 1)]
    found = asking.sheets.house.database.read_now(lambda session: missing_offers(session, WEEK))
    people = asking.sheets.house.people
    assert found == {people["CPO"]: [second], people["CEO"]: [first]}


def test_nothing_missing_no_digest(asking: Asking) -> None:
    exhausted(asking, "engineer")
    asking.sheets.save("engineer", WEEK, {}, now=THURSDAY, final=True)
    assert asking.digest(THURSDAY) == []
    assert asking.remind(THURSDAY) == []
    assert asking.sent("hours_digest") == []


def test_an_answer_between_the_look_and_the_note_stops_the_reminder_and_the_digest(asking: Asking) -> None:
    offer(asking, "S580", "engineer")
    asking.ask(FRIDAY)
    database, company = asking.sheets.house.database, asking.company
    due = database.read_now(lambda session: reminders.reminders_due(session, MONDAY, company))
    assert len(due) == 1
    asking.sheets.save("engineer", WEEK, {}, now=MONDAY, final=True)
    assert asking.sheets.house.write(lambda session: reminders.give(session, due, MONDAY, company)) == 0
    asking.sheets.run(sa.text("UPDATE hours_week SET final = false"))
    for moment in (MONDAY, MONDAY + 23 * HOUR, MONDAY + 46 * HOUR):
        asking.remind(moment)
    told = database.read_now(lambda session: digests.digests_due(session, THURSDAY, company))
    assert len(told) == 2
    asking.sheets.save("engineer", WEEK, {}, now=THURSDAY, final=True)
    assert asking.sheets.house.write(lambda session: digests.give(session, told, THURSDAY, company)) == 0
    assert asking.digests() == []


def test_two_replicas_remind_and_tell_once(asking: Asking) -> None:
    offer(asking, "S580", "engineer", "CTO")
    asking.ask(FRIDAY)
    database, company = asking.sheets.house.database, asking.company

    def look(session: Session) -> tuple[reminders.Reminder, ...]:
        return reminders.reminders_due(session, MONDAY, company)

    def look_for_leads(session: Session) -> tuple[digests.Digest, ...]:
        return digests.digests_due(session, THURSDAY, company)

    due = [database.read_now(look) for _replica in range(2)]
    given = [asking.sheets.house.write(partial(reminders.give, due=one, now=MONDAY, company=company)) for one in due]
    assert given == [2, 0]
    for moment in (MONDAY + 23 * HOUR, MONDAY + 46 * HOUR):
        asking.remind(moment)
    told = [database.read_now(look_for_leads) for _replica in range(2)]
    given = [asking.sheets.house.write(partial(digests.give, due=one, now=THURSDAY, company=company)) for one in told]
    assert given == [2, 0]


@pytest.mark.parametrize(
    ("back", "reminded_at"),
    [
        (at(STRADDLING, "08:59"), MONDAY),
        (at(STRADDLING, "19:59"), at(STRADDLING, "19:59")),
        (at(STRADDLING, "20:00"), at(STRADDLING + DAY, "07:00")),
        (at(STRADDLING + DAY, "03:00"), at(STRADDLING + DAY, "07:00")),
    ],
)
def test_never_at_night(asking: Asking, back: datetime, reminded_at: datetime) -> None:
    offer(asking, "S580", "engineer")
    asking.ask(FRIDAY)
    now = back
    while not asking.remind(now):
        now = now.replace(minute=0) + HOUR
    assert now == reminded_at


def test_never_on_a_day_off(asking: Asking) -> None:
    # Easter Monday 2026.
    easter = date(2026, 3, 30)
    asking.sheets.offer("S580", "engineer", "CTO", "CEO", opened_on=easter, outcome="lost", ended_on=easter)
    asking.live("CTO", "US")
    asking.away("CEO", date(2026, 4, 6), date(2026, 4, 10))
    said = asking.run(at(date(2026, 4, 3), "13:00"), at(date(2026, 4, 14), "20:00"))
    first = [(moment, who) for moment, what, who, _week in said if what == "reminder 1"]
    assert first == [
        (at(date(2026, 4, 6), "09:00"), "CTO"),
        (at(date(2026, 4, 7), "07:00"), "engineer"),
        (at(date(2026, 4, 13), "09:00"), "CEO"),
    ]
    for _at, what, _who, _week in said:
        assert what != "prompt" or _at < at(date(2026, 4, 4), "00:00")


def test_the_clock_on_the_wall_counts_over_the_change_of_the_clocks(asking: Asking) -> None:
    # The clocks go back on Sunday, 25 October 2026: Monday's nine is eight in UTC, Friday's two was twelve.
    monday = date(2026, 10, 19)
    asking.sheets.offer("S580", "engineer", opened_on=monday, outcome="lost", ended_on=monday)
    said = asking.run(at(date(2026, 10, 23), "12:00"), at(date(2026, 10, 27), "12:00"))
    assert [(moment.hour, what) for moment, what, _who, _week in said] == [
        (12, "prompt"),
        (8, "reminder 1"),
        (7, "reminder 2"),
    ]


def test_a_card_that_came_late_is_not_followed_by_a_reminder_at_once(asking: Asking) -> None:
    offer(asking, "S580", "engineer")
    late = at(STRADDLING, "10:30")
    assert asking.ask(late) == [("engineer", WEEK)]
    assert asking.remind(late) == []
    assert asking.remind(late + 23 * HOUR - timedelta(minutes=1)) == []
    assert asking.remind(late + 23 * HOUR) == [("engineer", WEEK, 1)]


def test_somebody_away_the_whole_week_is_not_reminded_of_it_even_when_that_is_said_late(asking: Asking) -> None:
    offer(asking, "S580", "engineer", "CTO")
    asking.ask(FRIDAY)
    asking.away("engineer", WEEK, WEEK + 4 * DAY)
    assert asking.remind(MONDAY) == [("CTO", WEEK, 1)]
    asking.sheets.save("CTO", WEEK, {}, now=MONDAY, final=True)
    assert asking.run(MONDAY, MONDAY + 5 * DAY) == []


def test_one_card_names_the_older_weeks_and_counts_for_them(asking: Asking) -> None:
    offer(asking, "S580", "engineer", first=BEFORE)
    said = asking.run(at(BEFORE + 4 * DAY, "13:00"), at(STRADDLING + 4 * DAY, "20:00"))
    of_week = [(moment, what) for moment, what, _who, week_on in said if week_on == BEFORE and what != "prompt"]
    assert [what for _at, what in of_week] == ["reminder 1", "reminder 2", "reminder 3", "digest", "digest"]
    # Away from the second reminder on, until the other week is due as well: then one card says both.
    asking.sheets.run(sa.text("DELETE FROM ledger"))
    asking.sheets.run(sa.text("DELETE FROM hours_digest"))
    asking.sheets.run(sa.text("DELETE FROM hours_reminder"))
    assert asking.remind(MONDAY) == [("engineer", BEFORE, 1), ("engineer", WEEK, 1)]
    assert asking.sent("hours_reminder") == ["engineer"]
    (row,) = asking.sheets.house.database.read_now(lambda session: session.scalars(sa.select(LedgerRow)).all())
    newest = asking.sheets.house.database.read_now(lambda session: session.get_one(HoursReminder, row.subject_id))
    assert newest.week_id == asking.sheets.sheet("engineer").week_id
    assert named(asking, "engineer", MONDAY) == [WEEK, BEFORE]


def named(asking: Asking, who: str, now: datetime, until: date | None = None) -> list[date]:
    """The weeks somebody misses."""

    def work(session: Session) -> list[date]:
        person = session.get_one(Person, asking.sheets.house.people[who])
        return list(missing_weeks(session, person, now, asking.company, until))

    return asking.sheets.house.database.read_now(work)


def test_what_is_missing_ends_with_the_lock_and_begins_with_the_question(asking: Asking) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=date(2026, 10, 5))
    friday = at(date(2026, 11, 27), "10:00")
    assert named(asking, "engineer", friday) == [BEFORE, date(2026, 11, 9), date(2026, 11, 2)]
    asking.ask(FRIDAY)
    assert named(asking, "engineer", FRIDAY)[0] == WEEK
    assert named(asking, "engineer", FRIDAY, until=BEFORE)[0] == BEFORE
    # November is locked after 7 December, except for the week that it shares with December.
    assert named(asking, "engineer", at(date(2026, 12, 8), "09:00")) == [STRADDLING]


def test_a_locked_week_is_over_and_done_with(asking: Asking) -> None:
    monday = date(2026, 10, 26)
    asking.sheets.offer("S580", "engineer", opened_on=monday, outcome="lost", ended_on=monday)
    assert asking.ask(at(date(2026, 11, 6), "16:00")) == [("engineer", monday)]
    # Its lock fell on the night between.
    assert asking.run(at(date(2026, 11, 6), "17:00"), at(date(2026, 11, 12), "20:00")) == []


def test_a_company_without_reminders_has_its_digest(asking: Asking) -> None:
    asking.rules(reminders=0)
    offer(asking, "S580", "engineer")
    said = asking.run(FRIDAY, at(STRADDLING + 3 * DAY, "12:00"))
    assert [(moment, what, who) for moment, what, who, _week in said] == [
        (FRIDAY, "prompt", "engineer"),
        (at(STRADDLING + DAY, "08:00"), "digest", "key user"),
        (at(STRADDLING + DAY, "08:00"), "digest", "sales lead"),
    ]


def test_an_answer_redraws_whatever_names_that_week(asking: Asking) -> None:
    offer(asking, "S580", "engineer", first=BEFORE)
    for moment in (at(BEFORE + 4 * DAY, "14:00"), FRIDAY):
        asking.ask(moment)
    asking.remind(at(WEEK, "09:00"))
    asking.remind(MONDAY)
    assert sorted(asking.versions("hours_reminder")) == [1, 1]
    asking.sheets.save("engineer", BEFORE, {}, now=MONDAY, final=True)
    assert asking.versions("hours_reminder") == [2, 2]
    asking.sheets.save("engineer", WEEK, {}, now=MONDAY, final=True)
    assert sorted(asking.versions("hours_reminder")) == [2, 3]


# the digest


def listed(asking: Asking, recipient: str, now: datetime = THURSDAY) -> tuple[Absentee, ...]:
    """Who stands in somebody's digest."""
    return asking.sheets.house.database.read_now(
        lambda session: digests.absentees(session, digest_of(asking, session, recipient), now, asking.company)
    )


def digest_of(asking: Asking, session: Session, recipient: str) -> HoursDigest:
    """Somebody's digest of the week."""
    return session.scalars(
        sa.select(HoursDigest).filter_by(week_on=WEEK, recipient_id=asking.sheets.house.people[recipient])
    ).one()


def test_a_sales_lead_hears_of_their_own_offers_a_key_user_of_all(asking: Asking) -> None:
    other = offer(asking, "S581", "engineer", "CEO", owner="CPO")
    exhausted_offer = exhausted_with(asking, other)
    assert asking.digest(THURSDAY) == [("CPO", WEEK), ("key user", WEEK), ("sales lead", WEEK)]
    mine = {one.name: [found.id for found in one.offers] for one in listed(asking, "sales lead")}
    assert mine == {"The CTO": [exhausted_offer], "The engineer": [exhausted_offer]}
    theirs = {one.name: [found.id for found in one.offers] for one in listed(asking, "CPO")}
    assert theirs == {"The CEO": [other], "The engineer": [other]}
    every = {one.name: [found.number for found in one.offers] for one in listed(asking, "key user")}
    assert every == {"The CEO": ["S581"], "The CTO": ["S580"], "The engineer": ["S581", "S580"]}
    assert {one.last_at for one in listed(asking, "key user")} == {MONDAY + 46 * HOUR}


def exhausted_with(asking: Asking, _other: int) -> int:
    made = offer(asking, "S580", "engineer", "CTO")
    asking.ask(FRIDAY)
    for moment in (MONDAY, MONDAY + 23 * HOUR, MONDAY + 46 * HOUR):
        asking.remind(moment)
    return made


def test_the_digest_waits_for_the_recipients_working_hours(asking: Asking) -> None:
    exhausted(asking, "engineer")
    asking.travel("key user", "America/Los_Angeles")
    asking.away("sales lead", (STRADDLING + 3 * DAY), (STRADDLING + 3 * DAY))
    assert asking.digest(THURSDAY - timedelta(minutes=1)) == []
    said = asking.run(THURSDAY, at(STRADDLING + 4 * DAY, "12:00"))
    assert [(moment, who) for moment, _what, who, _week in said] == [
        (at(STRADDLING + 3 * DAY, "07:00", "America/Los_Angeles"), "key user"),
        (at(STRADDLING + 4 * DAY, "07:00"), "sales lead"),
    ]


def test_the_digest_follows_the_answers_until_nobody_is_missing(asking: Asking) -> None:
    exhausted(asking, "engineer", "CTO")
    asking.digest(THURSDAY)
    assert [one.name for one in listed(asking, "key user")] == ["The CTO", "The engineer"]
    asking.sheets.save("CTO", WEEK, {}, now=THURSDAY, final=True)
    assert asking.versions("hours_digest") == [2, 2]
    assert [one.name for one in listed(asking, "key user")] == ["The engineer"]
    asking.sheets.save("engineer", WEEK, {}, now=THURSDAY, by="key user", final=True)
    assert listed(asking, "key user") == ()
    assert asking.versions("hours_digest") == [3, 3]


def test_who_lost_the_role_sees_their_own_offers_and_a_guest_nobody(asking: Asking) -> None:
    exhausted(asking, "engineer")
    asking.digest(THURSDAY)
    asking.sheets.run(sa.text("UPDATE role_grant SET valid_to = '2026-12-01 00:00:00+00:00' WHERE role = 'key_user'"))
    assert listed(asking, "key user") == ()
    assert len(listed(asking, "sales lead")) == 1
    asking.change("sales lead", guest=True)
    assert listed(asking, "sales lead") == ()


def again(asking: Asking, by: str, now: datetime, recipient: str = "sales lead") -> Reminded:
    """Press "remind again" on somebody's digest."""

    def work(session: Session) -> Reminded:
        digest = digest_of(asking, session, recipient)
        return digests.remind_again(session, digest.id, asking.sheets.house.person(session, by), now, asking.company)

    return asking.sheets.house.write(work)


def test_reminding_again_by_hand(asking: Asking) -> None:
    exhausted(asking, "engineer", "CTO", "CEO")
    asking.digest(THURSDAY)
    asking.away("CEO", STRADDLING + 3 * DAY)
    asking.sheets.save("CTO", WEEK, {}, now=THURSDAY, final=True)
    now = THURSDAY + 3 * HOUR
    assert again(asking, "sales lead", now) == Reminded(count=1, away=1, again_at=None)
    assert asking.reminders()[-1] == ("engineer", WEEK, 101, now)
    assert asking.sent("hours_reminder").count("engineer") == 4
    assert [(one.name, one.last_at, one.away) for one in listed(asking, "sales lead", now)] == [
        ("The CEO", MONDAY + 46 * HOUR, True),
        ("The engineer", now, False),
    ]
    # Pressed once more, by whomever and on whichever digest: not within the hour.
    assert again(asking, "key user", now + timedelta(minutes=59), "key user") == Reminded(0, 1, now + HOUR)
    assert again(asking, "sales lead", now + HOUR).count == 1
    assert asking.reminders()[-1][2] == 102
    events = asking.sheets.house.database.read_now(
        lambda session: session.scalars(sa.select(AuditEvent).filter_by(action="hours.reminded")).all()
    )
    assert [event.actor_id for event in events] == [asking.sheets.house.people["sales lead"]] * 2
    # And the three that come by themselves stay three.
    assert asking.remind(now + 3 * DAY) == []


def test_reminding_again_reaches_who_was_never_asked_and_says_when_nobody_is_there(asking: Asking) -> None:
    made = exhausted(asking, "engineer")
    asking.digest(THURSDAY)

    def join(session: Session) -> None:
        session.add(
            TeamMember(offer_id=made, person_id=asking.sheets.house.people["CEO"], role="contributor", joined_on=WEEK)
        )

    asking.sheets.house.write(join)
    assert again(asking, "sales lead", THURSDAY).count == 2
    asking.away("CEO", STRADDLING + 3 * DAY)
    asking.away("engineer", STRADDLING + 3 * DAY)
    assert again(asking, "sales lead", THURSDAY + 2 * HOUR) == Reminded(0, 2, None)


def test_only_leads_and_key_users_remind_others(asking: Asking) -> None:
    exhausted(asking, "engineer")
    asking.digest(THURSDAY)
    for name in ("engineer", "CTO", "admin"):
        with pytest.raises(NotAllowed):
            again(asking, name, THURSDAY)
    with pytest.raises(NotFound):
        asking.sheets.house.write(
            lambda session: digests.remind_again(
                session, 99, asking.sheets.house.person(session, "key user"), THURSDAY, asking.company
            )
        )
    assert again(asking, "sales lead", THURSDAY, "key user").count == 1
