"""The one database: PostgreSQL through SQLAlchemy, short transactions only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

Sessions = async_sessionmaker[AsyncSession]

NAMES: Mapping[str, str] = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table declares `__table_args__ = (..., {"info": declares(...)})`: class of data and retention."""

    metadata = MetaData(naming_convention=dict(NAMES))
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        datetime: DateTime(timezone=True),
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


def declares(data_class: str, retention: str) -> dict[str, dict[str, str]]:
    """The table's class of data (none, operational, personal, sensitive) and how long rows are kept."""
    return {"info": {"data_class": data_class, "retention": retention}}


def undeclared(metadata: MetaData) -> list[Table]:
    """Tables that do not say what data they hold or how long."""
    return [t for t in metadata.sorted_tables if not {"data_class", "retention"} <= t.info.keys()]


def create_engine(url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine for `postgresql+psycopg://…`; a dead connection is noticed before it is used."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args={"connect_timeout": 5, "options": "-c idle_in_transaction_session_timeout=30000"},
    )


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)
