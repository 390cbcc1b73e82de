"""What ``offerdesk doctor`` says about the other systems: what is off or set up wrong, and what waits for them."""

from __future__ import annotations

from bot.doctor_systems.looks import Known, look
from bot.doctor_systems.waiting import waiting

__all__ = ["Known", "look", "waiting"]
