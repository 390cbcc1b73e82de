"""Offers in the star schema: each as it stands now, its categories, and each day on which one changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.star_columns import Column, Kind, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reports.star_columns import Dialect

TRAILED = (
    "offer.opened",
    "offer.stage",
    "offer.outcome",
    "offer.edited",
    "offer.numbered",
    "offer.project_numbered",
    "offer.reopened",
)
"""What the trail has about an offer's own fields."""
FOLLOWED = (
    "stage",
    "outcome",
    "estimated_amount",
    "currency",
    "launch_probability",
    "success_probability",
    "expected_closing_on",
    "weighting",
)
"""Fields whose every change stands in the trail under their own name, with the text before and after."""
CATEGORY = (
    "(SELECT k.axis || ':' || k.value FROM offer_category k JOIN bi_label a ON a.kind = 'axis' AND a.parent = ''"
    " AND a.code = k.axis AND a.position = 0 AND a.active WHERE k.offer_id = o.id)"
)


def _day(moment: str) -> Callable[[Dialect], str]:
    return lambda dialect: dialect.day_of(moment)


def _remote(kind: str, field: str) -> Callable[[Dialect], str]:
    """The id or the address of the offer's record in another system."""
    return lambda dialect: (
        f"(SELECT {dialect.field('r.remote', field)} FROM ledger r"
        f" WHERE r.kind = '{kind}' AND r.target = 'record' AND r.subject_id = o.id)"
    )


def _weighted(amount: str, launch: str, success: str) -> tuple[Column, ...]:
    """The three weighted amounts, empty where a part is unknown."""

    def share(by: str) -> Callable[[Dialect], str]:
        return lambda dialect: dialect.share(amount, by, 100)

    def twice(dialect: Dialect) -> str:
        mean = dialect.share(amount, f"{launch} + {success}", 200)
        both = dialect.share(amount, f"{launch} * {success}", 10_000)
        return f"CASE o.weighting WHEN 'average' THEN {mean} ELSE {both} END"

    return (
        Column("weighted_by_launch", Kind.MONEY, share(launch), "amount × launch probability, to the cent"),
        Column("weighted_by_success", Kind.MONEY, share(success), "amount × success probability, to the cent"),
        Column(
            "weighted_twice",
            Kind.MONEY,
            twice,
            "amount × both probabilities, or × their mean where the offer says so, to the cent",
        ),
    )


def _submitted(column: str) -> str:
    """Of the quote that was submitted last."""
    return (
        f"(SELECT q.{column} FROM quote q WHERE q.offer_id = o.id AND q.removed_at IS NULL AND q.sent_at IS NOT NULL"
        " ORDER BY q.sent_on DESC, q.sent_at DESC, q.id DESC LIMIT 1)"
    )


