"""What a handler has at hand: one person, one action, one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.decisions.policy import decision_rules
from bot.errors import NotFound
from bot.people import service as people
from bot.people.models import Role
from cards import words
from cards.views.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.decisions.rules import DecisionRules
    from bot.people.models import Person
    from bot.teams.inbound import Inbound

P = TypeVar("P", bound="Payload")

LARGEST_ID = 2**31 - 1
"""What the keys of the database can hold."""


class Payload(BaseModel):
    """What a button or dialog sent. A stranger's data: parsed, bounded, and nothing else in it is looked at."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=8000)

    id: int = Field(0, ge=0, le=LARGEST_ID)
    rev: int = Field(0, ge=0, le=LARGEST_ID)
    q: str = ""


def _token() -> str:
    """32 random bytes in URL-safe letters."""
    return secrets.token_urlsafe(32)


def _nothing(_source: str) -> None:
    """No poll to bring forward."""


@dataclass(frozen=True)
class Surroundings:
    """What does not change between turns. ``language`` and ``time_zone`` are those of shared cards.

    ``token`` makes the unguessable part of a download link. ``look_again`` brings the next poll of a source forward;
    it may be called from any thread and returns at once.
    """

    company: Company
    language: str
    time_zone: str
    public_url: str | None = None
    admins: frozenset[str] = frozenset()
    token: Callable[[], str] = _token
    look_again: Callable[[str], None] = _nothing

    @cached_property
    def rules(self) -> DecisionRules:
        """The company's rules of decision."""
        return decision_rules(self.company)


@dataclass(eq=False)
class Turn:
    """One inbound activity being worked on inside one transaction."""

    session: Session
    inbound: Inbound
    person: Person
    now: datetime
    around: Surroundings
    repeated: bool = False
    """True when this activity's work was already done: handlers then change nothing and show what is."""
    first_contact: bool = False
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def company(self) -> Company:
        """The company's configuration."""
        return self.around.company

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of the person, now."""
        return people.roles_of(self.session, self.person, self.now)

    @cached_property
    def reader(self) -> Reader:
        """The person as reader of a card."""
        return reader_of(self.person, self.now)

    @property
    def request_key(self) -> str:
        """What makes this action one: conversation and activity id."""
        return f"{self.inbound.conversation_key}|{self.inbound.activity_id}"[:300]

    def require(self, *roles: Role) -> None:
        """Raise :class:`~bot.errors.NotAllowed` unless the person holds one of the roles."""
        people.require(self.session, self.person, roles, self.now)

    def payload(self, model: type[P]) -> P:
        """Parse the button's data; raises :class:`NotFound` when it makes no sense (an old or a forged card)."""
        try:
            return model.model_validate(dict(self.inbound.data))
        except ValidationError as error:
            raise NotFound from error


def reader_of(person: Person, now: datetime) -> Reader:
    """A person as reader of a personal card."""
    return Reader(language=words.Language(person.language), time_zone=person.time_zone, now=now)


def shared_reader(around: Surroundings, now: datetime) -> Reader:
    """Everybody in the channel as reader of a shared card."""
    return Reader(language=words.Language(around.language), time_zone=around.time_zone, now=now, shared=True)


def words_roles(roles: Iterable[str]) -> tuple[words.Role | words.Involved, ...]:
    """Who may, as cards name them: roles, and people by their part in an offer."""
    return tuple(words.Role(name) if name in set(words.Role) else words.Involved(name) for name in roles)
