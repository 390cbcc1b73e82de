"""Made-up cards in every state, for the gallery and the tests. ``SAMPLES`` maps a name to a function of the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cards import (
    absences,
    chat,
    deadlines,
    forms,
    handover,
    hours,
    hours_notices,
    hours_offer,
    notices,
    offers,
    portfolio,
    records,
    reviews,
    rounds,
    settings_forms,
    tenders,
)
from cards.audit_samples import AUDIT
from cards.digest_samples import DIGESTS
from cards.export_samples import EXPORTS
from cards.fields import Field, row
from cards.lead_samples import LEADS
from cards.report_samples import REPORTS
from cards.sync_samples import LINES, SYNC
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views import (
    AdminNoticeView,
    Ballot,
    Change,
    Condition,
    Counts,
    DeputyFormView,
    DismissFormView,
    EvaluationFormView,
    FieldError,
    FindView,
    FollowUp,
    HelpView,
    HistoryEntry,
    HistoryLine,
    InputKind,
    InputView,
    Mine,
    Missing,
    Money,
    NoticeView,
    OfferHistoryView,
    OfferLine,
    OfferListView,
    OfferView,
    PendingItem,
    PendingView,
    PersonChoice,
    Press,
    ProfileFormView,
    ReasonChoice,
    RecordFormView,
    RecordLine,
    RecordListView,
    ReopenFormView,
    Reopening,
    RfpFormView,
    Risk,
    RoleLine,
    RolesFormView,
    RoundView,
    Seat,
    Sentence,
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
from cards.views.absences import AbsenceLine, AbsencesView
from cards.views.deadlines import DeadlineGroup, DeadlineLine, DeadlinesView, MorningView
from cards.views.handover import HandoverState, HandoverView, Section
from cards.views.hours import (
    CorrectionFormView,
    CorrectionInput,
    HeldBack,
    HoursLine,
    HoursPart,
    HoursWeekView,
    LockDate,
)
from cards.views.hours_notices import (
    AbsenteeLine,
    HoursDigestView,
    HoursReminderView,
    LastWeek,
    MissingWeek,
)
from cards.views.hours_offer import (
    ChoiceAction,
    HoursChoice,
    HoursQuestionView,
    HoursSaidLine,
    HoursSaidView,
    HoursSaidWeek,
    OfferHoursView,
    PersonHours,
)
from cards.views.offers import Handover, Review
from cards.views.reviews import Opinion, ReviewKind, ReviewMine, ReviewSeat, ReviewState, ReviewView
from cards.words import (
    Choice,
    DefaultOutcome,
    Language,
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
    from collections.abc import Callable, Mapping

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
    planned_hours=Decimal(180),
    clarification_at=TENDER.clarification_at,
    closes_at=TENDER.closes_at,
    conditions=("Seam trial before the offer is sent · Engineer",),
    team=(
        TeamMember(name="Sales lead", role=TeamRole.SALES_LEAD),
        TeamMember(name="Project manager", role=TeamRole.PROJECT_MANAGER),
        TeamMember(name="Engineer", role=TeamRole.CONTRIBUTOR),
    ),
    team_hours=Decimal(160),
    systems=(SystemLine(system="Teams", state=SyncState.OK),),
    portal_url=TENDER.portal_url,
    last_change=Change(sentence("changes.team_saved"), NOW, "Sales lead"),
)

_MANY: Final = Counts(
    quotes=2,
    partner_quotes=3,
    open_partner_quotes=1,
    competitors=2,
    reviews=1,
    clarifications=40,
    open_clarifications=17,
    points=30,
    open_points=12,
    activities=9,
    open_activities=2,
    documents=14,
    associations=1,
)
_PREPARED: Final = replace(
    OFFER,
    client="Launcher prime › Propulsion › Purchasing",
    contact="Buyer",
    manager="Project manager",
    estimated=Money(Decimal(420000)),
    weighted=Money(Decimal(126000)),
    launch=60,
    success=50,
    expected_closing_on=date(2027, 2, 26),
    review_wanted=True,
    counts=replace(_MANY, quotes=1, clarifications=0, open_clarifications=0, points=0, open_points=0),
)
_SENT: Final = replace(
    _PREPARED,
    stage="Sent",
    sent=True,
    sent_quotes=2,
    sent_on=date(2026, 11, 20),
    price=Money(Decimal("402500.50")),
    margin=Decimal("18.5"),
    review_wanted=False,
    counts=_MANY,
    spent_hours=Decimal("96.25"),
)
_WON: Final = replace(
    _SENT,
    spent_hours=Decimal("214.5"),
    stage="Won",
    outcome=Outcome.WON,
    project_number="S580P",
    signed_on=date(2026, 11, 23),
    counts=replace(_MANY, amendments=1, checklist=5, checklist_done=2),
)
OFFERS: Final[dict[str, OfferView]] = {
    "offer-prepared": _PREPARED,
    "offer-incomplete": replace(OFFER, team=(), missing=tuple(Missing)),
    "offer-reviewed": replace(_PREPARED, review=Review.OPEN, review_id=3, review_waits_for=(Role.CTO, Role.CEO)),
    "offer-changes": replace(_PREPARED, review=Review.CHANGES, review_id=3),
    "offer-passed": replace(_PREPARED, review=Review.PASSED, review_id=3, review_wanted=False),
    "offer-sent": _SENT,
    "offer-clarified": replace(_SENT, next_clarification=3, next_clarification_on=date(2026, 11, 24)),
    "offer-negotiated": replace(
        _SENT,
        stage="Negotiation",
        negotiating=True,
        negotiation_days=63,
        our_move=True,
        next_clarification=31,
        next_clarification_on=date(2026, 11, 20),
    ),
    "offer-settled": replace(_SENT, negotiating=True, counts=replace(_MANY, open_points=0)),
    "offer-won": _WON,
    "offer-handed-over": replace(_WON, handover=Handover.ACCEPTED),
    "offer-returned": replace(_WON, handover=Handover.RETURNED),
    "offer-abandoned": replace(
        _SENT, outcome=Outcome.ABANDONED, ended_on=date(2026, 11, 23), end_reason="Budget cancelled by the client"
    ),
    "offer-read-only": replace(_SENT, works=False, steers=False, missing=(Missing.CATEGORY,)),
}
_OFFER_LINES: Final = tuple(
    OfferLine(
        offer_id=12 + index,
        title=title,
        stage="In preparation",
        outcome=Outcome.OPEN,
        number=f"S{580 + index}",
        reference=f"1-142{index:02}",
        owner="Sales lead",
        client="Launcher prime › Propulsion",
        amount=Money(Decimal(120000 + 40000 * index)),
        due_at=NOW + timedelta(days=2 + 6 * index),
    )
    for index, title in enumerate((TITLE, "Self-healing multilayer insulation", "Woven radiators for small satellites"))
)
_HISTORY: Final = OfferHistoryView(
    offer_id=12,
    offer=f"S580 {TITLE}",
    entries=(
        HistoryEntry(
            at=NOW,
            by="Sales lead",
            what=sentence("offers.event_edited"),
            changes=(("estimated_amount", "", "420000.00"), ("title", "Old title", "New title"), ("site", "main", "")),
        ),
        HistoryEntry(at=NOW - timedelta(hours=1), thing="quote", by="Sales lead", what=sentence("offers.event_sent")),
        HistoryEntry(at=NOW - timedelta(hours=2), what=sentence("offers.event_other")),
    ),
    pages=2,
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
                shown="1,2,3,4,5",
                others=2,
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
            ProfileFormView(
                name="Engineer",
                language=r.language,
                time_zone="Europe/Paris",
                country="DE",
                countries=("FR", "DE", "GF", "CH"),
            ),
            r,
        ).card
    ),
}

CHAT: Final[dict[str, Callable[[Reader], Card]]] = {
    "help": lambda r: chat.help_card(HelpView(roles=(Role.CTO, Role.ADMIN), in_channel=True), r),
    "help-plain": lambda r: chat.help_card(HelpView(), r),
    "help-key-user": lambda r: chat.help_card(HelpView(roles=(Role.KEY_USER,)), r),
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
                    what=sentence("hours_reminders.pending", week=47, until=date(2026, 12, 7)),
                    title="S580, S581",
                    verb=Verb.HOURS_SHOW,
                    id=7,
                    q="2026-11-16",
                ),
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
    "offers": lambda r: portfolio.offer_list_card(
        OfferListView(
            kind="open",
            title=sentence("offers.list_title", count=14),
            empty=sentence("offers.list_none"),
            hint=sentence("offers.list_none_hint"),
            lines=_OFFER_LINES,
            page=1,
            pages=3,
        ),
        r,
    ),
    "offers-mine-none": lambda r: portfolio.offer_list_card(
        OfferListView(
            kind="mine",
            title=sentence("offers.list_mine_title", count=0),
            empty=sentence("offers.list_mine_none"),
            hint=sentence("offers.list_mine_hint"),
        ),
        r,
    ),
    "offer-history": lambda r: portfolio.offer_history_card(_HISTORY, r),
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


# The records of an offer


class _Asked(NamedTuple):
    """One input of a sample dialog, labelled by its catalogue; ``codes`` are choices with words in it."""

    name: str
    kind: InputKind = InputKind.WORDS
    codes: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    dataset: str = ""
    unit: str = ""
    required: bool = False
    folded: bool = False


def _dialog(
    code: FormCode,
    title: str,
    button: str,
    asked: tuple[_Asked, ...],
    *,
    values: Mapping[str, str] | None = None,
    errors: tuple[FieldError, ...] = (),
    notes: tuple[Sentence, ...] = (),
    warning: Sentence | None = None,
) -> Callable[[Reader], Card]:
    domain = title.partition(".")[0]

    def drawn(reader: Reader) -> Card:
        words = texts(reader.language)

        def one(asked: _Asked) -> InputView:
            hint = f"{domain}.hint_{asked.name}"
            return InputView(
                field=asked.name,
                kind=asked.kind,
                label=f"{domain}.field_{asked.name}",
                hint=hint if hint in words else "",
                required=asked.required,
                choices=(*((code, words(f"{domain}.{asked.name}_{code}")) for code in asked.codes), *asked.choices),
                dataset=asked.dataset,
                unit=asked.unit,
            )

        view = RecordFormView(
            code=code,
            id=12,
            revision=5,
            title=title,
            button=f"{domain}.{button}",
            offer=f"S580 {TITLE}",
            inputs=tuple(one(each) for each in asked if not each.folded),
            more=tuple(one(each) for each in asked if each.folded),
            values=tuple((values or {}).items()),
            errors=errors,
            notes=notes,
            warning=warning,
        )
        return records.record_form(view, reader).card

    return drawn


_LINES_KIND, _NUMBER, _DAY, _CHOICE = InputKind.LINES, InputKind.NUMBER, InputKind.DAY, InputKind.CHOICE
_PERSON, _SEARCHED, _YES_NO = InputKind.PERSON, InputKind.SEARCHED, InputKind.YES_NO
_CLIENTS: Final = (("1", "Launcher prime"), ("2", "Launcher prime › Propulsion"), ("3", "Space agency"))
_IDENTITY: Final = (
    _Asked("title", required=True),
    _Asked("external_reference"),
    _Asked("description", _LINES_KIND),
)
_MONEY: Final = (
    _Asked("estimated_amount", _NUMBER, unit="EUR"),
    _Asked("cost_basis", _NUMBER, unit="EUR"),
    _Asked("launch_probability", _NUMBER, unit="%"),
    _Asked("success_probability", _NUMBER, unit="%"),
    _Asked("weighting", _CHOICE, ("cumulative", "average"), required=True),
    _Asked("currency", _CHOICE, choices=(("EUR", "EUR"), ("USD", "USD"), ("GBP", "GBP")), required=True),
)
_MONEY_VALUES: Final = {
    "estimated_amount": "420000.00",
    "cost_basis": "310000.50",
    "launch_probability": "60",
    "success_probability": "50",
    "weighting": "cumulative",
    "currency": "EUR",
}
_END: Final = (
    _Asked(
        "end_reason",
        _CHOICE,
        choices=(("price", "Prix / Price"), ("technical", "Technique / Technical"), ("client", "Client")),
        required=True,
    ),
    _Asked("end_note", _LINES_KIND, required=True),
    _Asked("ended_on", _DAY, required=True),
    _Asked("winner"),
    _Asked("winner_price", _NUMBER, unit="EUR"),
    _Asked("lessons_learned", _LINES_KIND),
    _Asked("debrief", _YES_NO),
)
_POINT: Final = (
    _Asked("clause", required=True),
    _Asked("position", _LINES_KIND, required=True),
    _Asked("client_position", _LINES_KIND, folded=True),
    _Asked("state", _CHOICE, ("open", "agreed", "blocked", "dropped"), required=True),
    _Asked("next_move", _CHOICE, ("us", "client"), required=True),
    _Asked("agreed_text", _LINES_KIND, folded=True),
    _Asked("since", _DAY, required=True),
    _Asked("due_on", _DAY),
    _Asked("owner_id", _PERSON, required=True),
    _Asked("link", folded=True),
)
_PLANNED: Final = (
    _Asked("kind", _CHOICE, ("appointment", "call", "task"), required=True),
    _Asked("subject", required=True),
    _Asked("planned_on", _DAY),
    _Asked("done_on", _DAY),
    _Asked("planned_time", folded=True),
    _Asked("minutes", _NUMBER, folded=True),
    _Asked("owner_id", _PERSON, required=True),
    _Asked("contact_id", _SEARCHED, dataset="contacts", choices=(("1", "Buyer"),), folded=True),
    _Asked("note", _LINES_KIND, folded=True),
)
_SENDING: Final = (
    _Asked(
        "version",
        _CHOICE,
        choices=(("2", "Version 2 · 129 000 EUR"), ("1", "Version 1 · 124 000 EUR")),
        required=True,
    ),
    _Asked("sent_on", _DAY, required=True),
    _Asked("price", _NUMBER, unit="EUR"),
    _Asked("currency"),
    _Asked("document_url"),
    _Asked("valid_until", _DAY),
    _Asked("waiver", _LINES_KIND, required=True),
)
_ROLES: Final = (Role.CTO, Role.CEO)

RECORD_FORMS: Final[dict[str, Callable[[Reader], Card]]] = {
    "record-identity-clash": _dialog(
        FormCode.IDENTITY,
        "record.identity_title",
        "save",
        _IDENTITY,
        values={"title": "Heat shield for a capsule, lot 1", "description": "Lot 1: design and tests."},
        errors=(
            FieldError(
                field="title",
                what=sentence(
                    "errors.changed_meanwhile", name="Project manager", value="Heat shield for a capsule, B", at=NOW
                ),
            ),
        ),
    ),
    "record-money": _dialog(
        FormCode.MONEY,
        "record.money_title",
        "save",
        _MONEY,
        values=_MONEY_VALUES,
        notes=(sentence("record.money_currency"), sentence("record.money_probability")),
    ),
    "record-money-errors": _dialog(
        FormCode.MONEY,
        "record.money_title",
        "save",
        _MONEY,
        values={**_MONEY_VALUES, "launch_probability": "160"},
        errors=(
            FieldError(field="launch_probability", what=sentence("errors.percent")),
            FieldError(field="cost_basis", what=sentence("errors.negative")),
        ),
        notes=(sentence("record.money_currency"), sentence("record.money_probability")),
    ),
    "record-third-party": _dialog(
        FormCode.THIRD_PARTY,
        "clients.third_party_title",
        "save_button",
        (
            _Asked("client_id", _SEARCHED, dataset="clients", choices=_CLIENTS),
            _Asked("contact_id", _SEARCHED, dataset="contacts", choices=(("1", "Buyer"),)),
        ),
        values={"client_id": "2", "contact_id": "1"},
    ),
    "record-sent": _dialog(
        FormCode.QUOTE_SENT,
        "quotes.sent_title",
        "sent_button",
        _SENDING,
        values={"version": "2", "sent_on": "2026-11-23", "currency": "EUR"},
        notes=(sentence("quotes.sent_keeps"),),
        warning=sentence("reviews.gate_open", roles=_ROLES),
    ),
    "record-clarification": _dialog(
        FormCode.CLARIFICATION_ADD,
        "clarifications.add_title",
        "add_button",
        (
            _Asked("question", _LINES_KIND, required=True),
            _Asked("asked_on", _DAY, required=True),
            _Asked("due_on", _DAY),
            _Asked("owner_id", _PERSON, required=True),
            _Asked("link"),
        ),
        values={"asked_on": "2026-11-23", "due_on": "2026-11-26"},
    ),
    "record-answer": _dialog(
        FormCode.CLARIFICATION_ANSWER,
        "clarifications.answer_title",
        "answer_button",
        (
            _Asked("answer", _LINES_KIND),
            _Asked("answered_on", _DAY, required=True),
            _Asked("answered_how", _CHOICE, ("writing", "call"), required=True),
            _Asked("answered_by_id", _PERSON, required=True),
            _Asked("link"),
        ),
        values={"answered_on": "2026-11-23", "answered_how": "writing"},
        notes=(sentence("clarifications.note_question", number=31, question="Which margin holds at 900 °C?"),),
    ),
    "record-point": _dialog(
        FormCode.POINT_EDIT,
        "negotiations.edit_title",
        "edit_button",
        _POINT,
        values={
            "clause": "Article 12",
            "position": "5 %",
            "state": "blocked",
            "next_move": "us",
            "since": "2026-09-21",
        },
    ),
    "record-activity": _dialog(
        FormCode.ACTIVITY_ADD, "activities.add_title", "add_button", _PLANNED, values={"kind": "call"}
    ),
    "record-lost": _dialog(
        FormCode.LOST,
        "ending.lost_title",
        "lost_button",
        _END,
        values={"end_reason": "price", "end_note": "Twenty percent too dear.", "ended_on": "2026-11-23"},
        errors=(FieldError(field="winner", what=sentence("ending.whose_price")),),
    ),
    "record-won": _dialog(
        FormCode.WON,
        "ending.won_title",
        "won_button",
        (
            _Asked("signed_on", _DAY, required=True),
            _Asked("price", _NUMBER, unit="EUR"),
            _Asked("first_order", required=True),
            _Asked("project_manager_id", _PERSON),
            _Asked("kick_off_on", _DAY),
        ),
        values={"signed_on": "2026-11-23", "price": "402500.50"},
    ),
    "record-reopen": _dialog(
        FormCode.REOPEN,
        "ending.reopen_title",
        "reopen_button",
        (_Asked("reason", _LINES_KIND, required=True),),
        notes=(sentence("ending.note_reopening"),),
    ),
    "record-return": _dialog(
        FormCode.HANDOVER_RETURN,
        "handover.return_title",
        "return_button",
        (_Asked("answer", _LINES_KIND, required=True),),
        notes=(sentence("handover.note_return", name="Sales lead"),),
    ),
}


def _edits(form: FormCode, code: ListCode, number: int) -> tuple[Press, ...]:
    return (
        Press(label="records.edit", verb=Verb.FORM_OPEN, id=number, q=form.value),
        Press(label="records.remove", verb=Verb.RECORD_REMOVE, id=number, q=code.value),
    )


def _clarification(number: int) -> RecordLine:
    """The first is late, some are due, the rest is answered."""
    answered = number > 5  # noqa: PLR2004  open ones stand first
    due = date(2026, 11, 19) + timedelta(days=2 * number)
    state, tone = sentence("clarifications.state_due", on=due), Tone.WARNING
    if answered:
        state, tone = sentence("clarifications.state_answered", on=date(2026, 11, 20)), Tone.GOOD
    elif due < NOW.date():
        state, tone = sentence("clarifications.state_overdue", on=due), Tone.ATTENTION
    answer = Press(
        label="clarifications.button_correct" if answered else "clarifications.button_answer",
        verb=Verb.FORM_OPEN,
        id=number,
        q=FormCode.CLARIFICATION_ANSWER.value,
    )
    asked = sentence("clarifications.line_asked", asked=date(2026, 11, 16), owner="Engineer")
    return RecordLine(
        title=f"{40 - number}. Which margin holds at the seam of segment {number}, and how was it measured?",
        state=state,
        tone=tone,
        lines=(asked, *((sentence("clarifications.line_call", name="Sales lead"),) if answered else ())),
        text="40 K at the skin, from the arc-jet campaign." if answered else "",
        buttons=(answer, *_edits(FormCode.CLARIFICATION_EDIT, ListCode.CLARIFICATIONS, number)),
    )


def _point(number: int) -> RecordLine:
    settled = number > 6  # noqa: PLR2004  those still negotiated stand first
    blocked = number == 1
    state, tone = ("blocked", Tone.ATTENTION) if blocked else ("open", Tone.WARNING)
    quiet = sentence("negotiations.line_us" if blocked else "negotiations.line_client", owner="Sales lead")
    if settled:
        state, tone = "agreed", Tone.GOOD
        quiet = sentence("negotiations.line_settled", on=date(2026, 11, 20))
    since = sentence("negotiations.line_since", count=63, since=date(2026, 9, 21))
    return RecordLine(
        title=f"{number}. Article {number + 10}, penalties for late delivery",
        state=sentence(f"negotiations.state_{state}"),
        tone=tone,
        lines=(since, quiet),
        text="At most 5 % of the price, counted from the second week.",
        buttons=_edits(FormCode.POINT_EDIT, ListCode.POINTS, number),
    )


_CLARIFICATIONS: Final = RecordListView(
    code=ListCode.CLARIFICATIONS,
    offer_id=12,
    offer=f"S580 {TITLE}",
    title="clarifications.list_title",
    empty="clarifications.empty",
    lines=tuple(_clarification(number) for number in range(1, 9)),
    total=40,
    pages=5,
    summary=sentence("clarifications.summary_overdue", count=17, overdue=1),
    summary_tone=Tone.ATTENTION,
    buttons=(
        Press(
            label="clarifications.button_add",
            verb=Verb.FORM_OPEN,
            id=12,
            q=FormCode.CLARIFICATION_ADD.value,
            main=True,
        ),
    ),
)
_TICKS: Final = (
    ("Contrat signé archivé / Signed contract filed", True),
    ("Conditions du Go vérifiées / Conditions of the Go checked", True),
    ("Budget et jalons de paiement repris / Budget and payment milestones entered", False),
)
RECORD_LISTS: Final[dict[str, RecordListView]] = {
    "records-clarifications": _CLARIFICATIONS,
    "records-clarifications-last": replace(_CLARIFICATIONS, page=4, lines=_CLARIFICATIONS.lines[5:]),
    "records-none": replace(_CLARIFICATIONS, lines=(), total=0, pages=1, summary=None),
    "records-points": RecordListView(
        code=ListCode.POINTS,
        offer_id=12,
        offer=f"S580 {TITLE}",
        title="negotiations.list_title",
        empty="negotiations.empty",
        lines=tuple(_point(number) for number in range(1, 9)),
        total=30,
        pages=4,
        summary=sentence("negotiations.summary_us", count=12, days=63),
        summary_tone=Tone.ATTENTION,
        buttons=(
            Press(label="negotiations.button_add", verb=Verb.FORM_OPEN, id=12, q=FormCode.POINT_ADD.value, main=True),
        ),
    ),
    "records-quotes": RecordListView(
        code=ListCode.QUOTES,
        offer_id=12,
        offer=f"S580 {TITLE}",
        title="quotes.list_title",
        empty="quotes.list_empty",
        lines=(
            RecordLine(
                title="V2 · 129 000 EUR",
                state=sentence("quotes.state_prepared"),
                tone=Tone.WARNING,
                lines=(sentence("quotes.copied_from", version=1),),
                buttons=(
                    *_edits(FormCode.QUOTE_EDIT, ListCode.QUOTES, 2),
                    Press(label="quotes.button_copy", verb=Verb.FORM_OPEN, id=2, q=FormCode.QUOTE_COPY.value),
                ),
                link="https://share.example/q2",
            ),
            RecordLine(
                title="V1 · 124 000 EUR",
                state=sentence("quotes.state_sent"),
                tone=Tone.GOOD,
                lines=(sentence("quotes.line_sent", day=date(2026, 11, 20), name="Sales lead"),),
                buttons=(Press(label="quotes.button_copy", verb=Verb.FORM_OPEN, id=1, q=FormCode.QUOTE_COPY.value),),
            ),
        ),
        total=2,
        buttons=(
            Press(label="quotes.sent_title", verb=Verb.FORM_OPEN, id=12, q=FormCode.QUOTE_SENT.value, main=True),
            Press(label="quotes.add_title", verb=Verb.FORM_OPEN, id=12, q=FormCode.QUOTE_ADD.value),
        ),
    ),
    "records-checklist": RecordListView(
        code=ListCode.CHECKLIST,
        offer_id=12,
        offer=f"S580 {TITLE}",
        title="handover.checklist_title",
        empty="handover.checklist_empty",
        lines=tuple(
            RecordLine(
                title=title,
                state=sentence("handover.item_done" if done else "handover.item_open"),
                tone=Tone.GOOD if done else Tone.WARNING,
                lines=(sentence("handover.checklist_by", name="Project manager", at=NOW),) if done else (),
                buttons=(
                    Press(
                        label="handover.button_untick" if done else "handover.button_tick",
                        verb=Verb.CHECKLIST_TICK,
                        id=number,
                        main=not done,
                    ),
                ),
            )
            for number, (title, done) in enumerate(_TICKS, 1)
        ),
        total=3,
        summary=sentence("handover.checklist_progress", done=2, total=3),
    ),
}

_REVIEW: Final = ReviewView(
    review_id=3,
    revision=4,
    offer_id=12,
    offer="S580",
    title=TITLE,
    client="Launcher prime › Propulsion",
    kind=ReviewKind.SENDING,
    state=ReviewState.OPEN,
    asked_by="Sales lead",
    opened_at=NOW - timedelta(hours=3),
    due_at=datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
    meeting_at=datetime(2026, 11, 24, 13, 0, tzinfo=UTC),
    seats=(
        ReviewSeat(role=Role.CTO, principal="CTO"),
        ReviewSeat(role=Role.CEO, principal="CEO", deputy="Project manager"),
    ),
    question="Le prix tient-il sur les essais ? / Does the price hold for the tests?",
    version=2,
    price=Money(Decimal(129000)),
    margin=Money(Decimal(39000)),
    submission_due_at=TENDER.closes_at,
    document_url="https://share.example/q2",
    conditions=_CONDITIONAL.conditions,
)
_SAID_READY: Final = replace(_REVIEW.seats[0], opinion=Opinion.READY, by="CTO")
_ASKED_CHANGES: Final = replace(
    _REVIEW.seats[1], opinion=Opinion.CHANGES, by="CEO", note="Marge trop faible sur les essais."
)
_SEND: Final = Press(label="reviews.button_sent", verb=Verb.FORM_OPEN, id=12, q=FormCode.QUOTE_SENT.value, main=True)
_CORRECT: Final = Press(label="reviews.button_edit", verb=Verb.FORM_OPEN, id=2, q=FormCode.QUOTE_EDIT.value, main=True)
_ASK_AGAIN: Final = Press(label="reviews.button_ask", verb=Verb.FORM_OPEN, id=12, q=FormCode.REVIEW_ASK.value)
_WAIVE: Final = Press(label="reviews.button_waive", verb=Verb.FORM_OPEN, id=12, q=FormCode.REVIEW_WAIVE.value)
REVIEWS: Final[dict[str, ReviewView]] = {
    "review-mine": replace(_REVIEW, mine=ReviewMine(role=Role.CTO)),
    "review-deputy": replace(
        _REVIEW, kind=ReviewKind.SIGNATURE, mine=ReviewMine(role=Role.CEO, acting_for="CEO"), submission_due_at=None
    ),
    "review-answered": replace(
        _REVIEW,
        seats=(_SAID_READY, _REVIEW.seats[1]),
        mine=ReviewMine(role=Role.CTO, opinion=Opinion.READY),
    ),
    "review-ready": replace(
        _REVIEW,
        state=ReviewState.READY,
        seats=(_SAID_READY, replace(_SAID_READY, role=Role.CEO, principal="CEO", by="CEO")),
        closed_at=NOW,
        steps=(_SEND,),
    ),
    "review-changes": replace(
        _REVIEW,
        state=ReviewState.CHANGES,
        seats=(_SAID_READY, _ASKED_CHANGES),
        closed_at=NOW,
        steps=(_CORRECT, _ASK_AGAIN, _WAIVE),
    ),
    "review-waived": replace(
        _REVIEW,
        state=ReviewState.WAIVED,
        waiver="Réponse demandée sous deux jours.",
        closed_by="Sales lead",
        closed_at=NOW,
        steps=(_SEND,),
    ),
}

_HANDOVER: Final = HandoverView(
    offer_id=12,
    handover_id=3,
    revision=2,
    number="S580P",
    title=TITLE,
    state=HandoverState.PROPOSED,
    manager="Project manager",
    owner="Sales lead",
    client="Launcher prime › Propulsion › Purchasing",
    signed_on=date(2026, 11, 20),
    first_order="4000140001",
    kick_off_on=date(2026, 12, 1),
    budget=Money(Decimal("402500.50")),
    effort_hours=Decimal(180),
    checklist_done=2,
    checklist_total=6,
    note="The arc-jet slot is booked until March.",
    scope="Heat shield from our woven composite: design, arc-jet tests, demonstrator.",
    sections=(
        Section(
            title="handover.section_promises",
            total=2,
            lines=(
                sentence("handover.line_promise_due", text="Seam trial first", name="Engineer", day=date(2026, 12, 4)),
                sentence("handover.line_promise", text="Partner quote for the arc-jet", name="Sales lead"),
            ),
        ),
        Section(
            title="handover.section_clauses",
            total=12,
            lines=(
                sentence("handover.line_clause", clause="Penalties", text="At most 5 % of the price."),
                sentence("handover.line_clause", clause="Property", text="A licence, no transfer."),
            ),
        ),
        Section(
            title="handover.section_deadlines",
            total=1,
            lines=(sentence("handover.due_kick_off", day=date(2026, 12, 1), text="–"),),
        ),
    ),
    folded=(
        Section(
            title="handover.section_team",
            total=1,
            lines=(sentence("handover.line_member", name="Engineer", role=TeamRole.CONTRIBUTOR),),
        ),
    ),
    may_answer=True,
    last_change=Change(sentence("handover.change_proposed"), NOW - timedelta(hours=1), "Sales lead"),
)
HANDOVERS: Final[dict[str, HandoverView]] = {
    "handover-mine": _HANDOVER,
    "handover-accepted": replace(
        _HANDOVER,
        state=HandoverState.ACCEPTED,
        last_change=Change(sentence("handover.change_accepted"), NOW, "Project manager"),
    ),
    "handover-returned": replace(
        _HANDOVER,
        state=HandoverState.RETURNED,
        answer="The plan of the tests is missing.",
        may_answer=False,
        may_propose=True,
        last_change=Change(sentence("handover.change_returned"), NOW, "Project manager"),
    ),
    "handover-none": replace(
        _HANDOVER,
        handover_id=0,
        state=HandoverState.NONE,
        note="",
        may_answer=False,
        may_propose=True,
        last_change=None,
    ),
}


def _due(kind: str, days: int, title: str = "", owner: str = "") -> DeadlineLine:
    at = None if title else datetime(2026, 11, 23, 12, 0, tzinfo=UTC) + timedelta(days=days)
    return DeadlineLine(
        what=sentence(f"deadlines.kind_{kind}"),
        offer=f"S580 {TITLE}",
        due_on=NOW.date() + timedelta(days=days),
        due_at=at,
        tap=Press(label="frame.open", verb=Verb.OFFER_SHOW, id=12),
        title=title,
        owner=owner,
    )


_LATE: Final = DeadlineGroup(
    title="deadlines.overdue",
    lines=(
        _due("clarification", -3, "31. Which margin holds at the seam of segment 1?"),
        _due("partner_quote", -1, "Test house"),
    ),
)
_SOON: Final = DeadlineGroup(
    title="deadlines.week", lines=(_due("submission", 1), _due("call", 2, "Technical point", "Engineer"))
)
_DUE: Final = DeadlinesView(
    groups=(
        _LATE,
        _SOON,
        DeadlineGroup(title="deadlines.later", lines=(_due("point", 16, "Article 12, penalties for late delivery"),)),
    ),
    mine=True,
    total=14,
    days=30,
    pages=2,
)
LIFE: Final[dict[str, Callable[[Reader], Card]]] = {
    "handover-result": lambda r: notices.notice_card(
        NoticeView(
            tone=Tone.WARNING,
            title=sentence("handover.result_returned", name="Project manager"),
            text=sentence("handover.result_returned_text", answer="The plan of the tests is missing."),
            subject=f"S580P {TITLE}",
            follow_ups=(
                FollowUp(
                    label="handover.button_again", verb=Verb.FORM_OPEN, id=12, words=FormCode.HANDOVER_PROPOSE.value
                ),
                FollowUp(label="handover.button_show", verb=Verb.HANDOVER_SHOW, id=12),
            ),
        ),
        r,
    ),
    "deadlines": lambda r: deadlines.deadlines_card(_DUE, r),
    "deadlines-none": lambda r: deadlines.deadlines_card(
        replace(_DUE, groups=(), total=0, pages=1, next=_due("closing", 45)), r
    ),
    "morning": lambda r: deadlines.morning_card(
        MorningView(groups=(_LATE, replace(_SOON, title="deadlines.coming", lines=_SOON.lines[:1])), hidden=2), r
    ),
}


_ROWS: Final = (
    HoursLine(
        number="S580",
        title=TITLE,
        input="h_12",
        last_week=Decimal(7),
        spent=Decimal("42.5"),
        planned=Decimal(80),
    ),
    HoursLine(
        number="S581",
        title="Radiator panels",
        input="h_13",
        last_week=Decimal("4.5"),
        spent=Decimal(66),
        planned=Decimal(60),
    ),
    HoursLine(number="RFI-7", title="Star tracker baffle", input="h_14", spent=Decimal(3)),
)
_HOURS_WEEK: Final = HoursWeekView(
    person_id=3,
    week_on=date(2026, 11, 23),
    last_on=date(2026, 11, 29),
    number=48,
    revision=0,
    total=Decimal(0),
    until=datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
    locks=(LockDate(first=date(2026, 11, 23), open_until=date(2026, 12, 7), locked=False),),
    lines=_ROWS,
    none=True,
    choices=(("21", "S570 Deployable radiator"), ("22", "S571 Cold plate")),
    values=(("h_12", ""), ("h_13", ""), ("h_14", "")),
)
_SAID: Final = replace(
    _HOURS_WEEK,
    total=Decimal("11.5"),
    revision=1,
    final=True,
    none=False,
    lines=(replace(_ROWS[0], hours=Decimal(7)), replace(_ROWS[1], hours=Decimal("4.5")), _ROWS[2]),
    undo_until=NOW + timedelta(minutes=5),
)
_NOVEMBER, _DECEMBER = date(2026, 11, 30), date(2026, 12, 1)
_STRADDLING: Final = replace(
    _HOURS_WEEK,
    week_on=_NOVEMBER,
    last_on=date(2026, 12, 6),
    number=49,
    total=Decimal(2),
    none=False,
    has_next=True,
    until=datetime(2026, 12, 7, 8, 0, tzinfo=UTC),
    locks=(
        LockDate(first=_NOVEMBER, open_until=date(2026, 12, 7), locked=True),
        LockDate(first=_DECEMBER, open_until=date(2027, 1, 8), locked=False),
    ),
    lines=tuple(
        replace(
            line,
            input=f"{line.input}_2026-12-01",
            parts=(
                HoursPart(first=_NOVEMBER, hours=hours_there, locked=True),
                HoursPart(first=_DECEMBER, hours=Decimal(0)),
            ),
        )
        for line, hours_there in zip(_ROWS[:2], (Decimal(2), Decimal(0)), strict=True)
    ),
    values=(("h_12_2026-12-01", ""), ("h_13_2026-12-01", "")),
)
_MANY_ROWS: Final = tuple(
    HoursLine(
        number=f"S{600 + number}",
        title=f"{TITLE}, qualification and delivery of the flight hardware " * 2,
        input=f"h_{100 + number}",
        last_week=Decimal(number),
        spent=Decimal(1000 + number),
        planned=Decimal(900),
    )
    for number in range(12)
)
HOURS: Final[dict[str, Callable[[Reader], Card]]] = {
    "hours-open": lambda r: hours.hours_week_card(_HOURS_WEEK, r),
    "hours-prefilled": lambda r: hours.hours_week_card(
        replace(
            _HOURS_WEEK,
            prefilled=True,
            same=True,
            last_total=Decimal("11.5"),
            values=(("h_12", "7"), ("h_13", _typed_there(r, "4,5")), ("h_14", "")),
        ),
        r,
    ),
    "hours-late": lambda r: hours.hours_week_card(replace(_HOURS_WEEK, until=NOW - timedelta(hours=1)), r),
    "hours-no-offers": lambda r: hours.hours_week_card(replace(_HOURS_WEEK, lines=(), values=()), r),
    "hours-straddling": lambda r: hours.hours_week_card(_STRADDLING, r),
    "hours-held-back": lambda r: hours.hours_week_card(
        replace(
            _STRADDLING,
            final=True,
            total=Decimal(10),
            undo_until=NOW + timedelta(minutes=5),
            lines=(
                replace(
                    _STRADDLING.lines[0],
                    hours=Decimal(10),
                    parts=(
                        HoursPart(first=_NOVEMBER, hours=Decimal(2), locked=True),
                        HoursPart(first=_DECEMBER, hours=Decimal(8)),
                    ),
                ),
                _STRADDLING.lines[1],
            ),
            held_back=(
                HeldBack(
                    offer=f"S581 {_ROWS[1].title}",
                    first=_NOVEMBER,
                    since=date(2026, 12, 8),
                    wanted=Decimal(1),
                    kept=Decimal(0),
                ),
            ),
        ),
        r,
    ),
    "hours-locked": lambda r: hours.hours_week_card(
        replace(
            _SAID,
            final=False,
            locked=True,
            undo_until=None,
            has_next=True,
            locks=(LockDate(first=date(2026, 11, 23), open_until=date(2026, 12, 7), locked=True),),
        ),
        r,
    ),
    "hours-answered": lambda r: hours.hours_week_card(_SAID, r),
    "hours-answered-none": lambda r: hours.hours_week_card(
        replace(_SAID, total=Decimal(0), lines=_ROWS, undo_until=None), r
    ),
    "hours-error": lambda r: hours.hours_week_card(
        replace(
            _HOURS_WEEK,
            values=(("h_12", "3.4"), ("h_13", "beaucoup"), ("h_14", "1")),
            errors=(
                FieldError(
                    field="h_12",
                    what=sentence("hours.error_quarters", lower=Decimal("3.25"), upper=Decimal("3.5")),
                ),
                FieldError(field="h_13", what=sentence("hours.error_unreadable", typed="beaucoup")),
            ),
        ),
        r,
    ),
    "hours-too-many": lambda r: hours.hours_week_card(
        replace(
            _HOURS_WEEK,
            values=(("h_12", "78"), ("h_13", "6"), ("h_14", "")),
            errors=(FieldError(field="total", what=sentence("hours.error_most", total=84, most=80)),),
        ),
        r,
    ),
    "hours-moved": lambda r: hours.hours_week_card(
        replace(
            _HOURS_WEEK,
            revision=2,
            total=Decimal(3),
            none=False,
            note=sentence("hours.note_stale"),
            values=(("h_12", "3"), ("h_13", ""), ("h_14", "")),
            errors=(FieldError(field="h_12", what=sentence("hours.error_moved", typed="7")),),
        ),
        r,
    ),
    "hours-emoji": lambda r: hours.hours_week_card(
        replace(
            _SAID, lines=(replace(_ROWS[0], title="🛰️ Optique 👩🏽‍🚀 *gras* <at>tous</at>", hours=Decimal("11.5")),)
        ),
        r,
    ),
    "hours-many": lambda r: hours.hours_week_card(
        replace(
            _HOURS_WEEK,
            lines=_MANY_ROWS,
            prefilled=True,
            same=True,
            last_total=Decimal(66),
            values=tuple((line.input, str(line.last_week)) for line in _MANY_ROWS),
        ),
        r,
    ),
    "hours-many-answered": lambda r: hours.hours_week_card(
        replace(_SAID, total=Decimal(66), lines=tuple(replace(line, hours=line.last_week) for line in _MANY_ROWS)), r
    ),
    "hours-key-user": lambda r: hours.hours_week_card(replace(_HOURS_WEEK, name="Engineer"), r),
    "hours-entered-for": lambda r: hours.hours_week_card(
        replace(_SAID, undo_until=None, entered=Change(sentence("hours.entered", name="Key user"), NOW)), r
    ),
}
_CORRECTION: Final = CorrectionFormView(
    person_id=3,
    week_on=_NOVEMBER,
    last_on=date(2026, 12, 6),
    inputs=(
        CorrectionInput(field="h_12_2026-11-30", offer=f"S580 {TITLE}", first=_NOVEMBER),
        CorrectionInput(field="h_13_2026-11-30", offer=f"S581 {_ROWS[1].title}", first=_NOVEMBER),
    ),
    choices=_HOURS_WEEK.choices,
    values=(("h_12_2026-11-30", "2"), ("h_13_2026-11-30", "")),
)
HOURS_FORMS: Final[dict[str, Callable[[Reader], Card]]] = {
    "form-hours-correct": lambda r: hours.correction_form(_CORRECTION, r).card,
    "form-hours-correct-errors": lambda r: (
        hours.correction_form(
            replace(
                _CORRECTION,
                name="Engineer",
                values=(("h_12_2026-11-30", "2"), ("h_13_2026-11-30", "1"), ("add_hours", "2")),
                errors=(
                    FieldError(field="add_offer", what=sentence("hours.error_offer")),
                    FieldError(field="reason", what=sentence("hours.error_reason")),
                ),
            ),
            r,
        ).card
    ),
}


def _typed_there(reader: Reader, french: str) -> str:
    """A number as somebody types it in the reader's language."""
    return french if reader.language is Language.FR else french.replace(",", ".")


