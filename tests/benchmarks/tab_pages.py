"""What the pages of the tab cost in a large company's database: 4,000 offers and more than 500,000 entries of hours.

``python -m tests.benchmarks.tab_pages`` measures this alone. Each page is read and drawn as a request does it, for
somebody whose page is full; the middle of several turns counts. On SQLite processor seconds count, because all work is
in this process; on PostgreSQL seconds of waiting. The figures of a report come after their page: what counts is how
much longer they take than the report itself, which has its own benchmark.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import config
from bot.database import Database, keep_statistics
from bot.hours.models import HoursEntry
from bot.offers.models import Offer, Outcome
from bot.people.models import Person, Role
from bot.people.service import holders, set_roles
from bot.reports.catalogue import kind_of, reports_of, run
from bot.reports.shape import EVERYTHING
from bot.sync.models import System
from bot.teams.context import Surroundings
from bot.web.tab.room import Tab
from bot.web.tab.shell import Shell
from bot.web.tab.signin import SignedIn
from bot.web.tab.table import ROUTES
from tests.benchmarks.bars import PagesCost
from tests.benchmarks.history import UNTIL, large
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.processes import ServerFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

TURNS, REPORT_TURNS = 9, 3
PAGES: Mapping[str, tuple[str, dict[str, str]]] = {
    "my day": ("/", {}),
    "the board": ("/pipeline", {}),
    "the table": ("/pipeline", {"view": "table"}),
    "the table, searched": ("/pipeline", {"view": "table", "q": "thermal", "outcome": "lost"}),
    "one offer": ("/offers/{offer}", {}),
    "hours of my team": ("/hours", {}),
    "other systems": ("/sync", {}),
    "reports": ("/reports", {}),
    "people": ("/people", {}),
    "rules": ("/rules", {}),
    "stages tried out": ("/rules", {"file": "stages.toml"}),
}


@dataclass(frozen=True)
class Office:
    """A large company's database, its tab, and somebody who may see everything."""

    database: Database
    tab: Any
    reader: SignedIn
    offer: int
    clock: Callable[[], float]

    def draw(self, path: str, given: Mapping[str, str]) -> float:
        """Read and draw one page; gives the seconds."""
        route = next(one for one in ROUTES if one.method == "GET" and one.path == path)
        ids, begun = {"offer": str(self.offer)}, self.clock()
        _text, status = self.database.read_now(
            lambda session: self.tab._drawn(route, session, self.reader, UNTIL, ids, given, None, None)
        )
        taken = self.clock() - begun
        if status != HTTPStatus.OK:
            raise ServerFailedError(f"{path} answered {status}")
        return taken

    def read(self, code: str) -> float:
        """Read a report as everybody else does; gives the seconds."""
        begun = self.clock()
        company = self.tab.around.company
        self.database.read_now(lambda session: run(session, kind_of(code), EVERYTHING, company, UNTIL))
        return self.clock() - begun

    def both(self, code: str) -> tuple[float, float]:
        """The figures of a report as a page and alone: the middle of several turns, one after the other."""
        times = [(self.draw("/reports/figures", {"report": code}), self.read(code)) for _ in range(REPORT_TURNS)]
        return statistics.median(one for one, _alone in times), statistics.median(alone for _one, alone in times)

    def middle(self, path: str, given: Mapping[str, str]) -> float:
        """Of several turns, after one that warms up."""
        self.draw(path, given)
        return statistics.median(self.draw(path, given) for _ in range(TURNS))


def page_costs(folder: Path) -> list[PagesCost]:
    """Measure on SQLite and, where a server answers, on PostgreSQL."""
    found = [_cost("SQLite", f"sqlite:///{folder / 'tab.db'}", time.process_time)]
    with postgres_database([]) as url:
        if url:
            found.append(_cost("PostgreSQL", url, time.perf_counter))
    return found


def _cost(where: str, url: str, clock: Callable[[], float]) -> PagesCost:
    large(url)
    database = Database(url)
    try:
        office = _office(database, clock)
        pages = {name: office.middle(path, given) for name, (path, given) in PAGES.items()}
        reports = {kind.code: office.both(kind.code) for kind in reports_of()}
    finally:
        database.close()
    return PagesCost(where, pages, reports)


def _office(database: Database, clock: Callable[[], float]) -> Office:
    company = config.default()
    around = Surroundings(company, "fr", company.holidays.time_zone, systems=frozenset(System))
    nothing: Any = None
    tab = Tab(database, nothing, around, lambda: UNTIL, lambda: None, Shell())
    reader, offer = database.write_now(_busiest)
    if database.is_sqlite:
        database.write_now(keep_statistics)  # as the clock does
    else:
        database.write_now(lambda session: session.execute(sa.text("ANALYZE")))  # as the server does within minutes
    return Office(database, tab, reader, offer, clock)


def _busiest(session: Session) -> tuple[SignedIn, int]:
    """Whoever owns most open offers, who may see everything from now on, and the offer with most entries of hours."""
    owned = (
        sa.select(Offer.owner_id)
        .where(Offer.outcome == Outcome.OPEN)
        .group_by(Offer.owner_id)
        .order_by(sa.func.count().desc())
    )
    person = session.get_one(Person, session.scalars(owned.limit(1)).one())
    set_roles(session, person=person, roles=tuple(Role), now=UNTIL, actor=None)
    if person.id not in {one.id for one in holders(session, Role.ADMIN, UNTIL)}:
        raise ServerFailedError("nobody may see every page")
    spent = sa.select(HoursEntry.offer_id).group_by(HoursEntry.offer_id).order_by(sa.func.count().desc())
    return SignedIn(person.tenant_id, person.entra_object_id), session.scalars(spent.limit(1)).one()


def main() -> int:
    """Measure this alone and say how it went."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-tab-") as folder:
        costs = page_costs(Path(folder))
    for cost in costs:
        for line in cost.lines():
            print(line)
    bars = [bar for cost in costs for bar in cost.bars()]
    for bar in bars:
        print(f"{bar.text}: {bar.measured:.0f} {bar.unit} (at most {bar.limit} {bar.unit})")
    return 0 if all(bar.passed for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
