"""Words find the right events; decisions tell what they were made on; files hold everything and calculate nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot import audit
from bot.audit import AuditEvent
from bot.commands import commands
from bot.config import default
from bot.decisions.models import Ballot, Evaluation, Round
from bot.demo.history.build import build, hire
from bot.demo.history.sizes import DEMO
from bot.offers.models import Offer
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.reviews.models import Review
from bot.trail import sealing, search
from bot.trail.asking import Question, understood

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.trail.search import Found

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PARIS = "Europe/Paris"


@pytest.fixture
def past(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two years of a small company."""

    def make(session: Session) -> None:
        staff = hire(session, 7, now=NOW - timedelta(weeks=DEMO.weeks + 1))
        build(session, DEMO, staff, until=NOW.date(), company=default())

    database.write_now(make)
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", database.url)
    return database


def ask(database: Database, words: str) -> Question | None:
    return database.read_now(partial(understood, text=words))


def whole(database: Database, question: Question) -> list[Found]:
    return database.read_now(lambda session: list(search.everything(session, question, PARIS)))


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["audit", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-11-23", date(2026, 11, 23), date(2026, 11, 23)),
        ("2025..2026-03", date(2025, 1, 1), date(2026, 3, 31)),
        ("2026-11-02..2026-11-15", date(2026, 11, 2), date(2026, 11, 15)),
        ("", None, None),
    ],
)
def test_periods(past: Database, words: str, first: date | None, last: date | None) -> None:
    assert ask(past, words) == Question(first=first, last=last)


@pytest.mark.parametrize(
    "words", ["2026-13", "2026-02-30", "2026-12..2026-01", "9999", "9999-12-31", "0000-01", "zebra crossing"]
)
def test_what_means_nothing(past: Database, words: str) -> None:
    assert ask(past, words) is None


def test_offers_people_and_both_with_a_period(past: Database) -> None:
    offer_id = past.read_now(lambda session: session.scalar(sa.select(Offer.id).where(Offer.number == "S540")))
    person_id = past.read_now(lambda session: session.scalar(sa.select(Person.id).where(Person.name == "Colleague 3")))
    assert offer_id is not None
    assert person_id is not None
    assert ask(past, "s540") == Question(offers=(offer_id,))
    assert ask(past, "colleague 3") == Question(people=(person_id,))
    assert ask(past, "2026 Colleague 3") == Question(
        people=(person_id,), first=date(2026, 1, 1), last=date(2026, 12, 31)
    )
    found = ask(past, "helix antenna")
    assert found is not None
    assert found.offers


def test_each_question_gives_exactly_its_events(past: Database) -> None:
    everything = whole(past, Question())
    assert len(everything) == past.read_now(
        lambda session: session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    )
    assert [one.id for one in everything] == sorted(one.id for one in everything)
    asked = ask(past, "S540")
    assert asked is not None
    assert {one.offer for one in whole(past, asked)} == {"S540"}
    assert whole(past, asked) == [one for one in everything if one.offer == "S540"]
    for words in ("Colleague 3", "2026-03", "2026-03-02..2026-03-13 Colleague 4"):
        question = ask(past, words)
        assert question is not None
        found = whole(past, question)
        assert found
        names = {"Colleague 3", "Colleague 4"} if "Colleague" in words else set()
        if names:
            assert {one.by for one in found} <= names
        if question.first is not None and question.last is not None:
            days = {one.at.date() for one in found}
            assert min(days) >= question.first
            assert max(days) <= question.last


def test_days_are_those_of_the_company(database: Database) -> None:
    """Half past eleven in the evening, UTC, is the next day in Paris."""
    for hour in (22, 23):
        moment = datetime(2026, 11, 30, hour, 30, tzinfo=UTC)
        database.write_now(partial(audit.record, now=moment, action="offer.stage", subject="offer", subject_id=1))
    november, december = (Question(first=day, last=day) for day in (date(2026, 11, 30), date(2026, 12, 1)))
    assert [[one.id for one in whole(database, asked)] for asked in (november, december)] == [[1], [2]]


def test_pages_are_the_newest_first(past: Database) -> None:
    expected = [one.id for one in reversed(whole(past, Question()))]
    first, more = past.read_now(lambda session: search.page(session, Question(), PARIS, limit=10, offset=0))
    assert ([one.id for one in first], more) == (expected[:10], True)
    last, more = past.read_now(
        lambda session: search.page(session, Question(), PARIS, limit=10, offset=len(expected) - 3)
    )
    assert ([one.id for one in last], more) == (expected[-3:], False)


