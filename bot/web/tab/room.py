"""The tab's own edge: a token in, a drawn page out. Every request of data goes through :meth:`Tab.answer`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from bot.errors import DatabaseUnavailable, Invalid, NotAllowed, NotFound
from bot.errors import Refused as NotPossible
from bot.teams.dispatch import refused
from bot.tokens.bearer import Refused
from bot.web.tab.asked import Asked, Page, Unknown, turn_of
from bot.web.tab.drawing import DATA, draw, draw_both
from bot.web.tab.places import places_for
from bot.web.tab.shell import Shell
from bot.web.tab.table import ROUTES
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.teams.context import Surroundings
    from bot.web.tab.signin import SignedIn, SignIn
    from bot.web.tab.table import Route
    from cards.views.reader import Sentence

log = structlog.get_logger()

MOST_SECONDS = 20.0
MOST_BYTES = 300 * 1024
"""Of a posted form: a pasted configuration file fits well."""
NOBODY_ELSE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""A page of data is one person's matter: no cache keeps it and nothing frames it."""
WHY: Mapping[int, str] = {503: "away"}
"""What somebody reads who could not be judged; everybody else's token was refused."""
STATUS: Mapping[type[NotPossible], int] = {NotAllowed: 403, NotFound: 404}


@dataclass(frozen=True, slots=True)
class Tab:
    """The routes. ``changed`` is called after something was changed."""

    database: Database
    sign_in: SignIn
    around: Surroundings
    now: Callable[[], datetime]
    changed: Callable[[], None]
    shell: Shell

    def routes(self) -> list[web.RouteDef]:
        """Those of the table, each behind the token; then the shell at every other address below ``/tab``."""
        table = [web.route(one.method, DATA + one.path, partial(self.answer, one)) for one in ROUTES]
        return [*table, web.route("*", DATA + "{rest:.*}", self._nothing), *self.shell.routes()]

    async def answer(self, route: Route, request: web.Request) -> web.Response:
        """One page of data, or the sentence that says why not and what to do."""
        try:
            who = await self.sign_in.who(request.headers.get("Authorization"))
        except Refused as error:
            log.info("pages.refused", reason=error.reason, status=error.status)
            return _for_nobody(WHY.get(error.status, "token"), error.status)
        given = dict(request.query) if route.method == "GET" else await _form(request)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await self._page(route, who, dict(request.match_info), given)
        except Unknown:
            return _for_nobody("unknown", 403)
        except (DatabaseUnavailable, TimeoutError):
            return _for_nobody("away", 503)

    async def _nothing(self, request: web.Request) -> web.Response:
        """Nobody learns which addresses exist without a token."""
        try:
            await self.sign_in.who(request.headers.get("Authorization"))
        except Refused as error:
            return _for_nobody("token", error.status)
        return _for_nobody("nothing", 404)

    async def _page(
        self, route: Route, who: SignedIn, path: Mapping[str, str], given: Mapping[str, str]
    ) -> web.Response:
        begun, now = time.perf_counter(), self.now()
        said: Sentence | None = None
        failed: NotPossible | None = None
        if route.do is not None:
            try:
                said = await self.database.write(lambda session: self._do(route, session, who, now, path, given))
                self.changed()
            except NotPossible as error:
                failed = error
        text, status = await self.database.read(
            lambda session: self._drawn(route, session, who, now, path, given, said, failed)
        )
        log.debug("pages.drawn", page=route.path, status=status, seconds=round(time.perf_counter() - begun, 4))
        return web.Response(text=text, status=status, content_type="text/html", headers=NOBODY_ELSE)

    def _do(
        self,
        route: Route,
        session: Session,
        who: SignedIn,
        now: datetime,
        path: Mapping[str, str],
        given: Mapping[str, str],
    ) -> Sentence:
        asked = Asked(turn_of(session, who, now, self.around), path, given)
        asked.require(route.who)
        assert route.do is not None  # noqa: S101  the caller looked
        return route.do(asked)

    def _drawn(
        self,
        route: Route,
        session: Session,
        who: SignedIn,
        now: datetime,
        path: Mapping[str, str],
        given: Mapping[str, str],
        said: Sentence | None,
        failed: NotPossible | None,
    ) -> tuple[str, int]:
        at_fields = failed if route.form and isinstance(failed, Invalid) and failed.fields else None
        asked = Asked(turn_of(session, who, now, self.around), path, given, said, at_fields)
        try:
            asked.require(route.who)
            if failed is not None and at_fields is None:
                raise failed
            page, status = route.show(asked), 200 if at_fields is None else 422
        except NotPossible as error:
            page = Page("refused.html", sentence("tab.refused_title"), "", {"why": refused(error)})
            status = next((found for kind, found in STATUS.items() if isinstance(error, kind)), 409)
            if said is not None:
                # It was done; who took the admin's role from themselves may only not see this page any more.
                status = 200
        places = () if asked.turn.person.guest else places_for(asked.roles)
        frame = {
            "title": page.title,
            "place": page.place,
            "places": places,
            "said": asked.said,
            "address": page.address,
        }
        return draw(page.template, asked.turn.reader, {**frame, **page.values}), status


async def _form(request: web.Request) -> dict[str, str]:
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length or 0)
    posted = await request.post()
    return {name: value for name, value in posted.items() if isinstance(value, str)}


def _for_nobody(why: str, status: int) -> web.Response:
    """What somebody reads whose language nobody knows: both."""
    headers = {**NOBODY_ELSE, **({"WWW-Authenticate": "Bearer"} if status == web.HTTPUnauthorized.status_code else {})}
    text = draw_both("nobody.html", {"why": why})
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