OFFER = View(
    "bi_v1_dim_offer",
    "One row for each offer as it stands now; the centre that the other facts point at.",
    (
        Column("offer_key", Kind.KEY, "o.id", "key"),
        Column("chrono", Kind.WHOLE, "o.chrono", "counts every offer from its creation"),
        Column("number", Kind.TEXT, "o.number", "offer number, `S580`, from the Go on"),
        Column("project_number", Kind.TEXT, "o.project_number", "`S580P`, when won"),
        Column("external_reference", Kind.TEXT, "o.external_reference", "the client's or the portal's number"),
        Column("title", Kind.TEXT, "o.title", "as it is now"),
        Column("site", Kind.TEXT, "o.site", "code of the configured site"),
        Column("client_key", Kind.KEY, "o.client_id", "the most precise client known"),
        Column("sales_lead_key", Kind.KEY, "o.owner_id", "person"),
        Column("project_manager_key", Kind.KEY, "o.project_manager_id", "person"),
        Column("category_key", Kind.TEXT, CATEGORY, "its value on the first axis"),
        Column("stage_key", Kind.TEXT, "o.stage", "the stage it is in"),
        Column("outcome_key", Kind.TEXT, "o.outcome", "how it stands"),
        Column("origin_key", Kind.TEXT, "o.origin", "where it comes from"),
        Column("campaign", Kind.TEXT, "o.campaign", "name of the campaign"),
        Column("operation", Kind.TEXT, "o.operation", "name of the operation"),
        Column("opened_on", Kind.DAY, "o.opened_on", "in the company's time zone, like every day here"),
        Column("expected_closing_on", Kind.DAY, "o.expected_closing_on", "when the client is expected to decide"),
        Column("submission_due_on", Kind.DAY, _day("o.submission_due_at"), "until when it has to be sent"),
        Column("submission_due_at_utc", Kind.MOMENT, "o.submission_due_at", "the same to the minute"),
        Column("ended_on", Kind.DAY, "o.ended_on", "when it was won, lost, abandoned or refused"),
        Column("signed_on", Kind.DAY, "o.signed_on", "when the first order was signed"),
        Column("end_reason", Kind.TEXT, "o.end_reason", "code of the reason why it was lost or abandoned"),
        Column("currency", Kind.TEXT, "o.currency", "of every amount in this row"),
        Column("estimated_amount", Kind.MONEY, "o.estimated_amount", "what the contract may be worth"),
        Column("launch_probability", Kind.PERCENT, "o.launch_probability", "will the client's project be launched?"),
        Column("success_probability", Kind.PERCENT, "o.success_probability", "will it be ours?"),
        *_weighted("o.estimated_amount", "o.launch_probability", "o.success_probability"),
        Column(
            "price_submitted",
            Kind.MONEY,
            "(SELECT q.price FROM quote q WHERE q.offer_id = o.id AND q.removed_at IS NULL AND q.sent_at IS NOT NULL"
            " AND q.currency = o.currency ORDER BY q.number DESC LIMIT 1)",
            "of the newest quote that was sent in the currency of the offer",
        ),
        Column(
            "worth",
            Kind.MONEY,
            f"COALESCE({_submitted('price')}, o.estimated_amount)",
            "as reports count it: the price last submitted, else the estimated amount; in `worth_currency`",
        ),
        Column(
            "worth_currency",
            Kind.TEXT,
            f"COALESCE({_submitted('currency')}, o.currency)",
            "of `worth`: the quote's may be another than the offer's",
        ),
        Column(
            "quotes_sent",
            Kind.WHOLE,
            "(SELECT COUNT(*) FROM quote q WHERE q.offer_id = o.id AND q.removed_at IS NULL AND q.sent_at IS NOT NULL)",
            "how many quotes were sent",
        ),
        Column(
            "planned_hours",
            Kind.HOURS,
            "COALESCE(o.planned_hours, (SELECT e.effort_hours FROM evaluation e WHERE e.offer_id = o.id"
            " AND e.version > 0 ORDER BY e.version DESC LIMIT 1))",
            "to prepare the offer: its own plan, else what its newest evaluation estimated",
        ),
        Column("tender_number", Kind.TEXT, "t.number", "of the tender action, `1-13692`"),
        Column("published_at_utc", Kind.MOMENT, "t.published_at", "when the tender was published"),
        Column("pipedrive_deal_id", Kind.TEXT, _remote("deal", "id"), "`id` of the deal in Pipedrive"),
        Column(
            "bc_opportunity_id", Kind.TEXT, _remote("opportunity", "id"), "`id` of the opportunity in Business Central"
        ),
        Column("bc_project_id", Kind.TEXT, _remote("project", "id"), "`id` of the project in Business Central"),
        Column("sharepoint_folder_id", Kind.TEXT, _remote("folder", "id"), "`id` of its folder in the library"),
        Column("sharepoint_url", Kind.TEXT, _remote("folder", "url"), "where the folder opens"),
        Column("modified_at_utc", Kind.MOMENT, "o.updated_at", "last change of the offer's own fields"),
    ),
    "offer o LEFT JOIN tender t ON t.id = o.tender_id",
)

OFFER_CATEGORY = View(
    "bi_v1_bridge_offer_category",
    "One row for each value that an offer has on any axis: for companies with several axes.",
    (
        Column("offer_key", Kind.KEY, "k.offer_id", "offer"),
        Column("category_key", Kind.TEXT, "k.axis || ':' || k.value", "category; with the offer the key"),
    ),
    "offer_category k",
)


