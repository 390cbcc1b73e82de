"""Roles and deputies in the tab: what a change would do, what it does, and what stays when it is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.people import absences
from bot.people import service as people
from bot.people.grants import standing_grants
from bot.people.models import Deputy, Person, Role
from bot.reviews import service as reviews
from bot.sync.models import Kind, LedgerRow
from cards.formats import day
from cards.texts import texts
from cards.views import Reader
from cards.words import Language
from tests.unit.teams_handlers.desk import TENANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.unit.web.tab.visit import Visit

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 4)
"""Some days after the open round's end."""


def ordinary(text: str) -> str:
    """A text of the catalogue as :meth:`Visit.get` gives it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def said(visit: Visit, key: str, count: int | None = None, **values: Any) -> str:  # noqa: ANN401  what the text names
    """A sentence in the visitor's language."""
    reader = Reader(Language(visit.desk.language), "Europe/Paris", visit.desk.now)
    t = texts(visit.desk.language)
    shown = {
        name: day(value, reader, year=False) if isinstance(value, date) else value for name, value in values.items()
    }
    return ordinary(t(key, **shown) if count is None else t.n(key, count, **shown))


def page(visit: Visit, name: str, **query: object) -> str:
    """The page of somebody, with a change in its address."""
    return f"/people/{visit.desk.person_id(name)}" + (f"?{urlencode(query)}" if query else "")


async def press(visit: Visit, name: str, where: str, **typed: object) -> tuple[int, str]:
    """Send a form of somebody's page as the admin."""
    path = f"{page(visit, name)}/{where}"
    return await visit.post("admin", path, {key: str(value) for key, value in typed.items()})


def foreseen(html: str) -> str:
    """What the change would do."""
    return html.partition('id="foreseen"')[2].partition("</section>")[0]


def held(visit: Visit, name: str) -> frozenset[Role]:
    """The roles somebody holds now."""
    desk = visit.desk
    return desk.read(lambda session: people.roles_of(session, desk.person(session, name), desk.now))


def actions(visit: Visit) -> list[str]:
    """What the trail tells of people."""
    found = sa.select(AuditEvent.action).where(AuditEvent.subject == "person").order_by(AuditEvent.id)
    return visit.desk.read(lambda session: list(session.scalars(found)))


def name_deputy(visit: Visit, first: date = FIRST, last: date = LAST) -> int:
    """The project manager stands in for the CTO."""

    def declare(session: Session) -> int:
        names = ("CTO", "project manager", "admin")
        principal, deputy, admin = (visit.desk.person(session, name) for name in names)
        days = {"starts_on": first, "ends_on": last}
        return people.declare_deputy(
            session, principal=principal, deputy=deputy, now=visit.desk.now, actor=admin, **days
        ).id

    return visit.desk.write(declare)


async def test_each_person_has_a_page_with_roles_and_deputies(visit: Visit) -> None:
    name_deputy(visit)
    _, html = await visit.get("admin", "/people")
    assert f'href="/tab{page(visit, "CTO")}"' in html
    status, html = await visit.get("admin", page(visit, "CTO"))
    assert status == 200
    assert "change=take&amp;role=cto" in html
    assert "project manager" in html.partition('id="deputies"')[2].partition("<form")[0]
    _, html = await visit.get("admin", page(visit, "engineer"))
    assert said(visit, "tab.no_roles") in html
    assert said(visit, "errors.deputy_principal", name="engineer") in html, "who does not vote has no deputy"


async def test_taking_the_only_seat_names_the_rounds_that_lose_it(visit: Visit) -> None:
    _, html = await visit.get("admin", page(visit, "CTO", change="take", role="cto"))
    told = foreseen(html)
    assert said(visit, "tab.fore_take", name="CTO", role="CTO") in told
    assert f'class="tone-warning">{said(visit, "tab.fore_vacant", 1, role="CTO")}' in told
    assert f'href="/tab/offers/{visit.ids.voting}"' in told
    assert said(visit, "tab.fore_alone") in told
    assert held(visit, "CTO") == {Role.CTO}
    assert visit.changes == [], "an address changes nothing"

    status, html = await press(visit, "CTO", "roles", change="take", role="cto")
    assert status == 200
    assert said(visit, "tab.said_role_taken", name="CTO", role="CTO") in html
    assert f'data-address="/tab{page(visit, "CTO")}"' in html
    assert foreseen(html) == ""
    assert held(visit, "CTO") == frozenset()
    assert actions(visit)[-1] == "role.taken"
    assert visit.changes == [None]
    _, html = await press(visit, "CTO", "roles", change="take", role="cto")
    assert said(visit, "tab.error_not_held", name="CTO") in html


