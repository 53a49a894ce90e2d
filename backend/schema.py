"""Bring the database's schema up to date, one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(url: str) -> None:
    """Run what migrations are missing; a second process waits for the first."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(723001)"))
            connection.commit()
            command.upgrade(configuration(connection), "head")
            connection.commit()
            connection.execute(text("SELECT pg_advisory_unlock(723001)"))
            connection.commit()
    finally:
        engine.dispose()
