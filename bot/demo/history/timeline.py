"""When what happened to one offer: days only. What would happen after the end of the past did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.offers.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bot.demo.history.sizes import Size

FATES = {Outcome.WON: 30, Outcome.LOST: 35, Outcome.NO_GO: 18, Outcome.ABANDONED: 17}
"""In a hundred, of those that end."""
HALF, ASKED_FOR_LESS = 0.5, 0.4
FRESH = timedelta(days=14)
"""A decision this short before the end of the past has not been asked for yet."""


@dataclass(slots=True)
class Timeline:
    """The days of one offer; None: it never came to that. Each stands on or after the one before."""

    opened: date
    outcome: Outcome
    evaluated: date | None = None
    voted: date | None = None
    decided: date | None = None
    """Go, unless the outcome is No-Go."""
    reviewed: date | None = None
    sent: date | None = None
    clarified: date | None = None
    sent_again: date | None = None
    negotiated: date | None = None
    ended: date | None = None

    @property
    def has_number(self) -> bool:
        """Whether it had its Go."""
        return self.decided is not None and self.outcome is not Outcome.NO_GO


def live(chance: Random, opened: date, until: date, size: Size, works: Callable[[date], bool]) -> Timeline:
    """What becomes of an offer that is opened on that day, as far as it happened before ``until``.

    ``works`` tells the working days; each event is on one.
    """

    def later(day: date, least: int, most: int) -> date:
        day += timedelta(days=chance.randint(least, most))
        while not works(day):
            day += timedelta(days=1)
        return day

    fate = chance.choices(list(FATES), list(FATES.values()))[0]
    made = Timeline(opened, fate)
    made.evaluated = later(opened, 1, 6)
    made.voted = later(made.evaluated, 1, 3)
    made.decided = later(made.voted, 1, 2)
    if fate is Outcome.NO_GO:
        made.ended = made.decided
    else:
        _after_go(made, chance, size, later)
    return _until(made, chance, until, size, works)


def _after_go(made: Timeline, chance: Random, size: Size, later: Callable[[date, int, int], date]) -> None:
    assert made.decided is not None  # noqa: S101  only called with it
    least, most = (7 * weeks for weeks in size.preparation_weeks)
    last = later(made.decided, least, most)
    if made.outcome is Outcome.ABANDONED and chance.random() < HALF:
        made.ended = last
        return
    made.reviewed, made.sent = last, later(last, 1, 5)
    last = made.sent
    if chance.random() < HALF:
        last = made.clarified = later(last, 8, 30)
        if chance.random() < ASKED_FOR_LESS:
            last = made.sent_again = later(last, 3, 12)
    if chance.random() < (0.9 if made.outcome is Outcome.WON else 0.3):
        last = made.negotiated = later(last, 7, 30)
    made.ended = later(last, 12, 60)


def _until(made: Timeline, chance: Random, until: date, size: Size, works: Callable[[date], bool]) -> Timeline:
    if made.ended is not None and made.ended < until:
        return made
    made.outcome, made.ended = Outcome.OPEN, None
    if made.decided is not None and made.decided >= until - FRESH:
        made.voted = made.decided = None
    if made.decided is None or (made.sent is None and not size.still_working):
        # Nobody has decided yet; no vote runs, or a clock would mind it.
        made.voted = made.decided = made.reviewed = made.sent = None
    elif made.sent is not None and made.sent >= until:
        made.reviewed = made.sent = None
        if not size.still_working:
            made.reviewed = made.sent = _working_before(until - timedelta(days=chance.randint(1, 5)), works)
    for name in ("evaluated", "clarified", "sent_again", "negotiated"):
        day = getattr(made, name)
        if day is not None and (day >= until or (name != "evaluated" and made.sent is None)):
            setattr(made, name, None)
    if made.clarified is None:
        made.sent_again = None
    return made


def _working_before(day: date, works: Callable[[date], bool]) -> date:
    while not works(day):
        day -= timedelta(days=1)
    return day
