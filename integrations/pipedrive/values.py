"""The shapes that recur: money, times, custom fields, and the two kinds of models.

What comes is read tolerantly: unknown keys are ignored. What goes is checked before it is sent: writable keys only,
lengths and ranges.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
)

_CENT = Decimal("0.01")
_LARGEST_AMOUNT = Decimal(10) ** 12
_LONGEST_VALUE = 65_000
_FIELD_CODE = re.compile(r"[0-9a-f]{40}")


class Record(BaseModel):
    """Something the service told; it may tell more than is read here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Writing(BaseModel):
    """Something to be written; only the keys that were set are sent. Error texts do not repeat the values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def body(self) -> dict[str, Any]:
        """Give the JSON object to send."""
        return self.model_dump(mode="json", exclude_unset=True)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


def _exact_cents(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount != amount.quantize(_CENT):
        raise ValueError("money has at most two decimals")
    return _cents(amount)


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


MoneyRead = Annotated[Decimal, AfterValidator(_cents)]
"""An amount, rounded to cents: the service keeps floating-point numbers (14 digits)."""

Money = Annotated[
    Decimal,
    Field(ge=0, lt=_LARGEST_AMOUNT, allow_inf_nan=False),
    AfterValidator(_exact_cents),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount to send: not negative, at most two decimals, below a million millions, so that a JSON number holds it."""

Moment = Annotated[datetime, AfterValidator(_as_utc)]
"""Aware UTC. API v1 leaves out the zone in some places and means UTC."""

Day = Annotated[date | None, BeforeValidator(_empty_as_none)]
Id = Annotated[int, Field(gt=0, strict=True)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
FieldCode = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
"""The code of a custom field: 40 hexadecimal digits, different in every account."""


def _sendable(value: object) -> JsonValue:
    """One custom field's value as API v2 wants it; amounts and days become what JSON has for them."""
    if isinstance(value, Decimal):
        return float(_finite(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _sendable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        if not value:
            raise ValueError("an empty list clears nothing: send None")
        return [_sendable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        raise ValueError(f"a text of more than {_LONGEST_VALUE} characters")
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"a custom field holds no {type(value).__name__}")


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("not a finite number")
    return value


CustomValue = Annotated[Any, BeforeValidator(_sendable)]
CustomFields = Mapping[FieldCode, CustomValue]
"""Field code -> value. Text, number (Decimal or float), day, option id, list of option ids, ``None`` to clear; for
monetary fields ``{"value": Decimal, "currency": "EUR"}``.
"""


def is_field_code(key: str) -> bool:
    """Whether a key is the code of a custom field."""
    return _FIELD_CODE.fullmatch(key) is not None
