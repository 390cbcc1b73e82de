"""From the audit trail to what happened to an offer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec
from bot.teams.presenters.history_words import said
from cards.views.offers import HistoryEntry, OfferHistoryView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.offers.models import Offer
    from bot.offers.trail import Happening
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

REFERENCES = {
    "owner_id": FieldKind.PERSON,
    "project_manager_id": FieldKind.PERSON,
    "client_id": FieldKind.CLIENT,
    "contact_id": FieldKind.CONTACT,
}
"""Fields whose trail holds a key that nobody can read."""
REASON = "end_reason"
UNTOLD = frozenset({"revision", "search_text", "launch_by_hand", "success_by_hand", "owner_name"})
CHANGES_SHOWN = 6


def history_view(
    session: Session,
    offer: Offer,
    happened: Sequence[Happening],
    around: Surroundings,
    reader: Reader,
    *,
    page: int,
    pages: int,
) -> OfferHistoryView:
    """A page of what happened to an offer."""
    return OfferHistoryView(
        offer_id=offer.id,
        offer=offer.full_name,
        entries=tuple(
            HistoryEntry(
                at=event.at,
                by=event.by or "",
                thing=event.subject,
                what=said(event, around, reader),
                changes=_changes(session, event, around, reader),
            )
            for event in happened
        ),
        page=page,
        pages=pages,
    )


def _changes(
    session: Session, event: Happening, around: Surroundings, reader: Reader
) -> tuple[tuple[str, str, str], ...]:
    if not event.action.endswith(".edited"):
        return ()
    told = [name for name in event.after if name not in UNTOLD][:CHANGES_SHOWN]

    def readable(name: str, value: object) -> str:
        return _reason(str(value or ""), around, reader) if name == REASON else _readable(session, name, value)

    return tuple((name, readable(name, event.before.get(name)), readable(name, event.after.get(name))) for name in told)


def _reason(code: str, around: Surroundings, reader: Reader) -> str:
    """The configured reason behind a code; the code itself when the company removed it since."""
    reasons = (reason for stage in around.company.stages.stage for reason in stage.reasons)
    return next((reason.label.of(reader.language) for reason in reasons if reason.code == code), code)


def _readable(session: Session, name: str, value: object) -> str:
    text = str(value or "")
    kind = REFERENCES.get(name)
    if kind is None or not text or (kind is not FieldKind.PERSON and not text.isdecimal()):
        return text
    return records.name_of(session, FieldSpec(name=name, kind=kind), text)
