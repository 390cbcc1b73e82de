"""Deals: the record an offer has in Pipedrive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from integrations.errors import Drift, DriftReason, Permanent
from integrations.pipedrive.channel import Channel, Operation, moment_text, wanted_fields
from integrations.pipedrive.settings import SERVICE
from integrations.pipedrive.values import (
    Currency,
    CustomFields,
    Day,
    Id,
    Moment,
    Money,
    MoneyRead,
    Record,
    Title,
    Writing,
)

CREATE_DEAL = Operation("POST", "/api/v2/deals", 5)
GET_DEAL = Operation("GET", "/api/v2/deals/{id}", 1)
UPDATE_DEAL = Operation("PATCH", "/api/v2/deals/{id}", 5)
LIST_DEALS = Operation("GET", "/api/v2/deals", 10)
FIND_BY_FIELD = Operation("GET", "/api/v2/itemSearch/field", 20, is_search=True)
CHANGELOG = Operation("GET", "/v1/deals/{id}/changelog", 20)
FOLLOWERS = Operation("GET", "/api/v2/deals/{id}/followers", 10)
ADD_FOLLOWER = Operation("POST", "/api/v2/deals/{id}/followers", 5)
REMOVE_FOLLOWER = Operation("DELETE", "/api/v2/deals/{id}/followers/{follower_id}", 3)

_NOT_FOUND = 404
_CLEARABLE = frozenset({"probability", "lost_reason", "channel_id"})


class DealStatus(StrEnum):
    """How a deal stands; deletion is a status only where lists are asked for it."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    DELETED = "deleted"


class Deal(Record):
    """A deal as the service has it. ``custom_fields`` holds what was asked for, as JSON values; times are aware UTC."""

    id: int
    title: str
    status: DealStatus
    org_id: int | None = None
    person_id: int | None = None
    owner_id: int | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    value: MoneyRead | None = None
    currency: str | None = None
    lost_reason: str | None = None
    expected_close_date: Day = None
    add_time: Moment | None = None
    update_time: Moment | None = None
    label_ids: tuple[int, ...] | None = None
    is_deleted: bool = False
    is_archived: bool = False
    origin: str | None = None
    channel_id: str | None = None
    source_lead_id: str | None = None
    """Given only where it was asked for."""
    custom_fields: Mapping[str, Any] = Field(default_factory=dict)


class DealChanges(Writing):
    """What to change; keys that are not given stay as they are.

    ``value`` needs ``currency`` beside it, ``lost_reason`` needs ``status`` "lost". ``stage_id`` decides the pipeline.
    ``label_ids`` replaces all labels. Only ``probability``, ``lost_reason``, ``channel_id`` and single custom fields
    can be cleared, with ``None``. ``channel_id`` stands in no specification; other programs report that it is kept.
    The service knows no version of a deal: read and compare before writing.
    """

    title: Title | None = None
    org_id: Id | None = None
    person_id: Id | None = None
    owner_id: Id | None = None
    stage_id: Id | None = None
    value: Money | None = None
    currency: Currency | None = None
    status: Literal["open", "won", "lost"] | None = None
    lost_reason: Annotated[str, StringConstraints(max_length=255)] | None = None
    probability: Annotated[int, Field(ge=0, le=100)] | None = None
    expected_close_date: date | None = None
    label_ids: tuple[Id, ...] | None = None
    channel_id: Annotated[str, StringConstraints(max_length=255)] | None = None
    custom_fields: CustomFields | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise ValueError("nothing to write")
        if ("value" in given) != ("currency" in given):
            raise ValueError("value and currency go together")
        if self.lost_reason is not None and self.status != "lost":
            raise ValueError("only a lost deal has a lost reason")
        if stuck := [name for name in sorted(given - _CLEARABLE) if getattr(self, name) is None]:
            raise ValueError(f"cannot be cleared: {', '.join(stuck)}")
        return self


class DealWrite(DealChanges):
    """A new deal. Always give value and currency: otherwise the currency is the token user's own."""

    title: Title


class DealChange(Record):
    """One line of a deal's history. ``change_source`` is ``app`` for people and ``api`` for every program."""

    field_key: str
    old_value: str | None = None
    new_value: str | None = None
    actor_user_id: int | None = None
    time: Moment
    change_source: str | None = None


class Follower(Record):
    """A user who follows a deal."""

    user_id: int
    add_time: Moment | None = None


_DEAL = TypeAdapter(Deal)
_CHANGE = TypeAdapter(DealChange)
_FOLLOWER = TypeAdapter(Follower)
_ROW = TypeAdapter(dict[str, Any])