def _tender(view: TenderView) -> Callable[[Reader], Card]:
    return lambda reader: tenders.tender_card(view, reader)


def _offer(view: OfferView) -> Callable[[Reader], Card]:
    return lambda reader: offers.offer_card(view, reader)


def _round(view: RoundView) -> Callable[[Reader], Card]:
    return lambda reader: rounds.round_card(view, reader)


def _records(view: RecordListView) -> Callable[[Reader], Card]:
    return lambda reader: records.record_list_card(view, reader)


def _review(view: ReviewView) -> Callable[[Reader], Card]:
    return lambda reader: reviews.review_card(view, reader)


def _handover(view: HandoverView) -> Callable[[Reader], Card]:
    return lambda reader: handover.handover_card(view, reader)


_LEAVE: Final = Press(label="team.button_leave", verb=Verb.RECORD_REMOVE, id=3, q="team/12")
_BACK: Final = Press(label="team.button_back", verb=Verb.RECORD_RESTORE, id=3, q="team/12")
_MEMBER: Final = Press(label="records.edit", verb=Verb.FORM_OPEN, id=3, q=FormCode.MEMBER_EDIT.value)
_TEAM: Final = RecordListView(
    code=ListCode.TEAM,
    offer_id=12,
    offer=f"S580 {TITLE}",
    title="team.list_title",
    empty="team.empty",
    lines=(
        RecordLine(
            title="Sales lead",
            state=sentence("team.role_sales_lead"),
            tone=Tone.ACCENT,
            lines=(
                sentence("team.line_since", day=date(2026, 11, 2)),
                sentence("team.line_planned", spent="12,5 h / 12.5 h", planned="40 h"),
            ),
            buttons=(_MEMBER, _LEAVE),
        ),
        RecordLine(
            title="Engineer",
            state=sentence("team.role_contributor"),
            tone=Tone.ACCENT,
            lines=(
                sentence("team.line_until", first=date(2026, 11, 9), last=date(2026, 12, 18)),
                sentence("team.line_spent", spent="31 h"),
            ),
            buttons=(_MEMBER, _LEAVE),
        ),
        RecordLine(
            title="CPO",
            state=sentence("team.state_gone"),
            lines=(
                sentence("team.line_until", first=date(2026, 11, 2), last=date(2026, 11, 20)),
                sentence("team.line_spent", spent="3 h"),
            ),
            buttons=(_MEMBER, _BACK),
        ),
    ),
    total=3,
    summary=sentence("team.summary_evaluation", spent="46,5 h / 46.5 h", planned="120 h"),
    notes=(
        sentence("team.people_less", planned="40 h", difference="80 h"),
        sentence("team.hint_large", size=6, limit=5),
    ),
    buttons=(
        Press(label="team.button_add", verb=Verb.FORM_OPEN, id=12, q=FormCode.MEMBER_ADD.value, main=True),
        Press(label="team.button_plan", verb=Verb.FORM_OPEN, id=12, q=FormCode.PLAN.value),
    ),
)
_ROLE: Final = _Asked("role", _CHOICE, tuple(role.value for role in TeamRole), required=True)
_STAY: Final = (
    _ROLE,
    _Asked("joined_on", _DAY, required=True),
    _Asked("left_on", _DAY),
    _Asked("planned_hours", unit="h"),
)
_ABSENCE: Final = (_Asked("starts_on", _DAY, required=True), _Asked("ends_on", _DAY, required=True))


