"""Other systems that fail at random and a bot that is killed at random: nothing is lost and nothing is doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.offers.models import Offer
from bot.sync.models import Mapping, System
from tests.chaos.systems import one_run
from tests.chaos.systems_truth import problems
from tests.chaos.town import town

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.database import Database

pytestmark = pytest.mark.slow
RUNS = 4
"""Of each database; `python -m tests.chaos.systems --runs 200` does many more."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest, kind: str) -> str:
    """Nothing here ends a connection, so an emptied database serves every run."""
    kept = request.getfixturevalue(f"{kind}_kept")
    kept.empty()
    url: str = kept.url
    return url


@pytest.mark.parametrize(("kind", "replicas"), [("sqlite", 1), ("postgresql", 3)])
async def test_each_record_is_there_once(database: Database, empty: Callable[[], None], replicas: int) -> None:
    kills = struck = 0
    for seed in range(1, RUNS + 1):
        empty()
        outcome = await one_run(database, seed, replicas)
        assert outcome.wrong == (), str(outcome)
        kills, struck = kills + outcome.kills, struck + outcome.struck
    assert kills >= RUNS // 2, "somebody was killed"
    assert struck >= RUNS * 5, "and the systems failed"


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_what_is_doubled_or_out_of_date_would_be_seen(database: Database) -> None:
    async with town(database) as here:
        assert await here.quiet() < 12
        assert here.untrue() == []
        world = here.sandbox.pipedrive.world
        first = world.deals[min(world.deals)]
        world.deals[99] = {**first, "id": 99}
        note = next(iter(world.notes.values()))
        world.notes[99] = {**note, "id": 99}
        library = here.sandbox.graph.library
        library.add_folder(library.root, "S580 again", "fail")
        here.database.write_now(lambda s: s.execute(sa.update(Offer).values(title="Nobody was told")))
        found = here.database.read_now(lambda s: problems(s, here.sandbox, here.company, here.offers))
        for part in ("the deal of S58", "'S580 again' is too much in the library", "the opportunity S581 is called"):
            assert any(one.startswith(part) for one in found), found
        assert sum(one.endswith("is there 2 times") for one in found) == len(("deal", "note"))


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_what_was_sent_is_forgotten_once_it_stands(database: Database) -> None:
    async with town(database) as here:
        await here.quiet()
        sent = sa.select(Mapping.name).where(Mapping.name.startswith("sent:"))
        assert here.database.read_now(lambda s: list(s.scalars(sent))) == []
        assert System.PIPEDRIVE in here.database.read_now(lambda s: set(s.scalars(sa.select(Mapping.system))))
