"""How far an alarm has been brought before a person, whom it rang, and the e-mails that go to staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Escalation(Base):
    """One for each alarm: what is due next, and what people said of it."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index("ix_escalations_ring", "next_ring_at", postgresql_where=text("next_ring_at IS NOT NULL")),
        Index("ix_escalations_tell", "tell_at", postgresql_where=text("tell_at IS NOT NULL")),
        Index("ix_escalations_follow_up", "follow_up_at", postgresql_where=text("follow_up_at IS NOT NULL")),
        declares("sensitive", "5 años"),
    )

    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarms.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    turn: Mapped[int] = mapped_column(default=1, server_default="1")  # raised where help did not come
    round: Mapped[int] = mapped_column(default=1, server_default="1")  # times through the list
    rings: Mapped[int] = mapped_column(default=0, server_default="0")  # in all turns
    next_ring_at: Mapped[datetime | None]  # None: nobody needs to be rung
    overdue_since: Mapped[datetime | None]  # the whole list was rung and nobody answered
    tell_at: Mapped[datetime | None]  # when the person is told that nobody has answered yet
    answered_by: Mapped[str | None]  # the name on the list of who answered by telephone
    triage: Mapped[str | None]  # danger | worry | mistake
    triaged_at: Mapped[datetime | None]
    triaged_by: Mapped[int | None]
    follow_up_at: Mapped[datetime | None]  # when the person is asked whether help came
    asked_at: Mapped[datetime | None]
    helped: Mapped[bool | None]


class Ring(Base):
    """One call to one person on duty. A step of an alarm is rung once."""

    __tablename__ = "alarm_rings"
    __table_args__ = (
        UniqueConstraint("alarm_id", "step", name="uq_alarm_rings_alarm_step"),
        declares("sensitive", "5 años"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarms.id", ondelete="CASCADE"))
    step: Mapped[int]
    turn: Mapped[int]
    round: Mapped[int]
    name: Mapped[str]  # as on the list
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    key: Mapped[str]  # of the SMS in the outbox and of the e-mail
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    answer: Mapped[str | None]  # yes | no


class StaffMail(Base):
    """An e-mail to staff, each `key` once; encrypted, because a sign of danger stands in it."""

    __tablename__ = "staff_mails"
    __table_args__ = (
        Index("ix_staff_mails_due", "next_attempt_at", postgresql_where=text("next_attempt_at IS NOT NULL")),
        declares("sensitive", "90 días"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    sealed_to: Mapped[str]
    subject: Mapped[str]
    sealed_body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
