"""Everything that answers presses in one run: the made-up cloud, the peers, and Offerdesk itself."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from tests.benchmarks.activities import ID_HOLE, card_action
from tests.benchmarks.identity import APP_ID, TENANT_ID, Signer
from tests.benchmarks.load import LOAD_CORE
from tests.benchmarks.processes import Answer, Server, ServerFailedError, ask, free_port, running

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = ROOT / ".bench/bin/python"
PEERS = {
    "bare_aiohttp": "bare aiohttp (no token, no SDK)",
    "botbuilder_stock": "stock botbuilder-integration-aiohttp",
    "microsoft_agents_echo": "microsoft-agents-hosting-aiohttp",
    "microsoft_teams_echo": "microsoft-teams-apps",
}
WITHOUT_TOKENS = frozenset({"bare_aiohttp"})


@dataclass(frozen=True)
class Cloud:
    """The made-up Microsoft cloud and a token it vouches for."""

    base_url: str
    token: str

    @property
    def service_url(self) -> str:
        return f"{self.base_url}/"

    @property
    def openid_url(self) -> str:
        return f"{self.base_url}/v1/.well-known/openidconfiguration"


@dataclass(frozen=True)
class Contestant:
    """A server under load: what is sent to it, what a good answer holds, and how to count what it stored."""

    key: str
    label: str
    server: Server
    bodies: Path
    marker: str
    stored: Callable[[], int] | None = None


@contextlib.contextmanager
def cloud() -> Iterator[Cloud]:
    """Run the made-up cloud on the load generator's core."""
    signer, port = Signer(), free_port()
    base_url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.benchmarks.cloud", "--port", str(port)]

    def ready(at: int) -> bool:
        return ask(at, "GET", "/v1/.well-known/keys").status == 200

    keys = orjson.dumps(signer.jwks())
    with running("cloud", command, port, ready, core=LOAD_CORE, folder=ROOT, stdin=keys):
        yield Cloud(base_url, signer.token(f"{base_url}/"))


@contextlib.contextmanager
def peer(key: str, where: Cloud, folder: Path) -> Iterator[Contestant]:
    """Run one peer from ``.bench`` and make sure that it answers, and (where it should) that it checks signatures.

    Raises:
        ServerFailedError: it does not start, gives a wrong answer, or lets a forged token in.

    """
    body = card_action(where.service_url, {"verb": "bench.echo", "id": 1, "choice": "go"})
    bodies = write_bodies(folder / f"{key}.txt", [body])
    port = free_port()
    script = Path(__file__).with_name("peers") / f"{key}.py"
    command = [str(PEERS_PYTHON), str(script), "--port", str(port), "--openid-url", where.openid_url]
    command += ["--app-id", APP_ID, "--tenant-id", TENANT_ID]

    def ready(at: int) -> bool:
        return ask(at, "GET", "/").status > 0

    with running(PEERS[key], command, port, ready, folder=folder) as server:
        contestant = Contestant(key, PEERS[key], server, bodies, marker="echo {")
        check_answers(contestant, where, forged_is_refused=key not in WITHOUT_TOKENS)
        yield contestant


def write_bodies(path: Path, bodies: Sequence[str]) -> Path:
    """Store the requests as the load generator reads them, one per line."""
    path.write_text("".join(f"{body}\n" for body in bodies), encoding="utf-8")
    return path


def check_answers(contestant: Contestant, where: Cloud, *, forged_is_refused: bool) -> None:
    """Press once rightly and once with a forged signature.

    Raises:
        ServerFailedError: the right press is not answered as expected, or the forged one is let in.

    """
    body = contestant.bodies.read_text(encoding="utf-8").splitlines()[0]
    right = _press(contestant, body.replace(ID_HOLE, "check-right"), where.token)
    if right.status != 200 or contestant.marker.encode() not in right.body:
        raise ServerFailedError(f"{contestant.label} answered {right.status} {right.body[:500]!r}")
    forged = _press(contestant, body.replace(ID_HOLE, "check-forged"), where.token[:-8] + "AAAAAAAA")
    if forged_is_refused and forged.status < 400:
        raise ServerFailedError(f"{contestant.label} let a forged token in ({forged.status})")


def _press(contestant: Contestant, body: str, token: str) -> Answer:
    return ask(contestant.server.port, "POST", "/api/messages", body, token)
