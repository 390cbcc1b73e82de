"""The portals that are looked at, as the settings describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.esa import EsaApi, EsaSource
from integrations.http import Transport

if TYPE_CHECKING:
    import httpx

    from bot.settings import Settings


def sources_of(settings: Settings, client: httpx.AsyncClient) -> tuple[EsaSource, ...]:
    """Every listing, each with a pace of its own; ``client`` stays open."""
    api = EsaApi(base_url=settings.esa_base_url, contact=settings.esa_contact or "")
    return tuple(EsaSource(Transport("esa", client, api.policy()), api, source) for source in api.listings)