async def test_an_open_review_is_foreseen_like_a_vote(visit: Visit) -> None:
    desk, typed = visit.desk, {"due_on": (visit.desk.now.date() + timedelta(days=1)).isoformat()}

    def asked(session: Session) -> None:
        lead = desk.person(session, "sales lead")
        reviews.ask(session, visit.ids.full, typed, company=desk.around.company, actor=lead, now=desk.now)

    desk.write(asked)
    t = texts(desk.language)
    _, html = await visit.get("admin", page(visit, "CTO", change="take", role="cto"))
    told = foreseen(html)
    assert said(visit, "tab.fore_vacant", 2, role="CTO") in told
    assert f'href="/tab/offers/{visit.ids.full}"' in told
    assert t("offers.thing_review") in told
    _, html = await visit.get("admin", page(visit, "engineer", change="give", role="cpo"))
    assert said(visit, "tab.fore_asked", 1) in foreseen(html), "the CPO is asked for votes alone"
    later = {"starts_on": FIRST, "ends_on": LAST}
    _, html = await visit.get("admin", page(visit, "engineer", change="give", role="ceo", **later))
    assert said(visit, "tab.fore_asked", 1) in foreseen(html), "a review waits until it is answered"


async def test_a_seat_with_somebody_else_in_it_goes_on(french: Visit) -> None:
    await press(french, "engineer", "roles", change="give", role="cto")
    name_deputy(french)
    _, html = await french.get("admin", page(french, "CTO", change="take", role="cto"))
    told = foreseen(html)
    assert said(french, "tab.fore_kept", 1, others="engineer") in told
    assert said(french, "tab.fore_idle", names="project manager") in told
    assert said(french, "tab.fore_alone") not in told


async def test_a_new_seat_is_asked_in_the_open_rounds_and_beside_whom(visit: Visit) -> None:
    _, html = await visit.get("admin", page(visit, "engineer", change="give", role="cto"))
    told = foreseen(html)
    for sentence in (
        said(visit, "tab.fore_give", name="engineer", role="CTO"),
        said(visit, "tab.fore_asked", 1),
        said(visit, "tab.fore_beside", others="CTO"),
    ):
        assert sentence in told
    status, html = await press(visit, "engineer", "roles", change="give", role="cto")
    assert status == 200
    assert said(visit, "tab.said_role_given", name="engineer", role="CTO") in html
    assert actions(visit)[-1] == "role.given"
    target = f"person:{visit.desk.person_id('engineer')}"
    cards = sa.select(LedgerRow.id).where(LedgerRow.kind == Kind.VOTE_CARD, LedgerRow.target == target)
    assert visit.desk.read(lambda session: session.scalar(cards)) is not None, "who may vote now is asked"


async def test_a_role_may_begin_and_end_on_days(visit: Visit) -> None:
    typed = {"change": "give", "role": "ceo", "starts_on": FIRST, "ends_on": LAST}
    _, html = await visit.get("admin", page(visit, "engineer", **typed))
    told = foreseen(html)
    assert said(visit, "tab.fore_give_span", name="engineer", role="CEO", starts=FIRST, ends=LAST) in told
    assert said(visit, "tab.fore_nothing") in told, "the open round ends before"
    _, html = await press(visit, "engineer", "roles", **typed)
    assert said(visit, "tab.said_role_later", name="engineer", role="CEO", starts=FIRST) in html
    assert held(visit, "engineer") == frozenset()
    _, html = await visit.get("admin", page(visit, "engineer", change="take", role="ceo"))
    assert said(visit, "tab.fore_take", name="engineer", role="CEO") in foreseen(html), "what is to come is taken, too"
    await press(visit, "engineer", "roles", change="take", role="ceo")
    desk = visit.desk
    assert desk.read(lambda session: standing_grants(session, desk.person(session, "engineer"), desk.now)) == []


@pytest.mark.parametrize(
    ("days", "key"), [({"ends_on": LAST}, "tab.fore_give_until"), ({"starts_on": FIRST}, "tab.fore_give_from")]
)
async def test_one_day_is_enough(french: Visit, days: dict[str, date], key: str) -> None:
    _, html = await french.get("admin", page(french, "engineer", change="give", role="key_user", **days))
    values: dict[str, Any] = {{"starts_on": "starts", "ends_on": "ends"}[name]: value for name, value in days.items()}
    assert said(french, key, name="engineer", role="Key user", **values) in foreseen(html)


