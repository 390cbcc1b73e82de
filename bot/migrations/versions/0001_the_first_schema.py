"""The first schema.

Revision 0001, the root of the history.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot import audit
from bot.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915  one statement for each table and index
    """Create every table and the guards of the audit trail."""
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "system",
            sa.Enum("teams", name="system", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "shared_card",
                "change_reply",
                "decision_reply",
                "digest_card",
                "vote_card",
                "vote_reminder",
                "question",
                "outcome_card",
                "admin_notice",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("done_version", sa.Integer(), nullable=False),
        sa.Column("remote", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "ok",
                "pending",
                "retrying",
                "conflict",
                "incomplete",
                "manual",
                name="ledgerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("in_flight_since", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=60), nullable=True),
        sa.Column("error_class", sa.String(length=60), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("done_version <= wanted_version", name=op.f("ck_ledger_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "system", "kind", "subject_id", "target", name=op.f("uq_ledger_system_kind_subject_id_target")
        ),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_due",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("done_version < wanted_version"),
            postgresql_where=sa.text("done_version < wanted_version"),
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("params", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "number_sequence",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("next_value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_sequence")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entra_object_id", sa.String(length=64), nullable=False),
        sa.Column("teams_user_id", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("profile_set", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("tenant_id", "entra_object_id", name=op.f("uq_person_tenant_id_entra_object_id")),
    )
    op.create_table(
        "seen_activity",
        sa.Column("conversation", sa.String(length=300), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("conversation", "activity", name=op.f("pk_seen_activity")),
    )
    with op.batch_alter_table("seen_activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seen_activity_at"), ["at"], unique=False)

    op.create_table(
        "source_health",
        sa.Column(
            "source",
            sa.Enum(
                "esa", "esa_non_esa", "client", name="source", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("baseline_at", UtcDateTime(), nullable=True),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("error_class", sa.String(length=60), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_health")),
    )
    op.create_table(
        "sync_pause",
        sa.Column(
            "system",
            sa.Enum("teams", name="paused_system", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_sync_pause")),
    )
    op.create_table(
        "tender_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("tender_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_digest")),
    )
    op.create_table(
        "unreadable_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "esa", "esa_non_esa", "client", name="source", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreadable_record")),
        sa.UniqueConstraint("digest", name=op.f("uq_unreadable_record_digest")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_event_actor_id")),
        sa.ForeignKeyConstraint(["on_behalf_of_id"], ["person.id"], name=op.f("fk_audit_event_on_behalf_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_event_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("teams_id", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "channel",
                "personal",
                "group",
                name="conversationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("service_url", sa.String(length=300), nullable=False),
        sa.Column("bot_id", sa.String(length=200), nullable=False),
        sa.Column("team_id", sa.String(length=200), nullable=True),
        sa.Column("team_name", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("tender_channel", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("roster_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conversation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("tenant_id", "teams_id", name=op.f("uq_conversation_tenant_id_teams_id")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "deputy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_deputy_order")),
        sa.CheckConstraint("principal_id <> deputy_id", name=op.f("ck_deputy_not_oneself")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_deputy_deputy_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_deputy_granted_by_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_deputy_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    with op.batch_alter_table("deputy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deputy_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputy_principal_id"), ["principal_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "cto",
                "cpo",
                "ceo",
                "sales_lead",
                "project_manager",
                "key_user",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_to", UtcDateTime(), nullable=True),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_role_grant_granted_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_person_id"), ["person_id"], unique=False)

    op.create_table(
        "tender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "esa", "esa_non_esa", "client", name="source", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("native_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("raw_title", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=True),
        sa.Column("status_id", sa.Integer(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("opens_at", UtcDateTime(), nullable=True),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.Column("clarification_at", UtcDateTime(), nullable=True),
        sa.Column("extension_at", UtcDateTime(), nullable=True),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("technologies", sa.JSON(), nullable=False),
        sa.Column("clause", sa.String(length=4), nullable=True),
        sa.Column("price_range", sa.String(length=60), nullable=True),
        sa.Column("entity", sa.String(length=200), nullable=True),
        sa.Column("url", sa.String(length=400), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("reissue_of_id", sa.Integer(), nullable=True),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column("match_score", sa.Integer(), nullable=False),
        sa.Column("match_reasons", sa.JSON(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "dismissed",
                "evaluating",
                name="tenderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_by_id", sa.Integer(), nullable=True),
        sa.Column("state_at", UtcDateTime(), nullable=True),
        sa.Column("dismiss_reason", sa.Text(), nullable=True),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reissue_of_id"], ["tender.id"], name=op.f("fk_tender_reissue_of_id")),
        sa.ForeignKeyConstraint(["state_by_id"], ["person.id"], name=op.f("fk_tender_state_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("source", "native_id", name=op.f("uq_tender_source_native_id")),
    )
    with op.batch_alter_table("tender", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tender_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_tender_number"), ["number"], unique=False)
        batch_op.create_index(batch_op.f("ix_tender_reissue_of_id"), ["reissue_of_id"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chrono", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("project_number", sa.String(length=20), nullable=True),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("client_name", sa.String(length=200), nullable=True),
        sa.Column("external_reference", sa.String(length=100), nullable=True),
        sa.Column("tender_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "won",
                "lost",
                "abandoned",
                "no_go",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("submission_due_at", UtcDateTime(), nullable=True),
        sa.Column("clarification_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_offer_owner_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_offer_tender_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_offer_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("chrono", name=op.f("uq_offer_chrono")),
        sa.UniqueConstraint("number", name=op.f("uq_offer_number")),
        sa.UniqueConstraint("project_number", name=op.f("uq_offer_project_number")),
        sa.UniqueConstraint("tender_id", name=op.f("uq_offer_tender_id")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "tender_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tender_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "published",
                "issued",
                "deadline_moved",
                "clarification_moved",
                "cancelled",
                "reissued",
                "closed",
                "edited",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_tender_change_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_change")),
    )
    with op.batch_alter_table("tender_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tender_change_tender_id"), ["tender_id"], unique=False)

    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column(
            "technical_risk",
            sa.Enum(
                "low", "medium", "high", name="technical_risk", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("technical_text", sa.Text(), nullable=False),
        sa.Column(
            "commercial_risk",
            sa.Enum(
                "low", "medium", "high", name="commercial_risk", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("commercial_text", sa.Text(), nullable=False),
        sa.Column(
            "financial_risk",
            sa.Enum(
                "low", "medium", "high", name="financial_risk", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("financial_text", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("effort_hours", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_evaluation_author_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_evaluation_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("offer_id", "version", name=op.f("uq_evaluation_offer_id_version")),
    )
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "majority", "unanimity", "ceo", name="rulekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("seats", sa.JSON(), nullable=False),
        sa.Column("veto_seats", sa.JSON(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "escalated", "closed", name="roundstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum("go", "no_go", name="roundoutcome", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column(
            "why",
            sa.Enum(
                "veto",
                "majority",
                "unanimous",
                "not_unanimous",
                "ceo",
                "no_quorum",
                "undecided",
                name="why",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("evaluation_version", sa.Integer(), nullable=False),
        sa.Column("reopens_id", sa.Integer(), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_round_closed_has_outcome")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_round_offer_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_round_opened_by_id")),
        sa.ForeignKeyConstraint(["reopens_id"], ["round.id"], name=op.f("fk_round_reopens_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("offer_id", "sequence", name=op.f("uq_round_offer_id_sequence")),
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_reopens_id"), ["reopens_id"], unique=False)
        batch_op.create_index(
            "uq_round_one_open",
            ["offer_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "stage_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_stage_step_actor_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_stage_step_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_step")),
    )
    with op.batch_alter_table("stage_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_step_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "sales_lead",
                "project_manager",
                "contributor",
                name="teamrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_team_member_offer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_member_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sa.UniqueConstraint(
            "offer_id", "person_id", "joined_on", name=op.f("uq_team_member_offer_id_person_id_joined_on")
        ),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "ballot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
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
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "go",
                "no_go",
                "abstain",
                "need_info",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("cast_at", UtcDateTime(), nullable=False),
        sa.Column("request_key", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_ballot_actor_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_ballot_principal_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_ballot_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("round_id", "request_key", name=op.f("uq_ballot_round_id_request_key")),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_standing", ["round_id", "counted", "seat", "id"], unique=False)

    op.create_table(
        "download_ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_download_ticket_round_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_download_ticket")),
    )
    with op.batch_alter_table("download_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_download_ticket_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "round_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_round_reminder_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_reminder_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_reminder")),
        sa.UniqueConstraint("round_id", "step", "person_id", name=op.f("uq_round_reminder_round_id_step_person_id")),
    )
    op.create_table(
        "ballot_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_condition_ballot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_condition")),
    )
    with op.batch_alter_table("ballot_condition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballot_condition_ballot_id"), ["ballot_id"], unique=False)

    for statement in audit.guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Nothing lies before the first schema; an empty database is made by deleting it."""