class DealCalls(Channel):
    """Deals, who follows them, and what happened to them."""

    async def create_deal(self, deal: DealWrite) -> Deal:
        """Create a deal (5 tokens). Never sent twice: after `OutcomeUnknown` look with `deals` or `find_deals`."""
        return await self._data(_DEAL, CREATE_DEAL, payload=deal.body())

    async def get_deal(self, deal_id: int, custom_fields: Sequence[str] = ()) -> Deal:
        """Read a deal (1 token); ``custom_fields`` are at most 15 codes, none gives all. Deleted deals may still be
        given, with ``is_deleted``.
        """
        return await self._data(_DEAL, GET_DEAL, deal_id, params=wanted_fields(custom_fields))

    async def update_deal(self, deal_id: int, changes: DealChanges) -> Deal:
        """Change a deal (5 tokens). Archived and deleted deals are refused by the service."""
        return await self._data(_DEAL, UPDATE_DEAL, deal_id, payload=changes.body())

    async def deals(
        self,
        updated_since: datetime | None = None,
        *,
        custom_fields: Sequence[str] = (),
        org_id: int | None = None,
        status: DealStatus | None = None,
    ) -> AsyncIterator[Deal]:
        """Walk the deals that are not archived, oldest change first (10 tokens per 500).

        Without ``status`` deleted ones are left out. ``updated_since`` (aware) is rounded down to whole seconds. A
        deal that changes during the walk may come twice.
        """
        params = {"sort_by": "update_time", "sort_direction": "asc", **wanted_fields(custom_fields)}
        if updated_since is not None:
            params["updated_since"] = moment_text(updated_since)
        if org_id is not None:
            params["org_id"] = str(org_id)
        if status is not None:
            params["status"] = status.value
        async for deal in self._cursor_pages(_DEAL, LIST_DEALS, params=params):
            yield deal

    async def deals_of_lead(
        self, lead_id: str, updated_since: datetime, custom_fields: Sequence[str] = ()
    ) -> tuple[Deal, ...]:
        """The deals that a lead was made, among those that changed since (10 tokens per 500)."""
        params = {"include_fields": "source_lead_id", "updated_since": moment_text(updated_since)}
        listed = self._cursor_pages(_DEAL, LIST_DEALS, params={**params, **wanted_fields(custom_fields)})
        return tuple([deal async for deal in listed if deal.source_lead_id == lead_id])

    async def find_deals(self, field_code: str, value: str, custom_fields: Sequence[str] = ()) -> tuple[Deal, ...]:
        """Find the deals whose custom field holds exactly ``value`` (20 tokens, and 1 per hit).

        The search index lags some seconds behind and is no promise: every hit is read and compared, so what is given
        holds the value; what was just written may be missing. Only text and number fields can be searched.
        """
        if not value:
            raise ValueError("nothing to look for")
        params = {"term": value, "entity_type": "deal", "field": field_code, "match": "exact"}
        found = [_hit(row) async for row in self._cursor_pages(_ROW, FIND_BY_FIELD, params=params)]
        codes = tuple(dict.fromkeys((field_code, *custom_fields)))
        deals = [await self._deal_if_there(deal_id, codes) for deal_id in dict.fromkeys(found)]
        return tuple(deal for deal in deals if deal is not None and _holds(deal, field_code, value))

    async def deal_changes(self, deal_id: int) -> AsyncIterator[DealChange]:
        """Walk who changed what on a deal, newest first (20 tokens a page)."""
        async for change in self._cursor_pages(_CHANGE, CHANGELOG, deal_id):
            yield change

    async def followers(self, deal_id: int) -> tuple[Follower, ...]:
        """Which users follow a deal (10 tokens)."""
        return tuple([row async for row in self._cursor_pages(_FOLLOWER, FOLLOWERS, deal_id)])

    async def add_follower(self, deal_id: int, user_id: int) -> Follower:
        """Make a user follow a deal (5 tokens). The answer says since when: earlier than now for one who did before."""
        return await self._data(_FOLLOWER, ADD_FOLLOWER, deal_id, payload={"user_id": user_id})

    async def remove_follower(self, deal_id: int, user_id: int) -> None:
        """Make a user follow a deal no more (3 tokens); it is no error when nobody was there to remove."""
        try:
            await self._ask(REMOVE_FOLLOWER, deal_id, user_id)
        except Permanent as error:
            if error.status != _NOT_FOUND:
                raise

    async def _deal_if_there(self, deal_id: int, codes: Sequence[str]) -> Deal | None:
        try:
            deal = await self.get_deal(deal_id, codes)
        except Permanent as error:
            if error.status != _NOT_FOUND:
                raise
            return None
        return None if deal.is_deleted else deal


def _hit(row: Mapping[str, Any]) -> int:
    """The id in a search row; the specification's example has it directly, its schema one level down."""
    item = row.get("item")
    number = row.get("id") or (item.get("id") if isinstance(item, Mapping) else None)
    if not isinstance(number, int):
        raise Drift(SERVICE, f"{FIND_BY_FIELD.path}: a row without id", reason=DriftReason.KEYS_GONE)
    return number


def _holds(deal: Deal, field_code: str, value: str) -> bool:
    held = deal.custom_fields.get(field_code)
    if isinstance(held, (int, float)) and not isinstance(held, bool):
        return Decimal(str(held)) == _number(value)
    return bool(held == value)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
