"""The stand-in as a whole: who may ask, which part answers, what a person or a test may do to it.

GET|POST|PUT|PATCH|DELETE  /v1.0/drives/…   the library
GET|POST|PATCH|DELETE      /v1.0/users/{user}/events/…   calendars
/upload, /download         pieces and contents, with a ticket in the place of a token
POST /_control/rename      {"path": "S580 Old", "name": "S580 New"}: as a person would in the browser
POST /_control/delete      {"path": "S580 Old"}
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.sandbox.graph.asking import VERSION, object_of
from integrations.sandbox.graph.drive import Item, Library
from integrations.sandbox.graph.items import ItemRoutes
from integrations.sandbox.graph.mailboxes import WRITABLE, Mailboxes
from integrations.sandbox.graph.pages import Pages
from integrations.sandbox.graph.refusals import RefusedError, bad
from integrations.sandbox.graph.transfers import Transfers

AUDIENCE = "https://graph.microsoft.com"
"""Whom a token must be meant for."""


class _Delete(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1)]


class _Rename(_Delete):
    name: str


_Asked = TypeVar("_Asked", bound=BaseModel)


class GraphSandbox:
    """A stand-in for Microsoft Graph with one library. Tests reach into ``library`` and ``mailboxes`` directly."""

    def __init__(
        self, now: Callable[[], datetime], *, verify: Callable[[str], bool], drive_id: str, web_root: str
    ) -> None:
        """``now`` gives aware UTC; ``verify`` says whether a bearer token is valid and meant for `AUDIENCE`;
        ``web_root`` is where the library opens in a browser: `/library` below the mount, or anywhere.
        """
        self._now = now
        self._verify = verify
        self._answered = 0
        self.library = Library(now, drive_id, web_root)
        self.mailboxes = Mailboxes(now)
        self._transfers = Transfers(self.library, now)
        self._items = ItemRoutes(self.library, self._transfers)

    def application(self) -> web.Application:
        """Give the routes, to be mounted at ``/graph``."""
        app = web.Application(middlewares=[self._framed])
        app.router.add_route("*", "/v1.0/drives/{rest:.*}", self._items.answer)
        app.router.add_get("/v1.0/users/{user}/calendar", self._calendar)
        app.router.add_post("/v1.0/users/{user}/events", self._create_event)
        app.router.add_get("/v1.0/users/{user}/events/{event}", self._event)
        app.router.add_patch("/v1.0/users/{user}/events/{event}", self._change_event)
        app.router.add_delete("/v1.0/users/{user}/events/{event}", self._delete_event)
        app.router.add_post("/v1.0/users/{user}/events/{event}/cancel", self._cancel_event)
        pages = Pages(self.library)
        app.router.add_get("/library", pages.show)
        app.router.add_get("/library/{path:.*}", pages.show)
        for method in ("GET", "PUT", "DELETE"):
            app.router.add_route(method, "/upload", self._transfers.upload)
        app.router.add_get("/download", self._transfers.download)
        app.router.add_post("/_control/rename", self._control_rename)
        app.router.add_post("/_control/delete", self._control_delete)
        return app

    def state(self) -> dict[str, Any]:
        """Give the tree, every item with its path below the library, and the events."""
        items = [item for item in self.library.items.values() if item is not self.library.root]
        return {
            "drive": self.library.drive_id,
            "tree": sorted((self._line(item) for item in items), key=lambda line: str(line["path"]).casefold()),
            "uploads": self._transfers.open_uploads,
            "events": list(self.mailboxes.events.values()),
            "cancelled": self.mailboxes.cancelled,
        }

    def _line(self, item: Item) -> dict[str, Any]:
        resource = self.library.resource(item)
        return {
            "path": "/".join(item.names),
            "id": item.id,
            "is_folder": item.is_folder,
            "size": resource["size"],
            "etag": item.etag,
            "web_url": resource["webUrl"],
        }

    @web.middleware
    async def _framed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for the token, turn refusals into Graph's shape, and number the answer."""
        self._answered += 1
        request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.library.drive_id}#{self._answered}"))
        try:
            if _is_api(request):
                self._authorise(request)
            response = await handler(request)
        except RefusedError as refused:
            response = refused.answer(request_id, self._now())
        except web.HTTPException as error:
            if not _is_api(request):
                raise
            response = RefusedError(error.status, "BadRequest", error.reason).answer(request_id, self._now())
        response.headers["request-id"] = request_id
        return response

    def _authorise(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token or not self._verify(token):
            challenge = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
            raise RefusedError(401, "InvalidAuthenticationToken", "The access token is not valid.", headers=challenge)

    async def _calendar(self, request: web.Request) -> web.Response:
        user = request.match_info["user"]
        return web.json_response({"id": f"AAMk-{user}", "name": "Calendar", "canEdit": True})

    async def _create_event(self, request: web.Request) -> web.Response:
        wanted = await object_of(request, WRITABLE)
        return web.json_response(self.mailboxes.create(request.match_info["user"], wanted), status=201)

    async def _event(self, request: web.Request) -> web.Response:
        return web.json_response(self.mailboxes.get(*_event_in(request)))

    async def _change_event(self, request: web.Request) -> web.Response:
        wanted = await object_of(request, WRITABLE)
        return web.json_response(self.mailboxes.change(*_event_in(request), wanted))

    async def _delete_event(self, request: web.Request) -> web.Response:
        self.mailboxes.delete(*_event_in(request))
        return web.Response(status=204)

    async def _cancel_event(self, request: web.Request) -> web.Response:
        body = await object_of(request, {"comment", "Comment"})
        comment = body.get("comment", body.get("Comment", ""))
        if not isinstance(comment, str):
            raise bad("The comment is text.")
        self.mailboxes.cancel(*_event_in(request), comment)
        return web.Response(status=202)

    async def _control_rename(self, request: web.Request) -> web.Response:
        asked = await _read(request, _Rename)
        item = self._at(asked.path)
        self.library.change(item, name=asked.name)
        return web.json_response(self._line(item))

    async def _control_delete(self, request: web.Request) -> web.Response:
        item = self._at((await _read(request, _Delete)).path)
        line = self._line(item)
        self.library.delete(item)
        return web.json_response(line)

    def _at(self, path: str) -> Item:
        return self.library.at(self.library.root, [name for name in path.split("/") if name])


def _is_api(request: web.Request) -> bool:
    """Whether Graph itself is asked; a folder may well be called v1.0."""
    before, version, _ = request.rel_url.raw_path.partition(VERSION)
    return bool(version) and "/library/" not in f"{before}/"


def _event_in(request: web.Request) -> tuple[str, str]:
    return request.match_info["user"], request.match_info["event"]


async def _read(request: web.Request, model: type[_Asked]) -> _Asked:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
