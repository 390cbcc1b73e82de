"""Typed commands, buttons of lists, search, events of installing and renaming."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest
import sqlalchemy as sa

from bot.people import conversations
from bot.people.models import Conversation, ConversationKind, Person, Role
from bot.people.service import roles_of
from bot.teams.commands import Command
from bot.teams.handlers.chat import COMMANDS
from bot.teams.inbound import ConversationKind as Place
from bot.teams.inbound import InboundKind
from bot.teams.replies import CardReply, DialogClosed, ErrorReply, SearchReply, TextReply
from bot.teams.tables import ACTIONS
from cards.verbs import DIALOG_OPENERS, DIALOG_SUBMITS, Verb
from tests.unit.teams_handlers.desk import CHANNEL, TENANT, Desk, object_id, text_of, values_of, verbs_of


def place(desk: Desk, teams_id: str = CHANNEL) -> Conversation:
    found = desk.read(lambda session: conversations.find(session, TENANT, teams_id))
    assert found is not None
    return found


def test_every_verb_and_command_has_an_action() -> None:
    assert set(ACTIONS) == set(Verb)
    assert set(COMMANDS) == set(Command) - {Command.POST_HERE}
    assert all(ACTIONS[verb].form for verb in DIALOG_OPENERS | DIALOG_SUBMITS)


async def test_first_contact_is_welcomed_and_registered(desk: Desk) -> None:
    reply = await desk.say("newcomer", "bonjour")
    assert "newcomer" in text_of(reply)
    assert desk.count(Person, entra_object_id=object_id("newcomer")) == 1
    assert text_of(await desk.say("newcomer", "bonjour")) != text_of(reply)
    assert place(desk, "a:newcomer").kind is ConversationKind.PERSONAL


async def test_nothing_typed_meets_silence(desk: Desk) -> None:
    for text in (
        "",
        "aide",
        "?",
        "qwertzuiop",
        "pendng",
        "en atente",
        "x" * 8000,
        "\x00",
        "🙂",
        "offre",
        "offre S9",
        "find",
    ):
        assert isinstance(await desk.say("engineer", text), CardReply), text
    for text in ("rfps", "pending", "who", "new rfp", "profile", "find thermal", "1-20001", "S580"):
        assert isinstance(await desk.say("sales lead", text, channel=True), CardReply), text


async def test_unknown_words_offer_commands_that_work(desk: Desk) -> None:
    card = text_of(await desk.say("CTO", "hlep"))
    assert "command.run" in card
    for word in ("aide", "help", "rôles", "who", "chercher thermal", "nonsense"):
        assert await desk.press("admin", Verb.COMMAND_RUN, q=word)


async def test_commands_for_a_role_are_refused_to_others(desk: Desk) -> None:
    for by, text in (("engineer", "rôles"), ("engineer", "suppléant"), ("sales lead", "deputy")):
        assert isinstance(await desk.say(by, text), TextReply)
    assert Verb.ROLES_OPEN in verbs_of_reply(await desk.say("admin", "roles"))
    assert Verb.DEPUTY_OPEN in verbs_of_reply(await desk.say("CTO", "deputy"))


def verbs_of_reply(reply: object) -> set[str]:
    assert isinstance(reply, CardReply)
    return verbs_of(reply.card)


@pytest.mark.parametrize("how", ["typed", "pressed"])
async def test_post_here_makes_the_tender_channel(desk: Desk, how: str) -> None:
    async def ask(by: str, *, channel: bool = True) -> object:
        if how == "typed":
            return await desk.say(by, "Post HERE", channel=channel)
        return await desk.press(by, Verb.COMMAND_RUN, channel=channel, q="publier ici")

    assert isinstance(await ask("CTO"), TextReply)
    assert not place(desk).tender_channel
    assert isinstance(await ask("admin", channel=False), CardReply)
    assert isinstance(await ask("admin"), CardReply)
    assert place(desk).tender_channel
    first = await ask("admin")
    assert await desk.again() == first


async def test_a_misspelt_post_here_is_only_suggested(french: Desk) -> None:
    assert "publier ici" in text_of(await french.say("admin", "publier ixi", channel=True))
    assert not place(french).tender_channel


async def test_search_finds_offers_first(desk: Desk) -> None:
    tender_id = desk.tender()
    desk.tender("1-20002", "Thermal study two")
    await desk.round(tender_id)

    async def look(words: str) -> SearchReply:
        reply = await desk.send(desk.inbound(InboundKind.SEARCH, "CTO", text=words, verb="find"))
        assert isinstance(reply, SearchReply)
        return reply

    assert len((await look("")).results) == 2
    found = await look("thermal")
    assert len(found.results) == 2, "a tender that became an offer is found once"
    assert "Thermal protection" in found.results[0][1].title
    assert all(preview.text for _card, preview in found.results)
    nothing = await desk.send(desk.inbound(InboundKind.SEARCH, "CTO", text="nothing like it", verb="find"))
    assert isinstance(nothing, TextReply)
    assert "nothing like it" in nothing.text
    card = await desk.card("CTO", Verb.FIND_SHOW, 0, q="thermal")
    assert "Thermal study two" in text_of(card)
    assert await desk.card("CTO", Verb.FIND_SHOW, 10**6, q="thermal")


async def test_pending_says_what_waits_and_what_comes_next(desk: Desk) -> None:
    assert await desk.card("engineer", Verb.PENDING_SHOW)
    tender_id = desk.tender()
    await desk.card("sales lead", Verb.TENDER_EVALUATE, tender_id)
    assert Verb.EVALUATION_OPEN in verbs_of(await desk.card("sales lead", Verb.PENDING_SHOW))
    offer_id = await desk.evaluated(tender_id)
    assert Verb.ROUND_OPEN in verbs_of(await desk.card("sales lead", Verb.PENDING_SHOW))
    await desk.card("sales lead", Verb.ROUND_OPEN, offer_id)
    assert "Thermal protection" in text_of(await desk.card("sales lead", Verb.PENDING_SHOW))
    round_id = desk.last_round(offer_id)
    assert Verb.ROUND_SHOW in verbs_of(await desk.card("CTO", Verb.PENDING_SHOW))
    await desk.card("CTO", Verb.ROUND_GO, round_id)
    await desk.card("CPO", Verb.ROUND_GO, round_id)
    await desk.card("CEO", Verb.ROUND_GO, round_id)
    assert Verb.TEAM_OPEN in verbs_of(await desk.card("sales lead", Verb.PENDING_SHOW))


async def test_roles_dialog_gives_and_takes(desk: Desk) -> None:
    assert isinstance(await desk.press("CTO", Verb.ROLES_OPEN), DialogClosed)
    await desk.form("admin", Verb.ROLES_OPEN)
    given = {"person": object_id("engineer"), "role": "project_manager", "change": "give"}
    said = await desk.closed("admin", Verb.ROLES_SAVE, 0, **given, starts_on="2026-11-20", ends_on="2026-12-31")
    assert "engineer" in said
    assert await desk.again() == DialogClosed(said)
    assert await desk.closed("admin", Verb.ROLES_SAVE, 0, **{**given, "change": "take"})
    held = desk.read(lambda session: roles_of(session, desk.person(session, "engineer"), desk.now))
    assert held == frozenset()
    for wrong in (
        {"person": "nobody"},
        {"role": "emperor"},
        {"starts_on": "soon"},
        {"starts_on": "2026-12-05", "ends_on": "2026-12-01"},
    ):
        typed = {**given, **wrong}
        form = await desk.form("admin", Verb.ROLES_SAVE, 0, **typed)
        assert values_of(form)["role"] == (typed["role"] if typed["role"] in set(Role) else "")
    last = {"person": object_id("admin"), "role": "admin", "change": "take"}
    assert await desk.form("admin", Verb.ROLES_SAVE, 0, **last)
    held = desk.read(lambda session: roles_of(session, desk.person(session, "admin"), desk.now))
    assert held == {Role.ADMIN}


async def test_profile_wins_over_what_teams_says(desk: Desk) -> None:
    other = "en" if desk.language == "fr" else "fr"
    await desk.form("engineer", Verb.PROFILE_OPEN)
    form = await desk.form("engineer", Verb.PROFILE_SAVE, language="xx", time_zone="Mars/Olympus")
    assert "time_zone" in values_of(form)
    said = await desk.closed("engineer", Verb.PROFILE_SAVE, language=other, time_zone="America/Cayenne")
    assert await desk.again() == DialogClosed(said)
    await desk.say("engineer", "help")
    kept = desk.read(lambda session: desk.person(session, "engineer"))
    assert (kept.language, kept.time_zone) == (other, "America/Cayenne")


async def test_deputy_dialog_names_what_is_wrong(desk: Desk) -> None:
    assert isinstance(await desk.press("engineer", Verb.DEPUTY_OPEN), DialogClosed)
    good = {"deputy": object_id("engineer"), "starts_on": "2026-11-23", "ends_on": "2026-11-27"}
    for wrong in (
        {"deputy": object_id("CTO")},
        {"deputy": ""},
        {"starts_on": ""},
        {"ends_on": "2026-11-01"},
        {"ends_on": "??"},
    ):
        assert await desk.form("CTO", Verb.DEPUTY_SAVE, 0, **{**good, **wrong})
    said = await desk.closed("CTO", Verb.DEPUTY_SAVE, 0, **good)
    assert await desk.again() == DialogClosed(said)


async def test_evaluation_form_keeps_drafts_versions_and_what_was_typed(desk: Desk) -> None:
    tender_id = desk.tender()
    await desk.card("sales lead", Verb.TENDER_EVALUATE, tender_id)
    offer_id = int(desk.read(lambda s: s.scalar(sa.text("SELECT id FROM offer"))))
    assert isinstance(await desk.press("engineer", Verb.EVALUATION_OPEN, offer_id), DialogClosed)
    await desk.form("sales lead", Verb.EVALUATION_OPEN, offer_id)
    said = await desk.closed(
        "sales lead", Verb.EVALUATION_SAVE_DRAFT, offer_id, summary="Half a thought", budget="1 000"
    )
    assert await desk.again() == DialogClosed(said)
    values = values_of(await desk.form("sales lead", Verb.EVALUATION_OPEN, offer_id))
    assert (values["summary"], values["budget"]) == ("Half a thought", 1000)
    typed = {
        "summary": "Whole",
        "budget": "125 000,50",
        "effort_hours": "120",
        "resources": "",
        "risk_technical_level": "high",
    }
    values = values_of(await desk.form("sales lead", Verb.EVALUATION_SUBMIT, offer_id, **typed))
    assert {name: values[name] for name in typed} == {**typed, "budget": values["budget"], "effort_hours": 120}
    assert values["budget"] in {"125 000,50", 125000.5}
    values = values_of(await desk.form("sales lead", Verb.EVALUATION_SAVE_DRAFT, offer_id, summary="x", budget="lots"))
    assert values["summary"] == "x"
    whole = {
        **typed,
        "resources": "Two engineers",
        "risk_technical_text": "Resin",
        "risk_commercial_level": "low",
        "risk_financial_level": "medium",
    }
    said = await desk.closed("sales lead", Verb.EVALUATION_SUBMIT, offer_id, **whole)
    assert "1" in said
    assert await desk.again() == DialogClosed(said)
    await desk.card("sales lead", Verb.ROUND_OPEN, offer_id)
    await desk.closed("sales lead", Verb.EVALUATION_SUBMIT, offer_id, **{**whole, "summary": "Whole, again"})
    card = text_of(await desk.card("CTO", Verb.ROUND_SHOW, desk.last_round(offer_id)))
    assert "Whole, again" in card


async def test_team_form_shows_mistakes_in_their_row(desk: Desk) -> None:
    round_id = await desk.round()
    offer_id = int(desk.read(lambda s: s.scalar(sa.text("SELECT id FROM offer"))))
    await desk.card("CPO", Verb.ROUND_GO, round_id)
    form = await desk.form("sales lead", Verb.TEAM_SAVE, offer_id, member_2=object_id("CTO"), member_4=object_id("CTO"))
    assert values_of(form)["member_4"] == object_id("CTO")
    assert await desk.form("sales lead", Verb.TEAM_SAVE, offer_id, member_1="nobody")
    assert isinstance(await desk.press("engineer", Verb.TEAM_OPEN, offer_id), DialogClosed)


async def test_troubles_are_for_admins(desk: Desk) -> None:
    assert isinstance(await desk.press("CTO", Verb.SOURCE_POLL, q="esa"), TextReply)
    assert desk.looked == []
    first = await desk.press("admin", Verb.SOURCE_POLL, q="esa")
    assert desk.looked == ["esa"]
    assert await desk.again() == first
    assert desk.looked == ["esa"], "a repeated delivery looks once"
    await desk.press("admin", Verb.SOURCE_POLL, q="elsewhere")
    assert desk.looked == ["esa"]
    nothing = await desk.press("key user", Verb.DELIVERY_RETRY, 99)
    assert isinstance(nothing, TextReply)
    assert await desk.again() == nothing
    tender_id = desk.tender()
    await desk.card("sales lead", Verb.TENDER_EVALUATE, tender_id)
    (row,) = desk.ledger().values()
    desk.write(lambda session: session.execute(sa.text("UPDATE ledger SET state = 'manual'")))
    again = await desk.press("admin", Verb.DELIVERY_RETRY, row.id)
    assert text_of(again) != text_of(nothing)
    assert next(iter(desk.ledger().values())).state.value == "pending"


async def test_the_app_comes_is_renamed_and_goes(desk: Desk) -> None:
    reply = await desk.send(desk.inbound(InboundKind.INSTALL, "admin", channel=True, event="add"))
    assert isinstance(reply, CardReply)
    assert await desk.again() is None, "welcome is said once"
    assert isinstance(await desk.send(desk.inbound(InboundKind.INSTALL, "CTO", event="add")), CardReply)
    desk.write(lambda session: conversations.take_roster(session, place(desk).id, (), desk.now))
    assert await desk.send(desk.inbound(InboundKind.MEMBERS_ADDED, "admin", channel=True)) is None
    assert place(desk).roster_at is None
    other = {"channel_id": "19:other@thread.tacv2", "channel_name": "Other"}
    for event, more in (
        ("channelRenamed", {"channel_name": "Tenders 2027"}),
        ("channelRenamed", other),
        ("channelCreated", other),
        ("teamRenamed", {"team_name": "Sales and bids"}),
    ):
        assert await desk.send(desk.inbound(InboundKind.RENAMED, "admin", channel=True, event=event, **more)) is None
    kept = place(desk)
    assert (kept.name, kept.team_name) == ("Tenders 2027", "Sales and bids")
    deleted = {"event": "channelDeleted", **other}
    await desk.send(desk.inbound(InboundKind.RENAMED, "admin", channel=True, **deleted))
    assert place(desk).active
    await desk.send(desk.inbound(InboundKind.RENAMED, "admin", channel=True, event="channelDeleted"))
    assert not place(desk).active
    await desk.send(desk.inbound(InboundKind.INSTALL, "admin", channel=True, event="add"))
    assert place(desk).active
    await desk.send(desk.inbound(InboundKind.UNINSTALL, "admin", channel=True, event="remove"))
    assert not place(desk).active


async def test_events_of_nobody_are_kept_and_words_of_nobody_refused(desk: Desk) -> None:
    def nobody(kind: InboundKind, **more: object) -> Awaitable[object]:
        inbound = desk.inbound(kind, "admin", channel=True, **more)
        return desk.send(inbound._replace(entra_object_id=None))

    assert await nobody(InboundKind.INSTALL, event="add") is None
    assert place(desk).active
    assert await nobody(InboundKind.RENAMED, event="teamDeleted") is None
    assert not place(desk).active
    assert isinstance(await nobody(InboundKind.MESSAGE, text="help"), TextReply)
    assert isinstance(await nobody(InboundKind.CARD_ACTION, verb="round.go"), TextReply)
    assert isinstance(await nobody(InboundKind.DIALOG_OPEN, verb="roles.open"), DialogClosed)


async def test_unknown_verbs_are_old_cards_and_other_activities_meet_silence(desk: Desk) -> None:
    for kind in (InboundKind.CARD_ACTION, InboundKind.CARD_SUBMIT, InboundKind.DIALOG_OPEN, InboundKind.DIALOG_SUBMIT):
        assert isinstance(await desk.send(desk.inbound(kind, "CTO", verb="gone.long_ago")), ErrorReply)
    assert await desk.send(desk.inbound(InboundKind.OTHER, "CTO")) is None
    assert isinstance(await desk.send(desk.inbound(InboundKind.OTHER, "CTO", invoke_name="x")), ErrorReply)


async def test_a_place_given_up_comes_back_with_the_next_contact(french: Desk) -> None:
    await french.say("CTO", "help")
    french.write(lambda session: conversations.leave(session, TENANT, "a:CTO", None, french.now))
    await french.say("CTO", "help")
    assert not place(french, "a:CTO").active, "not looked at for a while"
    french.later(minutes=16)
    await french.say("CTO", "help")
    assert place(french, "a:CTO").active


async def test_a_moved_service_url_is_kept_at_once(french: Desk) -> None:
    await french.say("CTO", "help")
    moved = "https://smba.trafficmanager.net/amer/"
    await french.send(french.inbound(InboundKind.MESSAGE, "CTO", text="help", service_url=moved))
    assert place(french, "a:CTO").service_url == moved


async def test_two_first_messages_at_one_moment_make_one_person(french: Desk) -> None:
    import asyncio  # noqa: PLC0415

    both = [french.inbound(InboundKind.MESSAGE, "newcomer", text="help") for _ in range(6)]
    replies = await asyncio.gather(*(french.fresh().turn(inbound) for inbound in both))
    assert all(isinstance(reply, CardReply) for reply in replies)
    assert french.count(Person, entra_object_id=object_id("newcomer")) == 1


async def test_group_chats_are_places_too(french: Desk) -> None:
    inbound = french.inbound(InboundKind.MESSAGE, "CTO", text="post here", conversation_key="19:group")
    assert isinstance(await french.send(inbound._replace(conversation_kind=Place.GROUP_CHAT)), CardReply)
    assert place(french, "19:group").kind is ConversationKind.GROUP
