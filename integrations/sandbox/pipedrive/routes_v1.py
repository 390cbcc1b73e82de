"""The routes only API v1 has: users, notes, leads, webhooks, the history of a deal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import (
    INFO,
    Json,
    Refused,
    cursor_page,
    not_found,
    offset_page,
    ok,
    read_object,
    whole,
)
from integrations.sandbox.pipedrive.queries import moment_in, number_of
from integrations.sandbox.pipedrive.world import API_USER, COMPANY_ID, Happening, World

if TYPE_CHECKING:
    from integrations.sandbox.pipedrive.deals import Deals
    from integrations.sandbox.pipedrive.deliveries import Courier
    from integrations.sandbox.pipedrive.leads import Leads
    from integrations.sandbox.pipedrive.service import Routes

_LARGEST_NOTE = 100_000
_MOST_WEBHOOKS = 40
_FLAG = checks.one_of(0, 1)
_NOTE_KEYS: Mapping[str, checks.Check] = {
    "content": checks.text(_LARGEST_NOTE, least=1),
    "deal_id": checks.integer,
    "lead_id": checks.identifier,
    "person_id": checks.integer,
    "org_id": checks.integer,
    "pinned_to_deal_flag": _FLAG,
    "pinned_to_lead_flag": _FLAG,
}
_WEBHOOK_KEYS: Mapping[str, checks.Check] = {
    "subscription_url": checks.text(2000, least=1),
    "event_action": checks.one_of("create", "change", "delete", "*"),
    "event_object": checks.one_of(
        "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user", "*"
    ),
    "name": checks.text(least=1),
    "user_id": checks.integer,
    "http_auth_user": checks.nullable(checks.text()),
    "http_auth_password": checks.nullable(checks.text()),
    "version": checks.one_of("1.0", "2.0"),
}


class RoutesV1:
    """What API v1 still answers."""

    def __init__(self, world: World, deals: Deals, leads: Leads, courier: Courier) -> None:
        """Answer for ``world``."""
        self._world = world
        self._deals = deals
        self._leads = leads
        self._courier = courier

    def add(self, routes: Routes) -> None:
        """Put the routes where they belong, below both prefixes of v1."""
        for prefix in ("/v1", "/api/v1"):
            routes.add("GET", f"{prefix}/users/me", self._me, 2)
            routes.add("GET", f"{prefix}/users", self._users, 20)
            routes.add("GET", f"{prefix}/notes", self._list_notes, 20)
            routes.add("POST", f"{prefix}/notes", self._create_note, 10)
            routes.add("PUT", f"{prefix}/notes/{{id}}", self._change_note, 10)
            routes.add("GET", f"{prefix}/leads", self._list_leads, 20)
            routes.add("POST", f"{prefix}/leads", self._create_lead, 10)
            routes.add("GET", f"{prefix}/leads/{{id}}", self._get_lead, 2)
            routes.add("PATCH", f"{prefix}/leads/{{id}}", self._change_lead, 10)
            routes.add("GET", f"{prefix}/webhooks", self._webhooks, 10)
            routes.add("POST", f"{prefix}/webhooks", self._subscribe, 10)
            routes.add("DELETE", f"{prefix}/webhooks/{{id}}", self._unsubscribe, 6)
            routes.add("GET", f"{prefix}/deals/{{id}}/changelog", self._changelog, 20)

    async def _me(self, _: web.Request) -> web.Response:
        company: Json = {
            "company_id": COMPANY_ID, "company_name": "Space supplier", "company_domain": "sandbox",
            "company_country": "FR", "company_industry": "space",
            "language": {"language_code": "en", "country_code": "GB"},
        }  # fmt: skip
        return ok(self._world.users[API_USER] | company)

    async def _users(self, _: web.Request) -> web.Response:
        return ok(list(self._world.users.values()))

    async def _list_notes(self, request: web.Request) -> web.Response:
        deal_id = whole(request, "deal_id")
        notes = [note for note in self._world.notes.values() if deal_id is None or note.get("deal_id") == deal_id]
        return offset_page(request, notes, nested=True)

    async def _create_note(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        checks.check_body(body, _NOTE_KEYS, "content")
        self._check_note_links(body)
        stamp = _plain(self._world.stamp())
        pinned = {name: bool(body.get(name, 0)) for name in ("pinned_to_deal_flag", "pinned_to_lead_flag")}
        note: Json = {
            "id": self._world.next_id("note"), "active_flag": True, "add_time": stamp, "update_time": stamp,
            "user_id": API_USER, "last_update_user_id": API_USER, **body, **pinned,
        }  # fmt: skip
        self._world.notes[note["id"]] = note
        self._world.happened(Happening("note", None, note, API_USER, "api"))
        return ok(note)

    async def _change_note(self, request: web.Request) -> web.Response:
        before = self._world.notes.get(number_of(request))
        if before is None:
            raise not_found("Note")
        body = await read_object(request)
        checks.check_body(body, {"content": _NOTE_KEYS["content"], "pinned_to_deal_flag": _FLAG})
        flag = {"pinned_to_deal_flag": bool(body["pinned_to_deal_flag"])} if "pinned_to_deal_flag" in body else {}
        note = before | body | flag | {"update_time": _plain(self._world.stamp())}
        self._world.notes[note["id"]] = note
        self._world.happened(Happening("note", before, note, API_USER, "api"))
        return ok(note)

    def _check_note_links(self, body: Json) -> None:
        books: Mapping[str, Mapping[int, Json] | Mapping[str, Json]] = {
            "deal_id": self._world.deals,
            "lead_id": self._world.leads,
            "person_id": self._world.persons,
            "org_id": self._world.organizations,
        }
        linked = [name for name in books if name in body]
        if not linked:
            raise Refused(400, "One of deal_id, lead_id, org_id, person_id is required")
        for name in linked:
            if body[name] not in books[name]:
                raise Refused(404, f"{name}: {body[name]} does not exist")

    async def _list_leads(self, request: web.Request) -> web.Response:
        since = moment_in(request, "updated_since")
        rows = [
            lead
            for lead in self._leads.listed()
            if since is None or datetime.fromisoformat(lead["update_time"]) >= since
        ]
        key = request.query.get("sort", "id")
        rows.sort(key=lambda lead: str(lead.get(key, "")))
        return offset_page(request, rows, nested=False)

    async def _create_lead(self, request: web.Request) -> web.Response:
        return ok(self._leads.create(await read_object(request), API_USER), status=201)

    async def _get_lead(self, request: web.Request) -> web.Response:
        return ok(self._leads.get(request.match_info["id"]))

    async def _change_lead(self, request: web.Request) -> web.Response:
        return ok(self._leads.change(request.match_info["id"], await read_object(request), API_USER))

    async def _changelog(self, request: web.Request) -> web.Response:
        return cursor_page(request, self._world.changelog[self._deals.get(number_of(request))["id"]])

    async def _webhooks(self, _: web.Request) -> web.Response:
        rows = [shown_webhook(row) for row in self._courier.subscriptions.values()]
        return web.json_response({"success": True, "status": "ok", "data": rows})

    async def _subscribe(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        required = ("subscription_url", "event_action", "event_object", "name")
        if problems := checks.problems_of(body, _WEBHOOK_KEYS, required):
            return _webhook_problem({"body": problems})
        parts = urlsplit(body["subscription_url"])
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return _webhook_problem({"subscription_url": ["invalid or non-reachable URL"]})
        if len(self._courier.subscriptions) >= _MOST_WEBHOOKS:
            raise Refused(422, "webhooks limit reached")
        row = self._new_webhook(body)
        self._courier.subscriptions[row["id"]] = row
        return web.json_response({"success": True, "status": "ok", "data": shown_webhook(row)}, status=201)

    def _new_webhook(self, body: Json) -> Json:
        user, password = body.get("http_auth_user"), body.get("http_auth_password")
        return {
            "id": self._world.next_id("webhook"), "company_id": COMPANY_ID, "owner_id": API_USER,
            "user_id": body.get("user_id", API_USER), "event_action": body["event_action"],
            "event_object": body["event_object"], "subscription_url": body["subscription_url"],
            "version": body.get("version", "2.0"), "is_active": 1, "add_time": self._now(), "remove_time": None,
            "type": "general", "remove_reason": None, "last_delivery_time": None, "last_http_status": None,
            "admin_id": API_USER, "name": body["name"], "auth": f"{user}:{password}" if user else None,
        }  # fmt: skip

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        if self._courier.subscriptions.pop(number_of(request), None) is None:
            body = {"success": False, "status": "error", "errors": {"id": ["Not found"]}, "error_info": INFO}
            return web.json_response(body, status=404)
        return web.json_response({"success": True, "status": "ok"})

    def _now(self) -> str:
        return self._world.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def shown_webhook(row: Json) -> Json:
    """A subscription without what its deliveries authenticate with."""
    return {name: value for name, value in row.items() if name != "auth"} | {
        "http_auth_user": None, "http_auth_password": None,
    }  # fmt: skip


def _webhook_problem(errors: Json) -> web.Response:
    return web.json_response({"success": False, "status": "error", "errors": errors}, status=400)


def _plain(stamp: str) -> str:
    return stamp.replace("T", " ").removesuffix("Z")
