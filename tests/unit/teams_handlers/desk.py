"""A company at work: people who press, type and fill forms through the dispatcher, with the real services and cards."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot.config import default
from bot.people.models import ConversationKind, Person, Role
from bot.people.service import register, set_roles
from bot.sync.models import LedgerRow
from bot.teams.context import Surroundings
from bot.teams.dispatch import Dispatcher
from bot.teams.inbound import ConversationKind as Place
from bot.teams.inbound import Inbound, InboundKind
from bot.teams.replies import CardReply, DialogClosed, DialogReply, ErrorReply, SearchReply, TextReply
from bot.teams.tables import ACTIONS, EVENTS, message_action
from bot.tenders import service as tenders
from bot.tenders.models import Source, Tender
from cards.check import check
from cards.verbs import DIALOG_OPENERS, DIALOG_SUBMITS, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.teams.replies import Reply

T = TypeVar("T")

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""10:00 in Paris."""
TENANT = "00000000-0000-4000-8000-0000000000b1"
BOT = "28:00000000-0000-4000-8000-0000000000a1"
CHANNEL = "19:tenders@thread.tacv2"
TEAM = "19:team@thread.tacv2"
SERVICE = "https://smba.trafficmanager.net/emea/"
CAST: dict[str, tuple[Role, ...]] = {
    "CTO": (Role.CTO,),
    "CPO": (Role.CPO,),
    "CEO": (Role.CEO,),
    "sales lead": (Role.SALES_LEAD,),
    "project manager": (Role.PROJECT_MANAGER,),
    "engineer": (),
    "key user": (Role.KEY_USER,),
    "admin": (Role.ADMIN,),
}
NAMES = tuple(CAST)
SCHEMA = Path("adaptive-cards/schema-1.5.json")


def object_id(name: str) -> str:
    """The Entra object id of somebody called by role."""
    number = NAMES.index(name) + 1 if name in NAMES else 0x900 + sum(name.encode())
    return f"00000000-0000-4000-8000-{number:012x}"


