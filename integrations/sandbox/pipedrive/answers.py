"""How the stand-in answers: envelopes, refusals, pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from datetime import datetime

Json = dict[str, Any]
INFO = "Please check developers.pipedrive.com"
_DEFAULT_LIMIT = 100
_MOST = 500


class Refused(Exception):
    """The request is refused with a status, the service's words and, where it has one, its code."""

    def __init__(
        self, status: int, error: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """``headers`` go out with the refusal."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.code = code
        self.headers = dict(headers or {})

    def answer(self) -> web.Response:
        """Give the refusal as the service writes it."""
        body: Json = {"success": False, "error": self.error, "error_info": INFO}
        if self.code is not None:
            body["code"] = self.code
        if self.status == web.HTTPUnauthorized.status_code:
            body["errorCode"] = self.status
        else:
            body |= {"data": None, "additional_data": None}
        return web.json_response(body, status=self.status, headers=self.headers)


def invalid(problems: Sequence[str]) -> Refused:
    """The refusal of API v2 for a body or a query it does not understand."""
    return Refused(400, f"Validation failed: {'; '.join(problems)}", code="ERR_SCHEMA_VALIDATION_FAILED")


def not_found(what: str) -> Refused:
    """The refusal for something that is not there."""
    return Refused(404, f"{what} not found")


def ok(data: object, additional: object = None, *, status: int = 200) -> web.Response:
    """The envelope of a success."""
    body: Json = {"success": True, "data": data}
    if additional is not None:
        body["additional_data"] = additional
    return web.json_response(body, status=status)


async def read_object(request: web.Request) -> Json:
    """The JSON object of a request."""
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        raise Refused(400, "Bad request: the body is not JSON") from None
    if not isinstance(body, dict):
        raise invalid(["body must be an object"])
    return body


def whole(request: web.Request, name: str) -> int | None:
    """A whole number in the query."""
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise invalid([f"{name} must be an integer"])
    return int(text)


def cursor_page(request: web.Request, rows: Sequence[Any], *, below: str | None = None) -> web.Response:
    """One page as API v2 gives it; the cursor is opaque, null at the end. Searches put the rows one level deeper."""
    limit = whole(request, "limit")
    limit = _DEFAULT_LIMIT if limit is None else limit
    if not 1 <= limit <= _MOST:
        raise invalid([f"limit must be between 1 and {_MOST}"])
    start = _start(request.query.get("cursor"))
    following = start + limit
    cursor = _cursor(following) if following < len(rows) else None
    page = list(rows[start:following])
    return ok(page if below is None else {below: page}, {"next_cursor": cursor})


def offset_page(request: web.Request, rows: Sequence[Any], *, nested: bool) -> web.Response:
    """One page as API v1 gives it; only some of its lists put the numbers below ``pagination``."""
    start = whole(request, "start") or 0
    limit = min(_MOST, whole(request, "limit") or _DEFAULT_LIMIT)
    following = start + limit
    more = following < len(rows)
    paging: Json = {"start": start, "limit": limit, "more_items_in_collection": more}
    if nested:
        paging = {"pagination": paging | ({"next_start": following} if more else {})}
    return ok(list(rows[start:following]), paging)


def text_of(moment: datetime) -> str:
    """A time as API v2 writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(b"row:%d" % start).decode()


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        kind, _, number = base64.b64decode(cursor, altchars=b"-_", validate=True).partition(b":")
        if kind != b"row":
            raise invalid(["cursor is not valid"])
        return int(number)
    except (binascii.Error, ValueError):
        raise invalid(["cursor is not valid"]) from None
