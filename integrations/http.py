"""One transport for every outside service: bounded in size and time, paced, retried where that is safe.

Every failure is a `ServiceError`; the tree of them is drawn in `integrations.errors`.

A call is *repeatable* when sending it twice does what sending it once does: GET, HEAD, PUT, DELETE, OPTIONS unless the
caller says otherwise. A call that is not repeatable is retried only when it was surely not processed (no connection,
429); when its answer is lost the caller gets `OutcomeUnknown` and must read back first.
"""

from __future__ import annotations

import asyncio
import logging
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from integrations.errors import (
    Authentication,
    Configuration,
    Conflict,
    Drift,
    DriftReason,
    OutcomeUnknown,
    Permanent,
    ServiceError,
    Transient,
)
from integrations.pacing import Pacer, Rate, Time

if TYPE_CHECKING:
    import ssl

_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_MOST_ERROR_BYTES = 16 * 1024
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
"""Of `Retry-After`; Microsoft Graph sends decimals."""
_GZIP = 16 + zlib.MAX_WBITS
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# httpx logs every full URL at INFO, query included, and some services want their token there.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient and how polite a transport is. Times in seconds, sizes in bytes (after decompression)."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 60.0
    max_bytes: int = 8 * 1024 * 1024
    attempts: int = 3
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    transient_statuses: frozenset[int] = frozenset({408, 425, 429, 500, 502, 503, 504})
    spacing_s: float = 0.0
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Its URL, query, headers and body stay out of the repr: they carry secrets."""

    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    repeatable: bool | None = None
    lane: str = ""
    max_bytes: int | None = None

    @classmethod
    def with_json(
        cls,
        method: str,
        url: str,
        payload: object,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        lane: str = "",
    ) -> Call:
        """Make a call whose body is ``payload`` as JSON."""
        return cls(
            method,
            url,
            headers={"Content-Type": "application/json", **(headers or {})},
            content=orjson.dumps(payload),
            repeatable=repeatable,
            lane=lane,
        )

    @property
    def may_repeat(self) -> bool:
        """Whether sending this twice does what sending it once does."""
        return self.method.upper() in _REPEATABLE_METHODS if self.repeatable is None else self.repeatable


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer with a 2xx (or 304) status; its body fits the size limit."""

    service: str
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:  # noqa: ANN401 - JSON has no narrower type; callers check the shape
        """Read the body as JSON; an answer that is none raises `Drift`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Drift(
                self.service, "the answer is not JSON", reason=DriftReason.NOT_JSON, status=self.status
            ) from None


def new_client(*, user_agent: str = "Offerdesk", connections: int = 20) -> httpx.AsyncClient:
    """Open a keep-alive client that follows no redirects; proxies come from the environment. The caller closes it."""
    return httpx.AsyncClient(
        verify=_trusted(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=60.0),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that every client trusts, read once: each copy is most of a megabyte and 20 ms."""
    return httpx.create_ssl_context()