@dataclass
class Desk:
    """What the tests speak through. ``language`` is what every Teams client says it is."""

    database: Database
    language: str = "fr"
    now: datetime = MONDAY
    schema: Callable[[dict[str, Any]], list[str]] | None = None
    public_url: str | None = "https://offerdesk.example"
    looked: list[str] = field(default_factory=list)
    commits: int = 0
    activities: int = 0
    tokens: int = 0
    last: Inbound | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.around = Surroundings(
            company=default(),
            language=self.language,
            time_zone="Europe/Paris",
            public_url=self.public_url,
            admins=frozenset({object_id("admin")}),
            token=self._token,
            look_again=self.looked.append,
        )
        self.dispatcher = self.fresh()

    def fresh(self) -> Dispatcher:
        """A dispatcher that remembers nothing, as after a restart or in another replica."""
        return Dispatcher(
            self.database,
            self.around,
            actions=ACTIONS,
            events=EVENTS,
            message=message_action,
            now=lambda: self.now,
            committed=self._committed,
        )

    def _token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens}"

    def _committed(self) -> None:
        self.commits += 1

    def later(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    # what Teams sends

    def inbound(self, kind: InboundKind, by: str, *, channel: bool = False, **more: object) -> Inbound:
        """An activity of somebody, in their chat with the bot or in the tender channel."""
        self.activities += 1
        invoke = {
            InboundKind.CARD_ACTION: "adaptiveCard/action",
            InboundKind.DIALOG_OPEN: "task/fetch",
            InboundKind.DIALOG_SUBMIT: "task/submit",
            InboundKind.SEARCH: "composeExtension/query",
        }
        where: dict[str, Any] = {
            "conversation_id": f"{CHANNEL};messageid=1" if channel else f"a:{by}",
            "conversation_key": CHANNEL if channel else f"a:{by}",
            "thread_id": "1" if channel else None,
            "conversation_kind": Place.CHANNEL if channel else Place.PERSONAL,
            "team_id": TEAM if channel else None,
            "team_name": "Sales" if channel else None,
            "channel_id": CHANNEL if channel else None,
            "channel_name": "Tenders" if channel else None,
        }
        fields: dict[str, Any] = {
            "activity_id": f"activity-{self.activities}",
            "tenant_id": TENANT,
            "service_url": SERVICE,
            "bot_id": BOT,
            "teams_user_id": f"29:{by}",
            "entra_object_id": object_id(by),
            "name": by,
            "locale": "fr-FR" if self.language == "fr" else "en-GB",
            "time_zone": "Europe/Paris",
            "invoke_name": invoke.get(kind, ""),
        }
        values: dict[str, Any] = {**where, **fields, **more}
        return Inbound(kind=kind, **values)

    async def send(self, inbound: Inbound) -> Reply | None:
        """Deliver it; every card that comes back is checked."""
        self.last = inbound
        reply = await self.dispatcher.turn(inbound)
        self.look(reply)
        return reply

    async def again(self) -> Reply | None:
        """Teams delivers the last activity once more."""
        assert self.last is not None
        return await self.send(self.last)

    def look(self, reply: Reply | None) -> None:
        """Check each card of a reply."""
        cards: list[dict[str, Any]] = []
        if isinstance(reply, CardReply | DialogReply):
            cards = [reply.card]
        elif isinstance(reply, SearchReply):
            cards = [card for card, _preview in reply.results]
        for card in cards:
            assert check(card, self.schema) == []
            self.shown.append(card)

    # what people do

    async def press(
        self, by: str, verb: Verb, number: int = 0, *, channel: bool = False, **data: object
    ) -> Reply | None:
        """Press a button; a dialog's opener arrives as `task/fetch`, its submit with everything typed."""
        kind = InboundKind.CARD_ACTION
        if verb in DIALOG_OPENERS:
            kind = InboundKind.DIALOG_OPEN
        if verb in DIALOG_SUBMITS:
            kind = InboundKind.DIALOG_SUBMIT
        sent = {"id": number, **data}
        return await self.send(self.inbound(kind, by, channel=channel, verb=verb.value, data=sent))

    async def say(self, by: str, text: str, *, channel: bool = False) -> Reply | None:
        """Type something."""
        return await self.send(self.inbound(InboundKind.MESSAGE, by, channel=channel, text=text))

    async def card(
        self, by: str, verb: Verb, number: int = 0, *, channel: bool = False, **data: object
    ) -> dict[str, Any]:
        """Press a button that is answered with a card."""
        reply = await self.press(by, verb, number, channel=channel, **data)
        assert isinstance(reply, CardReply), reply
        return reply.card

    async def closed(self, by: str, verb: Verb, number: int = 0, **data: object) -> str:
        """Send a form that is accepted; gives the closing sentence."""
        reply = await self.press(by, verb, number, channel=False, **data)
        assert isinstance(reply, DialogClosed), reply
        return reply.message or ""

    async def form(self, by: str, verb: Verb, number: int = 0, **data: object) -> dict[str, Any]:
        """Press a button that is answered with a form, new or again with its errors."""
        reply = await self.press(by, verb, number, channel=False, **data)
        assert isinstance(reply, DialogReply), reply
        return reply.card

    # the company

    def staff(self) -> None:
        """Everybody is known and has their roles."""

        def hire(session: Session) -> None:
            for name, roles in CAST.items():
                person, _new = register(
                    session,
                    tenant_id=TENANT,
                    entra_object_id=object_id(name),
                    name=name,
                    teams_user_id=f"29:{name}",
                    locale=self.language,
                    time_zone="Europe/Paris",
                    now=self.now,
                )
                set_roles(session, person=person, roles=roles, now=self.now, actor=None)

        self.write(hire)

    def write(self, work: Callable[[Session], T]) -> T:
        """One transaction."""
        return self.database.write_now(work)

    def read(self, work: Callable[[Session], T]) -> T:
        """A look at the database."""
        return self.database.read_now(work)

    @staticmethod
    def person(session: Session, name: str) -> Person:
        """Somebody called by role."""
        return session.scalars(sa.select(Person).where(Person.entra_object_id == object_id(name))).one()

    def person_id(self, name: str) -> int:
        """Their id."""
        return self.read(lambda session: self.person(session, name).id)

    def tender(self, number: str = "1-20001", title: str = "Thermal protection for a lander", **more: object) -> int:
        """A tender as the portal publishes it; returns its id."""

        def work(session: Session) -> int:
            given: dict[str, Any] = {
                "source": Source.ESA,
                "native_id": number,
                "number": number,
                "raw_title": title.upper(),
                "title": title,
                "tags": ["EXPRO+"],
                "description": "To design and test an insulation.",
                "search_text": f"{number} {title}".lower(),
                "type_id": 5,
                "status_id": 2,
                "published_at": self.now - timedelta(days=1),
                "opens_at": self.now - timedelta(days=1),
                "closes_at": self.now + timedelta(days=42),
                "clarification_at": self.now + timedelta(days=35),
                "countries": ["DE", "FR"],
                "products": [561],
                "technologies": [199],
                "raw": {"id": 1},
                "content_hash": "0",
                "matched": True,
                "match_reasons": [{"found": "thermal"}],
                "announced": True,
                "url": "https://portal.example/1",
                "first_seen_at": self.now,
                "changed_at": self.now,
            }
            row = Tender(**(given | more))
            session.add(row)
            session.flush()
            return row.id

        return self.write(work)

    async def evaluated(self, tender_id: int, by: str = "sales lead") -> int:
        """Pick a tender up and evaluate it in one line; returns the offer's id."""
        await self.card(by, Verb.TENDER_EVALUATE, tender_id, channel=True)
        offer_id = self.read(lambda session: tenders_offer(session, tender_id))
        await self.closed(by, Verb.EVALUATION_SUBMIT, offer_id, summary="A small study, worth an answer.")
        return offer_id

    async def round(self, tender_id: int | None = None, by: str = "sales lead") -> int:
        """An open round; returns its id."""
        offer_id = await self.evaluated(tender_id or self.tender(), by)
        await self.card(by, Verb.ROUND_OPEN, offer_id)
        return self.last_round(offer_id)

    def last_round(self, offer_id: int) -> int:
        """The id of an offer's newest round."""
        from bot.decisions.service import round_of  # noqa: PLC0415

        found = self.read(lambda session: round_of(session, offer_id))
        assert found is not None
        return found

    def ledger(self) -> dict[tuple[str, int, str], LedgerRow]:
        """Every wanted message by (kind, subject, target)."""
        rows = self.read(lambda session: session.scalars(sa.select(LedgerRow)).all())
        return {(row.kind.value, row.subject_id, row.target): row for row in rows}

    def count(self, model: type[Any], **where: object) -> int:
        """How many rows a table has."""
        statement = sa.select(sa.func.count()).select_from(model).filter_by(**where)
        return self.read(lambda session: session.scalar(statement)) or 0


def tenders_offer(session: Session, tender_id: int) -> int:
    """The offer made on a tender."""
    from bot.offers.service import of_tender  # noqa: PLC0415

    found = of_tender(session, tender_id)
    assert found is not None
    return found.id


def text_of(card: Any) -> str:  # noqa: ANN401
    """Every word on a card, or in a reply."""
    if isinstance(card, TextReply | ErrorReply):
        return card.text if isinstance(card, TextReply) else card.message
    if isinstance(card, DialogClosed):
        return card.message or ""
    if isinstance(card, CardReply | DialogReply):
        card = card.card
    return json.dumps(card, ensure_ascii=False).replace("\u00a0", " ").replace("\u202f", " ")


def verbs_of(card: Mapping[str, Any]) -> set[str]:
    """The verbs its buttons carry."""
    found: set[str] = set()

    def walk(node: Any) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            data = node.get("data")
            if str(node.get("type", "")).startswith("Action.") and isinstance(data, dict) and "verb" in data:
                found.add(str(data["verb"]))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    return found


def values_of(card: Any) -> dict[str, Any]:  # noqa: ANN401
    """What the inputs of a form hold."""
    found: dict[str, Any] = {}

    def walk(node: Any) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            if str(node.get("type", "")).startswith("Input."):
                found[str(node["id"])] = node.get("value", "")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    return found


__all__ = [
    "BOT",
    "CHANNEL",
    "MONDAY",
    "NAMES",
    "SERVICE",
    "TEAM",
    "TENANT",
    "ConversationKind",
    "Desk",
    "object_id",
    "tenders",
    "text_of",
    "values_of",
    "verbs_of",
]
