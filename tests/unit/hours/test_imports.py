"""Past hours from a file: absolute numbers, all or nothing, locked weeks too; read again they change nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import AuditEvent
from bot.errors import NotAllowed
from bot.hours.bulk import cells_wanted
from bot.hours.import_lines import read_lines
from bot.hours.imports import NoKeyUserError, Reading, key_user, read_in
from bot.hours.models import HoursEntry, HoursReminder, HoursWeek
from bot.hours.rules import parts_of
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.people.service import register, set_roles
from bot.spreadsheets import ImportReport, csv_lines
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, person_target
from tests.unit.hours.conftest import FRIDAY, STRADDLING, WEEK, Timesheets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HEADING = "person,offer,week,date,hours,reason\n"
LONG_AGO = date(2025, 2, 10)
"""Week 7, locked for more than a year."""
ACROSS = date(2025, 6, 30)
"""Week 27: one day in June, four working days in July."""
JULY = date(2025, 7, 1)


def take(
    timesheets: Timesheets,
    text: str,
    *,
    now: datetime = FRIDAY,
    by: str = "key user",
    check: bool = False,
    file: str = "past.csv",
) -> ImportReport:
    """Read lines in, as the command does."""
    report = ImportReport()
    said = read_lines(csv_lines(HEADING + text), report, lambda _words: None)

    def work(session: Session) -> None:
        actor = timesheets.house.person(session, by)
        read_in(session, said, report, Reading(file, actor, now, timesheets.company, check=check))

    timesheets.house.write(work)
    return report


def counts(report: ImportReport) -> tuple[int, int, int]:
    """New, updated, unchanged; nothing is wrong."""
    assert report.problems == []
    return report.new, report.updated, report.unchanged


def column(timesheets: Timesheets, statement: sa.Select[Any]) -> list[Any]:
    """The first column of a select."""
    return timesheets.house.write(lambda session: list(session.scalars(statement)))


def weeks(timesheets: Timesheets) -> dict[tuple[str, date], tuple[float, bool, int]]:
    """Hours, final and revision by person and Monday."""
    names = {number: name for name, number in timesheets.house.people.items()}

    def work(session: Session) -> dict[tuple[str, date], tuple[float, bool, int]]:
        return {
            (names[week.person_id], week.week_on): (week.quarters / 4, week.final, week.revision)
            for week in session.scalars(sa.select(HoursWeek))
        }

    return timesheets.house.write(work)


def events(timesheets: Timesheets) -> list[Any]:
    return column(timesheets, sa.select(AuditEvent.after).where(AuditEvent.action == "hours.imported"))


def test_locked_weeks_are_taken_in_and_a_second_reading_changes_nothing(timesheets: Timesheets) -> None:
    first, second = timesheets.offer("S580"), timesheets.offer("S581", project_number="S581P")
    text = (
        "engineer,S580,2025-W07,,7.5,Trial\n"
        'The Engineer,s 581p,2025-W07,,"3,25",\n'
        "key user,1-581,2025-W08,,2h,\n"
        "engineer,S580,2025-W07,2025-02-13,1,\n"
    )  # fmt: skip
    assert counts(take(timesheets, text)) == (3, 0, 0)
    assert timesheets.entries() == [
        (first, LONG_AGO, 8.5, "import"),
        (second, LONG_AGO, 3.25, "import"),
        (second, date(2025, 2, 17), 2.0, "import"),
    ]
    assert column(timesheets, sa.select(HoursEntry.reason).order_by(HoursEntry.id)) == [
        "past.csv: Trial",
        "past.csv",
        "past.csv",
    ]
    after = weeks(timesheets)
    assert after == {
        ("engineer", LONG_AGO): (11.75, True, 1),
        ("key user", date(2025, 2, 17)): (2.0, True, 1),
    }
    assert counts(take(timesheets, text)) == (0, 0, 3)
    assert (weeks(timesheets), len(timesheets.entries())) == (after, 3)
    assert events(timesheets) == [
        {"file": "past.csv", "lines": 4, "new": 3, "updated": 0, "unchanged": 0, "weeks": 2}
    ], "one event for one file that changed something"


def test_a_number_replaces_what_was_there_and_says_who_and_why(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 10})
    report = take(timesheets, f"engineer,S580,2026-W48,,4,\nengineer,S580,{WEEK},,0.5,Said twice\n", file="x" * 500)
    assert counts(report) == (0, 1, 0)
    assert timesheets.entries()[-1] == (offer, WEEK, -5.5, "import")
    assert weeks(timesheets)["engineer", WEEK] == (4.5, False, 2), "the week is not over: it may still be answered"

    def newest(session: Session) -> tuple[str | None, int]:
        entry = session.scalars(sa.select(HoursEntry).order_by(HoursEntry.id.desc())).first()
        assert entry is not None
        return entry.reason, entry.entered_by_id

    assert timesheets.house.write(newest) == ("x" * 400, timesheets.house.people["key user"])


def test_zero_takes_hours_away_and_makes_a_past_week_final(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer", "CTO")
    timesheets.save("engineer", LONG_AGO, {offer: 10}, by="key user", reason="Late")
    assert counts(take(timesheets, "engineer,S580,2025-W07,,0,\nCTO,S580,2025-W07,,0,\n")) == (0, 1, 1)
    assert weeks(timesheets) == {("engineer", LONG_AGO): (0.0, True, 2), ("CTO", LONG_AGO): (0.0, True, 1)}
    assert counts(take(timesheets, "CTO,S580,2025-W07,,0,\n")) == (0, 0, 1)
    assert len(events(timesheets)) == 1


def test_a_week_over_two_months_is_split_and_days_stay_in_their_month(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580")
    text = "engineer,S580,2025-W27,,10,\nCTO,S580,,2025-06-30,3,\nCTO,S580,,2025-07-01,1,\nCTO,S580,,2025-07-04,2,\n"
    text += "CPO,S580,2025-W27,,5,\nCPO,S580,,2025-07-06,1,\n"
    assert counts(take(timesheets, text)) == (6, 0, 0)
    assert timesheets.shown("engineer", ACROSS) == {"S580": 10.0}
    assert {entry[1:3] for entry in timesheets.entries()} == {
        *((ACROSS, 2.0), (JULY, 8.0)),
        *((ACROSS, 3.0), (JULY, 3.0)),
        *((ACROSS, 1.0), (JULY, 5.0)),
    }
    assert {entry[0] for entry in timesheets.entries()} == {offer}
    assert counts(take(timesheets, text)) == (0, 0, 6)
    assert counts(take(timesheets, "CTO,S580,,2025-07-02,5,\n")) == (0, 1, 0)
    assert timesheets.shown("CTO", ACROSS) == {"S580": 8.0}, "June keeps what it had"
    assert counts(take(timesheets, "CTO,S580,2025-W27,,8,\n")) == (0, 0, 2), "an unchanged sum moves nothing"


def test_every_bad_line_is_named_and_nothing_is_changed(timesheets: Timesheets) -> None:
    timesheets.offer("S580")
    timesheets.offer("S581")

    def double(session: Session) -> None:
        session.execute(sa.update(Offer).values(external_reference="Réf. 7"))
        for number in range(2):
            register(session, tenant_id="tenant", entra_object_id=f"twin {number}", name="Twin", now=FRIDAY)
        register(session, tenant_id="tenant", entra_object_id="guest", name="A guest", now=FRIDAY, guest=True)

    timesheets.house.write(double)
    text = (
        "engineer,S580,2025-W07,,1,\n"
        "nobody,S580,2025-W07,,1,\n"
        "twin,S580,2025-W07,,1,\n"
        "a guest,S999,2025-W07,,1,\n"
        "engineer,ref. 7,2025-W07,,x,\n"
        "engineer,REF. 7,2025-W07,,1,\n"
        "engineer,S580,2026-W49,,1,\n"
        "engineer,S580,,2026-11-28,1,\n"
        "engineer,S580,,2026-11-27,1,\n"
        "engineer,S581,2025-W07,,79.25,\n"
    )
    unknown = "nobody is known so: write the e-mail address or Entra object id of somebody registered."
    report = take(timesheets, text)
    assert report.problems == [
        (2, "The engineer, 2025-W07: 80.25 h in all (lines 2, 11); a week has at most 80 h: correct these lines."),
        (3, f"person 'nobody': {unknown}"),
        (
            4,
            "person 'twin': several people are called so: write the Entra object id, or an address only one has.",
        ),
        (5, "offer 'S999': no such offer: write its number such as S580, its project number or its reference."),
        (5, "person 'a guest': a guest: only hours of people of the company are kept."),
        (6, "hours 'x': no number of hours: write 7.5, 7,5 or 7h30."),
        (7, "offer 'REF. 7': several offers have this reference: write the offer number."),
        (8, "2026-W49 has not come yet: import hours once they are worked."),
        (9, "2026-11-28 has not come yet: import hours once they are worked."),
    ]
    assert (report.new, report.updated, report.unchanged) == (0, 0, 0)
    assert (timesheets.entries(), weeks(timesheets), events(timesheets)) == ([], {}, [])


def test_a_full_week_counts_what_is_there_already(timesheets: Timesheets) -> None:
    first = timesheets.offer("S580", "engineer")
    timesheets.offer("S581")
    timesheets.save("engineer", WEEK, {first: 30.5})
    many = "engineer,S581,2026-W48,,2.5,\n" * 25
    ((line, problem),) = take(timesheets, many).problems
    named = ", ".join(map(str, range(2, 22)))
    assert line == 2
    assert problem.startswith(f"The engineer, 2026-W48: 93 h in all (lines {named}, … and 30.5 h there already);")
    assert counts(take(timesheets, "engineer,S581,2026-W48,,80,\nengineer,S580,2026-W48,,0,\n")) == (1, 1, 0)
    assert weeks(timesheets)["engineer", WEEK][0] == 80.0


def test_a_check_counts_and_writes_nothing(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 4})
    text = "engineer,S580,2026-W48,,5,\nengineer,S580,2025-W07,,5,\nCTO,S580,2025-W07,,0,\n"
    before = (timesheets.entries(), weeks(timesheets))
    assert counts(take(timesheets, text, check=True)) == (1, 1, 1)
    assert (timesheets.entries(), weeks(timesheets)) == before
    assert events(timesheets) == []


def test_where_a_person_is_decides_which_week_has_come(timesheets: Timesheets) -> None:
    timesheets.offer("S580")
    timesheets.run(sa.update(Person).filter_by(name="The CTO").values(time_zone="Pacific/Auckland"))
    sunday_evening = datetime(2026, 11, 29, 18, tzinfo=UTC)
    text = "CTO,S580,2026-W49,,1,\n"
    assert counts(take(timesheets, text, now=sunday_evening)) == (2, 0, 0)
    assert take(timesheets, "engineer,S580,2026-W49,,1,\n", now=sunday_evening).problems
    assert weeks(timesheets) == {("CTO", STRADDLING): (1.0, False, 1)}


def test_what_shows_a_changed_week_or_offer_is_drawn_again_and_nobody_else(timesheets: Timesheets) -> None:
    first = timesheets.offer("S580", "engineer")
    timesheets.offer("S581", "engineer")
    timesheets.save("engineer", LONG_AGO, {first: 1}, by="key user", reason="Late")
    timesheets.save("CTO", WEEK, {first: 1})

    def asked(session: Session) -> None:
        for week in session.scalars(sa.select(HoursWeek)).all():
            target = person_target(week.person_id)
            want(session, Kind.HOURS_CARD, week.id, now=FRIDAY, target=target)
            reminder = HoursReminder(week_id=week.id, step=1, at=FRIDAY)
            session.add(reminder)
            session.flush()
            want(session, Kind.HOURS_REMINDER, reminder.id, now=FRIDAY, target=target)
        for tender_id in session.scalars(sa.select(Offer.tender_id)).all():
            assert tender_id is not None
            want(session, Kind.SHARED_CARD, tender_id, now=FRIDAY)
        session.execute(sa.update(LedgerRow).values(wanted_version=1))

    timesheets.house.write(asked)
    counts(take(timesheets, "engineer,S580,2025-W07,,2,\nCTO,S580,2026-W48,,1,\n"))
    drawn = sorted(
        column(timesheets, sa.select(LedgerRow.kind).where(LedgerRow.wanted_version > 1).order_by(LedgerRow.id))
    )
    assert drawn == [Kind.HOURS_CARD, Kind.HOURS_REMINDER, Kind.SHARED_CARD]


def test_an_imported_week_takes_no_earlier_answer_back(timesheets: Timesheets) -> None:
    """Its revision is another one: the button under an older answer finds nothing of its own."""
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 4}, final=True)
    counts(take(timesheets, "engineer,S580,2026-W48,,5,\n"))
    assert timesheets.sheet("engineer").undo_until is None
    assert weeks(timesheets)["engineer", WEEK] == (5.0, True, 2)


def test_only_a_key_user_imports(timesheets: Timesheets) -> None:
    timesheets.offer("S580")
    with pytest.raises(NotAllowed):
        take(timesheets, "engineer,S580,2025-W07,,1,\n", by="CEO")
    assert timesheets.entries() == []


def test_who_imports_is_the_only_key_user_or_the_one_who_is_named(timesheets: Timesheets) -> None:
    house = timesheets.house

    def found(named: str | None) -> str:
        return house.write(lambda session: key_user(session, named, FRIDAY).name)

    def appoint(session: Session, name: str, *roles: Role) -> None:
        person = house.person(session, name)
        person.email = "Shared@Example.com"
        set_roles(session, person=person, roles=roles, now=FRIDAY, actor=None)

    assert (found(None), found(" KEY USER ")) == ("The key user", "The key user")
    with pytest.raises(NoKeyUserError, match="'CTO' is no key user"):
        found("CTO")
    house.write(lambda session: appoint(session, "CTO", Role.KEY_USER))
    assert found("shared@example.com") == "The CTO"
    with pytest.raises(NoKeyUserError, match="say which one with --by"):
        found(None)
    house.write(lambda session: appoint(session, "key user", Role.KEY_USER))
    with pytest.raises(NoKeyUserError, match="with an Entra object id"):
        found("shared@example.com")
    for name in ("CTO", "key user"):
        house.write(lambda session, name=name: appoint(session, name))  # type: ignore[misc]
    with pytest.raises(NoKeyUserError, match="nobody is key user: give somebody the role"):
        found(None)


NUMBERS = st.dictionaries(st.sampled_from([None, ACROSS, JULY]), st.integers(0, 60))


@given(NUMBERS, NUMBERS)
def test_what_is_wanted_stands_there_and_wanting_it_again_changes_nothing(
    wanted: dict[date | None, int], there: dict[date | None, int]
) -> None:
    parts = parts_of(ACROSS)
    have = {(1, part): number for part, number in there.items() if part is not None}
    values = {(1, part): number for part, number in wanted.items()}
    cells = cells_wanted(values, have, parts)
    after = have | cells
    assert min(cells.values(), default=0) >= 0
    assert cells_wanted(values, after, parts) == cells
    if None in wanted:
        assert sum(after.values()) == sum(wanted.values())
    else:
        assert cells == values
