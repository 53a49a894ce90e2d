"""An application on a real port of this machine for as long as a block lasts: for replays, benchmarks and tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import uvicorn
from fastapi import FastAPI


class _LeavingSignals(uvicorn.Server):
    """Ctrl-C belongs to whoever runs the block."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, port: int, lifespan: Literal["on", "off"] = "off") -> AsyncIterator[None]:
    """Serve `app` on 127.0.0.1:`port` from the first line of the block to its end."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan=lifespan)
    server = _LeavingSignals(config)
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running
