"""Names of the inputs on forms, so that the card and whoever parses its answer cannot disagree.

Every value arrives as a string; toggles as ``"true"`` or ``"false"``; an empty optional number or date is a missing key
(Teams documentation, dialogs).
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

_HOURS: Final = re.compile(r"h_(?P<offer>[0-9]{1,9})(?:_(?P<part>[0-9]{4}-[0-9]{2}-[0-9]{2}))?")
CONDITION_ROWS = 5
"""How many conditions one ballot can carry."""

TEAM_ROWS = 5
"""How many people an offer team form takes (a team is two to five people)."""


class Field(StrEnum):
    """Input ids. Numbered rows are made with ``row``."""

    # dismissal, ballots and reopening
    REASON = "reason"
    NOTE = "note"
    QUESTION = "question"
    CONDITION_TEXT = "condition_text"
    CONDITION_OWNER = "condition_owner"
    CONDITION_DUE = "condition_due"
    # evaluation
    SUMMARY = "summary"
    BUDGET = "budget"
    CONDITIONS = "conditions"
    RESOURCES = "resources"
    EFFORT_HOURS = "effort_hours"
    RISK_TECHNICAL_LEVEL = "risk_technical_level"
    RISK_TECHNICAL_TEXT = "risk_technical_text"
    RISK_COMMERCIAL_LEVEL = "risk_commercial_level"
    RISK_COMMERCIAL_TEXT = "risk_commercial_text"
    RISK_FINANCIAL_LEVEL = "risk_financial_level"
    RISK_FINANCIAL_TEXT = "risk_financial_text"
    # team
    MEMBER = "member"
    MEMBER_ROLE = "member_role"
    # client RFP
    TITLE = "title"
    CLIENT = "client"
    REFERENCE = "reference"
    TYPE = "type"
    CLARIFICATION_ON = "clarification_on"
    CLOSES_ON = "closes_on"
    LINK = "link"
    DESCRIPTION = "description"
    # roles, deputies, profile
    PERSON = "person"
    ROLE = "role"
    CHANGE = "change"
    DEPUTY = "deputy"
    WITHDRAW = "withdraw"
    FROM = "starts_on"
    UNTIL = "ends_on"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    COUNTRY = "country"


def row(field: Field, number: int) -> str:
    """Return the input id of a repeated field: ``row(Field.MEMBER, 1) == "member_1"``; rows count from 1."""
    return f"{field}_{number}"


ADD_OFFER, ADD_HOURS = "add_offer", "add_hours"
"""The inputs of a week that take another offer, and the hours spent on it."""


def hours_field(offer_id: int, part_on: date | None = None) -> str:
    """Return the input id of an offer's hours in a whole week, or in the part that begins on a day."""
    return f"h_{offer_id}" if part_on is None else f"h_{offer_id}_{part_on.isoformat()}"


def hours_of_field(field: str) -> tuple[int, date | None] | None:
    """Return what :func:`hours_field` was given; None for any other text."""
    found = _HOURS.fullmatch(field)
    if found is None:
        return None
    try:
        return int(found["offer"]), date.fromisoformat(found["part"]) if found["part"] else None
    except ValueError:
        return None
