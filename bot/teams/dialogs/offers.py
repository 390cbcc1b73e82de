"""The offer's own fields: identity, qualification, money, origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import fields, record
from bot.offers.models import Offer, OriginKind, Weighting
from bot.people.models import Person
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import to_write
from cards.texts import texts
from cards.verbs import FormCode
from cards.views.reader import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn

Saved = tuple[Offer, tuple[str, ...]]


def _words(turn: Turn, name: str, kind: type[StrEnum]) -> dict[str, str]:
    """The words of a closed list in the person's language."""
    word = texts(turn.reader.language)
    return {one.value: word(f"record.{name}_{one.value}") for one in kind}


def _identity(turn: Turn, offer_id: int) -> Sequence[FieldSpec]:
    offer = to_write(turn, offer_id)
    return fields.identity(turn.company.lists, turn.reader.language, offer.site)


def _qualification(turn: Turn, offer_id: int) -> Sequence[FieldSpec]:
    categories = record.categories_of(turn.session, offer_id)
    return fields.qualification(turn.company.lists, turn.reader.language, categories)


def _money(turn: Turn, offer_id: int) -> Sequence[FieldSpec]:
    offer = to_write(turn, offer_id)
    return fields.money(turn.company.lists, offer.currency, _words(turn, "weighting", Weighting))


def _origin(turn: Turn, offer_id: int) -> Sequence[FieldSpec]:
    offer = to_write(turn, offer_id)
    return fields.origin(turn.company.lists, offer.campaign, _words(turn, "origin", OriginKind))


def _opened(turn: Turn, offer: Offer, specs: Sequence[FieldSpec], *notes: Sentence) -> Opened:
    shown = record.shown(turn.session, offer, turn.company)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, shown, specs),
        revision=offer.revision,
        notes=notes,
        currency=offer.currency,
    )


def _open_identity(turn: Turn, offer_id: int) -> Opened:
    return _opened(turn, to_write(turn, offer_id), _identity(turn, offer_id))


def _open_qualification(turn: Turn, offer_id: int) -> Opened:
    return _opened(turn, to_write(turn, offer_id), _qualification(turn, offer_id))


def _open_money(turn: Turn, offer_id: int) -> Opened:
    notes = (sentence("record.money_currency"), sentence("record.money_probability"))
    return _opened(turn, to_write(turn, offer_id), _money(turn, offer_id), *notes)


def _open_origin(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    opener = turn.session.get(Person, offer.opened_by_id) if offer.opened_by_id is not None else None
    note = sentence("record.origin_opened", at=offer.opened_at)
    if opener is not None:
        note = sentence("record.origin_opened_by", at=offer.opened_at, name=opener.name)
    return _opened(turn, offer, _origin(turn, offer_id), note)


def _save(turn: Turn, offer_id: int, specs: Sequence[FieldSpec], typed: Mapping[str, str], base: int) -> Saved:
    return record.save(
        turn.session, offer_id, specs, typed, base=base, actor=turn.person, now=turn.now, company=turn.company
    )


def _save_identity(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Saved:
    return _save(turn, offer_id, _identity(turn, offer_id), typed, base)


def _save_qualification(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Saved:
    return _save(turn, offer_id, _qualification(turn, offer_id), typed, base)


def _save_money(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Saved:
    return _save(turn, offer_id, _money(turn, offer_id), typed, base)


def _save_origin(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Saved:
    return _save(turn, offer_id, _origin(turn, offer_id), typed, base)


def _said(_turn: Turn, saved: Saved | None) -> Sentence:
    if saved is None:
        return sentence("record.saved")
    offer, names = saved
    if not names:
        return sentence("record.unchanged")
    if "currency" in names:
        return sentence("record.saved_currency", currency=offer.currency)
    return sentence("record.saved")


DIALOGS = {
    FormCode.IDENTITY: OfferDialog(
        domain="record",
        title="identity_title",
        button="save",
        fields=_identity,
        opened=_open_identity,
        save=_save_identity,
        said=_said,
    ),
    FormCode.QUALIFICATION: OfferDialog(
        domain="record",
        title="qualification_title",
        button="save",
        fields=_qualification,
        opened=_open_qualification,
        save=_save_qualification,
        said=_said,
    ),
    FormCode.MONEY: OfferDialog(
        domain="record",
        title="money_title",
        button="save",
        fields=_money,
        opened=_open_money,
        save=_save_money,
        said=_said,
    ),
    FormCode.ORIGIN: OfferDialog(
        domain="record",
        title="origin_title",
        button="save",
        fields=_origin,
        opened=_open_origin,
        save=_save_origin,
        said=_said,
    ),
}
