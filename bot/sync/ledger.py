"""Marking what has become stale outside, inside the transaction of the change that made it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.database import UtcDateTime
from bot.people.models import Role
from bot.people.service import holders
from bot.statements import Prepared, connection_of, insert_into
from bot.sync.models import CHANNEL, Kind, LedgerRow, LedgerState, Notice, System, person_target

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


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


def want(session: Session, kind: Kind, subject_id: int, *, now: datetime, target: str = CHANNEL) -> None:
    """This message must exist and show the state of this transaction. Creates the row or raises its wanted version."""
    table: Any = LedgerRow.__table__
    statement = insert_into(LedgerRow, session.get_bind().dialect.name).values(
        system=System.TEAMS,
        kind=kind,
        subject_id=subject_id,
        target=target,
        wanted_version=1,
        done_version=0,
        state=LedgerState.PENDING,
        attempts=0,
        not_before=now,
        updated_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["system", "kind", "subject_id", "target"],
            set_={"wanted_version": table.c.wanted_version + 1, "updated_at": now},
        )
    )


def redraw(session: Session, kind: Kind, subject_id: int, *, now: datetime) -> None:
    """Every existing message of this kind about this subject is stale. Creates nothing."""
    session.flush()
    _REDRAW.run(connection_of(session), {"kind_1": kind, "subject_1": subject_id, "now": now})


def redraw_two(session: Session, first: tuple[Kind, int], second: tuple[Kind, int], *, now: datetime) -> None:
    """:func:`redraw` for two different (kind, subject) in one statement."""
    session.flush()
    values = {"kind_1": first[0], "subject_1": first[1], "kind_2": second[0], "subject_2": second[1], "now": now}
    _REDRAW_TWO.run(connection_of(session), values)


def tell_admins(session: Session, kind: str, params: dict[str, Any], *, now: datetime) -> None:
    """Put one notice to every admin, personally, once."""
    notice = Notice(kind=kind, params=params, at=now)
    session.add(notice)
    session.flush()
    for admin in holders(session, Role.ADMIN, now):
        want(session, Kind.ADMIN_NOTICE, notice.id, now=now, target=person_target(admin.id))
