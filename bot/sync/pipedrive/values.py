"""An offer's deal, in our words and in Pipedrive's. Pure: no database, no network.

What is compared and remembered is in words that people read and that stay the same: our stage codes, the names of
users and organizations as they were first met, an amount with its currency as one text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from bot.sync import plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.models import Company
    from bot.sync.differences import Value
    from bot.sync.facts import Member, OfferFacts
    from integrations.pipedrive import Deal

ME = "me"
"""The mapping that holds the id of the user whose token is used."""
LONGEST_TEXT = 255
"""Characters of a title or of a one-line custom field."""
LINKS = {"owner": "owner_id", "organization": "org_id", "person": "person_id"}
"""What points to another record, and the key it has over there."""
_BOOKS = {"owner": "their-user", "organization": "their-organization", "person": "their-person"}
_HISTORY = {
    "value": ("value", "currency"),
    "stage": ("stage_id",),
    "owner": ("owner_id", "user_id"),
    "organization": ("org_id",),
    "person": ("person_id",),
}


class Linking(Protocol):
    """What points to records over there: an offer, a lead."""

    @property
    def owner(self) -> Member:
        """Who it belongs to."""

    @property
    def team(self) -> tuple[Member, ...]:
        """Who else works on it."""

    @property
    def client_path(self) -> tuple[int, ...]:
        """Ids from the group down to the client."""

    @property
    def contact_id(self) -> int | None:
        """Who speaks for the client."""


@dataclass(frozen=True, slots=True)
class Names:
    """What our things are called over there, as it is remembered: ``field:bid_ref``, ``stage:SNT``, ``person:7``; and
    what theirs are called: ``their-user:12``. An empty text says that it was looked for and is not there.
    """

    mapped: Mapping[str, str]

    def number(self, name: str) -> int | None:
        """The id that belongs to a name of ours."""
        text = self.mapped.get(name)
        return int(text) if text else None

    def field_code(self, name: str) -> str:
        """The code of a custom field."""
        return self.mapped[f"field:{name}"]

    def field_codes(self) -> tuple[str, ...]:
        """The codes of all custom fields of ours."""
        return tuple(self.field_code(name) for name in plans.CUSTOM_FIELDS)

    def shown(self, link: str, number: int) -> str:
        """What a user, an organization or a person over there is called."""
        return self.mapped.get(their(link, number)) or f"#{number}"

    def stage_shown(self, stage_id: int) -> str:
        """What a stage over there is called."""
        return self.mapped.get(their_stage(stage_id)) or f"#{stage_id}"


def their(link: str, number: int) -> str:
    """The mapping that holds the name of a record of theirs; ``link`` is a key of `LINKS`."""
    return f"{_BOOKS[link]}:{number}"


def their_stage(stage_id: int) -> str:
    """The mapping that holds the name of a stage of theirs."""
    return f"their-stage:{stage_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``values`` in our words; ``ids`` of the records that the links among them point to."""

    values: dict[str, Value]
    ids: dict[str, int]


def wanted_of(facts: OfferFacts, company: Company, names: Names) -> Wanted:
    """The deal we want. What Pipedrive cannot hold is not asked for: a link longer than a field, an empty day."""
    values = plans.deal(facts, company)
    values["title"] = values["title"][:LONGEST_TEXT].rstrip()
    values["value"] = money_text(facts.amount, values.pop("currency"))
    if "stage" in values:
        values["stage"] = _first_alike(values["stage"], company)
    if values["expected_close_date"] is None:
        del values["expected_close_date"]
    if len(values["folder"] or "") > LONGEST_TEXT:
        del values["folder"]
    ids = linked_to(names, facts)
    return Wanted(values | {link: names.shown(link, number) for link, number in ids.items()}, ids)


def linked_to(names: Names, facts: Linking) -> dict[str, int]:
    """The records over there that the deal points to, as far as they are known; a client stands in for its nodes."""
    clients = (names.number(f"client:{client_id}") for client_id in reversed(facts.client_path))
    linked = {
        "owner": names.number(f"person:{facts.owner.id}"),
        "organization": next((number for number in clients if number is not None), None),
        "person": names.number(f"contact:{facts.contact_id}") if facts.contact_id is not None else None,
    }
    return {link: number for link, number in linked.items() if number is not None}


def money_text(amount: Decimal | None, currency: str | None) -> str | None:
    """``125000.50 EUR``; None for nothing."""
    return f"{amount:.2f} {currency}" if amount else None


def theirs_of(
    deal: Deal, wanted: Wanted, agreed: Mapping[str, Value], names: Names, company: Company
) -> dict[str, Any]:
    """The deal as it stands over there, in our words."""
    values: dict[str, Any] = {
        "title": deal.title,
        "value": money_text(deal.value, deal.currency),
        "status": deal.status.value,
        "expected_close_date": deal.expected_close_date.isoformat() if deal.expected_close_date else None,
        "lost_reason": deal.lost_reason or None,
        "stage": _stage_code(deal, (wanted.values.get("stage"), agreed.get("stage")), names, company),
    }
    for link, key in LINKS.items():
        values[link] = _linked_name(link, getattr(deal, key), wanted, names)
    for name, (_, kind) in plans.CUSTOM_FIELDS.items():
        held = deal.custom_fields.get(names.field_code(name))
        values[name] = None if held in (None, "") else float(held) if kind == "double" else str(held)
    return values


def _first_alike(code: str, company: Company) -> str:
    """The first stage that shares this one's in Pipedrive: between those nothing changes over there."""
    stages = company.systems.pipedrive.stages
    return next((other for other, name in stages.items() if name == stages.get(code)), code)


def _stage_code(deal: Deal, likely: tuple[str | None, ...], names: Names, company: Company) -> str | None:
    """Several stages of ours may share one of theirs; then the one that we mean is taken."""
    if deal.stage_id is None:
        return None
    codes = (*(code for code in likely if code), *company.systems.pipedrive.stages)
    ours = (code for code in codes if names.number(f"stage:{code}") == deal.stage_id)
    return next(ours, None) or names.stage_shown(deal.stage_id)


def _linked_name(link: str, number: int | None, wanted: Wanted, names: Names) -> str | None:
    if number is None:
        return None
    shown = names.shown(link, number)
    namesake = shown == wanted.values.get(link) and number != wanted.ids.get(link)
    return f"{shown} (#{number})" if namesake else shown


def writing_of(changes: Mapping[str, Value], wanted: Wanted, facts: OfferFacts, names: Names) -> dict[str, Any]:
    """The keys of a `DealChanges` or `DealWrite`."""
    body: dict[str, Any] = {}
    custom = {names.field_code(name): changes[name] for name in plans.CUSTOM_FIELDS if name in changes}
    for name, value in changes.items():
        if name == "value":
            body |= {"value": Decimal(value.split()[0]) if value else Decimal(0), "currency": facts.currency}
        elif name == "stage":
            body["stage_id"] = names.number(f"stage:{value}")
        elif name in LINKS:
            body[LINKS[name]] = wanted.ids[name]
        elif name == "expected_close_date":
            body[name] = date.fromisoformat(value)
        elif name == "lost_reason":
            body |= {"status": "lost", "lost_reason": value}
        elif name not in plans.CUSTOM_FIELDS:
            body[name] = value
    return body | ({"custom_fields": custom} if custom else {})


def history_keys(name: str, names: Names) -> tuple[str, ...]:
    """What a field of ours is called in the history of a deal."""
    if name in plans.CUSTOM_FIELDS:
        return (names.field_code(name),)
    return _HISTORY.get(name, (name,))