def _history(dialect: Dialect) -> str:
    """What the trail says, carried forward: after an event a field has the value of its latest change so far; before
    its first change the value that this change found.
    """
    said = ",\n    ".join(
        f"{dialect.field('a.after', name)} AS {name}, {dialect.field('a.before', name)} AS {name}_before"
        for name in FOLLOWED
    )
    counted = ",\n    ".join(
        f"COUNT({name}) OVER (PARTITION BY offer_id ORDER BY id) AS {name}_changes" for name in FOLLOWED
    )
    known = ",\n    ".join(
        f"CASE WHEN {name}_changes > 0 THEN MAX({name}) OVER (PARTITION BY offer_id, {name}_changes)"
        f" ELSE MAX(CASE WHEN {name}_changes = 1 AND {name} IS NOT NULL THEN COALESCE({name}_before, '') END)"
        f" OVER (PARTITION BY offer_id) END AS {name}"
        for name in FOLLOWED
    )
    actions = ", ".join(f"'{action}'" for action in TRAILED)
    return f"""WITH event AS (
  SELECT a.id, a.subject_id AS offer_id, a.at, {dialect.day_of("a.at")} AS on_day,
    {said}
  FROM audit_event a WHERE a.subject = 'offer' AND a.action IN ({actions})
), counted AS (
  SELECT event.*,
    {counted}
  FROM event
), known AS (
  SELECT id, offer_id, at, on_day, ROW_NUMBER() OVER (PARTITION BY offer_id, on_day ORDER BY id DESC) AS from_last,
    {known}
  FROM counted
), told AS (
  SELECT k.id, k.offer_id, k.at, k.on_day,
    COALESCE(k.stage, o.stage) AS stage, COALESCE(k.outcome, o.outcome) AS outcome,
    COALESCE(k.currency, o.currency) AS currency, COALESCE(k.weighting, o.weighting) AS weighting,
    {_told(dialect, "estimated_amount", Kind.MONEY)},
    {_told(dialect, "launch_probability", Kind.PERCENT)},
    {_told(dialect, "success_probability", Kind.PERCENT)},
    {_told(dialect, "expected_closing_on", Kind.DAY)}
  FROM known k JOIN offer o ON o.id = k.offer_id WHERE k.from_last = 1
)
"""


def _told(dialect: Dialect, name: str, kind: Kind) -> str:
    """What the trail tells about a field, empty when it was emptied; never changed: as the offer has it."""
    told = dialect.typed(kind, f"NULLIF(k.{name}, '')")
    return f"CASE WHEN k.{name} IS NULL THEN o.{name} ELSE {told} END AS {name}"


OFFER_DAY = View(
    "bi_v1_fact_offer_day",
    "One row for each offer and each day on which it changed: how it stood that evening, from the audit trail.",
    (
        Column("offer_day_key", Kind.KEY, "o.id", "the last change of the day in the trail; key"),
        Column("offer_key", Kind.KEY, "o.offer_id", "offer"),
        Column("date", Kind.DAY, "o.on_day", "the day on which the changes were recorded"),
        Column("stage_key", Kind.TEXT, "o.stage", "stage at the end of the day"),
        Column("outcome_key", Kind.TEXT, "o.outcome", "outcome at the end of the day"),
        Column("currency", Kind.TEXT, "o.currency", "of every amount in this row"),
        Column("estimated_amount", Kind.MONEY, "o.estimated_amount", "what the contract may be worth"),
        Column("launch_probability", Kind.PERCENT, "o.launch_probability", "will the client's project be launched?"),
        Column("success_probability", Kind.PERCENT, "o.success_probability", "will it be ours?"),
        *_weighted("o.estimated_amount", "o.launch_probability", "o.success_probability"),
        Column("expected_closing_on", Kind.DAY, "o.expected_closing_on", "when the client is expected to decide"),
        Column("modified_at_utc", Kind.MOMENT, "o.at", "the last change of the day"),
    ),
    "told o",
    _history,
)

OFFERS = (OFFER, OFFER_CATEGORY, OFFER_DAY)
