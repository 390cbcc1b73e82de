"""New tenders in, and what people do with them: the functions the other rooms call.

Each works in the caller's transaction and never commits.
"""

from __future__ import annotations

from bot.tenders.choices import ClientRequest, current, dismiss, enter_rfp, evaluate, restore
from bot.tenders.closing import close_due
from bot.tenders.health import source_failed
from bot.tenders.intake import Intake, known, take_in
from bot.tenders.queries import Found, open_tenders, search

__all__ = [
    "ClientRequest",
    "Found",
    "Intake",
    "close_due",
    "current",
    "dismiss",
    "enter_rfp",
    "evaluate",
    "known",
    "open_tenders",
    "restore",
    "search",
    "source_failed",
    "take_in",
]
