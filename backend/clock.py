"""The time, in one place, so that tests and replays can move it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


@contextmanager
def clock(source: Callable[[], datetime]) -> Iterator[None]:
    """Let `source` tell the time for a while; it must answer aware UTC datetimes."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
