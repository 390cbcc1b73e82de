"""``offerdesk doctor``: what is fine, and what to do about the rest. Every look is harmless: nothing is posted, and
nothing written but the seals of events that waited for theirs.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import sqlalchemy as sa

from bot import config, doctor_systems, settings, trails
from bot.database import Database
from bot.doctor_systems import Known
from bot.errors import ConfigurationError, DatabaseUnavailable
from bot.findings import Finding, State, misconfigured
from bot.people import conversations
from bot.people import service as people
from bot.people.models import Role
from bot.revision import is_current
from bot.sources import sources_of
from bot.sync.facts import mappings
from bot.sync.models import LedgerRow, LedgerState, System
from bot.sync.reconciler import paused
from bot.teams.credentials import Credentials
from bot.tokens.keys import Keys, KeysUnavailable
from integrations.errors import ServiceError
from integrations.http import new_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.config import Company
    from bot.settings import Settings
    from bot.terminal import Terminal
    from integrations.esa import EsaSource

MOST_SKEW = timedelta(seconds=150)
"""Teams' tokens are believed five minutes before and after their time; half of that is left for their own clocks."""
LEAST_FREE_BYTES = 500_000_000
LOGIN_REMEDY = "Compare OFFERDESK_BOT_APP_ID, …_BOT_APP_PASSWORD and …_TENANT_ID with the Azure Bot; secrets expire."


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing is broken; warnings do not count."""
    return all(finding.state is not State.BROKEN for finding in findings)


def report(terminal: Terminal, findings: Sequence[Finding]) -> None:
    """Draw the table."""
    rows = [(finding.what, finding.state.value, finding.detail, finding.remedy) for finding in findings]
    terminal.table(("check", "state", "detail", "what to do"), rows, empty="Nothing was checked.")


def examine(*, now: Callable[[], datetime]) -> list[Finding]:
    """Look at everything; a part that cannot be looked at is a finding, never an error."""
    try:
        given = settings.load()
    except ConfigurationError as error:
        return [misconfigured("settings", error)]
    company, configuration = _company(given)
    names, database = _database(given, now)
    outside = asyncio.run(_outside(given, Known(company, names), now))
    return [_bot_settings(given), configuration, *database, *outside]


def _bot_settings(given: Settings) -> Finding:
    try:
        given.require_bot()
    except ConfigurationError as error:
        return misconfigured("settings", error)
    if given.public_url is None:
        remedy = "Set OFFERDESK_PUBLIC_URL to the https address that Teams calls; links to decision sheets need it."
        return Finding("settings", State.WARNING, "No public address is set.", remedy)
    return Finding("settings", State.OK, f"Bot at {given.public_url}")


def _company(given: Settings) -> tuple[Company | None, Finding]:
    try:
        company = config.load(given.config_dir)
    except config.ConfigurationProblems as problems:
        detail = f"{len(problems.errors)} problems; the first: {problems.errors[0]}"
        return None, Finding("configuration", State.BROKEN, detail, "`offerdesk config check FOLDER` lists them all.")
    where = str(given.config_dir) if given.config_dir else "built-in defaults"
    return company, Finding("configuration", State.OK, f"{where}: {len(company.watch.rule)} watch rules")


def _database(given: Settings, now: Callable[[], datetime]) -> tuple[Mapping[str, str], list[Finding]]:
    """What Pipedrive's fields and stages are remembered as, and the findings."""
    database = Database(given.database_url)
    try:
        if not database.read_now(lambda session: is_current(session.connection())):
            old = Finding("database", State.BROKEN, "Not at the newest revision.", "Run `offerdesk migrate`.")
            return {}, [old]
        names = database.read_now(lambda session: mappings(session, System.PIPEDRIVE))
        held = database.read_now(lambda session: _held(session, given, now()))
        trail = trails.examine(database, now())
    except DatabaseUnavailable as error:
        detail = str(error.__cause__ or error).splitlines()[0]
        away = Finding("database", State.BROKEN, detail, "Check OFFERDESK_DATABASE_URL, and that the server runs.")
        return {}, [away]
    finally:
        database.close()
    return names, [Finding("database", State.OK, "Reachable, migrations current."), *_disk(given), trail, *held]


