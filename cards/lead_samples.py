"""Made-up cards about leads, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from cards import leads
from cards.views.leads import LeadLine, LeadListView, LeadView
from cards.views.reader import Money, sentence
from cards.words import LeadOver

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_ENTERED: Final = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)
_CLOSING: Final = date(2027, 3, 31)
_HOSTILE: Final = "[Click](https://evil.example) <at>CEO</at> **bold** \u202e"
_LEAD: Final = LeadView(
    lead_id=3,
    title="Insulation for a lunar rover",
    origin="fair",
    owner="The sales lead",
    created_at=_ENTERED,
    client="Example Space / Rovers",
    contact="The buyer",
    campaign="Autumn fairs",
    amount=Money(Decimal(125_000)),
    note="Met at the stand.\nThey ask for a first idea by January.",
    url="https://company.pipedrive.example/leads/inbox/35b0d604",
    may_write=True,
)
_LINE: Final = LeadLine(
    lead_id=3,
    title=_LEAD.title,
    origin="conference",
    owner="The sales lead",
    client="Example Space",
    created_at=_ENTERED,
)
_FROM_THERE: Final = replace(_LINE, origin="manual", amount=_LEAD.amount, made_there=True)
_LIST: Final = LeadListView(
    lines=(
        _LINE,
        replace(_LINE, title=_HOSTILE, client="", created_at=_ENTERED - timedelta(days=1)),
        *[_FROM_THERE] * 4,
    ),
    total=15,
    pages=3,
    from_before=12,
    may_write=True,
)


def _lead(**changed: Any) -> Callable[[Reader], Card]:  # noqa: ANN401  fields of the view
    return lambda reader: leads.lead_card(replace(_LEAD, **changed), reader)


def _there(**changed: Any) -> Callable[[Reader], Card]:  # noqa: ANN401  fields of the view
    made = {"made_there": True, "origin": "manual", "campaign": "", "note": "", "expected_closing_on": _CLOSING}
    return _lead(**(made | changed))


LEADS: Final[dict[str, Callable[[Reader], Card]]] = {
    "lead": _lead(),
    "lead-nobody": _lead(client="", contact="", campaign="", amount=None, note="", url=""),
    "lead-read-only": _lead(may_write=False),
    "lead-dropped": _lead(
        dropped_at=_ENTERED, dropped_why="Their budget went elsewhere.", decided_by="The CTO", decided_at=_ENTERED
    ),
    "lead-restored": _lead(said=sentence("leads.said_restored")),
    "lead-offer": _lead(
        offer_id=12, offer="Insulation for a lunar rover", url="", decided_by="The CTO", decided_at=_ENTERED
    ),
    "lead-there": _there(),
    "lead-there-nobody": _there(client="", contact="", owner="", url=""),
    "lead-there-archived": _there(over=LeadOver.ARCHIVED, over_at=_ENTERED),
    "lead-there-deleted": _there(over=LeadOver.DELETED, over_at=_ENTERED, url=""),
    "lead-there-converted": _there(over=LeadOver.CONVERTED, over_at=_ENTERED),
    "lead-there-first": _there(
        offer_id=12,
        offer="Insulation for a lunar rover",
        decided_by="The CTO",
        decided_at=_ENTERED,
        said=sentence("leads.said_picked_up_before", name="The CTO", at=_ENTERED),
    ),
    "lead-there-dropped": _there(
        over=LeadOver.ARCHIVED,
        over_at=_ENTERED,
        dropped_at=_ENTERED,
        dropped_why="Too small for us.",
        decided_by="The CEO",
        decided_at=_ENTERED,
    ),
    "lead-hostile": _lead(
        title=_HOSTILE, client=_HOSTILE, contact=_HOSTILE, campaign=_HOSTILE, note=_HOSTILE * 20, url="javascript:"
    ),
    "lead-there-hostile": _there(
        title=_HOSTILE,
        owner=_HOSTILE,
        decided_by=_HOSTILE,
        dropped_at=_ENTERED,
        dropped_why=_HOSTILE,
        said=sentence("leads.said_dropped_before", name=_HOSTILE, why=_HOSTILE),
    ),
    "leads": lambda reader: leads.lead_list_card(_LIST, reader),
    "leads-last-page": lambda reader: leads.lead_list_card(replace(_LIST, lines=(_LINE,), page=2), reader),
    "leads-none": lambda reader: leads.lead_list_card(LeadListView(lines=(), total=0, may_write=True), reader),
    "leads-mine": lambda reader: leads.lead_list_card(
        replace(_LIST, lines=(_LINE,), total=1, pages=1, mine=True, from_before=0), reader
    ),
    "leads-mine-none": lambda reader: leads.lead_list_card(
        LeadListView(lines=(), total=0, mine=True, may_write=True), reader
    ),
    "leads-none-read-only": lambda reader: leads.lead_list_card(LeadListView(lines=(), total=0), reader),
}
