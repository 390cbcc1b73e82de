"""Every request a sandbox received, newest last, without anything secret."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

_MOST_ENTRIES = 5_000
_LARGEST_BODY = 64 * 1024
_SECRET_SERVICES = frozenset({"login"})
_SECRET_HEADERS = ("Authorization", "x-api-token")
_SECRET_KEYS = frozenset({"http_auth_password", "clientState"})


class RequestLog:
    """Keeps the last requests of each service."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._now = now
        self._entries: defaultdict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=_MOST_ENTRIES))

    async def begin(self, service: str, path: str, request: web.Request) -> dict[str, Any]:
        """Note a request before it is answered; `end` completes the entry."""
        entry: dict[str, Any] = {
            "at": self._now().isoformat(),
            "method": request.method,
            "path": path,
            "query": dict(request.query),
            "user_agent": request.headers.get("User-Agent", ""),
            "authorized": any(name in request.headers for name in _SECRET_HEADERS),
            "body": await _json_body(service, request),
            "status": None,
            "fault": None,
        }
        self._entries[service].append(entry)
        return entry

    def of(self, service: str) -> list[dict[str, Any]]:
        """Give the entries of one service."""
        return list(self._entries[service])


async def _json_body(service: str, request: web.Request) -> Any:  # noqa: ANN401 - JSON has no narrower type
    length = request.content_length
    if service in _SECRET_SERVICES or request.content_type != "application/json" or not length:
        return None
    if length > _LARGEST_BODY:
        return f"({length} bytes)"
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return "(not JSON)"
    if isinstance(body, dict):
        return {key: "(secret)" if key in _SECRET_KEYS else value for key, value in body.items()}
    return body
