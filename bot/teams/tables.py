"""The dispatch tables: every verb, event and typed text, and what answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.teams.dispatch import Action
from bot.teams.handlers import chat, evaluations, events, lists, people, rounds, tenders, troubles
from bot.teams.inbound import InboundKind
from cards.verbs import Verb

if TYPE_CHECKING:
    from bot.teams.inbound import Inbound

ACTIONS: dict[Verb, Action] = {
    Verb.REFRESH_TENDER: Action(tenders.show),
    Verb.TENDER_SHOW: Action(tenders.show),
    Verb.TENDER_EVALUATE: Action(tenders.show, do=tenders.evaluate),
    Verb.TENDER_DISMISS_OPEN: Action(tenders.said_dismissed, form=tenders.dismiss_dialog),
    Verb.TENDER_DISMISS: Action(tenders.said_dismissed, do=tenders.dismiss, form=tenders.dismiss_dialog),
    Verb.TENDER_RESTORE: Action(tenders.show, do=tenders.restore),
    Verb.TENDER_LIST: Action(tenders.list_page),
    Verb.REFRESH_OFFER: Action(chat.show_offer_of_button),
    Verb.OFFER_SHOW: Action(chat.show_offer_of_button),
    Verb.EVALUATION_OPEN: Action(evaluations.said_submitted, form=evaluations.form),
    Verb.EVALUATION_SAVE_DRAFT: Action(evaluations.said_draft, do=evaluations.save_draft, form=evaluations.form),
    Verb.EVALUATION_SUBMIT: Action(evaluations.said_submitted, do=evaluations.submit, form=evaluations.form),
    Verb.ROUND_OPEN: Action(rounds.show_opened, do=rounds.open_round),
    Verb.TEAM_OPEN: Action(evaluations.said_team, form=evaluations.team_dialog),
    Verb.TEAM_SAVE: Action(evaluations.said_team, do=evaluations.save_team, form=evaluations.team_dialog),
    Verb.REFRESH_ROUND: Action(rounds.show),
    Verb.ROUND_SHOW: Action(rounds.show),
    Verb.ROUND_GO: Action(rounds.show_cast, do=rounds.go, repeatable=True),
    Verb.ROUND_ABSTAIN: Action(rounds.show_cast, do=rounds.abstain, repeatable=True),
    Verb.ROUND_NO_GO_OPEN: Action(rounds.said_cast, form=rounds.no_go_form),
    Verb.ROUND_NO_GO: Action(rounds.said_cast, do=rounds.no_go, form=rounds.no_go_form, repeatable=True),
    Verb.ROUND_CONDITIONS_OPEN: Action(rounds.said_cast, form=rounds.conditions_form),
    Verb.ROUND_GO_WITH_CONDITIONS: Action(
        rounds.said_cast, do=rounds.go_with_conditions, form=rounds.conditions_form, repeatable=True
    ),
    Verb.ROUND_NEED_INFO_OPEN: Action(rounds.said_cast, form=rounds.need_info_form),
    Verb.ROUND_NEED_INFO: Action(rounds.said_cast, do=rounds.need_info, form=rounds.need_info_form, repeatable=True),
    Verb.ROUND_REOPEN_OPEN: Action(rounds.said_reopened, form=rounds.reopen_dialog),
    Verb.ROUND_REOPEN: Action(rounds.said_reopened, do=rounds.reopen, form=rounds.reopen_dialog),
    Verb.ROUND_SHOW_HISTORY: Action(rounds.show_history),
    Verb.ROUND_SHEET: Action(rounds.show_sheet, do=rounds.sheet, repeatable=True),
    Verb.RFP_OPEN: Action(tenders.said_entered, form=tenders.rfp_dialog),
    Verb.RFP_SAVE: Action(tenders.said_entered, do=tenders.enter_rfp, form=tenders.rfp_dialog),
    Verb.ROLES_OPEN: Action(people.said_roles, form=people.roles_dialog),
    Verb.ROLES_SAVE: Action(people.said_roles, do=people.save_roles, form=people.roles_dialog),
    Verb.DEPUTY_OPEN: Action(people.said_deputy, form=people.deputy_dialog),
    Verb.DEPUTY_SAVE: Action(people.said_deputy, do=people.save_deputy, form=people.deputy_dialog),
    Verb.PROFILE_OPEN: Action(people.said_profile, form=people.profile_dialog),
    Verb.PROFILE_SAVE: Action(people.said_profile, do=people.save_profile, form=people.profile_dialog),
    Verb.PENDING_SHOW: Action(chat.show_pending),
    Verb.HELP_SHOW: Action(chat.show_help),
    Verb.WHO_SHOW: Action(chat.show_who),
    Verb.FIND_SHOW: Action(lists.found_page),
    Verb.COMMAND_RUN: Action(chat.run_button, do=chat.change_of_button),
    Verb.DELIVERY_RETRY: Action(troubles.said_retry, do=troubles.retry_delivery),
    Verb.SOURCE_POLL: Action(troubles.said_poll, do=troubles.poll),
}

EVENTS: dict[InboundKind, Action] = {
    InboundKind.SEARCH: Action(lists.search),
    InboundKind.INSTALL: Action(events.welcome, do=events.arrive, unnamed=events.arrived),
    InboundKind.MEMBERS_ADDED: Action(events.silent, do=events.arrive, unnamed=events.arrived),
    InboundKind.UNINSTALL: Action(events.silent, do=events.leave, unnamed=events.left),
    InboundKind.RENAMED: Action(events.silent, do=events.rename, unnamed=events.renamed),
}

TYPED = Action(chat.answer)
CHOOSE_CHANNEL = Action(chat.show_channel, do=chat.choose_channel)


def message_action(inbound: Inbound) -> Action:
    """What a typed text asks for: choosing the tender channel changes something, everything else only reads."""
    return CHOOSE_CHANNEL if chat.is_post_here(inbound.text) else TYPED
