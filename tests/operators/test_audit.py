"""The audit trail grows and never changes, not even for who owns the database."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.db import create_engine, create_sessions
from backend.operators.audit import record


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit_entries SET action = 'nada'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"],
)
async def test_rows_cannot_be_changed_or_taken_away(database_url: str, change: str) -> None:
    engine = create_engine(database_url)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        record(session, 7, "view", "conversation", 12, "10.0.0.1")
    with pytest.raises(DBAPIError, match="append-only"):
        async with sessions.begin() as session:
            await session.execute(text(change))
    async with sessions() as session:
        rows = (await session.execute(text("SELECT operator_id, action, subject_id FROM audit_entries"))).all()
    await engine.dispose()
    assert [tuple(row) for row in rows] == [(7, "view", "12")]
