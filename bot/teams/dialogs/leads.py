"""The dialogs of leads: a new one, correcting one, and saying why nothing comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clients import search
from bot.leads import fields, reading
from bot.leads import service as leads
from bot.offers.models import OriginKind
from bot.records import service as records
from bot.records.fields import FieldKind
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from cards.texts import texts
from cards.verbs import FormCode
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.leads.models import Lead
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

Saved = tuple["Lead", tuple[str, ...]]


def _specs(turn: Turn, lead: Lead | None = None) -> tuple[FieldSpec, ...]:
    word = texts(turn.reader.language)
    kinds = {one.value: word(f"record.origin_{one.value}") for one in OriginKind}
    campaign, currency = (lead.campaign, lead.currency) if lead is not None else (None, None)
    return fields.lead(turn.company.lists, kinds, campaign=campaign, currency=currency)


def _choices(turn: Turn) -> dict[str, list[tuple[str, str]]]:
    kinds = {"client_id": FieldKind.CLIENT, "contact_id": FieldKind.CONTACT}
    return {name: search.first_choices(turn.session, kind, None) for name, kind in kinds.items()}


def _new(turn: Turn, _id: int) -> Opened:
    leads.require_keeper(turn.session, turn.person, turn.now)
    return Opened(offer="", values=defaults(_specs(turn)), choices=_choices(turn))


def _add(turn: Turn, _id: int, typed: Mapping[str, str], _base: int) -> Lead:
    return leads.add(turn.session, _specs(turn), typed, actor=turn.person, now=turn.now)


def _said_added(_turn: Turn, lead: Lead | None) -> Sentence:
    if lead is None:
        return sentence("leads.said_saved")
    return sentence("leads.said_added", title=lead.title)


def _to_edit(turn: Turn, lead_id: int) -> Lead:
    leads.require_keeper(turn.session, turn.person, turn.now)
    return reading.by_id(turn.session, lead_id)


def _opened(turn: Turn, lead_id: int) -> Opened:
    lead = _to_edit(turn, lead_id)
    if lead.dropped_at is not None or lead.offer_id is not None:
        raise leads.settled(turn.session, lead)
    values = records.texts_of(turn.session, lead, _specs(turn, lead))
    if lead.client_id is not None:
        values["client_name"] = ""
    return Opened(offer=lead.title, values=values, revision=lead.revision, choices=_choices(turn))


def _edit(turn: Turn, lead_id: int, typed: Mapping[str, str], base: int) -> Saved:
    specs = _specs(turn, _to_edit(turn, lead_id))
    return leads.edit(turn.session, lead_id, specs, typed, base=base, actor=turn.person, now=turn.now)


def _said_edited(_turn: Turn, _saved: Saved | None) -> Sentence:
    return sentence("leads.said_saved")


def _to_drop(turn: Turn, lead_id: int) -> Opened:
    lead = _to_edit(turn, lead_id)
    if lead.dropped_at is not None or lead.offer_id is not None:
        raise leads.settled(turn.session, lead)
    return Opened(offer=lead.title, revision=lead.revision, notes=(sentence("leads.note_drop"),))


def _drop(turn: Turn, lead_id: int, typed: Mapping[str, str], _base: int) -> Lead:
    return leads.drop(turn.session, lead_id, typed, actor=turn.person, now=turn.now)


def _said_dropped(turn: Turn, lead: Lead | None) -> Sentence:
    if lead is not None and lead.decided_by_id != turn.person.id:
        name = reading.decider_of(turn.session, lead)
        return sentence("leads.said_dropped_before", name=name, why=lead.dropped_why or "")
    return sentence("leads.said_dropped")


MORE = frozenset({"campaign", "expected_closing_on", "note"})

DIALOGS: dict[FormCode, OfferDialog] = {
    FormCode.LEAD_ADD: OfferDialog(
        domain="leads",
        title="add_title",
        button="add_button",
        fields=lambda turn, _id: _specs(turn),
        opened=_new,
        save=_add,
        said=_said_added,
        more=MORE,
    ),
    FormCode.LEAD_EDIT: OfferDialog(
        domain="leads",
        title="edit_title",
        button="save_button",
        fields=lambda turn, lead_id: _specs(turn, _to_edit(turn, lead_id)),
        opened=_opened,
        save=_edit,
        said=_said_edited,
        more=MORE,
    ),
    FormCode.LEAD_DROP: OfferDialog(
        domain="leads",
        title="drop_title",
        button="drop_button",
        fields=lambda _turn, _id: fields.DROP,
        opened=_to_drop,
        save=_drop,
        said=_said_dropped,
        height="small",
    ),
}
