"""Every route of the tab with the roles it needs. What is not here does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.people.models import Role
from bot.sync.attention import KEEPERS
from bot.web.tab.pages import day, hours, offer, people, person, pipeline, reports, rules, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.web.tab.asked import Asked, Page
    from cards.views.reader import Sentence

COLLEAGUES: tuple[Role, ...] = ()
"""Everybody who is no guest."""
ADMINS = (Role.ADMIN,)


@dataclass(frozen=True, slots=True)
class Route:
    """A page below ``/tab/data``. ``do`` changes something through a service, in a transaction of its own, before the
    page is drawn. ``form``: the page shows mistakes at its fields.
    """

    method: Literal["GET", "POST"]
    path: str
    who: tuple[Role, ...]
    show: Callable[[Asked], Page]
    do: Callable[[Asked], Sentence] | None = None
    form: bool = False


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", COLLEAGUES, day.show),
    Route("GET", "/pipeline", COLLEAGUES, pipeline.show),
    Route("GET", "/offers/{offer}", COLLEAGUES, offer.show),
    Route("GET", "/hours", COLLEAGUES, hours.show),
    Route("GET", "/conflicts/{conflict}", COLLEAGUES, sync.show_conflict),
    Route("POST", "/conflicts/{conflict}/ours", COLLEAGUES, sync.show_conflict, sync.keep_ours),
    Route("POST", "/conflicts/{conflict}/theirs", COLLEAGUES, sync.show_conflict, sync.leave_theirs),
    Route("GET", "/sync", KEEPERS, sync.show),
    Route("POST", "/sync/rows/{row}/retry", KEEPERS, sync.show, sync.retry),
    Route("POST", "/sync/systems/{system}/retry", KEEPERS, sync.show, sync.retry_all),
    Route("GET", "/reports", (Role.KEY_USER,), reports.show),
    Route("GET", "/reports/figures", (Role.KEY_USER,), reports.figures),
    Route("POST", "/reports/files", (Role.KEY_USER,), reports.show_file, reports.ticket),
    Route("GET", "/people", ADMINS, people.show),
    Route("GET", "/people/{person}", ADMINS, person.show),
    Route("POST", "/people/{person}/roles", ADMINS, person.show, person.change_role, form=True),
    Route("POST", "/people/{person}/deputies", ADMINS, person.show, person.name_deputy, form=True),
    Route("POST", "/people/{person}/deputies/{row}/withdraw", ADMINS, person.show, person.withdraw_deputy),
    Route("GET", "/rules", KEEPERS, rules.show),
    Route("POST", "/rules", KEEPERS, rules.preview),
)
