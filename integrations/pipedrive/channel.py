"""Sends calls to Pipedrive: the token, the pace, the budget, and what an answer must look like."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from integrations.errors import Configuration, Drift, DriftReason, Permanent, ServiceError, Transient
from integrations.http import Answer, Call, Transport
from integrations.pacing import Pacer, Time
from integrations.pipedrive.budget import Budget
from integrations.pipedrive.errors import Blocked
from integrations.pipedrive.settings import SERVICE, PipedriveSettings

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")
_LEAST_WAIT_S = 2.0
_LONGEST_WAIT_S = 10.0
_MOST_CUSTOM_FIELDS = 15
PAGE_SIZE = 500
"""The largest page; a call costs the same whatever its size."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API: ``path`` with the specification's placeholders, ``cost`` in tokens of the day's budget.

    ``is_search`` keeps to the lower limit of searches.
    """

    method: str
    path: str
    cost: int
    is_search: bool = False


class Channel:
    """What every group of calls stands on; callers use `Pipedrive`."""

    def __init__(self, settings: PipedriveSettings, client: httpx.AsyncClient, clock: Time | None = None) -> None:
        """``client`` is shared and stays open (see `integrations.http.new_client`)."""
        time = clock or Time()
        self._settings = settings
        self._budget = Budget(time.wall)
        self._searches = Pacer(0.0, (settings.search_rate(),), time)
        self._transport = _PipedriveTransport(settings, client, time, self._budget)

    @property
    def base_url(self) -> str:
        """The host root without a slash at its end; people open their deals below it too."""
        return self._settings.base_url.rstrip("/")

    @property
    def tokens_spent(self) -> int:
        """The documented cost of all calls made so far. A call that had to be repeated counts once."""
        return self._budget.spent

    @property
    def tokens_remaining(self) -> int | None:
        """What the last answer said is left of the company's budget today; ``None`` when it did not say."""
        return self._budget.remaining

    @property
    def tokens_limit(self) -> int | None:
        """The company's budget of one day, if an answer ever said."""
        return self._budget.limit

    async def _ask(
        self,
        operation: Operation,
        *ids: int | str,
        params: Mapping[str, str] | None = None,
        payload: object = None,
    ) -> dict[str, Any]:
        """Make a call and give the whole answer, an object whose ``success`` is not false.

        Raises:
            BudgetExhausted, Blocked: nothing is sent for a while; see `integrations.pipedrive.errors`.
            ServiceError: see `integrations.http.Transport.send`.
            Drift: the answer is not an object.
        """
        path = _filled(operation.path, ids)
        self._transport.check_open()
        self._budget.check(operation.cost)
        if operation.is_search:
            await self._searches.turn()
        self._budget.spend(operation.cost)
        answer = await self._transport.send(self._call(operation, path, params, payload))
        body = answer.json()
        if not isinstance(body, dict):
            raise Drift(SERVICE, f"{operation.method} {path}: no object", reason=DriftReason.KEYS_GONE)
        if body.get("success") is False:
            message = f"{operation.method} {path}: answered {answer.status} without success"
            raise Permanent(SERVICE, message, status=answer.status, body=answer.body)
        return body

    async def _data(
        self,
        shape: TypeAdapter[_T],
        operation: Operation,
        *ids: int | str,
        params: Mapping[str, str] | None = None,
        payload: object = None,
    ) -> _T:
        """Make a call and read its ``data``; another shape raises `Drift`."""
        body = await self._ask(operation, *ids, params=params, payload=payload)
        return read_as(shape, body.get("data"), operation)

    async def _cursor_pages(
        self, shape: TypeAdapter[_T], operation: Operation, *ids: int | str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[_T]:
        """Walk a list of API v2 (and the changelog), page by page."""
        seen: set[str] = set()
        query = {"limit": str(PAGE_SIZE), **(params or {})}
        while True:
            body = await self._ask(operation, *ids, params=query)
            for row in _rows(body, operation):
                yield read_as(shape, row, operation)
            cursor = _additional(body).get("next_cursor")
            if not cursor:
                return
            if not isinstance(cursor, str) or cursor in seen:
                raise Drift(SERVICE, f"{operation.path}: the pages go in circles", reason=DriftReason.KEYS_GONE)
            seen.add(cursor)
            query["cursor"] = cursor

    async def _offset_pages(
        self, shape: TypeAdapter[_T], operation: Operation, *, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[_T]:
        """Walk a list of API v1 (leads, notes), page by page."""
        start = 0
        while True:
            query = {"start": str(start), "limit": str(PAGE_SIZE), **(params or {})}
            body = await self._ask(operation, params=query)
            rows = _rows(body, operation)
            for row in rows:
                yield read_as(shape, row, operation)
            # The lists disagree about where this stands; leads have it directly, notes one level down.
            paging = _additional(body)
            paging = paging.get("pagination") or paging
            if not rows or not paging.get("more_items_in_collection"):
                return
            next_start = paging.get("next_start")
            start = next_start if isinstance(next_start, int) and next_start > start else start + len(rows)

    def _call(self, operation: Operation, path: str, params: Mapping[str, str] | None, payload: object) -> Call:
        url = self._settings.url(path)
        headers = {"x-api-token": self._settings.api_token, "Accept": "application/json"}
        # A change carries absolute values, so sending it twice does what sending it once does; a creation does not.
        repeatable = True if operation.method == "PATCH" else None
        if payload is not None:
            return Call.with_json(operation.method, url, payload, headers=headers, repeatable=repeatable)
        return Call(operation.method, url, params=params, headers=headers, repeatable=repeatable)


class _PipedriveTransport(Transport):
    """The common transport, which also reads the headers of a refusal."""

    def __init__(self, settings: PipedriveSettings, client: httpx.AsyncClient, clock: Time, budget: Budget) -> None:
        super().__init__(SERVICE, client, settings.policy(), clock)
        self._budget = budget
        self._blocked_s = settings.blocked_s
        self._blocked_until: datetime | None = None

    def check_open(self) -> None:
        """Raise `Blocked` while the firewall wants to be left alone."""
        left = 0.0 if self._blocked_until is None else (self._blocked_until - self._clock.wall()).total_seconds()
        if left > 0:
            raise self._blocked(left)

    async def send(self, call: Call) -> Answer:
        """Send as every transport does, and note what the answer says about the budget."""
        answer = await super().send(call)
        self._blocked_until = None
        self._budget.answered(answer.headers)
        return answer

    def _refusal(self, call: Call, where: str, response: httpx.Response, body: bytes) -> ServiceError:
        status, headers = response.status_code, response.headers
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = min(_LONGEST_WAIT_S, max(_LEAST_WAIT_S, *_seconds(headers)))
            return self._budget.refused(headers) or Transient(
                SERVICE, f"{where} answered {status}", status=status, retry_after=wait
            )
        if status == HTTPStatus.FORBIDDEN and "json" not in headers.get("content-type", ""):
            self._blocked_until = self._clock.wall() + timedelta(seconds=self._blocked_s)
            return self._blocked(self._blocked_s)
        return super()._refusal(call, where, response, body)

    def _blocked(self, seconds: float) -> Blocked:
        return Blocked(SERVICE, "the firewall refuses us", status=HTTPStatus.FORBIDDEN, retry_after=seconds)

    def _wait_after(self, attempt: int, error: Transient) -> float | None:
        # Asking again would prolong the block, and no short wait renews a day's budget.
        if error.retry_after is not None and error.retry_after > _LONGEST_WAIT_S:
            return None
        return super()._wait_after(attempt, error)


def read_as(shape: TypeAdapter[_T], value: object, operation: Operation) -> _T:
    """Read a value as the agreed shape; raises `Drift` that names the places that differ, not their values."""
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, item["loc"])) or "data" for item in error.errors()})[:5])
        raise Drift(
            SERVICE,
            f"{operation.method} {operation.path}: not the agreed shape at {places}",
            reason=DriftReason.KEYS_GONE,
        ) from None


