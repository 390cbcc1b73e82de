"""The hand-over sheet: everything a project manager needs from the offer, as a Word document that stands on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from bot.clarifications.models import AnsweredBy
from bot.handover.amendments import movements
from bot.handover.contents import Contents, Partner, Question, contents
from bot.handover.models import HandoverState
from bot.handover.service import checklist
from bot.records.word_file import WordFile, file_name, lines
from cards import words
from cards.escape import plain
from cards.formats import day, hours, money, when, word
from cards.texts import Texts, texts
from cards.views.reader import Money, Reader
from cards.words import Language

TIME_ZONE = "Europe/Paris"
Row = tuple[str, ...]


def prepare(
    session: Session, offer_id: int, language: str, now: datetime, time_zone: str = TIME_ZONE
) -> tuple[str, Callable[[], bytes]]:
    """The file name of an offer's sheet, and what writes it in ``fr`` or ``en`` without the database. Times are in
    ``time_zone``, which the sheet names. Raises :class:`~bot.errors.NotFound`.
    """
    read = contents(session, offer_id, now)
    reader = Reader(Language(language), time_zone, now, shared=True)
    budget = [(one.on, one.amount, one.amendment_id is not None) for one in movements(session, offer_id)]
    items = [
        (one.label_fr if reader.language is Language.FR else one.label_en, one.done_at)
        for one in checklist(session, offer_id)
    ]
    subject = read.project_number or read.number or read.reference or f"{offer_id}"
    name = file_name("Passation" if reader.language is Language.FR else "Hand-over", subject)
    return name, lambda: _Sheet(read, budget, items, reader).content()


class _Sheet:
    """One document being written."""

    def __init__(
        self,
        read: Contents,
        budget: list[tuple[date, Decimal, bool]],
        items: list[tuple[str, datetime | None]],
        reader: Reader,
    ) -> None:
        self._read = read
        self._budget = budget
        self._items = items
        self._reader = reader
        self._t: Texts = texts(reader.language)
        subject = plain(read.project_number or read.number or read.title, 200)
        self._file = WordFile(self._t("handover.sheet_title", subject=subject), reader.now)

    def content(self) -> bytes:
        self._file.paragraph(self._standing(), bold=True)
        self._whole()
        self._scope()
        self._money()
        self._agreed()
        self._questions()
        self._partners()
        self._people()
        self._documents()
        self._days()
        self._checklist()
        foot = self._t("handover.sheet_foot", when=when(self._reader.now, self._reader), zone=self._reader.time_zone)
        self._file.foot(foot)
        return self._file.content()

    def _day(self, value: date | None) -> str:
        return day(value, self._reader) if value is not None else ""

    def _amount(self, value: Decimal | None, currency: str = "") -> str:
        shown = Money(value, currency or self._read.currency) if value is not None else None
        return money(shown, self._reader.language) if shown is not None else ""

    def _standing(self) -> str:
        proposal, t = self._read.proposal, self._t
        if proposal is None:
            return t("handover.sheet_not_proposed")
        if proposal.state is HandoverState.PROPOSED or proposal.answered_at is None:
            at = when(proposal.proposed_at, self._reader)
            return t("handover.sheet_proposed", name=plain(proposal.manager), when=at)
        at = when(proposal.answered_at, self._reader)
        accepted = proposal.state is HandoverState.ACCEPTED
        key = "handover.sheet_accepted" if accepted else "handover.sheet_returned"
        return t(key, name=plain(proposal.answered_by), when=at)

    def _whole(self) -> None:
        read, t = self._read, self._t
        proposal = read.proposal
        self._file.facts(
            [
                (t("handover.sheet_offer"), plain(read.title)),
                (
                    t("handover.sheet_number"),
                    plain(" · ".join(one for one in (read.number, read.project_number) if one)),
                ),
                (t("handover.sheet_client"), plain(read.client)),
                (t("handover.sheet_contact"), plain(read.contact)),
                (t("handover.sheet_reference"), plain(read.reference)),
                (t("handover.sheet_tender"), plain(read.tender)),
                (t("handover.sheet_address"), plain(read.tender_url)),
                (t("handover.owner"), plain(read.owner)),
                (t("handover.manager"), plain(read.manager)),
                (t("handover.signed"), self._day(read.signed_on)),
                (t("handover.first_order"), plain(read.first_order)),
                (t("handover.kick_off"), self._day(read.kick_off_on)),
                (t("handover.note"), lines(proposal.note) if proposal is not None else ""),
                (t("handover.answer"), lines(proposal.answer) if proposal is not None else ""),
            ]
        )

    def _scope(self) -> None:
        read, t = self._read, self._t
        effort = hours(read.effort_hours, self._reader.language) if read.effort_hours is not None else ""
        self._file.heading(t("handover.scope"))
        self._file.facts(
            [
                (t("handover.sheet_description"), lines(read.description)),
                (t("handover.sheet_summary"), lines(read.summary)),
                (t("handover.sheet_effort"), effort),
                (t("handover.sheet_resources"), lines(read.resources)),
            ]
        )

    def _money(self) -> None:
        read, t = self._read, self._t
        sent = ""
        if read.price_sent is not None:
            version = read.price_version or 0
            sent = t("handover.sheet_price_of", price=self._amount(read.price_sent), version=version)
        self._file.heading(t("handover.sheet_money"))
        self._file.facts(
            [
                (t("handover.budget"), self._amount(read.budget) if self._budget else ""),
                (t("handover.sheet_price"), sent),
                (t("handover.sheet_cost"), self._amount(read.cost_basis)),
            ]
        )
        rows: list[Row] = [
            (self._day(on), t("handover.sheet_amended" if amended else "handover.signed"), self._amount(amount))
            for on, amount, amended in self._budget
        ]
        self._table(("handover.sheet_on", "handover.sheet_moved", "handover.sheet_amount"), rows)
        rows = [
            (
                str(one.number),
                t(f"amendments.kind_{one.kind}"),
                plain(one.title),
                self._day(one.signed_on),
                self._amount(one.price_change),
                self._day(one.new_end_on),
            )
            for one in read.amendments
        ]
        self._part(
            "handover.section_amendments",
            (
                "handover.sheet_order",
                "amendments.field_kind",
                "amendments.field_title",
                "amendments.field_signed_on",
                "amendments.field_price_change",
                "amendments.field_new_end_on",
            ),
            rows,
        )

    def _agreed(self) -> None:
        read, t = self._read, self._t
        self._file.heading(t("handover.sheet_agreed"))
        self._file.facts([(t("handover.sheet_terms"), lines(read.terms))])
        rows: list[Row] = [(lines(one.text), plain(one.owner), self._day(one.due_on)) for one in read.promises]
        self._table(("handover.section_promises", "handover.sheet_who", "handover.sheet_until"), rows)
        rows = [(str(one.number), plain(one.clause), lines(one.agreed_text)) for one in read.clauses]
        self._table(("handover.sheet_order", "handover.section_clauses", "handover.sheet_text"), rows)
        if read.open_points:
            self._file.paragraph(t.n("handover.sheet_open_points", read.open_points))

    def _questions(self) -> None:
        rows = [
            (str(one.number), lines(one.question), self._answered(one), lines(one.answer))
            for one in self._read.questions
        ]
        head = ("handover.sheet_order", "handover.sheet_question", "handover.sheet_answered", "handover.sheet_answer")
        self._part("handover.section_questions", head, rows)

    def _answered(self, one: Question) -> str:
        if one.answered_on is None:
            return self._t("handover.sheet_unanswered")
        key = "handover.sheet_by_call" if one.answered_how is AnsweredBy.CALL else "handover.sheet_in_writing"
        return self._t(key, day=self._day(one.answered_on))

    def _partners(self) -> None:
        rows = [self._partner(one) for one in self._read.partners]
        head = ("handover.sheet_partner", "handover.sheet_part", "handover.sheet_amount", "handover.sheet_until")
        self._part("handover.section_partners", head, rows)

    def _partner(self, one: Partner) -> Row:
        return (
            plain(one.partner),
            lines(one.scope),
            self._amount(one.amount, one.currency),
            self._day(one.valid_until),
        )

    def _people(self) -> None:
        language = self._reader.language
        rows = [(plain(one.name), word(words.TeamRole(one.role.value), language)) for one in self._read.team]
        self._part("handover.section_team", ("handover.sheet_name", "handover.sheet_role"), rows)

    def _documents(self) -> None:
        rows = [
            (self._t(f"handover.document_{one.kind}"), plain(one.title), self._day(one.dated_on), plain(one.url))
            for one in self._read.links
        ]
        head = ("handover.sheet_kind", "handover.sheet_name", "handover.sheet_on", "handover.sheet_address")
        self._part("handover.section_documents", head, rows)

    def _days(self) -> None:
        rows = [
            (self._day(one.on), self._t(f"handover.sheet_due_{one.what}"), lines(one.text))
            for one in self._read.deadlines
        ]
        head = ("handover.sheet_on", "handover.sheet_kind", "handover.sheet_text")
        self._part("handover.section_deadlines", head, rows)

    def _checklist(self) -> None:
        rows = [
            (plain(label), when(done, self._reader) if done is not None else self._t("handover.item_open"))
            for label, done in self._items
        ]
        self._part("handover.checklist", ("handover.sheet_text", "handover.item_done"), rows)

    def _part(self, title: str, head: tuple[str, ...], rows: Sequence[Row]) -> None:
        """A section of its own; one without anything says so, so that nobody looks for what is not there."""
        self._file.heading(self._t(title))
        if rows:
            self._table(head, rows)
        else:
            self._file.paragraph(self._t("handover.sheet_none"))

    def _table(self, head: tuple[str, ...], rows: Sequence[Row]) -> None:
        if rows:
            self._file.table(tuple(self._t(key) for key in head), rows)
