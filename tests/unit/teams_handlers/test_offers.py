"""Offers by command, button, list and shared card: one card from the Go to the end, the same wherever it stands."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.clarifications.models import Clarification
from bot.handover.models import Handover, HandoverState
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import service as offers
from bot.offers import stages
from bot.offers.models import Offer, Outcome, StageStep, TeamRole
from bot.offers.team import set_team
from bot.quotes.models import Quote
from bot.sync.models import SYSTEM_OF, Kind, LedgerRow, LedgerState
from bot.teams.context import shared_reader
from bot.teams.presenters.messages import DRAW, shared_remote
from bot.teams.replies import CardReply, DialogClosed, TextReply
from cards.check import check
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMPOSE = {"fr": "Composer l’équipe", "en": "Choose the team"}
NEXT_TEAM = {"fr": "composer l’équipe", "en": "choose the team"}


async def decided(desk: Desk, tender_id: int | None = None) -> tuple[int, int]:
    """An offer with its Go; its id and its round's."""
    tender_id = tender_id or desk.tender()
    round_id = await desk.round(tender_id)
    for name in ("CPO", "CEO"):
        await desk.card(name, Verb.ROUND_GO, round_id)
    found = desk.read(lambda session: offers.of_tender(session, tender_id))
    assert found is not None
    return found.id, round_id


async def named(desk: Desk, offer_id: int) -> None:
    """Its team is set."""
    await desk.closed(
        "sales lead",
        Verb.TEAM_SAVE,
        offer_id,
        member_1=object_id("sales lead"),
        member_role_1="sales_lead",
        member_2=object_id("engineer"),
        member_role_2="contributor",
    )


def drawn(desk: Desk, kind: Kind, subject_id: int, name: str | None = None) -> dict[str, Any] | None:
    """A wanted message as it would be sent now."""

    def work(session: Session) -> dict[str, Any] | None:
        person = desk.person(session, name) if name else None
        return DRAW[kind](session, subject_id, person, shared_reader(desk.around, desk.now), desk.around)

    card = desk.read(work)
    if card is not None:
        assert check(card, desk.schema) == []
    return card


def tender_of(desk: Desk, offer_id: int) -> int:
    found = desk.read(lambda session: session.get_one(Offer, offer_id).tender_id)
    assert found is not None
    return found


def sign(desk: Desk, offer_id: int) -> None:
    def work(session: Session) -> None:
        offer, actor = offers.locked(session, offer_id), desk.person(session, "sales lead")
        stages.sign(session, offer, company=desk.around.company, actor=actor, now=desk.now, on=date(2026, 11, 23))

    desk.write(work)


def lose(desk: Desk, offer_id: int) -> None:
    def work(session: Session) -> None:
        offer, actor = offers.locked(session, offer_id), desk.person(session, "sales lead")
        stage = desk.around.company.stages.by_code("LOS")
        assert stage is not None
        stages.end(
            session,
            offer,
            Outcome.LOST,
            company=desk.around.company,
            actor=actor,
            now=desk.now,
            on=date(2026, 11, 23),
            reason=stage.reasons[0].code if stage.reasons else None,
            note="Twice our *price*",
        )

    desk.write(work)


def last_step(desk: Desk, offer_id: int) -> int:
    return desk.read(lambda session: stages.last_step(session, offer_id).id)


# One card


async def test_after_the_go_the_shared_card_is_the_offer(desk: Desk) -> None:
    offer_id, round_id = await decided(desk)
    arrived = sa.update(LedgerRow).values(done_version=LedgerRow.wanted_version, state=LedgerState.OK)
    desk.write(lambda session: session.execute(arrived))
    card = drawn(desk, Kind.SHARED_CARD, tender_of(desk, offer_id))
    assert card is not None
    said = text_of(card)
    assert "S580" in said
    assert '"title": "Décision"' in said or '"title": "Decision"' in said
    assert {Verb.ROUND_SHOW, Verb.ROUND_SHOW_HISTORY, Verb.ROUND_SHEET} <= verbs_of(card)
    assert Verb.ROUND_GO not in verbs_of(card)
    assert f'"verb": "round.show", "id": {round_id}' in said
    own = await desk.card("sales lead", Verb.OFFER_SHOW, offer_id)
    assert [part for part in own["body"] if part not in card["body"]][1:] == [], "only the zone in the footer differs"


