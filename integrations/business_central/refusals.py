"""Business Central's refusals, told apart by its error code first and by the status second.

Permanent
└── Refused              ``code``, ``correlation_id``, ``detail``
    ├── NotAccepted      our token (also an `Authentication`)
    ├── NotAllowed       our permission sets
    ├── RecordMissing    there is no such record, page or company
    ├── RelationMissing  a contact, salesperson, … that the record names does not exist
    ├── KeyTaken         a record of this number exists already (also a `Conflict`)
    └── ChangedMeanwhile the etag is stale (also a `Conflict`)
"""

from __future__ import annotations

import re
from http import HTTPStatus

import orjson

from integrations.errors import Authentication, Conflict, Permanent

_CORRELATION = re.compile(r"\s*CorrelationId:\s+([0-9a-fA-F-]{36})\.?")
_LONGEST_DETAIL = 500
RECORD_NOT_FOUND = "Internal_RecordNotFound"
"""The page is there, the record is not."""


class Refused(Permanent):
    """Business Central understood and refused."""

    def __init__(self, error: Permanent, code: str, detail: str, correlation_id: str | None) -> None:
        """Explain a plain refusal.

        ``code`` is Business Central's (empty when there was none), ``correlation_id`` what its support asks for.
        ``detail`` is its sentence in English; it may repeat values of the record, so it is not part of the message.
        """
        _, _, message = str(error).partition(": ")
        super().__init__(error.service, f"{message} {code}".rstrip(), status=error.status, body=error.body)
        self.code = code
        self.detail = detail
        self.correlation_id = correlation_id


class NotAccepted(Refused, Authentication):
    """The token is not accepted, or the app is not enabled in Business Central."""


class NotAllowed(Refused):
    """The permission sets of the app do not reach so far."""


class RecordMissing(Refused):
    """There is no such record, page, company or environment."""


class RelationMissing(Refused):
    """Something the record names (its contact, its salesperson) does not exist."""


class KeyTaken(Refused, Conflict):
    """A record with this number exists already."""


class ChangedMeanwhile(Refused, Conflict):
    """The record changed since its etag was read."""


_BY_CODE: dict[str, type[Refused]] = {
    "Request_EntityChanged": ChangedMeanwhile,
    "Internal_EntityWithSameKeyExists": KeyTaken,
    RECORD_NOT_FOUND: RecordMissing,
    "BadRequest_ResourceNotFound": RecordMissing,
    "BadRequest_NotFound": RecordMissing,
    "Internal_InvalidTableRelation": RelationMissing,
}
_BY_FAMILY: tuple[tuple[str, type[Refused]], ...] = (
    ("Authentication_", NotAccepted),
    ("Authorization_", NotAllowed),
)
_BY_STATUS: dict[int, type[Refused]] = {
    HTTPStatus.UNAUTHORIZED: NotAccepted,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.NOT_FOUND: RecordMissing,
    HTTPStatus.CONFLICT: ChangedMeanwhile,
    HTTPStatus.PRECONDITION_FAILED: ChangedMeanwhile,
}


def explained(error: Permanent) -> Refused:
    """Read what Business Central said about a refusal."""
    code, text = _code_and_text(error.body)
    found = _CORRELATION.search(text)
    detail = _CORRELATION.sub("", text).strip()[:_LONGEST_DETAIL]
    return _kind(code, error.status)(error, code, detail, found[1] if found else None)


def _kind(code: str, status: int | None) -> type[Refused]:
    if code in _BY_CODE:
        return _BY_CODE[code]
    for family, kind in _BY_FAMILY:
        if code.startswith(family):
            return kind
    return _BY_STATUS.get(status or 0, Refused)


def _code_and_text(body: bytes) -> tuple[str, str]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    error = read.get("error") if isinstance(read, dict) else None
    if not isinstance(error, dict):
        return "", ""
    code, text = error.get("code"), error.get("message")
    return code[:100] if isinstance(code, str) else "", text if isinstance(text, str) else ""
