"""The stand-in as a whole: who may enter, which address leads where."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.business_central.control import Controls
from integrations.sandbox.business_central.delivery import send_to_this_machine
from integrations.sandbox.business_central.edmx import document
from integrations.sandbox.business_central.pages import Pages
from integrations.sandbox.business_central.records import shown
from integrations.sandbox.business_central.refusals import RefusalError, no_record, no_segment
from integrations.sandbox.business_central.rules import Rules
from integrations.sandbox.business_central.schema import PRESALES, STANDARD, WATCHABLE, Page
from integrations.sandbox.business_central.seeds import COMPANY_ID, plant
from integrations.sandbox.business_central.store import Store
from integrations.sandbox.business_central.webhooks import Send, Webhooks

AUDIENCE = "https://api.businesscentral.dynamics.com"
"""What a token must be issued for."""

ENVIRONMENT = "Sandbox"
_RATE = 6000
_RATE_WINDOW = timedelta(minutes=5)
_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_ADDRESS = re.compile(
    rf"^companies\((?P<company>{_GUID})\)(?:/(?P<set>\w+)(?:\((?P<key>{_GUID})\)(?:/(?P<below>\w+))?)?)?$"
)
_SUBSCRIPTION = re.compile(r"^subscriptions\('(?P<key>\w{1,150})'\)$")


class BusinessCentralSandbox:
    """One tenant with one environment and one company."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        verify: Callable[[str], bool],
        tenant_id: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        send: Send | None = None,
        presales_pages: bool = False,
        notify_after_s: float = 30.0,
    ) -> None:
        """Plant the seeds.

        ``now`` gives aware UTC; ``verify`` says whether a bearer token was issued for `AUDIENCE` and is valid;
        ``send`` posts notifications (default: to this machine only), ``notify_after_s`` seconds after the first change;
        ``presales_pages`` installs the custom pages.
        """
        self._now = now
        self._verify = verify
        self._tenant_id = tenant_id
        self._presales = PRESALES if presales_pages else {}
        self.webhooks = Webhooks(
            now, sleep, send or send_to_this_machine, company_id=COMPANY_ID, after_s=notify_after_s
        )
        self.store = Store(now, self._changed)
        self.rules = Rules(self.store)
        self.pages = Pages(self.store, self.rules, self.webhooks)
        self.controls = Controls(self.store, self.rules, self.webhooks)
        self._counts: Counter[str] = Counter()
        self._arrivals: deque[datetime] = deque()
        self._at_once = 0
        self._most_at_once = 0
        plant(self.store)

    def application(self) -> web.Application:
        """Give the routes, to be mounted at ``/business_central``."""
        app = web.Application(middlewares=[self._answering], client_max_size=4 * 1024 * 1024)
        self.controls.add_routes(app)
        root = "/v2.0/{tenant}/{environment}/api"
        app.router.add_route("*", f"{root}/v2.0/{{rest:.*}}", self._standard)
        app.router.add_route("*", f"{root}/{{publisher}}/{{group}}/{{version}}/{{rest:.*}}", self._custom)
        app.cleanup_ctx.append(self._delivering)
        return app

    def state(self) -> dict[str, Any]:
        """Say what the tables hold; contents of files and client states are not among it."""
        pages = {page.entity_set: page for page in (*STANDARD.values(), *self._presales.values())}
        del pages["subscriptions"]
        return {
            "company": COMPANY_ID,
            "environment": ENVIRONMENT,
            "presales_pages": bool(self._presales),
            "manual_numbers": dict(self.rules.numbering.manual),
            "most_at_once": self._most_at_once,
            "counts": dict(self._counts),
            "subscriptions": [known.values() | {"clientState": "…"} for known in self.webhooks.live()],
            "notifications": list(self.webhooks.delivered),
            **{
                name: [shown(self.store, page, row) for row in self.store.tables[page.table].values()]
                for name, page in pages.items()
            },
        }

    def _changed(self, table: str, record_id: str, kind: str) -> None:
        if table in WATCHABLE:
            self.webhooks.changed(table, record_id, kind)

    async def _delivering(self, _: web.Application) -> AsyncIterator[None]:
        yield
        await self.webhooks.stop()

    @web.middleware
    async def _answering(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn refusals into Business Central's error bodies."""
        self._at_once += 1
        self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            return await handler(request)
        except RefusalError as refused:
            self._counts[refused.code] += 1
            return web.json_response(refused.body(self.store.new_id("correlation")), status=refused.status)
        finally:
            self._at_once -= 1

    async def _standard(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        rest = request.match_info["rest"]
        if rest == "$metadata":
            return _metadata(STANDARD)
        if rest == "companies":
            return await self.pages.collection(request, STANDARD["companies"])
        if rest == "subscriptions":
            return await self.pages.subscriptions(request)
        one = _SUBSCRIPTION.match(rest)
        if one is not None:
            return await self.pages.subscription(request, one["key"])
        return await self._in_company(request, rest, STANDARD)

    async def _custom(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        where = tuple(request.match_info[name] for name in ("publisher", "group", "version"))
        if where != ("offerdesk", "presales", "v1.0") or not self._presales:
            raise no_segment("/".join(where))
        rest = request.match_info["rest"]
        return _metadata(PRESALES) if rest == "$metadata" else await self._in_company(request, rest, PRESALES)

    async def _in_company(self, request: web.Request, rest: str, pages: Mapping[str, Page]) -> web.StreamResponse:
        found = _ADDRESS.match(rest)
        if found is None:
            raise no_segment(rest[:100])
        if found["company"].lower() != COMPANY_ID:
            raise no_record("companies")
        if found["set"] is None:
            return await self.pages.record(request, STANDARD["companies"], found["company"])
        page = pages.get(found["set"])
        if page is None or page.table in {"companies", "subscriptions"}:
            raise no_segment(found["set"])
        if found["key"] is None:
            return await self.pages.collection(request, page)
        if found["below"] is None:
            return await self.pages.record(request, page, found["key"])
        if found["below"] == "attachmentContent" and page.table == "attachments":
            return await self.pages.content(request, found["key"])
        return await self.pages.children(request, page, found["key"], found["below"])

    def _admit(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._verify(token):
            raise RefusalError(401, "Authentication_InvalidCredentials", "The server has rejected the credentials.")
        if request.match_info["tenant"] != self._tenant_id or request.match_info["environment"] != ENVIRONMENT:
            raise RefusalError(404, "BadRequest_NotFound", "There is no such environment.")
        moment = self._now()
        while self._arrivals and self._arrivals[0] <= moment - _RATE_WINDOW:
            self._arrivals.popleft()
        if len(self._arrivals) >= _RATE:
            raise RefusalError(429, "Application_TooManyRequests", "Too many requests.")
        self._arrivals.append(moment)
        self._counts[request.method] += 1


def _metadata(pages: Mapping[str, Page]) -> web.Response:
    return web.Response(text=document(pages), content_type="application/xml")
