"""Names of the inputs on forms, so that the card and whoever parses its answer cannot disagree.

Every value arrives as a string; toggles as ``"true"`` or ``"false"``; an empty optional number or date is a missing key
(Teams documentation, dialogs).
"""

from __future__ import annotations

from enum import StrEnum

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


def row(field: Field, number: int) -> str:
    """Return the input id of a repeated field: ``row(Field.MEMBER, 1) == "member_1"``; rows count from 1."""
    return f"{field}_{number}"
