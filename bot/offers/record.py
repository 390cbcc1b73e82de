"""The offer as its dialogs edit it: what they change is merged with what others changed, then what follows is done."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.offers import entries, stages
from bot.offers import service as offers
from bot.offers.fields import CATEGORY
from bot.offers.models import Offer, OfferCategory
from bot.offers.rules import Defaults
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.records import service as records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.records.fields import FieldSpec, Problems

SUBJECT = "offer"
USUAL_TIME = time(13)
"""When an offer is due on its day, in the company's time zone, unless its time was known."""
SEARCHED = frozenset({"title", "external_reference", "client_id", "client_name", "contact_id"})
PROBABILITIES = {"launch_probability": "launch", "success_probability": "success"}


class OfferRecord:
    """An offer with its categories as ``category_<axis>`` and its submission day as ``submission_due_on``."""

    id: Any
    revision: Any
    updated_at: Any

    def __init__(self, session: Session, offer: Offer, zone: ZoneInfo) -> None:
        """Read the categories; ``zone`` is the company's."""
        categories = categories_of(session, offer.id)
        self.__dict__.update(_session=session, _offer=offer, _zone=zone, _categories=categories)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any field of the offer
        """A field of the offer, or one that only its dialogs know."""
        if name.startswith(CATEGORY):
            return self._categories.get(name.removeprefix(CATEGORY))
        if name == "submission_due_on":
            due = self._offer.submission_due_at
            return due.astimezone(self._zone).date() if due else None
        return getattr(self._offer, name)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401  any field of the offer
        """Write it where it is stored."""
        if name.startswith(CATEGORY):
            self._categorise(name.removeprefix(CATEGORY), value)
        elif name == "submission_due_on":
            self._offer.submission_due_at = self._moment(value) if value else None
        else:
            setattr(self._offer, name, value)

    def _moment(self, day: date) -> datetime:
        due = self._offer.submission_due_at
        at = due.astimezone(self._zone).time() if due else USUAL_TIME
        return datetime.combine(day, at, tzinfo=self._zone)

    def _categorise(self, axis: str, value: str | None) -> None:
        session, key = self._session, {"offer_id": self._offer.id, "axis": axis}
        row = session.get(OfferCategory, key)
        if value is None and row is not None:
            session.delete(row)
        elif value is not None and row is None:
            session.add(OfferCategory(**key, value=value))
        elif value is not None and row is not None:
            row.value = value
        self._categories[axis] = value


def categories_of(session: Session, offer_id: int) -> dict[str, str]:
    """The offer's value on each axis, by the axis' code."""
    rows = sa.select(OfferCategory.axis, OfferCategory.value).where(OfferCategory.offer_id == offer_id)
    return {row.axis: row.value for row in session.execute(rows)}


def shown(session: Session, offer: Offer, company: Company) -> OfferRecord:
    """The offer as its dialogs show it."""
    return OfferRecord(session, offer, ZoneInfo(company.holidays.time_zone))


def save(
    session: Session,
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    actor: Person,
    now: datetime,
    company: Company,
) -> tuple[Offer, tuple[str, ...]]:
    """Write what was typed about an offer, merged with what others changed since revision ``base``, and do what
    follows from it. Returns the offer and the fields that changed.

    - a probability is from then on set by hand; emptied, it is the stage's again
    - the currency relabels the amounts of the offer and of its quotes that were not sent; it converts nothing
    - search texts and cards are kept true

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`.
    """
    offer = entries.part_of(session, offer_id, actor, now)
    currency = offer.currency

    def check(values: Mapping[str, Any]) -> Problems:
        return _no_guests(session, values)

    names = records.save(
        session, shown(session, offer, company), SUBJECT, specs, typed, base=base, actor=actor, now=now, check=check
    )
    if not names:
        return offer, names
    _probabilities(session, offer, names, company=company, actor=actor, now=now)
    if "currency" in names:
        _relabel_quotes(session, offer, currency, actor=actor, now=now)
    if SEARCHED.intersection(names):
        offers.refresh_search_text(session, offer)
    entries.changed(session, offer, actor=actor, now=now)
    return offer, names


def _no_guests(session: Session, values: Mapping[str, Any]) -> Problems:
    problems: Problems = {}
    for name in ("owner_id", "project_manager_id"):
        person = session.get(Person, values[name]) if values.get(name) else None
        if person is not None and person.guest:
            problems[name] = ("errors.guest_role", {"name": person.name})
    return problems


def _probabilities(
    session: Session, offer: Offer, names: Sequence[str], *, company: Company, actor: Person, now: datetime
) -> None:
    """Filled: by hand from now on. Emptied: the stage's own again."""
    for name, short in PROBABILITIES.items():
        if name in names:
            setattr(offer, f"{short}_by_hand", getattr(offer, name) is not None)
    offers.give_defaults(session, offer, _given_back(offer, names, company), actor=actor, now=now)


def _given_back(offer: Offer, names: Sequence[str], company: Company) -> Defaults:
    defaults = stages.defaults_of(company, offer.stage)
    return Defaults(
        defaults.launch if "launch_probability" in names else None,
        defaults.success if "success_probability" in names else None,
    )


def _relabel_quotes(session: Session, offer: Offer, before: str, *, actor: Person, now: datetime) -> None:
    """Prepared quotes follow the offer; a sent one says what the client was sent."""
    statement = sa.select(Quote).where(
        Quote.offer_id == offer.id, Quote.sent_at.is_(None), Quote.removed_at.is_(None), Quote.currency == before
    )
    for quote in session.scalars(statement.with_for_update()):
        records.change(session, quote, Quote.__tablename__, {"currency": offer.currency}, actor=actor, now=now)
