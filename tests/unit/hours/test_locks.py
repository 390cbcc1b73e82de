"""The moment a month is locked, and the deals that are told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.config import default
from bot.hours.locks import last_lock, tell_systems
from bot.sync.ledger import want_records
from bot.sync.models import Kind, LedgerRow
from tests.unit.decisions.conftest import House
from tests.unit.hours.conftest import Timesheets

if TYPE_CHECKING:
    from bot.database import Database

PARIS = ZoneInfo("Europe/Paris")
LOCK = datetime(2026, 12, 8, tzinfo=PARIS)
"""Monday the 7th is the fifth working day of December 2026."""


@pytest.mark.parametrize(
    ("now", "locked"),
    [
        (datetime(2026, 12, 7, 22, 59, tzinfo=UTC), datetime(2026, 11, 7, tzinfo=PARIS)),
        (datetime(2026, 12, 7, 23, 0, tzinfo=UTC), LOCK),
        (datetime(2027, 1, 2, tzinfo=UTC), LOCK),
        (datetime(2027, 1, 8, 23, 0, tzinfo=UTC), datetime(2027, 1, 9, tzinfo=PARIS)),
    ],
)
def test_the_lock_falls_at_midnight_after_the_fifth_working_day(now: datetime, locked: datetime) -> None:
    assert last_lock(now, default()) == locked


def test_each_lock_is_told_once_and_only_for_offers_with_hours(database: Database) -> None:
    sheets = Timesheets(House(database))
    sheets.house.staff()
    day = datetime(2026, 11, 16, 9, tzinfo=UTC)
    worked, idle = (sheets.offer(number, "engineer", opened_on=day.date()) for number in ("S580", "S581"))
    sheets.save("engineer", day.date(), {worked: 8}, now=day)
    for offer_id in (worked, idle):
        database.write_now(lambda session, one=offer_id: want_records(session, (Kind.DEAL,), one, now=day))  # type: ignore[misc]

    def tell(now: datetime) -> int:
        return database.write_now(lambda session: tell_systems(session, now, default()))

    # For some days another change of the deal may take them along.
    due = LOCK + timedelta(days=default().systems.pipedrive.wait_days)
    assert tell(due - timedelta(minutes=1)) == 0
    assert tell(due) == 1
    assert tell(due + timedelta(days=3)) == 0
    wanted = sa.select(LedgerRow.subject_id, LedgerRow.wanted_version).where(LedgerRow.kind == Kind.DEAL)
    found = database.read_now(lambda session: {row.subject_id: row.wanted_version for row in session.execute(wanted)})
    assert found == {worked: 2, idle: 1}
