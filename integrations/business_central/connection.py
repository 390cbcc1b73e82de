"""One authorised, paced way to Business Central: at most four requests at once, refusals explained, pages followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from integrations.business_central.odata import with_query
from integrations.business_central.refusals import RECORD_NOT_FOUND, NotAccepted, RecordMissing, explained
from integrations.business_central.settings import MOST_AT_ONCE, BusinessCentralSettings
from integrations.entra import EntraTokens
from integrations.errors import Drift, DriftReason, Permanent
from integrations.http import Answer, Call, Transport

_PAGE_SIZE = 1000
_MOST_PAGES = 1000

ReadModel = TypeVar("ReadModel", bound=BaseModel)


class Connection:
    """Sends requests as our app. Every method raises the errors of `Transport.send`, refusals as `Refused`."""

    def __init__(self, transport: Transport, settings: BusinessCentralSettings, tokens: EntraTokens) -> None:
        """``transport`` should have the policy of `policy`; ``tokens`` the scope `SCOPE`."""
        self.settings = settings
        self.service = transport.service
        self._transport = transport
        self._tokens = tokens
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    def company_url(self, path: str, *, root: str | None = None) -> str:
        """The address of something in our company."""
        return f"{root or self.settings.api_url}/companies({self.settings.company_id})/{path}"

    def record_url(self, entity_set: str, key: UUID, *, root: str | None = None) -> str:
        """The address of one record in our company."""
        return self.company_url(f"{entity_set}({key})", root=root)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        payload: object = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send one request, and once more with a fresh token when the token at hand is not accepted.

        Raises:
            Refused: Business Central refused; see `refusals` for the kinds.
        """
        wanted = {"Accept": "application/json", "Accept-Language": "en-US", **(headers or {})}
        try:
            return await self._once(method, url, wanted, payload, content)
        except NotAccepted:
            self._tokens.forget()
            return await self._once(method, url, wanted, payload, content)

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], payload: object, content: bytes | None
    ) -> Answer:
        async with self._places:
            all_headers = {**headers, **await self._tokens.header()}
            call = (
                Call(method, url, headers=all_headers, content=content)
                if payload is None
                else Call.with_json(method, url, payload, headers=all_headers)
            )
            try:
                return await self._transport.send(call)
            except Permanent as error:
                raise explained(error) from None

    async def read(
        self, model: type[ReadModel], url: str, *, filter_by: str | None = None, select: bool = False
    ) -> list[ReadModel]:
        """Read a whole collection, page after page; raises as :meth:`pages`."""
        return [one async for page in self.pages(model, url, filter_by=filter_by, select=select) for one in page]

    async def pages(
        self,
        model: type[ReadModel],
        url: str,
        *,
        filter_by: str | None = None,
        select: bool = False,
        order_by: str | None = None,
    ) -> AsyncIterator[list[ReadModel]]:
        """Read a collection page by page, holding one at a time; ``select`` asks only for the fields of ``model``.

        Raises:
            Drift: the answer has another shape, or its next page is on another host.
        """
        fields = ",".join(_properties(model)) if select else None
        next_url: str | None = with_query(url, {"$filter": filter_by, "$select": fields, "$orderby": order_by})
        for _ in range(_MOST_PAGES):
            if next_url is None:
                return
            answer = await self.send("GET", next_url, headers={"Prefer": f"odata.maxpagesize={_PAGE_SIZE}"})
            body = answer.json()
            rows = body.get("value") if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise self._drift("the answer holds no list", DriftReason.NO_ITEMS)
            yield [self.parsed(model, row) for row in rows]
            next_url = self._next(body.get("@odata.nextLink"), next_url)
        raise self._drift(f"a list of more than {_MOST_PAGES} pages", DriftReason.TOO_LARGE)

    async def one(self, model: type[ReadModel], url: str, *, filter_by: str, select: bool = False) -> ReadModel | None:
        """Read the one record a filter on a unique field finds."""
        found = await self.read(model, url, filter_by=filter_by, select=select)
        return found[0] if found else None

    async def kept(self, model: type[ReadModel], url: str) -> ReadModel | None:
        """Read one record by its id; None when there is no such record. A page that is missing still raises."""
        try:
            return self.parsed(model, (await self.send("GET", url)).json())
        except RecordMissing as error:
            if error.code != RECORD_NOT_FOUND:
                raise
            return None

    async def create(self, model: type[ReadModel], url: str, payload: Mapping[str, Any]) -> ReadModel:
        """POST a record. It is not sent again when its answer is lost.

        Raises:
            OutcomeUnknown: it may or may not exist now; look for it by its number.
        """
        return self.parsed(model, (await self.send("POST", url, payload=payload)).json())

    async def change(self, model: type[ReadModel], url: str, etag: str, payload: Mapping[str, Any]) -> ReadModel:
        """PATCH the record whose state ``etag`` describes.

        Raises:
            ChangedMeanwhile: somebody was faster.
            OutcomeUnknown: the answer was lost; read the record again.
        """
        answer = await self.send("PATCH", url, payload=payload, headers={"If-Match": etag})
        return self.parsed(model, answer.json())

    def parsed(self, model: type[ReadModel], row: object) -> ReadModel:
        """Check one record."""
        try:
            return model.model_validate(row)
        except ValidationError as error:
            where = sorted({str(part) for problem in error.errors() for part in problem["loc"][:1]})
            raise self._drift(f"{model.__name__}: {', '.join(where)}", DriftReason.KEYS_GONE) from None

    def _next(self, link: object, current: str) -> str | None:
        if link is None:
            return None
        if not isinstance(link, str) or link == current or not self._is_ours(link):
            raise self._drift("the next page is not where it may be", DriftReason.REDIRECT)
        return link

    def _is_ours(self, link: str) -> bool:
        """Whether our token may be sent there."""
        try:
            there, here = httpx.URL(link), httpx.URL(self.settings.base_url)
        except httpx.InvalidURL:
            return False
        return (there.scheme, there.host, there.port, there.userinfo) == (here.scheme, here.host, here.port, b"")

    def _drift(self, message: str, reason: DriftReason) -> Drift:
        return Drift(self.service, message, reason=reason)


def _properties(model: type[BaseModel]) -> list[str]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return [name for name in names if not name.startswith("@")]
