"""Pipedrive's leads in the words of ours, and what is remembered of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.clients.models import Client
from bot.clients.rules import shown_name
from bot.clients.service import CLIENT, CONTACT
from bot.sync.models import System, TheirRecord
from bot.sync.pipedrive.books import number_in
from bot.sync.pipedrive.contacts import ORGANIZATION, PERSON

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.sync.pipedrive.shapes import TheirLead

NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose lead it is: somebody of ours, else what they are called over there."""

    person_id: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the taking over needs beside the leads. ``owners`` by user id; ``base_url`` is where people open Pipedrive;
    ``since``: what was made before is not announced; ``currency`` of a lead without an amount.
    """

    owners: Mapping[int, Owner]
    base_url: str
    since: datetime
    currency: str
    now: datetime


def values_of(session: Session, theirs: TheirLead, reading: Reading) -> dict[str, Any]:
    """Their values as ours."""
    row = theirs.row
    client, client_name = _client(session, row.organization_id)
    contact = _tied(session, PERSON, row.person_id, CONTACT)
    owner = reading.owners.get(row.owner_id, Owner()) if row.owner_id is not None else Owner()
    return {
        "title": theirs.title,
        "amount": theirs.amount,
        "currency": theirs.currency or reading.currency,
        "expected_closing_on": theirs.expected_closing_on,
        "client_id": client,
        "client_name": client_name,
        "contact_id": contact,
        "owner_id": owner.person_id,
        "owner_name": owner.name,
        "origin": theirs.origin,
    }


def _client(session: Session, number: int | None) -> tuple[int | None, str | None]:
    client_id = _tied(session, ORGANIZATION, number, CLIENT)
    client = session.get(Client, client_id) if client_id is not None else None
    if client is not None:
        return client.id, shown_name(client.path)
    record = session.get(TheirRecord, (System.PIPEDRIVE, ORGANIZATION, str(number))) if number is not None else None
    return None, record.name[:NAME_LIMIT] or None if record is not None else None


def _tied(session: Session, kind: str, number: int | None, subject: str) -> int | None:
    record = session.get(TheirRecord, (System.PIPEDRIVE, kind, str(number))) if number is not None else None
    return number_in(record.ours, subject) if record is not None else None


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Ready for JSON."""
    return {name: str(value) if isinstance(value, Decimal | date) else value for name, value in values.items()}


def read_back(data: Mapping[str, Any]) -> dict[str, Any]:
    """As it was before it was stored."""
    amount, closing = data.get("amount"), data.get("expected_closing_on")
    return {
        **data,
        "amount": Decimal(amount) if amount else None,
        "expected_closing_on": date.fromisoformat(closing) if closing else None,
    }
