"""Before the first tender: Offerdesk is added to Teams, a channel is chosen, the portal is looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.cast import eventually, expect

if TYPE_CHECKING:
    from bot.demo.cast import Cast

LISTINGS = ("/api/tenderAction/", "/api/nonESATA/")
REQUESTS_PER_LOOK = 2
"""By publication and by change."""


async def prepare(cast: Cast) -> None:
    """Bring everybody to where the story begins."""
    await cast.meet()
    installed = await cast.post("/teams/api/install")
    expect(installed["outcome"] == "sent", "Offerdesk can be added to the team and to every chat")
    admin = cast.person("key_user")
    await admin.say("@Offerdesk post here", admin.channel)
    await admin.sees("that the channel is chosen", lambda message: message["author"] == "bot", admin.channel)
    await eventually("the portal is looked at", lambda: _looked(cast))


async def _looked(cast: Cast) -> bool:
    """Whether both listings were taken in: their second look has begun, so the first is finished."""
    requests = (await cast.state("esa"))["requests"]
    counts = [sum(1 for asked in requests if asked["path"].startswith(listing)) for listing in LISTINGS]
    return min(counts) > REQUESTS_PER_LOOK
