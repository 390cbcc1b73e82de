"""The other systems in Teams: how an offer stands, what is not fine, two values, codes, and what is entered by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.clients.models import Client
from bot.clients.service import add_client
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.sync import hand_deals
from bot.sync.business_central import recognised
from bot.sync.business_central import records as kept
from bot.sync.business_central.matching import Match, Rule
from bot.sync.business_central.records import Found, TheirKind
from bot.sync.differences import Difference, Memory
from bot.sync.facts import mappings
from bot.sync.ledger import want_each
from bot.sync.models import (
    DEAL_RECORD,
    Conflict,
    Kind,
    LedgerRow,
    LedgerState,
    System,
    TheirRecord,
    person_target,
)
from bot.sync.outside import offer_changed
from bot.sync.reconciler import Claim, Incomplete, fail, pause, succeed
from bot.teams.context import reader_of, shared_reader
from bot.teams.inbound import InboundKind
from bot.teams.presenters.ledger import system_lines
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import CardReply, ChoicesReply, DialogClosed, TextReply
from cards.check import check
from cards.envelope import nodes
from cards.formats import NO_BREAK
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.words import SyncState
from integrations.errors import Authentication, OutcomeUnknown, Permanent, Transient
from tests.unit.teams_handlers.desk import MONDAY, Desk, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cards.views.sync import SystemLine

URL = "https://company.pipedrive.example/deal/12"
NASTY = "[x](https://evil.example) <at>CEO</at>"
AWAY = Transient("pipedrive", "GET /deals answered 503")
LACKS = Incomplete("bc: contact, salesperson, title, product")


@pytest.fixture
def connected(desk: Desk) -> Desk:
    """The desk of a company that uses every system."""
    return with_systems(desk)


@pytest.fixture
def plain(french: Desk) -> Desk:
    """The same, where the language makes no difference."""
    return with_systems(french)


def with_systems(desk: Desk) -> Desk:
    desk.around = replace(desk.around, systems=frozenset(System))
    desk.dispatcher = desk.fresh()
    return desk


def offer_of(desk: Desk, number: str | None = "S580", team: str = "", **more: object) -> int:
    """An offer of the sales lead, and what it wants in the other systems."""

    def work(session: Session) -> int:
        chrono = (session.scalar(sa.select(sa.func.max(Offer.chrono))) or 0) + 1
        given: dict[str, Any] = {
            "chrono": chrono,
            "number": number,
            "title": f"Hatch *seal* {chrono}",
            "search_text": (number or "").lower(),
            "owner_id": desk.person(session, "sales lead").id,
            "stage": "PRE",
            "opened_at": MONDAY,
            "opened_on": MONDAY.date(),
            "updated_at": MONDAY,
        }
        offer = Offer(**(given | more))
        session.add(offer)
        session.flush()
        if team:
            member = desk.person(session, team)
            session.add(
                TeamMember(
                    offer_id=offer.id,
                    person_id=member.id,
                    role=TeamRole.CONTRIBUTOR,
                    joined_on=MONDAY.date(),
                )
            )
        offer_changed(session, offer, now=desk.now)
        return offer.id

    return desk.write(work)


def row_of(desk: Desk, kind: Kind, subject: int) -> LedgerRow:
    """The one row of a kind."""
    found = sa.select(LedgerRow).where(LedgerRow.kind == kind, LedgerRow.subject_id == subject)
    return desk.read(lambda session: session.scalars(found).one())


def happens(
    desk: Desk,
    kind: Kind,
    subject: int,
    error: Exception | None = None,
    *differences: Difference,
    memory: Memory | None = None,
) -> int:
    """What the reconciler writes down after an attempt; gives the row's id."""
    row = row_of(desk, kind, subject)
    claim = Claim(row.id, row.system, kind, subject, row.target, row.wanted_version, row.remote, row.attempts)
    remote = (memory or Memory("12", URL)).as_remote()

    def work(session: Session) -> None:
        if error is None:
            succeed(session, claim, remote, desk.now, differences)
            return
        fail(session, claim, error, now=desk.now, jitter=0.0)

    desk.write(work)
    return row.id


def all_fine(desk: Desk, offer_id: int) -> None:
    """Everything stands where it belongs. The deal links to the folder, so it is written after it."""
    for kind in (Kind.FOLDER, Kind.OPPORTUNITY, Kind.DEAL):
        happens(desk, kind, offer_id)


