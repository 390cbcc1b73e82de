"""One card each morning: the working day before, and once when overdue, by the person's own clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.clarifications import service as clarifications
from bot.deadlines import service as deadlines
from bot.deadlines.models import Morning, MorningLine, Occasion
from bot.decisions.policy import decision_rules
from bot.duties import Duties
from bot.errors import NotFound
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.settings import Settings
from tests.unit.decisions.conftest import MONDAY

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.deadlines.conftest import Diary

DAY = timedelta(days=1)
TUESDAY = date(2026, 11, 24)


def at(day: date, clock: str = "08:30", zone: str = "Europe/Paris") -> datetime:
    """A moment of somebody's day."""
    hour, minute = clock.split(":")
    local = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def test_a_thing_is_said_the_working_day_before_and_once_when_overdue(diary: Diary) -> None:
    question = diary.question(diary.offer(), TUESDAY)
    looks = {day: diary.look(at(day)) for day in (date(2026, 11, 20) + DAY * number for number in range(9))}
    assert [day for day, cards in looks.items() if cards] == [date(2026, 11, 23), date(2026, 11, 25)]
    assert [(kind, subject, due, occasion) for _who, kind, subject, due, occasion, _day in diary.told()] == [
        ("clarification", question, TUESDAY, "coming"),
        ("clarification", question, TUESDAY, "overdue"),
    ]


def test_nothing_is_sent_before_the_morning_nor_twice_nor_for_nothing(diary: Diary) -> None:
    diary.question(diary.offer(), TUESDAY)
    monday = date(2026, 11, 23)
    assert diary.look(at(monday, "08:29")) == 0
    assert diary.look(at(monday, "08:30")) == 1
    assert diary.look(at(monday, "08:31")) == 0
    wanted = diary.house.ledger()
    assert [(kind, who) for kind, _subject, who in wanted if kind == "morning_card"] == [("morning_card", "engineer")]
    assert set(wanted.values()) == {1}


def test_what_is_put_down_after_the_morning_waits_for_the_next_one(diary: Diary) -> None:
    offer = diary.offer()
    diary.question(offer, None)
    assert diary.look(at(date(2026, 11, 23))) == 0
    diary.question(offer, TUESDAY)
    assert diary.look(at(date(2026, 11, 23), "16:00")) == 0
    assert diary.look(at(TUESDAY)) == 1
    assert diary.told()[0][3:] == (TUESDAY, "coming", TUESDAY)


def test_friday_speaks_of_the_days_off_and_of_monday(diary: Diary) -> None:
    offer = diary.offer()
    for day in (date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)):
        diary.question(offer, day)
    friday = date(2026, 11, 27)
    assert diary.look(at(friday)) == 1
    assert [due for _who, _kind, _subject, due, _occasion, _day in diary.told()] == [
        date(2026, 11, 28),
        date(2026, 11, 29),
        date(2026, 11, 30),
    ]
    assert diary.look(at(friday + DAY)) == 0
    assert diary.look(at(friday + 2 * DAY)) == 0


def test_a_public_holiday_is_no_morning_and_moves_the_reminder(diary: Diary) -> None:
    # 11 November 2026 is a Wednesday and a holiday in France.
    diary.question(diary.offer(), date(2026, 11, 12))
    assert diary.look(at(date(2026, 11, 9))) == 0
    assert diary.look(at(date(2026, 11, 10))) == 1
    assert diary.look(at(date(2026, 11, 11))) == 0
    assert diary.look(at(date(2026, 11, 12))) == 0
    assert diary.look(at(date(2026, 11, 13))) == 1


def test_the_holidays_are_those_of_the_companys_country(diary: Diary) -> None:
    german = diary.company.holidays.model_copy(update={"country": "DE"})
    diary.company = diary.company.model_copy(update={"holidays": german})
    diary.question(diary.offer(), date(2026, 11, 12))
    assert diary.look(at(date(2026, 11, 10))) == 0
    assert diary.look(at(date(2026, 11, 11))) == 1


