"""A stand-in for Business Central's API v2.0, as strict as the real one where offers meet it."""

from __future__ import annotations

from integrations.sandbox.business_central.control import Edit
from integrations.sandbox.business_central.endpoints import AUDIENCE, ENVIRONMENT, BusinessCentralSandbox
from integrations.sandbox.business_central.seeds import COMPANY_ID

__all__ = ["AUDIENCE", "COMPANY_ID", "ENVIRONMENT", "BusinessCentralSandbox", "Edit"]
