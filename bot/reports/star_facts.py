"""The facts of the star schema: what is counted and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.star_columns import Column, Kind, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reports.star_columns import Dialect


def _day(moment: str) -> Callable[[Dialect], str]:
    return lambda dialect: dialect.day_of(moment)


def _between(first: str, last: str) -> Callable[[Dialect], str]:
    return lambda dialect: dialect.days_between(first, last)


def _part(name: str, day: str) -> Callable[[Dialect], str]:
    return lambda dialect: dialect.part(name, day)


def _trailed(subject: str, row: str) -> str:
    """When anything of a row was last written into the audit trail."""
    return f"(SELECT MAX(a.at) FROM audit_event a WHERE a.subject = '{subject}' AND a.subject_id = {row})"


def _latest(moment: str, *others: str) -> Callable[[Dialect], str]:
    return lambda dialect: dialect.latest(moment, *others)


HOURS_COLUMNS = (
    Column("hours_key", Kind.KEY, "e.id", "key"),
    Column("person_key", Kind.KEY, "e.person_id", "who worked, whoever entered it"),
    Column("offer_key", Kind.KEY, "e.offer_id", "offer"),
    Column(
        "date",
        Kind.DAY,
        "e.part_on",
        "first day of the part of the week: the Monday, or the first of a month within the week",
    ),
    Column("iso_year", Kind.WHOLE, _part("iso_year", "e.part_on"), "of the week"),
    Column("iso_week", Kind.WHOLE, _part("iso_week", "e.part_on"), "1 to 53"),
    Column("hours", Kind.HOURS, "e.quarters / 4.0", "signed: an undone or corrected entry takes hours away"),
)

HOURS = View(
    "bi_v1_fact_hours",
    "One row for each entry of hours. Rows are only ever added; how many hours there are is the sum.",
    (
        *HOURS_COLUMNS,
        Column("kind", Kind.TEXT, "e.kind", "`entry`, `undo`, `correction` or `import`"),
        Column("reason", Kind.TEXT, "e.reason", "of a correction or an import"),
        Column("entered_by_key", Kind.KEY, "e.entered_by_id", "person"),
        Column("modified_at_utc", Kind.MOMENT, "e.entered_at", "when it was entered; it never changes"),
    ),
    "hours_entry e",
)

HOURS_COST = View(
    "bi_v1_fact_hours_cost",
    "The same rows with the rate that was valid for the person on that day, and the cost.",
    (
        *HOURS_COLUMNS,
        Column("hourly_rate", Kind.MONEY, "r.cents / 100.0", "empty where no rate was valid"),
        Column("cost", Kind.COST, "e.quarters * (r.cents / 400.0)", "exact; empty where no rate was valid"),
        Column(
            "currency",
            Kind.TEXT,
            "(SELECT l.code FROM bi_label l WHERE l.kind = 'currency_of_rates' AND l.active)",
            "of rate and cost, as `[hours] currency` says",
        ),
        Column(
            "modified_at_utc",
            Kind.MOMENT,
            _latest("e.entered_at", "r.set_at"),
            "when the entry or its rate was entered; a withdrawn rate leaves no trace here",
        ),
    ),
    "hours_entry e LEFT JOIN hourly_rate r ON r.person_id = e.person_id AND r.valid_from <= e.part_on"
    " AND (r.valid_to IS NULL OR r.valid_to >= e.part_on)",
    cost=True,
)

_STEPS = """WITH step AS (
  SELECT s.*, CASE WHEN s.post_award THEN NULL
    ELSE LEAD(s.entered_on) OVER (PARTITION BY s.offer_id, s.post_award ORDER BY s.id) END AS left_on,
    CASE WHEN s.post_award THEN NULL
    ELSE LEAD(s.entered_at) OVER (PARTITION BY s.offer_id, s.post_award ORDER BY s.id) END AS left_at
  FROM stage_step s
)
"""

STAGE_STEP = View(
    "bi_v1_fact_stage",
    "One row for each time an offer entered a stage, or was noted at a step after the award.",
    (
        Column("stage_step_key", Kind.KEY, "s.id", "key"),
        Column("offer_key", Kind.KEY, "s.offer_id", "offer"),
        Column(
            "stage_key", Kind.TEXT, "CASE WHEN s.post_award THEN 'post:' || s.stage ELSE s.stage END", "what it entered"
        ),
        Column("entered_on", Kind.DAY, "s.entered_on", "the day of the event"),
        Column("left_on", Kind.DAY, "s.left_on", "the day it entered the next stage; empty for the newest step"),
        Column(
            "days",
            Kind.WHOLE,
            lambda dialect: dialect.not_below_zero(dialect.days_between("s.entered_on", "s.left_on")),
            "days in the stage, 0 where the next step was dated back; empty for the newest step",
        ),
        Column("cause", Kind.TEXT, "s.cause", "`person`, `quote`, `round`, `signature` …"),
        Column("person_key", Kind.KEY, "s.actor_id", "who moved it"),
        Column("done", Kind.FLAG, "s.done", "the step was marked done"),
        Column("reason", Kind.TEXT, "s.reason_code", "code of the reason that was given"),
        Column("entered_at_utc", Kind.MOMENT, "s.entered_at", "when it was recorded"),
        Column(
            "modified_at_utc",
            Kind.MOMENT,
            _latest("s.entered_at", "s.left_at", _trailed("stage_step", "s.id")),
            "when the step was recorded, left or edited last",
        ),
    ),
    "step s",
    _STEPS,
)


ROUND = View(
    "bi_v1_fact_round",
    "One row for each Go/No-Go round.",
    (
        Column("round_key", Kind.KEY, "r.id", "key"),
        Column("offer_key", Kind.KEY, "r.offer_id", "offer"),
        Column("sequence", Kind.WHOLE, "r.sequence", "1 for the first round of an offer"),
        Column("rule", Kind.TEXT, "r.rule", "`unanimity`, `majority` or `ceo`"),
        Column("state", Kind.TEXT, "r.state", "`open`, `escalated` or `closed`"),
        Column("outcome", Kind.TEXT, "r.outcome", "`go` or `no_go`; empty while it is not decided"),
        Column("why", Kind.TEXT, "r.why", "what decided it"),
        Column("published_on", Kind.DAY, _day("t.published_at"), "when the tender was published"),
        Column("opened_on", Kind.DAY, _day("r.opened_at"), "when the round was opened"),
        Column("decided_on", Kind.DAY, _day("r.decided_at"), "when it was decided"),
        Column(
            "days_from_publication",
            Kind.WHOLE,
            lambda dialect: dialect.days_between(dialect.day_of("t.published_at"), dialect.day_of("r.decided_at")),
            "from publication to decision; empty without a tender or a decision",
        ),
        Column("opened_at_utc", Kind.MOMENT, "r.opened_at", "when it was opened"),
        Column("closes_at_utc", Kind.MOMENT, "r.closes_at", "until when votes count"),
        Column("decided_at_utc", Kind.MOMENT, "r.decided_at", "when it was decided; empty before"),
        Column(
            "modified_at_utc",
            Kind.MOMENT,
            _latest("r.opened_at", "r.decided_at", _trailed("round", "r.id")),
            "when it was opened, escalated or decided",
        ),
    ),
    "round r JOIN offer o ON o.id = r.offer_id LEFT JOIN tender t ON t.id = o.tender_id",
)

BALLOT = View(
    "bi_v1_fact_ballot",
    "One row for each vote that was cast. Rows are only ever added.",
    (
        Column("ballot_key", Kind.KEY, "b.id", "key"),
        Column("round_key", Kind.KEY, "b.round_id", "round"),
        Column("offer_key", Kind.KEY, "r.offer_id", "offer"),
        Column("seat", Kind.TEXT, "b.seat", "`cto`, `cpo` or `ceo`"),
        Column("approver_key", Kind.KEY, "b.principal_id", "whose vote it is"),
        Column("voter_key", Kind.KEY, "b.actor_id", "who cast it: the approver or a deputy"),
        Column("by_deputy", Kind.FLAG, "b.actor_id <> b.principal_id", "the voter is a deputy"),
        Column("choice", Kind.TEXT, "b.choice", "`go`, `no_go`, `abstain` or `need_info`"),
        Column(
            "conditions",
            Kind.WHOLE,
            "(SELECT COUNT(*) FROM ballot_condition k WHERE k.ballot_id = b.id)",
            "how many conditions a Go has",
        ),
        Column("counted", Kind.FLAG, "b.counted", "no: it came after the round had closed"),
        Column(
            "stands",
            Kind.FLAG,
            "b.counted AND b.id = (SELECT MAX(x.id) FROM ballot x"
            " WHERE x.round_id = b.round_id AND x.seat = b.seat AND x.counted)",
            "the last counted vote of its seat; may still change while the round is open",
        ),
        Column("cast_on", Kind.DAY, _day("b.cast_at"), "the day of the vote"),
        Column("modified_at_utc", Kind.MOMENT, "b.cast_at", "when it was cast"),
    ),
    "ballot b JOIN round r ON r.id = b.round_id",
)

QUOTE = View(
    "bi_v1_fact_quote",
    "One row for each priced version of an offer; removed ones are left out.",
    (
        Column("quote_key", Kind.KEY, "q.id", "key"),
        Column("offer_key", Kind.KEY, "q.offer_id", "offer"),
        Column("number", Kind.WHOLE, "q.number", "its version, 1, 2 …"),
        Column("title", Kind.TEXT, "q.title", "if it has one"),
        Column("price", Kind.MONEY, "q.price", "what was asked of the client"),
        Column("currency", Kind.TEXT, "q.currency", "of the price"),
        Column("sent", Kind.FLAG, "q.sent_at IS NOT NULL", "it was sent to the client"),
        Column("sent_on", Kind.DAY, "q.sent_on", "day of submission"),
        Column("valid_until", Kind.DAY, "q.valid_until", "until when the price holds"),
        Column("document_url", Kind.TEXT, "q.document_url", "where the document is"),
        Column("modified_at_utc", Kind.MOMENT, "q.updated_at", "last change"),
    ),
    "quote q WHERE q.removed_at IS NULL",
)

FACTS = (HOURS, HOURS_COST, STAGE_STEP, ROUND, BALLOT, QUOTE)