@pytest.mark.parametrize(
    ("day", "zone", "utc"),
    [
        (date(2026, 3, 27), "Europe/Paris", "07:30"),
        (date(2026, 3, 30), "Europe/Paris", "06:30"),
        (date(2026, 10, 23), "Europe/Paris", "06:30"),
        (date(2026, 10, 26), "Europe/Paris", "07:30"),
        # The clocks of Cairo go forward at midnight of a Friday: that day has 23 hours, and no 00:15.
        (date(2026, 4, 24), "Africa/Cairo", "05:30"),
        (date(2026, 4, 23), "Africa/Cairo", "06:30"),
        # Lord Howe changes by half an hour; in April its morning stands on the day before in UTC.
        (date(2026, 4, 7), "Australia/Lord_Howe", "22:00"),
    ],
)
def test_the_wall_clock_counts_when_clocks_change(diary: Diary, day: date, zone: str, utc: str) -> None:
    diary.travel("engineer", zone)
    diary.question(diary.offer(), day)
    hour, minute = (int(part) for part in utc.split(":"))
    begins = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    if utc == "22:00":
        begins -= DAY
    # Only the engineer has something, so that others' mornings do not count.
    assert diary.look(begins - timedelta(minutes=1)) == 0
    assert diary.look(begins) == 1