def test_decisions_tell_what_they_were_made_on(past: Database) -> None:
    found = whole(past, Question())
    ballots = [one for one in found if one.action == "ballot.cast"]
    assert len(ballots) == past.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Ballot)))
    evaluations = {
        one.offer_id: one
        for one in past.read_now(lambda session: list(session.scalars(sa.select(Evaluation))))
        if one.version == 1
    }
    rounds = {one.id: one for one in past.read_now(lambda session: list(session.scalars(sa.select(Round))))}
    for one in ballots:
        version = evaluations[rounds[one.subject_id].offer_id]
        assert one.facts is not None
        assert (one.facts["evaluation"], one.facts["summary"]) == (1, version.summary)
        assert one.facts["budget"] == f"{version.budget:.2f}"
        assert one.facts["risks"]["technical"] == version.technical_risk
    answers = [one for one in found if one.action == "review.answered"]
    prices = {
        review.id: price
        for review, price in past.read_now(
            lambda session: session.execute(
                sa.select(Review, Quote.price).join(Quote, Quote.id == Review.quote_id)
            ).all()
        )
    }
    assert answers
    assert [one.facts and one.facts["price"] for one in answers] == [f"{prices[one.subject_id]:.2f}" for one in answers]


def test_a_later_version_is_not_what_an_earlier_ballot_was_made_on(past: Database) -> None:
    ballot = next(one for one in whole(past, Question()) if one.action == "ballot.cast")

    def again(session: Session) -> None:
        offer_id = session.get_one(Round, ballot.subject_id).offer_id
        one = session.scalars(
            sa.select(Evaluation).where(Evaluation.offer_id == offer_id, Evaluation.version == 1)
        ).one()
        later = Evaluation(offer_id=offer_id, version=2, summary="Later", author_id=one.author_id, saved_at=NOW)
        session.add(later)
        audit.record(session, now=NOW, action="ballot.late", subject="round", subject_id=ballot.subject_id)

    past.write_now(again)
    found = whole(past, Question())
    assert next(one for one in found if one.id == ballot.id).facts == ballot.facts
    assert found[-1].facts is not None
    assert (found[-1].facts["evaluation"], found[-1].facts["summary"]) == (2, "Later")


def test_csv_and_json_hold_the_same_with_seals(past: Database, tmp_path: Path) -> None:
    table, lines = tmp_path / "trail.csv", tmp_path / "trail.json"
    code, said, _error = run("export", "--out", str(table))
    count = len(whole(past, Question()))
    assert (code, said) == (0, f"{table}: {count} events.\n")
    assert run("export", "--format", "json", "--out", str(lines))[0] == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    objects = orjson.loads(lines.read_bytes())
    assert len(rows) == len(objects) == count
    head = past.read_now(sealing.head)
    assert (objects[-1]["position"], objects[-1]["digest"]) == (head.position, head.digest)
    for row, one in zip(rows, objects, strict=True):
        assert (row["id"], row["at"], row["digest"]) == (str(one["id"]), one["at"], one["digest"])
        assert (orjson.loads(row["after"]) if row["after"] else None) == one["after"]
    code, said, error = run("export", "S540", "--format", "csv")
    assert (code, error) == (0, f"{len(said.splitlines()) - 1} events.\n")
    assert {row["offer"] for row in csv.DictReader(io.StringIO(said))} == {"S540"}
    code, said, _error = run("export", "1999", "--format", "json")
    assert (code, orjson.loads(said)) == (0, [])


def test_no_text_becomes_a_formula(past: Database) -> None:
    def name(session: Session) -> None:
        offer = session.scalars(sa.select(Offer).where(Offer.number == "S540")).one()
        offer.title = "=HYPERLINK(1)"
        person = session.scalars(sa.select(Person).where(Person.name == "Colleague 4")).one()
        person.name = "@SUM(A1)"

    past.write_now(name)
    code, said, _error = run("export", "S540")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert code == 0
    assert {row["title"] for row in rows} == {"'=HYPERLINK(1)"}
    assert "'@SUM(A1)" in {row["by"] for row in rows}
    assert "=HYPERLINK(1)" in run("export", "S540", "--format", "json")[1]


def test_search_on_the_command_line(past: Database) -> None:
    code, said, error = run("search", "S540", "--limit", "3", "--json")
    lines = orjson.loads(said)
    assert (code, len(lines), "--limit" in error) == (0, 3, True)
    assert {line["offer"] for line in lines} == {"S540"}
    assert lines[0]["id"] > lines[-1]["id"]
    assert run("search", "1999")[1].startswith("Nothing in the trail")
    code, _said, error = run("search", "nobody", "at", "all")
    assert (code, error.startswith("Nothing in the trail")) == (1, True)
