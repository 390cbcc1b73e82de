"""The dimensions of the star schema: what facts are counted by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.star_columns import Column, Kind, View

if TYPE_CHECKING:
    from bot.reports.star_columns import Dialect

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Days outside are slips of the finger."""


OF_CLIENT, OF_PERSON = "'client:' || c.id", "'person:' || p.id"


def _calendar(dialect: Dialect) -> str:
    """Whole years from the first to the last in which anything stands."""
    firsts = (("MIN(week_on)", "hours_week"), ("MIN(opened_on)", "offer"), ("MIN(entered_on)", "stage_step"))
    lasts = (
        (dialect.days_later("MAX(week_on)", "6"), "hours_week"),
        ("MAX(opened_on)", "offer"),
        ("MAX(ended_on)", "offer"),
        ("MAX(expected_closing_on)", "offer"),
        (dialect.day_of("due.at"), "(SELECT MAX(submission_due_at) AS at FROM offer) due"),
    )
    first, last = (
        " UNION ALL ".join(f"SELECT {day} AS on_day FROM {table}" for day, table in days) for days in (firsts, lasts)
    )
    year = dialect.part("year", "on_day")
    begin = f"(SELECT MIN({year}) FROM ({first} UNION ALL SELECT CURRENT_DATE) first_days)"
    end = f"(SELECT MAX({year}) FROM ({last} UNION ALL SELECT CURRENT_DATE) last_days)"
    first_day = dialect.day_from(dialect.within(begin, FIRST_YEAR, LAST_YEAR), 1, 1)
    last_day = dialect.day_from(dialect.within(end, FIRST_YEAR, LAST_YEAR), 12, 31)
    return f"""WITH RECURSIVE span(first_day, last_day) AS (SELECT {first_day}, {last_day}),
calendar(on_day) AS (
  SELECT first_day FROM span
  UNION ALL
  SELECT {dialect.days_later("calendar.on_day", "1")} FROM calendar, span WHERE calendar.on_day < span.last_day
)
"""


def _part(name: str, meaning: str) -> Column:
    return Column(name, Kind.WHOLE, lambda dialect: dialect.part(name, "d.on_day"), meaning)


def _first_of(part: str) -> Column:
    """The first day of the month, or the Monday."""
    name, number, meaning = (
        ("month_on", "day", "first day of the month") if part == "month" else ("week_on", "weekday", "Monday")
    )
    return Column(
        name,
        Kind.DAY,
        lambda dialect: dialect.days_later("d.on_day", f"1 - {dialect.part(number, 'd.on_day')}"),
        meaning,
    )


def _week_text(dialect: Dialect) -> str:
    year, week = dialect.part("iso_year", "d.on_day"), dialect.part("iso_week", "d.on_day")
    return f"CAST({year} AS TEXT) || '-W' || {dialect.padded(week)}"


def mapped(system: str, name: str) -> str:
    """What something of ours is called in another system; ``name`` is an expression."""
    return f"(SELECT NULLIF(m.remote, '') FROM sync_mapping m WHERE m.system = '{system}' AND m.name = {name})"


def _recognised(system: str, kind: str) -> str:
    """The record of another system that was recognised as this client."""
    return (
        f"(SELECT MIN(t.remote_id) FROM sync_their_record t WHERE t.system = '{system}' AND t.kind = '{kind}'"
        " AND t.ours = 'client:' || c.id AND NOT t.gone)"
    )


def labels(kind: str) -> str:
    """The rows of one list."""
    return f"bi_label l WHERE l.kind = '{kind}'"


LABEL_FR = Column("label_fr", Kind.TEXT, "l.label_fr", "in French")
LABEL_EN = Column("label_en", Kind.TEXT, "l.label_en", "in English")
POSITION = Column("position", Kind.WHOLE, "l.position", "for sorting: as lists and reports show it")
ACTIVE = Column("active", Kind.FLAG, "l.active", "no: the configuration has it no more, but older rows name it")

DATE = View(
    "bi_v1_dim_date",
    "One row for each day of every year in which anything happened or is planned.",
    (
        Column("date", Kind.DAY, "d.on_day", "the day; key"),
        _part("year", "calendar year"),
        Column("quarter", Kind.WHOLE, lambda dialect: f"({dialect.part('month', 'd.on_day')} + 2) / 3", "1 to 4"),
        _part("month", "1 to 12"),
        _first_of("month"),
        _part("iso_year", "year of the ISO week, that of its Thursday"),
        _part("iso_week", "ISO week, 1 to 53"),
        Column("iso_week_text", Kind.TEXT, _week_text, "`2026-W48`, which sorts"),
        _first_of("week"),
        _part("weekday", "1 Monday to 7 Sunday"),
    ),
    "calendar d",
    _calendar,
)

PERSON = View(
    "bi_v1_dim_person",
    "One row for each person Offerdesk knows.",
    (
        Column("person_key", Kind.KEY, "p.id", "key"),
        Column("name", Kind.TEXT, "p.name", "as Teams shows it"),
        Column("email", Kind.TEXT, "p.email", "if it is known"),
        Column("country", Kind.TEXT, "p.country", "whose public holidays are free, ISO 3166-1"),
        Column("guest", Kind.FLAG, "p.guest", "a guest of the tenant"),
        Column("entra_object_id", Kind.TEXT, "p.entra_object_id", "in Microsoft Entra, the same for ever"),
        Column("pipedrive_user_id", Kind.TEXT, mapped("pipedrive", OF_PERSON), "`id` of the user in Pipedrive"),
        Column(
            "bc_salesperson_code",
            Kind.TEXT,
            mapped("business_central", OF_PERSON),
            "*Salesperson Code* in Business Central",
        ),
        Column("modified_at_utc", Kind.MOMENT, "p.updated_at", "last change of the person's own fields"),
    ),
    "person p",
)

