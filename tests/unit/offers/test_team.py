"""Teams: any size, from when until when, with planned hours; who joins or leaves is told."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.config import default
from bot.errors import Invalid, NotAllowed, NotFound
from bot.hours import effort
from bot.offers import record, team
from bot.offers.fields import MEMBER_FIELDS, NEW_MEMBER_FIELDS, PLAN_FIELDS
from bot.offers.models import TeamMember, TeamRole
from bot.offers.service import by_id, offers_of, team_of
from bot.sync.models import Kind, LedgerRow, LedgerState, person_target
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

TODAY = MONDAY.date()
COMPANY = default()
CONTRIBUTOR = TeamRole.CONTRIBUTOR
EVERYBODY = ("sales lead", "project manager", "engineer", "admin", "key user", "CTO", "CPO")


def day(number: int) -> str:
    return (TODAY + timedelta(days=number)).isoformat()


def typed(
    who: str | None, first: int = 0, last: int | None = None, planned: str = "", role: str = ""
) -> dict[str, str]:
    given = {"role": role or CONTRIBUTOR.value, "joined_on": day(first), "planned_hours": planned}
    given |= {"left_on": day(last)} if last is not None else {}
    return given | ({"person_id": who} if who is not None else {})


def add(house: House, offer_id: int, said: dict[str, str], *, by: str = "engineer", now: datetime = MONDAY) -> int:
    return house.write(
        lambda session: (
            team.add(session, offer_id, NEW_MEMBER_FIELDS, said, actor=house.person(session, by), now=now).id
        )
    )


def edit(house: House, member_id: int, said: dict[str, str], base: int, *, now: datetime = MONDAY) -> tuple[str, ...]:
    def work(session: Session) -> tuple[str, ...]:
        actor = house.person(session, "engineer")
        return team.edit(session, member_id, MEMBER_FIELDS, said, base=base, actor=actor, now=now)[1]

    return house.write(work)


def name(house: House, offer_id: int, *who: str, shown: list[int] | None = None, by: str = "engineer") -> list[str]:
    def work(session: Session) -> list[str]:
        people = [(house.person(session, one), CONTRIBUTOR) for one in who]
        offered = dict.fromkeys(shown) if shown is not None else None
        found = team.set_team(session, offer_id, house.person(session, by), people, MONDAY, shown=offered)
        return [person.entra_object_id for person, _role in found]

    return house.write(work)


def move(house: House, how: Any, member_id: int, *, by: str = "engineer", now: datetime = MONDAY) -> int:  # noqa: ANN401
    return int(house.write(lambda session: how(session, member_id, actor=house.person(session, by), now=now).id))


def now_on(house: House, offer_id: int) -> list[str]:
    return house.database.read_now(lambda s: [person.entra_object_id for person, _role in team_of(s, offer_id)])


def stays(house: House, offer_id: int) -> list[tuple[str, date, date | None, bool]]:
    def work(session: Session) -> list[tuple[str, date, date | None, bool]]:
        found = team.members_of(session, offer_id)
        return [(person.entra_object_id, one.joined_on, one.left_on, one.gone) for one, person in found]

    return house.database.read_now(work)


def member(house: House, member_id: int) -> TeamMember:
    return house.database.read_now(lambda session: team.by_id(session, member_id))


def told(house: House) -> dict[str, list[tuple[int, int]]]:
    """Who is told about which stay, and how often it is news."""
    names = {person_target(number): name for name, number in house.people.items()}
    statement = sa.select(LedgerRow).where(LedgerRow.kind == Kind.TEAM_NOTICE).order_by(LedgerRow.id)
    found: dict[str, list[tuple[int, int]]] = {}
    for row in house.database.read_now(lambda session: session.scalars(statement).all()):
        found.setdefault(names[row.target], []).append((row.subject_id, row.wanted_version))
    return found


def sent(house: House) -> None:
    """Everything wanted has been posted."""
    house.write(
        lambda session: session.execute(
            sa.update(LedgerRow).values(
                done_version=LedgerRow.wanted_version, remote={"activity": "1"}, state=LedgerState.OK
            )
        )
    )


def test_a_team_may_be_of_any_size(house: House) -> None:
    offer_id = house.offer()
    assert name(house, offer_id, *EVERYBODY) == list(EVERYBODY)


def test_a_form_that_showed_five_leaves_the_others_on_the_team(house: House) -> None:
    offer_id = house.offer()
    name(house, offer_id, *EVERYBODY)
    ids = house.database.read_now(lambda session: [one.id for one, _ in team.members_of(session, offer_id)])
    assert name(house, offer_id, "sales lead", "CEO", shown=ids[:5]) == ["sales lead", "CTO", "CPO", "CEO"]


def test_two_forms_at_once_throw_nobody_out(house: House) -> None:
    """Both were opened on one person; each adds somebody."""
    offer_id = house.offer()
    name(house, offer_id, "engineer")
    ids = house.database.read_now(lambda session: [one.id for one, _ in team.members_of(session, offer_id)])
    name(house, offer_id, "engineer", "sales lead", shown=ids)
    assert name(house, offer_id, "engineer", "admin", shown=ids) == ["engineer", "sales lead", "admin"]


def test_who_left_meanwhile_does_not_come_back_by_an_older_form(house: House) -> None:
    offer_id = house.offer()
    name(house, offer_id, "engineer", "sales lead")
    ids = house.database.read_now(lambda session: [one.id for one, _ in team.members_of(session, offer_id)])
    move(house, team.leave, ids[1])
    assert name(house, offer_id, "engineer", "sales lead", "admin", shown=ids) == ["engineer", "admin"]


@pytest.mark.parametrize(
    ("shown", "chosen", "kept"),
    [
        (TeamRole.CONTRIBUTOR, TeamRole.CONTRIBUTOR, TeamRole.PROJECT_MANAGER),
        (TeamRole.CONTRIBUTOR, TeamRole.SALES_LEAD, TeamRole.SALES_LEAD),
        (None, TeamRole.CONTRIBUTOR, TeamRole.CONTRIBUTOR),
    ],
)
def test_a_role_that_a_form_left_as_it_was_does_not_undo_what_it_became_meanwhile(
    house: House, shown: TeamRole | None, chosen: TeamRole, kept: TeamRole
) -> None:
    offer_id = house.offer()
    name(house, offer_id, "engineer", "sales lead")
    ids = house.database.read_now(lambda session: [one.id for one, _ in team.members_of(session, offer_id)])

    def given(session: Session, role: TeamRole, offered: dict[int, TeamRole | None]) -> list[TeamRole]:
        people = [(house.person(session, "engineer"), CONTRIBUTOR), (house.person(session, "sales lead"), role)]
        actor = house.person(session, "engineer")
        return [one for _, one in team.set_team(session, offer_id, actor, people, MONDAY, shown=offered)]

    house.write(lambda session: given(session, TeamRole.PROJECT_MANAGER, {}))
    offered = {ids[0]: TeamRole.CONTRIBUTOR, ids[1]: shown}
    assert house.write(lambda session: given(session, chosen, offered)) == [TeamRole.CONTRIBUTOR, kept]


def test_a_person_joins_with_role_days_and_hours(house: House) -> None:
    offer_id = house.offer()
    before = house.database.read_now(lambda session: by_id(session, offer_id)).revision
    joined = member(house, add(house, offer_id, typed("admin", -3, 20, "37,5", "project_manager")))
    assert (joined.role, joined.joined_on, joined.left_on) == (
        TeamRole.PROJECT_MANAGER,
        TODAY - timedelta(days=3),
        TODAY + timedelta(days=20),
    )
    assert (joined.planned_hours, joined.gone) == (Decimal("37.5"), False)
    assert now_on(house, offer_id) == ["admin"]
    assert house.database.read_now(lambda session: by_id(session, offer_id)).revision > before


@pytest.mark.parametrize("planned", ["7.3", "-2", "0", "many", "20001"])
def test_planned_hours_are_quarters_above_zero(house: House, planned: str) -> None:
    offer_id = house.offer()
    with pytest.raises(Invalid) as refusal:
        add(house, offer_id, typed("admin", planned=planned))
    assert refusal.value.fields == {"planned_hours": ("errors.hours", {})}


def test_somebody_is_on_a_team_once(house: House) -> None:
    offer_id = house.offer()
    add(house, offer_id, typed("admin"))
    with pytest.raises(Invalid) as refusal:
        add(house, offer_id, typed("admin", 5))
    assert refusal.value.fields["person_id"][0] == "errors.team_twice"
    assert now_on(house, offer_id) == ["admin"]


def test_guests_are_on_no_team(house: House) -> None:
    offer_id = house.offer()
    gone = add(house, offer_id, typed("key user"))
    move(house, team.leave, gone)
    for who in ("key user", "sales lead"):
        invite(house, who)
    with pytest.raises(Invalid) as refusal:
        add(house, offer_id, typed("key user"))
    assert refusal.value.fields["person_id"][0] == "errors.guest_role"
    with pytest.raises(Invalid):
        move(house, team.come_back, gone)
    with pytest.raises(NotAllowed):
        add(house, offer_id, typed("admin"), by="sales lead")
    with pytest.raises(NotAllowed):
        move(house, team.leave, gone, by="sales lead")


def test_the_owner_and_who_steers_offers_name_the_team(house: House) -> None:
    offer_id = house.offer()
    added = add(house, offer_id, typed("admin"), by="sales lead")
    for by in ("project manager", "admin"):
        with pytest.raises(NotAllowed):
            add(house, offer_id, typed("key user"), by=by)
    with pytest.raises(NotAllowed):
        move(house, team.leave, added, by="project manager")
    with pytest.raises(NotFound):
        move(house, team.leave, 999)
    move(house, team.leave, added, by="admin")
    with pytest.raises(NotAllowed):
        move(house, team.come_back, added, by="admin")
    assert now_on(house, offer_id) == []


def test_leaving_and_coming_back_the_same_day_is_one_stay(house: House) -> None:
    offer_id = house.offer()
    first = add(house, offer_id, typed("admin"))
    assert move(house, team.leave, first) == move(house, team.leave, first) == first
    assert stays(house, offer_id) == [("admin", TODAY, TODAY, True)]
    assert move(house, team.come_back, first) == move(house, team.come_back, first) == first
    assert stays(house, offer_id) == [("admin", TODAY, None, False)]
    move(house, team.leave, first)
    assert add(house, offer_id, typed("admin", planned="8")) == first
    assert stays(house, offer_id) == [("admin", TODAY, None, False)]


def test_coming_back_later_is_a_stay_of_its_own(house: House) -> None:
    offer_id = house.offer()
    first = add(house, offer_id, typed("admin", -10))
    move(house, team.leave, first)
    second = move(house, team.come_back, first)
    assert second != first
    ten_days_ago = TODAY - timedelta(days=10)
    assert stays(house, offer_id) == [("admin", TODAY, None, False), ("admin", ten_days_ago, TODAY, True)]


def test_a_last_day_that_is_over_ends_the_stay_at_once(house: House) -> None:
    offer_id = house.offer()
    add(house, offer_id, typed("admin", -20, -1))
    staying = add(house, offer_id, typed("sales lead", -20, 0))
    assert now_on(house, offer_id) == ["sales lead"]
    assert house.database.read_now(lambda s: offers_of(s, house.person(s, "admin"))) == []
    assert edit(house, staying, typed(None, -20, -2), 10**6) == ("left_on",)
    assert now_on(house, offer_id) == []
    edit(house, staying, typed(None, -20), 10**6)
    assert now_on(house, offer_id) == ["sales lead"]


def test_a_last_day_to_come_ends_the_stay_when_it_is_over(house: House) -> None:
    offer_id = house.offer()
    leaving = add(house, offer_id, typed("admin", 0, 2))

    def pass_on(days: int) -> int:
        today = TODAY + timedelta(days=days)
        return house.write(lambda session: team.end_over(session, today, MONDAY + timedelta(days=days)))

    sent(house)
    assert [pass_on(days) for days in (0, 2, 3, 3)] == [0, 0, 1, 0]
    assert now_on(house, offer_id) == []
    assert stays(house, offer_id) == [("admin", TODAY, TODAY + timedelta(days=2), True)]
    assert told(house) == {"admin": [(leaving, 1)]}, "the last day was named when it was told"


def test_a_stay_ends_no_earlier_than_it_begins(house: House) -> None:
    offer_id = house.offer()
    with pytest.raises(Invalid) as refusal:
        add(house, offer_id, typed("admin", 2, 1))
    assert refusal.value.fields == {"left_on": ("errors.date_order", {})}
    later = add(house, offer_id, typed("admin", 9))
    move(house, team.leave, later)
    ninth = TODAY + timedelta(days=9)
    assert stays(house, offer_id) == [("admin", ninth, ninth, True)]


def test_the_stays_of_a_person_do_not_overlap(house: House) -> None:
    offer_id = house.offer()
    add(house, offer_id, typed("admin", -20, -10))
    current = add(house, offer_id, typed("admin", -10))
    for first in (-15, -20):
        with pytest.raises(Invalid) as refusal:
            edit(house, current, typed(None, first), 10**6)
        assert refusal.value.fields["joined_on"][0] == "team.error_overlap"
    with pytest.raises(Invalid):
        edit(house, current, typed(None, -30), 10**6)
    edit(house, current, typed(None, -9), 10**6)


def test_two_edits_at_once_are_merged_and_clashes_are_shown(house: House) -> None:
    offer_id = house.offer()
    added = add(house, offer_id, typed("admin", planned="10"))
    base = member(house, added).revision
    assert edit(house, added, typed(None, planned="20"), base) == ("planned_hours",)
    assert edit(house, added, typed(None, planned="10", role="project_manager"), base) == ("role",)
    changed = member(house, added)
    assert (changed.planned_hours, changed.role) == (Decimal(20), TeamRole.PROJECT_MANAGER)
    with pytest.raises(Invalid) as refusal:
        edit(house, added, typed(None, planned="30", role="project_manager"), base)
    assert refusal.value.fields["planned_hours"][0] == "errors.changed_meanwhile"
    assert refusal.value.shown["rev"] == str(changed.revision)
    edit(house, added, typed(None, planned="30", role="project_manager"), changed.revision)
    assert member(house, added).planned_hours == 30


def test_who_joins_or_leaves_is_told_as_news(house: House) -> None:
    offer_id = house.offer()
    added = add(house, offer_id, typed("admin"))
    assert told(house) == {"admin": [(added, 1)]}
    sent(house)
    edit(house, added, typed(None, planned="12"), 10**6)
    row = ledger_row(house, added)
    assert (row.wanted_version, row.remote) == (2, {"activity": "1"}), "a change is shown where it was told"
    sent(house)
    move(house, team.leave, added)
    row = ledger_row(house, added)
    assert (row.wanted_version, row.done_version, row.remote) == (3, 0, None), "leaving is a message of its own"


def invite(house: House, who: str) -> None:
    """Make somebody a guest."""
    house.write(lambda session: setattr(house.person(session, who), "guest", True))


def ledger_row(house: House, member_id: int) -> LedgerRow:
    statement = sa.select(LedgerRow).where(LedgerRow.kind == Kind.TEAM_NOTICE, LedgerRow.subject_id == member_id)
    return house.database.read_now(lambda session: session.scalars(statement).one())


def test_nobody_is_told_what_they_did(house: House) -> None:
    offer_id = house.offer()
    mine = add(house, offer_id, typed("engineer"))
    move(house, team.leave, mine)
    move(house, team.come_back, mine)
    assert told(house) == {}
    name(house, offer_id, "engineer", "admin", by="engineer")
    assert list(told(house)) == ["admin"]
    (theirs,) = (number for number, _version in told(house)["admin"])
    sent(house)
    move(house, team.leave, theirs, by="admin")
    row = ledger_row(house, theirs)
    assert (row.wanted_version, row.remote) == (2, {"activity": "1"}), "what they were told before is put right"


def test_the_trail_has_the_team_before_and_after(house: House) -> None:
    offer_id = house.offer()
    added = add(house, offer_id, typed("admin"))
    move(house, team.leave, added)
    who = str(house.people["admin"])
    statement = sa.select(AuditEvent).where(AuditEvent.action == "offer.team").order_by(AuditEvent.id)
    events = house.database.read_now(lambda session: session.scalars(statement).all())
    assert [(event.before, event.after) for event in events] == [
        ({}, {who: "contributor"}),
        ({who: "contributor"}, {}),
    ]


def test_the_plan_is_the_offers_own_or_the_evaluations(house: House) -> None:
    offer_id = house.offer()

    def plan() -> effort.Plan | None:
        return house.database.read_now(lambda session: effort.plan_of(session, by_id(session, offer_id)))

    def planned(hours: str) -> None:
        house.write(
            lambda session: record.save(
                session,
                offer_id,
                PLAN_FIELDS,
                {"planned_hours": hours},
                base=10**6,
                actor=house.person(session, "engineer"),
                now=MONDAY,
                company=COMPANY,
            )
        )

    assert plan() is None
    house.evaluate(offer_id, {"summary": "A small study.", "effort_hours": "60"})
    assert plan() == effort.Plan(240, effort.PlanSource.EVALUATION)
    planned("82,5")
    assert plan() == effort.Plan(330, effort.PlanSource.OFFER)
    planned("")
    assert plan() == effort.Plan(240, effort.PlanSource.EVALUATION)
