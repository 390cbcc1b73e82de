"""The signed-off decision sheet: one round as a Word document that stands on its own, years later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.decisions.models import Choice, RoundOutcome, RoundState
from bot.decisions.standing import standing
from bot.decisions.views import BallotLine, EvaluationLine, Standing
from bot.records.word_file import WordFile, file_name
from bot.records.word_file import lines as _lines
from cards import words
from cards.escape import plain
from cards.formats import day, hours, money, when, word
from cards.texts import Texts, texts
from cards.views.reader import Money, Reader
from cards.words import Language

TIME_ZONE = "Europe/Paris"


def prepare(
    session: Session, round_id: int, language: str, now: datetime, time_zone: str = TIME_ZONE
) -> tuple[str, Callable[[], bytes]]:
    """The file name of a round's sheet, and what writes it without the database. Raises :class:`NotFound`."""
    line = standing(session, round_id, now)
    subject = line.offer.number or line.offer.external_reference or f"{line.offer.id}"
    name = file_name("Go-No-Go", subject, line.sequence)
    return name, lambda: write_sheet(line, language, now=now, time_zone=time_zone)


def write_sheet(line: Standing, language: str, *, now: datetime, time_zone: str = TIME_ZONE) -> bytes:
    """A DOCX file in ``fr`` or ``en``; times in ``time_zone``, which the sheet names. ``now``: when it is drawn up."""
    return _Sheet(line, Reader(Language(language), time_zone, now, shared=True)).content()


