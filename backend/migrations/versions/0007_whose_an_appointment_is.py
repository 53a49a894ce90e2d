"""whose an appointment is of those who share a telephone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appointments", sa.Column("of_telephone", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute(  # nobody was asked
        "UPDATE appointments SET of_telephone = true WHERE request_id IS NOT NULL"
        " AND EXISTS (SELECT FROM contacts WHERE contacts.shares_with = appointments.contact_id)"
    )


def downgrade() -> None:
    op.drop_column("appointments", "of_telephone")
