"""Everything the demonstration runs on: a database, the stand-ins, the bot, and people who know each other."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.database import Database
from bot.demo.children import Child, free_port, run, running
from bot.demo.past import begin_of_past, give_past
from bot.people.imports import import_people
from bot.people.models import Role
from integrations.sandbox import business_central
from integrations.sandbox.app import SandboxSettings
from integrations.sandbox.clock import ShiftedClock
from integrations.sandbox.teams.personas import DEFAULT_PERSONAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

POLL_SECONDS = 3
ROLES: Mapping[str, tuple[Role, ...]] = {
    "cto": (Role.CTO,),
    "cpo": (Role.CPO,),
    "ceo": (Role.CEO,),
    "sales_lead": (Role.SALES_LEAD,),
    "project_manager": (Role.PROJECT_MANAGER,),
    "engineer": (),
    "key_user": (Role.KEY_USER, Role.ADMIN),
}
"""What the people of the simulated tenant may do; the guest of another tenant is nobody."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demonstration."""

    sandbox_url: str
    bot_url: str
    folder: Path
    children: tuple[Child, ...]

    @property
    def page(self) -> str:
        """What a person opens."""
        return f"{self.sandbox_url}/teams/"

    def alive(self) -> None:
        """Raise :class:`~bot.demo.children.ChildFailed` when a process has ended."""
        for child in self.children:
            child.alive()


def bot_settings(sandbox_url: str, database_url: str, port: int) -> dict[str, str]:
    """The environment of a bot that lives with the stand-ins at ``sandbox_url``; authentication is on, as ever."""
    known = SandboxSettings()
    admins = [persona.aad_object_id for persona in DEFAULT_PERSONAS if Role.ADMIN in ROLES.get(persona.key, ())]
    return {
        "OFFERDESK_DATABASE_URL": database_url,
        "OFFERDESK_HOST": "127.0.0.1",
        "OFFERDESK_PORT": str(port),
        "OFFERDESK_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "OFFERDESK_BOT_APP_ID": known.app_id,
        "OFFERDESK_BOT_APP_PASSWORD": known.app_password,
        "OFFERDESK_TENANT_ID": known.tenant_id,
        "OFFERDESK_ADMINS": ",".join(admins),
        "OFFERDESK_OPENID_METADATA_URL": f"{sandbox_url}/login/v1/.well-known/openidconfiguration",
        "OFFERDESK_LOGIN_URL": f"{sandbox_url}/login",
        "OFFERDESK_SERVICE_HOSTS": "127.0.0.1",
        "OFFERDESK_PIPEDRIVE_BASE_URL": f"{sandbox_url}/pipedrive",
        "OFFERDESK_PIPEDRIVE_API_TOKEN": known.pipedrive_token,
        "OFFERDESK_BC_BASE_URL": f"{sandbox_url}/business_central/v2.0",
        "OFFERDESK_BC_LOGIN_URL": f"{sandbox_url}/login",
        "OFFERDESK_BC_TENANT_ID": known.tenant_id,
        "OFFERDESK_BC_ENVIRONMENT": business_central.ENVIRONMENT,
        "OFFERDESK_BC_COMPANY_ID": str(business_central.COMPANY_ID),
        "OFFERDESK_BC_CLIENT_ID": known.app_id,
        "OFFERDESK_BC_CLIENT_SECRET": known.app_password,
        "OFFERDESK_GRAPH_BASE_URL": f"{sandbox_url}/graph/v1.0",
        "OFFERDESK_GRAPH_LOGIN_URL": f"{sandbox_url}/login",
        "OFFERDESK_GRAPH_CLIENT_ID": known.app_id,
        "OFFERDESK_GRAPH_CLIENT_SECRET": known.app_password,
        "OFFERDESK_GRAPH_DRIVE_ID": known.drive_id,
        "OFFERDESK_CALENDAR_MAILBOX": "owner",
        "OFFERDESK_ESA_BASE_URL": f"{sandbox_url}/esa",
        "OFFERDESK_ESA_POLL_MINUTES": str(POLL_SECONDS / 60),
    }


def write_people(path: Path) -> None:
    """Write the people of the tenant with their roles as ``people import`` reads them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["entra_object_id", "name", "language", "time_zone", "roles"])
        for persona in DEFAULT_PERSONAS:
            if persona.key in ROLES:
                roles = ";".join(ROLES[persona.key])
                table.writerow([persona.aad_object_id, persona.name, persona.language, persona.time_zone, roles])


def known(own: Mapping[str, str], people: Path, now: datetime) -> None:
    """Make the people of the file known, with roles that hold from ``now`` on."""
    database = Database(own["OFFERDESK_DATABASE_URL"])
    lines, tenant_id = people.read_text("utf-8").splitlines(), own["OFFERDESK_TENANT_ID"]
    try:
        database.write_now(lambda session: import_people(session, lines, tenant_id=tenant_id, now=now))
    finally:
        database.close()


@contextmanager
def raised(
    folder: Path,
    *,
    page_port: int = 0,
    release_every: float = 0.0,
    begins: datetime | None = None,
    past: bool = False,
) -> Iterator[Stage]:
    """Start everything in ``folder`` and end it afterwards; raises :class:`~bot.demo.children.ChildFailed`.

    ``begins``: the moment the story begins at, whatever the real time is; None: now. The clock can be put forward.
    ``past``: two years of offers and hours lie behind the people.
    """
    port = free_port()
    bot_url = f"http://127.0.0.1:{port}"
    clock = folder / "clock"
    if begins is not None:
        ShiftedClock(clock).begin_at(begins)
    arguments = ["integrations.sandbox", "--port", str(page_port), "--bot-url", f"{bot_url}/api/messages"]
    arguments += ["--clock", str(clock), "--release-every", str(release_every)]
    with running("sandbox", arguments, {}, folder) as sandbox:
        sandbox_url = str(sandbox.first_line()["sandbox"])
        own = bot_settings(sandbox_url, f"sqlite:///{folder / 'offerdesk.db'}", port)
        run("migrate", ["bot", "migrate"], own, folder)
        write_people(folder / "people.csv")
        now = ShiftedClock(clock)()
        known(own, folder / "people.csv", begin_of_past(now) if past else now)
        if past:
            give_past(own["OFFERDESK_DATABASE_URL"], now)
        run("set-up", ["bot", "setup", "pipedrive"], own, folder)
        with running("bot", ["bot.demo.serving", str(clock)], own, folder) as bot:
            bot.answers(f"{bot_url}/readyz")
            yield Stage(sandbox_url, bot_url, folder, (sandbox, bot))
