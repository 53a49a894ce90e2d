"""A whole desk for a test: real PostgreSQL and Redis, a real bot process, the fake providers, workers run by hand."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from backend.app import create_app
from backend.clock import now
from backend.crypto import vault
from backend.db import Sessions
from backend.embedded.postgres import EmbeddedPostgres
from backend.flows.load import load_flows
from backend.flows.model import Flow
from backend.flows.runs import FlowDesk
from backend.office import FrontDesk, open_desk
from backend.providers import configured_channels
from backend.serving import serving
from backend.settings import ChannelSettings, MessengerSettings, Settings, TwilioSmsSettings
from backend.simulator.app import CallerTransport
from backend.simulator.core import Simulator
from backend.simulator.phones import Phone
from backend.simulator.settings import SimulatorSettings
from backend.tasks.bot_client import BotClient
from backend.tasks.deliveries import DeliveryWorker
from backend.tasks.deliveries import until_idle as deliver_all
from backend.tasks.flow_turns import FlowTurns
from backend.tasks.pace import Pace
from backend.tasks.rounds import Round, rounds
from backend.tasks.turns import TurnWorker
from backend.tasks.turns import until_idle as answer_all
from backend.tasks.typing_signs import TypingSigns
from backend.up.installation import prepare
from backend.up.model import current_model
from backend.up.parts import Part, bot_part

SECRET = "secreto-de-prueba-que-nadie-usa-fuera-de-las-pruebas"
PUBLIC = "https://ventanilla.prueba"


@dataclass
class BotProcess:
    """The bot's service as its own process; `api_url` is where its actions find the backend."""

    url: str
    part: Part

    def restart(self) -> None:
        self.part.kill()
        self.part.start()
        self.part.wait_until_well()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model of the packs, trained once."""
    return current_model(Settings(_env_file=None))


@pytest.fixture(scope="session")
def api_port() -> int:
    """Where the backend of whichever test runs answers the bot's actions."""
    return free_port()


