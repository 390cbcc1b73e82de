"""The dispatch tables: every verb, event and typed text, and what answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.teams.dialogs import activities
from bot.teams.dispatch import Action
from bot.teams.handlers import (
    absences,
    audit,
    chat,
    evaluations,
    events,
    exports,
    handover,
    hours,
    hours_chat,
    hours_reminders,
    leads,
    lists,
    people,
    quotes,
    records,
    report_tables,
    reports,
    reviews,
    rounds,
    sync,
    sync_matches,
    tenders,
    troubles,
    typeahead,
)
from bot.teams.inbound import InboundKind
from bot.teams.presenters import deadlines
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
    Verb.OFFER_LIST: Action(lists.offers_page),
    Verb.OFFER_HISTORY: Action(lists.show_history),
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
    Verb.FORM_OPEN: Action(records.said, form=records.form),
    Verb.FORM_SAVE: Action(records.said, do=records.save, form=records.form),
    Verb.RECORDS_SHOW: Action(records.show_list),
    Verb.DEADLINES_SHOW: Action(deadlines.show_page),
    Verb.ACTIVITY_DONE: Action(activities.show_done, do=activities.done),
    Verb.PARTNER_QUOTE_CHOOSE: Action(quotes.show_chosen, do=quotes.choose),
    Verb.REVIEW_SHOW: Action(reviews.show),
    Verb.REVIEW_READY: Action(reviews.show_ready, do=reviews.ready, repeatable=True),
    Verb.REPORT_SHOW: Action(reports.show),
    Verb.REPORT_TABLE: Action(reports.show_file, do=reports.table, repeatable=True),
    Verb.REPORT_OPEN: Action(report_tables.show),
    Verb.REPORT_NARROW: Action(report_tables.narrow),
    Verb.REPORT_FILE: Action(report_tables.show_file, do=report_tables.file, repeatable=True),
    Verb.REPORT_PICTURE: Action(reports.show_file, do=reports.picture, repeatable=True),
    Verb.AUDIT_SHOW: Action(audit.show),
    Verb.EXPORT_FILE: Action(exports.show_file, do=exports.file, repeatable=True),
    Verb.RATES_SHOW: Action(reports.show_rates),
    Verb.RATE_WITHDRAW: Action(reports.show_withdrawn, do=reports.withdraw_rate),
    Verb.RATE_RESTORE: Action(reports.show_restored, do=reports.restore_rate),
    Verb.SYNC_LIST: Action(sync.show_page),
    Verb.SYNC_SHOW: Action(sync.show_offer),
    Verb.SYNC_RETRY: Action(sync.show_retried, do=sync.retry),
    Verb.SYNC_RETRY_ALL: Action(sync.show_all_retried, do=sync.retry_all),
    Verb.SYNC_MATCHES: Action(sync_matches.show_matches),
    Verb.SYNC_MATCH_UNDO: Action(sync_matches.show_undone, do=sync_matches.undo, repeatable=True),
    Verb.SYNC_MATCH_REDO: Action(sync_matches.show_redone, do=sync_matches.redo, repeatable=True),
    Verb.SYNC_BY_HAND: Action(sync.show_entered, do=sync.entered, repeatable=True),
    Verb.CONFLICT_SHOW: Action(sync.show_conflict),
    Verb.CONFLICT_OURS: Action(sync.show_conflict, do=sync.keep_ours, repeatable=True),
    Verb.CONFLICT_THEIRS: Action(sync.show_conflict, do=sync.leave_theirs, repeatable=True),
    Verb.LEAD_SHOW: Action(leads.show),
    Verb.LEAD_LIST: Action(leads.list_page),
    Verb.LEAD_EVALUATE: Action(leads.show_evaluated, do=leads.evaluate, repeatable=True),
    Verb.LEAD_RESTORE: Action(leads.show_restored, do=leads.restore, repeatable=True),
    Verb.RECORD_REMOVE: Action(records.show_left, do=records.remove),
    Verb.RECORD_RESTORE: Action(records.show_left, do=records.restore),
    Verb.HANDOVER_SHOW: Action(handover.show),
    Verb.HANDOVER_SHEET: Action(handover.show_sheet, do=handover.sheet, repeatable=True),
    Verb.HANDOVER_ACCEPT: Action(handover.show_answered, do=handover.accept),
    Verb.ABSENCE_WITHDRAW: Action(absences.show_withdrawn, do=absences.withdraw),
    Verb.ABSENCE_RESTORE: Action(absences.show_restored, do=absences.restore),
    Verb.CHECKLIST_TICK: Action(handover.show_checklist, do=handover.tick),
    Verb.DEBRIEF_DONE: Action(handover.show_debriefed, do=handover.debriefed),
    Verb.HOURS_SHOW: Action(hours.show),
    Verb.HOURS_OFFER: Action(hours_chat.show_of_button),
    Verb.HOURS_PICK: Action(hours_chat.show_picked, do=hours_chat.pick),
    Verb.HOURS_FINAL: Action(hours.show_pressed, do=hours.final, repeatable=True),
    Verb.HOURS_LATER: Action(hours.show_pressed, do=hours.later, repeatable=True),
    Verb.HOURS_SAME: Action(hours.show_pressed, do=hours.same),
    Verb.HOURS_NONE: Action(hours.show_pressed, do=hours.none),
    Verb.HOURS_UNDO: Action(hours.show_pressed, do=hours.undo),
    Verb.HOURS_REOPEN: Action(hours.show_pressed, do=hours.reopen),
    Verb.HOURS_REMIND: Action(hours_reminders.show_reminded, do=hours_reminders.remind),
    Verb.HOURS_CORRECT_OPEN: Action(hours.said_corrected, form=hours.correction),
    Verb.HOURS_CORRECT: Action(hours.said_corrected, do=hours.correct, form=hours.correction),
}

EVENTS: dict[InboundKind, Action] = {
    InboundKind.SEARCH: Action(lists.search),
    InboundKind.TYPEAHEAD: Action(typeahead.offer),
    InboundKind.INSTALL: Action(events.welcome, do=events.arrive, unnamed=events.arrived),
    InboundKind.MEMBERS_ADDED: Action(events.silent, do=events.arrive, unnamed=events.arrived),
    InboundKind.UNINSTALL: Action(events.silent, do=events.leave, unnamed=events.left),
    InboundKind.RENAMED: Action(events.silent, do=events.rename, unnamed=events.renamed),
}

TYPED = Action(chat.answer)
CHOOSE_CHANNEL = Action(chat.show_channel, do=chat.choose_channel)
LOG_HOURS = Action(hours_chat.show_logged, do=hours_chat.log)


def message_action(inbound: Inbound) -> Action:
    """What a typed text asks for: choosing the tender channel and hours change something, all else only reads."""
    if hours_chat.is_log(inbound.text):
        return LOG_HOURS
    return CHOOSE_CHANNEL if chat.is_post_here(inbound.text) else TYPED
