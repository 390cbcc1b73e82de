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
    # id = what the form edits, "q" = FormCode
    FORM_OPEN = "form.open"
    FORM_SAVE = "form.save"
    # id = offer id, "q" = ListCode, with "/2" for the page counted from 0
    RECORDS_SHOW = "records.show"
    # id = record id, "q" = ListCode it stands in
    RECORD_REMOVE = "record.remove"
    RECORD_RESTORE = "record.restore"
    # id = page, "q" = ListKind of offers
    OFFER_LIST = "offer.list"
    # id = page, "q" = "mine" or "all"
    DEADLINES_SHOW = "deadlines.show"
    # id = activity id
    ACTIVITY_DONE = "activity.done"
    # id = partner quote id
    PARTNER_QUOTE_CHOOSE = "partner_quote.choose"
    # id = review id
    REVIEW_SHOW = "review.show"
    REVIEW_READY = "review.ready"
    # id = offer id
    HANDOVER_SHOW = "handover.show"
    HANDOVER_SHEET = "handover.sheet"
    DEBRIEF_DONE = "debrief.done"
    OFFER_HISTORY = "offer.history"
    # id = handover id
    HANDOVER_ACCEPT = "handover.accept"
    # id = absence id
    ABSENCE_WITHDRAW = "absence.withdraw"
    ABSENCE_RESTORE = "absence.restore"
    # id = checklist item id
    CHECKLIST_TICK = "checklist.tick"
    # id = person id, "q" = the Monday of the week
    HOURS_SHOW = "hours.show"
    HOURS_FINAL = "hours.final"
    HOURS_LATER = "hours.later"
    HOURS_SAME = "hours.same"
    HOURS_NONE = "hours.none"
    HOURS_REOPEN = "hours.reopen"
    HOURS_CORRECT_OPEN = "hours.correct_open"
    HOURS_CORRECT = "hours.correct"
    # id = offer id
    HOURS_OFFER = "hours.offer"
    # the same, "q" = "<quarter hours>/<day>/<person id>", "rev" = the person's week when it was asked
    HOURS_PICK = "hours.pick"
    # id = person id, "q" = the Monday of the week, "rev" = the answer that is taken back
    HOURS_UNDO = "hours.undo"
    # id = digest id
    HOURS_REMIND = "hours.remind"
    # id = year, 0 for all; "q" = what the report is broken down by
    REPORT_SHOW = "report.show"
    # id = year, 0 for all
    REPORT_TABLE = "report.table"
    REPORT_PICTURE = "report.picture"
    # id = page, "q" = the words looked for
    AUDIT_SHOW = "audit.show"
    # id = 0, "q" = the question as bot/reports/asked.py writes it
    REPORT_OPEN = "report.open"
    REPORT_FILE = "report.file"
    # id = 0, "q" = the report and its month, with the pickers' values beside it
    REPORT_NARROW = "report.narrow"
    # "q" = the form of the file, "table" = what stands in the input
    EXPORT_FILE = "export.file"
    # id = page, counted from 0
    RATES_SHOW = "rates.show"
    # id = rate id
    RATE_WITHDRAW = "rate.withdraw"
    RATE_RESTORE = "rate.restore"
    # id = page, counted from 0
    SYNC_LIST = "sync.list"
    # id = offer id
    SYNC_SHOW = "sync.show"
    # id = row of the ledger, "q" = the page it was pressed on; none on an offer
    SYNC_RETRY = "sync.retry"
    SYNC_BY_HAND = "sync.by_hand"
    # id = 0, "q" = System
    SYNC_RETRY_ALL = "sync.retry_all"
    # id = page, counted from 0
    SYNC_MATCHES = "sync.matches"
    # id = client, contact or person id, "q" = which of them, a slash, the page it was pressed on
    SYNC_MATCH_UNDO = "sync.match_undo"
    SYNC_MATCH_REDO = "sync.match_redo"
    # id = conflict id
    CONFLICT_SHOW = "conflict.show"
    CONFLICT_OURS = "conflict.ours"
    CONFLICT_THEIRS = "conflict.theirs"
    # id = lead id
    LEAD_SHOW = "lead.show"
    LEAD_EVALUATE = "lead.evaluate"
    LEAD_RESTORE = "lead.restore"
    # id = page, counted from 0
    LEAD_LIST = "lead.list"


