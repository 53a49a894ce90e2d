"""What citizens are told: answers and facts, seeded from packs and jurisdictions, edited without retraining."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, declares


class ContentItem(Base):
    """One text: an answer (`say`, key `<pack>/<answer>`) or a fact (key `<service>.<intent>`, about an entity id)."""

    __tablename__ = "content_items"
    __table_args__ = (
        UniqueConstraint("kind", "key", "about", "jurisdiction", name="uq_content_key"),
        declares("none", "mientras dure la instalación"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # answer | fact | danger
    key: Mapped[str]
    about: Mapped[str] = mapped_column(default="", server_default="")
    jurisdiction: Mapped[str] = mapped_column(default="", server_default="")  # empty: everywhere
    body: Mapped[dict[str, Any]]  # {"text", "sms"?, "messenger"?, "options"?: [{title, value}]}
    source: Mapped[str | None]
    verified_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    example: Mapped[bool] = mapped_column(default=False)
    seeded_digest: Mapped[str]  # of the file's version last seen
    proposal: Mapped[dict[str, Any] | None]  # a newer file, waiting for somebody's decision
    edited_at: Mapped[datetime | None]
    edited_by: Mapped[int | None]
    seeded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ContentMiss(Base):
    """A fact that was asked for and does not exist, counted per day: the desk's list of what to write next."""

    __tablename__ = "content_misses"
    __table_args__ = (declares("operational", "12 meses"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str]  # missing | expired
