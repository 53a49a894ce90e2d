"""Real PostgreSQL and Redis for tests: one of each per session, in a folder that goes away with it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.redis import EmbeddedRedis


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-tests-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def embedded_postgres(servers_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The session's server, for tests that stop and start it or make databases of their own."""
    server = EmbeddedPostgres(servers_dir, fast=True)
    server.start()
    yield server
    server.destroy()


@pytest.fixture(scope="session")
def embedded_redis(servers_dir: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(servers_dir, fast=True)
    server.start()
    yield server
    server.destroy()


@pytest.fixture(scope="session")
def postgres_url(embedded_postgres: EmbeddedPostgres) -> str:
    return embedded_postgres.url


@pytest.fixture(scope="session")
def redis_url(embedded_redis: EmbeddedRedis) -> str:
    return embedded_redis.url
