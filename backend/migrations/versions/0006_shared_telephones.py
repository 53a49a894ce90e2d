"""several people on one telephone, and people who ask to be forgotten"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("shares_with", sa.BigInteger(), nullable=True))
    op.add_column("contacts", sa.Column("forget_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_contacts_shares_with"), "contacts", "contacts", ["shares_with"], ["id"], ondelete="CASCADE"
    )
    op.create_index(
        "ix_contacts_shares_with", "contacts", ["shares_with"], postgresql_where=sa.text("shares_with IS NOT NULL")
    )
    op.create_index("ix_contacts_forget", "contacts", ["forget_at"], postgresql_where=sa.text("forget_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_contacts_forget", "contacts")
    op.drop_index("ix_contacts_shares_with", "contacts")
    op.drop_constraint(op.f("fk_contacts_shares_with"), "contacts")
    op.drop_column("contacts", "forget_at")
    op.drop_column("contacts", "shares_with")