def said(desk: Desk, key: str, **values: Any) -> str:  # noqa: ANN401  what the sentence names
    """A sentence in the language of the desk, with plain spaces."""
    return texts(desk.language)(f"sync.{key}", **values).replace(NO_BREAK, " ")


def events(desk: Desk, action: str) -> int:
    """How often something stands in the trail."""
    return desk.count(AuditEvent, action=action)


def conflict_of(desk: Desk, offer_id: int) -> int:
    """Two values of the deal's title; gives the conflict's id."""
    changed = Difference("title", "S580 Hatch", NASTY, "The account manager", desk.now - timedelta(hours=1))
    happens(desk, Kind.DEAL, offer_id, None, changed)
    return desk.read(lambda session: session.scalars(sa.select(Conflict.id)).one())


# What is not fine


async def test_nothing_to_settle_is_said_with_the_last_write(connected: Desk) -> None:
    card = await connected.say("key user", "sync")
    assert said(connected, "title_fine") in text_of(card)
    assert said(connected, "never_changed") in text_of(card)
    offer_id = offer_of(connected)
    all_fine(connected, offer_id)
    connected.later(hours=2)
    fine = text_of(await connected.say("admin", "synchro"))
    assert said(connected, "title_fine") in fine
    assert "10:00" in fine
    assert Verb.SYNC_RETRY.value not in fine


@pytest.mark.parametrize("by", ["engineer", "sales lead", "CEO"])
async def test_the_list_is_for_key_users_and_admins(connected: Desk, by: str) -> None:
    folder = happens(connected, Kind.FOLDER, offer_of(connected), AWAY)
    for reply in (
        await connected.say(by, "sync"),
        await connected.press(by, Verb.SYNC_LIST, 0),
        await connected.press(by, Verb.SYNC_RETRY_ALL, 0, q="sharepoint"),
    ):
        assert isinstance(reply, TextReply), reply
        assert "admin" in reply.text
    assert connected.read(lambda session: session.get_one(LedgerRow, folder).state) is LedgerState.RETRYING


async def test_the_list_says_by_system_what_is_wrong_and_why(connected: Desk) -> None:
    offer_id = offer_of(connected)
    happens(connected, Kind.FOLDER, offer_id, Permanent("microsoft_graph", f"PUT answered 403 {NASTY}"))
    happens(connected, Kind.OPPORTUNITY, offer_id, LACKS)
    connected.write(lambda session: pause(session, System.SHAREPOINT, connected.now))
    reply = await connected.say("key user", "sync")
    assert isinstance(reply, CardReply)
    # The refusal is told to the admin in a message of its own, which waits to be sent.
    shown = text_of(reply)
    assert said(connected, "why_refused") in shown
    assert "Business Central (1)" in shown
    assert "SharePoint (1)" in shown
    assert "S580 Hatch" in shown
    assert "](https://evil.example)" not in shown.replace("\\\\](", "")
    assert said(connected, "paused", when="").strip() in shown
    assert texts(connected.language).n("sync.waiting", 1) in shown
    assert {Verb.SYNC_RETRY.value, Verb.FORM_OPEN.value} <= verbs_of(reply.card)
    assert Verb.SYNC_RETRY_ALL.value not in verbs_of(reply.card), "each has one thing alone"


async def test_another_attempt_is_due_at_once_and_pressed_twice_is_one(connected: Desk) -> None:
    offer_id = offer_of(connected)
    number = happens(connected, Kind.FOLDER, offer_id, Authentication("microsoft_graph", "refused"))
    connected.later(minutes=1)
    card = await connected.card("key user", Verb.SYNC_RETRY, number, q="page/0")
    assert said(connected, "said_retrying") in text_of(card)
    row = row_of(connected, Kind.FOLDER, offer_id)
    assert (row.state, row.not_before, row.attempts) == (LedgerState.PENDING, connected.now, 0)
    assert text_of(await connected.again()) == text_of(card)
    await connected.card("key user", Verb.SYNC_RETRY, number, q="page/0")
    assert row_of(connected, Kind.FOLDER, offer_id).wanted_version == row.wanted_version
    happens(connected, Kind.FOLDER, offer_id)
    late = await connected.card("key user", Verb.SYNC_RETRY, number, q="page/7")
    assert said(connected, "said_nothing") in text_of(late)


