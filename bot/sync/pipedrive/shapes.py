"""Organizations, persons and leads of Pipedrive as we keep them: tidy texts that fit our columns. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.clients.rules import NAME_LIMIT, PHONE_LIMIT, is_email
from bot.clients.service import JOINERS
from bot.leads.fields import TITLE_LIMIT
from bot.offers.rules import fold
from bot.records.fields import LARGEST_AMOUNT
from bot.sync import plans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from integrations.pipedrive import Lead, Organization, Person
    from integrations.pipedrive.contacts import Reach


@dataclass(frozen=True, slots=True)
class Theirs:
    """One record over there. ``name`` is empty when nothing of it can be seen; ``fields`` are what a contact of ours
    has beside: ``position``, ``email``, ``phone``, None where they say nothing.
    """

    id: int
    name: str
    changed_at: datetime | None
    gone: bool
    fields: dict[str, str | None]
    organization_id: int | None = None

    @property
    def data(self) -> dict[str, Any]:
        """As it is kept beside the name."""
        return {**self.fields, "organization": self.organization_id}

    @property
    def search_text(self) -> str:
        """What a search looks through."""
        return fold(" ".join(part for part in (self.name, *self.fields.values()) if part))


_CURRENCY = re.compile(r"[A-Z]{3}")
_ORIGINS = {called.casefold(): code for code, called in plans.ORIGINS.items()}


@dataclass(frozen=True, slots=True)
class TheirLead:
    """One lead over there; ``row`` is as it was read. ``title`` is never empty; ``origin`` is a code of ours, None
    where they say nothing that we know; ``ref`` is what we wrote into it to find it by.
    """

    row: Lead
    title: str
    amount: Decimal | None
    currency: str | None
    origin: str | None
    ref: str

    @property
    def id(self) -> str:
        """Their UUID."""
        return self.row.id

    @property
    def expected_closing_on(self) -> date | None:
        """When the client may decide."""
        return self.row.expected_close_date


def lead_of(row: Lead, *, ref_code: str, origin_code: str) -> TheirLead:
    """A lead; the codes are those of the custom fields, empty where the account has none."""
    value = row.value
    fits = value is not None and bool(_CURRENCY.fullmatch(value.currency)) and 0 <= value.amount <= LARGEST_AMOUNT
    custom = row.custom_fields
    return TheirLead(
        row,
        tidy(row.title, TITLE_LIMIT) or "?",
        value.amount if value is not None and fits and value.amount else None,
        value.currency if value is not None and fits else None,
        _ORIGINS.get(str(custom.get(origin_code) or "").strip().casefold()),
        str(custom.get(ref_code) or ""),
    )


def organization_of(row: Organization) -> Theirs:
    """An organization."""
    return Theirs(row.id, tidy(row.name, NAME_LIMIT), row.update_time, row.is_deleted, {})


def person_of(row: Person) -> Theirs:
    """A person; of several addresses the primary one."""
    email = tidy(_first(row.emails), NAME_LIMIT).lower()
    fields = {
        "position": tidy(row.job_title or "", NAME_LIMIT) or None,
        "email": email if is_email(email) else None,
        "phone": tidy(_first(row.phones), PHONE_LIMIT) or None,
    }
    return Theirs(row.id, tidy(row.name, NAME_LIMIT), row.update_time, row.is_deleted, fields, row.org_id)


def _first(reaches: Sequence[Reach] | None) -> str:
    chosen = sorted(reaches or (), key=lambda reach: not reach.primary)
    return next((reach.value for reach in chosen if reach.value.strip()), "")


def tidy(text: str, limit: int) -> str:
    """Single spaces, nothing that cannot be seen, at most ``limit`` characters."""
    shown = "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text)
    return " ".join(shown.split())[:limit].strip(f" {JOINERS}")