class Transport:
    """Sends calls to one service under one `Policy`."""

    def __init__(
        self,
        service: str,
        client: httpx.AsyncClient,
        policy: Policy | None = None,
        clock: Time | None = None,
    ) -> None:
        """``service`` is the short name used in errors; ``client`` is shared and stays open."""
        self.service = service
        self.policy = policy or Policy()
        self._client = client
        self._clock = clock or Time()
        self._pacer = Pacer(self.policy.spacing_s, self.policy.rates, self._clock)
        self._timeout = httpx.Timeout(self.policy.read_s, connect=self.policy.connect_s)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET ``url``; see `send` for the errors."""
        return await self.send(Call("GET", url, params=params, headers=headers))

    async def send(self, call: Call) -> Answer:
        """Send a call, with pacing and retries, and give the complete answer.

        Raises:
            Transient: after the last attempt, or at once when the service asks for a longer wait than the policy has.
            OutcomeUnknown: a call that must not be repeated was sent and its answer was lost.
            Authentication: 401.
            Conflict: 409 or 412.
            Permanent: any other 4xx.
            Drift: a redirect, a body over the size limit, or one that cannot be decompressed.
            Configuration: the URL or a header is unusable; nothing was sent.
        """
        attempt = 0
        while True:
            attempt += 1
            await self._pacer.turn(call.lane)
            try:
                return await self._attempt(call)
            except Transient as error:
                wait = self._wait_after(attempt, error)
                if wait is None:
                    raise
                self._pacer.hold(call.lane, wait)

    def _wait_after(self, attempt: int, error: Transient) -> float | None:
        if attempt >= self.policy.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.policy.longest_wait_s else None
        ceiling = min(self.policy.longest_wait_s, self.policy.first_wait_s * 2.0 ** (attempt - 1))
        return ceiling * (0.5 + 0.5 * self._clock.jitter())

    async def _attempt(self, call: Call) -> Answer:
        where = f"{call.method} {_path_of(call.url)}"
        try:
            async with asyncio.timeout(self.policy.total_s):
                return await self._exchange(call, where)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, ValueError) as error:
            # The text of these errors may repeat the URL or a header, secrets included.
            raise Configuration(self.service, f"{where}: {type(error).__name__}") from None
        except _NEVER_CONNECTED as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Configuration(self.service, f"{where}: the certificate is not trusted") from error
            raise Transient(self.service, f"{where}: no connection ({type(error).__name__})") from error
        except (httpx.TransportError, TimeoutError) as error:
            raise self._lost(call, where, type(error).__name__) from error

    async def _exchange(self, call: Call, where: str) -> Answer:
        request = self._client.build_request(
            call.method,
            call.url,
            params=call.params,
            headers=call.headers,
            content=call.content,
            timeout=self._timeout,
        )
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            if response.is_success or response.status_code == HTTPStatus.NOT_MODIFIED:
                body = await self._whole_body(response, call.max_bytes or self.policy.max_bytes, where)
                return Answer(self.service, response.status_code, response.headers, body)
            raise self._refusal(call, where, response, await _beginning(response))
        finally:
            await response.aclose()

    def _refusal(self, call: Call, where: str, response: httpx.Response, body: bytes) -> ServiceError:
        status = response.status_code
        message = f"{where} answered {status}"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Drift(self.service, f"{message} (redirect)", reason=DriftReason.REDIRECT, status=status)
        if status in self.policy.transient_statuses or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            surely_not_done = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.PRECONDITION_FAILED}
            if not call.may_repeat and not surely_not_done:
                return OutcomeUnknown(self.service, message, status=status)
            return Transient(
                self.service, message, status=status, retry_after=self._retry_after(response.headers.get("retry-after"))
            )
        if status == HTTPStatus.UNAUTHORIZED:
            return Authentication(self.service, message, status=status, body=body)
        if status in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
            return Conflict(self.service, message, status=status, body=body)
        return Permanent(self.service, message, status=status, body=body)

    def _lost(self, call: Call, where: str, why: str) -> ServiceError:
        if call.may_repeat:
            return Transient(self.service, f"{where}: no answer ({why})")
        return OutcomeUnknown(self.service, f"{where}: sent, but no answer ({why})")

    def _retry_after(self, header: str | None) -> float | None:
        if header is None:
            return None
        if _SECONDS.fullmatch(header.strip()):
            return float(header)
        try:
            moment = parsedate_to_datetime(header)
        except (TypeError, ValueError):
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - self._clock.wall()).total_seconds())

    async def _whole_body(self, response: httpx.Response, limit: int, where: str) -> bytes:
        try:
            return await _bounded_body(response, limit)
        except _TooLargeError:
            raise Drift(
                self.service,
                f"{where}: the answer is larger than {limit} bytes",
                reason=DriftReason.TOO_LARGE,
                status=response.status_code,
            ) from None
        except zlib.error:
            raise Drift(
                self.service,
                f"{where}: the answer cannot be decompressed",
                reason=DriftReason.ENCODING,
                status=response.status_code,
            ) from None


class _TooLargeError(Exception):
    """The body went over its limit."""


async def _bounded_body(response: httpx.Response, limit: int) -> bytes:
    """Read at most ``limit`` bytes. Decompression is bounded too: a few kilobytes of gzip can hold gigabytes."""
    if response.is_stream_consumed:  # an in-memory transport hands over an answer that is already read
        if len(response.content) > limit:
            raise _TooLargeError
        return response.content
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip"}:
        raise zlib.error(encoding)
    unpacker = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += unpacker.decompress(chunk, limit + 1 - len(body)) if unpacker else chunk
        if len(body) > limit:
            raise _TooLargeError
    if unpacker and body and not unpacker.eof:
        raise zlib.error("truncated")
    return bytes(body)


async def _beginning(response: httpx.Response) -> bytes:
    """Read what explains a refusal; losing it changes nothing, because the status already says what happened."""
    try:
        return await _bounded_body(response, _MOST_ERROR_BYTES)
    except (_TooLargeError, zlib.error, httpx.TransportError):
        return b""


def _path_of(url: str) -> str:
    """Give the path alone: the query may hold a token, the authority a password."""
    try:
        return httpx.URL(url).path
    except httpx.InvalidURL:
        return "(unusable URL)"
