"""``GET /export/{table}.{csv,parquet,xlsx}``: everything that can be exported, for machines with a token, while it is
being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

import structlog
from aiohttp import web
from pydantic import SecretStr

from bot.config.models import Company
from bot.decisions.tickets import STREAMED, Leave
from bot.errors import DatabaseUnavailable, NotFound
from bot.exports.forms import MEDIA_TYPES, Form, write
from bot.exports.pipe import pieces
from bot.exports.reading import reading
from bot.exports.tables import HOURS, Asked, Exportable, exportable
from bot.reports.hours import FIRST_YEAR, LAST_YEAR
from bot.reports.shape import By
from bot.web.bearer import bears
from cards.words import Language

log = structlog.get_logger()

AT_ONCE = 2
"""Exports that run at the same time in one process: they share processors and memory with people's clicks."""
RETRY_SECONDS = 30
PARAMETERS = frozenset({"year", "by", "language"})
NOBODY_ELSE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that somebody may have."""

    what: Exportable
    form: Form
    asked: Asked
    marked: bool = False

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.what.name}.{self.form.value}"


@dataclass(frozen=True, slots=True)
class Exports:
    """The route, and what sends a file. ``token`` opens what tells no cost, ``cost_token`` everything; without any the
    route is not there.

    It answers 401 without a token, 403 for cost with the lesser one, 404 for a table that is none, 406 for a form that
    is none, 400 for what cannot be asked, 503 with ``Retry-After`` while as many exports run as may.
    """

    url: str
    company: Company
    now: Callable[[], datetime]
    token: SecretStr | None = None
    cost_token: SecretStr | None = None
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), init=False)

    def routes(self) -> list[web.RouteDef]:
        """Only GET, and only where a token is set."""
        if self.token is None and self.cost_token is None:
            return []
        return [web.get("/export/{table}.{form}", self._fetch, allow_head=False)]

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        everything = bears(request, self.cost_token)
        if not everything and not bears(request, self.token):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        wanted = _wanted(request, cost=everything)
        if wanted.what.cost and not everything:
            raise web.HTTPForbidden(text="This tells what hours cost; it needs the token for cost.")
        if self._places.locked():
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_SECONDS)}, text="Too many exports run.")
        return await self.send(request, wanted)

    async def fetch(self, request: web.Request, leave: Leave) -> web.StreamResponse:
        """Send the file that a ticket was for. Tickets are a key user's, so everything is told; a CSV file is marked,
        because people open it in a spreadsheet program.
        """
        name, _, form = leave.name.removeprefix(STREAMED).rpartition(".")
        asked = Asked(cost=True, language=Language(leave.language))
        return await self.send(request, Wanted(exportable(name), Form(form), asked, marked=form == Form.CSV))

    async def send(self, request: web.Request, wanted: Wanted) -> web.StreamResponse:
        """Send a file as soon as there is room for one more export. When reading fails after the beginning the
        connection is cut, so that nobody takes half a file for a whole one.
        """
        async with self._places, aclosing(pieces(lambda file: self._write(wanted, file))) as found:
            try:
                first = await anext(found, b"")
            except NotFound:
                raise web.HTTPBadRequest(text="This report has no such breakdown.") from None
            except DatabaseUnavailable:
                raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_SECONDS)}) from None
            response = web.StreamResponse(headers={**NOBODY_ELSE, **_named(wanted)})
            await response.prepare(request)
            await response.write(first)
            sent = len(first)
            try:
                async for piece in found:
                    await response.write(piece)
                    sent += len(piece)
            except DatabaseUnavailable:
                log.warning("download.cut", file=wanted.name, sent=sent)
                if request.transport is not None:
                    request.transport.abort()
                return response
            await response.write_eof()
        log.info("download.sent", file=wanted.name, sent=sent)
        return response

    def _write(self, wanted: Wanted, file: IO[bytes]) -> None:
        with reading(self.url) as session:
            table = wanted.what.open(session, wanted.asked, self.company, self.now())
            write(wanted.form, table, file, lambda _rows: None, marked=wanted.marked)


def _named(wanted: Wanted) -> dict[str, str]:
    return {
        "Content-Type": MEDIA_TYPES[wanted.form],
        "Content-Disposition": f'attachment; filename="{wanted.name}"',
    }


def _wanted(request: web.Request, *, cost: bool) -> Wanted:
    form = request.match_info["form"]
    try:
        what = exportable(request.match_info["table"])
    except NotFound:
        raise web.HTTPNotFound from None
    if form not in set(Form):
        raise web.HTTPNotAcceptable(text=f"There is: {', '.join(Form)}.")
    return Wanted(what, Form(form), _asked(request, what, cost=cost))


def _asked(request: web.Request, what: Exportable, *, cost: bool) -> Asked:
    """Raises 400 for a parameter that this table does not have."""
    given = dict(request.query)
    year, by, language = given.get("year", "0"), given.get("by"), given.get("language", Language.EN.value)
    known = PARAMETERS if what.narrowed else frozenset()
    fits = given.keys() <= known and year.isascii() and year.isdecimal() and language in set(Language)
    if not fits or (by is not None and by not in set(By)) or (by is not None and what.name == HOURS):
        raise web.HTTPBadRequest(text="There is year, by and language, for hours and reports only.")
    number = int(year[:9])
    if number and not FIRST_YEAR <= number <= LAST_YEAR:
        raise web.HTTPBadRequest(text=f"Years go from {FIRST_YEAR} to {LAST_YEAR}.")
    return Asked(number, cost, By(by) if by else None, Language(language))
