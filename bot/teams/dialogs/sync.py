"""What Business Central calls the contact and the salesperson of an offer, and what a deal made by hand lacks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.clients.models import Client, Contact
from bot.errors import NotFound
from bot.offers import fields as offer_fields
from bot.offers import service as offers
from bot.offers.fields import CATEGORY
from bot.sync import attention, hand_deals
from bot.sync.attention import BcCode
from bot.sync.business_central import records as kept
from bot.teams.dialogs.base import BC_DATASETS, OfferDialog, Opened
from bot.teams.dialogs.listing import name_of
from cards.verbs import FormCode
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence


def _opened(turn: Turn, offer_id: int, *, code: BcCode) -> Opened:
    offer = offers.by_id(turn.session, offer_id)
    attention.require_fill(turn.session, offer, turn.person, turn.now)
    notes = sentence(f"sync.note_{code}", name=_whose(turn, offer, code)), sentence("sync.note_everywhere")
    values = {"code": attention.code_of(turn.session, offer, code)}
    if not kept.has_any(turn.session, code.kind):
        never = sentence("sync.note_never_read")
        return Opened(offer=offer.full_name, values=values, revision=offer.revision, notes=(*notes, never))
    when = kept.last_read(turn.session, code.kind)
    return Opened(
        offer=offer.full_name,
        values=values,
        revision=offer.revision,
        notes=(*notes, sentence("sync.note_read", when=when or turn.now)),
        choices={"code": kept.likeliest(turn.session, code.kind, attention.wanted_of(turn.session, offer, code))},
        datasets={"code": BC_DATASETS[code.kind]},
    )


def _whose(turn: Turn, offer: Offer, code: BcCode) -> str:
    if code is BcCode.SALESPERSON:
        return name_of(turn, offer.owner_id)
    contact = turn.session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    if contact is not None:
        return contact.name
    client = turn.session.get(Client, offer.client_id) if offer.client_id is not None else None
    return client.name if client is not None else ""


def _save(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int, *, code: BcCode) -> Offer:
    return attention.keep_code(turn.session, offer_id, code, typed, actor=turn.person, now=turn.now)


def _said(_turn: Turn, _offer: Offer | None) -> Sentence:
    return sentence("sync.said_code")


def _deal_specs(turn: Turn, deal_id: int) -> tuple[FieldSpec, ...]:
    known = hand_deals.facts_of(turn.session, deal_id)
    categories = known.categories if known is not None else {}
    axes = [
        one for one in offer_fields.qualification(turn.company.lists, turn.reader.language, categories) if one.label
    ]
    return (*attention.DEAL_CODES, *axes)


def _opened_deal(turn: Turn, deal_id: int) -> Opened:
    attention.require_keeper(turn.session, turn.person, turn.now)
    facts = hand_deals.facts_of(turn.session, deal_id)
    if facts is None:
        raise NotFound
    said = hand_deals.said(turn.session, deal_id)
    known = {code.value: said.get(code.value, "") for code in BcCode}
    axes = {f"{CATEGORY}{axis}": value for axis, value in facts.categories.items()}
    chosen = {code: kept.has_any(turn.session, code.kind) for code in BcCode}
    return Opened(
        offer=facts.title,
        values={**known, **axes},
        notes=(sentence("sync.note_deal"),),
        choices={code.value: kept.choices(turn.session, code.kind, "") for code, any_ in chosen.items() if any_},
        datasets={code.value: BC_DATASETS[code.kind] for code, any_ in chosen.items() if any_},
    )


def _save_deal(turn: Turn, deal_id: int, typed: Mapping[str, str], _base: int) -> object:
    specs = _deal_specs(turn, deal_id)
    return attention.fill_deal(turn.session, deal_id, specs, typed, actor=turn.person, now=turn.now)


def _said_deal(_turn: Turn, _saved: object) -> Sentence:
    return sentence("sync.said_deal")


DIALOGS = {
    FormCode.DEAL_FILL: OfferDialog(
        domain="sync",
        title="deal_title",
        button="save_button",
        fields=_deal_specs,
        opened=_opened_deal,
        save=_save_deal,
        said=_said_deal,
    ),
    FormCode.BC_CONTACT: OfferDialog(
        domain="sync",
        title="contact_title",
        button="save_button",
        fields=lambda _turn, _id: attention.CODE_FIELDS,
        opened=partial(_opened, code=BcCode.CONTACT),
        save=partial(_save, code=BcCode.CONTACT),
        said=_said,
    ),
    FormCode.BC_SALESPERSON: OfferDialog(
        domain="sync",
        title="salesperson_title",
        button="save_button",
        fields=lambda _turn, _id: attention.CODE_FIELDS,
        opened=partial(_opened, code=BcCode.SALESPERSON),
        save=partial(_save, code=BcCode.SALESPERSON),
        said=_said,
    ),
}