def _told(key: str, text: Sentence, tone: Tone) -> Callable[[Reader], Card]:
    view = NoticeView(
        tone=tone,
        title=sentence(key),
        text=text,
        subject=f"S580 {TITLE}",
        follow_ups=(
            FollowUp(label="offers.button_offer", verb=Verb.OFFER_SHOW, id=12),
            FollowUp(label="team.list_title", verb=Verb.RECORDS_SHOW, id=12, words=ListCode.TEAM.value),
        ),
    )
    return lambda reader: notices.notice_card(view, reader)


TEAM: Final[dict[str, Callable[[Reader], Card]]] = {
    "records-team": _records(_TEAM),
    "records-team-none": _records(
        replace(_TEAM, lines=(), total=0, notes=(), summary=sentence("team.summary_unplanned", spent="0 h"))
    ),
    "form-member-add": _dialog(
        FormCode.MEMBER_ADD,
        "team.add_title",
        "add_button",
        (_Asked("person_id", _PERSON, required=True), *_STAY),
        values={"role": "contributor", "joined_on": "2026-11-23"},
        errors=(FieldError(field="person_id", what=sentence("errors.team_twice", name="Engineer")),),
    ),
    "form-member-edit": _dialog(
        FormCode.MEMBER_EDIT,
        "team.edit_title",
        "save",
        _STAY,
        values={"role": "contributor", "joined_on": "2026-11-09", "left_on": "2026-12-18", "planned_hours": "40"},
        notes=(sentence("team.note_member", name="Engineer"),),
    ),
    "form-plan": _dialog(
        FormCode.PLAN,
        "team.plan_title",
        "save",
        (_Asked("planned_hours", unit="h"),),
        notes=(sentence("team.note_estimate", hours="120 h"),),
    ),
    "form-absence": _dialog(
        FormCode.ABSENCE_ADD,
        "absences.add_title",
        "add_button",
        _ABSENCE,
        notes=(sentence("absences.note"),),
        errors=(FieldError(field="ends_on", what=sentence("absences.error_order")),),
    ),
    "team-joined": _told(
        "team.told_joined",
        sentence(
            "team.told_until_planned",
            role=TeamRole.CONTRIBUTOR,
            first=date(2026, 11, 23),
            last=date(2026, 12, 18),
            planned="40 h",
        ),
        Tone.ACCENT,
    ),
    "team-left": _told(
        "team.told_left",
        sentence("team.told_gone", first=date(2026, 11, 2), last=date(2026, 11, 20)),
        Tone.DEFAULT,
    ),
    "absences": lambda r: absences.absences_card(
        AbsencesView(
            lines=(
                AbsenceLine(absence_id=1, first=date(2026, 12, 21), last=date(2027, 1, 1)),
                AbsenceLine(absence_id=2, first=date(2026, 12, 24), last=date(2026, 12, 24), name="Engineer"),
            ),
            more=3,
            everybody=True,
            withdrawn=AbsenceLine(absence_id=3, first=date(2026, 11, 30), last=date(2026, 11, 30)),
        ),
        r,
    ),
    "absences-none": lambda r: absences.absences_card(AbsencesView(lines=()), r),
}
_REMINDER: Final = HoursReminderView(
    person_id=7,
    week_on=date(2026, 11, 16),
    missing=(MissingWeek(week_on=date(2026, 11, 16), offers=(f"S580 {TITLE}", "S581 Radiator panels")),),
    until=date(2026, 12, 7),
    same=(LastWeek(offer="S580", hours=Decimal(7)), LastWeek(offer="S581", hours=Decimal("3.5"))),
    none=True,
)
_ABSENTEES: Final = (
    AbsenteeLine(person_id=7, name="Engineer", offers=("S580", "S581"), last_at=NOW - timedelta(days=4)),
    AbsenteeLine(person_id=8, name="Project manager", offers=("S580",), hidden=3, away=True),
)
_HOURS_DIGEST: Final = HoursDigestView(digest_id=3, week_on=date(2026, 11, 16), lines=_ABSENTEES)
HOURS_NOTICES: Final[dict[str, Callable[[Reader], Card]]] = {
    "hours-reminder": lambda r: hours_notices.reminder_card(_REMINDER, r),
    "hours-reminder-weeks": lambda r: hours_notices.reminder_card(
        replace(
            _REMINDER,
            step=2,
            same=(),
            none=False,
            entered=Decimal("12.25"),
            missing=(
                *_REMINDER.missing,
                MissingWeek(
                    week_on=date(2026, 11, 9), offers=(f"S580 {TITLE}", "S582 🚀 Door", "S583 Hinge"), hidden=2
                ),
                MissingWeek(week_on=date(2026, 10, 26), offers=("S580 Hatch",)),
            ),
            hidden=2,
        ),
        r,
    ),
    "hours-reminder-asked": lambda r: hours_notices.reminder_card(
        replace(_REMINDER, step=101, asked_by="Sales lead", same=()), r
    ),
    "hours-reminder-done": lambda r: hours_notices.reminder_card(
        replace(_REMINDER, missing=(), total=Decimal("10.5")), r
    ),
    "hours-reminder-none": lambda r: hours_notices.reminder_card(replace(_REMINDER, missing=()), r),
    "hours-reminder-locked": lambda r: hours_notices.reminder_card(replace(_REMINDER, missing=(), locked=True), r),
    "hours-digest": lambda r: hours_notices.digest_card(_HOURS_DIGEST, r),
    "hours-digest-key-user": lambda r: hours_notices.digest_card(
        replace(
            _HOURS_DIGEST,
            lines=_ABSENTEES * 4,
            hidden=7,
            may_enter=True,
            said=sentence("hours_reminders.reminded_away", count=14),
        ),
        r,
    ),
    "hours-digest-lately": lambda r: hours_notices.digest_card(
        replace(
            _HOURS_DIGEST,
            said=sentence("hours_reminders.reminded_lately", until=NOW + timedelta(minutes=40)),
        ),
        r,
    ),
    "hours-digest-done": lambda r: hours_notices.digest_card(replace(_HOURS_DIGEST, lines=()), r),
    "hours-digest-locked": lambda r: hours_notices.digest_card(replace(_HOURS_DIGEST, lines=(), locked=True), r),
}
_SPENT: Final = OfferHoursView(
    offer_id=12,
    number="S580",
    title=TITLE,
    total=Decimal("42.5"),
    planned=Decimal(80),
    people=(
        PersonHours(name="Sales lead", hours=Decimal("24.25"), planned=Decimal(20)),
        PersonHours(name="Engineer", hours=Decimal("18.25"), planned=Decimal(40)),
        PersonHours(name="Project manager", hours=Decimal(0), planned=Decimal(20)),
    ),
    weeks=tuple(
        (date(2026, 10, 5) + timedelta(weeks=week), Decimal(spent))
        for week, spent in enumerate(("0", "0", "2.5", "8", "6.25", "12", "9.75", "4"))
    ),
)
_PICK: Final = HoursChoice(
    offer_id=12, number="S580", title=TITLE, day=NOW.date(), hours=Decimal("3.5"), q="14/2026-11-23/7", revision=2
)
_PICKS: Final = (
    _PICK,
    replace(_PICK, offer_id=14, number="S577", title="Woven radiators for small satellites"),
    replace(_PICK, offer_id=15, number="1-20001", title="Test bench for ablative samples"),
)
_HOURS_SAID: Final = HoursSaidView(
    person_id=7,
    lines=(HoursSaidLine(number="S580", title=TITLE, hours=Decimal("3.5"), day=NOW.date()),),
    weeks=(HoursSaidWeek(week_on=NOW.date(), total=Decimal(12), revision=3, undo_until=NOW + timedelta(minutes=5)),),
)


