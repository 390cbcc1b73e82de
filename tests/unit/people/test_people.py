"""Who somebody is, what they may do, who stands in for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.audit import AuditEvent
from bot.decisions import seats
from bot.errors import Invalid, NotAllowed, NotFound
from bot.people import conversations, service
from bot.people.imports import import_people
from bot.people.models import Conversation, ConversationKind, Person, Role, RoleGrant
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.teams.connector import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TENANT = "tenant"
IDS = [f"00000000-0000-4000-8000-{number:012x}" for number in range(1, 9)]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session whose work is never committed."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


def somebody(session: Session, name: str, *roles: Role, guest: bool = False, **more: str) -> Person:
    person, _new = service.register(
        session, tenant_id=TENANT, entra_object_id=name, name=name, now=NOW, guest=guest, **more
    )
    if roles:
        service.set_roles(session, person=person, roles=roles, now=NOW, actor=None)
    return person


def roles(session: Session, person: Person, at: datetime = NOW) -> set[Role]:
    return set(service.roles_of(session, person, at))


@pytest.mark.parametrize(
    ("locale", "language"), [("fr-FR", "fr"), ("FR", "fr"), ("en-US", "en"), ("de-DE", "fr"), (None, "fr"), ("", "fr")]
)
def test_languages(locale: str | None, language: str) -> None:
    assert service.language_of(locale) == language
    assert service.language_of("de", "en") == "en"


def test_registration_keeps_what_teams_says_current_until_the_profile_is_set(session: Session) -> None:
    person = somebody(session, "cto", locale="en-GB", time_zone="America/Cayenne", email="cto@example")
    assert (person.language, person.time_zone) == ("en", "America/Cayenne")
    again, new = service.register(
        session, tenant_id=TENANT, entra_object_id="cto", name="", teams_user_id="29:1", locale="fr-FR", now=NOW
    )
    assert (again.id, new, again.name, again.language, again.teams_user_id) == (person.id, False, "cto", "fr", "29:1")
    service.set_profile(session, person, language="en", time_zone="Europe/Zurich", now=NOW)
    somebody(session, "cto", locale="fr-FR", time_zone="Europe/Paris")
    assert (person.language, person.time_zone) == ("en", "Europe/Zurich")
    with pytest.raises(Invalid) as raised:
        service.set_profile(session, person, language="xx", time_zone="Nowhere", now=NOW)
    assert set(raised.value.fields) == {"language", "time_zone"}
    other, new = service.register(session, tenant_id="other", entra_object_id="cto", name="cto", now=NOW)
    assert new
    assert other.id != person.id
    assert [row.entra_object_id for row in service.everybody(session, TENANT)] == ["cto"]
    assert service.by_id(session, person.id) is person
    with pytest.raises(NotFound):
        service.by_id(session, 999)


def test_roles_have_dates(session: Session) -> None:
    admin, cto = somebody(session, "admin", Role.ADMIN), somebody(session, "cto")
    service.give_role(
        session,
        person=cto,
        role=Role.CTO,
        now=NOW,
        actor=admin,
        valid_from=NOW + timedelta(days=1),
        valid_to=NOW + timedelta(days=2),
    )
    assert roles(session, cto) == set()
    assert roles(session, cto, NOW + timedelta(days=1)) == {Role.CTO}
    assert roles(session, cto, NOW + timedelta(days=2)) == set()
    service.give_role(session, person=cto, role=Role.CTO, now=NOW, actor=admin)
    assert roles(session, cto, NOW + timedelta(days=400)) == {Role.CTO}
    assert session.scalar(sa.select(sa.func.count()).where(RoleGrant.person_id == cto.id)) == 1
    service.take_role(session, person=cto, role=Role.CTO, now=NOW + timedelta(days=3), actor=admin)
    assert roles(session, cto, NOW + timedelta(days=3)) == set()
    assert [person.name for person in service.holders(session, Role.CTO, NOW)] == ["cto"]
    with pytest.raises(Invalid):
        service.give_role(session, person=cto, role=Role.CTO, now=NOW, actor=admin, valid_to=NOW)
    with pytest.raises(NotAllowed):
        service.require(session, cto, (Role.ADMIN,), NOW)
    service.require(session, admin, (Role.ADMIN, Role.CEO), NOW)


def test_there_is_always_an_admin(session: Session) -> None:
    admin, other = somebody(session, "admin", Role.ADMIN), somebody(session, "other")
    soon = NOW + timedelta(days=7)
    attempts = (
        lambda: service.take_role(session, person=admin, role=Role.ADMIN, now=NOW, actor=admin),
        lambda: service.set_roles(session, person=admin, roles=(), now=NOW, actor=admin),
        lambda: service.give_role(session, person=admin, role=Role.ADMIN, now=NOW, actor=admin, valid_to=soon),
        lambda: service.give_role(session, person=admin, role=Role.ADMIN, now=NOW, actor=admin, valid_from=soon),
    )
    for attempt in attempts:
        with pytest.raises(Invalid):
            attempt()
    service.give_role(session, person=other, role=Role.ADMIN, now=NOW, actor=admin, valid_to=soon)
    with pytest.raises(Invalid):
        attempts[0]()
    service.take_role(session, person=other, role=Role.ADMIN, now=NOW, actor=admin)
    service.give_role(session, person=other, role=Role.ADMIN, now=NOW, actor=admin)
    service.take_role(session, person=admin, role=Role.ADMIN, now=NOW, actor=other)
    service.take_role(session, person=admin, role=Role.CTO, now=NOW, actor=other)
    assert [person.name for person in service.holders(session, Role.ADMIN, NOW)] == ["other"]


def test_guests_have_no_role(session: Session) -> None:
    cto = somebody(session, "cto", Role.CTO)
    somebody(session, "cto", guest=True)
    assert roles(session, cto) == set()
    assert service.holders(session, Role.CTO, NOW) == []
    with pytest.raises(Invalid):
        service.set_roles(session, person=cto, roles=[Role.CTO], now=NOW, actor=None)
    with pytest.raises(Invalid):
        service.give_role(session, person=cto, role=Role.CTO, now=NOW, actor=cto)
    assert service.everybody(session, TENANT) == []


def test_setting_roles_ends_the_others_also_later_ones(session: Session) -> None:
    admin, cto = somebody(session, "admin", Role.ADMIN), somebody(session, "cto", Role.CTO)
    later = NOW + timedelta(days=1)
    service.give_role(session, person=cto, role=Role.CEO, now=NOW, actor=admin, valid_from=later)
    service.set_roles(session, person=cto, roles=[Role.CPO], now=NOW, actor=admin)
    assert roles(session, cto, later) == {Role.CPO}
    actions = session.scalars(sa.select(AuditEvent.action).where(AuditEvent.subject_id == cto.id)).all()
    assert actions.count("person.roles") == 2


def test_first_admins(session: Session) -> None:
    known, guest = somebody(session, "known", Role.CTO), somebody(session, "guest", guest=True)
    assert service.grant_first_admins(session, TENANT, ("known", "guest", "unknown"), NOW) == 1
    assert service.grant_first_admins(session, TENANT, ("known",), NOW) == 0
    assert roles(session, known) == {Role.CTO, Role.ADMIN}
    assert roles(session, guest) == set()


def test_a_deputys_days_are_those_of_the_principal(session: Session) -> None:
    cto = somebody(session, "cto", Role.CTO, time_zone="Pacific/Auckland")
    deputy, admin = somebody(session, "deputy", time_zone="America/Cayenne"), somebody(session, "admin", Role.ADMIN)
    day = date(2026, 11, 24)
    service.declare_deputy(session, principal=cto, deputy=deputy, starts_on=day, ends_on=day, now=NOW, actor=admin)
    for at, standing in (
        (datetime(2026, 11, 23, 10, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 23, 11, 0, tzinfo=UTC), ["deputy"]),
        (datetime(2026, 11, 24, 10, 59, tzinfo=UTC), ["deputy"]),
        (datetime(2026, 11, 24, 11, 0, tzinfo=UTC), []),
    ):
        held = seats.holders(session, (Role.CTO,), at)
        assert [person.name for holder in held for person in holder.deputies] == standing
    with pytest.raises(NotAllowed):
        service.declare_deputy(session, principal=cto, deputy=deputy, starts_on=day, ends_on=day, now=NOW, actor=deputy)


def test_what_a_deputy_cannot_be(session: Session) -> None:
    cto, guest = somebody(session, "cto", Role.CTO), somebody(session, "guest", guest=True)
    nobody = somebody(session, "nobody")
    day, past = date(2026, 11, 24), date(2026, 11, 22)

    def refused(principal: Person, deputy: Person, starts: date, ends: date) -> set[str]:
        with pytest.raises(Invalid) as raised:
            service.declare_deputy(
                session, principal=principal, deputy=deputy, starts_on=starts, ends_on=ends, now=NOW, actor=principal
            )
        return set(raised.value.fields)

    assert refused(cto, cto, day, day) == {"deputy"}
    assert refused(cto, guest, day, day) == {"deputy"}
    assert refused(cto, nobody, day, past) == {"ends_on"}
    assert refused(cto, nobody, past, past) == {"ends_on"}
    assert refused(nobody, cto, day, day) == {"principal"}


HEADER = "entra_object_id,name,email,language,time_zone,country,roles"


def test_an_import_brings_people_and_roles(session: Session) -> None:
    lines = [
        HEADER,
        f"{IDS[0].upper()},CTO,cto@example,en,Europe/Zurich,ch,CTO; admin",
        f'{IDS[1]},CPO,,,,,"cpo,sales_lead"',
        f"{IDS[2]},Engineer",
    ]
    report = import_people(session, lines, tenant_id=TENANT, now=NOW)
    assert (report.new, report.updated, report.problems) == (3, 0, [])
    cto = service.find(session, TENANT, IDS[0])
    cpo = service.find(session, TENANT, IDS[1])
    assert cto is not None
    assert cpo is not None
    assert (cto.language, cto.time_zone, cto.country, cpo.country) == ("en", "Europe/Zurich", "CH", "FR")
    assert roles(session, cto) == {Role.CTO, Role.ADMIN}
    assert roles(session, cpo) == {Role.CPO, Role.SALES_LEAD}
    report = import_people(session, [HEADER, lines[1]], tenant_id=TENANT, now=NOW)
    assert (report.new, report.updated) == (0, 1)


def test_an_import_names_every_bad_line_and_writes_nothing(session: Session) -> None:
    lines = [
        HEADER,
        f"{IDS[0]},CTO,,,,,cto",
        "not-an-id,,x,de,Mars/Olympus,France,emperor",
        f"{IDS[0]},CTO,,,,,cpo",
        f"{IDS[1]},CPO,,,,,cpo,sales_lead",
        f"{IDS[2]},{'x' * 300}",
    ]
    report = import_people(session, lines, tenant_id=TENANT, now=NOW)
    by_line = {number: [text for line, text in report.problems if line == number] for number, _ in report.problems}
    assert set(by_line) == {3, 4, 5, 6}
    assert len(by_line[3]) == 6
    assert "line 2" in by_line[4][0]
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    for header in ("name", f"{HEADER},shoe_size", ""):
        (problem,) = import_people(session, [header], tenant_id=TENANT, now=NOW).problems
        assert problem[0] == 1
    broken = import_people(session, [HEADER, f'{IDS[0]},"a\r"b', "x" * 200_000], tenant_id=TENANT, now=NOW)
    assert broken.problems


def test_an_import_that_would_be_refused_writes_nothing(session: Session) -> None:
    somebody(session, IDS[0], Role.ADMIN)
    somebody(session, IDS[1], guest=True)
    lines = [HEADER, f"{IDS[2]},CTO,,,,,cto", f"{IDS[0]},Admin,,,,,", f"{IDS[1]},Guest,,,,,cpo"]
    report = import_people(session, lines, tenant_id=TENANT, now=NOW)
    assert [number for number, _text in report.problems] == [3, 4]
    assert (report.new, report.updated) == (0, 0)
    assert service.find(session, TENANT, IDS[2]) is None


def channel(session: Session, teams_id: str = "19:a", team: str | None = "19:team", **more: object) -> Conversation:
    given: dict[str, object] = {
        "tenant_id": TENANT,
        "teams_id": teams_id,
        "kind": ConversationKind.CHANNEL,
        "service_url": "https://x/",
        "bot_id": "28:b",
        "team_id": team,
        "now": NOW,
    }
    return conversations.meet(session, **(given | more))  # type: ignore[arg-type]


def test_the_tender_channel_is_one(session: Session) -> None:
    admin, cto = somebody(session, "admin", Role.ADMIN), somebody(session, "cto", Role.CTO)
    one, two = channel(session), channel(session, "19:b")
    with pytest.raises(NotAllowed):
        conversations.post_here(session, one, cto, NOW)
    assert conversations.tender_channel(session) is None
    want(session, Kind.SHARED_CARD, 1, now=NOW)
    session.execute(sa.update(LedgerRow).values(state=LedgerState.INCOMPLETE))
    assert conversations.post_here(session, one, admin, NOW) is None
    assert session.scalars(sa.select(LedgerRow.state)).one() is LedgerState.PENDING
    former = conversations.post_here(session, two, admin, NOW)
    assert former is not None
    assert former.id == one.id
    chosen = conversations.tender_channel(session, TENANT)
    assert chosen is not None
    assert chosen.id == two.id
    conversations.leave(session, TENANT, "x", "19:team", NOW)
    assert conversations.tender_channel(session) is None
    assert conversations.any_active(session, TENANT) is None
    channel(session, "19:b", name="Back")
    session.expire_all()
    back = conversations.tender_channel(session)
    assert back is not None
    assert back.name == "Back"
    conversations.rename(session, TENANT, "19:b", "Bids", NOW)
    conversations.rename_team(session, TENANT, "19:team", "Sales", NOW)
    session.expire_all()
    assert (back.name, back.team_name) == ("Bids", "Sales")


def test_a_personal_chat_is_found_while_it_is_open(session: Session) -> None:
    cto = somebody(session, "cto")
    assert conversations.personal_chat(session, cto.id) is None
    chat = channel(session, "a:cto", None, kind=ConversationKind.PERSONAL, person=cto)
    assert conversations.personal_chat(session, cto.id) is chat
    conversations.leave(session, TENANT, "a:cto", None, NOW)
    assert conversations.personal_chat(session, cto.id) is None
    assert conversations.rosters_due(session, NOW, timedelta(hours=12)) == []


def test_rosters_register_members_and_mark_guests(session: Session) -> None:
    one = channel(session)
    channel(session, "19:b")
    alone = channel(session, "19:c", None)
    every = timedelta(hours=12)
    assert {row.id for row in conversations.rosters_due(session, NOW, every)} == {one.id, alone.id}
    members = [
        Member("29:1", "cto", "CTO", None, TENANT, "user"),
        Member("29:2", "guest", "Guest", None, TENANT, "guest"),
        Member("29:3", "foreign", "Foreign", None, "other", "user"),
        Member("29:4", None, "Anonymous", None, None, "anonymous"),
        Member("29:5", "quiet", "Quiet", "q@example", None, None),
    ]
    assert conversations.take_roster(session, one.id, members, NOW) == 4
    assert conversations.take_roster(session, alone.id, members, NOW) == 0
    guests = {row.name: row.guest for row in session.scalars(sa.select(Person))}
    assert guests == {"CTO": False, "Guest": True, "Foreign": True, "Quiet": False}
    session.expire_all()
    assert conversations.rosters_due(session, NOW, every) == []
    assert len(conversations.rosters_due(session, NOW + timedelta(hours=13), every)) == 2


def test_a_repeated_activity_is_recognised_for_a_day(session: Session) -> None:
    assert conversations.first_time(session, "c", "1", NOW)
    assert not conversations.first_time(session, "c", "1", NOW)
    assert conversations.first_time(session, "d", "1", NOW)
    assert conversations.first_time(session, "c", "", NOW)
    assert conversations.first_time(session, "c", "", NOW)
    assert conversations.earlier_answer(session, "c", "1") is None
    conversations.remember_answer(session, "c", "1", "Saved.")
    session.expire_all()
    assert conversations.earlier_answer(session, "c", "1") == "Saved."
    assert conversations.earlier_answer(session, "c", "9") is None
    assert conversations.first_time(session, "c" * 400, "a" * 400, NOW + timedelta(days=1))
    assert conversations.forget_activities(session, NOW + timedelta(hours=1)) == 2
    assert conversations.first_time(session, "c", "1", NOW)
