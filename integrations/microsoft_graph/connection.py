"""One authorised way to Graph: where it is, how polite to be, the bearer token, answers read as models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Protocol, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from integrations.entra import secure_url
from integrations.errors import Authentication, Drift, DriftReason, Permanent
from integrations.http import Answer, Call, Policy, Transport
from integrations.pacing import Rate

_PUBLIC_CLOUD = "https://graph.microsoft.com/v1.0"
# SharePoint grants an app 1,250 resource units a minute in the smallest tenants; a write or a listing costs 2.
_RATE = Rate(count=600, seconds=60.0)

Read = TypeVar("Read", bound=BaseModel)


class Tokens(Protocol):
    """Where bearer tokens come from; `integrations.entra.EntraTokens` with Graph's scope is one."""

    async def header(self) -> dict[str, str]:
        """Give the ``Authorization`` header of a token that is valid now."""
        ...

    def forget(self) -> None:
        """Drop the token that was handed out: the service refuses it."""
        ...


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Where Graph is (with its version, no slash at the end) and the id of the one document library."""

    drive_id: str
    base_url: str = _PUBLIC_CLOUD

    def policy(self) -> Policy:
        """Give the transport policy Graph deserves: under its limits, ``Retry-After`` of up to a minute obeyed."""
        return Policy(rates=(_RATE,), first_wait_s=1.0, longest_wait_s=60.0, attempts=4)


class Connection:
    """Sends calls with a bearer token. Addresses are relative to the base URL."""

    def __init__(self, transport: Transport, settings: GraphSettings, tokens: Tokens) -> None:
        """Keep what every call needs.

        Raises:
            Configuration: the base URL is neither https nor on this machine.
        """
        self._transport = transport
        self._base_url = secure_url(transport.service, settings.base_url)
        self._tokens = tokens

    @property
    def service(self) -> str:
        """The short name used in errors."""
        return self._transport.service

    async def get(
        self, address: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET a resource."""
        return await self._authorised(Call("GET", self._base_url + address, params=params, headers=headers))

    async def next_page(self, link: str) -> Answer:
        """GET the page an ``@odata.nextLink`` names. The token goes to no other host: a foreign link is `Drift`."""
        if not _same_origin(link, self._base_url):
            raise Drift(self.service, "the next page is said to be on another host", reason=DriftReason.REDIRECT)
        return await self._authorised(Call("GET", link))

    async def send_json(
        self,
        method: str,
        address: str,
        payload: object,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send JSON; ``repeatable`` as in `integrations.http.Call`."""
        url = self._base_url + address
        return await self._authorised(Call.with_json(method, url, payload, headers=headers, repeatable=repeatable))

    async def send_bytes(self, address: str, content: bytes, *, params: Mapping[str, str], repeatable: bool) -> Answer:
        """PUT a file's bytes."""
        return await self._authorised(
            Call(
                "PUT",
                self._base_url + address,
                params=params,
                headers={"Content-Type": "application/octet-stream"},
                content=content,
                repeatable=repeatable,
            )
        )

    async def send_bare(self, call: Call) -> Answer:
        """Send a call without the token: an upload URL is a right in itself and must not get another one."""
        return await self._transport.send(call)

    def read(self, model: type[Read], answer: Answer) -> Read:
        """Read an answer as a resource; one that lacks what every such resource has is `Drift`."""
        answer.json()
        try:
            return model.model_validate_json(answer.body)
        except ValidationError:
            # The error's text repeats values of the answer.
            raise Drift(
                self.service,
                f"the answer is not a {model.__name__}",
                reason=DriftReason.KEYS_GONE,
                status=answer.status,
            ) from None

    async def _authorised(self, call: Call) -> Answer:
        signed = await self._signed(call)
        try:
            return await self._transport.send(signed)
        except Authentication:
            self._tokens.forget()
        # Nothing was done without a valid token, so even a call that must not be repeated may go once more.
        return await self._transport.send(await self._signed(call))

    async def _signed(self, call: Call) -> Call:
        token = await self._tokens.header()
        return replace(call, headers={"Accept": "application/json", **(call.headers or {}), **token})


def absent(error: Permanent) -> bool:
    """Whether a refusal says that there is no such thing."""
    return error.status == HTTPStatus.NOT_FOUND


def _same_origin(link: str, base_url: str) -> bool:
    try:
        one, other = httpx.URL(link), httpx.URL(base_url)
    except httpx.InvalidURL:
        return False
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