async def test_before_the_go_and_after_a_no_go_the_shared_card_is_the_round(desk: Desk) -> None:
    tender_id = desk.tender()
    round_id = await desk.round(tender_id)
    card = drawn(desk, Kind.SHARED_CARD, tender_id)
    assert card is not None
    assert Verb.ROUND_GO in verbs_of(card)
    await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="price", note="Too dear")
    card = drawn(desk, Kind.SHARED_CARD, tender_id)
    assert card is not None
    assert "Too dear" in text_of(card)
    assert not verbs_of(card) & {Verb.ROUND_GO, Verb.RECORDS_SHOW}


async def test_a_reopened_decision_is_a_vote_again(desk: Desk) -> None:
    offer_id, round_id = await decided(desk)
    await desk.closed("sales lead", Verb.ROUND_REOPEN, round_id, reason="The client doubled the budget")
    card = drawn(desk, Kind.SHARED_CARD, tender_of(desk, offer_id))
    assert card is not None
    assert Verb.ROUND_GO in verbs_of(card)


async def test_once_the_team_is_named_nothing_asks_for_it(desk: Desk) -> None:
    offer_id, round_id = await decided(desk)
    tender_id = tender_of(desk, offer_id)
    owner = desk.person_id("sales lead")
    told = [(Kind.SHARED_CARD, tender_id, None), (Kind.OUTCOME_CARD, round_id, "sales lead")]
    told += [(Kind.VOTE_CARD, round_id, name) for name in ("CTO", "CPO", "CEO")]

    def says(kind: Kind, subject_id: int, name: str | None) -> str:
        return text_of(drawn(desk, kind, subject_id, name))

    for message in told:
        assert COMPOSE[desk.language] in says(*message)
    before = desk.ledger()
    await named(desk, offer_id)
    for message in told:
        assert COMPOSE[desk.language] not in says(*message)
        assert NEXT_TEAM[desk.language] not in says(*message)
    after = desk.ledger()
    for key in (
        ("shared_card", tender_id, "channel"),
        ("outcome_card", round_id, f"person:{owner}"),
        ("vote_card", round_id, f"person:{desk.person_id('CTO')}"),
    ):
        assert after[key].wanted_version > before[key].wanted_version, key


# Who may what


async def test_a_personal_view_has_only_the_buttons_that_work(desk: Desk) -> None:
    offer_id, _round_id = await decided(desk)
    await named(desk, offer_id)
    owner = text_of(await desk.card("sales lead", Verb.OFFER_SHOW, offer_id))
    member = text_of(await desk.card("engineer", Verb.OFFER_SHOW, offer_id))
    colleague = text_of(await desk.card("key user", Verb.OFFER_SHOW, offer_id))
    assert f'"q": "{FormCode.LOST}"' in owner
    assert f'"q": "{FormCode.LOST}"' not in member
    assert f'"q": "{FormCode.MONEY}"' in member
    assert Verb.FORM_OPEN not in colleague
    assert Verb.RECORDS_SHOW in colleague


# Lists


def many(desk: Desk, count: int, **more: object) -> list[int]:
    """Numbered open offers, each due a day later than the one before."""

    def work(session: Session) -> list[int]:
        owner = desk.person(session, "sales lead")
        made = []
        for number in range(count):
            offer = offers.open_offer(
                session,
                tender=None,
                title=f"Part {number:02}",
                client_name="Prime",
                owner=owner,
                now=desk.now,
                external_reference=f"RFQ-{number:02}",
            )
            offer.number = f"S{600 + offer.id}"
            offer.submission_due_at = desk.now + timedelta(days=number + 1)
            for name, value in more.items():
                setattr(offer, name, value)
            session.flush()
            made.append(offer.id)
        return made

    return desk.write(work)


async def listed(desk: Desk, text: str, by: str = "sales lead") -> str:
    reply = await desk.say(by, text)
    assert isinstance(reply, CardReply)
    return text_of(reply)


