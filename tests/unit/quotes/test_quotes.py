"""Versions: prepared, edited, copied, sent; what the number of quotes and the price submitted are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import service as offers
from bot.offers import stages
from bot.offers.models import Outcome
from bot.quotes import service as quotes
from bot.quotes.errors import AlreadySent
from bot.quotes.models import Quote
from bot.sync.models import Kind
from tests.unit.decisions.conftest import MONDAY
from tests.unit.quotes.office import TODAY, Office

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def problems(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    """The text key at each field."""
    return {name: key for name, (key, _params) in refusal.value.fields.items()}


def numbers(office: Office, offer_id: int) -> tuple[int, Decimal | None]:
    """How many were sent, and the price submitted."""

    def work(session: Session) -> tuple[int, Decimal | None]:
        last = quotes.submitted(session, offer_id)
        return quotes.counted(session, offer_id), last.price if last else None

    return office.database.read_now(work)


def test_versions_are_counted_from_one_and_keep_what_was_typed(office: Office) -> None:
    offer_id = office.offer()
    first = office.quote(offer_id, "125 000,50", document_url="https://share.example/q1")
    second = office.quote(offer_id, "€120k", title="Without tests", valid_until="2027-01-31")
    assert (first.number, first.price, first.document_url) == (1, Decimal("125000.50"), "https://share.example/q1")
    assert (second.number, second.price, second.valid_until) == (2, Decimal(120000), date(2027, 1, 31))
    assert numbers(office, offer_id) == (0, None), "a prepared version is not sent"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"price": ""}, {"price": "errors.required"}),
        ({"price": "a lot", "currency": "EURO"}, {"price": "errors.amount", "currency": "errors.currency"}),
        ({"price": "-5"}, {"price": "errors.negative"}),
        ({"document_url": "http://share.example"}, {"document_url": "errors.link"}),
        ({"valid_until": "soon"}, {"valid_until": "errors.date"}),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(office: Office, typed: dict[str, str], wrong: dict[str, str]) -> None:
    offer_id = office.offer()
    with pytest.raises(Invalid) as refusal:
        office.quote(offer_id, **{"price": "1", **typed})
    assert problems(refusal) == wrong


def test_sending_counts_submits_and_moves_the_offer(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.quote(offer_id)
    before = office.the_offer(offer_id)
    sent = office.send(offer_id, version=str(quote.id))
    after = office.the_offer(offer_id)
    assert (sent.id, sent.sent_on, sent.sent_at) == (quote.id, date(2026, 11, 23), MONDAY)
    assert sent.sent_by_id == office.people["engineer"]
    assert numbers(office, offer_id) == (1, Decimal(125000))
    assert (after.stage, after.outcome) == ("SNT", Outcome.OPEN)
    assert after.revision > before.revision
    assert office.trail("quote", quote.id) == ["quote.added", "quote.sent"]


def test_the_dialog_can_make_the_version_it_sends(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    with pytest.raises(Invalid) as refusal:
        office.send(offer_id)
    assert problems(refusal) == {"price": "errors.required", "currency": "errors.required"}
    sent = office.send(offer_id, price="99 000", currency="usd", document_url="https://share.example/q")
    assert (sent.number, sent.price, sent.currency) == (1, Decimal(99000), "USD")
    office.quote(offer_id)
    another = office.send(offer_id, version="new", price="90 000", currency="EUR")
    assert another.number == 3
    assert numbers(office, offer_id) == (2, Decimal(90000))


def test_what_is_typed_while_sending_changes_the_version_and_the_rest_stays(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.quote(offer_id, document_url="https://share.example/q", valid_until="2027-01-31")
    sent = office.send(offer_id, version=str(quote.id), price="124 000")
    assert (sent.price, sent.currency, sent.document_url) == (Decimal(124000), "EUR", "https://share.example/q")
    assert sent.valid_until == date(2027, 1, 31)
    assert office.trail("quote", quote.id) == ["quote.added", "quote.edited", "quote.sent"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"sent_on": ""}, {"sent_on": "errors.required"}),
        ({"sent_on": "2026-11-24"}, {"sent_on": "quotes.sent_in_future"}),
        ({"sent_on": "2026-11-22"}, {"sent_on": "quotes.sent_before_opening"}),
        ({"valid_until": "2026-11-22"}, {"valid_until": "quotes.expired"}),
        ({"version": ""}, {"version": "errors.required"}),
        ({"version": "4711"}, {"version": "quotes.version_gone"}),
        ({"version": "new"}, {"price": "errors.required", "currency": "errors.required"}),
    ],
)
def test_a_sending_that_cannot_be_is_refused_at_its_field(
    office: Office, typed: dict[str, str], wrong: dict[str, str]
) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.quote(offer_id)
    with pytest.raises(Invalid) as refusal:
        office.send(offer_id, **{"version": str(quote.id), **typed})
    assert problems(refusal) == wrong
    assert numbers(office, offer_id) == (0, None)
    assert office.the_offer(offer_id).stage == "DET"


def test_a_version_must_still_be_valid_also_when_the_dialog_leaves_that_empty(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.quote(offer_id, valid_until="2026-11-01")
    with pytest.raises(Invalid) as refusal:
        office.send(offer_id, version=str(quote.id))
    assert problems(refusal) == {"valid_until": "quotes.expired"}


def test_the_day_is_the_companys(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    office.now = MONDAY.replace(hour=23, minute=30)
    sent = office.send(offer_id, sent_on="2026-11-24", price="1", currency="EUR")
    assert sent.sent_on == date(2026, 11, 24), "in Paris it is Tuesday already"


def test_a_version_of_another_offer_cannot_be_sent(office: Office) -> None:
    office.configure(before_sending=False)
    mine, other = office.offer(), office.offer(number="1-10002")
    foreign = office.quote(other)
    office.quote(mine)
    with pytest.raises(Invalid) as refusal:
        office.send(mine, version=str(foreign.id))
    assert problems(refusal) == {"version": "quotes.version_gone"}


def test_what_was_sent_stays_as_it_is(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.send(offer_id, price="125 000", currency="EUR")
    with pytest.raises(AlreadySent):
        office.edit(quote, price="1")
    with pytest.raises(AlreadySent):
        office.write(
            lambda session: quotes.take_away(
                session, quote.id, actor=office.person(session, "engineer"), now=MONDAY, away=True
            )
        )
    assert numbers(office, offer_id) == (1, Decimal(125000))


def test_the_price_submitted_is_that_of_the_last_sending_day(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    office.send(offer_id, price="100", currency="EUR")
    office.now = MONDAY + timedelta(days=1)
    office.send(offer_id, sent_on="2026-11-24", price="90", currency="EUR")
    office.send(offer_id, sent_on=TODAY, price="95", currency="EUR")
    assert numbers(office, offer_id) == (3, Decimal(90)), "recorded last, but sent a day earlier"


def test_a_prepared_version_can_be_removed_and_taken_back(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)

    def away(*, gone: bool) -> list[int]:
        def work(session: Session) -> list[int]:
            actor = office.person(session, "engineer")
            quotes.take_away(session, quote.id, actor=actor, now=MONDAY, away=gone)
            return [one.id for one in quotes.quotes_of(session, offer_id)]

        return office.write(work)

    assert away(gone=True) == []
    with pytest.raises(NotFound):
        office.edit(quote, price="1")
    assert away(gone=False) == [quote.id]


def test_two_people_edit_one_version(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    office.edit(quote, by="sales lead", title="Full scope")
    mine = office.edit(quote, price="110 000")
    assert (mine.title, mine.price) == ("Full scope", Decimal(110000))
    with pytest.raises(Invalid) as refusal:
        office.edit(quote, by="sales lead", price="130 000")
    assert list(refusal.value.fields) == ["price"]


def test_outsiders_prepare_and_send_nothing(office: Office) -> None:
    offer_id = office.offer()
    with pytest.raises(NotAllowed):
        office.quote(offer_id, by="key user")
    with pytest.raises(NotAllowed):
        office.send(offer_id, by="key user", price="1", currency="EUR")


def test_a_quote_on_a_lost_offer_opens_it_again(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    office.send(offer_id, price="100", currency="EUR")

    def lose(session: Session) -> None:
        offer = offers.locked(session, offer_id)
        reasons = next(stage.reasons for stage in office.company.stages.stage if stage.code == "LOS")
        stages.end(
            session,
            offer,
            Outcome.LOST,
            company=office.company,
            actor=office.person(session, "engineer"),
            now=MONDAY,
            on=MONDAY.date(),
            reason=reasons[0].code if reasons else None,
            note="Too expensive",
        )

    office.write(lose)
    assert office.the_offer(offer_id).outcome is Outcome.LOST
    office.send(offer_id, price="80", currency="EUR")
    offer = office.the_offer(offer_id)
    assert (offer.outcome, offer.stage) == (Outcome.OPEN, "SNT")
    assert numbers(office, offer_id) == (2, Decimal(80))


def test_nothing_is_sent_for_a_no_go(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()

    def decide(session: Session) -> None:
        offer = offers.locked(session, offer_id)
        offers.set_outcome(session, offer, Outcome.NO_GO, now=MONDAY, actor_id=None)

    office.write(decide)
    with pytest.raises(stages.EndedInNoGo):
        office.send(offer_id, price="100", currency="EUR")
    assert numbers(office, offer_id) == (0, None)


def test_many_send_one_version_at_the_same_moment(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    quote = office.quote(offer_id)

    def click(_number: int) -> str:
        try:
            office.send(offer_id, version=str(quote.id))
        except Invalid as refusal:
            return next(key for key, _params in refusal.fields.values())
        return "sent"

    with ThreadPoolExecutor(8) as crowd:
        said = sorted(crowd.map(click, range(8)))
    assert said == ["quotes.version_gone"] * 7 + ["sent"]
    assert numbers(office, offer_id) == (1, Decimal(125000))


def test_many_prepare_versions_at_the_same_moment(office: Office) -> None:
    offer_id = office.offer()
    with ThreadPoolExecutor(8) as crowd:
        made: list[Quote] = list(crowd.map(lambda _number: office.quote(offer_id), range(8)))
    assert sorted(quote.number for quote in made) == list(range(1, 9))


def test_a_changed_price_is_shown_to_those_who_review_it(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    review = office.ask(offer_id, version=str(quote.id))
    before = office.ledger()[Kind.REVIEW_CARD.value, review.id, "CTO"]
    office.edit(quote, price="110 000")
    assert office.ledger()[Kind.REVIEW_CARD.value, review.id, "CTO"] > before
