"""Records that hang on an offer: adding one, taking one away, taking it back. Each marks the offer's cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot import audit
from bot.errors import NotFound
from bot.offers import service as offers
from bot.offers.models import Offer
from bot.records import service as records
from bot.records.fields import as_text
from bot.records.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.records.fields import FieldSpec, Problems

E = TypeVar("E", bound=Entry)


def add(
    session: Session,
    model: type[E],
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    actor: Person,
    now: datetime,
    check: Callable[[Mapping[str, Any]], Problems] | None = None,
    **fixed: object,
) -> E:
    """A new record of what was typed, with the next number of its kind on that offer. ``fixed`` are attributes that
    nobody types.

    The model's table name is the subject of its trail. Raises :class:`~bot.errors.Invalid` at the fields,
    :class:`~bot.errors.NotAllowed` unless the person works on the offer, :class:`NotFound`.
    """
    offer = part_of(session, offer_id, actor, now)
    values = records.read(session, specs, typed, actor, check) | fixed
    highest = session.scalar(sa.select(sa.func.max(model.number)).where(model.offer_id == offer.id))
    record = model(
        offer_id=offer.id,
        number=(highest or 0) + 1,
        revision=1,
        created_at=now,
        created_by_id=actor.id,
        updated_at=now,
        updated_by_id=actor.id,
        **values,
    )
    session.add(record)
    session.flush()
    subject = model.__tablename__
    after = {name: as_text(value) for name, value in values.items() if value is not None}
    _trail(session, f"{subject}.added", record, actor, now, {"offer": offer.id, **after})
    changed(session, offer, actor=actor, now=now)
    return record


def edit(  # noqa: PLR0913  as add, on a record opened at a revision
    session: Session,
    model: type[E],
    record_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    actor: Person,
    now: datetime,
    check: Callable[[Mapping[str, Any]], Problems] | None = None,
) -> tuple[E, tuple[str, ...]]:
    """Write what was typed into a record, merged with what others changed since ``base``: see ``records.save``.

    Returns the record and the fields that changed.
    """
    offer = part_of(session, offer_of(session, model, record_id), actor, now)
    record = records.locked(session, model, record_id)
    names = records.save(
        session, record, model.__tablename__, specs, typed, base=base, actor=actor, now=now, check=check
    )
    if names:
        changed(session, offer, actor=actor, now=now)
    return record, names


def take_away(session: Session, model: type[Any], record_id: int, *, actor: Person, now: datetime, away: bool) -> int:
    """Hide a record, or show it again; gives the offer's id. Doing it twice changes nothing."""
    offer = part_of(session, offer_of(session, model, record_id), actor, now)
    record = session.get_one(model, record_id, populate_existing=True, with_for_update=True)
    if (record.removed_at is not None) != away:
        record.removed_at = now if away else None
        record.revision += 1
        record.updated_at, record.updated_by_id = now, actor.id
        _trail(session, f"{model.__tablename__}.{'removed' if away else 'restored'}", record, actor, now, {})
        changed(session, offer, actor=actor, now=now)
    return offer.id


def offer_of(session: Session, model: type[Entry], record_id: int) -> int:
    """The id of the offer a record hangs on; raises :class:`NotFound`.

    Whoever changes a record locks its offer first, then the record: always in this order, so that two never wait for
    each other.
    """
    found = session.scalar(sa.select(model.offer_id).where(model.id == record_id))
    if found is None:
        raise NotFound
    return found


def part_of(session: Session, offer_id: int, actor: Person, now: datetime) -> Offer:
    """The locked offer, for somebody who works on it or steers offers; raises :class:`~bot.errors.NotAllowed`."""
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now, team=True)
    return offer


def changed(session: Session, offer: Offer, *, actor: Person, now: datetime) -> None:
    """The offer's cards no longer show the truth."""
    offers.touch(offer, now=now, actor_id=actor.id)
    session.flush()
    offers.mark_shared(session, offer, now=now)


def by_id(session: Session, model: type[E], record_id: int) -> E:
    """The record with this id; raises :class:`NotFound`, also when it was removed."""
    found = session.get(model, record_id, populate_existing=True)
    if found is None or found.removed_at is not None:
        raise NotFound
    return found


def of_offer(session: Session, model: type[E], offer_id: int, *order: Any) -> list[E]:  # noqa: ANN401  columns
    """The records of one kind that an offer has now, by number unless an order is given."""
    statement = sa.select(model).where(model.offer_id == offer_id, model.removed_at.is_(None))
    return list(session.scalars(statement.order_by(*(order or (model.number,)))))


def _trail(
    session: Session,
    action: str,
    record: Entry,
    actor: Person,
    now: datetime,
    after: dict[str, Any],
) -> None:
    session.flush()
    audit.record(
        session,
        now=now,
        action=action,
        subject=record.__tablename__,
        subject_id=record.id,
        actor_id=actor.id,
        after=after,
    )
