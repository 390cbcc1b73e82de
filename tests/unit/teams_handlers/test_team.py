"""The team of an offer through the whole bot: list, dialogs, notices, the plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.hours import service as hours
from bot.hours.rules import monday_of
from bot.offers import service as offers
from bot.offers import team
from bot.offers.models import Offer, TeamMember
from bot.sync.models import Kind, LedgerRow
from bot.teams.context import reader_of
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import CardReply, DialogClosed
from cards.check import check
from cards.fields import TEAM_ROWS
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TEAM = ListCode.TEAM.value
EVERYBODY = ("sales lead", "project manager", "engineer", "CTO", "CPO", "CEO")


async def numbered(desk: Desk) -> int:
    """An offer under way, without a team; its owner is the sales lead."""
    offer_id = await desk.evaluated(desk.tender())
    desk.write(lambda session: offers.allocate_number(session, offer_id, now=desk.now))
    return offer_id


async def add(desk: Desk, offer_id: int, who: str, by: str = "sales lead", **more: str) -> str:
    said: dict[str, Any] = {
        "person_id": object_id(who),
        "role": "contributor",
        "joined_on": desk.now.date().isoformat(),
        **more,
    }
    return await desk.closed(by, Verb.FORM_SAVE, offer_id, q=FormCode.MEMBER_ADD.value, **said)


async def listed(desk: Desk, offer_id: int, by: str = "sales lead") -> dict[str, Any]:
    return await desk.card(by, Verb.RECORDS_SHOW, offer_id, q=TEAM)


def leavers(card: Any) -> set[int]:  # noqa: ANN401
    """The stays that buttons of a list end."""
    if isinstance(card, list):
        return {number for one in card for number in leavers(one)}
    if not isinstance(card, dict):
        return set()
    data = card.get("data", {})
    own = {data["id"]} if data.get("verb") == Verb.RECORD_REMOVE else set()
    return own | {number for one in card.values() for number in leavers(one)}


def words_of(card: Any) -> str:  # noqa: ANN401
    """Every word on a card as it is read: without what protects a stop from being taken for a list."""
    return text_of(card).replace("\\\\", "")


def stay_of(desk: Desk, who: str) -> TeamMember:
    number = desk.person_id(who)
    statement = sa.select(TeamMember).where(TeamMember.person_id == number).order_by(TeamMember.id.desc())
    found = desk.read(lambda session: session.scalars(statement).first())
    assert found is not None
    return found


def on_team(desk: Desk, offer_id: int) -> list[str]:
    return desk.read(lambda session: [person.name for person, _role in offers.team_of(session, offer_id)])


def notice(desk: Desk, who: str) -> str:
    """What somebody reads about their place on the team."""

    def work(session: Session) -> dict[str, Any] | None:
        person = desk.person(session, who)
        stay = session.scalars(sa.select(TeamMember).where(TeamMember.person_id == person.id)).one()
        return DRAW[Kind.TEAM_NOTICE](session, stay.id, person, reader_of(person, desk.now), desk.around)

    card = desk.read(work)
    assert card is not None
    assert check(card, desk.schema) == []
    assert verbs_of(card) == {Verb.OFFER_SHOW.value, Verb.RECORDS_SHOW.value}
    return text_of(card)


async def test_an_empty_team_asks_for_the_first_person(desk: Desk) -> None:
    offer_id = await numbered(desk)
    shown = words_of(await listed(desk, offer_id))
    assert ("Ajoutez la première personne" if desk.language == "fr" else "Add the first person") in shown
    form = await desk.form("sales lead", Verb.FORM_OPEN, offer_id, q=FormCode.MEMBER_ADD.value)
    assert values_of(form)["joined_on"] == "2026-11-23"
    assert values_of(form)["role"] == "contributor"


async def test_the_list_has_role_days_plan_and_hours(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer", left_on="2026-12-18", planned_hours="40")
    await add(desk, offer_id, "sales lead", role="sales_lead", planned_hours="7,5")
    work(desk, offer_id, "engineer", 50)
    card = await listed(desk, offer_id)
    shown = words_of(card)
    said = {
        "fr": (
            "Contributeur",
            "Du lun. 23 nov. au ven. 18 déc.",
            "12,5 h saisies, 40 h prévues",
            "0 h saisies, 7,5 h prévues",
            "12,5 h saisies. Aucun temps",
        ),
        "en": (
            "Contributor",
            "From Mon 23 Nov to Fri 18 Dec",
            "12.5 h entered, 40 h planned",
            "0 h entered, 7.5 h planned",
            "12.5 h entered. No time",
        ),
    }
    assert [words for words in said[desk.language] if words not in shown] == []
    offer = words_of(await desk.card("sales lead", Verb.OFFER_SHOW, offer_id))
    assert {"fr": "Équipe · 47,5 h prévues", "en": "Team · 47.5 h planned"}[desk.language] in offer
    assert {"fr": "Équipe (2)", "en": "Team (2)"}[desk.language] in offer


def work(desk: Desk, offer_id: int, who: str, quarters: int) -> None:
    def enter(session: Session) -> None:
        person = desk.person(session, who)
        week = monday_of(desk.now.date())
        hours.save(
            session,
            person.id,
            week,
            {(offer_id, None): quarters},
            actor=person,
            now=desk.now,
            company=desk.around.company,
        )

    desk.write(enter)


async def test_the_plan_says_whose_it_is_and_how_far_the_people_are_from_it(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await desk.closed(
        "sales lead", Verb.EVALUATION_SUBMIT, offer_id, summary="A small study, worth an answer.", effort_hours="60"
    )
    await add(desk, offer_id, "engineer", planned_hours="50")
    shown = words_of(await listed(desk, offer_id))
    assert {"fr": "estimation de l’évaluation", "en": "the evaluation’s estimate"}[desk.language] in shown
    assert {"fr": "50 h, soit 10 h de moins", "en": "50 h, 10 h less"}[desk.language] in shown
    form = await desk.form("engineer", Verb.FORM_OPEN, offer_id, q=FormCode.PLAN.value)
    assert "60 h" in text_of(form)
    rev = desk.read(lambda session: session.get_one(Offer, offer_id)).revision
    said = await desk.closed("engineer", Verb.FORM_SAVE, offer_id, q=FormCode.PLAN.value, planned_hours="42.5", rev=rev)
    assert {"fr": "42,5 h, plan de l’offre", "en": "42.5 h, the offer’s plan"}[desk.language] in said
    shown = words_of(await listed(desk, offer_id))
    assert {"fr": "42,5 h prévues (plan de l’offre)", "en": "42.5 h planned (the offer’s plan)"}[desk.language] in shown
    assert {"fr": "soit 7,5 h de plus", "en": "7.5 h more"}[desk.language] in shown
    history = text_of(await desk.card("sales lead", Verb.OFFER_HISTORY, offer_id))
    assert {"fr": "Temps prévu", "en": "Planned time"}[desk.language] in history


async def test_a_large_team_and_one_person_alone_get_a_hint(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer")
    assert {"fr": "second regard", "en": "second pair of eyes"}[desk.language] in text_of(await listed(desk, offer_id))
    said = [await add(desk, offer_id, who) for who in EVERYBODY if who != "engineer"]
    assert {"fr": "6e personne", "en": "number 6"}[desk.language] in said[-1]
    assert {"fr": "6 personnes : au-delà de 5", "en": "6 people: above 5"}[desk.language] in text_of(
        await listed(desk, offer_id)
    ).replace("\u00a0", " ")
    assert len(on_team(desk, offer_id)) == 6


async def test_the_quick_dialog_throws_nobody_of_a_large_team_out(desk: Desk) -> None:
    offer_id = await numbered(desk)
    for who in EVERYBODY:
        await add(desk, offer_id, who)
    form = await desk.form("sales lead", Verb.TEAM_OPEN, offer_id)
    assert {"fr": "1 autre personne", "en": "1 more person"}[desk.language] in text_of(form)
    (carried,) = (one["data"]["q"] for one in form["actions"])
    values = values_of(form)
    assert [values[f"member_{row}"] for row in range(1, TEAM_ROWS + 1)] == [object_id(who) for who in EVERYBODY[:5]]
    rows = {name: value for name, value in values.items() if value and not name.endswith("_5")}
    twice = rows | {"member_5": object_id("CTO"), "member_role_5": "contributor"}
    again = await desk.form("sales lead", Verb.TEAM_SAVE, offer_id, q=carried, **twice)
    assert [one["data"]["q"] for one in again["actions"]] == [carried], "a form that comes back keeps whom it showed"
    await desk.closed("sales lead", Verb.TEAM_SAVE, offer_id, q=carried, **rows)
    assert on_team(desk, offer_id) == [who for who in EVERYBODY if who != "CPO"]


async def test_an_older_form_that_names_nobody_speaks_of_the_first_rows(french: Desk) -> None:
    offer_id = await numbered(french)
    for who in EVERYBODY:
        await add(french, offer_id, who)
    first = {"member_1": object_id("sales lead"), "member_role_1": "sales_lead"}
    await french.closed("sales lead", Verb.TEAM_SAVE, offer_id, **first)
    assert on_team(french, offer_id) == ["sales lead", "CEO"]


async def test_leaving_and_coming_back_by_button(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer")
    work(desk, offer_id, "engineer", 12)
    desk.later(days=1)
    stay = stay_of(desk, "engineer").id
    where = f"{TEAM}/{offer_id}"
    card = await desk.card("sales lead", Verb.RECORD_REMOVE, stay, q=where)
    shown = text_of(card)
    assert on_team(desk, offer_id) == []
    assert {"fr": "au mar. 24 nov.", "en": "to Tue 24 Nov"}[desk.language] in shown
    assert {"fr": "3 h saisies", "en": "3 h entered"}[desk.language] in shown, "the hours stay"
    assert text_of(await desk.again()) == shown, "a repeated delivery shows the same list"
    assert Verb.RECORD_RESTORE.value in verbs_of(card)
    for _ in range(2):
        await desk.card("sales lead", Verb.RECORD_RESTORE, stay, q=where)
    assert on_team(desk, offer_id) == ["engineer"]
    assert desk.count(TeamMember, offer_id=offer_id) == 2


async def test_members_leave_by_themselves_and_others_read_only(french: Desk) -> None:
    offer_id = await numbered(french)
    await add(french, offer_id, "engineer")
    await add(french, offer_id, "CPO")
    stay = stay_of(french, "engineer").id
    assert leavers(await listed(french, offer_id, "sales lead")) == {stay, stay_of(french, "CPO").id}
    assert leavers(await listed(french, offer_id, "engineer")) == {stay}
    colleague = await listed(french, offer_id, "key user")
    assert not verbs_of(colleague) & {Verb.RECORD_REMOVE.value, Verb.RECORD_RESTORE.value, Verb.FORM_OPEN.value}
    refused = await french.press("engineer", Verb.RECORD_REMOVE, stay_of(french, "CPO").id, q=f"{TEAM}/{offer_id}")
    assert not isinstance(refused, CardReply)
    for code, number in ((FormCode.MEMBER_ADD, offer_id), (FormCode.MEMBER_EDIT, stay)):
        assert isinstance(await french.press("engineer", Verb.FORM_OPEN, number, q=code.value), DialogClosed)
    await french.card("engineer", Verb.RECORD_REMOVE, stay, q=f"{TEAM}/{offer_id}")
    assert on_team(french, offer_id) == ["CPO"]


async def test_a_guest_is_refused_at_the_field(desk: Desk) -> None:
    offer_id = await numbered(desk)
    desk.write(lambda session: setattr(desk.person(session, "CPO"), "guest", True))
    said = {"person_id": object_id("CPO"), "role": "contributor", "joined_on": "2026-11-23", "planned_hours": "12"}
    form = await desk.form("sales lead", Verb.FORM_SAVE, offer_id, q=FormCode.MEMBER_ADD.value, **said)
    assert values_of(form)["planned_hours"] == "12"
    assert {"fr": "invité", "en": "guest"}[desk.language] in text_of(form).lower()
    assert on_team(desk, offer_id) == []


async def test_two_people_edit_one_member_at_once(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer")
    stay = stay_of(desk, "engineer")
    form = {"role": "contributor", "joined_on": stay.joined_on.isoformat(), "q": FormCode.MEMBER_EDIT.value}
    await desk.closed("sales lead", Verb.FORM_SAVE, stay.id, **form, planned_hours="10", rev=stay.revision)
    other = await desk.form("CEO", Verb.FORM_SAVE, stay.id, **form, planned_hours="30", rev=stay.revision)
    assert "sales lead" in text_of(other)
    assert values_of(other)["planned_hours"] == "30"
    (rev,) = (one["data"]["rev"] for one in other["actions"] if one["data"]["verb"] == Verb.FORM_SAVE)
    await desk.closed("CEO", Verb.FORM_SAVE, stay.id, **form, planned_hours="30", rev=rev)
    assert stay_of(desk, "engineer").planned_hours == 30


async def test_who_joins_and_leaves_reads_it(desk: Desk) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer", left_on="2026-12-18", planned_hours="40")
    await add(desk, offer_id, "sales lead", role="sales_lead")
    wanted = {row.target for row in desk.ledger().values() if row.kind is Kind.TEAM_NOTICE}
    assert wanted == {f"person:{desk.person_id('engineer')}"}, "nobody is told what they did"
    joined = notice(desk, "engineer")
    told = {
        "fr": ("Vous êtes dans l’équipe", "S580", "Contributeur", "du lun. 23 nov. au ven. 18 déc.", "40 h prévues"),
        "en": ("You are on the team", "S580", "Contributor", "from Mon 23 Nov to Fri 18 Dec", "40 h planned"),
    }
    assert [words for words in told[desk.language] if words not in joined] == []
    await desk.card("sales lead", Verb.RECORD_REMOVE, stay_of(desk, "engineer").id, q=f"{TEAM}/{offer_id}")
    left = notice(desk, "engineer")
    assert {"fr": "Vous n’êtes plus dans l’équipe", "en": "You are no longer on the team"}[desk.language] in left
    assert {"fr": "Vos heures restent", "en": "Your hours stay"}[desk.language] in left


@pytest.mark.parametrize(("last", "planned"), [("", ""), ("", "8"), ("2026-12-18", "")])
async def test_what_is_not_known_is_not_told(desk: Desk, last: str, planned: str) -> None:
    offer_id = await numbered(desk)
    await add(desk, offer_id, "engineer", left_on=last, planned_hours=planned)
    joined = notice(desk, "engineer")
    assert ("18 " in joined) == bool(last)
    assert ("8 h" in joined) == bool(planned)


async def test_a_week_on_screen_gets_the_new_offer(french: Desk) -> None:
    offer_id = await numbered(french)
    work(french, offer_id, "engineer", 4)

    def wanted(session: Session) -> int:
        from bot.hours.models import HoursWeek  # noqa: PLC0415
        from bot.sync.ledger import want  # noqa: PLC0415

        week = session.scalars(sa.select(HoursWeek)).one()
        want(session, Kind.HOURS_CARD, week.id, now=french.now, target=f"person:{week.person_id}")
        return week.id

    week_id = french.write(wanted)
    await add(french, offer_id, "engineer")
    row = french.ledger()[Kind.HOURS_CARD.value, week_id, f"person:{french.person_id('engineer')}"]
    assert row.wanted_version == 2


async def test_the_team_is_ended_by_the_clock_and_the_shared_card_drawn_again(french: Desk) -> None:
    offer_id = await numbered(french)
    await add(french, offer_id, "engineer", left_on="2026-11-24")
    shared = sa.select(LedgerRow.wanted_version).where(LedgerRow.kind == Kind.SHARED_CARD)
    before = french.read(lambda session: session.scalars(shared).all())
    later = french.now + timedelta(days=2)
    assert french.write(lambda session: team.end_over(session, later.date(), later)) == 1
    assert on_team(french, offer_id) == []
    after = french.read(lambda session: session.scalars(shared).all())
    assert [new - old for new, old in zip(after, before, strict=True)] == [1] * len(before)
