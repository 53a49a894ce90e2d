"""Operators, what they may see, and the audit trail that nobody can rewrite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text as SqlText

from backend.db import Base, declares

# refuses UPDATE and DELETE, and TRUNCATE too; the migration runs it
AUDIT_TRIGGER = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""


class Operator(Base):
    """A person of the government who signs in. `departments` empty: none; `all_departments`: every one."""

    __tablename__ = "operators"
    __table_args__ = (declares("personal", "mientras trabaje aquí y 5 años después"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    departments: Mapped[list[str]] = mapped_column(ARRAY(SqlText), server_default=text("'{}'"))
    all_departments: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    session_epoch: Mapped[int] = mapped_column(default=0, server_default="0")  # raised: every session ends
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_sign_in_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who saw or changed what, when, from where. Never the content itself."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject", "subject_id"),
        declares("operational", "5 años"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    operator_id: Mapped[int | None] = mapped_column(index=True)  # None: the system, or a failed sign-in
    action: Mapped[str]  # view | take | give_back | reply | acknowledge | sign_in | …
    subject: Mapped[str]  # conversation | alarm | operator | …
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    ip: Mapped[str | None]
