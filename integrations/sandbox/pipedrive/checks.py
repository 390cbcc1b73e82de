"""The strictness of API v2 and of leads: which keys may be written, and what they may hold."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from integrations.sandbox.pipedrive.answers import Json, invalid

Check = Callable[[object], "str | None"]
"""Gives what is wrong with a value, ``None`` when it is right."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_CLOCK = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def integer(value: object) -> str | None:
    """A whole number, not in quotes."""
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be an integer"


def number(value: object) -> str | None:
    """A number, not in quotes."""
    return None if isinstance(value, (int, float)) and not isinstance(value, bool) else "must be a number"


def boolean(value: object) -> str | None:
    """True or false, nothing that only means it."""
    return None if isinstance(value, bool) else "must be a boolean"


def text(longest: int = 255, *, least: int = 0) -> Check:
    """A text of limited length."""

    def check(value: object) -> str | None:
        fits = isinstance(value, str) and least <= len(value) <= longest
        return None if fits else f"must be a string of {least} to {longest} characters"

    return check


def day(value: object) -> str | None:
    """A day as 2026-12-15."""
    try:
        right = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        right = False
    return None if right else "must be a date"


def clock_time(value: object) -> str | None:
    """Hours and minutes, with or without seconds."""
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        return "must be a time"
    try:
        time.fromisoformat(value)
    except ValueError:
        return "must be a time"
    return None


def duration(value: object) -> str | None:
    """Hours and minutes of a length, which may pass a day."""
    return None if isinstance(value, str) and _CLOCK.fullmatch(value) else "must be a duration"


def currency(value: object) -> str | None:
    """A currency code."""
    return None if isinstance(value, str) and _CURRENCY.fullmatch(value) else "must be a currency code"


def identifier(value: object) -> str | None:
    """A UUID."""
    try:
        right = isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        right = False
    return None if right else "must be a UUID"


def one_of(*allowed: object) -> Check:
    """One of a closed list, of the same type too."""

    def check(value: object) -> str | None:
        right = any(value == each and type(value) is type(each) for each in allowed)
        return None if right else f"must be one of {', '.join(map(str, allowed))}"

    return check


def between(low: float, high: float) -> Check:
    """A number within bounds."""

    def check(value: object) -> str | None:
        right = number(value) is None and low <= float(str(value)) <= high
        return None if right else f"must be between {low:g} and {high:g}"

    return check


def nullable(check: Check) -> Check:
    """Also null."""
    return lambda value: None if value is None else check(value)


def list_of(check: Check, *, least: int = 0) -> Check:
    """A list whose members all pass."""

    def check_list(value: object) -> str | None:
        if not isinstance(value, list) or len(value) < least:
            return f"must be an array of at least {least} items"
        return next((problem for problem in map(check, value) if problem), None)

    return check_list


def object_of(keys: Mapping[str, Check], *required: str) -> Check:
    """An object with these keys and no others."""

    def check(value: object) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        problems = problems_of(value, keys, required)
        return "; ".join(problems) if problems else None

    return check


def problems_of(body: Mapping[str, Any], keys: Mapping[str, Check], required: tuple[str, ...] = ()) -> list[str]:
    """Everything that is wrong with an object."""
    problems = [f"{name}: is required" for name in required if name not in body]
    for name, value in body.items():
        if name not in keys:
            problems.append(f"{name}: Parameter '{name}' is not allowed for this request")
        elif problem := keys[name](value):
            problems.append(f"{name}: {problem}")
    return problems


def check_body(body: Mapping[str, Any], keys: Mapping[str, Check], *required: str) -> None:
    """Refuse a body that is not as agreed."""
    if problems := problems_of(body, keys, required):
        raise invalid(problems)


_ADDRESS_PARTS = (
    "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
)  # fmt: skip
ADDRESS = object_of({"value": text(1000), **dict.fromkeys(_ADDRESS_PARTS, text(255))}, "value")

_BY_TYPE: Mapping[str, Check] = {
    "varchar": text(),
    "varchar_auto": text(),
    "phone": text(),
    "text": text(65_000),
    "double": number,
    "monetary": object_of({"value": number, "currency": currency}, "value", "currency"),
    "user": integer,
    "people": integer,
    "org": integer,
    "date": day,
    "daterange": object_of({"value": day, "until": day}, "value", "until"),
    "time": object_of({"value": clock_time, "timezone_name": text()}, "value"),
    "timerange": object_of({"value": clock_time, "until": clock_time, "timezone_name": text()}, "value", "until"),
    "address": ADDRESS,
}


def custom_check(field: Json) -> Check:
    """What a custom field may hold, or null."""
    options = [option["id"] for option in field["options"] or ()]
    if field["field_type"] == "enum":
        return nullable(one_of(*options))
    if field["field_type"] == "set":
        return nullable(list_of(one_of(*options), least=1))
    return nullable(_BY_TYPE[field["field_type"]])


def custom_fields(fields: Mapping[str, Json]) -> Check:
    """The object that holds all custom fields; codes that do not exist are refused by name."""
    return object_of({code: custom_check(field) for code, field in fields.items() if field["is_custom_field"]})


def lead_custom_fields(fields: Mapping[str, Json]) -> dict[str, Check]:
    """The root keys of leads; a monetary field is spread over two."""
    keys: dict[str, Check] = {}
    for code, field in fields.items():
        if not field["is_custom_field"]:
            continue
        if field["field_type"] == "monetary":
            keys |= {code: nullable(number), f"{code}_currency": nullable(currency)}
        else:
            keys[code] = custom_check(field)
    return keys
