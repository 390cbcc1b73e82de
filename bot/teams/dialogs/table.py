"""Every dialog by its code, and every list of records by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.activities.models import Activity, Document
from bot.clarifications.models import Clarification
from bot.negotiations.models import NegotiationPoint
from bot.quotes.models import Competitor, PartnerQuote, Quote
from bot.teams.dialogs import (
    absences,
    activities,
    amendments,
    associations,
    clarifications,
    clients,
    competitors,
    documents,
    ending,
    handover,
    hours,
    leads,
    negotiations,
    offers,
    partner_quotes,
    quotes,
    rates,
    reviews,
    stages,
    sync,
    team,
)
from cards.verbs import FormCode, ListCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.records.models import Entry
    from bot.teams.context import Turn
    from bot.teams.dialogs.base import OfferDialog
    from cards.views.records import RecordListView

DIALOGS: dict[FormCode, OfferDialog] = {
    **amendments.DIALOGS,
    **ending.DIALOGS,
    **handover.DIALOGS,
    **hours.DIALOGS,
    **quotes.DIALOGS,
    **partner_quotes.DIALOGS,
    **competitors.DIALOGS,
    **reviews.DIALOGS,
    **clients.DIALOGS,
    **leads.DIALOGS,
    **activities.DIALOGS,
    **clarifications.DIALOGS,
    **documents.DIALOGS,
    **negotiations.DIALOGS,
    **offers.DIALOGS,
    **rates.DIALOGS,
    **stages.DIALOGS,
    **sync.DIALOGS,
    **associations.DIALOGS,
    **team.DIALOGS,
    **absences.DIALOGS,
}

LISTS: dict[ListCode, Callable[[Turn, int, int], RecordListView]] = {
    **amendments.LISTS,
    **handover.LISTS,
    **quotes.LISTS,
    **partner_quotes.LISTS,
    **competitors.LISTS,
    **reviews.LISTS,
    **activities.LISTS,
    **clarifications.LISTS,
    **documents.LISTS,
    **negotiations.LISTS,
    **stages.LISTS,
    **associations.LISTS,
    **team.LISTS,
}
"""Of an offer's id and a page counted from 0."""

RECORDS: dict[ListCode, type[Entry]] = {
    ListCode.QUOTES: Quote,
    ListCode.PARTNER_QUOTES: PartnerQuote,
    ListCode.COMPETITORS: Competitor,
    ListCode.ACTIVITIES: Activity,
    ListCode.CLARIFICATIONS: Clarification,
    ListCode.DOCUMENTS: Document,
    ListCode.POINTS: NegotiationPoint,
}
"""What stands in a list and, once removed, can be taken back."""

REMOVABLE: dict[ListCode, Callable[[Turn, int, bool], int]] = {
    **quotes.REMOVABLE,
    **partner_quotes.REMOVABLE,
    **competitors.REMOVABLE,
    **activities.REMOVABLE,
    **clarifications.REMOVABLE,
    **documents.REMOVABLE,
    **negotiations.REMOVABLE,
    **associations.REMOVABLE,
    **team.REMOVABLE,
}
"""Take a record away (True) or back (False), by its id; gives the offer's id."""
