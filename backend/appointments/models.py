"""Appointments that people told of or asked for, and what is due about each."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Appointment(Base):
    """A day, perhaps an hour and a place, by the person's clock. The day is plain: reminders are found by it."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_appointments_asking", "conversation_id", postgresql_where=text("asking IS NOT NULL")),
        declares("sensitive", "5 años"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id", ondelete="CASCADE"), unique=True)
    # told in a form of a telephone by which several take part, and nobody has said whose it is: nobody is named
    of_telephone: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    service: Mapped[str]
    day: Mapped[date]
    at: Mapped[time | None]
    sealed_place: Mapped[str | None]
    # planned | confirmed | kept | missed | cancelled
    status: Mapped[str] = mapped_column(default="planned", server_default="planned")
    revision: Mapped[int] = mapped_column(default=0, server_default="0")  # raised by every change of date
    step: Mapped[str | None]  # what `next_at` is for; None: nothing is due any more
    next_at: Mapped[datetime | None]
    # what the next message may answer: attendance | new_date | attended | treatment
    asking: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    rating: Mapped[int | None]  # how she was treated, 1 to 5
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
