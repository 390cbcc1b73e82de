"""The business logic behind the pages, as far as a supplier's bids meet it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.business_central.refusals import (
    RefusalError,
    bad_request,
    business_rule,
    no_relation,
)
from integrations.sandbox.business_central.store import Row, Store

_CLOSED = frozenset({"Won", "Lost"})
_SERIES = {"opportunities": ("Opportunity Nos.", "OP"), "projects": ("Project Nos.", "PR")}
_KEYS = {"salespeople": "code"}
_PARENTS = {"Job": "projects", "Customer": "customers"}
_PRESALES_VALUES = frozenset({"estimatedValue", "estimatedClosingDate"})


@dataclass(slots=True)
class Numbering:
    """Which number series take a number typed in (the switch Manual Nos.), and what they drew last."""

    manual: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(_SERIES, True))
    drawn: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SERIES, 0))


class Rules:
    """Checks and completes what is written to a table; refuses with `RefusalError`."""

    def __init__(self, store: Store) -> None:
        """Look relations up in ``store``."""
        self._store = store
        self.numbering = Numbering()
        self._inserting: dict[str, Callable[[dict[str, Any]], None]] = {
            "opportunities": self._new_opportunity,
            "attachments": self._new_attachment,
            "contacts": _needs_name,
            "customers": _needs_name,
        }

    def before_insert(self, table: str, values: dict[str, Any]) -> None:
        """Complete the values of a new row."""
        self._number(table, values)
        self._relations(values)
        complete = self._inserting.get(table)
        if complete is not None:
            complete(values)

    def before_update(self, table: str, row: Row, values: dict[str, Any]) -> None:
        """Complete the values of a change."""
        key = _KEYS.get(table, "number")
        renamed = values.get(key)
        if renamed is not None and renamed != row.values.get(key):
            self._unique(table, key, renamed)
        self._relations(values)
        if table == "opportunities":
            self._opportunity_change(row, values)

    def before_delete(self, table: str, row: Row) -> None:
        """Refuse what may not go."""
        if table == "opportunities" and row.values.get("status") == "In Progress":
            raise business_rule("An active opportunity cannot be deleted.")

    def _number(self, table: str, values: dict[str, Any]) -> None:
        key = _KEYS.get(table, "number")
        given = values.get(key, "")
        if table in _SERIES:
            name, prefix = _SERIES[table]
            if not given:
                self.numbering.drawn[table] += 10
                values[key] = f"{prefix}{self.numbering.drawn[table]:06d}"
            elif not self.numbering.manual[table]:
                raise business_rule(f"The number series {name} takes no manual numbers: Manual Nos. is off.")
        if values.get(key):
            self._unique(table, key, values[key])

    def _unique(self, table: str, key: str, value: str) -> None:
        if self._store.find(table, key, value) is not None:
            raise RefusalError(409, "Internal_EntityWithSameKeyExists", f"{table}: '{value}' exists already.")

    def _relations(self, values: dict[str, Any]) -> None:
        for name, table, key in (
            ("contactNumber", "contacts", "number"),
            ("salespersonCode", "salespeople", "code"),
            ("customerNumber", "customers", "number"),
            ("opportunityNumber", "opportunities", "number"),
        ):
            value = values.get(name)
            if value and self._store.find(table, key, value) is None:
                raise no_relation(name, value)

    def _new_opportunity(self, values: dict[str, Any]) -> None:
        values["status"] = "Not Started"
        values["creationDate"] = self._store.now().date().isoformat()

    def _new_attachment(self, values: dict[str, Any]) -> None:
        parents = _PARENTS.get(values.get("parentType", " "))
        if parents is None or not values.get("fileName"):
            raise bad_request("An attachment needs a file name and a parent that can hold files.")
        if values.get("parentId") not in self._store.tables[parents]:
            raise RefusalError(404, "Internal_RecordNotFound", "The parent of the attachment does not exist.")

    def _opportunity_change(self, row: Row, values: dict[str, Any]) -> None:
        if row.values.get("status") in _CLOSED and values.keys() & {"contactNumber", "salespersonCode"}:
            raise business_rule("Contact and salesperson of a won or lost opportunity cannot be changed.")
        outcome = values.get("outcome", " ")
        if outcome in _CLOSED:
            self._close(row, values, outcome)
        elif values.keys() & _PRESALES_VALUES and row.values["status"] == "Not Started":
            values["status"] = "In Progress"

    def _close(self, row: Row, values: dict[str, Any], outcome: str) -> None:
        value = values.get("estimatedValue", row.values.get("estimatedValue", 0))
        if outcome == "Won" and not value:
            raise business_rule("A won opportunity needs a value.")
        if not values.get("closeOpportunityCode", row.values.get("closeOpportunityCode")):
            raise business_rule("Closing an opportunity needs a close opportunity code.")
        closed_on = values.get("dateClosed") or self._store.now().date().isoformat()
        values |= {"status": outcome, "closed": True, "dateClosed": closed_on}


def _needs_name(values: dict[str, Any]) -> None:
    if not values.get("displayName"):
        raise business_rule('A "displayName" must be provided.')
