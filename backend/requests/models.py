"""What citizens asked to be done, each under a folio, and the answers kept for repeated calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class ServiceRequest(Base):
    """A request, report, enrolment or appointment. Its fields are encrypted; only ids of catalogues are plain."""

    __tablename__ = "service_requests"
    __table_args__ = (
        Index("ix_service_requests_department", "department", "created_at"),
        declares("personal", "5 años (archivo del trámite)"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    folio: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # request | report | enrolment | appointment
    form: Mapped[str]
    service: Mapped[str]
    department: Mapped[str]
    tramite: Mapped[str | None]
    tipo_reporte: Mapped[str | None]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    sealed_fields: Mapped[str]
    status: Mapped[str] = mapped_column(default="recibido", server_default="recibido")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotentCall(Base):
    """The stored answer of a call that changed something; written in the transaction of its effect."""

    __tablename__ = "idempotent_calls"
    __table_args__ = (declares("operational", "90 días"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
