"""What the API may be asked. Anything it is not known to understand is refused, so no client relies on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.sandbox.esa.listing import PORTAL_ZONE

LARGEST_TAKE = 100
_SORT_KEYS = frozenset({"FirstPublicationDate", "LastUpdateTime"})
_FLAGS = {"true": True, "false": False}
_SHARED_PARAMS = frozenset({"tType", "c", "pDateFrom", "isF", "isA", "sortBy", "sortDir"})
_OPEN_STATUSES = frozenset({1, 2, 3})


class BadQueryError(ValueError):
    """The API does not understand the request."""


@dataclass(frozen=True, slots=True)
class Query:
    """One request, understood."""

    take: int
    skip: int
    sort_by: str
    every_status: bool
    tender_type: int | None
    country: int | None
    published_from: str | None

    def wants(self, item: Mapping[str, Any]) -> bool:
        """Say whether an item passes the filters."""
        return (
            (self.every_status or item["status"]["id"] in _OPEN_STATUSES)
            and (self.tender_type is None or item["tenderType"]["id"] == self.tender_type)
            and (self.country is None or {"id": self.country} in item["countries"])
            and (self.published_from is None or item["firstPublicationDate"] >= self.published_from)
        )


def read_query(path: Mapping[str, str], params: Iterable[tuple[str, str]], *, is_esa: bool) -> Query:
    """Read a request's path parts and query.

    Raises:
        BadQueryError: a parameter is unknown, repeated or malformed, or ``take`` is out of range.
    """
    given: dict[str, str] = {}
    for name, value in params:
        if name not in _SHARED_PARAMS and not (is_esa and name == "all"):
            raise BadQueryError(f"Unknown parameter: {name[:40]}")
        if name in given:
            raise BadQueryError(f"Parameter given twice: {name}")
        given[name] = value
    take, skip = _number(path["take"], "take"), _number(path.get("skip", "0"), "skip")
    if not 1 <= take <= LARGEST_TAKE:
        raise BadQueryError(f"take must be 1 to {LARGEST_TAKE}")
    if given.get("sortBy", "LastUpdateTime") not in _SORT_KEYS:
        raise BadQueryError("Unknown sortBy")
    if given.get("sortDir", "1") != "1":
        raise BadQueryError("sortDir must be 1")
    for name in ("all", "isF", "isA"):
        if given.get(name, "false") not in _FLAGS:
            raise BadQueryError(f"{name} must be true or false")
    return Query(
        take=take,
        skip=skip,
        sort_by=given.get("sortBy", "LastUpdateTime"),
        # Records of other entities keep their status for years, so that listing never hides by status.
        every_status=not is_esa or _FLAGS[given.get("all", "false")],
        tender_type=_number(given["tType"], "tType") if "tType" in given else None,
        country=_number(given["c"], "c") if "c" in given else None,
        published_from=_moment(given["pDateFrom"]) if "pDateFrom" in given else None,
    )


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - fits 32 bits
        raise BadQueryError(f"{name} must be a number")
    return int(text)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadQueryError("pDateFrom must be a date and time") from None
    local = moment.astimezone(PORTAL_ZONE) if moment.tzinfo else moment
    return local.replace(tzinfo=None, microsecond=0).isoformat()
