"""Made-up cards in every state, for the gallery and the tests. ``SAMPLES`` maps a name to a function of the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cards import chat, forms, notices, offers, rounds, settings_forms, tenders
from cards.fields import Field, row
from cards.verbs import Verb
from cards.views import (
    AdminNoticeView,
    Ballot,
    Change,
    Condition,
    DeputyFormView,
    DismissFormView,
    EvaluationFormView,
    FieldError,
    FindView,
    FollowUp,
    HelpView,
    HistoryLine,
    Mine,
    Money,
    NoticeView,
    OfferLine,
    OfferView,
    PendingItem,
    PendingView,
    PersonChoice,
    ProfileFormView,
    ReasonChoice,
    ReopenFormView,
    Reopening,
    RfpFormView,
    Risk,
    RoleLine,
    RolesFormView,
    RoundView,
    Seat,
    SystemLine,
    TeamFormView,
    TeamMember,
    TenderDigestView,
    TenderLine,
    TenderListView,
    TenderView,
    ThreadReplyView,
    VoteFormView,
    WelcomeView,
    WhoView,
    sentence,
)
from cards.words import (
    Choice,
    DefaultOutcome,
    Outcome,
    RiskKind,
    RiskLevel,
    Role,
    RoundOutcome,
    RoundState,
    Rule,
    Source,
    SyncState,
    TeamRole,
    TenderState,
    TenderStatus,
    TenderType,
    Tone,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views import Reader

NOW: Final = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
TITLE: Final = "Deployable thermal protection for small re-entry capsules"

TENDER: Final = TenderView(
    tender_id=41,
    revision=3,
    number="1-14207",
    title=TITLE,
    source=Source.ESA,
    type=TenderType.OPEN_COMPETITION,
    status=TenderStatus.ISSUED,
    state=TenderState.NEW,
    tags=("EXPRO+",),
    published_at=NOW - timedelta(days=1, hours=2),
    opens_at=NOW - timedelta(days=1),
    clarification_at=datetime(2026, 12, 4, 12, 0, tzinfo=UTC),
    closes_at=datetime(2026, 12, 18, 12, 0, tzinfo=UTC),
    countries=("BE", "FR", "DE"),
    clause="C2",
    price_range="200-500 kEUR",
    excerpt=(
        "Objective: to design, manufacture and test a deployable heat shield for capsules below 200 kg.\n"
        "The activity includes a breadboard, arc-jet tests on samples and a flight-like demonstrator."
    ),
    why_matched=("thermal protection", "composite", "re-entry"),
    portal_url="https://esastar-publication-ext.sso.esa.int/ESATenderActions/details/200041",
    last_change=Change(sentence("changes.published"), NOW - timedelta(hours=2)),
)

_RISKS: Final = (
    Risk(kind=RiskKind.TECHNICAL, level=RiskLevel.HIGH, text="Seam at 900 °C never tested; a trial is needed first."),
    Risk(kind=RiskKind.COMMERCIAL, level=RiskLevel.LOW, text="Two known competitors."),
    Risk(kind=RiskKind.FINANCIAL, level=RiskLevel.MEDIUM, text="Milestone payments late in the plan."),
)
_SEATS: Final = (
    Seat(role=Role.CTO, principal="CTO"),
    Seat(role=Role.CPO, principal="CPO", deputy="Project manager"),
    Seat(role=Role.CEO, principal="CEO"),
)

ROUND: Final = RoundView(
    round_id=7,
    revision=1,
    round_number=1,
    offer_id=12,
    title=TITLE,
    reference="1-14207",
    client="ESA",
    owner="Sales lead",
    state=RoundState.OPEN,
    rule=Rule.MAJORITY,
    quorum=2,
    veto_role=Role.CEO,
    opened_at=NOW - timedelta(hours=1),
    opened_by="Sales lead",
    closes_at=datetime(2026, 11, 26, 16, 0, tzinfo=UTC),
    tender_closes_at=datetime(2026, 12, 18, 12, 0, tzinfo=UTC),
    default_outcome=DefaultOutcome.ESCALATE,
    seats=_SEATS,
    summary="Heat shield from our woven composite: design, arc-jet tests, demonstrator. Opens a new market to us.",
    budget=Money(Decimal(420000)),
    effort_hours=Decimal(180),
    resources="Two engineers for six weeks, arc-jet slot at a partner.",
    conditions="30 % at kick-off, the rest at milestones. Results stay ours.",
    risks=_RISKS,
    evaluation_version=1,
    portal_url=TENDER.portal_url,
    last_change=Change(sentence("changes.round_opened"), NOW - timedelta(hours=1), "Sales lead"),
    history=(
        HistoryLine(at=NOW - timedelta(hours=3), what=sentence("changes.evaluation_submitted", version=1)),
        HistoryLine(at=NOW - timedelta(hours=1), what=sentence("changes.round_opened")),
    ),
)

_GO: Final = Ballot(choice=Choice.GO, by="CTO", at=NOW)
_CONDITIONAL: Final = Ballot(
    choice=Choice.GO,
    by="Project manager",
    for_principal="CPO",
    at=NOW,
    conditions=(
        Condition(text="Seam trial before the offer is sent", owner="Engineer", due=date(2026, 12, 4)),
        Condition(text="Partner quote for the arc-jet", owner="Sales lead"),
    ),
)
_NO_GO: Final = Ballot(
    choice=Choice.NO_GO, by="CEO", at=NOW, reason="Price out of reach: the ceiling covers half our cost."
)
_QUESTION: Final = Ballot(choice=Choice.NEED_INFO, by="CEO", at=NOW, question="Who pays for the second test campaign?")

TWO_VOTES: Final = replace(
    ROUND,
    revision=3,
    seats=(
        replace(_SEATS[0], ballot=_GO),
        replace(_SEATS[1], ballot=_CONDITIONAL),
        replace(_SEATS[2], ballot=_QUESTION),
    ),
    edited_after_opening=True,
    evaluation_version=2,
)
DECIDED_GO: Final = replace(
    TWO_VOTES,
    state=RoundState.CLOSED,
    outcome=RoundOutcome.GO,
    offer_number="S580",
    decided_at=NOW,
    edited_after_opening=False,
    seats=(*TWO_VOTES.seats[:2], replace(_SEATS[2], ballot=replace(_GO, by="CEO"))),
    last_change=Change(sentence("changes.decided"), NOW, "CEO"),
)
DECIDED_NO_GO: Final = replace(
    ROUND,
    state=RoundState.CLOSED,
    outcome=RoundOutcome.NO_GO,
    outcome_reasons=("Price out of reach: the ceiling covers half our cost.",),
    decided_at=NOW,
    seats=(replace(_SEATS[0], ballot=_GO), _SEATS[1], replace(_SEATS[2], ballot=_NO_GO)),
    last_change=Change(sentence("changes.decided"), NOW, "CEO"),
)
_MINE: Final = Mine(role=Role.CTO, can_vote=True)

ROUNDS: Final = {
    "round-open": replace(ROUND, mentions=(("29:cto", "CTO"), ("29:cpo", "CPO"), ("29:ceo", "CEO"))),
    "round-votes": TWO_VOTES,
    "round-mine": replace(ROUND, mine=_MINE),
    "round-voted": replace(TWO_VOTES, mine=replace(_MINE, ballot=_GO)),
    "round-deputy": replace(ROUND, mine=Mine(role=Role.CPO, can_vote=True, acting_for="CPO")),
    "round-late": replace(DECIDED_GO, mine=replace(_MINE, can_vote=False, late=True)),
    "round-escalated": replace(ROUND, state=RoundState.ESCALATED, seats=(replace(_SEATS[0], ballot=_GO), *_SEATS[1:])),
    "round-go": DECIDED_GO,
    "round-no-go": DECIDED_NO_GO,
    "round-reopened": replace(
        ROUND,
        round_number=2,
        reopened_from=Reopening(round_number=1, by="CEO", at=NOW, reason="The buyer raised the ceiling."),
    ),
    "round-replaced": replace(DECIDED_NO_GO, replaced_by=8),
    "round-summary": replace(
        ROUND, risks=(), budget=None, effort_hours=None, conditions="", resources="", evaluation_version=None
    ),
    "round-history": replace(TWO_VOTES, show_history=True),
}

TENDERS: Final = {
    "tender-new": TENDER,
    "tender-intended": replace(
        TENDER,
        status=TenderStatus.INTENDED,
        closes_at=None,
        clarification_at=None,
        opens_at=NOW + timedelta(days=21),
        tags=("RE-ISSUE",),
    ),
    "tender-evaluating": replace(
        TENDER,
        state=TenderState.EVALUATING,
        actor="Sales lead",
        since=NOW - timedelta(hours=1),
        offer_id=12,
        evaluation_required=True,
        last_change=Change(sentence("changes.picked_up"), NOW - timedelta(hours=1), "Sales lead"),
    ),
    "tender-evaluated": replace(
        TENDER,
        state=TenderState.EVALUATING,
        actor="Sales lead",
        since=NOW - timedelta(hours=1),
        offer_id=12,
        evaluation_done=True,
    ),
    "tender-voting": replace(TENDER, state=TenderState.VOTING, offer_id=12, round_id=7),
    "tender-dismissed": replace(
        TENDER,
        state=TenderState.DISMISSED,
        actor="Sales lead",
        since=NOW - timedelta(minutes=1),
        reasons=("Not our trade",),
        undo_until=NOW + timedelta(minutes=4),
        last_change=Change(sentence("changes.dismissed"), NOW, "Sales lead"),
    ),
    "tender-go": replace(TENDER, state=TenderState.GO, offer_id=12, offer_number="S580"),
    "tender-no-go": replace(TENDER, state=TenderState.NO_GO, offer_id=12, reasons=("Price out of reach",)),
    "tender-cancelled": replace(TENDER, state=TenderState.CANCELLED, status=TenderStatus.CANCELLED),
    "tender-reissued": replace(TENDER, state=TenderState.REISSUED, reissued_as="1-14207", reissued_id=55),
    "tender-closed": replace(TENDER, state=TenderState.CLOSED, closes_at=NOW - timedelta(days=2)),
    "tender-client": replace(
        TENDER,
        source=Source.CLIENT,
        type=TenderType.RFQ,
        status=TenderStatus.UNKNOWN,
        number="RFQ-2026-031",
        entity="Launcher prime",
        title="Thermal blankets for an upper stage",
        tags=(),
        countries=(),
        clause="",
        portal_url="",
        why_matched=(),
    ),
}

_LINES: Final = tuple(
    TenderLine(
        tender_id=40 + index,
        number=f"1-142{index:02}",
        title=title,
        state=TenderState.EVALUATING if index == 1 else TenderState.NEW,
        closes_at=NOW + timedelta(days=4 + index * 5),
        entity="ESA",
    )
    for index, title in enumerate(
        (
            TITLE,
            "Low outgassing adhesives for optical benches",
            "Ground support equipment for cryogenic propellant transfer",
            "Self-healing multilayer insulation",
            "Reusable thermal seals for docking ports",
            "Woven radiators for small satellites",
            "Test bench for ablative samples",
        ),
    )
)

OFFER: Final = OfferView(
    offer_id=12,
    revision=5,
    title=TITLE,
    stage="In preparation",
    stage_tone=Tone.ACCENT,
    outcome=Outcome.OPEN,
    number="S580",
    reference="1-14207",
    client="ESA",
    owner="Sales lead",
    decision=RoundOutcome.GO,
    decided_at=NOW,
    round_id=7,
    evaluation_done=True,
    budget=Money(Decimal(420000)),
    effort_hours=Decimal(180),
    clarification_at=TENDER.clarification_at,
    closes_at=TENDER.closes_at,
    conditions=("Seam trial before the offer is sent · Engineer",),
    team=(
        TeamMember(name="Sales lead", role=TeamRole.SALES_LEAD),
        TeamMember(name="Project manager", role=TeamRole.PROJECT_MANAGER),
        TeamMember(name="Engineer", role=TeamRole.CONTRIBUTOR),
    ),
    systems=(SystemLine(system="Teams", state=SyncState.OK),),
    portal_url=TENDER.portal_url,
    last_change=Change(sentence("changes.team_saved"), NOW, "Sales lead"),
)

_NO_GO_REASONS: Final = (
    ReasonChoice(code="price", label="Prix / Price"),
    ReasonChoice(code="trade", label="Pas notre métier / Not our trade"),
    ReasonChoice(code="load", label="Charge / Workload"),
)
_PEOPLE: Final = (PersonChoice(value="4", name="Sales lead"), PersonChoice(value="6", name="Engineer"))
_VOTE_FORM: Final = VoteFormView(
    round_id=7,
    revision=1,
    choice=Choice.NO_GO,
    title=TITLE,
    closes_at=ROUND.closes_at,
    owner="Sales lead",
    reasons=_NO_GO_REASONS,
    people=_PEOPLE,
)
_EVALUATION: Final = EvaluationFormView(
    offer_id=12,
    title=TITLE,
    reference="1-14207",
    values=((Field.BUDGET, "420000"), (Field.EFFORT_HOURS, "7.5"), (Field.RISK_TECHNICAL_LEVEL, "high")),
    saved_at=NOW - timedelta(minutes=8),
)

FORMS: Final[dict[str, Callable[[Reader], Card]]] = {
    "form-dismiss": lambda r: (
        forms.dismiss_form(
            DismissFormView(tender_id=41, revision=3, number="1-14207", title=TITLE, reasons=_NO_GO_REASONS), r
        ).card
    ),
    "form-evaluation": lambda r: forms.evaluation_form(_EVALUATION, r).card,
    "form-evaluation-errors": lambda r: (
        forms.evaluation_form(
            replace(
                _EVALUATION,
                vote_open=True,
                version=2,
                errors=(FieldError(field=Field.SUMMARY, what=sentence("errors.required")),),
            ),
            r,
        ).card
    ),
    "form-summary": lambda r: forms.evaluation_form(replace(_EVALUATION, required=False, values=()), r).card,
    "form-no-go": lambda r: forms.vote_form(_VOTE_FORM, r).card,
    "form-no-go-text": lambda r: forms.vote_form(replace(_VOTE_FORM, reasons=(), acting_for="CPO"), r).card,
    "form-conditions": lambda r: forms.vote_form(replace(_VOTE_FORM, choice=Choice.GO_WITH_CONDITIONS), r).card,
    "form-need-info": lambda r: forms.vote_form(replace(_VOTE_FORM, choice=Choice.NEED_INFO), r).card,
    "form-reopen": lambda r: (
        forms.reopen_form(ReopenFormView(round_id=7, revision=4, title=TITLE, offer_number="S580"), r).card
    ),
    "form-team": lambda r: (
        settings_forms.team_form(
            TeamFormView(
                offer_id=12,
                title=TITLE,
                offer_number="S580",
                errors=(FieldError(field=row(Field.MEMBER, 2), what=sentence("errors.team_twice", name="Engineer")),),
            ),
            r,
        ).card
    ),
    "form-rfp": lambda r: settings_forms.rfp_form(RfpFormView(), r).card,
    "form-roles": lambda r: settings_forms.roles_form(RolesFormView(), r).card,
    "form-deputy": lambda r: settings_forms.deputy_form(DeputyFormView(), r).card,
    "form-profile": lambda r: (
        settings_forms.profile_form(
            ProfileFormView(name="Engineer", language=r.language, time_zone="Europe/Paris"), r
        ).card
    ),
}

CHAT: Final[dict[str, Callable[[Reader], Card]]] = {
    "help": lambda r: chat.help_card(HelpView(roles=(Role.CTO, Role.ADMIN), in_channel=True), r),
    "help-plain": lambda r: chat.help_card(HelpView(), r),
    "help-sales": lambda r: chat.help_card(HelpView(roles=(Role.SALES_LEAD,)), r),
    "unknown": lambda r: chat.help_card(HelpView(unknown="pendign", suggestions=("pending", "find pendign")), r),
    "unknown-plain": lambda r: chat.help_card(HelpView(unknown="xyz"), r),
    "welcome": lambda r: chat.welcome_card(WelcomeView(name="Engineer"), r),
    "welcome-admin": lambda r: chat.welcome_card(WelcomeView(is_admin=True), r),
    "welcome-channel": lambda r: chat.welcome_card(WelcomeView(in_channel=True), r),
    "pending": lambda r: chat.pending_card(
        PendingView(
            items=(
                PendingItem(
                    what=sentence("chat.pending_vote"),
                    title=TITLE,
                    number="1-14207",
                    verb=Verb.ROUND_SHOW,
                    id=7,
                    due=ROUND.closes_at,
                ),
                PendingItem(
                    what=sentence("chat.pending_evaluation"),
                    title="Self-healing multilayer insulation",
                    verb=Verb.EVALUATION_OPEN,
                    id=13,
                ),
            ),
        ),
        r,
    ),
    "pending-none": lambda r: chat.pending_card(
        PendingView(items=(), next_title="S577", next_due=NOW + timedelta(days=7)), r
    ),
    "find": lambda r: chat.find_card(
        FindView(
            words="thermal",
            offers=(
                OfferLine(
                    offer_id=12,
                    title=TITLE,
                    stage="In preparation",
                    outcome=Outcome.OPEN,
                    number="S580",
                    reference="1-14207",
                    owner="Sales lead",
                ),
            ),
            tenders=_LINES[:3],
            total=14,
            pages=4,
            page=1,
        ),
        r,
    ),
    "find-none": lambda r: chat.find_card(FindView(words="thremal"), r),
    "who": lambda r: chat.who_card(
        WhoView(
            lines=(
                RoleLine(role=Role.CTO, holders=("CTO",)),
                RoleLine(role=Role.CPO, holders=("CPO",), deputy="Project manager", deputy_until=date(2026, 12, 4)),
                RoleLine(role=Role.CEO),
                RoleLine(role=Role.SALES_LEAD, holders=("Sales lead", "Key user")),
            ),
            may_edit=True,
        ),
        r,
    ),
}

OTHERS: Final[dict[str, Callable[[Reader], Card]]] = {
    "digest": lambda r: tenders.digest_card(TenderDigestView(lines=_LINES, total=12, kept=31, polled_at=NOW), r),
    "list": lambda r: tenders.tender_list_card(TenderListView(lines=_LINES, page=0, pages=2, total=12), r),
    "list-empty": lambda r: tenders.tender_list_card(
        TenderListView(lines=(), page=0, pages=1, total=0, next_deadline=_LINES[0]), r
    ),
    "offer": lambda r: offers.offer_card(OFFER, r),
    "offer-evaluating": lambda r: offers.offer_card(
        replace(OFFER, number="", decision=None, round_id=None, team=(), can_open_round=True, conditions=()), r
    ),
    "offer-voting": lambda r: offers.offer_card(replace(OFFER, number="", decision=None, round_open=True, team=()), r),
    "offer-new": lambda r: offers.offer_card(
        replace(OFFER, number="", decision=None, round_id=None, evaluation_done=False, team=()), r
    ),
    "offer-no-team": lambda r: offers.offer_card(replace(OFFER, team=()), r),
    "offer-no-go": lambda r: offers.offer_card(
        replace(OFFER, outcome=Outcome.NO_GO, decision=RoundOutcome.NO_GO, number="", team=()), r
    ),
    "offer-lost": lambda r: offers.offer_card(replace(OFFER, outcome=Outcome.LOST), r),
    "notice-refused": lambda r: notices.notice_card(
        NoticeView(
            tone=Tone.WARNING,
            title=sentence("errors.not_allowed", roles=(Role.CTO, Role.CPO, Role.CEO)),
            text=sentence("notices.reminder_text"),
            subject=f"1-14207 · {TITLE}",
        ),
        r,
    ),
    "notice-undo": lambda r: notices.notice_card(
        NoticeView(
            tone=Tone.GOOD,
            title=sentence("answers.dismissed"),
            undo=FollowUp(label="frame.undo", verb=Verb.TENDER_RESTORE, id=41),
            undo_until=NOW + timedelta(minutes=5),
            follow_ups=(FollowUp(label="tenders.button_list", verb=Verb.TENDER_LIST),),
        ),
        r,
    ),
    "admin-failing": lambda r: notices.admin_notice_card(
        AdminNoticeView(
            tone=Tone.ATTENTION,
            title=sentence("notices.source_failing", source=Source.ESA),
            text=sentence("notices.source_failing_text"),
            since=NOW - timedelta(hours=3),
            detail="LoginPage: text/html instead of application/json",
            follow_ups=(FollowUp(label="notices.button_poll", verb=Verb.SOURCE_POLL, words="esa"),),
        ),
        r,
    ),
    "admin-back": lambda r: notices.admin_notice_card(
        AdminNoticeView(
            tone=Tone.GOOD,
            title=sentence("notices.source_back", source=Source.ESA),
            text=sentence("notices.source_back_text"),
            since=NOW,
        ),
        r,
    ),
    "admin-unknown": lambda r: notices.admin_notice_card(
        AdminNoticeView(
            tone=Tone.WARNING,
            title=sentence("notices.delivery_failed"),
            text=sentence("notices.delivery_failed_text"),
            since=NOW,
            follow_ups=(FollowUp(label="notices.button_retry", verb=Verb.DELIVERY_RETRY, id=3),),
        ),
        r,
    ),
    "reply-decision": lambda r: notices.thread_reply_card(
        ThreadReplyView(
            tone=Tone.GOOD,
            title=sentence("notices.decided_go", number="S580"),
            number="S580",
            subject=TITLE,
            text=sentence("decisions.next_team"),
            mentions=(("29:sales", "Sales lead"),),
            follow_ups=(FollowUp(label="offers.button_team", verb=Verb.TEAM_OPEN, id=12),),
        ),
        r,
    ),
    "reply-moved": lambda r: notices.thread_reply_card(
        ThreadReplyView(
            tone=Tone.WARNING,
            title=sentence("notices.deadline_moved"),
            number="1-14207",
            subject=TITLE,
            old=TENDER.closes_at,
            new=NOW + timedelta(days=40),
        ),
        r,
    ),
    "reply-cancelled": lambda r: notices.thread_reply_card(
        ThreadReplyView(tone=Tone.ATTENTION, title=sentence("notices.cancelled"), number="1-14207", subject=TITLE), r
    ),
}


def _tender(view: TenderView) -> Callable[[Reader], Card]:
    return lambda reader: tenders.tender_card(view, reader)


def _round(view: RoundView) -> Callable[[Reader], Card]:
    return lambda reader: rounds.round_card(view, reader)


SAMPLES: Final[dict[str, Callable[[Reader], Card]]] = {
    **{name: _tender(view) for name, view in TENDERS.items()},
    **{name: _round(view) for name, view in ROUNDS.items()},
    **FORMS,
    **CHAT,
    **OTHERS,
}
"""Every card in every state it has."""
