"""One row for each view and each change: who, what, when, from where; never what was read or written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.operators.models import AuditEntry


def record(
    session: AsyncSession,
    operator_id: int | None,
    action: str,
    subject: str,
    subject_id: int | str,
    ip: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add the row to the caller's transaction: what is not recorded does not happen."""
    session.add(
        AuditEntry(
            at=now(),
            operator_id=operator_id,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            detail=dict(detail or {}),
            ip=ip,
        )
    )
