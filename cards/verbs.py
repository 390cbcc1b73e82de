"""Every action a button or a dialog can send. The list is closed: an unknown verb is answered with a polite refusal.

A button's data is ``{"verb": <verb>, "id": <int>, ...}`` with opaque whole numbers or short words only. ``rev`` is the
revision the card was drawn from. Verbs ending in ``_open`` open a dialog (``task/fetch``); the verb without the suffix
is what that dialog submits.
"""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """Action verbs, grouped by what ``id`` means."""

    # id = tender id
    REFRESH_TENDER = "refresh.tender"
    TENDER_SHOW = "tender.show"
    TENDER_EVALUATE = "tender.evaluate"
    TENDER_DISMISS_OPEN = "tender.dismiss_open"
    TENDER_DISMISS = "tender.dismiss"
    TENDER_RESTORE = "tender.restore"
    # id = page, counted from 0
    TENDER_LIST = "tender.list"
    # id = offer id
    REFRESH_OFFER = "refresh.offer"
    OFFER_SHOW = "offer.show"
    EVALUATION_OPEN = "evaluation.open"
    EVALUATION_SAVE_DRAFT = "evaluation.save_draft"
    EVALUATION_SUBMIT = "evaluation.submit"
    ROUND_OPEN = "round.open"
    TEAM_OPEN = "team.open"
    TEAM_SAVE = "team.save"
    # id = round id
    REFRESH_ROUND = "refresh.round"
    ROUND_SHOW = "round.show"
    ROUND_GO = "round.go"
    ROUND_ABSTAIN = "round.abstain"
    ROUND_NO_GO_OPEN = "round.no_go_open"
    ROUND_NO_GO = "round.no_go"
    ROUND_CONDITIONS_OPEN = "round.conditions_open"
    ROUND_GO_WITH_CONDITIONS = "round.go_with_conditions"
    ROUND_NEED_INFO_OPEN = "round.need_info_open"
    ROUND_NEED_INFO = "round.need_info"
    ROUND_REOPEN_OPEN = "round.reopen_open"
    ROUND_REOPEN = "round.reopen"
    ROUND_SHOW_HISTORY = "round.show_history"
    ROUND_SHEET = "round.sheet"
    # id = 0: the clicker's own matters, or nothing to point at
    RFP_OPEN = "rfp.open"
    RFP_SAVE = "rfp.save"
    ROLES_OPEN = "roles.open"
    ROLES_SAVE = "roles.save"
    DEPUTY_OPEN = "deputy.open"
    DEPUTY_SAVE = "deputy.save"
    PROFILE_OPEN = "profile.open"
    PROFILE_SAVE = "profile.save"
    PENDING_SHOW = "pending.show"
    HELP_SHOW = "help.show"
    WHO_SHOW = "who.show"
    # id = page, "q" = the words looked for
    FIND_SHOW = "find.show"
    # id = 0, "q" = a whole command, as "did you mean" offers it
    COMMAND_RUN = "command.run"
    # id = delivery id (a message whose arrival is unknown)
    DELIVERY_RETRY = "delivery.retry"
    # id = 0, "q" = source code
    SOURCE_POLL = "source.poll"


DIALOG_OPENERS: frozenset[Verb] = frozenset(
    {
        Verb.TENDER_DISMISS_OPEN,
        Verb.EVALUATION_OPEN,
        Verb.ROUND_NO_GO_OPEN,
        Verb.ROUND_CONDITIONS_OPEN,
        Verb.ROUND_NEED_INFO_OPEN,
        Verb.ROUND_REOPEN_OPEN,
        Verb.TEAM_OPEN,
        Verb.RFP_OPEN,
        Verb.ROLES_OPEN,
        Verb.DEPUTY_OPEN,
        Verb.PROFILE_OPEN,
    },
)
"""Verbs that arrive as ``task/fetch``. Their answer is a dialog, so their buttons are ``Action.Submit``."""

DIALOG_SUBMITS: frozenset[Verb] = frozenset(
    {
        Verb.TENDER_DISMISS,
        Verb.EVALUATION_SAVE_DRAFT,
        Verb.EVALUATION_SUBMIT,
        Verb.ROUND_NO_GO,
        Verb.ROUND_GO_WITH_CONDITIONS,
        Verb.ROUND_NEED_INFO,
        Verb.ROUND_REOPEN,
        Verb.TEAM_SAVE,
        Verb.RFP_SAVE,
        Verb.ROLES_SAVE,
        Verb.DEPUTY_SAVE,
        Verb.PROFILE_SAVE,
    },
)
"""Verbs that arrive as ``task/submit`` with the inputs named in ``cards.fields``."""
