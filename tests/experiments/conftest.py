"""A clinic with trials, whose clock starts on 12 January 2027 at noon UTC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from tests.campaigns.clinic import Watch, clock_from, open_clinic
from tests.experiments.study import Study

EMPTY = ("TRUNCATE contacts, campaigns, contact_fields, groups, experiments RESTART IDENTITY CASCADE",)


@pytest.fixture
def watch() -> Iterator[Watch]:
    with clock_from(datetime(2027, 1, 12, 12, tzinfo=UTC)) as watch:
        yield watch


@pytest.fixture(scope="session")
def trial_database(embedded_postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    yield embedded_postgres.create_database("estudios", template_database)
    embedded_postgres.drop_database("estudios")


@pytest.fixture
async def study(trial_database: str, redis_url: str, tmp_path: Path, watch: Watch) -> AsyncIterator[Study]:
    async with open_clinic(trial_database, redis_url, tmp_path, watch, EMPTY) as clinic:
        made = Study(clinic)
        await made.open()
        yield made
