"""The hand-over sheet, read back as a Word document and counted against the record."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import docx
import pytest

from bot.activities.models import Activity, ActivityKind, Document, DocumentKind
from bot.clarifications.models import AnsweredBy, Clarification
from bot.decisions.models import Choice
from bot.decisions.service import Condition
from bot.errors import NotFound
from bot.handover.contents import Due, contents
from bot.handover.sheet import prepare
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import entries
from bot.offers.models import TeamRole
from bot.offers.team import set_team
from bot.quotes import service as quotes
from bot.quotes.models import PartnerQuote
from bot.records.fields import FieldSpec
from bot.teams.presenters.handover import handover_view
from cards.check import check
from cards.handover import handover_card
from cards.views.reader import Money, Reader
from cards.words import Language
from tests.unit.decisions.conftest import MONDAY, WHOLE
from tests.unit.handover.conftest import TODAY, Firm, later

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument
    from sqlalchemy.orm import Session

    from bot.records.models import Entry
    from cards.views.handover import HandoverView

QUESTIONS, POINTS = 40, 30


def note(session: Session, firm: Firm, offer_id: int, model: type[Entry], **values: Any) -> None:  # noqa: ANN401
    """Enter a record as its dialog would."""
    given: tuple[FieldSpec, ...] = ()
    actor = firm.person(session, "engineer")
    entries.add(session, model, offer_id, given, {}, actor=actor, now=MONDAY, **values)


def whole(firm: Firm) -> int:
    """A won offer with everything on it; its id."""
    firm.configure(review=firm.company.rules.review.model_copy(update={"before_sending": False}))
    offer_id = firm.offer("Thermal protection \x0b<b>& re-entry</b>", closes_at=MONDAY + timedelta(days=30))
    firm.evaluate(offer_id, WHOLE)
    round_id = firm.open(offer_id).id
    condition = Condition("A partner for the bench", "The sales lead", date(2026, 12, 4))
    firm.vote(round_id, "CTO", Choice.GO, conditions=(condition,))
    firm.vote(round_id, "CEO", Choice.GO)
    firm.write(lambda session: fill(session, firm, offer_id))
    firm.win(offer_id, project_manager_id="project manager", now=later(1))
    firm.amend(offer_id, title="More tests", price_change="5 000", state="signed", signed_on="2026-11-23")
    return offer_id


def fill(session: Session, firm: Firm, offer_id: int) -> None:
    """Everything that hangs on it."""
    engineer = firm.people["engineer"]
    team = [
        (firm.person(session, "engineer"), TeamRole.SALES_LEAD),
        (firm.person(session, "CTO"), TeamRole.CONTRIBUTOR),
    ]
    set_team(session, offer_id, firm.person(session, "engineer"), team, MONDAY)
    for number in range(1, QUESTIONS + 1):
        answered = number % 2 == 0
        note(
            session,
            firm,
            offer_id,
            Clarification,
            question=f"Question no. {number}?",
            asked_on=TODAY,
            due_on=TODAY + timedelta(days=number),
            owner_id=engineer,
            answered_on=TODAY if answered else None,
            answered_how=AnsweredBy.CALL if answered else None,
            answer=f"Answer no. {number}" if answered else None,
        )
    for number in range(1, POINTS + 1):
        note(
            session,
            firm,
            offer_id,
            NegotiationPoint,
            clause=f"Clause {number}",
            position="Ours",
            state=PointState.AGREED if number <= POINTS - 2 else PointState.OPEN,
            next_move=NextMove.US,
            owner_id=engineer,
            since=TODAY,
            agreed_text=f"Agreed wording {number}",
        )
    for number, chosen in enumerate((True, False), start=1):
        note(
            session,
            firm,
            offer_id,
            PartnerQuote,
            partner=f"Partner {number}",
            scope="The bench",
            amount=20000,
            currency="USD",
            valid_until=date(2027, 1, 31),
            chosen=chosen,
            owner_id=engineer,
        )
    note(
        session,
        firm,
        offer_id,
        Document,
        kind=DocumentKind.CONTRACT,
        title="The contract",
        url="https://files.example/1",
    )
    for done_on in (None, TODAY):
        note(
            session,
            firm,
            offer_id,
            Activity,
            kind=ActivityKind.CALL,
            subject="Call the client",
            planned_on=date(2026, 12, 1),
            done_on=done_on,
            owner_id=engineer,
        )
    typed = {"price": "120 000", "currency": "EUR", "sent_on": TODAY.isoformat()}
    actor = firm.person(session, "engineer")
    quotes.send(session, offer_id, typed, company=firm.company, actor=actor, now=MONDAY)


def document_of(firm: Firm, offer_id: int, language: str) -> tuple[str, DocxDocument]:
    """The file name and the sheet."""
    name, write = firm.database.read_now(lambda session: prepare(session, offer_id, language, later(1)))
    return name, docx.Document(io.BytesIO(write()))


def words_of(document: DocxDocument) -> str:
    """All the text of a document."""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    lines = [paragraph.text for paragraph in document.paragraphs]
    text = "\n".join([*lines, *cells, document.sections[0].footer.paragraphs[0].text])
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_sheet_holds_everything_the_record_has(firm: Firm) -> None:
    offer_id = whole(firm)
    name, document = document_of(firm, offer_id, "en")
    text = words_of(document)
    assert name == "Hand-over-S580P.docx"
    for expected in (
        "Hand-over sheet: S580P",
        "Proposed to The project manager, Tue 24 Nov 2026 10:00.",
        "Thermal protection <b>& re-entry</b>",
        "S580 · S580P",
        "PO-4711",
        "Mon 7 Dec 2026",
        "Thermal protection for a re-entry demonstrator.",
        "120 h",
        "€125,000",
        "€120,000 (version 1)",
        "A partner for the bench",
        "Fri 4 Dec 2026",
        "2 points are still under negotiation.",
        "Partner 1",
        "$20,000",
        "Contract\nThe contract",
        "https://files.example/1",
        "More tests",
        "Call the client",
        "Contributor",
        "Signed contract filed",
        "times of Europe/Paris",
    ):
        assert expected in text, expected
    assert "Partner 2" not in text
    for number in range(1, QUESTIONS + 1):
        assert f"Question no. {number}?" in text
        assert (f"Answer no. {number}\n" in f"{text}\n") == (number % 2 == 0)
    for number in range(1, POINTS - 1):
        assert f"Agreed wording {number}" in text
    assert f"Agreed wording {POINTS}" not in text
    rows = {table.rows[0].cells[-1].text: len(table.rows) - 1 for table in document.tables}
    assert rows["Answer"] == QUESTIONS


def test_the_french_sheet_is_french(firm: Firm) -> None:
    offer_id = whole(firm)
    name, document = document_of(firm, offer_id, "fr")
    text = words_of(document)
    assert name == "Passation-S580P.docx"
    for expected in (
        "Fiche de passation : S580P",
        "125 000 €",
        "Par téléphone".lower(),
        "Clauses négociées",
        "Contrat",
    ):
        assert expected in text, expected


def test_what_falls_on_a_day_is_listed_once_and_in_order(firm: Firm) -> None:
    offer_id = whole(firm)
    read = firm.database.read_now(lambda session: contents(session, offer_id, later(1)))
    days = [one.on for one in read.deadlines]
    assert days == sorted(days)
    kinds = [one.what for one in read.deadlines]
    assert kinds.count(Due.CLARIFICATION) == QUESTIONS // 2
    assert {kind: kinds.count(kind) for kind in set(kinds) - {Due.CLARIFICATION}} == {
        Due.KICK_OFF: 1,
        Due.CONDITION: 1,
        Due.ACTIVITY: 1,
        Due.VALIDITY: 1,
    }


def test_nothing_is_kept_twice_the_sheet_follows_the_record(firm: Firm) -> None:
    offer_id = whole(firm)
    firm.amend(
        offer_id, title="Longer", kind="planning", new_end_on="2028-01-31", state="signed", signed_on="2026-11-23"
    )
    found = firm.handed(offer_id)
    firm.send_back(found.id, "Who pays the bench?")
    text = words_of(document_of(firm, offer_id, "en")[1])
    assert "Sent back by The project manager" in text
    assert "Who pays the bench?" in text
    assert "Mon 31 Jan 2028" in text


def test_a_bare_offer_has_a_sheet_too(firm: Firm) -> None:
    offer_id = firm.offer()
    name, document = document_of(firm, offer_id, "en")
    assert name == "Hand-over-1-10001.docx"
    text = words_of(document)
    assert "The hand-over has not been proposed yet." in text
    assert text.count("Nothing to report.") == 7


def test_an_offer_that_does_not_exist_has_no_sheet(firm: Firm) -> None:
    with pytest.raises(NotFound):
        document_of(firm, 99, "fr")


@pytest.mark.parametrize("language", Language)
def test_the_card_counts_what_it_does_not_show(firm: Firm, language: Language) -> None:
    offer_id = whole(firm)

    def look(session: Session) -> HandoverView:
        return handover_view(session, offer_id, language, later(1), firm.person(session, "project manager"))

    view = firm.database.read_now(look)
    totals = {section.title: section.total for section in (*view.sections, *view.folded)}
    assert totals["handover.section_questions"] == QUESTIONS
    assert totals["handover.section_clauses"] == POINTS - 2
    assert totals["handover.section_partners"] == 1
    assert totals["handover.section_amendments"] == 1
    assert (view.budget, view.checklist_total) == (Money(Decimal(125000)), len(firm.company.checklist.item))
    assert check(handover_card(view, Reader(language, "Europe/Paris", later(1)))) == []
