"""A clinic whose clock starts on 1 November 2026 at noon UTC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from tests.campaigns.clinic import Clinic, Watch, clock_from, open_clinic

EMPTY = (
    "TRUNCATE contacts, campaigns, contact_fields, groups, campaign_counts, spending RESTART IDENTITY CASCADE",
    "UPDATE sending_rules SET stopped_at = NULL, segments_per_day = NULL, segments_per_month = NULL",
)


@pytest.fixture
def watch() -> Iterator[Watch]:
    with clock_from(datetime(2026, 11, 1, 12, tzinfo=UTC)) as watch:
        yield watch


@pytest.fixture(scope="session")
def clinic_database(embedded_postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    yield embedded_postgres.create_database("clinica", template_database)
    embedded_postgres.drop_database("clinica")


@pytest.fixture
async def clinic(clinic_database: str, redis_url: str, tmp_path: Path, watch: Watch) -> AsyncIterator[Clinic]:
    async with open_clinic(clinic_database, redis_url, tmp_path, watch, EMPTY) as clinic:
        yield clinic