async def test_open_offers_come_nearest_due_first_and_sent_ones_last(desk: Desk) -> None:
    first, second, third = many(desk, 3)

    def send(session: Session) -> None:
        actor = desk.person(session, "sales lead")
        quote = Quote(
            offer_id=first,
            number=1,
            price=Decimal(1500),
            currency="EUR",
            sent_on=date(2026, 11, 23),
            sent_at=desk.now,
            created_at=desk.now,
            updated_at=desk.now,
            created_by_id=actor.id,
            updated_by_id=actor.id,
        )
        session.add(quote)
        session.get_one(Offer, third).submission_due_at = desk.now - timedelta(days=1)

    desk.write(send)
    said = await listed(desk, "offres" if desk.language == "fr" else "offers")
    assert said.index("Part 02") < said.index("Part 01") < said.index("Part 00"), "overdue, coming, sent"
    assert f'"id": {second}' in said
    assert ("1 500 €" if desk.language == "fr" else "€1,500") in said


async def test_pages_hold_every_offer_once(french: Desk) -> None:
    many(french, 14)
    seen = []
    for page in range(3):
        said = text_of(await french.card("CTO", Verb.OFFER_LIST, page, q="open"))
        assert "14 offres" in said
        seen += [number for number in range(14) if f"Part {number:02}" in said]
    assert seen == list(range(14))
    for odd in ("", "mine/../", "open", "WON", "🙂", "x" * 500):
        assert isinstance(await french.press("CTO", Verb.OFFER_LIST, 10**6, q=odd), CardReply)


@pytest.mark.parametrize("text", ["mes offres", "offers mine", "Mes OFFRES", "offres mine", "offers my"])
async def test_mine_are_those_i_own_or_work_on(french: Desk, text: str) -> None:
    owned, *_others = many(french, 2)
    assert "Part 01" in await listed(french, text)
    assert "Vous n’êtes sur aucune offre" in await listed(french, text, "engineer")

    def join(session: Session) -> None:
        owner, engineer = french.person(session, "sales lead"), french.person(session, "engineer")
        set_team(session, owned, owner, [(engineer, TeamRole.CONTRIBUTOR)], french.now)

    french.write(join)
    said = await listed(french, text, "engineer")
    assert "Part 00" in said
    assert "Part 01" not in said


@pytest.mark.parametrize(
    "text", ["offers negotiation", "offres négociation", "offres NEG", "offers nego", "Offres Négociation"]
)
async def test_offers_of_a_stage_by_its_name_its_code_or_its_beginning(desk: Desk, text: str) -> None:
    many(desk, 1, stage="NEG")
    many(desk, 2, stage="PRE", title="Part 01")
    said = await listed(desk, text)
    assert "Part 00" in said
    assert "Part 01" not in said


async def test_offers_by_how_they_ended(desk: Desk) -> None:
    many(desk, 1)
    many(desk, 1, outcome=Outcome.LOST, title="Lost part")
    said = await listed(desk, "offres perdue" if desk.language == "fr" else "offers lost")
    assert "Lost part" in said
    assert "Part 00" not in said


async def test_words_that_are_no_stage_are_searched_for(desk: Desk) -> None:
    many(desk, 3)
    said = await listed(desk, "offres part RFQ-02")
    assert "Part 02" in said
    assert "Part 01" not in said


async def test_an_empty_list_says_what_to_do_next(desk: Desk) -> None:
    said = await listed(desk, "offres")
    assert Verb.TENDER_LIST in said
    assert Verb.OFFER_LIST in await listed(desk, "offers SNT")


async def test_deadlines_answer_in_both_languages(desk: Desk) -> None:
    many(desk, 2)
    for text in ("deadlines", "échéances", "Echéances", "mes échéances", "deadlines mine"):
        assert "Part 00" in await listed(desk, text), text
    assert "Part 00" not in await listed(desk, "mes échéances", "engineer")


# What happened


async def test_the_history_tells_who_did_what_newest_first(desk: Desk) -> None:
    offer_id, _round_id = await decided(desk)
    await named(desk, offer_id)
    card = await desk.card("engineer", Verb.OFFER_HISTORY, offer_id)
    said = text_of(card)
    assert "sales lead" in said
    newer, older = ("2 personnes", "numéro S580") if desk.language == "fr" else ("2 people", "number S580")
    assert said.index(newer) < said.index(older)
    assert ("décision : Go" if desk.language == "fr" else "decision: Go") in said
    for odd in ("9" * 30, "-1", "x", "1/2"):
        assert isinstance(await desk.press("engineer", Verb.OFFER_HISTORY, offer_id, q=odd), CardReply)
    assert isinstance(await desk.press("engineer", Verb.OFFER_HISTORY, 9999), TextReply)


