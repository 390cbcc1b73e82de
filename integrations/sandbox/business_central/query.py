"""The query options the stand-in knows: `$filter`, `$select`, `$orderby`, paging by the server. Everything else is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.sandbox.business_central.properties import Property
from integrations.sandbox.business_central.refusals import RefusalError, bad_request
from integrations.sandbox.business_central.schema import Page

_MOST_ROWS = 20_000
_KNOWN_OPTIONS = frozenset({"$filter", "$select", "$orderby", "$skiptoken", "validationToken"})
_TERM = re.compile(r"(?P<name>\w+) (?P<operator>eq|ne|gt|ge|lt|le) (?P<value>'(?:[^']|'')*'|[^\s']+)")
_JOIN = re.compile(r" (and|or) ")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}

Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """What a request for a collection asks for."""

    matches: Callable[[Shown], bool]
    select: tuple[str, ...]
    skip: int
    order: Callable[[Shown], Any] | None = None


def read_query(options: Mapping[str, str], page: Page) -> Query:
    """Read the query options of a collection of ``page``.

    Raises:
        RefusalError: an unknown option or property, or a filter outside what Business Central allows.
    """
    unknown = sorted(set(options) - _KNOWN_OPTIONS)
    if unknown:
        raise bad_request(f"The query option '{unknown[0]}' is not supported here.")
    select = tuple(name for name in options.get("$select", "").split(",") if name)
    for name in select:
        _property(page, name)
    token = options.get("$skiptoken", "0")
    if not token.isdecimal():
        raise bad_request("The skip token is unusable.")
    return Query(_filter(options.get("$filter", ""), page), select, int(token), _order(options.get("$orderby"), page))


def _order(name: str | None, page: Page) -> Callable[[Shown], Any] | None:
    """By one property, upwards."""
    if name is None:
        return None
    known = _property(page, name)
    return lambda row: _comparable(known, row[known.name])


def page_size(prefer: str, largest: int) -> int:
    """Give the rows of one page: what the Prefer header asks for, up to a limit."""
    found = re.search(r"odata\.maxpagesize=(\d+)", prefer)
    asked = int(found[1]) if found else _MOST_ROWS
    return max(1, min(asked, largest, _MOST_ROWS))


def _filter(text: str, page: Page) -> Callable[[Shown], bool]:
    if not text:
        return lambda _: True
    terms: list[Callable[[Shown], bool]] = []
    names: set[str] = set()
    joins: set[str] = set()
    position = 0
    while True:
        found = _TERM.match(text, position)
        if found is None:
            raise bad_request("The filter cannot be read.", "BadRequest_InvalidRequestUri")
        known = _property(page, found["name"])
        names.add(known.name)
        terms.append(_term(known, found["operator"], found["value"]))
        if found.end() == len(text):
            break
        join = _JOIN.match(text, found.end())
        if join is None:
            raise bad_request("The filter cannot be read.", "BadRequest_InvalidRequestUri")
        joins.add(join[1])
        position = join.end()
    return _joined(terms, names, joins)


def _joined(terms: list[Callable[[Shown], bool]], names: set[str], joins: set[str]) -> Callable[[Shown], bool]:
    if "or" not in joins:
        return lambda row: all(term(row) for term in terms)
    if len(names) > 1 or "and" in joins:
        raise bad_request("The 'OR' operator is not supported on distinct fields on an OData filter.")
    return lambda row: any(term(row) for term in terms)


def _term(known: Property, operator: str, written: str) -> Callable[[Shown], bool]:
    right = _comparable(known, _value(known, written))
    compare = _COMPARE[operator]
    return lambda row: compare(_comparable(known, row[known.name]), right)


def _value(known: Property, written: str) -> str:
    quoted = written.startswith("'")
    if quoted == (known.edm_type in {"Edm.Guid", "Edm.DateTimeOffset", "Edm.Date", "Edm.Decimal", "Edm.Boolean"}):
        raise _incompatible(known)
    return written[1:-1].replace("''", "'") if quoted else written


def _comparable(known: Property, value: object) -> Any:  # noqa: ANN401 - whatever the property's kind compares by
    text = str(value)
    try:
        match known.kind:
            case "DateTime":
                return datetime.fromisoformat(text)
            case "Decimal" | "Integer" | "BigInteger":
                return float(text)
            case "Code" | "Guid" | "Boolean":
                return text.casefold()
    except ValueError:
        raise _incompatible(known) from None
    return text


def _incompatible(known: Property) -> RefusalError:
    return bad_request(f"'{known.name}' is compared with a value of another type.", "BadRequest_InvalidRequestUri")


def _property(page: Page, name: str) -> Property:
    known = page.properties.get(name)
    if known is None:
        raise bad_request(f"{page.entity} has no property '{name}'.")
    return known
