"""The life of an offer: clients, quotes, reviews, clarifications, negotiation, activities, hand-over, reminders.

Revision 0002, after 0001.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORIGINS = (
    "'fair', 'client', 'conference', 'workshop', 'esa_portal', 'mailing', 'call_campaign', 'press_campaign', "
    "'service_request', 'manual'"
)
OFFER_COLUMNS = (
    "description TEXT",
    "site VARCHAR(40)",
    "client_id INTEGER CONSTRAINT fk_offer_client_id REFERENCES client (id)",
    "contact_id INTEGER CONSTRAINT fk_offer_contact_id REFERENCES contact (id)",
    "project_manager_id INTEGER CONSTRAINT fk_offer_project_manager_id REFERENCES person (id)",
    "opened_on DATE",
    "opened_by_id INTEGER CONSTRAINT fk_offer_opened_by_id REFERENCES person (id)",
    "expected_closing_on DATE",
    "currency VARCHAR(3) DEFAULT 'EUR' NOT NULL",
    "estimated_amount NUMERIC(15, 2)",
    "cost_basis NUMERIC(15, 2)",
    "launch_probability INTEGER",
    "launch_by_hand BOOLEAN DEFAULT false NOT NULL",
    "success_probability INTEGER",
    "success_by_hand BOOLEAN DEFAULT false NOT NULL",
    (
        "weighting VARCHAR(40) DEFAULT 'cumulative' NOT NULL "
        "CONSTRAINT ck_offer_weighting CHECK (weighting IN ('cumulative', 'average'))"
    ),
    f"origin VARCHAR(40) DEFAULT 'manual' NOT NULL CONSTRAINT ck_offer_origin_kind CHECK (origin IN ({ORIGINS}))",
    "campaign VARCHAR(100)",
    "operation VARCHAR(100)",
    "signed_on DATE",
    "first_order VARCHAR(100)",
    "kick_off_on DATE",
    "end_reason VARCHAR(40)",
    "end_note TEXT",
    "ended_on DATE",
    "lessons_learned TEXT",
    "debrief_due_on DATE",
    "debrief_done_on DATE",
)
STEP_COLUMNS = (
    "entered_on DATE",
    "post_award BOOLEAN DEFAULT false NOT NULL",
    "done BOOLEAN DEFAULT false NOT NULL",
    "reason_code VARCHAR(40)",
    (
        "reason_note TEXT CONSTRAINT ck_stage_step_reason_of_done "
        "CHECK (done OR (reason_code IS NULL AND reason_note IS NULL))"
    ),
)
OFFER_DAYS = ("owner_id", "opened_by_id", "opened_on", "opened_at")
STEP_DAYS = ("entered_on", "entered_at")
KINDS = (
    "shared_card",
    "change_reply",
    "decision_reply",
    "digest_card",
    "vote_card",
    "vote_reminder",
    "question",
    "outcome_card",
    "admin_notice",
    "review_card",
    "review_result",
    "morning_card",
    "handover_card",
    "handover_result",
    "end_reply",
)


def upgrade() -> None:
    """Create the tables, add the fields of the offer and the new kinds of messages."""
    _create_tables()
    for column in OFFER_COLUMNS:
        # As SQL, because SQLite takes a constraint only together with its column, and both databases read this.
        op.execute(f"ALTER TABLE offer ADD COLUMN {column}")
    for column in STEP_COLUMNS:
        op.execute(f"ALTER TABLE stage_step ADD COLUMN {column}")
    for column in ("client_id", "contact_id", "stage"):
        op.create_index(op.f(f"ix_offer_{column}"), "offer", [column])
    op.create_index("ix_offer_outcome_stage", "offer", ["outcome", "stage"])
    offer, step = sa.table("offer", *map(sa.column, OFFER_DAYS)), sa.table("stage_step", *map(sa.column, STEP_DAYS))
    op.execute(sa.update(offer).values(opened_by_id=offer.c.owner_id, opened_on=_day(offer.c.opened_at)))
    op.execute(sa.update(step).values(entered_on=_day(step.c.entered_at)))
    _widen_ledger()
    _widen_tickets()


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _day(moment: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """The day of a stored moment, in UTC: which zone the company had was not stored."""
    return sa.func.substr(moment, 1, 10) if _sqlite() else sa.cast(sa.func.timezone("UTC", moment), sa.Date())


def _widen_ledger() -> None:
    """Let the ledger hold the new kinds. SQLite cannot change a check, so its table is made anew."""
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    if not _sqlite():
        op.drop_constraint(op.f("ck_ledger_kind"), "ledger", type_="check")
        op.create_check_constraint(op.f("ck_ledger_kind"), "ledger", f"kind IN ({listed})")
        return
    ((made,),) = op.get_bind().exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'ledger'")
    anew = re.sub(r"CHECK \(kind IN \([^)]*\)\)", f"CHECK (kind IN ({listed}))", made)
    op.execute(anew.replace("CREATE TABLE ledger", "CREATE TABLE ledger_anew", 1))
    op.execute("INSERT INTO ledger_anew SELECT * FROM ledger")
    op.drop_table("ledger")
    op.rename_table("ledger_anew", "ledger")
    op.create_index("ix_ledger_due", "ledger", ["not_before"], sqlite_where=sa.text("done_version < wanted_version"))


def _widen_tickets() -> None:
    """Let a download ticket open any kind of sheet. Tickets last ten minutes, so the old ones are dropped."""
    op.drop_table("download_ticket")
    op.create_table(
        "download_ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("decision", "handover", name="sheetkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_download_ticket")),
    )
    op.create_index(op.f("ix_download_ticket_expires_at"), "download_ticket", ["expires_at"], unique=False)


def _create_tables() -> None:
    """Tables and indexes that are new."""
    op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "client",
                "entity",
                "department",
                name="client_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=620), nullable=False),
        sa.Column("path_ids", sa.String(length=60), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(level = 'client') = (parent_id IS NULL)", name=op.f("ck_client_root_is_client")),
        sa.ForeignKeyConstraint(["parent_id"], ["client.id"], name=op.f("fk_client_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("code", name=op.f("uq_client_code")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_contact_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("email", name=op.f("uq_contact_email")),
    )
    op.create_table(
        "morning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_morning_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_morning")),
        sa.UniqueConstraint("person_id", "on_day", name=op.f("uq_morning_person_id_on_day")),
    )
    op.create_table(
        "activity",
        sa.Column(
            "kind",
            sa.Enum(
                "appointment", "call", "task", name="activitykind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("planned_time", sa.String(length=5), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_activity_contact_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_activity_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_activity_offer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_activity_owner_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_activity_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_table(
        "amendment",
        sa.Column(
            "kind",
            sa.Enum(
                "planning",
                "price",
                "team",
                "scope",
                name="amendmentkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "negotiation",
                "signed",
                "dropped",
                name="amendmentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("price_change", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("new_end_on", sa.Date(), nullable=True),
        sa.Column("document_url", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_amendment_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_amendment_offer_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_amendment_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_table(
        "association",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "extension",
                "roll_out",
                "related",
                name="associationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_association_order")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_association_created_by_id")),
        sa.ForeignKeyConstraint(["first_id"], ["offer.id"], name=op.f("fk_association_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["offer.id"], name=op.f("fk_association_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_association")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_association_first_id_second_id")),
    )
    op.create_table(
        "checklist_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label_fr", sa.String(length=80), nullable=False),
        sa.Column("label_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_checklist_item_done_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_checklist_item_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
        sa.UniqueConstraint("offer_id", "code", name=op.f("uq_checklist_item_offer_id_code")),
    )
    op.create_table(
        "clarification",
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column(
            "answered_how",
            sa.Enum("writing", "call", name="answeredby", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (answered_how IS NULL)", name=op.f("ck_clarification_answered_has_how")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_clarification_answered_by_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_clarification_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_clarification_offer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_clarification_owner_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_clarification_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    op.create_table(
        "competitor",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("strengths", sa.Text(), nullable=True),
        sa.Column("weaknesses", sa.Text(), nullable=True),
        sa.Column(
            "certainty",
            sa.Enum("suspected", "confirmed", name="certainty", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("winner", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_competitor_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_competitor_offer_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_competitor_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitor")),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "returned",
                name="handoverstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_handover_answered_by_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_handover_manager_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_handover_offer_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_handover_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_handover_offer_id")),
    )
    op.create_table(
        "morning_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("morning_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "occasion",
            sa.Enum("coming", "overdue", name="occasion", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["morning_id"], ["morning.id"], name=op.f("fk_morning_line_morning_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_morning_line_offer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_morning_line_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_morning_line")),
        sa.UniqueConstraint(
            "person_id",
            "kind",
            "subject_id",
            "due_on",
            "occasion",
            name=op.f("uq_morning_line_person_id_kind_subject_id_due_on_occasion"),
        ),
    )
    op.create_table(
        "negotiation_point",
        sa.Column("clause", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("client_position", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "agreed",
                "blocked",
                "dropped",
                name="point_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "next_move",
            sa.Enum("us", "client", name="nextmove", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("agreed_text", sa.Text(), nullable=True),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_negotiation_point_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_negotiation_point_offer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_negotiation_point_owner_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_negotiation_point_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_negotiation_point")),
    )
    op.create_table(
        "offer_category",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("axis", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_category_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", "axis", name=op.f("pk_offer_category")),
    )
    op.create_table(
        "partner_quote",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("document_url", sa.String(length=2000), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_partner_quote_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_partner_quote_offer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_partner_quote_owner_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_partner_quote_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_quote")),
    )
    op.create_table(
        "quote",
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("price", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("document_url", sa.String(length=2000), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["copied_from_id"], ["quote.id"], name=op.f("fk_quote_copied_from_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_quote_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_quote_offer_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_quote_sent_by_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_quote_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("offer_id", "number", name=op.f("uq_quote_offer_id_number")),
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("amendment_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["amendment_id"], ["amendment.id"], name=op.f("fk_budget_line_amendment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_budget_line_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_budget_line_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
    )
    op.create_table(
        "document",
        sa.Column(
            "kind",
            sa.Enum(
                "minutes",
                "loop",
                "template",
                "proposal",
                "contract",
                "other",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_document_activity_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_document_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_document_offer_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_document_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("sending", "signature", name="reviewkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("seats", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "ready",
                "changes",
                "waived",
                "replaced",
                name="reviewstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("meeting_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_review_closed_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_review_offer_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_review_opened_by_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_review_quote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_table(
        "review_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "seat",
            sa.Enum(
                "admin",
                "cto",
                "cpo",
                "ceo",
                "sales_lead",
                "project_manager",
                "key_user",
                name="review_seat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column(
            "opinion",
            sa.Enum("ready", "changes", name="opinion", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("request_key", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_review_answer_actor_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_review_answer_principal_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_answer_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_answer")),
        sa.UniqueConstraint("review_id", "request_key", name=op.f("uq_review_answer_review_id_request_key")),
    )
    op.create_index(op.f("ix_client_parent_id"), "client", ["parent_id"], unique=False)
    op.create_index("ix_client_path_ids", "client", ["path_ids"], unique=False)
    op.create_index(op.f("ix_contact_client_id"), "contact", ["client_id"], unique=False)
    op.create_index(op.f("ix_activity_offer_id"), "activity", ["offer_id"], unique=False)
    op.create_index(op.f("ix_amendment_offer_id"), "amendment", ["offer_id"], unique=False)
    op.create_index(op.f("ix_association_second_id"), "association", ["second_id"], unique=False)
    op.create_index(op.f("ix_clarification_offer_id"), "clarification", ["offer_id"], unique=False)
    op.create_index(op.f("ix_competitor_offer_id"), "competitor", ["offer_id"], unique=False)
    op.create_index(op.f("ix_morning_line_morning_id"), "morning_line", ["morning_id"], unique=False)
    op.create_index(op.f("ix_negotiation_point_offer_id"), "negotiation_point", ["offer_id"], unique=False)
    op.create_index(op.f("ix_offer_category_value"), "offer_category", ["value"], unique=False)
    op.create_index(op.f("ix_partner_quote_offer_id"), "partner_quote", ["offer_id"], unique=False)
    op.create_index(op.f("ix_quote_offer_id"), "quote", ["offer_id"], unique=False)
    op.create_index(op.f("ix_budget_line_offer_id"), "budget_line", ["offer_id"], unique=False)
    op.create_index(op.f("ix_document_offer_id"), "document", ["offer_id"], unique=False)
    op.create_index(op.f("ix_review_offer_id"), "review", ["offer_id"], unique=False)
    op.create_index(
        "uq_review_one_open",
        "review",
        ["offer_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_review_answer_review_id"), "review_answer", ["review_id"], unique=False)
