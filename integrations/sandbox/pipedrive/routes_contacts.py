"""The routes of organizations and persons (API v2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import Json, Refused, cursor_page, not_found, ok, read_object
from integrations.sandbox.pipedrive.queries import (
    LISTED,
    PAGED,
    WITH_FIELDS,
    changed_within,
    narrowed,
    number_of,
    search_term,
)
from integrations.sandbox.pipedrive.world import API_USER, Entity, Happening, World, new_organization, new_person

if TYPE_CHECKING:
    from integrations.sandbox.pipedrive.service import Routes

_REACH = checks.object_of({"value": checks.text(), "primary": checks.boolean, "label": checks.text()}, "value")
_ENTITY_KEYS: Mapping[str, checks.Check] = {
    "name": checks.text(least=1),
    "owner_id": checks.integer,
    "visible_to": checks.one_of(1, 3, 5, 7),
    "label_ids": checks.list_of(checks.integer),
}
_ORGANIZATION_KEYS: Mapping[str, checks.Check] = {
    **_ENTITY_KEYS, "address": checks.ADDRESS, "website": checks.nullable(checks.text()),
}  # fmt: skip
_PERSON_KEYS: Mapping[str, checks.Check] = {
    **_ENTITY_KEYS, "org_id": checks.integer, "emails": checks.list_of(_REACH), "phones": checks.list_of(_REACH),
    "job_title": checks.text(),
}  # fmt: skip


class ContactRoutes:
    """What API v2 answers about contacts."""

    def __init__(self, world: World) -> None:
        """Answer for ``world``."""
        self._world = world

    def add(self, routes: Routes) -> None:
        """Put the routes where they belong."""
        searched = (*PAGED, "term", "fields", "exact_match")
        for name, create, get, listing, search in (
            ("organizations", self._create_organization, self._get_organization, self._list_organizations,
             self._search_organizations),
            ("persons", self._create_person, self._get_person, self._list_persons, self._search_persons),
        ):  # fmt: skip
            more = ("org_id", "deal_id") if name == "persons" else ()
            routes.add("POST", f"/api/v2/{name}", create, 5)
            routes.add("GET", f"/api/v2/{name}", listing, 10, query=(*LISTED, *WITH_FIELDS, "filter_id", *more))
            # Before the row with the id: the router takes the first that fits.
            routes.add("GET", f"/api/v2/{name}/search", search, 20, query=searched, is_search=True)
            routes.add("GET", f"/api/v2/{name}/{{id}}", get, 1, query=WITH_FIELDS)

    async def _create_organization(self, request: web.Request) -> web.Response:
        body = await self._contact(request, _ORGANIZATION_KEYS)
        return self._created("organization", self._world.organizations, new_organization(self._world, body, API_USER))

    async def _create_person(self, request: web.Request) -> web.Response:
        body = await self._contact(request, _PERSON_KEYS)
        if body.get("org_id") is not None and body["org_id"] not in self._world.organizations:
            raise Refused(400, f"org_id: {body['org_id']} does not exist")
        return self._created("person", self._world.persons, new_person(self._world, body, API_USER))

    async def _contact(self, request: web.Request, keys: Mapping[str, checks.Check]) -> Json:
        """The body of a contact. The stand-in has no custom fields of contacts, so any code is an unknown one."""
        body = await read_object(request)
        checks.check_body(body, {**keys, "custom_fields": checks.object_of({})}, "name")
        return body

    def _created(self, entity: Entity, book: dict[int, Json], row: Json) -> web.Response:
        book[row["id"]] = row
        self._world.happened(Happening(entity, None, row, API_USER, "api"))
        return ok(row)

    async def _get_organization(self, request: web.Request) -> web.Response:
        return ok(_row(self._world.organizations, request, "Organization"))

    async def _get_person(self, request: web.Request) -> web.Response:
        return ok(_row(self._world.persons, request, "Person"))

    async def _list_organizations(self, request: web.Request) -> web.Response:
        return cursor_page(request, _listed(request, self._world.organizations))

    async def _list_persons(self, request: web.Request) -> web.Response:
        return cursor_page(request, narrowed(request, _listed(request, self._world.persons), "org_id"))

    async def _search_organizations(self, request: web.Request) -> web.Response:
        return self._search(request, "organization", lambda row: [row["name"]])

    async def _search_persons(self, request: web.Request) -> web.Response:
        wanted = request.query.get("fields", "name,email").split(",")
        return self._search(
            request,
            "person",
            lambda row: [row["name"]] * ("name" in wanted) + [e["value"] for e in row["emails"]] * ("email" in wanted),
        )

    def _search(self, request: web.Request, entity: Entity, texts: Callable[[Json], list[str]]) -> web.Response:
        exact = request.query.get("exact_match") == "true"
        term = search_term(request, 1 if exact else 2).casefold()
        found = []
        for row in self._world.indexed(entity):
            matches = (text.casefold() for text in texts(row))
            if any(term == text if exact else term in text for text in matches):
                found.append({"result_score": 1.0, "item": {"id": row["id"], "type": entity, "name": row["name"]}})
        return cursor_page(request, found, below="items")


def _listed(request: web.Request, book: Mapping[int, Json]) -> list[Json]:
    return changed_within(request, [row for row in book.values() if not row["is_deleted"]])


def _row(book: Mapping[int, Json], request: web.Request, what: str) -> Json:
    row = book.get(number_of(request))
    if row is None:
        raise not_found(what)
    return row
