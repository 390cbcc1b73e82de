"""The hours report and the hourly rates through the whole bot: who may, what is understood, what is shown."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.decisions.tickets import DownloadTicket, SheetKind
from bot.hours import service as hours
from bot.hours.models import HourlyRate
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.reports.figures import Grouping
from bot.teams.replies import CardReply, DialogClosed, TextReply
from cards.verbs import FormCode, Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WEEK = date(2026, 11, 16)
BEFORE = date(2026, 11, 9)
ADD, EDIT = FormCode.RATE_ADD.value, FormCode.RATE_EDIT.value


@pytest.fixture
def won_and_lost(desk: Desk) -> tuple[int, int]:
    """An offer that was won with 10 h of the engineer, one that was lost with 30 h; the CPO said nothing."""
    desk.staff()
    ids = [desk.tender(f"1-2000{each}", f"Shield {each}") for each in range(2)]

    def work(session: Session) -> tuple[int, int]:
        made = []
        for number, outcome, worked in ((0, Outcome.WON, 40), (1, Outcome.LOST, 120)):
            engineer = desk.person(session, "engineer")
            offer = Offer(
                chrono=number + 1,
                number=f"S58{number}",
                title=f"Shield {number}",
                search_text="",
                tender_id=ids[number],
                owner_id=engineer.id,
                stage="PRE",
                outcome=outcome,
                opened_at=desk.now,
                opened_on=BEFORE,
                ended_on=desk.now.date(),
                updated_at=desk.now,
            )
            session.add(offer)
            session.flush()
            for name in ("engineer", "CPO"):
                person_id = desk.person(session, name).id
                session.add(
                    TeamMember(
                        offer_id=offer.id, person_id=person_id, role=TeamRole.CONTRIBUTOR, joined_on=date(2026, 11, 16)
                    )
                )
            session.flush()
            hours.save(
                session,
                engineer.id,
                WEEK,
                {(offer.id, None): worked},
                actor=engineer,
                now=desk.now,
                company=desk.around.company,
            )
            made.append(offer.id)
        return made[0], made[1]

    return desk.write(work)


def french(desk: Desk) -> bool:
    return desk.language == "fr"


async def test_the_key_user_reads_what_was_won_and_lost(desk: Desk, won_and_lost: tuple[int, int]) -> None:
    command = "rapport heures" if french(desk) else "report hours"
    shown = text_of(await desk.say("key user", command))
    assert all(spent in shown for spent in ("40 h", "10 h", "30 h"))
    assert ("3 h sans contrat pour 1 h gagnée" if french(desk) else "3 h without a contract for 1 h won") in shown
    assert "€" not in shown
    assert ("Sans client" if french(desk) else "No client") in shown
    rated: dict[str, object] = {"person_id": object_id("engineer"), "amount": "85.5", "valid_from": "2026-01-01"}
    await desk.closed("key user", Verb.FORM_SAVE, 0, **rated, rev=0, q=ADD)
    for grouping in Grouping:
        card = await desk.card("key user", Verb.REPORT_SHOW, 2026, q=grouping.value)
        assert {Verb.REPORT_SHOW.value, Verb.REPORT_TABLE.value} <= verbs_of(card)
        text = text_of(card)
        if grouping is not Grouping.MISSING:
            assert ("3 420 €" if french(desk) else "€3,420") in text
            assert all(part in text for part in ("Chart.HorizontalBar.Stacked", "fallback"))
        if grouping is Grouping.OFFER:
            assert "S580 Shield 0" in text
    earlier = text_of(await desk.card("key user", Verb.REPORT_SHOW, 2025, q="client"))
    assert ("Aucune heure" if french(desk) else "No hours") in earlier


async def test_who_is_missing_is_named_with_the_week(desk: Desk, won_and_lost: tuple[int, int]) -> None:
    shown = text_of(await desk.say("key user", "rapport heures manquantes" if french(desk) else "report hours missing"))
    assert ("1 semaine sans réponse" if french(desk) else "1 week without an answer") in shown
    assert all(part in shown.lower() for part in ("cpo", "16 nov"))
    assert "engineer" not in shown


async def test_report_alone_lists_what_there_is(desk: Desk) -> None:
    desk.staff()
    for typed in ("report", "rapport", "rapport de la lune"):
        card = await desk.say("key user", typed)
        assert isinstance(card, CardReply)
        assert {Verb.REPORT_SHOW.value, Verb.RATES_SHOW.value} <= verbs_of(card.card)


@pytest.mark.parametrize("by", ["engineer", "sales lead", "CEO", "admin"])
async def test_nobody_else_sees_hours_rates_or_cost(desk: Desk, won_and_lost: tuple[int, int], by: str) -> None:
    rated: dict[str, object] = {"person_id": object_id("engineer"), "amount": "85.5", "valid_from": "2026-01-01"}
    await desk.closed("key user", Verb.FORM_SAVE, 0, **rated, rev=0, q=ADD)
    rate_id = desk.read(lambda session: session.scalar(sa.select(HourlyRate.id)))
    assert rate_id is not None
    for typed in ("report", "report hours", "rates", "taux", "rapport heures 2026 par personne"):
        reply = await desk.say(by, typed)
        assert isinstance(reply, TextReply)
        assert "key user" in text_of(reply).lower()
    pressed = (Verb.REPORT_SHOW, Verb.REPORT_TABLE, Verb.REPORT_PICTURE, Verb.RATES_SHOW, Verb.RATE_WITHDRAW)
    for verb in (*pressed, Verb.RATE_RESTORE):
        assert isinstance(await desk.press(by, verb, rate_id, q="client"), TextReply)
    for code, number in ((ADD, 0), (EDIT, rate_id)):
        assert isinstance(await desk.press(by, Verb.FORM_OPEN, number, q=code), DialogClosed)
        assert isinstance(
            await desk.press(by, Verb.FORM_SAVE, number, channel=False, **rated, rev=1, q=code), DialogClosed
        )
    assert desk.count(DownloadTicket) == 0
    assert desk.count(HourlyRate) == 1
    for offer_id in won_and_lost:
        seen = text_of(await desk.card(by, Verb.OFFER_SHOW, offer_id))
        seen += text_of(await desk.card(by, Verb.OFFER_HISTORY, offer_id))
        assert "85" not in seen.replace("#", "")
        assert "€" not in seen


async def test_rates_are_added_corrected_withdrawn_and_brought_back(desk: Desk) -> None:
    desk.staff()
    assert Verb.FORM_OPEN.value in verbs_of(_card(await desk.say("key user", "taux")))
    rate = {"person_id": object_id("engineer"), "amount": "85,50", "valid_from": "2026-01-01"}
    await desk.closed("key user", Verb.FORM_SAVE, 0, **rate, rev=0, q=ADD)
    await desk.closed("key user", Verb.FORM_SAVE, 0, **rate | {"valid_from": "2026-07-01"}, rev=0, q=ADD)
    taken = await desk.form("key user", Verb.FORM_SAVE, 0, **rate, rev=0, q=ADD)
    assert ("Un taux commence déjà" if french(desk) else "A rate begins on") in text_of(taken)
    too_much = await desk.form("key user", Verb.FORM_SAVE, 0, **rate | {"amount": "0"}, rev=0, q=ADD)
    assert ("au-dessus de 0" if french(desk) else "above 0") in text_of(too_much)
    first = desk.read(lambda session: session.scalar(sa.select(sa.func.min(HourlyRate.id)))) or 0
    form = await desk.form("key user", Verb.FORM_OPEN, first, q=EDIT)
    assert values_of(form)["amount"] == 85.5
    corrected: dict[str, object] = {"amount": "90", "valid_from": "2026-02-01"}
    await desk.closed("key user", Verb.FORM_SAVE, first, **corrected, rev=1, q=EDIT)
    stale = await desk.press(
        "key user", Verb.FORM_SAVE, first, channel=False, **corrected | {"amount": "91"}, rev=1, q=EDIT
    )
    assert isinstance(stale, DialogClosed)
    card = await desk.card("key user", Verb.RATES_SHOW)
    assert ("90 €" if french(desk) else "€90") in text_of(card)
    gone = await desk.card("key user", Verb.RATE_WITHDRAW, first)
    assert Verb.RATE_RESTORE.value in verbs_of(gone)
    await desk.card("key user", Verb.RATE_WITHDRAW, first)
    assert desk.count(HourlyRate) == 1
    await desk.card("key user", Verb.RATE_RESTORE, first)
    await desk.card("key user", Verb.RATE_RESTORE, first)
    kept = desk.read(
        lambda session: session.execute(
            sa.select(HourlyRate.cents, HourlyRate.valid_from, HourlyRate.valid_to).order_by(HourlyRate.valid_from)
        ).all()
    )
    assert [tuple(row) for row in kept] == [
        (9000, date(2026, 2, 1), date(2026, 6, 30)),
        (8550, date(2026, 7, 1), None),
    ]


def _card(reply: object) -> dict[str, object]:
    assert isinstance(reply, CardReply)
    return reply.card


@pytest.mark.parametrize(("verb", "kind"), [(Verb.REPORT_TABLE, "hours_table"), (Verb.REPORT_PICTURE, "hours_picture")])
async def test_a_file_is_fetched_with_a_ticket(desk: Desk, verb: Verb, kind: str) -> None:
    desk.staff()
    card = text_of(await desk.card("key user", verb, 2026))
    assert f"{desk.public_url}/sheets/token-1" in card
    ticket = desk.read(lambda session: session.scalars(sa.select(DownloadTicket)).one())
    assert (ticket.kind, ticket.subject_id, ticket.language) == (SheetKind(kind), 2026, desk.language)


async def test_a_forged_button_is_refused(desk: Desk) -> None:
    desk.staff()
    for verb, number, words in (
        (Verb.REPORT_SHOW, 2026, "salary"),
        (Verb.REPORT_SHOW, 99_999, "client"),
        (Verb.REPORT_TABLE, 12, ""),
    ):
        assert isinstance(await desk.press("key user", verb, number, q=words), TextReply)
    assert desk.count(DownloadTicket) == 0