def _asked(key: str, action: ChoiceAction, *choices: HoursChoice, person_id: int = 0) -> Callable[[Reader], Card]:
    values: dict[str, Any] = {"hours": Decimal("3.5"), "words": "S850", "offer": "S580"}
    asked = HoursQuestionView(
        title=sentence(f"hours_chat.{key}", **values),
        text=sentence(f"hours_chat.{key}_text", **values),
        action=action,
        choices=choices,
        person_id=person_id,
    )
    return lambda r: hours_offer.hours_question_card(asked, r)


HOURS_CHAT: Final[dict[str, Callable[[Reader], Card]]] = {
    "form-hours-log": _dialog(
        FormCode.HOURS_LOG,
        "hours_chat.log_title",
        "log_button",
        (_Asked("day", _DAY, required=True), _Asked("hours", required=True)),
        values={"day": "2026-11-23", "hours": "3h20"},
        errors=(
            FieldError(
                field="hours", what=sentence("hours.error_quarters", lower=Decimal("3.25"), upper=Decimal("3.5"))
            ),
        ),
        notes=(sentence("hours_chat.note_ended", outcome=Outcome.LOST),),
    ),
    "hours-said": lambda r: hours_offer.hours_said_card(_HOURS_SAID, r),
    "hours-said-several": lambda r: hours_offer.hours_said_card(
        replace(
            _HOURS_SAID,
            lines=(
                *_HOURS_SAID.lines,
                HoursSaidLine(
                    number="S577",
                    title="Woven radiators",
                    hours=Decimal(2),
                    day=date(2026, 11, 20),
                    outcome=Outcome.LOST,
                ),
            ),
            weeks=(replace(_HOURS_SAID.weeks[0], week_on=date(2026, 11, 16)), *_HOURS_SAID.weeks),
        ),
        r,
    ),
    "hours-said-in-channel": lambda r: hours_offer.hours_said_card(replace(_HOURS_SAID, private=False, weeks=()), r),
    "hours-which-offer": _asked("which_offer", ChoiceAction.LOG, *_PICKS),
    "hours-which-day": _asked(
        "which_day", ChoiceAction.LOG, *(replace(_PICK, day=day) for day in (date(2026, 5, 6), date(2026, 6, 5)))
    ),
    "hours-unknown-offer": _asked("unknown_offer", ChoiceAction.SHOW, *_PICKS[:2]),
    "hours-form-offer": _asked("form_offer", ChoiceAction.FORM, *_PICKS),
    "hours-long-day": _asked("long_day", ChoiceAction.LOG, _PICK, person_id=7),
    "hours-pairs": _asked("pairs", ChoiceAction.LOG),
    "hours-of-offer": lambda r: hours_offer.offer_hours_card(_SPENT, r),
    "hours-of-offer-over": lambda r: hours_offer.offer_hours_card(
        replace(_SPENT, total=Decimal("96.75"), outcome=Outcome.WON), r
    ),
    "hours-of-offer-unplanned": lambda r: hours_offer.offer_hours_card(replace(_SPENT, planned=None, people=()), r),
    "hours-of-offer-none": lambda r: hours_offer.offer_hours_card(
        replace(_SPENT, total=Decimal(0), people=(), weeks=tuple((monday, Decimal(0)) for monday, _ in _SPENT.weeks)), r
    ),
    "hours-of-offer-many": lambda r: hours_offer.offer_hours_card(
        replace(
            _SPENT,
            total=Decimal(1000),
            people=tuple(
                PersonHours(name=f"Contributor {number} of the project office", hours=Decimal(25), planned=Decimal(20))
                for number in range(40)
            ),
        ),
        r,
    ),
}
SAMPLES: Final[dict[str, Callable[[Reader], Card]]] = {
    **{name: _tender(view) for name, view in TENDERS.items()},
    **{name: _round(view) for name, view in ROUNDS.items()},
    **{name: _offer(view) for name, view in OFFERS.items()},
    **{name: _records(view) for name, view in RECORD_LISTS.items()},
    **{name: _review(view) for name, view in REVIEWS.items()},
    **{name: _handover(view) for name, view in HANDOVERS.items()},
    **FORMS,
    **RECORD_FORMS,
    **LIFE,
    **TEAM,
    **CHAT,
    **OTHERS,
    **HOURS,
    **HOURS_NOTICES,
    **HOURS_CHAT,
    **HOURS_FORMS,
    **LEADS,
    **DIGESTS,
    **REPORTS,
    **EXPORTS,
    **SYNC,
    **AUDIT,
    **{name: _offer(replace(_PREPARED, systems=lines)) for name, lines in LINES.items()},
}
"""Every card in every state it has."""
