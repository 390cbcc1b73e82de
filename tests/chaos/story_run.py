"""One run of the story: people work, systems fail, processes are killed; then it is quiet, and everything is compared.

The seed chooses the faults, the victims and the moments; how far each process has come at such a moment is the
machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import config
from bot.clients.models import Contact
from bot.demo.stage import bot_settings
from bot.demo.story import BEGINS
from bot.sync.pipedrive.hooks import Subscriber
from bot.sync.pipedrive.setup import set_up
from cards.verbs import Verb
from integrations.http import new_client
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox.clock import ShiftedClock
from tests.chaos import story_truth
from tests.chaos.replicas import LONGEST_STEP, Front, Hands, Nursery, Replicas
from tests.chaos.tale import Crowd, Lost, Tale
from tests.chaos.test_crash_life import _people
from tests.chaos.test_crash_points import _meet
from tests.chaos.weather import Weather
from tests.whole import HOST, seed_people, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database

TALES = 2
LEAST_KILLS, MOST_KILLS = 3, 5
LONGEST_LIFE = 60
"""Requests to the stand-ins between two kills."""
DEAD_SECONDS = 0.15
"""The longest that a killed process stays away."""
QUIET_SECONDS = 120.0
"""Real seconds after which everything must be true."""
STORM_SECONDS = 15.0
"""The trouble goes on until every record was made once, but no longer than this after everybody has done his work."""
BETWEEN_SECONDS = 0.1
LOOK_SECONDS = 0.1
USER, PASSWORD = "pipedrive", "made-up-webhook-password"  # pragma: allowlist secret


@dataclass(frozen=True)
class Outcome:
    """How one run went. ``wrong`` is empty when nothing was lost and nothing doubled."""

    seed: int
    kills: int
    struck: int
    requests: int
    activities: int
    repeated: int
    notices: int
    doubled: int
    """Notices of Pipedrive that came twice."""
    asked: int
    """Messages whose arrival nobody knew, and which the key user had sent again."""
    seconds: float
    wrong: tuple[str, ...]
    deadlocks: int = 0

    def __str__(self) -> str:
        """One line."""
        verdict = "true" if not self.wrong else "; ".join(self.wrong)
        return (
            f"seed {self.seed}: {self.kills} kills, {self.struck} of {self.requests} requests struck, "
            f"{self.activities} activities and {self.repeated} again, {self.notices} notices and {self.doubled} twice, "
            f"{self.asked} messages asked about, {self.deadlocks} deadlocks, {self.seconds:.1f} s: {verdict}"
        )


@dataclass
class Run:
    """One run's parts."""

    dice: random.Random
    weather: Weather
    replicas: Replicas
    database: Database
    company: Company
    crowd: Crowd
    tales: list[Tale]
    hands: Hands
    asked: int = 0

    async def storm(self) -> None:
        """People work, systems fail, processes are killed."""
        self.weather.worsens()
        async with asyncio.TaskGroup() as group:
            killer = group.create_task(self._kill())
            group.create_task(self._work(killer))

    async def _work(self, killer: asyncio.Task[None]) -> None:
        async with asyncio.TaskGroup() as group:
            for tale in self.tales:
                group.create_task(tale.play())
        number, until = 1, time.monotonic() + STORM_SECONDS
        while not killer.done() or (await self.database.read(story_truth.missing) and time.monotonic() < until):
            number += 1
            await self.dice.choice(self.tales).renamed(number)
            await asyncio.sleep(BETWEEN_SECONDS)

    async def _kill(self) -> None:
        kills = self.dice.randint(LEAST_KILLS, MOST_KILLS)
        last = self.dice.randrange(kills) if self.replicas.count > 1 else None
        for kill in range(kills):
            until = self.weather.log.count + self.dice.randint(1, LONGEST_LIFE)
            while self.weather.log.count < until:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.005)
            await asyncio.sleep(self.dice.random() * 0.03)
            victim = self.dice.choice(self.replicas.living)
            await self.replicas.kill(victim, for_good=kill == last)
            if not victim.gone:
                await asyncio.sleep(self.dice.random() * DEAD_SECONDS)
                await self.replicas.start(victim)

    async def peace(self) -> list[str]:
        """The trouble is over; gives what is not as it should be when everything is quiet, or never gets quiet."""
        self.weather.clears()
        self.hands.longest = LONGEST_STEP
        if late := await self._quiet():
            return late
        sandbox, tales = self.weather.sandbox, self.tales
        rows = await self.database.read(story_truth.to_ask)
        self.asked = len(rows)
        wrong = await self.database.read(lambda session: list(story_truth.strays(session, sandbox, self.asked)))
        for row in rows:
            await self.crowd.presses("key_user", Verb.DELIVERY_RETRY, row)
        wrong += await self._quiet()
        if still := await self.database.read(story_truth.to_ask):
            wrong.append(f"{len(still)} messages nobody knows the fate of, although nothing fails")
        await self.replicas.all_alive()
        wrong += self.replicas.died
        return wrong + await self.database.read(lambda s: story_truth.untrue(s, sandbox, self.company, tales))

    async def _quiet(self) -> list[str]:
        until = time.monotonic() + QUIET_SECONDS
        while (late := await self.database.read(story_truth.late)) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        return late


