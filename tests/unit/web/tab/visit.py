"""The tab on loopback with a login that signs for real, and people who open its pages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.sync.models import System
from bot.web.tab.room import Tab
from bot.web.tab.shell import Shell
from bot.web.tab.signin import SignIn, entra_keys
from integrations.http import new_client
from integrations.sandbox.login import LoginSandbox, TokenSigner
from tests.channel import signing_key, utc_now
from tests.tab_company import Settled, settle
from tests.unit.teams_handlers.desk import NAMES, TENANT, Desk, object_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sqlalchemy.orm import Session

APP_ID = "00000000-0000-4000-8000-0000000000a1"
PUBLIC = "https://offerdesk.example"
AUDIENCE = f"api://offerdesk.example/{APP_ID}"


@dataclass
class Visit:
    """A running tab. ``changes`` counts what it told the rest of the program."""

    desk: Desk
    client: TestClient[web.Request, web.Application]
    login: LoginSandbox
    login_url: str
    settled: Settled | None = None
    changes: list[None] = field(default_factory=list)

    def token(self, by: str, **claims: object) -> str:
        """What Teams gets for somebody."""
        return self.login.person_token(object_id(by), **{"audience": AUDIENCE, **claims})  # type: ignore[arg-type]

    async def get(self, by: str, path: str = "/") -> tuple[int, str]:
        """Open a page as somebody."""
        return await self.ask("GET", path, self.token(by))

    async def post(self, by: str, path: str, data: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send a form as somebody."""
        return await self.ask("POST", path, self.token(by), data=data)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> tuple[int, str]:  # noqa: ANN401
        """One request of data; gives status and text, blanks made ordinary."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with self.client.request(method, f"/tab/data{path}", headers=headers, **more) as answer:
            text = await answer.text()
            return answer.status, text.replace("\u00a0", " ").replace("\u202f", " ")

    @property
    def ids(self) -> Settled:
        """What was made."""
        assert self.settled is not None
        return self.settled


@asynccontextmanager
async def visiting(desk: Desk, *, filled: bool = True) -> AsyncIterator[Visit]:
    """Serve the tab of a staffed company."""
    desk.around = replace(desk.around, systems=frozenset(System), app_id=APP_ID)
    settled = desk.write(lambda session: _settle(session, desk)) if filled else None
    signer = TokenSigner(utc_now, app_id=APP_ID, key=signing_key())
    login = LoginSandbox(signer, utc_now, tenant_id=TENANT, clients={}, key=signing_key(1))
    outside = web.Application()
    outside.add_subapp("/login", login.application())
    async with TestServer(outside) as server, new_client() as http:
        login_url = f"http://127.0.0.1:{server.port}/login"
        keys = entra_keys(login_url, TENANT, http)
        sign_in = SignIn(app_id=APP_ID, tenant_id=TENANT, login_url=login_url, public_url=PUBLIC, keys=keys)
        changes: list[None] = []
        tab = Tab(desk.database, sign_in, desk.around, lambda: desk.now, lambda: changes.append(None), Shell())
        app = web.Application()
        app.add_routes(tab.routes())
        async with TestClient(TestServer(app)) as client:
            yield Visit(desk, client, login, login_url, settled, changes)
        await keys.stop()


def _settle(session: Session, desk: Desk) -> Settled:
    people = {name: desk.person(session, name) for name in NAMES}
    return settle(session, people, desk.now, desk.around.company)