class _Sheet:
    """One document being written."""

    def __init__(self, line: Standing, reader: Reader) -> None:
        self._line = line
        self._reader = reader
        self._t: Texts = texts(reader.language)
        title = self._t("sheet.title", subject=plain(line.offer.number or line.offer.title, 200))
        self._file = WordFile(title, reader.now)

    def content(self) -> bytes:
        self._file.paragraph(self._result(), bold=True)
        self._offer()
        if self._line.evaluation is not None:
            self._evaluation(self._line.evaluation)
        self._decision()
        self._every_ballot()
        self._foot()
        return self._file.content()

    def _when(self, moment: datetime) -> str:
        return when(moment, self._reader)

    def _word(self, kind: type[Any], value: str) -> str:
        return word(kind(value), self._reader.language)

    def _result(self) -> str:
        line = self._line
        if line.outcome is None or line.decided_at is None:
            key = "sheet.escalated" if line.state is RoundState.ESCALATED else "sheet.open"
            return self._t(key, when=self._when(line.closes_at))
        key = "sheet.result_go" if line.outcome is RoundOutcome.GO else "sheet.result_no_go"
        why = self._t(f"sheet.why_{line.why.value}") if line.why else ""
        return self._t(key, when=self._when(line.decided_at), why=why)

    def _offer(self) -> None:
        line, t = self._line, self._t
        facts = [
            (t("sheet.offer"), plain(line.offer.title)),
            (t("sheet.number"), line.offer.number or ""),
            (t("sheet.client"), plain(line.offer.client_name or "")),
            (t("sheet.reference"), plain(line.offer.external_reference or "")),
            (t("sheet.tender"), plain(line.tender.title) if line.tender else ""),
            (t("sheet.portal"), plain(line.tender.url or "") if line.tender else ""),
            (t("sheet.owner"), plain(line.offer.owner.name)),
            (t("sheet.clarification"), self._when_given(line.offer.clarification_at)),
            (t("sheet.due"), self._when_given(line.offer.submission_due_at)),
        ]
        self._file.facts(facts)

    def _when_given(self, moment: datetime | None) -> str:
        return self._when(moment) if moment else ""

    def _evaluation(self, evaluation: EvaluationLine) -> None:
        t, language = self._t, self._reader.language
        self._file.heading(t("sheet.evaluation", version=evaluation.version))
        self._file.paragraph(t("sheet.evaluated", name=plain(evaluation.author), when=self._when(evaluation.saved_at)))
        if self._line.edited_after_opening:
            self._file.paragraph(t("sheet.edited", version=self._line.evaluation_version))
        budget = money(Money(evaluation.budget, evaluation.currency), language) if evaluation.budget is not None else ""
        effort = hours(evaluation.effort_hours, language) if evaluation.effort_hours is not None else ""
        risks = (
            (words.RiskKind.TECHNICAL, evaluation.technical_risk, evaluation.technical_text),
            (words.RiskKind.COMMERCIAL, evaluation.commercial_risk, evaluation.commercial_text),
            (words.RiskKind.FINANCIAL, evaluation.financial_risk, evaluation.financial_text),
        )
        self._file.facts(
            [
                (t("sheet.summary"), _lines(evaluation.summary)),
                (t("sheet.budget"), budget),
                (t("sheet.effort"), effort),
                (t("sheet.resources"), _lines(evaluation.resources)),
                (t("sheet.conditions"), _lines(evaluation.conditions)),
                *(
                    (
                        t("sheet.risk", kind=word(kind, language)),
                        self._joined(self._word(words.RiskLevel, level.value), _lines(text)),
                    )
                    for kind, level, text in risks
                    if level is not None
                ),
            ]
        )

    @staticmethod
    def _joined(first: str, text: str) -> str:
        return f"{first} – {text}" if text else first

    def _decision(self) -> None:
        line, t = self._line, self._t
        self._file.heading(t("sheet.decision", round=line.sequence))
        if line.reopening is not None:
            reason = plain(line.reopening.reason)
            self._file.paragraph(
                t("sheet.reopened", round=line.reopening.sequence, name=plain(line.opened_by.name), reason=reason)
            )
        veto = ", ".join(self._word(words.Role, seat) for seat in line.voting.seats if seat in line.voting.veto_seats)
        self._file.facts(
            [
                (t("sheet.rule"), self._word(words.Rule, line.voting.kind.value)),
                (t("sheet.quorum"), t("sheet.quorum_of", quorum=line.voting.quorum, seats=len(line.voting.seats))),
                (t("sheet.veto"), veto),
                (t("sheet.opened"), f"{self._when(line.opened_at)}, {plain(line.opened_by.name)}"),
                (t("sheet.closes"), self._when(line.closes_at)),
            ]
        )
        rows = [
            (
                self._word(words.Role, seat.role.value),
                plain(seat.principal.name) if seat.principal else t("sheet.vacant"),
                self._said(seat.ballot) if seat.ballot else t("sheet.no_vote"),
            )
            for seat in line.seats
        ]
        self._file.table((t("sheet.role"), t("sheet.approver"), t("sheet.vote")), rows)

    def _said(self, ballot: BallotLine) -> str:
        """A ballot in words: the choice, who clicked and when, then reason or conditions, each on its line."""
        t = self._t
        conditional = ballot.choice is Choice.GO and ballot.conditions
        choice = words.Choice.GO_WITH_CONDITIONS if conditional else words.Choice(ballot.choice.value)
        lines = [word(choice, self._reader.language)]
        key = "sheet.cast_by_deputy" if ballot.by_deputy else "sheet.cast_by"
        lines.append(
            t(
                key,
                name=plain(ballot.actor.name),
                principal=plain(ballot.principal.name),
                when=self._when(ballot.cast_at),
            )
        )
        if ballot.reason:
            lines.append(_lines(ballot.reason))
        lines += [
            t(
                "sheet.condition",
                text=plain(one.text),
                owner=plain(one.owner),
                due=day(one.due_on, self._reader) if one.due_on else "–",
            )
            for one in ballot.conditions
        ]
        return "\n".join(lines)

    def _every_ballot(self) -> None:
        line, t = self._line, self._t
        self._file.heading(t("sheet.every_ballot"))
        rows = [
            (
                str(number),
                self._word(words.Role, ballot.seat.value),
                self._said(ballot),
                t("sheet.stands" if ballot.stands else "sheet.replaced" if ballot.counted else "sheet.late"),
            )
            for number, ballot in enumerate(line.ballots, start=1)
        ]
        if rows:
            self._file.table((t("sheet.order"), t("sheet.role"), t("sheet.vote"), t("sheet.counts")), rows)
        else:
            self._file.paragraph(t("sheet.no_ballots"))

    def _foot(self) -> None:
        foot = self._t(
            "sheet.foot", when=self._when(self._reader.now), zone=self._reader.time_zone, round=self._line.round_id
        )
        self._file.foot(foot)
