"""The routes of the library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from integrations.sandbox.graph.asking import (
    CONFLICT_BEHAVIOUR,
    Target,
    behaviour_of,
    fields_of,
    object_of,
    query_of,
    target_of,
)
from integrations.sandbox.graph.drive import Item, Library
from integrations.sandbox.graph.refusals import RefusedError, bad, not_found
from integrations.sandbox.graph.transfers import Transfers

_DRIVE_PROPERTIES = frozenset({"id", "name", "driveType", "webUrl", "createdDateTime"})
_ITEM_PROPERTIES = frozenset(
    {
        "id",
        "name",
        "webUrl",
        "eTag",
        "cTag",
        "size",
        "createdDateTime",
        "lastModifiedDateTime",
        "parentReference",
        "folder",
        "file",
        "root",
    }
)
_LARGEST_PAGE = 999
_USUAL_PAGE = 200

_Handler = Callable[[web.Request, Target], Awaitable[web.StreamResponse]]


class ItemRoutes:
    """Answers everything below ``/v1.0/drives``."""

    def __init__(self, library: Library, transfers: Transfers) -> None:
        """Answer for one library; any other is unknown."""
        self._library = library
        self._transfers = transfers
        self._handlers: dict[tuple[str, str], _Handler] = {
            ("GET", "drive"): self._drive,
            ("GET", "item"): self._item,
            ("PATCH", "item"): self._change,
            ("DELETE", "item"): self._delete,
            ("GET", "children"): self._children,
            ("POST", "children"): self._add_folder,
            ("GET", "content"): self._download,
            ("PUT", "content"): self._upload,
            ("POST", "createUploadSession"): self._begin_upload,
        }

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        target = target_of(request)
        handler = self._handlers.get((request.method, target.action))
        if handler is None:
            raise RefusedError(405, "methodNotAllowed", "This resource does not take this method.")
        if target.drive_id != self._library.drive_id:
            raise not_found()
        return await handler(request, target)

    def find(self, target: Target) -> Item:
        """Give the item an address means."""
        library = self._library
        start = library.root if target.item_id is None else library.get(target.item_id)
        return library.at(start, list(target.names))

    async def _drive(self, request: web.Request, _: Target) -> web.Response:
        query = query_of(request, {"$select"})
        return web.json_response(_selected(self._library.drive_resource(), query, _DRIVE_PROPERTIES))

    async def _item(self, request: web.Request, target: Target) -> web.Response:
        query = query_of(request, {"$select"})
        item = self.find(target)
        return web.json_response(_selected(self._library.resource(item), query, _ITEM_PROPERTIES))

    async def _children(self, request: web.Request, target: Target) -> web.Response:
        query = query_of(request, {"$select", "$top", "$skiptoken"})
        start, most = _number(query, "$skiptoken", 0), _number(query, "$top", _USUAL_PAGE)
        if not 1 <= most <= _LARGEST_PAGE:
            raise bad(f"$top is from 1 to {_LARGEST_PAGE}.")
        items = self._library.children(self.find(target))
        answer: dict[str, Any] = {
            "value": [
                _selected(self._library.resource(item), query, _ITEM_PROPERTIES) for item in items[start : start + most]
            ]
        }
        if start + most < len(items):
            following = request.url.update_query({"$skiptoken": str(start + most)})
            answer["@odata.nextLink"] = str(following)
        return web.json_response(answer)

    async def _add_folder(self, request: web.Request, target: Target) -> web.Response:
        query_of(request, frozenset())
        body = await object_of(request, {"name", "folder", CONFLICT_BEHAVIOUR})
        if body.get("folder") != {}:
            raise bad("Only a folder can be made this way: folder must be an empty object.")
        behaviour = behaviour_of(body.get(CONFLICT_BEHAVIOUR), "fail")
        if behaviour == "replace":
            raise bad("A folder cannot be replaced.")
        item = self._library.add_folder(self.find(target), body.get("name"), behaviour)
        return web.json_response(self._library.resource(item), status=201)

    async def _change(self, request: web.Request, target: Target) -> web.Response:
        query_of(request, frozenset())
        body = await object_of(request, {"name", "parentReference"})
        item = self.find(target)
        _check_version(request, item)
        parent = None
        if "parentReference" in body:
            reference = fields_of(body["parentReference"], {"id", "driveId"})
            parent = self._library.get(str(reference.get("id")))
        self._library.change(item, name=body.get("name"), parent=parent)
        return web.json_response(self._library.resource(item))

    async def _delete(self, request: web.Request, target: Target) -> web.Response:
        item = self.find(target)
        _check_version(request, item)
        self._library.delete(item)
        return web.Response(status=204)

    async def _download(self, request: web.Request, target: Target) -> web.Response:
        item = self.find(target)
        if item.is_folder:
            raise bad("A folder has no content.")
        return web.Response(status=302, headers={"Location": self._transfers.download_url(request, item)})

    async def _upload(self, request: web.Request, target: Target) -> web.Response:
        query = query_of(request, {CONFLICT_BEHAVIOUR})
        behaviour = behaviour_of(query.get(CONFLICT_BEHAVIOUR), "replace")
        parent, name = self._place(target)
        _check_version(request, self._library.child(parent, name))
        item, is_new = self._library.put_file(parent, name, await request.read(), behaviour)
        return web.json_response(self._library.resource(item), status=201 if is_new else 200)

    async def _begin_upload(self, request: web.Request, target: Target) -> web.Response:
        query_of(request, frozenset())
        body = await object_of(request, {"item"})
        wanted = fields_of(body.get("item", {}), {CONFLICT_BEHAVIOUR, "name", "fileSize"})
        parent, name = self._place(target)
        behaviour = behaviour_of(wanted.get(CONFLICT_BEHAVIOUR), "replace")
        return web.json_response(self._transfers.begin(request, parent, name, behaviour))

    def _place(self, target: Target) -> tuple[Item, str]:
        """The folder and the name of a file that may not be there yet. The folder must be."""
        if target.names:
            folder = Target(target.drive_id, target.action, target.item_id, target.names[:-1])
            return self.find(folder), target.names[-1]
        item = self.find(target)
        if item.is_folder or item.parent is None:
            raise bad("A folder has no content.")
        return item.parent, item.name


def _selected(resource: dict[str, Any], query: dict[str, str], known: frozenset[str]) -> dict[str, Any]:
    if "$select" not in query:
        return resource
    names = query["$select"].split(",")
    if not known.issuperset(names):
        raise bad("$select names a property that does not exist.")
    return {name: value for name, value in resource.items() if name in names}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise bad(f"{name} is a number.")
    return int(text)


def _check_version(request: web.Request, item: Item | None) -> None:
    wanted = request.headers.get("If-Match", "*")
    if wanted != "*" and (item is None or wanted not in {item.etag, item.ctag}):
        raise RefusedError(412, "resourceModified", "ETag does not match current item's value")