async def test_all_of_one_system_is_tried_again(connected: Desk) -> None:
    rows = [offer_of(connected, f"S58{number}") for number in range(9)]
    for offer_id in rows:
        happens(connected, Kind.FOLDER, offer_id, AWAY)
        happens(connected, Kind.DEAL, offer_id, AWAY)
    first = await connected.card("admin", Verb.SYNC_LIST, 0)
    assert texts(connected.language).n("sync.title", 18) in text_of(first)
    assert Verb.SYNC_RETRY_ALL.value in verbs_of(first)
    last = await connected.card("admin", Verb.SYNC_LIST, 99)
    assert "S580 Hatch" in text_of(last)
    assert Verb.SYNC_LIST.value in verbs_of(last)
    connected.later(seconds=1)
    card = await connected.card("admin", Verb.SYNC_RETRY_ALL, 0, q="sharepoint")
    assert texts(connected.language).n("sync.said_retrying_all", 9) in text_of(card)
    states = {kind: row_of(connected, kind, rows[0]).state for kind in (Kind.FOLDER, Kind.DEAL)}
    assert states == {Kind.FOLDER: LedgerState.PENDING, Kind.DEAL: LedgerState.RETRYING}
    assert text_of(await connected.again()) != ""
    nothing = await connected.card("admin", Verb.SYNC_RETRY_ALL, 0, q="sharepoint")
    assert said(connected, "said_nothing") in text_of(nothing)


async def test_messages_stand_in_the_list_and_are_not_posted_twice(connected: Desk) -> None:
    target = person_target(connected.person_id("engineer"))
    both = [(1, target), (2, target)]
    connected.write(lambda session: want_each(session, Kind.QUESTION, both, now=connected.now))
    happens(connected, Kind.QUESTION, 1, OutcomeUnknown("teams", "the answer was lost"))
    happens(connected, Kind.QUESTION, 2, Permanent("teams", "refused"))
    card = await connected.card("key user", Verb.SYNC_LIST, 0)
    assert said(connected, "message_person", name="engineer") in text_of(card)
    assert said(connected, "why_unknown") in text_of(card)
    await connected.card("key user", Verb.SYNC_RETRY_ALL, 0, q="teams")
    assert row_of(connected, Kind.QUESTION, 1).state is LedgerState.MANUAL
    assert row_of(connected, Kind.QUESTION, 2).state is LedgerState.PENDING
    refused = await connected.press("sales lead", Verb.SYNC_RETRY, row_of(connected, Kind.QUESTION, 1).id)
    assert isinstance(refused, TextReply)
    await connected.card("key user", Verb.SYNC_RETRY, row_of(connected, Kind.QUESTION, 1).id, q="page/0")
    assert row_of(connected, Kind.QUESTION, 1).state is LedgerState.PENDING


# One offer


async def test_the_card_of_an_offer_shows_the_configured_systems_alone(connected: Desk) -> None:
    offer_id = offer_of(connected)
    all_fine(connected, offer_id)
    happens(connected, Kind.DEAL, offer_id, AWAY)
    card = await connected.card("engineer", Verb.OFFER_SHOW, offer_id)
    assert all(name in text_of(card) for name in ("Pipedrive", "Business Central", "SharePoint", URL))
    assert said(connected, "why_away") in text_of(card)
    assert Verb.SYNC_SHOW.value in verbs_of(card)
    connected.around = replace(connected.around, systems=frozenset({System.TEAMS, System.SHAREPOINT}))
    connected.dispatcher = connected.fresh()
    card = await connected.card("sales lead", Verb.OFFER_SHOW, offer_id)
    assert "SharePoint" in text_of(card)
    assert "Pipedrive" not in text_of(card)
    assert "Business Central" not in text_of(card)


def test_a_shared_card_shows_no_state_that_is_gone_when_it_is_read(connected: Desk) -> None:
    offer_id = offer_of(connected)
    assert shared(connected, offer_id) == []
    happens(connected, Kind.DEAL, offer_id)
    happens(connected, Kind.FOLDER, offer_id, AWAY)
    lines = {line.system: line for line in shared(connected, offer_id)}
    assert set(lines) == {"Pipedrive", "SharePoint"}
    assert (lines["Pipedrive"].state, lines["Pipedrive"].url) == (SyncState.OK, URL)
    connected.write(lambda session: offer_changed(session, session.get_one(Offer, offer_id), now=connected.now))
    line = next(line for line in shared(connected, offer_id) if line.system == "Pipedrive")
    assert (line.state, line.since) == (SyncState.OK, None)


def shared(desk: Desk, offer_id: int) -> list[SystemLine]:
    """The systems as the card in the channel shows them."""
    reader = shared_reader(desk.around, desk.now)
    return desk.read(
        lambda session: list(system_lines(session, session.get_one(Offer, offer_id), desk.around, reader, None))
    )


