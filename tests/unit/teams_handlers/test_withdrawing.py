"""A deputy is withdrawn in the dialog that named them; several at once are all shown."""

from __future__ import annotations

from typing import Any

import pytest

from bot.audit import AuditEvent
from bot.errors import NotAllowed, NotFound
from bot.people import service as people
from bot.people.models import Deputy
from bot.teams.replies import DialogClosed, TextReply
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of

WEEK: dict[str, Any] = {"starts_on": "2026-11-23", "ends_on": "2026-11-27"}


def ids(desk: Desk) -> list[int]:
    return desk.read(
        lambda session: [
            row.id for row, _person in people.standing_deputies(session, desk.person(session, "CTO"), desk.now)
        ]
    )


async def test_a_withdrawn_deputy_votes_no_longer(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), **WEEK)
    form = await desk.form("CTO", Verb.DEPUTY_OPEN)
    assert "engineer" in text_of(form)
    assert "withdraw" in values_of(form)
    (row,) = ids(desk)
    said = await desk.closed("CTO", Verb.DEPUTY_SAVE, withdraw=str(row))
    assert "engineer" in said
    assert await desk.again() == DialogClosed(said)
    assert ids(desk) == []
    assert isinstance(await desk.press("engineer", Verb.ROUND_GO, round_id), TextReply)
    assert "withdraw" not in values_of(await desk.form("CTO", Verb.DEPUTY_OPEN))
    assert desk.count(AuditEvent, action="deputy.withdrawn") == 1


async def test_deputies_who_overlap_are_all_shown(desk: Desk) -> None:
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), **WEEK)
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("key user"), **WEEK)
    form = text_of(await desk.form("CTO", Verb.DEPUTY_OPEN))
    who = text_of(await desk.card("CEO", Verb.WHO_SHOW))
    for name in ("engineer", "key user"):
        assert name in form
    assert "engineer, key user" in who


async def test_one_deputy_replaces_another_in_one_go(french: Desk) -> None:
    desk = french
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), **WEEK)
    (row,) = ids(desk)
    wrong = await desk.form("CTO", Verb.DEPUTY_SAVE, withdraw=str(row), deputy=object_id("key user"))
    assert values_of(wrong)["withdraw"] == str(row), "nothing is withdrawn while the rest is wrong"
    assert ids(desk) == [row]
    said = await desk.closed("CTO", Verb.DEPUTY_SAVE, withdraw=str(row), deputy=object_id("key user"), **WEEK)
    assert "key user" in said
    assert row not in ids(desk)
    assert len(ids(desk)) == 1


async def test_only_ones_own_deputy_is_withdrawn(french: Desk) -> None:
    desk = french
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), **WEEK)
    (row,) = ids(desk)
    for number in (str(row), "99", "x", "9" * 30):
        await desk.form("CPO", Verb.DEPUTY_SAVE, withdraw=number)
    assert ids(desk) == [row]

    def withdraw(name: str, number: int) -> Deputy:
        return desk.write(
            lambda session: people.withdraw_deputy(
                session, deputy_row_id=number, now=desk.now, actor=desk.person(session, name)
            )
        )

    with pytest.raises(NotAllowed):
        withdraw("CPO", row)
    with pytest.raises(NotFound):
        withdraw("admin", 99)
    assert withdraw("admin", row).revoked_at == desk.now
    desk.later(hours=1)
    assert withdraw("CTO", row).revoked_at != desk.now, "the first withdrawal stands"


async def test_a_deputy_named_while_a_vote_runs_is_asked_and_shown(desk: Desk) -> None:
    round_id = await desk.round()
    card = f"person:{desk.person_id('engineer')}"
    before = desk.ledger()
    assert ("vote_card", round_id, card) not in before
    await desk.closed("CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), **WEEK)
    asked = desk.ledger()
    assert ("vote_card", round_id, card) in asked
    shared = next(key for key in asked if key[0] == "shared_card")
    assert asked[shared].wanted_version > before[shared].wanted_version
    (row,) = ids(desk)
    await desk.closed("CTO", Verb.DEPUTY_SAVE, withdraw=str(row))
    after = desk.ledger()
    assert after["vote_card", round_id, card].wanted_version > asked["vote_card", round_id, card].wanted_version
    assert after[shared].wanted_version > asked[shared].wanted_version


async def test_who_gets_a_role_while_a_vote_runs_is_asked(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.closed("admin", Verb.ROLES_SAVE, person=object_id("engineer"), role="ceo", change="give")
    assert ("vote_card", round_id, f"person:{desk.person_id('engineer')}") in desk.ledger()
