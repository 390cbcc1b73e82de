"""What a review refuses, beyond the general errors. Each docstring is the English message."""

from __future__ import annotations

from bot.errors import Refused


class NoReviewers(Refused):
    """Nobody holds the roles that review: an admin gives them first."""

    key = "reviews.no_reviewers"


class OfferOver(Refused):
    """This offer has ended: reopen it first."""

    key = "reviews.offer_over"


class NothingToWaive(Refused):
    """Nothing stands in the way: you can go on without a reason."""

    key = "reviews.nothing_to_waive"
