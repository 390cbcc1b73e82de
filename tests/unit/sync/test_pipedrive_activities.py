"""Activities of a deal in Pipedrive: each made once, changed in place, and nobody's value overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.activities import service as activities
from bot.activities.models import Activity
from bot.offers import entries
from bot.people.models import Person
from bot.sync import conflicts
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.teams.context import Surroundings
from bot.teams.presenters.sync import conflict_view
from cards.views.reader import Reader
from cards.words import Language
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from tests.unit.sync.pipedrive_desk import ENGINEER_USER, SALES_LEAD_USER, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database
    from cards.views.sync import ConflictView

PATH = "/api/v2/activities"
CALL = {"kind": "call", "subject": "Thermal margin", "planned_on": "2026-12-01", "planned_time": "14:30"}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


class Plan:
    """What people do about the activities of one offer, and what stands over there."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def _actor(self, session: Session, name: str = "engineer") -> Person:
        return session.get_one(Person, self.desk.house.people[name])

    def add(self, owner: str = "engineer", **typed: str) -> int:
        def work(session: Session) -> int:
            person = self._actor(session, owner)
            made, _moved = activities.record(
                session,
                self.desk.offer_id,
                {**CALL, "owner_id": person.entra_object_id, **typed},
                company=self.desk.company,
                actor=self._actor(session),
                now=self.desk.time.now(),
            )
            return made.id

        return self.desk.database.write_now(work)

    def change(self, activity_id: int, owner: str = "engineer", **typed: str) -> None:
        def work(session: Session) -> None:
            activity = session.get_one(Activity, activity_id)
            given = {**CALL, "owner_id": self._actor(session, owner).entra_object_id, **typed}
            activities.edit(
                session,
                activity_id,
                given,
                base=activity.revision,
                company=self.desk.company,
                actor=self._actor(session),
                now=self.desk.time.now(),
            )

        self.desk.database.write_now(work)

    def done(self, activity_id: int) -> None:
        self.desk.database.write_now(
            lambda session: activities.mark(
                session,
                activity_id,
                done=True,
                company=self.desk.company,
                actor=self._actor(session),
                now=self.desk.time.now(),
            )
        )

    def remove(self, activity_id: int, *, away: bool = True) -> None:
        self.desk.database.write_now(
            lambda session: entries.take_away(
                session, Activity, activity_id, actor=self._actor(session), now=self.desk.time.now(), away=away
            )
        )

    def row(self) -> LedgerRow:
        return self.desk.database.read_now(
            lambda session: session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == Kind.ACTIVITIES)).one()
        )

    async def run(self) -> LedgerRow:
        await self.desk.run()
        return self.row()

    async def fine(self) -> None:
        row = await self.run()
        assert (row.state, row.error, row.done_version) == (LedgerState.OK, None, row.wanted_version)

    def there(self) -> list[dict[str, Any]]:
        return [one for one in self.desk.world.activities.values() if not one["is_deleted"]]

    def only(self) -> dict[str, Any]:
        (only,) = self.there()
        return only

    def edit(self, **values: object) -> None:
        """Somebody changes the only activity over there."""
        self.desk.world.activities[self.only()["id"]] |= values

    def calls(self) -> list[str]:
        return [call for call in self.desk.calls() if PATH in call]


@pytest.fixture
async def plan(database: Database, key: RSAPrivateKey) -> AsyncIterator[Plan]:
    """A prepared account, and an offer that has its deal."""
    async with open_desk(database, key) as desk:
        await desk.set_up()
        await desk.fine()
        yield Plan(desk)


async def test_a_call_becomes_an_activity_of_the_deal(plan: Plan) -> None:
    plan.add(
        minutes="90", note="Ask for <b>margins</b>\nand reserves", place="Noordwijk", link="https://x.example/a?b=1"
    )
    await plan.fine()
    made = plan.only()
    assert (made["subject"], made["type"], made["deal_id"]) == ("Thermal margin", "call", plan.desk.deal()["id"])
    # 14:30 in Paris, in winter.
    assert (made["due_date"], made["due_time"], made["duration"]) == ("2026-12-01", "13:30", "01:30")
    assert (made["done"], made["owner_id"]) == (False, ENGINEER_USER)
    assert made["note"] == (
        "Ask for &lt;b&gt;margins&lt;/b&gt;<br>and reserves<br>Place: Noordwijk<br>Link: https://x.example/a?b=1"
        "<br><i>Offerdesk OD-1/1</i>"
    )


