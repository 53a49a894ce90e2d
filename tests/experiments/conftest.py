"""A clinic with trials, whose clock starts on 12 January 2027 at noon UTC; one database, emptied before each test."""

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
from tests.experiments.study import Study
from tests.fixtures_road import _files_read_once, town_settings

EMPTY = "TRUNCATE contacts, campaigns, contact_fields, groups, experiments RESTART IDENTITY CASCADE"


@pytest.fixture
def watch() -> Iterator[Watch]:
    moved = Watch(datetime(2027, 1, 12, 12, tzinfo=UTC))
    with clock(moved):
        yield moved


@pytest.fixture(scope="session")
def trial_database(embedded_postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    yield embedded_postgres.create_database("estudios", template_database)
    embedded_postgres.drop_database("estudios")


@pytest.fixture
async def study(trial_database: str, redis_url: str, tmp_path: Path, watch: Watch) -> AsyncIterator[Study]:
    settings = town_settings(trial_database, redis_url, tmp_path)
    engine = create_engine(trial_database)
    async with engine.begin() as connection:
        await connection.execute(text(EMPTY))
    desk = replace(_files_read_once(), settings=settings, vault=vault(settings))
    made = Study(Clinic(create_sessions(engine), desk, watch))
    await made.open()
    yield made
    await engine.dispose()
