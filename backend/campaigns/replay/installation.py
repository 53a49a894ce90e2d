"""A replay on servers of its own, in a folder that goes away with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx
import uvloop

import bot.safety
from backend.campaigns.programme import Programme
from backend.campaigns.replay.on_call import OnCall
from backend.campaigns.replay.people import women
from backend.campaigns.replay.road import open_road
from backend.campaigns.replay.run import Replay
from backend.campaigns.replay.street import Street
from backend.campaigns.replay.tally import Tally
from backend.campaigns.replay.virtual import VirtualTime
from backend.clock import clock
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.redis import EmbeddedRedis
from backend.office import FrontDesk, open_desk
from backend.settings import ChannelSettings, Settings, TwilioSmsSettings
from backend.simulator.settings import SimulatorSettings
from backend.up.configuration import free_port
from backend.up.installation import prepare
from backend.up.model import current_model
from backend.up.parts import bot_part
from bot.packs.load import load_packs

START = datetime(2027, 1, 4, 14, tzinfo=UTC)
PUBLIC = "https://ventanilla.example"
SECRET = "repeticion-en-esta-maquina-que-nadie-mas-usa"
NO_LIMIT = 100_000.0
LEAVING = ("comun.baja", "comun.alta_de_nuevo")


@dataclass(frozen=True)
class Wanted:
    """How long a life, of how many, how fast. `rate` is SMS per second of the line, 0: no limit."""

    people: int
    messages: int
    rate: float = 0.0
    seed: int = 7


async def live(
    settings: Settings, desk: FrontDesk, programmes: Sequence[Programme], wanted: Wanted, api_port: int
) -> Tally:
    """Run a replay on servers that are up: `settings` names an empty database, Redis and a bot."""
    chance = Random(wanted.seed)
    time = VirtualTime(START, Random(wanted.seed))
    everybody = women(wanted.people, START, chance)
    fake = replace(
        SimulatorSettings.of(settings, settings.public_base_url),
        seed=wanted.seed,
        delivery_seconds=20.0,
        hold_seconds=5.0,
        hang_seconds=0.0,  # a time-out strikes at once, whatever the clock says
        keep_messages=2 * wanted.messages + 10**5,
    )

    def street(http: httpx.AsyncClient) -> Street:
        return Street(fake, http, time, everybody, questions(settings.content_dir), chance)

    with clock(time):
        async with open_road(settings, desk, street, time, api_port) as road:
            on_call = OnCall(road, Random(wanted.seed))
            return await Replay(road, programmes, everybody, on_call, wanted.messages, chance).run()


def questions(content_dir: Path) -> list[str]:
    """What people ask, from the packs' own tests; nothing that says good-bye."""
    sentences = [one for pack in load_packs(content_dir) for one in pack.sentences]
    return [
        one.text
        for one in sentences
        if one.intent not in LEAVING
        and not any(reading.kind in ("opt_out", "opt_in") for reading in bot.safety.read_all(one.text))
    ]


def rehearse(base: Settings, programmes: Sequence[Programme], wanted: Wanted) -> Tally:
    """Servers, bot and schema in a folder of their own; then `live`. Raises NoModel or PartFailed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ventanilla-replay-")))
        api_port, bot_port = free_port(), free_port()
        env = {
            **os.environ,
            "VENTANILLA_ACTIONS_TOKEN": SECRET,
            "VENTANILLA_BACKEND_URL": f"http://127.0.0.1:{api_port}",
        }
        bot = bot_part(1, bot_port, current_model(base), env, folder / "bot.log")
        stack.callback(bot.stop)
        bot.start()
        postgres = stack.enter_context(EmbeddedPostgres(folder, fast=True))
        redis = stack.enter_context(EmbeddedRedis(folder, fast=True))
        settings = replay_settings(base, postgres.url, redis.url, folder, f"http://127.0.0.1:{bot_port}", wanted.rate)
        prepare(settings.database_url, settings)
        bot.wait_until_well()
        return uvloop.run(live(settings, open_desk(settings), programmes, wanted, api_port))


def replay_settings(
    base: Settings, database_url: str, redis_url: str, folder: Path, bot_url: str, rate: float = 0.0
) -> Settings:
    """An installation that talks to nobody but the fake provider."""
    twilio = TwilioSmsSettings(
        account_sid=SimulatorSettings.account_sid,
        auth_token=SECRET,
        from_number=SimulatorSettings.line,
        api_base_url="http://proveedor.example/simulator/twilio",
        rate_per_second=rate or NO_LIMIT,
    )
    return Settings(
        _env_file=None,
        env="development",
        public_base_url=PUBLIC,
        database_url=database_url,
        redis_url=redis_url,
        bot_url=bot_url,
        secret_key=SECRET,
        actions_token=SECRET,
        data_dir=folder,
        content_dir=base.content_dir,
        jurisdiction=base.jurisdiction,
        channels=ChannelSettings(twilio_sms=twilio),
    )