class FormCode(StrEnum):
    """The dialogs behind ``FORM_OPEN`` and ``FORM_SAVE``, grouped by what ``id`` means."""

    # id = offer id
    IDENTITY = "identity"
    THIRD_PARTY = "third_party"
    QUALIFICATION = "qualification"
    MONEY = "money"
    ORIGIN = "origin"
    STAGE = "stage"
    POST_AWARD = "post_award"
    QUOTE_ADD = "quote.add"
    QUOTE_SENT = "quote.sent"
    PARTNER_QUOTE_ADD = "partner_quote.add"
    COMPETITOR_ADD = "competitor.add"
    REVIEW_ASK = "review.ask"
    REVIEW_WAIVE = "review.waive"
    CLARIFICATION_ADD = "clarification.add"
    POINT_ADD = "point.add"
    ASSOCIATION_ADD = "association.add"
    ACTIVITY_ADD = "activity.add"
    DOCUMENT_ADD = "document.add"
    WON = "won"
    LOST = "lost"
    ABANDON = "abandon"
    REOPEN = "reopen"
    LESSONS = "lessons"
    HANDOVER_PROPOSE = "handover.propose"
    AMENDMENT_ADD = "amendment.add"
    HOURS_LOG = "hours.log"
    MEMBER_ADD = "member.add"
    PLAN = "plan"
    BC_CONTACT = "bc.contact"
    BC_SALESPERSON = "bc.salesperson"
    # id = record id
    STEP_DONE = "step.done"
    QUOTE_EDIT = "quote.edit"
    QUOTE_COPY = "quote.copy"
    PARTNER_QUOTE_EDIT = "partner_quote.edit"
    COMPETITOR_EDIT = "competitor.edit"
    REVIEW_CHANGES = "review.changes"
    CLARIFICATION_EDIT = "clarification.edit"
    CLARIFICATION_ANSWER = "clarification.answer"
    POINT_EDIT = "point.edit"
    ACTIVITY_EDIT = "activity.edit"
    DOCUMENT_EDIT = "document.edit"
    HANDOVER_RETURN = "handover.return"
    AMENDMENT_EDIT = "amendment.edit"
    RATE_EDIT = "rate.edit"
    MEMBER_EDIT = "member.edit"
    CLIENT_EDIT = "client.edit"
    CONTACT_EDIT = "contact.edit"
    # id = number of a deal in Pipedrive
    DEAL_FILL = "deal.fill"
    # id = lead id
    LEAD_EDIT = "lead.edit"
    LEAD_DROP = "lead.drop"
    # id = 0, or the offer it was opened from
    CLIENT_ADD = "client.add"
    CONTACT_ADD = "contact.add"
    # id = 0: the picker in it names whose
    RATE_ADD = "rate.add"
    # id = 0: one's own; key users and admins choose a person in it
    ABSENCE_ADD = "absence.add"
    # id = 0: whoever enters it owns it
    LEAD_ADD = "lead.add"


class ListCode(StrEnum):
    """The lists behind ``RECORDS_SHOW``."""

    QUOTES = "quotes"
    PARTNER_QUOTES = "partner_quotes"
    COMPETITORS = "competitors"
    REVIEWS = "reviews"
    CLARIFICATIONS = "clarifications"
    POINTS = "points"
    ASSOCIATIONS = "associations"
    ACTIVITIES = "activities"
    DOCUMENTS = "documents"
    CHECKLIST = "checklist"
    AMENDMENTS = "amendments"
    STAGES = "stages"
    TEAM = "team"


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
        Verb.FORM_OPEN,
        Verb.HOURS_CORRECT_OPEN,
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
        Verb.FORM_SAVE,
        Verb.HOURS_CORRECT,
    },
)
"""Verbs that arrive as ``task/submit`` with the inputs named in ``cards.fields``."""
