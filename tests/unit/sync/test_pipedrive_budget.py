"""What a typical offer costs of Pipedrive's daily tokens; and nothing changed costs nothing, anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.pipedrive.account import USERS
from integrations.pipedrive.deals import CHANGELOG, CREATE_DEAL, FIND_BY_FIELD, FOLLOWERS, LIST_DEALS
from integrations.pipedrive.notes import CREATE_NOTE, LIST_NOTES
from tests.chaos.town import town
from tests.unit.sync.offer_life import TEAM, Life, spent

if TYPE_CHECKING:
    from bot.database import Database

COSTLY_READS = {LIST_NOTES, FOLLOWERS, LIST_DEALS, FIND_BY_FIELD, CHANGELOG, USERS}
"""What only a lost answer, or somebody's change, is a reason for."""


@pytest.mark.parametrize(
    ("members", "months", "appointments", "tokens"), [(2, 2, 1, 59), (5, 2, 2, 69), (5, 8, 2, 107)]
)
async def test_a_whole_life_keeps_to_its_budget(
    database: Database,
    members: int,
    months: int,
    appointments: int,
    tokens: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first is the typical one: two months, an owner, one more with a seat in Pipedrive, one appointment."""
    async with town(database) as here:
        await here.quiet()
        before = len(here.sandbox.log.of("pipedrive"))
        await Life(here, appointments=appointments).whole(*TEAM[:members], months=months)
        assert (here.unsettled(), here.untrue()) == ([], [])
        found = spent(here, before)
        with capsys.disabled():
            print(f"\n{members} people, {months} months, {appointments} appointments:\n{found}")  # noqa: T201  the table is what this is for
        assert found.tokens <= tokens
        assert (found.times[CREATE_DEAL], found.times[CREATE_NOTE]) == (1, 1)
        assert not found.times.keys() & COSTLY_READS


async def test_a_whole_offer_that_did_not_change_costs_no_call(database: Database) -> None:
    async with town(database) as here:
        await Life(here).whole(*TEAM, months=2)
        meetings = sorted(event["subject"] for event in here.sandbox.graph.mailboxes.events.values())
        assert [subject.partition(": ")[2] for subject in meetings] == ["review before sending", "kick-off"]
        assert await here.calls_of_nothing() == 0
