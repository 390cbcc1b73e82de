"""``GET /sheets/{ticket}``: a sheet or a report, fetched once with a ticket given in Teams to a reader."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aiohttp import web
from sqlalchemy.orm import Session

from bot.database import Database
from bot.decisions.tickets import PATH, STREAMED, Leave, redeem
from cards.texts import texts
from cards.words import Language

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOBODY_ELSE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
"""A sheet is one person's matter: no cache keeps it, no page frames it, the address travels nowhere."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished document; ``name`` is its file name without folder, in plain ASCII."""

    name: str
    content: bytes
    media_type: str = DOCX


Prepare: TypeAlias = Callable[[Session, Leave, datetime], Callable[[], Sheet]]
"""``prepare(session, leave, now)`` reads what the sheet needs and gives a function that writes it
outside the transaction.
"""


Stream: TypeAlias = Callable[[web.Request, Leave], Awaitable[web.StreamResponse]]
"""Sends a file while it is being read."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """The route."""

    database: Database
    prepare: Prepare
    now: Callable[[], datetime]
    stream: Stream

    def routes(self) -> list[web.RouteDef]:
        """Only GET: a HEAD of a link preview must not use the ticket up."""
        return [web.get(PATH + "{ticket}", self._fetch, allow_head=False)]

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        ticket, now = request.match_info["ticket"], self.now()

        def take(session: Session) -> Callable[[], Sheet] | Leave | None:
            leave = redeem(session, ticket, now)
            if leave is None or leave.name.startswith(STREAMED):
                return leave
            return self.prepare(session, leave, now)

        found = await self.database.write(take)
        if found is None:
            return web.Response(status=404, text=_used_page(), content_type="text/html", headers=NOBODY_ELSE)
        if isinstance(found, Leave):
            return await self.stream(request, found)
        sheet = await asyncio.to_thread(found)
        disposition = {"Content-Disposition": f'attachment; filename="{sheet.name}"'}
        return web.Response(
            body=sheet.content, headers={**NOBODY_ELSE, **disposition, "Content-Type": sheet.media_type}
        )


def _used_page() -> str:
    parts = []
    for language in Language:
        words = texts(language)
        title, text = html.escape(words("web.link_used_title")), html.escape(words("web.link_used"))
        parts.append(f'<section lang="{language.value}"><h1>{title}</h1><p>{text}</p></section>')
    style = "body{font:16px system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}h1{font-size:1.25rem}"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Offerdesk</title>'
    return (
        f'<!doctype html><html lang="fr"><head>{head}<style>{style}</style></head><body>{"".join(parts)}</body></html>'
    )
