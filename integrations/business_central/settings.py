"""Where a company's Business Central is, and how patient its client is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from integrations.entra import secure_url
from integrations.http import Policy
from integrations.pacing import Rate

SERVICE = "business_central"
SCOPE = "https://api.businesscentral.dynamics.com/.default"
"""What a token for Business Central is asked for."""

MOST_AT_ONCE = 4
"""Business Central works on 5 requests of one app at a time and queues the rest; one is left to other programs."""

PRESALES_PUBLISHER = "offerdesk"
PRESALES_GROUP = "presales"
PRESALES_VERSION = "v1.0"


@dataclass(frozen=True, slots=True)
class BusinessCentralSettings:
    """One company in one environment.

    ``base_url`` ends with the platform version (``…/v2.0``); ``tenant_id`` is the directory's GUID or domain;
    ``environment`` is a name such as ``Production``; ``company_id`` is the GUID that `BusinessCentral.companies` gives.
    """

    tenant_id: str
    environment: str
    company_id: UUID
    base_url: str = "https://api.businesscentral.dynamics.com/v2.0"

    def __post_init__(self) -> None:
        """Refuse a base URL that is neither https nor on this machine, with `Configuration`."""
        object.__setattr__(self, "base_url", secure_url(SERVICE, self.base_url))

    @property
    def api_url(self) -> str:
        """The root of the standard API v2.0."""
        return f"{self._environment_url}/api/v2.0"

    @property
    def presales_url(self) -> str:
        """The root of the custom pages a partner may add; README.md describes them."""
        return f"{self._environment_url}/api/{PRESALES_PUBLISHER}/{PRESALES_GROUP}/{PRESALES_VERSION}"

    @property
    def _environment_url(self) -> str:
        return f"{self.base_url}/{quote(self.tenant_id, safe='')}/{quote(self.environment, safe='')}"


def policy() -> Policy:
    """The patience and politeness for Business Central: it allows 6000 requests in 5 minutes, this keeps to 4500."""
    return Policy(
        connect_s=5.0,
        read_s=60.0,
        total_s=120.0,
        max_bytes=32 * 1024 * 1024,
        attempts=4,
        first_wait_s=1.0,
        longest_wait_s=60.0,
        rates=(Rate(15, 1.0),),
    )
