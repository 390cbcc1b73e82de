"""What must be true once the story is over and everything is quiet: of the records, and of what stands in Teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions.models import Ballot, Round
from bot.handover.models import BudgetLine, Handover
from bot.offers.models import Offer
from bot.quotes.models import Quote
from bot.sync.models import IN_THREAD, Kind, LedgerRow, LedgerState, System
from bot.sync.sharepoint.filing import filed_sheets
from integrations.sandbox.teams.world import BOT
from tests.chaos.systems_truth import Files, problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.sync.facts import OfferFacts
    from integrations.sandbox.app import Sandbox
    from tests.chaos.tale import Tale

TROUBLE_WITH_POSTS = frozenset({"OutcomeUnknown"})


def late(session: Session) -> list[str]:
    """What is not as it should be. A message whose arrival nobody knows is a person's matter, and not late; nor is a
    reply to it.
    """
    rows = session.scalars(sa.select(LedgerRow)).all()
    asked = any(row.kind is Kind.SHARED_CARD and unknown(row) for row in rows)
    return [
        f"{row.kind.value} {row.subject_id}: {row.state.value}, {row.error_class} {row.error}"
        for row in rows
        if (row.done_version < row.wanted_version or row.state is not LedgerState.OK)
        and not unknown(row)
        and not (asked and row.kind in IN_THREAD and row.state is LedgerState.INCOMPLETE)
    ]


def missing(session: Session) -> bool:
    """Whether a record was never made yet."""
    never = sa.select(LedgerRow.id).where(LedgerRow.system != System.TEAMS, LedgerRow.remote.is_(None))
    return session.scalar(never.limit(1)) is not None


def unknown(row: LedgerRow) -> bool:
    """Whether a post of this row may or may not stand in Teams."""
    return row.system is System.TEAMS and row.state is LedgerState.MANUAL and row.error_class in TROUBLE_WITH_POSTS


def to_ask(session: Session) -> list[int]:
    """The messages that wait for a person's word."""
    return [row.id for row in session.scalars(sa.select(LedgerRow)) if unknown(row)]


def strays(session: Session, sandbox: Sandbox, asked: int) -> Iterator[str]:
    """Messages that nobody accounts for; ``asked``: how many a person is asked about, because they may stand there."""
    remotes = session.scalars(sa.select(LedgerRow.remote).where(LedgerRow.system == System.TEAMS))
    known = [str(remote["activity"]) for remote in remotes if remote and remote.get("activity")]
    posted = {one.id for one in sandbox.teams.world.messages.values() if one.author == BOT}
    if len(known) != len(set(known)):
        yield "one message belongs to two rows"
    if not set(known) <= posted:
        yield "a message that was posted is gone"
    if len(posted - set(known)) > asked:
        yield f"{len(posted - set(known))} messages nobody knows of, and {asked} that somebody is asked about"


def untrue(session: Session, sandbox: Sandbox, company: Company, tales: Sequence[Tale]) -> list[str]:
    """What is lost, doubled or wrong, one sentence each."""
    offers = [tale.offer_id for tale in tales]
    now = sandbox.settings.now()

    def filed(_: Session, facts: OfferFacts) -> Files:
        sheets = filed_sheets(session, facts.id, company, now, language="fr", time_zone="Europe/Paris")
        return {f"{sheet.folder}/{sheet.name}": None for sheet in sheets}

    return [*problems(session, sandbox, company, offers, filed), *_ours(session, tales)]


def _ours(session: Session, tales: Sequence[Tale]) -> Iterator[str]:
    won = sum(tale.wins for tale in tales)
    expected: dict[type[Any], int] = {
        Offer: len(tales),
        Round: len(tales),
        Ballot: 3 * len(tales),
        Quote: len(tales),
        Handover: won,
        BudgetLine: won,
    }
    for model, wanted in expected.items():
        count = session.scalar(sa.select(sa.func.count()).select_from(model))
        if count != wanted:
            yield f"{count} rows of {model.__tablename__} instead of {wanted}"
    numbers = sorted(str(number) for number in session.scalars(sa.select(Offer.number)))
    if numbers != [f"S{580 + place}" for place in range(len(tales))]:
        yield f"the numbers are {numbers}"