async def test_the_history_says_old_and_new(desk: Desk) -> None:
    (offer_id,) = many(desk, 1)
    await desk.form("sales lead", Verb.FORM_OPEN, offer_id, q=FormCode.IDENTITY)
    closed = await desk.press(
        "sales lead", Verb.FORM_SAVE, offer_id, q=FormCode.IDENTITY, rev=1, title="Part 77", external_reference="RFQ-00"
    )
    assert isinstance(closed, DialogClosed), closed
    said = text_of(await desk.card("engineer", Verb.OFFER_HISTORY, offer_id))
    assert "Part 00 → Part 77" in said


async def test_a_long_history_has_pages(french: Desk) -> None:
    (offer_id,) = many(french, 1)
    codes = [stage.code for stage in french.around.company.stages.stage if not stage.closes]

    def move(session: Session) -> None:
        offer, actor = offers.locked(session, offer_id), french.person(session, "sales lead")
        for _ in range(3):
            for code in codes:
                stages.enter(
                    session,
                    offer,
                    code,
                    company=french.around.company,
                    now=french.now,
                    cause="person",
                    actor_id=actor.id,
                )

    french.write(move)
    total = 0
    for page in range(20):
        said = text_of(await french.card("CTO", Verb.OFFER_HISTORY, offer_id, q=str(page)))
        total += said.count("étape «")
        if "Suite" not in said:
            break
    steps = french.count(StageStep, offer_id=offer_id)
    assert total == steps > 15


# How it ends, in the thread


async def test_an_end_is_told_once_in_the_thread(desk: Desk) -> None:
    offer_id, _round_id = await decided(desk)
    sign(desk, offer_id)
    step = last_step(desk, offer_id)
    assert ("end_reply", step, "channel") in desk.ledger()
    card = drawn(desk, Kind.END_REPLY, step)
    assert card is not None
    assert "S580P" in text_of(card)
    assert ("gagnée" if desk.language == "fr" else "won") in text_of(card)
    assert verbs_of(card) == {Verb.OFFER_SHOW}


async def test_a_loss_says_why_and_a_reopening_follows(desk: Desk) -> None:
    offer_id, _round_id = await decided(desk)
    lose(desk, offer_id)
    told = text_of(drawn(desk, Kind.END_REPLY, last_step(desk, offer_id)))
    assert "Twice our \\\\*price" in told

    def reopen(session: Session) -> None:
        offer, actor = offers.locked(session, offer_id), desk.person(session, "sales lead")
        company = desk.around.company
        stages.reopen(session, offer, company=company, actor=actor, now=desk.now, reason="The winner withdrew")

    desk.write(reopen)
    told = text_of(drawn(desk, Kind.END_REPLY, last_step(desk, offer_id)))
    assert ("rouverte" if desk.language == "fr" else "open again") in told
    assert sum(kind == "end_reply" for kind, _subject, _target in desk.ledger()) == 2


async def test_a_step_that_ends_nothing_is_not_told(french: Desk) -> None:
    offer_id, _round_id = await decided(french)
    assert drawn(french, Kind.END_REPLY, last_step(french, offer_id)) is None


async def test_an_end_is_answered_under_the_tenders_own_message(french: Desk) -> None:
    offer_id, _round_id = await decided(french)
    sign(french, offer_id)
    step = last_step(french, offer_id)
    remote = {"conversation": "19:c", "activity": "7"}

    def post(session: Session) -> None:
        rows = sa.text("UPDATE ledger SET remote = :remote WHERE kind = 'shared_card'")
        session.execute(rows.bindparams(sa.bindparam("remote", remote, type_=sa.JSON())))

    assert french.read(lambda session: shared_remote(session, Kind.END_REPLY, step)) is None
    french.write(post)
    assert french.read(lambda session: shared_remote(session, Kind.END_REPLY, step)) == remote


