"""What each address does: collections, records, the content of files, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aiohttp import web

from integrations.sandbox.business_central.query import page_size, read_query
from integrations.sandbox.business_central.records import Glance, check_etag, shown, written
from integrations.sandbox.business_central.refusals import method_not_allowed, no_record, no_segment
from integrations.sandbox.business_central.rules import Rules
from integrations.sandbox.business_central.schema import STANDARD, Page
from integrations.sandbox.business_central.store import Row, Store
from integrations.sandbox.business_central.webhooks import Live, Webhooks

_OCTETS = "application/octet-stream"
_SUBSCRIPTIONS = STANDARD["subscriptions"]
_ATTACHMENTS = STANDARD["documentAttachments"]


class Pages:
    """Answers requests that are already authorised; refuses with `RefusalError`."""

    def __init__(self, store: Store, rules: Rules, webhooks: Webhooks) -> None:
        """Read and write ``store`` under ``rules``. ``page_size`` is the most rows of one page."""
        self._store = store
        self._rules = rules
        self._webhooks = webhooks
        self.page_size = 20_000

    async def collection(self, request: web.Request, page: Page, parent_id: str | None = None) -> web.Response:
        """Serve an entity set, or the files below one record."""
        if request.method == "POST" and page.insertable and parent_id is None:
            return await self._insert(request, page)
        if request.method != "GET":
            raise method_not_allowed(page.entity_set)
        rows = self._store.tables[page.table].values()
        below = [row for row in rows if parent_id is None or row.values.get("parentId") == parent_id]
        return self._listed(request, page, [Glance(self._store, page, row) for row in below])

    async def record(self, request: web.Request, page: Page, key: str) -> web.Response:
        """Serve one record."""
        row = self._row(page, key)
        if request.method == "GET":
            return web.json_response(self._answer(page, row))
        if request.method == "PATCH" and page.updatable:
            check_etag(request, row.etag, required=True)
            values = await written(request, page)
            self._rules.before_update(page.table, row, values)
            self._store.update(page.table, row, values)
            return web.json_response(self._answer(page, row))
        if request.method == "DELETE" and page.deletable:
            check_etag(request, row.etag, required=False)
            self._rules.before_delete(page.table, row)
            self._store.delete(page.table, row)
            return web.Response(status=204)
        raise method_not_allowed(page.entity_set)

    async def children(self, request: web.Request, page: Page, key: str, name: str) -> web.Response:
        """Serve a collection below a record."""
        if name not in page.collections:
            raise no_segment(name)
        return await self.collection(request, STANDARD[name], self._row(page, key).id)

    async def content(self, request: web.Request, key: str) -> web.Response:
        """Serve the content of an attached file."""
        row = self._row(_ATTACHMENTS, key)
        if request.method == "GET":
            return web.Response(body=row.content, content_type=_OCTETS)
        if request.method != "PATCH":
            raise method_not_allowed("attachmentContent")
        check_etag(request, row.etag, required=True)
        row.content = await request.read()
        self._store.update(_ATTACHMENTS.table, row, {})
        return web.Response(status=204)

    async def subscriptions(self, request: web.Request) -> web.Response:
        """Serve the subscriptions of the environment."""
        if request.method == "POST":
            known = await self._webhooks.create(await written(request, _SUBSCRIPTIONS))
            return web.json_response(_subscription(known), status=201)
        if request.method != "GET":
            raise method_not_allowed("subscriptions")
        live = [_subscription(known) for known in self._webhooks.live()]
        return self._listed(request, _SUBSCRIPTIONS, live)

    async def subscription(self, request: web.Request, key: str) -> web.Response:
        """Serve one subscription."""
        known = self._webhooks.get(key)
        if known is None:
            raise no_record("subscriptions")
        if request.method == "PATCH":
            check_etag(request, known.etag, required=True)
            await self._webhooks.renew(known, await written(request, _SUBSCRIPTIONS))
        elif request.method == "DELETE":
            check_etag(request, known.etag, required=False)
            self._webhooks.delete(known)
            return web.Response(status=204)
        elif request.method != "GET":
            raise method_not_allowed("subscriptions")
        return web.json_response(_subscription(known))

    async def _insert(self, request: web.Request, page: Page) -> web.Response:
        values = await written(request, page)
        self._rules.before_insert(page.table, values)
        row = self._store.insert(page.table, values)
        location = f"{request.url.origin()}{request.path}({row.id})"
        return web.json_response(self._answer(page, row), status=201, headers={"Location": location})

    def _row(self, page: Page, key: str) -> Row:
        row = self._store.tables[page.table].get(key.lower())
        if row is None:
            raise no_record(page.entity_set)
        return row

    def _answer(self, page: Page, row: Row) -> dict[str, Any]:
        return {"@odata.etag": row.etag, **shown(self._store, page, row)}

    def _listed(self, request: web.Request, page: Page, rows: Sequence[Mapping[str, Any]]) -> web.Response:
        query = read_query(request.query, page)
        found = [row for row in rows if query.matches(row)]
        if query.order is not None:
            found.sort(key=query.order)
        most = page_size(request.headers.get("Prefer", ""), self.page_size)
        end = query.skip + most
        root = f"{request.url.origin()}{request.path.split('/companies')[0]}"
        body: dict[str, Any] = {
            "@odata.context": f"{root}/$metadata#{page.entity_set}",
            "value": [_selected(_whole(row), query.select) for row in found[query.skip : end]],
        }
        if end < len(found):
            body["@odata.nextLink"] = _next_link(request, end)
        return web.json_response(body)


def _whole(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row.whole() if isinstance(row, Glance) else row


def _subscription(known: Live) -> dict[str, Any]:
    values = known.values()
    return {"@odata.etag": known.etag} | {
        wanted.name: values.get(wanted.name, wanted.default) for wanted in _SUBSCRIPTIONS.shown
    }


def _selected(answer: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = {"@odata.etag", *(names or answer)}
    return {name: value for name, value in answer.items() if name in kept}


def _next_link(request: web.Request, end: int) -> str:
    options = {name: value for name, value in request.query.items() if name != "$skiptoken"}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**options, "$skiptoken": str(end)}.items())
    return f"{request.url.origin()}{quote(request.path, safe='/()')}?{query}"
