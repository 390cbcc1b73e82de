"""The digests as views: what a month brought, from the reports; what waits for whom, from what each person is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.deadlines import service as deadlines
from bot.deadlines.models import DueKind
from bot.digests.monthly import month_figures
from bot.digests.rules import month_of, week_of
from bot.digests.service import COST_READERS, READERS, ended_month
from bot.people.models import Person, Role
from bot.people.service import holders, roles_of
from bot.reports.asked import Asked, written
from bot.reports.catalogue import kind_of
from bot.reports.shape import EVERYTHING, ReportQuery
from bot.sync import conflicts
from bot.teams.presenters.chat import pending_items
from bot.teams.presenters.report_tables import chart_of
from bot.teams.presenters.sync import to_settle
from cards.digests import monthly_card, weekly_card
from cards.views.digests import Counted, MonthlyView, WaitingLine, WaitingPerson, WeeklyView
from cards.views.reader import Money, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.deadlines.service import DueLine
    from bot.reports.shape import Amount
    from bot.teams.context import Surroundings
    from cards.views.chat import PendingItem
    from cards.views.reader import Reader

NO_DATE = datetime.max.replace(tzinfo=UTC)
"""Comes after everything that has a date."""
OF_MONTH = ("success", "sent", "decisions", "hours", "closed", "tenders")
"""The reports behind the figures of a month, the first of them in sight."""
LINES, OF_PERSON = 15, 4
"""Lines of a week's card, and of one person on it; the rest waits in each person's own list."""
MOST = 1000
DAYS_OF_WEEK = 7
VOTE = sentence("digests.vote")
"""The list of one person says "your vote"; the channel reads this one."""
SAID_BY_REVIEWERS = DueKind.REVIEW
"""Waits for those who review, and is said of them."""
Card = dict[str, Any]


def monthly_digest(
    session: Session, number: int, person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """The month that the ledger means; nothing for who may not read it any more, or when a newer one has ended."""
    month = month_of(number)
    if person is None or month < ended_month(reader.now, around.company):
        return None
    if not roles_of(session, person, reader.now).intersection(READERS):
        return None
    return monthly_card(monthly_view(session, month, person, reader, around.company), reader)


def monthly_view(session: Session, month: date, person: Person, reader: Reader, company: Company) -> MonthlyView:
    """A month as this reader may see it: key users with its cost and the reports, the others without."""
    may_read = not COST_READERS.isdisjoint(roles_of(session, person, reader.now))
    found = month_figures(session, month, company, reader.now, cost=may_read)
    return MonthlyView(
        month=month,
        quiet=found.quiet,
        tenders=found.tenders,
        matched=found.matched,
        opened=found.opened,
        decided=found.decided,
        go=found.go,
        sent=_counted(found.sent, found.submitted),
        won=_counted(found.won, found.worth_won),
        lost=_counted(found.lost, found.worth_lost),
        win_rate=found.win_rate,
        win_rate_amount=found.win_rate_amount,
        hours=(found.worked.hours, found.worked_before.hours),
        cost=(_money(found.worked.cost), _money(found.worked_before.cost)),
        running=_counted(found.open_offers, found.amount),
        weighted=_counted(0, found.weighted).worth,
        overdue=found.overdue,
        chart=chart_of(found.pipeline, reader),
        reports=_reports(month) if may_read else (),
    )


def _counted(count: int, worth: Iterable[Amount]) -> Counted:
    return Counted(count=count, worth=tuple(Money(one.value, one.currency) for one in worth))


def _money(amount: Amount | None) -> Money | None:
    return Money(amount.value, amount.currency) if amount is not None else None


def _reports(month: date) -> tuple[tuple[str, str], ...]:
    of_month = ReportQuery(month.year, month=month.month)
    asked = [Asked(kind_of(code), of_month) for code in OF_MONTH]
    asked.insert(1, Asked(kind_of("pipeline"), EVERYTHING))
    return tuple((f"digests.button_{one.kind.code}", written(one)) for one in asked)


# What waits for whom


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line, and when it is due for the order of the card; without a date it comes last."""

    at: datetime
    line: WaitingLine


