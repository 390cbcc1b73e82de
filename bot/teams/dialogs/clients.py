"""The dialogs about clients and contacts, and the third party of an offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clients import fields, search, service
from bot.errors import NotFound
from bot.offers import service as offers
from bot.records import service as records
from bot.records.fields import FieldKind
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from cards.verbs import FormCode
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.clients.models import Client, Contact
    from bot.offers.models import Offer
    from bot.teams.context import Turn
    from cards.views.reader import Sentence


# the third party of an offer


def _third_party(turn: Turn, offer_id: int) -> Opened:
    offer = offers.by_id(turn.session, offer_id)
    offers.require_part(turn.session, offer, turn.person, turn.now, team=True)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, offer, fields.THIRD_PARTY),
        revision=offer.revision,
        choices={
            "client_id": search.first_choices(turn.session, FieldKind.CLIENT, offer),
            "contact_id": search.first_choices(turn.session, FieldKind.CONTACT, offer),
        },
    )


def _choose(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Offer:
    offer, _names = service.choose(turn.session, offer_id, typed, base=base, actor=turn.person, now=turn.now)
    return offer


def _said_chosen(_turn: Turn, offer: Offer | None) -> Sentence:
    if offer is None or offer.client_id is None or not offer.client_name:
        return sentence("clients.said_saved")
    return sentence("clients.said_chosen", client=offer.client_name)


# clients


def _offer_of(turn: Turn, offer_id: int) -> Offer | None:
    """The offer a dialog was opened from, if any."""
    try:
        return offers.by_id(turn.session, offer_id) if offer_id else None
    except NotFound:
        return None


def _new_client(turn: Turn, offer_id: int) -> Opened:
    service.require_colleague(turn.person)
    offer = _offer_of(turn, offer_id)
    return Opened(
        offer=offer.full_name if offer is not None else "",
        notes=(sentence("clients.note_levels"),),
        choices={"parent_id": search.first_choices(turn.session, FieldKind.CLIENT, offer)},
    )


def _add_client(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> tuple[Client, Offer | None]:
    client = service.add_client(turn.session, typed, actor=turn.person, now=turn.now)
    return client, service.take_up(turn.session, offer_id, actor=turn.person, now=turn.now, client=client)


def _said_client(_turn: Turn, made: tuple[Client, Offer | None] | None) -> Sentence:
    if made is None:
        return sentence("clients.said_saved")
    client, offer = made
    if offer is None:
        return sentence("clients.said_client_added", client=client.path)
    return sentence("clients.said_client_taken", client=client.path, offer=offer.full_name)


def _old_client(turn: Turn, client_id: int) -> Opened:
    service.require_colleague(turn.person)
    client = service.client_of(turn.session, client_id)
    return Opened(
        offer=client.path,
        values=records.texts_of(turn.session, client, fields.CLIENT_EDITED),
        revision=client.revision,
        notes=(sentence("clients.note_moves"),),
        choices={"parent_id": search.first_choices(turn.session, FieldKind.CLIENT, None)},
    )


def _edit_client(turn: Turn, client_id: int, typed: Mapping[str, str], base: int) -> str:
    client, _names = service.edit_client(turn.session, client_id, typed, base=base, actor=turn.person, now=turn.now)
    return client.path


def _said_edited(_turn: Turn, name: str | None) -> Sentence:
    return sentence("clients.said_saved") if name is None else sentence("clients.said_edited", name=name)


# contacts


def _new_contact(turn: Turn, offer_id: int) -> Opened:
    service.require_colleague(turn.person)
    offer = _offer_of(turn, offer_id)
    client = str(offer.client_id or "") if offer is not None else ""
    return Opened(
        offer=offer.full_name if offer is not None else "",
        values=defaults(fields.CONTACT, client_id=client),
        choices={"client_id": search.first_choices(turn.session, FieldKind.CLIENT, offer)},
    )


def _add_contact(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> tuple[Contact, Offer | None]:
    contact = service.add_contact(turn.session, typed, actor=turn.person, now=turn.now)
    return contact, service.take_up(turn.session, offer_id, actor=turn.person, now=turn.now, contact=contact)


def _said_contact(_turn: Turn, made: tuple[Contact, Offer | None] | None) -> Sentence:
    if made is None:
        return sentence("clients.said_saved")
    contact, offer = made
    if offer is None:
        return sentence("clients.said_contact_added", name=contact.name)
    return sentence("clients.said_contact_taken", name=contact.name, offer=offer.full_name)


def _old_contact(turn: Turn, contact_id: int) -> Opened:
    service.require_colleague(turn.person)
    contact = service.contact_of(turn.session, contact_id)
    return Opened(
        offer=contact.name,
        values=records.texts_of(turn.session, contact, fields.CONTACT_EDITED),
        revision=contact.revision,
        choices={"client_id": search.first_choices(turn.session, FieldKind.CLIENT, None)},
    )


def _edit_contact(turn: Turn, contact_id: int, typed: Mapping[str, str], base: int) -> str:
    contact, _names = service.edit_contact(turn.session, contact_id, typed, base=base, actor=turn.person, now=turn.now)
    return contact.name


DIALOGS: dict[FormCode, OfferDialog] = {
    FormCode.THIRD_PARTY: OfferDialog(
        domain="clients",
        title="third_party_title",
        button="save_button",
        fields=lambda _turn, _id: fields.THIRD_PARTY,
        opened=_third_party,
        save=_choose,
        said=_said_chosen,
    ),
    FormCode.CLIENT_ADD: OfferDialog(
        domain="clients",
        title="client_add_title",
        button="add_button",
        fields=lambda _turn, _id: fields.CLIENT,
        opened=_new_client,
        save=_add_client,
        said=_said_client,
    ),
    FormCode.CLIENT_EDIT: OfferDialog(
        domain="clients",
        title="client_edit_title",
        button="save_button",
        fields=lambda _turn, _id: fields.CLIENT_EDITED,
        opened=_old_client,
        save=_edit_client,
        said=_said_edited,
    ),
    FormCode.CONTACT_ADD: OfferDialog(
        domain="clients",
        title="contact_add_title",
        button="add_button",
        fields=lambda _turn, _id: fields.CONTACT,
        opened=_new_contact,
        save=_add_contact,
        said=_said_contact,
    ),
    FormCode.CONTACT_EDIT: OfferDialog(
        domain="clients",
        title="contact_edit_title",
        button="save_button",
        fields=lambda _turn, _id: fields.CONTACT_EDITED,
        opened=_old_contact,
        save=_edit_contact,
        said=_said_edited,
    ),
}