async def one_run(nursery: Nursery, database: Database, folder: Path, seed: int, replicas: int) -> Outcome:
    """The story once, on an empty, migrated database."""
    began = time.monotonic()
    dice = random.Random(seed)
    clock = ShiftedClock(folder / "clock")
    clock.begin_at(BEGINS)
    with socket.create_server((HOST, 0)) as for_sandbox, socket.create_server((HOST, 0)) as for_front:
        urls = [f"http://{HOST}:{one.getsockname()[1]}" for one in (for_sandbox, for_front)]
        weather = Weather(urls[0], urls[1], clock, seed)
        own = {
            **bot_settings(urls[0], database.url, for_front.getsockname()[1]),
            "OFFERDESK_ESA_POLL_MINUTES": "30",
            "OFFERDESK_PIPEDRIVE_WEBHOOK_USER": USER,
            "OFFERDESK_PIPEDRIVE_WEBHOOK_PASSWORD": PASSWORD,
        }
        bots = Replicas(nursery, own, folder / "clock", folder, replicas)
        company, crowd = config.default(), Crowd(weather.sandbox, dice)
        contact_id = await database.write(_contact)
        tales = [Tale(crowd, database, f"Panneau {number}", contact_id, wins=number == 0) for number in range(TALES)]
        hands = Hands(clock, database, bots)
        run = Run(dice, weather, bots, database, company, crowd, tales, hands)
        front = Front(bots, random.Random(seed + 2))
        async with served(weather.sandbox.application(), for_sandbox), served(front.application(), for_front):
            await _prepare(run, folder, urls)
            wrong = await _played(run)
    return Outcome(
        seed=seed,
        kills=bots.kills,
        struck=weather.struck(),
        requests=weather.log.count,
        activities=crowd.sent,
        repeated=crowd.repeated,
        notices=weather.notices,
        doubled=weather.doubled,
        asked=run.asked,
        seconds=time.monotonic() - began,
        wrong=tuple(wrong),
    )


async def _played(run: Run) -> list[str]:
    moving = asyncio.create_task(run.hands.turn())
    try:
        for replica in run.replicas.each:
            await run.replicas.start(replica)
        await run.replicas.ready()
        await run.storm()
        return await run.peace()
    except ExceptionGroup as group:
        told, defects = group.split(Lost)
        if told is None or defects is not None:
            raise
        return list(_told(told))
    finally:
        await run.replicas.stop()
        moving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await moving


def _contact(session: Session) -> int:
    """Whom the clients' requests come from."""
    stamps = {"created_at": BEGINS, "updated_at": BEGINS}
    person = Contact(name="Procurement officer", search_text="procurement officer", **stamps)
    session.add(person)
    session.flush()
    return person.id


def _told(group: ExceptionGroup[Lost]) -> Iterator[str]:
    for one in group.exceptions:
        yield from _told(one) if isinstance(one, ExceptionGroup) else (str(one),)


async def _prepare(run: Run, folder: Path, urls: list[str]) -> None:
    """What people did before the story: Offerdesk is installed, and Pipedrive is set up."""
    sandbox, now = run.weather.sandbox, run.weather.sandbox.settings.now
    await asyncio.to_thread(seed_people, run.database.url, sandbox.settings.tenant_id, folder, now())
    await run.database.write(
        lambda session: _meet(session, sandbox, _people(session, sandbox), f"{urls[0]}/teams/", now())
    )
    subscriber = Subscriber(urls[1], USER, SecretStr(PASSWORD))
    async with new_client() as http:
        pipedrive = Pipedrive(PipedriveSettings(f"{urls[0]}/pipedrive", sandbox.settings.pipedrive_token), http)
        done = await set_up(pipedrive, run.database, run.company, now, subscriber)
    assert done.complete, done.parts
