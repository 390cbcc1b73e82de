"""The audit trail in chat: who may, what is found, and on what a vote was cast."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot import audit
from bot.teams.commands import Command, Understood, understand
from bot.teams.replies import CardReply, TextReply
from cards.formats import NO_BREAK
from cards.texts import texts
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, text_of, verbs_of

if TYPE_CHECKING:
    from cards.envelope import Card


async def said(desk: Desk, by: str, text: str) -> Card:
    reply = await desk.say(by, text)
    assert isinstance(reply, CardReply), reply
    return reply.card


@pytest.mark.parametrize("text", ["audit S580 2026-11", "Audit S580 2026-11"])
def test_the_words_after_it_are_kept(text: str) -> None:
    assert understand(text) == Understood(Command.AUDIT, "S580 2026-11")


@pytest.mark.parametrize("who", ["engineer", "sales lead", "CTO"])
async def test_only_key_users_and_admins_read_it(desk: Desk, who: str) -> None:
    desk.staff()
    for reply in (await desk.say(who, "audit"), await desk.press(who, Verb.AUDIT_SHOW, 0, q="")):
        assert isinstance(reply, TextReply) or Verb.AUDIT_SHOW.value not in verbs_of(reply.card)  # type: ignore[union-attr]
        assert texts(desk.language)("audit.title") not in str(reply)


async def test_a_vote_shows_the_evaluation_it_was_cast_on(desk: Desk) -> None:
    desk.staff()
    round_id = await desk.round()
    await desk.card("CTO", Verb.ROUND_GO, round_id)
    shown = text_of(await said(desk, "key user", "audit CTO"))
    word = texts(desk.language)
    assert "CTO" in shown
    assert word("audit.evaluation", version=1) in shown
    assert word("audit.title_of", words="CTO").replace(NO_BREAK, " ") in shown


async def test_pages_follow_each_other(desk: Desk) -> None:
    desk.staff()
    for number in range(14):
        desk.write(partial(audit.record, now=desk.now, action=f"lead.step{number}", subject="lead", subject_id=1))
    first = await said(desk, "key user", "audit 2026")
    second = await desk.card("key user", Verb.AUDIT_SHOW, 1, q="2026")
    assert "lead.step13" in text_of(first)
    assert "lead.step7" in text_of(second)
    assert "lead.step13" not in text_of(second)
    far = await desk.card("key user", Verb.AUDIT_SHOW, 400, q="2026")
    assert "lead.step13" in text_of(far), "a page that is no more is the first one"


async def test_what_is_not_there_says_what_to_ask(desk: Desk) -> None:
    desk.staff()
    for words in ("audit S999", "audit 1999", "audit <at>x</at> zebra"):
        shown = text_of(await said(desk, "key user", words))
        assert texts(desk.language)("audit.none") in shown
