"""Campaigns, who is in them and what comes next for each, what was spent, and the brake."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Campaign(Base):
    """A programme as the scheduler reads it; a new definition moves everybody's next message."""

    __tablename__ = "campaigns"
    __table_args__ = (declares("none", "mientras exista la campaña"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]]
    digest: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Enrolment(Base):
    """One person in one campaign, and the moment of the next message: one row, however many messages are to come.

    `cursor_at`: everything up to there is settled. `epoch` grows when what is queued no longer holds.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("contact_id", "campaign", "occasion", name="uq_enrolments_contact_campaign_occasion"),
        Index("ix_enrolments_due", "next_at", postgresql_where=text("status = 'active' AND next_at IS NOT NULL")),
        Index("ix_enrolments_campaign", "campaign", "status"),
        declares("sensitive", "como la persona"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.key", ondelete="CASCADE"))
    occasion: Mapped[str] = mapped_column(default="", server_default="")  # which event, where a person has several
    anchor_at: Mapped[datetime | None]  # of the event; None: a date of the person, or of the campaign
    arm: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active", server_default="active")  # active | paused | ended
    reason: Mapped[str | None]  # why paused or ended
    status_at: Mapped[datetime] = mapped_column(server_default=func.now())
    enrolled_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cursor_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    reached: Mapped[float | None]  # how far into the campaign the last message was, in days from the anchor
    told_until: Mapped[float | None]  # after a change of date: what comes before this was told already
    epoch: Mapped[int] = mapped_column(default=0, server_default="0")


class CampaignCount(Base):
    """What became of the messages of a campaign on a day: queued, or why it was not sent."""

    __tablename__ = "campaign_counts"
    __table_args__ = (declares("none", "5 años"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]


class Spending(Base):
    """Segments handed to providers on a day of the installation's calendar, by class of message."""

    __tablename__ = "spending"
    __table_args__ = (declares("none", "5 años"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    outbound_class: Mapped[str] = mapped_column(primary_key=True)
    segments: Mapped[int]
    messages: Mapped[int]


class SendingRules(Base):
    """The one row that every delivery reads first: brake, budget, quiet hours."""

    __tablename__ = "sending_rules"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), declares("none", "siempre"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    segments_per_day: Mapped[int | None]  # None: no limit
    segments_per_month: Mapped[int | None]
    segment_price: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    currency: Mapped[str] = mapped_column(default="MXN", server_default="MXN")
    opens: Mapped[time] = mapped_column(server_default=text("'09:00'"))
    closes: Mapped[time] = mapped_column(server_default=text("'21:00'"))
