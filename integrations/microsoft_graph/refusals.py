"""What Graph says when it refuses: ``{"error": {"code", "message", "innerError": {"code", "request-id"}}}``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from integrations.errors import Permanent

NAME_TAKEN = "nameAlreadyExists"
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words of a refusal that programs and Microsoft's support read; empty where the answer has none.

    ``code`` is Graph's error code (``itemNotFound``), ``inner_code`` the finer one, ``request_id`` what support asks
    for. Graph's sentence is left out: it may repeat names of files and people.
    """

    code: str = ""
    inner_code: str = ""
    request_id: str = ""


def refusal(error: Permanent) -> Refusal:
    """Read the refusal that an error of the transport carries; never fails."""
    try:
        body = orjson.loads(error.body)
    except orjson.JSONDecodeError:
        return Refusal()
    said = _object(_object(body).get("error"))
    # SharePoint spells it innererror in some answers.
    inner = _object(said.get("innerError") or said.get("innererror"))
    return Refusal(_word(said.get("code")), _word(inner.get("code")), _word(inner.get("request-id")))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
