"""A stand-in for a Pipedrive account: API v2 and what only v1 has, as strict as the real one is known to be."""

from __future__ import annotations

from integrations.sandbox.pipedrive.metering import Limits
from integrations.sandbox.pipedrive.service import PipedriveSandbox

__all__ = ["Limits", "PipedriveSandbox"]
