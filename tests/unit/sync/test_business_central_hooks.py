"""Business Central tells by itself: subscriptions that stay, and records that are read again as soon as it does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.sync.business_central.hooks import BC, PATH, TOLD, BusinessCentralHooks, Subscriber
from bot.sync.business_central.inbound import BusinessCentralInbound
from bot.sync.models import Arrival, LedgerState, TheirRecord
from bot.sync.reconciler import pause
from bot.web.business_central_webhook import BusinessCentralWebhook
from integrations.sandbox import business_central as central
from integrations.sandbox.business_central.schema import WATCHABLE
from tests.unit.sync.two_systems import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.database import Database
    from integrations.sandbox.business_central.webhooks import Live

COMPANY = UUID(central.COMPANY_ID)
SECRET = SecretStr("a-client-secret")  # pragma: allowlist secret


@dataclass
class Told:
    """Business Central, our endpoint on loopback, and what keeps the subscriptions."""

    here: World
    url: str
    inbound: BusinessCentralInbound
    secret: SecretStr = SECRET

    @property
    def there(self) -> central.BusinessCentralSandbox:
        service = self.here.sandbox.services["business_central"]
        assert isinstance(service, central.BusinessCentralSandbox)
        return service

    def live(self) -> dict[str, Live]:
        found = self.there.webhooks.live()
        assert len({one.entity_set for one in found}) == len(found), "no kind is told twice"
        return {one.entity_set: one for one in found}

    def hooks(self, url: str | None = None) -> BusinessCentralHooks:
        subscriber = Subscriber(url or self.url, COMPANY, self.secret)
        return BusinessCentralHooks(self.here.database, self.here.bc.client, subscriber, self.here.time.now)

    async def keep(self, url: str | None = None) -> None:
        """A tick, some time after the last one, by a program that has just begun."""
        self.here.time.pass_by(600)
        await self.hooks(url).keep()

    async def hear(self) -> None:
        """All that is to be told is told, and read."""
        await self.there.webhooks.settled()
        await self.inbound.read_arrivals()

    def arrivals(self) -> list[Arrival]:
        return list(self.here.database.read_now(lambda s: s.scalars(sa.select(Arrival).order_by(Arrival.id)).all()))

    def record(self, number: str) -> TheirRecord:
        asked = sa.select(TheirRecord).where(TheirRecord.system == BC, TheirRecord.remote_id == number)
        return self.here.database.read_now(lambda s: s.scalars(asked).one())


@asynccontextmanager
async def told_to(database: Database) -> AsyncIterator[Told]:
    async with world(database) as here:
        inbound = BusinessCentralInbound(database, here.bc.client, here.time.now, lambda: None)
        app = web.Application()
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            states = Subscriber(url, COMPANY, SECRET).states()
            # The server is up before it knows its own address, which the client states are made of.
            told = BusinessCentralWebhook(database, here.time.now, inbound.wake, COMPANY, states)
            app._router._frozen = False
            app.add_routes(told.routes())
            yield Told(here, url, inbound)


@pytest.fixture
async def told(database: Database) -> AsyncIterator[Told]:
    async with told_to(database) as made:
        yield made


# The subscriptions


async def test_each_kind_is_told_and_found_again_after_a_restart(told: Told) -> None:
    await told.keep()
    made = told.live()
    assert set(made) == set(TOLD)
    assert {one.notification_url for one in made.values()} == {told.url + PATH}
    for _ in range(3):
        await told.keep()
    assert {one.id for one in told.live().values()} == {one.id for one in made.values()}
    assert [one["method"] for one in told.here.calls(BC, "POST") if "subscriptions" in one["path"]] == ["POST"] * 4


async def test_two_replicas_make_one_of_each(told: Told) -> None:
    await told.hooks().keep()
    await told.hooks().keep()
    assert len([one for one in told.here.calls(BC, "GET") if one["path"].endswith("/subscriptions")]) == 1


async def test_they_are_renewed_a_day_after_they_were_made_and_never_end(told: Told) -> None:
    await told.keep()
    made = {name: one.id for name, one in told.live().items()}
    for _day in range(5):
        told.here.time.pass_by(86_400)
        await told.keep()
        ends = {one.ends_at - told.here.time.now() for one in told.live().values()}
        assert min(ends) > timedelta(days=2)
    assert {name: one.id for name, one in told.live().items()} == made


async def test_one_that_was_dropped_over_there_is_made_anew(told: Told) -> None:
    await told.keep()
    dropped = told.live()["contacts"]
    told.there.webhooks.delete(dropped)
    await told.keep()
    assert told.live()["contacts"].id != dropped.id
    told.here.time.pass_by(timedelta(days=4).total_seconds())
    assert not told.live()
    await told.keep()
    assert set(told.live()) == set(TOLD)


async def test_another_secret_and_another_address_leave_nothing_behind(told: Told) -> None:
    await told.keep("http://127.0.0.1:9")
    assert told.live() == {}, "nobody listens there"
    await told.keep()
    before = told.live()["contacts"].client_state
    told.secret = SecretStr("a-new-client-secret")  # pragma: allowlist secret
    await told.keep()
    assert told.live()["contacts"].client_state != before
    moved = told.url.replace("127.0.0.1", "localhost")
    await told.keep(moved)
    assert {one.notification_url for one in told.live().values()} == {moved + PATH}


async def test_doubles_are_ended(told: Told) -> None:
    await told.keep()
    state = Subscriber(told.url, COMPANY, SECRET).states()["contacts"]
    await told.here.bc.client.subscriptions.create("contacts", told.url + PATH, state)
    await told.here.bc.client.subscriptions.create("contacts", "http://localhost" + told.url[16:] + PATH, "another")
    await told.keep()
    pointing = [one for one in told.there.webhooks.live() if one.entity_set == "contacts"]
    assert len([one for one in pointing if one.notification_url == told.url + PATH]) == 1
    assert len(pointing) == 2, "what another Offerdesk asked for is left alone"


async def test_without_an_address_and_while_paused_nothing_is_asked(told: Told) -> None:
    here = told.here
    nowhere = Subscriber(None, COMPANY, SECRET)
    await BusinessCentralHooks(here.database, here.bc.client, nowhere, here.time.now).keep()
    here.house.write(lambda session: pause(session, BC, here.time.now()))
    await told.keep()
    assert here.calls(BC) == []


async def test_an_outage_is_one_line_without_secrets_and_its_end_another(told: Told) -> None:
    hooks = told.hooks()
    told.here.fault(BC, status=503, times=1000)
    with capture_logs() as lines:
        for _tick in range(3):
            told.here.time.pass_by(600)
            await hooks.keep()
    assert [line["event"] for line in lines] == ["business_central.unsubscribed"]
    assert not any(state in str(lines) for state in Subscriber(told.url, COMPANY, SECRET).states().values())
    told.here.sandbox.faults.clear()
    told.here.time.pass_by(600)
    with capture_logs() as lines:
        await hooks.keep()
    assert [line["event"] for line in lines][-1] == "business_central.subscribed_again"
    assert set(told.live()) == set(TOLD)


async def test_a_kind_that_cannot_be_told_holds_no_other_up(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    known = WATCHABLE - {"projects"}
    monkeypatch.setattr("integrations.sandbox.business_central.webhooks.WATCHABLE", known)
    with capture_logs() as lines:
        await told.keep()
    assert set(told.live()) == known
    assert [line["told"] for line in lines if line["log_level"] == "warning"] == ["projects"]


# What is told


async def test_a_change_is_read_again_at_once_and_a_repetition_changes_nothing(told: Told) -> None:
    await told.inbound.look()
    await told.keep()
    told.here.edit("CT000020", "contacts", displayName="Renamed over there")
    await told.hear()
    assert told.record("CT000020").name == "Renamed over there"
    calls = len(told.here.calls(BC))
    assert await told.there.webhooks.repeat() == 202
    await told.inbound.read_arrivals()
    assert len(told.here.calls(BC)) == calls
    assert [(one.done_at is not None, one.error) for one in told.arrivals()] == [(True, None)]


async def test_new_and_deleted_and_renumbered_records_are_known_at_once(told: Told) -> None:
    await told.inbound.look()
    await told.keep()
    store = told.there.store
    row = store.find("contacts", "number", "CT000040")
    other = store.find("customers", "number", "C00010")
    assert row is not None
    assert other is not None
    store.delete("contacts", row)
    store.update("customers", other, {"number": "C00099"})
    store.insert("contacts", {"number": "CT000099", "displayName": "New one", "type": "Company"})
    await told.hear()
    assert told.record("CT000040").gone
    assert told.record("CT000099").name == "New one"
    assert (told.record("C00010").gone, told.record("C00099").gone) == (True, False)


async def test_many_changes_are_asked_for_together(told: Told) -> None:
    await told.inbound.look()
    await told.keep()
    for number in range(60):
        told.there.store.insert("contacts", {"number": f"CX{number:04}", "displayName": f"Buyer {number}"})
    before = len(told.here.calls(BC))
    await told.hear()
    assert told.record("CX0059").name == "Buyer 59"
    assert len(told.here.calls(BC)) - before <= 2


async def test_an_outage_leaves_them_waiting_and_the_look_reads_them(told: Told) -> None:
    await told.inbound.look()
    await told.keep()
    told.here.edit("CT000020", "contacts", displayName="Renamed meanwhile")
    await told.there.webhooks.settled()
    told.here.fault(BC, status=503, times=1000)
    await told.inbound.read_arrivals()
    (waiting,) = told.arrivals()
    assert waiting.done_at is None
    told.here.sandbox.faults.clear()
    await told.inbound.look()
    assert told.record("CT000020").name == "Renamed meanwhile"
    assert told.arrivals()[0].done_at is not None


async def test_what_was_never_told_is_found_by_the_look(told: Told) -> None:
    await told.inbound.look()
    told.here.edit("CT000020", "contacts", displayName="Nobody told")
    told.here.time.pass_by(600)
    await told.inbound.look()
    assert told.record("CT000020").name == "Nobody told"


async def test_our_own_write_is_no_news_and_a_persons_change_becomes_a_choice(told: Told) -> None:
    here = told.here
    await told.keep()
    here.begin()
    await here.run()
    await told.hear()
    wanted = here.row().wanted_version
    assert [one.done_at is not None for one in told.arrivals()] == [True]
    assert here.row().done_version == wanted
    here.edit("S580", description="Another title")
    await told.hear()
    assert here.row().wanted_version == wanted + 1
    await here.run()
    assert here.row().state is LedgerState.CONFLICT
    assert [(one.field, one.theirs["value"]) for one in here.conflicts()] == [("description", "Another title")]


async def test_an_opportunity_that_somebody_deleted_waits_for_a_person(told: Told) -> None:
    here = told.here
    await told.keep()
    here.begin()
    await here.run()
    await told.hear()
    row: Any = told.there.store.find("opportunities", "number", "S580")
    told.there.store.delete("opportunities", row)
    await told.hear()
    for _ in range(2):
        await here.run()
        here.time.pass_by(3600)
    assert here.rows_in_bc() == []
    assert (here.row().state, "deleted there" in str(here.row().error)) == (LedgerState.MANUAL, True)
    here.try_again()
    await here.run()
    assert [one["number"] for one in here.rows_in_bc()] == ["S580"]
    assert here.row().state is LedgerState.OK
