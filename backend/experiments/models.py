"""Trials, what was changed about them, who got which arm, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares

# what an auditor relies on: the log and the arms are written once; the migration runs it
WRITTEN_ONCE = """
CREATE FUNCTION experiment_rows_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER experiment_changes_final BEFORE UPDATE OR DELETE ON experiment_changes
    FOR EACH ROW EXECUTE FUNCTION experiment_rows_are_final();
CREATE TRIGGER assignments_final BEFORE UPDATE OR DELETE ON assignments
    FOR EACH ROW EXECUTE FUNCTION experiment_rows_are_final();
"""
KEPT = "5 años después de terminado"


class Experiment(Base):
    """A trial with the protocol that holds: that of the file until it starts, then the one it started with."""

    __tablename__ = "experiments"
    __table_args__ = (declares("none", KEPT),)

    key: Mapped[str] = mapped_column(primary_key=True)
    protocol: Mapped[dict[str, Any]]
    digest: Mapped[str]  # of the protocol that holds
    file_digest: Mapped[str]  # of the file as last seen; empty: it is gone
    started_at: Mapped[datetime | None]
    started_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class ExperimentChange(Base):
    """Starts, ends, deviations from the protocol and notes. Rows are only added."""

    __tablename__ = "experiment_changes"
    __table_args__ = (declares("operational", KEPT),)

    id: Mapped[int] = mapped_column(primary_key=True)
    experiment: Mapped[str] = mapped_column(ForeignKey("experiments.key"), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    who: Mapped[str]
    what: Mapped[str]  # started | ended | deviation | note
    why: Mapped[str]


class Assignment(Base):
    """A place of a stratum, taken by a person (their number) or a clinic (its name). Rows are only added.

    Outlives the person's data: without it the places after it could not be checked.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("experiment", "stratum", "position", name="uq_assignments_place"),
        UniqueConstraint("experiment", "unit", name="uq_assignments_unit"),
        declares("personal", KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    experiment: Mapped[str] = mapped_column(ForeignKey("experiments.key"))
    unit: Mapped[str]
    stratum: Mapped[str]
    position: Mapped[int]
    arm: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Participant(Base):
    """A person in a trial, with what was known of them when they came in; analysed in this arm whatever happens."""

    __tablename__ = "participants"
    __table_args__ = (declares("sensitive", "como la persona"),)

    experiment: Mapped[str] = mapped_column(ForeignKey("experiments.key"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    sealed_baseline: Mapped[str]  # JSON: field -> value
    joined_at: Mapped[datetime]


class OutcomeValue(Base):
    """What was measured of a participant, encrypted: the first or the last, as the protocol says."""

    __tablename__ = "outcomes"
    __table_args__ = (declares("sensitive", "como la persona"),)

    experiment: Mapped[str] = mapped_column(ForeignKey("experiments.key"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sealed_value: Mapped[str]
    at: Mapped[datetime]