def test_every_kind_of_message_can_be_drawn() -> None:
    assert set(DRAW) == set(Kind) - set(SYSTEM_OF)


# Finding


async def test_an_offer_is_found_by_number_title_client_and_tender_number(desk: Desk) -> None:
    await decided(desk, desk.tender("1-20007", "Deployable radiator"))
    for words in ("S580", "s 580", "radiator", "1-20007", "RADIAT 20007"):
        assert "Deployable radiator" in await listed(desk, f"find {words}"), words


# What waits


async def test_a_review_and_a_hand_over_wait_for_whoever_must_answer(desk: Desk) -> None:
    offer_id, _round_id = await decided(desk)
    await named(desk, offer_id)
    assert Verb.REVIEW_SHOW not in verbs_of(await desk.card("CTO", Verb.PENDING_SHOW))
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, q=FormCode.REVIEW_ASK, due_on="2026-11-24")
    assert Verb.REVIEW_SHOW in verbs_of(await desk.card("CTO", Verb.PENDING_SHOW))
    assert Verb.REVIEW_SHOW not in verbs_of(await desk.card("CPO", Verb.PENDING_SHOW))
    shared = text_of(drawn(desk, Kind.SHARED_CARD, tender_of(desk, offer_id)))
    assert ("réponse attendue de CTO et CEO" if desk.language == "fr" else "waiting for CTO and CEO") in shared
    sign(desk, offer_id)

    def propose(session: Session) -> None:
        manager, lead = desk.person(session, "project manager"), desk.person(session, "sales lead")
        proposal = Handover(
            offer_id=offer_id,
            manager_id=manager.id,
            state=HandoverState.PROPOSED,
            proposed_at=desk.now,
            proposed_by_id=lead.id,
        )
        session.add(proposal)

    assert Verb.HANDOVER_SHOW not in verbs_of(await desk.card("project manager", Verb.PENDING_SHOW))
    desk.write(propose)
    assert Verb.HANDOVER_SHOW in verbs_of(await desk.card("project manager", Verb.PENDING_SHOW))
    assert Verb.HANDOVER_SHOW not in verbs_of(await desk.card("engineer", Verb.PENDING_SHOW))


async def test_clarifications_and_points_of_an_offer_are_counted_on_its_card(desk: Desk) -> None:
    (offer_id,) = many(desk, 1, stage="NEG")

    def fill(session: Session) -> None:
        lead = desk.person(session, "sales lead")
        entry: dict[str, Any] = {
            "offer_id": offer_id,
            "created_at": desk.now,
            "updated_at": desk.now,
            "created_by_id": lead.id,
            "updated_by_id": lead.id,
            "owner_id": lead.id,
        }
        for number in range(1, 41):
            asked = date(2026, 11, 20)
            due = date(2026, 11, 20 + number % 3) if number > 1 else None
            session.add(Clarification(number=number, question="Why?", asked_on=asked, due_on=due, **entry))
        for number in range(1, 31):
            state = PointState.OPEN if number <= 12 else PointState.AGREED
            session.add(
                NegotiationPoint(
                    number=number,
                    clause="Liability",
                    position="Capped",
                    state=state,
                    next_move=NextMove.CLIENT,
                    since=date(2026, 9, 21),
                    settled_on=None if state is PointState.OPEN else date(2026, 11, 2),
                    **entry,
                )
            )

    desk.write(fill)
    said = text_of(await desk.card("sales lead", Verb.OFFER_SHOW, offer_id))
    if desk.language == "fr":
        assert "Négociation : 12 points ouverts, 63 jours" in said
        assert "La suite est au client." in said
        assert "Clarification 3 : réponse due ven. 20 nov. (passé)" in said, "the earliest due, and then the first"
        assert "40 clarifications ouvertes" in said
    else:
        assert "Negotiation: 12 open points, 63 days" in said
        assert "The client’s move." in said
        assert "Clarification 3: answer due Fri 20 Nov (past)" in said
        assert "40 open clarifications" in said
    for code in (ListCode.CLARIFICATIONS, ListCode.POINTS):
        for page in range(6):
            await desk.card("engineer", Verb.RECORDS_SHOW, offer_id, q=f"{code}/{page}")