def _disk(given: Settings) -> list[Finding]:
    url = sa.make_url(given.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return []
    free = shutil.disk_usage(Path(url.database).resolve().parent).free
    detail = f"{free / 1e9:.1f} GB free beside the database"
    if free < LEAST_FREE_BYTES:
        return [Finding("disk", State.BROKEN, detail, "Make room: without it no vote can be stored.")]
    return [Finding("disk", State.OK, detail)]


def _held(session: Session, given: Settings, now: datetime) -> list[Finding]:
    """What the database says about people, the channel and the messages."""
    found = []
    admins = [person.name for person in people.holders(session, Role.ADMIN, now)]
    if admins:
        found.append(Finding("admins", State.OK, ", ".join(admins)))
    else:
        remedy = (
            "Set OFFERDESK_ADMINS to an Entra object id and write to the bot once, or use `offerdesk people import`."
        )
        found.append(Finding("admins", State.WARNING, "Nobody is an admin.", remedy))
    channel = conversations.tender_channel(session, given.tenant_id)
    if channel is not None:
        found.append(Finding("tender channel", State.OK, channel.name or channel.team_name or "chosen"))
    else:
        remedy = "Add Offerdesk to a team; then an admin writes “@Offerdesk post here” in the channel."
        found.append(Finding("tender channel", State.WARNING, "No channel is chosen yet.", remedy))
    return [*found, _messages(session), *doctor_systems.waiting(session)]


def _messages(session: Session) -> Finding:
    if System.TEAMS in paused(session):
        remedy = "`offerdesk sync pause --off` lets them go on."
        return Finding("messages", State.WARNING, f"Paused: {System.TEAMS}.", remedy)
    manual = (LedgerRow.system == System.TEAMS, LedgerRow.state == LedgerState.MANUAL)
    stuck = session.scalar(sa.select(sa.func.count()).select_from(LedgerRow).where(*manual))
    if stuck:
        remedy = "`offerdesk sync status` lists them; `offerdesk sync retry` sends them again."
        return Finding("messages", State.WARNING, f"{stuck} need a person.", remedy)
    return Finding("messages", State.OK, "None needs a person.")


async def _outside(given: Settings, known: Known, now: Callable[[], datetime]) -> list[Finding]:
    async with new_client() as client:
        looks: list[Awaitable[Finding]] = [_keys(given, client), _clock(given, client, now)]
        if given.bot_app_id and given.bot_app_password and given.tenant_id:
            looks.append(_token(given, client))
        looks.extend(_portal(given, client))
        ours, systems = await asyncio.gather(asyncio.gather(*looks), doctor_systems.look(given, client, known, now))
        return [*ours, *systems]


async def _keys(given: Settings, client: httpx.AsyncClient) -> Finding:
    what = "Teams' signing keys"
    try:
        keys = Keys(given.openid_metadata_url, client)
        await keys.find("")
    except ConfigurationError as error:
        return misconfigured(what, error)
    except KeysUnavailable:
        remedy = "Let this machine reach OFFERDESK_OPENID_METADATA_URL; until then nobody can be recognised."
        return Finding(what, State.BROKEN, "Could not be fetched.", remedy)
    return Finding(what, State.OK, "Fetched.")


async def _token(given: Settings, client: httpx.AsyncClient) -> Finding:
    what = "login to Teams"
    app_id, secret, tenant_id = given.require_bot()
    try:
        credentials = Credentials(app_id, secret, tenant_id=tenant_id, login_url=given.login_url, client=client)
        await credentials.token()
    except ConfigurationError as error:
        return misconfigured(what, error)
    except ServiceError as error:
        return Finding(what, State.BROKEN, str(error), LOGIN_REMEDY)
    return Finding(what, State.OK, "A token was issued.")


async def _clock(given: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> Finding:
    """Compare with the clock of the key server, to the second that HTTP tells."""
    try:
        answer = await client.head(given.openid_metadata_url, timeout=5.0)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return Finding("clock", State.WARNING, "Could not be compared.", "See the signing keys above.")
    skew = abs(now() - theirs)
    if skew > MOST_SKEW:
        return Finding(
            "clock", State.BROKEN, f"{skew.total_seconds():.0f} s off.", "Switch time synchronisation (NTP) on."
        )
    return Finding("clock", State.OK, f"Within {max(1, round(skew.total_seconds()))} s.")


def _portal(given: Settings, client: httpx.AsyncClient) -> list[Awaitable[Finding]]:
    async def look(source: EsaSource) -> Finding:
        what = f"portal ({source.source.value})"
        try:
            total = await source.probe()
        except ServiceError as error:
            remedy = "The last good state stays and it is tried again. If it lasts, check OFFERDESK_ESA_BASE_URL."
            return Finding(what, State.BROKEN, str(error), remedy)
        return Finding(what, State.OK, f"{total if total is not None else 'Some'} tenders listed.")

    return [look(source) for source in sources_of(given, client)]
