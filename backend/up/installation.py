"""Start everything in order, look after it, stop it in reverse."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from backend.campaigns.enrolment import seed_programmes
from backend.campaigns.programme import load_programmes
from backend.clock import now
from backend.contacts.fields import define, load_fields
from backend.content.seeding import seed
from backend.db import create_engine, create_sessions
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.redis import EmbeddedRedis
from backend.embedded.supervision import Ownership
from backend.experiments.reading import load_protocols
from backend.experiments.service import see_files
from backend.office import open_desk
from backend.schema import migrate
from backend.settings import ROOT, Settings, refuse_unsafe
from backend.up.configuration import METRICS, empty_folder, environment, free_port
from backend.up.model import current_model
from backend.up.parts import Part, bot_part, web_part, worker_part


class AlreadyRunning(Exception):
    """Another installation runs on the same folder of data."""


@dataclass
class Installation:
    """All parts on this machine. A context manager; `watch` restarts what falls."""

    settings: Settings
    workers: int = 1
    bots: int = 1
    port: int = 8000
    fast: bool = False  # tests: servers that do not wait for the disk
    postgres: EmbeddedPostgres | None = None
    redis: EmbeddedRedis | None = None
    parts: list[Part] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Installation:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def part(self, name: str) -> Part:
        return next(one for one in self.parts if one.name == name)

    def _start(self) -> None:
        refuse_unsafe(self.settings)
        self._claim_folder()
        model = current_model(self.settings)
        given = {"VENTANILLA_DATABASE_URL": self._database(), "VENTANILLA_REDIS_URL": self._redis()}
        if not self.settings.in_production:  # there another server sends people to the port that was named
            self.port = free_port(self.port)
        bot_ports = [free_port() for _ in range(self.bots)]
        given["VENTANILLA_BOT_URL"] = ",".join(f"http://127.0.0.1:{port}" for port in bot_ports)
        empty_folder(self.settings.data_dir / METRICS)
        self.env = environment(self.settings, given, self.port)
        bots = [bot_part(n, port, model, self.env, self._log(f"bot-{n}")) for n, port in enumerate(bot_ports, 1)]
        for part in bots:
            self._begin(part)  # they load while the schema is brought up to date
        prepare(given["VENTANILLA_DATABASE_URL"], self.settings)
        web = web_part(self.port, self.env, self._log("web"))
        crew = [worker_part(n, self.env, self._log(f"trabajador-{n}")) for n in range(1, self.workers + 1)]
        for part in (web, *crew):
            self._begin(part)
        for part in self.parts:
            part.wait_until_well()

    def _claim_folder(self) -> None:
        """Two would share servers, spool and figures, and each would take the other's parts for its own."""
        folder = self.settings.data_dir
        folder.mkdir(parents=True, exist_ok=True)
        lock = Ownership(folder / "up.lock")
        if not lock.take():
            raise AlreadyRunning(
                f"ya hay una Ventanilla en marcha en {folder}: detenla, o usa otro VENTANILLA_DATA_DIR"
            )
        self._open.callback(lock.release)

    def _begin(self, part: Part) -> None:
        self.parts.append(part)
        self._open.callback(part.stop)
        part.start()

    def _database(self) -> str:
        if self.settings.database_url:
            return self.settings.database_url
        self.postgres = self._open.enter_context(EmbeddedPostgres(self.settings.data_dir, fast=self.fast))
        return self.postgres.url

    def _redis(self) -> str:
        if self.settings.redis_url:
            return self.settings.redis_url
        self.redis = self._open.enter_context(EmbeddedRedis(self.settings.data_dir, fast=self.fast))
        return self.redis.url

    def _log(self, name: str) -> Path:
        folder = self.settings.data_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"

    def watch(self, every: float = 0.5) -> None:
        """Restart what falls until interrupted; raises PartFailed where a part cannot be kept up."""
        while True:
            for part in self.parts:
                part.restart_if_fallen()
            time.sleep(every)


def prepare(database_url: str, settings: Settings) -> None:
    """Schema and content, up to date."""
    migrate(database_url)
    asyncio.run(_seed(database_url, settings))


async def _seed(database_url: str, settings: Settings) -> None:
    desk = open_desk(settings)
    engine = create_engine(database_url)
    try:
        async with create_sessions(engine).begin() as session:
            await seed(session, desk.catalogue, desk.government)
            await define(session, load_fields(settings.content_dir))
            await seed_programmes(session, load_programmes(settings.content_dir), now())
            await see_files(session, load_protocols(settings.content_dir), now())
    finally:
        await engine.dispose()


def readable_path(path: Path) -> str:
    """A path as a person would type it from the checkout."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
