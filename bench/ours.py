"""Ventanilla under load: the real parts as processes, people and provider in this one."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import uvloop

from backend.settings import Settings
from backend.simulator.settings import EXAMPLE_ACCOUNT, SimulatorSettings
from backend.up.configuration import free_port
from backend.up.installation import Installation
from bench.conversations import Conversation
from bench.phones import Record, provider_on
from bench.processes import Usage, snapshot

TOKEN = "solo-para-medir"
WARM = 10  # conversations before anything is measured
ANSWERS = "SELECT i.provider_id, o.id::text FROM outbound_messages o JOIN inbound_messages i ON i.id = o.inbound_id"


@dataclass(frozen=True)
class Run:
    """One load. `seconds` holds, per message, the time from its webhook to the provider call that answers it."""

    bots: int
    at_once: int
    sent: int
    elapsed: float
    seconds: tuple[float, ...]
    memory: Mapping[str, int]  # bytes per process
    cpu: Mapping[str, float]  # seconds per message and process

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


@dataclass(frozen=True)
class Started:
    """Seconds until everything answers, and until the bot's own word that it is ready."""

    all: float
    bot: float


class Desk:
    """Installations with one, then two bots, on one folder of data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers: Iterator[int] = itertools.count(1)
        self.provider_port = free_port()
        self._configure()

    def _configure(self) -> None:
        prefix = "VENTANILLA_CHANNELS__TWILIO_SMS__"
        for name in [key for key in os.environ if key.startswith("VENTANILLA_")]:
            del os.environ[name]
        os.environ |= {
            "VENTANILLA_DATA_DIR": str(self.folder),
            prefix + "ACCOUNT_SID": EXAMPLE_ACCOUNT,
            prefix + "AUTH_TOKEN": TOKEN,
            prefix + "FROM_NUMBER": SimulatorSettings.line,
            prefix + "API_BASE_URL": f"http://127.0.0.1:{self.provider_port}/simulator/twilio",
            prefix + "RATE_PER_SECOND": "100000",  # we measure ourselves, not Twilio's limit
        }

    def run(self, bots: int, crowds: Mapping[int, Sequence[Conversation]]) -> tuple[Started, list[Run]]:
        """Start everything, hold the conversations of each crowd, keyed by how many go on at once; stop everything."""
        began = time.monotonic()
        with Installation(Settings(_env_file=None), bots=bots, port=free_port()) as installation:
            started = Started(time.monotonic() - began, _bot_seconds(installation))
            return started, uvloop.run(self._loads(installation, crowds))

    async def _loads(self, installation: Installation, crowds: Mapping[int, Sequence[Conversation]]) -> list[Run]:
        """One provider for all: a worker keeps its connections to it."""
        settings = SimulatorSettings(
            installation.base_url,
            installation.env["VENTANILLA_PUBLIC_BASE_URL"],
            EXAMPLE_ACCOUNT,
            TOKEN,
            seed=time.time_ns(),  # the same MessageSids again would be taken for repeated webhooks
        )
        pids, runs = _pids(installation), []
        async with provider_on(settings, self.provider_port) as provider:
            await provider.crowd(next(iter(crowds.values()))[:WARM], WARM, self.numbers)
            for at_once, conversations in crowds.items():
                before = snapshot(pids)
                record = await provider.crowd(conversations, at_once, self.numbers)
                runs.append(_run(installation, record, at_once, before, snapshot(pids)))
        return runs


def _pids(installation: Installation) -> dict[str, int]:
    pids = {part.name: part.process.pid for part in installation.parts if part.process is not None}
    for server in (installation.postgres, installation.redis):
        if server is not None and server.pid is not None:
            pids[server.name] = server.pid
    return {**pids, "phones and provider (bench)": os.getpid()}


def _run(
    installation: Installation, record: Record, at_once: int, before: Mapping[str, Usage], after: Mapping[str, Usage]
) -> Run:
    answered = _answered(installation, record)
    seconds = tuple(at - record.sent[sid] for sid, at in answered.items())
    elapsed = max(answered.values()) - min(record.sent.values())
    return Run(
        installation.bots,
        at_once,
        len(record.sent),
        elapsed,
        seconds,
        {name: one.memory for name, one in after.items() if "bench" not in name},
        {name: (one.cpu - before[name].cpu) / len(record.sent) for name, one in after.items()},
    )


def _answered(installation: Installation, record: Record) -> dict[str, float]:
    """When the provider was first called for each message: by our rows, not by guessing from the order."""
    url = installation.env["VENTANILLA_DATABASE_URL"].replace("+psycopg", "")
    first: dict[str, float] = {}
    with psycopg.connect(url) as connection:
        for provider_id, own_id in connection.execute(ANSWERS):
            if provider_id in record.sent and own_id in record.accepted:
                first[provider_id] = min(record.accepted[own_id], first.get(provider_id, float("inf")))
    return first


def _bot_seconds(installation: Installation) -> float:
    log = installation.part("bot 1").log
    said = re.findall(r"ready in ([0-9.]+) s", log.read_text("utf-8", "replace")) if log else []
    return float(said[-1]) if said else float("nan")
