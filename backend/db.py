"""The one database: PostgreSQL through SQLAlchemy, short transactions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Table, TableValuedAlias, bindparam, column, func, select
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
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
    }


def declares(data_class: str, retention: str) -> dict[str, dict[str, str]]:
    """The table's class of data (none, operational, personal, sensitive) and how long rows are kept."""
    return {"info": {"data_class": data_class, "retention": retention}}


def undeclared(metadata: MetaData) -> list[Table]:
    """Tables that do not say what data they hold or how long."""
    return [t for t in metadata.sorted_tables if not {"data_class", "retention"} <= t.info.keys()]


def recordset(rows: Sequence[Mapping[str, Any]] | None = None, **types: Any) -> TableValuedAlias:
    """Rows as a table inside a statement, so that a whole batch is one `UPDATE … FROM`.

    `types` gives the SQL type of each column; values are what JSON can say, moments as ISO text; null is SQL's NULL.
    Without `rows` the statement is made once and is given them, each time, as its parameter `given`.
    """
    given = bindparam("given", type_=JSONB) if rows is None else bindparam("given", list(rows), JSONB, unique=True)
    columns = [column(name, kind) for name, kind in types.items()]
    return func.jsonb_to_recordset(given).table_valued(*columns, name="given").render_derived(with_types=True)


async def lock(session: AsyncSession, table: type[Base], ids: Iterable[int]) -> None:
    """Lock rows in the order of their ids, as everybody does who changes many, so that nobody waits in a circle."""
    key = table.__table__.c.id
    await session.execute(select(key).where(key.in_(sorted(ids))).order_by(key).with_for_update(key_share=True))


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
