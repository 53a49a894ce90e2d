"""Fixtures for every test. Tests of the bot run in an environment without the backend's libraries."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

pytest_plugins = ["tests.fixtures_servers", "tests.fixtures_road"] if find_spec("psycopg") else []

PLUGIN_SETTINGS = {
    "asyncio_mode": "pytest_asyncio",
    "asyncio_default_fixture_loop_scope": "pytest_asyncio",
    "timeout": "pytest_timeout",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Accept pyproject's settings of plugins that the bot's environment does not have."""
    for setting, plugin in PLUGIN_SETTINGS.items():
        if find_spec(plugin) is None:
            parser.addini(setting, f"setting of {plugin}, absent here")
