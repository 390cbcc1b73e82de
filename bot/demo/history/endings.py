"""How an offer ended: lost, abandoned, or won with its hand-over, checklist, budget and amendments."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.config.models import StageType
from bot.demo.history import words
from bot.demo.history.tale import round_amount
from bot.handover.amendments import MOVED
from bot.handover.models import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    BudgetLine,
    ChecklistItem,
    Handover,
    HandoverState,
)
from bot.offers.models import Outcome, StageStep
from bot.records.fields import as_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.demo.history.tale import Tale

NOTHING = Decimal(0)
TYPES = {Outcome.LOST: StageType.LOST, Outcome.ABANDONED: StageType.ABANDONED}


def give_up(tale: Tale, day: date, outcome: Outcome) -> None:
    """Lost or abandoned, with one of the configured reasons."""
    now = tale.at(day)
    step = tale.enter(now, TYPES[outcome], "person", tale.owner)
    stage = tale.company.stages.of_type(TYPES[outcome])
    reason = tale.chance.choice([one.code for one in stage.reasons]) if stage and stage.reasons else None
    note = tale.chance.choice(words.END_NOTES)
    step |= {"done": True, "reason_code": reason, "reason_note": note}
    tale.end(now, outcome, tale.owner)
    tale.edit(now, tale.owner, end_reason=reason, end_note=note)
    if outcome is Outcome.LOST:
        # Only debriefs that took place: an open one would be somebody's deadline.
        tale.edit(now, tale.owner, debrief_due_on=day + timedelta(days=30), debrief_done_on=day)


def win(tale: Tale, day: date, price: Decimal, until: date) -> None:
    """Signed, handed over and begun; what falls on ``until`` or later did not happen yet."""
    now, project = tale.at(day), f"{tale.row['number']}{tale.company.rules.numbers.project_suffix}"
    tale.enter(now, StageType.WON, "signature", tale.owner)
    tale.end(now, Outcome.WON, tale.owner)
    tale.row["project_number"] = project
    tale.touch(now, tale.owner)
    tale.tell(now, "offer.project_numbered", tale.owner, after={"project_number": project})
    kick_off = day + timedelta(days=tale.chance.randint(7, 28))
    tale.edit(now, tale.owner, signed_on=day, first_order=f"PO-{tale.id:05}", kick_off_on=kick_off)
    _move(tale, now, price, NOTHING, None)
    manager = tale.row["project_manager_id"]
    _hand_over(tale, day, manager)
    _checklist(tale, day, manager)
    if kick_off < until:
        _step(tale, "KICK", kick_off, manager)
    _amend(tale, day, price, until)


def _move(tale: Tale, now: datetime, amount: Decimal, budget: Decimal, amendment_id: int | None) -> None:
    tale.store.add(
        BudgetLine,
        offer_id=tale.id,
        amendment_id=amendment_id,
        amount=amount,
        currency="EUR",
        on_day=now.date(),
        at=now,
        by_id=tale.owner,
    )
    said = {"amount": as_text(amount), "budget": as_text(budget + amount), "amendment": amendment_id}
    after = {**said, "revision": tale.row["revision"]}
    tale.tell(now, MOVED, tale.owner, before={"amount": as_text(NOTHING)}, after=after)


def _hand_over(tale: Tale, day: date, manager: int) -> None:
    proposed, answered = tale.at(day), tale.at(day)
    row = tale.store.add(
        Handover,
        offer_id=tale.id,
        manager_id=manager,
        state=HandoverState.ACCEPTED,
        proposed_at=proposed,
        proposed_by_id=tale.owner,
        answered_at=answered,
        answered_by_id=manager,
        revision=2,
    )
    said = {"offer": tale.id, "manager": manager}
    tale.store.trail(proposed, "handover.proposed", "handover", row["id"], tale.owner, after=said)
    tale.store.trail(answered, "handover.accepted", "handover", row["id"], manager, after={"offer": tale.id})
    tale.touch(answered, manager)


def _checklist(tale: Tale, day: date, manager: int) -> None:
    for position, item in enumerate(tale.company.checklist.item):
        now = tale.at(day)
        row = tale.store.add(
            ChecklistItem,
            offer_id=tale.id,
            code=item.code,
            label_fr=item.label.of("fr"),
            label_en=item.label.of("en"),
            position=position,
            done_at=now,
            done_by_id=manager,
        )
        after = {"offer": tale.id, "code": item.code}
        tale.store.trail(now, "checklist_item.ticked", "checklist_item", row["id"], manager, after=after)


def _step(tale: Tale, code: str, day: date, actor: int) -> None:
    now = tale.at(day)
    tale.store.add(
        StageStep,
        offer_id=tale.id,
        stage=code,
        entered_at=now,
        entered_on=day,
        cause="person",
        actor_id=actor,
        post_award=True,
    )
    tale.touch(now, actor)
    tale.tell(now, "offer.post_award", actor, after={"step": code, "day": day.isoformat()})


def _amend(tale: Tale, day: date, price: Decimal, until: date) -> None:
    """Some contracts change once or twice."""
    budget = price
    for number in range(1, tale.chance.choice((0, 0, 0, 1, 1, 2)) + 1):
        day += timedelta(days=tale.chance.randint(40, 120))
        if day >= until:
            return
        now = tale.at(day)
        change = round_amount(float(price) * tale.chance.uniform(0.03, 0.2))
        row = tale.entry(
            now,
            Amendment,
            tale.owner,
            number,
            kind=tale.chance.choice((AmendmentKind.PRICE, AmendmentKind.SCOPE)),
            title=tale.chance.choice(words.AMENDMENTS),
            state=AmendmentState.SIGNED,
            requested_on=day,
            signed_on=day,
            price_change=change,
        )
        _move(tale, now, change, budget, row["id"])
        budget += change
