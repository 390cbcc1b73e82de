"""Ten thousand bent portal answers through whole polls: nothing readable is lost, nothing else is thrown away."""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from bot.config import default
from bot.people.models import Person, Role, RoleGrant
from bot.sync.models import Notice
from bot.tenders.models import Source, SourceHealth, Tender, UnreadableRecord
from bot.tenders.polling import Polled, poll
from integrations.errors import ServiceError
from integrations.esa import EsaApi, EsaSource, TenderSource
from integrations.http import Transport
from tests.channel import SkippingClock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

ANSWERS = 5_000
"""On each of the two databases; a poll asks for at least two."""
SEED = 13_692
BEGIN = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
ITEMS = 6
KNOWN_IDS = 60
STATUSES = (200, 200, 200, 204, 302, 401, 403, 404, 429, 500, 503)
LOOK_EVERY = 100
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**40,
    1e308,
    "",
    "\x00",
    "\ud800",
    "\u202e",
    "👩🏽\u200d🚀" * 200,
    "<html><form type=password>",
    "&#99999999;",
    "0000-00-00T00:00:00",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00",
    "2026-03-29T02:30:00",
    "2026-10-25T02:30:00",
    [],
    {},
    [None],
    [[[]]],
    {"id": None},
    {"id": {"id": 1}},
    [{"id": "x"}, 3],
    [{"id": number} for number in range(500)],
    "x" * 5_000,
)


def item(number: int, day: int) -> dict[str, Any]:
    """An item in the portal's shape, with made-up content that changes with the day."""
    return {
        "id": number,
        "tanumber": f"1-{10_000 + number}",
        "title": f"THERMAL INSULATION FOR LANDER {number} - EXPRO+",
        "description": f"Objective: to design an insulation, issue {day}. Procurement Policy: C(1)",
        "firstPublicationDate": "2026-10-26T09:54:07",
        "openDate": "2026-10-27T09:00:00",
        "closingDate": "2027-01-14T13:00:00",
        "clarificationRequestDeadline": None,
        "extensionRequestDeadline": None,
        "lastUpdateDate": f"2026-11-{1 + day % 28:02}T10:00:00",
        "isCancelled": False,
        "isArchived": False,
        "isReissued": False,
        "countries": [{"id": 12}],
        "products": [{"id": 561}],
        "technologies": [{"id": 199}],
        "status": {"id": 2},
        "tenderType": {"id": 5},
    }


@dataclass
class BentPortal:
    """Serves one answer after the other, each bent by a seeded chance, through real HTTP messages."""

    chance: random.Random
    items: list[Any] = field(default_factory=list)
    status: int = 200
    asked: int = 0
    day: int = 0
    well: bool = False

    def turn(self) -> None:
        """Make up the next state of the listing, and how it is sent."""
        chance = self.chance
        self.day += 1
        numbers = chance.sample(range(1, KNOWN_IDS), ITEMS)
        self.items = [item(number, self.day if chance.random() < 0.3 else 0) for number in numbers]
        for at in chance.sample(range(ITEMS), chance.choice((0, 1, 1, 2, 6))):
            self.items[at] = self._bent(self.items[at])
        self.status = chance.choice(STATUSES) if chance.random() < 0.1 else 200

    def _bent(self, sample: dict[str, Any]) -> Any:  # noqa: ANN401
        changed = copy.deepcopy(sample)
        for _ in range(self.chance.randint(1, 4)):
            key = self.chance.choice(list(sample))
            match self.chance.randrange(4):
                case 0:
                    changed.pop(key, None)
                case 1:
                    changed[key] = self.chance.choice(ODD)
                case 2:
                    changed[key.upper()] = changed.pop(key, None)
                case _:
                    return self.chance.choice([changed, *ODD])
        return changed

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One request's answer: a page of the listing, now and then broken on its way."""
        self.asked += 1
        paged = re.search(r"/(\d+)(?:/(\d+))?$", request.url.path)
        skip = int(paged[2] or 0) if paged else 0
        envelope: dict[str, Any] = {"total": len(self.items), "items": self.items[skip:]}
        roll = 0.5 if self.well else self.chance.random()
        if roll < 0.03:
            envelope[self.chance.choice(("total", "items"))] = self.chance.choice(ODD)
        elif roll < 0.04:
            del envelope[self.chance.choice(("total", "items"))]
        body = json.dumps(envelope).encode()
        if roll > 0.98:
            at = self.chance.randrange(len(body))
            body = self.chance.choice((body[:at], b"<html>" + body, b"", body[:at] + b"\xff" + body[at + 1 :], b"[]"))
        headers = {"Content-Type": "application/json"}
        if self.status == 302:
            headers["Location"] = "https://login.example/saml"
        return httpx.Response(self.status, headers=headers, content=body)


