"""A clinic whose clock starts on 1 November 2026 at noon UTC; one database for the folder, emptied before each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.clock import clock
from backend.crypto import vault
from backend.db import create_engine, create_sessions
from backend.embedded.postgres import EmbeddedPostgres
from tests.campaigns.clinic import Clinic, Watch
from tests.fixtures_road import _files_read_once, town_settings

EMPTY = (
    "TRUNCATE contacts, campaigns, contact_fields, groups, campaign_counts, spending RESTART IDENTITY CASCADE",
    "UPDATE sending_rules SET stopped_at = NULL, segments_per_day = NULL, segments_per_month = NULL",
)


@pytest.fixture
def watch() -> Iterator[Watch]:
    moved = Watch(datetime(2026, 11, 1, 12, tzinfo=UTC))
    with clock(moved):
        yield moved


@pytest.fixture(scope="session")
def clinic_database(embedded_postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    yield embedded_postgres.create_database("clinica", template_database)
    embedded_postgres.drop_database("clinica")


@pytest.fixture
async def clinic(clinic_database: str, redis_url: str, tmp_path: Path, watch: Watch) -> AsyncIterator[Clinic]:
    settings = town_settings(clinic_database, redis_url, tmp_path)
    engine = create_engine(clinic_database)
    async with engine.begin() as connection:
        for statement in EMPTY:
            await connection.execute(text(statement))
    desk = replace(_files_read_once(), settings=settings, vault=vault(settings))
    yield Clinic(create_sessions(engine), desk, watch)
    await engine.dispose()
