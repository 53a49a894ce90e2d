"""people's fields, groups and consent; campaigns, what was spent, and the brake"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "campaign", "outcome", name=op.f("pk_campaign_counts")),
        info={"data_class": "none", "retention": "5 años"},
    )
    op.create_table(
        "campaigns",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_campaigns")),
        info={"data_class": "none", "retention": "mientras exista la campaña"},
    )
    op.create_table(
        "contact_fields",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_contact_fields")),
        info={"data_class": "none", "retention": "siempre"},
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
        info={"data_class": "none", "retention": "siempre"},
    )
    op.create_table(
        "sending_rules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("segments_per_day", sa.BigInteger(), nullable=True),
        sa.Column("segments_per_month", sa.BigInteger(), nullable=True),
        sa.Column("segment_price", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("currency", sa.String(), server_default="MXN", nullable=False),
        sa.Column("opens", sa.Time(), server_default=sa.text("'09:00'"), nullable=False),
        sa.Column("closes", sa.Time(), server_default=sa.text("'21:00'"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sending_rules_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_rules")),
        info={"data_class": "none", "retention": "siempre"},
    )
    op.create_table(
        "spending",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outbound_class", sa.String(), nullable=False),
        sa.Column("segments", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "outbound_class", name=op.f("pk_spending")),
        info={"data_class": "none", "retention": "5 años"},
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        info={"data_class": "personal", "retention": "5 años después de retirado"},
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"], unique=False)
    op.create_table(
        "contact_dates",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_dates_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["field"], ["contact_fields.key"], name=op.f("fk_contact_dates_field"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "field", name=op.f("pk_contact_dates")),
        info={"data_class": "sensitive", "retention": "como la persona"},
    )
    op.create_table(
        "contact_values",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_values_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["field"], ["contact_fields.key"], name=op.f("fk_contact_values_field"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "field", name=op.f("pk_contact_values")),
        info={"data_class": "personal", "retention": "como la persona"},
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_group_members_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "contact_id", name=op.f("pk_group_members")),
        info={"data_class": "sensitive", "retention": "como la persona"},
    )
    op.create_index("ix_group_members_contact", "group_members", ["contact_id"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), server_default="", nullable=False),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arm", sa.String(), nullable=True),
        sa.Column("status", sa.String(), server_default="active", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("status_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cursor_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached", sa.Double(), nullable=True),
        sa.Column("told_until", sa.Double(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.key"], name=op.f("fk_enrolments_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_enrolments_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_enrolments_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("contact_id", "campaign", "occasion", name="uq_enrolments_contact_campaign_occasion"),
        info={"data_class": "sensitive", "retention": "como la persona"},
    )
    op.create_index("ix_enrolments_campaign", "enrolments", ["campaign", "status"], unique=False)
    op.create_index(op.f("ix_enrolments_conversation_id"), "enrolments", ["conversation_id"], unique=False)
    op.create_index(
        "ix_enrolments_due",
        "enrolments",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND next_at IS NOT NULL"),
    )
    op.add_column("contacts", sa.Column("language", sa.String(), nullable=True))
    op.add_column("contacts", sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbound_messages", sa.Column("campaign_key", sa.String(), nullable=True))
    op.create_index(
        "uq_outbound_campaign",
        "outbound_messages",
        ["campaign_key"],
        unique=True,
        postgresql_where=sa.text("campaign_key IS NOT NULL"),
    )
    op.execute("INSERT INTO sending_rules (id) VALUES (1)")


def downgrade() -> None:
    op.drop_index("uq_outbound_campaign", table_name="outbound_messages")
    op.drop_column("outbound_messages", "campaign_key")
    op.drop_column("contacts", "consented_at")
    op.drop_column("contacts", "language")
    op.drop_table("enrolments")
    op.drop_table("group_members")
    op.drop_table("contact_values")
    op.drop_table("contact_dates")
    op.drop_table("consents")
    op.drop_table("spending")
    op.drop_table("sending_rules")
    op.drop_table("groups")
    op.drop_table("contact_fields")
    op.drop_table("campaigns")
    op.drop_table("campaign_counts")
