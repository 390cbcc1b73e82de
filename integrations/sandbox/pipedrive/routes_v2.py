"""The routes of API v2: deals, followers, fields, pipelines, search, conversions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import Json, Refused, cursor_page, invalid, not_found, ok, read_object
from integrations.sandbox.pipedrive.queries import (
    LISTED,
    PAGED,
    WITH_FIELDS,
    changed_within,
    narrowed,
    number_of,
    ordered,
    search_term,
)
from integrations.sandbox.pipedrive.world import API_USER, World, new_field

if TYPE_CHECKING:
    from integrations.sandbox.pipedrive.deals import Deals
    from integrations.sandbox.pipedrive.leads import Leads
    from integrations.sandbox.pipedrive.service import Routes

_MOST_CUSTOM_FIELDS = 15
_FIELD_TYPES = (
    "varchar", "text", "double", "phone", "date", "daterange", "time", "timerange", "set", "enum", "varchar_auto",
    "address", "monetary", "org", "people", "user",
)  # fmt: skip
_SEARCHABLE = frozenset({"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"})
_FIELD_KEYS: Mapping[str, checks.Check] = {
    "field_name": checks.text(least=1),
    "field_type": checks.one_of(*_FIELD_TYPES),
    "options": checks.list_of(checks.object_of({"label": checks.text(least=1)}, "label"), least=1),
    "description": checks.nullable(checks.text(65_000)),
}


class RoutesV2:
    """What API v2 answers."""

    def __init__(self, world: World, deals: Deals, leads: Leads) -> None:
        """Answer for ``world``."""
        self._world = world
        self._deals = deals
        self._leads = leads

    def add(self, routes: Routes) -> None:
        """Put the routes where they belong, each with its cost and the query it understands."""
        deal, deals = "/api/v2/deals/{id}", "/api/v2/deals"
        listed = (*LISTED, *WITH_FIELDS)
        narrowing = ("filter_id", "person_id", "org_id", "pipeline_id", "stage_id", "status")
        routes.add("POST", deals, self._create_deal, 5)
        routes.add("GET", deals, self._list_deals, 10, query=(*listed, *narrowing))
        routes.add("GET", deal, self._get_deal, 1, query=WITH_FIELDS)
        routes.add("PATCH", deal, self._change_deal, 5)
        routes.add("DELETE", deal, self._delete_deal, 3)
        routes.add("GET", f"{deal}/followers", self._followers, 10, query=PAGED)
        routes.add("POST", f"{deal}/followers", self._add_follower, 5)
        routes.add("DELETE", f"{deal}/followers/{{follower_id}}", self._remove_follower, 3)
        routes.add("GET", "/api/v2/itemSearch/field", self._search_field, 20,
                   query=(*PAGED, "term", "entity_type", "match", "field"), is_search=True)  # fmt: skip
        routes.add("GET", "/api/v2/dealFields", self._fields, 10, query=(*PAGED, "include_fields"))
        routes.add("POST", "/api/v2/dealFields", self._create_field, 5)
        routes.add("GET", "/api/v2/pipelines", self._pipelines, 5, query=LISTED[:4])
        routes.add("GET", "/api/v2/stages", self._stages, 5, query=(*LISTED[:4], "pipeline_id"))
        lead = "/api/v2/leads/{id}/convert"
        routes.add("POST", f"{lead}/deal", self._convert, 40)
        routes.add("GET", f"{lead}/status/{{conversion_id}}", self._conversion, 1)

    async def _create_deal(self, request: web.Request) -> web.Response:
        return ok(self._shown(self._deals.create(await read_object(request), API_USER)))

    async def _get_deal(self, request: web.Request) -> web.Response:
        return ok(self._shown(self._deals.get(number_of(request)), request))

    async def _change_deal(self, request: web.Request) -> web.Response:
        return ok(self._shown(self._deals.change(number_of(request), await read_object(request), API_USER)))

    async def _delete_deal(self, request: web.Request) -> web.Response:
        deal_id = number_of(request)
        self._deals.delete(deal_id, API_USER)
        return ok({"id": deal_id})

    async def _list_deals(self, request: web.Request) -> web.Response:
        statuses = request.query.get("status", "").split(",") if "status" in request.query else None
        if statuses and not {"open", "won", "lost", "deleted"} >= set(statuses):
            raise invalid(["status must be one of open, won, lost, deleted"])
        rows = [deal for deal in self._world.deals.values() if not deal["is_archived"] and _has(deal, statuses)]
        rows = narrowed(request, rows, "person_id", "org_id", "pipeline_id", "stage_id")
        return cursor_page(request, [self._shown(row, request) for row in changed_within(request, rows)])

    async def _followers(self, request: web.Request) -> web.Response:
        followers = self._world.followers[self._deals.get(number_of(request))["id"]]
        return cursor_page(request, [{"user_id": user, "add_time": since} for user, since in followers.items()])

    async def _add_follower(self, request: web.Request) -> web.Response:
        deal_id = self._deals.get(number_of(request))["id"]
        body = await read_object(request)
        checks.check_body(body, {"user_id": checks.integer}, "user_id")
        if body["user_id"] not in self._world.users:
            raise Refused(400, f"user_id: {body['user_id']} does not exist")
        since = self._world.followers[deal_id].setdefault(body["user_id"], self._world.stamp())
        return ok({"user_id": body["user_id"], "add_time": since}, status=201)

    async def _remove_follower(self, request: web.Request) -> web.Response:
        followers = self._world.followers[self._deals.get(number_of(request))["id"]]
        user_id = number_of(request, "follower_id")
        if followers.pop(user_id, None) is None:
            raise not_found("Follower")
        return ok({"user_id": user_id})

    async def _fields(self, request: web.Request) -> web.Response:
        return cursor_page(request, list(self._world.fields.values()))

    async def _create_field(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        checks.check_body(body, _FIELD_KEYS, "field_name", "field_type")
        if ("options" in body) != (body["field_type"] in {"enum", "set"}):
            raise invalid(["options: only enum and set fields have them, and they must"])
        options = [
            {"id": self._world.next_id("option"), "label": option["label"]} for option in body.get("options", ())
        ]
        code = self._world.next_field_code()
        field = new_field(code, body["field_name"], body["field_type"], custom=True, options=options or None)
        self._world.fields[code] = field
        return ok(field)

    async def _pipelines(self, request: web.Request) -> web.Response:
        return cursor_page(request, list(self._world.pipelines.values()))

    async def _stages(self, request: web.Request) -> web.Response:
        rows = narrowed(request, list(self._world.stages.values()), "pipeline_id")
        return cursor_page(request, ordered(request, rows, "order_nr"))

    async def _search_field(self, request: web.Request) -> web.Response:
        query = request.query
        if problem := checks.one_of("exact", "beginning", "middle")(query.get("match", "exact")):
            raise invalid([f"match {problem}"])
        if query.get("entity_type") != "deal":
            raise invalid(["entity_type: the stand-in searches deals alone"])
        term = search_term(request, 1 if query.get("match", "exact") == "exact" else 2)
        field = self._world.fields.get(query.get("field", ""))
        if field is None or field["field_type"] not in _SEARCHABLE:
            raise invalid(["field: cannot be searched"])
        fits: Callable[[str], bool] = {
            "exact": term.__eq__,
            "beginning": lambda text: text.startswith(term),
            "middle": lambda text: term in text,
        }[query.get("match", "exact")]
        code = field["field_code"]
        rows = [row for row in self._world.indexed("deal") if fits(_text(row["custom_fields"].get(code)))]
        return cursor_page(request, [{"id": row["id"], "name": _text(row["custom_fields"][code])} for row in rows])

    async def _convert(self, request: web.Request) -> web.Response:
        conversion = self._leads.convert(request.match_info["id"], await read_object(request), API_USER)
        return ok({"conversion_id": conversion})

    async def _conversion(self, request: web.Request) -> web.Response:
        return ok(self._leads.conversion(request.match_info["id"], request.match_info["conversion_id"]))

    def _shown(self, row: Json, request: web.Request | None = None) -> Json:
        """A row with the custom fields that were asked for; empty ones are there too, as null."""
        codes = [code for code, field in self._world.fields.items() if field["is_custom_field"]]
        asked = request.query.get("custom_fields") if request is not None else None
        if asked is not None:
            wanted = asked.split(",")
            if len(wanted) > _MOST_CUSTOM_FIELDS:
                raise invalid([f"custom_fields: at most {_MOST_CUSTOM_FIELDS}"])
            codes = [code for code in codes if code in wanted]
        included = request.query.get("include_fields", "").split(",") if request is not None else ()
        if "source_lead_id" not in included:
            row = {name: value for name, value in row.items() if name != "source_lead_id"}
        return row | {"custom_fields": {code: row["custom_fields"].get(code) for code in codes}}


def _has(deal: Json, statuses: Sequence[str] | None) -> bool:
    status = "deleted" if deal["is_deleted"] else deal["status"]
    return status != "deleted" if statuses is None else status in statuses


def _text(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
