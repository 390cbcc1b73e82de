"""Offerdesk under load: the real program as a process, a seeded database, and a count of the ballots it stored."""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from bot.schema import upgrade
from cards.verbs import Verb
from tests.benchmarks.activities import card_action
from tests.benchmarks.bars import EDGE, VOTE, Resources
from tests.benchmarks.contestants import ROOT, Cloud, Contestant, check_answers, write_bodies
from tests.benchmarks.identity import APP_ID, TENANT_ID
from tests.benchmarks.processes import Server, ask, free_port, running
from tests.benchmarks.seed import seed_rounds

VOTE_ON_POSTGRES = "offerdesk_vote_postgresql"
STARTS = 3
CARD_MARKER = '"AdaptiveCard"'
POSTGRES_URL = os.environ.get("OFFERDESK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@dataclass(frozen=True)
class OwnServers:
    """Offerdesk's part of the run: who takes part, and what the SQLite server took besides answering."""

    contestants: Sequence[Contestant]
    server: Server
    start_seconds: float
    notes: Sequence[str]

    def resources(self) -> Resources:
        """Read the memory now, after the load."""
        return Resources(self.start_seconds, self.server.memory_mb())


@contextlib.contextmanager
def running_servers(cloud: Cloud, folder: Path) -> Iterator[OwnServers]:
    """Start Offerdesk on SQLite and, where a PostgreSQL server answers, a second one on PostgreSQL."""
    with contextlib.ExitStack() as stack:
        sqlite_url = f"sqlite:///{folder / 'offerdesk.db'}"
        voting = vote_bodies(sqlite_url, cloud, folder / "vote-sqlite.txt")
        starts = [_time_to_ready(sqlite_url, cloud, folder) for _ in range(STARTS - 1)]
        server = stack.enter_context(_serving("Offerdesk on SQLite", sqlite_url, cloud, folder))
        starts.append(server.start_seconds)
        entrants = [
            _vote(VOTE, "Offerdesk: a vote, SQLite", server, voting, sqlite_url),
            _plain_invoke(server, cloud, folder),
        ]
        notes: list[str] = []
        postgres_url = stack.enter_context(postgres_database(notes))
        if postgres_url:
            bodies = vote_bodies(postgres_url, cloud, folder / "vote-postgresql.txt")
            second = stack.enter_context(_serving("Offerdesk on PostgreSQL", postgres_url, cloud, folder))
            label = "Offerdesk: a vote, PostgreSQL"
            entrants.insert(1, _vote(VOTE_ON_POSTGRES, label, second, bodies, postgres_url))
        for entrant in entrants:
            check_answers(entrant, cloud, forged_is_refused=True)
        yield OwnServers(entrants, server, statistics.median(starts), notes)


def vote_bodies(url: str, cloud: Cloud, path: Path) -> Path:
    """Migrate and seed a database, and write the CTO's presses: Go and Abstain in turn, on every open round."""
    upgrade(url)
    rounds = seed_rounds(url, cloud.service_url)
    bodies = [
        card_action(cloud.service_url, {"verb": verb.value, "id": round_id})
        for verb in (Verb.ROUND_GO, Verb.ROUND_ABSTAIN)
        for round_id in rounds
    ]
    return write_bodies(path, bodies)


def _vote(key: str, label: str, server: Server, bodies: Path, url: str) -> Contestant:
    return Contestant(key, label, server, bodies, CARD_MARKER, stored=_ballot_counter(url))


def _plain_invoke(server: Server, cloud: Cloud, folder: Path) -> Contestant:
    """Ask for help: the token is verified and the edge passed, then a card is answered that no database knows about."""
    body = card_action(cloud.service_url, {"verb": Verb.HELP_SHOW.value, "id": 0})
    bodies = write_bodies(folder / "plain-invoke.txt", [body])
    return Contestant(EDGE, "Offerdesk: a plain invoke", server, bodies, CARD_MARKER)


def _ballot_counter(url: str) -> Callable[[], int]:
    def count() -> int:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM ballot")).scalar_one())

    return count


@contextlib.contextmanager
def _serving(name: str, url: str, cloud: Cloud, folder: Path) -> Iterator[Server]:
    port = free_port()

    def ready(at: int) -> bool:
        return ask(at, "GET", "/readyz").status == 200

    command = [sys.executable, "-m", "bot", "serve"]
    environment = {"PYTHONPATH": str(ROOT), **environment_of(url, cloud, port)}
    with running(name, command, port, ready, environment=environment, folder=folder) as server:
        yield server


def environment_of(url: str, cloud: Cloud, port: int) -> dict[str, str]:
    """The settings of a server on this database and port that believes the made-up cloud."""
    return {
        "OFFERDESK_DATABASE_URL": url,
        "OFFERDESK_HOST": "127.0.0.1",
        "OFFERDESK_PORT": str(port),
        "OFFERDESK_BOT_APP_ID": APP_ID,
        "OFFERDESK_BOT_APP_PASSWORD": "not-a-secret",  # pragma: allowlist secret
        "OFFERDESK_TENANT_ID": TENANT_ID,
        "OFFERDESK_OPENID_METADATA_URL": cloud.openid_url,
        "OFFERDESK_LOGIN_URL": cloud.base_url,
        "OFFERDESK_SERVICE_HOSTS": "127.0.0.1",
        "OFFERDESK_ESA_BASE_URL": cloud.base_url,
        # The other servers write no logs either.
        "OFFERDESK_LOG_LEVEL": "ERROR",
    }


def _time_to_ready(url: str, cloud: Cloud, folder: Path) -> float:
    with _serving("Offerdesk", url, cloud, folder) as server:
        return server.start_seconds


@contextlib.contextmanager
def postgres_database(notes: list[str]) -> Iterator[str | None]:
    """Make a database for this run and drop it afterwards; None, and a note why, where no server answers."""
    server = sa.make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"offerdesk_bench_{uuid.uuid4().hex[:12]}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
    except psycopg.OperationalError as error:
        notes.append(f"No vote on PostgreSQL: no server answers at OFFERDESK_TEST_POSTGRES_URL ({error}).")
        yield None
        return
    try:
        yield sa.make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
