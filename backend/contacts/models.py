"""People and the addresses by which they write."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Contact(Base):
    """A person. Knows nothing that a channel did not tell or a form did not ask with consent."""

    __tablename__ = "contacts"
    __table_args__ = (declares("personal", "hasta que la persona pida el borrado, o 24 meses sin escribir"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    jurisdiction: Mapped[str | None]
    timezone: Mapped[str | None]
    opted_out_at: Mapped[datetime | None]
    opted_out_by: Mapped[str | None]  # palabra | proveedor | operador
    notice_version: Mapped[str | None]
    notice_sent_at: Mapped[datetime | None]


class Address(Base):
    """A phone or a page-scoped id: encrypted, found by keyed hash."""

    __tablename__ = "addresses"
    __table_args__ = (
        UniqueConstraint("channel", "fingerprint", name="uq_addresses_channel_fingerprint"),
        declares("personal", "como la persona"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    fingerprint: Mapped[str]
    sealed: Mapped[str]
    bad_since: Mapped[datetime | None]  # the provider says that it cannot be reached
    bad_reason: Mapped[str | None]
