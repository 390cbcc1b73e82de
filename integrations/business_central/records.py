"""What is read from Business Central. Blank dates and GUIDs are ``None``, blank texts stay empty, times are UTC.

``etag`` goes verbatim into the next change of the record. Only what identifies a record is required, so an older or
localised Business Central can be read too.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from integrations.business_central.odata import date_or_none, decode_enum, guid_or_none

MaybeDate = Annotated[date | None, BeforeValidator(date_or_none)]
MaybeGuid = Annotated[UUID | None, BeforeValidator(guid_or_none)]
Etag = Annotated[str, Field(alias="@odata.etag", min_length=1)]


def _decoded(value: object) -> object:
    return decode_enum(value) if isinstance(value, str) else value


Member = Annotated[str, BeforeValidator(_decoded)]


class OpportunityStatus(StrEnum):
    """The state of an opportunity; a member that an extension added reads as ``UNKNOWN``."""

    NOT_STARTED = "Not Started"
    IN_PROGRESS = "In Progress"
    WON = "Won"
    LOST = "Lost"
    UNKNOWN = "Unknown"

    @classmethod
    def _missing_(cls, _: object) -> OpportunityStatus:
        return cls.UNKNOWN


class Record(BaseModel):
    """One row of a page."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Company(Record):
    """A company of the environment."""

    id: UUID
    name: str
    display_name: str = ""


class Opportunity(Record):
    """An opportunity; ``estimated_value`` is in the company's own currency."""

    etag: Etag
    id: UUID
    number: str
    contact_number: str = ""
    contact_name: str = ""
    contact_company_name: str = ""
    salesperson_code: str = ""
    description: str = ""
    status: Annotated[OpportunityStatus, BeforeValidator(_decoded)] = OpportunityStatus.UNKNOWN
    closed: bool = False
    creation_date: MaybeDate = None
    date_closed: MaybeDate = None
    estimated_value: Decimal = Decimal(0)
    estimated_closing_date: MaybeDate = None
    chances_of_success_prc: Decimal = Decimal(0)
    last_modified_date_time: datetime | None = None


class Project(Record):
    """A project (a job, in Business Central's older word)."""

    etag: Etag
    id: UUID
    number: str
    display_name: str = ""
    last_modified_date_time: datetime | None = None


class Contact(Record):
    """A contact: a company, or a person who may belong to one (``company_number``)."""

    etag: Etag
    id: UUID
    number: str
    type: Member = ""
    display_name: str = ""
    company_number: str = ""
    company_name: str = ""
    contact_business_relation: Member = ""
    city: str = ""
    country: str = ""
    email: str = ""
    tax_registration_number: str = ""
    last_modified_date_time: datetime | None = None


class Customer(Record):
    """A customer; ``blocked`` is empty, ``Ship``, ``Invoice`` or ``All``."""

    etag: Etag
    id: UUID
    number: str
    display_name: str = ""
    city: str = ""
    country: str = ""
    email: str = ""
    salesperson_code: str = ""
    tax_registration_number: str = ""
    blocked: Member = ""
    last_modified_date_time: datetime | None = None


class Salesperson(Record):
    """A salesperson or purchaser; opportunities name them by ``code``."""

    etag: Etag
    id: UUID
    code: str
    display_name: str = ""
    email: str = ""
    blocked: bool = False


class Attachment(Record):
    """A file on a record's Attachments pane; ``byte_size`` is 0 before it has content."""

    etag: Etag
    id: UUID
    file_name: str = ""
    byte_size: int = 0
    parent_id: MaybeGuid = None
    last_modified_date_time: datetime | None = None


class Subscription(Record):
    """A webhook subscription; it ends at ``expiration_date_time`` unless renewed."""

    etag: Etag
    subscription_id: str
    notification_url: str = Field(repr=False)
    resource: str
    expiration_date_time: datetime
    client_state: str = Field(default="", repr=False)


class PresalesOpportunity(Record):
    """A row of the custom page ``presalesOpportunities``; ``outcome`` is empty, ``Won`` or ``Lost``."""

    etag: Etag
    id: UUID
    number: str
    estimated_value: Decimal = Decimal(0)
    estimated_closing_date: MaybeDate = None
    outcome: Member = ""
    date_closed: MaybeDate = None
    close_opportunity_code: str = ""


class PresalesProject(Record):
    """A row of the custom page ``presalesProjects``."""

    etag: Etag
    id: UUID
    number: str
    customer_number: str = ""
    opportunity_number: str = ""
    global_dimension1_code: str = Field(default="", alias="globalDimension1Code")
    global_dimension2_code: str = Field(default="", alias="globalDimension2Code")
