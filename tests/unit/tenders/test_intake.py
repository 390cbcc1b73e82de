"""Taking records in: new, changed, announced once, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.config import Company
from bot.offers.models import Offer
from bot.sync.models import Kind, LedgerRow, Notice
from bot.tenders import service
from bot.tenders.models import Source, SourceHealth, Tender, TenderChange, TenderDigest, UnreadableRecord
from bot.tenders.words import ChangeKind, TenderState
from tests.unit.tenders.portal import NOW, Record, Unread, somebody

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from bot.tenders.intake import Intake


class Reader:
    """Takes records in, an hour later each time."""

    def __init__(self, session: Session, company: Company) -> None:
        """Start at NOW."""
        self.session, self.company, self.now = session, company, NOW

    def take(self, *records: Record, **options: Any) -> Intake:  # noqa: ANN401
        """One poll."""
        self.now += timedelta(hours=1)
        return service.take_in(self.session, Source.ESA, records, now=self.now, company=self.company, **options)

    def row(self, native_id: str = "1") -> Tender:
        """The tender behind a record."""
        return self.session.scalars(
            sa.select(Tender).where(Tender.native_id == native_id).execution_options(populate_existing=True)
        ).one()

    def kinds(self, native_id: str = "1") -> list[ChangeKind]:
        """What happened to it, in order."""
        statement = sa.select(TenderChange.kind).where(TenderChange.tender_id == self.row(native_id).id)
        return list(self.session.scalars(statement.order_by(TenderChange.id)))

    def wanted(self, kind: Kind) -> dict[int, int]:
        """Wanted versions by subject."""
        rows = self.session.execute(
            sa.select(LedgerRow.subject_id, LedgerRow.wanted_version).where(LedgerRow.kind == kind)
        )
        return {row.subject_id: row.wanted_version for row in rows}

    def notices(self) -> list[str]:
        """What the admins were told."""
        return list(self.session.scalars(sa.select(Notice.kind).order_by(Notice.id)))


@pytest.fixture
def reader(session: Session, company: Company) -> Reader:
    """A source that was never read."""
    return Reader(session, company)


@pytest.fixture
def running(reader: Reader) -> Reader:
    """A source whose silent first run is over."""
    reader.take()
    return reader


def many(numbers: Iterable[int]) -> list[Record]:
    """Tenders that differ in number only."""
    return [Record(str(number), tanumber=f"1-{20000 + number}") for number in numbers]


def test_the_first_run_fills_the_table_and_posts_nothing(reader: Reader) -> None:
    intake = reader.take(*many(range(10)))
    assert (intake.new, intake.announced, intake.silent) == (10, (), True)
    assert reader.wanted(Kind.SHARED_CARD) == reader.wanted(Kind.DIGEST_CARD) == {}
    assert reader.row("3").matched
    assert not reader.row("3").announced


def test_a_new_matching_tender_gets_one_card_however_often_it_is_seen(running: Reader) -> None:
    record = Record("1")
    assert running.take(record).announced == (running.row().id,)
    assert running.take(record).announced == ()
    assert running.take(record, record).new == 0
    assert running.wanted(Kind.SHARED_CARD) == {running.row().id: 1}
    assert running.kinds() == [ChangeKind.PUBLISHED]


def test_the_card_knows_what_the_record_says(running: Reader) -> None:
    running.take(
        Record(
            "1",
            description="Procurement Policy: C(1) = for SMEs. The budget is up to 450 kEuro.",
            tanumber="AO/1-20001/26/NL/IB",
            countries=("FR",),
        )
    )
    row = running.row()
    assert (row.number, row.title, row.tags) == ("1-20001", "Thermal insulation for a small lander", ["EXPRO+"])
    assert (row.clause, row.price_range, row.countries) == ("C1", "up to 450 kEuro", ["FR"])
    assert row.match_reasons == [
        {"rule": "thermal", "kind": "word", "found": "thermal, insulation", "weight": 10},
    ]


def test_what_does_not_match_is_kept_and_findable_not_posted(running: Reader) -> None:
    assert running.take(Record("1", raw_title="CATERING FOR A CONFERENCE", description="")).announced == ()
    found = service.search(running.session, "catering")
    assert [tender.native_id for tender in found.tenders] == ["1"]


def test_a_tender_that_comes_to_match_later_is_posted_then(running: Reader) -> None:
    running.take(Record("1", raw_title="STUDY OF SOMETHING", description=""))
    assert running.take(Record("1", raw_title="STUDY OF SOMETHING", description="A heat pipe.")).announced
    assert running.wanted(Kind.CHANGE_REPLY) == {}


def test_more_than_five_become_one_digest_best_first(running: Reader) -> None:
    best = Record("9", raw_title="RF ANTENNA WITH THERMAL INSULATION", tanumber="1-20099")
    intake = running.take(*many(range(5)), best)
    assert len(intake.announced) == 6
    digest = running.session.get_one(TenderDigest, intake.digest_id)
    assert digest.tender_ids[0] == running.row("9").id
    assert sorted(digest.tender_ids) == sorted(intake.announced)
    assert running.wanted(Kind.SHARED_CARD) == {}
    assert list(running.wanted(Kind.DIGEST_CARD)) == [digest.id]


def test_five_get_a_card_each(running: Reader) -> None:
    assert running.take(*many(range(5))).digest_id is None
    assert len(running.wanted(Kind.SHARED_CARD)) == 5


@pytest.mark.parametrize(
    "unfit",
    [
        {"is_cancelled": True},
        {"is_archived": True},
        {"closes_at": NOW - timedelta(days=400)},
        {"status_id": 5},
        {"published_at": NOW - timedelta(days=90)},
        {"raw_title": "THERMAL WORK PLAN 2027"},
    ],
)
def test_what_is_not_news_is_not_posted(running: Reader, unfit: dict[str, Any]) -> None:
    assert running.take(Record("1").but(**unfit)).announced == ()


def test_a_moved_deadline_redraws_the_card_and_replies_once(running: Reader) -> None:
    record = Record("1")
    running.take(record)
    later = record.but(closes_at=NOW + timedelta(days=56), clarification_at=NOW + timedelta(days=49))
    running.take(later)
    running.take(later)
    assert running.kinds() == [ChangeKind.PUBLISHED, ChangeKind.DEADLINE_MOVED, ChangeKind.CLARIFICATION_MOVED]
    assert running.wanted(Kind.SHARED_CARD)[running.row().id] > 1
    (reply,) = running.wanted(Kind.CHANGE_REPLY)
    change = running.session.get_one(TenderChange, reply)
    assert (change.kind, change.before, change.after) == (
        ChangeKind.DEADLINE_MOVED,
        (NOW + timedelta(days=42)).isoformat(),
        (NOW + timedelta(days=56)).isoformat(),
    )


def test_an_edit_redraws_without_a_reply(running: Reader) -> None:
    record = Record("1")
    running.take(record)
    running.take(record.but(countries=("FR",)))
    assert running.kinds()[-1] is ChangeKind.EDITED
    assert running.wanted(Kind.CHANGE_REPLY) == {}
    assert running.wanted(Kind.SHARED_CARD)[running.row().id] == 2


def test_content_that_nobody_sees_changes_nothing_visible(running: Reader) -> None:
    record = Record("1")
    running.take(record)
    assert running.take(record.but(marker="internal")).changed == 1
    assert running.take(record.but(marker="internal")).changed == 0
    assert running.row().revision == 1
    assert running.wanted(Kind.SHARED_CARD) == {running.row().id: 1}


def test_a_tender_known_from_a_digest_gets_its_card_when_it_changes(running: Reader) -> None:
    records = many(range(7))
    running.take(*records)
    running.take(records[2].but(is_cancelled=True))
    assert list(running.wanted(Kind.SHARED_CARD)) == [running.row("2").id]
    assert running.wanted(Kind.CHANGE_REPLY) == {}


def test_an_intended_tender_of_the_first_run_is_posted_when_it_is_issued(reader: Reader) -> None:
    intended = Record("1", status_id=1, closes_at=None, clarification_at=None)
    reader.take(intended)
    issued = intended.but(status_id=2, closes_at=NOW + timedelta(days=42))
    assert reader.take(issued).announced == (reader.row().id,)
    assert reader.kinds() == [ChangeKind.PUBLISHED, ChangeKind.ISSUED]


def test_an_intended_tender_that_was_posted_is_told_when_it_is_issued(running: Reader) -> None:
    intended = Record("1", status_id=1, closes_at=None, clarification_at=None)
    running.take(intended)
    assert running.take(intended.but(status_id=2, closes_at=NOW + timedelta(days=42))).announced == ()
    (reply,) = running.wanted(Kind.CHANGE_REPLY)
    assert running.session.get_one(TenderChange, reply).kind is ChangeKind.ISSUED


def test_a_reissue_is_linked_told_and_posted(running: Reader) -> None:
    old = Record("100", published_at=NOW - timedelta(days=10))
    new = Record("200", raw_title="THERMAL INSULATION - RE-ISSUE", published_at=NOW)
    running.take(old)
    assert running.take(new).announced == (running.row("200").id,)
    assert running.row("200").reissue_of_id == running.row("100").id
    assert running.kinds("100")[-1] is ChangeKind.REISSUED
    assert len(running.wanted(Kind.CHANGE_REPLY)) == 1
    assert running.take(new, old).changed == 0


def test_a_reissue_may_name_the_old_number_in_its_title(running: Reader) -> None:
    running.take(Record("100", tanumber="1-12189", published_at=NOW - timedelta(days=10)))
    running.take(Record("200", raw_title="THERMAL TRANSPONDER - RE-ISSUE (1-12189)", published_at=NOW))
    assert running.row("200").reissue_of_id == running.row("100").id


def test_an_old_record_that_comes_late_goes_before_its_reissue(running: Reader) -> None:
    running.take(Record("200", published_at=NOW))
    running.take(Record("100", published_at=NOW - timedelta(days=20)))
    assert running.row("200").reissue_of_id == running.row("100").id
    assert running.row("100").reissue_of_id is None
    assert ChangeKind.REISSUED not in running.kinds("100")


def test_of_two_in_one_answer_only_the_later_is_posted(running: Reader) -> None:
    old = Record("100", published_at=NOW - timedelta(days=5), status_id=1, closes_at=None)
    intake = running.take(Record("200", published_at=NOW), old)
    assert intake.announced == (running.row("200").id,)
    assert running.take(old.but(status_id=2, closes_at=NOW + timedelta(days=20))).announced == ()
    assert running.wanted(Kind.CHANGE_REPLY) == {}


def test_both_in_one_answer_are_linked(reader: Reader) -> None:
    reader.take(Record("200", published_at=NOW), Record("100", published_at=NOW - timedelta(days=20)))
    assert reader.row("200").reissue_of_id == reader.row("100").id


def test_a_dismissed_tender_is_redrawn_and_not_talked_about(running: Reader) -> None:
    running.take(Record("1"))
    service.dismiss(running.session, running.row().id, somebody(running.session), "Délai trop court", running.now)
    version = running.wanted(Kind.SHARED_CARD)[running.row().id]
    running.take(Record("1", is_cancelled=True))
    assert running.wanted(Kind.SHARED_CARD)[running.row().id] > version
    assert running.wanted(Kind.CHANGE_REPLY) == {}
    assert running.row().state is TenderState.DISMISSED


def test_an_offer_follows_the_dates_of_its_tender(running: Reader, company: Company) -> None:
    running.take(Record("1"))
    offer = service.evaluate(running.session, running.row().id, somebody(running.session), running.now, company)
    running.take(Record("1", closes_at=NOW + timedelta(days=60)))
    found = running.session.get_one(Offer, offer.id, populate_existing=True)
    assert found.submission_due_at == NOW + timedelta(days=60)


def test_what_vanishes_from_the_portal_stays_as_it_was(running: Reader) -> None:
    running.take(Record("1"))
    running.take()
    assert running.kinds() == [ChangeKind.PUBLISHED]
    assert running.row().closed_at is None


def test_a_passed_deadline_closes_once_without_a_reply(running: Reader) -> None:
    running.take(Record("1"))
    after = NOW + timedelta(days=43)
    assert service.close_due(running.session, NOW) == 0
    assert service.close_due(running.session, after) == 1
    assert service.close_due(running.session, after) == 0
    assert running.kinds() == [ChangeKind.PUBLISHED, ChangeKind.CLOSED]
    assert running.wanted(Kind.CHANGE_REPLY) == {}
    assert running.wanted(Kind.SHARED_CARD)[running.row().id] == 2


def test_a_deadline_moved_into_the_future_opens_the_tender_again(running: Reader) -> None:
    running.take(Record("1"))
    running.now = NOW + timedelta(days=43)
    service.close_due(running.session, running.now)
    running.take(Record("1", closes_at=running.now + timedelta(days=14)))
    assert running.row().closed_at is None
    assert running.kinds()[-1] is ChangeKind.DEADLINE_MOVED
    assert service.close_due(running.session, running.now + timedelta(days=15)) == 1


def test_the_portal_may_close_before_the_clock_does(running: Reader) -> None:
    running.take(Record("1"))
    running.take(Record("1", status_id=5))
    assert running.kinds()[-1] is ChangeKind.CLOSED
    assert service.close_due(running.session, NOW + timedelta(days=50)) == 0


def test_what_cannot_be_read_is_kept_once_and_told_once(running: Reader) -> None:
    somebody(running.session, "admin", admin=True)
    strange = [Unread({"title": None}), Unread({"title": None}), Unread("text")]
    assert running.take(Record("1"), unreadable=strange).unreadable == 2
    assert running.take(Record("1"), unreadable=strange).unreadable == 0
    assert running.notices() == ["unreadable_records"]
    assert len(running.wanted(Kind.ADMIN_NOTICE)) == 1
    kept = running.session.scalars(sa.select(UnreadableRecord.raw)).all()
    assert sorted(kept) == ['"text"', '{"title": null}']


def test_a_saved_file_does_not_end_the_silent_time(reader: Reader) -> None:
    assert reader.take(Record("1"), live=False).silent
    assert reader.take(*many(range(50, 70))).announced == ()
    assert reader.take(Record("2", tanumber="1-1")).announced
    assert reader.take(Record("3", tanumber="1-2"), live=False).announced


def test_an_outage_is_told_once_and_its_end_once(running: Reader) -> None:
    somebody(running.session, "admin", admin=True)
    for hours in range(3):
        service.source_failed(running.session, Source.ESA, ValueError("a page came"), NOW + timedelta(hours=hours))
    assert running.notices() == ["source_failing"]
    health = running.session.get_one(SourceHealth, Source.ESA)
    assert (health.failures, health.error_class, health.failing_since) == (3, "ValueError", NOW)
    running.take(Record("1"))
    running.take(Record("1"))
    assert running.notices() == ["source_failing", "source_back"]
    assert (health.failures, health.error, health.failing_since) == (0, None, None)


def test_a_short_hiccup_is_not_told(running: Reader) -> None:
    error = OSError("network")
    assert not service.source_failed(running.session, Source.ESA, error, NOW, passing=True)
    assert not service.source_failed(running.session, Source.ESA, error, NOW, passing=True)
    running.take()
    assert running.notices() == []
    told = [service.source_failed(running.session, Source.ESA, error, NOW, passing=True) for _ in range(4)]
    assert told == [False, False, True, False]


def test_hostile_texts_go_through(running: Reader, company: Company) -> None:
    running.take(
        Record(
            "x" * 64,
            raw_title="THERMAL \x00 \ud800 " + "A" * 5000,
            tanumber="N" * 500,
            description="\x00(" * 3000,
            url="https://x/" + "a" * 900,
            price_range="9" * 300,
            entity_name="E" * 900,
            raw={"title": "\x00\ud800"},
        )
    )
    row = running.row("x" * 64)
    assert "\x00" not in row.title + row.description + row.search_text
    assert row.url is None
    assert company.watch.rule
