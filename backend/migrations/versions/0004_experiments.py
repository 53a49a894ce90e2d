"""randomised trials"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backend.experiments.models import WRITTEN_ONCE

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEPT = "5 años después de terminado"


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("protocol", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("file_digest", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_experiments")),
        info={"data_class": "none", "retention": KEPT},
    )
    op.create_table(
        "experiment_changes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.key"], name=op.f("fk_experiment_changes_experiment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_changes")),
        info={"data_class": "operational", "retention": KEPT},
    )
    op.create_index(op.f("ix_experiment_changes_experiment"), "experiment_changes", ["experiment"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.key"], name=op.f("fk_assignments_experiment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("experiment", "stratum", "position", name="uq_assignments_place"),
        sa.UniqueConstraint("experiment", "unit", name="uq_assignments_unit"),
        info={"data_class": "personal", "retention": KEPT},
    )
    op.create_table(
        "participants",
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_baseline", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_participants_assignment_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_participants_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.key"], name=op.f("fk_participants_experiment")),
        sa.PrimaryKeyConstraint("experiment", "contact_id", name=op.f("pk_participants")),
        info={"data_class": "sensitive", "retention": "como la persona"},
    )
    op.create_index(op.f("ix_participants_assignment_id"), "participants", ["assignment_id"], unique=False)
    op.create_index(op.f("ix_participants_contact_id"), "participants", ["contact_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed_value", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_outcomes_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.key"], name=op.f("fk_outcomes_experiment")),
        sa.PrimaryKeyConstraint("experiment", "contact_id", "name", name=op.f("pk_outcomes")),
        info={"data_class": "sensitive", "retention": "como la persona"},
    )
    op.create_index(op.f("ix_outcomes_contact_id"), "outcomes", ["contact_id"], unique=False)
    op.execute(WRITTEN_ONCE)


def downgrade() -> None:
    op.execute("DROP FUNCTION experiment_rows_are_final() CASCADE")
    for table in ("outcomes", "participants", "assignments", "experiment_changes", "experiments"):
        op.drop_table(table)
