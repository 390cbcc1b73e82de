"""Whether Business Central tells us of changes, and if not, whether it could."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from bot.findings import Finding, State
from bot.sync.business_central.hooks import TOLD
from bot.systems import subscriber_of
from integrations.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.settings import Settings
    from integrations.business_central import BusinessCentral

WHAT = "BC notifications"
TOKEN = "offerdesk-doctor"  # noqa: S105  what the handshake repeats
GREETING_SECONDS = 5.0


async def notifications(
    given: Settings, client: httpx.AsyncClient, central: BusinessCentral, now: Callable[[], datetime]
) -> list[Finding]:
    """One line. Nothing is made here: the running bot does that. ``now`` gives aware UTC."""
    subscriber = subscriber_of(given)
    if subscriber is None or subscriber.public_url is None:
        detail = (
            "Business Central cannot tell of changes, so they are seen after ten minutes: no public address is set."
        )
        remedy = "Set OFFERDESK_PUBLIC_URL to the https address under which this bot can be reached."
        return [Finding(WHAT, State.WARNING, detail, remedy)]
    try:
        there = await central.subscriptions.all()
    except Permanent as error:
        remedy = "Let the application's permission sets read and write webhook subscriptions (API Subscription)."
        return [Finding(WHAT, State.WARNING, f"The subscriptions cannot be read: {error}.", remedy)]
    ours = [one for one in there if one.notification_url == subscriber.url and one.expiration_date_time > now()]
    told = {central.subscriptions.watched(one) for one in ours}
    missing = [name for name in TOLD if name not in told]
    if not missing:
        until = min(one.expiration_date_time for one in ours).isoformat(timespec="minutes")
        return [Finding(WHAT, State.OK, f"{', '.join(TOLD)} are told to {subscriber.url} until {until}.")]
    problem = await _problem(client, subscriber.url)
    names = ", ".join(missing)
    if problem is not None:
        detail = f"{names}: not told, because {subscriber.url} does not answer the handshake ({problem})."
        remedy = "Start the bot, and have OFFERDESK_PUBLIC_URL lead to it from the internet, this path included."
        return [Finding(WHAT, State.WARNING, detail, remedy)]
    detail = f"{names}: not told yet, though {subscriber.url} answers."
    remedy = "The running bot asks every ten minutes; its log line business_central.unsubscribed says why it fails."
    return [Finding(WHAT, State.WARNING, detail, remedy)]


async def _problem(client: httpx.AsyncClient, url: str) -> str | None:
    """Why the handshake fails from here; None when it succeeds."""
    try:
        answer = await client.get(url, params={"validationToken": TOKEN}, timeout=GREETING_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    if answer.status_code != HTTPStatus.OK:
        return f"status {answer.status_code}"
    return None if answer.text == TOKEN else "another answer"
