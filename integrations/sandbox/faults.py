"""Faults on request: the next answers of a service go wrong in the way a test or a person asked for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Discriminator, Field, PrivateAttr, Tag, TypeAdapter, ValidationError

Trouble = Literal["busy", "broken", "delay", "lose_response", "reset"]


class Fault(BaseModel):
    """One kind of trouble for the next ``times`` requests to ``service`` whose path begins with ``path``.

    ``status`` (with ``headers``, ``body`` as JSON or text, ``content_type``) answers in the service's place.
    ``delay_s`` waits first; alone it only delays. ``reset`` cuts the connection before the request has any effect.
    ``lose_response`` lets the request take effect and cuts the connection instead of answering.
    """

    model_config = ConfigDict(extra="forbid")

    service: str
    path: str = ""
    method: str | None = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    content_type: str | None = None
    delay_s: Annotated[float, Field(ge=0, le=120)] = 0.0
    lose_response: bool = False
    reset: bool = False

    def matches(self, service: str, path: str, method: str) -> bool:
        """Say whether a request is meant; ``path`` is the path inside the service."""
        return (
            self.service == service
            and path.startswith(self.path)
            and (self.method is None or self.method.upper() == method)
        )

    @property
    def kind(self) -> Literal["reset", "lose_response", "answer", "delay"]:
        """What a matching request gets."""
        if self.reset:
            return "reset"
        if self.lose_response:
            return "lose_response"
        return "delay" if self.status is None and self.body is None else "answer"

    def answer(self) -> web.Response:
        """Give the answer that stands in for the service's."""
        text = self.body if isinstance(self.body, str) else None
        status = self.status or 200
        if text is None and self.body is not None:
            return web.json_response(self.body, status=status, headers=self.headers)
        return web.Response(
            text=text or "", status=status, headers=self.headers, content_type=self.content_type or "text/plain"
        )


class RandomFaults(BaseModel):
    """Trouble for a ``share`` (0 to 1) of all requests to ``service``, until forgotten.

    The same ``seed`` strikes the same requests in the same way, counted from the first. ``kinds``: ``busy`` (429, come
    back after ``retry_after_s`` seconds), ``broken`` (500), ``delay`` (of ``delay_s`` seconds), and as in `Fault`
    ``lose_response`` and ``reset``.
    """

    model_config = ConfigDict(extra="forbid")

    service: str
    share: Annotated[float, Field(gt=0, le=1)]
    seed: int = 0
    kinds: Annotated[list[Trouble], Field(min_length=1)] = ["busy", "broken", "delay", "lose_response", "reset"]
    retry_after_s: Annotated[int, Field(ge=0, le=120)] = 1
    delay_s: Annotated[float, Field(gt=0, le=120)] = 1.0
    _dice: random.Random = PrivateAttr()

    def model_post_init(self, _: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        """Begin the sequence."""
        # Trouble that can be repeated is the point; nothing is kept secret with it.
        self._dice = random.Random(self.seed)  # noqa: S311

    def strike(self, service: str) -> Fault | None:
        """Throw the dice for one request."""
        if service != self.service or self._dice.random() >= self.share:
            return None
        kind = self._dice.choice(self.kinds)
        if kind == "busy":
            return Fault(service=service, status=429, headers={"Retry-After": str(self.retry_after_s)})
        if kind == "broken":
            return Fault(service=service, status=500)
        if kind == "delay":
            return Fault(service=service, delay_s=self.delay_s)
        return Fault(service=service, lose_response=kind == "lose_response", reset=kind == "reset")


def _which(given: Any) -> str:  # noqa: ANN401 - whatever somebody posted
    return "random" if isinstance(given, dict) and "share" in given else "next"


_Asked = Annotated[
    Annotated[Fault, Tag("next")] | Annotated[RandomFaults, Tag("random")],
    Discriminator(_which),
]
_FAULTS = TypeAdapter(list[_Asked])


class FaultBoard:
    """The faults that still wait for their requests, first in, first used."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """``sleep`` serves ``delay_s``, in seconds."""
        self._sleep = sleep
        self._waiting: list[Fault] = []
        self._random: list[RandomFaults] = []

    def add_routes(self, app: web.Application) -> None:
        """Add ``/_faults``: POST a list of faults, GET what still waits, DELETE all."""
        app.router.add_post("/_faults", self._post)
        app.router.add_get("/_faults", self._get)
        app.router.add_delete("/_faults", self._delete)

    def add(self, *faults: Fault | RandomFaults) -> None:
        """Queue faults; random ones come into play where no other fault means the request."""
        self._waiting.extend(fault.model_copy() for fault in faults if isinstance(fault, Fault))
        self._random.extend(fault for fault in faults if isinstance(fault, RandomFaults))

    def clear(self) -> None:
        """From now on everything works."""
        self._waiting.clear()
        self._random.clear()

    def take(self, service: str, path: str, method: str) -> Fault | None:
        """Use up one turn of the first fault that means this request."""
        for fault in self._waiting:
            if fault.matches(service, path, method):
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        strikes = (faults.strike(service) for faults in self._random)
        return next((fault for fault in strikes if fault is not None), None)

    async def apply(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request under a fault."""
        if fault.delay_s:
            await self._sleep(fault.delay_s)
        if fault.kind == "delay":
            return await handler(request)
        if fault.kind == "answer":
            return fault.answer()
        if fault.kind == "lose_response":
            with suppress(web.HTTPException):
                await handler(request)
        _cut(request)
        # aiohttp notices the closed connection by itself; whatever is returned here goes nowhere.
        return web.Response(status=500)

    async def _post(self, request: web.Request) -> web.Response:
        try:
            faults = _FAULTS.validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
        self.add(*faults)
        return await self._get(request)

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response([fault.model_dump() for fault in (*self._waiting, *self._random)])

    async def _delete(self, request: web.Request) -> web.Response:
        self.clear()
        return await self._get(request)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
