"""The offer's own fields: saved, merged, and what follows from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bot.clients.models import Client, Contact
from bot.config import default
from bot.config.models import Axis, Label, Named
from bot.errors import Invalid, NotAllowed
from bot.offers import fields, record, stages
from bot.offers import service as offers
from bot.offers.models import Offer, OriginKind, Weighting
from bot.quotes.models import Quote
from bot.records import service as records
from bot.tenders.models import Source
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.records.fields import FieldSpec

TODAY = date(2026, 11, 23)


def named(code: str) -> Named:
    return Named(code=code, label=Label(fr=code.title(), en=code.title()))


LISTS = default().lists.model_copy(
    update={
        "currencies": ("EUR", "USD"),
        "campaigns": ("Spring", "Autumn"),
        "sites": (named("north"), named("south")),
        "axes": (
            Axis(code="product", label=Label(fr="Produit", en="Product"), values=(named("thermal"), named("radio"))),
            Axis(code="market", label=Label(fr="Marché", en="Market"), values=(named("space"), named("ground"))),
        ),
    }
)
COMPANY = default().model_copy(update={"lists": LISTS})
WORDS = {one.value: one.value for one in (*Weighting, *OriginKind)}


class Form:
    """One dialog on an offer: opened, filled, saved."""

    def __init__(self, house: House, offer_id: int, name: str) -> None:
        self.house, self.offer_id, self.name = house, offer_id, name
        self.shown, self.base = house.database.read_now(self._open)

    def specs(self, session: Session, offer: Offer) -> Sequence[FieldSpec]:
        """Its fields, as the dialogs ask for them."""
        match self.name:
            case "identity":
                return fields.identity(LISTS, "en", offer.site)
            case "qualification":
                return fields.qualification(LISTS, "en", record.categories_of(session, offer.id))
            case "money":
                return fields.money(LISTS, offer.currency, WORDS)
            case _:
                return fields.origin(LISTS, offer.campaign, WORDS)

    def _open(self, session: Session) -> tuple[dict[str, str], int]:
        offer = offers.by_id(session, self.offer_id)
        values = records.texts_of(session, record.shown(session, offer, COMPANY), self.specs(session, offer))
        return values, offer.revision

    def save(self, typed: Mapping[str, str], *, by: str = "engineer") -> tuple[str, ...]:
        """Save with these texts changed."""

        def work(session: Session) -> tuple[str, ...]:
            actor, specs = self.house.person(session, by), self.specs(session, offers.by_id(session, self.offer_id))
            given: dict[str, Any] = {"base": self.base, "actor": actor, "now": MONDAY, "company": COMPANY}
            return record.save(session, self.offer_id, specs, {**self.shown, **typed}, **given)[1]

        return self.house.write(work)


@pytest.fixture
def offer_id(house: House) -> int:
    """An offer of the engineer, due at 15:00 in Paris."""
    return house.offer(closes_at=datetime(2026, 12, 18, 14, 0, tzinfo=UTC))


def read(house: House, offer_id: int) -> Offer:
    return house.database.read_now(lambda session: offers.by_id(session, offer_id))


def categories(house: House, offer_id: int) -> dict[str, str]:
    return house.database.read_now(lambda session: record.categories_of(session, offer_id))


def found(house: House, words: str) -> list[int]:
    return house.database.read_now(lambda session: [one.id for one in offers.search(session, words)])


def test_saving_what_is_shown_changes_nothing(house: House, offer_id: int) -> None:
    before = read(house, offer_id).revision
    for name in ("identity", "qualification", "money", "origin"):
        assert Form(house, offer_id, name).save({}) == ()
    assert read(house, offer_id).revision == before


def test_identity(house: House, offer_id: int) -> None:
    form = Form(house, offer_id, "identity")
    changed = {"title": "Heat shield", "external_reference": "RFQ 77", "description": "Two\r\nlines", "site": "north"}
    assert set(form.save(changed)) == set(changed)
    offer = read(house, offer_id)
    assert (offer.title, offer.external_reference, offer.description, offer.site) == (
        "Heat shield",
        "RFQ 77",
        "Two\nlines",
        "north",
    )
    with pytest.raises(Invalid) as refused:
        Form(house, offer_id, "identity").save({"title": " ", "site": "moon"})
    assert refused.value.fields == {"title": ("errors.required", {}), "site": ("errors.choice", {})}


def test_a_site_that_left_the_configuration_stays(house: House, offer_id: int) -> None:
    def old(session: Session) -> None:
        offers.locked(session, offer_id).site = "west"

    house.write(old)
    assert Form(house, offer_id, "identity").save({"title": "Heat shield"}) == ("title",)
    assert read(house, offer_id).site == "west"


def test_without_sites_no_site_is_asked_for() -> None:
    names = [spec.name for spec in fields.identity(default().lists, "fr")]
    assert names == ["title", "external_reference", "description"]


def test_everything_that_names_an_offer_finds_it(house: House, offer_id: int) -> None:
    def work(session: Session) -> None:
        client = Client(
            name="Département Étude",
            level="client",
            path="Groupe › Filiale › Département Étude",
            path_ids="1/",
            search_text="",
            created_at=MONDAY,
            updated_at=MONDAY,
        )
        contact = Contact(name="Buyer Zoë", search_text="", created_at=MONDAY, updated_at=MONDAY)
        session.add_all([client, contact])
        session.flush()
        offer = offers.locked(session, offer_id)
        offer.client_id, offer.contact_id = client.id, contact.id
        offers.refresh_search_text(session, offer)

    house.write(work)
    Form(house, offer_id, "identity").save({"title": "Bouclier thermique", "external_reference": "RFQ-77"})
    for words in ("bouclier", "etude", "filiale", "groupe", "zoe buyer", "1-10001", "rfq-77", "thermique RFQ"):
        assert found(house, words) == [offer_id], words
    assert found(house, "bouclier radio") == []


def test_the_project_number_finds_it_while_it_is_typed(house: House, offer_id: int) -> None:
    def sign(session: Session) -> None:
        actor, offer = house.person(session, "engineer"), offers.locked(session, offer_id)
        stages.sign(session, offer, company=COMPANY, actor=actor, now=MONDAY, on=TODAY)

    house.write(sign)
    assert found(house, "s580p") == found(house, "80p") == found(house, "S580") == [offer_id]


# qualification


def test_one_category_on_each_axis(house: House, offer_id: int) -> None:
    Form(house, offer_id, "qualification").save({"category_product": "thermal", "category_market": "space"})
    assert categories(house, offer_id) == {"product": "thermal", "market": "space"}
    Form(house, offer_id, "qualification").save({"category_product": "radio", "category_market": ""})
    assert categories(house, offer_id) == {"product": "radio"}
    with pytest.raises(Invalid) as refused:
        Form(house, offer_id, "qualification").save({"category_product": "space"})
    assert refused.value.fields == {"category_product": ("errors.choice", {})}


def test_two_who_categorise_are_merged(house: House, offer_id: int) -> None:
    first, second = (Form(house, offer_id, "qualification") for _ in range(2))
    first.save({"category_product": "thermal"})
    second.save({"category_market": "space"}, by="sales lead")
    assert categories(house, offer_id) == {"product": "thermal", "market": "space"}
    with pytest.raises(Invalid) as refused:
        Form.save(second, {"category_product": "radio"}, by="sales lead")
    assert refused.value.fields["category_product"][1]["value"] == "Thermal"


def test_the_day_of_submission_keeps_its_time(house: House, offer_id: int) -> None:
    form = Form(house, offer_id, "qualification")
    assert form.shown["submission_due_on"] == "2026-12-18"
    form.save({"submission_due_on": "2027-07-01"})
    assert read(house, offer_id).submission_due_at == datetime(2027, 7, 1, 13, 0, tzinfo=UTC)
    Form(house, offer_id, "qualification").save({"submission_due_on": ""})
    assert read(house, offer_id).submission_due_at is None
    Form(house, offer_id, "qualification").save({"submission_due_on": "2027-01-04"})
    assert read(house, offer_id).submission_due_at == datetime(2027, 1, 4, 12, 0, tzinfo=UTC)


def test_the_sales_lead_can_change_and_is_never_missing(house: House, offer_id: int) -> None:
    form = Form(house, offer_id, "qualification")
    form.save({"owner_id": "sales lead", "project_manager_id": "project manager"})
    offer = read(house, offer_id)
    assert (offer.owner_id, offer.project_manager_id) == (house.people["sales lead"], house.people["project manager"])
    with pytest.raises(Invalid) as refused:
        Form(house, offer_id, "qualification").save({"owner_id": "", "project_manager_id": "nobody"}, by="sales lead")
    assert {name: key for name, (key, _) in refused.value.fields.items()} == {
        "owner_id": "errors.required",
        "project_manager_id": "errors.unknown_person",
    }


def test_a_guest_leads_nothing(house: House, offer_id: int) -> None:
    def invite(session: Session) -> None:
        house.person(session, "key user").guest = True

    house.write(invite)
    with pytest.raises(Invalid) as refused:
        Form(house, offer_id, "qualification").save({"project_manager_id": "key user"})
    assert refused.value.fields == {"project_manager_id": ("errors.guest_role", {"name": "The key user"})}
    with pytest.raises(NotAllowed):
        Form(house, offer_id, "qualification").save({}, by="key user")


# money


def move(house: House, offer_id: int, stage: str) -> None:
    def work(session: Session) -> None:
        offer = offers.locked(session, offer_id)
        stages.enter(session, offer, stage, company=COMPANY, now=MONDAY, cause="person", actor_id=offer.owner_id)

    house.write(work)


def test_amounts_are_kept_to_the_cent(house: House, offer_id: int) -> None:
    Form(house, offer_id, "money").save({"estimated_amount": "1 250 000,5", "cost_basis": "1M"})
    offer = read(house, offer_id)
    assert (offer.estimated_amount, offer.cost_basis) == (Decimal("1250000.50"), Decimal(1000000))


def test_a_probability_set_by_hand_survives_every_stage(house: House, offer_id: int) -> None:
    move(house, offer_id, "PRE")
    Form(house, offer_id, "money").save({"success_probability": "65"})
    offer = read(house, offer_id)
    assert (offer.launch_by_hand, offer.success_by_hand) == (False, True)
    move(house, offer_id, "SNT")
    offer = read(house, offer_id)
    assert (offer.launch_probability, offer.success_probability) == (80, 65)


def test_emptied_it_is_the_stages_again(house: House, offer_id: int) -> None:
    move(house, offer_id, "PRE")
    Form(house, offer_id, "money").save({"success_probability": "65", "launch_probability": "10"})
    Form(house, offer_id, "money").save({"success_probability": ""})
    offer = read(house, offer_id)
    assert (offer.success_probability, offer.success_by_hand) == (30, False)
    assert (offer.launch_probability, offer.launch_by_hand) == (10, True)
    move(house, offer_id, "SNT")
    assert read(house, offer_id).success_probability == 40


def test_a_stage_that_moved_meanwhile_is_no_clash_for_who_did_not_touch_it(house: House, offer_id: int) -> None:
    move(house, offer_id, "PRE")
    form = Form(house, offer_id, "money")
    move(house, offer_id, "SNT")
    assert form.save({"cost_basis": "5"}) == ("cost_basis",)
    offer = read(house, offer_id)
    assert (offer.success_probability, offer.success_by_hand) == (40, False)


def quote(house: House, offer_id: int, number: int, *, sent: bool, currency: str = "EUR") -> int:
    def work(session: Session) -> int:
        by = house.people["engineer"]
        row = Quote(
            offer_id=offer_id,
            number=number,
            price=Decimal(100),
            currency=currency,
            sent_at=MONDAY if sent else None,
            created_at=MONDAY,
            created_by_id=by,
            updated_at=MONDAY,
            updated_by_id=by,
        )
        session.add(row)
        session.flush()
        return row.id

    return house.write(work)


def test_the_currency_relabels_and_converts_nothing(house: House, offer_id: int) -> None:
    Form(house, offer_id, "money").save({"estimated_amount": "1000"})
    prepared, sent = quote(house, offer_id, 1, sent=False), quote(house, offer_id, 2, sent=True)
    foreign = quote(house, offer_id, 3, sent=False, currency="GBP")
    assert Form(house, offer_id, "money").save({"currency": "USD"}) == ("currency",)
    offer = read(house, offer_id)
    assert (offer.currency, offer.estimated_amount) == ("USD", Decimal(1000))

    def currencies(session: Session) -> list[tuple[str, Decimal]]:
        rows = [session.get_one(Quote, one) for one in (prepared, sent, foreign)]
        return [(row.currency, row.price) for row in rows]

    hundred = Decimal(100)
    assert house.database.read_now(currencies) == [("USD", hundred), ("EUR", hundred), ("GBP", hundred)]


def test_only_configured_currencies_and_the_one_it_has(house: House, offer_id: int) -> None:
    def old(session: Session) -> None:
        offers.locked(session, offer_id).currency = "SEK"

    house.write(old)
    assert Form(house, offer_id, "money").save({"cost_basis": "5"}) == ("cost_basis",)
    with pytest.raises(Invalid) as refused:
        Form(house, offer_id, "money").save({"currency": "JPY"})
    assert refused.value.fields == {"currency": ("errors.choice", {})}


# origin


def test_the_origin_is_corrected_with_a_trace(house: House, offer_id: int) -> None:
    form = Form(house, offer_id, "origin")
    assert form.shown["origin"] == "esa_portal"
    form.save({"origin": "fair", "campaign": "Spring", "operation": "Stand 12"})
    offer = read(house, offer_id)
    assert (offer.origin, offer.campaign, offer.operation) == (OriginKind.FAIR, "Spring", "Stand 12")
    trace = house.database.read_now(lambda s: records.changes_since(s, "offer", offer_id, form.base))
    assert (trace["origin"].before, trace["origin"].actor) == ("esa_portal", "The engineer")
    with pytest.raises(Invalid):
        Form(house, offer_id, "origin").save({"campaign": "Winter"})


def test_without_configured_campaigns_one_is_typed() -> None:
    specs = {spec.name: spec for spec in fields.origin(default().lists, "Old one", WORDS)}
    assert specs["campaign"].codes == ()


# two people


def test_two_dialogs_on_different_fields_are_both_kept(house: House, offer_id: int) -> None:
    first, second = Form(house, offer_id, "money"), Form(house, offer_id, "identity")
    first.save({"estimated_amount": "900"})
    second.save({"title": "Heat shield"}, by="sales lead")
    offer = read(house, offer_id)
    assert (offer.estimated_amount, offer.title) == (Decimal(900), "Heat shield")


def test_the_same_field_is_asked_and_saving_again_keeps_mine(house: House, offer_id: int) -> None:
    first, second = Form(house, offer_id, "money"), Form(house, offer_id, "money")
    first.save({"estimated_amount": "900", "cost_basis": "700"})
    with pytest.raises(Invalid) as refused:
        second.save({"estimated_amount": "950"}, by="sales lead")
    key, said = refused.value.fields["estimated_amount"]
    assert (key, said["name"], said["value"]) == ("errors.changed_meanwhile", "The engineer", "900.00")
    assert read(house, offer_id).estimated_amount == Decimal(900)
    assert refused.value.shown["cost_basis"] == "700.00"
    second.shown |= {name: text for name, text in refused.value.shown.items() if name in second.shown}
    second.base = int(refused.value.shown["rev"])
    assert second.save({"estimated_amount": "950"}, by="sales lead") == ("estimated_amount",)
    offer = read(house, offer_id)
    assert (offer.estimated_amount, offer.cost_basis) == (Decimal(950), Decimal(700))


def test_who_is_not_on_the_offer_changes_nothing(house: House, offer_id: int) -> None:
    with pytest.raises(NotAllowed):
        Form(house, offer_id, "money").save({"estimated_amount": "1"}, by="key user")


def test_the_cards_are_marked(house: House, offer_id: int) -> None:
    before = read(house, offer_id).revision
    Form(house, offer_id, "identity").save({"title": "Heat shield"})
    offer = read(house, offer_id)
    assert offer.revision > before
    assert offer.updated_at - MONDAY < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        (Source.ESA, OriginKind.ESA_PORTAL),
        (Source.ESA_NON_ESA, OriginKind.ESA_PORTAL),
        (Source.CLIENT, OriginKind.CLIENT),
    ],
)
def test_an_offer_knows_where_it_came_from(house: House, source: Source, origin: OriginKind) -> None:
    assert read(house, house.offer(source=source)).origin is origin
