"""What can go wrong with an outside service, sorted by what the caller may do about it.

    ServiceError
    ├── Transient        try again later: network down, 5xx, 429 (``retry_after`` seconds when the service said so)
    ├── Permanent        the same request will fail again: a 4xx
    │   ├── Authentication   the service does not accept our identity (401)
    │   └── Conflict         the other side changed meanwhile (409, 412): read again, then decide
    ├── Configuration    our own settings are wrong: nothing was sent
    ├── OutcomeUnknown   a write was sent and its answer was lost: read back before sending again
    └── Drift            an answer came, but not in the agreed shape: nothing of it may be believed

Messages hold the service, the method, the path and the status. They never hold headers, query values or bodies,
because those carry secrets; an error body is kept apart, in ``Permanent.body``, and shows in no message and no repr.
"""

from __future__ import annotations

from enum import StrEnum


class ServiceError(Exception):
    """An outside service could not do what was asked."""

    def __init__(self, service: str, message: str, *, status: int | None = None) -> None:
        """Remember the short service name (``esa``), a message without secrets, and the HTTP status if any."""
        super().__init__(f"{service}: {message}")
        self.service = service
        self.status = status


class Transient(ServiceError):
    """The service is unreachable, overloaded or broken for the moment."""

    def __init__(
        self,
        service: str,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """``retry_after`` is in seconds from the moment of the answer; ``None`` when the service did not say."""
        super().__init__(service, message, status=status)
        self.retry_after = retry_after


class Permanent(ServiceError):
    """The service understood and refused; the same request would be refused again."""

    def __init__(self, service: str, message: str, *, status: int | None = None, body: bytes = b"") -> None:
        """``body`` is the beginning of the refusal (at most 16 KiB), for callers who read the service's error code."""
        super().__init__(service, message, status=status)
        self.body = body


class Authentication(Permanent):
    """The service does not accept our identity."""


class Conflict(Permanent):
    """The other side changed since we last read it."""


class Configuration(ServiceError):
    """A setting makes the request impossible; nothing was sent."""


class OutcomeUnknown(ServiceError):
    """A write was sent and its answer was lost: it may or may not have happened."""


class DriftReason(StrEnum):
    """How an answer left the agreed shape."""

    HTML = "html"
    LOGIN = "login"
    REDIRECT = "redirect"
    NOT_JSON = "not_json"
    NO_ITEMS = "no_items"
    EMPTY = "empty"
    KEYS_GONE = "keys_gone"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"


class Drift(ServiceError):
    """An answer came, but not in the agreed shape."""

    def __init__(self, service: str, message: str, *, reason: DriftReason, status: int | None = None) -> None:
        """``reason`` lets a caller say the same thing in a person's language."""
        super().__init__(service, message, status=status)
        self.reason = reason