async def test_a_role_that_is_held_and_put_off_leaves_a_gap(french: Visit) -> None:
    _, html = await french.get("admin", page(french, "CEO", change="give", role="ceo", starts_on=FIRST))
    told = foreseen(html)
    assert said(french, "tab.fore_gap", name="CEO") in told
    assert said(french, "tab.fore_vacant", 1, role="CEO") in told
    _, html = await french.get("admin", page(french, "CEO", change="give", role="ceo", ends_on=LAST))
    assert said(french, "tab.fore_only_days") in foreseen(html)


async def test_pages_of_the_tab_come_and_go_with_a_role(visit: Visit) -> None:
    t = texts(visit.desk.language)
    pages = ", ".join(t(f"tab.place_{name}") for name in ("reports", "sync", "rules"))
    _, html = await visit.get("admin", page(visit, "engineer", change="give", role="key_user"))
    assert said(visit, "tab.fore_pages_more", pages=pages) in foreseen(html)
    _, html = await visit.get("admin", page(visit, "key user", change="take", role="key_user"))
    assert said(visit, "tab.fore_pages_fewer", pages=pages) in foreseen(html)


async def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(visit: Visit) -> None:
    typed = {"change": "give", "role": "cpo", "starts_on": LAST, "ends_on": FIRST}
    for status, html in (
        await visit.get("admin", page(visit, "engineer", **typed)),
        await press(visit, "engineer", "roles", **typed),
    ):
        assert status in {200, 422}
        field = html.partition('name="ends_on"')[2].partition("</label>")[0]
        assert 'aria-invalid="true"' in field
        assert 'aria-describedby="give-ends_on-mistake"' in field
        assert said(visit, "errors.deputy_dates") in field
        assert f'name="starts_on" value="{LAST}"' in html
        assert f'value="{FIRST}"' in field
        assert '<option value="cpo" selected>' in html
        assert foreseen(html) == ""
    assert held(visit, "engineer") == frozenset()
    assert visit.changes == []


@pytest.mark.parametrize(
    ("typed", "field", "key"),
    [
        ({"change": "give"}, "role", "errors.choice"),
        ({"change": "give", "role": "emperor"}, "role", "errors.choice"),
        ({"change": "give", "role": "cpo", "starts_on": "2026-13-01"}, "starts_on", "errors.date"),
        ({"change": "deputy"}, "deputy", "errors.unknown_person"),
        ({"change": "deputy", "deputy": "99999"}, "ends_on", "errors.required"),
    ],
)
async def test_what_cannot_be_read_is_said_where_it_stands(
    french: Visit, typed: dict[str, str], field: str, key: str
) -> None:
    status, html = await french.get("admin", page(french, "CTO", **typed))
    assert status == 200
    mistake = html.partition(f'id="{typed["change"]}-{field}-mistake">')[2].partition("</span>")[0]
    assert mistake == said(french, key, value=typed.get(field, ""))
    where = "deputies" if typed["change"] == "deputy" else "roles"
    assert (await press(french, "CTO", where, **typed))[0] == 422


async def test_the_last_admin_stays(visit: Visit) -> None:
    _, html = await visit.get("admin", page(visit, "admin", change="take", role="admin"))
    assert foreseen(html) == ""
    assert f'role="alert">{said(visit, "errors.last_admin")}' in html
    status, html = await press(visit, "admin", "roles", change="take", role="admin")
    assert status == 422
    assert said(visit, "errors.last_admin") in html
    assert held(visit, "admin") == {Role.ADMIN}


async def test_who_gives_the_admins_role_away_is_told_that_it_is_done(visit: Visit) -> None:
    await press(visit, "CEO", "roles", change="give", role="admin")
    _, html = await visit.get("admin", page(visit, "admin", change="take", role="admin"))
    assert said(visit, "tab.fore_oneself") in foreseen(html)
    status, html = await press(visit, "admin", "roles", change="take", role="admin")
    assert status == 200, "it was done"
    assert texts(visit.desk.language)("words.role_admin") in html
    assert 'role="status"' in html
    assert (await visit.get("admin", "/people"))[0] == 403


