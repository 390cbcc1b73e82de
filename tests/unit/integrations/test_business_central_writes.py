"""What may be written: nothing read-only, nothing too long, and nothing that Business Central would store otherwise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from integrations.business_central import (
    CODE_LENGTH,
    DESCRIPTION_LENGTH,
    FILE_NAME_LENGTH,
    NUMBER_LENGTH,
    PROJECT_NAME_LENGTH,
    LinkFile,
    OpportunityChanges,
    OpportunityWrite,
    Outcome,
    PresalesOpportunityChanges,
    PresalesProjectChanges,
    ProjectChanges,
    ProjectWrite,
    al_length,
)


def test_a_body_holds_what_was_given_identifying_fields_first() -> None:
    write = OpportunityWrite(number=" s580 ", contact_number="ct000010", description="a")
    assert list(write.body().items()) == [("number", "S580"), ("contactNumber", "CT000010"), ("description", "a")]
    assert ProjectWrite(number="S580P").body() == {"number": "S580P"}
    assert OpportunityChanges(description="").body() == {"description": ""}


def test_presales_bodies() -> None:
    changes = PresalesOpportunityChanges(
        estimated_value=Decimal("12.50"), estimated_closing_date=date(2027, 1, 2), outcome=Outcome.LOST
    )
    assert changes.body() == {"estimatedValue": 12.5, "estimatedClosingDate": "2027-01-02", "outcome": "Lost"}
    dimensions = PresalesProjectChanges(global_dimension1_code="a", global_dimension2_code="b")
    assert dimensions.body() == {"globalDimension1Code": "A", "globalDimension2Code": "B"}


FITS = [
    (OpportunityWrite, {"number": "N" * NUMBER_LENGTH}),
    (OpportunityWrite, {"number": "N", "contact_number": "C" * CODE_LENGTH}),
    (OpportunityWrite, {"number": "N", "description": "d" * DESCRIPTION_LENGTH}),
    (OpportunityChanges, {"salesperson_code": "C" * CODE_LENGTH}),
    (ProjectWrite, {"number": "N", "display_name": "d" * PROJECT_NAME_LENGTH}),
    (ProjectChanges, {"display_name": "\N{ROCKET}" * (PROJECT_NAME_LENGTH // 2)}),
    (LinkFile, {"target_url": "https://a.example", "name": "n" * (FILE_NAME_LENGTH - 4) + ".url"}),
]


@pytest.mark.parametrize(("model", "fields"), FITS)
def test_the_longest_text_fits_and_one_more_character_does_not(model: type[BaseModel], fields: dict[str, Any]) -> None:
    name = list(fields)[-1]
    assert getattr(model(**fields), name) == fields[name]
    with pytest.raises(ValidationError):
        model(**{**fields, name: "x" + fields[name]})


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (OpportunityWrite, {"number": " "}),
        (OpportunityWrite, {}),
        (OpportunityWrite, {"number": "S1", "estimated_value": 5}),
        (OpportunityWrite, {"number": "S1", "description": "two\nlines"}),
        (OpportunityChanges, {}),
        (OpportunityChanges, {"number": "S1"}),
        (ProjectChanges, {"display_name": None}),
        (ProjectWrite, {"number": "S1", "status": "Open"}),
        (PresalesOpportunityChanges, {"estimated_value": Decimal(-1)}),
        (PresalesOpportunityChanges, {"estimated_value": Decimal("NaN")}),
        (PresalesOpportunityChanges, {"estimated_value": Decimal(10**13)}),
        (PresalesOpportunityChanges, {"outcome": "Open"}),
        (LinkFile, {"name": "folder.txt", "target_url": "https://a.example"}),
        (LinkFile, {"name": "a/b.url", "target_url": "https://a.example"}),
        (LinkFile, {"name": "a.url", "target_url": "javascript:alert(1)"}),
        (LinkFile, {"name": "a.url", "target_url": "https://a.example/a b"}),
        (LinkFile, {"name": "a.url", "target_url": "https://a.example\r\nIconFile=x"}),
    ],
)
def test_what_cannot_be_written_is_refused_here(model: type[BaseModel], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model(**fields)


def test_lengths_count_utf_16_units() -> None:
    assert (al_length("é"), al_length("\N{ROCKET}"), al_length("")) == (1, 2, 0)


def test_a_link_file_opens_its_page() -> None:
    link = LinkFile(name="S580 folder.url", target_url="https://a.example/S580%20A")
    assert link.content() == b"[InternetShortcut]\r\nURL=https://a.example/S580%20A\r\n"
