"""Between requests and rows: a body is checked against its page, a row is shown as its page shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from aiohttp import web

from integrations.sandbox.business_central.properties import Property
from integrations.sandbox.business_central.refusals import RefusalError, bad_request
from integrations.sandbox.business_central.schema import Page
from integrations.sandbox.business_central.store import Row, Store, stamp

_ETAG = re.compile(r'^W/"[A-Za-z0-9+/=]+"$')


_FROM_CONTACT = frozenset({"contactName", "contactCompanyName"})
_COMPUTED: Mapping[str, Callable[[Row], Any]] = {
    "id": lambda row: row.id,
    "systemCreatedAt": lambda row: stamp(row.created_at),
    "systemModifiedAt": lambda row: stamp(row.modified_at),
    "lastModifiedDateTime": lambda row: stamp(row.modified_at),
    "timestamp": lambda row: row.version,
    "byteSize": lambda row: len(row.content),
}


def shown(store: Store, page: Page, row: Row) -> dict[str, Any]:
    """Give a row as the page's answers have it, without the service's own remarks."""
    return {known.name: _shown(store, known, row) for known in page.shown}


def _shown(store: Store, known: Property, row: Row) -> Any:  # noqa: ANN401 - a value of the property's own type
    if known.name in _COMPUTED:
        return known.shown(_COMPUTED[known.name](row))
    names = _names(store, row) if known.name in _FROM_CONTACT else {}
    return known.shown(names.get(known.name, row.values.get(known.name, known.default)))


class Glance(Mapping[str, Any]):
    """A row as its page shows it, of which only what is asked for is worked out: filters look at many rows."""

    def __init__(self, store: Store, page: Page, row: Row) -> None:
        """Look at one row."""
        self._store = store
        self._page = page
        self._row = row

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a value of the property's own type
        return _shown(self._store, self._page.properties[name], self._row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._page.properties)

    def __len__(self) -> int:
        return len(self._page.properties)

    def whole(self) -> dict[str, Any]:
        """All of it, as an answer has it."""
        return {"@odata.etag": self._row.etag, **shown(self._store, self._page, self._row)}


def _names(store: Store, row: Row) -> dict[str, str]:
    """An opportunity shows the names of the contact it names."""
    contact = store.find("contacts", "number", row.values.get("contactNumber") or " ")
    if contact is None:
        return {}
    return {
        "contactName": contact.values.get("displayName", ""),
        "contactCompanyName": contact.values.get("companyName", ""),
    }


async def written(request: web.Request, page: Page) -> dict[str, Any]:
    """Read the body of a write.

    Raises:
        RefusalError: no JSON object, an unknown or read-only property, a value that does not fit.
    """
    if request.content_type != "application/json":
        raise RefusalError(415, "BadRequest", "The body must be JSON.")
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise bad_request("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The body must be one object.")
    return {name: _checked(page, name, value) for name, value in body.items()}


def _checked(page: Page, name: str, value: object) -> Any:  # noqa: ANN401 - a value of the property's own type
    known = page.properties.get(name)
    if known is None or known.kind == "Stream":
        raise bad_request(f"The property '{name}' does not exist on type 'Microsoft.NAV.{page.entity}'.")
    if not known.writable:
        raise bad_request(f"Control '{name}' is read-only.", "BadRequest_InvalidOperation")
    return known.accepted(value)


def check_etag(request: web.Request, etag: str, *, required: bool) -> None:
    """Compare If-Match with the state of a record.

    Raises:
        RefusalError: it is missing though required, malformed, or stale.
    """
    given = request.headers.get("If-Match")
    if given is None and not required:
        return
    if given is None or (given != "*" and not _ETAG.match(given)):
        raise bad_request("The client concurrency token is missing or unusable.", "BadRequest_InvalidToken")
    if given not in {"*", etag}:
        raise RefusalError(409, "Request_EntityChanged", "Another user has already changed the record.")
