"""The weekly question: asked once, on a working day, by the person's own clock, also after a standstill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.hours import prompts
from bot.offers.models import Offer, Outcome, TeamMember
from tests.unit.hours.asking import HOUR, PARIS, Asking, at
from tests.unit.hours.conftest import FRIDAY, STRADDLING, WEEK

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.hours.conftest import Timesheets

DAY = timedelta(days=1)
OLD = date(2026, 11, 27)
AUCKLAND, LOS_ANGELES, TOKYO = "Pacific/Auckland", "America/Los_Angeles", "Asia/Tokyo"


@pytest.fixture
def asking(timesheets: Timesheets) -> Asking:
    """The clock over a company without weeks to catch up: its offers open in the week of the tests."""
    return Asking(timesheets)


def weeks_of(asked: list[tuple[str, date]]) -> list[date]:
    return [week_on for _who, week_on in asked]


def test_a_member_of_a_team_is_asked_on_friday_at_two_once(asking: Asking) -> None:
    asking.sheets.offer("S580", "engineer", "sales lead", opened_on=WEEK)
    assert asking.ask(FRIDAY - timedelta(minutes=1)) == []
    assert asking.ask(FRIDAY) == [("engineer", WEEK), ("sales lead", WEEK)]
    assert asking.ask(FRIDAY + timedelta(minutes=1)) == []
    assert asking.sent("hours_card") == ["engineer", "sales lead"]
    assert asking.versions("hours_card") == [1, 1]
    assert set(asking.asked().values()) == {FRIDAY}


def test_who_is_on_no_open_offer_is_left_in_peace(asking: Asking) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=WEEK, outcome=Outcome.LOST, ended_on=WEEK - DAY)
    gone = asking.sheets.offer("S581", "CTO", opened_on=WEEK)
    asking.sheets.run(sa.update(TeamMember).filter_by(offer_id=gone).values(left_on=WEEK - DAY))
    guest = asking.sheets.offer("S582", "CEO", opened_on=WEEK)
    asking.change("CEO", guest=True)
    assert asking.ask(FRIDAY) == []
    # An offer that ended, and a member who left, on the Monday still had that day.
    asking.sheets.run(sa.update(Offer).filter_by(number="S580").values(ended_on=WEEK))
    asking.sheets.run(sa.update(TeamMember).filter_by(offer_id=gone).values(left_on=WEEK))
    assert asking.ask(FRIDAY) == [("CTO", WEEK), ("engineer", WEEK)]
    assert guest


def test_two_replicas_at_one_moment_send_one_card(asking: Asking) -> None:
    people = ("engineer", "sales lead", "CTO", "CPO", "CEO", "key user", "admin", "project manager")
    asking.sheets.offer("S580", *people, opened_on=WEEK)

    def look(session: Session) -> tuple[prompts.Prompt, ...]:
        return prompts.prompts_due(session, FRIDAY, asking.company)

    both = [asking.sheets.house.database.read_now(look) for _replica in range(2)]
    assert both[0] == both[1]
    with ThreadPoolExecutor(2) as pool:
        given = list(
            pool.map(lambda due: asking.sheets.house.write(lambda session: prompts.give(session, due, FRIDAY)), both)
        )
    assert sum(given) == len(people)
    assert asking.versions("hours_card") == [1] * len(people)


def test_a_crash_before_the_commit_leaves_it_due(asking: Asking) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=WEEK)

    def crash(session: Session) -> None:
        prompts.give(session, prompts.prompts_due(session, FRIDAY, asking.company), FRIDAY)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking.sheets.house.write(crash)
    assert asking.asked() == {}
    assert asking.ask(FRIDAY + timedelta(minutes=2)) == [("engineer", WEEK)]


def test_a_day_off_moves_the_question_to_the_working_day_before(asking: Asking) -> None:
    # 25 December 2026 is a Friday; 24 December is worked in France.
    christmas = date(2026, 12, 21)
    asking.sheets.offer("S580", "engineer", "CTO", "CEO", opened_on=christmas)
    asking.live("CTO", "DK")
    asking.away("CEO", date(2026, 12, 23), date(2026, 12, 31))
    thursday = date(2026, 12, 24)
    assert asking.ask(at(thursday - DAY, "13:59")) == []
    # Denmark is off on the 24th and the 25th.
    asking.away("CTO", thursday)
    assert asking.ask(at(date(2026, 12, 22), "14:00")) == [("CEO", christmas)]
    assert asking.ask(at(thursday - DAY, "14:00")) == [("CTO", christmas)]
    assert asking.ask(at(thursday, "14:00")) == [("engineer", christmas)]
    assert asking.ask(at(date(2026, 12, 25), "14:00")) == []


def test_who_is_away_the_whole_week_is_not_asked_about_it(asking: Asking) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=WEEK)
    asking.away("engineer", WEEK, WEEK + 4 * DAY)
    said = asking.run(at(WEEK, "08:00"), at(WEEK + 11 * DAY, "20:00"))
    assert [(what, week_on) for _at, what, _who, week_on in said] == [("prompt", STRADDLING)]


def test_a_company_that_works_on_sundays_and_asks_in_the_middle_of_the_week(asking: Asking) -> None:
    holidays = asking.company.holidays.model_copy(update={"weekend": (5, 6)})
    asking.sheets.company = asking.company.model_copy(update={"holidays": holidays})
    asking.rules(prompt_day=7, prompt_time="16:30")
    asking.sheets.offer("S580", "engineer", opened_on=WEEK)
    assert asking.ask(at(WEEK + 4 * DAY, "16:30")) == []
    assert asking.ask(at(WEEK + 6 * DAY, "16:29")) == []
    assert asking.ask(at(WEEK + 6 * DAY, "16:30")) == [("engineer", WEEK)]


@pytest.mark.parametrize(
    ("back", "asked_at"),
    [
        # The bot comes back …
        (at(OLD, "16:10"), at(OLD, "16:10")),
        (at(OLD, "19:59"), at(OLD, "19:59")),
        (at(OLD, "20:00"), at(OLD + 3 * DAY, "09:00")),
        (at(OLD + DAY, "11:00"), at(OLD + 3 * DAY, "09:00")),
        (at(OLD + 3 * DAY, "03:00"), at(OLD + 3 * DAY, "09:00")),
        (at(OLD + 3 * DAY, "15:00"), at(OLD + 3 * DAY, "15:00")),
        (at(OLD + 3 * DAY, "22:00"), at(OLD + 4 * DAY, "09:00")),
    ],
)
def test_after_a_standstill_it_is_asked_at_the_next_decent_moment(
    asking: Asking, back: datetime, asked_at: datetime
) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=WEEK, outcome=Outcome.LOST, ended_on=OLD)
    now = back
    while not (asked := asking.ask(now)):
        now = now.replace(minute=0) + HOUR
        assert now < back + 5 * DAY
    assert (now, asked) == (asked_at, [("engineer", WEEK)])


def test_a_long_standstill_asks_about_each_open_week_once(asking: Asking) -> None:
    monday = date(2026, 10, 5)
    asking.sheets.offer("S580", "engineer", opened_on=monday)
    asking.sheets.save("engineer", date(2026, 11, 9), {}, now=FRIDAY, final=True)
    back = at(date(2026, 11, 25), "10:00")
    assert weeks_of(asking.ask(back)) == [
        # October was locked on 6 November; the week of 9 November is finished, this one is asked about on Friday.
        date(2026, 11, 2),
        date(2026, 11, 16),
    ]
    assert asking.ask(back + timedelta(minutes=1)) == []
    assert weeks_of(asking.ask(FRIDAY)) == [WEEK]


def test_no_further_back_than_the_company_says(asking: Asking) -> None:
    asking.rules(catch_up_weeks=1)
    asking.sheets.offer("S580", "engineer", opened_on=date(2026, 11, 2))
    assert weeks_of(asking.ask(at(date(2026, 11, 25), "10:00"))) == [date(2026, 11, 16)]


def test_a_week_that_is_finished_early_is_not_asked_about(asking: Asking) -> None:
    offer = asking.sheets.offer("S580", "engineer", "CTO", opened_on=WEEK)
    asking.sheets.save("engineer", WEEK, {offer: 7}, now=FRIDAY - DAY, final=True)
    asking.sheets.save("CTO", WEEK, {offer: 7}, now=FRIDAY - DAY)
    assert asking.ask(FRIDAY) == [("CTO", WEEK)]


def test_a_week_finished_between_the_look_and_the_note_is_left_alone(asking: Asking) -> None:
    offer = asking.sheets.offer("S580", "engineer", opened_on=WEEK)
    due = asking.sheets.house.database.read_now(lambda session: prompts.prompts_due(session, FRIDAY, asking.company))
    asking.sheets.save("engineer", WEEK, {offer: 7}, now=FRIDAY, final=True)
    assert asking.sheets.house.write(lambda session: prompts.give(session, due, FRIDAY)) == 0
    assert asking.sent("hours_card") == []


@pytest.mark.parametrize(
    ("friday", "zone", "utc"),
    [
        # The Fridays beside the changes of the clocks.
        (date(2026, 3, 27), PARIS, datetime(2026, 3, 27, 13, 0, tzinfo=UTC)),
        (date(2026, 4, 10), PARIS, datetime(2026, 4, 10, 12, 0, tzinfo=UTC)),
        (date(2026, 10, 23), PARIS, datetime(2026, 10, 23, 12, 0, tzinfo=UTC)),
        (date(2026, 10, 30), PARIS, datetime(2026, 10, 30, 13, 0, tzinfo=UTC)),
        # Lord Howe changes by half an hour.
        (date(2026, 4, 10), "Australia/Lord_Howe", datetime(2026, 4, 10, 3, 30, tzinfo=UTC)),
        (date(2026, 10, 9), "Australia/Lord_Howe", datetime(2026, 10, 9, 3, 0, tzinfo=UTC)),
        # Cairo loses the first hour of that Friday.
        (date(2026, 4, 24), "Africa/Cairo", datetime(2026, 4, 24, 11, 0, tzinfo=UTC)),
        # ISO week 53 of 2026 ends in January.
        (date(2027, 1, 8), PARIS, datetime(2027, 1, 8, 13, 0, tzinfo=UTC)),
    ],
)
def test_the_clock_on_the_wall_counts(asking: Asking, friday: date, zone: str, utc: datetime) -> None:
    monday = friday - 4 * DAY
    asking.sheets.offer("S580", "engineer", opened_on=monday)
    asking.travel("engineer", zone)
    assert asking.ask(utc - timedelta(minutes=1)) == []
    assert asking.ask(utc) == [("engineer", monday)]


def test_week_53_is_one_week(asking: Asking) -> None:
    monday = date(2026, 12, 28)
    assert monday.isocalendar().week == 53
    asking.sheets.offer("S580", "engineer", opened_on=monday)
    # 1 January is a holiday: Thursday it is.
    said = asking.run(at(monday, "08:00"), at(monday + 13 * DAY, "20:00"))
    prompts_said = [(moment, week_on) for moment, what, _who, week_on in said if what == "prompt"]
    assert prompts_said == [
        (at(date(2026, 12, 31), "14:00"), monday),
        (at(date(2027, 1, 8), "14:00"), date(2027, 1, 4)),
    ]


@pytest.mark.parametrize(
    ("home", "moves"),
    [
        (AUCKLAND, [(at(OLD, "15:00", AUCKLAND), LOS_ANGELES)]),
        # Before her Friday begins at home she lands on Saturday.
        (LOS_ANGELES, [(at(OLD - DAY, "16:00", LOS_ANGELES), AUCKLAND)]),
        # From one side of the date line to the other and back.
        ("Pacific/Pago_Pago", [(at(OLD, "13:00", "Pacific/Pago_Pago"), "Pacific/Apia")]),
        ("Pacific/Apia", [(at(OLD, "13:00", "Pacific/Apia"), "Pacific/Pago_Pago")]),
        ("Pacific/Apia", [(at(OLD, "15:00", "Pacific/Apia"), "Pacific/Pago_Pago")]),
        (PARIS, [(at(OLD, "14:00"), LOS_ANGELES), (at(OLD, "14:00", LOS_ANGELES), TOKYO)]),
        (PARIS, [(at(OLD, "13:00"), TOKYO), (at(OLD + 2 * DAY, "12:00", TOKYO), PARIS)]),
    ],
)
def test_who_travels_is_asked_exactly_once(asking: Asking, home: str, moves: list[tuple[datetime, str]]) -> None:
    asking.sheets.offer("S580", "engineer", opened_on=WEEK, outcome=Outcome.LOST, ended_on=OLD)
    asking.travel("engineer", home)
    now, zone = at(OLD, "00:00") - DAY, home
    asked: list[datetime] = []
    while now < at(OLD + 4 * DAY, "00:00"):
        while moves and now >= moves[0][0]:
            zone = moves.pop(0)[1]
            asking.travel("engineer", zone)
        asked += [now.astimezone(ZoneInfo(zone)) for _one in asking.ask(now)]
        now += HOUR
    (there,) = asked
    assert there.isoweekday() <= 5
    assert 9 <= there.hour < 20