async def test_one_offer_is_shown_to_whoever_has_a_part_in_it(connected: Desk) -> None:
    offer_id = offer_of(connected, team="engineer")
    number = happens(connected, Kind.FOLDER, offer_id, AWAY)
    for by in ("engineer", "sales lead", "key user", "admin", "CEO"):
        reply = await connected.say(by, "sync s580")
        assert isinstance(reply, CardReply), by
        assert said(connected, "why_away") in text_of(reply)
    refused = await connected.say("project manager", "sync S580")
    assert isinstance(refused, TextReply)
    card = await connected.card("engineer", Verb.SYNC_RETRY, number)
    assert said(connected, "said_retrying") in text_of(card)
    assert row_of(connected, Kind.FOLDER, offer_id).state is LedgerState.PENDING
    assert isinstance(await connected.press("project manager", Verb.SYNC_RETRY, number), TextReply)


async def test_an_offer_without_records_and_an_unknown_number(connected: Desk) -> None:
    offer_id = offer_of(connected, None)
    card = await connected.card("sales lead", Verb.SYNC_SHOW, offer_id)
    assert said(connected, "no_records") in text_of(card)
    assert isinstance(await connected.say("sales lead", "sync S999"), CardReply)


# Two values


def drawn(desk: Desk, conflict_id: int, name: str) -> dict[str, Any]:
    """The card as it is sent to somebody or edited."""

    def work(session: Session) -> dict[str, Any] | None:
        person = desk.person(session, name)
        return DRAW[Kind.CONFLICT_CARD](session, conflict_id, person, reader_of(person, desk.now), desk.around)

    card = desk.read(work)
    assert card is not None
    assert check(card, desk.schema) == []
    return card


@pytest.mark.parametrize(("verb", "kept"), [(Verb.CONFLICT_OURS, True), (Verb.CONFLICT_THEIRS, False)])
async def test_the_owner_chooses_once(connected: Desk, verb: Verb, kept: bool) -> None:  # noqa: FBT001
    offer_id = offer_of(connected)
    number = conflict_of(connected, offer_id)
    owner = person_target(connected.person_id("sales lead"))
    assert (Kind.CONFLICT_CARD.value, number, owner) in connected.ledger()
    card = drawn(connected, number, "sales lead")
    assert "The account manager" in text_of(card)
    assert said(connected, "of_deal_title") in text_of(card)
    assert {Verb.CONFLICT_OURS.value, Verb.CONFLICT_THEIRS.value} <= verbs_of(card)
    assert said(connected, "why_conflict", what="X").split("X")[0] in text_of(
        await connected.card("sales lead", Verb.SYNC_SHOW, offer_id)
    )
    connected.later(minutes=5)
    pressed = await connected.card("sales lead", verb, number)
    assert said(connected, "kept_ours" if kept else "kept_theirs", system="Pipedrive") in text_of(pressed)
    assert "sales lead" in text_of(pressed)
    other = Verb.CONFLICT_THEIRS if kept else Verb.CONFLICT_OURS
    assert text_of(await connected.card("CEO", other, number)) == text_of(pressed)
    assert text_of(await connected.again()) == text_of(pressed)
    assert text_of(drawn(connected, number, "sales lead")) == text_of(pressed)
    assert events(connected, "sync.settled") == 1
    assert connected.ledger()[Kind.CONFLICT_CARD.value, number, owner].wanted_version == 2
    memory = Memory.of(row_of(connected, Kind.DEAL, offer_id).remote)
    assert memory is not None
    assert memory.given_way == ({} if kept else {"title": "S580 Hatch"})