def weekly_digest(
    session: Session, number: int, _person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """The week that the ledger means; nothing once it is over."""
    monday = week_of(number)
    there = reader.now.astimezone(ZoneInfo(around.company.holidays.time_zone)).date()
    if there >= monday + timedelta(days=DAYS_OF_WEEK):
        return None
    return weekly_card(weekly_view(session, monday, reader.now, around), reader)


def weekly_view(session: Session, monday: date, now: datetime, around: Surroundings) -> WeeklyView:
    """What waits for everybody until the end of the week that begins on ``monday``, the most urgent person first."""
    everybody = list(session.scalars(sa.select(Person).where(Person.guest.is_(False)).order_by(Person.name, Person.id)))
    due = _due_of_week(session, monday, now, around.company)
    keepers = {one.id for one in holders(session, Role.KEY_USER, now) or holders(session, Role.ADMIN, now)}
    unsettled = to_settle(session, around)
    found: list[tuple[Person, list[_Waiting]]] = []
    for person in everybody:
        waiting = [_pending(item) for item in pending_items(session, person, now, around.company)]
        waiting += [_due(line, around.company) for line in due if line.owner_id == person.id]
        waiting += _settling(session, person, unsettled if person.id in keepers else 0)
        if waiting:
            found.append((person, sorted(waiting, key=lambda one: one.at)))
    found.sort(key=lambda one: (one[1][0].at, one[0].name, one[0].id))
    return _laid_out(monday, found)


def _due_of_week(session: Session, monday: date, now: datetime, company: Company) -> list[DueLine]:
    """What is overdue or due by Sunday."""
    zone = company.holidays.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    left = (monday + timedelta(days=DAYS_OF_WEEK - 1) - today).days
    lines = deadlines.coming(session, today=today, days=left, limit=MOST, time_zone=zone).lines
    return [line for line in lines if line.kind is not SAID_BY_REVIEWERS]


def _pending(item: PendingItem) -> _Waiting:
    offer = " ".join(part for part in (item.number, item.title) if part)
    what = VOTE if item.what.key == "chat.pending_vote" else item.what
    return _Waiting(item.due or NO_DATE, WaitingLine(what=what, offer=offer, due_at=item.due))


def _due(line: DueLine, company: Company) -> _Waiting:
    """A day ends when it does in the company's time zone."""
    midnight = datetime.combine(line.due_on + timedelta(days=1), time(), ZoneInfo(company.holidays.time_zone))
    offer = " ".join(part for part in (line.number, line.offer_title) if part)
    what = sentence(f"deadlines.kind_{line.kind}")
    shown = WaitingLine(what=what, offer=offer, due_at=line.due_at, due_on=line.due_on)
    return _Waiting(line.due_at or midnight, shown)


def _settling(session: Session, person: Person, unsettled: int) -> list[_Waiting]:
    """Values to choose between on the person's own offers, and records in other systems that need somebody."""
    values = len(conflicts.waiting_for(session, person.id, MOST))
    said = (("digests.conflicts", values), ("digests.unsettled", unsettled))
    return [_Waiting(NO_DATE, WaitingLine(what=sentence(key, count=count))) for key, count in said if count]


def _laid_out(monday: date, found: Sequence[tuple[Person, list[_Waiting]]]) -> WeeklyView:
    """As many lines as a card has room for. Two people of one name are named, not mentioned: Teams would take one for
    the other.
    """
    names = Counter(person.name for person, _waiting in found)
    people: list[WaitingPerson] = []
    room, hidden = LINES, 0
    for person, waiting in found:
        lines = tuple(one.line for one in waiting[: min(OF_PERSON, room)])
        room -= len(lines)
        if not lines:
            hidden += len(waiting)
            continue
        teams_id = (person.teams_user_id or "") if names[person.name] == 1 else ""
        more = len(waiting) - len(lines)
        people.append(WaitingPerson(name=person.name, lines=lines, hidden=more, teams_id=teams_id))
    total = sum(len(waiting) for _person, waiting in found)
    return WeeklyView(week_on=monday, people=tuple(people), total=total, hidden=hidden)
