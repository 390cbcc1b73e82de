"""Made-up records in the shape a source gives them, and a portal that publishes, moves, cancels and re-issues."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.people.models import Person, Role, RoleGrant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

NOW = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as ``bot.tenders.records.TenderRecord`` asks for it. Its hash follows its content."""

    native_id: str
    raw_title: str = "THERMAL INSULATION FOR A SMALL LANDER - EXPRO+"
    tanumber: str | None = "1-20001"
    description: str = "Objective: to design an insulation basedon aerogel."
    url: str = "https://portal.example/1"
    type_id: int | None = 5
    status_id: int | None = 2
    opens_at: datetime | None = NOW - timedelta(days=1)
    closes_at: datetime | None = NOW + timedelta(days=42)
    clarification_at: datetime | None = NOW + timedelta(days=35)
    extension_at: datetime | None = None
    published_at: datetime | None = NOW - timedelta(days=1)
    countries: tuple[str, ...] = ("DE", "FR")
    products: tuple[int, ...] = (561,)
    technologies: tuple[int, ...] = (199,)
    is_cancelled: bool = False
    is_archived: bool = False
    price_range: str | None = None
    entity_name: str | None = None
    marker: str = ""
    """Content that no column holds."""
    raw: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({"id": 1}), hash=False, compare=False)

    @property
    def content_hash(self) -> str:
        """Two records with the same content have the same one."""
        return f"{hash(self) & (2**64 - 1):016x}"

    def but(self, **changes: Any) -> Record:  # noqa: ANN401
        """The same record with other content."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Unread:
    """An item nobody could read."""

    raw: Any
    why: str = "no title"


def somebody(session: Session, name: str = "CTO", *, admin: bool = False, guest: bool = False) -> Person:
    """A registered person, called by role."""
    person = Person(
        tenant_id="tenant",
        entra_object_id=f"object-{name}",
        name=name,
        language="fr",
        time_zone="Europe/Paris",
        guest=guest,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(person)
    session.flush()
    if admin:
        session.add(RoleGrant(person_id=person.id, role=Role.ADMIN, valid_from=NOW - timedelta(days=1)))
        session.flush()
    return person
