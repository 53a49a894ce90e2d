"""People and the addresses by which they write."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Contact(Base):
    """A person. Knows nothing that a channel did not tell or a form did not ask with consent."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index("ix_contacts_shares_with", "shares_with", postgresql_where=text("shares_with IS NOT NULL")),
        Index("ix_contacts_forget", "forget_at", postgresql_where=text("forget_at IS NOT NULL")),
        declares("personal", "hasta que la persona pida el borrado, o 24 meses sin escribir"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    jurisdiction: Mapped[str | None]
    timezone: Mapped[str | None]  # IANA; None: the institution's
    language: Mapped[str | None]
    opted_out_at: Mapped[datetime | None]
    opted_out_by: Mapped[str | None]  # palabra | proveedor | operador
    notice_version: Mapped[str | None]
    notice_sent_at: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]  # agreed to campaigns, and has not taken it back
    # whose telephone this person uses; None: her own addresses
    shares_with: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    forget_at: Mapped[datetime | None]  # she asked to be forgotten: what is known of her goes at that moment


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


class Consent(Base):
    """What a person agreed to or took back: when, by which channel, and the very words. Rows are only added."""

    __tablename__ = "consents"
    __table_args__ = (declares("personal", "5 años después de retirado"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    given: Mapped[bool]
    at: Mapped[datetime]
    channel: Mapped[str]  # twilio_sms | messenger | papel | …
    version: Mapped[str | None]
    text: Mapped[str | None]


class ContactField(Base):
    """Something that may be known of a person, and of which kind it is."""

    __tablename__ = "contact_fields"
    __table_args__ = (declares("none", "siempre"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]  # text | number | date | choice
    choices: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))


class ContactValue(Base):
    """What is known of a person, encrypted."""

    __tablename__ = "contact_values"
    __table_args__ = (declares("personal", "como la persona"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(ForeignKey("contact_fields.key", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str]


class ContactDate(Base):
    """Due dates, births and the like. Not encrypted, because campaigns are computed from them in bulk: a table of its
    own, so that whatever reads people's dates is easy to find, and nothing else stands beside them."""

    __tablename__ = "contact_dates"
    __table_args__ = (declares("sensitive", "como la persona"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(ForeignKey("contact_fields.key", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date]


class Group(Base):
    """A named set of people."""

    __tablename__ = "groups"
    __table_args__ = (declares("none", "siempre"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class GroupMember(Base):
    """Somebody in a group; a group's name may tell of their health."""

    __tablename__ = "group_members"
    __table_args__ = (Index("ix_group_members_contact", "contact_id"), declares("sensitive", "como la persona"))

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())
