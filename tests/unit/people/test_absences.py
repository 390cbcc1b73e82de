"""Who is away when: declared, merged, withdrawn, asked for in bulk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import Invalid, NotAllowed, NotFound
from bot.people import absences, service
from bot.people.models import Absence, Person, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
Days = tuple[date, date]


@dataclass
class Staff:
    """People by name; each call is a transaction of its own."""

    database: Database
    ids: dict[str, int] = field(default_factory=dict)

    def hire(self, name: str, *roles: Role, guest: bool = False, time_zone: str = "Europe/Paris") -> int:
        def work(session: Session) -> int:
            person, _new = service.register(
                session,
                tenant_id="tenant",
                entra_object_id=name,
                name=name,
                now=NOW,
                guest=guest,
                time_zone=time_zone,
            )
            service.set_roles(session, person=person, roles=roles, now=NOW, actor=None)
            return person.id

        self.ids[name] = self.database.write_now(work)
        return self.ids[name]

    def declare(self, who: str, first: date, last: date, *, by: str | None = None, now: datetime = NOW) -> int:
        def work(session: Session) -> int:
            actor = session.get_one(Person, self.ids[by or who])
            return absences.declare(session, self.ids[who], first, last, actor, now).id

        return self.database.write_now(work)

    def change(
        self, how: Callable[[Session, int, Person, datetime], Absence], absence_id: int, by: str, now: datetime = NOW
    ) -> Absence:
        return self.database.write_now(
            lambda session: how(session, absence_id, session.get_one(Person, self.ids[by]), now)
        )

    def away(self, first: date, last: date, *who: str) -> dict[str, list[Days]]:
        people = [self.ids[name] for name in who]
        names = {number: name for name, number in self.ids.items()}
        found = self.database.read_now(lambda session: absences.absences_between(session, first, last, people))
        return {names[number]: days for number, days in found.items()}

    def trail(self) -> list[tuple[str, int | None]]:
        statement = sa.select(AuditEvent.action, AuditEvent.on_behalf_of_id).where(AuditEvent.subject == "absence")
        rows = self.database.read_now(lambda session: session.execute(statement.order_by(AuditEvent.id)).all())
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def staff(database: Database) -> Staff:
    made = Staff(database)
    made.hire("engineer")
    made.hire("sales lead", Role.SALES_LEAD)
    made.hire("key user", Role.KEY_USER)
    made.hire("admin", Role.ADMIN)
    made.hire("guest", guest=True)
    return made


def days(first: int, last: int) -> Days:
    """Days counted from today."""
    return TODAY + timedelta(days=first), TODAY + timedelta(days=last)


def test_an_absence_counts_on_both_its_ends(staff: Staff) -> None:
    staff.declare("engineer", *days(3, 5))
    everybody = list(staff.ids.values())

    def away(number: int) -> set[int]:
        day = TODAY + timedelta(days=number)
        return staff.database.read_now(lambda session: set(absences.absences_between(session, day, day, everybody)))

    found = [away(number) for number in (2, 3, 5, 6)]
    assert found == [set(), {staff.ids["engineer"]}, {staff.ids["engineer"]}, set()]


def test_absences_are_told_whole_and_in_order_for_the_people_asked_about(staff: Staff) -> None:
    staff.declare("engineer", *days(20, 25))
    staff.declare("engineer", *days(1, 5))
    staff.declare("engineer", *days(60, 61))
    staff.declare("sales lead", *days(2, 2))
    asked = days(4, 20)
    assert staff.away(*asked, "engineer", "sales lead") == {"engineer": [days(1, 5), days(20, 25)]}
    assert staff.away(*days(0, 30), "sales lead", "key user") == {"sales lead": [days(2, 2)]}
    assert staff.away(*days(0, 30)) == {}


def test_very_many_people_are_asked_about_at_once(staff: Staff) -> None:
    staff.declare("engineer", *days(1, 5))
    staff.declare("sales lead", *days(1, 5))
    asked = {*range(10_000, 50_000), staff.ids["engineer"]}
    found = staff.database.read_now(lambda session: absences.absences_between(session, *days(0, 9), asked))
    assert found == {staff.ids["engineer"]: [days(1, 5)]}


def test_overlapping_absences_become_one(staff: Staff) -> None:
    staff.declare("engineer", *days(1, 5))
    staff.declare("engineer", *days(10, 12))
    staff.declare("sales lead", *days(4, 9))
    staff.declare("engineer", *days(5, 10))
    assert staff.away(*days(0, 30), "engineer", "sales lead") == {"engineer": [days(1, 12)], "sales lead": [days(4, 9)]}
    next_to_it = staff.declare("engineer", *days(13, 13))
    assert staff.away(*days(0, 30), "engineer") == {"engineer": [days(1, 12), days(13, 13)]}
    staff.change(absences.withdraw, next_to_it, "engineer")
    assert staff.away(*days(0, 30), "engineer") == {"engineer": [days(1, 12)]}


def test_what_is_declared_twice_stands_once(staff: Staff) -> None:
    first = staff.declare("engineer", *days(1, 5))
    assert staff.declare("engineer", *days(1, 5)) == first
    assert staff.declare("engineer", *days(2, 3)) == first
    assert staff.trail() == [("absence.declared", None)]


def test_an_absence_is_withdrawn_and_restored(staff: Staff) -> None:
    absence = staff.declare("engineer", *days(1, 5))
    assert staff.change(absences.withdraw, absence, "engineer").revoked_at == NOW
    later = NOW + timedelta(minutes=1)
    assert staff.change(absences.withdraw, absence, "engineer", later).revoked_at == NOW
    assert staff.away(*days(0, 30), "engineer") == {}
    restored = staff.change(absences.restore, absence, "engineer", later)
    assert staff.away(*days(0, 30), "engineer") == {"engineer": [days(1, 5)]}
    assert staff.change(absences.restore, restored.id, "engineer", later).id == restored.id
    assert staff.change(absences.restore, absence, "engineer", later).id == restored.id
    assert [action for action, _behalf in staff.trail()] == [
        "absence.declared",
        "absence.withdrawn",
        "absence.declared",
    ]


def test_days_four_weeks_back_may_still_be_declared(staff: Staff) -> None:
    staff.declare("engineer", *days(-28, -20))
    with pytest.raises(Invalid) as refusal:
        staff.declare("engineer", *days(-29, 1))
    assert refusal.value.fields == {"starts_on": ("absences.error_past", {"first": TODAY - timedelta(days=28)})}


@pytest.mark.parametrize(("last", "key"), [(2, "absences.error_order"), (731, "absences.error_far")])
def test_the_last_day_is_sensible(staff: Staff, last: int, key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        staff.declare("engineer", *days(3, last))
    assert {name: problem for name, (problem, _params) in refusal.value.fields.items()} == {"ends_on": key}
    staff.declare("engineer", *days(3, 730))


def test_days_are_those_of_the_person(staff: Staff) -> None:
    """At this moment it is still the day before in French Guiana."""
    staff.hire("launch engineer", time_zone="America/Cayenne")
    after_midnight = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    first_allowed = date(2026, 11, 23) - timedelta(days=28)
    staff.declare("launch engineer", first_allowed, first_allowed, now=after_midnight)
    with pytest.raises(Invalid):
        staff.declare("engineer", first_allowed, first_allowed, now=after_midnight)


@pytest.mark.parametrize("by", ["key user", "admin"])
def test_key_users_and_admins_declare_for_others(staff: Staff, by: str) -> None:
    absence = staff.declare("engineer", *days(1, 5), by=by)
    staff.change(absences.withdraw, absence, by)
    behalf = staff.ids["engineer"]
    assert staff.trail() == [("absence.declared", behalf), ("absence.withdrawn", behalf)]


def test_nobody_else_does(staff: Staff) -> None:
    absence = staff.declare("engineer", *days(1, 5))
    for by in ("sales lead", "guest"):
        with pytest.raises(NotAllowed):
            staff.declare("engineer", *days(1, 5), by=by)
        with pytest.raises(NotAllowed):
            staff.change(absences.withdraw, absence, by)
        with pytest.raises(NotAllowed):
            staff.change(absences.restore, absence, by)
    assert staff.away(*days(0, 30), "engineer") == {"engineer": [days(1, 5)]}


def test_guests_have_no_absences(staff: Staff) -> None:
    with pytest.raises(NotAllowed):
        staff.declare("guest", *days(1, 5))
    with pytest.raises(NotFound):
        staff.declare("guest", *days(1, 5), by="admin")
    with pytest.raises(NotFound):
        staff.change(absences.withdraw, 999, "admin")


def test_what_comes_is_shown_to_whom_it_concerns(staff: Staff) -> None:
    staff.declare("engineer", *days(-9, -1))
    staff.declare("engineer", *days(-3, 0))
    staff.declare("sales lead", *days(4, 4))

    def shown(name: str, *, everybody: bool) -> list[tuple[str, Days]]:
        def work(session: Session) -> list[tuple[str, Days]]:
            person = session.get_one(Person, staff.ids[name])
            found = absences.coming(session, person, NOW, everybody=everybody)
            return [(who.name, (row.starts_on, row.ends_on)) for row, who in found]

        return staff.database.read_now(work)

    # The two overlap, so they are one that is not over yet.
    assert shown("engineer", everybody=False) == [("engineer", days(-9, 0))]
    assert shown("key user", everybody=False) == []
    assert shown("key user", everybody=True) == [("engineer", days(-9, 0)), ("sales lead", days(4, 4))]
