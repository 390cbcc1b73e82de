"""The routes of the portal sandbox: the API, the pages a person opens, and the controls."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.sandbox.esa.listing import Listings, NothingWaitsError, Published
from integrations.sandbox.esa.query import BadQueryError, read_query
from integrations.sandbox.esa.tenders import Draft, Status, made_up_drafts

_SHELL = "<!doctype html><html><head><title>esa-star</title></head><body><app-root></app-root></body></html>"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Publish(_Strict):
    """Empty: the next waiting draft. With a title: a tender of one's own."""

    title: str | None = None
    tanumber: str = "1-29999"
    text: str = ""
    status: Status = Status.ISSUED
    closes_in_days: int | None = 42
    entity: str | None = None
    price_range: str | None = None
    countries: tuple[int, ...] | None = None
    technologies: tuple[int, ...] = ()
    products: tuple[int, ...] = ()


class _One(_Strict):
    id: int


class _Move(_One):
    days: Annotated[int, Field(ge=-3650, le=3650)]


class _Issue(_One):
    closes_in_days: Annotated[int, Field(ge=0, le=3650)] = 42


_Asked = TypeVar("_Asked", bound=BaseModel)


class EsaPortal:
    """A stand-in for the publication site."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        started_at: datetime,
        drafts: tuple[Draft, ...] | None = None,
        release_every_s: float = 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Publish old drafts relative to ``started_at``; release a waiting one every ``release_every_s`` seconds, if
        not 0.
        """
        self.listings = Listings(now, made_up_drafts() if drafts is None else drafts, started_at=started_at)
        self._release_every_s = release_every_s
        self._sleep = sleep

    def application(self) -> web.Application:
        """Give the routes, to be mounted at ``/esa``."""
        app = web.Application(client_max_size=256 * 1024)
        for name, handler in (("tenderAction", self._esa), ("nonESATA", self._non_esa)):
            app.router.add_get(f"/api/{name}/filter/{{take}}", handler)
            app.router.add_get(f"/api/{name}/filter/{{take}}/{{skip}}", handler)
        for page in ("/", "/ESATenderActions/filter/open", "/nonEsaTenderActions/filter/open"):
            app.router.add_get(page, self._shell)
        app.router.add_get("/ESATenderActions/details/{id}", self._details)
        app.router.add_get("/nonEsaTenderActions/details/{id}", self._details)
        app.router.add_post("/_control/publish", self._publish)
        app.router.add_post("/_control/issue", self._issue)
        app.router.add_post("/_control/deadline", self._deadline)
        app.router.add_post("/_control/cancel", self._cancel)
        app.router.add_post("/_control/close", self._close)
        app.router.add_post("/_control/reissue", self._reissue)
        if self._release_every_s > 0:
            app.cleanup_ctx.append(self._releasing)
        return app

    def state(self) -> dict[str, Any]:
        """Give every published tender and how many wait."""
        return {
            "tenders": [tender.item for tender in self.listings.tenders.values()],
            "waiting": len(self.listings.waiting),
        }

    async def _esa(self, request: web.Request) -> web.Response:
        return self._answer(request, is_esa=True)

    async def _non_esa(self, request: web.Request) -> web.Response:
        return self._answer(request, is_esa=False)

    def _answer(self, request: web.Request, *, is_esa: bool) -> web.Response:
        try:
            query = read_query(request.match_info, list(request.query.items()), is_esa=is_esa)
        except BadQueryError as error:
            return web.json_response({"message": str(error)}, status=400)
        chosen = [t for t in self.listings.tenders.values() if t.is_esa == is_esa and query.wants(t.item)]
        chosen.sort(key=lambda tender: tender.sort_key(query.sort_by), reverse=True)
        page = chosen[query.skip : query.skip + query.take]
        return web.json_response({"total": len(chosen), "items": [tender.item for tender in page]})

    async def _shell(self, _: web.Request) -> web.Response:
        return web.Response(text=_SHELL, content_type="text/html")

    async def _details(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        tender = self.listings.tenders.get(int(number)) if number.isdecimal() else None
        if tender is None:
            raise web.HTTPNotFound(text="There is no such tender action.")
        item = tender.item
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(str(item[name]))}</dd>"
            for name in ("tanumber", "firstPublicationDate", "closingDate", "clarificationRequestDeadline")
        )
        text = html.escape(item.get("description") or item.get("abstract") or "")
        body = f"<h1>{html.escape(item['title'])}</h1><dl>{rows}</dl><p>{text}</p>"
        page = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>esa-star</title></head><body>{body}'
        return web.Response(
            text=f"{page}</body></html>",
            content_type="text/html",
            headers={"Content-Security-Policy": "default-src 'none'"},
        )

    async def _publish(self, request: web.Request) -> web.Response:
        asked = await _read(request, _Publish)
        draft = None
        if asked.title is not None:
            fields = {name: value for name, value in asked.model_dump().items() if value is not None}
            draft = Draft(**(fields | {"closes_in_days": asked.closes_in_days}))
        try:
            tender = self.listings.publish(draft)
        except NothingWaitsError:
            return web.json_response({"message": "Nothing waits to be published."}, status=409)
        return self._done(tender)

    async def _issue(self, request: web.Request) -> web.Response:
        asked = await self._read_existing(request, _Issue)
        return self._done(self.listings.issue(asked.id, closes_in_days=asked.closes_in_days))

    async def _deadline(self, request: web.Request) -> web.Response:
        asked = await self._read_existing(request, _Move)
        return self._done(self.listings.move_deadline(asked.id, days=asked.days))

    async def _cancel(self, request: web.Request) -> web.Response:
        return self._done(self.listings.cancel((await self._read_existing(request, _One)).id))

    async def _close(self, request: web.Request) -> web.Response:
        return self._done(self.listings.close((await self._read_existing(request, _One)).id))

    async def _reissue(self, request: web.Request) -> web.Response:
        return self._done(self.listings.reissue((await self._read_existing(request, _One)).id))

    async def _read_existing(self, request: web.Request, model: type[_AskedOne]) -> _AskedOne:
        asked = await _read(request, model)
        if asked.id not in self.listings.tenders:
            raise web.HTTPNotFound(text="There is no such tender action.")
        return asked

    def _done(self, tender: Published) -> web.Response:
        return web.json_response({**tender.item, "waiting": len(self.listings.waiting)})

    async def _releasing(self, _: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._release_one_by_one())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _release_one_by_one(self) -> None:
        while self.listings.waiting:
            await self._sleep(self._release_every_s)
            with suppress(NothingWaitsError):  # somebody may have published the last one by hand meanwhile
                self.listings.publish()


_AskedOne = TypeVar("_AskedOne", bound=_One)


async def _read(request: web.Request, model: type[_Asked]) -> _Asked:
    try:
        return model.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
