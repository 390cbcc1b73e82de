"""The closed lists of words of this room, free of any database, so that rules may use them. Values stand in tables."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Where a tender comes from. ``client``: an RFP that a person entered by hand."""

    ESA = "esa"
    ESA_NON_ESA = "esa_non_esa"
    CLIENT = "client"


class TenderState(StrEnum):
    """What we decided to do with it; how the portal sees it stands in ``status_id``."""

    NEW = "new"
    DISMISSED = "dismissed"
    EVALUATING = "evaluating"


class ChangeKind(StrEnum):
    """What can happen to a published tender."""

    PUBLISHED = "published"
    ISSUED = "issued"
    DEADLINE_MOVED = "deadline_moved"
    CLARIFICATION_MOVED = "clarification_moved"
    CANCELLED = "cancelled"
    REISSUED = "reissued"
    CLOSED = "closed"
    EDITED = "edited"
