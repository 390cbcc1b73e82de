"""What is refused about leads, in the words people read."""

from __future__ import annotations

from bot.errors import Refused, Stale


class NobodyNamed(Refused):
    """Say first which client or contact this lead is for: "Edit" on its card."""

    key = "leads.error_nobody"


class PickedUp(Stale):
    """{name} picked this lead up already ({at}): an offer came of it."""

    key = "leads.error_picked_up"


class Dropped(Stale):
    """{name} said already that this lead is not for us ({at}). Take that back first, with "Undo" on its card."""

    key = "leads.error_dropped"
