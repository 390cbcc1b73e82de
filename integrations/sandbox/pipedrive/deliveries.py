"""What subscribers are told: webhooks version 2.0, with retries, bans and the end of dead subscriptions."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from integrations.sandbox.pipedrive.world import COMPANY_ID, Happening, World

if TYPE_CHECKING:
    from aiohttp import web

    from integrations.sandbox.pipedrive.answers import Json

Send = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a body to an address with headers and gives the status; raises `OSError` when there is no answer."""

_RETRY_AFTER_S = (3.0, 30.0, 150.0)
_PATIENCE_S = 10.0
_FAILURES_TO_BAN = 10
_BAN = timedelta(minutes=30)
_LIFE_WITHOUT_SUCCESS = timedelta(days=3)
_MOST_REMEMBERED = 500
_BY_ID = frozenset({"enum", "user", "people", "org"})


async def post_over_http(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Deliver as the service does: ten seconds, no redirects."""
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except aiohttp.ClientError as error:
            raise OSError(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Delivery:
    webhook_id: int
    event: Json
    attempt: int = 1


class Courier:
    """Brings every change to whoever subscribed to it."""

    def __init__(self, world: World, sleep: Callable[[float], Awaitable[None]], send: Send) -> None:
        """``sleep`` takes seconds and serves the waits between attempts."""
        self._world = world
        self._sleep = sleep
        self._send = send
        self._queue: asyncio.Queue[_Delivery] = asyncio.Queue()
        self._retries: set[asyncio.Task[None]] = set()
        self._failures: dict[int, int] = {}
        self._banned_until: dict[int, datetime] = {}
        self.subscriptions: dict[int, Json] = {}
        self.log: list[Json] = []

    def hear(self, happening: Happening) -> None:
        """Queue what a change means for each subscription that wants it."""
        for subscription in list(self.subscriptions.values()):
            banned = self._banned_until.get(subscription["id"])
            if not _wants(subscription, happening) or (banned is not None and self._world.now() < banned):
                continue
            event = event_of(self._world, happening, subscription)
            self._queue.put_nowait(_Delivery(subscription["id"], event))

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Deliver as long as the application runs."""
        task = asyncio.create_task(self._work())
        yield
        for each in (task, *self._retries):
            each.cancel()
            with suppress(asyncio.CancelledError):
                await each

    async def settle(self) -> None:
        """Wait until everything is delivered or given up."""
        await self._queue.join()
        while self._retries:
            await asyncio.gather(*self._retries)
            await self._queue.join()

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            try:
                await self._deliver(delivery)
            finally:
                self._queue.task_done()

    async def _deliver(self, delivery: _Delivery) -> None:
        subscription = self.subscriptions.get(delivery.webhook_id)
        if subscription is None:
            return
        meta = delivery.event["meta"] | {"attempt": delivery.attempt}
        try:
            status = await self._send(
                subscription["subscription_url"], _headers(subscription), orjson.dumps(delivery.event | {"meta": meta})
            )
        except (OSError, TimeoutError):
            status = 0
        self._note(subscription, delivery, status)
        if not 200 <= status < 300 and delivery.attempt <= len(_RETRY_AFTER_S):  # noqa: PLR2004 - any success
            retry = asyncio.create_task(self._again(delivery))
            self._retries.add(retry)
            retry.add_done_callback(self._retries.discard)

    async def _again(self, delivery: _Delivery) -> None:
        await self._sleep(_RETRY_AFTER_S[delivery.attempt - 1])
        self._queue.put_nowait(_Delivery(delivery.webhook_id, delivery.event, delivery.attempt + 1))

    def _note(self, subscription: Json, delivery: _Delivery, status: int) -> None:
        number, now = subscription["id"], self._world.now()
        meta = delivery.event["meta"]
        self.log.append(
            {"webhook": number, "event": meta["id"], "entity": meta["entity"], "entity_id": meta["entity_id"],
             "action": meta["action"], "attempt": delivery.attempt, "status": status}
        )  # fmt: skip
        del self.log[:-_MOST_REMEMBERED]
        subscription["last_http_status"] = status
        if 200 <= status < 300:  # noqa: PLR2004 - any success
            subscription["last_delivery_time"] = _iso(now)
            if delivery.attempt == 1:
                self._failures.pop(number, None)
            return
        if delivery.attempt == 1:
            self._failures[number] = self._failures.get(number, 0) + 1
            if self._failures[number] >= _FAILURES_TO_BAN:
                self._banned_until[number] = now + _BAN
                del self._failures[number]
        since = subscription["last_delivery_time"] or subscription["add_time"]
        if now - datetime.fromisoformat(since) >= _LIFE_WITHOUT_SUCCESS:
            del self.subscriptions[number]


def event_of(world: World, happening: Happening, subscription: Json) -> Json:
    """A notification as it is sent, without the attempt."""
    before, after = happening.before, happening.after
    row: Json = after or before or {}
    action = "delete" if after is None else "change" if before is not None else "create"
    previous = before
    if before is not None and after is not None:
        previous = {key: value for key, value in before.items() if after.get(key) != value and key != "custom_fields"}
        custom = _changed_custom(before, after)
        previous |= {"custom_fields": custom} if custom else {}
    return {
        "data": None if after is None else _shaped(world, happening, after),
        "previous": None if previous is None else _shaped(world, happening, previous),
        "meta": {
            "action": action, "company_id": str(COMPANY_ID), "correlation_id": world.next_uuid("correlation"),
            "entity_id": str(row["id"]), "entity": happening.entity, "id": world.next_uuid("event"),
            "is_bulk_edit": False, "timestamp": _iso(world.now()), "type": "general",
            "user_id": str(happening.user_id), "version": "2.0", "webhook_id": str(subscription["id"]),
            "webhook_owner_id": str(subscription["owner_id"]), "change_source": happening.source,
            "host": "sandbox.pipedrive.example", "permitted_user_ids": [str(number) for number in world.users],
        },
    }  # fmt: skip


def _changed_custom(before: Json, after: Json) -> Json:
    old, new = before.get("custom_fields") or {}, after.get("custom_fields") or {}
    return {code: old.get(code) for code in {**old, **new} if old.get(code) != new.get(code)}


def _shaped(world: World, happening: Happening, row: Json) -> Json:
    shaped = dict(row)
    if isinstance(shaped.get("visible_to"), int):
        shaped["visible_to"] = str(shaped["visible_to"])
    if happening.entity != "lead" and "custom_fields" in shaped:
        shaped["custom_fields"] = {
            code: _typed(world.fields[code]["field_type"], value) if code in world.fields else value
            for code, value in shaped["custom_fields"].items()
        }
    return shaped


def _typed(kind: str, value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if value is None:
        return None
    if kind in _BY_ID:
        return {"type": kind, "id": value}
    if kind == "set":
        return {"type": kind, "values": [{"id": option} for option in value]}
    if kind in {"daterange", "timerange"}:
        return {"type": kind, "from": value["value"], "until": value["until"]}
    if isinstance(value, dict):
        return {"type": kind, **value}
    return {"type": kind, "value": value}


def _wants(subscription: Json, happening: Happening) -> bool:
    action = "delete" if happening.after is None else "create" if happening.before is None else "change"
    return subscription["event_object"] in {"*", happening.entity} and subscription["event_action"] in {"*", action}


def _headers(subscription: Json) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "Pipedrive Webhooks"}
    if subscription["auth"] is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(subscription["auth"].encode()).decode()
    return headers


def _iso(moment: datetime) -> str:
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"
