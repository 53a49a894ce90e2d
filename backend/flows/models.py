"""Runs of flows: who is in which exchange, and where it stands. What people answered is encrypted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class FlowRun(Base):
    """One run. `queued` until the conversation is free, then `active`, then `ended`; one is active per conversation."""

    __tablename__ = "flow_runs"
    __table_args__ = (
        Index("ix_flow_runs_due", "wakes_at", postgresql_where=text("status <> 'ended'")),
        Index("uq_flow_runs_active", "conversation_id", unique=True, postgresql_where=text("status = 'active'")),
        Index("ix_flow_runs_contact", "contact_id"),
        declares("sensitive", "12 meses después de terminada"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    flow: Mapped[str]
    key: Mapped[str | None] = mapped_column(unique=True)  # of what started it, so that it starts once
    status: Mapped[str] = mapped_column(default="queued", server_default="queued")
    sealed_state: Mapped[str | None]  # where it stands; of a queued run, the params that it begins with
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begin_by: Mapped[datetime]  # later it is not begun any more
    wakes_at: Mapped[datetime | None]  # None: over, or in hand within a transaction
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # done | unanswered | expired | interrupted | moved_on | fault | too_late
    fault: Mapped[str | None]


class StaffNote(Base):
    """Something that a flow tells a department about a conversation."""

    __tablename__ = "staff_notes"
    __table_args__ = (
        Index("ix_staff_notes_unseen", "department", "id", postgresql_where=text("seen_at IS NULL")),
        declares("sensitive", "12 meses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    department: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    subject: Mapped[str]
    sealed_text: Mapped[str]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None]