async def test_who_has_no_part_does_not_choose(plain: Desk) -> None:
    offer_id = offer_of(plain, team="engineer")
    number = conflict_of(plain, offer_id)
    for by in ("engineer", "project manager", "key user"):
        for verb in (Verb.CONFLICT_OURS, Verb.CONFLICT_THEIRS):
            assert isinstance(await plain.press(by, verb, number), TextReply), by
    assert events(plain, "sync.settled") == 0
    seen = await plain.card("engineer", Verb.CONFLICT_SHOW, number)
    assert Verb.CONFLICT_OURS.value not in verbs_of(seen)
    assert said(plain, "who_chooses") in text_of(seen)
    assert isinstance(await plain.press("project manager", Verb.CONFLICT_SHOW, number), TextReply)


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "shown"),
    [
        ("value", "120000.00 EUR", "90000.00 USD", {"fr": "120 000 €", "en": "€120,000"}),
        ("stage", "PRE", "Their own stage", {"fr": "Their own stage", "en": "Their own stage"}),
        ("status", "won", "lost", {"fr": "perdue", "en": "lost"}),
        ("expected_close_date", "2027-02-26", None, {"fr": "26 févr. 2027", "en": "26 Feb 2027"}),
        ("offer_hours", 7.5, 8.0, {"fr": "7,5", "en": "7.5"}),
        ("not known to us", True, ["a", "b"], {"fr": "not known to us", "en": "not known to us"}),
        ("value", "much", "x y", {"fr": "much", "en": "much"}),
    ],
)
async def test_values_are_shown_as_people_read_them(
    connected: Desk,
    field: str,
    ours: Any,  # noqa: ANN401  a value ready for JSON
    theirs: Any,  # noqa: ANN401
    shown: dict[str, str],
) -> None:
    happens(connected, Kind.DEAL, offer_of(connected), None, Difference(field, ours, theirs))
    number = connected.read(lambda session: session.scalars(sa.select(Conflict.id)).one())
    card = drawn(connected, number, "sales lead")
    assert shown[connected.language] in text_of(card)
    assert (said(connected, "no_value") in text_of(card)) == (theirs is None)


# What Business Central lacks


def client(desk: Desk, offer_id: int) -> int:
    """The offer gets a client of its own."""

    def work(session: Session) -> int:
        lead = desk.person(session, "sales lead")
        made: Client = add_client(session, {"name": f"Launcher {offer_id}"}, actor=lead, now=desk.now)
        session.get_one(Offer, offer_id).client_id = made.id
        return made.id

    return desk.write(work)


def forms_of(card: dict[str, Any]) -> set[str]:
    """The dialogs that a card opens."""
    found: set[str] = set()

    def walk(node: Any) -> None:  # noqa: ANN401
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(value)
        if isinstance(node, dict) and node.get("verb") == Verb.FORM_OPEN.value:
            found.add(str(node["q"]))

    walk(card)
    return found


async def test_each_missing_thing_has_its_dialog(connected: Desk) -> None:
    offer_id = offer_of(connected)
    happens(connected, Kind.OPPORTUNITY, offer_id, LACKS)
    card = await connected.card("sales lead", Verb.SYNC_SHOW, offer_id)
    codes = (FormCode.THIRD_PARTY, FormCode.BC_SALESPERSON, FormCode.IDENTITY, FormCode.QUALIFICATION)
    assert forms_of(card) == {code.value for code in codes}
    contact, salesperson = said(connected, "missing_contact"), said(connected, "missing_salesperson")
    assert said(connected, "why_missing", system="Business Central", what=f"{contact}, {salesperson}, ")[:-3] in (
        text_of(await connected.card("CEO", Verb.OFFER_SHOW, offer_id))
    )
    client(connected, offer_id)
    assert FormCode.BC_CONTACT.value in forms_of(await connected.card("sales lead", Verb.SYNC_SHOW, offer_id))
    # Who steers offers but does not own this one fills in the offer, not what Business Central is told.
    assert forms_of(await connected.card("CEO", Verb.SYNC_SHOW, offer_id)) == {
        FormCode.IDENTITY.value,
        FormCode.QUALIFICATION.value,
    }


@pytest.mark.parametrize("by", ["sales lead", "key user", "admin"])
async def test_a_code_is_kept_in_capitals_and_wakes_what_waited(connected: Desk, by: str) -> None:
    first, second = offer_of(connected), offer_of(connected, "S581")
    for offer_id in (first, second):
        for _attempt in range(2):
            happens(connected, Kind.OPPORTUNITY, offer_id, LACKS)
        assert row_of(connected, Kind.OPPORTUNITY, offer_id).state is LedgerState.INCOMPLETE
    client_id = client(connected, first)
    owner = connected.person_id("sales lead")
    for code, typed in ((FormCode.BC_SALESPERSON, " lt "), (FormCode.BC_CONTACT, "ct-000021")):
        await connected.form(by, Verb.FORM_OPEN, first, q=code.value)
        closing = await connected.closed(by, Verb.FORM_SAVE, first, q=code.value, code=typed, rev=1)
        assert closing.replace(NO_BREAK, " ") == said(connected, "said_code")
    known = connected.read(lambda session: mappings(session, System.BUSINESS_CENTRAL))
    assert known == {f"person:{owner}": "LT", f"client:{client_id}": "CT-000021"}
    for offer_id in (first, second):
        assert row_of(connected, Kind.OPPORTUNITY, offer_id).state is LedgerState.PENDING
    wanted = row_of(connected, Kind.OPPORTUNITY, second).wanted_version
    assert wanted == 2
    assert events(connected, "sync.code") == 2
    await connected.closed(by, Verb.FORM_SAVE, first, q=FormCode.BC_SALESPERSON.value, code="lt", rev=1)
    assert events(connected, "sync.code") == 2
    assert row_of(connected, Kind.OPPORTUNITY, second).wanted_version == wanted
    shown = await connected.form(by, Verb.FORM_OPEN, first, q=FormCode.BC_CONTACT.value)
    assert "CT-000021" in text_of(shown)


