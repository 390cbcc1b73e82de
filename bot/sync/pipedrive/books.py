"""Which client or contact of ours an organization or person of Pipedrive is."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client, Contact
from bot.clients.service import CLIENT, CONTACT
from bot.offers.rules import fold as fold_anew
from bot.sync.facts import mappings
from bot.sync.models import System

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from bot.sync.pipedrive.shapes import Theirs

fold = lru_cache(20_000)(fold_anew)
"""The same names are compared again and again."""


def number_in(ours: str | None, subject: str) -> int | None:
    """7 from ``client:7``."""
    kind, _, number = (ours or "").partition(":")
    return int(number) if kind == subject and number.isdecimal() else None


class _Tied:
    """What a person or an earlier look tied to a record over there."""

    def __init__(self, session: Session, subject: str) -> None:
        self._ours: defaultdict[int, list[int]] = defaultdict(list)
        self._taken: set[int] = set()
        for name, remote in mappings(session, System.PIPEDRIVE).items():
            number = number_in(name, subject)
            if number is not None and remote.isdecimal():
                self.tie(number, int(remote))

    def tie(self, ours: int, remote_id: int) -> None:
        """From now on they are one."""
        self._ours[remote_id].append(ours)
        self._taken.add(ours)

    def tied_to(self, remote_id: int) -> list[int]:
        """What of ours it is."""
        return self._ours[remote_id]

    def free(self, numbers: Iterable[int]) -> list[int]:
        """Those that are tied to nothing yet."""
        return [number for number in numbers if number not in self._taken]


class ClientBook(_Tied):
    """All clients. Found by what is tied, else by their code, else by their name; at the top before those below."""

    def __init__(self, session: Session) -> None:
        """Read them; nobody else writes clients meanwhile."""
        super().__init__(session, CLIENT)
        self._codes: dict[str, int] = {}
        self._named: defaultdict[str, list[int]] = defaultdict(list)
        self._tops: set[int] = set()
        for node in session.scalars(sa.select(Client).order_by(Client.id)):
            self.add(node)

    def add(self, node: Client) -> None:
        """One more."""
        self._named[fold(node.name)].append(node.id)
        if node.code:
            self._codes[fold(node.code)] = node.id
        if node.parent_id is None:
            self._tops.add(node.id)

    def rename(self, node: Client, before: str) -> None:
        """It was called ``before``."""
        self._named[fold(before)].remove(node.id)
        self._named[fold(node.name)].append(node.id)

    def find(self, theirs: Theirs) -> int | None:
        """The client it is; None when there is none, or when it cannot be told which."""
        tied, name = self.tied_to(theirs.id), fold(theirs.name)
        if tied:
            return min(tied, key=lambda number: (number not in self._named[name], number))
        coded = self.free([self._codes[name]] if name in self._codes else [])
        named = self.free(self._named[name])
        tops = [number for number in named if number in self._tops]
        for candidates in (coded, tops, named):
            if len(candidates) == 1:
                return candidates[0]
        return None

    def is_doubtful(self, theirs: Theirs) -> bool:
        """Whether it must not be made anew: others have its name, or its name is their code."""
        name = fold(theirs.name)
        named = self._named[name]
        return name in self._codes or bool(self.free(named)) or not self._tops.isdisjoint(named)


class ContactBook(_Tied):
    """All contacts. Found by what is tied, else by the e-mail address, else by name within one client's group."""

    def __init__(self, session: Session) -> None:
        """Read them; nobody else writes contacts meanwhile."""
        super().__init__(session, CONTACT)
        self._emails: dict[str, int] = {}
        self._named: defaultdict[str, list[tuple[int, str | None]]] = defaultdict(list)
        statement = sa.select(Contact, Client).outerjoin(Client, Client.id == Contact.client_id)
        for contact, client in session.execute(statement.order_by(Contact.id)):
            self.add(contact, client)

    def add(self, contact: Contact, client: Client | None) -> None:
        """One more."""
        self._named[fold(contact.name)].append((contact.id, _group(client)))
        self.add_email(contact)

    def add_email(self, contact: Contact) -> None:
        """Their address is theirs alone."""
        if contact.email:
            self._emails[contact.email] = contact.id

    def is_free(self, email: str) -> bool:
        """Whether no contact has this address."""
        return email not in self._emails

    def find(self, theirs: Theirs, client: Client | None) -> int | None:
        """The contact it is; None when there is none, or when it cannot be told which."""
        if tied := self.tied_to(theirs.id):
            return min(tied)
        email = theirs.fields["email"]
        by_email = self.free([self._emails[email]] if email in self._emails else [])
        if by_email:
            return by_email[0]
        named = self._namesakes(theirs, client)
        return named[0] if len(named) == 1 else None

    def is_doubtful(self, theirs: Theirs, client: Client | None) -> bool:
        """Whether several could be meant, so that none is made anew."""
        return len(self._namesakes(theirs, client)) > 1

    def _namesakes(self, theirs: Theirs, client: Client | None) -> list[int]:
        group = _group(client)
        same = (number for number, other in self._named[fold(theirs.name)] if None in {group, other} or group == other)
        return self.free(same)


def _group(client: Client | None) -> str | None:
    return client.path_ids.split("/")[1] if client is not None else None
