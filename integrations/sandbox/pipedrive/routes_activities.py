"""The routes of activities (API v2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import Json, Refused, cursor_page, not_found, ok, read_object
from integrations.sandbox.pipedrive.queries import LISTED, narrowed, number_of, ordered
from integrations.sandbox.pipedrive.world import API_USER, Happening, World

if TYPE_CHECKING:
    from integrations.sandbox.pipedrive.service import Routes

_PARTICIPANT = checks.object_of({"person_id": checks.integer, "primary": checks.boolean}, "person_id")
_KEYS: Mapping[str, checks.Check] = {
    "subject": checks.text(),
    "type": checks.text(64, least=1),
    "owner_id": checks.integer,
    "deal_id": checks.integer,
    "org_id": checks.integer,
    "due_date": checks.day,
    "due_time": checks.clock_time,
    "duration": checks.duration,
    "busy": checks.boolean,
    "done": checks.boolean,
    "participants": checks.list_of(_PARTICIPANT),
    "public_description": checks.text(65_000),
    "priority": checks.integer,
    "note": checks.text(65_000),
}


class ActivityRoutes:
    """What API v2 answers about activities."""

    def __init__(self, world: World) -> None:
        """Answer for ``world``."""
        self._world = world

    def add(self, routes: Routes) -> None:
        """Put the routes where they belong."""
        routes.add("POST", "/api/v2/activities", self._create, 5)
        routes.add("GET", "/api/v2/activities/{id}", self._get, 1, query=("include_fields",))
        routes.add("PATCH", "/api/v2/activities/{id}", self._change, 5)
        routes.add("DELETE", "/api/v2/activities/{id}", self._delete, 3)
        # Filtering by type is refused by the real service too, so it is not among these.
        routes.add("GET", "/api/v2/activities", self._list, 10, query=(*LISTED, "deal_id", "org_id", "done"))

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        checks.check_body(body, _KEYS)
        self._check_links(body)
        stamp = self._world.stamp()
        activity: Json = {
            "id": self._world.next_id("activity"), "subject": "Call", "type": "call", "owner_id": API_USER,
            "creator_user_id": API_USER, "is_deleted": False, "add_time": stamp, "update_time": stamp,
            "deal_id": None, "lead_id": None, "org_id": None, "due_date": stamp[:10], "due_time": "", "duration": "",
            "busy": False, "done": False, "participants": [], "note": "", **body,
        }  # fmt: skip
        self._world.activities[activity["id"]] = activity
        self._world.happened(Happening("activity", None, activity, API_USER, "api"))
        return ok(activity)

    async def _change(self, request: web.Request) -> web.Response:
        before = self._there(request)
        body = await read_object(request)
        checks.check_body(body, _KEYS)
        self._check_links(body)
        after = before | body | {"update_time": self._world.stamp()}
        self._world.activities[after["id"]] = after
        self._world.happened(Happening("activity", before, after, API_USER, "api"))
        return ok(after)

    async def _get(self, request: web.Request) -> web.Response:
        return ok(self._there(request))

    async def _delete(self, request: web.Request) -> web.Response:
        before = self._there(request)
        self._world.activities[before["id"]] = before | {"is_deleted": True, "update_time": self._world.stamp()}
        self._world.happened(Happening("activity", before, None, API_USER, "api"))
        return ok({"id": before["id"]})

    def _there(self, request: web.Request) -> Json:
        activity = self._world.activities.get(number_of(request))
        if activity is None or activity["is_deleted"]:
            raise not_found("Activity")
        return activity

    async def _list(self, request: web.Request) -> web.Response:
        there = [row for row in self._world.activities.values() if not row["is_deleted"]]
        rows = narrowed(request, there, "deal_id", "org_id", "owner_id")
        return cursor_page(request, ordered(request, rows))

    def _check_links(self, body: Json) -> None:
        books = {"deal_id": self._world.deals, "owner_id": self._world.users, "org_id": self._world.organizations}
        for name, book in books.items():
            if name in body and (body[name] not in book or book[body[name]]["is_deleted"]):
                raise Refused(400, f"{name}: {body[name]} does not exist")
