"""The stand-in as a whole: who may ask, what it costs, and the control that lets somebody else change a deal."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.sandbox.pipedrive.answers import Json, Refused, invalid, not_found, ok
from integrations.sandbox.pipedrive.deals import Deals
from integrations.sandbox.pipedrive.deliveries import Courier, Send, post_over_http
from integrations.sandbox.pipedrive.leads import Leads
from integrations.sandbox.pipedrive.metering import Limits, Meter
from integrations.sandbox.pipedrive.routes_activities import ActivityRoutes
from integrations.sandbox.pipedrive.routes_contacts import ContactRoutes
from integrations.sandbox.pipedrive.routes_v1 import RoutesV1, shown_webhook
from integrations.sandbox.pipedrive.routes_v2 import RoutesV2
from integrations.sandbox.pipedrive.world import World

Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Edit(BaseModel):
    """What another person changes in the web page of a deal."""

    model_config = ConfigDict(extra="forbid")

    deal: int
    changes: dict[str, Any]
    user_id: int


class _LeadEdit(BaseModel):
    """What another person does to a lead in the web page: a new one without ``lead``; then ``changes`` are its values.
    ``gone`` deletes it, ``converted`` makes a deal of it.
    """

    model_config = ConfigDict(extra="forbid")

    lead: str | None = None
    changes: dict[str, Any] = {}
    gone: bool = False
    converted: bool = False
    user_id: int


class PipedriveSandbox:
    """A stand-in for one company account with one token."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        api_token: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        send: Send | None = None,
        limits: Limits | None = None,
    ) -> None:
        """``now`` gives aware UTC. ``sleep`` (seconds) serves the waits between deliveries, ``send`` makes them;
        without it they are posted over HTTP.
        """
        self.limits = limits or Limits()
        self.world = World(now, search_lag_s=self.limits.search_lag_s)
        self.meter = Meter(now, self.limits)
        self.courier = Courier(self.world, sleep, send or post_over_http)
        self.world.listeners.append(self.courier.hear)
        self.deals = Deals(self.world)
        self.leads = Leads(self.world, self.deals)
        self._api_token = api_token

    def application(self) -> web.Application:
        """Give the routes, to be mounted at ``/pipedrive``; subscribers are served as long as it runs."""
        app = web.Application(client_max_size=1024 * 1024)
        routes = Routes(app, self._api_token, self.meter)
        RoutesV2(self.world, self.deals, self.leads).add(routes)
        ContactRoutes(self.world).add(routes)
        ActivityRoutes(self.world).add(routes)
        RoutesV1(self.world, self.deals, self.leads, self.courier).add(routes)
        app.router.add_post("/_control/edit", self._edit)
        app.router.add_post("/_control/lead", self._edit_lead)
        app.router.add_route("*", "/{rest:.*}", _nothing_here)
        app.cleanup_ctx.append(self.courier.running)
        return app

    async def settle(self) -> None:
        """Wait until every subscriber was told or given up."""
        await self.courier.settle()

    def state(self) -> Json:
        """Give everything it holds, but no token and no password."""
        world = self.world
        return {
            "users": list(world.users.values()),
            "pipelines": list(world.pipelines.values()),
            "stages": list(world.stages.values()),
            "deal_fields": list(world.fields.values()),
            "organizations": list(world.organizations.values()),
            "persons": list(world.persons.values()),
            "deals": list(world.deals.values()),
            "leads": list(world.leads.values()),
            "notes": list(world.notes.values()),
            "activities": list(world.activities.values()),
            "followers": {str(deal): sorted(users) for deal, users in world.followers.items()},
            "changelog": {str(deal): list(lines) for deal, lines in world.changelog.items()},
            "webhooks": [shown_webhook(row) for row in self.courier.subscriptions.values()],
            "deliveries": list(self.courier.log),
            "tokens": {"limit": self.limits.daily_tokens, "spent": self.meter.spent},
        }

    async def _edit(self, request: web.Request) -> web.Response:
        try:
            asked = _Edit.model_validate_json(await request.read() or b"{}")
        except ValidationError as error:
            raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
        if asked.user_id not in self.world.users:
            raise web.HTTPBadRequest(text="There is no such user.")
        try:
            return ok(self.deals.change(asked.deal, asked.changes, asked.user_id, "app"))
        except Refused as refusal:
            return refusal.answer()

    async def _edit_lead(self, request: web.Request) -> web.Response:
        try:
            asked = _LeadEdit.model_validate_json(await request.read() or b"{}")
        except ValidationError as error:
            raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
        if asked.user_id not in self.world.users:
            raise web.HTTPBadRequest(text="There is no such user.")
        try:
            return ok(self.enter_lead(asked.lead, asked.changes, asked.user_id, gone=asked.gone, made=asked.converted))
        except Refused as refusal:
            return refusal.answer()

    def enter_lead(
        self, lead_id: str | None, changes: Json, user_id: int, *, gone: bool = False, made: bool = False
    ) -> Json:
        """Somebody enters a lead in the web page, changes it, deletes it (``gone``), or makes a deal of it (``made``);
        gives the lead as it was last.
        """
        if lead_id is None:
            return self.leads.create(changes, user_id, "app")
        if gone:
            return self.leads.delete(lead_id, user_id)
        if made:
            lead = self.leads.get(lead_id)
            self.leads.convert(lead_id, changes, user_id, "app")
            return lead
        return self.leads.change(lead_id, changes, user_id, "app")


class Routes:
    """Adds routes that ask for the token, take the cost and refuse unknown parameters."""

    def __init__(self, app: web.Application, api_token: str, meter: Meter) -> None:
        """Add to ``app``."""
        self._app = app
        self._api_token = api_token.encode()
        self._meter = meter

    def add(
        self,
        method: str,
        path: str,
        handler: Handler,
        cost: int,
        *,
        query: Iterable[str] = (),
        is_search: bool = False,
    ) -> None:
        """Answer ``method path`` with ``handler``. API v2 refuses parameters outside ``query``; v1 ignores them."""
        known = frozenset(query)

        async def answer(request: web.Request) -> web.Response:
            headers: dict[str, str] = {}
            try:
                self._check_token(request)
                headers = self._meter.charge(cost, is_search=is_search)
                if path.startswith("/api/v2") and (unknown := set(request.query) - known):
                    raise invalid([f"Parameter '{name}' is not allowed for this request" for name in sorted(unknown)])
                response = await handler(request)
            except Refused as refusal:
                response = refusal.answer()
            response.headers.update({name: value for name, value in headers.items() if name not in response.headers})
            return response

        self._app.router.add_route(method, path, answer)

    def _check_token(self, request: web.Request) -> None:
        if not hmac.compare_digest(request.headers.get("x-api-token", "").encode(), self._api_token):
            raise Refused(401, "unauthorized access")


async def _nothing_here(_: web.Request) -> web.Response:
    return not_found("Route").answer()