def wanted_fields(codes: Sequence[str]) -> dict[str, str]:
    """The query that asks for custom fields (none: all of them).

    Raises:
        Configuration: more than fifteen, which the service refuses.
    """
    if len(codes) > _MOST_CUSTOM_FIELDS:
        raise Configuration(SERVICE, f"at most {_MOST_CUSTOM_FIELDS} custom fields can be asked for, not {len(codes)}")
    return {"custom_fields": ",".join(codes)} if codes else {}


def moment_text(moment: datetime) -> str:
    """A time as the queries want it: RFC 3339 in UTC, whole seconds, rounded down. ``moment`` must be aware."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(path: str, ids: tuple[int | str, ...]) -> str:
    """Put ids into the placeholders, in order. Ids are whole numbers, UUIDs or field codes, so they cannot leave the
    path.
    """
    parts = path.split("/")
    waiting = [str(value) if isinstance(value, int) else str(uuid.UUID(value)) for value in ids]
    filled = [waiting.pop(0) if part.startswith("{") else part for part in parts]
    return "/".join(filled)


def _rows(body: dict[str, Any], operation: Operation) -> list[Any]:
    rows = body.get("data")
    if rows is None and "data" in body:
        return []
    if not isinstance(rows, list):
        raise Drift(SERVICE, f"{operation.method} {operation.path}: no list", reason=DriftReason.NO_ITEMS)
    return rows


def _additional(body: dict[str, Any]) -> dict[str, Any]:
    additional = body.get("additional_data")
    return additional if isinstance(additional, dict) else {}


def _seconds(headers: httpx.Headers) -> list[float]:
    values = [headers.get(name, "").strip() for name in ("retry-after", "x-ratelimit-reset")]
    return [float(value) for value in values if value.isdecimal()] or [_LEAST_WAIT_S]
