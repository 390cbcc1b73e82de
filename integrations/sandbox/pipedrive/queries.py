"""What stands in a query, read the same way everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from integrations.sandbox.pipedrive.answers import Json, invalid, whole

PAGED = ("limit", "cursor")
LISTED = (*PAGED, "sort_by", "sort_direction", "updated_since", "updated_until", "owner_id", "ids")
WITH_FIELDS = ("custom_fields", "include_fields", "include_labels", "include_option_labels")


def number_of(request: web.Request, name: str = "id") -> int:
    """An id in the path."""
    text = request.match_info[name]
    if not text.isdecimal():
        raise invalid([f"{name} must be an integer"])
    return int(text)


def narrowed(request: web.Request, rows: Sequence[Json], *names: str) -> list[Json]:
    """The rows that have the numbers the query asks for."""
    wanted = {name: whole(request, name) for name in names if name in request.query}
    return [row for row in rows if all(row[name] == number for name, number in wanted.items())]


def ordered(request: web.Request, rows: Sequence[Json], *more: str) -> list[Json]:
    """The rows in the order the query asks for, by id when it asks for none; ``more`` are further keys it may name."""
    key, direction = request.query.get("sort_by", "id"), request.query.get("sort_direction", "asc")
    if key not in {"id", "update_time", "add_time", *more} or direction not in {"asc", "desc"}:
        raise invalid(["sort_by or sort_direction is not valid"])
    return sorted(rows, key=lambda row: (row[key], row["id"]), reverse=direction == "desc")


def changed_within(request: web.Request, rows: Sequence[Json]) -> list[Json]:
    """The rows of an owner and of a span of changes, if the query asks for them, in its order."""
    since, until = (moment_in(request, name) for name in ("updated_since", "updated_until"))
    chosen = [
        row
        for row in narrowed(request, rows, "owner_id")
        if (since is None or datetime.fromisoformat(row["update_time"]) >= since)
        and (until is None or datetime.fromisoformat(row["update_time"]) < until)
    ]
    return ordered(request, chosen)


def moment_in(request: web.Request, name: str) -> datetime | None:
    """A time in the query, with its zone."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid([f"{name} must be a time"]) from None
    if moment.tzinfo is None:
        raise invalid([f"{name} must be a time with its zone"])
    return moment


def search_term(request: web.Request, least: int) -> str:
    """What is searched for."""
    term = request.query.get("term", "")
    if len(term) < least:
        raise invalid([f"term must have at least {least} characters"])
    return term
