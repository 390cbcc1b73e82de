"""What quotes refuse, beyond the general errors. Each docstring is the English message."""

from __future__ import annotations

from bot.errors import Refused


class AlreadySent(Refused):
    """This version has been sent and stays as it is: copy it into a next one."""

    key = "quotes.already_sent"


class NoAmount(Refused):
    """There is no amount yet: record what the partner answered first."""

    key = "partner_quotes.no_amount"