def test_a_moment_counts_on_the_companys_day(diary: Diary) -> None:
    # 23:30 UTC on Tuesday is Wednesday 00:30 in Paris.
    diary.offer(submission_due_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert diary.look(at(date(2026, 11, 23))) == 0
    assert diary.look(at(TUESDAY)) == 1
    assert diary.told()[0][1:] == ("submission", diary.told()[0][2], date(2026, 11, 25), "coming", TUESDAY)
    # On the day itself it is not overdue, not even after that moment.
    assert diary.look(at(date(2026, 11, 25))) == 0
    assert diary.look(at(date(2026, 11, 26))) == 1


def test_somebody_who_travels_is_told_once(diary: Diary) -> None:
    diary.question(diary.offer(), TUESDAY)
    monday = date(2026, 11, 23)
    assert diary.look(at(monday)) == 1
    diary.travel("engineer", "America/Los_Angeles")
    assert diary.look(at(monday, "08:30", "America/Los_Angeles")) == 0
    diary.travel("engineer", "Asia/Tokyo")
    assert diary.look(at(TUESDAY, "08:30", "Asia/Tokyo")) == 0
    assert diary.look(at(TUESDAY + DAY, "08:30", "Asia/Tokyo")) == 1
    assert [line[4] for line in diary.told()] == ["coming", "overdue"]


def test_a_moved_date_is_said_again_and_moved_back_is_not(diary: Diary) -> None:
    question = diary.question(diary.offer(), TUESDAY)
    assert diary.look(at(date(2026, 11, 23))) == 1
    diary.move(question, due_on=date(2026, 11, 26))
    assert diary.look(at(TUESDAY)) == 0
    assert diary.look(at(date(2026, 11, 25))) == 1
    diary.move(question, due_on=TUESDAY)
    assert diary.look(at(date(2026, 11, 26))) == 1
    assert [line[3:5] for line in diary.told()] == [
        (TUESDAY, "coming"),
        (date(2026, 11, 26), "coming"),
        (TUESDAY, "overdue"),
    ]


def test_a_new_owner_is_told_too(diary: Diary) -> None:
    question = diary.question(diary.offer(), TUESDAY)
    assert diary.look(at(date(2026, 11, 23))) == 1
    diary.move(question, owner_id=diary.house.people["key user"])
    assert diary.look(at(TUESDAY)) == 1
    assert [line[0] for line in diary.told()] == ["engineer", "key user"]


def test_after_a_day_of_silence_the_next_morning_says_it(diary: Diary) -> None:
    offer = diary.offer()
    diary.question(offer, TUESDAY)
    diary.question(offer, date(2026, 11, 20))
    # Nothing ran on Friday and Monday; it is back on Tuesday at noon.
    assert diary.look(at(TUESDAY, "12:00")) == 1
    assert [line[3:5] for line in diary.told()] == [(date(2026, 11, 20), "overdue"), (TUESDAY, "coming")]


def test_two_replicas_send_one_card(diary: Diary) -> None:
    diary.question(diary.offer(), TUESDAY)
    now = at(date(2026, 11, 23))
    read = diary.house.database.read_now
    first = read(lambda session: deadlines.mornings_due(session, now, diary.company))
    second = read(lambda session: deadlines.mornings_due(session, now, diary.company))
    assert first == second
    with ThreadPoolExecutor(2) as pool:
        cards = list(
            pool.map(lambda due: diary.house.write(lambda session: deadlines.give(session, due, now)), (first, second))
        )
    assert sorted(cards) == [0, 1]
    assert len(diary.told()) == 1


def test_only_what_is_still_to_be_done_is_said(diary: Diary) -> None:
    offer, won, lost = diary.offer(), diary.offer("1-10002"), diary.offer("1-10003")
    answered = diary.question(offer, TUESDAY)
    diary.move(answered, answered_on=MONDAY.date(), answered_how="call", answered_by_id=1)
    removed = diary.question(offer, TUESDAY)
    diary.move(removed, removed_at=MONDAY)
    diary.question(lost, TUESDAY)
    diary.question(won, TUESDAY)
    for offer_id, outcome in ((lost, Outcome.LOST), (won, Outcome.WON)):
        _set(diary, offer_id, outcome=outcome)
    _set(diary, won, kick_off_on=TUESDAY, project_manager_id=diary.house.people["project manager"])
    _set(diary, lost, debrief_due_on=TUESDAY, kick_off_on=TUESDAY)
    assert diary.look(at(date(2026, 11, 23))) == 2
    assert {(who, kind, subject) for who, kind, subject, *_rest in diary.told()} == {
        ("project manager", "kick_off", won),
        ("engineer", "debrief", lost),
    }


def _set(diary: Diary, offer_id: int, **columns: object) -> None:
    diary.house.write(lambda session: session.execute(sa.update(Offer).filter_by(id=offer_id).values(**columns)))


def test_the_end_of_questions_comes_but_is_never_overdue(diary: Diary) -> None:
    diary.offer(clarification_at=at(TUESDAY, "12:00"))
    assert diary.look(at(date(2026, 11, 23))) == 1
    assert diary.look(at(date(2026, 11, 25))) == 0


def test_what_is_over_is_not_overdue_where_tomorrow_has_begun(diary: Diary) -> None:
    """It is Wednesday morning on Kiritimati while the others still have Tuesday."""
    diary.travel("engineer", "Pacific/Kiritimati")
    diary.offer(clarification_at=at(TUESDAY, "12:00"))
    assert diary.look(at(TUESDAY + DAY, "08:30", "Pacific/Kiritimati")) == 0


def test_what_was_said_is_not_thought_of_again(diary: Diary) -> None:
    offer = diary.offer(submission_due_at=at(TUESDAY, "12:00"))
    diary.question(offer, TUESDAY)

    def planned(day: date) -> list[int]:
        due = diary.house.database.read_now(lambda session: deadlines.mornings_due(session, at(day), diary.company))
        return [len(one.reminders) for one in due if one.person_id == diary.house.people["engineer"]]

    assert planned(date(2026, 11, 23)) == [2]
    diary.look(at(date(2026, 11, 23)))
    assert planned(date(2026, 11, 23)) == []
    assert planned(TUESDAY) == [0]
    assert planned(TUESDAY + DAY) == [2]
    diary.look(at(TUESDAY + DAY))
    assert planned(TUESDAY + 2 * DAY) == [0]


async def test_the_duty_wakes_the_reconciler_only_for_a_card(diary: Diary) -> None:
    moment = at(date(2026, 11, 23), "08:00")
    woken: list[datetime] = []
    duties = Duties(
        diary.house.database,
        cast("Any", None),
        [],
        settings=Settings(),
        company=diary.company,
        rules=decision_rules(diary.company),
        now=lambda: moment,
        changed=lambda: woken.append(moment),
    )
    offer = diary.offer()
    diary.question(offer, TUESDAY)
    await duties.remind_mornings()
    assert woken == []
    moment = at(date(2026, 11, 23))
    await duties.remind_mornings()
    await duties.remind_mornings()
    assert woken == [moment]
    assert "mornings" in {tick.id for tick in duties.ticks()}
    moment = at(TUESDAY)
    await duties.remind_mornings()
    assert len(woken) == 1


def test_a_guest_gets_no_card(diary: Diary) -> None:
    diary.question(diary.offer(), TUESDAY)
    guest = sa.update(Person).filter_by(id=diary.house.people["engineer"]).values(guest=True)
    diary.house.write(lambda session: session.execute(guest))
    assert diary.look(at(date(2026, 11, 23))) == 0


def test_the_company_chooses_the_hour(diary: Diary) -> None:
    hours = diary.company.rules.deadlines.model_copy(update={"morning": "07:15"})
    rules = diary.company.rules.model_copy(update={"deadlines": hours})
    diary.company = diary.company.model_copy(update={"rules": rules})
    diary.question(diary.offer(), TUESDAY)
    assert diary.look(at(date(2026, 11, 23), "07:14")) == 0
    assert diary.look(at(date(2026, 11, 23), "07:15")) == 1


def test_forty_clarifications_and_thirty_points_make_one_card(diary: Diary) -> None:
    offer = diary.offer()
    for number in range(40):
        diary.question(offer, TUESDAY, text=f"Question {number}")
    for _number in range(30):
        diary.point(offer, date(2026, 11, 20))
    assert diary.look(at(date(2026, 11, 23))) == 1
    assert len(diary.told()) == 70
    found = diary.house.database.read_now(
        lambda session: deadlines.of_morning(session, _card(session), time_zone="UTC")
    )
    assert {occasion: len(lines) for occasion, lines in found.items()} == {Occasion.COMING: 40, Occasion.OVERDUE: 30}


def _card(session: Session) -> int:
    """The morning that has a card."""
    return session.scalars(sa.select(MorningLine.morning_id).distinct()).one()


def test_what_was_settled_meanwhile_is_left_out(diary: Diary) -> None:
    offer = diary.offer()
    answered, kept, moved = (diary.question(offer, TUESDAY) for _number in range(3))
    assert diary.look(at(date(2026, 11, 23))) == 1
    typed = {
        "answer": "12 mm",
        "answered_on": "2026-11-23",
        "answered_how": "writing",
        "answered_by_id": "engineer",
    }
    diary.house.write(
        lambda session: clarifications.answer(
            session, answered, typed, base=1, actor=diary.house.person(session, "engineer"), now=MONDAY
        )
    )
    diary.move(moved, due_on=date(2026, 11, 27))
    found = diary.house.database.read_now(
        lambda session: deadlines.of_morning(session, _card(session), time_zone="Europe/Paris")
    )
    assert [line.subject_id for line in found[Occasion.COMING]] == [kept]
    with pytest.raises(NotFound):
        diary.house.database.read_now(lambda session: deadlines.of_morning(session, 9999, time_zone="UTC"))


def test_mornings_without_reminders_are_only_looked_at(diary: Diary) -> None:
    assert diary.look(at(date(2026, 11, 23))) == 0
    count = sa.select(sa.func.count()).select_from(Morning)
    assert diary.house.database.read_now(lambda session: session.scalar(count)) == len(diary.house.people)
    assert diary.house.write(lambda session: deadlines.give(session, (), MONDAY)) == 0


def test_working_days_can_be_any(diary: Diary) -> None:
    """A company that works on Sundays is reminded on Sundays."""
    calendar = diary.company.holidays.model_copy(update={"weekend": (5, 6)})
    diary.company = diary.company.model_copy(update={"holidays": calendar})
    diary.question(diary.offer(), date(2026, 11, 30))
    assert diary.look(at(date(2026, 11, 27))) == 0
    assert diary.look(at(date(2026, 11, 29))) == 1
