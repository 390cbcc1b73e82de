"""Refusals in Graph's shape: ``{"error": {"code", "message", "innerError": {"code", "date", "request-id"}}}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RefusedError(Exception):
    """The stand-in says no."""

    def __init__(
        self, status: int, code: str, message: str, *, inner_code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep what the answer needs; ``code`` is Graph's own word."""
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.inner_code = inner_code
        self.headers = dict(headers or {})

    def answer(self, request_id: str, at: datetime) -> web.Response:
        """Give the answer."""
        inner: dict[str, Any] = {"code": self.inner_code} if self.inner_code else {}
        inner |= {"date": f"{at:%Y-%m-%dT%H:%M:%S}", "request-id": request_id, "client-request-id": request_id}
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return web.json_response(body, status=self.status, headers=self.headers)


def bad(message: str, *, inner_code: str = "") -> RefusedError:
    """A request the library does not understand."""
    return RefusedError(400, "invalidRequest", message, inner_code=inner_code)


def not_found() -> RefusedError:
    """No such item, or no such library."""
    return RefusedError(404, "itemNotFound", "The resource could not be found.")


def name_taken() -> RefusedError:
    """Another item of the folder has the name, in whatever case."""
    return RefusedError(409, "nameAlreadyExists", "The specified item name already exists.")
