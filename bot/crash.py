"""A test facility: named points at which the process kills itself as if the power went.

``OFFERDESK_CRASH_AT=vote.after_ballot`` makes :func:`reach` send SIGKILL to its own process when the code gets
there. Nothing is flushed, no handler runs. Unset, which is every real installation, a call costs one comparison.
"""

from __future__ import annotations

import os
import signal

POINTS = frozenset(
    {
        "vote.after_ballot",
        "vote.after_number",
        "vote.before_commit",
        "vote.after_commit",
        "hours.after_entries",
        "hours.before_commit",
        "sync.before_send",
        "sync.after_send",
        "record.before_send",
        "record.after_send",
    }
)
"""Every place that calls :func:`reach`; a misspelt setting would otherwise test nothing."""

_armed = os.environ.get("OFFERDESK_CRASH_AT", "")


class UnknownCrashPointError(ValueError):
    """``OFFERDESK_CRASH_AT`` names a point that no code reaches."""


if _armed and _armed not in POINTS:
    raise UnknownCrashPointError(_armed)


def reach(point: str) -> None:
    """Kill this process here if ``OFFERDESK_CRASH_AT`` says so."""
    if point == _armed:
        os.kill(os.getpid(), signal.SIGKILL)
