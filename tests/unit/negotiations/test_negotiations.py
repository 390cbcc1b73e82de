"""Clauses under negotiation: settled by state, and the whole with its age and who moves next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import config
from bot.errors import Invalid, NotAllowed
from bot.negotiations import service as negotiations
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import entries
from bot.offers.models import StageStep
from tests.unit.decisions.conftest import MONDAY

if TYPE_CHECKING:
    from tests.unit.decisions.conftest import House

COMPANY = config.default()
TYPED = {
    "clause": "Article 12, penalties",
    "position": "No penalties",
    "client_position": "10 %",
    "state": "open",
    "next_move": "us",
    "agreed_text": "",
    "since": "2026-11-02",
    "due_on": "",
    "owner_id": "engineer",
    "link": "",
}


def add(house: House, offer_id: int, now: datetime = MONDAY, by: str = "engineer", **typed: str) -> NegotiationPoint:
    return house.write(
        lambda session: negotiations.add(session, offer_id, TYPED | typed, actor=house.person(session, by), now=now)
    )


def edit(house: House, point: NegotiationPoint, now: datetime = MONDAY, **typed: str) -> NegotiationPoint:
    return house.write(
        lambda session: negotiations.edit(
            session,
            point.id,
            TYPED | typed,
            base=point.revision,
            actor=house.person(session, "engineer"),
            now=now,
        )
    )


def summary(house: House, offer_id: int, today: date) -> negotiations.Summary:
    return house.database.read_now(
        lambda session: negotiations.summary(session, offer_id, today, stages=COMPANY.stages)
    )


def problems(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: key for name, (key, _params) in error.value.fields.items()}


def test_settling_notes_the_day_and_taking_it_up_again_empties_it(house: House) -> None:
    point = add(house, house.offer())
    assert point.settled_on is None
    agreed = edit(house, point, state="agreed", agreed_text="5 % at most")
    assert agreed.settled_on == MONDAY.date()
    still = edit(house, agreed, MONDAY + timedelta(days=3), state="dropped", agreed_text="5 % at most")
    assert still.settled_on == MONDAY.date()
    again = edit(house, still, MONDAY + timedelta(days=4), state="blocked")
    assert again.settled_on is None


def test_a_point_may_be_entered_settled(house: House) -> None:
    point = add(house, house.offer(), state="agreed", agreed_text="As proposed")
    assert point.settled_on == MONDAY.date()


def test_an_agreement_has_words(house: House) -> None:
    offer = house.offer()
    with pytest.raises(Invalid) as error:
        add(house, offer, state="agreed")
    assert problems(error) == {"agreed_text": "errors.required"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"clause": ""}, {"clause": "errors.required"}),
        ({"position": ""}, {"position": "errors.required"}),
        ({"state": "won"}, {"state": "errors.choice"}),
        ({"since": "2026-11-26"}, {"since": "errors.date_future"}),
        ({"due_on": "2026-11-01"}, {"due_on": "errors.date_order"}),
    ],
)
def test_what_cannot_be_is_said_at_the_field(house: House, typed: dict[str, Any], expected: dict[str, str]) -> None:
    offer = house.offer()
    with pytest.raises(Invalid) as error:
        add(house, offer, **typed)
    assert problems(error) == expected


def test_who_does_not_work_on_the_offer_may_not(house: House) -> None:
    offer = house.offer()
    with pytest.raises(NotAllowed):
        add(house, offer, by="key user")


def test_the_whole_has_an_age_and_somebody_who_moves_next(house: House) -> None:
    offer = house.offer()
    today = MONDAY.date()
    assert summary(house, offer, today) == negotiations.Summary(0, 0, 0, 0, None, None, 0, None)
    ours = add(house, offer)
    theirs = add(house, offer, since="2026-11-09", next_move="client", state="blocked")
    found = summary(house, offer, today)
    assert (found.open, found.blocked, found.unsettled) == (1, 1, 2)
    assert (found.since, found.days, found.next_move) == (date(2026, 11, 2), 21, NextMove.US)
    edit(house, ours, state="dropped")
    assert summary(house, offer, today).next_move is NextMove.CLIENT
    edit(house, theirs, MONDAY + timedelta(days=2), state="agreed", agreed_text="Yes", since="2026-11-09")
    over = summary(house, offer, today + timedelta(days=100))
    assert (over.until, over.days, over.next_move) == (today + timedelta(days=2), 23, None)
    assert (over.agreed, over.dropped, over.total) == (1, 1, 2)


def test_the_negotiation_stage_may_have_begun_it_earlier(house: House) -> None:
    offer = house.offer()
    entered = {"entered_at": MONDAY, "entered_on": date(2026, 10, 24), "cause": "person"}
    house.write(lambda session: session.add(StageStep(offer_id=offer, stage="NEG", **entered)))
    assert summary(house, offer, MONDAY.date()).days == 30
    add(house, offer)
    assert summary(house, offer, MONDAY.date()).since == date(2026, 10, 24)
    add(house, offer, since="2026-10-01")
    assert summary(house, offer, MONDAY.date()).since == date(2026, 10, 1)


def test_a_removed_point_counts_no_more(house: House) -> None:
    offer = house.offer()
    point = add(house, offer)
    house.write(
        lambda session: entries.take_away(
            session, NegotiationPoint, point.id, actor=house.person(session, "engineer"), now=MONDAY, away=True
        )
    )
    assert summary(house, offer, MONDAY.date()).total == 0


def test_those_still_negotiated_come_first(house: House) -> None:
    offer = house.offer()
    undated, late, soon = (
        add(house, offer),
        add(house, offer, due_on="2026-12-01"),
        add(house, offer, due_on="2026-11-24"),
    )
    settled = add(house, offer, state="dropped")
    found = house.database.read_now(lambda session: [one.id for one in negotiations.of_offer(session, offer)])
    assert found == [soon.id, late.id, undated.id, settled.id]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.lists(
        st.tuples(st.sampled_from(PointState), st.sampled_from(NextMove), st.integers(0, 400), st.integers(0, 400)),
        max_size=8,
    )
)
def test_the_summary_is_what_one_counts_by_hand(
    house: House, points: list[tuple[PointState, NextMove, int, int]]
) -> None:
    first = date(2026, 1, 1)
    today = first + timedelta(days=500)
    made = _offer_with(house, points, first)
    found = summary(house, made, today)
    waiting = [move for state, move, _since, _end in points if state in {PointState.OPEN, PointState.BLOCKED}]
    begun = first + timedelta(days=min((since for *_rest, since, _end in points), default=0))
    ends = [first + timedelta(days=since + end) for state, _move, since, end in points if state in negotiations.SETTLED]
    assert found.unsettled == len(waiting)
    assert found.agreed == sum(state is PointState.AGREED for state, *_rest in points)
    if not points:
        assert (found.since, found.days) == (None, 0)
    else:
        assert found.since == begun
        assert found.days == ((today if waiting else max(ends)) - begun).days
    assert (found.next_move is NextMove.US) == (NextMove.US in waiting)
    assert (found.next_move is None) == (not waiting)


def _offer_with(house: House, points: list[tuple[PointState, NextMove, int, int]], first: date) -> int:
    """A new offer with these points, written straight into the table."""
    house.clicks += 1
    offer = house.offer(number=f"1-3{house.clicks:04}")
    engineer = house.people["engineer"]
    rows: list[dict[str, Any]] = [
        {
            "offer_id": offer,
            "number": number,
            "revision": 1,
            "created_at": MONDAY,
            "updated_at": MONDAY,
            "created_by_id": engineer,
            "updated_by_id": engineer,
            "owner_id": engineer,
            "clause": "Penalties",
            "position": "None",
            "state": state,
            "next_move": move,
            "since": first + timedelta(days=since),
            "settled_on": first + timedelta(days=since + end) if state in negotiations.SETTLED else None,
        }
        for number, (state, move, since, end) in enumerate(points, start=1)
    ]
    if rows:
        house.write(lambda session: session.execute(sa.insert(NegotiationPoint), rows))
    return offer
