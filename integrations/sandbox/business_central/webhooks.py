"""Webhook subscriptions: the handshake, three days of life, delivery with Business Central's patience."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import orjson
from yarl import URL

from integrations.sandbox.business_central.refusals import RefusalError, bad_request
from integrations.sandbox.business_central.schema import WATCHABLE
from integrations.sandbox.business_central.store import stamp

Send = Callable[[str, bytes | None], Awaitable[tuple[int, str]]]
"""Posts JSON (or nothing, for the handshake) to a URL and gives status and text; status 0 when nothing answered."""

_LIFETIME = timedelta(days=3)
_MOST = 200
_MOST_CHANGES = 1000
_WAITS_S = (60.0, 60.0, 60.0, 600.0)
_RETRIED = frozenset({0, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_RESOURCE = re.compile(r"^/?api/v2\.0/companies\(([0-9a-fA-F-]{36})\)/(\w+)$")


@dataclass(slots=True)
class Live:
    """One subscription."""

    id: str
    notification_url: str
    resource: str
    client_state: str
    made_at: datetime
    renewed_at: datetime
    version: int = 1

    @property
    def entity_set(self) -> str:
        """The set it watches."""
        return self.resource.rsplit("/", 1)[1]

    @property
    def ends_at(self) -> datetime:
        """When it ends unless renewed."""
        return self.renewed_at + _LIFETIME

    @property
    def etag(self) -> str:
        """What If-Match must repeat."""
        return f'W/"{self.id[-20:]}{self.version:04d}"'

    def values(self) -> dict[str, Any]:
        """What an answer shows, beside the defaults."""
        return {
            "subscriptionId": self.id,
            "notificationUrl": self.notification_url,
            "resource": self.resource,
            "clientState": self.client_state,
            "timestamp": self.version,
            "lastModifiedDateTime": stamp(self.renewed_at),
            "expirationDateTime": stamp(self.ends_at),
            "systemCreatedAt": stamp(self.made_at),
            "systemModifiedAt": stamp(self.renewed_at),
        }


class Webhooks:
    """All subscriptions of the environment and what waits to be told."""

    def __init__(
        self,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        send: Send,
        *,
        company_id: str,
        after_s: float,
    ) -> None:
        """Changes are told ``after_s`` seconds after the first of them."""
        self._now = now
        self._sleep = sleep
        self._send = send
        self._company_id = company_id
        self._after_s = after_s
        self._live: dict[str, Live] = {}
        self._waiting: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._last: tuple[str, bytes] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0
        self.delivered: list[dict[str, Any]] = []

    def live(self) -> list[Live]:
        """The subscriptions that have not ended."""
        self._live = {known.id: known for known in self._live.values() if known.ends_at > self._now()}
        return list(self._live.values())

    def get(self, subscription_id: str) -> Live | None:
        """One subscription."""
        return next((known for known in self.live() if known.id == subscription_id), None)

    async def create(self, values: dict[str, Any]) -> Live:
        """Add a subscription after its handshake."""
        url, resource = values.get("notificationUrl", ""), values.get("resource", "")
        self._check(resource)
        if len(self.live()) >= _MOST:
            raise bad_request(f"There are {_MOST} subscriptions already.", "Application_DialogException")
        await self._handshake(url)
        self._count += 1
        moment = self._now()
        known = Live(
            f"{self._count:032x}", url, resource.removeprefix("/"), values.get("clientState", ""), moment, moment
        )
        self._live[known.id] = known
        return known

    async def renew(self, known: Live, values: dict[str, Any]) -> None:
        """Give a subscription three more days after another handshake."""
        url = values.get("notificationUrl", known.notification_url)
        self._check(values.get("resource", known.resource))
        await self._handshake(url)
        known.notification_url = url
        known.client_state = values.get("clientState", known.client_state)
        known.renewed_at = self._now()
        known.version += 1

    def delete(self, known: Live) -> None:
        """End a subscription."""
        self._live.pop(known.id, None)

    def changed(self, entity_set: str, record_id: str, kind: str) -> None:
        """Note a change for whoever watches; several changes of one record become one."""
        if not any(known.entity_set == entity_set for known in self.live()):
            return
        key = (entity_set, record_id)
        first, _ = self._waiting.get(key, ("", None))
        shown = "created" if first == "created" and kind == "updated" else kind
        self._waiting[key] = shown, self._now()
        if not self._tasks:
            self._start(self._tell())

    async def settled(self) -> None:
        """Wait until everything noted so far was told."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def repeat(self) -> int:
        """Post the last notifications once more, as happens when an answer is lost; gives the status, 0 for none."""
        if self._last is None:
            return 0
        status, _ = await self._send(*self._last)
        return status

    async def stop(self) -> None:
        """Give up what still waits."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        while self._waiting:
            await self._sleep(self._after_s)
            waiting, self._waiting = self._waiting, {}
            posts: defaultdict[str, list[tuple[Live, list[dict[str, Any]]]]] = defaultdict(list)
            for known in self.live():
                entries = self._entries(known, waiting)
                if entries:
                    posts[known.notification_url].append((known, entries))
            for url, parts in posts.items():
                await self._deliver(url, parts)

    def _entries(self, known: Live, waiting: dict[tuple[str, str], tuple[str, datetime]]) -> list[dict[str, Any]]:
        changes = [(key[1], *told) for key, told in waiting.items() if key[0] == known.entity_set]
        if len(changes) > _MOST_CHANGES:
            since = stamp(self._now() - timedelta(seconds=self._after_s)).replace(":", "%3A")
            resource = f"{known.resource}?$filter=lastModifiedDateTime%20gt%20{since}"
            return [self._entry(known, resource, "collection", self._now())]
        return [self._entry(known, f"{known.resource}({record_id})", kind, at) for record_id, kind, at in changes]

    def _entry(self, known: Live, resource: str, kind: str, at: datetime) -> dict[str, Any]:
        return {
            "subscriptionId": known.id,
            "clientState": known.client_state,
            "expirationDateTime": stamp(known.ends_at),
            "resource": resource,
            "changeType": kind,
            "lastModifiedDateTime": stamp(at),
        }

    async def _deliver(self, url: str, parts: list[tuple[Live, list[dict[str, Any]]]]) -> None:
        entries = [entry for _, part in parts for entry in part]
        body = orjson.dumps({"value": entries})
        self._last, status = (url, body), 0
        for wait in (*_WAITS_S, None):
            status, _ = await self._send(url, body)
            self.delivered.append({"entries": len(entries), "status": status})
            retried = status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            if not retried or wait is None:
                break
            await self._sleep(wait)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            for known, _ in parts:
                self.delete(known)

    async def _handshake(self, url: str) -> None:
        self._count += 1
        token = f"handshake-{self._count:08d}"
        address = _http_url(url)
        status, text = await self._send(str(address.update_query(validationToken=token)), None)
        if status != HTTPStatus.OK or text != token:
            raise bad_request("The notification URL did not repeat the validation token.")

    def _check(self, resource: str) -> None:
        found = _RESOURCE.match(resource)
        if found is None or found[1].lower() != self._company_id or found[2] not in WATCHABLE:
            raise bad_request("Webhooks are not supported for this resource.")


def _http_url(url: str) -> URL:
    try:
        address = URL(url)
    except ValueError:
        raise bad_request("The notification URL is unusable.") from None
    if address.scheme not in {"http", "https"} or not address.host:
        raise RefusalError(400, "BadRequest", "The notification URL is unusable.")
    return address
