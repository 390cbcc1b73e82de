"""Reads the deals that somebody makes in Pipedrive by hand, from the day on which the rule was first in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.offers.rules import fold
from bot.sync import hand_deals
from bot.sync.facts import mappings
from bot.sync.hand_deals import DEAL
from bot.sync.models import Cursor, Kind, LedgerRow, System, TheirRecord
from bot.sync.pipedrive import cursors
from bot.sync.pipedrive.conversion import DEAL as MADE_DEAL
from bot.sync.pipedrive.shapes import tidy
from bot.sync.plans import LEAD_REF, OFFER_REF
from integrations.pipedrive import DealStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Axis, Company
    from bot.database import Database
    from integrations.pipedrive import Deal, DealField, Pipedrive

LISTING, BEGUN = "hand_deals", "hand_deals.begun"
FIELDS_KEPT = timedelta(hours=1)
CHUNK = 200
NAME_LIMIT = 300
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AxisField:
    """The deal field of an axis: its code, and what its options or texts mean as values of the axis."""

    axis: str
    code: str
    values: Mapping[str, str]

    def read(self, given: object) -> str | None:
        """The value of the axis; None for an empty field, and for what is no value of ours."""
        return self.values.get(fold(str(given))) if given is not None else None


class HandDeals:
    """Keeps what Pipedrive says of deals that are neither an offer's nor a lead's of ours."""

    def __init__(self, database: Database, client: Pipedrive, company: Company, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._fields: tuple[datetime, tuple[AxisField, ...]] | None = None

    async def look(self) -> None:
        """Read what changed since the last look; raises as the client does. Deals that were made before the first look
        are left alone: the rule is not for the past.
        """
        now = self._now()
        begun, since = await self._database.write(lambda session: _begun(session, now))
        known = await self._database.read(lambda session: mappings(session, System.PIPEDRIVE))
        ref, axes = known.get("field:bid_ref", ""), await self._axis_fields()
        codes = tuple(code for code in (ref, *(one.code for one in axes)) if code)
        part: list[Deal] = []
        async for deal in self._client.deals(since, custom_fields=codes):
            part.append(deal)
            if len(part) == CHUNK:
                await self._take(part, ref, axes, begun)
                part = []
        await self._take(part, ref, axes, begun)
        gone = [deal.id async for deal in self._client.deals(since, status=DealStatus.DELETED)]

        def finish(session: Session) -> None:
            _gone(session, gone, now)
            hand_deals.look_again(session, self._company, now=now)

        await self._database.write(finish)

    async def _take(self, part: Sequence[Deal], ref: str, axes: Sequence[AxisField], begun: datetime) -> None:
        if not part:
            return
        now, base = self._now(), self._client.base_url
        times = [deal.update_time for deal in part if deal.update_time is not None]

        def work(session: Session) -> None:
            for deal in part:
                _take(session, deal, _Reading(ref, axes, begun, base, now))
            if times:
                cursors.advance(session, LISTING, max(times), now)

        await self._database.write(work)

    async def _axis_fields(self) -> tuple[AxisField, ...]:
        """Asked for once an hour: a company that adds a field waits no longer than that."""
        now = self._now()
        if not self._company.lists.axes:
            return ()
        if self._fields is None or now - self._fields[0] >= FIELDS_KEPT:
            self._fields = now, axis_fields(self._company.lists.axes, await self._client.deal_fields())
        return self._fields[1]


def axis_fields(axes: Iterable[Axis], fields: Sequence[DealField]) -> tuple[AxisField, ...]:
    """The custom field of each axis: the one that is called as the axis is, by its label in either language or its
    code. Its options, or its texts, are the labels or codes of the values. Where two fields fit, none is taken.
    """
    found = []
    for axis in axes:
        names = {fold(name) for name in (axis.code, axis.label.fr, axis.label.en)}
        fitting = [one for one in fields if one.is_custom_field and fold(one.field_name) in names]
        if len(fitting) != 1:
            continue
        words = {
            fold(word): value.code for value in axis.values for word in (value.label.fr, value.label.en, value.code)
        }
        options = {
            fold(str(option.id)): words[fold(option.label)]
            for option in fitting[0].options or ()
            if fold(option.label) in words
        }
        found.append(AxisField(axis.code, fitting[0].field_code, options if fitting[0].options is not None else words))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reading:
    ref: str
    axes: Sequence[AxisField]
    begun: datetime
    base_url: str
    now: datetime


def _begun(session: Session, now: datetime) -> tuple[datetime, datetime]:
    """Since when the rule is in force, and after which change to ask."""
    since = cursors.since(session, LISTING)
    begun = session.get(Cursor, (System.PIPEDRIVE, BEGUN))
    if begun is None or since is None:
        for listing in (BEGUN, LISTING):
            cursors.advance(session, listing, now, now)
        return now, now
    return datetime.fromisoformat(begun.position), since


def _take(session: Session, deal: Deal, reading: _Reading) -> None:
    record = session.get(TheirRecord, (System.PIPEDRIVE, DEAL, str(deal.id)))
    if _is_ours(session, deal, reading.ref):
        if record is not None:
            record.ours, record.seen_at = "offer", reading.now
        return
    before_the_rule = deal.add_time is None or deal.add_time < reading.begun
    if record is None and (before_the_rule or not _is_open(deal) or deal.id > LARGEST_ID):
        return
    name = tidy(deal.title, NAME_LIMIT)
    data: dict[str, Any] = {
        "organization": deal.org_id,
        "person": deal.person_id,
        "owner": deal.owner_id,
        "categories": _categories(deal, reading.axes),
        "url": f"{reading.base_url}/deal/{deal.id}",
    }
    is_over = not _is_open(deal)
    if record is None:
        record = TheirRecord(system=System.PIPEDRIVE, kind=DEAL, remote_id=str(deal.id), ours=None)
        session.add(record)
    elif (record.name, record.data, record.gone, record.ours) == (name, data, is_over, None):
        record.changed_at = deal.update_time
        return
    record.name, record.search_text, record.data = name, fold(name), data
    record.changed_at, record.seen_at, record.gone, record.ours = deal.update_time, reading.now, is_over, None
    session.flush()
    hand_deals.changed(session, deal.id, now=reading.now)


def _is_open(deal: Deal) -> bool:
    return deal.status is DealStatus.OPEN and not deal.is_deleted and not deal.is_archived


def _is_ours(session: Session, deal: Deal, ref: str) -> bool:
    """An offer of ours, or a lead of ours that somebody made a deal: what becomes of those, Offerdesk sees to."""
    given = deal.custom_fields.get(ref) if ref else None
    if isinstance(given, str) and given.startswith((OFFER_REF, LEAD_REF)):
        return True
    is_offers = sa.and_(LedgerRow.kind == Kind.DEAL, LedgerRow.remote["id"].as_string() == str(deal.id))
    is_leads = sa.and_(LedgerRow.kind == Kind.LEAD, LedgerRow.remote["more"][MADE_DEAL].as_string() == str(deal.id))
    return session.scalar(sa.select(LedgerRow.id).where(sa.or_(is_offers, is_leads)).limit(1)) is not None


def _categories(deal: Deal, axes: Sequence[AxisField]) -> dict[str, str]:
    read = {one.axis: one.read(deal.custom_fields.get(one.code)) for one in axes}
    return {axis: value for axis, value in read.items() if value is not None}


def _gone(session: Session, ids: Sequence[int], now: datetime) -> None:
    if ids:
        known = sa.update(TheirRecord).where(
            TheirRecord.system == System.PIPEDRIVE,
            TheirRecord.kind == DEAL,
            TheirRecord.remote_id.in_([str(one) for one in ids]),
        )
        session.execute(known.values(gone=True, seen_at=now))
