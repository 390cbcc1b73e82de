"""What may be written, and nothing else: the fields Business Central takes, with the lengths of its tables.

A length counts UTF-16 code units, as AL does. Codes are upper-cased and trimmed, as Business Central stores them, so
what was written compares equal to what is read. A value that does not fit raises ``pydantic.ValidationError`` here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

NUMBER_LENGTH = 20
CODE_LENGTH = 20
DESCRIPTION_LENGTH = 100
PROJECT_NAME_LENGTH = 100
FILE_NAME_LENGTH = 250
CLOSE_CODE_LENGTH = 10
_MOST_MONEY = Decimal(10**13)


def al_length(text: str) -> int:
    """The length of a text as Business Central counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _at_most(limit: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if al_length(text) > limit:
            raise ValueError(f"longer than {limit}")
        if any(character < " " for character in text):
            raise ValueError("holds control characters")
        return text

    return check


def _as_code(text: str) -> str:
    return text.strip().upper()


def _given(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


Code = Annotated[str, AfterValidator(_as_code), AfterValidator(_at_most(CODE_LENGTH))]
Number = Annotated[str, AfterValidator(_as_code), AfterValidator(_given), AfterValidator(_at_most(NUMBER_LENGTH))]
CloseCode = Annotated[str, AfterValidator(_as_code), AfterValidator(_at_most(CLOSE_CODE_LENGTH))]
Description = Annotated[str, AfterValidator(_at_most(DESCRIPTION_LENGTH))]
ProjectName = Annotated[str, AfterValidator(_at_most(PROJECT_NAME_LENGTH))]
FileName = Annotated[str, AfterValidator(_at_most(FILE_NAME_LENGTH)), Field(pattern=r'^[^\\/:*?"<>|]+\.url$')]
LinkTarget = Annotated[str, Field(pattern=r"^https?://[\x21-\x7e]+$", max_length=2048)]


class Write(BaseModel):
    """The body of a write; a field that is ``None`` is not sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def body(self) -> dict[str, Any]:
        """Give what is sent, identifying fields first."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Changes(Write):
    """The body of a change: at least one field."""

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("nothing to change")
        return self


class OpportunityWrite(Write):
    """A new opportunity: all that the standard API takes. It begins as Not Started, without a value."""

    number: Number
    contact_number: Code | None = None
    salesperson_code: Code | None = None
    description: Description | None = None


class OpportunityChanges(Changes):
    """A change of an opportunity. Contact and salesperson of a won or lost one are refused."""

    contact_number: Code | None = None
    salesperson_code: Code | None = None
    description: Description | None = None


class ProjectWrite(Write):
    """A new project: all that the standard API takes. It begins as Open."""

    number: Number
    display_name: ProjectName | None = None


class ProjectChanges(Changes):
    """A change of a project."""

    display_name: ProjectName | None = None


class LinkFile(Write):
    """An internet shortcut: a file that opens a web page, for example a folder in SharePoint."""

    name: FileName
    target_url: LinkTarget

    def content(self) -> bytes:
        """Give the file."""
        return f"[InternetShortcut]\r\nURL={self.target_url}\r\n".encode("ascii")


class Outcome(StrEnum):
    """How an opportunity ended."""

    WON = "Won"
    LOST = "Lost"


class PresalesOpportunityChanges(Changes):
    """A change through the custom page ``presalesOpportunities``; the value is in the company's own currency."""

    estimated_value: Annotated[Decimal, Field(ge=0, lt=_MOST_MONEY)] | None = None
    estimated_closing_date: date | None = None
    outcome: Outcome | None = None
    date_closed: date | None = None
    close_opportunity_code: CloseCode | None = None

    def body(self) -> dict[str, Any]:
        """Give what is sent; Business Central wants a number where pydantic would write a text."""
        body = super().body()
        if self.estimated_value is not None:
            body["estimatedValue"] = float(self.estimated_value)
        return body


class PresalesProjectChanges(Changes):
    """A change through the custom page ``presalesProjects``: customer, opportunity, the two global dimensions."""

    customer_number: Code | None = None
    opportunity_number: Code | None = None
    global_dimension1_code: Code | None = Field(default=None, alias="globalDimension1Code")
    global_dimension2_code: Code | None = Field(default=None, alias="globalDimension2Code")
