"""Leads (API v1): what may become a deal. Their custom fields are those of deals, but stand beside the other keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from integrations.pipedrive.channel import Channel, Operation, moment_text
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
    is_field_code,
)

CREATE_LEAD = Operation("POST", "/v1/leads", 10)
GET_LEAD = Operation("GET", "/v1/leads/{id}", 2)
UPDATE_LEAD = Operation("PATCH", "/v1/leads/{id}", 10)
LIST_LEADS = Operation("GET", "/v1/leads", 20)
CONVERT_LEAD = Operation("POST", "/api/v2/leads/{id}/convert/deal", 40)
CONVERSION = Operation("GET", "/api/v2/leads/{id}/convert/status/{conversion_id}", 1)

_CURRENCY = "_currency"
_CLEARABLE = frozenset({"organization_id", "person_id", "value", "expected_close_date"})


class LeadValue(Record):
    """What a lead may be worth."""

    amount: MoneyRead
    currency: str


class Lead(Record):
    """A lead as the service has it; ``id`` is a UUID, times are aware UTC.

    ``custom_fields`` is gathered from the keys beside the others, as they stand there; a monetary one has a second key
    that ends in ``_currency``.
    """

    id: str
    title: str
    organization_id: int | None = None
    person_id: int | None = None
    owner_id: int | None = None
    value: LeadValue | None = None
    expected_close_date: Day = None
    origin: str | None = None
    origin_id: str | None = None
    is_archived: bool = False
    add_time: Moment | None = None
    update_time: Moment | None = None
    custom_fields: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, row: object) -> object:
        if not isinstance(row, Mapping):
            return row
        custom = {key: value for key, value in row.items() if is_field_code(str(key).removesuffix(_CURRENCY))}
        return {**row, "custom_fields": custom}


class LeadAmount(Writing):
    """What a lead may be worth, to write."""

    amount: Money
    currency: Currency


class LeadChanges(Writing):
    """What to change; keys that are not given stay as they are.

    ``None`` clears the organization (as long as a person stays), the person, the value or the date.
    ``custom_fields`` as for deals; how amounts and periods are spread over keys is done here.
    """

    title: Title | None = None
    organization_id: Id | None = None
    person_id: Id | None = None
    owner_id: Id | None = None
    value: LeadAmount | None = None
    expected_close_date: date | None = None
    label_ids: tuple[str, ...] | None = None
    visible_to: Literal["1", "3", "5", "7"] | None = None
    is_archived: bool | None = None
    custom_fields: CustomFields | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing to write")
        stuck = [name for name in sorted(self.model_fields_set - _CLEARABLE) if getattr(self, name) is None]
        if stuck:
            raise ValueError(f"cannot be cleared: {', '.join(stuck)}")
        return self

    def body(self) -> dict[str, Any]:
        """Give the JSON object to send, custom fields beside the other keys."""
        body = super().body()
        for code, value in (body.pop("custom_fields", None) or {}).items():
            body |= _spread(code, value)
        return body


class LeadWrite(Writing):
    """A new lead; it needs an organization or a person. ``origin_id`` says where it came from and can be set only
    now.
    """

    title: Title
    organization_id: Id | None = None
    person_id: Id | None = None
    owner_id: Id | None = None
    value: LeadAmount | None = None
    expected_close_date: date | None = None
    origin_id: Annotated[str, StringConstraints(max_length=255)] | None = None
    label_ids: tuple[str, ...] | None = None
    visible_to: Literal["1", "3", "5", "7"] | None = None
    custom_fields: CustomFields | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.organization_id is None and self.person_id is None:
            raise ValueError("a lead needs an organization or a person")
        return self

    def body(self) -> dict[str, Any]:
        """Give the JSON object to send, custom fields beside the other keys; what is not known is left out."""
        body = self.model_dump(mode="json", exclude_none=True)
        for code, value in body.pop("custom_fields", {}).items():
            body |= _spread(code, value)
        return body


class ConversionStatus(StrEnum):
    """How far the making of a deal is."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"


class Conversion(Record):
    """The making of a deal from a lead; ``deal_id`` is known once it is completed."""

    conversion_id: str
    status: ConversionStatus
    deal_id: int | None = None


class _Started(Record):
    conversion_id: str


_LEAD = TypeAdapter(Lead)
_STARTED = TypeAdapter(_Started)
_CONVERSION = TypeAdapter(Conversion)


class LeadCalls(Channel):
    """Leads, and how they become deals."""

    async def create_lead(self, lead: LeadWrite) -> Lead:
        """Create a lead (10 tokens). Never sent twice."""
        return await self._data(_LEAD, CREATE_LEAD, payload=lead.body())

    async def get_lead(self, lead_id: str) -> Lead:
        """Read a lead (2 tokens)."""
        return await self._data(_LEAD, GET_LEAD, lead_id)

    async def update_lead(self, lead_id: str, changes: LeadChanges) -> Lead:
        """Change a lead (10 tokens). An archived one is refused."""
        return await self._data(_LEAD, UPDATE_LEAD, lead_id, payload=changes.body())

    async def leads(self, updated_since: datetime | None = None) -> AsyncIterator[Lead]:
        """Walk the leads that are neither archived nor converted (20 tokens per 500)."""
        params = {"sort": "update_time"} | (
            {} if updated_since is None else {"updated_since": moment_text(updated_since)}
        )
        async for lead in self._offset_pages(_LEAD, LIST_LEADS, params=params):
            yield lead

    async def convert_lead(self, lead_id: str, stage_id: int | None = None) -> str:
        """Start to make a deal of a lead (40 tokens) and give the id to ask `conversion` with.

        Notes, files and activities move to the deal; the lead is gone afterwards.
        """
        payload = {} if stage_id is None else {"stage_id": stage_id}
        return (await self._data(_STARTED, CONVERT_LEAD, lead_id, payload=payload)).conversion_id

    async def conversion(self, lead_id: str, conversion_id: str) -> Conversion:
        """Ask how far a conversion is (1 token); the answer is kept for some days only."""
        return await self._data(_CONVERSION, CONVERSION, lead_id, conversion_id)


def _spread(code: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, Mapping) and "currency" in value:
        return {code: value.get("value"), f"{code}{_CURRENCY}": value["currency"]}
    return {code: value}
