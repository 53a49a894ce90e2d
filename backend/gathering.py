"""Group commit: what comes at nearly the same time is kept together, and each caller hears when that is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Gathers for `pause` seconds or up to `most`. One batch at a time, so that what came first is kept first.

    `keep` is given each batch in order of arrival; what it raises is raised to everybody in the batch.
    """

    def __init__(self, keep: Callable[[Sequence[T]], Awaitable[None]], pause: float, most: int = 64) -> None:
        self._keep = keep
        self.pause = pause
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._full = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    async def put(self, item: T, at_once: bool = False) -> None:
        """Return when the item is kept. `at_once` ends the pause: something in it cannot wait."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((item, kept))
        if at_once or len(self._waiting) >= self._most:
            self._full.set()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        while self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self.pause)
            self._full.clear()
            await self._write_batch([self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))])

    async def _write_batch(self, batch: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        error: BaseException | None = None
        try:
            await self._keep([item for item, _ in batch])
        except BaseException as problem:  # whatever it was, nobody is left waiting
            error = problem
        for _, kept in batch:
            if kept.done():  # its caller has gone
                continue
            if error is None:
                kept.set_result(None)
            else:
                kept.set_exception(error)
