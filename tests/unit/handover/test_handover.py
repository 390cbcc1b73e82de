"""The hand-over to the project manager, and the checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import Invalid, NotAllowed, NotFound
from bot.handover import service as handover
from bot.handover.errors import AlreadyAccepted, NotProposed, NotWon
from bot.handover.models import HandoverState
from bot.people.models import Person
from bot.sync.models import Kind, LedgerRow
from tests.unit.handover.conftest import Firm, later

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.handover.models import ChecklistItem


@pytest.fixture
def won(firm: Firm) -> int:
    """A won offer without a project manager; its id."""
    offer_id = firm.sent()
    firm.win(offer_id)
    return offer_id


def test_a_proposal_reaches_the_project_manager_and_their_yes_the_sales_lead(firm: Firm, won: int) -> None:
    found = firm.propose(won)
    assert firm.read(won).project_manager_id == firm.people["project manager"]
    assert firm.ledger()["handover_card", found.id, "project manager"] == 1
    firm.accept(found.id)
    stored = firm.handed(won)
    assert (stored.state, stored.answered_by_id) == (HandoverState.ACCEPTED, firm.people["project manager"])
    assert firm.ledger()["handover_result", found.id, "engineer"] == 1
    assert firm.ledger()["handover_card", found.id, "project manager"] == 2


def test_accepting_twice_is_accepting_once(firm: Firm, won: int) -> None:
    found = firm.propose(won)
    firm.accept(found.id)
    before = firm.ledger()
    firm.accept(found.id, by="key user")
    assert firm.handed(won).answered_by_id == firm.people["project manager"]
    assert firm.ledger() == before


def test_a_key_user_answers_for_the_project_manager_and_both_are_kept(firm: Firm, won: int) -> None:
    found = firm.propose(won)
    firm.accept(found.id, by="key user")
    assert firm.handed(won).answered_by_id == firm.people["key user"]
    statement = sa.select(AuditEvent.actor_id, AuditEvent.on_behalf_of_id).where(
        AuditEvent.action == "handover.accepted", AuditEvent.subject_id == found.id
    )
    who = firm.database.read_now(lambda session: session.execute(statement).one())
    assert tuple(who) == (firm.people["key user"], firm.people["project manager"])


@pytest.mark.parametrize("by", ["engineer", "sales lead", "CEO", "admin"])
def test_nobody_else_answers(firm: Firm, won: int, by: str) -> None:
    found = firm.propose(won)
    with pytest.raises(NotAllowed):
        firm.accept(found.id, by=by)
    with pytest.raises(NotAllowed):
        firm.send_back(found.id, by=by)
    assert firm.handed(won).state is HandoverState.PROPOSED


def test_sent_back_with_what_is_missing_and_proposed_again(firm: Firm, won: int) -> None:
    found = firm.propose(won)
    with pytest.raises(Invalid) as refusal:
        firm.send_back(found.id, " ")
    assert refusal.value.fields["answer"][0] == "errors.required"
    firm.send_back(found.id)
    assert (firm.handed(won).state, firm.handed(won).answer) == (HandoverState.RETURNED, "Who pays the bench?")
    for answer in (firm.accept, firm.send_back):
        with pytest.raises(NotProposed):
            answer(found.id)
    firm.propose(won, note="The client pays the bench")
    stored = firm.handed(won)
    assert (stored.state, stored.answer, stored.note) == (HandoverState.PROPOSED, None, "The client pays the bench")
    firm.accept(found.id)
    with pytest.raises(AlreadyAccepted):
        firm.send_back(found.id)
    with pytest.raises(AlreadyAccepted):
        firm.propose(won)


def test_a_new_question_and_a_new_answer_are_new_messages(firm: Firm, won: int) -> None:
    def posted(kind: Kind) -> int:
        """How many of its messages stand in a chat."""
        where = sa.and_(LedgerRow.kind == kind, LedgerRow.remote.is_not(None))
        return firm.database.read_now(
            lambda session: session.scalar(sa.select(sa.func.count()).select_from(LedgerRow).where(where)) or 0
        )

    def deliver() -> None:
        firm.write(lambda session: session.execute(sa.update(LedgerRow).values(remote={"activity": "1"})))

    found = firm.propose(won)
    deliver()
    firm.propose(won, note="The bench is free")
    assert posted(Kind.HANDOVER_CARD) == 1
    firm.send_back(found.id)
    deliver()
    firm.propose(won)
    assert posted(Kind.HANDOVER_CARD) == 0
    deliver()
    firm.accept(found.id)
    assert (posted(Kind.HANDOVER_CARD), posted(Kind.HANDOVER_RESULT)) == (1, 0)
    deliver()
    firm.propose(won, "sales lead")
    assert posted(Kind.HANDOVER_CARD) == 1


def test_another_project_manager_takes_over_later(firm: Firm, won: int) -> None:
    found = firm.propose(won)
    firm.accept(found.id)
    firm.propose(won, "sales lead")
    assert firm.ledger()["handover_card", found.id, "sales lead"] == 1
    with pytest.raises(NotAllowed):
        firm.accept(found.id)
    firm.accept(found.id, by="sales lead")
    assert firm.read(won).project_manager_id == firm.people["sales lead"]


def test_two_proposals_at_once_the_second_reads_of_the_first_and_decides(firm: Firm, won: int) -> None:
    firm.propose(won, by="sales lead", base=0)
    with pytest.raises(Invalid) as refusal:
        firm.propose(won, "admin", base=0)
    assert refusal.value.fields["project_manager_id"][1]["name"] == "The sales lead"
    assert firm.handed(won).manager_id == firm.people["project manager"]
    firm.propose(won, "admin", base=int(refusal.value.shown["rev"]))
    assert firm.handed(won).manager_id == firm.people["admin"]


def test_only_a_won_offer_is_handed_over(firm: Firm) -> None:
    offer_id = firm.sent()
    with pytest.raises(NotWon):
        firm.propose(offer_id)
    firm.win(offer_id, project_manager_id="project manager")
    found = firm.handed(offer_id)
    before = firm.ledger()["handover_card", found.id, "project manager"]
    firm.reopen(offer_id)
    assert firm.ledger()["handover_card", found.id, "project manager"] == before + 1
    with pytest.raises(NotWon):
        firm.accept(found.id)


def test_a_guest_gets_no_project(firm: Firm, won: int) -> None:
    def invite(session: Session) -> None:
        session.get_one(Person, firm.people["project manager"]).guest = True

    firm.write(invite)
    with pytest.raises(Invalid) as refusal:
        firm.propose(won)
    assert refusal.value.fields["project_manager_id"][0] == "errors.guest_role"


def test_only_those_who_steer_propose(firm: Firm, won: int) -> None:
    with pytest.raises(NotAllowed):
        firm.propose(won, by="project manager")
    firm.propose(won, by="CEO")


def test_what_does_not_exist_is_not_found(firm: Firm) -> None:
    for attempt in (firm.accept, firm.send_back, firm.propose):
        with pytest.raises(NotFound):
            attempt(99)
    with pytest.raises(NotFound):
        tick(firm, 99, done=True)


# The checklist


def items(firm: Firm, offer_id: int) -> list[ChecklistItem]:
    """What is to be done."""
    return firm.database.read_now(lambda session: handover.checklist(session, offer_id))


def tick(firm: Firm, item_id: int, *, done: bool, by: str = "engineer", days: int = 0) -> None:
    """Tick one thing on or off."""
    firm.write(
        lambda session: handover.tick(session, item_id, done=done, actor=firm.person(session, by), now=later(days))
    )


def test_ticks_say_who_and_when_and_two_at_once_are_one(firm: Firm, won: int) -> None:
    first = items(firm, won)[0]
    tick(firm, first.id, done=True)
    tick(firm, first.id, done=True, by="sales lead", days=1)
    stored = items(firm, won)[0]
    assert (stored.done_at, stored.done_by_id) == (later(0), firm.people["engineer"])
    tick(firm, first.id, done=False)
    assert items(firm, won)[0].done_by_id is None
    assert all(item.done_at is None for item in items(firm, won))


def test_the_project_manager_ticks_without_being_on_the_team(firm: Firm, won: int) -> None:
    first = items(firm, won)[0]
    with pytest.raises(NotAllowed):
        tick(firm, first.id, done=True, by="project manager")
    firm.propose(won)
    tick(firm, first.id, done=True, by="project manager")
    assert items(firm, won)[0].done_at is not None


def test_a_later_configuration_adds_only_what_is_new(firm: Firm, won: int) -> None:
    first = items(firm, won)[0]
    tick(firm, first.id, done=True)
    firm.reopen(won)
    (one, *_rest) = firm.company.checklist.item
    extra = one.model_copy(update={"code": "export"})
    listed = firm.company.checklist.model_copy(update={"item": (*firm.company.checklist.item, extra)})
    firm.company = firm.company.model_copy(update={"checklist": listed})
    count = len(items(firm, won))
    firm.win(won)
    assert [item.code for item in items(firm, won)][count:] == ["export"]
    assert items(firm, won)[0].done_at is not None
