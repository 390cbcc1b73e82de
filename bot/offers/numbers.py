"""Numbers without gaps or doubles: a counter row that stays locked until the transaction that used it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.errors import NotFound
from bot.offers.models import NumberSequence, Offer
from bot.offers.rules import DEFAULT_FIRST_NUMBER, DEFAULT_PATTERN, format_number
from bot.statements import Prepared, database_of, insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

CHRONO = "chrono"
OFFER_NUMBER = "offer_number"

_SEQUENCE = Prepared(
    sa.select(NumberSequence.next_value).where(NumberSequence.name == sa.bindparam("key")).with_for_update()
)
_ADVANCE = Prepared(
    sa.update(NumberSequence.__table__)  # type: ignore[arg-type]
    .where(NumberSequence.name == sa.bindparam("key"))
    .values(next_value=sa.bindparam("following"))
)
_NUMBER_OF = Prepared(sa.select(Offer.number).where(Offer.id == sa.bindparam("offer")).with_for_update())
_NUMBER = Prepared(
    sa.update(Offer.__table__)  # type: ignore[arg-type]
    .where(Offer.id == sa.bindparam("offer"))
    .values(
        number=sa.bindparam("given"),
        revision=Offer.revision + 1,
        updated_at=sa.bindparam("moment"),
        updated_by_id=sa.bindparam("actor"),
    )
)


def take(session: Session, name: str, first: int) -> int:
    """The next value of a sequence, which starts at ``first``. A transaction that rolls back gives it back: no gap.

    Others that want a value of the same sequence wait here until this transaction ends.
    """
    found = _SEQUENCE.run(session, {"key": name})
    if not found:
        start = insert_into(NumberSequence, database_of(session)).values(name=name, next_value=first)
        session.execute(start.on_conflict_do_nothing())
        found = _SEQUENCE.run(session, {"key": name})
    ((value,),) = found
    _ADVANCE.run(session, {"key": name, "following": value + 1})
    return int(value)


def allocate_number(
    session: Session,
    offer_id: int,
    *,
    now: datetime,
    pattern: str = DEFAULT_PATTERN,
    first: int = DEFAULT_FIRST_NUMBER,
    actor_id: int | None = None,
) -> str:
    """The number of an offer, given now if it has none yet. Exactly once, without gaps. Raises :class:`NotFound`."""
    session.flush()
    found = _NUMBER_OF.run(session, {"offer": offer_id})
    if not found:
        raise NotFound
    ((given,),) = found
    if given is not None:
        return str(given)
    number = format_number(pattern, take(session, OFFER_NUMBER, first))
    _NUMBER.run(session, {"offer": offer_id, "given": number, "moment": now, "actor": actor_id})
    audit.record(
        session,
        now=now,
        action="offer.numbered",
        subject="offer",
        subject_id=offer_id,
        actor_id=actor_id,
        after={"number": number},
    )
    return number