async def test_what_was_recorded_stands_there_as_done_on_its_day(plan: Plan) -> None:
    plan.add(kind="appointment", planned_on="", planned_time="", done_on="2026-11-20")
    plan.add(kind="task", planned_time="")
    await plan.fine()
    first, second = plan.there()
    assert (first["type"], first["due_date"], first["due_time"], first["done"]) == ("meeting", "2026-11-20", "", True)
    assert (second["type"], second["due_date"], second["done"]) == ("task", "2026-12-01", False)


async def test_an_unchanged_activity_costs_no_call(plan: Plan) -> None:
    plan.add()
    await plan.fine()
    called = len(plan.desk.calls())
    plan.desk.change()
    await plan.fine()
    assert len(plan.desk.calls()) == called


async def test_only_what_changed_is_sent(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    number = plan.only()["id"]
    plan.done(activity_id)
    await plan.fine()
    assert plan.desk.sandbox.log.of("pipedrive")[-1]["body"] == {"done": True}
    plan.change(activity_id, done_on="2026-11-23", planned_time="16:00", minutes="30")
    await plan.fine()
    assert (plan.only()["id"], plan.only()["due_time"], plan.only()["duration"]) == (number, "15:00", "00:30")
    plan.change(activity_id, done_on="2026-11-23", planned_time="16:00", minutes="")
    await plan.fine()
    assert plan.only()["duration"] == "00:00"
    assert [call.split()[0] for call in plan.calls()] == ["POST", *(["GET", "PATCH"] * 3)]


async def test_many_changes_become_one_call(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    for subject in ("One", "Two", "Three"):
        plan.change(activity_id, subject=subject)
    await plan.fine()
    assert plan.only()["subject"] == "Three"
    assert sum(call.startswith("PATCH") for call in plan.calls()) == 1


async def test_a_time_that_is_taken_away_leaves_one_activity(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.change(activity_id, planned_time="", planned_on="2026-12-02")
    await plan.fine()
    assert (plan.only()["due_date"], plan.only()["due_time"]) == ("2026-12-02", "")


async def test_a_death_between_its_two_calls_leaves_one_activity(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.change(activity_id, planned_time="")
    plan.desk.sandbox.faults.add(Fault(service="pipedrive", path=PATH, method="DELETE", status=503, times=9))
    assert (await plan.run()).state is LedgerState.RETRYING
    assert len(plan.there()) == 2
    plan.desk.sandbox.faults.clear()
    await plan.fine()
    assert plan.only()["due_time"] == ""


async def test_what_is_removed_here_is_deleted_there_and_made_again_when_restored(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.remove(activity_id)
    await plan.fine()
    assert plan.there() == []
    plan.remove(activity_id, away=False)
    await plan.fine()
    assert plan.only()["subject"] == "Thermal margin"


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_lost_answer_makes_no_second_activity(plan: Plan, lost: int) -> None:
    first = plan.add()
    plan.add(subject="Second")
    for _ in range(lost):
        plan.desk.lose_answer("POST", PATH)
        assert (await plan.run()).state is LedgerState.RETRYING
    plan.change(first, subject="Changed meanwhile")
    await plan.fine()
    assert [one["subject"] for one in plan.there()] == ["Changed meanwhile", "Second"]
    assert plan.desk.conflicts() == []


async def test_what_was_made_unheard_and_removed_meanwhile_is_deleted(plan: Plan) -> None:
    activity_id = plan.add()
    plan.desk.lose_answer("POST", PATH)
    await plan.run()
    plan.remove(activity_id)
    await plan.fine()
    assert plan.there() == []


async def test_a_creation_that_never_arrived_is_made(plan: Plan) -> None:
    plan.add()
    plan.desk.sandbox.faults.add(Fault(service="pipedrive", path=PATH, method="POST", reset=True))
    assert (await plan.run()).state is LedgerState.RETRYING
    await plan.fine()
    assert plan.only()["subject"] == "Thermal margin"


async def test_our_own_unheard_change_is_nobodys(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.change(activity_id, subject="Reserve")
    plan.desk.lose_answer("PATCH", PATH)
    # An answer that was lost is asked for again at once; here the program ends instead.
    plan.desk.sandbox.faults.add(Fault(service="pipedrive", path=PATH, method="PATCH", status=503, times=9))
    assert (await plan.run()).state is LedgerState.RETRYING
    plan.desk.sandbox.faults.clear()
    plan.change(activity_id)
    await plan.fine()
    assert (plan.only()["subject"], plan.desk.conflicts()) == ("Thermal margin", [])


async def test_somebody_elses_value_is_kept_and_the_rest_written(plan: Plan) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.edit(subject="Margins and masses", done=True)
    plan.change(activity_id, subject="Margins", minutes="45")
    assert (await plan.run()).state is LedgerState.CONFLICT
    assert (plan.only()["subject"], plan.only()["duration"]) == ("Margins and masses", "00:45")
    differing = {one.field: (one.ours["value"], one.theirs["value"]) for one in plan.desk.conflicts()}
    assert differing == {"1.subject": ("Margins", "Margins and masses"), "1.state": ("open", "done")}


async def test_other_html_with_the_same_words_is_no_difference(plan: Plan) -> None:
    activity_id = plan.add(note="Margins & masses")
    await plan.fine()
    plan.edit(note="<p>Margins &amp; masses<br/><em>Offerdesk OD-1/1</em></p>")
    plan.change(activity_id, note="Margins & masses", subject="Margins")
    await plan.fine()
    assert plan.only()["subject"] == "Margins"


@pytest.mark.parametrize("purged", [False, True])
async def test_what_somebody_deleted_there_is_not_made_again(plan: Plan, purged: bool) -> None:  # noqa: FBT001
    activity_id = plan.add()
    await plan.fine()
    number = plan.only()["id"]
    if purged:
        del plan.desk.world.activities[number]
    else:
        plan.edit(is_deleted=True)
    plan.change(activity_id, subject="Changed")
    await plan.fine()
    called = len(plan.desk.calls())
    plan.change(activity_id, subject="Changed again")
    await plan.fine()
    assert (plan.there(), len(plan.desk.calls())) == ([], called)


async def test_who_has_no_seat_owns_nothing_there_until_somebody_with_a_seat_takes_over(plan: Plan) -> None:
    activity_id = plan.add(owner="key user")
    await plan.fine()
    assert plan.only()["owner_id"] not in {ENGINEER_USER, SALES_LEAD_USER}
    plan.change(activity_id, owner="sales lead")
    await plan.fine()
    assert (plan.only()["owner_id"], plan.desk.conflicts()) == (SALES_LEAD_USER, [])


async def test_types_are_those_of_the_company(plan: Plan) -> None:
    systems = plan.desk.company.systems
    types = systems.pipedrive.activities.model_copy(update={"call": "telco"})
    kept = systems.pipedrive.model_copy(update={"activities": types})
    plan.desk.company = plan.desk.company.model_copy(update={"systems": systems.model_copy(update={"pipedrive": kept})})
    plan.desk.gateway = plan.desk.fresh_gateway()
    plan.add()
    await plan.fine()
    assert plan.only()["type"] == "telco"


async def test_activities_wait_for_their_deal(database: Database, key: RSAPrivateKey) -> None:
    async with open_desk(database, key) as desk:
        await desk.set_up()
        plan = Plan(desk)
        plan.add()
        desk.sandbox.faults.add(Fault(service="pipedrive", path="/api/v2/deals", status=503, times=9))
        assert (await plan.run()).error == "deal"
        desk.sandbox.faults.clear()
        await desk.run()
        await plan.fine()
        assert plan.only()["deal_id"] == desk.deal()["id"]


async def test_a_refused_activity_leaves_the_deal_alone(plan: Plan) -> None:
    plan.add()
    plan.desk.sandbox.faults.add(
        Fault(service="pipedrive", path=PATH, method="POST", status=400, body={"success": False, "error": "type"})
    )
    plan.desk.stage("SNT")
    assert (await plan.run()).state is LedgerState.MANUAL
    assert plan.desk.row().state is LedgerState.OK
    assert plan.desk.stage_name() == "Sent"


@pytest.mark.parametrize(
    ("language", "words", "standing"),
    [
        (Language.EN, "Subject of “Thermal margin”", "to do"),
        (Language.FR, "Objet de «\N{NO-BREAK SPACE}Thermal margin\N{NO-BREAK SPACE}»", "à faire"),
    ],
)
async def test_two_values_are_shown_in_words(plan: Plan, language: Language, words: str, standing: str) -> None:
    activity_id = plan.add()
    await plan.fine()
    plan.edit(subject="Margins and masses", done=True)
    plan.change(activity_id, subject="Margins")
    row = await plan.run()
    reader = Reader(language=language, time_zone="Europe/Paris", now=plan.desk.time.now())
    around = Surroundings(plan.desk.company, language, "Europe/Paris")

    def views(session: Session) -> dict[str, ConflictView]:
        person = session.get_one(Person, plan.desk.house.people["engineer"])
        waiting = conflicts.open_on(session, row.id)
        return {one.field: conflict_view(session, one.id, person, reader, around) for one in waiting}

    shown = plan.desk.database.read_now(views)
    assert shown["1.subject"].field == words
    assert (shown["1.state"].ours, shown["1.state"].system) == (standing, "Pipedrive")