@pytest.fixture(scope="session")
def bot_process(model_path: Path, api_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    port = free_port()
    env = {**os.environ, "VENTANILLA_ACTIONS_TOKEN": SECRET, "VENTANILLA_BACKEND_URL": f"http://127.0.0.1:{api_port}"}
    part = bot_part(1, port, model_path, env, tmp_path_factory.mktemp("bot") / "bot.log")
    part.start()
    part.wait_until_well()
    yield BotProcess(f"http://127.0.0.1:{port}", part)
    part.stop()


@pytest.fixture(scope="session")
def template_database(embedded_postgres: EmbeddedPostgres) -> str:
    """A database with schema and texts, to be copied for each test."""
    name = "plantilla"
    prepare(embedded_postgres.create_database(name), Settings(_env_file=None))
    return name


@pytest.fixture
def database_url(embedded_postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    name = f"prueba_{uuid.uuid4().hex[:12]}"
    yield embedded_postgres.create_database(name, template_database)
    embedded_postgres.drop_database(name)


@dataclass
class Town:
    """Everything between a citizen's phone and the bot; nothing moves until the test says so."""

    settings: Settings
    app: FastAPI
    desk: FrontDesk
    simulator: Simulator
    turns: TurnWorker
    deliveries: DeliveryWorker
    rounds: tuple[Round, ...]
    http: httpx.AsyncClient
    _seen: dict[str, int] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        sessions: Sessions = self.app.state.sessions
        return sessions

    async def work(self) -> None:
        """Answer and deliver everything that is due."""
        await answer_all(self.turns)
        await deliver_all(self.deliveries)
        await self.simulator.drain()

    async def look_after(self) -> None:
        """What the clock brings: campaigns, flows, alarms and reminders that are due; then as `work`."""
        while sum([await one() for one in self.rounds]):
            pass
        await self.work()

    async def deliver(self) -> None:
        """Deliver what is due; no bot is asked."""
        await deliver_all(self.deliveries)
        await self.simulator.drain()

    async def say(self, phone: Phone, words: str) -> list[str]:
        """Send a text and read what comes back."""
        await phone.send(words)
        return await self.replies(phone)

    async def replies(self, phone: Phone) -> list[str]:
        """What has arrived on the phone since the last look."""
        await self.work()
        arrived = phone.received
        new = arrived[self._seen.get(phone.id, 0) :]
        self._seen[phone.id] = len(arrived)
        return [" ".join([message.text, *(f"[{option.title}]" for option in message.options)]) for message in new]

    async def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        """What the database says, for assertions."""
        async with self.sessions() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]

    async def one(self, query: str, **values: object) -> object:
        return (await self.rows(query, **values))[0][0]


def town_settings(database_url: str, redis_url: str, data_dir: Path, bot_url: str = "") -> Settings:
    return Settings(
        _env_file=None,
        public_base_url=PUBLIC,
        database_url=database_url,
        redis_url=redis_url,
        bot_url=bot_url,
        secret_key=SECRET,
        actions_token=SECRET,
        data_dir=data_dir,
        channels=ChannelSettings(
            twilio_sms=TwilioSmsSettings(
                account_sid="AC" + "5" * 32, auth_token=SECRET, from_number="+525500000000",
                api_base_url="http://proveedor.prueba/simulator/twilio", rate_per_second=10_000,
            ),
            messenger=MessengerSettings(
                page_id="550000000000", page_access_token=SECRET, app_secret=SECRET, app_id="5500", verify_token=SECRET,
                api_base_url="http://proveedor.prueba/simulator/graph", rate_per_second=10_000,
            ),
        ),
    )  # fmt: skip


@pytest.fixture
async def town(
    database_url: str, redis_url: str, bot_process: BotProcess, api_port: int, tmp_path: Path
) -> AsyncIterator[Town]:
    settings = town_settings(database_url, redis_url, tmp_path, bot_process.url)
    async with AsyncExitStack() as stack:
        yield await open_town(stack, settings, api_port)


@pytest.fixture
async def quiet_town(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A desk whose bot is away."""
    async with AsyncExitStack() as stack:
        yield await open_town(stack, town_settings(database_url, redis_url, tmp_path), free_port())


@cache
def _files_read_once() -> FrontDesk:
    """Packs and jurisdiction, the same for every town."""
    return open_desk(Settings(_env_file=None))


@cache
def _flows_read_once() -> dict[str, Flow]:
    return load_flows(Settings(_env_file=None).content_dir)


async def open_town(stack: AsyncExitStack, settings: Settings, api_port: int) -> Town:
    """Put the parts together; the stack takes them apart again."""
    app = create_app(settings, desk=replace(_files_read_once(), settings=settings, vault=vault(settings)))
    app.state.door.hurry()  # one citizen at a time has nobody to be gathered with
    simulator = Simulator(
        SimulatorSettings(**{**vars(SimulatorSettings.of(settings, PUBLIC)), "delivery_seconds": 0.0}),
        http=await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PUBLIC)
        ),
        clock=now,  # the desk's: what a provider dates and what the desk dates is compared
    )
    await stack.enter_async_context(simulator)
    app.state.simulator = simulator
    http = await stack.enter_async_context(httpx.AsyncClient(transport=_Outside(app), timeout=2))
    bot_http = await stack.enter_async_context(httpx.AsyncClient())
    bot = BotClient(settings.bot_urls, SECRET, bot_http)
    redis = Redis.from_url(settings.redis_url)
    stack.push_async_callback(redis.aclose)
    stack.push_async_callback(app.state.engine.dispose)
    stack.push_async_callback(app.state.redis.aclose)
    await stack.enter_async_context(serving(app, api_port))
    desk, sessions, channels = app.state.desk, app.state.sessions, configured_channels(settings)
    flow_desk, signs = FlowDesk(desk, _flows_read_once()), TypingSigns(sessions, desk.vault, channels, http)
    return Town(
        settings=settings,
        app=app,
        desk=desk,
        simulator=simulator,
        turns=TurnWorker(desk, sessions, bot, app.state.queue, FlowTurns(flow_desk, sessions), signs),
        deliveries=DeliveryWorker(desk, sessions, channels, http, Pace(redis)),
        rounds=rounds(desk, sessions, app.state.queue, flow_desk),
        http=http,
    )


class _Outside(httpx.AsyncBaseTransport):
    """The way to the providers: the fakes inside the app."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = CallerTransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)
