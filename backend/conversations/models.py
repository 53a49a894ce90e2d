"""Conversations, what came in, what goes out, and open alarms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class Conversation(Base):
    """One person on one line of one channel, and who has the floor."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("address_id", "line", name="uq_conversations_address_line"),
        Index("ix_conversations_due", "next_turn_at", postgresql_where=text("next_turn_at IS NOT NULL")),
        Index("ix_conversations_recent", "last_inbound_at", "id"),
        declares("personal", "24 meses después del último mensaje"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    channel: Mapped[str]
    line: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_inbound_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    # who has the floor: bot | flow | operator
    floor: Mapped[str] = mapped_column(default="bot", server_default="bot")
    floor_reason: Mapped[str | None]
    floor_since: Mapped[datetime | None]
    operator_id: Mapped[int | None]
    department: Mapped[str | None]
    # the bot's memory, owned here
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    expect: Mapped[dict[str, Any] | None]
    expect_until: Mapped[datetime | None]
    interrupted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # whose turn it is to be worked on
    next_turn_at: Mapped[datetime | None]
    wakes: Mapped[int] = mapped_column(default=0, server_default="0")
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0, server_default="0")


class InboundMessage(Base):
    """One thing a person did. The text is encrypted; only the redacted copy feeds search, logs and exports."""

    __tablename__ = "inbound_messages"
    __table_args__ = (
        UniqueConstraint("channel", "provider_id", name="uq_inbound_channel_provider_id"),
        Index("ix_inbound_pending", "conversation_id", "id", postgresql_where=text("status = 'pending'")),
        Index("ix_inbound_conversation", "conversation_id", "id"),
        declares("personal", "24 meses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    channel: Mapped[str]
    provider_id: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    kind: Mapped[str]
    sealed_text: Mapped[str]
    redacted_text: Mapped[str]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    # pending | done | operator | failed
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None]  # bot | safety | operator | channel
    evidence: Mapped[dict[str, Any] | None]
    danger: Mapped[str | None]  # the sign that safety read


class OutboundMessage(Base):
    """One message for a person. A status moves forward only."""

    __tablename__ = "outbound_messages"
    __table_args__ = (
        UniqueConstraint("inbound_id", "n", name="uq_outbound_inbound_n"),
        Index("ix_outbound_due", "next_attempt_at", postgresql_where=text("status IN ('queued', 'sending')")),
        Index("ix_outbound_conversation", "conversation_id", "id"),
        Index("ix_outbound_provider", "channel", "provider_id"),
        Index("uq_outbound_campaign", "campaign_key", unique=True, postgresql_where=text("campaign_key IS NOT NULL")),
        declares("personal", "24 meses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_messages.id", ondelete="CASCADE"))
    n: Mapped[int] = mapped_column(default=0)
    campaign_key: Mapped[str | None]  # person, campaign, event and day: what nobody gets twice
    channel: Mapped[str]
    outbound_class: Mapped[str]  # reply | alarm | operator | notice | campaign
    ref: Mapped[dict[str, Any] | None]  # where the words came from: {"say": …} or {"fact": …}
    sealed_text: Mapped[str]
    redacted_text: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    document_url: Mapped[str | None]
    operator_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[str] = mapped_column(default="queued", server_default="queued")
    provider_id: Mapped[str | None]
    segments: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    sending_since: Mapped[datetime | None]
    in_doubt: Mapped[int] = mapped_column(default=0, server_default="0")  # sends repeated after a time-out
    error_code: Mapped[str | None]
    error_text: Mapped[str | None]
    status_at: Mapped[datetime | None]


class Alarm(Base):
    """A danger that somebody wrote of. One is open per person; further signs are counted in it."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index("uq_alarms_open", "contact_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        declares("sensitive", "5 años"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound_messages.id", ondelete="CASCADE"))
    kind: Mapped[str]
    sign: Mapped[str]
    signs: Mapped[int] = mapped_column(default=1, server_default="1")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_sign_at: Mapped[datetime] = mapped_column(server_default=func.now())
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None]
    closed_at: Mapped[datetime | None]


class WebhookRejection(Base):
    """Why a request of a provider was not understood: never its content, only where it came from and the reason."""

    __tablename__ = "webhook_rejections"
    __table_args__ = (declares("operational", "90 días"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    channel: Mapped[str]
    status: Mapped[int]
    reason: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
