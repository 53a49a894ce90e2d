"""The installation that all tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.installation.house import House


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    made = House()
    try:
        made.start()
        yield made
    finally:
        made.destroy()
