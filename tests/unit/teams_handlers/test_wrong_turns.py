"""Slips that get a way on: a press of somebody without a vote, a misspelt command with words, a negative amount."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.errors import Invalid
from bot.teams.commands import Command
from bot.teams.handlers.suggestions import LONGEST, suggested
from bot.teams.replies import CardReply, DialogClosed, TextReply
from bot.teams.typed import shown_again
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, text_of, values_of


async def test_somebody_without_a_vote_reads_who_may_and_what_they_can_do(desk: Desk) -> None:
    round_id = await desk.round()
    pressed = await desk.press("engineer", Verb.ROUND_GO, round_id, channel=True)
    opened = await desk.press("engineer", Verb.ROUND_NO_GO_OPEN, round_id)
    sent = await desk.press("engineer", Verb.ROUND_NEED_INFO, round_id, question="Why?")
    assert isinstance(pressed, TextReply)
    for reply in (pressed, opened, sent):
        said = text_of(reply)
        assert all(role in said for role in ("CTO", "CPO", "CEO"))
        command = "chercher 1-20001" if desk.language == "fr" else "find 1-20001"
        assert command in said
        assert ("commentaire" if desk.language == "fr" else "comment") in said
    assert isinstance(opened, DialogClosed)
    shown = await desk.say("engineer", "find 1-20001")
    assert isinstance(shown, CardReply)
    assert Verb.OFFER_SHOW in text_of(shown), "the command it names leads to the offer"


async def test_a_negative_amount_comes_back_as_it_was_typed(desk: Desk) -> None:
    await desk.card("sales lead", Verb.TENDER_EVALUATE, desk.tender())
    offer_id = int(desk.read(lambda session: session.scalar(sa.text("SELECT id FROM offer"))))
    form = await desk.form("sales lead", Verb.EVALUATION_SUBMIT, offer_id, summary="x", budget="-1 250,50")
    assert values_of(form)["budget"] == -1250.5


@pytest.mark.parametrize("typed", ["-5", "\u22125", "5", "1 250,50"])
def test_amounts_are_kept(typed: str) -> None:
    assert shown_again({"budget": typed}, Invalid({"budget": ("errors.number", {})})) == (("budget", typed),)


@pytest.mark.parametrize("typed", ["lots", "--5", "5-", "1" * 30])
def test_what_a_number_input_cannot_show_is_left_out(typed: str) -> None:
    assert shown_again({"budget": typed}, Invalid({"budget": ("errors.number", {})})) == ()


@pytest.mark.parametrize(
    ("command", "typed", "language", "whole"),
    [
        (Command.FIND, "chrchre antenne en bande Ka", "fr", "chercher antenne en bande Ka"),
        (Command.FIND, "fnid Thermal Seal", "en", "find Thermal Seal"),
        (Command.OFFER, "ofrfe S580", "fr", "offre S580"),
        (Command.FIND, "fnid", "en", "find"),
        (Command.POST_HERE, "pblir ixi", "fr", "publier ici"),
        (Command.PENDING, "pendgin please", "en", "pending"),
        (Command.FIND, "", "en", "find"),
    ],
)
def test_a_suggestion_keeps_the_words_that_were_typed(command: Command, typed: str, language: str, whole: str) -> None:
    assert suggested(command, typed, language) == whole


def test_a_suggestion_is_bounded_at_a_whole_word() -> None:
    whole = suggested(Command.FIND, "fnid " + "thermal " * 30, "en")
    assert len(whole) <= len("find ") + LONGEST
    assert set(whole.split()[1:]) == {"thermal"}


async def test_the_suggestion_does_what_it_says(desk: Desk) -> None:
    desk.tender()
    command = "chercher thermal" if desk.language == "fr" else "find thermal"
    card = text_of(await desk.say("CTO", "serhcc thermal" if desk.language == "en" else "chrchre thermal"))
    assert f'"q": "{command}"' in card
    shown = await desk.card("CTO", Verb.COMMAND_RUN, q=command)
    assert "Thermal protection" in text_of(shown)
