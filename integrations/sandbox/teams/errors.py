"""Refusals of the simulator, in the shape the Bot Connector uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


class RefusedError(Exception):
    """The simulator says no: `{"error": {"code", "message"}}` with an HTTP status."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep what the answer needs; `code` is the Connector's own word where it has one."""
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


@web.middleware
async def refusals(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Turn a refusal into its JSON answer."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return web.json_response(
            {"error": {"code": refused.code, "message": refused.message}},
            status=refused.status,
            headers=refused.headers,
        )
