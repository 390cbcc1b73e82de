"""Partner quotes and competitors: what is required, in which order they stand, who may be the winner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.errors import Invalid, NotAllowed
from bot.quotes import competitors, partners
from bot.quotes.errors import NoAmount
from bot.quotes.models import Certainty
from tests.unit.decisions.conftest import MONDAY
from tests.unit.quotes.office import Office

if TYPE_CHECKING:
    from bot.quotes.models import Competitor, PartnerQuote


def request(office: Office, offer_id: int, partner: str, **typed: str) -> PartnerQuote:
    """A partner quote; people are their own Entra id here."""
    given = {"partner": partner, "scope": "Test bench", "owner_id": "engineer", "currency": "EUR", **typed}
    return office.write(
        lambda session: partners.add(
            session, offer_id, given, company=office.company, actor=office.person(session, "engineer"), now=MONDAY
        )
    )


def choose(office: Office, quote: PartnerQuote, *, chosen: bool = True, by: str = "engineer") -> PartnerQuote:
    return office.write(
        lambda session: partners.choose(session, quote.id, chosen=chosen, actor=office.person(session, by), now=MONDAY)
    )


def competitor(office: Office, offer_id: int, name: str, **typed: str) -> Competitor:
    given = {"name": name, "certainty": "suspected", **typed}
    return office.write(
        lambda session: competitors.add(session, offer_id, given, actor=office.person(session, "engineer"), now=MONDAY)
    )


def test_a_request_keeps_who_follows_it_and_until_when(office: Office) -> None:
    offer_id = office.offer()
    quote = request(office, offer_id, "Bench maker", due_on="2026-12-04", owner_id="sales lead")
    assert (quote.number, quote.due_on, quote.chosen) == (1, date(2026, 12, 4), False)
    assert quote.owner_id == office.people["sales lead"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"partner": "", "scope": ""}, {"partner": "errors.required", "scope": "errors.required"}),
        ({"received_on": "2026-11-23"}, {"amount": "partner_quotes.amount_needed"}),
        ({"chosen": "true"}, {"amount": "partner_quotes.amount_needed"}),
        ({"received_on": "2026-11-24", "amount": "5"}, {"received_on": "partner_quotes.received_in_future"}),
        ({"requested_on": "2026-11-23", "due_on": "2026-11-20"}, {"due_on": "errors.date_order"}),
        ({"owner_id": "nobody"}, {"owner_id": "errors.unknown_person"}),
    ],
)
def test_what_is_missing_is_said_at_its_field(office: Office, typed: dict[str, str], wrong: dict[str, str]) -> None:
    offer_id = office.offer()
    with pytest.raises(Invalid) as refusal:
        request(office, offer_id, **{"partner": "Bench maker", **typed})
    assert {name: key for name, (key, _params) in refusal.value.fields.items()} == wrong


def test_open_requests_stand_first_by_their_day(office: Office) -> None:
    offer_id = office.offer()
    request(office, offer_id, "received", amount="5", received_on="2026-11-20")
    request(office, offer_id, "undated")
    request(office, offer_id, "later", due_on="2026-12-04")
    request(office, offer_id, "sooner", due_on="2026-12-01")
    found = office.database.read_now(lambda session: partners.partner_quotes_of(session, offer_id))
    assert [quote.partner for quote in found] == ["sooner", "later", "undated", "received"]


def test_several_may_be_chosen_and_add_up_by_currency(office: Office) -> None:
    offer_id = office.offer()
    bench = request(office, offer_id, "Bench maker", amount="10 000,50")
    wires = request(office, offer_id, "Wire maker", amount="2 000")
    glue = request(office, offer_id, "Glue maker", amount="300", currency="USD")
    request(office, offer_id, "Not chosen", amount="9 999")
    for quote in (bench, wires, glue, wires):
        choose(office, quote)

    def totals() -> dict[str, Decimal]:
        found = office.database.read_now(lambda session: partners.partner_quotes_of(session, offer_id))
        return partners.chosen_totals(found)

    assert totals() == {"EUR": Decimal("12000.50"), "USD": Decimal(300)}
    assert office.trail("partner_quote", wires.id) == ["partner_quote.added", "partner_quote.edited"]
    choose(office, wires, chosen=False)
    assert totals() == {"EUR": Decimal("10000.50"), "USD": Decimal(300)}


def test_only_an_answer_can_be_chosen_and_only_by_the_team(office: Office) -> None:
    offer_id = office.offer()
    quote = request(office, offer_id, "Bench maker")
    with pytest.raises(NoAmount):
        choose(office, quote)
    with pytest.raises(NotAllowed):
        choose(office, quote, by="key user")


def test_a_competitor_keeps_what_is_known(office: Office) -> None:
    offer_id = office.offer()
    one = competitor(office, offer_id, "Rival", amount="110 000", strengths="Heritage", certainty="confirmed")
    assert (one.amount, one.strengths, one.certainty, one.winner) == (
        Decimal(110000),
        "Heritage",
        Certainty.CONFIRMED,
        False,
    )


def test_one_competitor_wins(office: Office) -> None:
    offer_id = office.offer()
    rival = competitor(office, offer_id, "Rival", winner="true")
    with pytest.raises(Invalid) as refusal:
        competitor(office, offer_id, "Other", winner="true")
    assert refusal.value.fields == {"winner": ("competitors.other_winner", {"name": "Rival"})}
    office.write(
        lambda session: competitors.edit(
            session,
            rival.id,
            {"name": "Rival", "certainty": "confirmed", "winner": "true"},
            base=rival.revision,
            actor=office.person(session, "engineer"),
            now=MONDAY,
        )
    )
    winner = office.database.read_now(lambda session: competitors.winner_of(session, offer_id))
    assert winner is not None
    assert (winner.id, winner.certainty) == (rival.id, Certainty.CONFIRMED)


def test_a_removed_winner_comes_back_without_its_win_when_another_one_won(office: Office) -> None:
    offer_id = office.offer()
    rival = competitor(office, offer_id, "Rival", winner="true")

    def take(*, away: bool) -> int:
        return office.write(
            lambda session: competitors.take_away(
                session, rival.id, actor=office.person(session, "engineer"), now=MONDAY, away=away
            )
        )

    assert take(away=True) == offer_id
    competitor(office, offer_id, "Other", winner="true")
    take(away=False)
    found = office.database.read_now(lambda session: competitors.competitors_of(session, offer_id))
    assert [(one.name, one.winner) for one in found] == [("Other", True), ("Rival", False)]


def test_two_winners_at_the_same_moment(office: Office) -> None:
    offer_id = office.offer()

    def click(number: int) -> bool:
        try:
            competitor(office, offer_id, f"Rival {number}", winner="true")
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(click, range(6))) == 1
