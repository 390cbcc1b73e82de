"""The trail is sealed without holding anybody up, and whatever is done to it afterwards is found."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import audit
from bot.audit import AuditEvent
from bot.trail import sealing, verifying
from bot.trail.models import AuditLink
from bot.trail.rules import Damage, Event, Head, canonical, digest
from tests.unit.trail.tampering import NOW, sealed, tamper, write_events

if TYPE_CHECKING:
    from bot.database import Database
    from bot.trail.verifying import Verdict

LATER = NOW + timedelta(hours=1)
SAME = "82109028124c807f82cd6a60847fec38a03d74c52ddf3e742e1a95512b3af790"  # pragma: allowlist secret
"""The digest of two known events, on every database."""


def verdict(database: Database, noted: Head | None = None) -> Verdict:
    return database.read_now(lambda session: verifying.verify(session, noted))


def links(database: Database) -> list[AuditLink]:
    return database.read_now(lambda session: list(session.scalars(sa.select(AuditLink).order_by(AuditLink.position))))


def test_the_canonical_form_is_written_down() -> None:
    event = Event(7, NOW, None, 3, "offer.stage", "offer", 5, None, {"b": "é", "a": {"d": 1, "c": ["1.50"]}})
    assert canonical(2, LATER, event) == (
        '{"event":{"action":"offer.stage","actor_id":null,"after":{"a":{"c":["1.50"],"d":1},"b":"\\u00e9"},'
        '"at":"2026-11-23T09:00:00.000000Z","before":null,"id":7,"on_behalf_of_id":3,"subject":"offer",'
        '"subject_id":5},"position":2,"sealed_at":"2026-11-23T10:00:00.000000Z"}'
    )


def test_both_databases_give_the_same_chain(database: Database) -> None:
    """Also for moments of other zones, key orders, decimals as texts, and half a character."""
    moment = datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=UTC).astimezone()
    after = {"z": "12.50", "a": {"y": 1.5, "x": [True, None]}, "text": "„Größe“ 🛰", "half": "\ud83d", "empty": {}}

    def write(session: Session) -> None:
        audit.record(session, now=moment, action="offer.edited", subject="offer", subject_id=1, after=after)
        audit.record(session, now=moment, action="offer.edited", subject="offer", subject_id=2, before={}, after=None)

    database.write_now(write)
    sealing.seal_all(database, LATER)
    head = database.read_now(sealing.head)
    assert head == Head(2, SAME)
    assert verdict(database).broken is None


def test_events_are_sealed_in_their_order_once(database: Database) -> None:
    write_events(database, 7)
    assert database.write_now(partial(sealing.seal, now=LATER, limit=4)) == 4
    assert database.write_now(partial(sealing.seal, now=LATER)) == 3
    assert database.write_now(partial(sealing.seal, now=LATER)) == 0
    assert [(link.position, link.event_id) for link in links(database)] == [(n, n) for n in range(1, 8)]
    found = verdict(database)
    assert (found.head.position, found.waiting, found.broken) == (7, 0, None)
    assert found.head == database.read_now(sealing.head)


def test_what_is_not_sealed_yet_is_counted(database: Database) -> None:
    sealed(database, 3)
    write_events(database, 2, since=LATER)
    found = verdict(database)
    assert (found.head.position, found.waiting, found.broken) == (3, 2, None)


def test_an_empty_trail_holds(database: Database) -> None:
    assert verdict(database) == verifying.Verdict(Head(), 0, None)


def test_a_long_chain_is_read_piece_by_piece(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "AT_ONCE", 3)
    sealed(database, 10)
    heard: list[int] = []
    database.read_now(lambda session: verifying.verify(session, told=heard.append))
    assert heard == [3, 6, 9]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_link SET digest = ''", "DELETE FROM audit_link", "UPDATE audit_event SET subject_id = 0"],
)
def test_the_database_refuses_to_change_links_and_events(database: Database, statement: str) -> None:
    sealed(database)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        database.write_now(lambda session: session.execute(sa.text(statement)))


CHANGE = "UPDATE audit_event SET {} WHERE id = 3"


@pytest.mark.parametrize(
    "change",
    [
        """after = '{"stage": "WON"}'""",
        "action = 'offer.lost'",
        "subject_id = 99",
        "at = '2026-11-23 09:02:00.000001'",
        "before = NULL",
    ],
)
def test_a_changed_event_is_found(database: Database, change: str) -> None:
    sealed(database)
    tamper(database, CHANGE.format(change))
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.CHANGED, 3)
    assert str(broken) == "Event 3 was changed after it was sealed."


def test_the_last_event_changed_is_found(database: Database) -> None:
    sealed(database)
    tamper(database, "UPDATE audit_event SET action = 'offer.lost' WHERE id = 5")
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.CHANGED, 5)


def test_a_removed_event_is_found(database: Database) -> None:
    sealed(database)
    tamper(database, "DELETE FROM audit_event WHERE id = 2")
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.REMOVED, 2)


def test_an_event_removed_with_its_link_is_found(database: Database) -> None:
    sealed(database)
    tamper(database, "DELETE FROM audit_link WHERE event_id = 2", "DELETE FROM audit_event WHERE id = 2")
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.position) == (Damage.GAP, 2)


def test_links_moved_together_over_a_gap_are_found(database: Database) -> None:
    sealed(database)
    tamper(
        database,
        "DELETE FROM audit_link WHERE event_id = 2",
        "DELETE FROM audit_event WHERE id = 2",
        "UPDATE audit_link SET position = 2 WHERE position = 3",
        "UPDATE audit_link SET position = 3 WHERE position = 4",
        "UPDATE audit_link SET position = 4 WHERE position = 5",
    )
    broken = verdict(database).broken
    assert broken is not None
    assert broken.position == 2


def test_a_changed_link_is_told_from_a_changed_event(database: Database) -> None:
    sealed(database)
    tamper(database, "UPDATE audit_link SET digest = '0' WHERE position = 3")
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.LINK_CHANGED, 3)


def test_a_removed_end_is_found_with_a_noted_head(database: Database) -> None:
    sealed(database)
    noted = database.read_now(sealing.head)
    tamper(database, "DELETE FROM audit_link WHERE position > 3", "DELETE FROM audit_event WHERE id > 3")
    assert verdict(database).broken is None, "what is left is a chain"
    broken = verdict(database, noted).broken
    assert broken is not None
    assert (broken.damage, broken.position) == (Damage.CUT, 5)
    # Nor does it help to fill the place again.
    write_events(database, 4, since=LATER)
    sealing.seal_all(database, LATER)
    broken = verdict(database, noted).broken
    assert broken is not None
    assert (broken.damage, broken.position) == (Damage.OTHER_HEAD, 5)


def test_a_chain_made_anew_is_found_with_a_noted_head(database: Database) -> None:
    sealed(database)
    noted = database.read_now(sealing.head)
    tamper(database, CHANGE.format("action = 'offer.lost'"), "DELETE FROM audit_link")
    sealing.seal_all(database, NOW + timedelta(hours=1))
    assert verdict(database).broken is None, "it is a chain, but not the one that was noted"
    assert verdict(database, Head()).broken is None
    broken = verdict(database, noted).broken
    assert broken is not None
    assert broken.damage is Damage.OTHER_HEAD


def test_an_earlier_head_stays_valid(database: Database) -> None:
    sealed(database)
    noted = database.read_now(sealing.head)
    write_events(database, 3, since=LATER)
    sealing.seal_all(database, LATER + timedelta(hours=1))
    found = verdict(database, noted)
    assert (found.head.position, found.broken) == (8, None)


INSERT = "INSERT INTO audit_event (id, at, action, subject, subject_id) VALUES ({}, '{}', 'ballot.cast', 'round', 1)"


def test_an_event_put_between_older_ones_is_found(database: Database) -> None:
    write_events(database, 5)
    tamper(database, "DELETE FROM audit_event WHERE id = 3")
    sealing.seal_all(database, LATER)
    tamper(database, INSERT.format(3, "2026-11-23 09:02:00"))
    assert sealing.seal_all(database, LATER + timedelta(days=1)) == 1
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.INSERTED, 3)


def test_an_event_dated_back_is_found(database: Database) -> None:
    sealed(database)
    tamper(database, INSERT.format(6, "2026-10-01 09:02:00"))
    assert sealing.seal_all(database, LATER + timedelta(days=1)) == 1
    broken = verdict(database).broken
    assert broken is not None
    assert (broken.damage, broken.event_id) == (Damage.DATED_BACK, 6)


def _append(session: Session, number: int, at: datetime = NOW) -> None:
    audit.record(session, now=at, action="offer.stage", subject="offer", subject_id=number)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("everything", [True, False])
def test_an_event_that_becomes_visible_late_is_linked_late(
    database: Database,
    *,
    everything: bool,
) -> None:
    """On PostgreSQL the transaction that took the lower id may end after the one with the higher id."""
    with Session(database.engine) as slow:
        _append(slow, 1)
        database.write_now(partial(_append, number=2, at=NOW + timedelta(seconds=1)))
        assert database.write_now(partial(sealing.seal, now=NOW + timedelta(minutes=1))) == 1
        slow.commit()
    assert verdict(database).waiting == 1
    assert database.write_now(partial(sealing.seal, now=NOW + timedelta(minutes=2), everything=everything)) == 1
    assert [(link.position, link.event_id) for link in links(database)] == [(1, 2), (2, 1)]
    assert verdict(database).broken is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_is_older_than_the_tick_looks_is_found_by_the_daily_look(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOOK_BACK", 1)
    with Session(database.engine) as slow:
        _append(slow, 1)
        for number in range(2, 6):
            database.write_now(partial(_append, number=number))
        assert database.write_now(partial(sealing.seal, now=NOW + timedelta(minutes=1))) == 4
        slow.commit()
    assert database.write_now(partial(sealing.seal, now=NOW + timedelta(minutes=2))) == 0
    assert database.write_now(partial(sealing.seal, now=NOW + timedelta(minutes=2), everything=True)) == 1
    assert verdict(database) == verifying.Verdict(database.read_now(sealing.head), 0, None)


def test_two_replicas_sealing_at_once_make_one_chain(database: Database) -> None:
    write_events(database, 300)
    together = threading.Barrier(4)

    def replica(_number: int) -> int:
        together.wait()
        return sum(database.write_now(partial(sealing.seal, now=LATER, limit=10)) for _ in range(20))

    with ThreadPoolExecutor(4) as pool:
        sealed_by = list(pool.map(replica, range(4)))
    sealing.seal_all(database, LATER)
    assert sum(sealed_by) <= 300
    found = verdict(database)
    assert (found.head.position, found.waiting, found.broken) == (300, 0, None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_one_replica_seals_no_other_does_and_no_writer_waits(database: Database) -> None:
    write_events(database, 3)
    with Session(database.engine) as other:
        assert sealing.seal(other, LATER) == 3
        assert database.write_now(partial(sealing.seal, now=LATER)) == 0
        write_events(database, 2, since=LATER)
        other.commit()
    assert database.write_now(partial(sealing.seal, now=LATER)) == 2
    assert verdict(database).broken is None


def test_every_link_builds_on_the_one_before(database: Database) -> None:
    sealed(database, 3)
    before = Head().digest
    events = database.read_now(lambda session: list(session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))))
    for link, event in zip(links(database), events, strict=True):
        plain = Event(*(getattr(event, name) for name in Event._fields))
        before = digest(before, link.position, link.sealed_at, plain)
        assert link.digest == before