async def test_a_deputy_is_named_with_what_that_means(visit: Visit) -> None:
    today, later = visit.desk.now.date(), visit.desk.now.date() + timedelta(days=9)
    name_deputy(visit, today, today + timedelta(days=2))
    engineer = visit.desk.person_id("engineer")

    def leave(session: Session) -> None:
        person = visit.desk.person(session, "engineer")
        absences.declare(session, person.id, FIRST, LAST, person, visit.desk.now)

    visit.desk.write(leave)
    typed = {"change": "deputy", "deputy": engineer, "starts_on": today, "ends_on": later}
    _, html = await visit.get("admin", page(visit, "CTO", **typed))
    told = foreseen(html)
    for sentence in (
        said(visit, "tab.fore_deputy", deputy="engineer", name="CTO", starts=today, ends=later),
        said(visit, "tab.fore_deputy_asked", 1, name="CTO"),
        said(visit, "tab.fore_deputy_also", names="project manager"),
        said(visit, "tab.fore_deputy_away", deputy="engineer", starts=FIRST, ends=LAST),
    ):
        assert sentence in told
    status, html = await press(visit, "CTO", "deputies", **typed)
    assert status == 200
    assert said(visit, "tab.said_deputy", deputy="engineer", name="CTO", starts=today, ends=later) in html
    assert actions(visit)[-1] == "deputy.declared"
    _, html = await visit.get("engineer")
    assert f"/tab/offers/{visit.ids.voting}" in html, "the deputy's day has the vote"


async def test_a_deputy_of_later_days_is_asked_in_no_round_of_today(french: Visit) -> None:
    typed = {"change": "deputy", "deputy": french.desk.person_id("engineer"), "starts_on": FIRST, "ends_on": LAST}
    _, html = await french.get("admin", page(french, "CTO", **typed))
    assert said(french, "tab.fore_nothing") in foreseen(html)


async def test_a_deputys_time_is_ended(visit: Visit) -> None:
    today = visit.desk.now.date()
    row = name_deputy(visit, today, today)
    _, html = await visit.get("admin", page(visit, "CTO", change="withdraw", row=row))
    told = foreseen(html)
    assert said(visit, "tab.fore_withdraw", deputy="project manager", name="CTO") in told
    assert said(visit, "tab.fore_withdrawn", 1, name="CTO") in told
    status, html = await press(visit, "CTO", f"deputies/{row}/withdraw")
    assert status == 200
    assert said(visit, "tab.said_withdrawn", deputy="project manager", name="CTO") in html
    assert actions(visit)[-1] == "deputy.withdrawn"
    assert (await press(visit, "CTO", f"deputies/{row}/withdraw"))[0] == 404


async def test_a_deputy_to_come_concerns_no_round_yet(french: Visit) -> None:
    row = name_deputy(french)
    _, html = await french.get("admin", page(french, "CTO", change="withdraw", row=row))
    assert said(french, "tab.fore_nothing") in foreseen(html)


@pytest.mark.parametrize("row", ["0", "x", ""])
async def test_a_row_of_somebody_else_is_none_of_this_page(french: Visit, row: str) -> None:
    mine = name_deputy(french)
    assert (await french.get("admin", page(french, "CTO", change="withdraw", row=row)))[0] == 404
    assert (await press(french, "CPO", f"deputies/{mine}/withdraw"))[0] == 404
    standing = sa.select(Deputy.revoked_at).where(Deputy.id == mine)
    assert french.desk.read(lambda session: session.scalar(standing)) is None


def of_another_company(person: Person) -> None:
    person.tenant_id = TENANT.replace("b1", "b2")


def a_guest(person: Person) -> None:
    person.guest = True


@pytest.mark.parametrize("becomes", [of_another_company, a_guest])
async def test_strangers_have_no_page(french: Visit, becomes: Callable[[Person], None]) -> None:
    path = page(french, "engineer")
    french.desk.write(lambda session: becomes(french.desk.person(session, "engineer")))
    assert (await french.get("admin", path))[0] == 404
    assert (await french.post("admin", f"{path}/roles", {"change": "give", "role": "ceo"}))[0] == 404


async def test_what_is_typed_by_somebody_stays_text(french: Visit) -> None:
    name = '"><script>alert(1)</script>'
    french.desk.write(lambda session: setattr(french.desk.person(session, "engineer"), "name", name))
    for query in ({}, {"change": "give", "role": "cto"}, {"change": "give", "role": name, "starts_on": name}):
        _, html = await french.get("admin", page(french, "engineer", **query))
        assert "<script" not in html