CLIENT = View(
    "bi_v1_dim_client",
    "One row for each group, entity and department of the client tree, with the way down to it.",
    (
        Column("client_key", Kind.KEY, "c.id", "key"),
        Column("code", Kind.TEXT, "c.code", "the company's own number of it"),
        Column("name", Kind.TEXT, "c.name", "its own name"),
        Column("path", Kind.TEXT, "c.path", "the way down, `Group › Entity › Department`"),
        Column("level", Kind.TEXT, "c.level", "`client`, `entity` or `department`"),
        Column("group_key", Kind.KEY, "COALESCE(g.id, p.id, c.id)", "the group at the root"),
        Column("group_name", Kind.TEXT, "COALESCE(g.name, p.name, c.name)", "its name"),
        Column(
            "entity_key",
            Kind.KEY,
            "CASE c.level WHEN 'entity' THEN c.id WHEN 'department' THEN p.id END",
            "the entity; empty for a group",
        ),
        Column(
            "entity_name",
            Kind.TEXT,
            "CASE c.level WHEN 'entity' THEN c.name WHEN 'department' THEN p.name END",
            "its name",
        ),
        Column(
            "department_name",
            Kind.TEXT,
            "CASE c.level WHEN 'department' THEN c.name END",
            "empty for groups and entities",
        ),
        Column("country", Kind.TEXT, "c.country", "ISO 3166-1"),
        Column("active", Kind.FLAG, "c.active", "no: not offered any more"),
        Column(
            "pipedrive_organization_id",
            Kind.TEXT,
            f"COALESCE({mapped('pipedrive', OF_CLIENT)}, {_recognised('pipedrive', 'organization')})",
            "`id` of the organisation in Pipedrive",
        ),
        Column(
            "bc_contact_number",
            Kind.TEXT,
            mapped("business_central", OF_CLIENT),
            "*No.* of the contact in Business Central",
        ),
        Column(
            "bc_customer_number",
            Kind.TEXT,
            _recognised("business_central", "customer"),
            "*No.* of the customer in Business Central",
        ),
        Column("modified_at_utc", Kind.MOMENT, "c.updated_at", "last change of its own fields"),
    ),
    "client c LEFT JOIN client p ON p.id = c.parent_id LEFT JOIN client g ON g.id = p.parent_id",
)

CATEGORY = View(
    "bi_v1_dim_category",
    "One row for each value of each analytic axis of `lists.toml`.",
    (
        Column("category_key", Kind.TEXT, "l.parent || ':' || l.code", "`axis:value`; key"),
        Column("axis", Kind.TEXT, "l.parent", "code of the axis"),
        Column("axis_position", Kind.WHOLE, "a.position", "0: the axis that reports call category"),
        Column("axis_label_fr", Kind.TEXT, "a.label_fr", "the axis in French"),
        Column("axis_label_en", Kind.TEXT, "a.label_en", "the axis in English"),
        Column("code", Kind.TEXT, "l.code", "code of the value"),
        LABEL_FR,
        LABEL_EN,
        POSITION,
        ACTIVE,
    ),
    "bi_label l LEFT JOIN bi_label a ON a.kind = 'axis' AND a.parent = '' AND a.code = l.parent"
    " WHERE l.kind = 'category'",
)

STAGE = View(
    "bi_v1_dim_stage",
    "One row for each stage of `stages.toml` and each step after the award.",
    (
        Column(
            "stage_key",
            Kind.TEXT,
            "CASE l.parent WHEN 'post_award' THEN 'post:' || l.code ELSE l.code END",
            "the code; `post:CODE` for a step after the award; key",
        ),
        Column("code", Kind.TEXT, "l.code", "as in `stages.toml`"),
        Column("post_award", Kind.FLAG, "l.parent = 'post_award'", "a step after the award, which only informs"),
        Column("type", Kind.TEXT, "l.detail", "what enters the stage by itself, such as `quote_sent`"),
        LABEL_FR,
        LABEL_EN,
        POSITION,
        ACTIVE,
    ),
    labels("stage"),
)

OUTCOME = View(
    "bi_v1_dim_outcome",
    "The five ways an offer stands.",
    (
        Column("outcome_key", Kind.TEXT, "l.code", "`open`, `won`, `lost`, `abandoned` or `no_go`; key"),
        LABEL_FR,
        LABEL_EN,
        POSITION,
        Column("ended", Kind.FLAG, "l.code <> 'open'", "the offer has ended"),
        Column(
            "for_nothing",
            Kind.FLAG,
            "l.code IN ('lost', 'no_go', 'abandoned')",
            "it ended without a contract: the hours came to nothing",
        ),
    ),
    labels("outcome"),
)

ORIGIN = View(
    "bi_v1_dim_origin",
    "Where offers come from.",
    (Column("origin_key", Kind.TEXT, "l.code", "such as `fair`; key"), LABEL_FR, LABEL_EN, POSITION),
    labels("origin"),
)

DIMENSIONS = (DATE, PERSON, CLIENT, CATEGORY, STAGE, OUTCOME, ORIGIN)