async def test_a_code_that_cannot_be_one_comes_back(connected: Desk) -> None:
    offer_id = offer_of(connected)
    for typed in ("", "X" * 21, "ß" * 20, "a;b", "<at>CEO</at>"):
        card = await connected.form(
            "sales lead", Verb.FORM_SAVE, offer_id, q=FormCode.BC_SALESPERSON.value, code=typed, rev=1
        )
        assert '"color": "attention"' in text_of(card), typed
    assert connected.read(lambda session: mappings(session, System.BUSINESS_CENTRAL)) == {}


def central_was_read(desk: Desk) -> None:
    """What Business Central held an hour ago."""

    def work(session: Session) -> None:
        found = {
            TheirKind.CONTACT: [("CT000010", "Launcher company"), ("CT000011", "Absent buyer"), ("CT000012", NASTY)],
            TheirKind.SALESPERSON: [("LT", "The sales lead"), ("XX", "Another")],
        }
        for kind, rows in found.items():
            data = {"email": "", "company": "", "tax_number": ""}
            kept.keep(session, kind, [Found(code, name, data) for code, name in rows], desk.now)
            kept.advance(session, {kind: ""}, desk.now)

    desk.write(work)
    desk.later(hours=1)


async def test_as_soon_as_business_central_was_read_its_numbers_are_picked(connected: Desk) -> None:
    offer_id = offer_of(connected)
    client(connected, offer_id)
    code = FormCode.BC_CONTACT.value
    before = await connected.form("sales lead", Verb.FORM_OPEN, offer_id, q=code)
    assert said(connected, "note_never_read") in text_of(before)
    central_was_read(connected)
    opened = await connected.form("sales lead", Verb.FORM_OPEN, offer_id, q=code)
    shown = text_of(opened)
    assert '"dataset": "bc_contacts"' in shown
    assert said(connected, "note_read", when="").split("  ")[0].rstrip(" .") in shown
    assert shown.index("CT000010 · Launcher company") < shown.index("CT000011 · Absent buyer")
    refused = await connected.form("sales lead", Verb.FORM_SAVE, offer_id, q=code, code="CT999999", rev=1)
    assert said(connected, "error_no_contact", when="X").split("X")[0].strip() in text_of(refused)
    assert connected.read(lambda session: mappings(session, System.BUSINESS_CENTRAL)) == {}
    await connected.closed("sales lead", Verb.FORM_SAVE, offer_id, q=code, code="ct000011", rev=1)
    assert set(connected.read(lambda session: mappings(session, System.BUSINESS_CENTRAL)).values()) == {"CT000011"}


async def test_a_number_that_is_gone_over_there_is_shown_and_may_stay(plain: Desk) -> None:
    offer_id = offer_of(plain)
    code = FormCode.BC_SALESPERSON.value
    await plain.closed("sales lead", Verb.FORM_SAVE, offer_id, q=code, code="OLD", rev=1)
    central_was_read(plain)
    assert "OLD" in text_of(await plain.form("sales lead", Verb.FORM_OPEN, offer_id, q=code))
    await plain.closed("sales lead", Verb.FORM_SAVE, offer_id, q=code, code="OLD", rev=1)
    refused = await plain.form("sales lead", Verb.FORM_SAVE, offer_id, q=code, code="OLDER", rev=1)
    assert said(plain, "error_no_salesperson", when="X").split("X")[0].strip() in text_of(refused)


