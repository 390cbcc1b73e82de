"""Marking what has become stale outside, inside the transaction of the change that made it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.database import UtcDateTime
from bot.people.models import Role
from bot.people.service import holders
from bot.statements import Prepared, insert_into
from bot.sync.models import (
    CHANNEL,
    RECORD,
    Kind,
    LedgerRow,
    LedgerState,
    Notice,
    System,
    person_target,
    system_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


POSTED_ANEW = {"remote": sa.null(), "done_version": 0}
"""A row as before its first post."""


def _about(number: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        LedgerRow.system == System.TEAMS,
        LedgerRow.kind == sa.bindparam(f"kind_{number}", type_=LedgerRow.kind.type),
        LedgerRow.subject_id == sa.bindparam(f"subject_{number}", type_=sa.Integer()),
    )


_STALE = sa.update(LedgerRow).values(
    wanted_version=LedgerRow.wanted_version + 1, updated_at=sa.bindparam("now", type_=UtcDateTime())
)
_REDRAW = Prepared(_STALE.where(_about(1)))
_REDRAW_TWO = Prepared(_STALE.where(sa.or_(_about(1), _about(2))))


def want(
    session: Session, kind: Kind, subject_id: int, *, now: datetime, target: str = CHANNEL, anew: bool = False
) -> None:
    """This message must exist and show the state of this transaction. Creates the row or raises its wanted version.

    ``anew``: it is news again, so it is posted once more instead of being edited where it stands.
    """
    _want(session, [(kind, subject_id, target)], now, POSTED_ANEW if anew else {})


def want_each(session: Session, kind: Kind, messages: Sequence[tuple[int, str]], *, now: datetime) -> None:
    """:func:`want` for many messages of one kind, (subject id, target) each, with one statement."""
    if messages:
        _want(session, [(kind, subject, target) for subject, target in messages], now, {})


def want_once(session: Session, kind: Kind, messages: Sequence[tuple[int, str]], *, now: datetime) -> int:
    """These messages, (subject id, target) each, must be sent; those that were ever wanted before are left as they are.
    Returns how many are new: of several processes that ask for one, one gets it counted.
    """
    if not messages:
        return 0
    statement = insert_into(LedgerRow, session.get_bind().dialect.name).on_conflict_do_nothing(
        index_elements=["system", "kind", "subject_id", "target"]
    )
    rows = [_fresh(kind, subject, target, now) for subject, target in messages]
    return len(session.execute(statement.returning(LedgerRow.id), rows).all())


def want_records(
    session: Session, kinds: Sequence[Kind], subject_id: int, *, now: datetime, target: str = RECORD
) -> None:
    """The records of these kinds must exist in their systems and hold the state of this transaction. What waited for
    something missing, or until more was collected, is looked at again.
    """
    waiting = LedgerRow.state == LedgerState.INCOMPLETE
    again = sa.case((waiting, LedgerState.PENDING.value), else_=LedgerRow.state)
    collecting = sa.and_(LedgerRow.state == LedgerState.OK, LedgerRow.not_before > now)
    at = sa.case((collecting, sa.literal(now, UtcDateTime())), else_=LedgerRow.not_before)
    _want(session, [(kind, subject_id, target) for kind in kinds], now, {"state": again, "not_before": at})


def stands_there(session: Session, kind: Kind, subject_id: int, remote: dict[str, Any], *, now: datetime) -> None:
    """A record that somebody made over there is one of ours from now on; nothing is to be written to it yet."""
    session.add(
        LedgerRow(
            system=system_of(kind),
            kind=kind,
            subject_id=subject_id,
            target=RECORD,
            wanted_version=1,
            done_version=1,
            remote=remote,
            state=LedgerState.OK,
            not_before=now,
            updated_at=now,
        )
    )
    session.flush()


def _want(session: Session, rows: Sequence[tuple[Kind, int, str]], now: datetime, more: dict[str, Any]) -> None:
    table: Any = LedgerRow.__table__
    statement = insert_into(LedgerRow, session.get_bind().dialect.name).on_conflict_do_update(
        index_elements=["system", "kind", "subject_id", "target"],
        set_={"wanted_version": table.c.wanted_version + 1, "updated_at": now, **more},
    )
    session.execute(statement, [_fresh(kind, subject, target, now) for kind, subject, target in rows])


def _fresh(kind: Kind, subject: int, target: str, now: datetime) -> dict[str, Any]:
    """A row as it begins."""
    return {
        "wanted_version": 1,
        "done_version": 0,
        "state": LedgerState.PENDING,
        "attempts": 0,
        "not_before": now,
        "updated_at": now,
        "system": system_of(kind),
        "kind": kind,
        "subject_id": subject,
        "target": target,
    }


def look_again(session: Session, which: sa.ColumnElement[bool], *, now: datetime) -> None:
    """Something that may have been missing is there now: what waits for it among these rows is due. A row that is being
    looked at this moment may still have seen it missing; its raised version has it looked at once more.
    """
    waiting = LedgerRow.state == LedgerState.INCOMPLETE
    under_way = LedgerRow.in_flight_since.is_not(None)
    session.execute(
        sa.update(LedgerRow)
        .where(which, LedgerRow.done_version < LedgerRow.wanted_version, sa.or_(waiting, under_way))
        .values(
            wanted_version=LedgerRow.wanted_version + 1,
            state=sa.case((waiting, LedgerState.PENDING.value), else_=LedgerRow.state),
            not_before=sa.case((waiting, sa.literal(now, UtcDateTime())), else_=LedgerRow.not_before),
            updated_at=now,
        )
    )


def redraw(session: Session, kind: Kind, subject_id: int, *, now: datetime) -> None:
    """Every existing message of this kind about this subject is stale. Creates nothing."""
    session.flush()
    _REDRAW.run(session, {"kind_1": kind, "subject_1": subject_id, "now": now})


def redraw_two(session: Session, first: tuple[Kind, int], second: tuple[Kind, int], *, now: datetime) -> None:
    """:func:`redraw` for two different (kind, subject) in one statement."""
    session.flush()
    values = {"kind_1": first[0], "subject_1": first[1], "kind_2": second[0], "subject_2": second[1], "now": now}
    _REDRAW_TWO.run(session, values)


def tell_admins(session: Session, kind: str, params: dict[str, Any], *, now: datetime) -> None:
    """Put one notice to every admin, personally, once."""
    notice = Notice(kind=kind, params=params, at=now)
    session.add(notice)
    session.flush()
    for admin in holders(session, Role.ADMIN, now):
        want(session, Kind.ADMIN_NOTICE, notice.id, now=now, target=person_target(admin.id))
