"""What an hour of each person costs, and from which day on. Only key users read or change it.

The rates of one person follow each other without a gap: each ends the day before the next one begins, and the newest
holds until further notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.audit import AuditEvent
from bot.errors import Invalid, NotFound, Stale
from bot.hours.models import HourlyRate
from bot.people.models import Person, Role
from bot.people.service import require
from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.records.fields import Problems

CENTS = 100
MOST = Decimal(1000)
"""Of the company's currency for one hour; more is a slip of the finger."""
SUBJECT = "hourly_rate"
WITHDRAWN = "rate.withdrawn"
CORRECT = (
    FieldSpec(name="amount", kind=FieldKind.AMOUNT, required=True),
    FieldSpec(name="valid_from", kind=FieldKind.DAY, required=True),
)
ADD = (FieldSpec(name="person_id", kind=FieldKind.PERSON, required=True), *CORRECT)


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate of one person. ``valid_to``: None while no later one begins."""

    rate_id: int
    person_id: int
    person: str
    cents: int
    valid_from: date
    valid_to: date | None

    @property
    def amount(self) -> Decimal:
        """In the company's currency."""
        return amount_of(self.cents)


def amount_of(cents: int) -> Decimal:
    """In the company's currency."""
    return Decimal(cents) / CENTS


def listed(session: Session, actor: Person, now: datetime) -> list[RateLine]:
    """Every rate, by person's name and then the newest first. Raises :class:`~bot.errors.NotAllowed`."""
    require(session, actor, (Role.KEY_USER,), now)
    columns = (HourlyRate.id, Person.id, Person.name, HourlyRate.cents, HourlyRate.valid_from, HourlyRate.valid_to)
    statement = sa.select(*columns).join(Person, Person.id == HourlyRate.person_id)
    ordered = statement.order_by(sa.func.lower(Person.name), Person.id, HourlyRate.valid_from.desc())
    return [RateLine(*row) for row in session.execute(ordered)]


def by_id(session: Session, rate_id: int, actor: Person, now: datetime) -> HourlyRate:
    """One rate. Raises :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`."""
    require(session, actor, (Role.KEY_USER,), now)
    found = session.get(HourlyRate, rate_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def revision_of(session: Session, rate_id: int) -> int:
    """How often this rate was written: what a dialog was opened on."""
    counted = sa.select(sa.func.count()).where(AuditEvent.subject == SUBJECT, AuditEvent.subject_id == rate_id)
    return session.scalar(counted.select_from(AuditEvent)) or 0


def add(session: Session, typed: Mapping[str, str], *, actor: Person, now: datetime) -> HourlyRate:
    """A rate from a day on: until the person's next one, if there is one; an earlier one ends the day before.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed`.
    """
    require(session, actor, (Role.KEY_USER,), now)
    values = records.read(session, ADD, typed, actor, _amount_is_possible)
    rates = _locked(session, values["person_id"])
    _require_free(rates, values["valid_from"])
    made = HourlyRate(
        person_id=values["person_id"],
        valid_from=values["valid_from"],
        valid_to=None,
        cents=int(values["amount"] * CENTS),
        set_by_id=actor.id,
        set_at=now,
    )
    session.add(made)
    _chain([*rates, made])
    session.flush()
    _record(session, "rate.added", made, actor, now, after=_kept(made))
    return made


def correct(
    session: Session, rate_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> HourlyRate:
    """Another amount or another first day for a rate that was opened at revision ``base``.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.Stale` when somebody else changed it
    meanwhile, :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`.
    """
    rates = _locked(session, by_id(session, rate_id, actor, now).person_id)
    rate = next((one for one in rates if one.id == rate_id), None)
    if rate is None:
        raise NotFound
    values = records.read(session, CORRECT, typed, actor, _amount_is_possible)
    cents, first = int(values["amount"] * CENTS), values["valid_from"]
    if (cents, first) == (rate.cents, rate.valid_from):
        return rate
    if base != revision_of(session, rate_id):
        raise Stale
    _require_free([one for one in rates if one is not rate], first)
    before = _kept(rate)
    rate.cents, rate.valid_from, rate.set_by_id, rate.set_at = cents, first, actor.id, now
    _chain(rates)
    session.flush()
    _record(session, "rate.corrected", rate, actor, now, before=before, after=_kept(rate))
    return rate


def withdraw(session: Session, rate_id: int, *, actor: Person, now: datetime) -> None:
    """Take a rate away: the one before it then holds until the one after it. Taken away twice, it is away once.

    Raises :class:`~bot.errors.NotAllowed`.
    """
    require(session, actor, (Role.KEY_USER,), now)
    found = session.get(HourlyRate, rate_id)
    if found is None:
        return
    rates = _locked(session, found.person_id)
    rate = next((one for one in rates if one.id == rate_id), None)
    if rate is None:
        return
    before = _kept(rate)
    _chain([one for one in rates if one is not rate])
    session.delete(rate)
    session.flush()
    _record(session, WITHDRAWN, rate, actor, now, before=before)


def restore(session: Session, rate_id: int, *, actor: Person, now: datetime) -> None:
    """Bring a withdrawn rate back, unless another one begins on its day by now.

    Raises :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`.
    """
    require(session, actor, (Role.KEY_USER,), now)
    newest = (
        sa.select(AuditEvent)
        .where(AuditEvent.subject == SUBJECT, AuditEvent.subject_id == rate_id, AuditEvent.action == WITHDRAWN)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    event = session.scalars(newest).first()
    if event is None or event.before is None:
        raise NotFound
    kept: dict[str, Any] = event.before
    first, rates = date.fromisoformat(kept["valid_from"]), _locked(session, kept["person_id"])
    if any(one.valid_from == first for one in rates):
        return
    made = HourlyRate(
        person_id=kept["person_id"], valid_from=first, cents=kept["cents"], set_by_id=actor.id, set_at=now
    )
    session.add(made)
    _chain([*rates, made])
    session.flush()
    _record(session, "rate.restored", made, actor, now, after=_kept(made))


def _locked(session: Session, person_id: int) -> list[HourlyRate]:
    """The rates of one person, which nobody else changes until this transaction ends."""
    person = session.get(Person, person_id, populate_existing=True, with_for_update=True)
    if person is None:
        raise NotFound
    statement = sa.select(HourlyRate).where(HourlyRate.person_id == person_id)
    return list(session.scalars(statement, execution_options={"populate_existing": True}))


def _chain(rates: Sequence[HourlyRate]) -> None:
    """Let each rate end the day before the next one begins."""
    ordered = sorted(rates, key=lambda rate: rate.valid_from)
    for rate, following in pairwise(ordered):
        rate.valid_to = following.valid_from - timedelta(days=1)
    for rate in ordered[-1:]:
        rate.valid_to = None


def _amount_is_possible(values: Mapping[str, Any]) -> Problems:
    if 0 < values["amount"] <= MOST:
        return {}
    return {"amount": ("rates.error_amount", {"most": MOST})}


def _require_free(rates: Sequence[HourlyRate], first: date) -> None:
    if any(one.valid_from == first for one in rates):
        raise Invalid({"valid_from": ("rates.error_same_day", {"day": first})})


def _kept(rate: HourlyRate) -> dict[str, Any]:
    return {"person_id": rate.person_id, "cents": rate.cents, "valid_from": rate.valid_from.isoformat()}


def _record(
    session: Session,
    action: str,
    rate: HourlyRate,
    actor: Person,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        action=action,
        subject=SUBJECT,
        subject_id=rate.id,
        actor_id=actor.id,
        before=before,
        after=after,
    )
