"""Absences and the country of a person, through the whole bot."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.people.models import Absence
from bot.teams.replies import CardReply, DialogClosed
from cards.verbs import FormCode, Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of
from tests.unit.teams_handlers.test_every_dialog import inputs

DIALOG = FormCode.ABSENCE_ADD.value


async def said(desk: Desk, by: str, text: str = "absence") -> dict[str, Any]:
    reply = await desk.say(by, text)
    assert isinstance(reply, CardReply), reply
    return reply.card


async def declare(desk: Desk, by: str, first: str, last: str, **more: str) -> str:
    told = await desk.closed(by, Verb.FORM_SAVE, 0, q=DIALOG, starts_on=first, ends_on=last, **more)
    return told.replace("\u00a0", " ")


@pytest.mark.parametrize("text", ["absence", "absent", "congés", "vacances", "Holidays"])
async def test_each_word_shows_what_comes(french: Desk, text: str) -> None:
    shown = text_of(await said(french, "engineer", text))
    assert "Aucune absence à venir" in shown


async def test_an_absence_is_declared_withdrawn_and_restored(desk: Desk) -> None:
    empty = await said(desk, "engineer")
    assert verbs_of(empty) == {Verb.FORM_OPEN.value}
    form = await desk.form("engineer", Verb.FORM_OPEN, 0, q=DIALOG)
    assert set(values_of(form)) == {"starts_on", "ends_on"}
    told = await declare(desk, "engineer", "2026-12-21", "2026-12-31")
    assert {"fr": "du lun. 21 déc. au jeu. 31 déc.", "en": "from Mon 21 Dec to Thu 31 Dec"}[desk.language] in told
    card = await said(desk, "engineer")
    assert {"fr": "Du lun. 21 déc. au jeu. 31 déc.", "en": "From Mon 21 Dec to Thu 31 Dec"}[desk.language] in text_of(
        card
    )
    absence = desk.read(lambda session: session.query(Absence).one()).id
    for _ in range(2):
        card = await desk.card("engineer", Verb.ABSENCE_WITHDRAW, absence)
        assert Verb.ABSENCE_RESTORE.value in verbs_of(card)
        assert Verb.ABSENCE_WITHDRAW.value not in verbs_of(card)
    for _ in range(2):
        card = await desk.card("engineer", Verb.ABSENCE_RESTORE, absence)
        assert Verb.ABSENCE_WITHDRAW.value in verbs_of(card)
        assert Verb.ABSENCE_RESTORE.value not in verbs_of(card)
    assert desk.count(Absence, revoked_at=None) == 1
    shown = await desk.card("engineer", Verb.ABSENCE_WITHDRAW, absence)
    assert Verb.ABSENCE_WITHDRAW.value in verbs_of(shown), "a late press changes nothing: it is in force again"


async def test_one_day_is_said_as_one_day(desk: Desk) -> None:
    told = await declare(desk, "engineer", "2026-11-27", "2026-11-27")
    assert {"fr": "le ven. 27 nov.", "en": "on Fri 27 Nov"}[desk.language] in told


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-10-01", "2026-12-01", "starts_on"),
        ("2026-12-05", "2026-12-01", "ends_on"),
        ("2026-12-05", "2062-12-06", "ends_on"),
        ("", "2026-12-01", "starts_on"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(desk: Desk, first: str, last: str, field: str) -> None:
    form = await desk.form("engineer", Verb.FORM_SAVE, 0, q=DIALOG, starts_on=first, ends_on=last)
    assert {name: value for name, value in values_of(form).items() if value} == {
        name: value for name, value in (("starts_on", first), ("ends_on", last)) if value
    }
    assert [one["id"] for one, error in inputs(form) if error] == [field]
    assert desk.count(Absence) == 0


async def test_a_key_user_declares_for_somebody_and_sees_everybody(desk: Desk) -> None:
    form = await desk.form("key user", Verb.FORM_OPEN, 0, q=DIALOG)
    assert values_of(form)["person_id"] == object_id("key user")
    told = await declare(desk, "key user", "2026-12-21", "2026-12-31", person_id=object_id("engineer"))
    assert "engineer" in told
    await declare(desk, "sales lead", "2026-12-24", "2026-12-24")
    everybody = text_of(await said(desk, "key user"))
    assert "engineer" in everybody
    assert "sales lead" in everybody
    assert "sales lead" not in text_of(await said(desk, "engineer"))
    absence = desk.read(lambda session: session.query(Absence).order_by(Absence.id).first())
    assert absence is not None
    shown = await desk.card("key user", Verb.ABSENCE_WITHDRAW, absence.id)
    assert "engineer" in text_of(shown)


async def test_nobody_declares_for_others_by_a_forged_form(french: Desk) -> None:
    await declare(french, "engineer", "2026-12-21", "2026-12-31", person_id=object_id("CEO"))
    absence = french.read(lambda session: session.query(Absence).one())
    assert absence.person_id == french.person_id("engineer")
    refused = await french.press("sales lead", Verb.ABSENCE_WITHDRAW, absence.id)
    assert not isinstance(refused, CardReply) or "21 déc." not in text_of(refused)
    assert french.count(Absence, revoked_at=None) == 1


async def test_guests_declare_nothing(french: Desk) -> None:
    french.write(lambda session: setattr(french.person(session, "CPO"), "guest", True))
    for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
        reply = await french.press("CPO", verb, 0, q=DIALOG, starts_on="2026-12-01", ends_on="2026-12-01")
        assert isinstance(reply, DialogClosed)
    reply = await french.say("CPO", "absence")
    assert "Aucune absence" not in text_of(reply)
    assert french.count(Absence) == 0


async def test_many_absences_stay_one_short_card(french: Desk) -> None:
    for week in range(14):
        day = date.fromordinal(date(2026, 12, 1).toordinal() + 7 * week).isoformat()
        await declare(french, "engineer", day, day)
    assert "4 autres absences suivent" in text_of(await said(french, "engineer"))


async def test_the_profile_takes_the_country(desk: Desk) -> None:
    form = await desk.form("engineer", Verb.PROFILE_OPEN)
    assert values_of(form)["country"] == "FR"
    assert {"fr": "Allemagne", "en": "Germany"}[desk.language] in text_of(form)
    values: dict[str, Any] = {"language": desk.language, "time_zone": "Europe/Berlin"}
    await desk.closed("engineer", Verb.PROFILE_SAVE, country="DE", **values)
    assert desk.read(lambda session: desk.person(session, "engineer")).country == "DE"
    await desk.closed("engineer", Verb.PROFILE_SAVE, **values)
    assert desk.read(lambda session: desk.person(session, "engineer")).country == "DE", "an older form has no country"
    await desk.form("engineer", Verb.PROFILE_SAVE, country="QQ", **values)
    assert desk.read(lambda session: desk.person(session, "engineer")).country == "DE"


async def test_a_country_that_an_import_gave_stays_to_be_chosen(french: Desk) -> None:
    french.write(lambda session: setattr(french.person(session, "engineer"), "country", "NZ"))
    form = await french.form("engineer", Verb.PROFILE_OPEN)
    assert values_of(form)["country"] == "NZ"
    await french.closed("engineer", Verb.PROFILE_SAVE, language="fr", time_zone="Europe/Paris", country="NZ")