async def test_contacts_and_salespeople_are_found_while_typing(plain: Desk) -> None:
    central_was_read(plain)

    async def found(dataset: str, words: str) -> list[str]:
        asked = plain.inbound(InboundKind.TYPEAHEAD, "sales lead", verb=dataset, text=words)
        reply = await plain.send(asked)
        assert isinstance(reply, ChoicesReply), reply
        return [value for value, _title in reply.choices]

    assert await found("bc_contacts", "laUnch") == ["CT000010"]
    assert await found("bc_contacts", "000011 buyer") == ["CT000011"]
    assert await found("bc_salespeople", "") == ["XX", "LT"]
    assert await found("bc_contacts", "%") == []
    assert await found("bc_customers", "") == []


async def test_codes_are_for_the_owner_and_those_who_see_to_all_records(plain: Desk) -> None:
    offer_id = offer_of(plain, team="engineer")
    client(plain, offer_id)
    for by in ("engineer", "CEO", "project manager"):
        for code in (FormCode.BC_CONTACT, FormCode.BC_SALESPERSON):
            for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
                reply = await plain.press(by, verb, offer_id, q=code.value, code="LT", rev=1)
                assert isinstance(reply, DialogClosed), (by, code, verb)
    assert plain.read(lambda session: mappings(session, System.BUSINESS_CENTRAL)) == {}
    nobody = offer_of(plain, "S581")
    reply = await plain.press("sales lead", Verb.FORM_SAVE, nobody, q=FormCode.BC_CONTACT.value, code="CT", rev=1)
    assert isinstance(reply, DialogClosed)


# By hand


async def test_what_is_entered_by_hand_is_said_until_it_is_done(connected: Desk) -> None:
    offer_id = offer_of(connected, team="engineer")
    all_fine(connected, offer_id)
    happens(connected, Kind.DEAL, offer_id)
    values = {"Estimated Value": "120000.00 EUR", "Status": "Won"}
    memory = Memory("9", "https://bc.example/9", more={"by_hand": values, "done_by_hand": {"Status": "Won"}})
    number = happens(connected, Kind.OPPORTUNITY, offer_id, memory=memory)
    asked = said(connected, "by_hand", system="Business Central", what="Estimated Value 120000.00 EUR")
    for card in (
        await connected.card("sales lead", Verb.OFFER_SHOW, offer_id),
        await connected.card("key user", Verb.SYNC_LIST, 0),
    ):
        assert asked in text_of(card)
        assert Verb.SYNC_BY_HAND.value in verbs_of(card)
    seen = await connected.card("engineer", Verb.SYNC_SHOW, offer_id)
    assert asked in text_of(seen)
    assert Verb.SYNC_BY_HAND.value not in verbs_of(seen)
    assert isinstance(await connected.press("engineer", Verb.SYNC_BY_HAND, number), TextReply)
    assert events(connected, "sync.done_by_hand") == 0
    done = await connected.card("sales lead", Verb.SYNC_BY_HAND, number)
    assert said(connected, "said_by_hand") in text_of(done)
    assert asked not in text_of(done)
    assert text_of(await connected.again()) == text_of(done)
    await connected.card("key user", Verb.SYNC_BY_HAND, number, q="page/0")
    assert events(connected, "sync.done_by_hand") == 1
    assert said(connected, "title_fine") in text_of(await connected.card("key user", Verb.SYNC_LIST, 0))


# Strangers' data


@pytest.mark.parametrize(
    "verb",
    [
        Verb.SYNC_SHOW,
        Verb.SYNC_RETRY,
        Verb.SYNC_RETRY_ALL,
        Verb.SYNC_BY_HAND,
        Verb.CONFLICT_SHOW,
        Verb.CONFLICT_OURS,
        Verb.CONFLICT_THEIRS,
    ],
)
async def test_forged_buttons_are_refused_politely(plain: Desk, verb: Verb) -> None:
    offer_id = offer_of(plain)
    deal = happens(plain, Kind.DEAL, offer_id, AWAY)
    before = row_of(plain, Kind.DEAL, offer_id).updated_at
    for number, q in ((0, ""), (2**31 - 1, "page/x"), (10**12, "page/1"), (-1, "\x00"), ("x", "teams' --")):
        reply = await plain.send(forged(plain, verb, number, q))
        assert isinstance(reply, TextReply), (number, reply)
    assert row_of(plain, Kind.DEAL, offer_id).updated_at == before
    if verb is Verb.SYNC_BY_HAND:
        assert isinstance(await plain.press("key user", verb, deal), TextReply)
    if verb is Verb.SYNC_RETRY:
        for q in ("page/" + "9" * 30, "page/-1", "page/²", NASTY):
            assert isinstance(await plain.press("key user", verb, deal, q=q), CardReply)


