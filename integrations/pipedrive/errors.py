"""What Pipedrive adds to the errors of `integrations.errors`.

Transient
├── BudgetExhausted   the day's tokens of the whole company are used up: every call is refused until the reset
└── Blocked           the firewall before the service answered (403 with a page, no JSON): send nothing for a while
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from integrations.errors import Permanent, Transient

if TYPE_CHECKING:
    from integrations.errors import ServiceError

_LONGEST_TEXT = 500


class BudgetExhausted(Transient):
    """The day's budget of tokens is used up; ``retry_after`` reaches to its reset (seconds)."""


class Blocked(Transient):
    """The firewall refuses us because we went on after a refusal; ``retry_after`` is a rest of our own choosing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Pipedrive refused, in its own words.

    ``code`` is for programs (``ERR_SCHEMA_VALIDATION_FAILED``, ``feature_capping_deals_limit``) and often absent,
    ``text`` is for people and may name fields and values that were sent, never the token.
    """

    code: str | None
    text: str


def read_refusal(error: ServiceError) -> Refusal | None:
    """Read what a refusal says; ``None`` when the error holds no answer of the service, or not one of its shapes."""
    body = _object(error.body) if isinstance(error, Permanent) else None
    if body is None:
        return None
    code = body.get("code")
    text = body.get("error") or body.get("message") or body.get("errors") or ""
    return Refusal(
        code=code if isinstance(code, str) and code else None,
        text=(text if isinstance(text, str) else orjson.dumps(text).decode())[:_LONGEST_TEXT],
    )


def _object(body: bytes) -> dict[str, object] | None:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
