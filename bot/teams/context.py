"""What a handler has at hand: one person, one action, one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.decisions.policy import decision_rules
from bot.errors import NotFound
from bot.people import service as people
from bot.people.identity import Identity, as_person
from bot.people.models import Role
from bot.sync.models import System
from cards import words
from cards.views.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.decisions.rules import DecisionRules
    from bot.people.identity import Known
    from bot.people.models import Person
    from bot.teams.inbound import Inbound

P = TypeVar("P", bound="Payload")

LANGUAGES = {language.value: language for language in words.Language}
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
    it may be called from any thread and returns at once. ``systems``: those that are configured; the others show
    nowhere. ``app_id`` is the bot's, ``config_dir`` the folder of the company's own files.
    """

    company: Company
    language: str
    time_zone: str
    public_url: str | None = None
    admins: frozenset[str] = frozenset()
    token: Callable[[], str] = _token
    look_again: Callable[[str], None] = _nothing
    systems: frozenset[System] = frozenset({System.TEAMS})
    app_id: str = ""
    config_dir: Path | None = None

    @cached_property
    def rules(self) -> DecisionRules:
        """The company's rules of decision."""
        return decision_rules(self.company)


@dataclass(eq=False)
class Turn:
    """One inbound activity being worked on inside one transaction."""

    session: Session
    inbound: Inbound
    who: Known
    now: datetime
    around: Surroundings
    repeated: bool = False
    """True when this activity's work was already done: handlers then change nothing and show what is."""
    first_contact: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    _parsed: dict[type[Payload], Payload] = field(default_factory=dict)

    @cached_property
    def person(self) -> Person:
        """The person as an object of the session, for whoever changes it or follows it; otherwise ``who`` will do."""
        return as_person(self.session, self.who) if isinstance(self.who, Identity) else self.who

    @property
    def profile(self) -> Known:
        """The person with what this turn may have changed about them."""
        changed: Person | None = self.__dict__.get("person")
        return self.who if changed is None else changed

    @property
    def company(self) -> Company:
        """The company's configuration."""
        return self.around.company

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of the person, now."""
        return people.roles_of(self.session, self.profile, self.now)

    @cached_property
    def reader(self) -> Reader:
        """The person as reader of a card."""
        return reader_of(self.profile, self.now)

    @property
    def request_key(self) -> str:
        """What makes this action one: conversation and activity id."""
        return f"{self.inbound.conversation_key}|{self.inbound.activity_id}"[:300]

    def require(self, *roles: Role) -> None:
        """Raise :class:`~bot.errors.NotAllowed` unless the person holds one of the roles."""
        people.require(self.session, self.profile, roles, self.now)

    def payload(self, model: type[P]) -> P:
        """Parse the button's data; raises :class:`NotFound` when it makes no sense (an old or a forged card)."""
        known = self._parsed.get(model)
        if known is None:
            try:
                known = self._parsed[model] = model.model_validate(dict(self.inbound.data))
            except ValidationError as error:
                raise NotFound from error
        return cast("P", known)


def reader_of(person: Known, now: datetime) -> Reader:
    """A person as reader of a personal card."""
    return Reader(language=LANGUAGES[person.language], time_zone=person.time_zone, now=now)


def shared_reader(around: Surroundings, now: datetime) -> Reader:
    """Everybody in the channel as reader of a shared card."""
    return Reader(language=words.Language(around.language), time_zone=around.time_zone, now=now, shared=True)


def words_roles(roles: Iterable[str]) -> tuple[words.Role | words.Involved, ...]:
    """Who may, as cards name them: roles, and people by their part in an offer."""
    return tuple(words.Role(name) if name in set(words.Role) else words.Involved(name) for name in roles)
