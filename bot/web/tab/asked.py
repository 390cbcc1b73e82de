"""What a page has at hand: one person, one transaction, and what the address says. Nothing of it is believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bot.errors import NotAllowed, NotFound
from bot.people.identity import identify
from bot.teams.context import LARGEST_ID, Turn
from bot.teams.inbound import ConversationKind, Inbound, InboundKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.errors import Invalid
    from bot.people.models import Role
    from bot.teams.context import Surroundings
    from bot.web.tab.signin import SignedIn
    from cards.views.reader import Sentence

MOST_PAGES = 1000
LONGEST_WORDS = 100


class Unknown(Exception):
    """Entra vouches for somebody whom Offerdesk has never met."""


@dataclass(frozen=True)
class Asked:
    """One request for a page. ``said``: what the press before it did; ``failed``: why it did nothing, by field."""

    turn: Turn
    path: Mapping[str, str]
    query: Mapping[str, str]
    said: Sentence | None = None
    failed: Invalid | None = None

    def number(self, name: str) -> int:
        """A key of the database from the path; raises :class:`NotFound`."""
        text = self.path.get(name, "")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID)) else 0
        if not 0 < number <= LARGEST_ID:
            raise NotFound
        return number

    def page(self, name: str = "page") -> int:
        """A page counted from 0; the address counts from 1. Nonsense is the first page."""
        text = self.query.get(name, "")
        return min(max(int(text) - 1, 0), MOST_PAGES) if text.isascii() and text.isdecimal() and len(text) < 7 else 0  # noqa: PLR2004

    def words(self, name: str) -> str:
        """What somebody typed into a filter; NUL characters, which PostgreSQL keeps nowhere, left out."""
        return self.query.get(name, "").replace("\x00", "").strip()[:LONGEST_WORDS]

    def chat(self, message: str = "") -> str:
        """The address of the chat with Offerdesk in Teams, with a message that only needs to be sent."""
        asked = {"users": f"28:{self.turn.around.app_id}", **({"message": message} if message else {})}
        return f"https://teams.microsoft.com/l/chat/0/0?{urlencode(asked, safe=':', quote_via=quote)}"

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The person's roles, now."""
        return self.turn.roles

    def require(self, who: tuple[Role, ...]) -> None:
        """Raise :class:`NotAllowed` for guests, and unless the person holds one of the roles; ``()``: any colleague."""
        if self.turn.person.guest:
            raise NotAllowed(roles=("colleague",))
        if who and not self.roles.intersection(who):
            raise NotAllowed(roles=who)


@dataclass(frozen=True, slots=True)
class Page:
    """A finished view: which template draws it, and with what. ``title`` stands in the window and in the history;
    ``place`` is the entry of the navigation that it belongs to; ``address``, where given, replaces that of the press.
    """

    template: str
    title: Sentence | str
    place: str
    values: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""


def turn_of(session: Session, who: SignedIn, now: datetime, around: Surroundings) -> Turn:
    """The person as everything that draws knows them; raises :class:`Unknown`."""
    known = identify(session, who.tenant_id, who.object_id)
    if known is None:
        raise Unknown
    nowhere = Inbound(
        kind=InboundKind.OTHER,
        activity_id="",
        tenant_id=who.tenant_id,
        service_url="",
        bot_id="",
        teams_user_id="",
        entra_object_id=who.object_id,
        name=known.name,
        locale="",
        time_zone=None,
        conversation_id="",
        conversation_key="",
        thread_id=None,
        conversation_kind=ConversationKind.PERSONAL,
    )
    return Turn(session=session, inbound=nowhere, who=known, now=now, around=around)