def forged(desk: Desk, verb: Verb, number: object, q: str) -> Any:  # noqa: ANN401
    """A button that no card of ours carries."""
    data = {"id": number, "q": q}
    return desk.inbound(InboundKind.CARD_ACTION, "key user", verb=verb.value, data=data)


# Who was recognised in Business Central


def recognise(desk: Desk, count: int = 1) -> None:
    """Clients that a rule recognised."""

    def work(session: Session) -> None:
        found = {}
        for number in range(count):
            node = add_client(
                session, {"name": f"{NASTY} {number}"}, actor=desk.person(session, "sales lead"), now=desk.now
            )
            session.flush()
            found[f"client:{node.id}"] = Match(f"CT{number}", Rule.NAME)
        recognised.keep(session, found, desk.now)

    desk.write(work)


async def test_a_key_user_sees_who_was_recognised_undoes_and_redoes_it(connected: Desk) -> None:
    recognise(connected, 10)
    page = await connected.card("key user", Verb.SYNC_LIST, 0)
    assert Verb.SYNC_MATCHES.value in verbs_of(page)
    card = await connected.card("key user", Verb.SYNC_MATCHES, 0)
    assert check(card) == []
    assert said(connected, "rule_name") in text_of(card)
    assert {Verb.SYNC_MATCH_UNDO.value, Verb.SYNC_MATCHES.value, Verb.SYNC_LIST.value} <= verbs_of(card)
    first = connected.read(lambda session: recognised.page(session, limit=1))[0]
    undone = await connected.card("key user", Verb.SYNC_MATCH_UNDO, first.number, q="client/0")
    assert check(undone) == []
    assert Verb.SYNC_MATCH_REDO.value in verbs_of(undone)
    assert connected.read(recognised.count) == 9
    redone = await connected.card("key user", Verb.SYNC_MATCH_REDO, first.number, q="client/0")
    assert Verb.SYNC_MATCH_REDO.value not in verbs_of(redone)
    assert connected.read(recognised.count) == 10


async def test_only_those_who_see_to_all_records_may_undo_a_match(connected: Desk) -> None:
    recognise(connected)
    for verb in (Verb.SYNC_MATCHES, Verb.SYNC_MATCH_UNDO, Verb.SYNC_MATCH_REDO):
        answer = await connected.press("engineer", verb, 1, q="client/0")
        assert isinstance(answer, TextReply)
    assert connected.read(recognised.count) == 1


@pytest.mark.parametrize("q", ["", "offer/0", "client/999999999999", "person/x"])
async def test_a_forged_match_changes_nothing(plain: Desk, q: str) -> None:
    recognise(plain)
    await plain.press("key user", Verb.SYNC_MATCH_UNDO, 4711, q=q)
    assert plain.read(recognised.count) == 1


# Deals made by hand


async def test_a_deal_made_by_hand_says_what_it_lacks_and_is_filled_in(connected: Desk) -> None:
    def arrive(session: Session) -> None:
        given = {
            "kind": "deal",
            "remote_id": "42",
            "name": NASTY,
            "search_text": "",
            "data": {},
            "seen_at": connected.now,
        }
        session.add(TheirRecord(system=System.PIPEDRIVE, **given))
        hand_deals.changed(session, 42, now=connected.now)
        row = session.scalars(sa.select(LedgerRow).where(LedgerRow.target == DEAL_RECORD)).one()
        row.state, row.error_class = LedgerState.INCOMPLETE, Incomplete.__name__
        row.error = "bc: contact, salesperson, title, category"

    connected.write(arrive)
    card = await connected.card("key user", Verb.SYNC_LIST, 0)
    assert check(card) == []
    assert said(connected, "missing_salesperson") in text_of(card)
    fills = [one for one in nodes(card) if one.get("data", {}).get("q") == FormCode.DEAL_FILL.value]
    assert {one["data"]["id"] for one in fills} == {42}
    assert len(fills) == 3, "a title is corrected in Pipedrive"
    given = {"contact": "ct000020", "salesperson": "lead1", "category_product": "thermal"}
    assert await connected.closed("key user", Verb.FORM_SAVE, 42, q=FormCode.DEAL_FILL.value, **given)
    row = connected.read(lambda s: s.scalars(sa.select(LedgerRow).where(LedgerRow.target == DEAL_RECORD)).one())
    assert row.state is LedgerState.PENDING
    assert connected.read(lambda s: hand_deals.said(s, 42)) == {
        "contact": "CT000020",
        "salesperson": "LEAD1",
        "product": "thermal",
    }
