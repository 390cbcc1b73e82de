"""From the ledger to Teams: what is posted, edited, answered in a thread, and what waits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.digests import service as digests
from bot.people import conversations
from bot.sync.ledger import redraw, tell_admins, want
from bot.sync.models import Kind, LedgerState, System, person_target
from bot.sync.reconciler import SPACING, Reconciler
from bot.teams.connector import Place, Thread
from bot.teams.outbound import TeamsGateway
from bot.tenders.models import Tender, TenderChange, TenderDigest
from bot.tenders.words import ChangeKind
from cards.check import check
from cards.verbs import Verb
from integrations.errors import Permanent, ServiceError
from tests.unit.teams_handlers.desk import CHANNEL, TENANT, Desk, text_of

if TYPE_CHECKING:
    from bot.database import Database
    from bot.people.models import Conversation


@dataclass
class FakeConnector:
    """Remembers what reached Teams; ``broken`` makes the named call fail once each."""

    calls: list[tuple[str, str, str]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[str, list[ServiceError]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def _note(self, call: str, place: str, activity: dict[str, Any] | None, about: str = "") -> str:
        if self.broken.get(call):
            raise self.broken[call].pop(0)
        self.calls.append((call, place, about))
        if activity is not None:
            card = activity["attachments"][0]["content"]
            assert check(card) == []
            assert activity["summary"]
            self.cards.append(card)
        return f"m{next(self.numbers)}"

    async def create_channel_thread(self, place: Place, activity: dict[str, Any], *, bot_id: str) -> Thread:
        root = self._note("thread", place.conversation_id, activity)
        return Thread(f"{place.conversation_id};messageid={root}", root)

    async def update(self, place: Place, activity_id: str, activity: dict[str, Any]) -> None:
        self._note("update", place.conversation_id, activity, activity_id)

    async def reply(self, place: Place, activity_id: str, activity: dict[str, Any]) -> str:
        return self._note("reply", place.conversation_id, activity, activity_id)

    async def send_to_conversation(self, place: Place, activity: dict[str, Any]) -> str:
        return self._note("send", place.conversation_id, activity)

    async def create_personal(self, service_url: str, tenant_id: str, *, teams_user_id: str, bot_id: str) -> str:
        self._note("open", teams_user_id, None)
        return f"a:{teams_user_id}"


@dataclass
class Office:
    """The desk with Teams behind it."""

    desk: Desk
    teams: FakeConnector
    work: Reconciler

    async def settle(self) -> None:
        """Until nothing is due."""
        for _ in range(12):
            self.desk.later(seconds=SPACING.total_seconds())
            if not await self.work.run_once():
                return
        raise AssertionError("it never settles")

    def calls(self, kind: str) -> list[tuple[str, str, str]]:
        return [call for call in self.teams.calls if call[0] == kind]

    def states(self) -> set[LedgerState]:
        """Of every message."""
        return {row.state for row in self.desk.ledger().values() if row.system is System.TEAMS}


@pytest.fixture(params=["fr", "en"])
async def office(database: Database, request: pytest.FixtureRequest) -> Office:
    """A staffed company whose admin chose the tender channel."""
    desk = Desk(database, language=request.param)
    desk.staff()
    await desk.say("admin", "post here", channel=True)
    teams = FakeConnector()
    gateway = TeamsGateway(database, teams, desk.around, lambda: desk.now)  # type: ignore[arg-type]
    work = Reconciler(database, {System.TEAMS: gateway}, now=lambda: desk.now, jitter=lambda: 0.0, owner="one")
    return Office(desk, teams, work)


async def test_a_tenders_message_is_posted_once_and_edited_for_life(office: Office) -> None:
    desk = office.desk
    round_id = await desk.round()
    await office.settle()
    assert [place for _call, place, _about in office.calls("thread")] == [CHANNEL]
    assert {place for _call, place, _about in office.calls("open")} == {"29:CTO", "29:CPO", "29:CEO"}
    office.teams.calls.clear()
    for turn in range(10):
        by = ("CTO", "CPO")[turn % 2]
        await desk.card(by, Verb.ROUND_ABSTAIN if turn % 2 else Verb.ROUND_GO, round_id, channel=True)
        await office.work.run_once()
        desk.later(seconds=0.1)
    await office.settle()
    shared = [call for call in office.calls("update") if call[1].startswith(CHANNEL)]
    assert len(shared) <= 2, "ten quick votes: at most two edits"
    await desk.card("CPO", Verb.ROUND_GO, round_id, channel=True)
    await desk.card("CEO", Verb.ROUND_GO, round_id, channel=True)
    await office.settle()
    (reply,) = office.calls("reply")
    assert reply[1].startswith(f"{CHANNEL};messageid=")
    assert office.calls("thread") == []
    assert any("S580" in text_of(card) for card in office.teams.cards)
    assert office.states() == {LedgerState.OK}


async def test_digests_are_posted_once_where_they_belong(office: Office) -> None:
    desk, company = office.desk, office.desk.around.company

    async def look(moment: datetime) -> list[tuple[str, str]]:
        """The clock ticks and everything is sent; gives what reached Teams."""
        desk.now = moment
        monthly = desk.read(lambda session: digests.monthly_due(session, desk.now, company))
        weekly = desk.read(lambda session: digests.weekly_due(session, desk.now, company))
        desk.write(lambda session: digests.give(session, monthly, weekly, desk.now))
        office.teams.calls.clear()
        await office.settle()
        return sorted((call, place) for call, place, _about in office.teams.calls if call != "open")

    await desk.evaluated(desk.tender())
    await look(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert await look(datetime(2026, 11, 30, 7, 30, tzinfo=UTC)) == [("thread", CHANNEL)]
    (mention,) = office.teams.cards[-1]["msteams"]["entities"]
    assert mention["mentioned"] == {"id": "29:sales lead", "name": "sales lead"}
    readers = ["a:29:CEO", "a:29:CPO", "a:29:CTO", "a:29:key user"]
    assert await look(datetime(2026, 12, 1, 8, 0, tzinfo=UTC)) == [("send", place) for place in readers]
    title = "novembre 2026" if desk.language == "fr" else "November 2026"
    assert all(title in text_of(card) for card in office.teams.cards[-4:])
    assert await look(datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) == []
    assert office.states() == {LedgerState.OK}


async def test_everything_waits_for_its_place(database: Database) -> None:
    desk = Desk(database)
    desk.staff()
    desk.write(
        lambda session: session.execute(sa.text("UPDATE person SET teams_user_id = NULL WHERE name <> 'sales lead'"))
    )
    teams = FakeConnector()
    gateway = TeamsGateway(database, teams, desk.around, lambda: desk.now)  # type: ignore[arg-type]
    office = Office(
        desk,
        teams,
        Reconciler(database, {System.TEAMS: gateway}, now=lambda: desk.now, jitter=lambda: 0.0, owner="one"),
    )
    round_id = await desk.round()
    await office.settle()
    assert teams.calls == []
    assert office.states() == {LedgerState.INCOMPLETE}
    await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="price")
    await office.settle()
    await desk.say("admin", "post here", channel=True)
    await office.settle()
    assert [call for call, _place, _about in teams.calls if call in {"thread", "reply"}] == ["thread", "reply"]
    await desk.say("CTO", "help")
    await office.settle()
    assert any(place == "a:CTO" for call, place, _about in teams.calls if call == "send")
    desk.write(lambda session: want(session, Kind.VOTE_CARD, round_id, now=desk.now, target=person_target(999)))
    await office.settle()
    assert desk.ledger()["vote_card", round_id, "person:999"].state is LedgerState.INCOMPLETE


async def test_a_place_closed_to_us_is_given_up_until_we_are_back(office: Office) -> None:
    desk = office.desk
    tender_id = desk.tender()
    office.teams.broken["thread"] = [Permanent("teams", "no", status=403, body=b'{"error":{"code":"BotNotInRoster"}}')]
    desk.write(lambda session: want(session, Kind.SHARED_CARD, tender_id, now=desk.now))
    await office.settle()
    row = desk.ledger()["shared_card", tender_id, "channel"]
    assert row.state is LedgerState.INCOMPLETE

    def channel() -> Conversation | None:
        return desk.read(lambda session: conversations.tender_channel(session, TENANT))

    assert channel() is None
    desk.later(minutes=16)
    await desk.say("admin", "help", channel=True)
    assert channel() is not None
    await office.settle()
    assert office.states() == {LedgerState.OK}


async def test_a_chat_that_cannot_be_opened_waits(office: Office) -> None:
    office.teams.broken["open"] = [Permanent("teams", "no", status=403)] * 2
    office.desk.write(lambda session: tell_admins(session, "no_ceo", {"offer": "Heat shield"}, now=office.desk.now))
    # The admin's only place so far is the channel.
    await office.settle()
    assert office.states() == {LedgerState.INCOMPLETE}
    await office.desk.say("admin", "help")
    await office.settle()
    assert office.states() == {LedgerState.OK}


async def test_a_message_not_found_is_looked_for_later_and_a_refusal_is_a_persons_matter(office: Office) -> None:
    desk = office.desk
    tender_id = desk.tender()
    desk.write(lambda session: want(session, Kind.SHARED_CARD, tender_id, now=desk.now))
    await office.settle()
    office.teams.broken["update"] = [Permanent("teams", "gone", status=404), Permanent("teams", "bad", status=400)]
    desk.write(lambda session: redraw(session, Kind.SHARED_CARD, tender_id, now=desk.now))
    await office.work.run_once()
    assert desk.ledger()["shared_card", tender_id, "channel"].state is LedgerState.RETRYING
    desk.later(minutes=1)
    await office.work.run_once()
    assert desk.ledger()["shared_card", tender_id, "channel"].state is LedgerState.MANUAL
    await office.settle()
    assert Verb.DELIVERY_RETRY in text_of(office.teams.cards[-1])


@pytest.mark.parametrize("kind", list(ChangeKind))
async def test_every_change_has_its_reply(office: Office, kind: ChangeKind) -> None:
    if kind not in {*_told()}:
        pytest.skip("the card alone is redrawn")
    desk = office.desk
    tender_id = desk.tender()

    def change(session: Any) -> None:  # noqa: ANN401
        row = TenderChange(
            tender_id=tender_id, kind=kind, before=desk.now.isoformat(), after=desk.now.isoformat(), at=desk.now
        )
        session.add(row)
        session.flush()
        want(session, Kind.CHANGE_REPLY, row.id, now=desk.now)
        want(session, Kind.SHARED_CARD, tender_id, now=desk.now)

    desk.write(change)
    await office.settle()
    assert [call for call, _place, _about in office.teams.calls] == ["thread", "reply"]


def _told() -> tuple[ChangeKind, ...]:
    from bot.tenders.rules import REPLIED  # noqa: PLC0415

    return tuple(REPLIED)


async def test_every_notice_and_the_digest_are_drawn(office: Office) -> None:
    desk = office.desk
    since = desk.now.isoformat()
    first, second = desk.tender(), desk.tender("1-20002", "Another study")

    def work(session: Any) -> None:  # noqa: ANN401
        failing = {"source": "esa", "since": since, "error": "503", "error_class": "Transient"}
        tell_admins(session, "source_failing", failing, now=desk.now)
        tell_admins(session, "source_back", {"source": "esa", "since": since, "failures": 3}, now=desk.now)
        tell_admins(session, "unreadable_records", {"source": "esa", "count": 2, "problem": "no title"}, now=desk.now)
        tell_admins(session, "no_ceo", {"offer": "Heat shield", "round": 1}, now=desk.now)
        tell_admins(session, "delivery_failed", {"row": 1, "kind": "vote_card", "error": "Permanent"}, now=desk.now)
        tell_admins(session, "delivery_unknown", {"row": 1, "kind": "vote_card", "error": "x"}, now=desk.now)
        row = TenderDigest(tender_ids=[first, second], at=desk.now)
        session.add(row)
        session.flush()
        want(session, Kind.DIGEST_CARD, row.id, now=desk.now)

    desk.write(work)
    await office.settle()
    assert office.states() == {LedgerState.OK}
    assert len(office.calls("send")) == 6
    assert desk.count(Tender) == 2


async def test_reminders_questions_and_escalation(office: Office) -> None:
    from bot.decisions import deadlines  # noqa: PLC0415

    desk = office.desk
    round_id = await desk.round()
    await desk.closed("CTO", Verb.ROUND_NEED_INFO, round_id, question="Which partner?")
    await office.settle()
    for _ in range(12):
        desk.later(hours=12)
        desk.write(lambda session: deadlines.remind_due(session, desk.now, desk.around.rules))
        await office.settle()
    desk.write(lambda session: deadlines.close_due(session, desk.now, desk.around.rules))
    await office.settle()
    kinds = {kind for kind, _subject, _target in desk.ledger()}
    assert {"question", "vote_reminder"} <= kinds
    assert office.states() == {LedgerState.OK}
    await desk.card("CEO", Verb.ROUND_GO, round_id)
    await office.settle()
    assert "S580" in text_of(await desk.card("CTO", Verb.ROUND_SHOW, round_id))