def is_readable(given: object) -> bool:
    """Say in other words than the reader's what the portal must give: an id, and a title one can see."""
    if not isinstance(given, dict):
        return False
    number, title = given.get("id"), given.get("title")
    return type(number) is int and 0 <= number < 2**63 and isinstance(title, str) and any(map(str.isalnum, title))


@dataclass
class Expected:
    """What must be in the database by now."""

    ids: set[str] = field(default_factory=set)
    unreadable: int = 0

    def note(self, polled: Polled, items: list[Any]) -> None:
        """One poll more."""
        if polled.error is not None:
            assert isinstance(polled.error, ServiceError)
            return
        assert polled.intake is not None
        self.ids |= {str(one["id"]) for one in items if is_readable(one)}
        self.unreadable += polled.intake.unreadable


@dataclass
class Clock:
    """Stands until the next poll."""

    at: datetime = BEGIN

    def now(self) -> datetime:
        """What it shows."""
        return self.at


def told(session: Session, kind: str) -> int:
    """How often the admins were told this."""
    return session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.kind == kind)) or 0


def look(session: Session) -> tuple[set[str], int, int, int, bool]:
    """Native ids, unreadable records kept, outages told, outages over, and whether one is told now."""
    health = session.get(SourceHealth, Source.ESA)
    return (
        set(session.scalars(sa.select(Tender.native_id))),
        session.scalar(sa.select(sa.func.count(UnreadableRecord.id))) or 0,
        told(session, "source_failing"),
        told(session, "source_back"),
        health is not None and health.told,
    )


def an_admin(session: Session) -> None:
    """Somebody who is told."""
    person = Person(
        tenant_id="tenant",
        entra_object_id="admin",
        name="admin",
        language="fr",
        time_zone="Europe/Paris",
        created_at=BEGIN,
        updated_at=BEGIN,
    )
    session.add(person)
    session.flush()
    session.add(RoleGrant(person_id=person.id, role=Role.ADMIN, valid_from=BEGIN - timedelta(days=1)))


@pytest.mark.slow
async def test_ten_thousand_bent_portal_answers(database: Database) -> None:
    print(f"seed {SEED}")  # noqa: T201  shown when it fails: the way to the same answers
    portal = BentPortal(random.Random(SEED))
    database.write_now(an_admin)
    company, expected, clock = default(), Expected(), Clock()
    api = EsaApi(base_url="https://portal.example")
    polls = failures = 0
    async with httpx.AsyncClient(transport=httpx.MockTransport(portal.answer)) as client:
        source = EsaSource(Transport("esa", client, api.policy(), SkippingClock().time()), api, TenderSource.ESA)
        seen: set[str] = set()
        while portal.asked < ANSWERS:
            portal.turn()
            clock.at += timedelta(minutes=30)
            polled = await poll(database, source, company, clock.now)
            polls += 1
            failures += polled.error is not None
            expected.note(polled, portal.items)
            if polls % LOOK_EVERY == 0:
                ids, kept, *_ = await database.read(look)
                assert seen <= ids, "no tender vanishes"
                assert expected.ids <= ids, "nothing readable is lost"
                assert kept == expected.unreadable, "what cannot be read is kept, each once"
                seen = ids
        portal.items, portal.status, portal.well = [item(1, 10_000), item(KNOWN_IDS, 0)], 200, True
        healed = await poll(database, source, company, clock.now)
        assert healed.intake is not None
        assert (healed.intake.new, healed.intake.changed) == (1, 1), "after all that, it reads on"
        expected.note(healed, portal.items)
        ids, kept, failing, back, now_told = await database.read(look)
    assert polls > ANSWERS / 10
    assert failures > polls / 50
    assert expected.ids <= ids
    assert kept == expected.unreadable
    assert failing == back > 0, "an outage is told once, and once more when it is over"
    assert not now_told
