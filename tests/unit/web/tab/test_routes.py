"""Every route, asked as everybody and as nobody: it answers whom the table names, and tells nobody else anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.people.models import Deputy, Person, Role, RoleGrant
from bot.people.service import declare_deputy, standing_deputies
from bot.sync.models import Conflict, LedgerRow
from bot.web.tab.places import PLACES
from bot.web.tab.room import NOBODY_ELSE
from bot.web.tab.shell import FOLDER, OWN, POLICY, VENDOR, Shell
from bot.web.tab.table import ROUTES, Route
from tests.tab_company import MARK
from tests.unit.teams_handlers.desk import CAST, object_id

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.web.tab.visit import Visit

TEMPLATES = FOLDER.parent / "templates"
GUEST = "guest"
OWNED = ("/conflicts/{conflict}", "/conflicts/{conflict}/ours", "/conflicts/{conflict}/theirs")
"""Where the service asks further who has a part in the offer."""
WITH_PART = {"sales lead", "CTO", "CPO", "CEO", "project manager", "engineer"}
MAY_CHOOSE = {"sales lead", "CTO", "CPO", "CEO"}
SEES_TO_RECORDS = {"key user", "admin"}


def address(route: Route, visit: Visit) -> str:
    """The route with ids of what is there."""
    ids = {"offer": visit.ids.full, "conflict": visit.ids.conflict, "row": visit.ids.stuck, "system": "pipedrive"}
    if route.path.startswith("/people/"):
        ids |= {"person": visit.desk.person_id("CTO"), "row": deputy_row(visit)}
    return route.path.format(**ids)


def deputy_row(visit: Visit) -> int:
    """Somebody who stands in for the CTO today, named when nobody does."""

    def find(session: Session) -> int:
        principal, deputy = visit.desk.person(session, "CTO"), visit.desk.person(session, "engineer")
        for row, _deputy in standing_deputies(session, principal, visit.desk.now):
            return row.id
        admin, today = visit.desk.person(session, "admin"), visit.desk.now.date()
        return declare_deputy(
            session,
            principal=principal,
            deputy=deputy,
            starts_on=today,
            ends_on=today,
            now=visit.desk.now,
            actor=admin,
        ).id

    return visit.desk.write(find)


def typed(route: Route, visit: Visit) -> dict[str, str]:
    """What its form sends."""
    return {
        "/reports/files": {"file": "table"},
        "/people/{person}/roles": {"change": "give", "role": "key_user"},
        "/people/{person}/deputies": {
            "deputy": str(visit.desk.person_id("engineer")),
            "starts_on": "2026-12-01",
            "ends_on": "2026-12-04",
        },
    }.get(route.path, {})


def allowed(route: Route, name: str) -> bool:
    """Whether the table lets somebody of the cast in, and after it the service."""
    if route.path in OWNED:
        return name in (MAY_CHOOSE if route.method == "POST" else WITH_PART | SEES_TO_RECORDS)
    return not route.who or bool(set(route.who).intersection(CAST[name]))


def staff_a_guest(session: Session, visit: Visit) -> None:
    """Somebody of another company, who held every role before anybody noticed."""
    person = visit.desk.person(session, "CEO")
    other = Person(
        tenant_id=person.tenant_id,
        entra_object_id=object_id(GUEST),
        name=GUEST,
        language="fr",
        time_zone="Europe/Paris",
        guest=True,
        created_at=visit.desk.now,
        updated_at=visit.desk.now,
    )
    session.add(other)


def state(session: Session) -> tuple[object, ...]:
    """What a press could change."""
    conflicts = session.scalars(sa.select(Conflict.resolved_at)).all()
    rows = session.execute(sa.select(LedgerRow.id, LedgerRow.state, LedgerRow.wanted_version)).all()
    grants = session.execute(sa.select(RoleGrant.id, RoleGrant.person_id, RoleGrant.valid_to)).all()
    deputies = session.execute(sa.select(Deputy.id, Deputy.revoked_at)).all()
    return tuple(conflicts), *(tuple(tuple(row) for row in found) for found in (rows, grants, deputies))


@pytest.mark.parametrize("name", CAST)
async def test_each_role_sees_exactly_its_pages(french: Visit, name: str) -> None:
    for route in ROUTES:
        path = address(route, french)
        before = french.desk.read(state)
        status, html = await french.ask(route.method, path, french.token(name), data=typed(route, french))
        if allowed(route, name):
            assert status == 200, (route, name, html)
        else:
            assert status == 403, (route, name, html)
            assert MARK not in html, (route, name)
            assert french.desk.read(state) == before, (route, name)


async def test_a_guest_sees_nothing_at_all(french: Visit) -> None:
    french.desk.write(lambda session: staff_a_guest(session, french))
    deputy_row(french)
    before = french.desk.read(state)
    for route in ROUTES:
        status, html = await french.ask(
            route.method, address(route, french), french.token(GUEST), data=typed(route, french)
        )
        assert status == 403, route
        assert MARK not in html
        assert 'href="/tab/pipeline"' not in html
    assert french.desk.read(state) == before


async def test_nobody_sees_nothing_and_learns_no_address(french: Visit) -> None:
    deputy_row(french)
    before = french.desk.read(state)
    for route in ROUTES:
        answers = [await french.ask(route.method, path, data={}) for path in (address(route, french), "/nowhere")]
        assert [status for status, _ in answers] == [401, 401], route
        assert answers[0][1] == answers[1][1]
        assert MARK not in answers[0][1]
    assert french.desk.read(state) == before


async def test_nothing_is_changed_by_opening_an_address(french: Visit) -> None:
    deputy_row(french)
    before = french.desk.read(state)
    for route in ROUTES:
        if route.do is not None:
            status, _ = await french.get("CEO", address(route, french))
            assert status == 404, route
    assert french.desk.read(state) == before
    assert (await french.get("CEO", "/nowhere"))[0] == 404


@pytest.mark.parametrize("path", ["/offers/0", "/offers/99999", "/offers/2147483648", "/offers/x", "/offers/٣"])
async def test_what_is_not_there_is_said_kindly(french: Visit, path: str) -> None:
    status, html = await french.get("CEO", path)
    assert status == 404
    assert 'href="/tab"' in html


async def test_data_is_kept_by_no_cache_and_shown_in_no_frame(french: Visit) -> None:
    headers = {"Authorization": f"Bearer {french.token('CEO')}"}
    async with french.client.get("/tab/data/", headers=headers) as answer:
        for name, value in NOBODY_ELSE.items():
            assert answer.headers[name] == value
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_form_is_bounded(french: Visit) -> None:
    status, _ = await french.ask("POST", "/rules", french.token("admin"), data={"text": "x" * 400_000})
    assert status == 413


@pytest.mark.parametrize("path", ["/tab", "/tab/", "/tab/pipeline?view=table", "/tab/offers/1"])
async def test_the_shell_stands_at_every_address_without_any_data(french: Visit, path: str) -> None:
    async with french.client.get(path) as answer:
        html = await answer.text()
        assert answer.status in {200, 503}, "503: the packages of the page are not installed here"
        assert answer.headers["Content-Security-Policy"] == POLICY
    assert MARK not in html
    assert "Offerdesk" in html


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.strip().partition(" ")[::2] for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert all(host == "'self'" or host.startswith("https://") for host in rules["frame-ancestors"].split())


def test_no_file_of_the_page_holds_a_script_a_style_or_another_host() -> None:
    for file in (*TEMPLATES.glob("*.html"), *(FOLDER / name for name in OWN)):
        text = file.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=\"|<style|\sstyle=\"|\|\s*safe\b", text), file.name
        assert set(re.findall(r"https?://[\w.-]+", text)) == set(), file.name


async def test_missing_packages_are_explained(tmp_path: Path, french: Visit) -> None:
    assert not Shell(tmp_path).is_complete
    for path in VENDOR.values():
        (tmp_path / "node_modules" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "node_modules" / path).write_text("")
    assert Shell(tmp_path).is_complete
    for name in ("package.json", "..%2Fshell.py", ".npmrc", "nothing.js"):
        async with french.client.get(f"/tab/static/{name}") as answer:
            assert answer.status == 404, name
    for name in OWN:
        async with french.client.get(f"/tab/static/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_place_is_a_page_and_every_page_is_documented() -> None:
    pages = {route.path for route in ROUTES if route.method == "GET"}
    assert {place.path for place in PLACES} <= pages
    assert {place.path: place.who for place in PLACES}.items() <= {
        route.path: route.who for route in ROUTES if route.method == "GET"
    }.items()
    manual = (Path(__file__).parents[4] / "docs" / "tab.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `((?:GET|POST) [^`]+)` \| ([^|]+) \|", manual, re.MULTILINE))
    wanted = {
        f"{route.method} {route.path}": ", ".join(sorted(role.value for role in route.who)) or "colleagues"
        for route in ROUTES
    }
    assert {route: who.strip() for route, who in rows.items()} == wanted
    assert {role for route in ROUTES for role in route.who} <= set(Role)
