"""Who was recognised: each in the trail with its rule, shown, undone for good, and redone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.clients.models import Client, Contact
from bot.clients.rules import Level
from bot.clients.service import make_client, settle
from bot.errors import NotFound
from bot.people.models import Person
from bot.sync import attention
from bot.sync.attention import BcCode
from bot.sync.business_central import recognised
from bot.sync.business_central.inbound import BusinessCentralInbound
from bot.sync.business_central.matching import Rule
from bot.sync.business_central.records import BC
from bot.sync.facts import mappings
from bot.sync.models import LedgerState, TheirRecord
from tests.unit.sync.two_systems import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.business_central.recognised import Recognised

OFFICER = "procurement@prime-contractor-a.example"


@pytest.fixture
async def there(database: Database) -> AsyncIterator[World]:
    async with world(database) as made:
        made.begin()

        def work(session: Session) -> None:
            session.execute(sa.update(Contact).values(email=OFFICER))
            for code, name in (("C00020", "Any"), ("CT000030", "Other"), (None, "Prime contractor A")):
                node = make_client(None, name, code, None, level=Level.CLIENT, now=made.time.now())
                session.add(node)
                session.flush()
                settle(None, node)

        made.house.write(work)
        forget(made)
        yield made


def forget(here: World) -> None:
    here.house.write(lambda session: session.execute(sa.text("DELETE FROM sync_mapping")))


async def look(here: World) -> None:
    here.time.pass_by(600)
    await BusinessCentralInbound(here.database, here.bc.client, here.time.now, lambda: None).look()


def known(here: World) -> dict[str, str]:
    return here.database.read_now(lambda session: mappings(session, BC))


def listed(here: World) -> dict[str, Recognised]:
    return {one.ours: one for one in here.database.read_now(lambda session: recognised.page(session, limit=50))}


def trail(here: World, action: str) -> list[AuditEvent]:
    asked = sa.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return list(here.database.read_now(lambda session: session.scalars(asked).all()))


def actor(session: Session, here: World) -> Person:
    return session.get_one(Person, here.house.people["CTO"])


def undo(here: World, one: Recognised, *, again: bool = False) -> None:
    change = recognised.redo if again else recognised.undo
    here.house.write(
        lambda session: change(session, one.subject, one.number, actor=actor(session, here), now=here.time.now())
    )


async def test_each_match_stands_in_the_trail_with_its_rule(there: World) -> None:
    await look(there)
    found = listed(there)
    assert {name: (one.code, one.rule) for name, one in found.items() if one.subject != "person"} == {
        "Procurement officer": ("CT000011", Rule.EMAIL),
        "Any": ("CT000020", Rule.CUSTOMER),
        "Other": ("CT000030", Rule.NUMBER),
        "Prime contractor A": ("CT000010", Rule.NAME),
    }
    assert found["Any"].theirs == "Prime contractor B"
    told = {(one.subject, one.subject_id): one.after for one in trail(there, "sync.matched")}
    assert len(told) == len(found) == there.database.read_now(recognised.count)
    assert told["contact", 1] == {"code": "CT000011", "rule": "email"}
    await look(there)
    assert len(trail(there, "sync.matched")) == len(found)


async def test_what_was_undone_is_never_found_again_and_its_offers_wait(there: World) -> None:
    await look(there)
    there.know(salesperson="LEAD1")
    await there.run()
    assert there.row().state is LedgerState.OK
    officer = listed(there)["Procurement officer"]
    for _ in range(2):
        undo(there, officer)
    assert "contact:1" not in known(there)
    (line,) = trail(there, "sync.unmatched")
    assert (line.before, line.actor_id) == ({"code": "CT000011", "rule": "email"}, there.house.people["CTO"])
    there.edit("CT000011", "contacts", city="Elsewhere")
    await look(there)
    assert "contact:1" not in known(there)
    assert "Procurement officer" not in listed(there)
    for _attempt in range(2):
        await there.run()
        there.time.pass_by(60)
    assert there.row().state is LedgerState.INCOMPLETE
    asked = sa.select(TheirRecord.ours).where(TheirRecord.remote_id == "CT000011")
    assert there.database.read_now(lambda session: session.scalar(asked)) is None


async def test_it_is_redone_as_it_was(there: World) -> None:
    await look(there)
    officer = listed(there)["Procurement officer"]
    undo(there, officer)
    shown = there.database.read_now(lambda session: recognised.undone(session, "contact", 1))
    assert shown is not None
    assert (shown.code, shown.ours) == ("CT000011", "Procurement officer")
    for _ in range(2):
        undo(there, officer, again=True)
    assert known(there)["contact:1"] == "CT000011"
    assert "not:contact:1" not in known(there)
    assert there.database.read_now(lambda session: recognised.undone(session, "contact", 1)) is None
    assert len([one for one in trail(there, "sync.matched") if one.subject == "contact"]) == 2


async def test_another_record_may_be_found_after_an_undo(there: World) -> None:
    await look(there)
    undo(there, listed(there)["Other"])
    number = there.database.read_now(lambda s: s.scalar(sa.select(Client.id).where(Client.name == "Other")))

    def recode(session: Session) -> None:
        node = session.get_one(Client, number)
        node.code, node.updated_at = "CT000040", there.time.now()

    there.time.pass_by(1)
    there.house.write(recode)
    await look(there)
    assert listed(there)["Other"].code == "CT000040"


async def test_what_a_person_chose_is_no_match_of_a_rule(there: World) -> None:
    await look(there)
    owner = there.house.people["engineer"]

    def choose(session: Session) -> None:
        person = session.get_one(Person, owner)
        attention.keep_code(
            session, there.offer_id, BcCode.CONTACT, {"code": "CT000040"}, actor=person, now=there.time.now()
        )

    there.house.write(choose)
    assert known(there)["contact:1"] == "CT000040"
    assert "Procurement officer" not in listed(there)
    with pytest.raises(NotFound):
        there.house.write(lambda s: recognised.undo(s, "contact", 1, actor=actor(s, there), now=there.time.now()))


@pytest.mark.parametrize(("subject", "number"), [("contact", 99), ("offer", 1), ("rule:contact", 1), ("", 0)])
async def test_nothing_else_is_undone(there: World, subject: str, number: int) -> None:
    await look(there)
    with pytest.raises(NotFound):
        there.house.write(lambda s: recognised.undo(s, subject, number, actor=actor(s, there), now=there.time.now()))
