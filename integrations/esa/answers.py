"""The envelope around the items, and every way in which an answer stops being one.

An answer that is not as agreed is a failure and never "no tenders".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.errors import Drift, DriftReason

_LOGIN = re.compile(rb"type=[\"']?password|log-?\s?in\b|sign-?\s?in\b|saml|/adfs/|openid", re.IGNORECASE)
_SEARCHED_FOR_LOGIN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one answer; ``total`` is what the portal says the whole listing holds, ``None`` when it does not
    say.
    """

    items: list[Any]
    total: int | None


def read_page(service: str, body: bytes, *, skip: int, bare_list_allowed: bool = False) -> Page:
    """Read an answer's envelope ``{"total": 41, "items": […]}``.

    Raises:
        Drift: the body is HTML, a login page, not JSON, has no list of items, or is empty although ``total`` says
        there is more after ``skip``.
    """
    payload = parse_json(service, body)
    if isinstance(payload, list) and bare_list_allowed:
        return Page(payload, len(payload))
    items = payload.get("items") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(items, list):
        raise Drift(service, "the answer holds no list of items", reason=DriftReason.NO_ITEMS)
    total = payload.get("total")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        total = None
    if not items and (total is None or total > skip):
        raise Drift(service, f"no items after {skip}, though there should be", reason=DriftReason.EMPTY)
    return Page(items, total)


def parse_json(service: str, body: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Parse a body as JSON; what Python's own parser can still read (a lone surrogate, NaN, broken UTF-8) is read."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:  # saved by a Windows editor or shell
        body = body.decode("utf-16", "replace").encode("utf-8", "replace")
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if body[:1] == b"<":
        login = _LOGIN.search(body, 0, _SEARCHED_FOR_LOGIN) is not None
        reason = DriftReason.LOGIN if login else DriftReason.HTML
        raise Drift(service, "a login page came back" if login else "a web page came back, not data", reason=reason)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_leniently(service, body)


def _parse_leniently(service: str, body: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """One bad character in one description must not cost the other 49 records of a page."""
    try:
        payload = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_number)
        clean = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        return orjson.loads(clean)
    except (ValueError, RecursionError):
        raise Drift(service, "the answer is not JSON", reason=DriftReason.NOT_JSON) from None


def _no_number(_: str) -> None:
    """Read NaN and Infinity as null."""
